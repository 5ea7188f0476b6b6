"""Every item's planned span against the calendar, for the wall chart (挂图作战): read in one pass,
as light as ten thousand allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.model import due_state, lights
from db.model.fieldtypes import TYPES, row_unit
from db.model.fieldtypes.numbers import SCALE
from db.model.sql import quoted
from db.store.spans import rows_on

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Field, Kind, Lifecycle, Tone


class Span(msgspec.Struct, frozen=True):
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

    def overdue(self, today: dt.date) -> bool:
        """Open past its deadline: a fact, whatever its light is called."""
        return not self.closed and not self.pending and self.end < today


def ledgers(session: ReadContext) -> list[Kind]:
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
) -> list[Span]:
    """The items of these ledgers (none: all), of a unit or of all, by unit in its order and then by
    deadline.

    Drafts, void and suspended items are no part of a plan; ``closed`` adds those that are done.
    ``as_of``: as they were at the end of that day; how far they have got is known of today alone.
    """
    found: list[Span] = []
    for kind in ledgers(session):
        if (names is None or kind.name in names) and (unit is None or kind.unit is not None):
            found += _of(session, kind, unit, closed, as_of or session.today)
    order = session.unit_order()
    found.sort(key=lambda span: (order.get(span.unit, len(order)), span.end, span.start))
    return found


def moment(session: ReadContext, as_of: dt.date | None) -> dt.date:
    """The day that has begun: what was due on a day gone by and is open at its end is overdue."""
    if as_of is None or as_of >= session.today:
        return session.today
    return as_of + dt.timedelta(days=1)


def _of(
    session: ReadContext, kind: Kind, unit: str | None, closed: bool, day: dt.date
) -> list[Span]:
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
            Span(
                kind.name, uid, shown, owner or "", min(begun, due), due, share, tone, done, word,
                bool(waits),
            )
        )
    return found


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
    succession, held = session.names.succession, session.kinds.held(kind)
    if not (succession or held):
        return whose
    done = ", ".join(f"'{name}'" for name in sorted(done_states))
    of_day = f"CASE WHEN state IN ({done}) THEN {end} ELSE '{day}' END"
    return succession.sql(whose, of_day, (quoted(held[0]), quoted(held[1])) if held else None)
