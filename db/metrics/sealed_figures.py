"""Figures of a month whose review is sealed: what was read out, whatever became of the items since.

Only the figures that a review keeps, by unit or as a whole, over all ledgers, are frozen;
everything else, and every other month, is counted anew.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Unpack

from msgspec.structs import replace

from db.metrics import current_figures, reviews
from db.metrics.figure_registry import Group, Number, declared, share
from db.metrics.scope import Scope, ScopeKeywords
from db.model.groups import ELSEWHERE, area_of
from db.model.periods import Period
from db.model.records import Record, Values
from db.units import tree

if TYPE_CHECKING:
    from db.model.context import ReadContext

_MONTH = re.compile(r"^\d{4}-\d{2}$")
#: Figure → the field of a score that keeps it.
FIELDS = {figure: field for field, figure in reviews.COUNTED.items()}


def sealed_review(
    session: ReadContext, period: Period | None, as_of: dt.date | None = None
) -> Record | None:
    """The sealed review of the month, if the period is one month and it has been sealed; None for
    another day than the one that it was sealed for."""
    if period is None or not _MONTH.match((month := period.seen_on(None)).text):
        return None
    review = reviews.review_of(session, month)
    if review is None or not reviews.is_sealed(review):
        return None
    asked = as_of or period.as_of
    return review if asked in (None, reviews.sealed_as_of(session, review, month)) else None


def counted_as_of(
    session: ReadContext, period: Period | None, as_of: dt.date | None = None
) -> dt.date:
    """The day as of which a figure of a period is counted: as ``current_figures.asked_as_of``, but
    a sealed month, where nobody asks for another day, stands for the one that it was sealed for."""
    review = sealed_review(session, period, as_of)
    if review is None or period is None:
        return current_figures.asked_as_of(session, period, as_of)
    return reviews.sealed_as_of(session, review, period)


def resolve_seal(session: ReadContext, scope: Scope) -> tuple[Scope, Record | None]:
    """What is asked, and the sealed review that answers it; what it does not keep is counted as of
    the same day."""
    review = sealed_review(session, scope.period, scope.as_of)
    if review is None or scope.period is None:
        return scope, None
    day = reviews.sealed_as_of(session, review, scope.period)
    return replace(scope, as_of=min(day, session.today)), review


def count(
    session: ReadContext, names: Sequence[str], **asked: Unpack[ScopeKeywords]
) -> dict[str, Number]:
    """These figures as numbers, those that a sealed review keeps as it keeps them. Raises
    ``NotPermitted`` for one over a book this person cannot open."""
    scope, sealed = resolve_seal(session, Scope.of(**asked))
    review = sealed if scope.ledgers is None else None
    held = sealed_fields(session, review) if review is not None else {}
    kept = [name for name in names if name in held]
    found: dict[str, Number] = {}
    if review is not None and kept:
        rows = [r.values for r in _rows(session, review, scope.unit)]
        found = {name: _number(session, name, rows) for name in kept}
    rest = [name for name in names if name not in found]
    if rest:
        found |= current_figures.count(session, rest, scope)
    return {name: found[name] for name in names}


def table(
    session: ReadContext, names: Sequence[str], group: str, **asked: Unpack[ScopeKeywords]
) -> list[Group]:
    """These figures by group: "unit", "by_city", "by_county", "ledger", "leader", "day", "week",
    "month", "year", "parent" or any field's name; by unit, or by what units stand under, as a
    sealed review keeps them, which keeps no other breakdown.

    Groups are in the order people expect (units in their order, ledgers in theirs, time forwards);
    rows that belong to no group, such as items without a unit, stand last under the key None.
    """
    scope, sealed = resolve_seal(session, Scope.of(**asked))
    area = area_of(group)
    review = sealed if scope.ledgers is None and (group == "unit" or area) else None
    in_review = sealed_fields(session, review) if review is not None else {}
    if review is None or not any(name in in_review for name in names):
        return current_figures.table(session, names, group, scope)
    tops = tree.areas(session, area) if area else {}
    kept: dict[Any, list[Values]] = {}
    for row in _rows(session, review, scope.unit):
        unit = row.values["unit"]
        kept.setdefault(tops.get(unit, ELSEWHERE) if area else unit, []).append(row.values)
    rest = [name for name in names if name not in in_review]
    lines, nothing = _beside(session, rest, group, scope)
    order = session.unit_order()
    found: list[Group] = []
    # who had nothing when it was read out has no line since, unless there is something to say
    lines = {k: e for k, e in lines.items() if k in kept or any(e.numbers[n].value for n in rest)}
    for key in sorted({*kept, *lines}, key=lambda k: (k is None, order.get(k, len(order)))):
        line, rows = lines.get(key), kept.get(key, [])
        beside = line.numbers if line is not None else nothing
        label = line.label if line is not None else current_figures.group_label(session, group, key)
        numbers = {n: _number(session, n, rows) if n in in_review else beside[n] for n in names}
        found.append(Group(key, label, numbers))
    return found


def sealed_fields(session: ReadContext, review: Record) -> dict[str, str]:
    """Figure → field, of what a review keeps: one that an earlier program sealed lacks some."""
    rows = _rows(session, review, None)
    return {
        figure: field for figure, field in FIELDS.items()
        if field not in reviews.IF_ANY or any(r.values[field] is not None for r in rows)
    }


def _beside(
    session: ReadContext, names: Sequence[str], group: str, scope: Scope
) -> tuple[dict[Any, Group], dict[str, Number]]:
    """The lines of figures that the review does not keep, and their numbers where there is none."""
    if not names:
        return {}, {}
    lines = current_figures.table(session, names, group, scope)
    nobody = current_figures.count(session, names, replace(scope, unit="-"))
    return {line.key: line for line in lines}, nobody


def _rows(session: ReadContext, review: Record, unit: str | None) -> list[Record]:
    """The scores that hold numbers, of all units or one; a unit that had nothing left when the
    month was last counted holds none."""
    return [
        r
        for r in session.children(review.uid, reviews.SCORE)
        if r.values["assigned"] is not None and unit in (None, r.values["unit"])
    ]


def _number(session: ReadContext, name: str, rows: Sequence[Values]) -> Number:
    figure, field = declared(session).get(name), FIELDS[name]
    if field not in reviews.SHARES:
        return Number(figure, sum(row[field] or 0 for row in rows), None, None)
    parts, whole = reviews.SHARES[field]
    above = sum(row[part] or 0 for row in rows for part in parts)
    below = sum(row[whole] or 0 for row in rows)
    value: Decimal | None = share(above, below, figure.places)
    return Number(figure, value, above, below)
