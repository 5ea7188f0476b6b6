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
    """The title, whose it is, when it is due, light and state; then the other fields as declared.
    Hidden ones can be chosen."""
    listed = {field.name for field in kind.shown("list")}
    own = {field.name: _column(field, field.name in listed) for field in kind.all_fields}
    found = [own.pop(kind.title)]
    due = kind.lights.deadline if kind.lights is not None else None
    found += [own.pop(key) for key in (kind.unit, due) if key in own]
    if kind.lights is not None:
        longest = max(len(lights.label(kind, tone)) for tone in lights.tones(kind))
        found.append(Column(LIGHT, "灯号", "light", None, max(4.5, longest + 2)))
    if kind.lifecycle is not None:
        found.append(Column(STATE, "状态", "state", None, 5.5))
    return (*found, *own.values())


def _column(field: Field, shown: bool) -> Column:
    kind_of = fieldtypes.type_of(field)
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


def short_names(session: Session, value: object) -> str:
    """Units by their short names."""
    uids = value if isinstance(value, (list, tuple)) else (value,)
    known = session.names.every_unit()
    found = [known[str(uid)] for uid in uids if str(uid) in known]
    return "、".join(unit.short or unit.name for unit in found)


def row_maker(
    session: Session, kind: Kind, columns: tuple[Column, ...], *, short: bool = False
) -> Callable[[Record], Row]:
    """A function from record to row, for use in a reader. ``short``: units by their short names, as
    a narrow column has room for."""
    lifecycle = session.kinds.lifecycle_of(kind)
    states = {s.name: (s.label, s.tone) for s in lifecycle.states} if lifecycle else {}
    names = session.names

    def text(field: Field | None, value: object, record: Record) -> str:
        if field is None or value is None:
            return ""
        kind_of = fieldtypes.type_of(field)
        if short and kind_of.names_units:
            return short_names(session, value)
        by = names.by_writer(record, field) if kind_of.names_user else names
        return shown_text(field, value, by)

    def make(record: Record) -> Row:
        values = record.values
        texts = tuple(text(column.field, values.get(column.key), record) for column in columns)
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
    units = any(fieldtypes.type_of(field).names_units for field in kind.all_fields)
    return any(field.kind == other for field in kind.all_fields) or (units and other == "unit")
