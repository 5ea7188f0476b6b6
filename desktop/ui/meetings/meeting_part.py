"""One meeting: its agenda, who came, what was decided, its minutes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from db.domain import meetings
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Head
from desktop.ui.kit.page import Page
from desktop.ui.kit.page_parts import button, hide_unless
from desktop.ui.kit.work_parts import Part, short_name
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.meetings import acts
from desktop.ui.meetings.minutes_editor import Minutes
from desktop.ui.meetings.one_meeting import OneMeeting, short_date

AGENDA, PEOPLE, DECISIONS, MINUTES = range(4)
TABS = ("议程", "参会", "决定", "纪要")
#: What is printed from each tab.
PAPERS = ("meeting_agenda", "sign_in_sheet", "meeting_minutes", "meeting_minutes")
TONES = ("green", "yellow", "blue", "red")


class MeetingPart(Part):
    """The chosen meeting in four tabs; what is done about it begins here."""

    def __init__(self, page: Page, writable: bool) -> None:
        super().__init__("", page)  # in its place from the start: it has much to be styled
        self._page_of, self.session, self.window_ = page, page.session, page.window_
        self.writable = writable
        self.found: OneMeeting | None = None
        self.sitting: meetings.Meeting | None = None
        size = theme.sizes()
        self.held_button = self.button("记为已举办", self.hold, icon="check")
        self.open_button = self.button("打开记录", self.open_meeting, "link")
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        for name in TABS:
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._show_tab)
        self.put(self.tabs, 0)
        self.stack = QStackedWidget(self)
        self.put(self.stack)
        self.agenda = ShortList(
            "议程",
            (
                ListColumn("议程", 5.4, keep=True),
                ListColumn("事项", 16, stretch=True),
                ListColumn("责任单位", 4.4, "muted", keep=True),
                ListColumn("时限", 5.4, keep=True),
                ListColumn("上会", 3.6, keep=True, may_go=True),
                ListColumn("情况", 6.4, keep=True),
            ),
        )
        self.agenda.when_empty(
            "没有要带上会的事项",
            "以前的决定都已办结，也没有未解决的问题。会上提出的问题，从“提出问题”登记。",
        )
        self.agenda.opened.connect(self._open_point)
        self.raise_button = button("提出问题…", self.raise_problems, icon="plus")
        self._tab(self.agenda, self.raise_button)
        self.people = ShortList(
            "参会人员",
            (
                ListColumn("单位", 7, stretch=True),
                ListColumn("姓名", 4, keep=True),
                ListColumn("职务", 6, "muted", stretch=True),
                ListColumn("身份", 3, "muted"),
                ListColumn("到会情况", 4.6, keep=True),
                ListColumn("请假说明", 7, "muted", stretch=True),
            ),
            several=True,
        )
        self.people.when_empty(
            "还没有参会名单", "沿用上次的名单，或添加人员；然后选中几个人，按数字键登记到会情况。"
        )
        self.status_buttons: list[QPushButton] = []
        for at, status in enumerate(meetings.statuses(self.session)):
            made = button(
                status.label, partial(self.tick, status.name), tip=f"数字键 {at + 1}"
            )
            self.status_buttons.append(made)
            keys = QShortcut(QKeySequence(str(at + 1)), self.people)
            keys.setContext(Qt.ShortcutContext.WidgetShortcut)
            keys.activated.connect(partial(self.tick, status.name))
        self.rest_button = button("其余到会", self.tick_rest, tip="还没有登记的人都记为到会")
        self.sign_in_button = button("签到表…", self.print_sign_in, tip="印出名单，当场签到")
        self.same_button = button("沿用上次名单", self.invite_as_before)
        self.invite_button = button("添加人员…", self.invite, icon="plus")
        self._offer(self.people, "修改…", self._open_seat, meetings.ATTENDANCE)
        self._tab(
            self.people, *self.status_buttons, self.rest_button, None, self.sign_in_button,
            self.same_button, self.invite_button,
        )
        self.decided = ShortList(
            "决定",
            (
                ListColumn("决定事项", 15, stretch=True),
                ListColumn("牵头单位", 4.4, "muted", keep=True),
                ListColumn("时限", 5.4, keep=True),
                ListColumn("交办情况", 6.4, keep=True),
            ),
            several=True,
        )
        self.decided.when_empty(
            "还没有登记决定",
            "会上定了什么，按“登记决定”逐条写下；一键转为交办事项，下次会先报告落实情况。",
        )
        self._offer(self.decided, "打开", self._open_decision, meetings.DECISION)
        self.make_button = button(
            "转为交办事项", self.make_items, "primary", tip="选中的，或全部还没有转的"
        )
        self.decide_button = button("登记决定…", self.decide, icon="plus")
        self._tab(self.decided, self.decide_button, None, self.make_button)
        self.minutes = Minutes(self.session, page.jobs, self.window_, self.writable)
        draft_button = button("起草", self.draft, tip="按议程、到会情况和决定写出一稿，接在后面")
        box = self._tab(self.minutes, draft_button, None, self.minutes.save_button)
        box.setContentsMargins(size.gap, size.gap, size.gap, size.gap)

    def _offer(self, chosen: ShortList, word: str, run: Callable[[], None], kind: str) -> None:
        """What Enter, Delete and the right button do in a list."""
        chosen.opened.connect(run)
        chosen.delete_asked.connect(lambda: self._remove(chosen, kind))
        chosen.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for text, act in (
            (f"{word}　Enter", chosen.opened.emit), ("删除　Delete", chosen.delete_asked.emit),
        ):
            if self.writable or act == chosen.opened.emit:
                entry = QAction(text, chosen)
                entry.triggered.connect(lambda _=False, act=act: act())
                chosen.addAction(entry)

    def _tab(self, widget: QWidget, *buttons: QPushButton | None) -> QVBoxLayout:
        """A tab: its buttons in a line, its list below. None is the gap between what is left and
        what is right."""
        size, page = theme.sizes(), QWidget(self.stack)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, size.gap // 2, 0, 0)
        box.setSpacing(size.gap // 2)
        bar = QWidget(page)
        bar.setContentsMargins(size.gap, 0, size.gap, 0)
        line = Head(bar, size.gap // 2)
        for one in buttons:
            if one is None:
                line.addStretch()
            else:
                line.addWidget(one)
        hide_unless(self.writable, bar)
        box.addWidget(bar)
        box.addWidget(widget, 1)
        self.stack.addWidget(page)
        return box

    # ---- showing

    def _fill_people(self, found: OneMeeting) -> None:
        labels = {
            s.name: (s.label, TONES[at % len(TONES)])
            for at, s in enumerate(meetings.statuses(self.session))
        }
        self.people.fill([
            Line(
                seat.uid,
                (
                    short_name(self.session, seat.unit), seat.name, seat.duty, seat.role,
                    labels.get(seat.status or "", ("", "grey")), _on_leave(seat),
                ), seat,
            )
            for seat in found.people
        ])  # fmt: skip

    def _fill_decisions(self, found: OneMeeting) -> None:
        year = self.session.today.year
        self.decided.fill([
            Line(
                d.uid,
                (d.title, short_name(self.session, d.unit), short_date(d.due, year), d.state), d,
            )
            for d in found.decisions
        ])

    def take(
        self, found: OneMeeting, sitting: meetings.Meeting | None, series: meetings.Series | None
    ) -> None:
        """Show a meeting that was read; none when nothing is chosen."""
        self.found, self.sitting = found, sitting
        self.title.setText(sitting.title if sitting is not None else "选一次会议")
        self.held_button.setVisible(sitting is not None and sitting.planned and self.writable)
        self.open_button.setVisible(sitting is not None)
        self.tabs.setVisible(sitting is not None)
        self.stack.setVisible(sitting is not None)
        self.raise_button.setVisible(self.writable and series is not None and series.takes_problems)
        self._fill_agenda(found)
        self._fill_people(found)
        self._fill_decisions(found)
        unmade = sum(1 for d in found.decisions if not d.made)
        self.make_button.setEnabled(bool(unmade))
        came = {s.name for s in meetings.statuses(self.session)[:2]}
        present = sum(seat.status in came for seat in found.people)
        for at, count in ((AGENDA, len(found.agenda)), (DECISIONS, len(found.decisions))):
            self.tabs.setTabText(at, f"{TABS[at]} {count}" if count else TABS[at])
        self.tabs.setTabText(
            PEOPLE, f"参会 {present}/{len(found.people)}" if found.people else "参会"
        )
        self.same_button.setVisible(self.writable and not found.people)
        self.rest_button.setEnabled(any(seat.status is None for seat in found.people))
        self.minutes.take(found.uid, found.text)

    def _fill_agenda(self, found: OneMeeting) -> None:
        words = {
            meetings.LAST: ("以前议定", "purple"), meetings.OPEN: ("未解决", "orange"),
            meetings.NEW: ("本次提出", "blue"),
        }
        lines, year = [], self.session.today.year
        for each in found.agenda:
            unit = short_name(self.session, each.unit)
            lines.append(
                Line(
                    each.uid,
                    (
                        words[each.part], each.title, unit, short_date(each.due, year),
                        f"第{each.times}次" if each.part != meetings.NEW else "", each.state,
                    ), each,
                )
            )
        self.agenda.fill(lines)

    def _show_tab(self, at: int) -> None:
        self.stack.setCurrentIndex(at)
        if (shown := self.stack.currentWidget()) is not None:
            shown.setFocus()

    # ---- opening

    def open_meeting(self) -> None:
        if self.sitting is not None:
            self.window_.open_record(meetings.MEETING, self.sitting.uid)

    def _open_point(self) -> None:
        line = self.agenda.line()
        if line is not None:
            self.window_.open_record(line.data.kind, line.data.uid)

    def _open_decision(self) -> None:
        line = self.decided.line()
        if line is not None:
            decided = line.data
            kind, uid = (
                (meetings.ITEM, decided.item) if decided.item else (meetings.DECISION, decided.uid)
            )
            self.window_.open_record(kind, uid)

    def _open_seat(self) -> None:
        """One person's line: another unit, another duty, how they came."""
        line = self.people.line()
        if line is not None and self.sitting is not None:
            acts.open_seat(self._page_of, self.sitting, line.key)

    # ---- doing

    def _remove(self, chosen: ShortList, kind: str) -> None:
        """The selected lines into the recycle bin, at once, with a way back."""
        if self.writable:
            acts.remove(self._page_of, kind, [line.key for line in chosen.selected()])

    def hold(self) -> None:
        """The meeting took place."""
        sitting, session = self.sitting, self.session
        if sitting is not None:
            self.minutes.save()
            self._page_of.write_and_tell(
                lambda: meetings.hold(session, sitting.uid), lambda _: "已记为已举办。", "正在登记"
            )

    def raise_problems(self) -> None:
        """Problems raised at the meeting."""
        if self.sitting is not None and self.raise_button.isVisibleTo(self):
            acts.raise_problems(self._page_of, self.sitting)

    def invite(self) -> None:
        """Further people."""
        if self.sitting is not None:
            acts.invite(self._page_of, self.sitting)

    def invite_as_before(self) -> None:
        """The people of the session before."""
        if self.sitting is not None:
            acts.invite_as_before(self._page_of, self.sitting)

    def tick(self, status: str) -> None:
        """How the selected people attended."""
        chosen = [line.key for line in self.people.selected()]
        if chosen and self.writable:
            acts.tick(self._page_of, chosen, status)

    def tick_rest(self) -> None:
        """Everybody else was there."""
        if self.sitting is not None:
            acts.tick_rest(self._page_of, self.sitting)

    def decide(self) -> None:
        """What was decided, line by line."""
        if self.sitting is not None:
            self.tabs.setCurrentIndex(DECISIONS)
            acts.decide(self._page_of, self.sitting)

    def make_items(self) -> None:
        """Decisions become assigned items: the selected ones, or all that have none."""
        chosen = self.decided.selected()
        if self.writable:
            lines = chosen if len(chosen) > 1 else self.decided.lines
            acts.make_items(self._page_of, [line.data for line in lines])

    def draft(self) -> None:
        """A first text of the minutes."""
        if self.sitting is not None:
            self.minutes.draft(self.sitting.uid)

    def print_preview(self) -> None:
        """What is in front: the agenda, the sheet to sign in, the minutes."""
        self._print(PAPERS[self.tabs.currentIndex()])

    def print_sign_in(self) -> None:
        """The list of people with room to sign."""
        self._print(PAPERS[PEOPLE])

    def _print(self, report: str) -> None:
        sitting, services = self.sitting, self.window_.services
        if sitting is not None:
            self.minutes.save(
                then=lambda: services.print_record(meetings.MEETING, sitting.uid, report)
            )


def _on_leave(seat: meetings.Seat) -> str:
    """Why, and who came instead."""
    instead = f"{seat.stand_in}代会" if seat.stand_in else ""
    return "，".join(filter(None, (seat.reason, instead)))
