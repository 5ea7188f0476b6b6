"""A report while it is being changed on screen: plain steps from one declaration to the next, and
what its parts are called."""

from __future__ import annotations

import re

import msgspec

from db.metrics import metrics
from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.bulletin.report.declaration import (
    ArticlesOf,
    ChartOf,
    ColumnOf,
    GanttOf,
    Need,
    Report,
    TableOf,
)
from desktop.bulletin.report.figure_tables import HEADINGS, word_label

Part = TableOf | ChartOf | ArticlesOf | GanttOf

#: Where the lines of a table come from: the word kept, what it is called.
SOURCES = (
    ("group", "分组统计的数字，一组一行"), ("kind", "一个台账的记录，一条一行"),
    ("rows_of", "一个数字背后的记录，一条一行"), ("facts", "所选事项的各项内容"),
    ("children", "所选事项下面的记录"), ("handin", "各单位报送情况"), ("lines", "写定的文字和留空"),
    ("of_leader", "所选领导的事项和会议"), ("agenda", "所选会议的议程"),
)
#: Words that stand as columns in a table of each source; what has none may have its rows counted.
WORDS_OF = {
    "group": ("order", "rank", "group", "score"),
    "handin": ("order", "group", "given", "handed_in", "status"), "facts": (), "lines": (),
    "rows_of": ("order", "origin"),
    "of_leader": ("order", "title", "ledger", "unit", "day", "standing"),
    "agenda": ("order", "title", "unit", "day", "standing", "times"),
}  # fmt: skip
CHARTS = (
    ("bars", "横条，按大小比较"), ("columns", "竖条"), ("trend", "折线，看变化"), ("share", "占比"),
)
HEADS = (("none", "不要版头"), ("red", "红头文件"), ("letter", "信函"), ("brief", "简报"))
NEEDS: tuple[tuple[Need, str], ...] = (("period", "期间"), ("unit", "单位"), ("item", "一条记录"))
PERIODS = (("week", "周"), ("month", "月"), ("year", "年"))


def source_of(table: TableOf) -> str:
    """Which of ``SOURCES`` a table is of."""
    said = {
        "lines": table.lines, "handin": table.handin, "facts": table.facts, "group": table.group,
        "of_leader": table.of_leader, "agenda": table.agenda,
        "children": table.children, "rows_of": table.rows_of, "kind": table.kind,
    }
    return next((name for name, value in said.items() if value), "group")


def sources_for(report: Report) -> tuple[str, ...]:
    """The sources that a table of this report may have, by what is chosen before it is printed."""
    chosen = (*report.needs, *report.optional)
    found = ["group", "kind", "rows_of"]
    found += ["facts", "children"] if "item" in chosen else []
    found += ["handin"] if "period" in chosen else []
    return (*found, "lines")


def first_ledger(session: Session) -> str:
    """The ledger that is proposed for articles: one of cases where there is one, for its long
    texts."""
    kinds = [k for k in session.visible_kinds() if k.family and not k.parent]
    return max(
        kinds,
        key=lambda k: (
            k.lifecycle == "submit_review_publish", sum(type_of(f).multiline for f in k.all_fields),
        ),
    ).name


def parts_of(report: Report) -> tuple[Part, ...]:
    """Its tables, charts, articles and wall charts."""
    return (*report.tables, *report.charts, *report.articles, *report.gantts)


def new_name(report: Report, word: str) -> str:
    """A name for a part that none of the report's parts has."""
    taken = {part.name for part in parts_of(report)}
    number = 1
    while f"{word}_{number}" in taken:
        number += 1
    return f"{word}_{number}"


def with_part(report: Report, part: Part) -> Report:
    """The report with this table, chart, articles or wall chart in the place of the one of its
    name, or added."""
    alike = [each for each in parts_of(report) if type(each) is type(part)]
    place = next((at for at, each in enumerate(alike) if each.name == part.name), len(alike))
    alike[place : place + 1] = [part]
    return msgspec.structs.replace(report, **{_SORTS[type(part)]: tuple(alike)})


def without_part(report: Report, part: Part) -> Report:
    """The report without a part, the line that puts it into the text, and the attachment that shows
    it."""
    left = [e for e in parts_of(report) if type(e) is type(part) and e.name != part.name]
    line = re.compile(rf"^[ \t]*{word_of(part)}[ \t]+{re.escape(part.name)}[ \t]*\n?", re.MULTILINE)
    table = isinstance(part, TableOf)
    return msgspec.structs.replace(
        report, body=line.sub("", report.body),
        appendix=tuple(a for a in report.appendix if not (table and a.table == part.name)),
        **{_SORTS[type(part)]: tuple(left)},
    )


_SORTS: dict[type[Part], str] = {
    TableOf: "tables", ChartOf: "charts", ArticlesOf: "articles", GanttOf: "gantts",
}
_WORDS: dict[type[Part], str] = {
    TableOf: "@table", ChartOf: "@chart", ArticlesOf: "@articles", GanttOf: "@gantt",
}


def word_of(part: Part) -> str:
    """The line of the body that puts a part there begins with this."""
    return _WORDS[type(part)]


def where_of(report: Report, part: Part) -> str:
    """Where in the report a part stands, in words."""
    if isinstance(part, TableOf) and any(a.table == part.name for a in report.appendix):
        return "附件"
    line = re.compile(rf"^[ \t]*{word_of(part)}[ \t]+{re.escape(part.name)}[ \t]*$", re.MULTILINE)
    return "正文" if line.search(report.body) else "没有用到"


def column_label(session: Session, column: ColumnOf, kinds: list[Kind]) -> str:
    """What a column is of: a figure, a field, or a word."""
    # late: composing is not needed to show a page

    if column.figure:
        known = metrics.declared(session)
        return known.get(column.figure).label if column.figure in known else column.figure
    if column.word:
        said = {"group": "单位等组名", "blank": "留空手填"}.get(column.word) or word_label(
            session, column.word
        )
        return said or HEADINGS.get(column.word, column.word)
    for kind in kinds:
        name = {"title": kind.title, "unit": kind.unit or ""}.get(column.field, column.field)
        if kind.has(name):
            return kind.field(name).label
    return {"state": "办理状态", "light": "灯号"}.get(column.field, column.field)
