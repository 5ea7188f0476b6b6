"""Conditions of a list as data: grouped by field, told in words, kept by name and read back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db.errors import ZhengxianError
from db.model import fieldtypes
from db.model.condition_words import LIGHT, STATE, ConditionWords, field_of
from db.model.declarations import Field, Kind
from db.model.kinds import Kinds
from db.model.query import PSEUDO, UNITS, Where
from db.session import Session
from desktop.ui.kit.shown_list import OPEN_BOOK

UNIT, INVOLVED = "unit", "involved"
"""The pseudo-fields that stand for whichever field says who answers for a row, and for every field
that names a unit with it."""


@dataclass(frozen=True)
class Criterion:
    """Something a list can be narrowed by: a field of the kind, its state, its light, its unit,
    when it was changed."""

    key: str
    label: str
    look: str
    """How it is asked: check (a list to tick), range, text."""
    field: Field | None = None


def criteria(kind: Kind, kinds: Kinds) -> list[Criterion]:
    """Everything the declarations let a list be narrowed by, the usual ones first."""
    found = []
    if kind.lifecycle is not None:
        found.append(Criterion(STATE, "状态", "check"))
    if kind.lights is not None:
        found.append(Criterion(LIGHT, "灯号", "check"))
    if kind.unit is not None and not kind.has(UNIT):
        found.append(Criterion(UNIT, kind.field(kind.unit).label, "check", kind.field(kind.unit)))
    deadline = kind.lights.deadline if kind.lights is not None else None
    fields = sorted(kind.all_fields, key=lambda f: f.name != deadline)
    for field in fields:
        if not field.show or (field.name == kind.unit and not kind.has(UNIT)):
            continue
        found.append(Criterion(field.name, field.label, _look(field), field))
        if field.name in kind.cooperating[:1] and not kind.has(INVOLVED):
            found.append(Criterion(INVOLVED, UNITS[INVOLVED], "check", field))
    return sorted(found, key=lambda criterion: criterion.look == "text")


def _look(field: Field) -> str:
    kind_of = fieldtypes.type_of(field)
    if kind_of.picked:
        return "check"
    return "range" if kind_of.dated or kind_of.numeric else "text"


@dataclass(frozen=True)
class Condition:
    """What a list is narrowed by in one criterion: the conditions, and how they read."""

    key: str
    wheres: tuple[Where, ...]
    text: str


def conditions(wheres: Iterable[Where], kind: Kind, session: Session) -> dict[str, Condition]:
    """Group conditions by what they are about, and put them into words."""
    grouped: dict[str, list[Where]] = {}
    for where in wheres:
        grouped.setdefault(where.field, []).append(where)
    words = ConditionWords(kind, session.kinds, session.names)
    return {key: Condition(key, tuple(held), words.together(held)) for key, held in grouped.items()}


def may_lie_open(where: Where, kind: Kind) -> bool:
    """Whether a condition may be kept in a file that is not encrypted: of a book with a key of its
    own, none that holds what a record says (a name, a number, a day)."""
    if kind.book == OPEN_BOOK:
        return True
    field = field_of(where.field, kind)
    if field is None:
        return where.field in (STATE, LIGHT, *UNITS)
    # what many records have in common says nothing of one
    kind_of = fieldtypes.type_of(field)
    return (kind_of.picked and not kind_of.names_record) or where.op in ("blank", "filled")


def to_plain(wheres: Iterable[Where], kind: Kind) -> list[list[object]]:
    """Conditions as plain JSON, to be kept by name."""
    found = []
    for where in wheres:
        field = field_of(where.field, kind)
        value = where.value
        if (
            field is not None
            and value is not None
            and not isinstance(value, (list, tuple, str, bool))
        ):
            value = fieldtypes.type_of(field).to_json(value)
        elif isinstance(value, (list, tuple)):
            value = list(value)
        found.append([where.field, where.op, value])
    return found


def from_plain(held: object, kind: Kind) -> tuple[Where, ...]:
    """Conditions read back; those about a field that is no longer there, or of another type now,
    are left out."""
    found = [_read_back(one, kind) for one in held] if isinstance(held, list) else []
    return tuple(where for where in found if where is not None)


def _read_back(one: object, kind: Kind) -> Where | None:
    if not (isinstance(one, list) and len(one) == 3):
        return None
    name, op, value = one
    field = field_of(name, kind)
    if field is None:
        return Where(name, op, value) if name in PSEUDO else None
    if value is not None and not isinstance(value, list) and op != "contains":
        try:
            value = fieldtypes.type_of(field).from_json(value, field)
        except ZhengxianError:
            return None
    return Where(name, op, value)
