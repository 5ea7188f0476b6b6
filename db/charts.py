"""A declared figure by unit and over time, for charts: every unit and every week or month is there, those with nothing too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import figures, periods
from .counting import sources
from .figures import Number
from .periods import Period

if TYPE_CHECKING:
    from .declare import Figure, Kind
    from .session import Session

MONTHS, WEEKS = 12, 13
"""How many a trend goes back."""


@dataclass(frozen=True, slots=True)
class Value:
    """A point of a chart: its key (a unit's uid, a period's text), how it is called, its number."""

    key: Any
    label: str
    number: Number


def choices(session: Session) -> dict[str, list[Figure]]:
    """The figures this person may see, by family, in their order."""
    found: dict[str, list[Figure]] = {}
    for figure in figures.visible(session):
        found.setdefault(figure.family, []).append(figure)
    return found


def ledgers(session: Session, name: str) -> list[Kind]:
    """The ledgers a figure is counted over."""
    found: dict[str, Kind] = {}
    for source in sources(session.kinds, figures.declared(session).get(name)):
        found[source.ledger.name] = source.ledger
    return list(found.values())


def by_unit(session: Session, name: str, period: Period | None, names: Sequence[str] | None = None) -> list[Value]:
    """One value a unit, in the units' order. A unit that had nothing shows nought, or nothing where it is a share.

    Rows without a unit stand last under the key None. Empty for a figure that knows no units.
    """
    groups = figures.table(session, [name], "unit", period=period, ledgers=names)
    found = {group.key: group for group in groups}
    if not any(key is not None for key in found) and not _has_units(session, name):
        return []
    figure = figures.declared(session).get(name)
    nothing = Number(figure, None, 0, 0) if figure.denominator is not None else Number(figure, 0, None, None)
    values = []
    for uid, unit in session.names.units().items():
        if uid in found or unit.active:
            values.append(Value(uid, unit.short or unit.name, found[uid].numbers[name] if uid in found else nothing))
    if None in found and found[None].numbers[name].value:
        values.append(Value(None, "（未填）", found[None].numbers[name]))
    return values


def _has_units(session: Session, name: str) -> bool:
    figure = figures.declared(session).get(name)
    return any(source.unit_column(figure) is not None for source in sources(session.kinds, figure))


def has_trend(session: Session, name: str) -> bool:
    """Whether a figure goes by a date at all; one that tells how things stand now does not."""
    return figures.declared(session).get(name).period is not None


def span(shape: str, last: dt.date) -> list[Period]:
    """The weeks or months up to the one that holds a day, oldest first."""
    found = [periods.week_of(last) if shape == "week" else periods.month_of(last)]
    while len(found) < (WEEKS if shape == "week" else MONTHS):
        found.append(found[-1].before())
    return found[::-1]


def over_time(
    session: Session,
    name: str,
    shape: str,
    last: dt.date,
    unit: str | None = None,
    names: Sequence[str] | None = None,
    step: Callable[[int, int], None] | None = None,
) -> list[Value]:
    """One value a week or month, up to the one that holds ``last``. ``step(done, of)`` is told where it takes a while."""
    if not has_trend(session, name):
        return []
    wanted = span(shape, last)
    found = []
    for at, period in enumerate(wanted):
        if step is not None:
            step(at, len(wanted))
        number = figures.count(session, [name], period=period, unit=unit, ledgers=names)[name]
        found.append(Value(period.text, _short(period, shape), number))
    return found


def _short(period: Period, shape: str) -> str:
    if shape == "week":
        return f"{period.first.isocalendar().week}周"
    return f"{period.first.month}月" if period.first.month > 1 else f"{period.first.year}.1"


def text(number: Number) -> str:
    """A number as it is read out: with its two parts where it is a share, with its measure where it is not."""
    if number.figure.denominator is not None:
        return "—" if number.value is None else f"{number.value}％ {number.numerator:,}/{number.denominator:,}"
    return "—" if number.value is None else f"{number.value:,}{number.measure}"
