"""Who wrote what arrives, and whether it was theirs to write: what a workbook tells of offices,
held against ``db/merge/ownership.py``.

Judged is the author of each value that is news here, not who carried it. What is refused is told
and passed over; the vectors never claim it, so that a later rightful edit is news like any other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from db.access import ownership_checks
from db.access import unit_claims as claims
from db.access.unit_claims import Claim
from db.errors import BadInput
from db.merge import ownership
from db.merge.merge import DELETED, Row
from db.merge.ownership import Author, Reason, Standing, reason, rights_of, side
from db.merge.versions import HAND, RowVersions, Vector, leq
from db.model.declarations import Kind
from db.model.kinds import Kinds
from db.model.records import OWN, SYSTEM_FIELDS, UNKNOWN, Record, RowShape
from db.session import Session
from db.store.book import Book
from db.store.offices import is_own_site
from db.units import people
from db.units.names import UNIT_KIND
from desktop.exchange.format.manifest import Hidden, RowMeta

#: Why a value is not taken that is said to be this office's own.
NEVER = (
    "署着本单位的名，本单位的台账里却没有这样改过，没有接受。请向发出单位核实工作簿是不是被人动过。"
)

#: Reads one exported value of a row, normalised; raises ``BadInput``.
Exported = Callable[[RowMeta, str], Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An office as the workbook tells of it."""

    name: str
    unit: str | None


