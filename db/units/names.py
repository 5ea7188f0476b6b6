"""Names of units, records and users, both ways, so that people read and type names while the book
keeps uids and login names."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from db.model.context import Unit
from db.model.fieldtypes import TYPES, type_of
from db.model.fieldtypes.base import Names
from db.model.ids import is_uid
from db.model.lineage import Succession
from db.model.pinyin import matches
from db.model.sql import quoted
from db.units import people

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Field
    from db.model.records import Record

#: The kind that describes units; the only one the program itself must know by name.
UNIT_KIND = "unit"


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


class BookNames:
    """Names over the books of a session. Units are few and held in memory; they are read again
    after a change of units."""

    def __init__(self, session: ReadContext) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._apart: tuple[object, _Held | None] | None = None
        self._times_forgotten = 0
        self._people: tuple[object, dict[str, dict[str, str]]] | None = None

    def forget(self) -> None:
        """Read the units and people again at the next question.

        In the midst of a transaction, or of several that go to the disk together, only whoever
        writes them sees its units anew; the others go on with what is committed.
        """
        here = self._session.book_of(UNIT_KIND).unseen
        self._times_forgotten += 1
        self._held = self._people = None
        self._apart = (here, None) if here is not None else None

    def forget_people(self) -> None:
        """Read the people again at the next question."""
        self._people = None

    def people(self) -> dict[str, dict[str, str]]:
        """Office id → login name → what the person is called (``people.py``); read again after a
        change of users."""
        found, users = self._people, self._session.key_file.users()
        if found is None or found[0] != users:
            self._people = found = (users, people.kept(self._session))
        return found[1]

    def user_name(self, login: str) -> str:
        """What a user is called; the login name of one nobody knows, or whom two offices call
        differently."""
        called = {known[login] for known in self.people().values() if login in known}
        return called.pop() if len(called) == 1 else login

    def user_by_name(self, text: str) -> str | None:
        """The login name of this office's user of that login name or name; None when there is none
        or several."""
        own = self.people().get(self._session.office_id, {})
        if text in own:
            return text
        found = [login for login, name in own.items() if name == text]
        return found[0] if len(found) == 1 else None

    def by_writer(self, record: Record, field: Field) -> Names:
        """The names as the office means them whose person wrote a field: a login name is somebody
        else in every office."""
        if not type_of(field).names_user or record.values.get(field.name) is None:
            return self
        office = people.writer(self._session, record, field)
        return people.AsWritten(self, office) if office else self

    def _units(self) -> _Held:
        today, apart = self._session.today.isoformat(), self._apart
        here = self._session.book_of(UNIT_KIND).unseen if apart is not None else None
        if apart is not None and apart[0] is here:
            found = apart[1] or self._read(today)
            self._apart = (apart[0], found)
            return found
        held = self._held
        if held is not None and held.today == today:
            return held
        with self._lock:
            before = self._times_forgotten
            found = self._read(today)
            # else it was read before a change that has been committed since
            if before == self._times_forgotten:
                self._held = found
            return found

    def _read(self, today: str) -> _Held:
        book = self._session.book_of(UNIT_KIND)
        kind = self._session.kinds.get(UNIT_KIND)

        def column(name: str) -> str:
            return quoted(name) if kind.has(name) else "NULL"

        wanted = (
            "short_name", "aliases", "category", "superior", "established_on", "abolished_on",
            "successor", "split_into",
        )
        rows = book.connection.execute(
            f"SELECT uid, {quoted(kind.title)}, {', '.join(map(column, wanted))}, deleted FROM"
            f" {quoted(UNIT_KIND)} ORDER BY deleted, {column('sort_order')} NULLS LAST, id"
        ).fetchall()
        every: dict[str, Unit] = {}
        for place, (
            uid, name, short, former, level, parent, since, until, heir, parts, deleted,
        ) in enumerate(rows):
            every[uid] = Unit(
                uid, name or "", short, former, level, parent, place,
                not deleted and (until is None or today < until),
                since, until, heir, TYPES["units"].from_db(parts) or (), bool(deleted),
            )  # fmt: skip
        return _Held(
            today, every, {u.uid: u for u in every.values() if not u.deleted}, _by_name(every),
            Succession(every),
        )

    def units(self) -> dict[str, Unit]:
        """All units that are not deleted, abolished ones too, in their order."""
        return self._units().live

    def every_unit(self) -> dict[str, Unit]:
        """Deleted ones too, at the end: rows of theirs still stand, and are counted."""
        return self._units().every

    @property
    def succession(self) -> Succession:
        """Which unit stands for which on a day."""
        return self._units().succession

    def unit_name(self, uid: str) -> str:
        """The unit's name; a sentence fragment for one that is not here."""
        unit = self.every_unit().get(uid)
        return unit.name if unit else "（已删除的单位）"

    def unit_by_name(self, text: str) -> str | None:
        """The unit of that full name, short name or former name; a uid stands for itself.

        Full names go before short and former ones, units that exist before abolished ones, and
        deleted ones come last of all.
        """
        held = self._units()
        if is_uid(text) and text in held.every:
            return text
        return held.by_name.get(_key(text))

    def units_named(self, text: str) -> list[str]:
        """Units whose name, short name or pinyin holds the text; for search."""
        if len(text.strip()) < 2 and text.isascii():
            return []
        return [
            u.uid
            for u in self.units().values()
            if matches(u.name, text) or (u.short and matches(u.short, text))
        ]

    def title(self, kind: str, uid: str) -> str:
        """What a record is called: its title field as text."""
        if kind == UNIT_KIND:
            return self.unit_name(uid)
        if kind not in self._session.kinds or not self._session.opens(kind):
            return "（无权查看）"
        record = self._session.get(kind, uid)
        return "（已删除的记录）" if record is None else self._session.title_of(record)

    def record_by_title(self, kind: str, text: str) -> str | None:
        """The record of that title (or uid) of a kind; the oldest when several have it."""
        if kind == UNIT_KIND:
            return self.unit_by_name(text)
        if kind not in self._session.kinds or not self._session.opens(kind):
            return None
        book, declared = self._session.book_of(kind), self._session.kinds.get(kind)
        where = "uid = ?" if is_uid(text) else f"{quoted(declared.title)} = ?"
        row = book.connection.execute(
            f"SELECT uid FROM {quoted(kind)} WHERE {where} AND deleted = 0 ORDER BY id LIMIT 1",
            (text,),
        ).fetchone()
        return row[0] if row else None


class _Held(msgspec.Struct, frozen=True):
    """The units as they were read, on a day: tomorrow one of them may have ceased."""

    today: str
    every: dict[str, Unit]
    live: dict[str, Unit]
    by_name: dict[str, str]
    succession: Succession


def _by_name(every: Mapping[str, Unit]) -> dict[str, str]:
    """Who is meant by a name: whoever is called so goes before whoever is known as that."""
    found: dict[str, str] = {}
    for group in _in_turn(every.values()):
        for unit in group:
            found.setdefault(_key(unit.name), unit.uid)
        for unit in group:
            for known in _known_as(unit):
                found.setdefault(_key(known), unit.uid)
    return found


def _in_turn(every: Collection[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Units that stand, then the abolished; and by themselves, at last, the deleted."""
    active = [u for u in every if u.active]
    abolished = [u for u in every if not u.active and not u.deleted]
    return [*active, *abolished], [u for u in every if u.deleted]


def _known_as(unit: Unit) -> list[str]:
    others = (unit.aliases or "").replace("\n", "、").split("、")
    return [known for known in (unit.short, *others) if known and known.strip()]
