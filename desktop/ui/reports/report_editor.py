"""The form of one report while it is being changed: its text, its tables and charts, its masthead
and imprint, what it is called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QMenu,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from db.session import Session
from desktop.bulletin.report import official_parts, template_words
from desktop.bulletin.report.declaration import (
    AppendixOf,
    ArticlesOf,
    ChartOf,
    ColumnOf,
    GanttOf,
    ImprintOf,
    Need,
    Report,
    TableOf,
    sort_of,
)
from desktop.ui.kinds.dialogs import combo
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button, label, scrolled
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.reports import report_changes
from desktop.ui.reports.blank_line import BlankLine
from desktop.ui.reports.body_editor import FormText
from desktop.ui.reports.chart_editor import ArticlesDialog, ChartDialog, GanttDialog
from desktop.ui.reports.table_editor import TableDialog


def _fill(page: QWidget, make: Callable[[], QWidget]) -> None:
    """What stands on a page that was blank so far."""
    box = QVBoxLayout(page)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(make())


@accessible.accessible_role(accessible.GROUP)
class ReportEditor(QTabWidget):
    """Shows a report and makes another of it. `changed` when a person changed something; `report()`
    is what stands there. Its text is made at once, what stands behind by `rest`, one after the
    other, before a report is shown."""

    changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, window: Window, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._window = session, jobs, window
        self._report: Report
        self._filling = True
        """Also until a report is shown."""
        self.setAccessibleName("文种样式")
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.tabBar().setExpanding(False)
        self.setProperty("class", "bare")  # a sheet of its own would style all in it twice
        pages = [QWidget(self) for _ in range(4)]
        for page, name in zip(pages, ("正文", "表格图表", "版头版记", "名称用法"), strict=True):
            self.addTab(page, name)
        first, *behind = pages
        self.text = FormText(session, jobs, window)
        self.text.changed.connect(self._edited)
        self.title = BlankLine(session=self._session)
        self.title.setAccessibleName("标题")
        self.title.setPlaceholderText("标题；期间写〔期间〕")
        self.title.textEdited.connect(lambda _: self._edited())
        box = QVBoxLayout(first)
        box.setContentsMargins(0, theme.sizes().gap, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.title)
        box.addWidget(self.text, 1)
        makers = (self._parts, lambda: scrolled(self._masthead()), lambda: scrolled(self._about()))
        self.rest = [partial(_fill, *each) for each in zip(behind, makers, strict=True)]

    # ---- building

    def _parts(self) -> QWidget:
        size, page = theme.sizes(), QWidget()
        self.parts = ShortList("表格图表", [
            ListColumn("种类", 3, "muted", keep=True), ListColumn("名称", 9, stretch=True),
            ListColumn("数据", 8), ListColumn("在哪里", 4, keep=True),
        ])  # fmt: skip
        self.parts.when_empty(
            "没有表格和图表", "点“加表格”“加图表”“加文章、挂图”，再在正文里插入。"
        )
        self.parts.opened.connect(self.edit_part)
        self.parts.delete_asked.connect(self.drop_part)
        self.parts.chosen.connect(lambda line: self._able())
        self.add_table = button("加表格…", self._new_table, icon="plus")
        self.add_chart = button("加图表…", self._new_chart, icon="plus")
        self.add_other = button("加文章、挂图", lambda: None, icon="plus")
        menu = QMenu(self.add_other)
        menu.addAction("一个台账的记录编成文章…", self._new_articles)
        menu.addAction("挂图作战图（A3）…", self._new_gantt)
        self.add_other.setMenu(menu)
        self.edit_button = button("修改…", self.edit_part)
        self.drop_button = button("去掉", self.drop_part, "danger", tip="正文里的那一行一起去掉")
        tools = QWidget()
        line = Flow(tools, size.gap)
        for each in (
            self.add_table, self.add_chart, self.add_other, self.edit_button, self.drop_button,
        ):
            line.addWidget(each)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, size.gap, 0, 0)
        box.setSpacing(size.gap)
        box.addWidget(self.parts, 1)
        box.addWidget(tools)
        return page

    def _form(self) -> tuple[QWidget, QFormLayout]:
        size, page = theme.sizes(), QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, size.gap, size.gap, 0)
        form.setVerticalSpacing(size.gap)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        return page, form

    def _masthead(self) -> QWidget:
        page, form = self._form()
        self.head = self._box([(text, name) for name, text in report_changes.HEADS])
        form.addRow("版头", self.head)
        self.entries: dict[str, QLineEdit] = {}
        self.entries["name"] = self._entry("不写：红头用本单位名称，简报用文种名称")
        form.addRow("版头名称", self.entries["name"])
        self.signed, self.imprint, self.duplex, self.sealed = (
            self._check("署名和日期"), self._check("印版记"),
            self._check("按双面排（版记在偶数页）"),
            self._check("加盖印章（署名处留出盖章的位置）"),
        )
        for part in official_parts.PARTS:
            if part.name == "note":
                form.addRow("落款", self.signed)
                form.addRow("", self.sealed)
            if part.name == "report_to":
                form.addRow("版记", self.imprint)
            self.entries[part.name] = self._entry(part.hint)
            form.addRow(part.label, self.entries[part.name])
        form.addRow("", self.duplex)
        return page

    def _about(self) -> QWidget:
        page, form = self._form()
        self.name, self.help = self._entry("例如：专项督查通报"), self._entry(
            "一句话说清印什么，显示在“打印拟稿”页"
        )
        form.addRow("文种名称", self.name)
        form.addRow("说明", self.help)
        self.needs: dict[Need, QComboBox] = {}
        for need, caption in report_changes.NEEDS:
            self.needs[need] = self._box(
                [("不选", ""), ("必选", "needs"), ("可选可不选", "optional")]
            )
            form.addRow(f"打印前选{caption}", self.needs[need])
        self.period = self._box([(f"按{text}", name) for name, text in report_changes.PERIODS])
        form.addRow("期间通常", self.period)
        self.titled = self._check("页上印标题")
        form.addRow("标题", self.titled)
        self.given = label("", "muted")
        form.addRow("", self.given)
        return page

    def _entry(self, hint: str) -> QLineEdit:
        entry = BlankLine(session=self._session)
        entry.setPlaceholderText(hint)
        entry.textEdited.connect(lambda _: self._edited())
        return entry

    def _check(self, text: str) -> QCheckBox:
        check = QCheckBox(text)
        check.clicked.connect(lambda _: self._edited())
        return check

    def _box(self, options: list[tuple[str, str]]) -> QComboBox:
        box = combo(options)
        box.activated.connect(lambda _: self._edited())
        return box

    # ---- a report in and out

    def show_report(self, report: Report, given: str = "") -> None:
        """Show a report; ``given`` says where it comes from."""
        self._filling = True
        self._report = report
        self.title.setText(report.title)
        self.title.setCursorPosition(0)
        self.text.show_report(report)
        self.name.setText(report.label)
        self.help.setText(report.help)
        self.help.setCursorPosition(0)
        self.given.setText(given)
        for need, box in self.needs.items():
            box.setCurrentIndex(
                box.findData(
                    "needs"
                    if need in report.needs
                    else "optional" if need in report.optional else ""
                )
            )
        self.period.setCurrentIndex(max(0, self.period.findData(report.period)))
        self.head.setCurrentIndex(max(0, self.head.findData(report.head.form)))
        written = {**official_parts.declared(report), "name": report.head.name}
        self.sealed.setChecked(report.official.sealed)
        for name, entry in self.entries.items():
            entry.setText(written[name])
            entry.setCursorPosition(0)
        self.signed.setChecked(report.signed)
        self.imprint.setChecked(report.imprint is not None)
        self.duplex.setChecked(report.duplex)
        self.titled.setChecked(report.titled)
        self._fill_parts()
        self._filling = False

    def _fill_parts(self) -> None:
        # late: composing is not needed to show a page

        report, lines = self._report, []
        for part in report_changes.parts_of(report):
            word = report_changes.word_of(part)
            shown = template_words.part_title(self._session, part) or part.name
            where = report_changes.where_of(report, part)
            place = (where, "yellow") if where == "没有用到" else where
            lines.append(
                Line((word, part.name), (sort_of(word), shown, self._data_of(part), place), part)
            )
        self.parts.fill(lines)
        self._able()

    def _data_of(self, part: report_changes.Part) -> str:
        if isinstance(part, GanttOf):
            return ""
        if isinstance(part, ChartOf):
            return dict(report_changes.CHARTS).get(part.kind, "").partition("，")[0]
        source = report_changes.source_of(part) if isinstance(part, TableOf) else "kind"
        if source == "kind" and part.kind in self._session.kinds:
            return self._session.kinds.get(part.kind).label
        if isinstance(part, ArticlesOf):
            return ""
        return dict(report_changes.SOURCES)[source].partition("，")[0]

    def _able(self) -> None:
        there = self.parts.line() is not None
        self.edit_button.setEnabled(there)
        self.drop_button.setEnabled(there)

    def report(self) -> Report:
        """The report as it stands on screen."""
        old = self._report
        words = {name: entry.text().strip() for name, entry in self.entries.items()}
        if self.sealed.isChecked():
            words[official_parts.SEALED] = "是"
        imprint = (old.imprint or ImprintOf()) if self.imprint.isChecked() else None
        old = official_parts.with_declared(msgspec.structs.replace(old, imprint=imprint), words)
        head = msgspec.structs.replace(
            old.head, form=self.head.currentData(), name=words["name"]
        )
        body = self.text.body()
        return msgspec.structs.replace(
            old, title=self.title.text().strip(),
            body=old.body if body == old.body.strip("\n") else body, label=self.name.text().strip(),
            help=self.help.text().strip(), head=head, signed=self.signed.isChecked(),
            duplex=self.duplex.isChecked(), titled=self.titled.isChecked(),
            period=self.period.currentData(),
            needs=self._wanted("needs", old.needs), optional=self._wanted("optional", old.optional),
        )  # fmt: skip

    def _wanted(self, how: str, old: tuple[Need, ...]) -> tuple[Need, ...]:
        found: tuple[Need, ...] = tuple(
            need for need, box in self.needs.items() if box.currentData() == how
        )
        return old if set(found) == set(old) else found

    def _edited(self) -> None:
        if not self._filling:
            self.text.report = self.text.chips.report = self._report
            self.changed.emit()

    # ---- tables and charts

    def _new_table(self) -> None:
        table = TableOf(
            name=report_changes.new_name(self._report, "table"), group="unit",
            columns=(ColumnOf(word="group"),), size=10.5,
        )
        self._table(table)

    def _new_chart(self) -> None:
        self._ask(
            ChartDialog(
                self._window, self._session, self._jobs,
                ChartOf(name=report_changes.new_name(self._report, "chart"), figures=()),
            )
        )

    def _new_articles(self) -> None:
        name, kind = report_changes.new_name(self._report, "articles"), report_changes.first_ledger(
            self._session
        )
        made = ArticlesOf(name=name, kind=kind, text=())
        self._ask(ArticlesDialog(self._window, self._session, self._jobs, self._report, made))

    def _new_gantt(self) -> None:
        made = GanttOf(
            name=report_changes.new_name(self._report, "gantt"), title="{{ period }}挂图作战图",
            kinds=(),
        )
        self._ask(GanttDialog(self._window, self._session, made))

    def edit_part(self) -> None:
        """Change the chosen table, chart, articles or wall chart."""
        line = self.parts.line()
        if line is None:
            return
        word = report_changes.word_of(line.data)
        if word == "@table":
            self._table(line.data)
        elif word == "@chart":
            self._ask(ChartDialog(self._window, self._session, self._jobs, line.data))
        elif word == "@articles":
            self._ask(
                ArticlesDialog(self._window, self._session, self._jobs, self._report, line.data)
            )
        else:
            self._ask(GanttDialog(self._window, self._session, line.data))

    def drop_part(self) -> None:
        """Take a part away, and the line of the text that puts it there."""
        line = self.parts.line()
        if line is not None:
            self._put(report_changes.without_part(self.report(), line.data))

    def _ask(self, dialog: ChartDialog | ArticlesDialog | GanttDialog) -> None:
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self._put(
                self._placed(report_changes.with_part(self.report(), dialog.draft), dialog.draft)
            )
        dialog.deleteLater()

    def _table(self, table: TableOf) -> None:
        held = next((a for a in self._report.appendix if a.table == table.name), None)
        dialog = TableDialog(
            self._window, self._session, self._jobs, self._report, table,
            attached=held.title if held is not None else None,
        )
        if dialog.exec() == Dialog.DialogCode.Accepted:
            report = report_changes.with_part(self.report(), dialog.draft)
            title = dialog.attachment_title
            kept = [a for a in report.appendix if a.table != table.name]
            if title is not None:
                made = AppendixOf(title=title, table=table.name)
                place = next(
                    (at for at, a in enumerate(report.appendix) if a.table == table.name), len(kept)
                )
                kept.insert(place, made)
            report = msgspec.structs.replace(report, appendix=tuple(kept))
            self._put(report if title is not None else self._placed(report, dialog.draft))
        dialog.deleteLater()

    @staticmethod
    def _placed(report: Report, part: report_changes.Part) -> Report:
        """A new part stands at the end of the text, from where it can be moved."""
        if report_changes.where_of(report, part) != "没有用到":
            return report
        body = report.body.rstrip("\n") + f"\n{report_changes.word_of(part)} {part.name}"
        return msgspec.structs.replace(report, body=body)

    def _put(self, report: Report) -> None:
        self.show_report(report, self.given.text())
        self.changed.emit()
