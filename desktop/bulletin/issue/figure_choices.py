"""What can be put into a text: every figure that a person may see, given or the office's own, the
year's indicators, each with its value, narrowed by conditions where wanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from db.errors import BadInput
from db.metrics import charts, metrics, narrowed
from db.metrics.metrics import Scope
from db.model.declarations import Field
from db.model.fieldtypes import type_of
from db.model.query import Query, Where
from db.session import Session
from desktop.bulletin.report.filling import indicator_figure
from desktop.bulletin.report.template_words import PARTS

#: What would end a name inside a blank.
_MARKS = frozenset("[]|&='")
SCALES = tuple(narrowed.SCALES)


class Offered(msgspec.Struct, frozen=True):
    """A figure that can be chosen. ``share``: it is written with its parts."""

    name: str
    label: str
    family: str
    share: bool
    help: str = ""


class Condition(msgspec.Struct, frozen=True):
    """A field that a figure can be narrowed by, and what it may be: value and label."""

    field: str
    label: str
    options: tuple[tuple[str, str], ...]


def offered(session: Session, day: dt.date | None = None) -> list[Offered]:
    """The figures, then the indicators of the year that holds the day."""
    found = [
        Offered(
            f.name, f.label, f.family, f.denominator is not None, metrics.formula(session, f.name)
        )
        for f in metrics.visible(session)
    ]
    year = (day or session.today).year
    where = (Where("year", "eq", year),)
    records = session.find(Query(kind="indicator", where=where)) if _known(session) else []
    for name in dict.fromkeys(str(record.values["name"]) for record in records):
        if _MARKS.isdisjoint(name):
            found += [
                Offered(indicator_figure(name, part), f"{name}：{label}", "指标", False)
                for part, label in PARTS.items()
            ]
    return found


def _known(session: Session) -> bool:
    return session.opens("indicator")


def values(session: Session, names: Sequence[str], scope: Scope) -> dict[str, str]:
    """What each is over the period and the unit, as people read it."""
    numbers = metrics.count(
        session, list(names), period=scope.period, unit=scope.unit, ledgers=scope.ledgers,
        as_of=scope.as_of,
    )
    return {name: charts.text(number) for name, number in numbers.items()}


def conditions(session: Session, name: str) -> list[Condition]:
    """What a figure can be narrowed by with a click: choices, and yes or no."""
    fields: dict[str, Field] = {}
    for kind in metrics.read_kinds(session, name):
        for field in kind.all_fields:
            fields.setdefault(field.name, field) if field.show else None
    found = [Condition(field.name, field.label, _options(field)) for field in fields.values()]
    return [each for each in found if each.options and _fits(session, name, each)]


def _options(field: Field) -> tuple[tuple[str, str], ...]:
    """What a person can click of a field, as value and label."""
    said = ["是", "否"] if type_of(field).yes_no else [option.label for option in field.options]
    return tuple((each, each) for each in said if _MARKS.isdisjoint(each))


def _fits(session: Session, name: str, condition: Condition) -> bool:
    """Whether the figure can be asked for so: a share of two only by what both ledgers know."""
    try:
        whole = metrics.declared(session).get(
            narrowed.format_name(name, {condition.field: condition.options[0][0]})
        )
        for part in whole.share_of:
            metrics.declared(session).get(part)
    except (BadInput, IndexError):
        return False
    return True


def narrowed_by(name: str, chosen: Mapping[str, str], scale: str = "") -> str:
    """The figure with these conditions, and in 万 or 亿."""
    base, kept, _ = narrowed.parse_name(name)
    return narrowed.format_name(base, {**kept, **chosen}, scale)
