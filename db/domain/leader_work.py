"""What one leader leads, over all ledgers: which field names the leader is declared in each kind,
which rows count is what the figures say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from db.domain import calendar_days
from db.metrics import metrics
from db.model import due_state, lights
from db.model.query import Query, Where

if TYPE_CHECKING:
    from db.domain.calendar_days import Dated
    from db.metrics.metrics import Group, Number, Row
    from db.model.context import ReadContext
    from db.model.declarations import Kind
    from db.model.records import Record

LEADER = "leader"
"""What figures are told apart by."""
IN_HAND = "in_hand"
NUMBERS = (
    IN_HAND, "open_overdue", "awaiting_check", "yellow_lights", "assigned", "completion_rate",
)
AHEAD = 60
"""Days in which the next meetings are looked for."""
AT_ONCE = 500
"""Records read in one question."""


class Leader(msgspec.Struct, frozen=True):
    """Somebody who leads something. ``key`` is the record of the roster, or the name as typed."""

    key: str
    name: str
    in_hand: int
    overdue: int


class LedWork(msgspec.Struct, frozen=True):
    """One piece of work as it stood on the day. ``unit`` is a uid; ``pending``: asked for in time,
    not decided yet; ``light``: what its ledger calls it, and the tone."""

    record: Record
    ledger: str
    title: str
    unit: str
    due: dt.date | None
    pending: bool
    light: tuple[str, str]

    def overdue(self, day: dt.date) -> bool:
        """Past its deadline, and waiting for nobody to check it."""
        begun = self.record.seen or day
        return self.due is not None and self.due < begun and not self.pending


class LeaderWork(msgspec.Struct, frozen=True):
    """All of one leader: what is led, the most pressing first; open work that others lead and that
    names this leader otherwise (their instructions); the next meetings."""

    leader: Leader
    day: dt.date
    numbers: dict[str, Number]
    led: tuple[LedWork, ...]
    named: tuple[LedWork, ...]
    meetings: tuple[Dated, ...]


def led_ledgers(session: ReadContext) -> list[Kind]:
    """The ledgers that this person can open whose work goes through a lifecycle against a
    deadline."""
    return [
        kind for kind in session.visible_kinds()
        if kind.lifecycle is not None
        and kind.lights is not None
        and kind.family
        and not kind.parent
    ]


def leaders(session: ReadContext, as_of: dt.date | None = None) -> list[Leader]:
    """Who leads something, in hand or done, those with most overdue first."""
    wanted = (IN_HAND, "open_overdue", "assigned")
    lines = _by_leader(session, wanted, as_of)
    found = [
        Leader(
            str(group.key), group.label, int(group.numbers[IN_HAND].value or 0),
            int(group.numbers["open_overdue"].value or 0),
        )
        for group in lines
        if group.key is not None and any(group.numbers[name].value for name in wanted)
    ]
    return sorted(found, key=lambda one: (-one.overdue, -one.in_hand, one.name))


def read(session: ReadContext, key: str, as_of: dt.date | None = None) -> LeaderWork:
    """Everything of one leader as of the end of a day."""
    day = metrics.counted_as_of(session, None, as_of)
    group = next((g for g in _by_leader(session, NUMBERS, day) if g.key == key), None)
    known = metrics.declared(session)
    numbers = group.numbers if group else {n: metrics.nothing(known.get(n)) for n in NUMBERS}
    led = _rows(session, LEADER, key, day)
    seen = {one.record.uid for one in led}
    named = [
        one for field in _other_fields(session) for one in _rows(session, field, key, day)
        if one.record.uid not in seen
    ]
    overdue = int(numbers["open_overdue"].value or 0)
    return LeaderWork(
        Leader(key, name_of(session, key), int(numbers[IN_HAND].value or 0), overdue), day, numbers,
        tuple(led), tuple(sorted(named, key=_urgency)),
        tuple(meetings(session, key, day)),
    )


def _by_leader(session: ReadContext, names: Sequence[str], as_of: dt.date | None) -> list[Group]:
    kinds = [kind.name for kind in led_ledgers(session)]
    return metrics.table(session, names, LEADER, ledgers=kinds, as_of=as_of)


def name_of(session: ReadContext, key: str) -> str:
    """A leader's name: of the record in the roster, or as it was typed."""
    roster = session.kinds.leader_roster
    record = session.get(roster.name, key) if roster is not None else None
    return session.title_of(record) if record is not None else key


def meetings(session: ReadContext, key: str, day: dt.date) -> list[Dated]:
    """What this leader chairs from a day on, the next first."""
    return calendar_days.events(session, day, day + dt.timedelta(days=AHEAD), key)


def _other_fields(session: ReadContext) -> list[str]:
    """Fields that name somebody of the roster for another part than leading: who instructed."""
    roster = session.kinds.leader_roster
    found: dict[str, None] = {}
    for kind in led_ledgers(session):
        leading = session.kinds.leader_of(kind)
        for field in kind.fields:
            if roster is not None and field.kind == roster.name and field != leading:
                found[field.name] = None
    return list(found)


def _rows(session: ReadContext, field: str, key: str, day: dt.date) -> list[LedWork]:
    """What is in hand where a field names this leader, the most pressing first."""
    names = [kind.name for kind in led_ledgers(session)]
    behind = metrics.rows(session, IN_HAND, group=(field, key), ledgers=names, as_of=day).rows
    records = metrics.records_as_of(session, list(_records(session, behind)), None, day)
    return sorted((_led(session, record, day) for record in records), key=_urgency)


def _records(session: ReadContext, behind: Sequence[Row]) -> Iterator[Record]:
    """The records of these rows, read some hundred at a time."""
    uids: dict[str, list[str]] = {}
    for row in behind:
        uids.setdefault(row.kind, []).append(row.uid)
    for kind, held in uids.items():
        for at in range(0, len(held), AT_ONCE):
            where = (Where("uid", "in", held[at : at + AT_ONCE]),)
            yield from session.find(Query(kind=kind, where=where))


def _led(session: ReadContext, record: Record, day: dt.date) -> LedWork:
    kind = session.kinds.get(record.kind)
    cycle = session.kinds.lifecycle_of(kind)
    light = (
        lights.light_of(record, kind, cycle, day, session.workdays) if cycle is not None else None
    )
    unit: Any = record.values.get(kind.unit) if kind.unit is not None else None
    return LedWork(
        record, kind.label, session.title_of(record), unit if isinstance(unit, str) else "",
        record.values.get(due_state.deadline_of(kind)),
        due_state.of(record, kind, cycle, day) == "pending",
        (lights.label(kind, light), light) if light else ("", "grey"),
    )


def _urgency(one: LedWork) -> tuple[bool, bool, dt.date, str]:
    """Overdue and due first; what waits for a reviewer after what waits for the unit; what has no
    deadline last."""
    return one.due is None, one.pending, one.due or dt.date.max, one.title
