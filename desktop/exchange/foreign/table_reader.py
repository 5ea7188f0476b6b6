"""Read the rows of one table of a foreign sheet: units of measure, loose dates and numbers, several
units in a cell, the unit that a heading between the rows names."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field, replace

from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import of
from db.session import Session
from desktop.exchange.files.scan import column_letters
from desktop.exchange.foreign.cell_values import factor, ready, unit_above, unit_in
from desktop.exchange.foreign.foreign_rows import ForeignSheet, Rows
from desktop.exchange.foreign.foreign_rows import number as number_of
from desktop.exchange.foreign.headings import Found
from desktop.exchange.format.cells import parse
from desktop.exchange.format.loose_values import (
    about,
    is_deadline,
    loose_date,
    nearest_choice,
    person_name,
)
from desktop.exchange.plan.import_plan import CellPlan
from desktop.exchange.plan.row_parser import ParsedRow, is_blank

_NUMBERED = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d+)[)）]?[、.．]?")
_COUNTED = re.compile(r"[（(](?:共)?\d+[件项条个][)）]$")
_BETWEEN_UNITS = re.compile(r"[、，,；;/\s]+")
_IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
_BAD_CELLS = {"formula": "是没有结果的公式", "big-number": "被当成数字，15 位以后已经丢失"}


@dataclass(slots=True)
class Readings:
    """What of a sheet was read otherwise than it is written; told once for each column."""

    #: that the sheet is about
    year: int
    #: label → cell and reading
    loose: dict[str, list[str]] = field(default_factory=dict)
    #: unit → rows that a heading between them, or the sheet's name, gives it
    by_heading: dict[str, int] = field(default_factory=dict)

    def note(self, declared: Field, text: str) -> None:
        """A cell that was read loosely."""
        self.loose.setdefault(declared.label, []).append(text)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell being read: the field its column is, what stands in it, where, and the unit of measure
    that its column counts in."""

    declared: Field
    text: str
    address: str
    measure: str


def unit_named(session: Session, text: str) -> str | None:
    """The unit that a heading between rows, or the name of a sheet, is: 一、安平县（3件）."""
    plain_text = _COUNTED.sub("", _NUMBERED.sub("", "".join(text.split()))).rstrip("：:")
    return session.names.unit_by_name(plain_text) if plain_text else None


