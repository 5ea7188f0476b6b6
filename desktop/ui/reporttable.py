"""One table of a report: where its lines come from, which of them, and its columns."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db import figures
from db.counting import sources
from db.errors import BadInput
from desktop.ui import reportdraft, theme
from desktop.ui.bulletineditor_dialogs import InsertDialog
from desktop.ui.filterbar import FilterBar
from desktop.ui.messages import Dialog
from desktop.ui.pages.entry import Tall
from desktop.ui.pages.kindforms import DraftDialog, combo
from desktop.ui.pages.parts import Line, ListColumn, ShortList, button, label

GROUPS = (("unit", "单位"), ("ledger", "台账"), ("leader", "牵头领导"), ("week", "周"), ("month", "月"), ("year", "年"))
SIZES = (("小四（12 磅）", 12.0), ("五号（10.5 磅）", 10.5), ("小五（9 磅）", 9.0))


class _Nothing:
    """Settings for a filter bar that is not a ledger's: nothing is remembered."""

    def view(self, name: str) -> dict[str, Any]:
        return {}

    def set_view(self, name: str, held: dict[str, Any]) -> None:
        return None


def ask_figure(parent: QWidget, session: Any) -> str | None:
    """Find a figure and choose it; None when the person leaves."""
    from desktop.bulletin import drafting  # late: composing is not needed to show a page

    dialog = InsertDialog(parent, list(drafting.offered(session)))
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    chosen = dialog.chosen
    dialog.deleteLater()
    return chosen[0] if accepted and chosen is not None else None


class PickDialog(Dialog):
    """Choose one or more of a list of things."""

    def __init__(self, parent: QWidget, title: str, offered: list[tuple[str, str]]) -> None:
        super().__init__(parent, title, "添加")
        size = theme.sizes()
        self.setMinimumSize(size.chars(24), size.row * 12)
        self.list = ShortList(title, [ListColumn("栏目", 12, stretch=True)], several=True)
        self.list.fill([Line(name, (text,), name) for name, text in offered])
        self.list.opened.connect(self.accept)
        self.add(self.list, 1)
        self.list.setFocus()

    @property
    def chosen(self) -> list[str]:
        return [line.data for line in self.list.selected()]


