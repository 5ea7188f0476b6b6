"""Whether a report can be printed: every blank, figure, field and table of it is there. Each
problem says where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from jinja2 import meta, nodes

from db.domain import monthly_review
from db.errors import BadInput, DeclarationError, Problem, ZhengxianError
from db.metrics import metrics, narrowed, own_figures
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.groups import GROUPS
from db.model.query import PSEUDO, Query, Where
from db.session import Session
from desktop.bulletin.report import (
    appointment_form,
    body_blocks,
    figure_tables,
    office_reports,
    official_parts,
    template_text,
)
from desktop.bulletin.report.declaration import (
    ArticlesOf,
    ChartOf,
    ColumnOf,
    GanttOf,
    Report,
    TableOf,
    sort_of,
)
from desktop.bulletin.report.filling import Choice, ReportFilling, indicator_figure
from desktop.bulletin.report.photographs import places
from desktop.bulletin.report.reports import kinds_for

#: What takes a figure's name first in a blank.
CALLS = ("n", "rate", "indicator", "value", "behind", "groups", "can", "some")
#: Columns that every kind answers to, whatever its fields are called.
COMMON = ("title", "unit", "state", "light")
_LINE = re.compile(r"^[ \t\u3000]*(@[a-z]+)(?:[ \t]+(\S.*?))?[ \t]*$", re.MULTILINE)


class ReportProblem(msgspec.Struct, frozen=True):
    """A problem: where, and what is wrong and to be done."""

    where: str
    text: str

    @property
    def message(self) -> str:
        """The sentence."""
        return f"{self.where}：{self.text}"


def check(session: Session, report: Report) -> None:
    """Raises ``BadInput`` with every problem of a report."""
    found = problems(session, report)
    if found:
        text = "；".join(each.message for each in found[:3]) + (
            f"；共 {len(found)} 处" if len(found) > 3 else ""
        )
        raise BadInput(
            f"文种「{report.label}」还有 {len(found)} 处要改：{text}。",
            problems=[Problem(f.where, f.message) for f in found],
        )


def problems(session: Session, report: Report) -> list[ReportProblem]:
    """What stands against printing this report, in the order of its parts."""
    return list(_Check(session, report).all())


class _Check:
    def __init__(self, session: Session, report: Report) -> None:
        self.session, self.report = session, report
        self.figures = metrics.declared(session)
        self.names = frozenset(ReportFilling(session, report, Choice()).values())
        self.item_kinds: list[Kind] = []
        if "item" in report.needs or "item" in report.optional:
            self.item_kinds = [
                session.kinds.get(name)
                for name in kinds_for(session, report)
                if name in session.kinds
            ]

    def all(self) -> Iterator[ReportProblem]:
        yield from self._head()
        yield from self._template("正文", self.report.body, lines=True)
        yield from self._parts_named()
        for table in self.report.tables:
            yield from self._table(table)
        for chart in self.report.charts:
            yield from self._chart(chart)
        for articles in self.report.articles:
            yield from self._articles(articles)
        for gantt in self.report.gantts:
            yield from self._gantt(gantt)
        for place, each in enumerate(self.report.appendix, 1):
            yield from self._template(f"附件{place}标题", each.title)
            if not any(t.name == each.table for t in self.report.tables):
                yield ReportProblem(
                    f"附件{place}", f"用到的表格「{each.table}」没有了，请换一张表或去掉这个附件"
                )

    # -- name, masthead, imprint -------------------------------------------------------------------

    def _head(self) -> Iterator[ReportProblem]:
        report = self.report
        if not report.label.strip():
            yield ReportProblem("文种名称", "还没有写")
        others = (form.report for form in office_reports.office_reports(self.session))
        if any(other.label == report.label and other.name != report.name for other in others):
            yield ReportProblem("文种名称", f"已经有「{report.label}」，请换一个名称")
        if not report.title.strip():
            yield ReportProblem("标题", "还没有写")
        yield from self._ledgers("适用台账", report.kinds)
        yield from self._ledgers("统计台账", report.ledgers)
        for where, text in self._texts():
            yield from self._template(where, text)

    def _ledgers(self, where: str, names: Iterable[str]) -> Iterator[ReportProblem]:
        for name in names:
            if name not in self.session.kinds:
                yield ReportProblem(where, f"没有台账「{name}」")

    def _texts(self) -> list[tuple[str, str]]:
        """The texts around the body, with where they stand."""
        report = self.report
        texts = [("标题", report.title), ("版头名称", report.head.name)]
        declared = official_parts.declared(report)
        texts += [(part.label, declared[part.name]) for part in official_parts.PARTS]
        if report.cover is not None:
            texts += [
                ("封面标题", report.cover.title), ("封面副题", report.cover.subtitle),
                ("封面角注", report.cover.corner),
            ]
        return texts

    # -- texts with blanks -------------------------------------------------------------------------

    def _template(self, where: str, text: str, *, lines: bool = False) -> Iterator[ReportProblem]:
        def at(line: int) -> str:
            return f"{where}第 {line} 行" if lines else where

        if lines:
            yield from self._lines(text, at)
        try:
            tree = template_text.parsed(text)
        except template_text.BrokenBlank as error:
            yield ReportProblem(at(error.line), error.text)
            return
        if tree is not None:
            yield from self._blanks(tree, at)

    def _blanks(self, tree: Any, at: Callable[[int], str]) -> Iterator[ReportProblem]:
        unknown = meta.find_undeclared_variables(tree) - self.names
        for node in tree.find_all(nodes.Name):
            if node.name in unknown:
                unknown.remove(node.name)
                yield ReportProblem(at(node.lineno), f"没有叫「{node.name}」的空")
        for node in tree.find_all(nodes.Call):
            called, where = node.node, at(node.lineno)
            if isinstance(called, nodes.Name) and called.name in CALLS:
                yield from self._call(node, where)
            elif isinstance(called, nodes.Getattr) and called.attr == "children":
                name = _literal(node, 0)
                yield from self._ledgers(where, [name] if isinstance(name, str) else [])
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            if isinstance(node.node, nodes.Name) and node.node.name == "item":
                yield from self._item(node, at(node.lineno))

    def _call(self, node: Any, where: str) -> Iterator[ReportProblem]:
        call = node.node.name
        if not node.args:
            yield ReportProblem(where, f"「{call}」后面的括号里要写数字的代号")
            return
        name = yield from self._called_figure(node, call, where)
        if name is None:
            return
        named = [getattr(arg, "value", None) for arg in node.args] if call == "some" else [name]
        unknown = [each for each in named if str(each) not in self.figures]
        if unknown:
            yield ReportProblem(where, self._why(str(unknown[0])))
            return
        second, label = _literal(node, 1), self.figures.get(name).label
        if call == "rate" and self._is_no_share(name):
            yield ReportProblem(where, f"「{label}」不是比率，不能写分子分母")
        if not isinstance(second, str):
            return
        if call in ("n", "rate") and self.session.get("unit", second) is None:
            yield ReportProblem(where, f"「{label}」写定的单位已经没有了")
        if call == "groups":
            yield from self._group(where, second, [name])

    def _called_figure(
        self, node: Any, call: str, where: str
    ) -> Generator[ReportProblem, None, str | None]:
        """The figure that a blank takes; none where it is worked out while it is filled, or not
        there."""
        name = _literal(node, 0)
        if not isinstance(name, str):
            return None
        if call == "indicator":
            return (yield from self._indicator(node, name, where))
        if call not in ("n", "rate"):
            return name
        given = {each.key: getattr(each.value, "value", "") for each in node.kwargs}
        return narrowed.format_name(name, given, str(given.pop("scale", "")))

    def _is_no_share(self, name: str) -> bool:
        return name in self.figures and self.figures.get(name).denominator is None

    def _why(self, name: str) -> str:
        """What stands against a figure of that name."""
        base = narrowed.parse_name(name)[0]
        try:
            self.figures.get(name if base in self.figures else base)
        except BadInput as error:
            if base in self.figures:
                return error.message.rstrip("。")
        called = own_figures.called(self.session, base)
        return f"没有数字「{called}」，请用“插入数字”重新选"

    def _indicator(
        self, node: Any, name: str, where: str
    ) -> Generator[ReportProblem, None, str | None]:
        """The figure that a blank for an indicator takes; none where the indicator is not there."""
        part = str(_literal(node, 1) or "") if len(node.args) > 1 else "value"
        where_named = (Where("name", "eq", name),)
        if not self.session.count(Query(kind="indicator", where=where_named)):
            yield ReportProblem(where, f"台账里没有叫「{name}」的指标")
            return None
        try:
            return indicator_figure(name, part)
        except BadInput as error:
            yield ReportProblem(where, error.message.rstrip("。"))
            return None

    def _item(self, node: Any, where: str) -> Iterator[ReportProblem]:
        if not self.item_kinds:
            yield ReportProblem(where, "用到了“事项”，但这个文种打印前不选事项")
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            name = str(node.arg.value)
            if not any(kind.has(name) for kind in self.item_kinds):
                yield ReportProblem(where, f"能选的台账都没有栏目「{name}」")

    def _lines(self, text: str, at: Callable[[int], str]) -> Iterator[ReportProblem]:
        for match in _LINE.finditer(text):
            word, name = match.group(1), (match.group(2) or "").strip()
            where = at(text.count("\n", 0, match.start()) + 1)
            if word not in ("@end", "@contents") and (wrong := self._wrong_part(word, name)):
                yield ReportProblem(where, wrong)

    def _wrong_part(self, word: str, name: str) -> str:
        """What is wrong with a line that takes a part in; "" for nothing."""
        if word not in body_blocks.PARTS and word != "@article":
            return f"没有「{word}」"
        if not name:
            return f"「{word}」后面要写名称"
        if word == "@form":
            return "" if name in appointment_form.FORMS else f"没有固定表单「{name}」"
        if word == "@photos":
            return self._no_photos(name)
        if word != "@article":
            try:
                self.report.part(word, name)
            except DeclarationError:
                return f"没有叫「{name}」的{sort_of(word)}，请重新插入"
        return ""

    def _no_photos(self, name: str) -> str:
        for kind, field in places(name):
            known = self.session.kinds
            kinds = [known.get(kind)] if kind in known else self.item_kinds
            if not any(
                each.has(field) and type_of(each.field(field)).holds_files for each in kinds
            ):
                return f"没有放照片的栏目「{field}」"
        return ""

    # -- tables, charts, articles, wall charts -----------------------------------------------------

    def _parts_named(self) -> Iterator[ReportProblem]:
        report = self.report
        for parts in (report.tables, report.charts, report.articles, report.gantts):
            names = [part.name for part in parts]
            for name in sorted({name for name in names if names.count(name) > 1}):
                yield ReportProblem(f"「{name}」", "代号重复，请删去一个")

    def _table(self, table: TableOf) -> Iterator[ReportProblem]:
        where = f"表格「{_called(table)}」"
        for text in (table.title, table.source, *(cell for line in table.lines for cell in line)):
            yield from self._template(where, text)
        sources = (
            table.handin, table.facts, table.group, table.children, table.rows_of, table.of_leader,
            table.agenda,
        )
        if not any((table.lines, *sources, table.kind)):
            yield ReportProblem(where, "还没有选数据从哪里来")
            return
        if not any((table.lines, table.columns, table.all_fields)):
            yield ReportProblem(where, "还没有栏目，请添加")
        if table.empty:
            yield from self._template(where, table.empty)
        if sum(c.width or 0 for c in table.columns) > 1.0001:
            yield ReportProblem(where, "各栏宽度合计超过 100％")
        if table.group:
            yield from self._figure_table(where, table)
        elif not (table.lines or table.handin or table.of_leader or table.agenda):
            yield from self._record_table(where, table)

    def _figure_table(self, where: str, table: TableOf) -> Iterator[ReportProblem]:
        names = [c.figure for c in table.columns if c.figure]
        unknown = [name for name in names if name not in self.figures]
        for name in unknown:
            called = own_figures.called(self.session, name)
            yield ReportProblem(where, f"没有数字「{called}」，请删去这一栏")
        for column in table.columns:
            if column.field:
                yield ReportProblem(
                    where, f"分组统计的表只能放数字，请删去栏目「{column.label or column.field}」"
                )
            elif column.parts and self._is_no_share(column.figure):
                yield ReportProblem(
                    where, f"「{self.figures.get(column.figure).label}」不是比率，不能写分子分母"
                )
        if not names:
            yield ReportProblem(where, "还没有数字，请添加")
        yield from self._compared(where, table)
        yield from self._group(where, table.group, [name for name in names if name not in unknown])

    def _compared(self, where: str, table: TableOf) -> Iterator[ReportProblem]:
        """What the lines of a table are ranked and compared by."""
        for word, name in (("排名", table.rank), ("与上期比较", table.compare)):
            if name and name != monthly_review.POINTS and name not in self.figures:
                yield ReportProblem(where, f"{word}用的数字「{name}」没有了")
        if table.group != "unit" and figure_tables.scored(table):
            yield ReportProblem(
                where,
                f"{monthly_review.points_label(self.session)}是各单位的，按单位分组的表才能放，"
                "请去掉或改为按单位分组",
            )
        if table.compare and "period" not in (*self.report.needs, *self.report.optional):
            yield ReportProblem(where, "与上期比较，打印前就要选期间")

    def _group(self, where: str, group: str, names: Sequence[str]) -> Iterator[ReportProblem]:
        if group in GROUPS:
            return
        for name in names:
            if name in self.figures and not metrics.groups_by(self.session, name, group):
                label = self.figures.get(name).label
                yield ReportProblem(where, f"「{label}」不能按「{group}」分组")

    def _record_table(self, where: str, table: TableOf) -> Iterator[ReportProblem]:
        kinds = self._kinds_of(table)
        if kinds is None:
            wanted = table.children or table.kind or table.rows_of
            yield ReportProblem(where, f"没有「{wanted}」，请重新选数据从哪里来")
            return
        if not kinds:
            yield ReportProblem(where, "列的是事项的内容，但这个文种打印前不选事项")
            return
        for column in table.columns:
            if wrong := _wrong_column(kinds, column):
                yield ReportProblem(where, wrong)
        if table.period and not _any_has(kinds, table.period):
            yield ReportProblem(where, f"没有时间栏目「{table.period}」")
        for name, _ in table.sort:
            if name not in PSEUDO and not _any_has(kinds, name):
                yield ReportProblem(where, f"没有排序用的栏目「{name}」")
        for each in table.where:
            yield from self._where(where, each, kinds)

    def _kinds_of(self, table: TableOf) -> list[Kind] | None:
        """The kinds whose records a table lists; None when they are not there."""
        if table.facts:
            return self.item_kinds
        if table.rows_of and not table.children:
            known = table.rows_of in self.figures
            return metrics.read_kinds(self.session, table.rows_of) if known else None
        name = table.children or table.kind
        return [self.session.kinds.get(name)] if name in self.session.kinds else None

    def _where(self, where: str, each: Where, kinds: Sequence[Kind]) -> Iterator[ReportProblem]:
        if each.field in PSEUDO:
            return
        having = [kind for kind in kinds if kind.has(each.field)]
        if not having:
            yield ReportProblem(where, f"没有筛选用的栏目「{each.field}」")
            return
        field = having[0].field(each.field)
        values = each.value if isinstance(each.value, list | tuple) else [each.value]
        for value in values:
            if wrong := _wrong_value(field, value):
                yield ReportProblem(where, f"「{field.label}」{wrong}")

    def _chart(self, chart: ChartOf) -> Iterator[ReportProblem]:
        where = f"图表「{_called(chart)}」"
        for text in (chart.title, chart.source):
            yield from self._template(where, text)
        if not chart.figures:
            yield ReportProblem(where, "还没有数字，请添加")
        for name in chart.figures:
            if name not in self.figures:
                called = own_figures.called(self.session, name)
                yield ReportProblem(where, f"没有数字「{called}」，请删去")
        known = [self.figures.get(name) for name in chart.figures if name in self.figures]
        measures = {f.measure if f.denominator is None else metrics.PERCENT for f in known}
        if len(measures) > 1:
            yield ReportProblem(where, "几个数字的计量单位不同，不能画在一张图上")
        if chart.group == "month" and "period" not in (*self.report.needs, *self.report.optional):
            yield ReportProblem(where, "按月画的图，打印前就要选期间")
        yield from self._group(where, chart.group, chart.figures)

    def _articles(self, articles: ArticlesOf) -> Iterator[ReportProblem]:
        where = f"文章「{articles.name}」"
        if articles.kind not in self.session.kinds:
            yield ReportProblem(where, f"没有台账「{articles.kind}」")
            return
        kind = self.session.kinds.get(articles.kind)
        for name in (
            *articles.text, *(n for n, _ in articles.sort),
            *([articles.period] if articles.period else ()),
        ):
            if name not in PSEUDO and not kind.has(name):
                yield ReportProblem(where, f"「{kind.label}」没有栏目「{name}」")
        for each in articles.where:
            yield from self._where(where, each, [kind])

    def _gantt(self, gantt: GanttOf) -> Iterator[ReportProblem]:
        where = f"挂图「{_called(gantt)}」"
        for text in (gantt.title, gantt.source):
            yield from self._template(where, text)
        for name in gantt.kinds:
            if name not in self.session.kinds:
                yield ReportProblem(where, f"没有台账「{name}」")


def _literal(node: Any, at: int) -> object:
    """What an argument of a call is written as; None for one that is worked out, or not there."""
    return getattr(node.args[at], "value", None) if len(node.args) > at else None


def _any_has(kinds: Sequence[Kind], field: str) -> bool:
    return any(kind.has(field) for kind in kinds)


def _wrong_column(kinds: Sequence[Kind], column: ColumnOf) -> str:
    """What is wrong with a column of records of these kinds; "" for nothing."""
    if column.figure:
        return f"逐条列出的表不能放数字，请删去栏目「{column.label or column.figure}」"
    if column.field and column.field not in COMMON and not _any_has(kinds, column.field):
        return f"{'、'.join(k.label for k in kinds[:3])}没有栏目「{column.field}」"
    return ""


def _wrong_value(field: Field, value: object) -> str:
    """What is wrong with a value that a field is filtered by; "" for nothing."""
    kind_of = type_of(field)
    if kind_of.listed and value is not None and all(o.name != value for o in field.options):
        return f"没有选项「{value}」"
    if kind_of.dated and isinstance(value, str):
        try:
            kind_of.from_json(value, field)
        except (ValueError, ZhengxianError):
            return f"的筛选值「{value}」不是日期"
    return ""


def _called(part: Any) -> str:
    """A part's title for people, its name without one."""
    return template_text.without_calls(part.title).strip() or part.name


def read_kinds(session: Session, report: Report) -> frozenset[str]:
    """Every kind whose records a report shows, be it in a table, as articles or on a wall chart."""
    known = metrics.declared(session)
    found = set(report.kinds)
    for table in report.tables:
        found.update(name for name in (table.kind, table.children) if name)
        if table.rows_of in known:
            found.update(kind.name for kind in metrics.read_kinds(session, table.rows_of))
    found.update(articles.kind for articles in report.articles)
    found.update(name for gantt in report.gantts for name in gantt.kinds)
    return frozenset(name for name in found if name in session.kinds)


__all__ = ["ReportProblem", "check", "problems", "read_kinds"]
