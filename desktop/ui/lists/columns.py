"""What a list shows of a kind: its declared fields, its state and its light, as columns with a
heading each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from db.model import fieldtypes, lights
from db.model.declarations import Field, Kind
from db.model.fieldtypes.base import Names
from db.model.kinds import Kinds
from db.model.records import Record
from db.session import Session

STATE, LIGHT = "state", "light"


@dataclass(frozen=True)
class Column:
    """One column. `key` is what a query sorts by; `look` is text, number, state or light."""

    key: str
    label: str
    look: str
    field: Field | None
    chars: float
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the list paints it: made in a reader, so that painting only draws."""

    id: int
    uid: str
    texts: tuple[str, ...]
    state: tuple[str, str] | None
    """Label and tone."""
    light: tuple[str, str] | None
    """Label and tone."""
    record: Record


def columns_of(kind: Kind, kinds: Kinds) -> tuple[Column, ...]:
    """The title, state, light, whose it is, when it is due; then the other fields as declared.
    Hidden ones can be chosen."""
    listed = {field.name for field in kind.shown("list")}
    own = {field.name: _column(field, field.name in listed) for field in kind.all_fields}
    found = [own.pop(kind.title)]
    if kind.lifecycle is not None:
        found.append(Column(STATE, "状态", "state", None, 5.5))
    if kind.lights is not None:
        found.append(Column(LIGHT, "灯号", "light", None, 4.5))
    due = kind.lights.deadline if kind.lights is not None else None
    found += [own.pop(key) for key in (kind.unit, due) if key in own]
    return (*found, *own.values())


def _column(field: Field, shown: bool) -> Column:
    kind_of = fieldtypes.of(field)
    numeric, chars = kind_of.numeric, min(field.width or kind_of.width, kind_of.widest)
    label = f"{field.label}（{field.measure}）" if field.measure and numeric else field.label
    return Column(
        field.name, label, "number" if numeric else "text", field, max(chars, len(label) + 1.5),
        shown,
    )


def shown_text(field: Field, value: object, names: Names) -> str:
    """A value as people read it on the screen: one line, an identity number masked."""
    if value is None:
        return ""
    text = fieldtypes.shown(field, value, names)
    return " ".join(text.split()) if "\n" in text else text


def row_maker(session: Session, kind: Kind, columns: tuple[Column, ...]) -> Callable[[Record], Row]:
    """A function from record to row, for use in a reader."""
    lifecycle = session.kinds.lifecycle_of(kind)
    states = {s.name: (s.label, s.tone) for s in lifecycle.states} if lifecycle else {}
    names = session.names

    def make(record: Record) -> Row:
        values = record.values
        texts = tuple(
            (
                shown_text(
                    field, values.get(column.key),
                    names.by_writer(record, field) if fieldtypes.of(field).names_user else names,
                )
                if (field := column.field) is not None
                else ""
            )
            for column in columns
        )
        light = session.light(record)
        return Row(
            record.id, record.uid, texts, states.get(record.state or ""), light_text(kind, light),
            record,
        )

    return make


def light_text(kind: Kind, light: str | None) -> tuple[str, str] | None:
    """What a light says in this ledger, and its colour."""
    if light is None or kind.lights is None:
        return None
    return lights.label(kind, light), light


def shows_names_of(kind: Kind, other: str) -> bool:
    """Whether a list of this kind shows names of records of another one."""
    units = any(fieldtypes.of(field).names_units for field in kind.all_fields)
    return any(field.kind == other for field in kind.all_fields) or (units and other == "unit")
