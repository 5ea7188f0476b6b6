"""The list of a ledger: which rows it shows, the one under the cursor, the keyboard all the way,
copied as text. How its columns stand: ``arrangement.py``."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from db.model.query import Query
from db.session import Session
from desktop.settings import Settings
from desktop.ui.kit.empty import Empty
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.kit.table_look import choose_row, style_table
from desktop.ui.lists.arrangement import Arrangement
from desktop.ui.lists.columns import Column, Row, columns_of, row_maker
from desktop.ui.lists.record_cells import Cells
from desktop.ui.lists.rows_model import RowsModel
from desktop.ui.lists.shown_rows import cell_text

COPY_AT_MOST = 50_000
"""Rows; more than that is a job for an export."""


class LedgerTable(QTableView):
    """A `RowsModel` on the screen. It tells what the person wants; the page does it."""

    _made = False
    """Whether `__init__` is through: the viewport is resized before."""
    opened = Signal()
    """Enter or a double click on the current row."""
    current_changed = Signal(object)
    """The `Row` under the cursor, or None."""
    delete_asked = Signal()
    paste_asked = Signal()
    new_asked = Signal()
    clear_asked = Signal()
    selection_counted = Signal(int)
    typed = Signal(str)
    """Letters typed over the list: the start of a filter."""

    def __init__(
        self, session: Session, jobs: Jobs, settings: Settings, kind_name: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self.kind = session.kinds.get(kind_name)
        columns, cells = columns_of(self.kind, session.kinds), Cells(self)
        self.setItemDelegate(cells)
        self.arranged = Arrangement(self, cells, self.kind, columns, settings)
        asked = Query(kind=kind_name, sort=self.arranged.sort)
        self.rows = RowsModel(session, jobs, columns, asked, self)
        self.setModel(self.rows)
        self._restore_row = self._end_wanted = -1
        self._filtered = self._first_wanted = False
        self._dress()
        self.arranged.begin(self.rows)
        self.empty = Empty(self.viewport())
        self._made = True
        self.empty.clicked.connect(
            lambda: self.clear_asked.emit() if self._filtered else self.new_asked.emit()
        )
        self.arranged.resorted.connect(
            lambda: self.rows.sort_by(self.arranged.sort, self._current_id())
        )
        self.arranged.forgotten.connect(lambda: self.show_query(self.rows.query, self._filtered))
        self.rows.counted.connect(self._counted)
        self.rows.found_at.connect(self._found)
        self.rows.modelReset.connect(lambda: self.selection_counted.emit(0))
        self.rows.dataChanged.connect(self._rows_came)
        self.selectionModel().currentRowChanged.connect(lambda now, before: self._tell_current())
        self.selectionModel().selectionChanged.connect(self._selected)
        self.doubleClicked.connect(lambda index: self.opened.emit())

    # ---- looks

    def _dress(self) -> None:
        style_table(self, f"{self.kind.label.removesuffix('清单')}清单", several=True)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)  # …, not half a character
        # With a selection of its own a heading need not ask each of a million rows whether it is
        # selected (Ctrl+A).
        header.setSelectionModel(QItemSelectionModel(self.rows, self))
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.setSortIndicatorShown(True)
        self.verticalHeader().show()
        self.verticalHeader().setProperty("class", "plain")
        self.verticalHeader().setHighlightSections(False)

    # ---- which rows

    def show_query(self, query: Query, filtered: bool, select_id: int | None = None) -> None:
        """Show what a query finds, sorted as the person chose; the current row stays current if it
        is among them."""
        self._filtered = filtered
        sort = self.arranged.sort or query.sort
        wanted = select_id if select_id is not None else self._current_id()
        last = () if self.arranged.sort else query.last
        asked = msgspec.structs.replace(query, sort=sort, last=last)
        self.rows.load(asked, wanted, jump=select_id is not None)

    def reload(self) -> None:
        """After a change of the book."""
        self._restore_row = self.currentIndex().row()
        self.rows.reload(self._current_id())

    def let_go(self) -> None:
        """No row is current, and none becomes so by rows that are being read: something else than
        a row is worked on."""
        self._restore_row = self._end_wanted = -1
        self.rows.let_go()
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def current(self) -> Row | None:
        """The row under the cursor, if it is there."""
        index = self.currentIndex()
        return self.rows.row(index.row()) if index.isValid() else None

    def selected_ids(self) -> array[int]:
        """The ids of all selected rows; cheap, even when everything is selected."""
        chosen = array("q")
        spans = self.selectionModel().selection().toList()
        known = all(span.bottom() < len(self.rows.ids) for span in spans)
        ids = self.rows.ids if known else self.rows.all_ids()
        for span in sorted(spans, key=lambda each: each.top()):
            if span.left() == 0 or self.selectionModel().isRowSelected(span.top()):
                chosen.extend(ids[span.top() : span.bottom() + 1])
        return array("q", sorted(set(chosen), key=chosen.index)) if len(chosen) < 2000 else chosen

    def as_it_stands(self, words: str) -> ShownList:
        """The list as it is seen now: the chosen rows when there is more than the cursor's own,
        else all. `words`: what it is narrowed by."""
        chosen = self.selected_ids()
        picked = len(chosen) > 1
        keys = tuple(column.key for column in self.arranged.shown())
        ids = chosen if picked else self.rows.all_ids()[:]
        return ShownList(self.kind, keys, ids, words, picked)

    def _current_id(self) -> int | None:
        at = self.currentIndex().row()
        return self.rows.ids[at] if 0 <= at < len(self.rows.ids) else None

    def _counted(self, count: int) -> None:
        if count:
            self.empty.hide()
        elif self._filtered:
            self.empty.say("没有符合条件的记录", "换个条件，或者清除筛选。", "清除筛选")
        else:
            self._say_nothing_yet()
        self._place_empty()
        if self._first_wanted and count:
            QTimer.singleShot(0, self, lambda: self.go_in(False))
        self._first_wanted = False

    def _say_nothing_yet(self) -> None:
        if not self._session.may_write(self.kind.name):
            self.empty.say(f"还没有{self.kind.label}", "")
            return
        self.empty.say(
            f"还没有{self.kind.label}",
            "按 Ctrl+N 新建一条；或在 Excel 里复制若干行，回到这里按 Ctrl+V 粘贴。", "新建一条",
        )

    def say_none_open(self) -> None:
        """Nothing is open, and the list asks for no more than that: whether there is anything."""
        self._filtered = bool(self._session.find(Query(kind=self.kind.name, limit=1)))
        if self._filtered:
            self.empty.say("没有未办结的", "点上面的“未办结”看全部。", "看全部")
        else:
            self._say_nothing_yet()

    def go_in(self, coming: bool) -> None:
        """From the filter to its first row; when its rows are ``coming``, once they are there."""
        self.setFocus()
        self._first_wanted = coming
        if not coming and self.rows.ids and not self.selectionModel().hasSelection():
            self.select_row(0)

    def _found(self, position: int) -> None:
        count = len(self.rows.ids)
        moved = self.selectionModel().hasSelection() or self.verticalScrollBar().value()
        if self.rows.grown and moved:
            position = self._restore_row = -1  # what was chosen, or looked for, before all had come
        if position < 0 and self._restore_row >= 0 and count:
            position = min(self._restore_row, count - 1)
        end_wanted = self._end_wanted >= 0 and self.currentIndex().row() in (self._end_wanted, -1)
        self._restore_row = self._end_wanted = -1
        if end_wanted and count:
            self._go_to_end(count - 1)
        elif 0 <= position < count:
            self.select_row(position)
        else:
            self._tell_current()

    def select_row(self, position: int) -> None:
        index = self.rows.index(position, max(0, self._first_column()))
        choose_row(self, index)
        self.scrollTo(index)

    def _go_to_end(self, last: int) -> None:
        """End was pressed before the last row was known; with Shift, all up to it is chosen."""
        spans = self.selectionModel().selection().toList()
        top = min((span.top() for span in spans), default=last)
        several = max((span.bottom() for span in spans), default=last) > top
        self.select_row(last)
        if several:
            end = self.rows.index(last, self.rows.columnCount() - 1)
            chosen = QItemSelection(self.rows.index(top, 0), end)
            self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.Select)

    def _first_column(self) -> int:
        return self.horizontalHeader().logicalIndexAt(1)

    def _rows_came(self) -> None:
        self._tell_current()
        self.arranged.rows_came()

    def _tell_current(self) -> None:
        self.current_changed.emit(self.current())

    def _selected(self, now: QItemSelection, before: QItemSelection) -> None:
        spans = self.selectionModel().selection().toList()
        self.selection_counted.emit(sum(s.bottom() - s.top() + 1 for s in spans))

    # ---- keyboard, clipboard

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt puts its cursor on the first row without choosing it: ↓ would go past that row, whose
        form nobody saw."""
        super().focusInEvent(event)
        if not self.selectionModel().hasSelection():
            self.selectionModel().clearCurrentIndex()

    def moveCursor(
        self, action: QTableView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last row of the whole list; where only its first
        page has come, on to the last row as soon as that is known."""
        count, column = self.rows.rowCount(), max(0, self.currentIndex().column())
        ends = {QTableView.CursorAction.MoveHome: 0, QTableView.CursorAction.MoveEnd: count - 1}
        self._end_wanted = -1
        if action not in ends or not count:
            return super().moveCursor(action, modifiers)
        if action == QTableView.CursorAction.MoveEnd and not self.rows.whole:
            self._end_wanted = count - 1
        return self.rows.index(ends[action], column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy(False)
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, text: str) -> None:
        """Qt would look through all rows, a million of them in the window's thread; a filter finds
        more and sooner."""
        if text.strip():
            self.typed.emit(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        self.fill_menu(menu)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def fill_menu(self, menu: QMenu) -> None:
        """What a right click offers; a page adds its own before these."""
        menu.addAction("复制选中的行　Ctrl+C", lambda: self.copy(False))
        menu.addAction("复制选中的行和表头", lambda: self.copy(True))
        menu.addAction(
            "选择显示哪些列…", lambda: self.arranged.choose(self.mapToGlobal(QPoint(0, 0)))
        )

    def copy(self, headings: bool) -> None:
        """The selected rows as tab-separated text, as spreadsheet programs take it."""
        ids = list(self.selected_ids())[:COPY_AT_MOST]
        if not ids:
            return
        columns = tuple(self.arranged.shown())
        session, kind, make = self._session, self.kind, row_maker(self._session, self.kind, columns)

        def text(job: Job) -> str:
            lines = ["\t".join(c.label for c in columns)] if headings else []
            for begin in range(0, len(ids), 500):
                part = ids[begin : begin + 500]
                held = {record.id: record for record in session.records(kind.name, part)}
                lines += [
                    "\t".join(_cells(columns, make(held[one])))
                    for one in part
                    if one in held
                ]
            return "\n".join(lines)

        self._jobs.read(
            text, lambda lines: QGuiApplication.clipboard().setText(lines),
            failed=self.rows.failed.emit, owner=self,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_empty()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place_empty()
            self.arranged.fit()
        return super().viewportEvent(event)

    def _place_empty(self) -> None:
        if self._made:
            self.empty.setGeometry(self.viewport().rect())


def _cells(columns: Sequence[Column], row: Row) -> list[str]:
    return [cell_text(each, row, at).replace("\t", " ") for at, each in enumerate(columns)]
