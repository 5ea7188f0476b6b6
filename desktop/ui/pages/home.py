"""The first page: what waits for me, what is due, what is overdue; each ledger's and each unit's
numbers. Each opens its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
)

from db.metrics import metrics as figures
from db.model.settings import DUE_SOON_DAYS
from db.session import Session
from desktop.ui.field_editors.as_of import AsOfChoice, PastNotice
from desktop.ui.figures.row_list import open_figure
from desktop.ui.home import overview
from desktop.ui.home.number_tables import (
    PAYLOAD,
    ItemList,
    NumberTable,
    fill_table,
    ledger_cells,
    shown_tables,
    titled_card,
    unit_cells,
    worst_first,
)
from desktop.ui.home.overview import Item, Overview
from desktop.ui.home.task_list import FirstStep, Task, TaskList, opened_elsewhere
from desktop.ui.home.tiles import EMPTY, ONLY_TODAY, WORDS, Tiles
from desktop.ui.kit import theme
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import LATER, Job
from desktop.ui.kit.page import Page, ShownNumber, Window

FIGURE_OF = {"open": "in_hand", "near": "yellow_lights", "overdue": "open_overdue"}
"""The figure that a number of a ledger's line is."""
STEPS_VIEW = "first_steps"
FULL = 14
"""Rows below which the list has room for what presses next."""


