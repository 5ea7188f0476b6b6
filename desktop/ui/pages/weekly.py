"""一周一交卷: this week's batch by unit, what is still open from before, who has not answered; a
batch given out in a grid."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from db.domain import weekly
from db.model.periods import week_of
from db.store.journal import Change
from desktop.ui.bulletin.preview.sheet_preview import show_report
from desktop.ui.exchange.export_dialog import ask_and_export
from desktop.ui.field_editors.period_bar import WEEK, PeriodBar
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.work_parts import Notice, Part, Strip, WorkPage, short_name
from desktop.ui.lists.picked_list import PickedList
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of
from desktop.ui.record_form.grid_dialog import Grid, ask_rows
from desktop.ui.weekly.week import (
    ALL,
    WeekOverview,
    late_note,
    read_week,
    show_chase_list,
    show_unfinished,
    shown_week,
    unit_lines,
)

NAME = label_of("weekly")


class WeeklyPage(WorkPage):
    """Units on the left, the assignments of the chosen one on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session = window.session
        self.writable = session.may_write(weekly.KIND)
        self.kind = session.kinds.get(weekly.KIND)
        self.found: WeekOverview | None = None
        self.week = PeriodBar(WEEK, session.today, as_of=True)
        self.week.changed.connect(lambda _: self.load())
        self.head.addWidget(self.week)
        self.head.addStretch()
        self.chase_button = self.act(
            "催办清单…", self.chase_list, icon="bell-outline",
            tip="未交卷的单位和事项，看一看再打印",
        )
        self.act("打印…", self.print_preview, icon="printer-outline", tip="周交办清单（Ctrl+P）")
        self.give_button = self.act("交办一批…", self.new, "primary", "plus", "Ctrl+N")
        self.give_button.setVisible(self.writable)
        self.strip = Strip(
            ("本周交办", "blue"), ("结转来", "yellow"), ("周内交卷", "green"),
            ("周内办结", "green"), ("未交卷", "red"),
            ("单位", "grey"),
        )
        self.body.addWidget(self.strip)
        self.before = Notice()
        self.before.button("看是哪些", self.show_before, "link")
        self.carry_button = self.before.button("结转到本周", self.carry)
        self.body.addWidget(self.before)
        self.over = Notice()
        self.over.button("看下一周", lambda: self.week.step(1), "link")
        self.body.addWidget(self.over)
        self.units = ShortList(
            "各单位",
            (
                ListColumn("单位", 7, stretch=True),
                ListColumn("交办", 2, "number", keep=True),
                ListColumn("结转", 2, "number", keep=True, may_go=True),
                ListColumn("交卷", 2, "number", keep=True),
                ListColumn("办结", 2, "number", keep=True),
                ListColumn("未交卷", 5, keep=True),
            ),
        )
        self.items = PickedList(
            "本周事项",
            (
                ListColumn("交办事项", 16, stretch=True),
                ListColumn("单位", 7, "muted"),
                ListColumn("时限", 5.4, keep=True),
                ListColumn("状态", 4.4, keep=True),
            ),
        )
        left, self.right = Part("各单位"), Part("本周事项")
        left.put(self.units)
        self.only = self.right.button("只看未交卷的", self._only_missing)
        self.only.setCheckable(True)
        self.only.setProperty("class", "choice")
        self.remind_button = self.right.button(
            "开催办单…", self.remind, tip="给选中的（不选就是列出的）未交卷事项各开一张编号的催办单"
        )
        self.items.count_on(self.remind_button, lambda item: item.missing)
        self.remind_button.setVisible(self.writable)
        self.right.put(self.items)
        row = QHBoxLayout()
        row.setSpacing(theme.sizes().gap)
        row.addWidget(left, 11)
        row.addWidget(self.right, 12)
        self.body.addLayout(row, 1)
        self.units.chosen.connect(lambda _: self._show_items())
        self.units.opened.connect(lambda: self.items.setFocus())
        self.items.opened.connect(self._open)
        self.starts_at(self.units)
        text = "按 Ctrl+N 交办一批：在表格里填，或从 Excel 粘贴；一次交办，可以撤销。"
        self.items.when_empty("这一周没有交办事项", text)
        self.units.when_empty("这一周还没有交办", "")

    # ---- what the window asks of a page

    def shows(self, change: Change | None) -> bool:
        return change is None or not change.kinds.isdisjoint({self.kind.name, "unit"})

    def commands(self) -> list[Command]:
        section = NAME
        found = [
            Command("前一周", lambda: self.week.step(-1), "Alt+Left", section, "qyz"),
            Command("后一周", lambda: self.week.step(1), "Alt+Right", section, "hyz"),
            Command("催办清单", self.chase_list, "", section, "cbqd"),
        ]
        return [
            *found, Command("交办一批", self.new, "", section, "jbyp"),
            Command("结转到本周", self.carry, "", section, "jz"),
        ]

    def offers(self, what: str) -> bool:
        if what == "new":
            return self.writable
        return self.session.may("export") if what == "export" else what == "print_preview"

    def shown_numbers(self) -> list[ShownNumber]:
        return shown_week(self.strip, self.units, self.week.seen)

    def escape(self) -> None:
        self.items.clearSelection()

    def export(self) -> None:
        ask_and_export(self.window_, (self.kind.name,))

    # ---- reading

    def load(self) -> None:
        session, week, kind = self.session, self.week.seen, self.kind

        self.jobs.read(
            lambda job: read_week(session, week, kind), self._take, failed=self.window_.error,
            owner=self, key="weekly",
        )

    @property
    def late(self) -> str:
        """What is said when the last workday of the week is over; else nothing."""
        return late_note(self.session, self.week.period)

    def _take(self, found: WeekOverview) -> None:
        self.found = found
        first, last = self.week.period.first, self.week.period.last
        self.strip.say(0, f"{first.month}.{first.day}—{last.month}.{last.day} 交办")
        self.strip.fill((*found.sums, len(found.units)))
        self.chase_button.setEnabled(bool(found.sums[-1]))
        count = len(found.before)
        self.before.say(f"以前各周还有 {count} 件未交卷。" if count else "")
        self.carry_button.setVisible(self.writable)
        self.carry_button.setText(
            "结转到下一周" if self.late else
            "结转到这一周" if self.week.now.isEnabled() else "结转到本周"
        )
        self.over.say(self.late)
        self.units.fill(unit_lines(self.session, found))
        self._show_items()

    def _show_items(self) -> None:
        if self.found is None:
            return
        line = self.units.line()
        unit = line.key if line is not None else ALL
        shown = [
            i
            for i in self.found.items
            if unit in (ALL, i.unit) and (i.missing or not self.only.isChecked())
        ]
        self.right.title.setText(
            f"{short_name(self.session, unit) if unit else '全部单位'}　{len(shown)} 件"
        )
        self.items.fill([
            Line(
                i.uid,
                (
                    f"{i.title}（{i.origin}）" if i.origin else i.title,
                    short_name(self.session, i.unit), self._due(i.due), i.state,
                ), i,
            )
            for i in shown
        ])

    def _due(self, text: str) -> str:
        """A deadline without its year when that is the week's own."""
        return text.removeprefix(f"{self.week.period.last.year}-")

    def _only_missing(self) -> None:
        text = "大家都交卷了。" if self.only.isChecked() else ""
        self.items.when_empty(
            "没有这样的事项" if text else "这一周没有交办事项", text or "按 Ctrl+N 交办一批。"
        )
        self._show_items()

    def _open(self) -> None:
        line = self.items.line()
        if line is not None:
            self.window_.open_record(self.kind.name, line.key)

    def show_before(self) -> None:
        """What is still open from the weeks before."""
        show_unfinished(self.window_, self.found.before if self.found is not None else [])

    # ---- doing

    def carry(self) -> None:
        """Carry everything open from before into the week; one undo takes it back."""
        if not self.writable or self.found is None or not self.found.before:
            return
        session, week = self.session, self.week.period
        target = weekly.open_week(session, week).label
        self.jobs.write(
            lambda job: weekly.carry_over(session, week),
            lambda done: self.window_.toast(
                f"已把 {done} 件结转到{target}，原定时限留存。", undo=True
            ),
            failed=self.window_.error,
            owner=self,
            label="正在结转",
        )

    def new(self) -> None:
        """Give out a batch: a grid, filled by hand or pasted."""
        if not self.writable:
            return
        session, week = self.session, self.week.period
        ask_rows(self.window_, Grid(
            f"{weekly.open_week(session, week).label}交办一批", "交办", weekly.fields(session),
            weekly.KIND, lambda rows: weekly.give(session, week, rows), self._given,
            "一行一件，Enter 到下一行；可从 Excel 复制几行，在这里 Ctrl+V 粘贴。"
            + (self.late or "时限先填好了这一周最后一个工作日。"),
            weekly.start(session, week),
        ))  # fmt: skip

    def _given(self, made: list[str]) -> str:
        """What is said of a batch; the page goes to the week that it belongs to."""
        due = self.session.must_get(weekly.KIND, made[-1]).values[weekly.DUE]
        self.week.show_period(week_of(due))
        return f"已交办 {len(made)} 件，归{self.week.period.label}。"

    def remind(self) -> None:
        """A numbered reminder for each selected assignment without an answer, or for all shown."""
        missing = {i.uid for i in self.items.meant() if i.missing}
        units = self.found.units if self.found is not None else []
        records = [r for unit in units for r in unit.missing if r.uid in missing]
        if not records:
            self.window_.toast("选中的事项都已交卷，不用催办。")
            return
        text = "请按时限交卷；不能按时完成的，写明原因和下步打算。"
        title = f"给 {len(records)} 件未交卷的事项各开一张催办单"
        note = ask_text(self.window_, "开催办单", f"{title}，写明要求：", "开催办单", text=text)
        if note is None:
            return
        session = self.session
        self.jobs.write(
            lambda job: weekly.remind(session, records, note),
            lambda done: self.window_.toast(
                f"已开 {done} 张催办单，附在各事项下面；在“通报”里打印催办单。", undo=True
            ),
            failed=self.window_.error, owner=self, label="正在开催办单",
        )

    # ---- paper

    def print_preview(self) -> None:
        """周交办清单 as declared."""
        week = self.week.seen
        show_report(self.window_, f"{week.label}交办清单", "weekly_list", week.text)

    def chase_list(self) -> None:
        """Who has not answered, to be read out or handed round."""
        if self.found is not None:
            show_chase_list(self.window_, self.found.items, self.found.week)
