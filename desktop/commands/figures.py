"""Commands over figures: figures, figure."""

from __future__ import annotations

import datetime as dt
from argparse import Namespace

from db.errors import BadInput
from db.metrics import charts, metrics
from db.model.dates import chinese_date
from db.model.records import Values
from db.session import Session
from desktop.commands.answers import print_answer, print_notice, table, write_json


def unit_of(session: Session, text: str | None) -> str | None:
    """A unit by its name."""
    if not text:
        return None
    uid = session.names.unit_by_name(text)
    if uid is None:
        raise BadInput(f"没有这个单位：{text}。请在“单位”页查看全称或简称。", field="unit")
    return uid


def as_of(options: Namespace) -> str | None:
    """The period with the day as of which it is counted."""
    if options.as_of is None:
        return None if options.period is None else str(options.period)
    return f"{options.period or ''}@{options.as_of.isoformat()}"


def figures(session: Session, options: Namespace) -> int:
    """Every declared figure of a period."""
    rows = metrics.figures(
        session, options.period, unit_of(session, options.unit), as_of=options.as_of
    )
    _remark(metrics.remark(session, options.period))
    if options.json:
        write_json(rows)
    else:
        table(
            rows, [
                "name", "label", "value", "unit", "numerator", "denominator", "period", "scope",
                "as_of",
            ],
        )
    return 0


def figure(session: Session, options: Namespace) -> int:
    """One figure with its formula and the rows behind it."""
    answer, note = metrics.answer(
        session,
        options.name,
        options.period,
        unit_of(session, options.unit),
        with_rows=options.rows,
        as_of=options.as_of,
    )
    _remark(note)
    if options.by:
        answer["by"], answer["groups"], kept = _groups(session, options)
        if note and not kept:
            print_notice("分列的数是台账现在的，封存的只有各单位的数和合计。")
    if options.json:
        write_json(answer)
    else:
        day = chinese_date(dt.date.fromisoformat(str(answer["as_of"])))
        print_answer(f"{answer['label']}：{_said(answer)}，截至{day}（{answer['formula']}）")
        for line in answer.get("groups", ()):
            print_answer(f"{line['label']}\t{line['text']}")
        for row in answer.get("rows", ()):
            print_answer(f"{row['kind']}\t{row['uid']}\t{row['title']}")
    return 0


def _said(answer: Values) -> str:
    """A value with its measure; none is a dash, a share has its parts."""
    if answer["value"] is None:
        return "—"
    parts = f"（{answer['numerator']}/{answer['denominator']}）"
    return f"{answer['value']}{answer['unit']}" + parts * (answer["denominator"] is not None)


def _remark(note: str) -> None:
    if note:
        print_notice(note)


def _groups(session: Session, options: Namespace) -> tuple[str, list[dict[str, object]], bool]:
    """The figure told apart by one of its groupings, named by key or label; and whether a sealed
    review keeps such parts."""
    period, day = metrics.period_of(options.period), options.as_of
    if period is not None and day is not None:
        period = period.seen_on(day)
    label, values, kept = charts.by_grouping(
        session, options.name, options.by, period, unit=unit_of(session, options.unit), as_of=day
    )
    lines = [
        {"key": v.key, "label": v.label, "value": metrics.plain(v.number.value),
            "numerator": metrics.plain(v.number.numerator),
         "denominator": metrics.plain(v.number.denominator), "text": charts.text(v.number)}
        for v in values
    ]  # fmt: skip
    return label, lines, kept
