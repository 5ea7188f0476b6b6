"""What falls on which day: deadlines of what is open, and meetings, classes and drills that are
planned or were held."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from db.model import lights
from db.model.query import Query, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.model.context import ReadContext
    from db.model.declarations import Kind

MOST = 2_000
"""Of one ledger in one span of days."""


class Dated(msgspec.Struct, frozen=True):
    """One thing on its day: a deadline with its light, or an event (``held``) without one. ``unit``
    is a uid."""

    day: dt.date
    kind: str
    uid: str
    title: str
    ledger: str
    unit: str
    word: str
    tone: str
    held: bool = False


def between(session: ReadContext, first: dt.date, last: dt.date) -> list[Dated]:
    """Everything from one day to another, both included: by day, events before deadlines."""
    found = events(session, first, last)
    for kind in session.visible_kinds():
        if not kind.parent and kind.lifecycle is not None and kind.lights is not None:
            found += _deadlines(session, kind, first, last)
    return sorted(found, key=lambda one: (one.day, not one.held, one.ledger, one.title))


def events(
    session: ReadContext, first: dt.date, last: dt.date, leader: str | None = None
) -> list[Dated]:
    """Meetings, classes and drills of these days, or those that one leader leads."""
    found: list[Dated] = []
    for kind in session.visible_kinds():
        field = None if kind.parent or kind.lights is not None else event_day(session, kind)
        led_by = session.kinds.leader_of(kind)
        if field is None or (leader is not None and led_by is None):
            continue
        led = (Where(led_by.name, "eq", leader),) if leader is not None and led_by else ()
        found += _events(session, kind, (*_days(field, first, last), *led), field)
    return sorted(found, key=lambda one: (one.day, one.ledger, one.title))


def _days(field: str, first: dt.date, last: dt.date) -> tuple[Where, ...]:
    return Where(field, "ge", first), Where(field, "le", last)


def event_day(session: ReadContext, kind: Kind) -> str | None:
    """The date before which its lifecycle does not let something be held; None for a ledger of
    other things."""
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None:
        return None
    days = (name for action in cycle.actions for name in action.not_before_today)
    return next((name for name in days if kind.has(name)), None)


def _deadlines(session: ReadContext, kind: Kind, first: dt.date, last: dt.date) -> Iterator[Dated]:
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None or kind.lights is None:
        return
    due = kind.lights.deadline
    where = (Where("state", "in", list(cycle.open_states)), *_days(due, first, last))
    for record in session.find(Query(kind=kind.name, where=where, limit=MOST)):
        light = lights.light_of(record, kind, cycle, session.today, session.workdays)
        unit = record.values.get(kind.unit) if kind.unit is not None else None
        yield Dated(
            record.values[due], kind.name, record.uid, session.title_of(record), kind.label,
            unit if isinstance(unit, str) else "",
            lights.label(kind, light) if light else "", light or "grey",
        )


def _events(
    session: ReadContext, kind: Kind, asked: tuple[Where, ...], day: str
) -> Iterator[Dated]:
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None:
        return
    where = (Where("state", "in", list(cycle.names(void=False))), *asked)
    for record in session.find(Query(kind=kind.name, where=where, limit=MOST)):
        state = cycle.state(record.state or cycle.initial)
        yield Dated(
            record.values[day], kind.name, record.uid, session.title_of(record), kind.label, "",
            state.label, "blue", True,
        )
