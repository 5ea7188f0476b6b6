"""A figure of the office's own as the form has it: what can be chosen of a ledger, and the words of
the declaration for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import msgspec

from db.model.declarations import Field, Figure, Filter, Kind
from db.model.fieldtypes import type_of
from db.model.query import Operator, Where
from db.session import Session

Option = tuple[str, str]


def countable_ledgers(session: Session) -> list[Option]:
    """What can be counted, ledgers by family first, then what hangs under them."""
    kinds = [kind for kind in session.visible_kinds() if kind.family or kind.parent]
    kinds.sort(key=lambda kind: bool(kind.parent))
    return [(kind.label, kind.name) for kind in kinds]


def _usable(kind: Kind) -> list[Field]:
    return [field for field in kind.all_fields if field.show and not type_of(field).holds_files]


def days(kind: Kind) -> tuple[Option, ...]:
    """The days of a ledger."""
    return tuple((field.label, field.name) for field in _usable(kind) if type_of(field).is_day)


def periods(session: Session, kind: Kind) -> list[Option]:
    """By what a figure may fall into a period: a day, a month, a year, of the row or of what it
    hangs under."""
    found = [("不分期，说的是现在", "")]
    found += [(f"按{field.label}", field.name) for field in _usable(kind) if _dated(field)]
    for name in kind.parent:
        if name in session.kinds:
            above = session.kinds.get(name)
            found += [
                (f"按{above.label}的{field.label}", f"parent.{field.name}")
                for field in _usable(above) if _dated(field)
            ]  # fmt: skip
    return found


def _dated(field: Field) -> bool:
    return type_of(field).dated or (type_of(field).whole and field.name == "year")


def counted(kind: Kind, way: str) -> list[Option]:
    """The fields that can be counted so."""
    if way == "distinct":
        found = [f for f in _usable(kind) if not type_of(f).multiline]
        above = [("所属记录", "parent")] if kind.parent else []
        return [*above, *((f.label, f.name) for f in found)]
    if way in ("sum", "mean", "latest"):
        return [(f.label, f.name) for f in _usable(kind) if type_of(f).numeric]
    return []


def newest_by(kind: Kind) -> list[Option]:
    """Of what the newest row is taken."""
    above = [("每条所属记录", "parent")] if kind.parent else []
    return [("每个单位", ""), *above, ("每条记录", "uid")]


def count(way: str, field: str | None) -> str:
    """The declaration's word for what is counted."""
    return way if way == "rows" else f"{way}:{field or ''}"


def way(figure: Figure) -> str:
    """What is counted, without its field."""
    return figure.count.partition(":")[0]


def counted_field(figure: Figure) -> str:
    """The field that is counted."""
    return figure.count.partition(":")[2]


def ending(kind: Kind, name: str) -> dict[str, str]:
    """The day that ends being in place: on the day of closing a record is gone, on any other it is
    there still."""
    if not name:
        return {}
    return {"gone" if name == "closed_out_on" else "until": name}


def filters(wheres: Iterable[Where], kind: Kind) -> tuple[Filter, ...]:
    """Conditions of a filter bar as those of a figure."""
    return tuple(Filter(field=each.field, op=each.op, value=_plain(each, kind)) for each in wheres)


def _plain(where: Where, kind: Kind) -> object:
    value = where.value
    if isinstance(value, list | tuple):
        return list(value)
    if value is None or isinstance(value, str | bool) or not kind.has(where.field):
        return value
    return type_of(kind.field(where.field)).to_json(value)


def wheres(figure: Figure, kind: Kind) -> tuple[Where, ...]:
    """The conditions of a figure as those of a filter bar; of one that ``is_simple``."""
    return tuple(
        Where(each.field, cast(Operator, each.op), _typed(each, kind))
        for each in figure.where if each.op not in ("all", "any")
    )  # fmt: skip


def _typed(asked: Filter, kind: Kind) -> object:
    if asked.value is None or isinstance(asked.value, list) or asked.op == "contains":
        return asked.value
    if not kind.has(asked.field):
        return asked.value
    field = kind.field(asked.field)
    return asked.value if type_of(field).many else type_of(field).from_json(asked.value, field)


def is_simple(figure: Figure) -> bool:
    """Whether the form has all that the figure says."""
    plain = msgspec.structs.asdict(_PLAIN)
    said = {n for n, value in msgspec.structs.asdict(figure).items() if value != plain[n]}
    flat = all(
        each.op not in ("all", "any") and each.other is None and each.value != "today"
        and not each.field.startswith("parent.")
        for each in figure.where
    )
    return said <= _FORM and len(figure.kinds) <= 1 and flat and "," not in figure.count


_PLAIN = Figure(name="", label="")
_FORM = frozenset((
    "name", "label", "family", "kinds", "count", "period", "over", "until", "gone", "by", "where",
    "share_of", "group_by", "measure", "scale", "places", "formula", "source",
))  # fmt: skip
