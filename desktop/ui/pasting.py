"""Rows of text copied in a spreadsheet program, read against the declarations of a kind: values and what is wrong, cell by cell.

Knows nothing of widgets, so that the wizard, a ledger and tests use it alike.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from db import fieldtypes
from db.declare import Field, Kind
from db.errors import BadInput

AT_MOST = 20_000
"""Rows taken at once; more is a job for an import."""


@dataclass
class Cell:
    """One cell: its text as copied, its value, or what is wrong with it."""

    text: str
    value: Any = None
    problem: str = ""


@dataclass
class Pasted:
    """What was copied: which field each column means, and the rows."""

    fields: list[Field | None] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    headed: bool = False
    lines: list[list[str]] = field(default_factory=list)

    @property
    def problems(self) -> int:
        return sum(1 for row in self.rows for cell in row if cell.problem)

    def values(self, row: list[Cell]) -> dict[str, Any]:
        """The values of one row by field."""
        return {
            f.name: c.value for f, c in zip(self.fields, row, strict=False) if f is not None and c.value is not None
        }


def split(text: str) -> list[list[str]]:
    """Lines and cells of tab-separated text; a cell with line breaks comes quoted from spreadsheet programs."""
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter="\t")
    lines = [[cell.strip() for cell in line] for line in reader]
    return [line for line in lines if any(line)]


def fillable(kind: Kind) -> list[Field]:
    """The fields a pasted column may mean, as they stand in a worksheet and then in the form."""
    fields = [f for f in kind.all_fields if not f.computed and f.type != "attachment"]
    sheet = [f for f in fields if "sheet" in f.show]
    return sheet + [f for f in fields if f not in sheet]


def match_heading(text: str, fields: list[Field]) -> Field | None:
    """The field a heading names: by its label, without its measure, or by a synonym."""
    plain = "".join(text.replace("＊", "").replace("*", "").split()).split("（")[0].split("(")[0]
    for each in fields:
        if plain and plain in (each.label, *each.synonyms):
            return each
    return None


def read(text: str, kind: Kind, names: Any, fields: list[Field | None] | None = None) -> Pasted:
    """Read copied text. Without `fields` the columns are told by the first line when it holds headings, else by position."""
    lines = split(text)[: AT_MOST + 1]
    found = Pasted(lines=lines)
    if not lines:
        return found
    known = fillable(kind)
    headings = [match_heading(cell, known) for cell in lines[0]]
    named = [h for h in headings if h is not None]
    found.headed = len(named) >= max(1, (len([c for c in lines[0] if c]) + 1) // 2) and len(set(named)) == len(named)
    width = max(len(line) for line in lines)
    if fields is not None:
        found.fields = fields
    elif found.headed:
        found.fields = [*headings, *[None] * (width - len(headings))]
    else:
        found.fields = [*known[:width], *[None] * (width - len(known[:width]))]
    found.rows = [read_row(line, found.fields, names) for line in lines[1 if found.headed else 0 :]]
    return found


def read_row(line: list[str], fields: list[Field | None], names: Any) -> list[Cell]:
    """One line against its fields."""
    cells = []
    for at, each in enumerate(fields):
        cell = Cell(line[at] if at < len(line) else "")
        if each is not None:
            try:
                cell.value = fieldtypes.of(each).parse(cell.text, each, names)
            except BadInput as error:
                cell.problem = error.message
            if each.required and cell.value is None and not cell.problem:
                cell.problem = f"「{each.label}」必填，请填写。"
        cells.append(cell)
    return cells


def missing(kind: Kind, pasted: Pasted) -> list[Field]:
    """Required fields that no column fills."""
    given = {f.name for f in pasted.fields if f is not None}
    return [f for f in kind.all_fields if f.required and not f.computed and f.name not in given and f.default is None]
