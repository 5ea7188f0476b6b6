"""The weekly batch: what was not finished last week is carried on, and who has not answered is
known at any time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.errors import BadInput, in_line
from db.metrics import metrics
from db.model import periods
from db.model.query import Query, Where
from db.model.records import Record, Values
from db.model.steps import FIELD, not_undone

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Field
    from db.model.periods import Period

KIND = "weekly_assignment"
DUE = "deadline"
#: Where an answer has not come yet.
UNANSWERED = ("assigned", "acknowledged", "in_progress")
#: What is typed for each new assignment when a batch is given out.
GRID = ("title", "requirement", "lead_unit", "cooperating_units", "deadline")


#: The figures that tell of a week, by unit and whole.
FIGURES = (
    "weekly_assigned", "weekly_carried", "weekly_answered", "weekly_completion_rate",
    "weekly_unanswered",
)


class UnitWeek(msgspec.Struct, frozen=True):
    """One unit's week as its figures tell it: how many were given for it, how many of these were
    answered and closed within it, how many were carried into it, and which lack an answer."""

    unit: str
    given: int
    carried: int
    answered: int
    closed: int
    missing: tuple[Record, ...]
    items: tuple[Record, ...] = ()


def unfinished(session: ReadContext, week: Period) -> list[Record]:
    """Assignments due before this week that have no answer yet, by deadline."""
    where = (Where("state", "in", list(UNANSWERED)), Where("deadline", "lt", week.first))
    return session.find(Query(kind=KIND, where=where, sort=(("deadline", False),)))


def carry_over(session: WriteContext, week: Period) -> int:
    """Carry every unfinished assignment to the last workday of the week, of the next one when this
    week's is over, its original deadline kept; returns how many."""
    rows = unfinished(session, week)
    week = open_week(session, week)
    due = last_workday(session, week)
    with session.atomic("form", f"结转到{week.label}"):
        for record in rows:
            session.take_step(
                KIND, record.uid, "carry-over", f"结转到{week.label}", {"deadline": due}
            )
    return len(rows)


def last_workday(session: ReadContext, week: Period) -> dt.date:
    """The last day of the week on which offices work; Friday when the whole week is off."""
    days = [week.first + dt.timedelta(days=n) for n in range(7)]
    working = [d for d in days if session.workdays.is_workday(d)]
    return working[-1] if working else days[4]


def open_week(session: ReadContext, week: Period) -> Period:
    """The week that a batch belongs to: the next one when the week is this one and its last
    workday is over, since nothing can be due before it is given out."""
    if week == this_week(session) and last_workday(session, week) < session.today:
        return periods.week_of(week.last + dt.timedelta(days=1))
    return week


def by_unit(session: ReadContext, week: Period) -> list[UnitWeek]:
    """The week's batch by unit: what was given for the week and what was carried into it, in the
    units' order; of a week that is over, as of its last day."""
    found = []
    for line in metrics.table(session, FIGURES, "unit", period=week):
        if line.key is None:
            continue
        listed = {
            name: metrics.records_as_of(session, [
                session.must_get(row.kind, row.uid)
                for row in metrics.rows(session, name, period=week, unit=line.key).rows
            ], week)
            for name in ("weekly_assigned", "weekly_carried", "weekly_unanswered")
        }
        number = line.numbers
        missing = tuple(listed["weekly_unanswered"])
        items = {r.uid: r for r in (*listed["weekly_assigned"], *listed["weekly_carried"])}
        if items or missing:
            given, carried, answered, closed = (int(each or 0) for each in (
                number["weekly_assigned"].value, number["weekly_carried"].value,
                number["weekly_answered"].numerator, number["weekly_completion_rate"].numerator,
            ))
            every = tuple((items | {r.uid: r for r in missing}).values())
            found.append(UnitWeek(str(line.key), given, carried, answered, closed, missing, every))
    return found


def origin(record: Record) -> str:
    """Of what was carried on, the week that it was given for and how often; "" of what was not."""
    first, now = record.values.get("original_deadline"), record.values.get(DUE)
    if first is None or now is None or now <= first:
        return ""
    week = periods.week_of(first)
    if week == periods.week_of(now) or not record.values.get("carried_count"):
        return ""
    carried = [s for s in not_undone(record.values.get(FIELD)) if s.action == "carry-over"]
    times = sum((step.was.get(DUE) or "") < now.isoformat() for step in carried)
    return f"{week.label}结转" + (f"，{times}次" if times > 1 else "")


def this_week(session: ReadContext) -> Period:
    """The ISO week of the session's day."""
    return periods.week_of(session.today)


def fields(session: ReadContext) -> tuple[Field, ...]:
    """The fields of a new assignment, in the order they are typed."""
    kind = session.kinds.get(KIND)
    return tuple(kind.field(name) for name in GRID)


def start(session: ReadContext, week: Period) -> Values:
    """What every new assignment of a week starts with: its deadline."""
    return {"deadline": last_workday(session, open_week(session, week))}


def give(session: WriteContext, week: Period, rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Assign a batch for the week, all or nothing; returns the uids. A row without a deadline gets
    the last workday of the week, of the next one when this week's is over (``open_week``); a
    deadline typed within the week itself keeps the row in it.

    Raises ``BadInput`` that says which row, counted from 1, was refused and why: what is not due in
    the week is no part of its batch.
    """
    made: list[str] = []
    later = open_week(session, week)
    with session.atomic("form", f"{later.label}交办 {len(rows)} 件"):
        for at, row in enumerate(rows, start=1):
            values = {**start(session, week), **row}
            due = values["deadline"]
            own = week if isinstance(due, dt.date) and week.first <= due <= week.last else later
            year, number, _ = own.first.isocalendar()
            with in_line(at):
                made.append(session.add(KIND, values | {"week_year": year, "week_no": number}))
                _due_within(session, own, made[-1])
                session.take_step(KIND, made[-1], "assign")
    return made


def _due_within(session: ReadContext, week: Period, uid: str) -> None:
    due = session.must_get(KIND, uid).values["deadline"]
    if not week.first <= due <= week.last:
        span = f"{week.first.month}月{week.first.day}日—{week.last.month}月{week.last.day}日"
        raise BadInput(
            f"交卷时限{due.year}年{due.month}月{due.day}日不在{week.label}（{span}）之内。"
            "一周一交卷，要办得久的请记到别的台账。",
            field="deadline",
        )


def remind(session: WriteContext, rows: Sequence[Record], note: str) -> int:
    """Write a numbered reminder for each assignment that still lacks an answer; returns how
    many."""
    rows = [row for row in rows if session.must_get(KIND, row.uid).state in UNANSWERED]
    with session.atomic("form", f"催办 {len(rows)} 件周交办"):
        for record in rows:
            session.take_step(KIND, record.uid, "remind", note)
    return len(rows)


def line(session: ReadContext, record: Record) -> tuple[str, str, str, str]:
    """An assignment for a list: number, title, deadline, how it stands."""
    return (
        session.text(record, "item_no"),
        session.title_of(record),
        session.text(record, "deadline"),
        session.text(record, "state"),
    )