class Owners:
    """Made once per file and book."""

    def __init__(self, session: Session, kinds: Kinds, book: Book, hidden: Hidden) -> None:
        self.session, self.kinds, self.book, self.hidden = session, kinds, book, hidden
        self.meta = hidden.meta
        self.own = session.office_id
        #: whose workbook it is; one that the program did not make is this office's own
        self.sender = self.meta.office_id if self.meta else self.own
        #: the file holds writes of this book's own site that this book knows nothing of
        self.ahead = False
        #: sites that are said to be this office's own and never were
        self.strange: set[str] = set()
        self._open: dict[str, Claim] | None = None
        self._reached = book.reached
        self._told: dict[str, Told] = {}
        self._numbers: dict[str, str] = {}
        self._site_offices: dict[str, str] = {}
        self._read()
        self._authors: dict[str, Author | None] = {}
        self._units: dict[str, frozenset[str]] = {}
        self._kind_of: dict[str, tuple[Kind, ...]] = {}
        self._shapes: dict[str, RowShape] = {}

    def _read(self) -> None:
        meta = self.meta
        if meta is None:
            return
        for number, (uid, name, unit) in meta.offices.get(self.book.name, {}).items():
            self._numbers[number] = uid
            self._told[uid] = Told(name, unit or None)
        self._told.setdefault(self.sender, Told(meta.office, None))
        names = meta.sites.get(self.book.name, {})
        for number, office in meta.site_offices.get(self.book.name, {}).items():
            if number not in names or office not in self._numbers:
                continue
            site, uid = names[number], self._numbers[office]
            if (
                uid == self.own != self.sender
                and self.book.offices.of_site(site) is None
                and not is_own_site(self.book.audit_key, site)
            ):
                self.strange.add(site)  # whoever sends it answers for what was written there
            else:
                self._site_offices[site] = uid
        if meta.site:  # all that the first form tells
            self._site_offices.setdefault(meta.site, self.sender)

    def look_ahead(self, versions: RowVersions) -> None:
        """Notice a counter of this book's own site that it never reached: it was put back to an
        older state, or somebody has changed the file. Either way the next write under this site
        would be taken for one that others have seen.
        """
        site, counter = self._reached
        if site and any(
            vector.get(site, 0) > counter for vector in (versions.row, *versions.fields.values())
        ):
            self.ahead = True

    # -- offices, sites, authors -------------------------------------------------------------------

    def office_of(self, site: str) -> str:
        """The id of the office that writes as a site; "" for one nobody has told. What this book
        knows goes before what it is told."""
        office = self.book.offices.of_site(site)
        return office.uid if office is not None else self._site_offices.get(site, "")

    def name_of(self, uid: str) -> str:
        """What an office is called in sentences."""
        known, told = self.book.offices.by_uid(uid), self._told.get(uid)
        return (known.name if known else "") or (told.name if told else "") or "另一个单位"

    def units_of(self, uid: str) -> frozenset[str]:
        """The units that an office is: of its own what it says here, of another what is known."""
        found = self._units.get(uid)
        if found is None:
            unit = self.session.own_unit if uid == self.own else self._seat(uid)
            found = self._units[uid] = (
                frozenset(self.session.taken_over(unit)) | {unit} if unit else frozenset()
            )
        return found

    def _seat(self, uid: str) -> str | None:
        """The unit that another office is taken for: as known, or newly as told, where nobody else
        is known to be that unit."""
        known, told = self.book.offices.by_uid(uid), self._told.get(uid)
        unit, new = (known.unit if known else None), told.unit if told else None
        if not new or new == unit or (unit and uid != self.sender):
            return unit
        return new if claims.accepted(self.session, uid, new) else unit

    def claims(self) -> list[Claim]:
        """Offices that say they are a unit for which they are not taken, because others are it or
        somebody said no."""
        found = []
        for uid, told in self._told.items():
            known = self.book.offices.by_uid(uid)
            if (
                uid != self.own
                and told.unit
                and (uid == self.sender or not (known and known.unit))
                and self._seat(uid) != told.unit
            ):
                others = claims.holders(self.session, uid, told.unit)
                denied = claims.answers(self.session).get(uid, {}).get(told.unit) is False
                found.append(Claim(uid, self.name_of(uid), told.unit, others, denied))
        return found

    def news_of_sender(self) -> list[str]:
        """What the sender newly says of itself and is believed: its unit, its name."""
        known, told = self.book.offices.by_uid(self.sender), self._told.get(self.sender)
        found: list[str] = []
        if self.sender == self.own or told is None:
            return found
        seat, before = self._seat(self.sender), known.unit if known else None
        if seat and seat != before:
            unit = self.unit_name(seat)
            was = f"以前是“{self.unit_name(before)}”，现在" if before else ""
            found.append(
                f"“{told.name}”{was}说自己就是“{unit}”，今后这个单位的事项由它填报；不是这样的，"
                "请在“设置”页的“往来单位”里改。"
            )
        if known is not None and known.name and told.name and known.name != told.name:
            found.append(f"“{known.name}”现在叫“{told.name}”。")
        names = {
            self.session.office_name,
            *(other.name for other in claims.offices(self.session) if other.uid != self.sender),
        }
        if known is None and told.name in names:
            found.append(
                f"叫“{told.name}”的单位不止一个，这一个的编号和以前见过的不同。"
                "请核对是不是对方换了电脑、另建了台账。"
            )
        return found

    def unit_name(self, uid: str) -> str:
        """What a unit is called: here, or else in the workbook that brings it."""
        if uid in self.session.names.every_unit():
            return self.session.unit_name(uid)
        row, sheet = self.hidden.row(UNIT_KIND, uid), self.hidden.sheets.get(UNIT_KIND)
        told = (
            dict(zip(sheet.fields, row.values, strict=False))
            if row is not None and sheet is not None
            else {}
        )
        return str(told.get("name") or "另一个单位")

    def _author(self, site: str) -> Author | None:
        """Who writes as a site; None where nobody has told."""
        if site not in self._authors:
            office, for_unit = self.office_of(site), False
            if site[:1] == HAND:
                offices = {
                    self.own, self.sender, *self._told, *(o.uid for o in self.book.offices.every()),
                }
                office, for_unit = ownership.typed_into(site, offices) or ("", False)
            self._authors[site] = (
                Author(office, self.units_of(office), for_unit) if office else None
            )
        return self._authors[site]

    def _writer(self, site: str) -> Author:
        """The same; where nobody has told, whoever sends it answers for it."""
        return self._author(site) or Author(self.sender, self.units_of(self.sender))

    def _is_issuer(self, site: str, standing: Standing) -> bool:
        author = self._author(site)
        return author is not None and author.office == standing.issuer and not author.typed

    def _shape(self, kind: Kind) -> RowShape:
        found = self._shapes.get(kind.name)
        if found is None:
            found = self._shapes[kind.name] = RowShape(kind)
        return found

    @property
    def tag(self) -> str:
        """Stands behind the hash of each cell typed into this workbook; the first form had none."""
        if self.meta is not None and self.meta.format < 2:
            return ""
        return ownership.hand_tag(self.sender, self.meta is not None and self.meta.unit is not None)

    # -- whose a record is -------------------------------------------------------------------------

    def issuer(self, record: Record) -> str:
        """The office that issued a record of this book; of one that nobody had told so far, what
        this workbook tells."""
        office = self.book.offices.by_number(record.issuer)
        if office is not None and record.issuer != UNKNOWN:
            return office.uid
        return self._maker(self.book.versions_of(record))

    def _maker(self, versions: RowVersions) -> str:
        """The office of the site that made a row."""
        sites = [site for site in versions.row if site[:1] != HAND]
        return self.office_of(sites[0]) if len(sites) == 1 else ""

    def told_issuer(self, row: RowMeta | None, versions: RowVersions) -> str:
        """The office that issued a record which is new here: as the workbook says; a row filled in
        is the workbook's office's."""
        if row is None:
            return self.sender
        if self.meta is not None and self.meta.format >= 2:
            return self._numbers.get(str(row.issuer), "")
        return self._maker(versions)

    def standing(self, record: Record, kind: Kind) -> Standing:
        """Whose a record of this book is."""
        maker = self.issuer(record)
        units = ownership_checks.units_of(self.kinds, record)
        former = _former(self.kinds, kind, record.values)
        top = self.top(kind, record.parent)
        if top is None:
            return Standing(maker, maker, units, former)
        return Standing(top.issuer, maker, units | top.units, former | top.former)

    def top(self, kind: Kind, parent: str | None) -> Standing | None:
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

    def _above(self, kind: Kind, parent: str) -> tuple[Kind, Standing, str | None] | None:
        above = self._kind_of.get(kind.name)
        if above is None:
            above = tuple(
                k
                for k in self.kinds
                if k.book == self.book.name and kind in self.kinds.children_of(k.name)
            )
            self._kind_of[kind.name] = above
        for possible in above:
            record = (
                self.book.get(possible.name, parent)
                if possible.name in self.session.kinds
                else None
            )
            if record is not None:
                maker = self.issuer(record)
                units = ownership_checks.units_of(self.kinds, record)
                return (
                    possible,
                    Standing(maker, maker, units, _former(self.kinds, possible, record.values)),
                    record.parent,
                )
        for possible in above:
            row = self.hidden.row(possible.name, parent)
            if row is not None:
                return possible, self._told_standing(possible, row), row.parent
        return None

    def _told_standing(self, kind: Kind, row: RowMeta) -> Standing:
        """Whose a record is that stands in the workbook only."""
        sheet, shape = self.hidden.sheets.get(kind.name), self._shape(kind)
        values: dict[str, Any] = {}
        for name, value in zip(sheet.fields if sheet else (), row.values, strict=False):
            if value is not None and name in _unit_fields(kind):
                with contextlib.suppress(BadInput):
                    values[name] = shape.from_json(name, value)
        sites = (self.meta.sites if self.meta else {}).get(self.book.name, {})
        try:
            versions = RowVersions.decode(row.versions, lambda number: sites[str(number)])
        except (ValueError, KeyError):  # told where the row itself is judged
            versions = RowVersions()
        maker = self.told_issuer(row, versions)
        units = _units(kind, values)
        return Standing(maker, maker, units, _former(self.kinds, kind, values))

    # -- what is refused ---------------------------------------------------------------------------

    def refused(
        self, kind: Kind, record: Record, own: RowVersions, theirs: Row, names: Iterable[str], base: RowMeta | None,
        exported: Exported,
    ) -> dict[str, str]:  # fmt: skip
        """Field → why what arrives for it is not taken, for a record that is here. ``names``: those
        that bring news."""
        wanted = list(names)
        if not wanted or (self.sender == self.own and record.issuer == OWN):
            return {}
        standing = self.standing(record, kind)
        if standing.issuer in ("", self.sender):
            return {}
        never = [n for n in wanted if self._never_wrote(kind, record, n, own, theirs)]
        theirs = Row(theirs.values, self._without_mine(own, theirs.versions, wanted))
        return dict.fromkeys(never, NEVER) | self._refused(
            kind, record, own, theirs, standing, set(wanted) - set(never), base, exported
        )

    def _never_wrote(
        self, kind: Kind, record: Record, name: str, own: RowVersions, theirs: Row
    ) -> bool:
        """A value that is said to be this office's own, by the site as which it writes now, and
        that its book knows nothing of: what this site wrote is in each vector here, or was
        overruled by what is.
        """
        site, counter = self._reached
        vector = theirs.versions.of(name)
        if (
            not site
            or theirs.versions.authors_of(name) != (site,)
            or vector.get(site, 0) > counter
            or leq(vector, own.of(name))
        ):
            return False
        if name in SYSTEM_FIELDS:
            return bool(record.get(name) != theirs.values.get(name))
        shape = self._shape(kind)
        return bool(
            shape.to_json(name, record.get(name)) != shape.to_json(name, theirs.values.get(name))
        )

    def _without_mine(
        self, own: RowVersions, theirs: RowVersions, names: Iterable[str]
    ) -> RowVersions:
        """The vectors without this office among the authors of what it has not written anew: its
        own write is here already, so the news is somebody else's, whatever he says.
        """
        site, out = self._reached[0], theirs
        for name in names:
            authors = theirs.authors.get(name, ())
            others = tuple(a for a in authors if a != site)
            if (
                site in authors
                and others
                and theirs.of(name).get(site, 0) <= own.of(name).get(site, 0)
            ):
                out = out.copy() if out is theirs else out
                out.set(name, theirs.of(name), others)
        return out

    def _refused(
        self, kind: Kind, record: Record, own: RowVersions, theirs: Row, standing: Standing, names: Iterable[str],
        base: RowMeta | None, exported: Exported,
    ) -> dict[str, str]:  # fmt: skip
        wanted = [
            n
            for n in names
            if not all(self._is_issuer(s, standing) for s in theirs.versions.authors_of(n))
        ]
        if not wanted:
            return {}
        shape = self._shape(kind)
        values = {name: shape.to_json(name, theirs.values.get(name)) for name in wanted}
        rights = rights_of(self.kinds, kind.name)
        before = {
            name: shape.to_json(name, record.get(name)) for name in set(rights.ruled.values())
        }
        found = ownership.refusals(
            rights, standing, own, theirs.versions, values, self._writer, was=record.state,
            before=before,
        )
        if found and base is not None:
            # It may have been written while the units were others: those that stood there when it
            # was, as far as they are known to be true.
            former = set(standing.former)
            for name in _unit_fields(kind):
                if leq(theirs.versions.of(name), own.of(name)):
                    with contextlib.suppress(BadInput):
                        former |= _units(kind, {name: exported(base, name)})
            standing = replace(standing, former=frozenset(former))
            values = {name: values[name] for name in found}
            found = ownership.refusals(
                rights,
                standing,
                own,
                theirs.versions,
                values,
                self._writer,
                was=record.state,
                before=before,
            )
        return {
            name: self._sentence(kind, why, name, standing, author)
            for name, (why, author) in found.items()
        }

    def refused_new(self, kind: Kind, theirs: Row, issuer: str) -> tuple[str, dict[str, str]]:
        """For a record that is not here: why it is not taken at all, or field → why what stands in
        it is not."""
        versions = theirs.versions
        site, counter = self._reached
        never = set(versions.row) == {site} and versions.row[site] <= counter
        if (
            site
            and self.sender != self.own
            and (never or (issuer == self.own and self.strange & versions.row.keys()))
        ):
            return (
                "这一条署着由本单位建立，本单位的台账里却没有，没有接受。"
                "请向发出单位核实工作簿是不是被人动过。",
                {},
            )
        maker = self._maker(versions)
        if maker and issuer and maker != issuer:
            return (
                f"这一条自称由“{self.name_of(issuer)}”建立，却是“{self.name_of(maker)}”写的，"
                f"没有接受。",
                {},
            )
        if not issuer:
            return "", {}
        values = {name: theirs.values.get(name) for name in _unit_fields(kind)}
        standing = Standing(issuer, issuer, _units(kind, values), _former(self.kinds, kind, values))
        top = self.top(kind, theirs.values.get("parent"))
        rights = rights_of(self.kinds, kind.name)
        if top is not None:
            author = Author(issuer, self.units_of(issuer))
            who = side(author, top, late=True)
            if who != "issuer" and not (who == "responsible" and rights.made):
                return self._sentence(kind, "step" if who == "responsible" else who, "", top, author), {}  # type: ignore[arg-type]
            standing = Standing(
                top.issuer, issuer, standing.units | top.units, standing.former | top.former
            )
        if self.sender == standing.issuer:
            return "", {}
        shape = self._shape(kind)
        names = (
            versions.fields
            if top is None or issuer == top.issuer
            else (*shape.names, "state", DELETED)
        )
        told = {name: theirs.values.get(name) for name in names}
        values = {
            name: shape.to_json(name, value)
            for name, value in told.items()
            if name in versions.fields or value
        }
        refused = ownership.refusals(
            rights, standing, RowVersions(), versions, values, self._writer, new=True
        )
        found = {
            name: self._sentence(kind, why, name, standing, author)
            for name, (why, author) in refused.items()
        }
        if (
            kind.title in found
            or "state" in found
            or any(f.required and f.name in found for f in kind.all_fields)
        ):
            return next(iter(found.values())), {}
        return "", found

    def why_typed(
        self, kind: Kind, record: Record | None, row: RowMeta | None, name: str, value: Any
    ) -> str:
        """Why a typed cell is not taken."""
        at_home = Author(self.own, self.units_of(self.own))
        unit = self.meta.unit if self.meta else None
        if record is not None:
            if record.issuer == OWN and unit is None and self.sender == self.own:
                return ""
            if row is None and self.issuer(record) == self.sender:
                return ""  # a new row of this very workbook, corrected
            standing = self.standing(record, kind)
        elif row is not None:
            standing = self._told_standing(kind, row)
            if (top := self.top(kind, row.parent)) is not None:
                standing = Standing(
                    top.issuer, standing.maker, standing.units | top.units, top.former
                )
        else:
            return ""
        if unit is not None and self.sender == standing.issuer:
            # the issuer's own workbook for a unit: its rows and columns are looked at by the judge
            return ""
        plain, rights = self._shape(kind).to_json(name, value), rights_of(self.kinds, kind.name)
        for author in ownership.typists(
            self.sender, self.units_of(self.sender), unit, at_home, standing
        ):
            code = reason(rights, author, standing, name, plain)
            if code:
                return self._sentence(kind, code, name, standing, author)
        return ""

    def disowned(
        self,
        kind: Kind,
        record: Record,
        own: RowVersions,
        theirs: RowVersions,
        base: RowMeta,
        exported: Exported,
    ) -> dict[str, Vector]:
        """Fields of mine that somebody wrote who may never write them, and what their vectors are
        worth without that: this office itself before it was told whose the record is, or an import
        that was undone here. So is my state, where they took a step at the same time from which
        mine does not lead on: they refuse mine, and both would stay apart. So is what reversed a
        decision that was not known here and arrives with theirs (``base``)."""
        if record.issuer == OWN or not own.fields:
            return {}
        standing = self.standing(record, kind)
        if not standing.issuer or standing.issuer == self.own:
            return {}
        rights, state = rights_of(self.kinds, kind.name), base.state
        settled = record.parent is None and not any(
            _changed(own, name) for name in _unit_fields(kind)
        )
        found = ownership.disowned(
            rights, standing, record.state, own, self._author, settled=settled
        )
        for name, mine in own.fields.items():
            fresh = theirs.of(name)
            if leq(mine, fresh) or (name == "state" and record.state == state):
                continue
            before: dict[str, Any] = {}
            if leq(fresh, mine):
                if name not in rights.ruled:
                    continue
                with contextlib.suppress(BadInput):
                    rule = rights.ruled[name]
                    before[rule] = self._shape(kind).to_json(rule, exported(base, rule))
            plain = (
                record.get(name)
                if name in ("state", "deleted", "parent")
                else self._shape(kind).to_json(name, record.get(name))
            )
            if ownership.refusals(
                rights, standing, theirs, own, {name: plain}, self._writer, was=state, before=before
            ):
                found[name] = {site: n for site, n in mine.items() if fresh.get(site, 0) >= n}
        return found

    def _claim_of(self, office: str) -> Claim | None:
        if self._open is None:
            self._open = {claim.office: claim for claim in self.claims()}
        return self._open.get(office)

    def _sentence(
        self, kind: Kind, why: Reason, name: str, standing: Standing, author: Author
    ) -> str:
        """For the list of what was refused."""
        issuer, writer = self.name_of(standing.issuer), self.name_of(author.office)
        if why in ("unit", "third") and (claim := self._claim_of(author.office)) is not None:
            unit = self.unit_name(claim.unit)
            return f"“{writer}”说自己是“{unit}”，还没有经本单位管理员或审核员确认，没有接受；确认后再导入一次即可。"
        if why == "unit":
            units = "、".join(
                f"“{self.unit_name(unit)}”" for unit in sorted(standing.units, key=self.unit_name)
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

    # -- taking it in ------------------------------------------------------------------------------

    def learn(self) -> None:
        """Keep what the workbook tells of offices and sites; inside the transaction that takes it
        in."""
        if self.meta is None:
            return
        offices = self.book.offices
        for uid, told in self._told.items():
            offices.meet(uid, told.name, self._seat(uid), itself=uid == self.sender)
        for claim in self.claims():
            claims.remember(self.session, claim)
        people.learn(self.session, self.hidden.people, self.sender)
        for site, uid in self._site_offices.items():
            office = offices.by_uid(uid)
            if office is not None:
                offices.assign(site, office.number)

    def number(self, uid: str) -> int:
        """The number of an office in this book, once learned."""
        office = self.book.offices.by_uid(uid) if uid else None
        return office.number if office is not None else UNKNOWN


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


def _former(kinds: Kinds, kind: Kind, values: Mapping[str, Any]) -> frozenset[str]:
    """The unit that a record was taken over from: what it wrote until then may arrive now."""
    name = kinds.taken_from(kind)
    before = values.get(name) if name else None
    return frozenset({before}) if isinstance(before, str) else frozenset()
