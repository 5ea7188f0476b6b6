"""Whether what arrives was its writer's to write: ``db/merge/ownership.py``, asked for a workbook.

Judged is the author of each value that is news here, not who carried it. What is refused is told
and passed over; the vectors never claim it, so that a later rightful edit is news like any other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from db.access import ownership_checks
from db.errors import BadInput
from db.merge import ownership
from db.merge.merge import DELETED, Row
from db.merge.ownership import (
    Author,
    Moment,
    News,
    Reason,
    RecordOwnership,
    Rights,
    reason,
    rights_of,
    role_towards,
)
from db.merge.versions import HAND, RowVersions, Vector, is_covered_by
from db.model.declarations import Kind
from db.model.kinds import Kinds
from db.model.records import OWN, SYSTEM_FIELDS, UNKNOWN, Record, RowShape
from db.session import Session
from db.store.book import Book
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.manifest import ExportedRow, Hidden
from desktop.exchange.plan.stated_offices import StatedOffices

#: Why a value is not taken that is said to be this office's own.
NEVER = (
    "署着本单位的名，本单位的台账里却没有这样改过，没有接受。请向发出单位核实工作簿是不是被人动过。"
)

#: Reads one exported value of a row, normalised; raises ``BadInput``.
Exported = Callable[[ExportedRow, str], Any]


class Match(msgspec.Struct, frozen=True):
    """A record of this book, and the exported state of the row that arrives for it."""

    kind: Kind
    record: Record
    own: RowVersions
    base: ExportedRow | None
    exported: Exported


class WriteAuthority:
    """Made once per file and book."""

    def __init__(self, session: Session, kinds: Kinds, book: Book, hidden: Hidden) -> None:
        self.session, self.kinds, self.book, self.hidden = session, kinds, book, hidden
        self.offices = StatedOffices(session, book, hidden)
        self.manifest = hidden.manifest
        self.own, self.sender, self.tag = self.offices.own, self.offices.sender, self.offices.tag
        self._kind_of: dict[str, tuple[Kind, ...]] = {}
        self._shapes: dict[str, RowShape] = {}

    def _is_issuer(self, site: str, standing: RecordOwnership) -> bool:
        author = self.offices.author(site)
        return author is not None and author.office == standing.issuer and not author.typed

    def _shape(self, kind: Kind) -> RowShape:
        found = self._shapes.get(kind.name)
        if found is None:
            found = self._shapes[kind.name] = RowShape(kind)
        return found

    # -- whose a record is -------------------------------------------------------------------------

    def issuer(self, record: Record) -> str:
        """The office that issued a record of this book; of one that nobody had told so far, what
        this workbook tells."""
        office = self.book.offices.by_number(record.issuer)
        if office is not None and record.issuer != UNKNOWN:
            return office.uid
        return self.offices.maker(self.book.versions_of(record))

    def standing(self, record: Record, kind: Kind) -> RecordOwnership:
        """Whose a record of this book is."""
        own, top = self._own_standing(record, kind), self.top(kind, record.parent)
        return own if top is None else _under(top, own)

    def _own_standing(self, record: Record, kind: Kind) -> RecordOwnership:
        """The same, without what it hangs under."""
        maker = self.issuer(record)
        units = ownership_checks.units_of(self.kinds, record)
        return RecordOwnership(maker, maker, units, _former(self.kinds, kind, record.values))

    def top(self, kind: Kind, parent: str | None) -> RecordOwnership | None:
        """Whose the record at the top is that something hangs under, in this book or in the
        workbook."""
        while kind.parent and parent:
            found = self._above(kind, parent)
            if found is None:
                return None
            above, standing, further = found
            if not above.parent or further is None:
                return standing
            kind, parent = above, further
        return None

    def _above(self, kind: Kind, parent: str) -> tuple[Kind, RecordOwnership, str | None] | None:
        above = self._kind_of.get(kind.name)
        if above is None:
            parents = self.kinds.parents_of(kind.name)
            above = tuple(k for k in parents if k.book == self.book.name)
            self._kind_of[kind.name] = above
        for possible in above:
            record = (
                self.book.get(possible.name, parent) if possible.name in self.session.kinds
                else None
            )
            if record is not None:
                return possible, self._own_standing(record, possible), record.parent
        for possible in above:
            row = self.hidden.row(possible.name, parent)
            if row is not None:
                return possible, self._stated_standing(possible, row), row.parent
        return None

    def _stated_standing(self, kind: Kind, row: ExportedRow) -> RecordOwnership:
        """Whose a record is that stands in the workbook only."""
        sheet, shape = self.hidden.sheets.get(kind.name), self._shape(kind)
        values: FieldValues = {}
        for name, value in zip(sheet.fields if sheet else (), row.values, strict=False):
            if value is not None and name in _unit_fields(kind):
                with contextlib.suppress(BadInput):
                    values[name] = shape.from_json(name, value)
        sites = (self.manifest.sites if self.manifest else {}).get(self.book.name, {})
        try:
            versions = RowVersions.decode(row.versions, lambda number: sites[str(number)])
        except (ValueError, KeyError):  # told where the row itself is judged
            versions = RowVersions()
        maker = self.offices.stated_issuer(row, versions)
        units = _units(kind, values)
        return RecordOwnership(maker, maker, units, _former(self.kinds, kind, values))

    # -- what is refused ---------------------------------------------------------------------------

    def refused(self, match: Match, theirs: Row, names: Iterable[str]) -> dict[str, str]:
        """Field → why what arrives for it is not taken, for a record that is here. ``names``: those
        that bring news."""
        wanted, record = list(names), match.record
        if not wanted or (self.sender == self.own and record.issuer == OWN):
            return {}
        standing = self.standing(record, match.kind)
        if standing.issuer in ("", self.sender):
            return {}
        never = [n for n in wanted if self._never_wrote(match, n, theirs)]
        theirs = Row(theirs.values, self._without_mine(match.own, theirs.versions, wanted))
        rest = set(wanted) - set(never)
        return dict.fromkeys(never, NEVER) | self._refused(match, theirs, standing, rest)

    def _never_wrote(self, match: Match, name: str, theirs: Row) -> bool:
        """A value that is said to be this office's own, by the site as which it writes now, and
        that its book knows nothing of: what this site wrote is in each vector here, or was
        overruled by what is."""
        site, counter = self.offices.reached
        record = match.record
        vector = theirs.versions.of(name)
        if (
            not site or theirs.versions.authors_of(name) != (site,) or vector.get(site, 0) > counter
            or is_covered_by(vector, match.own.of(name))
        ):
            return False
        if name in SYSTEM_FIELDS:
            return bool(record.get(name) != theirs.values.get(name))
        shape = self._shape(match.kind)
        return bool(
            shape.to_json(name, record.get(name)) != shape.to_json(name, theirs.values.get(name))
        )

    def _without_mine(
        self, own: RowVersions, theirs: RowVersions, names: Iterable[str]
    ) -> RowVersions:
        """The vectors without this office among the authors of what it has not written anew: its
        own write is here already, so the news is somebody else's, whatever he says."""
        site, out = self.offices.reached[0], theirs
        for name in names:
            authors = theirs.authors.get(name, ())
            others = tuple(a for a in authors if a != site)
            if (
                site in authors and others
                and theirs.of(name).get(site, 0) <= own.of(name).get(site, 0)
            ):
                out = out.copy() if out is theirs else out
                out.set(name, theirs.of(name), others)
        return out

    def _refused(
        self, match: Match, theirs: Row, standing: RecordOwnership, names: Iterable[str]
    ) -> dict[str, str]:
        kind, record = match.kind, match.record
        wanted = [
            n for n in names
            if not all(self._is_issuer(s, standing) for s in theirs.versions.authors_of(n))
        ]
        if not wanted:
            return {}
        shape, rights = self._shape(kind), rights_of(self.kinds, kind.name)
        values = {name: shape.to_json(name, theirs.values.get(name)) for name in wanted}
        ruling = {*rights.ruled.values(), *((rights.log,) if rights.log else ())}
        before = {name: shape.to_json(name, record.get(name)) for name in ruling}

        def refusals(names: Iterable[str]) -> Mapping[str, tuple[Reason, Author]]:
            news = News({n: values[n] for n in names}, theirs.versions, match.own, before)
            return ownership.refused_fields(
                rights, standing, news, self.offices.writer, Moment(record.state)
            )

        found = refusals(wanted)
        if found and match.base is not None:
            standing = self._earlier_standing(match, match.base, theirs, standing)
            found = refusals(found)
        return {
            name: self._sentence(kind, why, name, standing, author)
            for name, (why, author) in found.items()
        }

    @staticmethod
    def _earlier_standing(
        match: Match, base: ExportedRow, theirs: Row, standing: RecordOwnership
    ) -> RecordOwnership:
        """It may have been written while the units were others: those that stood there when it was,
        as far as they are known to be true."""
        former = set(standing.former)
        for name in _unit_fields(match.kind):
            if is_covered_by(theirs.versions.of(name), match.own.of(name)):
                with contextlib.suppress(BadInput):
                    former |= _units(match.kind, {name: match.exported(base, name)})
        return replace(standing, former=frozenset(former))

    def refused_new(self, kind: Kind, theirs: Row, issuer: str) -> tuple[str, dict[str, str]]:
        """For a record that is not here: why it is not taken at all, or field → why what stands in
        it is not."""
        versions = theirs.versions
        if why := self._false_maker(versions, issuer):
            return why, {}
        if not issuer:
            return "", {}
        values = {name: theirs.values.get(name) for name in _unit_fields(kind)}
        standing = RecordOwnership(
            issuer, issuer, _units(kind, values), _former(self.kinds, kind, values)
        )
        top = self.top(kind, theirs.values.get("parent"))
        rights, shape = rights_of(self.kinds, kind.name), self._shape(kind)
        if top is not None:
            if why := self._may_not_hang(kind, top, issuer, rights):
                return why, {}
            standing = _under(top, standing)
        if self.sender == standing.issuer:
            return "", {}
        alone = top is None or issuer == top.issuer
        names = versions.fields if alone else (*shape.names, "state", DELETED)
        given = {name: theirs.values.get(name) for name in names}
        plain = {
            name: shape.to_json(name, value) for name, value in given.items()
            if name in versions.fields or value
        }
        refused = ownership.refused_fields(
            rights, standing, News(plain, versions), self.offices.writer, Moment(new=True)
        )
        found = {
            name: self._sentence(kind, why, name, standing, author)
            for name, (why, author) in refused.items()
        }
        needed = {kind.title, "state", *(f.name for f in kind.all_fields if f.required)}
        if needed & found.keys():
            return next(iter(found.values())), {}
        return "", found

    def _false_maker(self, versions: RowVersions, issuer: str) -> str:
        """Why a new record cannot have been made by whom it is said to be."""
        site, counter = self.offices.reached
        never = set(versions.row) == {site} and versions.row[site] <= counter
        strange = issuer == self.own and bool(self.offices.strange & versions.row.keys())
        if site and self.sender != self.own and (never or strange):
            return (
                "这一条署着由本单位建立，本单位的台账里却没有，没有接受。"
                "请向发出单位核实工作簿是不是被人动过。"
            )
        maker = self.offices.maker(versions)
        if maker and issuer and maker != issuer:
            said, real = self.offices.name_of(issuer), self.offices.name_of(maker)
            return f"这一条自称由“{said}”建立，却是“{real}”写的，没有接受。"
        return ""

    def _may_not_hang(self, kind: Kind, top: RecordOwnership, issuer: str, rights: Rights) -> str:
        """Why an office may add no record under another's."""
        author = Author(issuer, self.offices.units_of(issuer))
        who = role_towards(author, top, late=True)
        if who == "issuer" or (who == "responsible" and rights.made):
            return ""
        why: Reason = "step" if who == "responsible" else who  # type: ignore[assignment]
        return self._sentence(kind, why, "", top, author)

    def why_typed(
        self, kind: Kind, record: Record | None, row: ExportedRow | None, name: str, value: object
    ) -> str:
        """Why a typed cell is not taken."""
        unit = self.manifest.unit if self.manifest else None
        if record is not None:
            if record.issuer == OWN and unit is None and self.sender == self.own:
                return ""
            if row is None and self.issuer(record) == self.sender:
                return ""  # a new row of this very workbook, corrected
            if unit is not None and not record.parent and self.issuer(record) == self.sender:
                return ""  # as below: most rows
            standing = self.standing(record, kind)
        elif row is not None:
            standing = self._stated_standing(kind, row)
            if (top := self.top(kind, row.parent)) is not None:
                standing = RecordOwnership(
                    top.issuer, standing.maker, standing.units | top.units, top.former
                )
        else:
            return ""
        if unit is not None and self.sender == standing.issuer:
            # the issuer's own workbook for a unit: its rows and columns are looked at by the
            # planner
            return ""
        plain, rights = self._shape(kind).to_json(name, value), rights_of(self.kinds, kind.name)
        at_home = Author(self.own, self.offices.units_of(self.own))
        for author in ownership.typists(
            self.sender, self.offices.units_of(self.sender), unit, at_home, standing
        ):
            code = reason(rights, author, standing, name, plain)
            if code:
                return self._sentence(kind, code, name, standing, author)
        return ""

    def disowned(self, match: Match, theirs: RowVersions) -> dict[str, Vector]:
        """Fields of mine that somebody wrote who may never write them, and what their vectors are
        worth without that: this office itself before it was told whose the record is, or an import
        that was undone here. So is my state, where they took a step at the same time from which
        mine does not lead on: they refuse mine, and the two would never meet. So is what reversed a
        decision that was not known here and arrives with theirs (``match.base``)."""
        kind, record, own = match.kind, match.record, match.own
        assert match.base is not None
        if record.issuer == OWN or not own.fields:
            return {}
        standing = self.standing(record, kind)
        if not standing.issuer or standing.issuer == self.own:
            return {}
        rights, state = rights_of(self.kinds, kind.name), match.base.state
        settled = record.parent is None and not any(
            _changed(own, name) for name in _unit_fields(kind)
        )
        found = ownership.unauthorised_fields(
            rights, standing, record.state, own, self.offices.author, settled=settled
        )
        for name, mine in own.fields.items():
            fresh = theirs.of(name)
            if is_covered_by(mine, fresh) or (name == "state" and record.state == state):
                continue
            before: FieldValues = {}
            if is_covered_by(fresh, mine):
                if name not in rights.ruled:
                    continue
                before = self._exported(match, match.base, rights.ruled[name])
            elif name == rights.log:  # the steps that both know are no news of mine
                before = self._exported(match, match.base, name)
            plain = (
                record.get(name) if name in SYSTEM_FIELDS
                else self._shape(kind).to_json(name, record.get(name))
            )
            news = News({name: plain}, own, theirs, before)
            if ownership.refused_fields(rights, standing, news, self.offices.writer, Moment(state)):
                found[name] = {site: n for site, n in mine.items() if fresh.get(site, 0) >= n}
        return found

    def _exported(self, match: Match, base: ExportedRow, name: str) -> FieldValues:
        with contextlib.suppress(BadInput):
            return {name: self._shape(match.kind).to_json(name, match.exported(base, name))}
        return {}

    def _sentence(
        self, kind: Kind, why: Reason, name: str, standing: RecordOwnership, author: Author
    ) -> str:
        """For the list of what was refused."""
        issuer, writer = self.offices.name_of(standing.issuer), self.offices.name_of(author.office)
        if why in ("unit", "third") and (claim := self.offices.claim_of(author.office)) is not None:
            unit = self.offices.unit_name(claim.unit)
            return (
                f"“{writer}”说自己是“{unit}”，还没有经本单位管理员或审核员确认，没有接受；"
                "确认后再导入一次即可。"
            )
        if why == "unit":
            units = "、".join(
                f"“{self.offices.unit_name(unit)}”"
                for unit in sorted(standing.units, key=self.offices.unit_name)
            )
            if not units:
                return f"这一条没有写责任单位，只能由“{issuer}”填报，“{writer}”的改动没有接受。"
            return (
                f"责任单位是{units}，“{writer}”没有说明自己是其中之一，没有接受。它就是的，"
                "请其在“设置”页的“本单位设置”里选定后"
                f"重新导出；不是的，只能由“{issuer}”改动。"
            )
        if why == "third":
            return f"是“{issuer}”的事项，“{writer}”不是责任单位，没有接受。"
        if name == "state" or not name:
            return f"这一步只能由“{issuer}”办理，“{writer}”的改动没有接受。"
        return f"只能由“{issuer}”改动，“{writer}”的改动没有接受。"


def _under(top: RecordOwnership, below: RecordOwnership) -> RecordOwnership:
    """Whose a record is that hangs under another: its issuer is the other's."""
    return RecordOwnership(
        top.issuer, below.maker, below.units | top.units, below.former | top.former
    )


def _changed(own: RowVersions, name: str) -> bool:
    """Whether a field was written again since its record was made, by export or in a workbook's
    blank row."""
    return name in own.fields and (bool(own.row) or any(site[:1] != HAND for site in own.of(name)))


def _unit_fields(kind: Kind) -> tuple[str, ...]:
    return tuple(name for name in (kind.unit, *kind.cooperating) if name is not None)


def _units(kind: Kind, values: Mapping[str, Any]) -> frozenset[str]:
    found: set[str] = set()
    for name in _unit_fields(kind):
        value = values.get(name)
        found.update((value,) if isinstance(value, str) else value or ())
    return frozenset(found)


def _former(kinds: Kinds, kind: Kind, values: Mapping[str, object]) -> frozenset[str]:
    """The unit that a record was taken over from: what it wrote until then may arrive now."""
    name = kinds.taken_from(kind)
    before = values.get(name) if name else None
    return frozenset({before}) if isinstance(before, str) else frozenset()
