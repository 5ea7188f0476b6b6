"""One kind of a file, as it was exported and as it stands in the book: what every step of the plan
asks for. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from db.errors import Damaged
from db.merge.merge import DELETED
from db.merge.versions import RowVersions
from db.model.declarations import Kind
from db.model.fieldtypes import TYPES
from db.model.kinds import Kinds
from db.model.records import SYSTEM_FIELDS, Record, RowShape
from db.model.sql import quoted
from db.session import Session
from desktop.exchange.format.manifest import BROKEN, ExportedRow, Hidden
from desktop.exchange.format.pending_conflicts import OpenValue, waiting_of
from desktop.exchange.plan.write_authority import Match, WriteAuthority

#: So many uids are asked for at once.
_PART = 500
#: So many version texts are remembered with what they say.
_TEXTS = 1_000
_LABELS = {"state": "状态", "deleted": "删除", "parent": "所属事项"}


class KindState:
    """Made once per kind of a file."""

    def __init__(
        self, session: Session, kinds: Kinds, kind: Kind, hidden: Hidden,
        authority: WriteAuthority | None = None,
    ) -> None:
        self.session, self.kinds, self.kind, self.hidden = session, kinds, kind, hidden
        self.known = kind.name in session.kinds
        self.book = session.book_of(kind.name) if self.known else session.office
        self.authority = authority or WriteAuthority(session, kinds, self.book, hidden)
        here = self.book.shape(kind.name) if self.known else None
        self.shape = here if here is not None and here.kind is kind else RowShape(kind)
        self.cycle = kinds.lifecycle_of(kind)
        settling = kinds.settling(kind)
        self.settles = settling.resolve if settling is not None else None
        manifest = hidden.manifest
        self.export_id = manifest.export_id if manifest else ""
        self.unit = manifest.unit if manifest else None
        sites = (manifest.sites if manifest else {}).get(kind.book, {})
        self._sites = {int(number): name for number, name in sites.items() if number.isdigit()}
        sheet = hidden.sheets.get(kind.name)
        order = sheet.fields if sheet is not None else [f.name for f in kind.all_fields]
        #: (place in the exported values, field) of the fields known here
        self.places = [(at, name) for at, name in enumerate(order) if kind.has(name)]
        self._place = {name: at for at, name in self.places}
        self.unknown_fields = len(order) != len(self.places)
        self.fields = (*(name for _, name in self.places), *SYSTEM_FIELDS)
        self._labels = _LABELS | {name: f.label for name, f in self.shape.by_name.items()}
        self.defaults = {
            f.name: TYPES[f.type].from_json(f.default, f) for f in kind.all_fields
            if f.default is not None and f.default not in ("today", "user", "unit")
        }
        #: version text → its vectors: what was written at once has one text, and most of a ledger
        #: often was
        self._decoded: dict[str, RowVersions] = {}
        self._own: dict[str, RowVersions] = {}
        self._same_numbers = self._counts_sites_alike()

    # -- versions and values -----------------------------------------------------------------------

    def _counts_sites_alike(self) -> bool:
        """Whether equal version texts mean equal vectors: only where the small numbers mean the
        same here and there."""
        if not self.known:
            return True
        own = dict(self.book.connection.execute("SELECT id, name FROM sites").fetchall())
        return all(own.get(number, name) == name for number, name in self._sites.items())

    def seen_already(self, base: ExportedRow | None, own: str | None) -> bool:
        """Whether a row is the state of the record with these versions, told at a glance."""
        return self._same_numbers and base is not None and base.versions == own

    def versions(self, base: ExportedRow | None) -> RowVersions:
        """The exported vectors of a row; a new row has none. Not to be changed in place: rows of
        one text share them."""
        if base is None:
            return RowVersions()
        found = self._decoded.get(base.versions)
        if found is not None:
            return found
        try:
            found = RowVersions.decode(base.versions, self._sites.__getitem__)
            self.authority.offices.look_ahead(found)
            return _remember(self._decoded, base.versions, found)
        except (ValueError, KeyError) as error:
            raise Damaged(BROKEN) from error

    def own_versions(self, record: Record) -> RowVersions:
        """The vectors of a record of mine, shared likewise."""
        found = self._own.get(record.versions)
        return found or _remember(self._own, record.versions, self.book.versions_of(record))

    def exported(self, base: ExportedRow, name: str) -> Any:
        """One exported value, normalised. Raises ``BadInput``."""
        if name == "state":
            return base.state
        if name == DELETED:
            return base.deleted
        if name == "parent":
            return base.parent
        return self.shape.from_json(name, self.sent(base, name))

    def sent(self, base: ExportedRow, name: str) -> Any:
        """What an exported row says of a field, as plain JSON."""
        at = self._place.get(name, len(base.values))
        return base.values[at] if at < len(base.values) else None

    def mine(self, uids: Sequence[str]) -> dict[str, Record]:
        """My records of these uids."""
        found: dict[str, Record] = {}
        for where, part in self._parts(uids):
            shape = self.book.shape(self.kind.name)
            sql = f"{shape.select} WHERE {where}"
            if rows := self.book.connection.execute(sql, part).fetchall():
                found.update((record.uid, record) for record in shape.records(rows))
        return found

    def version_texts(self, uids: Sequence[str]) -> dict[str, str]:
        """The versions of my records of these uids."""
        found: dict[str, str] = {}
        for where, part in self._parts(uids):
            sql = f"SELECT uid, versions FROM {quoted(self.kind.name)} WHERE {where}"
            found.update(self.book.connection.execute(sql, part).fetchall())
        return found

    def _parts(self, uids: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
        """What asks for records by their uids, some at a time; nothing of a ledger that is new."""
        for start in range(0, len(uids) if self.known else 0, _PART):
            part = uids[start : start + _PART]
            yield f"uid IN ({','.join('?' * len(part))})", part

    def same_title(self, title: object, unit: object) -> list[str]:
        """The uids of live records of this title and, where one is given, this unit; two at most
        are looked for."""
        kind, where, values = self.kind, "deleted = 0", []
        for name, value in ((kind.title, title), (kind.unit, unit)):
            if name and value is not None:
                where += f" AND {quoted(name)} = ?"
                values.append(self.shape.to_db(name, value))
        sql = f"SELECT uid FROM {quoted(kind.name)} WHERE {where} LIMIT 2"
        return [row[0] for row in self.book.connection.execute(sql, values).fetchall()]

    def waiting(self, uids: Sequence[str]) -> dict[str, dict[str, list[OpenValue]]]:
        """What waits for a decision beside records of mine: uid → field → values."""
        if not self.known or not uids:
            return {}
        return waiting_of(self.book.connection, self.kind.name, uids)

    def match(self, record: Record, base: ExportedRow | None) -> Match:
        """A record of mine beside what arrives for it, as the write authority takes it."""
        return Match(self.kind, record, self.own_versions(record), base, self.exported)

    # -- as people read it -------------------------------------------------------------------------

    def same(self, name: str, a: object, b: object) -> bool:
        """Whether two values of a field say the same."""
        if name in SYSTEM_FIELDS:
            return bool((a or None) == (b or None))
        return TYPES[self.shape.by_name[name].type].compare(a, b)

    def title_of(self, record: Record) -> str:
        """What a record of this kind is called."""
        field = self.kind.field(self.kind.title)
        return self.text(field.name, record.values.get(field.name))

    def text(self, name: str, value: Any) -> str:
        """A value as people read it."""
        if name == DELETED:
            return "已删除" if value else "保留"
        if value is None:
            return ""
        if name == "state":
            return (
                self.cycle.state(value).label
                if self.cycle and any(s.name == value for s in self.cycle.states) else str(value)
            )
        if name in SYSTEM_FIELDS:
            return str(value)
        field = self.shape.by_name[name]
        return TYPES[field.type].format(value, field, self.session.names)

    def label(self, name: str) -> str:
        """What a field is called."""
        return self._labels.get(name, name)


def _remember(known: dict[str, RowVersions], text: str, versions: RowVersions) -> RowVersions:
    """Keep what a version text says, among as many as are worth it."""
    if len(known) >= _TEXTS:
        known.clear()
    known[text] = versions
    return versions
