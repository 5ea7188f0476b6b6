"""The body of a report: plain typing with lines that put a table, a chart, articles, a wall chart
or a form in their place."""

from __future__ import annotations

from collections.abc import Callable

from db.domain import wall_chart
from db.errors import BadInput
from db.model.query import Query
from db.model.records import Record
from desktop.bulletin.document import Article, Bar, Block, Contents, Gantt, Paragraph, Turned, Wide
from desktop.bulletin.report import appointment_form, charts, tables, template_text
from desktop.bulletin.report.declaration import ArticlesOf, GanttOf
from desktop.bulletin.report.filling import ReportFilling
from desktop.bulletin.report.photographs import photographs
from desktop.bulletin.report.table_records import typed, within
from desktop.bulletin.report.wall_chart import bars_of
from desktop.bulletin.typed_text import from_text

BYLINE = "｜"


def _empty(filling: ReportFilling, template: str) -> list[Block]:
    """What stands in place of a part with nothing in it."""
    text = filling.plain(template)
    return [Paragraph(text)] if text else []


def _table(filling: ReportFilling, name: str) -> list[Block]:
    declared = filling.report.table(name)
    table = tables.table(filling, declared)
    if table is None:
        return _empty(filling, declared.empty)
    return [Turned((table,)) if declared.landscape else table]


def _chart(filling: ReportFilling, name: str) -> list[Block]:
    chart = charts.chart(filling, filling.report.chart(name))
    return [chart] if chart is not None else []


def _form(filling: ReportFilling, name: str) -> list[Block]:
    """A fixed form of the chosen item: the appointment form, a person's sheet."""
    item = filling.choice.item
    if name not in appointment_form.FORMS or item is None:
        raise BadInput(
            f"文种「{filling.report.label}」用到的表单「{name}」不存在，或没有选择人员。"
        )
    return [appointment_form.FORMS[name](filling.session, item)]


def _contents(filling: ReportFilling, name: str) -> list[Block]:
    return [Contents()]


def _articles(filling: ReportFilling, name: str) -> list[Block]:
    """Records as articles, in the order asked."""
    declared = filling.report.articles_of(name)
    session = filling.session
    kind = session.kinds.get(declared.kind)
    found: list[Block] = []
    for record in _records_of(filling, declared):
        text = "\n".join(str(record.values[f]) for f in declared.text if record.values.get(f))
        byline = session.text(record, kind.unit) if kind.unit else ""
        found.append(Article(session.title_of(record), from_text(text), byline, declared.new_page))
    return found or _empty(filling, declared.empty)


def _records_of(filling: ReportFilling, declared: ArticlesOf) -> list[Record]:
    kind = filling.session.kinds.get(declared.kind)
    where = typed(kind, declared.where + within(declared.period, filling.choice.period))
    return filling.session.find(
        Query(
            kind=declared.kind, where=where, sort=declared.sort, limit=declared.limit,
            as_of=filling.as_of,
        )
    )


def _gantt(filling: ReportFilling, name: str) -> list[Block]:
    declared = filling.report.gantt(name)
    bars = gantt_bars(filling, declared)
    if not bars:
        return _empty(filling, declared.empty)
    day = filling.as_of
    chart = Gantt(
        bars, day, filling.plain(declared.title), filling.plain(declared.source),
        past=day < filling.session.today,
    )
    return [Wide((chart,))]


def gantt_bars(filling: ReportFilling, declared: GanttOf) -> tuple[Bar, ...]:
    """A bar for every item in hand or done whose span touches the period: the spans that the page
    of the wall chart shows, too."""
    session, choice = filling.session, filling.choice
    found = wall_chart.spans(session, declared.kinds, choice.unit, closed=True, as_of=filling.as_of)
    if choice.period is not None:
        first, last = choice.period.first, choice.period.last
        found = [span for span in found if span.start <= last and span.end >= first]
    return bars_of(session, found[: declared.limit])


PARTS: dict[str, Callable[[ReportFilling, str], list[Block]]] = {
    "@table": _table, "@chart": _chart, "@form": _form, "@gantt": _gantt, "@contents": _contents,
    "@articles": _articles, "@photos": photographs,
}


def blocks(filling: ReportFilling, text: str) -> tuple[Block, ...]:
    """The blocks of a filled body. An ``@article`` takes what follows it up to the next one, to
    ``@articles`` or to ``@end``."""
    found: list[Block] = []
    inside: list[Block] = []
    head: str | None = None
    lines: list[str] = []

    def flush() -> None:
        (found if head is None else inside).extend(
            template_text.with_runs(from_text("\n".join(lines)))
        )
        lines.clear()

    def close() -> None:
        nonlocal head
        flush()
        if head is not None:
            title, _, byline = head.partition(BYLINE)
            found.append(
                Article(
                    template_text.unmarked(title.strip()), tuple(inside),
                    template_text.unmarked(byline.strip()),
                )
            )
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
            (found if head is None else inside).extend(PARTS[word](filling, name.strip()))
        else:
            lines.append(line)
    close()
    return tuple(found)
