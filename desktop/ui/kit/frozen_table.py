"""A table of many narrow columns whose first columns stay while the rest is scrolled sideways; a
cell is chosen, not a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from db.model.declarations import Field
from db.model.fieldtypes import type_of
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT, RIGHT
from desktop.ui.kit.empty import Empty
from desktop.ui.kit.table_look import HeldLines, Index, style_table


@dataclass(frozen=True)
class Narrow:
    """A column: its heading (a line end where it breaks), its width in characters, whether it holds
    numbers or grows."""

    label: str
    chars: float
    number: bool = True
    stretch: bool = False


@dataclass(frozen=True)
class Row:
    """A line: its cells, the tone of each, and what it stands for."""

    key: Any
    texts: tuple[str, ...]
    tones: tuple[str, ...]
    data: Any = None



def _room(field: Field) -> tuple[float, float | None]:
    """Characters a column takes on the screen, where a share stands with its two numbers, and its
    part of the table's width on paper; None for one that takes the rest."""
    kind_of = type_of(field)
    if kind_of.whole:
        return 2.7, 0.037
    if kind_of.is_share:
        return 6.2, 0.08
    if kind_of.numeric:
        return 3.5, 0.047
    if kind_of.one_unit:
        return 6.2, 0.12
    return 8, 0.18 if kind_of.multiline else None


def narrow(field: Field) -> Narrow:
    """A column as wide as its type needs; a long heading breaks in two."""
    text = field.label
    broken = f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}" if 3 < len(text) <= 5 else text
    chars = max(_room(field)[0], max(len(part) for part in broken.split("\n")))
    kind_of = type_of(field)
    return Narrow(broken, chars, not kind_of.one_unit and not kind_of.multiline, kind_of.multiline)


def paper_share(field: Field) -> float | None:
    """How much of a printed table's width such a column takes; None for one that takes the rest."""
    return _room(field)[1]


class _Model(HeldLines[Narrow, Row]):
    def widest(self, at: int, metrics: QFontMetrics) -> int:
        """Pixels that the numbers of a column take; 0 for one of words."""
        if not self.columns[at].number:
            return 0
        texts = {row.texts[at] for row in self.lines}
        return max(map(metrics.horizontalAdvance, texts), default=0)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self.lines[index.row()].texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return text if len(text) > self.columns[index.column()].chars else None
        return (
            text
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            else None
        )


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.sizes().chars(3), theme.sizes().row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, _Model):
            return
        area: QRect = option.rect
        row = model.lines[index.row()]
        view = self.parent()
        current = view.currentIndex() if isinstance(view, FrozenTable) else QModelIndex()
        if current.row() == index.row():
            painter.fillRect(area, QColor(theme.SELECTED))
        elif index.row() % 2:
            painter.fillRect(area, QColor(theme.STRIPE))
        else:
            painter.fillRect(area, QColor(theme.CARD))
        tone = row.tones[index.column()]
        ink = theme.FAINT if tone == "faint" else theme.TONES[tone][0] if tone else theme.TEXT
        painter.setPen(QColor(ink))
        half = theme.sizes().gap // 2
        inner = area.adjusted(half, 0, -half, 0)
        text = row.texts[index.column()]
        align = RIGHT if model.columns[index.column()].number else LEFT
        if option.fontMetrics.horizontalAdvance(text[:200]) > inner.width():
            text = option.fontMetrics.elidedText(
                text[:200], Qt.TextElideMode.ElideRight, inner.width()
            )
        painter.drawText(inner, align, text)
        if current == index and (
            option.state & QStyle.StateFlag.State_HasFocus
            or (isinstance(view, FrozenTable) and view.hasFocus())
        ):
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -1))


