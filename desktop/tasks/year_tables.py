"""Years beside one another, and what goes on from one to the next, as tables: for the screen, paper
and a workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from db.domain import years
from db.domain.years import Cell, Line
from db.errors import BadInput
from db.metrics import charts
from db.metrics.metrics import Number
from db.model.dates import chinese_date
from db.model.records import Record
from db.session import Session
from desktop.bulletin.report.simple_lists import PlainList, print_list
from desktop.exchange.write.list_workbook import Listed, write_list

LABEL, OPEN_TABLE = "指标", "office"


class Table(NamedTuple):
    """A table with its heading: ``heads`` with a share of the page's width or None; ``cells`` for
    people, ``values`` for a workbook."""

    title: str
    note: str
    heads: Sequence[tuple[str, float | None]]
    cells: Sequence[Sequence[str]]
    values: Sequence[Sequence[object]]


def cell_text(cell: Cell) -> str:
    """What stands there; a mark where the ledger says otherwise now."""
    return charts.text(cell.number) + ("＊" if cell.now is not None else "")


def of_years(session: Session, lines: Sequence[Line], shown: Sequence[int]) -> Table:
    """The figures of the years."""
    share = 0.55 / len(shown)
    heads: list[tuple[str, float | None]] = [(LABEL, None)]
    heads += [(_head(session, year), share) for year in shown]
    apart = any(cell.now is not None for line in lines for cell in line.cells)
    note = "各年截至当年最后一天，已经归档的年度是归档时的数" + (
        "；带＊的，台账现在的数不同。" if apart else "。"
    )
    return Table(
        "历年数字对照", note, heads,
        [(line.figure.label, *map(cell_text, line.cells)) for line in lines],
        [(_named(line), *(_value(cell.number) for cell in line.cells)) for line in lines],
    )


def _head(session: Session, year: int) -> str:
    day = session.today
    return f"{year}年" if year < day.year else f"{year}年（至{day.month}月{day.day}日）"


def _named(line: Line) -> str:
    """With the measure, which stands in no cell of a workbook."""
    measure = "％" if line.figure.denominator is not None else line.figure.measure
    return f"{line.figure.label}（{measure}）" if measure else line.figure.label


def _value(number: Number) -> int | Decimal | str:
    return "—" if number.value is None else number.value


def of_carried(session: Session, year: int) -> Table:
    """The items that were not done when a year ended."""
    if year > session.today.year:
        raise BadInput(f"{year}年还没有到。", field="year")
    rows = []
    for row in years.unfinished(session, year):
        kind = session.kinds.get(row.kind)
        record = session.must_get(row.kind, row.uid)
        unit = record.values.get(kind.unit) if kind.unit else None
        due = session.text(record, kind.lights.deadline) if kind.lights is not None else ""
        rows.append((
            kind.label, row.title, session.unit_name(str(unit)) if unit else "", due,
            session.text(record, "state"),
        ))
    return Table(
        f"{year}年结转事项",
        f"截至{_end(session, year)}没有销号的 {len(rows)} 件，转入{year + 1}年接着办，"
        f"不再算{year + 1}年交办；单位、时限、情况是现在的。",
        (("序号", 0.07), ("台账", 0.14), ("事项", None), ("单位", 0.2), ("时限", 0.16),
         ("情况", 0.12)),
        [(str(n), *row) for n, row in enumerate(rows, 1)],
        [(n, *row) for n, row in enumerate(rows, 1)],
    )  # fmt: skip


def closing_cells(session: Session, record: Record) -> tuple[str, ...]:
    """A closed year in a list: year, day, person, what goes on, folder, whose password."""
    names = ("year", "closed_on", "closed_by", "unfinished", "folder")
    own = "另设" if record.values["own_password"] else "归档时的"
    return (*(str(session.text(record, name)) for name in names), own)


def _end(session: Session, year: int) -> str:
    return chinese_date(min(session.today, dt.date(year, 12, 31)))


def write(session: Session, table: Table, to: Path) -> Path:
    """As a PDF or a workbook, by the name of the file; where it stands."""
    if to.suffix.lower() == ".pdf":
        with to.open("wb") as file:
            print_list(session, file, paper(table))
        return to
    if to.suffix.lower() != ".xlsx":
        raise BadInput(f"文件名要以 .pdf 或 .xlsx 结尾：{to}。", field="to")
    listed = Listed(
        OPEN_TABLE, table.title, table.note,
        [(head, 16.0 if share is None else 60 * share) for head, share in table.heads],
        len(table.values),
    )
    return write_list(session, listed, table.values, to, lambda done, of, what: None)[0]


def paper(table: Table) -> PlainList:
    """As it is printed."""
    return PlainList(table.title, [table.note], table.heads, table.cells, size=10.5)
