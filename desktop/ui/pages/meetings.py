"""Meetings: series with cumulative numbers; of each session its agenda, who came, what was decided,
and the minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from db.domain import meetings, minutes
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.entries.editors import Surroundings
from desktop.ui.forms.children import edit_child
from desktop.ui.forms.grid_dialog import HINT, ask_rows
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Line, ListColumn, ShortList, button, label
from desktop.ui.kit.work_parts import Part, WorkPage, short_name
from desktop.ui.meetings.minutes_editor import Minutes
from desktop.ui.meetings.opening_dialog import OpeningDialog
from desktop.ui.pages import label_of

NAME = label_of("meetings")
AGENDA, PEOPLE, DECISIONS, MINUTES = range(4)
TABS = ("议程", "参会", "决定", "纪要")
TONES = ("green", "yellow", "blue", "red")
VIEW = "meetings"


@dataclass(frozen=True)
class Found:
    """One session, read."""

    uid: str
    agenda: list[meetings.AgendaLine] = field(default_factory=list)
    people: list[meetings.Seat] = field(default_factory=list)
    decisions: list[meetings.Decided] = field(default_factory=list)
    text: str = ""



class MeetingsPage(WorkPage):
    """Series and their sessions on the left, the chosen session on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session = window.session
        self.writable = session.may_write(meetings.MEETING)
        self.all: list[meetings.Series] = []
        self.found: Found | None = None
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
        self.sittings = ShortList(
            "各次会议",
            (
                ListColumn("次数", 3.6, stretch=True, keep=True), ListColumn("日期", 5, keep=True),
                ListColumn("状态", 4.6, keep=True),
            ),
        )
        left = Part("各次会议")
        left.put(self.sittings)
        left.setFixedWidth(theme.sizes().chars(14.6) + theme.sizes().gap * 7)
        row = QHBoxLayout()
        row.setSpacing(theme.sizes().gap)
        row.addWidget(left)
        row.addWidget(self._right(), 1)
        self.body.addLayout(row, 1)
        self.sittings.chosen.connect(lambda _: self._read())
        self.sittings.opened.connect(self._open_meeting)
        self.sittings.empty.clicked.connect(self.new)
        self.setFocusProxy(self.sittings)

    # ---- building
    # -------------------------------------------------------------------------------------------

    def _right(self) -> QWidget:
        size = theme.sizes()
        self.right = Part("")
        self.held_button = self.right.button("记为已举办", self.hold, icon="check")
        self.open_button = self.right.button("打开记录", self._open_meeting, "link")
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        for name in TABS:
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._show_tab)
        self.right.put(self.tabs, 0)
        self.stack = QStackedWidget()
        self.right.put(self.stack)
        self.agenda = ShortList(
            "议程",
            (
                ListColumn("议程", 5.4, keep=True),
                ListColumn("事项", 16, stretch=True),
                ListColumn("责任单位", 4.4, "muted", keep=True),
                ListColumn("时限", 4.2, keep=True),
                ListColumn("情况", 6.4, keep=True),
            ),
        )
        self.agenda.when_empty(
            "没有要带上会的事项",
            "上次的决定都已办结，也没有未解决的问题。会上提出的问题，从“提出问题”登记。",
        )
        self.agenda.opened.connect(self._open_point)
        self.raise_button = button("提出问题…", self.raise_problems, icon="plus")
        self._page(self.agenda, self.raise_button)
        self.people = ShortList(
            "参会人员",
            (
                ListColumn("单位", 7, stretch=True),
                ListColumn("姓名", 4, keep=True),
                ListColumn("职务", 6, "muted", stretch=True),
                ListColumn("身份", 3, "muted"),
                ListColumn("到会情况", 4.6, keep=True),
            ),
            several=True,
        )
        self.people.when_empty(
            "还没有参会名单", "沿用上次的名单，或添加人员；然后选中几个人，按数字键登记到会情况。"
        )
        self.status_buttons: list[QPushButton] = []
        for at, status in enumerate(meetings.statuses(self.session)):
            made = button(
                status.label, lambda name=status.name: self.tick(name), tip=f"数字键 {at + 1}"
            )
            self.status_buttons.append(made)
            keys = QShortcut(QKeySequence(str(at + 1)), self.people)
            keys.setContext(Qt.ShortcutContext.WidgetShortcut)
            keys.activated.connect(lambda name=status.name: self.tick(name))
        self.same_button = button("沿用上次名单", self.invite_as_before)
        self.invite_button = button("添加人员…", self.invite, icon="plus")
        self._offer(self.people, "修改…", self._open_seat, meetings.ATTENDANCE)
        self._page(self.people, *self.status_buttons, None, self.same_button, self.invite_button)
        self.decided = ShortList(
            "决定",
            (
                ListColumn("决定事项", 15, stretch=True),
                ListColumn("牵头单位", 4.4, "muted", keep=True),
                ListColumn("时限", 4.2, keep=True),
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
        self._page(self.decided, self.decide_button, None, self.make_button)
        self.minutes = Minutes(self.session, self.jobs, self.window_, self.writable)
        draft_button = button("起草", self.draft, tip="按议程、到会情况和决定写出一稿，接在后面")
        page = self._page(self.minutes, draft_button, None, self.minutes.save_button)
        page.layout().setContentsMargins(size.gap, size.gap, size.gap, size.gap)
        return self.right

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

    def _page(self, widget: QWidget, *buttons: QPushButton | None) -> QWidget:
        """A tab: its buttons in a line, its list below. None is the gap between what is left and
        what is right."""
        size, page = theme.sizes(), QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, size.gap // 2, 0, 0)
        box.setSpacing(size.gap // 2)
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(size.gap, 0, size.gap, 0)
        line.setSpacing(size.gap // 2)
        for one in buttons:
            if one is None:
                line.addStretch(1)
            else:
                line.addWidget(one)
        if None not in buttons:
            line.addStretch(1)
        bar.setVisible(self.writable)
        box.addWidget(bar)
        box.addWidget(widget, 1)
        self.stack.addWidget(page)
        return page

    # ---- what the window asks of a page
    # ---------------------------------------------------------------------

    def shown(self) -> None:
        self.load()
        self.sittings.setFocus()

    def refresh(self, change: Any) -> None:
        kinds = {
            meetings.SERIES, meetings.MEETING, meetings.ATTENDANCE, meetings.DECISION,
            meetings.PROBLEM, meetings.ITEM,
        }
        if self.isVisible() and (change is None or kinds & set(change.kinds)):
            self.load()

    def leave(self) -> bool:
        self.minutes.keep()
        return True

    def commands(self) -> list[Command]:
        section = NAME
        keys = ("Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4")
        found = [
            Command(f"到{name}", lambda at=at: self.tabs.setCurrentIndex(at), key, section)
            for at, (name, key) in enumerate(zip(TABS, keys, strict=True))
        ]
        if self.writable:
            found += [
                Command("登记决定", self.decide, "", section, "djjd"),
                Command("决定转为交办事项", self.make_items, "", section, "jdzjb"),
                Command("会上提出问题", self.raise_problems, "", section, "tcwt"),
            ]
        return found

    def offers(self, what: str) -> bool:
        return what == "print_preview" or (what in ("new", "save") and self.writable)

    # ---- reading
    # --------------------------------------------------------------------------------------------

    @property
    def sitting(self) -> meetings.Sitting | None:
        """The chosen session."""
        line = self.sittings.line()
        return line.data if line is not None else None

    @property
    def chosen_series(self) -> meetings.Series | None:
        return next((s for s in self.all if s.uid == self.series.currentData()), None)

    def load(self) -> None:
        session = self.session
        kept = self.series.currentData() or self.window_.settings.view(VIEW).get("series")

        def read(job: Job) -> tuple[list[meetings.Series], str | None, list[meetings.Sitting]]:
            found = meetings.series(session)
            uid = next((s.uid for s in found if s.uid == kept), found[0].uid if found else None)
            return found, uid, meetings.sessions(session, uid) if uid else []

        self.jobs.read(
            read, lambda found: self._take_series(*found), failed=self.window_.error, owner=self,
            key="meetings",
        )

    def _take_series(
        self, found: list[meetings.Series], uid: str | None, sittings: list[meetings.Sitting]
    ) -> None:
        self.all = found
        self.series.clear()
        for each in found:
            self.series.addItem(each.name, each.uid)
        self.series.setCurrentIndex(max(0, self.series.findData(uid)))
        self.series.setEnabled(bool(found))
        chosen = self.chosen_series
        if chosen is None:
            self.about.setText("")
            word = "去建会议系列" if self.writable else ""
            self.sittings.when_empty(
                "还没有会议系列", "先在“会议系列”里建一个，如重点项目周例会。", word
            )
        else:
            self.sittings.when_empty(
                "还没有开过", "按 Ctrl+N 新开一次，次数接着上一次。",
                "新开一次" if self.writable else "",
            )
            problems = f"，{chosen.open_problems} 个问题没有解决" if chosen.open_problems else ""
            planned = sum(1 for each in sittings if each.planned)
            coming = f"，{planned} 次在计划中" if planned else ""
            self.about.setText(f"到第 {chosen.last} 次{coming}{problems}")
        lines = []
        for each in sittings:
            number = f"第{each.number}次" if each.number else each.title
            lines.append(
                Line(each.uid, (number, _day(each.day, self.session.today.year), each.state), each)
            )
        self.sittings.fill(lines)
        if self._wanted is not None:
            at = next((i for i, line in enumerate(lines) if line.key == self._wanted), None)
            self._wanted = None
            if at is not None:
                self.sittings.selectRow(at)
        self._read()

    def _other_series(self) -> None:
        self.minutes.keep()
        self.window_.settings.set_view(VIEW, {"series": self.series.currentData()})
        self.load()

    def _make_series(self) -> None:
        page = self.window_.open_ledger(meetings.SERIES)
        if page is not None:
            page.new()

    def _read(self) -> None:
        session, sitting = self.session, self.sitting
        if sitting is None:
            self._take(Found(""))
            return
        if self.found is not None and sitting.uid != self.found.uid:
            self.minutes.keep()
        uid = sitting.uid

        def read(job: Job) -> Found:
            return Found(
                uid,
                meetings.agenda(session, uid),
                meetings.attendance(session, uid),
                meetings.decisions(session, uid),
                minutes.written(session, uid),
            )

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key="meetings.one")

    def _take(self, found: Found) -> None:
        self.found = found
        sitting = self.sitting
        self.right.title.setText(sitting.title if sitting is not None else "选一次会议")
        self.held_button.setVisible(sitting is not None and sitting.planned and self.writable)
        self.open_button.setVisible(sitting is not None)
        self.tabs.setVisible(sitting is not None)
        self.stack.setVisible(sitting is not None)
        self.print_button.setEnabled(sitting is not None)
        chosen = self.chosen_series
        self.raise_button.setVisible(self.writable and chosen is not None and chosen.takes_problems)
        self._fill_agenda(found)
        labels = {
            s.name: (s.label, TONES[at % len(TONES)])
            for at, s in enumerate(meetings.statuses(self.session))
        }
        people = []
        for seat in found.people:
            status = labels.get(seat.status or "", ("", "grey"))
            people.append(
                Line(
                    seat.uid,
                    (short_name(self.session, seat.unit), seat.name, seat.duty, seat.role, status),
                    seat,
                )
            )
        self.people.fill(people)
        self.decided.fill([
            Line(
                d.uid,
                (
                    d.title, short_name(self.session, d.unit),
                    _short(d.due, self.session.today.year), d.state,
                ), d,
            )
            for d in found.decisions
        ])
        unmade = sum(1 for d in found.decisions if not d.made)
        self.make_button.setEnabled(bool(unmade))
        present = sum(
            1
            for seat in found.people
            if seat.status in [s.name for s in meetings.statuses(self.session)][:2]
        )
        for at, count in ((AGENDA, len(found.agenda)), (DECISIONS, len(found.decisions))):
            self.tabs.setTabText(at, f"{TABS[at]} {count}" if count else TABS[at])
        self.tabs.setTabText(
            PEOPLE, f"参会 {present}/{len(found.people)}" if found.people else "参会"
        )
        self.same_button.setVisible(self.writable and not found.people)
        self.minutes.take(found.uid, found.text)

    def _fill_agenda(self, found: Found) -> None:
        words = {
            meetings.LAST: ("上次议定", "purple"), meetings.OPEN: ("未解决", "orange"),
            meetings.NEW: ("本次提出", "blue"),
        }
        lines, year = [], self.session.today.year
        for each in found.agenda:
            unit = short_name(self.session, each.unit)
            lines.append(
                Line(
                    each.uid,
                    (words[each.part], each.title, unit, _short(each.due, year), each.state), each,
                )
            )
        self.agenda.fill(lines)

    def _show_tab(self, at: int) -> None:
        self.stack.setCurrentIndex(at)
        self.stack.currentWidget().setFocus()

    # ---- opening
    # --------------------------------------------------------------------------------------------

    def _open_meeting(self) -> None:
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
        line, sitting = self.people.line(), self.sitting
        if line is None or sitting is None:
            return
        session, uid = self.session, line.key
        around = Surroundings(session, self.jobs, self.window_)
        self.jobs.read(
            lambda job: session.get(meetings.ATTENDANCE, uid),
            lambda record: record
            and edit_child(self.window_, around, meetings.ATTENDANCE, sitting.uid, record),
            failed=self.window_.error,
            owner=self,
        )

    # ---- doing
    # ----------------------------------------------------------------------------------------------

    def _remove(self, chosen: ShortList, kind: str) -> None:
        """The selected lines into the recycle bin, at once, with a way back."""
        session, uids, label = (
            self.session, [line.key for line in chosen.selected()],
            self.session.kinds.get(kind).label,
        )

        def delete() -> int:
            with session.atomic("form", f"删除{label} {len(uids)} 条"):
                for uid in uids:
                    session.delete(kind, uid)
            return len(uids)

        if uids and self.writable:
            self._write(delete, lambda count: f"已删除{label} {count} 条。", "正在删除")

    def _write(self, work: Any, told: Any, label: str, undo: bool = True) -> None:
        self.jobs.write(
            lambda job: work(),
            lambda result: self.window_.toast(told(result), undo=undo),
            failed=self.window_.error,
            owner=self,
            label=label,
        )

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

    def hold(self) -> None:
        """The meeting took place."""
        sitting, session = self.sitting, self.session
        if sitting is not None:
            self.minutes.keep()
            self._write(
                lambda: meetings.hold(session, sitting.uid), lambda _: "已记为已举办。", "正在登记"
            )

    def raise_problems(self) -> None:
        """Problems raised at the meeting."""
        sitting, session = self.sitting, self.session
        if sitting is None or not self.raise_button.isVisibleTo(self):
            return
        ask_rows(
            self.window_, f"{sitting.title}："
                f"提出问题", "登记", HINT + "写明牵头部门和时限的，登记后就交办下去。",
            meetings.fields(session, meetings.PROBLEM, meetings.PROBLEMS), meetings.PROBLEM,
            lambda rows: meetings.raise_problems(session, sitting.uid, rows), lambda made: f"已登记 {len(made)} 个问题。",
            under=sitting.uid,
        )  # fmt: skip

    def invite(self) -> None:
        """Further people."""
        sitting, session = self.sitting, self.session
        if sitting is not None:
            ask_rows(
                self.window_, "添加参会人员", "添加", HINT,
                meetings.fields(session, meetings.ATTENDANCE, meetings.PEOPLE), meetings.ATTENDANCE,
                lambda rows: meetings.invite(session, sitting.uid, rows), lambda count: f"已添加 {count} 人。", under=sitting.uid,
            )  # fmt: skip

    def invite_as_before(self) -> None:
        """The people of the session before."""
        sitting, session = self.sitting, self.session
        if sitting is not None:
            self._write(
                lambda: meetings.invite_as_before(session, sitting.uid),
                lambda count: f"已带来 {count} 人。",
                "正在带名单",
            )

    def tick(self, status: str) -> None:
        """How the selected people attended."""
        session = self.session
        chosen = [line.key for line in self.people.selected()]
        if chosen and self.writable:

            def told(count: int) -> None:
                # with nothing written there is nothing to take back: 撤销 would take back the step
                # before
                self.window_.toast(
                    f"已登记 {count} 人。" if count else "选中的人已经这样登记了。",
                    undo=bool(count),
                )

            self.jobs.write(
                lambda job: meetings.tick(session, chosen, status),
                told,
                failed=self.window_.error,
                owner=self,
                label="正在登记",
            )

    def decide(self) -> None:
        """What was decided, line by line."""
        sitting, session = self.sitting, self.session
        if sitting is None:
            return
        self.tabs.setCurrentIndex(DECISIONS)
        ask_rows(
            self.window_, f"{sitting.title}：登记决定", "登记", HINT,
            meetings.fields(session, meetings.DECISION, meetings.DECISIONS), meetings.DECISION,
            lambda rows: meetings.decide(session, sitting.uid, rows), lambda made: f"已登记 {len(made)} 项决定。", under=sitting.uid,
        )  # fmt: skip

    def make_items(self) -> None:
        """Decisions become assigned items: the selected ones, or all that have none."""
        session = self.session
        chosen = [line.data for line in self.decided.selected()]
        if len(chosen) < 2:
            chosen = [line.data for line in self.decided.lines]
        wanted = [d.uid for d in chosen if not d.made]
        if not wanted or not self.writable:
            return

        def told(counts: tuple[int, int]) -> str:
            made, assigned = counts
            waiting = (
                f"，其中 {made - assigned} 件缺单位、时限或时限已过，留在拟办"
                if made > assigned
                else ""
            )
            return f"已转为 {made} 件交办事项{waiting}。"

        self._write(lambda: meetings.make_items(session, wanted), told, "正在转交办")

    # ---- minutes and paper
    # ----------------------------------------------------------------------------------

    def draft(self) -> None:
        """A first text of the minutes."""
        if self.sitting is not None:
            self.minutes.draft(self.sitting.uid)

    def save(self) -> None:
        """Keep the minutes."""
        self.minutes.keep(say=True)

    def print_preview(self) -> None:
        """The minutes when they are in front and written, else the agenda."""
        sitting, found, session = self.sitting, self.found, self.session
        if sitting is None or found is None:
            return
        text = self.minutes.toPlainText().strip()
        if self.tabs.currentIndex() == MINUTES and text:
            title, lines, rows = f"{sitting.title}纪要", text.splitlines(), []
        else:
            title, rows = f"{sitting.title}议程", [
                (str(n), meetings.PARTS[a.part], a.title, short_name(session, a.unit), a.due, a.state[0])
                for n, a in enumerate(found.agenda, start=1)
            ]  # fmt: skip
            day = (
                f"{sitting.day.year}年{sitting.day.month}月{sitting.day.day}日"
                if sitting.day
                else ""
            )
            lines = [f"时间：{day}"] if day else []
        columns = (
            ("序号", 0.07), ("议程", 0.17), ("事项", None), ("责任单位", 0.15), ("时限", 0.14),
            ("情况", 0.11),
        )
        show_list(self.window_, title, lines, columns, rows, size=10.5)


def _short(day: str, year: int) -> str:
    """A date as kept (2022-09-05) without its year when that is this one."""
    return day.removeprefix(f"{year}-")


def _day(day: Any, year: int) -> str:
    """A day in few characters: without its year when that is this one."""
    if day is None:
        return ""
    return f"{day.month}月{day.day}日" if day.year == year else f"{day.year}.{day.month}.{day.day}"
