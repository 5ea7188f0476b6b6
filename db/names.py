"""Names of units and records, both ways, so that people read and type names while the book keeps uids."""

from __future__ import annotations

import threading
import unicodedata
from typing import TYPE_CHECKING

from .ids import is_uid
from .pinyin import matches
from .schema import quoted

if TYPE_CHECKING:
    from .session import Session

#: The kind that describes units; the only one the program itself must know by name.
UNIT_KIND = "unit"


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


class Unit:
    """What lists need of a unit."""

    __slots__ = ("active", "aliases", "level", "name", "order", "parent", "short", "uid")

    def __init__(
        self, uid: str, name: str, short: str | None, aliases: str | None, level: str | None, parent: str | None, order: int, active: bool
    ) -> None:
        self.uid, self.name, self.short, self.aliases = uid, name, short, aliases
        self.level, self.parent, self.order, self.active = level, parent, order, active


class BookNames:
    """Names over the books of a session. Units are few and held in memory; they are read again after a change of units."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._units: dict[str, Unit] | None = None
        self._by_name: dict[str, str] = {}

    def forget(self) -> None:
        """Read the units again at the next question."""
        self._units = None

    def units(self) -> dict[str, Unit]:
        """All units that are not deleted, in their order."""
        found = self._units
        if found is not None:
            return found
        with self._lock:
            book = self._session.book_of(UNIT_KIND)
            kind = self._session.kinds.get(UNIT_KIND)

            def column(name: str, default: str = "NULL") -> str:
                return quoted(name) if kind.has(name) else default

            rows = book.connection.execute(
                f"SELECT uid, {quoted(kind.title)}, {column('short_name')}, {column('aliases')}, {column('category')},"
                f" {column('superior')}, {column('sort_order')}, {column('abolished_on')} IS NULL"
                f" FROM {quoted(UNIT_KIND)} WHERE deleted = 0 ORDER BY {column('sort_order')} NULLS LAST, id"
            ).fetchall()
            found = {}
            by_name: dict[str, str] = {}
            for place, (uid, name, short, former, level, parent, _, active) in enumerate(rows):
                found[uid] = Unit(uid, name or "", short, former, level, parent, place, bool(active))
                for known in (name, short, *(former or "").replace("\n", "、").split("、")):
                    if known and known.strip():
                        by_name.setdefault(_key(known), uid)
            self._by_name = by_name
            self._units = found
            return found

    def unit_name(self, uid: str) -> str:
        """The unit's name; a sentence fragment for one that is not here."""
        unit = self.units().get(uid)
        return unit.name if unit else "（已删除的单位）"

    def unit_by_name(self, text: str) -> str | None:
        """The unit of that full name, short name or former name; a uid stands for itself."""
        units = self.units()
        if is_uid(text) and text in units:
            return text
        return self._by_name.get(_key(text))

    def units_named(self, text: str) -> list[str]:
        """Units whose name, short name or pinyin holds the text; for search."""
        if len(text.strip()) < 2 and text.isascii():
            return []
        return [u.uid for u in self.units().values() if matches(u.name, text) or (u.short and matches(u.short, text))]

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
            f"SELECT uid FROM {quoted(kind)} WHERE {where} AND deleted = 0 ORDER BY id LIMIT 1", (text,)
        ).fetchone()
        return row[0] if row else None
