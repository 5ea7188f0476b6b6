"""Rows of text copied in a spreadsheet program, read against the declarations of a kind: values and
what is wrong, cell by cell.

Knows nothing of widgets, so that the wizard, a ledger and tests use it alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from db.errors import BadInput
from db.model import fieldtypes
from db.model.declarations import Field, Kind
from db.model.fieldtypes.base import Names

AT_MOST = 20_000
"""Rows taken at once; more is a job for an import."""
_CELL = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|\Z)|([^\t\n]*)')
"""A cell in quotes, which may hold line breaks, or else everything up to the next tab: a lone quote
is a quote."""
_FAULTS = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)
"""What spreadsheet programs show for a formula that failed."""
_TOTALS = frozenset(("合计", "总计", "小计"))


@dataclass
class Cell:
    """One cell: its text as copied, its value, or what is wrong with it by itself or beside other
    rows."""

    text: str
    value: object = None
    problem: str = ""
    repeats: str = ""

    @property
    def wrong(self) -> str:
        """Why it cannot be taken; empty when it can."""
        return self.problem or self.repeats


@dataclass
class Pasted:
    """What was copied: which field each column means, and the rows."""

    fields: list[Field | None] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    headed: bool = False
    lines: list[list[str]] = field(default_factory=list)
    totals: int = 0
    """Lines of sums, which are no records and are left out."""

    @property
    def problems(self) -> int:
        return sum(1 for row in self.rows for cell in row if cell.wrong)

    def values(self, row: list[Cell]) -> dict[str, object]:
        """The values of one row by field."""
        return {
            f.name: c.value for f, c in zip(self.fields, row, strict=False)
            if f is not None and c.value is not None
        }


def split(text: str) -> list[list[str]]:
    """Lines and cells of tab-separated text; a cell with line breaks comes quoted from spreadsheet
    programs."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines: list[list[str]] = [[]]
    at = 0
    while at <= len(plain):
        found = _CELL.match(plain, at)
        assert found is not None  # the second half matches nothing at all too
        quoted, bare = found.groups()
        lines[-1].append((bare if quoted is None else quoted.replace('""', '"')).strip())
        at = found.end() + 1
        if plain[found.end() : at] == "\n":
            lines.append([])
    return [line for line in lines if any(line)]


def fillable(kind: Kind) -> list[Field]:
    """The fields a pasted column may mean, as they stand in a worksheet and then in the form."""
    fields = [f for f in kind.all_fields if not f.computed and not fieldtypes.of(f).holds_files]
    sheet = [f for f in fields if "sheet" in f.show]
    return sheet + [f for f in fields if f not in sheet]


def match_heading(text: str, fields: list[Field]) -> Field | None:
    """The field a heading names: by its label, without its measure, or by a synonym."""
    plain = "".join(text.replace("＊", "").replace("*", "").split()).split("（")[0].split("(")[0]
    for each in fields:
        if plain and plain in (each.label, *each.synonyms):
            return each
    return None


def read(text: str, kind: Kind, names: Names, fields: list[Field | None] | None = None) -> Pasted:
    """Read copied text. Without `fields` the columns are told by the first line when it holds
    headings, else by position."""
    lines = split(text)[: AT_MOST + 1]
    found = Pasted(lines=lines)
    if not lines:
        return found
    known = fillable(kind)
    headings = [match_heading(cell, known) for cell in lines[0]]
    found.headed = _are_headings(lines[0], headings)
    width = max(map(len, lines))
    told: Sequence[Field | None] = headings if found.headed else known[:width]
    found.fields = [*told, *[None] * (width - len(told))] if fields is None else fields
    body = lines[1 if found.headed else 0 :]
    kept = [line for line in body if "".join(next(filter(None, line)).split()) not in _TOTALS]
    found.totals = len(body) - len(kept)
    found.rows = [read_row(line, found.fields, names) for line in kept]
    mark_repeats(found)
    return found


def _are_headings(line: Sequence[str], fields: Sequence[Field | None]) -> bool:
    """Whether a line names fields: half of its cells at least, none twice."""
    named = [each for each in fields if each is not None]
    wanted = max(1, (sum(1 for cell in line if cell) + 1) // 2)
    return len(named) >= wanted and len(set(named)) == len(named)


def mark_repeats(pasted: Pasted) -> None:
    """Mark what only one record may hold and stands in more rows than one; said before anything is
    written."""
    for column, each in enumerate(pasted.fields):
        first: dict[object, int] = {}
        for at, row in enumerate(pasted.rows):
            cell = row[column]
            cell.repeats = ""
            if each is not None and each.unique and cell.value is not None:
                before = first.setdefault(cell.value, at)
                if before != at:
                    cell.repeats = f"「{each.label}」与第 {before + 1} 行重复，只能有一条。"


def read_row(line: list[str], fields: list[Field | None], names: Names) -> list[Cell]:
    """One line against its fields."""
    cells = []
    for at, each in enumerate(fields):
        cell = Cell(line[at] if at < len(line) else "")
        if each is not None and cell.text.upper() in _FAULTS:
            cell.problem = f"「{each.label}」是表格里的错误值 {cell.text}，请改成应有的内容。"
        elif each is not None:
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
    return [
        f for f in kind.all_fields
        if f.required and not f.computed and f.name not in given and f.default is None
    ]
