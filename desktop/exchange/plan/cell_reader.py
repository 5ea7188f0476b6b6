"""From the cell of a field to its value: what was typed over what was sent, and what of it cannot
be read, is a guess, or looks like an accident.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from db.errors import BadInput
from db.model.dates import parse_date
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, type_of
from db.model.fieldtypes.base import Names
from desktop.exchange.files.reader import Sheet
from desktop.exchange.files.xml_row_count import column_letters
from desktop.exchange.format.cells import CELL_LIMIT, parse, unescaped
from desktop.exchange.format.columns import Column, Header
from desktop.exchange.format.loose_values import is_deadline
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.format.typed_values import LooseReader, LooseValue
from desktop.exchange.plan.accidents.suspicious_values import of_deadline, of_value
from desktop.exchange.plan.import_plan import CellPlan, Status
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank

BAD = object()
"""In place of a value that could not be read, which is told."""


class Layout(msgspec.Struct, frozen=True):
    """What a visible sheet holds: a kind, its columns as exported, and where they stand now."""

    kind: Kind
    columns: Sequence[Column]
    header: Header


class CellReader:
    """Reads the cells of one visible sheet, each with the row that it stands in."""

    def __init__(self, sheet: Sheet, layout: Layout, hidden: Hidden, names: Names) -> None:
        self.kind, self.header = kind, header = layout.kind, layout.header
        self.sheet, self.hidden, self.names = sheet, hidden, names
        manifest, exported = hidden.manifest, hidden.sheets.get(kind.name)
        self._foreign_order = exported.fields if exported else [f.name for f in kind.all_fields]
        self._base_at = {name: at for at, name in enumerate(self._foreign_order)}
        self._columns = {c.name: c for c in layout.columns}
        self._at = {name: at for at, name in header.names.items()}
        self._letters = {n: column_letters(sheet.column + at) for n, at in self._at.items()}
        #: filled cells in which the reader saw nothing: formulas without a result, errors
        self.unseen = 0
        sent = parse_date(manifest.at) if manifest else None
        self._loose = LooseReader(kind, names, sent or dt.date.today())
        #: heading → cells that were not written as their field asks, with how they were read
        self.readings: dict[str, list[str]] = defaultdict(list)

    def address(self, name: str, row: int) -> str:
        """The cell of a field in a row."""
        letters = self._letters.get(name)
        return f"{letters}{row}" if letters is not None else ""

    def _cell(self, parsed: ParsedRow, column: Column, text: str, shown: str) -> bool:
        """A field's cell that differs from what was exported, or stands under a note. True where it
        says after all what was sent."""
        declared = column.field
        assert declared is not None
        if self._distrusted(parsed, column):
            return False
        if text == shown or (is_blank(text) and not shown):
            return bool(text)
        if text.strip() in (shown.strip(), unescaped(shown).strip()):
            return True
        value = self._value(parsed, column, text)
        if value is BAD:
            return False
        base = self._base_value(parsed, declared.name)
        if TYPES[declared.type].compare(value, base):
            # or it names others besides
            return bool(text) and self.address(column.name, parsed.row) not in parsed.cells.values()
        if isinstance(base, str) and len(base) > CELL_LIMIT:
            self._tell(parsed, "refused", declared.name, (
                f"「{declared.label}」原文超过单元格上限，只能在程序中修改，"
                "表格中的改动没有接受。"
            ))  # fmt: skip
            return False
        self._keep(parsed, declared, text, value, base)
        if not text:
            parsed.emptied |= {declared.name}
        return False

    def _keep(
        self, parsed: ParsedRow, declared: Field, text: str, value: object, before: object
    ) -> None:
        """What was typed into a cell; where it looks like an accident, so it is told."""
        parsed.typed[declared.name] = value
        parsed.cells[declared.name] = self.address(declared.name, parsed.row)
        if (heading := self.header.renamed.get(declared.name)) is not None:
            parsed.warn(declared.name, "guess", (
                f"第 {parsed.row} 行填在改名为“{heading[:30]}”的列里，这一列原是"
                f"“{self._columns[declared.name].heading}”，没有读入。就是这一项的请采用。"
            ))  # fmt: skip
        accident = of_value(declared, text, value, before)
        if accident is None and is_deadline(self.kind, declared):
            slip = of_deadline(declared, value, before, self._loose.sent)
            accident = ("scale", slip) if slip else None
        if accident is not None:
            parsed.warn(declared.name, accident[0], f"第 {parsed.row} 行{accident[1]}")

    def _distrusted(self, parsed: ParsedRow, column: Column) -> bool:
        """Cells that readers pass over in silence, told as errors; True when the cell is not to be
        used."""
        if not self.sheet.notes:
            return False
        field_, note = column.field, self.sheet.notes.get(self.address(column.name, parsed.row))
        assert field_ is not None
        if note is None or (note.code == "big-number" and type_of(field_).numeric):
            return False
        message = {
            "formula": "是没有结果的公式，读不到内容。请改成直接填写的文字或数字。",
            "error": f"显示为 {note.shown}，是公式错误。请改成直接填写的内容。",
            "big-number": (
                "被表格程序当成数字，15 位以后的数字已经丢失。请把单元格设成文本后重新填写。"
            ),
        }[note.code]
        self._tell(parsed, "error", field_.name, f"{note.cell}「{field_.label}」{message}", "")
        self.unseen += note.code != "big-number"
        return True

    def _value(self, parsed: ParsedRow, column: Column, text: str) -> Any:
        assert column.field is not None
        if is_blank(text):
            return None
        try:
            return parse(text, column.field, self.names)
        except BadInput as error:
            if (found := self._loose.read(text, column.field)) is not None:
                return self._read_loosely(parsed, column, text, found)
            theirs = text.strip()[:200]
            self._tell(parsed, "error", column.name, error.message, theirs=theirs)
            return BAD

    def _read_loosely(self, parsed: ParsedRow, column: Column, text: str, found: LooseValue) -> Any:
        """A value that was not written as its field asks: told, and held back where it is a guess.
        """
        label, said = column.heading, " ".join(text.split())[:30]
        cell = self.address(column.name, parsed.row)
        if found.guess:
            parsed.warn(column.name, "guess", (
                f"第 {parsed.row} 行「{label}」写的是“{said}”，{found.guess}：读作 {found.words}。"
                "对的请采用，不对的请改写。"
            ))  # fmt: skip
        else:
            self.readings[label].append(f"{cell}“{said}”→{found.words}")
        if found.others:
            name = next(n for n in self.kind.cooperating if type_of(self.kind.field(n)).many)
            before = parsed.typed.get(name) or self._base_value(parsed, name) or ()
            parsed.typed[name] = tuple(dict.fromkeys((*before, *found.others)))
            parsed.cells[name] = cell
            parsed.warn(name, *parsed.warned[column.name])
        return found.value

    def _base_value(self, parsed: ParsedRow, name: str) -> Any:
        at = self._base_at.get(name)
        if parsed.base is None or at is None or at >= len(parsed.base.values):
            return None
        raw = parsed.sent[name] = parsed.base.values[at]
        try:
            field = self.kind.field(name)
            return None if raw is None else TYPES[field.type].from_json(raw, field)
        except BadInput:
            return None

    def _tell(
        self, parsed: ParsedRow, status: Status, name: str, message: str, row: str = "第 {} 行", *,
        mine: str | None = None, theirs: str | None = None,
    ) -> None:
        """What is wrong with a cell, or with "" a row: the sheet and the row stand before the
        message."""
        column = self._columns.get(name)
        cell = (
            self.address(name, parsed.row) if name
            else f"{column_letters(self.sheet.column)}{parsed.row}"
        )
        parsed.problems.append(CellPlan(
            status, name, column.heading if column else "", cell,
            f"工作表「{self.sheet.name}」{row.format(parsed.row)}{message}",
            mine=mine, theirs=theirs, text_mine=mine or "", text_theirs=theirs or "",
        ))  # fmt: skip
