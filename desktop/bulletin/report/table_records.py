"""Which records a declared table lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from db.domain import meetings
from db.metrics import metrics
from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from desktop.bulletin.report.declaration import TableOf


class Chosen(Protocol):
    """What was chosen for a report."""

    @property
    def period(self) -> Period | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def item(self) -> Record | None: ...


class Filled(Protocol):
    """A report in the filling, as far as its records go."""

    session: Session

    @property
    def choice(self) -> Chosen: ...
    @property
    def as_of(self) -> dt.date: ...
    @property
    def scope(self) -> metrics.ScopeKeywords: ...
    def records_as_of(self, records: Sequence[Record]) -> list[Record]: ...
    def forerunner(self) -> Record | None: ...


def within(field: str, period: Period | None) -> tuple[Where, ...]:
    """That a date or month field falls in the chosen period."""
    return (
        (Where(field, "ge", period.first), Where(field, "le", period.last))
        if field and period is not None
        else ()
    )


def typed(kind: Kind, where: Sequence[Where]) -> tuple[Where, ...]:
    """Conditions with values of their fields' types: a day kept as text is a day again, a day of a
    month field its month."""
    return tuple(Where(each.field, each.op, _typed(kind, each.field, each.value)) for each in where)


def _typed(kind: Kind, name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_typed(kind, name, part) for part in value]
    field = kind.field(name) if kind.has(name) else None
    if field is None or not type_of(field).dated or value is None:
        return value
    if type_of(field).is_month:
        return str(value)[:7]
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _in_order(records: list[Record], declared: TableOf) -> list[Record]:
    """Records of several ledgers by values that all of them have, blanks last; as they came where
    none is declared."""
    for name, descending in reversed(declared.sort):
        filled = [each for each in records if each.values.get(name) is not None]
        filled.sort(key=lambda each: each.values[name], reverse=descending)
        records = filled + [each for each in records if each.values.get(name) is None]
    return records[: declared.limit] if declared.sort else records


def agenda_of(filling: Filled, declared: TableOf) -> list[meetings.AgendaLine]:
    """The lines of a part of the agenda of the item, a meeting."""
    item = filling.choice.item
    lines = meetings.agenda(filling.session, item.uid) if item is not None else []
    return [line for line in lines if line.part == declared.agenda][: declared.limit]


def records_of(filling: Filled, declared: TableOf) -> list[Record]:
    """The records of a table: children of the item, those behind a figure, or those of a query."""
    session, choice = filling.session, filling.choice
    if declared.children:
        parent = filling.forerunner() if declared.of_previous else choice.item
        under = session.children(parent.uid, declared.children) if parent is not None else []
        return filling.records_as_of(under)
    if declared.rows_of:
        behind = metrics.rows(
            session, declared.rows_of, limit=None if declared.sort else declared.limit,
            **filling.scope,
        )
        records = [session.must_get(r.kind, r.uid) for r in behind.rows if r.counted]
        return _in_order(filling.records_as_of(records), declared)
    where = declared.where
    if declared.of_unit and choice.unit:
        where += (Where("unit", "in", [choice.unit]),)
    shared = [(n, choice.item.values.get(n)) for n in declared.same] if choice.item else []
    if shared and shared[0][1] is None:
        return []
    where += tuple(Where(n, "blank" if v is None else "eq", v) for n, v in shared)
    where += within(declared.period, choice.period)
    query = Query(
        kind=declared.kind, where=typed(session.kinds.get(declared.kind), where),
        sort=declared.sort, limit=declared.limit, as_of=filling.as_of,
    )
    return session.find(query)
