"""The one door for numbers: declared figures as numbers, tables of them and the records behind.

Every number a report prints comes from here, and each can show its rows and its formula. Of a
month whose review is sealed, what the review keeps is answered as it was read out. Everything else
is what was true at the end of a day (``counted_as_of``): the one asked for, else the last of a
period that is over, else today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from db.metrics import current_figures
from db.metrics.current_figures import nothing, partition_rows
from db.metrics.figure_registry import (
    PERCENT,
    Figures,
    Group,
    Number,
    Row,
    declared,
    formula,
    groups_by,
    load,
    named_by,
    plain,
    read_kinds,
    share,
    visible,
)
from db.metrics.ratios import count, rows, table
from db.metrics.scope import Scope, ScopeKeywords, period_of
from db.metrics.sealed_figures import counted_as_of
from db.metrics.sealed_rows import Behind, remark
from db.model.periods import Period
from db.model.records import Record, Values
from db.store import spans

if TYPE_CHECKING:
    from db.model.context import ReadContext

__all__ = [
    "PERCENT", "Behind", "Figures", "Group", "Number", "Row", "Scope", "ScopeKeywords", "answer",
    "count", "counted_as_of", "declared", "figures", "formula", "groups_by", "load", "named_by",
    "nothing", "partition_rows", "period_of", "plain", "read_kinds", "records_as_of", "remark",
    "rows", "share", "table", "units_now", "visible",
]  # fmt: skip


def units_now(session: ReadContext, names: Sequence[str], period: Period) -> list[Group]:
    """These figures by unit as the ledger says now, though the month be sealed: what its review is
    counted from, and compared with."""
    return current_figures.table(session, names, "unit", Scope(period))


def records_as_of(
    session: ReadContext, records: Sequence[Record], period: Period | None,
    as_of: dt.date | None = None,
) -> list[Record]:
    """Records as they stood on the day as of which a period is counted, so that a list says what
    the numbers beside it say."""
    return spans.records_as_of(session, records, counted_as_of(session, period, as_of))


def answer(
    session: ReadContext, name: str, period: str | Period | None, unit: str | None, *,
    with_rows: bool, as_of: dt.date | None = None,
) -> tuple[Values, str]:
    """A figure as the command line answers it, with its formula and, if asked, the records behind
    it; and what is to be said."""
    number = count(session, [name], period=period, unit=unit, as_of=as_of)[name]
    found: Values = {
        "name": name,
        "label": number.figure.label,
        "value": plain(number.value),
        "unit": number.measure,
        "numerator": plain(number.numerator),
        "denominator": plain(number.denominator),
        "formula": formula(session, name),
        "as_of": counted_as_of(session, period_of(period), as_of).isoformat(),
    }
    if not with_rows:
        return found, remark(session, period)
    behind = rows(session, name, period=period, unit=unit, as_of=as_of)
    found["rows"] = [
        {"kind": r.kind, "uid": r.uid, "title": r.title, "counted": r.counted}
        for r in behind.rows
    ]
    return found, behind.note

def figures(
    session: ReadContext,
    period: str | Period | None = None,
    unit: str | None = None,
    names: Sequence[str] | None = None,
    ledgers: Sequence[str] | None = None,
    as_of: dt.date | None = None,
) -> list[Values]:
    """All figures this person may see, as the command line answers them (``unit`` is the unit of
    measure)."""
    asked = period_of(period)
    wanted = names if names is not None else [f.name for f in visible(session)]
    numbers = count(session, wanted, period=asked, unit=unit, ledgers=ledgers, as_of=as_of)
    day = counted_as_of(session, asked, as_of).isoformat()
    scope = session.unit_name(unit) if unit else "全部"
    return [
        {
            "name": name,
            "label": numbers[name].figure.label,
            "value": plain(numbers[name].value),
            "unit": numbers[name].measure,
            "numerator": plain(numbers[name].numerator),
            "denominator": plain(numbers[name].denominator),
            "period": asked.text.partition("@")[0] if asked else None,
            "scope": scope,
            "as_of": day,
        }
        for name in wanted
    ]
