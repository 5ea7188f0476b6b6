"""What a step writes, worked out and not written: the record's values and state, the children it
changes, the child it adds, and itself among the steps of the record. Neither book nor person: what
is drawn on beside the record is a ``Desk``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from db.model.action_sources import parse_sources
from db.model.declarations import Action, Field, Kind, Lifecycle
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import Names, NoNames
from db.model.ids import derived_uid
from db.model.steps import FIELD, Steps, StepTaken, ordered

if TYPE_CHECKING:
    from db.model.kinds import Kinds
    from db.model.records import Record, Values


class Desk(Protocol):
    """What a step draws on beside the record: its day (``today``), the moment at which it is
    entered, the person and the office, names, and numbers not yet given."""

    @property
    def today(self) -> dt.date: ...
    @property
    def user_name(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def names(self) -> Names: ...
    def next_number(self, owner: Kind, target: Field, alike: Mapping[str, object]) -> int: ...


class Step(msgspec.Struct):
    """One step to be worked out: everything a source may draw from. ``given`` holds what was asked
    for, normalised."""

    desk: Desk
    kind: Kind
    record: Record
    note: str = ""
    given: Mapping[str, object] = msgspec.field(default_factory=dict)
    #: The steps it took before.
    before: Steps = ()
    #: The child that an update changes, for ``update:x``.
    touched: Record | None = None
    #: Values of the child so far, for ``next:``.
    made: dict[str, object] = msgspec.field(default_factory=dict)

    def value(self, source: str, target: Field, owner: Kind) -> object:
        """The first alternative that is not blank, normalised for the field it goes to."""
        return _drawn(source, target, owner)(self)


#: How a value is drawn for a step.
Draw: TypeAlias = Callable[[Step], object]
#: What the first word of a source says → where its value is, not yet normalised, by the rest of the
#: source and the field that it goes to.
SOURCES: Mapping[str, Callable[[str, Field], Draw]] = {
    "field": lambda rest, _: lambda step: step.record.values.get(rest),
    "ask": lambda rest, _: lambda step: step.given.get(rest),
    "today": lambda _, target: _today(target),
    "user": lambda _, __: lambda step: step.desk.user_name,
    "note": lambda _, __: lambda step: step.note or None,
    "update": lambda rest, _: lambda step: step.touched and step.touched.values.get(rest),
    "+1": lambda _, target: lambda step: (step.record.values.get(target.name) or 0) + 1,
    "state": lambda _, __: lambda step: step.record.state,
    "kind": lambda _, __: lambda step: step.record.kind,
    "year": lambda _, __: lambda step: step.desk.today.year,
    "now": lambda _, __: lambda step: step.desk.at,
    "text": lambda rest, target: _text(rest, target),
    "clear": lambda _, __: lambda step: None,
}


def _today(target: Field) -> Draw:
    """The day, or its month in a field of months."""
    if TYPES[target.type].is_day:
        return lambda step: step.desk.today
    return lambda step: step.desk.today.isoformat()[:7]


def _text(text: str, target: Field) -> Draw:
    """What a text means in the field; read once where it names nothing of a book's."""
    of = TYPES[target.type]
    if of.names_units or of.names_record or of.names_user:
        return lambda step: of.parse(text, target, step.desk.names)
    read = cache(lambda: of.parse(text, target, NoNames()))
    return lambda step: read()


def _next(rest: str, target: Field, owner: Kind) -> Draw:
    """One more than the highest number among children alike in these fields."""
    names = rest.split(",")
    return lambda step: step.desk.next_number(
        owner, target, {name: step.made.get(name) for name in names}
    )


def _drawn(source: str, target: Field, owner: Kind) -> Draw:
    """How a field's value is drawn from a declared source, and normalised for it."""
    normalize = TYPES[target.type].normalize
    draws = [
        _next(rest, target, owner) if word == "next" else SOURCES[word](rest, target)
        for word, rest in parse_sources(source)
    ]

    def first_drawn(step: Step) -> object:
        for draw in draws:
            if (raw := draw(step)) is not None and (found := normalize(raw, target)) is not None:
                return found
        return None

    def drawn(step: Step) -> object:
        return None if (raw := only(step)) is None else normalize(raw, target)

    only, *more = draws
    return first_drawn if more else drawn


class _Way:
    """What an action comes to on records of one kind, its declaration read once."""

    def __init__(self, kinds: Kinds, kind: Kind, action: Action) -> None:
        self.action = action
        self.values = self._draws(action.set, kind)
        self.updates = [self._draws(each.values, kinds.get(each.kind)) for each in action.updates]
        self.made = kinds.get(action.child.kind) if action.child is not None else None
        child = action.child.values if action.child is not None else {}
        self.child = self._draws(child, self.made or kind)
        #: unit, deadline and leader, with how each is told in plain JSON
        self.watched = [
            (name, TYPES[kind.field(name).type].to_json)
            for name in kinds.watched_fields(kind)
            if name
        ]
        self.settling, self.own_day = kinds.settling(kind), kinds.own_day(kind, action)

    @staticmethod
    def _draws(sources: Mapping[str, str], owner: Kind) -> list[tuple[str, Draw]]:
        return [(n, _drawn(source, owner.field(n), owner)) for n, source in sources.items()]


