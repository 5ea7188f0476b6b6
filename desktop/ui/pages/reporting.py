"""定期报告: which items have to be reported on by now, whose report has not come, and the one step
by which it is chased."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QHBoxLayout

from db.domain import owed_reports
from db.domain.owed_reports import WANTED, DueReport
from db.metrics import metrics
from db.metrics.metrics import Number
from db.metrics.report_due_days import RHYTHMS, STATES
from db.model.dates import chinese_date
from desktop.tasks import chase_reports
from desktop.ui.bulletin.preview.sheet_preview import show_list, write_list
from desktop.ui.exchange.destinations import folder_text, show_folder
from desktop.ui.field_editors.as_of import AsOfChoice, PastNotice
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.work_parts import Part, Strip, WorkPage, short_name
from desktop.ui.lists.picked_list import PickedList
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.office.rhythm_dialog import RhythmDialog
from desktop.ui.pages import label_of

NAME = label_of("reporting")
ALL = ""
TONES = {
    "missing": "red", "waiting": "yellow", "late": "orange", "nothing_new": "grey", "news": "green",
}
STRIP = (
    "reports_due", "reports_on_time", "reports_nothing_new", "reports_late", "reports_missing",
    "reports_waiting",
)
COLOURS = ("blue", "green", "grey", "orange", "red", "yellow")


class ReportingPage(WorkPage):
    """The units at the left, their items at the right; what is missing first."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session, size = window.session, theme.sizes()
        self.found: list[DueReport] | None = None
        self.numbers: dict[str, Number] = {}
        self.rhythm = QComboBox()
        self.rhythm.setAccessibleName("报告节奏")
        self.rhythm.addItem("全部节奏", ALL)
        for name, label in RHYTHMS.items():
            self.rhythm.addItem(label, name)
        self.rhythm.activated.connect(lambda _: self._fill())
        self.head.addWidget(self.rhythm)
        self.as_of = AsOfChoice(session.today)
        self.as_of.always(session.today)
        self.as_of.chosen.connect(self.load)
        self.head.addWidget(self.as_of)
        self.head.addStretch()
        self.set_button = self.act("各类节奏…", self.set_rhythms, tip="A、B、C 类各按什么节奏报告")
        self.set_button.setVisible(session.may("settings"))
        self.chase_button = self.act(
            "催报单和工作簿…", self.chase, "primary", "",
            "给每个欠报的单位写一张催报单、一个工作簿，放在一个文件夹里",
        )
        self.chase_button.setVisible(session.may("export") and session.may("print"))
        words = (metrics.declared(session).get(name).label for name in STRIP)
        self.strip = Strip(*zip(words, COLOURS, strict=True))
        self.body.addWidget(self.strip)
        self.past = PastNotice(self.as_of)
        self.body.addWidget(self.past)
        self.units = ShortList(
            "各单位",
            (
                ListColumn("单位", 8, stretch=True), ListColumn("应报", 2.6, "number", keep=True),
                ListColumn("未报", 2.6, "number", keep=True),
            ),
        )
        self.items = PickedList(
            "事项",
            (
                ListColumn("事项", 16, stretch=True), ListColumn("单位", 7, "muted"),
                ListColumn("节奏", 3, keep=True), ListColumn("应报告", 5, keep=True),
                ListColumn("情况", 5.4, keep=True), ListColumn("上次报告", 5, "muted", may_go=True),
            ),
        )
        left, self.right = Part("各单位"), Part("事项")
        left.put(self.units)
        self.only = self.right.button("只看未报的", self._fill)
        self.only.setCheckable(True)
        self.only.setProperty("class", "choice")
        self.remind_button = self.right.button(
            "开催办单…", self.remind, tip="给选中的（不选就是列出的）未报事项各开一张编号的催办单"
        )
        self.items.count_on(self.remind_button, self._owed)
        self.right.put(self.items)
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(left, 8)
        row.addWidget(self.right, 17)
        self.body.addLayout(row, 1)
        self.units.chosen.connect(lambda _: self._show_items())
        self.units.opened.connect(lambda: self.items.setFocus())
        self.items.opened.connect(self._open)
        self.units.when_empty("没有要定期报告的事项", "")
        self.items.when_empty(
            "没有要定期报告的事项", "在事项的表单里填“报告类别”（A类、B类、C类），到期就列在这里。"
        )
        self.starts_at(self.units)

    # ---- what the window asks of a page

    def shown(self) -> None:
        self.as_of.always(self.session.today)
        super().shown()

    def commands(self) -> list[Command]:
        return [
            Command("催报单和工作簿", self.chase, "", NAME, "cbd"),
            Command("开催办单", self.remind, "", NAME, "kcbd"),
        ]

    def escape(self) -> None:
        self.items.clearSelection()

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    def shown_numbers(self) -> list[ShownNumber]:
        asked = metrics.ScopeKeywords(as_of=self.as_of.day)
        numbers = zip(self.strip.numbers, STRIP, strict=True)
        found = [ShownNumber(text, name, asked) for text, name in numbers]
        whole = self.rhythm.currentData() == ALL and not self.only.isChecked()
        for line in self.units.lines if whole else ():
            of = ("unit", line.key) if line.key else None
            found += [
                ShownNumber(str(line.cells[place]), name, asked, of)
                for place, name in ((1, "reports_due"), (2, "reports_missing"))
            ]
        return found

    # ---- reading

    def load(self) -> None:
        session, day = self.session, self.as_of.day

        def read(job: Job) -> dict[str, Number]:
            return metrics.count(session, STRIP, as_of=day)

        def take(numbers: dict[str, Number]) -> None:
            self.numbers = numbers
            self.past.show_day(day)
            self.strip.fill([numbers[name].value or 0 for name in STRIP])
            self.jobs.read(
                lambda job: owed_reports.reports_due(session, day), self._take,
                failed=self.window_.error, owner=self, key="reporting",
            )

        self.jobs.read(read, take, failed=self.window_.error, owner=self, key="reporting")

    def _take(self, found: list[DueReport]) -> None:
        self.found = found
        self._fill()

    def _listed(self) -> list[DueReport]:
        """Those of the chosen rhythm, all or the missing alone."""
        rhythm = self.rhythm.currentData()
        return [
            each for each in self.found or []
            if rhythm in (ALL, each.rhythm)
            and (each.state in WANTED or not self.only.isChecked())
        ]

    def _fill(self) -> None:
        of: dict[str, list[DueReport]] = {}
        for each in self._listed():
            of.setdefault(each.unit, []).append(each)
        order = self.session.unit_order()
        lines = [
            Line(unit, self._unit_cells(short_name(self.session, unit) or "（没有单位）", items))
            for unit, items in sorted(of.items(), key=lambda e: order.get(e[0], len(order)))
        ]
        total = [Line(ALL, self._unit_cells("全部单位", self._listed()))] if len(lines) > 1 else []
        self.units.fill([*total, *lines])
        self._show_items()

    @staticmethod
    def _unit_cells(name: str, items: Sequence[DueReport]) -> tuple[str, str, str]:
        count = Counter(each.state for each in items)
        return name, str(len(items) - count["waiting"]), str(count["missing"])

    def _show_items(self) -> None:
        line = self.units.line()
        unit = line.key if line is not None else ALL
        shown = [each for each in self._listed() if unit in (ALL, each.unit)]
        self.right.title.setText(short_name(self.session, unit) if unit else "全部单位")
        self.items.fill([
            Line(
                each.uid,
                (
                    each.title, short_name(self.session, each.unit),
                    RHYTHMS.get(each.rhythm, ""), _day(each.due),
                    (STATES[each.state], TONES[each.state]), _day(each.last),
                ), each,
            )
            for each in shown
        ])
        may = any(self.session.may_write(kind.name) for kind in owed_reports.kinds(self.session))
        self.remind_button.setVisible(may)
        self.chase_button.setEnabled(any(self._owed(each) for each in self.found or []))

    def _owed(self, each: DueReport) -> bool:
        """Whether it is to be chased: today, not as of a day gone by."""
        return self.as_of.day is None and each.state in WANTED

    def _open(self) -> None:
        line = self.items.line()
        if line is not None:
            self.window_.open_record(line.data.kind, line.key)

    # ---- doing

    def set_rhythms(self) -> None:
        """Who is to report how often."""
        dialog = RhythmDialog(self.window_)
        dialog.finished.connect(dialog.deleteLater)
        dialog.accepted.connect(self.load)
        dialog.open()

    def remind(self) -> None:
        """A numbered reminder for each selected item, or for all that are listed."""
        wanted = [each for each in self.items.meant() if self._owed(each)]
        if not wanted:
            self.window_.toast("这里没有欠报的事项，不用催办。")
            return
        title = f"给 {len(wanted)} 件未报的事项各开一张催办单"
        text = "请报告本期进展；没有新进展的，写明原因和下步打算。"
        note = ask_text(self.window_, "开催办单", f"{title}，写明要求：", "开催办单", text=text)
        if note is not None:
            self.write_and_tell(
                lambda: owed_reports.remind(self.session, wanted, note),
                lambda done: f"已开 {done} 张催办单，附在各事项下面。", "正在开催办单",
            )

    def chase(self) -> None:
        """For each unit that owes reports its list and its workbook, in one folder."""
        items, session = self.found or [], self.session
        if not self.chase_button.isEnabled():
            return
        folder = file_dialogs.folder(self, "chase", "催报单和工作簿存到哪个文件夹")
        if folder is None:
            return

        def write(job: Job) -> list[Path]:
            return chase_reports.chase(
                session, items, folder, lambda stream, page: write_list(session, stream, *page),
                job.step,
            )

        def done(made: list[Path]) -> None:
            self.window_.toasts.show_text(
                f"已给 {len(made) // 2} 个单位各写一张催报单、一个工作簿，"
                f"存到{folder_text(folder)}", "打开文件夹", lambda: show_folder(folder), 12,
            )

        self.jobs.write(
            write, done, failed=self.window_.error, owner=self, label="正在写催报单和工作簿"
        )

    def print_preview(self) -> None:
        """What is listed, all units together."""
        listed = self._listed()
        rows = [
            (
                str(n), each.title, short_name(self.session, each.unit), RHYTHMS[each.rhythm],
                _day(each.due), STATES[each.state],
            )
            for n, each in enumerate(listed, 1)
        ]
        columns = (
            ("序号", 0.08), ("事项", None), ("单位", 0.2), ("节奏", 0.1), ("应报告", 0.14),
            ("情况", 0.14),
        )
        day = self.as_of.day or self.session.today
        said = "，".join(
            f"{self.numbers[name].figure.label} {self.numbers[name].value or 0} 件次"
            for name in STRIP if name in self.numbers
        )
        text, title = f"截至{_day(day)}，最近一期：{said}。", f"{chinese_date(day)}定期报告情况"
        show_list(self.window_, title, [text], columns, rows, size=10.5)


def _day(day: dt.date | None) -> str:
    return f"{day.month}月{day.day}日" if day is not None else ""
