"""The list of a ledger: sorted by click, columns chosen and remembered, the keyboard all the way,
copied as text."""

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
from PySide6.QtWidgets import (
    QMenu,
    QStyle,
    QTableView,
)

from db.model.lights import label as label_of
from db.model.lights import tones
from db.model.query import Query
from db.session import Session
from desktop.settings import Settings
from desktop.ui.kit import theme
from desktop.ui.kit.empty import Empty
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.kit.table_look import dress
from desktop.ui.lists.columns import LIGHT, STATE, Column, Row, columns_of, row_maker
from desktop.ui.lists.record_cells import Cells, row_height
from desktop.ui.lists.row_pages import RowsModel
from desktop.ui.lists.shown_rows import cell_text

LEAST_TITLE, TWO_LINE_TITLE, FAIR_TITLE, MOST_TITLE, LEAST_UNIT, LEAST_DAY = (
    6.5, 10, 16, 24, 4.0, 5.4
)
"""Characters of the title in a narrow list, where the other columns begin to give way to it, in one
that shows the state too, and at most; of the unit and a day in a narrow one."""
WITHOUT_LIGHT = 3
"""Columns at most that a list without lights is read for: its title, whose it is, how it stands,
and what comes next."""
SAMPLE, MANY_CUT, FEW_CUT = 60, 0.25, 0.1
"""Of so many titles this share must be cut short for rows of two lines to read better, and fewer
than this for one line to do again."""
TWO_LINES = "two_lines"
USUAL_NUMBER = "9999"
"""Room for the numbers of the rows before they are counted."""
COPY_AT_MOST = 50_000
"""Rows; more than that is a job for an export."""


