"""Tables of records with their declared fields, and what is written out line by line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from db.domain import return_status, weekly
from db.model.dates import chinese_date
from db.model.records import Record
from db.model.text_equality import unspaced
from db.units import tree
from desktop.bulletin.document import Cell, Column, Table, TableRow
from desktop.bulletin.report import printed_cells
from desktop.bulletin.report.declaration import ColumnOf, TableOf
from desktop.bulletin.report.figure_tables import HEADINGS, WORDS
from desktop.bulletin.report.filling import ReportFilling
from desktop.bulletin.report.item_view import printed_text
from desktop.bulletin.report.table_records import agenda_of, records_of


def record_table(filling: ReportFilling, declared: TableOf) -> Table | None:
    """A line a record; None without records, unless empty lines are asked for."""
    listed = records_of(filling, declared)
    deep: dict[str, int] = {}
    if declared.tree:
        day = filling.as_of if filling.as_of < filling.session.today else None
        deep = {unit.uid: depth for unit, depth in tree.lines(filling.session, day)}
        above = tree.superiors(filling.session, day)
        of_uid = {record.uid: record for record in listed}
        listed = [
            replace(of_uid[uid], values=of_uid[uid].values | {tree.SUPERIOR: above.get(uid)})
            for uid in deep if uid in of_uid
        ]
    records = _once(filling, declared, listed)
    if not records and not declared.least_rows:
        return None
    firsts = [same[0] for same in records]
    chosen = _chosen(filling, declared, firsts) if declared.all_fields else declared.columns
    columns = [_column(filling, declared, firsts, column) for column in chosen]
    rows = [
        [_deep(deep, same, c) + _shared_cell(filling, same, c, i + 1) for c in chosen]
        for i, same in enumerate(records)
    ]
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


def _deep(deep: Mapping[str, int], same: Sequence[Record], column: ColumnOf) -> str:
    """The branch before a unit's name, as long as it stands deep."""
    return tree.branch(deep.get(same[0].uid, 0)) if column.field == "name" else ""


def _chosen(
    filling: ReportFilling, declared: TableOf, firsts: Sequence[Record]
) -> tuple[ColumnOf, ...]:
    """All fields that print and that some record has filled in."""
    name = firsts[0].kind if firsts else declared.children or declared.kind
    printed = filling.session.kinds.get(name).shown("print")
    shown = [f for f in printed if any(r.values.get(f.name) is not None for r in firsts)]
    return (ColumnOf(word="order", width=0.08), *(ColumnOf(field=f.name) for f in shown))


def _column(
    filling: ReportFilling, declared: TableOf, firsts: Sequence[Record], column: ColumnOf
) -> Column:
    label = column.label or _field_label(filling, firsts, column, declared)
    field = _declared_field(filling, firsts, declared, column.field) if column.field else None
    kind = field.type if field else "choice"
    counts = column.word == "order" or column.serial
    return printed_cells.column(label, column.width, None if counts else kind)


def lines_table(filling: ReportFilling, declared: TableOf) -> Table:
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


def return_status_table(filling: ReportFilling, declared: TableOf) -> Table | None:
    """The hand-in board: units that were given nothing in the period are left out."""
    board = [row for row in filling.return_status_rows() if row.status != "none"]
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
        label = column.label or WORDS.get(column.word) or HEADINGS["unit"]
        columns.append(
            printed_cells.column(
                label, column.width, {"order": None, "group": "unit"}.get(column.word, "date")
            )
        )
    return Table(
        tuple(columns), rows, title=filling.plain(declared.title),
        source=filling.plain(declared.source), notes=declared.notes, size=declared.size,
    )


def agenda_table(filling: ReportFilling, declared: TableOf) -> Table | None:
    """A part of the agenda of the item, a meeting; None where nothing stands in it."""
    lines, session = agenda_of(filling, declared), filling.session
    if not lines:
        return None
    rows: list[TableRow] = []
    for place, line in enumerate(lines, 1):
        due = chinese_date(dt.date.fromisoformat(line.due)) if line.due else ""
        texts = {
            "order": str(place), "title": line.title, "day": due, "standing": line.state[0],
            "unit": session.unit_name(line.unit) if line.unit else "", "times": f"第{line.times}次",
        }
        rows.append([texts.get(c.word, "") for c in declared.columns])
    types = {"order": None, "day": "date", "standing": "choice", "times": "choice"}
    columns = tuple(
        printed_cells.column(c.label or WORDS[c.word], c.width, types.get(c.word, "text"))
        for c in declared.columns
    )
    return Table(
        columns, rows, title=filling.plain(declared.title), source=filling.plain(declared.source),
        notes=declared.notes, size=declared.size,
    )


