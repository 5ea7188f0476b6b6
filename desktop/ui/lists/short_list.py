"""A short list: some hundreds of lines that a page or a dialog has at hand. A ledger's list is
`desktop.ui.lists.ledger_table`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT, RIGHT, fill_ground, paint_chip
from desktop.ui.kit.empty import Empty
from desktop.ui.kit.jobs import error_text
from desktop.ui.kit.table_look import HeldLines, Index, choose_row, style_table

Cell = str | tuple[str, str]
"""Text, or the word and the tone of a chip."""


@dataclass(frozen=True)
class ListColumn:
    """A column of a short list: `look` is text, muted or number.

    One that stretches takes what room is left; where there is too little, one that `may_go` is not
    shown, then all but those to `keep` whole give way.
    """

    label: str
    chars: float
    look: str = "text"
    stretch: bool = False
    keep: bool = False
    may_go: bool = False

    @property
    def number(self) -> bool:
        return self.look == "number"


@dataclass(frozen=True)
class Line:
    """A line: its key (kept selected when the list is filled anew), its cells, and what it stands
    for."""

    key: Any
    cells: tuple[Cell, ...]
    data: Any = field(default=None, compare=False)
    tick: bool | None = None
    """Whether the box in its first column is ticked; None: it has no box."""


class _Model(HeldLines[ListColumn, Line]):
    def renew(self, lines: list[Line]) -> None:
        """Other lines in the place of all; of as many lines only those that differ are painted
        anew."""
        before = self.lines
        if len(before) != len(lines):
            self.fill(lines)
            return
        self.lines = lines
        for row, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        tick = self.lines[index.row()].tick if index.column() == 0 else None
        if tick is not None and role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if tick else Qt.CheckState.Unchecked
        if tick is not None and role == Qt.ItemDataRole.AccessibleTextRole:
            return "已勾选" if tick else "未勾选"
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        text = _text(self.lines[index.row()].cells[index.column()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return text if len(text) > self.columns[index.column()].chars else None
        return text


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.sizes().chars(6), theme.sizes().row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, _Model):
            return
        area: QRect = option.rect
        fill_ground(painter, option, index.row())
        cell = model.lines[index.row()].cells[index.column()]
        metrics = option.fontMetrics
        gap = theme.sizes().gap
        inner = area.adjusted(gap, 0, -gap, 0)
        tick = model.lines[index.row()].tick if index.column() == 0 else None
        if tick is not None:
            _paint_tick(painter, inner, tick)
        elif isinstance(cell, tuple) and cell[0]:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_chip(painter, inner, *cell)
            painter.restore()
        if tick is not None or isinstance(cell, tuple):
            return
        column = model.columns[index.column()]
        painter.setPen(QColor(theme.MUTED if column.look == "muted" else theme.TEXT))
        text = metrics.elidedText(cell[:400], Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, RIGHT if column.number else LEFT, text)


class ShortList(QTableView):
    """A list of lines with headings: one or several selected, Enter or a double click opens, Ctrl+C
    copies."""

    chosen = Signal(object)
    """The line under the cursor, or None."""
    opened = Signal()
    delete_asked = Signal()
    ticked = Signal(object, bool)
    """A line whose box a person clicked (or Space), and whether it is to be ticked; who hears it
    fills the list anew."""

    def __init__(
        self, name: str, columns: Sequence[ListColumn], several: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = _Model(columns, self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self))
        style_table(self, name, several=several)
        self.setMinimumHeight(theme.sizes().row * 2 + 4)  # Qt asks for more; the rest is scrolled
        self._left_out: set[int] = set()
        self.empty = Empty(self.viewport())
        self._nothing = ("", "", "")
        self.selectionModel().currentRowChanged.connect(
            lambda now, before: self.chosen.emit(self.line())
        )
        self.doubleClicked.connect(lambda index: self.opened.emit())
        self.clicked.connect(self._clicked)

    def when_empty(self, head: str, text: str, button: str = "") -> None:
        """What the list says when there is nothing in it: what it is for and what to do next."""
        self._nothing = (head, text, button)
        if not self._model.lines:
            self.empty.say(*self._nothing)

    def fill(self, lines: list[Line]) -> None:
        """Show other lines; the selected one stays selected if it is still there, else its
        neighbour is."""
        before, place = self.line(), self.currentIndex().row()
        self._model.renew(lines)
        if any(self._needed(place) > self.columnWidth(place) for place in self._numbers()):
            self._fit()
        keys = [line.key for line in lines]
        if before is not None and before.key in keys:
            place = keys.index(before.key)
        if lines:
            self.empty.hide()
            place = min(max(place, 0), len(lines) - 1)
            same = place == self.currentIndex().row()  # else the selection itself tells it
            self.selectRow(place)
            if same:
                self.chosen.emit(self.line())
        else:
            self.empty.say(*self._nothing)
            self.chosen.emit(None)

    def say_unread(self, error: Exception) -> None:
        """In the place of the lines: why they could not be read."""
        self._model.fill([])
        self.empty.say("没有读出来", error_text(error))
        self.chosen.emit(None)

    @property
    def lines(self) -> list[Line]:
        return self._model.lines

    def line(self) -> Line | None:
        """The line under the cursor."""
        row = self.currentIndex().row()
        return self._model.lines[row] if 0 <= row < len(self._model.lines) else None

    def selectRow(self, row: int) -> None:
        """This row alone, whatever key is held."""
        choose_row(self, self._model.index(row, 0))

    def selected(self) -> list[Line]:
        """All selected lines, from the top."""
        return [
            self._model.lines[index.row()] for index in sorted(self.selectionModel().selectedRows())
        ]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            text = "\n".join(
                "\t".join(_text(cell) for cell in line.cells) for line in self.selected()
            )
            QGuiApplication.clipboard().setText(text)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        elif (
            event.key() == Qt.Key.Key_Space
            and (line := self.line()) is not None
            and line.tick is not None
        ):
            self.ticked.emit(line, not line.tick)
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        line = self._model.lines[index.row()]
        if index.column() == 0 and line.tick is not None:
            self.ticked.emit(line, not line.tick)

    def show_columns(self, shown: Container[int]) -> None:
        """Only these columns, with the room of all."""
        self._left_out = {p for p in range(len(self._model.columns)) if p not in shown}
        self._fit()

    def _fit(self) -> None:
        """Widths for the room there is: more goes to the columns that stretch, less is shared by
        those that may give way."""
        size, columns = theme.sizes(), self._model.columns
        wide = [
            0 if place in self._left_out else size.chars(column.chars) + size.gap * 2
            for place, column in enumerate(columns)
        ]
        spare = self.viewport().width() - sum(wide)
        for place, column in enumerate(columns):
            gone = column.may_go and spare < 0
            self.setColumnHidden(place, gone or place in self._left_out)
            spare, wide[place] = (spare + wide[place], 0) if gone else (spare, wide[place])
        spare = self._widen_for_numbers(wide, spare)
        takers = [
            i for i, c in enumerate(columns) if wide[i] and (c.stretch if spare > 0 else not c.keep)
        ]
        whole = sum(wide[i] for i in takers) or 1
        for place, width in enumerate(wide):
            share = spare * width // whole if place in takers else 0
            if self.isColumnHidden(place):
                continue
            self.horizontalHeader().resizeSection(place, max(size.chars(2.5), width + share))

    def _numbers(self) -> list[int]:
        """The columns of numbers that are shown."""
        return [
            place for place, column in enumerate(self._model.columns)
            if column.number and not self.isColumnHidden(place)
        ]

    def _needed(self, place: int) -> int:
        """How wide a column is in which nothing is cut."""
        texts = (_text(line.cells[place]) for line in self._model.lines)
        measure = self.fontMetrics().horizontalAdvance
        return max(map(measure, texts), default=0) + theme.sizes().gap * 2

    def _widen_for_numbers(self, wide: list[int], spare: int) -> int:
        """Where there is room, no number is cut; what room is left after."""
        for place in self._numbers():
            more = min(max(0, spare), max(0, self._needed(place) - wide[place]))
            wide[place], spare = wide[place] + more, spare - more
        return spare

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()
        self.empty.setGeometry(self.viewport().rect())


def _paint_tick(painter: QPainter, area: QRect, ticked: bool) -> None:
    """A box like the other boxes of the window."""
    side = theme.sizes().line * 0.8
    box = QRectF(area.center().x() - side / 2, area.center().y() - side / 2, side, side)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(theme.ACCENT if ticked else theme.EDGE))
    painter.setBrush(QColor(theme.ACCENT if ticked else theme.CARD))
    painter.drawRoundedRect(box, 3, 3)
    if ticked:
        painter.setPen(
            QPen(
                QColor(theme.ON_ACCENT),
                side * 0.13,
                Qt.PenStyle.SolidLine,
                Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )
        )
        painter.drawPolyline([
            box.topLeft() + QPointF(x * side, y * side)
            for x, y in ((0.22, 0.52), (0.43, 0.72), (0.78, 0.3))
        ])
    painter.restore()


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]