class FrozenTable(QTableView):
    """`opened` when a cell is pressed by Enter or a double click, `moved` when another cell is
    chosen."""

    opened = Signal(object, int)
    moved = Signal(object, int)
    asked = Signal()

    def __init__(self, name: str, columns: Sequence[Narrow], frozen: int) -> None:
        super().__init__()
        size = theme.sizes()
        self._frozen_count = frozen
        self._model = _Model(columns, self)
        self.setModel(self._model)
        self._painter = _Painter(self)
        self._dress(self, name)
        self._still = QTableView(self)
        self._dress(self._still, "")
        self._still.setModel(self._model)
        self._still.setSelectionModel(self.selectionModel())
        self._still.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._still.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._still.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._still.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(self._still.verticalScrollBar().setValue)
        self._still.clicked.connect(self.setCurrentIndex)
        self._still.doubleClicked.connect(self._opened)
        for place in range(len(self._model.columns)):
            self._still.setColumnHidden(place, place >= frozen)
        edge = f"QTableView {{ border: 0; border-right: 1px solid {theme.LINE_STRONG}; }}"
        self._still.setStyleSheet(edge)
        self.setMinimumHeight(size.row * 4)
        self.empty = Empty(self.viewport())
        self.empty.clicked.connect(self.asked)
        self.empty.hide()
        self.doubleClicked.connect(self._opened)
        self.selectionModel().currentChanged.connect(self._moved)

    def _dress(self, view: QTableView, name: str) -> None:
        size = theme.sizes()
        style_table(view, name, cells=True)
        view.setItemDelegate(self._painter)
        # so that both views scroll alike
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setFixedHeight(round(size.line * 2.4))
        header.setMinimumSectionSize(size.chars(1.5))
        header.setStyleSheet(f"QHeaderView::section {{ padding: 0 {size.gap // 2}px; }}")

    def hide_columns(self, places: Collection[int]) -> None:
        """Leave these columns out, and all others in."""
        for place in range(self._frozen_count, len(self._model.columns)):
            self.setColumnHidden(place, place in places)
        self._fit()

    # ---- filling

    def fill(self, rows: list[Row]) -> None:
        """Other lines; the chosen cell stays where its line still is."""
        before, place = self.row(), max(0, self.currentIndex().column())
        self._model.fill(rows)
        self._fit()
        keys = [row.key for row in rows]
        at = keys.index(before.key) if before is not None and before.key in keys else 0
        self._still.setVisible(bool(rows))
        if rows:
            self.empty.hide()
            self.setCurrentIndex(self._model.index(at, place))
        else:
            self.empty.show()

    @property
    def rows(self) -> list[Row]:
        return self._model.lines

    def row(self) -> Row | None:
        """The line of the chosen cell."""
        at = self.currentIndex().row()
        return self._model.lines[at] if 0 <= at < len(self._model.lines) else None

    def choose(self, at: int, place: int) -> None:
        """Put the cursor on a cell."""
        self.setCurrentIndex(self._model.index(at, place))

    def _moved(self, now: QModelIndex, before: QModelIndex) -> None:
        self.viewport().update()
        self._still.viewport().update()
        self.moved.emit(self.row(), now.column())

    def _opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.lines[index.row()], index.column())

    # ---- keys, widths

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._opened(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """The whole table with its headings, as spreadsheet programs take it."""
        seen = [at for at in range(len(self._model.columns)) if not self.isColumnHidden(at)]
        lines = ["\t".join(self._model.columns[at].label.replace("\n", "") for at in seen)]
        lines += ["\t".join(row.texts[at] for at in seen) for row in self._model.lines]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._fit()
        self.empty.setGeometry(self.viewport().rect())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._still.viewport().update()
        return super().viewportEvent(event)

    def _fit(self) -> None:
        """Numbers are seen whole, however many figures they have; what else there is room for goes
        to the columns of words."""
        size = theme.sizes()
        wide = [
            max(size.chars(column.chars), self._model.widest(at, self.fontMetrics())) + size.gap
            for at, column in enumerate(self._model.columns)
        ]
        shown = (width for at, width in enumerate(wide) if not self.isColumnHidden(at))
        spare = self.viewport().width() - sum(shown)
        takers = [i for i, c in enumerate(self._model.columns) if c.stretch]
        for i in takers:
            wide[i] += max(0, spare) // len(takers)
        for place, width in enumerate(wide):
            self.setColumnWidth(place, width)
            self._still.setColumnWidth(place, width)
        held = sum(wide[: self._frozen_count])
        self._still.setGeometry(
            self.viewport().x(), self.horizontalHeader().y(), held + 1,
            self.viewport().height() + self.horizontalHeader().height(),
        )

    def scrollTo(
        self, index: Index, hint: Any = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """A cell behind the columns that stay is brought out from under them."""
        if index.column() < self._frozen_count:
            bar = self.horizontalScrollBar()
            kept = bar.value()
            super().scrollTo(index, hint)
            bar.setValue(kept)
            return
        super().scrollTo(index, hint)
        hidden = self._still.width() - self.visualRect(index).left()
        if hidden > 0:
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - hidden)
