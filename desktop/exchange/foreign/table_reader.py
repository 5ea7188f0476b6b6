"""Read the rows of one table of a foreign sheet: units of measure, loose dates and numbers, several
units in a cell, the unit that a heading between the rows names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.exchange.foreign.cell_cleanup import DRAWN_BLANKS, ready
from desktop.exchange.foreign.column_texts import like_person
from desktop.exchange.foreign.dated_progress import in_turn, on_day
from desktop.exchange.foreign.foreign_rows import ForeignSheet, Rows, may_be_item
from desktop.exchange.foreign.foreign_rows import number as number_of
from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.headings import Headings
from desktop.exchange.foreign.history_reader import PastReader
from desktop.exchange.foreign.loose_reading_notes import Readings
from desktop.exchange.foreign.unit_roles import roles_in
from desktop.exchange.format.cells import parse
from desktop.exchange.format.loose_values import (
    approximate_number,
    bound_number,
    is_deadline,
    is_start,
    leader_named,
    loose_date,
    nearest_choice,
    ordinal,
    person_name,
    yes_or_no,
)
from desktop.exchange.format.measures import factor, hardly, measure_stated
from desktop.exchange.plan.import_plan import CellPlan
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank

_NUMBERED = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d+)[)）]?[、.．]?")
_COUNTED = re.compile(r"[（(](?:共)?\d+[件项条个][)）]$")
#: What units of each level have before their names.
_LEVELS = "省市州县区旗"
#: Between several people in one cell; the first leads.
_SEVERAL = re.compile(r"[、,，;；/\n]+")
_WITH_PHONE = re.compile(r"^([^\W\d_]+)[\s(（:：,，、]*(\d[\d\-]{6,})[)）]?$")
_IN_BRACKETS = re.compile(r"[(（]\s*([^()（）]+?)\s*[)）]\s*$")
#: That there is no difficulty.
_NONE = frozenset({"没有", "无困难", "暂无困难"})
_BAD_CELLS = {"formula": "是没有结果的公式", "big-number": "被当成数字，15 位以后已经丢失"}


def _says_nothing(text: str, declared: Field) -> bool:
    """Whether a text is drawn as a blank; that there is no difficulty is none."""
    text = text.strip()
    none = text in _NONE and "difficulty" in meanings(declared.label)
    return text in DRAWN_BLANKS or none


class _Cell(msgspec.Struct, frozen=True):
    """A cell being read: the field its column is, what stands in it, where, and the unit of measure
    that its column counts in."""

    declared: Field
    text: str
    address: str
    measure: str


def _is_year(declared: Field) -> bool:
    """Whether a field says of which year an item is: nothing else is a whole number of that size.
    """
    low, high = declared.minimum or 0, declared.maximum or 0
    return type_of(declared).whole and 1900 <= low <= high <= 2200


class Whose(msgspec.Struct, frozen=True):
    """Whose rows stand under a heading: a unit, or the words that may be short for one, which a
    person must say."""

    unit: str | None = None
    unsure: str = ""

    def __bool__(self) -> bool:
        return self.unit is not None or bool(self.unsure)


def whose(session: Session, text: str) -> Whose:
    """The unit that a heading between rows, or the name of a sheet, is: 一、禾津县（3件）; 住建局
    where 市住建局 is known may be another's."""
    bare = _COUNTED.sub("", _NUMBERED.sub("", "".join(text.split()))).rstrip("：:")
    if not bare or (unit := session.names.unit_by_name(bare)) is not None:
        return Whose(unit if bare else None)
    known = {name for each in session.names.units().values() for name in (each.name, each.short)}
    return Whose(None, bare if any(level + bare in known for level in _LEVELS) else "")


