"""A list of a million rows: the ids of the current filter and sort, and pages of 256 rows fetched
when they show.

The model never waits: a row that is not there yet paints as a pale bar, and its page is asked for
in the reader. How many rows there are is told with the first page, so that the scroll bar is true
while the order of the others is still sought.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict, deque
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal

from db.model.query import Query
from db.session import Session
from desktop.ui.kit import jobs as work
from desktop.ui.kit.table_look import NOWHERE, Index
from desktop.ui.lists.columns import Column, Row, row_maker

DRAFT = "草稿"
PAGE = 256
KEPT_PAGES = 24
PAGES_WANTED = 4
"""Pages asked for last that are still worth fetching."""
Head = tuple["array[int]", list[Row | None], int | None]
"""The first page: its ids, its rows, and how many there are in all where that is told at once."""


class RowsModel(QAbstractTableModel):
    """Rows of one query. `counted` tells how many there are once that is known, and again once the
    ids have come."""

    counted = Signal(int)
    loading = Signal()
    failed = Signal(object)

    def __init__(
        self, session: Session, jobs: work.Jobs, columns: tuple[Column, ...], query: Query,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self.columns = columns
        self.query = query
        self._ids: array[int] = array("q")
        self._count = 0
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._stale: set[int] = set()
        self._asked: set[int] = set()
        self._wanted: deque[int] = deque(maxlen=PAGES_WANTED)
        self._generation = 0
        self._make_row = row_maker(session, session.kinds.get(query.kind), columns, short=True)
        self.marked: frozenset[str] = frozenset()
        """The records of which something is typed and not saved."""
        self.loaded = False
        self.whole = True
        """Whether the ids of all rows are there, not only the first that could be told at once."""
        self.grown = False
        """Whether the last to come were the others behind these first: what was chosen stays."""
        self._jump = False
        self._keep: int | None = None

    # ---- asking

    def load(
        self, query: Query, keep: int | None = None, jump: bool = False, again: bool = False
    ) -> None:
        """Ask for the ids of a query. `keep` is the id of a row that should stay current;
        `found_at` tells where, and with
        `jump` also when the rows are the same as before."""
        self.query = query
        if jump or not self._jump:  # a refresh that overtakes a jump does not lose its goal
            self._jump, self._keep = jump, keep
        self.loading.emit()
        if self._jump or again:
            self._ask_all(query)
            return

        def head(job: work.Job) -> Head | None:
            found = self._session.first_ids(query, PAGE)
            if found is None or len(found) < PAGE:
                return None  # few rows are all told at once
            return found, self._rows_of(query.kind, found), self._session.count_at_once(query)

        def take(found: Head | None) -> None:
            if found is not None and found[0] != self._ids[:PAGE]:
                self._show_head(*found)
            self._ask_all(query)

        self._jobs.read(
            head, take, owner=self, key=("ids", id(self)), order=work.FIRST, failed=self._fail
        )

    def _show_head(self, ids: array[int], rows: list[Row | None], count: int | None) -> None:
        """The first page, while the whole order is still sought."""
        self._generation += 1
        self._asked.clear()
        self.beginResetModel()
        self._ids, self.whole, self.loaded = ids, False, True
        self._count = max(len(ids), count or 0)
        self._pages.clear()
        self._pages[0] = rows  # type: ignore[assignment]
        self.endResetModel()
        if count is not None:
            self.counted.emit(self._count)

    def _ask_all(self, query: Query) -> None:
        keep = self._keep

        def ids(job: work.Job) -> tuple[array[int], int]:
            found = self._session.ids(query)
            try:
                position = found.index(keep) if keep is not None else -1
            except ValueError:
                position = -1
            return found, position

        self._jobs.read(
            ids, self._take_ids, owner=self, key=("ids", id(self)), order=work.FIRST,
            failed=self._fail,
        )

    def reload(self, keep: int | None = None) -> None:
        """The same query again, after a change: rows on the screen stay painted until the new ones
        are there."""
        self._stale |= set(self._pages)
        self.load(self.query, keep, again=True)

    def let_go(self) -> None:
        """What is still being loaded makes no row current any more."""
        self._jump, self._keep = False, None

    def sort_by(self, sort: tuple[tuple[str, bool], ...], keep: int | None = None) -> None:
        self.load(msgspec.structs.replace(self.query, sort=sort, last=()), keep)

    found_at = Signal(int)
    """After a load: at which row the kept id stands, or -1."""

    def _take_ids(self, result: tuple[array[int], int]) -> None:
        ids, found = result
        position = found if self._keep is not None else -1
        same = self.loaded and ids == self._ids
        known = len(self._ids)
        self._generation += 1
        self._asked.clear()
        jump, self._jump = self._jump, False
        grown = not (same or self.whole) and ids[:known] == self._ids
        self.grown = grown and not jump
        if grown or same:
            self._end_at(ids)
            if ids:
                last = self.index(len(ids) - 1, len(self.columns) - 1)
                self.dataChanged.emit(self.index(known if grown else 0, 0), last)
        else:
            self.beginResetModel()
            self._ids, self._count = ids, len(ids)
            self._pages.clear()
            self._stale.clear()
            self.loaded = True
            self.endResetModel()
        self.whole = True
        self.counted.emit(len(ids))
        if self._session.book_of(self.query.kind).orders_wanted:
            self._jobs.order_wanted.emit()
        if not same or position < 0 or jump:
            self.found_at.emit(position)

    def _end_at(self, ids: array[int]) -> None:
        """All rows behind the first page are there: as many as were counted, unless the book was
        written to in between, or counting would have taken long."""
        before, self._ids = self._count, ids
        if len(ids) > before:
            self.beginInsertRows(NOWHERE, before, len(ids) - 1)
            self._count = len(ids)
            self.endInsertRows()
        elif len(ids) < before:
            self.beginRemoveRows(NOWHERE, len(ids), before - 1)
            self._count = len(ids)
            self.endRemoveRows()

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)

    def _ask(self, page: int) -> None:
        if page in self._asked or page * PAGE >= len(self._ids):
            return  # or which rows these are is not known yet
        self._asked.add(page)
        self._wanted.append(page)
        ids = list(self._ids[page * PAGE : (page + 1) * PAGE])
        generation, kind = self._generation, self.query.kind

        def fetch(job: work.Job) -> list[Row | None] | None:
            if page not in self._wanted:
                return None  # scrolled past before its turn came
            return self._rows_of(kind, ids)

        def take(rows: list[Row | None] | None) -> None:
            if generation != self._generation:
                return
            self._asked.discard(page)
            if rows is None:
                return
            self._stale.discard(page)
            self._pages[page] = rows  # type: ignore[assignment]
            self._pages.move_to_end(page)
            while len(self._pages) > KEPT_PAGES:
                self._pages.popitem(last=False)
            last = min(len(self._ids), (page + 1) * PAGE) - 1
            if last >= page * PAGE:
                end = self.index(last, len(self.columns) - 1)
                self.dataChanged.emit(self.index(page * PAGE, 0), end)

        self._jobs.read(fetch, take, owner=self, order=work.FIRST, failed=self._fail)

    def _rows_of(self, kind: str, ids: Sequence[int]) -> list[Row | None]:
        held = {record.id: record for record in self._session.records(kind, ids)}
        return [self._make_row(held[one]) if one in held else None for one in ids]

    def mark(self, uids: frozenset[str]) -> None:
        """These rows say that a draft of them is kept."""
        if uids != self.marked:
            self.marked = uids
            if self._count:
                self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, 0))

    # ---- answering

    def titles(self, most: int) -> list[str]:
        """Of the rows at hand, as a sample: none while nothing has come."""
        rows = next(iter(self._pages.values()), [])[:most]
        return [row.texts[0] for row in rows if row is not None]

    @property
    def ids(self) -> array[int]:
        return self._ids

    def all_ids(self) -> array[int]:
        """Those of the query, also where not all have come yet."""
        return self._ids if self.whole else self._session.ids(self.query)

    def row(self, at: int) -> Row | None:
        """The row at a position if it is there; asks for its page when it is not or may be out of
        date."""
        page = at // PAGE
        rows = self._pages.get(page)
        if rows is None or page in self._stale:
            self._ask(page)
            if rows is None:
                return None
        place = at - page * PAGE
        return rows[place] if place < len(rows) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role not in (
            Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        row = self.row(index.row())
        if row is None:
            return None
        column = self.columns[index.column()]
        if column.look == "state":
            return row.state[0] if row.state else ""
        if column.look == "light":
            return row.light[0] if row.light else ""
        text = row.texts[index.column()]
        if index.column() == 0 and row.uid in self.marked:
            text = f"{text}（{DRAFT}，还没有保存）"
        if role == Qt.ItemDataRole.ToolTipRole:
            return text if len(text) > column.chars else None
        return text

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Vertical:
            return _number(section, role)
        if not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight
                if column.look == "number"
                else Qt.AlignmentFlag.AlignLeft
            )
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return (column.field.help or None) if column.field is not None else None
        return None


def _number(row: int, role: int) -> object:
    """Beside each row: which it is in the list."""
    if role == Qt.ItemDataRole.DisplayRole:
        return str(row + 1)
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return None
