"""Fields worked out from others when a row is written: five stars added up, a value's share of its
target, a standard met or not, the week of a deadline.

A declaration says how (``Field.fill``). What a person types there stands: only a blank is filled,
and again when what it is worked out from changes and it was not typed in the same write. Merges
carry values as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from db.model.declarations import Field, Kind

if TYPE_CHECKING:
    from db.model.records import Elsewhere, Record

TENTH = Decimal("0.1")


def _sum(*parts: object) -> Any:
    """How many are yes, or numbers added up; nothing while none is said."""
    said = [part for part in parts if part is not None]
    return sum(int(part) if isinstance(part, bool) else part for part in said) if said else None


def _share(part: Any, whole: Any, higher: object = None) -> object:
    """Per cent of a target, to a tenth: 100 and more means that it is reached, whichever way it is
    better and whatever its sign.

    Where lower is better (``higher`` False) 10 per cent below the target is 110. Of a target of
    nothing there is no share: only whether no more than nothing came of what should not be.
    """
    if part is None or whole is None:
        return None
    part, whole = Decimal(part), Decimal(whole)
    if not whole:
        return None if higher is not False else Decimal(100 if part <= 0 else 0)
    better = whole - part if higher is False else part - whole
    return ((1 + better / abs(whole)) * 100).quantize(TENTH, rounding=ROUND_HALF_UP)


def _within(actual: object, allowed: Any) -> object:
    """Whether a value keeps within its bound."""
    return None if actual is None or allowed is None else actual <= allowed


def _week_no(day: dt.date | None) -> int | None:
    """The week of a day, as the calendar of ISO 8601 counts them: the first days of January may
    belong to the year before."""
    return None if day is None else day.isocalendar().week


def _week_year(day: dt.date | None) -> int | None:
    """The year to which that week belongs."""
    return None if day is None else day.isocalendar().year


def _unsaid(*_: object) -> None:
    """Nothing: what somebody decided of these fields is blank again once they change."""


#: Ways that count rows under the record, or take over what the newest of them says
#: (``rollups.py``).
BELOW = ("rows", "different", "newest", "reached")
WAYS: dict[str, Callable[..., object]] = {
    "sum": _sum, "share": _share, "within": _within, "week_no": _week_no, "week_year": _week_year,
    "unsaid": _unsaid,
}  # fmt: skip


def parse_formula(text: str) -> tuple[str, tuple[str, ...]]:
    """A declaration "share:value,parent.target" as way and operands."""
    way, _, rest = text.partition(":")
    return way, tuple(name.strip() for name in rest.split(",") if name.strip())


def child_of(field: Field) -> str:
    """The kind of the rows that a way of ``BELOW`` counts."""
    return parse_formula(field.fill)[1][0].partition(".")[0]


def counts_below(field: Field, kind: Kind, find: Callable[[str], Kind | None]) -> bool:
    """Whether the declaration counts rows that may hang under ``kind``, by fields that they
    have."""
    way, operands = parse_formula(field.fill)
    child = find(child_of(field)) if way in BELOW and operands else None
    if child is None or not child.hangs_under(kind):
        return False
    if way == "rows":
        return operands == (child.name,)
    parts = [name.partition(".") for name in operands]
    return (way not in ("newest", "reached") or len(parts) == 2) and all(
        place == child.name and child.has(name) for place, _, name in parts
    )


def fill(kind: Kind, values: Mapping[str, object], elsewhere: Elsewhere) -> dict[str, object]:
    """Field → value for what a new row leaves blank; ``elsewhere`` looks up "parent.x" and
    "ref.x"."""
    blank = [
        f
        for f in kind.filled_fields
        if parse_formula(f.fill)[0] in WAYS and values.get(f.name) is None
    ]
    return {f.name: v for f in blank if (v := _worked_out(f, values, elsewhere)) is not None}


def recomputed(
    kind: Kind,
    record: Record,
    written: Mapping[str, object],
    changed: Mapping[str, object],
    elsewhere: Elsewhere,
) -> dict[str, object]:
    """Field → value for what rests on ``changed`` fields of a record and was not ``written`` by
    hand beside them, or was emptied."""
    values = {**record.values, **written}
    found: dict[str, object] = {}
    for field in kind.all_fields:
        emptied = _is_emptied(field, changed)
        if emptied or (field.name not in written and _rests_on(field, changed)):
            value = _worked_out(field, values, elsewhere)
            if emptied or value != record.values.get(field.name):
                found[field.name] = value
    return found


def _is_emptied(field: Field, changed: Mapping[str, object]) -> bool:
    """Whether a field that is worked out was emptied by hand."""
    if not field.fill or parse_formula(field.fill)[0] not in WAYS:
        return False
    return field.name in changed and changed[field.name] is None


def _rests_on(field: Field, changed: Mapping[str, object]) -> bool:
    return bool(field.fill) and not set(parse_formula(field.fill)[1]).isdisjoint(changed)


def contradictions(
    kind: Kind, values: Mapping[str, object], elsewhere: Elsewhere
) -> list[tuple[Field, object]]:
    """(field, what it would be) for each value that was typed and is not what the fields it rests
    on come to."""
    typed = [
        f
        for f in kind.all_fields
        if f.fill and parse_formula(f.fill)[0] in WAYS and values.get(f.name) is not None
    ]
    come_to = [(f, _worked_out(f, values, elsewhere)) for f in typed]
    return [(f, value) for f, value in come_to if value is not None and value != values[f.name]]


def resting_above(kind: Kind, changed: Mapping[str, object]) -> list[Field]:
    """The fields of a kind that are worked out from ``changed`` fields of the record it hangs
    under."""
    above = {f"parent.{name}" for name in changed}
    return [f for f in kind.all_fields if f.fill and above & set(parse_formula(f.fill)[1])]


def recomputed_if_derived(
    fields: Iterable[Field], record: Record, before: Elsewhere, now: Elsewhere
) -> dict[str, object]:
    """Field → value for what stood as it was worked out ``before`` and comes out otherwise ``now``;
    what was typed stands."""
    standing = [
        f for f in fields if record.values.get(f.name) == _worked_out(f, record.values, before)
    ]
    found = {f.name: _worked_out(f, record.values, now) for f in standing}
    return {name: value for name, value in found.items() if value != record.values.get(name)}


def _worked_out(field: Field, values: Mapping[str, object], elsewhere: Elsewhere) -> object:
    way, operands = parse_formula(field.fill)
    return WAYS[way](*(elsewhere(name) if "." in name else values.get(name) for name in operands))
