"""What a person left in a file that is not taken: text beside the table, sheets of their own,
comments, text struck through. Each is told with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from desktop.exchange.files.xml_row_count import column_letters
from desktop.exchange.format import like_cells
from desktop.exchange.format.columns import NUMBER
from desktop.exchange.plan.import_plan import Ignored
from desktop.exchange.plan.parsed_row import is_blank
from desktop.exchange.plan.row_parser import SheetReader

_TEXT = 200
_WHY = {
    "comment": "批注不是表格内容，没有采用；要记下的请写进“备注”栏。",
    "struck": "划了删除线，程序不认删除线，内容照格子里的字算；要删去的请把字删掉。",
}


def outside(reader: SheetReader) -> list[Ignored]:
    """What stands in a sheet of ours but in no column of it, a line for each column."""
    found = []
    for at, cells in sorted(reader.outside.items()):
        letter, (first, text) = column_letters(reader.sheet.column + at), cells[0]
        heading = reader.header.extra.get(at)
        number = reader.header.names.get(at) == NUMBER
        why = (
            "写在“序号”栏里，序号由程序编，没有采用；要记下的请写进“备注”栏。" if number
            else f"多出的列“{heading[:30]}”没有读入；要用的请在程序的台账里加这一栏。" if heading
            else "写在台账的栏目之外，没有采用；请写进有标题的栏里。"
        )
        place = f"{letter}{first}" if len(cells) == 1 else f"{letter}{first}:{letter}{cells[-1][0]}"
        sample = "；".join(dict.fromkeys(each for _, each in cells[:3])) if len(cells) > 1 else text
        found.append(Ignored(reader.sheet.name, place, sample[:_TEXT], why, len(cells)))
    return found


class StrangeSheet:
    """A sheet that the program did not make."""

    def __init__(self, name: str, hidden: bool) -> None:
        self.name, self.hidden = name, hidden
        self.count, self._first, self._text = 0, "", ""

    def take(self, first_row: int, column: int, rows: Sequence[Sequence[str]]) -> None:
        """Consecutive rows of it."""
        for number, row in enumerate(rows, first_row):
            for at, text in enumerate(row):
                if not is_blank(text):
                    self.count += 1
                    if not self._first:
                        self._first = f"{column_letters(column + at)}{number}"
                        self._text = text.strip()[:_TEXT]

    def as_ignored(self) -> Ignored:
        """In one line."""
        why = "隐藏的工作表，" if self.hidden else ""
        why += f"不是本程序发出的工作表，没有读入（{self.count} 格）。"
        return Ignored(self.name, self._first, self._text, why, self.count)


def marks(facts: Mapping[str, object], names: Iterable[str]) -> list[Ignored]:
    """Comments and text struck through, in the sheets of these names."""
    wanted, found = set(names), []
    struck: dict[str, list[str]] = defaultdict(list)
    left = facts.get("left")
    for each in left if isinstance(left, list) else ():
        sheet, cell, code, text = each
        if code == "struck":
            struck[sheet].append(cell)
        elif sheet in wanted:
            found.append(Ignored(sheet, cell, text[:_TEXT], _WHY[code], 0))  # its text counts
    return found + [
        Ignored(sheet, area, area if ":" in area else "", _WHY["struck"], 0)
        for sheet, cells in struck.items() if sheet in wanted for area in like_cells.areas(cells)
    ]
