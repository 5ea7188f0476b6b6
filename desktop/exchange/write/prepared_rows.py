"""Rows made ready in a unit's workbook: one for each period for which a record (an indicator) is
still owed its value, with the record and the period already written and locked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.model.records import Record
from db.session import Session
from desktop.exchange.format.columns import PARENT, Column

#: The months with which the periods of each length end.
_ENDS = {"month": range(1, 13), "quarter": (3, 6, 9, 12), "year": (12,)}


def may_fill(column: Column, kind: Kind) -> bool:
    """Whether the unit fills in a column: what it owns and nothing else says already."""
    field = column.field
    return (
        field is not None and field.owner == "responsible" and not field.fill
        and field.name not in (kind.title, kind.unit) and not type_of(field).holds_files
    )


def owed(session: Session, child: Kind, parent: Kind, record: Record, unit: str) -> Iterator[str]:
    """The periods of a record's year up to this month that come after the last one filled in."""
    today: dt.date = session.today
    said = record.values.get(parent.day) if parent.day else None
    year = said if isinstance(said, int) else today.year
    length = record.values.get(child.periodic or "")
    have = [
        str(each.values.get(child.title)) for each in session.children(record.uid, child.name)
        if child.unit is None or each.values.get(child.unit) in (unit, None)
    ]
    last = max(have, default="")
    for month in _ENDS.get(str(length), _ENDS["month"]):
        period = f"{year:04d}-{month:02d}"
        if last < period <= f"{today:%Y-%m}" and year >= today.year - 1:
            yield period


def texts(columns: list[Column], child: Kind, title: str, period: str, unit: str) -> dict[str, str]:
    """What stands in such a row from the start, by column."""
    known = {PARENT: title, child.title: period, child.unit or "": unit}
    return {c.name: known[c.name] for c in columns if known.get(c.name)}
