"""One table of a report: where its lines come from, which of them, and its columns."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from db.domain import monthly_review
from db.errors import BadInput
from db.metrics import metrics
from db.model import groups
from db.model.declarations import Kind
from db.session import Session
from desktop.bulletin.report.declaration import ColumnOf, Report, TableOf
from desktop.bulletin.report.figure_tables import WORDS
from desktop.bulletin.report.reports import kinds_for
from desktop.ui.bulletin.figure_picker import ask_figure
from desktop.ui.kinds.dialogs import DraftDialog, combo
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import button, label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.reports import report_changes
from desktop.ui.reports.blank_line import BlankLine
from desktop.ui.reports.source_editor import (
    Children,
    Lines,
    Records,
    column,
    empty_line,
    fill,
    most_box,
    row,
)

GROUPS = [(name, group.word) for name, group in groups.GROUPS.items() if group.heading]
SIZES = (("小四（12 磅）", 12.0), ("五号（10.5 磅）", 10.5), ("小五（9 磅）", 9.0))


class PickDialog(Dialog):
    """Choose one or more of a list of things."""

    def __init__(self, parent: QWidget, offered: list[tuple[str, str]]) -> None:
        super().__init__(parent, "加栏目", "添加")
        size = theme.sizes()
        self.setMinimumSize(size.chars(24), size.row * 12)
        self.list = ShortList("加栏目", [ListColumn("栏目", 12, stretch=True)], several=True)
        self.list.fill([Line(name, (text,), name) for name, text in offered])
        self.list.opened.connect(self.accept)
        self.add(self.list, 1)
        self.list.setFocus()

    @property
    def chosen(self) -> list[str]:
        return [line.data for line in self.list.selected()]


class TableDialog(DraftDialog[TableOf]):
    """`draft` is the table as it was made."""

    def __init__(
        self, parent: QWidget, session: Session, jobs: Jobs, report: Report, table: TableOf, *,
        attached: str | None = None,
    ) -> None:
        super().__init__(parent, "表格", "确定")
        self._session, self._jobs, self._report, self._table = session, jobs, report, table
        self._columns: list[ColumnOf] = list(table.columns)
        size = theme.sizes()
        self.setMinimumWidth(min(size.chars(52), parent.window().width() * 9 // 10))
        self.title = BlankLine(table.title, session)
        self.title.setPlaceholderText("可以不写；期间写〔期间〕")
        self.field("表名", self.title)
        source = report_changes.source_of(table)
        offered = report_changes.sources_for(report)
        self.source = combo(
            [
                (text, name) for name, text in report_changes.SOURCES
                if name in offered or name == source
            ], source,
        )
        self.field("数据", self.source)
        self.records, self.lines = Records(session, jobs, report, table), Lines(table.lines)
        self.records.kind_changed.connect(self._other_kind)
        self.children_of = Children(session, report, table)
        self.children_of.kind_changed.connect(self._other_kind)
        self.which = QStackedWidget()
        self._pages = {
            "group": self._of_figures(), "kind": self.records, "rows_of": self._of_rows(),
            "children": self.children_of, "lines": self.lines,
        }  # fmt: skip
        for page in (*self._pages.values(), QWidget()):
            self.which.addWidget(page)
        self._which_part = column(self.which)
        self.field("取哪些", self._which_part)
        self._columns_part = self._column_part()
        self.field("栏目", self._columns_part)
        self.attached = QCheckBox("作为附件，附在文后；附件名")
        self.attached.setChecked(attached is not None)
        self.attachment = BlankLine(attached or table.title, session)
        self.attachment.setCursorPosition(0)
        self.landscape = QCheckBox("横排")
        self.landscape.setChecked(table.landscape)
        sizes = (
            list(SIZES)
            if any(value == table.size for _, value in SIZES)
            else [(f"{table.size:g} 磅", table.size), *SIZES]
        )
        self.size_box = combo(sizes, table.size)
        self.attachment.setAccessibleName("附件名")
        self.size_box.setAccessibleName("字号")
        self.field(
            "", row(self.attached, self.attachment, self.landscape, self.size_box, stretch=1)
        )
        self.note = BlankLine(table.source, session)
        self.note.setPlaceholderText("印在表下，例如：本办台账，统计时间截至〔统计截止日〕。")
        self.field("数据来源", self.note)
        self.empty = empty_line(table.empty)
        self.least = most_box(table.least_rows, " 行", 60, "不补空行")
        self.high = most_box(round(table.row_height), " 毫米", 60, "行高自动")
        self.least.setToolTip("至少印这么多行，留空手填")
        self.field("没有时写", row(self.empty, self.least, self.high, stretch=0))
        self.close_form()
        self.source.currentIndexChanged.connect(lambda _: self._other_source())
        self._other_source(first=True)

    # ---- where the lines come from

    def _of_figures(self) -> QWidget:
        table = self._table
        groups = list(GROUPS)
        if table.group and table.group not in dict(groups):
            groups.append((table.group, table.group))
        self.group = combo([(text, name) for name, text in groups], table.group or "unit")
        self.rank, self.compare = QComboBox(), QComboBox()
        for box, name in (
            (self.group, "按什么分组"), (self.rank, "排名按"), (self.compare, "与上期比"),
        ):
            box.setAccessibleName(name)
        self.total = QCheckBox("末行合计")
        self.total.setChecked(table.total)
        first = row(label("按", wrap=False), self.group, label("分组，", wrap=False), self.total)
        second = row(
            label("排名按", wrap=False), self.rank, label("与上期比", wrap=False), self.compare
        )
        return column(first, second)

    def _of_rows(self) -> QWidget:
        self._rows_of = self._table.rows_of
        self.rows_label = label("", wrap=False)
        return row(self.rows_label, button("换一个数字…", self._ask_rows))

    def _ask_rows(self) -> None:
        chosen = ask_figure(self, self._session, self._jobs)
        if chosen is not None:
            self._rows_of = chosen[0]
            self._show_rows()
            self._fill_columns()

    def _show_rows(self) -> None:
        known = metrics.declared(self._session)
        self.rows_label.setText(
            known.get(self._rows_of).label if self._rows_of in known else "还没有选数字"
        )

    def _other_source(self, *, first: bool = False) -> None:
        source = self.source.currentData()
        self.which.setCurrentIndex(
            list(self._pages).index(source) if source in self._pages else self.which.count() - 1
        )
        for at in range(self.which.count()):  # as high as the page in front, not as the highest
            policy = (
                QSizePolicy.Policy.Preferred
                if at == self.which.currentIndex()
                else QSizePolicy.Policy.Ignored
            )
            page = self.which.widget(at)
            if page is not None:
                page.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        self._show_field(self._which_part, source in self._pages)
        self.least.setVisible(source in ("kind", "rows_of", "children"))
        self.high.setVisible(source not in ("group", "handin", "of_leader", "agenda"))
        self._show_field(self._columns_part, source != "lines")
        if source == "rows_of":
            self._show_rows()
        if not first:
            self._columns = [
                c for c in self._columns
                if c.word in report_changes.WORDS_OF.get(source, ("order",))
            ]
        self._fill_columns()

    def _show_field(self, entry: QWidget, on: bool) -> None:
        """An entry with its caption, or neither."""
        at = self.grid.indexOf(entry)
        line = self.grid.getItemPosition(at)[0]  # type: ignore[index]
        item = self.grid.itemAtPosition(line, 0)
        caption = item.widget() if item is not None else None
        entry.setVisible(on)
        if caption is not None:
            caption.setVisible(on)

    def _other_kind(self) -> None:
        self._columns = [c for c in self._columns if c.word in ("order", "blank")]
        self._fill_columns()

    # ---- columns

    def _column_part(self) -> QWidget:
        size = theme.sizes()
        self.columns = ShortList("栏目", [
            ListColumn("栏目", 9, stretch=True), ListColumn("印成", 7),
            ListColumn("宽", 3, keep=True), ListColumn("情况", 5, "muted", keep=True),
        ])  # fmt: skip
        self.columns.when_empty("还没有栏目", "点“加栏目…”。")
        self.columns.setMinimumHeight(size.row * 4)
        self.columns.chosen.connect(lambda _: self._show_column())
        self.columns.delete_asked.connect(self._drop_column)
        self.printed = QLineEdit()
        self.printed.setPlaceholderText("印成（不写就用原名）")
        self.printed.textEdited.connect(lambda text: self._change_column(label=text.strip()))
        self.wide = entry_button.spin_box()
        self.wide.setRange(0, 90)
        self.wide.setSuffix(" ％宽")
        self.wide.setSpecialValueText("宽度自动")
        self.wide.valueChanged.connect(
            lambda value: self._change_column(width=value / 100 if value else None)
        )
        self.parts = QCheckBox("写出分子分母")
        self.parts.clicked.connect(lambda on: self._change_column(parts=on))
        buttons = row(
            button("加栏目…", self._add_column, icon="plus"),
            button("上移", lambda: self._move(-1)), button("下移", lambda: self._move(1)),
            button("去掉", self._drop_column, "danger"),
        )  # fmt: skip
        return column(self.columns, row(self.printed, self.wide, self.parts, stretch=0), buttons)

    def _kinds(self) -> list[Kind]:
        session, source = self._session, self.source.currentData()
        if source == "kind":
            return [self.records.declared()]
        if source == "rows_of":
            known = metrics.declared(session)
            return metrics.read_kinds(session, self._rows_of) if self._rows_of in known else []
        if source == "children":
            child = self.children_of.kind.currentData()
            return [session.kinds.get(child)] if child else []
        if source == "facts":
            return [session.kinds.get(name) for name in kinds_for(session, self._report)]
        return []

    def _fill_columns(self) -> None:
        kinds = self._kinds()
        self.columns.fill([
            Line(at, (
                report_changes.column_label(self._session, c, kinds), c.label,
                f"{c.width * 100:.0f}％" if c.width else "", "分子分母" if c.parts else "",
            ), c)
            for at, c in enumerate(self._columns)
        ])  # fmt: skip
        known = metrics.declared(self._session)
        shares = [(known.get(c.figure).label, c.figure) for c in self._columns if c.figure in known]
        shares = [
            (f"{monthly_review.points_label(self._session)}（月讲评）", monthly_review.POINTS),
            *shares,
        ]
        fill(self.rank, [("不排名", ""), *shares], self.rank.currentData() or self._table.rank)
        fill(
            self.compare, [("不比", ""), *shares], self.compare.currentData() or self._table.compare
        )
        self._show_column()

    def _show_column(self) -> None:
        line = self.columns.line()
        column = line.data if line is not None else None
        for entry in (self.printed, self.wide, self.parts):
            entry.blockSignals(True)
            entry.setEnabled(column is not None)
        if column is not None:
            self.printed.setText(column.label)
            self.wide.setValue(round((column.width or 0) * 100))
            known = metrics.declared(self._session)
            share = column.figure in known and known.get(column.figure).denominator is not None
            self.parts.setEnabled(share)
            self.parts.setChecked(column.parts and share)
        for entry in (self.printed, self.wide, self.parts):
            entry.blockSignals(False)

    def _change_column(self, **changes: object) -> None:
        line = self.columns.line()
        if line is not None:
            self._columns[line.key] = msgspec.structs.replace(line.data, **changes)
            self._fill_columns()

    def _add_column(self) -> None:
        offered = self._offered(self.source.currentData())
        only = offered[0][0] if len(offered) == 1 else ""
        for name in ["#figure"] if only == "#figure" else self._pick(offered):
            if name == "#figure":
                figure = ask_figure(self, self._session, self._jobs)
                if figure is not None:
                    self._columns.append(ColumnOf(figure=figure[0]))
            elif name.startswith("#"):
                first = name in ("#order", "#rank")
                width = 0.08 if first else None
                column = ColumnOf(word=name[1:], width=width)  # type: ignore[arg-type]
                self._columns.insert(0 if first else len(self._columns), column)
            else:
                self._columns.append(ColumnOf(field=name))
        self._fill_columns()
        self.columns.selectRow(len(self._columns) - 1)

    def _offered(self, source: str) -> list[tuple[str, str]]:
        """Columns that a table of a source may be given: a word after #, or the name of a field."""
        if source == "group":
            points = f"{monthly_review.points_label(self._session)}（月讲评）"
            words = [
                ("#group", "组名（单位等）"), ("#rank", "排名"), ("#order", "序号"),
                (f"#{monthly_review.POINTS}", points), ("#figure", "数字…"),
            ]
            held = {f"#{column.word}" for column in self._columns}
            return [(name, text) for name, text in words if name not in held]
        if source in ("handin", "of_leader", "agenda"):
            known = report_changes.WORDS_OF[source]
            return [(f"#{name}", WORDS.get(name, "单位")) for name in known]
        fields = dict.fromkeys(
            (f.name, f.label) for k in self._kinds() for f in k.all_fields if f.show
        )
        held = {column.field for column in self._columns}
        return [
            ("#order", "序号"), ("#blank", "留空手填"), ("state", "办理状态"), ("light", "灯号"),
            *((name, text) for name, text in fields if name not in held),
        ]

    def _pick(self, offered: list[tuple[str, str]]) -> list[str]:
        dialog = PickDialog(self, offered)
        chosen = dialog.chosen if dialog.exec() == QDialog.DialogCode.Accepted else []
        dialog.deleteLater()
        return chosen

    def _drop_column(self) -> None:
        line = self.columns.line()
        if line is not None:
            del self._columns[line.key]
            self._fill_columns()

    def _move(self, step: int) -> None:
        line = self.columns.line()
        if line is not None and 0 <= line.key + step < len(self._columns):
            at = line.key
            self._columns[at], self._columns[at + step] = (
                self._columns[at + step], self._columns[at],
            )
            self._fill_columns()
            self.columns.selectRow(at + step)

    # ---- what was made

    @property
    def attachment_title(self) -> str | None:
        """The attachment's title; None when the table stands in the text."""
        return self.attachment.text().strip() if self.attached.isChecked() else None

    def read(self) -> TableOf:
        source = self.source.currentData()
        if not self._columns and source != "lines" and not self._table.all_fields:
            raise BadInput("还没有栏目，请点“加栏目…”。")
        if self.attached.isChecked() and not self.attachment.text().strip():
            raise BadInput("请写附件名。")
        changes: dict[str, object] = {
            "title": self.title.text().strip(), "source": self.note.text().strip(),
            "columns": tuple(self._columns),
            "landscape": self.landscape.isChecked(), "size": self.size_box.currentData(),
            "empty": self.empty.text().strip(), "least_rows": self.least.value(),
        }  # fmt: skip
        if self.high.value() != round(self._table.row_height):
            changes["row_height"] = float(self.high.value())
        changes |= dict.fromkeys(
            ("group", "kind", "rows_of", "children", "period", "rank", "compare"), ""
        )
        if source != "of_leader":
            changes |= {"of_leader": "", "shrinks": False}
        if source != "agenda":
            changes["agenda"] = ""
        changes |= dict.fromkeys(("where", "same", "lines"), ())
        # The order of a number's rows has no box here: what was declared for that number stays.
        if source != "rows_of" or self._rows_of != self._table.rows_of:
            changes["sort"] = ()
        changes |= dict.fromkeys(("total", "facts", "handin", "of_previous", "of_unit"), False)
        return msgspec.structs.replace(self._table, **changes | self._source_of(source))

    def _source_of(self, source: str) -> dict[str, object]:
        """Where the rows come from, as the fields of the declaration."""
        if source == "group":
            return {
                "group": self.group.currentData(), "rank": self.rank.currentData() or "",
                "compare": self.compare.currentData() or "", "total": self.total.isChecked(),
            }  # fmt: skip
        if source == "kind":
            return self.records.read()
        if source == "children":
            return _given("children", self.children_of.read(), "请选所选事项下面的哪一种记录。")
        if source == "lines":
            written: dict[str, object] = {"lines": self.lines.read(), "columns": ()}
            return _given("lines", written, "还没有写行，请点“加一行”。")
        if source == "rows_of":
            return _given("rows_of", {"rows_of": self._rows_of}, "请选一个数字。")
        return {source: True} if source in ("facts", "handin") else {}


def _given(name: str, read: dict[str, object], problem: str) -> dict[str, object]:
    """What was read; ``BadInput`` where the field that matters was left blank."""
    if not read[name]:
        raise BadInput(problem)
    return read
