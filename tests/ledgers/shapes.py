"""Ledgers as offices make them, written down as text with their truth beside it.

`tuned.txt` is looked at while the reading of foreign tables is made better, `held_back.txt` is not. A file holds ledgers::

    === name | kind | .ods     a workbook, the ledger that it is one of, its form of file where that is not .xlsx
    S name                     a sheet; `S!` hidden
    H B D                      columns that are hidden
    . a | b | <                a row that is no item; `<` is merged with the cell to its left, `^` with the one above
    @ - | title | deadline     what the columns are from here on; `-` is not read, `a/b` either, `-/a` need not be
    * 1 | x | 9月底=>2022-09-30  an item; behind `=>` what the cell means where that is not what stands in it; `&f:v` in
                               another field besides; `!` must be told to a person; nothing: no value
    ~ 2 | y | …                a hidden row
    K name:x | deadline:…      an item of a card or a table on its side

A cell `{FF0000}text` is filled with a colour, `#15000` is a number, `#85%` a number in a percent format, `#d2022-09-05` a date;
`\\n` and `\\t` are a new line and a tab within a cell.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

HERE = Path(__file__).parent
TUNED, HELD_BACK = HERE / "tuned.txt", HERE / "held_back.txt"
#: More of them, for the bench alone.
OFFICES = HERE / "offices.txt"
#: Written in sets before any of them was read; the first run of each was its measure.
UNSEEN = tuple(sorted(HERE.glob("unseen_*.txt")))


@dataclass
class Item:
    """An item of the truth; `row` is 0 in a card, where the title tells which it is."""

    sheet: str
    row: int
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Ledger:
    name: str
    kind: str
    #: sheet, hidden, its rows as (mark, cells)
    sheets: list[tuple[str, bool, list[tuple[str, list[str]]]]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    #: (sheet, column letters, field) of what is read, several fields where each is right
    columns: set[tuple[str, str, str]] = field(default_factory=set)
    #: columns of cards: only which fields they are
    card_fields: set[tuple[str, str]] = field(default_factory=set)
    suffix: str = ".xlsx"
    #: (sheet, column letters)
    hidden: list[tuple[str, str]] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        """In its form of file, beside `path`, which is an .xlsx; without LibreOffice that is all there is."""
        self._write(path)
        if self.suffix in (".xls", ".ods") and shutil.which("soffice") is None:
            return path
        if self.suffix == ".csv":
            rows = [[_typed(text.split("=>")[0].strip()) for text in cells] for _, cells in self.sheets[0][2]]
            with path.with_suffix(".csv").open("w", encoding="gbk", newline="") as file:
                csv.writer(file).writerows(rows)
        elif self.suffix != ".xlsx":
            office = ["soffice", f"-env:UserInstallation={(path.parent / 'soffice').as_uri()}", "--headless"]
            turn = ["--convert-to", self.suffix[1:], "--outdir", str(path.parent), str(path)]
            subprocess.run([*office, *turn], check=True, capture_output=True)
        return path.with_suffix(self.suffix)

    def _write(self, path: Path) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, hidden, rows in self.sheets:
            sheet = book.create_sheet(name)
            sheet.sheet_state = "hidden" if hidden else "visible"
            for number, (mark, cells) in enumerate(rows, 1):
                sheet.row_dimensions[number].hidden = mark == "~"
                for at, text in enumerate(cells, 1):
                    _put(sheet, number, at, text.split("=>")[0].strip())
            for area in _areas(rows):
                sheet.merge_cells(area)
        for name, column in self.hidden:
            book[name].column_dimensions[column].hidden = True
        book.save(path)


def _put(sheet: Worksheet, row: int, at: int, text: str) -> None:
    if not text or text in "<^":
        return
    cell = sheet.cell(row, at)
    colour, _, rest = text.removeprefix("{").partition("}")
    if text.startswith("{"):
        cell.fill = PatternFill("solid", fgColor=f"FF{colour}")
        text = rest
    if text.startswith("#d"):
        cell.value = dt.datetime.fromisoformat(text[2:])
        cell.number_format = "yyyy-mm-dd"
    elif text.startswith("#"):
        share = text.endswith("%")
        cell.value = float(text[1:].rstrip("%")) / (100 if share else 1)
        if share:
            cell.number_format = "0%"
    else:
        cell.value = _typed(text) or None


def _typed(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _areas(rows: list[tuple[str, list[str]]]) -> list[str]:
    """The merged cells: from a cell as far as `<` and `^` go on from it."""
    out = []
    for number, (_, cells) in enumerate(rows):
        for at, text in enumerate(cells):
            if text in ("<", "^"):
                continue
            right, below = at, number
            while right + 1 < len(cells) and cells[right + 1] == "<":
                right += 1
            while below + 1 < len(rows) and at < len(rows[below + 1][1]) and rows[below + 1][1][at] == "^":
                below += 1
            if (right, below) != (at, number):
                out.append(f"{get_column_letter(at + 1)}{number + 1}:{get_column_letter(right + 1)}{below + 1}")
    return out


def read(path: Path) -> list[Ledger]:
    """The ledgers of a file."""
    out: list[Ledger] = []
    fields: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("==="):
            name, kind, *suffix = (part.strip() for part in line[3:].split("|"))
            out.append(Ledger(name, kind, suffix=suffix[0] if suffix else ".xlsx"))
        elif line.startswith("S"):
            out[-1].sheets.append((line[2:].strip(), line.startswith("S!"), []))
            fields = []
        elif line.startswith("H "):
            out[-1].hidden += [(out[-1].sheets[-1][0], column) for column in line[2:].split()]
        elif line.strip():
            fields = _take(out[-1], line[0], [cell.strip() for cell in line[1:].split("|")], fields)
    return out


def _take(ledger: Ledger, mark: str, cells: list[str], fields: list[str]) -> list[str]:
    sheet, _, rows = ledger.sheets[-1]
    if mark == "@":
        ledger.columns |= {
            (sheet, get_column_letter(at), name) for at, name in enumerate(cells, 1) if name not in ("-", "")
        }
        return cells
    if mark == "K":
        item = Item(sheet, 0, dict(cell.split(":", 1) for cell in cells))
        ledger.items.append(item)
        ledger.card_fields |= {(sheet, name) for name in item.values}
        return fields
    rows.append((mark, cells))
    if mark == "*":
        ledger.items.append(Item(sheet, len(rows), _truth(rows, fields)))
    return fields


def _truth(rows: list[tuple[str, list[str]]], fields: list[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for at, (text, name) in enumerate(zip(rows[-1][1], fields, strict=False)):
        above = len(rows) - 1
        while text == "^":
            above -= 1
            text = rows[above][1][at]
        shown, told, meant = text.partition("=>")
        first, *others = (meant if told else shown).split("&")
        if name not in ("-", "") and "/" not in name:
            out[name] = _plain(first.strip())
        for other in others:
            extra, _, value = other.partition(":")
            out[extra] = value
    return out


def _plain(text: str) -> str:
    """A typed number or date as a person would write it."""
    return _typed(re.sub(r"^#d?", "", text))
