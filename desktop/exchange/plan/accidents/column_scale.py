"""A number 100 or 10,000 times off the others of its column: 万元 where 亿元 are counted, in a cell
that held nothing before, so that its own past does not tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.parsed_row import ParsedRow

#: So many others are a measure; so far off their middle, and so far beyond all of them.
_LEAST, _OFF, _BEYOND = 5, 100, 10
#: Counts of things grow from few: 1 may well stand beside 120.
_LEAST_COUNT = 10
_MOST = 20_000
#: Up to so many typed numbers each is held against all but its own.
_FEW = 50


def look_at_scale(hidden: Hidden, kind: Kind, rows: Sequence[ParsedRow]) -> None:
    """Warn of typed numbers that are out of all proportion."""
    typed = _typed(kind, rows)
    sheet = hidden.sheets.get(kind.name)
    if not typed or (sheet is not None and len(hidden.rows.get(kind.name, ())) > _MOST):
        return
    places = {n: at for at, n in enumerate(sheet.fields) if n in typed} if sheet else {}
    others: dict[str, dict[str, Decimal]] = {name: {} for name in typed}
    for uid, row in hidden.each(kind.name):
        for name, at in places.items():
            value = row.values[at] if at < len(row.values) else None
            if isinstance(value, int | float | str) and (number := _number(value)):
                others[name][uid] = number
    for name, some in typed.items():
        _look(kind.field(name), some, others[name])


def _typed(kind: Kind, rows: Sequence[ParsedRow]) -> dict[str, list[ParsedRow]]:
    found: dict[str, list[ParsedRow]] = defaultdict(list)
    numbers = {f.name for f in kind.all_fields if type_of(f).numeric and not type_of(f).is_share}
    for parsed in rows:
        for name, value in parsed.typed.items():
            if name in numbers and name not in parsed.warned and value is not None:
                found[name].append(parsed)
    return found


def _look(field: Field, some: Sequence[ParsedRow], sent: dict[str, Decimal]) -> None:
    whole = _measures(list(sent.values())) if len(some) > _FEW else None
    for parsed in some:
        value = abs(Decimal(str(parsed.typed[field.name])))
        found = whole or _measures([n for uid, n in sent.items() if uid != parsed.uid])
        if found is None or not value or not _is_off(field, value, *found):
            continue
        measure = f"（这一栏单位是{field.measure}）" if field.measure else ""
        parsed.warn(field.name, "scale", (
            f"第 {parsed.row} 行「{field.label}」填的是 {parsed.typed[field.name]}，和这一栏别的数"
            f"（中间数 {found[0]:f}）相差百倍以上，是不是单位填错了{measure}？"
        ))  # fmt: skip


def _measures(others: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal] | None:
    """The middle, the least and the largest of the others, where they are enough."""
    if len(others) < _LEAST:
        return None
    return median(others), min(others), max(others)


def _is_off(field: Field, value: Decimal, middle: Decimal, low: Decimal, high: Decimal) -> bool:
    if type_of(field).whole and min(middle, value) < _LEAST_COUNT:
        return False
    return (value >= middle * _OFF and value >= high * _BEYOND) or (
        value * _OFF <= middle and value * _BEYOND <= low
    )


def _number(value: object) -> Decimal | None:
    try:
        return abs(Decimal(str(value))) or None
    except ArithmeticError:
        return None