class TableReader:
    """Made once per table of a sheet."""

    def __init__(
        self, session: Session, kind: Kind, each: ForeignSheet, rows: Rows, found: Headings,
        readings: Readings,
    ) -> None:  # fmt: skip
        self.session, self.kind, self.rows, self.found = session, kind, rows, found
        self.sheet, self._each, self.readings = each.sheet, each, readings
        self._past = PastReader(session, kind, each, found, readings)
        #: column → field; what says whether and when an item was done is read by itself
        self._fields = {at: n for at, n in found.mapping.items() if at not in self._past.columns}
        #: percent fields whose column holds shares of 1, and those where some cells have a sign
        self._shares, self._signed = rows.shares(), frozenset(rows.signed)
        #: field → what its column counts in, where that is not what the field counts in
        self.measures, self.remarks = self._measures()
        #: field → its columns, where each tells of another day
        self._days = {
            name: in_turn(found.headings, at) for at, name in self._fields.items()
            if list(self._fields.values()).count(name) > 1
        }
        self._at = {name: at for at, name in found.mapping.items()}
        self._year = next(
            (f.name for f in kind.all_fields if f.required and _is_year(f)), None
        )
        self._too_large = self._without_measure()
        self.remarks += self._merged()

    def _measures(self) -> tuple[dict[str, str], list[str]]:
        around = self._around = measure_stated(
            self._each.rows[: self.found.rows[0] - 1]
        ) or measure_stated(
            [row for row in self._each.rows[self.rows.first :] if not may_be_item(row)]
        )
        out: dict[str, str] = {}
        remarks: list[str] = []
        for at, name in sorted(self._fields.items()):
            declared, heading = self.kind.field(name), self.found.headings[at]
            unit = self.found.measures.get(at, "") or (around if type_of(declared).amount else "")
            by = factor(unit, declared) if unit else None
            if by is not None and by != 1:
                out[name] = unit
                remarks.append(
                    f"工作表「{self.sheet.name}」“{heading}”以{unit}计，"
                    f"已换算成{declared.measure}（乘以 {by:f}）。"
                )
        return out, remarks

    def _merged(self) -> list[str]:
        """Cells merged over several rows stand for every one of them."""
        spread = {at: self.rows.spread(at) for at in self.found.mapping}
        columns = "、".join(f"“{self.found.headings[at]}” {n} 处" for at, n in spread.items() if n)
        what = "上下合并的格子，合并到的每一行都按它读，请核对"
        return [f"工作表「{self.sheet.name}」{columns}{what}。"] if columns else []

    def _without_measure(self) -> frozenset[str]:
        """Fields of money whose numbers are too large for them, where no unit stands anywhere."""
        out = set()
        for at, name in self._fields.items():
            declared = self.kind.field(name)
            if not type_of(declared).amount or name in self.measures or self.found.measures.get(at):
                continue
            texts = [self._each.text(n, at) for n in range(self.rows.first, len(self._each.rows))]
            amounts = [n for text in texts if (n := number_of(text.replace(",", ""))) is not None]
            if not self._around and hardly(amounts, declared):
                out.add(name)
        return frozenset(out)

    def _address(self, name: str, row: int) -> str:
        """``row`` is counted in the file; in a card only the place of its cell is known."""
        at = self._at.get(name)
        return self.rows.address(row, at) if at is not None else ""

    def read(self, number: int, under: Whose) -> ParsedRow:
        """One item; ``under``: the unit under whose heading it stands."""
        row = self.rows.texts(number)
        parsed = ParsedRow(
            self.kind.name, "", self.sheet.name, number, origin="slot", address=self._address
        )
        for name, columns in self._days.items():
            self._read_days(parsed, name, {at: row[at] for at in columns if at < len(row)})
        for at, name in self._fields.items():
            declared, address = self.kind.field(name), self._address(name, number)
            if name not in self._days and not self._distrusted(parsed, declared, address):
                text = row[at].strip() if at < len(row) else ""
                measure = self.measures.get(name, "")
                self._read_cell(parsed, _Cell(declared, text, address, measure))
        self._past.read(parsed, number, row)
        parsed.title = str(parsed.typed.get(self.kind.title) or "")
        self._give_to(parsed, under)
        self._give_year(parsed)
        return parsed

    def _read_days(self, parsed: ParsedRow, name: str, texts: Mapping[int, str]) -> None:
        """What columns tell of one thing day by day, in one text."""
        filled = {at: text.strip() for at, text in texts.items() if not is_blank(text)}
        said = (on_day(self.found.headings[at], text) for at, text in filled.items())
        places = [self.rows.address(parsed.row, at) for at in filled]
        if places:
            declared = self.kind.field(name)
            self._read_cell(parsed, _Cell(declared, "\n".join(said), places[-1], ""))
            parsed.cells |= {f"{name}@{place}": place for place in places[:-1]}

    def _distrusted(self, parsed: ParsedRow, declared: Field, address: str) -> bool:
        """Tell of a cell whose text is not what a person sees there."""
        note, kind_of = self.sheet.notes.get(address), type_of(declared)
        if note is None or (note.code == "big-number" and kind_of.numeric and not kind_of.is_share):
            return False
        what = _BAD_CELLS.get(note.code, f"显示为 {note.shown}")
        message = f"工作表「{self.sheet.name}」{address}「{declared.label}」{what}，没有读入。"
        shown = note.shown if note.code == "big-number" else ""  # the others arrive as blanks
        parsed.problems.append(
            CellPlan("error", declared.name, declared.label, address, message, text_theirs=shown)
        )
        return True

    def _read_cell(self, parsed: ParsedRow, cell: _Cell) -> None:
        declared, name = cell.declared, cell.declared.name
        if is_blank(cell.text):
            return
        text = ready(cell.text, declared, cell.measure, share=name in self._shares)
        text = person_name(text, declared)
        if not text or (type_of(declared).worded and _says_nothing(text, declared)):
            return
        try:
            value = self.readings.unknown.meant(declared, text)
            if value is None:
                value = parse(text, declared, self.session.names)
        except BadInput as error:
            if not self._read_loosely(parsed, replace(cell, text=text)):
                parsed.problems.append(self._unreadable(parsed, replace(cell, text=text), error))
            return
        if self._is_bare_share(cell):
            self.readings.note(declared, f"{cell.address}“{cell.text}”→{value}%")
        self._keep(parsed, cell, self._without_phone(parsed, cell, value))

    def _without_phone(self, parsed: ParsedRow, cell: _Cell, value: Any) -> Any:
        """Of 李明 0000-1234567 the name, where the phone has a field and no column of its own."""
        both = _WITH_PHONE.match(value) if isinstance(value, str) else None
        if both is None or "person" not in meanings(cell.declared.label):
            return value
        field = next((f for f in self.kind.all_fields if "phone" in meanings(f.label)), None)
        if field is None or field.name in self._at:
            return value
        parsed.typed[field.name] = both.group(2)
        self.readings.note(
            cell.declared, f"{cell.address}“{cell.text[:20]}”→{both.group(1)}，电话另记"
        )
        return both.group(1)

    def _unreadable(self, parsed: ParsedRow, cell: _Cell, error: BadInput) -> CellPlan:
        """Why a cell cannot be read: it names what nobody knows, or is none of its type."""
        declared, text = cell.declared, cell.text[:200]
        unknown = self.readings.unknown.note(declared, cell.text, self.sheet.name, cell.address)
        message = f"工作表「{self.sheet.name}」第 {parsed.row} 行{error.message}"
        return unknown or CellPlan(
            "error", declared.name, declared.label, cell.address, message, theirs=text,
            text_theirs=text,
        )

    def _keep(self, parsed: ParsedRow, cell: _Cell, value: Any) -> None:
        """What a cell says, beside what another said of the same field."""
        declared, name = cell.declared, cell.declared.name
        if isinstance(value, tuple):  # beside those that the cell of the leading unit named
            value = tuple(dict.fromkeys((*value, *(parsed.typed.get(name) or ()))))
        parsed.typed[name], parsed.cells[name] = value, cell.address
        if name in self._too_large:
            parsed.warn(name, "scale", (
                f"「{declared.label}」没有写明单位，按{declared.measure}读就是 {cell.text} "
                f"{declared.measure}；是万元或元的，请在表头写上单位再导入，确是这么多的，请采用。"
            ))  # fmt: skip

    def _is_bare_share(self, cell: _Cell) -> bool:
        """Whether 0.85 stands without its sign in a column where others have it."""
        if cell.declared.name not in self._signed or cell.text.endswith(("%", "％")):
            return False
        bare = number_of(cell.text)
        return bare is not None and 0 < bare < 1

    def _give_to(self, parsed: ParsedRow, under: Whose) -> None:
        """The unit of an item that names none is that of the heading above it."""
        unit = self.kind.unit
        if not under or not parsed.title or unit is None or unit in parsed.typed:
            return
        if any(problem.field == unit for problem in parsed.problems):
            return
        declared = self.kind.field(unit)
        if under.unit is None:
            unknown = self.readings.unknown.note(declared, under.unsure, self.sheet.name, "")
            parsed.problems += [unknown] if unknown is not None else []
            return
        parsed.typed[unit] = (under.unit,) if type_of(declared).many else under.unit
        self.readings.by_heading[under.unit] = self.readings.by_heading.get(under.unit, 0) + 1

    def _give_year(self, parsed: ParsedRow) -> None:
        """The year of an item that names none is the one that its table is about."""
        year, said = self._year, {*parsed.typed, *(problem.field for problem in parsed.problems)}
        if year is not None and self.readings.named and parsed.title and year not in said:
            parsed.typed[year] = self.readings.named
            self.readings.years += 1

    def go_on(self, item: ParsedRow | None, number: int) -> None:
        """A further row of one item: its texts are put below those of the first."""
        if item is None:
            return
        for at, name in self._fields.items():
            text, before = self._each.text(number - 1, at), item.typed.get(name)
            if text:
                item.cells[f"{name}@{number}"] = self._address(name, number)
            if text and text != before:
                declared = self.kind.field(name)
                between = "；" if type_of(declared).single_line else "\n"
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
        kind_of = type_of(declared)
        if kind_of.names_units:
            return self._several_units(parsed, cell)
        if kind_of.names_record:
            return self._leader(parsed, cell)
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
        declared, kind_of = cell.declared, type_of(cell.declared)
        if kind_of.is_day:
            deadline = is_deadline(self.kind, declared)
            day = loose_date(
                cell.text, self.readings.year, deadline=deadline,
                # a month is as much as many know of a day that no row can be without
                start=is_start(declared) or (declared.required and not deadline),
            )
            return day.isoformat() if day is not None else None
        if kind_of.yes_no:
            return yes_or_no(cell.text)
        if kind_of.numeric:
            return self._number(cell)
        return nearest_choice(cell.text, declared) if kind_of.one_listed else None

    @staticmethod
    def _number(cell: _Cell) -> str | None:
        """A number that is only about right, where it is a whole one or a share; the bound that a
        goal names."""
        declared, kind_of = cell.declared, type_of(cell.declared)
        text = approximate_number(cell.text) if kind_of.whole or kind_of.is_share else None
        if text is None and kind_of.whole:
            text = ordinal(cell.text)
        if text is None and "goal" in meanings(declared.label):
            text = bound_number(cell.text)
        return ready(text, declared, cell.measure) if text else None

    def _leader(self, parsed: ParsedRow, cell: _Cell) -> bool:
        """The one person on record whom a cell names beside their duty."""
        declared, names = cell.declared, self.session.names
        uid = next(
            filter(None, (
                leader_named(part, lambda text: names.record_by_title(declared.kind or "", text))
                for part in (cell.text, *_SEVERAL.split(cell.text)[:1])
            )), None,
        )  # fmt: skip
        if uid is None:
            return False
        parsed.typed[declared.name], parsed.cells[declared.name] = uid, cell.address
        title = names.title(declared.kind or "", uid)
        self.readings.note(declared, f"{cell.address}“{cell.text[:20]}”→{title}")
        return True

    def _several_units(self, parsed: ParsedRow, cell: _Cell) -> bool:
        """Several units in a cell for one: those that the cell says lead, else the first, lead, the
        others take part; words in brackets are no part of a name."""
        declared = cell.declared
        roles = roles_in(cell.text, self.session.names.unit_by_name)
        units = [*roles.leads, *roles.helps]
        if roles.unknown or not units:
            return False
        if type_of(declared).many:
            self._keep(parsed, cell, tuple(units))
            return True
        others = next(filter(self._takes_several, self.kind.cooperating), "")
        if len(units) > 1 and (declared.name != self.kind.unit or not others):
            return False
        self._keep(parsed, cell, units[0])
        said = " ".join(cell.text.split())[:30]
        read = f"{cell.address}“{said}”→{self.session.unit_name(units[0])}"
        if len(units) > 1:
            read += f"，其余记作{self._take_part(parsed, others, units[1:])}"
        elif declared.name == self.kind.unit and (label := self._who(parsed, cell.text)):
            read += f"，括号里的记作{label}"
        self.readings.note(declared, read)
        return True

    def _who(self, parsed: ParsedRow, text: str) -> str:
        """Of 市水利局（贺长青） the person, where the ledger names one and no column does; what the
        person is called there."""
        said = _IN_BRACKETS.search(text)
        free = (
            f for f in self.kind.all_fields if f.name not in self._at and type_of(f).single_line
        )
        person = next((f for f in free if "person" in meanings(f.label)), None)
        if said is None or person is None or not like_person(said.group(1)):
            return ""
        parsed.typed[person.name] = said.group(1)
        return person.label

    def _take_part(self, parsed: ParsedRow, name: str, units: Sequence[str]) -> str:
        """Units that take part, beside those that their own column names; what it is called."""
        kept = parsed.typed.get(name) or ()
        parsed.typed[name] = tuple(dict.fromkeys((*kept, *units)))
        return self.kind.field(name).label

    def _takes_several(self, name: str) -> bool:
        return self.kind.has(name) and type_of(self.kind.field(name)).many
