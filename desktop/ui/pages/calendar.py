"""The calendar: deadlines and meetings by month or by week; what falls on a day is listed beside
it, opened and printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout

from db.domain import calendar_days
from db.domain.calendar_days import Dated
from db.store.journal import Change
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.calendar.month_grid import MonthGrid
from desktop.ui.field_editors.period_bar import MONTH, WEEK, PeriodBar
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button
from desktop.ui.kit.work_parts import Part, WorkPage, short_name
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("calendar")
COLUMNS = (("日期", 0.14), ("事项", None), ("台账", 0.14), ("责任单位", 0.2), ("情况", 0.12))


class CalendarPage(WorkPage):
    """A grid of days, and the chosen day's list."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        self.today = window.session.today
        self.day = self.today
        self.found: dict[dt.date, list[Dated]] = {}
        self.period = PeriodBar(MONTH, self.today)
        self.period.changed.connect(lambda _: self.load())
        self.head.addWidget(self.period)
        self.weekly = button("按周看", self._turn, icon="calendar-week")
        self.head.addWidget(self.weekly)
        self.head.addStretch()
        self.act("打印…", self.print_preview, icon="printer-outline", tip="Ctrl+P")
        self.grid = MonthGrid()
        self.grid.day_chosen.connect(self._show_day)
        self.part = Part("")
        self.list = ShortList(
            "这一天",
            (
                ListColumn("事项", 12, stretch=True), ListColumn("单位", 4.5, may_go=True),
                ListColumn("情况", 5.5, keep=True),
            ),
        )
        self.list.when_empty("这一天没有安排", "双击清单里的一行，打开那条记录。")
        self.list.opened.connect(self._open)
        self.part.put(self.list)
        row = QHBoxLayout()
        row.setSpacing(theme.sizes().gap)
        row.addWidget(self.grid, 7)
        row.addWidget(self.part, 3)
        self.body.addLayout(row, 1)
        self.starts_at(self.grid)
        self._wait = pause(self, 300, self.load)

    # ---- what the window asks of a page

    def refresh(self, change: Change | None) -> None:
        if self.isVisible():
            self._wait.start()

    def commands(self) -> list[Command]:
        return [
            Command("前一月或周", lambda: self.period.step(-1), "Alt+Left", NAME, "qyy"),
            Command("后一月或周", lambda: self.period.step(1), "Alt+Right", NAME, "hyy"),
        ]

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    def print_preview(self) -> None:
        """What the grid shows, day by day."""
        first, last = self._span()
        days = [day for day in sorted(self.found) if first <= day <= last]
        shown = [one for day in days for one in self.found[day]]
        rows = [
            (
                f"{one.day.month}月{one.day.day}日", one.title, one.ledger,
                self.session.unit_name(one.unit) if one.unit else "", one.word,
            )
            for one in shown
        ]
        words = f"{first.year}年{first.month}月{first.day}日至{last.month}月{last.day}日"
        text = [f"{words}，到期事项和会议、培训、演练 {len(rows)} 件。"]
        show_list(self.window_, "日程安排", text, COLUMNS, rows)

    # ---- reading

    def load(self) -> None:
        """Read what falls into the weeks that are shown."""
        first, last = self._span()
        begin = first - dt.timedelta(days=first.weekday())
        end = last + dt.timedelta(days=6 - last.weekday())
        session = self.session

        def read(job: Job) -> list[Dated]:
            return calendar_days.between(session, begin, end)

        self.jobs.read(read, self._take, failed=self.list.say_unread, owner=self, key="calendar")

    def _take(self, found: Sequence[Dated]) -> None:
        self.found = {}
        for one in found:
            self.found.setdefault(one.day, []).append(one)
        first, last = self._span()
        if not first <= self.day <= last:
            self.day = self.today if first <= self.today <= last else first
        begin = first - dt.timedelta(days=first.weekday())
        days = [begin + dt.timedelta(days=at) for at in range((last - begin).days + 8)]
        workdays = self.session.workdays
        notes = {day: workdays.name(day) for day in days} | {self.today: "今天"}
        free = [day for day in days if not workdays.is_workday(day)]
        self.grid.show_days(first, last, self.found, notes, free, self.day)
        self._show_day(self.day)

    def _span(self) -> tuple[dt.date, dt.date]:
        return self.period.period.first, self.period.period.last

    def _turn(self) -> None:
        """Between month and week."""
        week = self.period.shape == MONTH
        self.period.set_shape(WEEK if week else MONTH)
        self.weekly.setText("按月看" if week else "按周看")
        self.load()

    def _show_day(self, day: dt.date) -> None:
        self.day = day
        self.part.title.setText(f"{day.month}月{day.day}日")
        self.list.fill([
            Line(
                (one.kind, one.uid),
                (one.title, short_name(self.session, one.unit), (one.word, one.tone)), one,
            )
            for one in self.found.get(day, [])
        ])

    def _open(self) -> None:
        line = self.list.line()
        if line is not None:
            self.window_.open_record(*line.key)