class TableDialog(DraftDialog):
    """`draft` is the table as it was made."""

    def __init__(self, parent: QWidget, session: Any, jobs: Any, report: Any, table: Any, *, attached: str | None = None) -> None:
        super().__init__(parent, "表格", "确定")
        self._session, self._jobs, self._report, self._table = session, jobs, report, table
        self._columns: list[Any] = list(table.columns)
        size = theme.sizes()
        self.setMinimumWidth(min(size.chars(52), parent.window().width() * 9 // 10))
        self.title = QLineEdit(table.title)
        self.title.setPlaceholderText("可以不写；期间写 {{ period }}")
        self.field("表名", self.title)
        source = reportdraft.source_of(table)
        offered = [(text, name) for name, text in reportdraft.SOURCES if name in reportdraft.OFFERED or name == source]
        self.source = combo(offered, source)
        self.source.setEnabled(source in reportdraft.OFFERED)
        self.field("数据", self.source)
        self.which = QStackedWidget()
        self._pages = {"group": self._of_figures(), "kind": self._of_records(), "rows_of": self._of_rows()}
        for page in (*self._pages.values(), QWidget()):
            self.which.addWidget(page)
        self.field("取哪些", self.which)
        self.field("栏目", self._column_part())
        self.attached = QCheckBox("作为附件，附在文后；附件名")
        self.attached.setChecked(attached is not None)
        self.attachment = QLineEdit(attached or table.title)
        self.attachment.setCursorPosition(0)
        self.landscape = QCheckBox("横排")
        self.landscape.setChecked(table.landscape)
        sizes = list(SIZES) if any(value == table.size for _, value in SIZES) else [(f"{table.size:g} 磅", table.size), *SIZES]
        self.size_box = combo(sizes, table.size)
        self.field("", _row(self.attached, self.attachment, self.landscape, self.size_box, stretch=1))
        self.note = QLineEdit(table.source)
        self.note.setPlaceholderText("印在表下，例如：本办台账，统计时间截至{{ until }}。")
        self.field("数据来源", self.note)
        self.close_form()
        self.read = self._read
        self.source.currentIndexChanged.connect(lambda _: self._other_source())
        self._other_source(first=True)

    # ---- where the lines come from ------------------------------------------------------------------------------------

    def _of_figures(self) -> QWidget:
        table = self._table
        groups = list(GROUPS)
        if table.group and table.group not in dict(groups):
            groups.append((table.group, table.group))
        self.group = combo([(text, name) for name, text in groups], table.group or "unit")
        self.rank, self.compare = QComboBox(), QComboBox()
        self.total = QCheckBox("末行合计")
        self.total.setChecked(table.total)
        first = _row(label("按", wrap=False), self.group, label("分组，", wrap=False), self.total)
        second = _row(label("排名按", wrap=False), self.rank, label("与上期比", wrap=False), self.compare)
        return _column(first, second)

    def _of_records(self) -> QWidget:
        table, session = self._table, self._session
        kinds = [(k.label, k.name) for k in session.visible_kinds() if k.family and not k.parent]
        self.kind = combo(kinds, table.kind)
        self.kind.currentIndexChanged.connect(lambda _: self._other_kind())
        self.bar: FilterBar | None = None
        self._bar_holder = QVBoxLayout()
        self._bar_holder.setContentsMargins(0, 0, 0, 0)
        self.period, self.sort = QComboBox(), QComboBox()
        self.down = QCheckBox("从大到小")
        self.most = QSpinBox()
        self.most.setRange(0, 9999)
        self.most.setSpecialValueText("不限")
        self.most.setSuffix(" 条")
        self.most.setValue(table.limit or 0)
        self.most.lineEdit().setTextMargins(theme.sizes().gap // 2, 0, 0, 0)
        holder = QWidget()
        holder.setLayout(self._bar_holder)
        return _column(
            _row(self.kind, label("期间看", wrap=False), self.period),
            holder,
            _row(label("排序", wrap=False), self.sort, self.down, label("最多", wrap=False), self.most),
        )

    def _of_rows(self) -> QWidget:
        self._rows_of = self._table.rows_of
        self.rows_label = label("", wrap=False)
        return _row(self.rows_label, button("换一个数字…", self._ask_rows))

    def _ask_rows(self) -> None:
        name = ask_figure(self, self._session)
        if name is not None:
            self._rows_of = name
            self._show_rows()
            self._fill_columns()

    def _show_rows(self) -> None:
        known = figures.declared(self._session)
        self.rows_label.setText(known.get(self._rows_of).label if self._rows_of in known else "还没有选数字")

    def _other_source(self, *, first: bool = False) -> None:
        source = self.source.currentData()
        self.which.setCurrentIndex(list(self._pages).index(source) if source in self._pages else self.which.count() - 1)
        if source == "kind":
            self._other_kind(first=first)
        elif source == "rows_of":
            self._show_rows()
        if not first:
            self._columns = [c for c in self._columns if c.word in ("order", "rank", "group")]
        self._fill_columns()

    def _other_kind(self, *, first: bool = False) -> None:
        kind = self._session.kinds.get(self.kind.currentData())
        if self.bar is not None:
            self._bar_holder.removeWidget(self.bar)
            self.bar.hide()
            self.bar.deleteLater()
        self.bar = FilterBar(self._session, self._jobs, _Nothing(), kind.name)
        for part in (self.bar.entry, self.bar.columns, self.bar.count):
            part.hide()
        self._bar_holder.addWidget(self.bar)
        table = self._table
        same = kind.name == table.kind
        if same:
            from desktop.bulletin.reporttables import typed  # late: composing is not needed to show a page

            self.bar.set(typed(kind, table.where))
        days = [(f.label, f.name) for f in kind.all_fields if f.type in ("date", "month") and f.show]
        _fill(self.period, [("不限时间", ""), *((f"{text}在期间内", name) for text, name in days)], table.period if same else "")
        fields = [(f.label, f.name) for f in kind.all_fields if f.show and f.type not in ("attachment", "longtext")]
        sort = table.sort[0] if same and table.sort else ("", False)
        _fill(self.sort, [("登记先后", ""), *fields], sort[0])
        self.down.setChecked(sort[1])
        if not first:
            self._columns = [c for c in self._columns if c.word == "order"]
            self._fill_columns()

    # ---- columns ------------------------------------------------------------------------------------------------------

    def _column_part(self) -> QWidget:
        size = theme.sizes()
        self.columns = ShortList("栏目", [
            ListColumn("栏目", 9, stretch=True), ListColumn("印成", 7), ListColumn("宽", 3, keep=True),
            ListColumn("", 5, "muted", keep=True),
        ])  # fmt: skip
        self.columns.when_empty("还没有栏目", "点“加栏目…”。")
        self.columns.setMinimumHeight(size.row * 6)
        self.columns.chosen.connect(lambda _: self._show_column())
        self.columns.delete_asked.connect(self._drop_column)
        self.printed = QLineEdit()
        self.printed.setPlaceholderText("印成（不写就用原名）")
        self.printed.textEdited.connect(lambda text: self._change_column(label=text.strip()))
        self.wide = QSpinBox()
        self.wide.setRange(0, 90)
        self.wide.setSuffix(" ％宽")
        self.wide.setSpecialValueText("宽度自动")
        self.wide.lineEdit().setTextMargins(size.gap // 2, 0, 0, 0)
        self.wide.valueChanged.connect(lambda value: self._change_column(width=value / 100 if value else None))
        self.parts = QCheckBox("写出分子分母")
        self.parts.clicked.connect(lambda on: self._change_column(parts=on))
        buttons = _row(
            button("加栏目…", self._add_column, icon="plus"), button("上移", lambda: self._move(-1)), button("下移", lambda: self._move(1)),
            button("去掉", self._drop_column, "danger"),
        )  # fmt: skip
        return _column(self.columns, _row(self.printed, self.wide, self.parts, stretch=0), buttons)

    def _kinds(self) -> list[Any]:
        session, source = self._session, self.source.currentData()
        if source == "kind":
            return [session.kinds.get(self.kind.currentData())]
        if source == "rows_of":
            known = figures.declared(session)
            return [s.kind for s in sources(session.kinds, known.get(self._rows_of))] if self._rows_of in known else []
        if source == "children":
            return [session.kinds.get(self._table.children)]
        if source == "facts":
            from desktop.bulletin.reports import kinds_for  # late: composing is not needed to show a page

            return [session.kinds.get(name) for name in kinds_for(session, self._report)]
        return []

    def _fill_columns(self) -> None:
        kinds = self._kinds()
        self.columns.fill([
            Line(at, (
                reportdraft.column_label(self._session, c, kinds), c.label, f"{c.width * 100:.0f}％" if c.width else "",
                "分子分母" if c.parts else "",
            ), c)
            for at, c in enumerate(self._columns)
        ])  # fmt: skip
        known = figures.declared(self._session)
        shares = [(known.get(c.figure).label, c.figure) for c in self._columns if c.figure in known]
        _fill(self.rank, [("不排名", ""), *shares], self.rank.currentData() or self._table.rank)
        _fill(self.compare, [("不比", ""), *shares], self.compare.currentData() or self._table.compare)
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
            known = figures.declared(self._session)
            share = column.figure in known and known.get(column.figure).denominator is not None
            self.parts.setEnabled(share)
            self.parts.setChecked(column.parts and share)
        for entry in (self.printed, self.wide, self.parts):
            entry.blockSignals(False)

    def _change_column(self, **changes: Any) -> None:
        line = self.columns.line()
        if line is not None:
            self._columns[line.key] = msgspec.structs.replace(line.data, **changes)
            self._fill_columns()

    def _add_column(self) -> None:
        from desktop.bulletin.reportfile import ColumnOf  # late: composing is not needed to show a page

        source = self.source.currentData()
        if source == "group":
            words = [("#group", "组名（单位等）"), ("#rank", "排名"), ("#order", "序号"), ("#figure", "数字…")]
            left = [(name, text) for name, text in words if name[1:] not in {c.word for c in self._columns}]
            chosen = self._pick(left) if len(left) > 1 else ["#figure"]
        elif source == "handin":
            from desktop.bulletin.reporttables import WORDS  # late: composing is not needed to show a page

            chosen = self._pick([(f"#{name}", text) for name, text in WORDS.items() if name != "rank"])
        else:
            fields = dict.fromkeys((f.name, f.label) for k in self._kinds() for f in k.all_fields if f.show)
            held = {c.field for c in self._columns}
            words = [("#order", "序号"), ("#blank", "留空手填"), ("state", "办理状态"), ("light", "灯号")]
            chosen = self._pick([*words, *((name, text) for name, text in fields if name not in held)])
        for name in chosen:
            if name == "#figure":
                figure = ask_figure(self, self._session)
                if figure is not None:
                    self._columns.append(ColumnOf(figure=figure))
            elif name.startswith("#"):
                column = ColumnOf(word=name[1:], width=0.08 if name in ("#order", "#rank") else None)  # type: ignore[arg-type]
                self._columns.insert(0 if name in ("#order", "#rank") else len(self._columns), column)
            else:
                self._columns.append(ColumnOf(field=name))
        self._fill_columns()
        self.columns.selectRow(len(self._columns) - 1)

    def _pick(self, offered: list[tuple[str, str]]) -> list[str]:
        dialog = PickDialog(self, "加栏目", offered)
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
            self._columns[at], self._columns[at + step] = self._columns[at + step], self._columns[at]
            self._fill_columns()
            self.columns.selectRow(at + step)

    # ---- what was made ------------------------------------------------------------------------------------------------

    @property
    def attachment_title(self) -> str | None:
        """The attachment's title; None when the table stands in the text."""
        return self.attachment.text().strip() if self.attached.isChecked() else None

    def _read(self) -> Any:
        source = self.source.currentData()
        if not self._columns and source != "lines" and not self._table.all_fields:
            raise BadInput("还没有栏目，请点“加栏目…”。")
        if self.attached.isChecked() and not self.attachment.text().strip():
            raise BadInput("请写附件名。")
        changes: dict[str, Any] = {
            "title": self.title.text().strip(), "source": self.note.text().strip(), "columns": tuple(self._columns),
            "landscape": self.landscape.isChecked(), "size": self.size_box.currentData(),
        }  # fmt: skip
        if source in reportdraft.OFFERED:
            changes |= dict.fromkeys(("group", "kind", "rows_of", "period", "rank", "compare"), "")
            changes |= {"where": (), "sort": (), "total": False}
        if source == "group":
            changes |= {
                "group": self.group.currentData(), "rank": self.rank.currentData() or "", "compare": self.compare.currentData() or "",
                "total": self.total.isChecked(),
            }  # fmt: skip
        elif source == "kind":
            assert self.bar is not None
            sort = self.sort.currentData()
            changes |= {
                "kind": self.kind.currentData(), "where": self.bar.query().where, "period": self.period.currentData() or "",
                "sort": ((sort, self.down.isChecked()),) if sort else (), "limit": self.most.value() or None,
            }  # fmt: skip
        elif source == "rows_of":
            if not self._rows_of:
                raise BadInput("请选一个数字。")
            changes["rows_of"] = self._rows_of
        return msgspec.structs.replace(self._table, **changes)


def _fill(box: QComboBox, options: list[tuple[str, Any]], chosen: Any) -> None:
    box.clear()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _row(*widgets: QWidget, stretch: int | None = None) -> QWidget:
    """Widgets side by side; the one at ``stretch`` takes the room."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.sizes().gap)
    for at, widget in enumerate(widgets):
        line.addWidget(widget, 1 if at == stretch else 0)
    if stretch is None:
        line.addStretch(1)
    return holder


def _column(*widgets: QWidget) -> QWidget:
    holder = Tall()
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(theme.sizes().gap // 2)
    for widget in widgets:
        box.addWidget(widget)
    return holder
