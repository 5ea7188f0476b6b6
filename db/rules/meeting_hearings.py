"""What still runs goes before each sitting (``Hears``): when one is held, every open record that it
concerns gets a row under it that says which time it was.

The number counts the sittings since the record was raised, so that it is right also for what was
carried on before anybody wrote it down.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from db.access import ownership_checks
from db.model.query import Query, Where

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Hears
    from db.model.records import Record


class Sittings:
    """The days on which those like a sitting were held, in order."""

    def __init__(self, session: ReadContext, sitting: Record) -> None:
        kind = session.kinds.get(sitting.kind)
        cycle, hears = session.kinds.lifecycle_of(kind), kind.hears
        assert hears is not None and cycle is not None
        self._hears, self._uid = hears, sitting.uid
        where = (Where("state", "in", list(cycle.names(closed=True))), *_alike(hears, sitting))
        held = session.find(Query(kind=kind.name, where=where))
        others = [r for r in held if r.uid != sitting.uid]
        self._days = sorted(r.values[hears.on] for r in others if r.values[hears.on] is not None)
        self._day: dt.date = sitting.values[hears.on] or session.today

    def times(self, heard: Record) -> int:
        """The how manieth time a record is heard at the sitting: this one, those between, and the
        one at which it was raised."""
        since, at = heard.values[self._hears.since] or self._day, heard.values[self._hears.at]
        between = bisect_left(self._days, self._day) - bisect_right(self._days, since)
        first = at != self._uid if at else since < self._day and since in self._days
        return max(0, between) + 1 + int(first)


def _alike(hears: Hears, sitting: Record) -> tuple[Where, ...]:
    return tuple(Where(name, "eq", sitting.values[name]) for name in hears.same)


def note(session: WriteContext, sitting: Record, action: str) -> None:
    """Once a sitting was held, a row under each record that was open then and is this office's to
    add to; none where one stands there already."""
    kind = session.kinds.get(sitting.kind)
    hears = kind.hears
    if hears is None or action != hears.step or any(
        sitting.values[name] is None for name in (hears.on, *hears.same)
    ):
        return
    cycle, sittings = session.kinds.lifecycle_of(hears.of), Sittings(session, sitting)
    day: dt.date = sitting.values[hears.on]
    states = cycle.names(closed=False, void=False) if cycle is not None else ()
    where = (Where("state", "in", list(states)), *_alike(hears, sitting))
    row, as_of = session.kinds.get(hears.kind), day if day < session.today else None
    for heard in session.find(Query(kind=hears.of, where=where, as_of=as_of)):
        since = heard.values[hears.since]
        if since is None or since > day:
            continue
        there = {r.values[hears.link] for r in session.children(heard.uid, row.name)}
        if sitting.uid in there or row.name in ownership_checks.closed_children(session, heard):
            continue
        values = {hears.link: sitting.uid, hears.day: day, hears.number: sittings.times(heard)}
        session.add_checked(row, values, parent=heard.uid)
