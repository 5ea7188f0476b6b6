"""The body of a report: plain typing with lines that put a table, a chart, articles, a wall chart or a form in their place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast

from db.query import Query, Where
from db.records import Record
from desktop.bulletin import blanks, reporttables
from desktop.bulletin.blocks import from_text
from desktop.bulletin.document import Article, Bar, Block, Contents, Gantt, Paragraph, Turned, Wide
from desktop.bulletin.gantt import LIGHTS
from desktop.bulletin.reportfile import ArticlesOf, GanttOf

if TYPE_CHECKING:
    from desktop.bulletin.reports import Builder

BYLINE = "｜"
Light = Literal["green", "yellow", "red", "blue"]


def _table(builder: Builder, name: str) -> list[Block]:
    declared = builder.report.table(name)
    table = reporttables.table(builder, declared)
    if table is None:
        return [Paragraph(declared.empty)] if declared.empty else []
    return [Turned((table,)) if declared.landscape else table]


def _chart(builder: Builder, name: str) -> list[Block]:
    chart = reporttables.chart(builder, builder.report.chart(name))
    return [chart] if chart is not None else []


def _form(builder: Builder, name: str) -> list[Block]:
    return [builder.form(name)]


def _contents(builder: Builder, name: str) -> list[Block]:
    return [Contents()]


def _articles(builder: Builder, name: str) -> list[Block]:
    """Records as articles, in the order asked."""
    declared = builder.report.articles_of(name)
    session = builder.session
    kind = session.kinds.get(declared.kind)
    found: list[Block] = []
    for record in _records_of(builder, declared):
        text = "\n".join(str(record.values[f]) for f in declared.text if record.values.get(f))
        byline = session.text(record, kind.unit) if kind.unit else ""
        found.append(Article(session.title_of(record), from_text(text), byline, declared.new_page))
    if not found and declared.empty:
        return [Paragraph(declared.empty)]
    return found


def _records_of(builder: Builder, declared: ArticlesOf) -> list[Record]:
    where, period = declared.where, builder.choice.period
    if declared.period and period is not None:
        where += (Where(declared.period, "ge", period.first), Where(declared.period, "le", period.last))
    return builder.session.find(Query(kind=declared.kind, where=where, sort=declared.sort, limit=declared.limit))


def _gantt(builder: Builder, name: str) -> list[Block]:
    declared = builder.report.gantt(name)
    bars = gantt_bars(builder, declared)
    if not bars:
        return [Paragraph(declared.empty)] if declared.empty else []
    chart = Gantt(bars, builder.session.today, builder.plain(declared.title), builder.plain(declared.source))
    return [Wide((chart,))]


def gantt_bars(builder: Builder, declared: GanttOf) -> tuple[Bar, ...]:
    """A bar for every record that counts and touches the period, by unit in the units' order, earliest first."""
    session, choice = builder.session, builder.choice
    first, last = (choice.period.first, choice.period.last) if choice.period else (dt.date.min, dt.date.max)
    places = session.unit_order()
    found: list[tuple[tuple[int, dt.date, str], Bar]] = []
    for name in declared.kinds:
        kind = session.kinds.get(name)
        cycle = session.kinds.lifecycle_of(kind)
        where: tuple[Where, ...] = (Where(declared.end, "filled"),)
        if choice.unit:
            where += (Where("unit", "in", [choice.unit]),)
        for record in session.find(Query(kind=name, where=where)):
            state = cycle.state(record.state) if cycle and record.state else None
            start = next((record.values[f] for f in declared.start if record.values.get(f)), None)
            end = record.values[declared.end]
            if (state and (state.void or state.draft)) or start is None or start > end or end < first or start > last:
                continue
            done = record.values.get(declared.done) if kind.has(declared.done) else None
            unit = record.values.get(kind.unit) if kind.unit else None
            light = session.light(record)
            bar = Bar(
                session.title_of(record), start, end, 1.0 if light == "blue" else float(done or Decimal(0)) / 100,
                session.unit_name(unit) if unit else "", cast(Light, light if light in LIGHTS else "green"),
            )  # fmt: skip
            found.append(((places.get(unit, len(places)) if unit else len(places), start, record.uid), bar))
    found.sort(key=lambda each: each[0])
    return tuple(bar for _, bar in found[: declared.limit])


PARTS: dict[str, Callable[[Builder, str], list[Block]]] = {
    "@table": _table,
    "@chart": _chart,
    "@form": _form,
    "@gantt": _gantt,
    "@contents": _contents,
    "@articles": _articles,
}


def blocks(builder: Builder, text: str) -> tuple[Block, ...]:
    """The blocks of a filled body. An ``@article`` takes what follows it up to the next one, to ``@articles`` or to ``@end``."""
    found: list[Block] = []
    inside: list[Block] = []
    head: str | None = None
    lines: list[str] = []

    def flush() -> None:
        (found if head is None else inside).extend(blanks.with_runs(from_text("\n".join(lines))))
        lines.clear()

    def close() -> None:
        nonlocal head
        flush()
        if head is not None:
            title, _, byline = head.partition(BYLINE)
            found.append(Article(blanks.unmarked(title.strip()), tuple(inside), blanks.unmarked(byline.strip())))
            inside.clear()
        head = None

    for line in text.splitlines():
        word, _, name = line.strip().partition(" ")
        if word in ("@article", "@end"):
            close()
            head = name.strip() if word == "@article" else None
        elif word in PARTS:
            if word == "@articles":
                close()
            flush()
            (found if head is None else inside).extend(PARTS[word](builder, name.strip()))
        else:
            lines.append(line)
    close()
    return tuple(found)