@lru_cache(maxsize=2)
def _ways(kinds: Kinds) -> dict[tuple[str, str], _Way]:
    """By kind and action, as they were first asked for."""
    return {}


def _way(kinds: Kinds, kind: Kind, action: Action) -> _Way:
    ways, key = _ways(kinds), (kind.name, action.name)
    found = ways.get(key)
    if found is None or found.action is not action:
        found = ways[key] = _Way(kinds, kind, action)
    return found


class Outcome(msgspec.Struct, frozen=True):
    """What a step writes: the record's values and state, the children it changes, the child it
    adds."""

    values: Values
    updates: list[tuple[Record, dict[str, object]]]
    child: tuple[Kind, dict[str, object]] | None


def step_outcome(
    step: Step,
    action: Action,
    cycle: Lifecycle,
    kinds: Kinds,
    matching: Sequence[Sequence[Record]] = (),
) -> Outcome:
    """What the step writes, without writing it. ``matching`` holds, for each of the action's
    updates, the children it changes."""
    record, way = step.record, _way(kinds, step.kind, action)
    step.touched = next((children[-1] for children in reversed(matching) if children), None)
    values: dict[str, object] = {name: draw(step) for name, draw in way.values}
    if action.keep:
        values |= first_values(record, action.keep, values)
    values["state"] = _target_state(action, cycle, record)
    values[FIELD] = _told(step, action, way, values)
    updates: list[tuple[Record, dict[str, object]]] = []
    for draws, children in zip(way.updates, matching, strict=True):
        for child in children:
            step.touched = child
            updates.append((child, {name: draw(step) for name, draw in draws}))
    return Outcome(values, updates, _child(step, way))


def _child(step: Step, way: _Way) -> tuple[Kind, dict[str, object]] | None:
    """The record that a step adds."""
    if way.made is None:
        return None
    step.made = {}
    for name, draw in way.child:
        step.made[name] = draw(step)
    return way.made, {n: v for n, v in step.made.items() if v is not None}


def first_values(
    record: Record, keep: Mapping[str, str], written: Mapping[str, object]
) -> dict[str, object]:
    """What is kept of a value before it is first written over: target ← source."""
    found: dict[str, object] = {}
    for target, source in keep.items():
        old = record.values.get(source)
        if record.values.get(target) is not None or old is None:
            continue
        if written.get(source, old) != old:
            found[target] = old
    return found


def _told(step: Step, action: Action, way: _Way, values: Mapping[str, object]) -> Steps:
    """The steps of the record with this one, which keeps what it changes as it was before."""
    record, desk, settled = step.record, step.desk, way.settling
    day = values.get(way.own_day) if way.own_day else None
    on = (min(day, desk.today) if isinstance(day, dt.date) else desk.today).isoformat()
    before = step.before or record.values.get(FIELD) or ()
    # never before those it follows: a clock that lags behind, a report typed into a workbook that
    # has its day alone
    at = max([desk.at, *[s.at for s in before if s.on == on]]) if before else desk.at
    taken = StepTaken(
        _id_of_step(before, desk.office, record.uid, action.name, on, at),
        action.name, on, at, desk.user_name, str(values["state"]), desk.office,
        _were(way, record, values), place=len(before),
        gave=settled.given(record, values) if settled is not None else {},
    )
    return ordered((*before, taken))


def _id_of_step(before: Steps, office: str, *what: str) -> str:
    """No other step's, be it taken again within the second or by another office; what a workbook
    tells (of no ``office``) has the same wherever it is taken in."""
    parts = ("step", *what, office) if office else ("step", *what)
    uid = derived_uid(*parts)
    return derived_uid(*parts, str(len(before))) if uid in [s.id for s in before] else uid


def _were(way: _Way, record: Record, written: Mapping[str, object]) -> dict[str, object]:
    """What the fields that are written over held before, as plain JSON."""
    return {
        name: None if old is None else plain(old)
        for name, plain in way.watched
        if name in written and written[name] != (old := record.values.get(name))
    }


def _target_state(action: Action, cycle: Lifecycle, record: Record) -> str | None:
    if action.to is None:
        return record.state
    if not action.to.startswith("field:"):
        return action.to
    kept = record.values.get(action.to.removeprefix("field:"))
    if kept is not None and any(s.name == kept for s in cycle.states):
        return str(kept)
    return cycle.initial
