"""How a piece of work stands against its deadline, said in one place for figures, lights, lists,
reminders and letters.

What is closed is on time by the day of the request that was granted, or by the day of closing: its
ledger says which (``Kind.finished``). A request that was returned or withdrawn is none. What was
asked for in time and is not decided yet waits for its reviewer: it is neither closed nor overdue.
Two twins say the same, one in Python for a single record, one as an SQL expression; a test holds
them against each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from db.model.declarations import Kind, Lifecycle
from db.model.sql import listed, quoted

if TYPE_CHECKING:
    from db.model.records import Record

#: What a filter asks for it by.
FIELD = "due_state"
DueState = Literal["on_time", "late", "overdue", "pending", "running"]
LABELS: dict[str, str] = {
    "on_time": "按期办结", "late": "逾期办结", "overdue": "逾期未结", "pending": "待审核",
    "running": "在办未到期",
}
#: The day for which work of a week was given, and how it stands in that week: done or answered
#: within it, carried on to another, done after it, or open.
GIVEN_FOR, WEEK_STATE = "given_for", "week_state"
#: By which day a ledger judges, in words.
FINISHED = {"requested": "申请销号（交卷）之日", "closed": "审核销号之日"}


def deadline_of(kind: Kind) -> str:
    """The field with the deadline."""
    return kind.lights.deadline if kind.lights else "deadline"


def goes_by_request(kind: Kind, cycle: Lifecycle | None) -> bool:
    """Whether the day of the request decides."""
    return cycle is not None and bool(cycle.requested_on) and kind.finished == "requested"


def days_text(
    due: dt.date | None, today: dt.date, *, pending: bool = False, over: bool = False,
    draft: bool = False,
) -> str:
    """How far a deadline is; of what was asked for in time, whom it waits for. ``over``: the day is
    gone by, and its end is meant. Nobody is late with a ``draft``, which was given to nobody."""
    if pending:
        return LABELS["pending"]
    if due is None:
        return ""
    days = (due - today).days
    if days == 0:
        return "到期未结" if over else "今天到期"
    return f"还有 {days} 天" if days > 0 else f"{'已过' if draft else '逾期'} {-days} 天"


def in_words(kinds: list[Kind], lifecycle_of: Callable[[Kind], Lifecycle | None]) -> str:
    """By which day these ledgers judge, for a formula."""
    by_closing = [k.label for k in kinds if not goes_by_request(k, lifecycle_of(k))]
    if not by_closing:
        return f"是否按期看{FINISHED['requested']}"
    if len(by_closing) == len(kinds):
        return f"是否按期看{FINISHED['closed']}"
    some = "、".join(by_closing[:3]) + ("等" if len(by_closing) > 3 else "")
    return f"是否按期看{FINISHED['requested']}，{some}看{FINISHED['closed']}"


def of(record: Record, kind: Kind, cycle: Lifecycle | None, today: dt.date) -> DueState | None:
    """How a record stands today, or on the day of which it is; None for a draft, what is void or
    suspended."""
    if cycle is None or record.state is None or not kind.has(deadline_of(kind)):
        return None
    deadline = record.values.get(deadline_of(kind))
    if cycle.state(record.state).closed and not cycle.state(record.state).void:
        done = finished_on(record, kind, cycle)
        return "late" if done is not None and deadline is not None and done > deadline else (
            "on_time"
        )
    if record.state not in cycle.open_states:
        return None
    if _asked_in_time(record, kind, cycle, deadline):
        return "pending"
    return "overdue" if deadline is not None and deadline < (record.seen or today) else "running"


def finished_on(record: Record, kind: Kind, cycle: Lifecycle) -> dt.date | None:
    """The day on which closed work was done, as its ledger counts."""
    names = [cycle.requested_on] if goes_by_request(kind, cycle) else []
    days = [record.values.get(name) for name in (*names, cycle.closed_on) if name]
    return min((day for day in days if day is not None), default=None)


def _asked_in_time(record: Record, kind: Kind, cycle: Lifecycle, deadline: dt.date | None) -> bool:
    if not goes_by_request(kind, cycle) or record.state not in cycle.asked_states:
        return False
    asked = record.values.get(cycle.requested_on or "")
    return asked is not None and (deadline is None or asked <= deadline)


def pending_sql(kind: Kind, cycle: Lifecycle | None, column: Callable[[str], str]) -> str:
    """Whether it was asked for in time and waits to be decided; "" where no work does."""
    if cycle is None or not goes_by_request(kind, cycle) or not cycle.asked_states:
        return ""
    asked, deadline = column(cycle.requested_on or ""), column(deadline_of(kind))
    return (
        f"{column('state')} IN ({listed(cycle.asked_states)}) AND"
        f" coalesce({asked} <= {deadline}, {asked} IS NOT NULL AND {deadline} IS NULL)"
    )


def sql(
    kind: Kind, cycle: Lifecycle | None, today: dt.date, column: Callable[[str], str] = quoted
) -> str:
    """The same as an SQL expression; ``column`` writes a field as SQL."""
    if cycle is None or not kind.has(deadline_of(kind)):
        return "NULL"
    state, deadline = column("state"), column(deadline_of(kind))
    closed, done = _closed(cycle), _done_sql(kind, cycle, column)
    pending = pending_sql(kind, cycle, column)
    return (
        "(CASE"
        + (f" WHEN {state} IN ({listed(closed)}) THEN CASE WHEN {done} > {deadline} THEN 'late'"
           " ELSE 'on_time' END" if closed else "")
        + f" WHEN {state} NOT IN ({listed(cycle.open_states)}) THEN NULL"
        + (f" WHEN {pending} THEN 'pending'" if pending else "")
        + f" WHEN {deadline} < '{today.isoformat()}' THEN 'overdue' ELSE 'running' END)"
    )  # fmt: skip


def _closed(cycle: Lifecycle) -> list[str]:
    return [s.name for s in cycle.states if s.closed and not s.void]


def _done_sql(kind: Kind, cycle: Lifecycle, column: Callable[[str], str]) -> str:
    """``finished_on`` as SQL."""
    asked = cycle.requested_on if goes_by_request(kind, cycle) else None
    days = [column(name) for name in (asked, cycle.closed_on) if name]
    if len(days) < 2:
        return days[0] if days else "NULL"
    return f"coalesce(min({', '.join(days)}), {', '.join(days)})"


def given_for_sql(kind: Kind, cycle: Lifecycle | None, column: Callable[[str], str]) -> str | None:
    """The deadline that was first given, which no carrying on changes."""
    if cycle is None or cycle.first_deadline is None:
        return None
    return f"coalesce({column(cycle.first_deadline)}, {column(deadline_of(kind))})"


def week_sql(kind: Kind, cycle: Lifecycle | None, column: Callable[[str], str] = quoted) -> str:
    """How work stands in the week it was given for: carried on, it is unfinished there for good."""
    given = given_for_sql(kind, cycle, column)
    if cycle is None or given is None:
        return "NULL"
    state, end = column("state"), f"date({given}, 'weekday 0')"
    asked, is_closed = column(cycle.requested_on or ""), f"{state} IN ({listed(_closed(cycle))})"
    done = f"coalesce({_done_sql(kind, cycle, column)}, {given})"
    return (
        f"(CASE WHEN {is_closed} AND {done} <= {end} THEN 'done'"
        f" WHEN {state} IN ({listed(cycle.asked_states)}) AND {asked} <= {end} THEN 'answered'"
        f" WHEN {column(deadline_of(kind))} > {end} THEN 'carried'"
        f" WHEN {is_closed} THEN 'late' ELSE 'open' END)"
    )