def _day(moments: Sequence[str]) -> str:
    """The last of some moments as a day; a dash for none."""
    return chinese_date(dt.date.fromisoformat(moments[-1][:10])) if moments else "—"


def facts_table(filling: ReportFilling, declared: TableOf) -> Table | None:
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
    today = filling.session.today
    # a letter that went out is of its day, what its item holds is of today
    later = filling.letter is not None and filling.day != today
    return Table(
        (Column(width=0.22), Column()), rows, head=((),), size=declared.size,
        row_height=declared.row_height,
        notes=(f"表中情况截至{chinese_date(today)}。",) if later else (),
    )


def _field(filling: ReportFilling, kind_name: str, name: str) -> Any:
    """The field a column means: by name, or the kind's title and unit by the words "title" and
    "unit"."""
    kind = filling.session.kinds.get(kind_name)
    if kind.has(name):
        return kind.field(name)
    name = kind.title if name == "title" else (kind.unit or name) if name == "unit" else name
    return kind.field(name) if kind.has(name) else None


def _declared_field(
    filling: ReportFilling, records: Sequence[Record], declared: TableOf, name: str
) -> Any:
    """The field a column means, also where there is no record yet."""
    return _field(filling, records[0].kind if records else declared.children or declared.kind, name)


def _field_label(
    filling: ReportFilling, records: Sequence[Record], column: ColumnOf, declared: TableOf
) -> str:
    if column.word:
        return WORDS.get(column.word, "")
    if column.field in ("state", "light"):
        return {"state": "办理状态", "light": "灯号"}[column.field]
    field = _declared_field(filling, records, declared, column.field)
    return field.label if field else ""


def _field_cell(filling: ReportFilling, record: Record, column: ColumnOf, order: int) -> str:
    if column.word:
        return {"order": str(order), "origin": weekly.origin(record)}.get(column.word, "")
    if column.field in ("state", "light"):
        return filling.session.text(record, column.field)
    field = _field(filling, record.kind, column.field)
    return printed_text(filling.session, record, field.name) if field else ""


def _once(filling: ReportFilling, declared: TableOf, records: list[Record]) -> list[list[Record]]:
    """Records that are one line: each by itself, or those that agree in the table's ``once``."""
    if not declared.once:
        return [[record] for record in records]
    found: dict[object, list[Record]] = {}
    # 张　三 is 张三, and a unit by any of its names the same
    words = [
        tuple(unspaced(_field_cell(filling, record, ColumnOf(field=n), 0)) for n in declared.once)
        for record in records
    ]
    decided = _decided(filling, declared, records)
    known: dict[tuple[str, ...], set[object]] = {}
    for said, person in zip(words, decided, strict=True):
        if person is not None:
            known.setdefault(said, set()).add(person)
    for record, said, person in zip(records, words, decided, strict=True):
        one = known.get(said, set())
        found.setdefault(person or (next(iter(one)) if len(one) == 1 else said), []).append(record)
    return list(found.values())


def _decided(filling: ReportFilling, declared: TableOf, records: Sequence[Record]) -> list[object]:
    """Which person it was decided that each row of a roster is."""
    kinds, links = filling.session.kinds, dict[str, str]()
    for name in {record.kind for record in records}:
        moment, link = kinds.get(name).moment, kinds.person_of(kinds.get(name))
        if link is not None and moment and set(moment.by_name or ()) == set(declared.once):
            links[name] = link.name
    return [record.values.get(links.get(record.kind, "")) for record in records]


def _shared_cell(
    filling: ReportFilling, records: Sequence[Record], column: ColumnOf, order: int
) -> str:
    """What records of one line say in a column, each thing once; days of one month together."""
    days = {record.values.get(column.field) for record in records} if column.field else set()
    dates = sorted(day for day in days if isinstance(day, dt.date))
    if len(dates) > 1 and len(dates) == len(days):
        return _days(dates)
    said = dict.fromkeys(_field_cell(filling, record, column, order) for record in records)
    return "、".join(each for each in said if each)


def _days(days: Sequence[dt.date]) -> str:
    """2022年9月5日、6日、10月8日: what the day before says already is not said again."""
    said = [chinese_date(days[0])]
    for before, day in pairwise(days):
        same_year = before.year == day.year
        text = chinese_date(day)
        if same_year:
            text = f"{day.day}日" if before.month == day.month else f"{day.month}月{day.day}日"
        said.append(text)
    return "、".join(said)
