"""Tables of records with their declared fields, and what is written out line by line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from db.domain import return_status
from db.metrics import metrics
from db.model.dates import chinese_date
from db.model.declarations import Kind
from db.model.fieldtypes import of
from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record
from desktop.bulletin.document import Cell, Column, Table, TableRow
from desktop.bulletin.report import cells
from desktop.bulletin.report.declaration import ColumnOf, TableOf
from desktop.bulletin.report.figure_tables import GROUPS, WORDS
from desktop.bulletin.report.filling import Filling


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
    if field is None or not of(field).dated or value is None:
        return value
    if of(field).is_month:
        return str(value)[:7]
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def record_table(filling: Filling, declared: TableOf) -> Table | None:
    """A line a record; None without records, unless empty lines are asked for."""
    session = filling.session
    records: list[Record]
    if declared.children:
        parent = filling.forerunner() if declared.of_previous else filling.choice.item
        records = session.children(parent.uid, declared.children) if parent is not None else []
    elif declared.rows_of:
        behind = metrics.rows(
            session, declared.rows_of, period=filling.choice.period, unit=filling.choice.unit,
            ledgers=filling.ledgers, limit=declared.limit,
        )
        records = [session.must_get(r.kind, r.uid) for r in behind.rows if r.counted]
    else:
        where = declared.where
        if declared.of_unit and filling.choice.unit:
            where += (Where("unit", "in", [filling.choice.unit]),)
        if declared.same and filling.choice.item is not None:
            shared = {name: filling.choice.item.values.get(name) for name in declared.same}
            if any(value is None for value in shared.values()):
                return None
            where += tuple(Where(name, "eq", value) for name, value in shared.items())
        where += within(declared.period, filling.choice.period)
        query = Query(
            kind=declared.kind, where=typed(session.kinds.get(declared.kind), where),
            sort=declared.sort, limit=declared.limit,
        )
        records = session.find(query)
    if not records and not declared.least_rows:
        return None
    chosen = declared.columns
    if declared.all_fields:
        kind = session.kinds.get(records[0].kind if records else declared.children or declared.kind)
        shown = [
            f for f in kind.shown("print") if any(r.values.get(f.name) is not None for r in records)
        ]
        chosen = (ColumnOf(word="order", width=0.08), *(ColumnOf(field=f.name) for f in shown))
    columns = []
    for column in chosen:
        label = column.label or _field_label(filling, records, column, declared)
        field = _declared_field(filling, records, declared, column.field) if column.field else None
        serial = column.word == "order"
        columns.append(
            cells.column(label, column.width, None if serial else field.type if field else "choice")
        )
    rows = [[_field_cell(filling, r, c, i + 1) for c in chosen] for i, r in enumerate(records)]
    empty = max(3, declared.least_rows - len(records)) if declared.least_rows else 0
    rows += [
        ["" if c.word != "order" else str(len(records) + i + 1) for c in chosen]
        for i in range(empty)
    ]
    return Table(
        tuple(columns), rows, title=filling.plain(declared.title),
        source=filling.plain(declared.source), notes=declared.notes, size=declared.size,
        row_height=declared.row_height,
    )


def lines_table(filling: Filling, declared: TableOf) -> Table:
    """Rows written out in the declaration: every other cell is a label in 黑体, the others are
    texts or room to write."""
    width = max(len(line) for line in declared.lines)
    rows: list[TableRow] = []
    for line in declared.lines:
        cells_: list[Cell] = []
        for place, template in enumerate(line):
            text = filling.plain(template)
            wide = width - len(line) + 1 if place == len(line) - 1 else 1
            cells_.append(
                Cell(text, wide, face="hei", align="center") if place % 2 == 0 else Cell(text, wide)
            )
        rows.append(cells_)
    columns = tuple(Column(width=0.18 if place % 2 == 0 else None) for place in range(width))
    return Table(columns, rows, head=((),), size=declared.size, row_height=declared.row_height)


def handin_table(filling: Filling, declared: TableOf) -> Table | None:
    """The hand-in board: units that were given nothing in the period are left out."""
    board = [row for row in filling.handin_rows() if row.status != "none"]
    if not board:
        return None
    rows: list[TableRow] = []
    for place, row in enumerate(board):
        texts = {
            "order": str(place + 1), "group": filling.session.unit_name(row.unit),
            "status": return_status.STATUS[row.status], "given": _day(row.given),
            "handed_in": _day(row.handed_in),
        }
        rows.append([texts.get(c.word, "") for c in declared.columns])
    columns = []
    for column in declared.columns:
        label = column.label or WORDS.get(column.word) or GROUPS["unit"]
        columns.append(
            cells.column(
                label, column.width, {"order": None, "group": "unit"}.get(column.word, "date")
            )
        )
    return Table(
        tuple(columns), rows, title=filling.plain(declared.title),
        source=filling.plain(declared.source), notes=declared.notes, size=declared.size,
    )


def _day(moments: Sequence[str]) -> str:
    """The last of some moments as a day; a dash for none."""
    return chinese_date(dt.date.fromisoformat(moments[-1][:10])) if moments else "—"


def facts_table(filling: Filling, declared: TableOf) -> Table | None:
    """Label and text of one item, a line each; fields the kind does not have or that are blank are
    left out."""
    record = filling.choice.item
    if record is None:
        return None
    rows: list[TableRow] = []
    for column in declared.columns:
        label = _field_label(filling, [record], column, declared)
        text = _field_cell(filling, record, column, 0)
        if label and text:
            rows.append([Cell(column.label or label, face="hei", align="center"), text])
    if not rows:
        return None
    return Table(
        (Column(width=0.22), Column()), rows, head=((),), size=declared.size,
        row_height=declared.row_height,
    )


def _field(filling: Filling, kind_name: str, name: str) -> Any:
    """The field a column means: by name, or the kind's title and unit by the words "title" and
    "unit"."""
    kind = filling.session.kinds.get(kind_name)
    if kind.has(name):
        return kind.field(name)
    name = kind.title if name == "title" else (kind.unit or name) if name == "unit" else name
    return kind.field(name) if kind.has(name) else None


def _declared_field(
    filling: Filling, records: Sequence[Record], declared: TableOf, name: str
) -> Any:
    """The field a column means, also where there is no record yet."""
    return _field(filling, records[0].kind if records else declared.children or declared.kind, name)


def _field_label(
    filling: Filling, records: Sequence[Record], column: ColumnOf, declared: TableOf
) -> str:
    if column.word:
        return WORDS.get(column.word, "")
    if column.field in ("state", "light"):
        return {"state": "办理状态", "light": "灯号"}[column.field]
    field = _declared_field(filling, records, declared, column.field)
    return field.label if field else ""


def _field_cell(filling: Filling, record: Record, column: ColumnOf, order: int) -> str:
    if column.word:
        return str(order) if column.word == "order" else ""
    if column.field in ("state", "light"):
        return filling.session.text(record, column.field)
    field = _field(filling, record.kind, column.field)
    return filling.session.text(record, field.name) if field else ""
