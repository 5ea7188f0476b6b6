"""Charts of a report: figures by a group, or each month of the period."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from db.metrics import metrics
from db.model import periods
from desktop.bulletin.document import Chart, Series
from desktop.bulletin.report.declaration import ChartOf
from desktop.bulletin.report.filling import ReportFilling
from desktop.bulletin.report.template_text import number_text

#: A line of a chart: the keys of the figures in it, and its numbers.
Charted = tuple[Mapping[str, str], metrics.Group]


def chart(filling: ReportFilling, declared: ChartOf) -> Chart | None:
    """The filled chart; None when there is nothing to show."""
    groups = (
        _by_month(filling, declared) if declared.group == "month" else _by_group(filling, declared)
    )
    if not groups:
        return None
    known = metrics.declared(filling.session)
    series = []
    for name in declared.figures:
        values = [_charted(filling, declared, keys[name], group, name) for keys, group in groups]
        series.append(Series(known.get(name).label, tuple(values)))
    first = groups[0][1].numbers[declared.figures[0]]
    return Chart(
        declared.kind, tuple(g.label for _, g in groups), tuple(series),
        title=filling.plain(declared.title), measure=first.measure,
        source=filling.plain(declared.source),
    )


def _charted(
    filling: ReportFilling, declared: ChartOf, key: str, group: metrics.Group,
    name: str,
) -> Decimal | None:
    """What is drawn for one figure: the ledger's, or what was set by hand if that is a number."""
    value = group.numbers[name].value
    hand = filling.by_hand(key)
    set_to = as_number(hand.text) if hand else None
    filling.place(
        declared.name, key, group.label, group.numbers[name].figure.label,
        hand.text if hand else number_text(value),
    )
    return set_to if set_to is not None else None if value is None else Decimal(value)


def as_number(text: str) -> Decimal | None:
    """The number that a text set by hand begins with: 96.4％（27/28） is 96.4; None for words."""
    match = re.match(r"\s*([-－]?\d[\d,]*(?:\.\d+)?)", text)
    return Decimal(match.group(1).replace(",", "").replace("－", "-")) if match else None


def _by_group(filling: ReportFilling, declared: ChartOf) -> list[Charted]:
    groups = metrics.table(filling.session, declared.figures, declared.group, **filling.scope)
    groups = [g for g in groups if g.key is not None]
    filling.take(declared.group, groups, declared.figures)
    return [
        ({n: filling.line_key(n, declared.group, g.key) for n in declared.figures}, g)
        for g in groups
    ]


def _by_month(filling: ReportFilling, declared: ChartOf) -> list[Charted]:
    """Each month of the period up to the day as of which it is counted; none when the period is a
    single month."""
    choice = filling.choice
    months = [] if choice.period is None else periods.months_of(choice.period)
    day = filling.as_of
    months = [m.seen_on(day if day < m.last else None) for m in months if m.first <= day]
    if len(months) < 2:
        return []
    groups: list[Charted] = []
    for month in months:
        numbers = metrics.count(
            filling.session, declared.figures, period=month, unit=choice.unit,
            ledgers=filling.ledgers,
        )
        keys = {n: filling.key(n, choice.unit, period=month) for n in declared.figures}
        filling.used.update({key: numbers[n] for n, key in keys.items()})
        group = metrics.Group(month.text, f"{month.first.month}月", numbers)
        groups.append((keys, group))
    return groups
