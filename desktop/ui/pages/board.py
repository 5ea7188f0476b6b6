"""报送情况: which units were given a workbook this week, which brought it back, whom to chase."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel

from db.domain import return_status
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.exchange.export_dialog import ExportDialog
from desktop.ui.exchange.exporting import run_export
from desktop.ui.field_editors.period_bar import WEEK, PeriodBar
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import moment
from desktop.ui.kit.work_parts import Part, Strip, WorkPage
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("board")
TONES = {
    "none": "grey", "missing": "red", "part": "red", "handed_in": "green", "conflicts": "orange",
}
NOTHING, CONFLICTS = "none", "conflicts"



class BoardPage(WorkPage):
    """A line for each unit; the missing ones first if so wanted."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session = window.session
        self.found: list[return_status.UnitBoard] | None = None
        self.week = PeriodBar(WEEK, session.today)
        self.week.changed.connect(lambda _: self.load())
        self.head.addWidget(self.week)
        self.head.addStretch()
        self.copy_button = self.act(
            "复制催报名单", self.copy_missing, icon="content-copy", tip="贴到微信、短信里"
        )
        self.print_button = self.act(
            "打印催报名单…", self.print_preview, icon="printer-outline", tip="Ctrl+P"
        )
        words = (
            ("单位", "grey"), ("已发出", "blue"), ("已合并", "green"), ("有冲突", "orange"),
            ("没有报送", "red"), ("未发出", "grey"),
        )
        self.strip = Strip(*words)
        self.body.addWidget(self.strip)
        part = Part("各单位")
        self.only = part.button("只看没有报送的", self._fill)
        self.only.setCheckable(True)
        self.only.setProperty("class", "choice")
        self.missing_button = part.button("给没有报送的再发一份…", self.export_missing)
        self.export_button = part.button(
            "发工作簿…", self.export, "primary", "microsoft-excel",
            "给选中的单位导出工作簿（Ctrl+E）",
        )
        for each in (self.missing_button, self.export_button):
            each.setVisible(session.may("export"))
        self.list = ShortList(
            "各单位报送情况",
            (
                ListColumn("单位", 12, stretch=True),
                ListColumn("状态", 7, keep=True),
                ListColumn("发出", 9, keep=True),
                ListColumn("报回", 9, keep=True),
                ListColumn("份数", 4),
                ListColumn("待处理冲突", 5.4),
            ),
            several=True,
        )
        part.put(self.list)
        note = QLabel("发出和报回按所选的一周算。双击一个单位，看它的冲突或给它发工作簿。")
        note.setProperty("class", "muted")
        note.setContentsMargins(theme.sizes().gap, 0, theme.sizes().gap, theme.sizes().gap // 2)
        part.put(note, 0)
        self.body.addWidget(part, 1)
        self.list.opened.connect(self._open)
        self.starts_at(self.list)
        self._when_empty()

    # ---- what the window asks of a page

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("前一周", lambda: self.week.step(-1), "Alt+Left", section, "qyz"),
            Command("后一周", lambda: self.week.step(1), "Alt+Right", section, "hyz"),
            Command("复制催报名单", self.copy_missing, "", section, "fzcb"),
            Command("给没有报送的再发一份", self.export_missing, "", section, "zfyf"),
        ]

    def offers(self, what: str) -> bool:
        return what == "print_preview" or (what == "export" and self.session.may("export"))

    # ---- reading

    def load(self) -> None:
        session, week = self.session, self.week.period

        def read(job: Job) -> list[return_status.UnitBoard]:
            return return_status.board(session, week)

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key="board")

    def _take(self, found: list[return_status.UnitBoard]) -> None:
        self.found = found
        of = [each.status for each in found]
        given = sum(1 for each in found if each.given)
        late = len(self.missing())
        done = len(of) - of.count(NOTHING) - late - of.count(CONFLICTS)
        self.strip.fill((len(of), given, done, of.count(CONFLICTS), late, of.count(NOTHING)))
        for each in (self.copy_button, self.print_button, self.missing_button):
            each.setEnabled(late > 0)
        self._fill()

    def _fill(self) -> None:
        shown = self.missing() if self.only.isChecked() else self.found or []
        self._when_empty()
        lines = []
        for each in shown:
            cells = (
                return_status.named(self.session, each),
                (return_status.STATUS[each.status], TONES[each.status]),
                _last(each.given),
                _last(each.handed_in),
                f"{len(each.handed_in)}/{len(each.given)}" if each.given or each.handed_in else "",
                f"{each.open_conflicts} 处" if each.open_conflicts else "",
            )
            lines.append(Line(each.unit, cells, each))
        self.list.fill(lines)

    def _when_empty(self) -> None:
        if self.only.isChecked():
            self.list.when_empty("没有欠报的单位", "发出工作簿的单位都已报回。")
        else:
            self.list.when_empty("还没有单位", "先在“单位”台账里录入责任单位，再给它们发工作簿。")

    def missing(self) -> list[return_status.UnitBoard]:
        """The units that were given a workbook and have not brought it back, or not for all of its
        ledgers."""
        return [each for each in self.found or [] if each.status in return_status.WANTED]

    # ---- doing

    def _open(self) -> None:
        line = self.list.line()
        if line is None:
            return
        if line.data.status == CONFLICTS and self.window_.knows("conflicts"):
            self.window_.go("conflicts")
        elif self.session.may("export"):
            self._export([line.key])

    def export(self) -> None:
        """Workbooks for the selected units, one each."""
        chosen = [line.key for line in self.list.selected()]
        self._export(chosen)

    def export_missing(self) -> None:
        """Once more for all that have not handed in."""
        self._export([each.unit for each in self.missing()])

    def _export(self, units: Sequence[str]) -> None:
        if not self.session.may("export"):
            return
        dialog = ExportDialog(self.session, self.jobs, self.window_)
        if units:
            dialog.units.set_value(tuple(units))
            dialog.units.changed.emit()

        def done(code: int) -> None:
            wanted = dialog.wanted() if code == QDialog.DialogCode.Accepted else None
            dialog.deleteLater()
            if wanted is not None:
                run_export(self.window_, wanted)

        dialog.finished.connect(done)
        dialog.open()

    def copy_missing(self) -> None:
        """A sentence with the names, ready to be sent."""
        names = "、".join(return_status.named(self.session, each) for each in self.missing())
        if not names:
            self.window_.toast("没有欠报的单位。")
            return
        QGuiApplication.clipboard().setText(f"{self._sentence()}\n{names}。")
        self.window_.toast("催报名单已复制，可以粘贴到别处。")

    def _sentence(self) -> str:
        day, week = self.session.today, self.week.period
        return (
            f"截至{day.month}月{day.day}日，"
            f"{week.label}报表还有{len(self.missing())}个单位没有报送，"
            "请今日内填好报回："
        )

    def print_preview(self) -> None:
        """The list to chase."""
        session, late, text = self.session, self.missing(), self._sentence()
        if not late:
            self.window_.toast("没有欠报的单位，不用打印催报名单。")
            return
        columns = (("序号", 0.08), ("单位", None), ("发出时间", 0.28), ("联系情况", 0.24))
        rows = [
            (str(n), return_status.named(session, each), _last(each.given), "")
            for n, each in enumerate(late, start=1)
        ]
        show_list(self.window_, f"{self.week.period.label}催报名单", [text], columns, rows)


def _last(times: Sequence[str]) -> str:
    """The last of several moments, without its year."""
    return moment(times[-1])[5:] if times else ""
