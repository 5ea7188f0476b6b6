"""One chart of a report, its articles from records, its wall chart."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QCheckBox, QWidget

from db.domain import wall_chart
from db.errors import BadInput
from db.metrics import own_figures
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.bulletin.report.declaration import ArticlesOf, ChartOf, GanttOf, Report
from desktop.ui.bulletin.figure_picker import ask_figure
from desktop.ui.kinds.dialogs import DraftDialog, combo
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import button
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.reports import report_changes
from desktop.ui.reports.blank_line import BlankLine
from desktop.ui.reports.source_editor import Ledgers, Records, column, empty_line, most_box, row
from desktop.ui.reports.table_editor import GROUPS, PickDialog


class ChartDialog(DraftDialog[ChartOf]):
    """`draft` is the chart as it was made."""

    def __init__(self, parent: QWidget, session: Session, jobs: Jobs, chart: ChartOf) -> None:
        super().__init__(parent, "图表", "确定")
        self._session, self._jobs, self._chart = session, jobs, chart
        self._names: list[str] = list(chart.figures)
        size = theme.sizes()
        self.setMinimumWidth(size.chars(36))
        self.title = BlankLine(chart.title, session)
        self.title.setPlaceholderText("图名；期间写〔期间〕")
        self.field("图名", self.title)
        self.kind = combo([(text, name) for name, text in report_changes.CHARTS], chart.kind)
        self.field("样式", self.kind)
        groups = [(f"按{text}", name) for name, text in GROUPS]
        if chart.group not in dict(GROUPS):
            groups.append((chart.group, chart.group))
        self.group = combo(groups, chart.group)
        self.field("分组", self.group)
        self.list = ShortList("数字", [ListColumn("数字", 12, stretch=True)])
        self.list.when_empty("还没有数字", "点“加数字…”。")
        self.list.setMinimumHeight(size.row * 4)
        self.list.delete_asked.connect(self._drop)
        self.field("数字", self.list)
        self.grid.addWidget(button("加数字…", self._add, icon="plus"), self.grid.rowCount(), 1)
        self.grid.addWidget(button("去掉", self._drop, "danger"), self.grid.rowCount(), 1)
        self.note = BlankLine(chart.source, session)
        self.field("数据来源", self.note)
        self.close_form()
        self._fill()

    def _fill(self) -> None:
        self.list.fill([
            Line(name, (own_figures.called(self._session, name),), name)
            for name in self._names
        ])

    def _add(self) -> None:
        chosen = ask_figure(self, self._session, self._jobs)
        if chosen is not None and chosen[0] not in self._names:
            self._names.append(chosen[0])
            self._fill()

    def _drop(self) -> None:
        line = self.list.line()
        if line is not None:
            self._names.remove(line.data)
            self._fill()

    def read(self) -> ChartOf:
        if not self._names:
            raise BadInput("还没有数字，请点“加数字…”。")
        return msgspec.structs.replace(
            self._chart, title=self.title.text().strip(), kind=self.kind.currentData(),
            group=self.group.currentData(),
            figures=tuple(self._names), source=self.note.text().strip(),
        )  # fmt: skip


class ArticlesDialog(DraftDialog[ArticlesOf]):
    """Records as articles: which, in what order, and what of them makes the text. `draft` is the
    declaration as it was made."""

    def __init__(
        self, parent: QWidget, session: Session, jobs: Jobs, report: Report, articles: ArticlesOf
    ) -> None:
        super().__init__(parent, "文章", "确定")
        self._articles = articles
        self._names: list[str] = list(articles.text)
        size = theme.sizes()
        self.setMinimumWidth(min(size.chars(52), parent.window().width() * 9 // 10))
        self.records = Records(session, jobs, report, articles)
        self.records.kind_changed.connect(self._other_kind)
        self.field("取哪些", self.records)
        self.list = ShortList("正文栏目", [ListColumn("文章里依次印", 12, stretch=True)])
        self.list.when_empty("还没有栏目", "点“加栏目…”，选文章正文从哪几栏来。")
        self.list.setMinimumHeight(size.row * 4)
        self.list.delete_asked.connect(self._drop)
        buttons = row(
            button("加栏目…", self._add, icon="plus"), button("上移", lambda: self._move(-1)),
            button("下移", lambda: self._move(1)), button("去掉", self._drop, "danger"),
        )  # fmt: skip
        self.field("正文栏目", column(self.list, buttons))
        self.new_page = QCheckBox("每篇另起一页")
        self.new_page.setChecked(articles.new_page)
        self.empty = empty_line(articles.empty)
        self.field("没有时写", row(self.empty, self.new_page, stretch=0))
        self.close_form()
        self._fill()

    def _other_kind(self) -> None:
        self._names = []
        self._fill()

    def _fill(self) -> None:
        kind = self.records.declared()
        self.list.fill([
            Line(at, (kind.field(n).label if kind.has(n) else n,), n)
            for at, n in enumerate(self._names)
        ])

    def _add(self) -> None:
        kind = self.records.declared()
        fields = [
            f for f in kind.all_fields
            if f.show
            and not type_of(f).holds_files
            and f.name not in (*self._names, kind.title, kind.unit)
        ]
        # what is long enough to be read comes first
        fields.sort(key=lambda f: not type_of(f).multiline)
        dialog = PickDialog(self, [(f.name, f.label) for f in fields])
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self._names += dialog.chosen
            self._fill()
        dialog.deleteLater()

    def _move(self, step: int) -> None:
        line = self.list.line()
        if line is not None and 0 <= line.key + step < len(self._names):
            at, names = line.key, self._names
            names[at], names[at + step] = names[at + step], names[at]
            self._fill()
            self.list.selectRow(at + step)

    def _drop(self) -> None:
        line = self.list.line()
        if line is not None:
            del self._names[line.key]
            self._fill()

    def read(self) -> ArticlesOf:
        if not self._names:
            raise BadInput("还没有正文栏目，请点“加栏目…”。")
        changes = {
            "text": tuple(self._names), "new_page": self.new_page.isChecked(),
            "empty": self.empty.text().strip(),
        }
        return msgspec.structs.replace(self._articles, **self.records.read(), **changes)


class GanttDialog(DraftDialog[GanttOf]):
    """A wall chart: of which ledgers, how many bars, its title. `draft` is the declaration as it
    was made."""

    def __init__(self, parent: QWidget, session: Session, gantt: GanttOf) -> None:
        super().__init__(parent, "挂图", "确定")
        self._gantt = gantt
        self.setMinimumWidth(theme.sizes().chars(36))
        self.title = BlankLine(gantt.title, session)
        self.title.setPlaceholderText("图名；期间写〔期间〕")
        self.title.setCursorPosition(0)
        self.field("图名", self.title)
        known = {kind.name: kind.label for kind in wall_chart.dated_ledgers(session)}
        for name in gantt.kinds:
            known.setdefault(name, session.kinds.get(name).label if name in session.kinds else name)
        self.ledgers = Ledgers(list(known.items()), gantt.kinds)
        self.field(
            "画哪些台账", column(self.ledgers),
            "有起止时间和流程的台账才画得出横条；按单位、再按时限先后排列。",
        )
        self.most = most_box(gantt.limit, " 项", 600)
        self.most.setMinimum(1)
        self.field("最多", self.most)
        self.note = BlankLine(gantt.source, session)
        self.field("数据来源", self.note)
        self.empty = empty_line(gantt.empty)
        self.field("没有时写", self.empty)
        self.close_form()

    def read(self) -> GanttOf:
        if not self.ledgers.chosen():
            raise BadInput("还没有选台账，请至少勾一个。")
        return msgspec.structs.replace(
            self._gantt, title=self.title.text().strip(), kinds=self.ledgers.chosen(),
            limit=self.most.value(),
            source=self.note.text().strip(), empty=self.empty.text().strip(),
        )  # fmt: skip
