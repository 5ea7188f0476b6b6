"""Which record a new row of a child sheet hangs under: by the title or number that its cell names.
A row that names none is told, and never written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.model.ids import is_uid
from db.model.sql import quoted
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow


def find_parents(
    state: KindState, rows: Iterable[ParsedRow], fresh: Mapping[str, Mapping[str, str]]
) -> None:
    """Tell each new row its record. ``fresh``: by kind, titles of rows that are new in this file
    themselves."""
    if not state.kind.parent:
        return
    looked: _Parents | None = None
    for parsed in rows:
        if parsed.base is not None or not parsed.typed or parsed.parent is not None:
            continue
        looked = looked or _Parents(state, fresh)
        found = looked.named(parsed.parent_text)
        if len(found) == 1:
            (parsed.parent,) = found
            continue
        why = "没有写明是哪一条的" if not parsed.parent_text else (
            f"写的“{parsed.parent_text[:30]}”{'有几条同名' if found else '没有找到'}"
        )
        parsed.warn("", "orphan", (
            f"第 {parsed.row} 行「所属事项」{why}，没有读入。请在这一格选（或写）事项的全称"
            f"{'或序号' if looked.numbered else ''}。"
        ))


class _Parents:
    """All that may be named, read when the first new row asks."""

    def __init__(self, state: KindState, fresh: Mapping[str, Mapping[str, str]]) -> None:
        self.state = state
        self._kinds = state.kinds.parents_of(state.kind.name)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        #: Whether the records stand in this workbook with numbers of their own.
        self.numbered = any(kind.name in state.hidden.sheets for kind in self._kinds)
        for kind in self._kinds:
            for title, uid in (*self._sent(kind), *fresh.get(kind.name, {}).items()):
                self._by_name[_plain(title)].add(uid)
        for uid, title in state.hidden.carried(state.kind.name).items():
            self._by_name[_plain(title)].add(uid)

    def _sent(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """Titles, and the numbers of the lines, of what was sent."""
        sheet, number = self.state.hidden.sheets.get(kind.name), 0
        if sheet is None or kind.title not in sheet.fields:
            return
        place = sheet.fields.index(kind.title)
        for uid, row in self.state.hidden.each(kind.name):
            title = row.values[place] if place < len(row.values) else None
            if isinstance(title, str) and type_of(kind.field(kind.title)).single_line:
                yield title, uid
            if sheet.columns and row.shown:
                number += 1
                yield str(number), uid

    def named(self, text: str) -> set[str]:
        """The records that a cell may mean; those that were sent go before those in the book."""
        name = _plain(text)
        if not name:
            return set()
        return self._by_name.get(name) or self._in_book(text.strip())

    def _in_book(self, text: str) -> set[str]:
        found: set[str] = set()
        for kind in self._kinds:
            if kind.name not in self.state.session.kinds or not self.state.session.opens(kind.name):
                continue
            names = [kind.title] + [f.name for f in kind.all_fields if f.unique]
            where = " OR ".join(f"{quoted(name)} = ?" for name in names)
            values = [text] * len(names)
            if is_uid(text):
                where, values = "uid = ?", [text]
            sql = f"SELECT uid FROM {quoted(kind.name)} WHERE deleted = 0 AND ({where}) LIMIT 2"
            book = self.state.session.book_of(kind.name)
            found |= {row[0] for row in book.connection.execute(sql, values)}
        return found


def _plain(text: str) -> str:
    return "".join(text.split())
