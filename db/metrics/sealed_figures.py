"""Figures of a month whose review is sealed: what was read out, whatever became of the items since.

Reports count through here. Only the figures that a review keeps, by unit or as a whole, over all
ledgers, are frozen; everything else, and every other month, is counted anew as
``db/metrics/metrics.py`` does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from db.metrics import metrics, reviews
from db.metrics.metrics import Group, Number
from db.model.periods import Period
from db.model.records import Record

if TYPE_CHECKING:
    from db.model.context import ReadContext

_MONTH = re.compile(r"^\d{4}-\d{2}$")
#: Figure → the field of a score that keeps it.
FIELDS = {figure: field for field, figure in reviews.COUNTED.items()}


def sealed_review(session: ReadContext, period: Period | None) -> Record | None:
    """The sealed review of the month, if the period is one month and it has been sealed."""
    if period is None or not _MONTH.match(period.text):
        return None
    review = reviews.review_of(session, period)
    return review if review is not None and reviews.is_sealed(review) else None


def count(
    session: ReadContext, names: Sequence[str], *, period: str | Period | None = None,
    unit: str | None = None,
    ledgers: Sequence[str] | None = None,
) -> dict[str, Number]:  # fmt: skip
    """As ``figures.count``, with what a sealed review keeps in its place."""
    asked = metrics.period_of(period)
    review = None if ledgers is not None else sealed_review(session, asked)
    kept = [name for name in names if name in FIELDS] if review is not None else []
    found: dict[str, Number] = {}
    if review is not None and kept:
        rows = [
            r.values for r in _rows(session, review) if unit is None or r.values["unit"] == unit
        ]
        found = {name: _number(session, name, rows) for name in kept}
    live = [name for name in names if name not in found]
    if live:
        found |= metrics.count(session, live, period=asked, unit=unit, ledgers=ledgers)
    return {name: found[name] for name in names}


def table(
    session: ReadContext, names: Sequence[str], group: str, *, period: str | Period | None = None,
    unit: str | None = None,
    ledgers: Sequence[str] | None = None,
) -> list[Group]:  # fmt: skip
    """As ``figures.table``, likewise; by unit only, since a review keeps no other breakdown."""
    asked = metrics.period_of(period)
    review = None if ledgers is not None or group != "unit" else sealed_review(session, asked)
    if review is None or not any(name in FIELDS for name in names):
        return metrics.table(session, names, group, period=asked, unit=unit, ledgers=ledgers)
    rows = {
        r.values["unit"]: r.values
        for r in _rows(session, review)
        if unit is None or r.values["unit"] == unit
    }
    live = [name for name in names if name not in FIELDS]
    lines = (
        {g.key: g for g in metrics.table(session, live, group, period=asked, unit=unit)}
        if live
        else {}
    )
    nothing = metrics.count(session, live, period=asked, unit="-") if live else {}
    order = session.unit_order()
    found: list[Group] = []
    for key in sorted({*rows, *lines}, key=lambda k: (k is None, order.get(k, len(order)))):
        numbers = dict(lines[key].numbers) if key in lines else dict(nothing)
        numbers |= {
            name: _number(session, name, [rows[key]] if key in rows else [])
            for name in names
            if name in FIELDS
        }
        label = lines[key].label if key in lines else session.unit_name(key)
        found.append(Group(key, label, {name: numbers[name] for name in names}))
    return found


def _rows(session: ReadContext, review: Record) -> list[Record]:
    """The scores that hold numbers; a unit that had nothing left when the month was last counted
    holds none."""
    return [
        r
        for r in session.children(review.uid, reviews.SCORE)
        if r.values["assigned"] is not None
    ]


def _number(session: ReadContext, name: str, rows: Sequence[dict[str, Any]]) -> Number:
    figure, field = metrics.declared(session).get(name), FIELDS[name]
    if field not in reviews.SHARES:
        return Number(figure, sum(row[field] or 0 for row in rows), None, None)
    parts, whole = reviews.SHARES[field]
    above = sum(row[part] or 0 for row in rows for part in parts)
    below = sum(row[whole] or 0 for row in rows)
    value: Decimal | None = metrics.share(above, below, figure.places)
    return Number(figure, value, above, below)
