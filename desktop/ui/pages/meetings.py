"""Meetings: series with cumulative numbers; of each session its agenda, who came, what was decided,
and the minutes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout

from db.domain import meetings, minutes
from db.store.journal import Change
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import label
from desktop.ui.kit.work_parts import Part, WorkPage
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.meetings.meeting_part import AGENDA, TABS, MeetingPart
from desktop.ui.meetings.one_meeting import OneMeeting, short_day
from desktop.ui.meetings.opening_dialog import OpeningDialog
from desktop.ui.pages import label_of

NAME = label_of("meetings")
VIEW = "meetings"


class MeetingsPage(WorkPage):
    """Series and their sessions on the left, the chosen session on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session = window.session
        self.writable = session.may_write(meetings.MEETING)
        self.all: list[meetings.Series] = []
        self.found: OneMeeting | None = None
        self._wanted: str | None = None
        self.series = QComboBox()
        self.series.setAccessibleName("会议系列")
        self.series.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.series.setMinimumWidth(theme.sizes().chars(13))
        self.series.activated.connect(lambda _: self._other_series())
        self.head.addWidget(self.series)
        self.about = label("", "muted", wrap=False)
        self.head.addWidget(self.about, 1)
        self.print_button = self.act(
            "打印…", self.print_preview, icon="printer-outline", tip="议程或纪要（Ctrl+P）"
        )
        self.new_button = self.act("新开一次…", self.new, "primary", "plus", "Ctrl+N")
        self.new_button.setVisible(self.writable)

    def parts(self) -> Iterator[object]:
        self.sittings = ShortList(
            "各次会议",
            (
                ListColumn("次数", 3.6, stretch=True, keep=True), ListColumn("日期", 5, keep=True),
                ListColumn("状态", 4.6, keep=True),
            ),
        )
        left = Part("各次会议", self)
        left.put(self.sittings)
        left.setFixedWidth(theme.sizes().chars(14.6) + theme.sizes().gap * 7)
        row = QHBoxLayout()
        row.setSpacing(theme.sizes().gap)
        row.addWidget(left)
        self.body.addLayout(row, 1)
        yield left
        self.meeting = MeetingPart(self, self.writable)
        yield self.meeting
        self.tabs, self.minutes = self.meeting.tabs, self.meeting.minutes
        row.addWidget(self.meeting, 1)
        self.sittings.chosen.connect(lambda _: self._read())
        self.sittings.opened.connect(self.meeting.open_meeting)
        self.sittings.empty.clicked.connect(self.new)
        self.starts_at(self.sittings)

    # ---- what the window asks of a page

    def shows(self, change: Change | None) -> bool:
        kinds = {
            meetings.SERIES, meetings.MEETING, meetings.ATTENDANCE, meetings.DECISION,
            meetings.PROBLEM, meetings.ITEM,
        }
        return change is None or not kinds.isdisjoint(change.kinds)

    def leave(self) -> bool:
        self.minutes.save()
        return True

    def commands(self) -> list[Command]:
        section = NAME
        keys = ("Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4")
        found = [
            Command(f"到{name}", partial(self.tabs.setCurrentIndex, at), key, section)
            for at, (name, key) in enumerate(zip(TABS, keys, strict=True))
        ]
        if self.writable:
            found += [
                Command("登记决定", self.meeting.decide, "", section, "djjd"),
                Command("决定转为交办事项", self.meeting.make_items, "", section, "jdzjb"),
                Command("会上提出问题", self.meeting.raise_problems, "", section, "tcwt"),
            ]
        return found

    def offers(self, what: str) -> bool:
        return what == "print_preview" or (what in ("new", "save") and self.writable)

    # ---- reading

    @property
    def sitting(self) -> meetings.Meeting | None:
        """The chosen session."""
        line = self.sittings.line()
        return line.data if line is not None else None

    @property
    def chosen_series(self) -> meetings.Series | None:
        return next((s for s in self.all if s.uid == self.series.currentData()), None)

    def load(self) -> None:
        session = self.session
        kept = self.series.currentData() or self.window_.settings.view(VIEW).get("series")

        def read(job: Job) -> tuple[list[meetings.Series], str | None, list[meetings.Meeting]]:
            found = meetings.series(session)
            uid = next((s.uid for s in found if s.uid == kept), found[0].uid if found else None)
            return found, uid, meetings.meetings_of_series(session, uid) if uid else []

        self.jobs.read(
            read, lambda found: self._take_series(*found), failed=self.window_.error, owner=self,
            key="meetings",
        )

    def _take_series(
        self, found: list[meetings.Series], uid: str | None, sittings: list[meetings.Meeting]
    ) -> None:
        self.all = found
        self.series.clear()
        for one in found:
            self.series.addItem(one.name, one.uid)
        self.series.setCurrentIndex(max(0, self.series.findData(uid)))
        self.series.setEnabled(bool(found))
        self._say_series(self.chosen_series, sittings)
        lines = []
        for each in sittings:
            number = f"第{each.number}次" if each.number else each.title
            lines.append(
                Line(
                    each.uid,
                    (number, short_day(each.day, self.session.today.year), each.state),
                    each,
                )
            )
        self.sittings.fill(lines)
        if self._wanted is not None:
            at = next((i for i, line in enumerate(lines) if line.key == self._wanted), None)
            self._wanted = None
            if at is not None:
                self.sittings.selectRow(at)
        self._read()

    def _say_series(self, chosen: meetings.Series | None, sittings: list[meetings.Meeting]) -> None:
        """How far the chosen series is, and what is said where nothing was held yet."""
        if chosen is None:
            self.about.setText("")
            word = "去建会议系列" if self.writable else ""
            self.sittings.when_empty(
                "还没有会议系列", "先在“会议系列”里建一个，如重点项目周例会。", word
            )
            return
        word = "新开一次" if self.writable else ""
        self.sittings.when_empty("还没有开过", "按 Ctrl+N 新开一次，次数接着上一次。", word)
        problems = f"，{chosen.open_problems} 个问题没有解决" if chosen.open_problems else ""
        planned = sum(1 for each in sittings if each.planned)
        coming = f"，{planned} 次在计划中" if planned else ""
        self.about.setText(f"到第 {chosen.last} 次{coming}{problems}")

    def _take(self, found: OneMeeting) -> None:
        self.found = found
        self.print_button.setEnabled(self.sitting is not None)
        self.meeting.take(found, self.sitting, self.chosen_series)

    def _other_series(self) -> None:
        self.minutes.save()
        self.window_.settings.set_view(VIEW, {"series": self.series.currentData()})
        self.load()

    def _make_series(self) -> None:
        page = self.window_.open_ledger(meetings.SERIES)
        if page is not None:
            page.new()

    def _read(self) -> None:
        session, sitting = self.session, self.sitting
        if sitting is None:
            self._take(OneMeeting(""))
            return
        if self.found is not None and sitting.uid != self.found.uid:
            self.minutes.save()
        uid = sitting.uid

        def read(job: Job) -> OneMeeting:
            return OneMeeting(
                uid,
                meetings.agenda(session, uid),
                meetings.attendance(session, uid),
                meetings.decisions(session, uid),
                minutes.written(session, uid),
            )

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key="meetings.one")

    # ---- doing

    def new(self) -> None:
        """Open the next session of the series, with the next number proposed."""
        series = self.chosen_series
        if not self.writable:
            return
        if series is None:
            self._make_series()
            return
        session = self.session

        def ask(values: dict[str, Any]) -> None:
            dialog = OpeningDialog(self, series.name, series.uid, values)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

        self.jobs.read(
            lambda job: meetings.propose(session, series.uid), ask, failed=self.window_.error,
            owner=self,
        )

    def opened(self, uid: str, title: str) -> None:
        """A session was opened: show it."""
        self._wanted = uid
        self.tabs.setCurrentIndex(AGENDA)
        self.window_.toast(f"已新开{title}：议程和参会名单已经带过来。", undo=True)
        self.load()

    def save(self) -> None:
        """Keep the minutes."""
        self.minutes.save(say=True)

    def print_preview(self) -> None:
        self.meeting.print_preview()
