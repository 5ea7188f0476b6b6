"""How a table that is too wide is set: its texts wrapped, cells with less blank, a turned page,
parts side by side, and only then, told to the person, in one smaller size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from desktop.bulletin.blocks.column_widths import (
    NARROW_PAD,
    PAD,
    Needs,
    as_cell,
    by_column,
    column_widths,
    needs_of,
)
from desktop.bulletin.document import Cell, Column, Table, TableRow, cell_text, plain
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.page import A4, A4_TURNED, XIAOWU, Sheet

#: A table is cut into no more parts than this.
PARTS = 6
#: A figure as it is typed, with its decimals.
FIGURE = re.compile(r"[-+−－＋]?\d[\d,]*(?:\.(\d+))?([%％]?)")
#: Figures with more decimals than this are measured, not counted: they keep what they have.
DECIMALS = 4


class TablePlan(msgspec.Struct, frozen=True):
    """How one table is set: the sheet, its parts with their widths, size and blank in cells."""

    sheet: Sheet
    parts: tuple[tuple[Table, list[float]], ...]
    size: float
    pad: float
    notice: str = ""


def planned(table: Table, typesetter: Typesetter, sheet: Sheet) -> TablePlan:
    """The first way in which no word or figure of the table is parted."""
    table = replace(table, rows=even_rows(table), size=max(table.size, XIAOWU))
    needs = needs_of(table, typesetter)
    sheets = (sheet, A4_TURNED) if sheet == A4 else (sheet,)
    size, every = table.size, list(range(len(table.columns)))
    while True:
        for on in sheets:
            for pad in (PAD, NARROW_PAD):
                if needs.fit(on.measure, size, pad):
                    return _plan(table, needs, on, [every], size, pad)
        some = [(on, _parted(table, needs, on, size)) for on in sheets]
        if some := [(on, parts) for on, parts in some if parts]:
            on, parts = min(some, key=lambda each: len(each[1]))  # of as many the upright ones
            return _plan(table, needs, on, parts, size, NARROW_PAD)
        if size <= XIAOWU:
            return _plan(table, needs, sheets[-1], [every], size, NARROW_PAD)
        size = max(XIAOWU, size - 0.5)


def _plan(
    table: Table, needs: Needs, sheet: Sheet, parts: Sequence[list[int]], size: float, pad: float
) -> TablePlan:
    notice = ""
    if size < table.size:
        name = f"「{table.title}」" if table.title else ""
        notice = f"表格{name}太宽，字号由 {table.size:g} 磅改为 {size:g} 磅"
    made = []
    for number, columns in enumerate(parts):
        part = _picked(table, columns, first=not number) if len(parts) > 1 else table
        widths = column_widths(part, needs.of(columns), sheet.measure, size, pad)
        made.append((replace(part, size=size), widths))
    return TablePlan(sheet, tuple(made), size, pad, notice)


def _parted(table: Table, needs: Needs, sheet: Sheet, size: float) -> list[list[int]]:
    """The columns of each part, each after those that name its rows; none where one more column is
    too wide beside these, or there would be too many parts."""
    count, keys = len(table.columns), list(range(_keys(table.columns)))

    def fit(columns: list[int]) -> bool:
        return needs.of(columns).fit(sheet.measure, size, NARROW_PAD)

    parts: list[list[int]] = []
    at = len(keys)
    while at < count:
        end = at
        while end < count and fit([*keys, *range(at, end + 1)]):
            end += 1
        if end == at or len(parts) == PARTS:
            return []
        parts.append([*keys, *range(at, end)])
        at = end
    each, more = divmod(count - len(keys), max(len(parts), 1))
    starts = [len(keys) + each * k + min(k, more) for k in range(len(parts) + 1)]
    even = [[*keys, *range(a, b)] for a, b in pairwise(starts)]
    return even if all(map(fit, even)) else parts


def _keys(columns: Sequence[Column]) -> int:
    """How many columns name a row: its number and what it is about."""
    first = columns[0]
    numbered = first.serial or first.label in ("序号", "排名", "位次")
    return min(2 if numbered else 1, len(columns) - 1)


def _picked(table: Table, columns: list[int], *, first: bool) -> Table:
    """A part of a table: these columns, cells that reach over more of them cut to fit."""
    title = table.title if first or not table.title else f"{table.title}（续）"
    head = table.head or (tuple(Cell(column.label) for column in table.columns),)
    return replace(
        table, columns=tuple(table.columns[at] for at in columns),
        head=tuple(_cut(head, len(table.columns), columns)),
        rows=_cut(table.rows, len(table.columns), columns), title=title,
    )


def _cut(rows: Iterable[TableRow], width: int, columns: list[int]) -> list[TableRow]:
    """Rows of these columns only."""
    taken: dict[tuple[int, int], Cell] = {}
    cut: list[TableRow] = []
    for at, row in enumerate(rows):
        owners: list[Cell | None] = [None] * width
        column = 0
        for cell in map(as_cell, row):
            while (at, column) in taken:
                column += 1
            for across in range(column, min(column + cell.span, width)):
                owners[across] = cell
                taken.update({(at + down, across): cell for down in range(cell.down)})
            column += cell.span
        found: list[Cell] = []
        before: Cell | None = None
        for index in columns:
            owner = owners[index]
            if owner is not None and owner is before:
                found[-1] = replace(found[-1], span=found[-1].span + 1)
            elif owner is not None:
                found.append(replace(owner, span=1))
            before = owner
        cut.append(found)
    return cut


def even_rows(table: Table) -> Sequence[TableRow]:
    """The rows with as many decimals in each figure of a column: 98.5 and 100.0, not 100."""
    placed = list(by_column(table.rows, len(table.columns)))
    rows = [list(row) for row in table.rows]
    for index, column in enumerate(table.columns):
        if not column.numeric and column.align != "right":
            continue
        found = [
            (row, at, figure)
            for row, cells in enumerate(placed)
            for at, cell in ([cells[index]] if index in cells else [])
            if (figure := FIGURE.fullmatch(plain(cell_text(cell.text))))
        ]
        places = _places([figure for _, _, figure in found])
        for row, at, _ in found if places else []:
            rows[row][at] = _with_places(rows[row][at], places)
    return rows


def _places(figures: Sequence[re.Match[str]]) -> int:
    """How many decimals all are given; 0 where they are alike, or not of one sort."""
    decimals = {len(figure.group(1) or "") for figure in figures}
    sorts = {figure.group(2) for figure in figures}
    alike = len(decimals) < 2 or len(sorts) > 1 or max(decimals) > DECIMALS
    return 0 if alike else max(decimals)


def _with_places(value: object, places: int) -> Cell | str | Decimal | int | None:
    cell = as_cell(value)
    text = cell_text(cell.text)
    if not isinstance(text, str):
        return cell  # set by hand: as it was typed
    figure = FIGURE.fullmatch(text)
    if figure is None or len(figure.group(1) or "") == places:
        return cell
    number = text[: len(text) - len(figure.group(2))]
    lacking = ("" if figure.group(1) else ".") + "0" * (places - len(figure.group(1) or ""))
    return replace(cell, text=number + lacking + figure.group(2))
