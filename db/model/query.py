"""Filter, sort and page as data: what a list, a filter bar, a figure and the command line all ask
in the same words."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec

from db.errors import BadInput
from db.model.declarations import Kind
from db.model.fieldtypes import TYPES, type_of
from db.model.fieldtypes.base import Names

Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "blank", "filled"]
#: Whose a row is, in three ways, whatever the fields are called: who answers for it, who
#: cooperates, either.
UNITS = {"unit": "责任单位", "cooperating": "配合单位", "involved": "涉及单位"}
#: What can be asked of every record besides its fields.
PSEUDO = frozenset({
    "uid", "state", "light", "due_state", "parent", *UNITS, "created_at", "created_by",
    "updated_at", "updated_by",
})


def units_of(kind: Kind, name: str) -> list[str]:
    """The unit fields that one of ``UNITS`` stands for in a kind; a kind that names cooperating
    units alone is theirs."""
    own = [kind.unit] if kind.unit else []
    both = [*own, *kind.cooperating]
    return {"unit": own or both, "cooperating": list(kind.cooperating)}.get(name, both)


class Where(msgspec.Struct, frozen=True):
    """One condition. ``value`` is a value of the field's type; for "in" a list of them; none for
    "blank" and "filled"."""

    field: str
    op: Operator
    value: Any = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of a kind, in which order. ``sort`` holds (field, descending); those in the
    states ``last`` come after all others. ``as_of``: as they were at the end of that day."""

    kind: str
    where: tuple[Where, ...] = ()
    search: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    deleted: Literal["no", "only", "any"] = "no"
    parent: str | None = None
    limit: int | None = None
    as_of: dt.date | None = None
    last: tuple[str, ...] = ()

    def parted(self) -> tuple[Query, ...]:
        """Itself, or what comes first and what comes after it."""
        if not self.last:
            return (self,)
        kept = [*self.where, *(Where("state", "ne", name) for name in self.last)]
        after = (*self.where, Where("state", "in", list(self.last)))
        return tuple(
            msgspec.structs.replace(self, where=tuple(where), last=()) for where in (kept, after)
        )


def parse_where(text: str, kind: Kind, names: Names) -> Where:
    """FIELD=VALUE of the command line, with the value as a person types it."""
    name, mark, value = text.partition("=")
    name = {label: key for key, label in UNITS.items()}.get(name.strip(), name.strip())
    if not mark:
        raise BadInput(f"筛选条件「{text}」应写成 字段=值。", field=name)
    if name in PSEUDO and not kind.has(name):
        if name in UNITS:
            uid = names.unit_by_name(value)
            if uid is None:
                raise BadInput(f"没有这个单位：{value}。", field=name)
            return Where(name, "in", [uid])
        return Where(name, "eq", value)
    field = kind.field(name)
    parsed = TYPES[field.type].parse(value, field, names)
    if parsed is None:
        return Where(name, "blank")
    return Where(
        name, "contains" if type_of(field).many else "eq",
        list(parsed) if isinstance(parsed, tuple) else parsed,
    )
