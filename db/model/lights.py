"""The light of a record: computed from its ledger's declaration and today, never kept.

Two twins say the same, one in Python for a single record, one as an SQL expression for filters,
sorting and figures; a test holds them against each other. Closed work shows ``closed``; void and
paused work shows none, nor does a draft, which was given to nobody who could be late; what was
asked for in time and waits for its reviewer the default one; anything else goes by the deadline
or, where the ledger says so, by how far progress lags behind the time gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from db.model import due_state
from db.model.declarations import Kind, Lifecycle, Lights
from db.model.fieldtypes.numbers import SCALE
from db.model.sql import quoted

if TYPE_CHECKING:
    from db.model.records import Record
    from db.model.workdays import Workdays

LABELS = {
    "green": "正常", "yellow": "临近", "red": "逾期", "blue": "办结", "purple": "紫灯",
    "grey": "灰灯",
}
"""What a light is called that a ledger has but gives no meaning."""
MEANINGS = {
    "deadline": (("overdue", "逾期"), ("soon", "临近"), ("default", "正常"), ("closed", "办结")),
    "progress": (
        ("overdue", "严重滞后"), ("soon", "略滞后"), ("default", "按序时"), ("closed", "办结"),
    ),
}
"""What a ledger's lights are called that it does not name itself, by what they mean there: a red
one may be good, and one that is far behind its time is not overdue yet. The graver comes first
where one colour means two things."""


def horizon(lights: Lights, today: dt.date, workdays: Workdays) -> dt.date:
    """The last deadline that is already yellow today."""
    if lights.calendar == "workday":
        return workdays.horizon(today, lights.yellow_days)
    return today + dt.timedelta(days=lights.yellow_days)


def tones(kind: Kind) -> tuple[str, ...]:
    """The lights that a ledger has, the gravest first."""
    of = kind.lights
    return tuple(dict.fromkeys((of.overdue, of.soon, of.default, of.closed))) if of else ()


def label(kind: Kind, tone: str) -> str:
    """The light in words, as the ledger declares it, else by what the colour means there."""
    lights = kind.lights
    if lights is not None and tone in lights.labels:
        return lights.labels[tone]
    meant = (
        (word for role, word in MEANINGS[lights.by] if getattr(lights, role) == tone)
        if lights is not None
        else ()
    )
    return next(iter(meant), LABELS.get(tone, tone))


def light_of(
    record: Record, kind: Kind, cycle: Lifecycle | None, today: dt.date, workdays: Workdays
) -> str | None:
    """The tone of a record's light today, or on the day of which it is; None for a kind without
    lights, and for void or paused work and drafts."""
    lights, today = kind.lights, record.seen or today
    if lights is None:
        return None
    if cycle is not None and record.state is not None:
        state = cycle.state(record.state)
        if state.closed:
            return lights.closed
        if state.void or state.paused or state.draft:
            return None
    ends = (record.values.get(name) for name in kind.ended_by)
    if any(day is not None and day <= today for day in ends):
        return lights.closed
    if due_state.of(record, kind, cycle, today) == "pending":
        return lights.default
    return _by_days(lights, record, today, workdays)


def _by_days(lights: Lights, record: Record, today: dt.date, workdays: Workdays) -> str | None:
    """The tone of work that goes on."""
    deadline = record.values.get(lights.deadline)
    if deadline is None:
        return lights.default
    if deadline < today:
        return lights.overdue
    if lights.by != "deadline":
        return _by_progress(lights, record, deadline, today)
    return lights.soon if deadline <= horizon(lights, today, workdays) else lights.default


def _by_progress(lights: Lights, record: Record, deadline: dt.date, today: dt.date) -> str | None:
    """How far the work has come beside how much of its time has gone."""
    start = record.values.get(lights.start)
    if start is None or not start < deadline or today <= start:
        return lights.default
    gone, span = (today - start).days, (deadline - start).days
    reached = int((record.values.get(lights.progress) or 0) * SCALE)
    # gone/span × 100 − reached/SCALE, in points, multiplied out so that both twins count in whole
    # numbers
    behind = gone * 100 * SCALE - reached * span
    if behind > lights.red_behind * SCALE * span:
        return lights.overdue
    return lights.soon if behind >= lights.yellow_behind * SCALE * span else lights.default


def made_from(kind: Kind, cycle: Lifecycle | None) -> tuple[str, ...]:
    """The columns that the light is worked out from; none where a ledger has no lights."""
    lights, found = kind.lights, list[str]()
    if lights is None:
        return ()

    def column(name: str) -> str:
        found.append(name)
        return name

    if cycle is not None:
        column("state")
    column(lights.deadline)
    due_state.pending_sql(kind, cycle, column)
    more = (lights.start, lights.progress) if lights.by != "deadline" else ()
    return tuple(dict.fromkeys((*found, *kind.ended_by, *more)))


def sql(
    kind: Kind, cycle: Lifecycle | None, today: dt.date, workdays: Workdays,
    column: Callable[[str], str] = quoted,
) -> tuple[str, list[object]]:
    """The same as an SQL expression with its parameters; ``column`` writes a field as SQL."""
    lights = kind.lights
    if lights is None:
        return "NULL", []
    cases: list[str] = []
    parameters: list[object] = []

    def when(condition: str, tone: str | None, *values: object) -> None:
        parameters.extend(values)
        cases.append(
            f"WHEN {condition} THEN {'NULL' if tone is None else chr(39) + tone + chr(39)}"
        )

    if cycle is not None:
        closed = cycle.names(closed=True)
        idle = [s.name for s in cycle.states if (s.void or s.paused or s.draft) and not s.closed]
        for states, tone in ((closed, lights.closed), (tuple(idle), None)):
            if states:
                when(f"{column('state')} IN ({','.join('?' * len(states))})", tone, *states)
    for name in kind.ended_by:
        when(f"{column(name)} <= ?", lights.closed, today.isoformat())
    pending = due_state.pending_sql(kind, cycle, column)
    if pending:
        when(pending, lights.default)
    deadline, day = column(lights.deadline), today.isoformat()
    when(f"{deadline} IS NULL", lights.default)
    when(f"{deadline} < ?", lights.overdue, day)
    if lights.by == "deadline":
        when(f"{deadline} <= ?", lights.soon, horizon(lights, today, workdays).isoformat())
    else:
        start = column(lights.start)
        when(f"{start} IS NULL OR {start} >= {deadline} OR {start} >= ?", lights.default, day)
        span = f"CAST(julianday({deadline}) - julianday({start}) AS INTEGER)"
        gone = f"CAST(julianday(?) - julianday({start}) AS INTEGER)"
        behind = f"{gone} * {100 * SCALE} - coalesce({column(lights.progress)}, 0) * {span}"
        when(f"{behind} > {lights.red_behind * SCALE} * {span}", lights.overdue, day)
        when(f"{behind} >= {lights.yellow_behind * SCALE} * {span}", lights.soon, day)
    return f"(CASE {' '.join(cases)} ELSE '{lights.default}' END)", parameters
