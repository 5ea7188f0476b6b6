"""What a step writes, worked out and not written: the record's values and state, the children it
changes, the child it adds, and itself among the steps of the record. Neither book nor person: what
is drawn on beside the record is a ``Desk``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from db.model.action_sources import alternatives
from db.model.declarations import Action, Field, Kind, Lifecycle
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import Names
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
        for word, rest in alternatives(source):
            if (draw := SOURCES.get(word)) is not None:
                raw = draw(self, rest, target)
            else:
                raw = self._made_up(word, rest, target, owner)
            if raw is not None and (found := TYPES[target.type].normalize(raw, target)) is not None:
                return found
        return None

    def _made_up(self, word: str, rest: str, target: Field, owner: Kind) -> object:
        """A source that says the value itself, or asks for the next number."""
        if word == "text":
            return TYPES[target.type].parse(rest, target, self.desk.names)
        if word == "next":
            alike = {name: self.made.get(name) for name in rest.split(",")}
            return self.desk.next_number(owner, target, alike)
        return None


#: What the first word of a source says → where its value is, not yet normalised.
SOURCES: Mapping[str, Callable[[Step, str, Field], object]] = {
    "field": lambda step, rest, _: step.record.values.get(rest),
    "ask": lambda step, rest, _: step.given.get(rest),
    "today": lambda step, _, target: _today(step.desk.today, target),
    "user": lambda step, _, __: step.desk.user_name,
    "note": lambda step, _, __: step.note or None,
    "update": lambda step, rest, _: step.touched.values.get(rest) if step.touched else None,
    "+1": lambda step, _, target: (step.record.values.get(target.name) or 0) + 1,
    "state": lambda step, _, __: step.record.state,
    "kind": lambda step, _, __: step.record.kind,
    "year": lambda step, _, __: step.desk.today.year,
    "now": lambda step, _, __: step.desk.at,
}


def _today(day: dt.date, target: Field) -> object:
    """The day, or its month in a field of months."""
    return day if TYPES[target.type].is_day else day.isoformat()[:7]


class Outcome(msgspec.Struct, frozen=True):
    """What a step writes: the record's values and state, the children it changes, the child it
    adds."""

    values: Values
    updates: list[tuple[Record, dict[str, object]]]
    child: tuple[Kind, dict[str, object]] | None


def work_out(
    step: Step,
    action: Action,
    cycle: Lifecycle,
    kinds: Kinds,
    matching: Sequence[Sequence[Record]] = (),
) -> Outcome:
    """What the step writes, without writing it. ``matching`` holds, for each of the action's
    updates, the children it changes."""
    record, kind = step.record, step.kind
    step.touched = next((children[-1] for children in reversed(matching) if children), None)
    values: dict[str, object] = {
        n: step.value(source, kind.field(n), kind) for n, source in action.set.items()
    }
    values |= kept(record, action.keep, values)
    values["state"] = _target_state(action, cycle, record)
    values[FIELD] = _told(step, action, kinds, values)
    updates: list[tuple[Record, dict[str, object]]] = []
    for update, children in zip(action.updates, matching, strict=True):
        owner = kinds.get(update.kind)
        for child in children:
            step.touched = child
            given = update.values.items()
            updates.append((child, {n: step.value(s, owner.field(n), owner) for n, s in given}))
    return Outcome(values, updates, _child(step, action, kinds))


def _child(step: Step, action: Action, kinds: Kinds) -> tuple[Kind, dict[str, object]] | None:
    """The record that a step adds."""
    if action.child is None:
        return None
    owner = kinds.get(action.child.kind)
    step.made = {}
    for name, source in action.child.values.items():
        step.made[name] = step.value(source, owner.field(name), owner)
    return owner, {n: v for n, v in step.made.items() if v is not None}


def kept(
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


def _told(step: Step, action: Action, kinds: Kinds, values: Mapping[str, object]) -> Steps:
    """The steps of the record with this one, which keeps what it changes as it was before."""
    record, kind, desk = step.record, step.kind, step.desk
    settled = kinds.settling(kind)
    was = _were(kind, record, [name for name in kinds.watched(kind) if name], values)
    name = kinds.own_day(kind, action)
    day = values.get(name) if name else None
    on = (min(day, desk.today) if isinstance(day, dt.date) else desk.today).isoformat()
    before = step.before or record.values.get(FIELD) or ()
    # never before those it follows: a clock that lags behind, a report typed into a workbook that
    # has its day alone
    at = max([desk.at, *[s.at for s in before if s.on == on]])
    taken = StepTaken(
        _id_of_step(before, desk.office, record.uid, action.name, on, at),
        action.name, on, at, desk.user_name, str(values["state"]), desk.office, was,
        place=len(before), gave=settled.given(record, values) if settled is not None else {},
    )
    return ordered((*before, taken))


def _id_of_step(before: Steps, office: str, *what: str) -> str:
    """No other step's, be it taken again within the second or by another office; what a workbook
    tells (of no ``office``) has the same wherever it is taken in."""
    parts = ("step", *what, office) if office else ("step", *what)
    uid = derived_uid(*parts)
    return derived_uid(*parts, str(len(before))) if uid in {s.id for s in before} else uid


def _were(
    kind: Kind, record: Record, names: Iterable[str], written: Mapping[str, object]
) -> dict[str, object]:
    """What the fields that are written over held before, as plain JSON."""
    changed = {n: record.values.get(n) for n in names if n in written}
    return {
        name: None if old is None else TYPES[kind.field(name).type].to_json(old)
        for name, old in changed.items()
        if written[name] != old
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
