"""What declarations tell of the steps of a record: which date is a step's own day, which fields
it is held by, and which steps a record from before there were any has taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from db.errors import BadInput
from db.model.action_sources import parse_sources
from db.model.declarations import Action, Field, Kind, Lifecycle
from db.model.fieldtypes import type_of
from db.model.ids import derived_uid
from db.model.records import Record
from db.model.sql import quoted
from db.model.steps import FIELD, Steps, StepTaken, joined, mark, not_undone, ordered

#: The names of unit, deadline and leader; None where a kind has none.
WatchedFields = tuple[str | None, str | None, str | None]


def own_day_field(cycle: Lifecycle, action: Action, kind: Kind) -> str | None:
    """The date that is the day of a step: one that it always writes anew, else one that no step
    before it writes. Where a person may type it, what is corrected there corrects the step."""
    dated = {
        name: source for name, source in action.set.items()
        if kind.has(name) and any(word == "today" for word, _ in parse_sources(source))
    }
    for name, source in dated.items():
        if source == "today":
            return name
    for name in dated:
        if next(each for each in cycle.actions if name in each.set) is action:
            return name
    return None


def watched_fields(kind: Kind, leader: Field | None) -> WatchedFields:
    """The fields with the unit, the deadline and the leader of a record."""
    deadline = kind.lights.deadline if kind.lights else "deadline"
    unit = kind.unit if kind.unit and kind.has(kind.unit) else None
    return unit, deadline if kind.has(deadline) else None, leader.name if leader else None


# -- fields that steps settle ----------------------------------------------------------------------


class Values(Protocol):
    """What is asked of a record here: one value by field name."""

    def get(self, name: str, /) -> Any: ...


_STATE = "state"
#: Where no step wrote a field.
_UNTOLD = object()


class StepResolution:
    """Of two values that steps taken in two places wrote, the one that stands once both lists of
    steps are one: of the later step; of the earlier where a step keeps what stands there. So nobody
    is asked, and the other stays told by its step. Only of fields whose lifecycle says so
    (``by_steps``), and only where both values are what their own steps wrote: what somebody typed
    over it is a question as ever."""

    def __init__(self, kind: Kind, cycle: Lifecycle) -> None:
        self._cycle = cycle
        self.fields = {name: kind.field(name) for name in cycle.by_steps if kind.has(name)}
        self._actions = {action.name: action for action in cycle.actions}
        self._states = {state.name for state in cycle.states}

    def given(self, record: Record, written: Mapping[str, object]) -> dict[str, Any]:
        """What a step says that it wrote of these fields."""
        return {
            name: self._told(name, written[name]) for name in self.fields
            if name in written and written[name] != record.values.get(name)
        }

    def resolve(self, name: str, mine: Values, theirs: Values) -> tuple[Any] | None:
        """The value that stands; None where the steps do not say it."""
        own, other = mine.get(FIELD), theirs.get(FIELD)
        if not own or not other:
            return None
        if name == _STATE and _STATE in self._cycle.by_steps:
            return self._state(mine, theirs, joined(own, other))
        if name not in self.fields:
            return None
        sides = [(each.get(name), self._last(name, each.get(FIELD))) for each in (mine, theirs)]
        if any(self._told(name, value) != last for value, last in sides):
            return None
        return self._value(name, self._last(name, joined(own, other)), sides)

    def _value(
        self, name: str, stands: object, sides: Iterable[tuple[Any, object]]
    ) -> tuple[Any] | None:
        for value, last in sides:
            if last == stands:
                return (value,)
        field = self.fields[name]
        if stands is _UNTOLD or type_of(field).plain_text:
            return None
        try:
            return (None if stands is None else type_of(field).from_json(stands, field),)
        except (BadInput, TypeError, ValueError):  # a step as somebody made it up
            return None

    def _state(self, mine: Values, theirs: Values, steps: Steps | None) -> tuple[Any] | None:
        """What the steps lead to, if each could be taken after those before it. What is closed
        somewhere is for a person to see."""
        sides = [(each.get(_STATE), self._led_to(each.get(FIELD))) for each in (mine, theirs)]
        end = self._led_to(steps)
        if end not in self._states or any(state != led for state, led in sides):
            return None
        states = [self._cycle.state(state) for state in (end, *(state for state, _ in sides))]
        return None if any(state.closed or state.void for state in states) else (end,)

    def _led_to(self, steps: Steps | None) -> str | None:
        """The state at the end of steps; None where one could not have been taken there."""
        state = self._cycle.initial
        for step in not_undone(steps):
            action = self._actions.get(step.action)
            if action is None or state not in action.from_:
                return None
            state = step.to if action.to else state
        return state

    def _told(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        plain = type_of(self.fields[name]).to_json(value)
        return mark(plain) if type_of(self.fields[name]).plain_text else plain

    def _last(self, name: str, steps: Steps | None) -> Any:
        found: Any = _UNTOLD
        for step in not_undone(steps):
            there = found is not _UNTOLD and found is not None
            if name in step.gave and not (there and self._keeps(step.action, name)):
                found = step.gave[name]
        return found

    def _keeps(self, action: str, name: str) -> bool:
        """Whether a step leaves what stands there before it falls back on something of its own."""
        declared = self._actions.get(action)
        sources = parse_sources(declared.set.get(name, "")) if declared is not None else ()
        return ("field", name) in sources[:-1]


# -- rows that are planned for days, and moved -----------------------------------------------------


MOVED = "replan"
"""The step of a planned row whose day, or unit, was changed."""


def moved(
    kind: Kind, record: Record, written: Mapping[str, object], made: StepTaken
) -> dict[str, Steps]:
    """What a planned row keeps besides what is written: its day and unit as they were before,
    in the step ``made``; nothing where it had none or they stay."""
    before = record.values.get(FIELD) or ()
    was = {
        name: type_of(kind.field(name)).to_json(record.values[name])
        for name in watched_fields(kind, None)
        if name and name in written and record.values.get(name) not in (None, written[name])
    }
    if not kind.planned or not was:
        return {}
    uid = derived_uid("step", record.uid, MOVED, made.office, made.at, str(len(before)))
    step = msgspec.structs.replace(made, id=uid, was=was, place=len(before))
    return {FIELD: ordered((*before, step))}


def planned_on(kind: Kind, record: Record, day: dt.date) -> Record:
    """A planned row as it was at the end of a day gone by: what a later move has changed."""
    later = [s for s in not_undone(record.values.get(FIELD)) if s.on > day.isoformat()]
    was = {name: value for step in reversed(later) for name, value in step.was.items()}
    values = {n: type_of(kind.field(n)).from_json(v, kind.field(n)) for n, v in was.items()}
    return msgspec.structs.replace(
        record, values={**record.values, **values}, seen=day + dt.timedelta(days=1)
    )


def planned_on_sql(kind: Kind, day: dt.date, alias: str) -> dict[str, str]:
    """The same as SQL: field → the column as it was."""
    steps = f"{alias}.{quoted(FIELD)}"
    return {
        name: f"(CASE WHEN {steps} IS NULL THEN {alias}.{quoted(name)} ELSE coalesce((SELECT"
        f" e.value ->> '$.was.{name}' FROM json_each({steps}) e WHERE e.value ->> '$.on' > '{day}'"
        f" AND e.value ->> '$.was.{name}' IS NOT NULL AND e.value ->> '$.void' IS NULL"
        f" ORDER BY e.key LIMIT 1), {alias}.{quoted(name)}) END)"
        for name in watched_fields(kind, None) if name
    }


# -- work of another class than before -------------------------------------------------------------


def earlier_class(
    cycle: Lifecycle | None, record: Record, written: Mapping[str, object], today: dt.date
) -> dict[str, str]:
    """What work that is given out keeps of its class by which it is reported on, where another is
    written: which it was, and until when. Of one day the first."""
    if cycle is None or cycle.rhythm_by is None or cycle.rhythm_was is None:
        return {}
    if cycle.rhythm_by not in written:
        return {}
    before = record.values.get(cycle.rhythm_by)
    given = record.state is not None and not cycle.state(record.state).draft
    known: list[list[str]] = msgspec.json.decode(record.values.get(cycle.rhythm_was) or "[]")
    noted_today = any(until == today.isoformat() for _, until in known)
    if not given or noted_today or written[cycle.rhythm_by] == before:
        return {}
    kept = [*known, [str(before or ""), today.isoformat()]]
    return {cycle.rhythm_was: msgspec.json.encode(kept).decode()}


def class_on(cycle: Lifecycle, record: Record, day: dt.date) -> str | None:
    """The class of work at the end of a day."""
    if cycle.rhythm_by is None:
        return None
    was = record.values.get(cycle.rhythm_was or "") or "[]"
    known: list[list[str]] = msgspec.json.decode(was)
    now: str | None = record.values.get(cycle.rhythm_by)
    then = (before for before, until in known if until > day.isoformat())
    return next(then, now) or None


def class_on_sql(cycle: Lifecycle, alias: str, day: str) -> str:
    """The same as SQL; ``day`` too."""
    now = f"{alias}.{quoted(cycle.rhythm_by or '')}"
    if cycle.rhythm_was is None:
        return now
    was = f"{alias}.{quoted(cycle.rhythm_was)}"
    return (
        f"(CASE WHEN {was} IS NULL THEN {now} ELSE nullif(coalesce((SELECT e.value ->> 0 FROM"
        f" json_each({was}) e WHERE e.value ->> 1 > {day} ORDER BY e.key LIMIT 1), {now}), '') END)"
    )


# -- records from before there were steps ----------------------------------------------------------


def days_of(kind: Kind, cycle: Lifecycle) -> list[tuple[int, str]]:
    """Which action's day each field of a record says: the action's place in the lifecycle."""
    fields = [own_day_field(cycle, action, kind) for action in cycle.actions]
    return [(place, field) for place, field in enumerate(fields) if field]


def derived(
    kind: Kind, cycle: Lifecycle, record: Record, children: Sequence[Record] = (),
    days: Sequence[tuple[int, str]] | None = None, *, named: bool = True,
) -> Steps:
    """The steps that the dates of a record tell of, and those of the rows under it: what each step
    writes as its day is in its declaration. The same at every office that holds the same dates.
    A draft has taken none, whatever dates are typed into it. ``days``: what ``days_of`` says,
    where it is known. Not ``named``: without an id, for whoever keeps none of them."""
    if record.state is not None and cycle.state(record.state).draft:
        return ()
    actions, values = cycle.actions, record.values
    found = {
        (day.isoformat(), place)
        for place, field in (days_of(kind, cycle) if days is None else days)
        if isinstance(day := values.get(field), dt.date)
    }
    for child in children:
        found |= {(d.isoformat(), actions.index(a)) for a, d in _told_by(cycle, child)}
    state = cycle.initial
    steps: list[StepTaken] = []
    for on, place in sorted(found):
        action = actions[place]
        state = action.to if action.to and not action.to.startswith("field:") else state
        was = _was(kind, action, record) if action.to else {}
        uid = derived_uid("step", record.uid, action.name, on) if named else ""
        steps.append(StepTaken(uid, action.name, on, on, "", state, was=was, place=len(steps)))
    return tuple(steps)


def _was(kind: Kind, action: Action, record: Record) -> dict[str, Any]:
    """The unit that an item was taken over from, where the record keeps it."""
    unit = kind.unit
    for name, source in action.set.items():
        if unit and source == f"field:{unit}" and unit in action.set:
            former = record.values.get(name)
            return {unit: former} if isinstance(former, str) else {}
    return {}


def _told_by(cycle: Lifecycle, child: Record) -> Iterator[tuple[Action, dt.date]]:
    """The steps that a row under a record tells of: the one that made it, the one that decided."""
    for action in cycle.actions:
        if action.child is not None and action.child.kind == child.kind:
            yield from _of_day(action, action.child.values, child)
        for update in action.updates:
            if update.kind == child.kind and _written(update.values, child):
                yield from _of_day(action, update.values, child)


def _of_day(
    action: Action, values: Mapping[str, str], child: Record
) -> Iterator[tuple[Action, dt.date]]:
    for name, source in values.items():
        day = child.values.get(name)
        if source == "today" and isinstance(day, dt.date):
            yield action, day
            return


def _written(values: Mapping[str, str], child: Record) -> bool:
    """Whether the row stands as this action left it: one that was merely set aside (voided) names
    nobody who did so."""
    texts = {n: s.removeprefix("text:") for n, s in values.items() if s.startswith("text:")}
    if not texts or any(child.values.get(name) != text for name, text in texts.items()):
        return False
    by = [child.values.get(name) for name, source in values.items() if source == "user"]
    return bool(by) and None not in by


class Move(NamedTuple):
    """A step as the change log of an earlier program keeps it: ``action`` begins with "move:"."""

    action: str
    at: str
    by: str
    before: str
    after: str


def steps_from_log(
    held: WatchedFields, kind: Kind, cycle: Lifecycle, record: Record, moves: Sequence[Move]
) -> list[StepTaken]:
    """The steps of a record that the change log keeps; ``held`` as ``watched_fields`` says."""
    actions = {action.name: action for action in cycle.actions}
    found: list[StepTaken] = []
    state = cycle.initial
    for move in moves:
        action = actions.get(move.action.removeprefix("move:"))
        if action is None:
            continue
        before, after = msgspec.json.decode(move.before), msgspec.json.decode(move.after)
        state = after.get("state") or state
        on = str(after.get(own_day_field(cycle, action, kind) or "") or move.at[:10])
        was = {n: v for n, v in before.items() if n in held}
        found.append(
            StepTaken(
                derived_uid("step", record.uid, action.name, on), action.name,
                min(on, move.at[:10]), move.at, move.by, state, was=was, place=len(found),
            )
        )
    return found


def merge_with_dates(known: Sequence[StepTaken], rest: Sequence[StepTaken]) -> Steps:
    """What the change log keeps, on the days that rows under the record tell, and before it what
    only the dates tell: where there is a log, it has all that came after its first step."""
    for name in {step.action for step in known}:
        ours, theirs = ([s for s in each if s.action == name] for each in (known, rest))
        if len(ours) == len(theirs):
            days = {one.id: other.on for one, other in zip(ours, theirs, strict=True)}
            known = [
                msgspec.structs.replace(s, on=min(days[s.id], s.on)) if s.id in days else s
                for s in known
            ]
    first = min((step.on for step in known), default="9999-12-31")
    seen = {(step.action, step.on) for step in known}
    return ordered([*known, *(s for s in rest if s.on <= first and (s.action, s.on) not in seen)])
