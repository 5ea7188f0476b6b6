"""Conditions of a list as data: grouped by field, told in words, kept by name and read back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db.errors import ZhengxianError
from db.model import fieldtypes, lights
from db.model.declarations import Field, Kind
from db.model.kinds import Kinds
from db.model.query import PSEUDO, UNITS, Where
from db.session import Session
from desktop.ui.lists.columns import LIGHT, STATE

UNIT, INVOLVED = "unit", "involved"
"""The pseudo-fields that stand for whichever field says who answers for a row, and for every field
that names a unit with it."""
OPEN_BOOK = "office"
"""The book that everybody who may log in can open."""
ROWS = "uid"
"""The pseudo-field of rows that another page picked out: the records behind a figure."""
_WORDS = {
    "eq": "为", "ne": "不为", "lt": "早于", "le": "至", "gt": "晚于", "ge": "自", "contains": "含",
}
_NUMBER_WORDS = {
    "eq": "为", "ne": "不为", "lt": "小于", "le": "不大于", "gt": "大于", "ge": "不小于",
}


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
    kind_of = fieldtypes.of(field)
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
    return {
        key: Condition(key, tuple(held), describe(held, kind, session))
        for key, held in grouped.items()
    }


def describe(wheres: Iterable[Where], kind: Kind, session: Session) -> str:
    """In words, as on a chip: 完成时限：自 2022-09-01 至 2022-09-30."""
    wheres = list(wheres)
    name = wheres[0].field
    label = label_of(name, kind)
    if name == ROWS:
        return f"{label}：选定的 {sum(len(w.value) for w in wheres):,} 条"
    return f"{label}：{' '.join(_in_words(where, kind, session) for where in wheres)}"


def _in_words(where: Where, kind: Kind, session: Session) -> str:
    name = where.field
    if where.op in ("blank", "filled"):
        return "空白" if where.op == "blank" else "已填"
    if where.op == "in" or isinstance(where.value, (list, tuple)):
        shown = [_value_text(name, one, kind, session) for one in where.value]
        return "、".join(shown[:4]) + (f" 等{len(shown)}项" if len(shown) > 4 else "")
    field = _pseudo_or_field(name, kind)
    words = _NUMBER_WORDS if field is not None and fieldtypes.of(field).numeric else _WORDS
    return f"{words.get(where.op, '')} {_value_text(name, where.value, kind, session)}".strip()


def label_of(name: str, kind: Kind) -> str:
    field = _pseudo_or_field(name, kind)
    if field is not None:
        return field.label
    if name == UNIT and kind.unit is not None:
        return kind.field(kind.unit).label
    return {
        **UNITS, STATE: "状态", LIGHT: "灯号", ROWS: "记录", "updated_at": "修改时间",
        "created_at": "登记时间", "updated_by": "修改人", "created_by": "登记人",
    }.get(name, name)


def option_labels(key: str, kind: Kind, session: Session) -> list[tuple[str, str]] | None:
    """The things to tick for a state, a light or a choice, as (value, label); None when they must
    be looked up."""
    if key == STATE:
        lifecycle = session.kinds.lifecycle_of(kind)
        return [(s.name, s.label) for s in lifecycle.states] if lifecycle else []
    if key == LIGHT:
        return [(tone, lights.label(kind, tone)) for tone in lights.tones(kind)]
    field = _pseudo_or_field(key, kind)
    if field is None:
        return None
    if field.options:
        return [(o.name, o.label) for o in field.options]
    return [("yes", "是"), ("no", "否")] if fieldtypes.of(field).yes_no else None


def _pseudo_or_field(name: str, kind: Kind) -> Field | None:
    return kind.field(name) if kind.has(name) else None


def _value_text(name: str, value: object, kind: Kind, session: Session) -> str:
    field = _pseudo_or_field(name, kind)
    if field is None:
        if name in UNITS:
            return session.unit_name(str(value))
        known = option_labels(name, kind, session)
        return dict(known or ()).get(str(value), str(value))
    if fieldtypes.of(field).many and isinstance(value, str):
        return fieldtypes.of(field).format((value,), field, session.names)
    return fieldtypes.shown(field, value, session.names)


def may_lie_open(where: Where, kind: Kind) -> bool:
    """Whether a condition may be kept in a file that is not encrypted: of a book with a key of its
    own, none that holds what a record says (a name, a number, a day)."""
    if kind.book == OPEN_BOOK:
        return True
    field = _pseudo_or_field(where.field, kind)
    if field is None:
        return where.field in (STATE, LIGHT, *UNITS)
    # what many records have in common says nothing of one
    kind_of = fieldtypes.of(field)
    return (kind_of.picked and not kind_of.names_record) or where.op in ("blank", "filled")


def to_plain(wheres: Iterable[Where], kind: Kind) -> list[list[object]]:
    """Conditions as plain JSON, to be kept by name."""
    found = []
    for where in wheres:
        field = _pseudo_or_field(where.field, kind)
        value = where.value
        if (
            field is not None
            and value is not None
            and not isinstance(value, (list, tuple, str, bool))
        ):
            value = fieldtypes.of(field).to_json(value)
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
    field = _pseudo_or_field(name, kind)
    if field is None:
        return Where(name, op, value) if name in PSEUDO else None
    if value is not None and not isinstance(value, list) and op != "contains":
        try:
            value = fieldtypes.of(field).from_json(value, field)
        except ZhengxianError:
            return None
    return Where(name, op, value)