class HomePage(Page):
    """Reads in the reader whenever it comes to the front or something changed."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.which = "waiting"
        self._unit: str | None = None
        self._task: Task | None = None
        self._days: int = window.settings[DUE_SOON_DAYS]
        size = theme.sizes()
        self._tiles = Tiles(self._days)
        self._tiles.chosen.connect(self.choose)
        self.tiles = self._tiles.by_key
        self.as_of = AsOfChoice(self.session.today)
        self.as_of.always(self.session.today)
        self.as_of.chosen.connect(self._other_day)
        self._tiles.row.addWidget(self.as_of)
        self.past = PastNotice(self.as_of)
        self._head = QLabel()
        self._head.setFont(theme.scaled(1.0, bold=True))
        self._all_units = QPushButton("看全部单位")
        self._all_units.setProperty("class", "link")
        self._all_units.clicked.connect(lambda: self.choose(self.which))
        self.tasks = TaskList()
        self.tasks.asked.connect(self._do)
        self.tasks.page_asked.connect(window.open)
        self.tasks.dismissed.connect(self._without_steps)
        window.backup_told.connect(self._read_tasks)
        self.list = ItemList(self.session, WORDS, EMPTY)
        self.list.itemActivated.connect(self._open_item)
        self.list.itemClicked.connect(self._open_item)
        self.ledgers = NumberTable("各台账", ["台账", "在办", "黄灯", "逾期", "办结率"], stretch=0)
        self.ledgers.itemClicked.connect(self._open_ledger)
        self.ledgers.itemActivated.connect(self._open_ledger)
        self.units = NumberTable("各单位", ["单位", "交办", "逾期", "办结率"], stretch=0)
        self.units.itemClicked.connect(self._open_unit)
        self.units.itemActivated.connect(self._open_unit)
        for table in (self.ledgers, self.units):
            for place in range(1, table.columnCount()):
                table.setColumnWidth(place, size.chars(2.6) + size.gap * 2)
            table.setColumnWidth(table.columnCount() - 1, size.chars(8.8))
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.setSpacing(size.gap)
        box.addWidget(self.past)
        box.addWidget(self._tiles)
        grid = QGridLayout()
        grid.setSpacing(size.gap)
        box.addLayout(grid, 1)
        head = QHBoxLayout()
        head.addWidget(self._head)
        head.addStretch(1)
        head.addWidget(self._all_units)
        left = QVBoxLayout()
        left.setSpacing(size.gap)
        grid.addLayout(left, 0, 0, 2, 1)
        left.addWidget(self.tasks)
        left.addWidget(titled_card(head, self.list, self), 1)
        grid.addWidget(titled_card("各台账（点数字查看明细）", self.ledgers, self), 0, 1)
        grid.addWidget(titled_card("各单位（逾期多的在前，点一行看明细）", self.units, self), 1, 1)
        grid.setColumnStretch(0, 11)
        grid.setColumnStretch(1, 9)
        grid.setRowStretch(1, 1)
        self._wait = pause(self, 300, self._read)
        self.starts_at(self.list)
        self._say_head()

    # ---- what the window asks of a page

    def shown(self) -> None:
        self._read()
        self.take_keyboard()

    def shown_numbers(self) -> list[ShownNumber]:
        ledgers = [kind.name for kind in overview.ledgers_of(self.session)]
        asked = figures.ScopeKeywords(ledgers=ledgers, as_of=self.list.day)
        return [*self._tiles.shown_numbers(asked), *shown_tables(self.ledgers, self.units, asked)]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow list does without the name of the ledger."""
        super().resizeEvent(event)
        size = theme.sizes()
        room = self.width() * 11 / 20
        narrow = room < size.chars(36)
        self.list.setColumnHidden(1, room < size.chars(42))
        self.list.setColumnHidden(4, narrow)
        self.ledgers.setColumnHidden(2, narrow)
        self.list.setColumnWidth(2, size.chars(11 if room > size.chars(50) else 7.6) + size.gap * 2)

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

    def choose(self, which: str, unit: str | None = None, task: Task | None = None) -> None:
        """Show the rows under one of the headings, of one unit or of all; or those of a task."""
        self.which, self._unit, self._task = which, unit, task
        self._say_head()
        self._read_items()

    def _other_day(self) -> None:
        """The page as it was at the end of a day gone by, said in so many words; or as it is."""
        day = self.as_of.day
        self.past.show_day(day)
        self.tasks.setVisible(day is None)
        self.list.day = day
        if day is not None and (self.which in ONLY_TODAY or self._task is not None):
            self.which, self._task = "overdue", None
        self._say_head()
        self._read()

    def _read(self) -> None:
        session, days = self.session, self._days
        self.as_of.always(session.today)
        day = self.as_of.day
        if day != self.list.day:  # another day began: what was picked is no longer meant
            self._other_day()
            return
        self._read_items()
        self._read_tasks()
        self.jobs.read(
            lambda job: overview.read(session, days, day), self._take, failed=self.window_.error,
            owner=self, key="home", order=LATER,
        )

    def _read_tasks(self) -> None:
        session, steps = self.session, not self.window_.settings.view(STEPS_VIEW).get("hidden")
        self.jobs.read(
            lambda job: _tasks(session, steps), self._take_tasks, failed=self.window_.error,
            owner=self, key="home.tasks",
        )

    def _take_tasks(self, found: tuple[list[Task], list[FirstStep]]) -> None:
        """Once all five steps are done they are never asked for again."""
        tasks, steps = found
        if steps and all(step.done for step in steps):
            self.window_.settings.set_view(STEPS_VIEW, {"hidden": True})
            steps = []
        self.tasks.fill(tasks, steps)

    def _without_steps(self) -> None:
        self.window_.settings.set_view(STEPS_VIEW, {"hidden": True})
        self._read()

    def _do(self, task: Task) -> None:
        """What the button of a task says."""
        if not opened_elsewhere(self.window_, task):
            self.choose(task.listed or "waiting", task=task)
            self.list.setFocus()

    def _read_items(self) -> None:
        session, days, which, unit = self.session, self._days, self.which, self._unit
        day = self.list.day
        parts = self._task.parts if self._task else ()
        room = max(FULL, self.list.height() // theme.sizes().row)

        def read(job: Job) -> list[tuple[str, list[Item]]]:
            """What was chosen; a short list of what waits goes on with what is overdue or due."""
            found = [(which, overview.items(session, which, days, unit, parts, day))]
            for more in ("overdue", "soon") if which == "waiting" and not parts else ():
                if sum(len(items) for _, items in found) < room:
                    found.append((more, overview.items(session, more, days, unit)))
            return [part for part in found if part[1]]

        self.jobs.read(
            read, lambda parts: self.list.show_items(self.which, parts),
            failed=self.window_.error, owner=self, key="home.items",
        )

    def _say_head(self) -> None:
        label = self._task.text if self._task is not None else WORDS[self.which]
        unit = f"　{self.session.unit_name(self._unit)}" if self._unit else ""
        self._head.setText(label + unit)
        self._all_units.setVisible(self._unit is not None)
        self._tiles.mark(self.which if self._task is None else "")

    def _take(self, found: Overview) -> None:
        self._tiles.show_numbers(found, past=self.list.day is not None)
        room = max(4, self.height() // theme.sizes().row // 2 - 4)
        self.ledgers.stand_at(min(len(found.ledgers), room))
        fill_table(self.ledgers, [ledger_cells(group) for group in found.ledgers])
        fill_table(self.units, [unit_cells(self.session, g) for g in worst_first(found.units)])
        in_hand = found.totals.get("in_hand")
        if self.which == "waiting" and not found.waiting and not (in_hand and in_hand.value):
            self.choose("recent")

    # ---- opening

    def _open_item(self, cell: QTableWidgetItem) -> None:
        held = cell.data(PAYLOAD)
        if held:
            parts = self._task.parts if self._task else ()
            alone = self.list.day is not None or self._unit is not None or self.which == "recent"
            which = "" if alone else self.which
            among = overview.among(self.session, held, which, self._days, parts)
            self.window_.open_record(held[0], held[1], among)

    def _open_ledger(self, cell: QTableWidgetItem) -> None:
        held = cell.data(PAYLOAD)
        if held:
            name, which = held
            kind = self.session.kinds.get(name)
            figure = FIGURE_OF.get(which, which) if self.list.day else which
            if figure in overview.BY_LEDGER:
                self._open_figure(figure, kind.label, ("ledger", name), (name,))
                return
            days = kind.lights.yellow_days if kind.lights is not None else self._days
            where = overview.wheres(self.session, kind, which, days) if which else ()
            self.window_.go_ledger(name, where or ())

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
        open_figure(
            self.window_, self, name, f"{whose}　{label}", ledgers=ledgers, group=group,
            as_of=self.list.day,
        )


def _tasks(session: Session, steps: bool) -> tuple[list[Task], list[FirstStep]]:
    from desktop.ui.home import tasks  # late: it asks the exchange

    return tasks.read(session), tasks.first_steps(session) if steps else []
