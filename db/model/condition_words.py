"""Conditions in words, as on the chips of a filter bar and in a figure's formula."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from db.model import fieldtypes, lights
from db.model.declarations import Field, Kind
from db.model.fieldtypes.base import Names
from db.model.kinds import Kinds
from db.model.query import UNITS, Where

STATE, LIGHT = "state", "light"
ROWS = "uid"
"""The pseudo-field of rows that another page picked out: the records behind a figure."""
_WORDS = {
    "eq": "为", "ne": "不为", "lt": "早于", "le": "至", "gt": "晚于", "ge": "自", "contains": "含",
}
_NUMBER_WORDS = _WORDS | {"lt": "小于", "le": "不大于", "gt": "大于", "ge": "不小于"}
_PSEUDO = {
    **UNITS, STATE: "状态", LIGHT: "灯号", ROWS: "记录", "updated_at": "修改时间",
    "created_at": "登记时间", "updated_by": "修改人", "created_by": "登记人",
}
#: What a declaration calls all states of a sort.
STATES = {
    "open": "在办", "closed": "已办结", "counted": "已交办", "void": "已作废", "draft": "拟办",
    "paused": "中止",
}


def field_of(name: str, kind: Kind) -> Field | None:
    """The declared field; None for the state, the light and the like."""
    return kind.field(name) if kind.has(name) else None


def label_of(name: str, kind: Kind) -> str:
    """What a condition is about."""
    field = field_of(name, kind)
    if field is not None:
        return field.label
    if name == "unit" and kind.unit is not None:
        return kind.field(kind.unit).label
    return _PSEUDO.get(name, name)


def option_labels(key: str, kind: Kind, kinds: Kinds) -> list[tuple[str, str]] | None:
    """The things to tick for a state, a light or a choice, as (value, label); None when they must
    be looked up."""
    if key == STATE:
        lifecycle = kinds.lifecycle_of(kind)
        return [(s.name, s.label) for s in lifecycle.states] if lifecycle else []
    if key == LIGHT:
        return [(tone, lights.label(kind, tone)) for tone in lights.tones(kind)]
    field = field_of(key, kind)
    if field is None:
        return None
    if field.options:
        return [(o.name, o.label) for o in field.options]
    return [("yes", "是"), ("no", "否")] if fieldtypes.type_of(field).yes_no else None


class ConditionWords(msgspec.Struct, frozen=True):
    """Puts conditions on a kind into words, at most ``most`` values of a list."""

    kind: Kind
    kinds: Kinds
    names: Names
    most: int = 4

    def together(self, wheres: Iterable[Where]) -> str:
        """Conditions on one field: 完成时限：自 2022-09-01 至 2022-09-30."""
        wheres = list(wheres)
        label = label_of(wheres[0].field, self.kind)
        if wheres[0].field == ROWS:
            return f"{label}：选定的 {sum(len(w.value) for w in wheres):,} 条"
        return f"{label}：{' '.join(map(self.one, wheres))}"

    def one(self, where: Where) -> str:
        """What is asked of the field, without its name."""
        name = where.field
        if where.op in ("blank", "filled"):
            return "空白" if where.op == "blank" else "已填"
        if where.op == "in" or isinstance(where.value, (list, tuple)):
            shown = [self._value(name, one) for one in where.value]
            more = f" 等{len(shown)}项" if len(shown) > self.most else ""
            words = "不为" if where.op == "ne" else ""
            return words + "、".join(shown[: self.most]) + more
        return f"{self.verb(name, where.op)} {self._value(name, where.value)}".strip()

    def verb(self, name: str, op: str) -> str:
        """How a field is compared: 早于."""
        field = field_of(name, self.kind)
        by_number = field is not None and fieldtypes.type_of(field).numeric
        return (_NUMBER_WORDS if by_number else _WORDS).get(op, "")

    def _value(self, name: str, value: object) -> str:
        field = field_of(name, self.kind)
        if field is None:
            if name in UNITS:
                return self.names.unit_name(str(value))
            known = dict(option_labels(name, self.kind, self.kinds) or ())
            return (known | STATES if name == STATE else known).get(str(value), str(value))
        kind_of = fieldtypes.type_of(field)
        if kind_of.many and isinstance(value, str):
            return kind_of.format((value,), field, self.names)
        return fieldtypes.shown(field, value, self.names)
