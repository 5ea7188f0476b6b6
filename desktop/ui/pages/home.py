"""The first page: what waits for me, what is due, what is overdue; each ledger's and each unit's
numbers. Each opens its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from db.metrics import metrics as figures
from db.model.settings import DUE_SOON_DAYS
from desktop.ui.figures import overview
from desktop.ui.figures.overview import Item, Overview
from desktop.ui.figures.row_list import open_figure
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import CHIP, SmallCells
from desktop.ui.kit.jobs import LATER, Job
from desktop.ui.kit.page import Page, Window

TILES = (
    ("waiting", "等我办理", "blue", "待审核或待交办"),
    ("soon", "即将到期", "yellow", ""),
    ("overdue", "逾期未结", "red", "时限已过还没有办结"),
    ("open", "在办事项", "green", "已交办、尚未办结"),
    ("recent", "今日改动", "grey", "所有人今天改了几次"),
)
EMPTY = {
    "waiting": (
        "没有等您办理的、到期的和逾期的事项。新建：Ctrl+N；批量录入：打开左边的台账，从 Excel "
        "粘贴。"
    ),
    "soon": "近期没有到期的事项。",
    "overdue": "没有逾期的事项。",
    "open": "没有在办的事项。",
    "recent": "还没有改动。",
}
PAYLOAD = Qt.ItemDataRole.UserRole
FULL = 14
"""Rows below which the list has room for what presses next."""



class HomePage(Page):
    """Reads in the reader whenever it comes to the front or something changed."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.which = "waiting"
        self._unit: str | None = None
        self._days: int = window.settings[DUE_SOON_DAYS]
        size = theme.sizes()
        self.tiles: dict[str, Tile] = {}
        tiles = QHBoxLayout()
        tiles.setSpacing(size.gap)
        for key, label, tone, hint in TILES:
            tile = Tile(label, tone, hint or f"今后 {self._days} 天内")
            tile.clicked.connect(lambda _=False, key=key: self.choose(key))
            self.tiles[key] = tile
            tiles.addWidget(tile, 1)
        self._head = QLabel()
        self._head.setFont(theme.scaled(1.0, bold=True))
        self._all_units = QPushButton("看全部单位")
        self._all_units.setProperty("class", "link")
        self._all_units.clicked.connect(lambda: self.choose(self.which))
        self.list = _table(["事项", "台账", "责任单位", "时限", "状态"], stretch=0)
        for place, chars in ((1, 4.4), (2, 7), (3, 6.6), (4, 5.4)):
            self.list.setColumnWidth(place, size.chars(chars) + size.gap * 2)
        self.list.itemActivated.connect(self._open_item)
        self.list.itemClicked.connect(self._open_item)
        self.ledgers = _table(["台账", "在办", "临近", "逾期", "办结率"], stretch=0)
        self.ledgers.itemClicked.connect(self._open_ledger)
        self.ledgers.itemActivated.connect(self._open_ledger)
        self.units = _table(["单位", "交办", "逾期", "办结率"], stretch=0)
        self.units.itemClicked.connect(self._open_unit)
        self.units.itemActivated.connect(self._open_unit)
        for table in (self.ledgers, self.units):
            for place in range(1, table.columnCount()):
                table.setColumnWidth(place, size.chars(2.6) + size.gap * 2)
            table.setColumnWidth(table.columnCount() - 1, size.chars(8.8))
        grid = QGridLayout()
        grid.setSpacing(size.gap)
        head = QHBoxLayout()
        head.addWidget(self._head)
        head.addStretch(1)
        head.addWidget(self._all_units)
        grid.addWidget(_card(head, self.list), 0, 0, 2, 1)
        grid.addWidget(_card("各台账（点数字看明细）", self.ledgers), 0, 1)
        grid.addWidget(_card("各单位（按逾期多少排列，点一行看明细）", self.units), 1, 1)
        grid.setColumnStretch(0, 11)
        grid.setColumnStretch(1, 9)
        grid.setRowStretch(1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.setSpacing(size.gap)
        box.addLayout(tiles)
        box.addLayout(grid, 1)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(300)
        self._wait.timeout.connect(self._read)
        self.setFocusProxy(self.list)
        self._say_head()

    # ---- what the window asks of a page
    # -------------------------------------------------------------------------

    def shown(self) -> None:
        self._read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow list does without the name of the ledger."""
        super().resizeEvent(event)
        size = theme.sizes()
        room = self.width() * 11 / 20
        narrow = room < size.chars(36)
        self.list.setColumnHidden(1, room < size.chars(42))
        self.list.setColumnHidden(4, narrow)
        self.ledgers.setColumnHidden(2, narrow)
        self.list.setColumnWidth(2, size.chars(11 if room > size.chars(50) else 7) + size.gap * 2)

    def refresh(self, change: Any) -> None:
        if self.isVisible():
            self._wait.start()

    def new(self) -> None:
        """A new item in the first ledger this person may write."""
        kinds = [
            kind for kind in overview.ledgers_of(self.session) if self.session.may_write(kind.name)
        ]
        if kinds:
            page = self.window_.open_ledger(kinds[0].name)
            if page is not None:
                page.new()

    def offers(self, what: str) -> bool:
        return what == "new" and any(
            self.session.may_write(k.name) for k in overview.ledgers_of(self.session)
        )

    # ---- reading
    # ------------------------------------------------------------------------------------------------

    def choose(self, which: str, unit: str | None = None) -> None:
        """Show the rows under one of the headings, of one unit or of all."""
        self.which, self._unit = which, unit
        self._say_head()
        self._read_items()

    def _read(self) -> None:
        session, days = self.session, self._days
        self._read_items()
        self.jobs.read(
            lambda job: overview.read(session, days), self._take, owner=self, key="home",
            order=LATER,
        )

    def _read_items(self) -> None:
        session, days, which, unit = self.session, self._days, self.which, self._unit
        room = max(FULL, self.list.height() // theme.sizes().row)

        def read(job: Job) -> list[tuple[str, list[Item]]]:
            """What was chosen; a short list of what waits goes on with what is overdue and what is
            due."""
            found = [(which, overview.items(session, which, days, unit))]
            for more in ("overdue", "soon") if which == "waiting" else ():
                if sum(len(items) for _, items in found) < room:
                    found.append((more, overview.items(session, more, days, unit)))
            return [part for part in found if part[1]]

        self.jobs.read(read, self._take_items, owner=self, key="home.items")

    def _say_head(self) -> None:
        label = next(tile[1] for tile in TILES if tile[0] == self.which)
        unit = f"　{self.session.unit_name(self._unit)}" if self._unit else ""
        self._head.setText(label + unit)
        self._all_units.setVisible(self._unit is not None)
        for key, tile in self.tiles.items():
            tile.setChecked(key == self.which)

    def _take(self, found: Overview) -> None:
        numbers = {name: number.value or 0 for name, number in found.totals.items()}
        self.tiles["waiting"].show_number(found.waiting)
        self.tiles["soon"].show_number(found.soon)
        self.tiles["overdue"].show_number(int(numbers.get("open_overdue", 0)))
        self.tiles["open"].show_number(int(numbers.get("in_hand", 0)))
        rate = found.totals.get("completion_rate")
        if rate is not None and rate.value is not None:
            self.tiles["open"].say(
                f"办结率 {rate.value}%（{rate.numerator}/{rate.denominator}）",
                f"办结率 {rate.value}%",
            )
        self.tiles["recent"].show_number(found.changed_today)
        size = theme.sizes()
        room = min(len(found.ledgers), max(4, self.height() // size.row // 2 - 4))
        self.ledgers.setFixedHeight(size.row * (max(1, room) + 1) + 4)
        _fill(self.ledgers, [self._ledger_row(group) for group in found.ledgers])
        worst = sorted(
            found.units,
            key=lambda g: (
                -(g.numbers["open_overdue"].value or 0), -(g.numbers["assigned"].value or 0),
            ),
        )
        _fill(self.units, [self._unit_row(group) for group in worst])
        if self.which == "waiting" and not found.waiting and not numbers.get("in_hand"):
            self.choose("recent")

    def _ledger_row(self, group: Any) -> list[tuple[str, Any]]:
        key = group.key
        cells: list[tuple[str, Any]] = [(group.label, (key, ""))]
        for name, which in (
            ("in_hand", "open"), ("yellow_lights", "near"), ("open_overdue", "overdue"),
        ):
            cells.append((str(group.numbers[name].value or 0), (key, which)))
        return [*cells, (_rate_text(group.numbers["completion_rate"]), (key, "completion_rate"))]

    def _unit_row(self, group: Any) -> list[tuple[str, Any]]:
        overdue, rate = group.numbers["open_overdue"].value or 0, group.numbers["completion_rate"]
        key = group.key
        which = "overdue" if overdue else "open"
        return [
            (overview.short_unit(self.session, key) or group.label, (key, which)),
            (str(group.numbers["assigned"].value or 0), (key, "assigned")),
            (str(overdue), (key, "open_overdue")),
            (_rate_text(rate), (key, "completion_rate")),
        ]

    def _take_items(self, parts: list[tuple[str, list[Item]]]) -> None:
        table = self.list
        table.clearSpans()
        table.setRowCount(max(1, sum(len(items) + (which != self.which) for which, items in parts)))
        if not parts:
            self._span(0, EMPTY[self.which])
        row = 0
        for which, items in parts:
            if which != self.which:
                self._span(row, next(tile[1] for tile in TILES if tile[0] == which))
                row += 1
            for item in items:
                self._show_item(row, item)
                row += 1
            if len(items) > overview.LIST_AT_MOST:
                self._span(
                    row - 1, f"只列出最紧的 {overview.LIST_AT_MOST} 件，其余请打开左边的台账看。"
                )

    def _span(self, row: int, text: str) -> None:
        self.list.setSpan(row, 0, 1, self.list.columnCount())
        note = QTableWidgetItem(text)
        note.setForeground(QColor(theme.MUTED))
        note.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.list.setItem(row, 0, note)

    def _show_item(self, row: int, item: Item) -> None:
        due = overview.days_text(item.due, self.session.today) if item.state is not None else ""
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
            self.list.setItem(row, place, cell)

    # ---- opening
    # ------------------------------------------------------------------------------------------------

    def _open_item(self, cell: QTableWidgetItem) -> None:
        held = cell.data(PAYLOAD)
        if held:
            self.window_.open_record(*held)

    def _open_ledger(self, cell: QTableWidgetItem) -> None:
        held = cell.data(PAYLOAD)
        if held:
            name, which = held
            kind = self.session.kinds.get(name)
            if which in overview.BY_UNIT:
                self._open_figure(which, kind.label, ("ledger", name), (name,))
                return
            where = (
                overview.wheres(self.session, kind, which, kind.lights.yellow_days) if which else ()
            )
            self.window_.open_ledger(name, where or ())

    def _open_unit(self, cell: QTableWidgetItem) -> None:
        held = cell.data(PAYLOAD)
        if held and held[1] in overview.BY_UNIT:
            names = [kind.name for kind in overview.ledgers_of(self.session)]
            whose = self.session.unit_name(held[0]) if held[0] is not None else "（未填单位）"
            self._open_figure(held[1], whose, ("unit", held[0]), names)
        elif held and held[0] is not None:
            self.choose(held[1], held[0])

    def _open_figure(
        self, name: str, whose: str, group: tuple[str, Any], ledgers: Sequence[str]
    ) -> None:
        """The records that a number of the tables counts, and no others."""
        label = figures.declared(self.session).get(name).label
        open_figure(self.window_, self, name, f"{whose}　{label}", ledgers=ledgers, group=group)


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

    def show_number(self, number: int) -> None:
        self._number = f"{number:,}"
        self.setAccessibleDescription(f"{self._number} {self._hints[0]}")
        self.update()

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
        painter.setFont(theme.scaled(0.86))
        metrics = painter.fontMetrics()
        hint = next(
            (each for each in self._hints if metrics.horizontalAdvance(each) <= area.width()),
            self._hints[-1],
        )
        hint = metrics.elidedText(hint, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignBottom), hint)
        painter.setFont(theme.scaled(1.75, bold=True))
        painter.setPen(self._ink)
        painter.drawText(
            area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), self._number
        )
        painter.end()


def _rate_text(number: Any) -> str:
    return (
        "—" if number.value is None else f"{number.value}% {number.numerator}/{number.denominator}"
    )


class _Rows(QTableWidget):
    """A small list that is pressed, not edited; the hand tells so."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        pressable = item is not None and item.data(PAYLOAD) is not None
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if pressable else Qt.CursorShape.ArrowCursor
        )
        super().mouseMoveEvent(event)


def _table(headings: list[str], stretch: int) -> QTableWidget:
    size = theme.sizes()
    table = _Rows(0, len(headings))
    table.setHorizontalHeaderLabels(headings)
    table.setMouseTracking(True)
    table.setShowGrid(False)
    table.setItemDelegate(SmallCells(table))
    table.setWordWrap(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(size.row)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setFixedHeight(size.row)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    return table


def _fill(table: QTableWidget, rows: list[list[tuple[str, Any]]]) -> None:
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


def _card(head: str | QHBoxLayout, body: QWidget) -> QFrame:
    size = theme.sizes()
    card = QFrame()
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