class LedgerTable(QTableView):
    """A `RowsModel` on the screen. It tells what the person wants; the page does it."""

    _fits = _fitting = False
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
        self, session: Session, jobs: Jobs, settings: Settings, kind_name: str,
        query: Query | None = None,
    ) -> None:
        super().__init__()
        self._session, self._jobs, self._settings = session, jobs, settings
        self.kind = session.kinds.get(kind_name)
        self._view_name = f"list.{kind_name}"
        self._all: tuple[Column, ...] = columns_of(self.kind, session.kinds)
        arranged = settings.view(self._view_name)
        self._sort = self._known_sort(arranged.get("sort"))
        self.rows = RowsModel(
            session, jobs, self._all, query or Query(kind=kind_name, sort=self._sort), self
        )
        self.setModel(self.rows)
        chosen = arranged.get(TWO_LINES)
        self._two_lines_chosen = chosen if isinstance(chosen, bool) else None
        self._restore_row = self._end_wanted = -1
        self._filtered = self._first_wanted = False
        self._dress()
        self._arrange(arranged)
        self.empty = Empty(self.viewport())
        self._made = True
        self.empty.clicked.connect(
            lambda: self.clear_asked.emit() if self._filtered else self.new_asked.emit()
        )
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(400)
        self._settle.timeout.connect(self._remember)
        header = self.horizontalHeader()
        header.sectionResized.connect(lambda *_: self._drawn())
        header.sectionMoved.connect(lambda *_: self._drawn())
        header.sectionClicked.connect(self._sort_clicked)
        self.rows.counted.connect(self._counted)
        self.rows.found_at.connect(self._found)
        self.rows.modelReset.connect(lambda: self.selection_counted.emit(0))
        self.rows.dataChanged.connect(self._rows_came)
        self.selectionModel().currentRowChanged.connect(lambda now, before: self._tell_current())
        self.selectionModel().selectionChanged.connect(self._selected)
        self.doubleClicked.connect(lambda index: self.opened.emit())

    # ---- looks

    def _dress(self) -> None:
        self._cells = Cells(self)
        self.setItemDelegate(self._cells)
        dress(self, f"{self.kind.label.removesuffix('清单')}清单", several=True)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)  # …, not half a character
        # With a selection of its own a heading need not ask each of a million rows whether it is
        # selected (Ctrl+A).
        header.setSelectionModel(QItemSelectionModel(self.rows, self))
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda at: self.choose_columns(header.mapToGlobal(at))
        )
        header.setSortIndicatorShown(True)
        self.verticalHeader().show()
        self.verticalHeader().setProperty("class", "plain")
        self.verticalHeader().setHighlightSections(False)

    def _arrange(self, arranged: dict[str, object]) -> None:
        """Widths, order and choice of columns as this person left them; new fields of a kind come
        last."""
        size, header = theme.sizes(), self.horizontalHeader()
        kept = arranged.get("columns")
        self._fits = not isinstance(kept, list)
        kept = (
            {c["key"]: c for c in kept if isinstance(c, dict) and "key" in c}
            if isinstance(kept, list)
            else {}
        )
        for place, column in enumerate(self._all):
            held = kept.get(column.key, {})
            chars = held.get("chars")
            wide = chars if isinstance(chars, (int, float)) and 1 < chars < 200 else column.chars
            header.resizeSection(place, size.chars(wide) + size.gap * 2)
            header.setSectionHidden(place, not held.get("shown", column.shown))
        order = [key for key in kept if any(c.key == key for c in self._all)]
        for target, key in enumerate(order):
            place = next(i for i, c in enumerate(self._all) if c.key == key)
            header.moveSection(header.visualIndex(place), target)
        self._show_sort()
        self._fit()

    def _fit(self) -> None:
        """As long as nobody drew the columns otherwise: what a list is read for (the title, whose
        it is, when it is due, its light) has room, and the title takes what is left."""
        if not self._fits or not self._made:
            return
        size, header = theme.sizes(), self.horizontalHeader()
        beside = self._beside()
        gaps = size.gap * 2 / max(1, size.char)
        room = self.viewport().width() / max(1, size.char) - (len(beside) + 1) * gaps
        state = next((c.chars for c in self._all if c.key == STATE and c.shown), 0.0) + gaps
        if room - sum(wide for _, wide, _ in beside) > FAIR_TITLE + state:
            room -= state
        asked = sum(wide for _, wide, _ in beside)
        spare = asked - sum(least for *_, least in beside)
        short = TWO_LINE_TITLE + asked - room
        give = min(1.0, max(0.0, short / spare)) if spare else 0.0
        self._fitting = True
        for place, wide, least in beside:
            taken = wide - (wide - least) * give
            room -= taken
            header.resizeSection(place, size.chars(taken) + size.gap * 2)
        title = min(max(room, LEAST_TITLE), max(self._all[0].chars, MOST_TITLE))
        header.resizeSection(0, size.chars(title) + size.gap * 2)
        self._fitting = False
        self._choose_lines()

    @property
    def two_lines(self) -> bool:
        """Whether a long title goes on in a second line."""
        return self._cells.two_lines

    def _choose_lines(self) -> None:
        """Two lines where the person wants them, or where many titles would be cut short."""
        wanted = self._two_lines_chosen
        if wanted is None:
            titles = self.rows.titles(SAMPLE)
            if not titles:
                return
            metrics = self.fontMetrics()
            room = self.columnWidth(0) - 2 * max(4, round(metrics.height() * 0.4))
            cut = sum(metrics.horizontalAdvance(each) > room for each in titles) / len(titles)
            wanted = cut >= MANY_CUT or (self.two_lines and cut >= FEW_CUT)
        if wanted != self.two_lines:
            self._cells.two_lines = wanted
            self.verticalHeader().setDefaultSectionSize(row_height(wanted))
            self.scrollTo(self.currentIndex())

    def set_two_lines(self, wanted: bool) -> None:
        """As this person wants it in this ledger, however wide the list is."""
        self._two_lines_chosen = wanted
        self._choose_lines()
        self._remember()

    def least_width(self) -> int:
        """What the list needs to be read, in pixels."""
        size, beside = theme.sizes(), self._beside()
        chars = LEAST_TITLE + sum(least for *_, least in beside)
        numbers = self.fontMetrics().horizontalAdvance(USUAL_NUMBER) + size.gap * 2
        scroll = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        edges = max(self.verticalHeader().sizeHint().width(), numbers) + scroll + size.gap
        return size.chars(chars) + (len(beside) + 1) * size.gap * 2 + edges

    def _beside(self) -> list[tuple[int, float, float]]:
        """The columns beside the title that a list is read for: where they stand, their width and
        the least they do with, in characters."""
        lights = self.kind.lights
        due = lights.deadline if lights is not None else None
        longest = max((len(label_of(self.kind, t)) for t in tones(self.kind)), default=2)
        least = {self.kind.unit: LEAST_UNIT, due: LEAST_DAY, LIGHT: longest + 1.5}
        other = LEAST_UNIT if lights is None else None
        return [
            (place, column.chars, min(column.chars, least.get(column.key, other or column.chars)))
            for place, column in enumerate(self._all[: self._key_columns()])
            if place and column.shown
        ]

    def _key_columns(self) -> int:
        """How many columns from the left a list is read for."""
        keys = [column.key for column in self._all]
        if LIGHT in keys:
            return keys.index(LIGHT) + 1
        return min(WITHOUT_LIGHT, 2 + sum(key in (self.kind.unit, STATE) for key in keys))

    def _drawn(self) -> None:
        """A person drew a column wider or elsewhere: from now on it stays as they leave it."""
        if not self._fitting:
            self._fits = False
            self._settle.start()

    def _remember(self) -> None:
        size, header = theme.sizes(), self.horizontalHeader()
        columns = []
        for visual in range(len(self._all)):
            place = header.logicalIndex(visual)
            hidden = header.isSectionHidden(place)
            column = self._all[place]
            width = header.sectionSize(place) or size.chars(column.chars)
            chars = column.chars if hidden else round((width - size.gap * 2) / size.char, 1)
            columns.append({"key": column.key, "chars": chars, "shown": not hidden})
        view = self._settings.view(self._view_name)
        drawn: dict[str, object] = {} if self._fits else {"columns": columns}
        if self._two_lines_chosen is not None:
            drawn[TWO_LINES] = self._two_lines_chosen
        self._settings.set_view(
            self._view_name, {**view, **drawn, "sort": [list(s) for s in self._sort]}
        )

    def forget_arrangement(self) -> None:
        """Back to the columns as declared."""
        view = self._settings.view(self._view_name)
        for kept in ("columns", "sort", TWO_LINES):
            view.pop(kept, None)
        self._two_lines_chosen = None
        self._settings.set_view(self._view_name, view)
        header = self.horizontalHeader()
        for place in range(len(self._all)):
            header.moveSection(header.visualIndex(place), place)
        self._sort = ()
        self._arrange({})
        self.show_query(self.rows.query, self._filtered)

    def choose_columns(self, at: QPoint) -> None:
        """The menu of columns: tick what to see."""
        header, menu = self.horizontalHeader(), QMenu(self)
        for place, column in enumerate(self._all):
            action = menu.addAction(column.label)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(place))
            action.setEnabled(place != 0)
            action.toggled.connect(lambda on, place=place: self._show_column(place, on))
        menu.addSeparator()
        lines = menu.addAction("长标题分两行显示")
        lines.setCheckable(True)
        lines.setChecked(self.two_lines)
        lines.toggled.connect(self.set_two_lines)
        menu.addAction("恢复默认列", self.forget_arrangement)
        menu.exec(at)
        menu.deleteLater()

    def _show_column(self, place: int, on: bool) -> None:
        self.horizontalHeader().setSectionHidden(place, not on)
        self._drawn()

    # ---- which rows

    def show_query(self, query: Query, filtered: bool, select_id: int | None = None) -> None:
        """Show what a query finds, sorted as the person chose; the current row stays current if it
        is among them."""
        self._filtered = filtered
        sort = self._sort or query.sort
        wanted = select_id if select_id is not None else self._current_id()
        last = () if self._sort else query.last
        asked = msgspec.structs.replace(query, sort=sort, last=last)
        self.rows.load(asked, wanted, jump=select_id is not None)

    def reload(self) -> None:
        """After a change of the book."""
        self._restore_row = self.currentIndex().row()
        self.rows.reload(self._current_id())

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
        keys = tuple(column.key for column in self.columns_shown())
        ids = chosen if picked else self.rows.all_ids()[:]
        return ShownList(self.kind, keys, ids, words, picked)

    def columns_shown(self) -> list[Column]:
        header = self.horizontalHeader()
        places = [header.logicalIndex(visual) for visual in range(len(self._all))]
        return [self._all[place] for place in places if not header.isSectionHidden(place)]

    def _current_id(self) -> int | None:
        at = self.currentIndex().row()
        return self.rows.ids[at] if 0 <= at < len(self.rows.ids) else None

    def _known_sort(self, held: object) -> tuple[tuple[str, bool], ...]:
        keys = {column.key for column in self._all}
        if not isinstance(held, list):
            return ()
        return tuple(
            (s[0], bool(s[1])) for s in held if isinstance(s, list) and len(s) == 2 and s[0] in keys
        )

    def _sort_clicked(self, place: int) -> None:
        key = self._all[place].key
        now = self._sort[0] if self._sort else None
        if now is None or now[0] != key:
            self._sort = ((key, False),)
        elif not now[1]:
            self._sort = ((key, True),)
        else:
            self._sort = ()
        self._show_sort()
        self.rows.sort_by(self._sort, self._current_id())
        self._settle.start()

    def _show_sort(self) -> None:
        header = self.horizontalHeader()
        place = next(
            (i for i, c in enumerate(self._all) if self._sort and c.key == self._sort[0][0]), -1
        )
        down = bool(self._sort and self._sort[0][1])
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(place, order)

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
        how = (
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows
        )
        self.selectionModel().setCurrentIndex(index, how)
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
        self._choose_lines()

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
            "选择显示哪些列…", lambda: self.choose_columns(self.mapToGlobal(QPoint(0, 0)))
        )

    def copy(self, headings: bool) -> None:
        """The selected rows as tab-separated text, as spreadsheet programs take it."""
        ids = list(self.selected_ids())[:COPY_AT_MOST]
        if not ids:
            return
        columns = tuple(self.columns_shown())
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
            self._fit()
        return super().viewportEvent(event)

    def _place_empty(self) -> None:
        if self._made:
            self.empty.setGeometry(self.viewport().rect())


def _cells(columns: Sequence[Column], row: Row) -> list[str]:
    return [cell_text(each, row, at).replace("\t", " ") for at, each in enumerate(columns)]
