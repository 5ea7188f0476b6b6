"""What a responsible unit does by workbook beside reporting: the steps that are its own to take,
each with the columns into which it writes them.

All of it follows from the lifecycle: a step with ``owner = "responsible"`` that adds a record
(a request with its reason) has a column for its day and one for each thing that it asks for; one
that adds none is taken by its date: a field of the record itself (receipt), else a column of its
own (a request taken back)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from db.model.action_sources import parse_sources
from db.model.declarations import Action, Field, Kind
from db.model.fieldtypes import type_of
from db.model.kinds import Kinds
from db.rules.lifecycle import requested_fields
from desktop.exchange.format.cells import CELLS, width
from desktop.exchange.format.columns import Column

#: Begins the machine name of a step's column; then come the action and what of it is meant.
MARK = "#step:"
NOTE = "note"
_WIDEST = 16.0


class Entry(msgspec.Struct, frozen=True):
    """One column of a step: what the action asks for (``NOTE``: its reason), which field of the
    record that it adds holds that, and how the column is headed."""

    column: str
    heading: str
    asked: str
    field: Field
    required: bool


class UnitStep(msgspec.Struct, frozen=True):
    """A step that adds a record. The first of its entries is the day; ``day`` is its field."""

    action: Action
    child: Kind
    day: str
    entries: tuple[Entry, ...]


class DayStep(msgspec.Struct, frozen=True):
    """A step that adds no record and has no date of its own: nothing but its day is asked for."""

    action: Action
    entry: Entry


class Reporting(msgspec.Struct, frozen=True):
    """The step that what is typed into a field of the record itself stands for: a report of
    progress. ``field_of``: what the action asks for → the field that shows it; ``main``: the one
    whose writing makes a report."""

    action: Action
    kind: Kind
    field_of: dict[str, str]
    main: str


@lru_cache(maxsize=256)
def reporting_of(kinds: Kinds, name: str) -> Reporting | None:
    """The step of a kind's lifecycle that reports progress."""
    kind, cycle = kinds.get(name), kinds.lifecycle_of(name)
    for action in cycle.actions if cycle else ():
        if action.child is None or action.child.kind not in kinds:
            continue
        child = kinds.get(action.child.kind)
        field_of = {
            given: name for name, source in action.set.items()
            for word, given in parse_sources(source)[:1] if word == "ask" and kind.has(name)
            and kind.field(name).owner == "responsible"
        }
        title = parse_sources(action.child.values.get(child.title, ""))[:1]
        if title and title[0][0] == "ask" and title[0][1] in field_of:
            return Reporting(action, child, field_of, field_of[title[0][1]])
    return None


@lru_cache(maxsize=256)
def steps_of(kinds: Kinds, name: str) -> tuple[UnitStep, ...]:
    """The steps of the responsible side that add a record, but for the report of progress."""
    kind, cycle, reporting = kinds.get(name), kinds.lifecycle_of(name), reporting_of(kinds, name)
    found = []
    for action in cycle.actions if cycle else ():
        if action.owner != "responsible" or action.child is None:
            continue
        if action.child.kind not in kinds or (reporting and action.name == reporting.action.name):
            continue
        child = kinds.get(action.child.kind)
        day = next((n for n, source in action.child.values.items() if source == "today"), None)
        if day is not None and child.has(day):
            entries = tuple(_entries(kinds, kind, action, child, child.field(day)))
            found.append(UnitStep(action, child, day, entries))
    return tuple(found)


def _entries(kinds: Kinds, kind: Kind, action: Action, child: Kind, day: Field) -> Iterator[Entry]:
    assert action.child is not None
    mark = f"{MARK}{action.name}:"
    yield Entry(f"{mark}{day.name}", f"{action.label}日期", "", day, False)
    source_of = {
        word if word == NOTE else rest: child.field(name)
        for name, source in reversed(action.child.values.items()) if child.has(name)
        for word, rest in parse_sources(source) if word in ("ask", NOTE)
    }
    for each in requested_fields(kinds, kind, action):
        target = source_of.get(each.field.name)
        if target is not None and CELLS[target.type].typed:
            heading = _heading(kind, action, target)
            yield Entry(f"{mark}{each.field.name}", heading, each.field.name, target, each.required)
    if action.note == "required" and NOTE in source_of:
        heading = _heading(kind, action, source_of[NOTE])
        yield Entry(f"{mark}{NOTE}", heading, NOTE, source_of[NOTE], True)


@lru_cache(maxsize=256)
def day_steps_of(kinds: Kinds, name: str) -> tuple[DayStep, ...]:
    """The steps of the responsible side that add no record and ask for nothing."""
    cycle, dated = kinds.lifecycle_of(name), steps_by_date_field(kinds, name).values()
    found = []
    for action in cycle.actions if cycle else ():
        if action.owner != "responsible" or action.child is not None or action in dated:
            continue
        if not action.ask and action.note != "required":
            heading = f"{action.label}日期"
            field = Field(name=action.name, label=heading, type="date")
            column = f"{MARK}{action.name}:"
            found.append(DayStep(action, Entry(column, heading, "", field, True)))
    return tuple(found)


def entries_of(kinds: Kinds, name: str) -> Iterator[tuple[Action, Entry]]:
    """Every column of a step, with the step."""
    for step in steps_of(kinds, name):
        yield from ((step.action, entry) for entry in step.entries)
    yield from ((step.action, step.entry) for step in day_steps_of(kinds, name))


def _heading(kind: Kind, action: Action, target: Field) -> str:
    """A label that the ledger itself uses for something else says whose it is."""
    used = {word for field in kind.all_fields for word in (field.label, *field.synonyms)}
    return f"{action.label}：{target.label}" if target.label in used else target.label


@lru_cache(maxsize=256)
def steps_by_date_field(kinds: Kinds, name: str) -> Mapping[str, Action]:
    """Date of the record → the step of the responsible side that it stands for (receipt)."""
    kind, cycle = kinds.get(name), kinds.lifecycle_of(name)
    return {
        each: action for action in (cycle.actions if cycle else ())
        if action.owner == "responsible" and action.child is None
        for each in (*action.ask, *action.offer)
        if kind.has(each) and type_of(kind.field(each)).is_day
        and ("ask", each) in parse_sources(action.set.get(each, ""))
    }


def with_steps(kinds: Kinds, kind: Kind, columns: Sequence[Column]) -> list[Column]:
    """The columns of a unit's sheet with those of its steps, behind what is printed."""
    dated = steps_by_date_field(kinds, kind.name)
    out = [replace(c, locked=False) if c.name in dated else c for c in columns]
    known = {c.name for c in out}
    for name in dated:
        if name not in known:
            field = kind.field(name)
            out.append(Column(name, field.label, field, False, width(field)))
    for _, entry in entries_of(kinds, kind.name):
        room = min(max(width(entry.field), len(entry.heading) / 2 + 1), _WIDEST)
        out.append(Column(entry.column, entry.heading, None, False, room))
    return out


def open_states(kinds: Kinds, kind: Kind) -> dict[str, tuple[str, ...]]:
    """Column of a step → what the states are called in which it may be taken."""
    cycle = kinds.lifecycle_of(kind)
    if cycle is None:
        return {}
    found = dict(steps_by_date_field(kinds, kind.name))
    found |= {entry.column: action for action, entry in entries_of(kinds, kind.name)}
    return {
        name: tuple(cycle.state(state).label for state in action.from_)
        for name, action in found.items()
    }