class TableReader:
    """Made once per table of a sheet."""

    def __init__(
        self, session: Session, kind: Kind, each: ForeignSheet, rows: Rows, found: Found,
        readings: Readings,
    ) -> None:  # fmt: skip
        self.session, self.kind, self.rows, self.found = session, kind, rows, found
        self.sheet, self._each, self.readings = each.sheet, each, readings
        #: percent fields whose column holds shares of 1, and those where some cells have a sign
        self._shares, self._signed = rows.shares(), frozenset(rows.signed)
        #: field → what its column counts in, where that is not what the field counts in
        self.measures, self.remarks = self._measures()
        self._places = {
            name: column_letters(each.sheet.column + at) for at, name in found.mapping.items()
        }

    def _measures(self) -> tuple[dict[str, str], list[str]]:
        above = unit_above(self._each.rows[: self.found.rows[0] - 1])
        out: dict[str, str] = {}
        remarks: list[str] = []
        for at, name in sorted(self.found.mapping.items()):
            declared, heading = self.kind.field(name), self.found.headings[at]
            unit = unit_in(heading) or (above if of(declared).amount else "")
            by = factor(unit, declared) if unit else None
            if by is not None and by != 1:
                out[name] = unit
                remarks.append(
                    f"工作表「{self.sheet.name}」“{heading}”以{unit}计，"
                    f"已换算成{declared.measure}（乘以 {by:f}）。"
                )
        return out, remarks

    def _address(self, name: str, row: int) -> str:
        return f"{self._places[name]}{row}" if name in self._places else ""

    def read(self, number: int, whose: str | None) -> ParsedRow:
        """One item; ``whose``: the unit under whose heading it stands."""
        row = self.rows.texts(number)
        parsed = ParsedRow(
            self.kind.name, "", self.sheet.name, number, origin="slot", address=self._address
        )
        for at, name in self.found.mapping.items():
            declared, address = self.kind.field(name), self._address(name, number)
            if not self._distrusted(parsed, declared, address):
                text = row[at].strip() if at < len(row) else ""
                measure = self.measures.get(name, "")
                self._read_cell(parsed, _Cell(declared, text, address, measure))
        parsed.title = str(parsed.typed.get(self.kind.title) or "")
        self._give_to(parsed, whose)
        return parsed

    def _distrusted(self, parsed: ParsedRow, declared: Field, address: str) -> bool:
        """Tell of a cell whose text is not what a person sees there."""
        note, kind_of = self.sheet.notes.get(address), of(declared)
        if note is None or (note.code == "big-number" and kind_of.numeric and not kind_of.is_share):
            return False
        what = _BAD_CELLS.get(note.code, f"显示为 {note.shown}")
        message = f"工作表「{self.sheet.name}」{address}「{declared.label}」{what}，没有读入。"
        parsed.problems.append(CellPlan("error", declared.name, declared.label, address, message))
        return True

    def _read_cell(self, parsed: ParsedRow, cell: _Cell) -> None:
        declared, name = cell.declared, cell.declared.name
        if is_blank(cell.text):
            return
        text = ready(cell.text, declared, cell.measure, share=name in self._shares)
        text = person_name(text, declared)
        if not text:
            return
        try:
            value = parse(text, declared, self.session.names)
        except BadInput as error:
            if not self._read_loosely(parsed, replace(cell, text=text)):
                message = f"工作表「{self.sheet.name}」第 {parsed.row} 行{error.message}"
                parsed.problems.append(
                    CellPlan(
                        "error", name, declared.label, cell.address, message, theirs=text[:200],
                        text_theirs=text[:200],
                    )
                )
            return
        if self._is_bare_share(cell):
            self.readings.note(declared, f"{cell.address}“{cell.text}”→{value}%")
        if isinstance(value, tuple):  # beside those that the cell of the leading unit named
            value = tuple(dict.fromkeys((*value, *(parsed.typed.get(name) or ()))))
        parsed.typed[name], parsed.cells[name] = value, cell.address

    def _is_bare_share(self, cell: _Cell) -> bool:
        """Whether 0.85 stands without its sign in a column where others have it."""
        if cell.declared.name not in self._signed or cell.text.endswith(("%", "％")):
            return False
        bare = number_of(cell.text)
        return bare is not None and 0 < bare < 1

    def _give_to(self, parsed: ParsedRow, whose: str | None) -> None:
        """The unit of an item that names none is that of the heading above it."""
        unit = self.kind.unit
        if not whose or not parsed.title or unit is None or unit in parsed.typed:
            return
        if all(problem.field != unit for problem in parsed.problems):
            parsed.typed[unit] = (whose,) if of(self.kind.field(unit)).many else whose
            self.readings.by_heading[whose] = self.readings.by_heading.get(whose, 0) + 1

    def go_on(self, item: ParsedRow | None, number: int) -> None:
        """A further row of one item: its texts are put below those of the first."""
        if item is None:
            return
        for at, name in self.found.mapping.items():
            text, before = self._each.text(number - 1, at), item.typed.get(name)
            if text and text != before:
                declared = self.kind.field(name)
                between = "；" if of(declared).single_line else "\n"
                with contextlib.suppress(BadInput):
                    item.typed[name] = parse(
                        f"{before}{between}{text}" if before else text, declared,
                        self.session.names,
                    )  # fmt: skip

    # -- what is written loosely -------------------------------------------------------------------

    def _read_loosely(self, parsed: ParsedRow, cell: _Cell) -> bool:
        """Take what is written loosely where it can mean only one thing; told with its cell. False
        where it is an error."""
        declared = cell.declared
        if of(declared).one_unit:
            return self._several_units(parsed, cell)
        easier = self._easier(cell)
        if not easier:
            return False
        try:
            value = parse(easier, declared, self.session.names)
        except BadInput:
            return False
        parsed.typed[declared.name], parsed.cells[declared.name] = value, cell.address
        self.readings.note(declared, f"{cell.address}“{cell.text[:20]}”→{easier}")
        return True

    def _easier(self, cell: _Cell) -> str | None:
        """What a loose text means, in words that its type reads; an amount of money that is only
        about right is for a person to say."""
        declared, kind_of = cell.declared, of(cell.declared)
        if kind_of.is_day:
            deadline = is_deadline(self.kind, declared)
            day = loose_date(cell.text, self.readings.year, deadline=deadline)
            return day.isoformat() if day is not None else None
        if kind_of.numeric and (kind_of.whole or kind_of.is_share):
            text = about(cell.text)
            return ready(text, declared, cell.measure) if text else None
        return nearest_choice(cell.text, declared) if kind_of.one_listed else None

    def _several_units(self, parsed: ParsedRow, cell: _Cell) -> bool:
        """Several units in a cell for one: the first leads, the others take part; words in brackets
        are no part of a name."""
        declared = cell.declared
        units = self._units_in(cell.text)
        if not units:
            return False
        others = next((n for n in self.kind.cooperating if self._takes_several(n)), None)
        if len(units) > 1 and (declared.name != self.kind.unit or others is None):
            return False
        parsed.typed[declared.name], parsed.cells[declared.name] = units[0], cell.address
        said = " ".join(cell.text.split())[:30]
        read = f"{cell.address}“{said}”→{self.session.unit_name(units[0])}"
        if len(units) > 1 and others is not None:
            kept = parsed.typed.get(others) or ()
            parsed.typed[others] = tuple(dict.fromkeys((*kept, *units[1:])))
            read += f"，其余记作{self.kind.field(others).label}"
        self.readings.note(declared, read)
        return True

    def _units_in(self, text: str) -> list[str]:
        """The units that a text names; none where one of the names is unknown."""
        names = _BETWEEN_UNITS.split(_IN_BRACKETS.sub("", text))
        found = [self.session.names.unit_by_name(name.strip()) for name in names if name.strip()]
        units = [uid for uid in found if uid is not None]
        return units if len(units) == len(found) else []

    def _takes_several(self, name: str) -> bool:
        return self.kind.has(name) and of(self.kind.field(name)).many
