"""The weekly batch: what was not finished last week is carried on, and who has not answered is known at any time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import periods
from .query import Query, Where
from .records import Record

if TYPE_CHECKING:
    from .periods import Period
    from .session import Session

KIND = "weekly_assignment"
#: Where an answer has not come yet.
UNANSWERED = ("assigned", "acknowledged", "in_progress")


@dataclass(frozen=True, slots=True)
class UnitWeek:
    """One unit's week: how many were given, answered and closed, and which still lack an answer."""

    unit: str
    given: int
    answered: int
    closed: int
    missing: tuple[Record, ...]


def week_text(day: dt.date) -> str:
    """第36周, by ISO week."""
    return f"第{day.isocalendar().week}周"


def unfinished(session: Session, week: Period) -> list[Record]:
    """Assignments due before this week that have no answer yet, by deadline."""
    where = (Where("state", "in", list(UNANSWERED)), Where("deadline", "lt", week.first))
    return session.find(Query(kind=KIND, where=where, sort=(("deadline", False),)))


def carry_over(session: Session, week: Period, deadline: dt.date | None = None) -> int:
    """Carry every unfinished assignment into the week, its original deadline kept; returns how many.

    ``deadline`` is the week's last workday when not given.
    """
    due = deadline or last_workday(session, week)
    number = week.first.isocalendar().week
    rows = unfinished(session, week)
    with session.atomic("form", f"结转到{week.label}"):
        for record in rows:
            session.move(KIND, record.uid, "carry-over", f"结转到{week.label}", {"deadline": due, "week_no": number})
    return len(rows)


def last_workday(session: Session, week: Period) -> dt.date:
    """The last day of the week on which offices work; Friday when the whole week is off."""
    days = [week.first + dt.timedelta(days=n) for n in range(7)]
    working = [d for d in days if session.workdays.is_workday(d)]
    return working[-1] if working else days[4]


def by_unit(session: Session, week: Period) -> list[UnitWeek]:
    """The week's batch by unit: assignments due in the week or carried into it, in the units' order."""
    where = (Where("deadline", "ge", week.first), Where("deadline", "le", week.last), Where("state", "ne", "drafted"))
    rows: dict[str, list[Record]] = {}
    cycle = session.kinds.lifecycle_of(KIND)
    assert cycle is not None
    for record in session.find(Query(kind=KIND, where=where)):
        unit = record.values["lead_unit"]
        if unit and record.state and not cycle.state(record.state).void:
            rows.setdefault(unit, []).append(record)
    order = session.unit_order()
    found = []
    for unit in sorted(rows, key=lambda u: order.get(u, len(order))):
        missing = tuple(r for r in rows[unit] if r.state in UNANSWERED)
        closed = sum(1 for r in rows[unit] if cycle.state(r.state or "").closed)
        found.append(UnitWeek(unit, len(rows[unit]), len(rows[unit]) - len(missing), closed, missing))
    return found


def this_week(session: Session) -> Period:
    """The ISO week of the session's day."""
    return periods.week_of(session.today)
