"""The wall chart on A3 paper, from the spans that the screen shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from db.errors import BadInput
from db.model.dates import chinese_date
from desktop.bulletin.document import Bar, Document, Gantt, Wide
from desktop.bulletin.report.missing_characters import rendered
from desktop.bulletin.writers import Printed

if TYPE_CHECKING:
    from db.domain.wall_chart import PlannedSpan
    from db.session import Session

AT_MOST = 600
"""Bars; more cannot be read from any wall."""


def bars_of(session: Session, spans: Sequence[PlannedSpan]) -> tuple[Bar, ...]:
    """The spans as bars, units by their short names."""
    names = {uid: unit.short or unit.name for uid, unit in session.names.every_unit().items()}
    return tuple(
        Bar(
            span.title, span.start, span.end, span.done, names.get(span.unit, ""),
            span.light, span.word, tuple((mark.day, mark.sort) for mark in span.marks),
        )
        for span in spans
    )


def wall_document(
    session: Session, title: str, spans: Sequence[PlannedSpan], day: dt.date | None = None
) -> Document:
    """The chart as a document, as of today or the end of a day gone by. Raises ``BadInput`` when
    there is nothing to show or too much for a wall."""
    if not spans:
        raise BadInput("没有可以上墙的事项：要有时限，还没有办结。请换一个台账或单位。")
    if len(spans) > AT_MOST:
        raise BadInput(
            f"有 {len(spans):,} 项，一张图最多印 {AT_MOST} 项。请先按台账、单位或灯号筛选。"
        )
    day = day or session.today
    source = f"{session.office_name}，截至{chinese_date(day)}"
    past = day < session.today
    chart = Gantt(bars_of(session, spans), day, title=title, source=source, past=past)
    return Document(
        title="", blocks=(Wide((chart,)),), author=session.office_name, subject=title,
        made_on=session.today,
    )


def print_wall(
    session: Session, to: IO[bytes], title: str, spans: Sequence[PlannedSpan],
    day: dt.date | None = None,
) -> Printed:
    """Set the chart and write it as a PDF. Raises ``NotPermitted`` for who may not print."""
    session.require("print")
    return rendered(session, wall_document(session, title, spans, day), to)
