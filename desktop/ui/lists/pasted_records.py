"""Rows of text copied in a spreadsheet program, read against the declarations of a kind: values and
what is wrong, cell by cell. Which column is what, and which line no record, is told as in a file of
another program.

Knows nothing of widgets, so that the wizard, a ledger and tests use it alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from db.errors import BadInput, in_line
from db.model import fieldtypes
from db.model.context import WriteContext
from db.model.declarations import Field, Kind
from db.model.fieldtypes.base import Names
from desktop.exchange.foreign.column_matching import Known
from desktop.exchange.foreign.pasted_table import PastedTable, cell_text, names_its_own, read_table

AT_MOST = 20_000
"""Rows taken at once; more is a job for an import."""
_CELL = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|\Z)|([^\t\n]*)')
"""A cell in quotes, which may hold line breaks, or else everything up to the next tab: a lone quote
is a quote."""
_FAULTS = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)
"""What spreadsheet programs show for a formula that failed."""


@dataclass
class Cell:
    """One cell: its text as copied, its value, or what is wrong with it by itself or beside other
    rows."""

    text: str
    value: object = None
    problem: str = ""
    repeats: str = ""
    owner: str = ""
    """The title of what it names, where that may be another of the rows."""
    settled: bool = False
    """Whether it is, or will be added."""

    @property
    def wrong(self) -> str:
        """Why it cannot be taken; empty when it can."""
        return (self.problem if not self.settled else "") or self.repeats


@dataclass
class Pasted:
    """What was copied: which field each column means, and the rows."""

    kind: Kind
    names: Names
    table: PastedTable
    rows: list[list[Cell]] = field(default_factory=list)
    add_parents: bool = False
    """Whether what a row hangs under and nobody knows is added with it."""

    @property
    def fields(self) -> list[Field | None]:
        """What each column means."""
        return self.table.fields

    @property
    def problems(self) -> int:
        return sum(1 for row in self.rows for cell in row if cell.wrong)

    @property
    def unusable(self) -> int:
        """Rows that no record can be made of: what must be there is wrong."""
        return sum(not self.usable(row) for row in self.rows)

    def usable(self, row: list[Cell]) -> bool:
        """Whether a record can be made of a row, once what is wrong in it is left blank."""
        return not any(
            cell.wrong and f is not None and (f.required or f.unique)
            for f, cell in zip(self.fields, row, strict=False)
        )

    def values(self, row: list[Cell]) -> dict[str, object]:
        """The values of one row by field, without what is wrong and what it hangs under."""
        return {
            f.name: c.value for f, c in zip(self.fields, row, strict=False)
            if f is not None and c.value is not None and not c.wrong and not c.owner
        }

    def parents(self, row: list[Cell]) -> dict[str, str]:
        """What a row hangs under among the rows themselves: field → title; nothing hangs under
        itself."""
        title = self.values(row).get(self.kind.title)
        return {
            f.name: c.owner for f, c in zip(self.fields, row, strict=False)
            if f is not None and c.owner and not c.wrong and c.owner != title
        }

    def read_row(self, line: list[str]) -> list[Cell]:
        """One line against its fields."""
        return [
            self._read_cell(line[at] if at < len(line) else "", each, self.table.measures[at])
            for at, each in enumerate(self.fields)
        ]

    def _read_cell(self, text: str, each: Field | None, measure: str) -> Cell:
        cell = Cell(text)
        if each is None:
            return cell
        if text.upper() in _FAULTS:
            cell.problem = f"「{each.label}」是表格里的错误值 {text}，请改成应有的内容。"
            return cell
        try:
            plain = cell_text(text, each, self.kind, measure)
            cell.value = fieldtypes.type_of(each).parse(plain, each, self.names)
        except BadInput as error:
            cell.problem = error.message
            cell.owner = text if names_its_own(each, self.kind) else ""
        if each.required and cell.value is None and not cell.problem:
            cell.problem = f"「{each.label}」必填，请填写。"
        return cell

    def check_rows(self) -> None:
        """Look at the rows beside each other: what only one may hold and stands in several, what
        one hangs under that is another."""
        self._mark_repeats()
        titles = {
            cell.value for row in self.rows for f, cell in zip(self.fields, row, strict=False)
            if f is not None and f.name == self.kind.title and not cell.wrong
        }
        for cell in (cell for row in self.rows for cell in row if cell.owner):
            cell.settled = self.add_parents or cell.owner in titles

    @property
    def added_parents(self) -> list[str]:
        """What rows hang under that is neither known nor among them, to be added."""
        titles = {str(self.values(row).get(self.kind.title)) for row in self.rows}
        parents = {o: None for row in self.rows for o in self.parents(row).values()}
        return [owner for owner in parents if owner not in titles]

    def _mark_repeats(self) -> None:
        for column, each in enumerate(self.fields):
            first: dict[object, int] = {}
            for at, row in enumerate(self.rows):
                cell = row[column]
                cell.repeats = ""
                if each is not None and each.unique and cell.value is not None:
                    before = first.setdefault(cell.value, at)
                    if before != at:
                        cell.repeats = f"「{each.label}」与第 {before + 1} 行重复，只能有一条。"

    def remap(self, fields: list[Field | None]) -> None:
        """Take the columns for other fields."""
        self.table.fields = fields
        self.rows = [self.read_row([cell.text for cell in row]) for row in self.rows]
        self.check_rows()


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
    fields = [
        f for f in kind.all_fields if not f.computed and not fieldtypes.type_of(f).holds_files
    ]
    sheet = [f for f in fields if "sheet" in f.show]
    return sheet + [f for f in fields if f not in sheet]


def read(text: str, kind: Kind, known: Known, *, add_parents: bool = False) -> Pasted:
    """Read copied text: columns are told by headings and values as in a file of another program,
    and by the order of the form where there is no heading."""
    table = read_table(split(text)[: AT_MOST + 1], kind, known)
    found = Pasted(kind, known.names, table, add_parents=add_parents)
    found.rows = [found.read_row(row) for row in table.rows]
    found.check_rows()
    return found


def add(session: WriteContext, pasted: Pasted, step: Callable[[int], None]) -> int:
    """Add a record for each usable row, within the transaction of whoever calls; what rows hang
    under is written when all are there. Raises ``BadInput`` that names the row."""
    kind = pasted.kind
    uids = {title: session.add(kind.name, {kind.title: title}) for title in pasted.added_parents}
    hang: list[tuple[int, str, dict[str, str]]] = []
    for at, row in enumerate(pasted.rows, 1):
        step(at)
        if not pasted.usable(row):
            continue
        values = pasted.values(row)
        with in_line(at):
            made = session.add(kind.name, values)
        uids.setdefault(str(values.get(kind.title)), made)
        hang.append((at, made, pasted.parents(row)))
    for at, uid, parents in hang:
        if parents:
            with in_line(at):
                session.set(kind.name, uid, {name: uids[o] for name, o in parents.items()})
    return len(hang)


def missing(kind: Kind, pasted: Pasted) -> list[Field]:
    """Required fields that no column fills."""
    given = {f.name for f in pasted.fields if f is not None}
    return [
        f for f in kind.all_fields
        if f.required and not f.computed and f.name not in given and f.default is None
    ]
