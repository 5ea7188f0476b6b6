"""Every item's planned span against the calendar, for the wall chart (挂图作战): read in one pass,
as light as ten thousand allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from db.model import due_state, lights
from db.model.fieldtypes import TYPES, row_unit
from db.model.fieldtypes.numbers import SCALE
from db.model.sql import listed, quoted
from db.store.spans import rows_on

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Field, Kind, Lifecycle, Tone


MarkSort = Literal["reached", "late", "ahead", "overdue"]
MARKS: dict[MarkSort, str] = {
    "reached": "按期完成", "late": "逾期完成", "ahead": "未完成，未到期", "overdue": "逾期未完成",
}
"""How a row planned for a day (a milestone) stands, and what that is called."""


class Milestone(msgspec.Struct, frozen=True):
    """A row planned for a day under an item: ``sort`` as in ``MARKS``; ``done``: its real day."""

    title: str
    day: dt.date
    done: dt.date | None
    sort: MarkSort


class PlannedSpan(msgspec.Struct, frozen=True):
    """An item from the day it was assigned (else its deadline) to its deadline; ``done`` is a share
    (0 to 1), ``light`` a tone, ``word`` what its ledger calls it."""

    kind: str
    uid: str
    title: str
    unit: str
    start: dt.date
    end: dt.date
    done: float
    light: Tone
    closed: bool
    word: str = ""
    #: asked for in time and not decided yet
    pending: bool = False
    marks: tuple[Milestone, ...] = ()

    def overdue(self, today: dt.date) -> bool:
        """Open past its deadline: a fact, whatever its light is called."""
        return not self.closed and not self.pending and self.end < today


def dated_ledgers(session: ReadContext) -> list[Kind]:
    """The ledgers this person can open whose items run from a day to a deadline."""
    return [
        kind
        for kind in session.visible_kinds()
        if kind.lights is not None
        and kind.lifecycle is not None
        and not kind.parent
        and kind.has(kind.lights.start)
        and kind.has(kind.lights.deadline)
    ]


def spans(
    session: ReadContext, names: Sequence[str] | None = None, unit: str | None = None, *,
    closed: bool = False, as_of: dt.date | None = None,
) -> list[PlannedSpan]:
    """The items of these ledgers (none: all), of a unit or of all, by unit in its order and then by
    deadline.

    Drafts, void and suspended items are no part of a plan; ``closed`` adds those that are done.
    ``as_of``: as they were at the end of that day.
    """
    found: list[PlannedSpan] = []
    for kind in dated_ledgers(session):
        if (names is None or kind.name in names) and (unit is None or kind.unit is not None):
            found += _of(session, kind, unit, closed, as_of or session.today)
    order = session.unit_order()
    found.sort(key=lambda span: (order.get(span.unit, len(order)), span.end, span.start))
    return _marked(session, found, as_of or session.today)


def moment(session: ReadContext, as_of: dt.date | None) -> dt.date:
    """The day that has begun: what was due on a day gone by and is open at its end is overdue."""
    if as_of is None or as_of >= session.today:
        return session.today
    return as_of + dt.timedelta(days=1)


def _of(
    session: ReadContext, kind: Kind, unit: str | None, closed: bool, day: dt.date
) -> list[PlannedSpan]:
    assert kind.lights is not None
    cycle = session.kinds.lifecycle_of(kind)
    assert cycle is not None
    states, done_states = _states(cycle, closed)
    light, parameters = lights.sql(kind, cycle, moment(session, day), session.workdays)
    pending = due_state.pending_sql(kind, cycle, quoted) or "0"
    title = kind.field(kind.title)
    end = quoted(kind.lights.deadline)
    start = f"coalesce({quoted(kind.lights.start)}, {end})"
    progress = quoted(kind.lights.progress) if kind.has(kind.lights.progress) else "NULL"
    whose = _whose(session, kind, end, done_states, day)
    table = quoted(kind.name)
    if day < session.today:
        table = rows_on(session.kinds, kind, day)
    text = (
        f"SELECT uid, {quoted(title.name)}, {whose}, {start}, {end}, {progress}, state,"
        f" {pending}, {light}"
        f" FROM {table} WHERE deleted = 0 AND state IN ({','.join('?' * len(states))})"
        f" AND {end} IS NOT NULL"
    )
    values = [*parameters, *states]
    if unit is not None:
        text += f" AND {whose} = ?"
        values.append(unit)
    words = {each: lights.label(kind, each) for each in lights.LABELS}
    rows = session.book_of(kind.name).connection.execute(text, values)
    found = []
    for uid, name, owner, first, last, reached, state, waits, lit in rows:
        begun, due = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        shown, done = _shown(session, title, name), state in done_states
        tone: Tone = lit or "grey"
        share = 1.0 if done else min(1.0, max(0.0, (reached or 0) / (100 * SCALE)))
        word = due_state.LABELS["pending"] if waits else words[tone]
        found.append(
            PlannedSpan(
                kind.name, uid, shown, owner or "", min(begun, due), due, share, tone, done, word,
                bool(waits),
            )
        )
    return found


def _marked(session: ReadContext, found: list[PlannedSpan], day: dt.date) -> list[PlannedSpan]:
    """The items with what is planned under them, read in one pass a kind."""
    of_uid = {span.uid: span for span in found}
    marks: dict[str, list[Milestone]] = {}
    for kind in session.visible_kinds() if found else ():
        if kind.lights is None or not _makes_progress(session, kind):
            continue
        title = kind.field(kind.title)
        due, done = quoted(kind.lights.deadline), quoted(kind.lights.done)
        table = rows_on(session.kinds, kind, day) if day < session.today else quoted(kind.name)
        rows = session.book_of(kind.name).connection.execute(
            f"SELECT parent, {quoted(title.name)}, {due}, {done} FROM {table} WHERE deleted = 0"
            f" AND parent IS NOT NULL AND {due} IS NOT NULL ORDER BY {due}, id"
        )
        for uid, name, planned, reached in rows:
            if uid in of_uid:
                asked = (of_uid[uid], _shown(session, title, name), planned, reached)
                marks.setdefault(uid, []).append(_mark(session, *asked, day=day))
    return [
        replace(span, marks=tuple(marks[span.uid])) if span.uid in marks else span
        for span in found
    ]


def _makes_progress(session: ReadContext, kind: Kind) -> bool:
    """Whether rows of a kind are stages of the progress of what they hang under."""
    return kind.planned and any(
        f.fill.startswith(f"reached:{kind.name}.")
        for above in session.kinds.parents_of(kind.name) for f in above.all_fields
    )


def _mark(
    session: ReadContext, span: PlannedSpan, title: str, planned: str, reached: str | None, *,
    day: dt.date,
) -> Milestone:
    due = dt.date.fromisoformat(planned)
    done = dt.date.fromisoformat(reached) if reached else None
    if done is not None and done <= day:
        return Milestone(title, due, done, "late" if done > due else "reached")
    late = due < moment(session, day) and not span.closed
    return Milestone(title, due, None, "overdue" if late else "ahead")


def _states(cycle: Lifecycle, closed: bool) -> tuple[list[str], set[str]]:
    """The states of items that are part of a plan, and those in which they are done."""
    done = {s.name for s in cycle.states if s.closed}
    part = [s.name for s in cycle.states if not (s.void or s.draft or s.paused)]
    return [name for name in part if closed or name not in done], done


def _shown(session: ReadContext, title: Field, cell: object) -> str:
    kind_of = TYPES[title.type]
    return kind_of.format(kind_of.from_db(cell), title, session.names) or "（未命名）"


def _whose(
    session: ReadContext, kind: Kind, end: str, done_states: Collection[str], day: dt.date
) -> str:
    """The unit of a row: what is done stays with whom it was due; what is not, whoever answers for
    it on the day."""
    unit_field = row_unit(kind)
    if unit_field is None:
        return "NULL"
    whose = quoted(unit_field)
    succession, held = session.names.succession, session.kinds.custody_fields(kind)
    if not (succession or held):
        return whose
    done = listed(sorted(done_states))
    of_day = f"CASE WHEN state IN ({done}) THEN {end} ELSE '{day}' END"
    return succession.sql(whose, of_day, (quoted(held[0]), quoted(held[1])) if held else None)
