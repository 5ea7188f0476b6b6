"""The workdays of coming years, typed in from the yearly notice, with what the program understood
beside it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit

from db.errors import BadInput
from db.model.settings import WORKDAYS
from db.model.workdays import EnteredDay, Workdays, parse_days
from db.session import Session
from desktop.ui.kit import theme
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, hide_unless, label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

WEEK = "一二三四五六日"
EXAMPLE = (
    "照国务院办公厅的放假通知写，一行一段，例如：\n"
    "2027年1月1日至1月3日 休 元旦\n"
    "2027年2月6日 班\n"
    "同一年的后面几行可以不写年份。"
)


def known_until(calendar: Workdays, year: int) -> int | None:
    """The last year in a row, from the one before `year` on, whose holidays are known; None when
    none is."""
    last = None
    for each in range(year - 1, year + 20):
        if calendar.known(each):
            last = each
        elif each >= year:
            break
    return last


class CalendarCard(Card):
    """The office's own days: text on the left, the days it makes on the right; kept only when every
    line is understood."""

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__(
            "工作日历（本单位）",
            "按“工作日”算的时限用它。程序自带的法定节假日够不着的年份，在这里补。",
        )
        self.session, self.jobs, self.window_ = session, jobs, window
        size = theme.sizes()
        self._may = bool(session.may("settings"))
        self.known = label("", wrap=True)
        self.add(self.known)
        self.problem = label("", "problem")
        self.add(self.problem)
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText(EXAMPLE)
        self.text.setAccessibleName("工作日历")
        self.text.setTabChangesFocus(True)
        self.text.setReadOnly(not self._may)
        self.days = ShortList(
            "读出的日期",
            (
                ListColumn("日期", 7.5), ListColumn("星期", 2.5), ListColumn("情况", 2.5),
                ListColumn("名称", 4, stretch=True),
            ),
        )
        self.days.when_empty("还没有另填的日期", "左边写，右边马上看到读成了什么。")
        both = QHBoxLayout()
        both.setSpacing(size.gap)
        both.addWidget(self.text, 5)
        both.addWidget(self.days, 6)
        self.text.setMinimumHeight(size.line * 9)
        self.days.setMinimumHeight(size.line * 9)
        self.box.addLayout(both)
        self.summary = label("", "muted")
        self.keep_button = button("保存工作日历", self._keep)
        self.keep_button.setEnabled(False)
        hide_unless(self._may, self.keep_button)
        line = QHBoxLayout()
        line.addWidget(self.summary, 1)
        line.addWidget(self.keep_button)
        self.box.addLayout(line)
        self._wait = pause(self, 250, self._read)
        self.text.textChanged.connect(self._wait.start)
        self._kept = ""

    def load(self) -> None:
        """Show what is kept, unless something is being typed."""
        if self.text.toPlainText() == self._kept:
            self.jobs.read(self._fetch, self._show, owner=self, failed=self.window_.error)

    def _fetch(self, job: Job) -> tuple[str, int | None]:
        calendar = self.session.workdays
        return WORKDAYS.of(self.session.office), known_until(calendar, self.session.today.year)

    def _show(self, fetched: tuple[str, int | None]) -> None:
        self._kept, until = fetched
        if self.text.toPlainText() != self._kept:
            self.text.setPlainText(self._kept)
        year = self.session.today.year
        next_year = year + 1
        if until is None or until < year:
            said = f"{year} 年的节假日还不知道，现在只按周一至周五算，请尽快填写。"
        elif until == year:
            said = (
                f"节假日已知到 {year} 年。{next_year} 年的通知一般在 11 月发布，"
                "发布后请在这里填写。"
            )
        else:
            said = f"节假日已知到 {until} 年。"
        self.known.setText(said)
        self._read()

    def _read(self) -> None:
        """What is typed, as days; or what is not understood, line by line."""
        text = self.text.toPlainText()
        try:
            days = parse_days(text)
        except BadInput as error:
            self.problem.setText(error.message)
            self.problem.show()
            self.summary.setText("")
            self.keep_button.setEnabled(False)
            return
        self.problem.hide()
        self.days.fill([_line(day) for day in days])
        rest = sum(1 for day in days if not day.working)
        self.summary.setText(f"放假 {rest} 天，调休上班 {len(days) - rest} 天。" if days else "")
        self.keep_button.setEnabled(text != self._kept)

    def _keep(self) -> None:
        text = self.text.toPlainText()

        def done(_: Any) -> None:
            self._kept = text
            self.keep_button.setEnabled(False)
            self.window_.toast("工作日历已保存，时限和灯号按新的日历算。")
            self.load()

        self.jobs.write(
            lambda job: self.session.set_workdays(text), done, failed=self.window_.error, owner=self
        )


def _line(day: EnteredDay) -> Line:
    date = f"{day.day.year}年{day.day.month}月{day.day.day}日"
    word = ("班", "blue") if day.working else ("休", "green")
    return Line(day.day, (date, WEEK[day.day.weekday()], word, day.name))
