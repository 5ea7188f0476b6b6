"""Numbers of the first page: tiles, and small tables whose numbers open their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from db.metrics import metrics
from db.metrics.metrics import Group
from db.model import due_state
from db.session import Session
from desktop.ui.home import overview
from desktop.ui.home.overview import Item
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import CHIP, SmallCells, width_of_bar, width_of_lamp
from desktop.ui.kit.page import ShownNumber

PAYLOAD = Qt.ItemDataRole.UserRole


LEAST_ROWS = 2.6
"""Lines of a table in a low window, with its head."""


class Tile(QPushButton):
    """A number with its word; pressed, its rows stand below."""

    def __init__(self, label: str, tone: str, hint: str) -> None:
        super().__init__()
        self._label = label
        self._hints: tuple[str, ...] = (hint,)
        self._ink = theme.tone(tone)[0]
        self._number = "…"
        self.setCheckable(True)
        self.setProperty("class", "tile")
        self.setAccessibleName(label)

    def show_number(self, number: int | str | None) -> None:
        self._number = f"{number:,}" if isinstance(number, int) else number or "—"
        self.setAccessibleName(f"{self._label} {self._number}")
        self.setAccessibleDescription(self._hints[0])
        self.update()

    @property
    def number(self) -> str:
        return self._number

    @property
    def hint(self) -> str:
        """What stands below where there is room for it."""
        return self._hints[0]

    def say(self, *hints: str) -> None:
        """The first of these that fits stands below."""
        self._hints = hints
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = theme.sizes()
        painter = QPainter(self)
        area = self.rect().adjusted(size.pad, size.gap, -size.pad, -size.gap)
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignTop), self._label)
        worded = painter.fontMetrics().horizontalAdvance(self._label) + size.gap
        painter.setFont(theme.scaled(1.75, bold=True))
        counted = painter.fontMetrics().horizontalAdvance(self._number)
        beside = worded + counted <= area.width()  # else below, in the place of the hint
        painter.setPen(self._ink)
        edge = Qt.AlignmentFlag.AlignTop if beside else Qt.AlignmentFlag.AlignBottom
        painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | edge), self._number)
        room = area.width() if beside else area.width() - counted - size.gap
        painter.setFont(theme.scaled(0.86))
        metrics = painter.fontMetrics()
        fits = (each for each in self._hints if metrics.horizontalAdvance(each) <= room)
        hint = next(fits, self._hints[-1] if beside else "")
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(
            area, int(Qt.AlignmentFlag.AlignBottom),
            metrics.elidedText(hint, Qt.TextElideMode.ElideRight, room),
        )
        painter.end()


def rate_text(number: Any) -> str:
    return (
        "—" if number.value is None else f"{number.value}% {number.numerator}/{number.denominator}"
    )


class NumberTable(QTableWidget):
    """A small list that is pressed, not edited; the hand tells so."""

    def __init__(self, name: str, headings: list[str], stretch: int) -> None:
        super().__init__(0, len(headings))
        self.setAccessibleName(name)
        size = theme.sizes()
        self.setHorizontalHeaderLabels(headings)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setItemDelegate(SmallCells(self))
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(size.row)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(size.row)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        self._high = 0
        self.setMinimumHeight(round(size.row * LEAST_ROWS) + 4)

    def stand_at(self, rows: int) -> None:
        """As high as so many rows where there is room for them."""
        self._high = theme.sizes().row * (max(1, rows) + 1) + 4
        self.setMaximumHeight(max(self._high, self.minimumHeight()))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), self._high or hint.height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        pressable = item is not None and item.data(PAYLOAD) is not None
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if pressable else Qt.CursorShape.ArrowCursor
        )
        super().mouseMoveEvent(event)


def fill_table(table: QTableWidget, rows: list[list[tuple[str, Any]]]) -> None:
    table.setRowCount(len(rows))
    for at, cells in enumerate(rows):
        for place, (text, payload) in enumerate(cells):
            cell = QTableWidgetItem(text)
            cell.setData(PAYLOAD, payload)
            if "%" in text:
                cell.setData(CHIP, ("bar", ""))
            elif place and payload[1] and text != "0":
                ink = (
                    theme.TONES["red"][0]
                    if payload[1] in ("overdue", "open_overdue")
                    else theme.ACCENT
                )
                cell.setForeground(QColor(ink))
            if text == "0":
                cell.setForeground(QColor(theme.FAINT))
            table.setItem(at, place, cell)
    _show_rates_whole(table, rows)


def _show_rates_whole(table: QTableWidget, rows: list[list[tuple[str, Any]]]) -> None:
    """Columns of rates as wide as what they say: the numbers behind a rate are read out too."""
    metrics, least = table.fontMetrics(), theme.sizes().chars(5)
    for place in range(1, table.columnCount()):
        rates = [cells[place][0] for cells in rows if "%" in cells[place][0]]
        needed = max((width_of_bar(metrics, rate) for rate in rates), default=0)
        spare = table.columnWidth(0) - least
        if 0 < needed - table.columnWidth(place) <= spare:
            table.setColumnWidth(place, needed)


def shown_cells(
    table: QTableWidget, names: Sequence[str], group: str, asked: metrics.ScopeKeywords
) -> list[ShownNumber]:
    """The numbers of such a table: a figure each, in the columns behind the first."""
    found = []
    for row in range(table.rowCount()):
        for place, name in enumerate(names, start=1):
            cell = table.item(row, place)
            if cell is not None:
                key = cell.data(PAYLOAD)[0]
                found.append(ShownNumber(cell.text(), name, asked, (group, key)))
    return found


def shown_tables(
    ledgers: QTableWidget, units: QTableWidget, asked: metrics.ScopeKeywords
) -> list[ShownNumber]:
    """Those of the two tables of the first page."""
    return [
        *shown_cells(ledgers, overview.BY_LEDGER, "ledger", asked),
        *shown_cells(units, overview.BY_UNIT, "unit", asked),
    ]


def worst_first(groups: Sequence[Group]) -> list[Group]:
    """Units by how much of theirs is overdue, then by how much they were given."""
    return sorted(groups, key=lambda g: tuple(
        -(g.numbers[name].value or 0) for name in ("open_overdue", "assigned")
    ))


def titled_card(head: str | QHBoxLayout, body: QWidget, parent: QWidget | None = None) -> QFrame:
    size = theme.sizes()
    card = QFrame(parent)
    card.setProperty("class", "card")
    box = QVBoxLayout(card)
    box.setContentsMargins(1, size.gap, 1, 1)
    box.setSpacing(size.gap // 2)
    row = QHBoxLayout() if isinstance(head, str) else head
    row.setContentsMargins(size.gap, 0, size.gap, 0)
    if isinstance(head, str):
        label = QLabel(head)
        label.setFont(theme.scaled(1.0, bold=True))
        row.addWidget(label)
    box.addLayout(row)
    box.addWidget(body, 1)
    return card


#: What has room among the time limits: a draft of 27 years ago.
LONGEST_WAIT = "已过 9999 天"


class ItemList(NumberTable):
    """What waits for the person, most urgent first; further parts have their word above them."""

    def __init__(
        self, session: Session, words: Mapping[str, str], empty: Mapping[str, str]
    ) -> None:
        super().__init__("事项", ["事项", "台账", "责任单位", "时限", "状态"], stretch=0)
        size = theme.sizes()
        self._session, self._words, self._empty = session, words, empty
        #: the day gone by as of whose end the rows are; None: today
        self.day: dt.date | None = None
        for place, chars in ((1, 4.4), (2, 5.6), (4, 5.2)):
            self.setColumnWidth(place, size.chars(chars) + size.gap * 2)

    def show_items(self, chosen: str, parts: list[tuple[str, list[Item]]]) -> None:
        """The chosen part, and those that follow it."""
        self.clearSpans()
        self.setRowCount(max(1, sum(len(items) + (which != chosen) for which, items in parts)))
        if not parts:
            self._span(0, self._empty[chosen])
        # a number of days that is cut short would be another number
        self.setColumnWidth(3, width_of_lamp(self.fontMetrics(), LONGEST_WAIT))
        row = 0
        for which, items in parts:
            if which != chosen:
                self._span(row, self._words[which])
                row += 1
            for item in items:
                self._show_item(row, item)
                row += 1
            if len(items) > overview.LIST_AT_MOST:
                self._span(row - 1, f"只列出最紧的 {overview.LIST_AT_MOST} 件，其余请打开台账看。")

    def _span(self, row: int, text: str) -> None:
        self.setSpan(row, 0, 1, self.columnCount())
        note = QTableWidgetItem(text)
        note.setForeground(QColor(theme.MUTED))
        note.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.setItem(row, 0, note)

    def _show_item(self, row: int, item: Item) -> None:
        due = due_state.days_text(
            item.due, self.day or self._session.today, pending=item.pending, over=bool(self.day),
            draft=item.draft,
        ) if item.state is not None else ""
        tone = item.light[1] if item.light is not None else "grey"
        for place, text in enumerate(
            (item.title, item.ledger, item.unit, due, item.state[0] if item.state else "")
        ):
            cell = QTableWidgetItem(text)
            cell.setData(PAYLOAD, (item.kind, item.uid))
            cell.setToolTip(text)
            if place in (1, 2):
                cell.setForeground(QColor(theme.MUTED))
            if place == 3:
                cell.setData(CHIP, ("lamp", tone))
            if place == 4 and item.state is not None:
                cell.setData(CHIP, ("chip", item.state[1]))
            self.setItem(row, place, cell)


def ledger_cells(group: Group) -> list[tuple[str, Any]]:
    """The cells of a ledger's line, each with what it opens."""
    key = group.key
    cells: list[tuple[str, Any]] = [(group.label, (key, ""))]
    for name, which in (
        ("in_hand", "open"), ("yellow_lights", "near"), ("open_overdue", "overdue"),
    ):
        cells.append((str(group.numbers[name].value or 0), (key, which)))
    return [*cells, (rate_text(group.numbers["completion_rate"]), (key, "completion_rate"))]


def unit_cells(session: Session, group: Group) -> list[tuple[str, Any]]:
    """The cells of a unit's line, each with what it opens."""
    overdue, rate = group.numbers["open_overdue"].value or 0, group.numbers["completion_rate"]
    key = group.key
    which = "overdue" if overdue else "open"
    return [
        (overview.short_unit(session, key) or group.label, (key, which)),
        (str(group.numbers["assigned"].value or 0), (key, "assigned")),
        (str(overdue), (key, "open_overdue")),
        (rate_text(rate), (key, "completion_rate")),
    ]
