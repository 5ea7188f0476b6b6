"""Every filled cell of a foreign sheet that is not read into an item, with the reason: headings,
titles, totals, columns without a field, blanks that people draw, sheets that are passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from desktop.exchange.foreign.foreign_rows import ForeignSheet
from desktop.exchange.foreign.heading_words import is_month, meanings
from desktop.exchange.plan.import_plan import Ignored
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank

_TEXT = 200


class _Line(msgspec.Struct):
    """Cells that are told in one line: the first and the last, some of their texts."""

    why: str
    first: str
    last: str = ""
    texts: list[str] = msgspec.field(default_factory=list)
    count: int = 0
    looks: bool = False

    def add(self, address: str, text: str) -> None:
        self.last, self.count = address, self.count + 1
        if len(self.texts) < 3:
            self.texts.append(" ".join(text.split()))


class SheetAccount:
    """Made once per sheet that is read. ``whole``: the sheet as it stands in the file, where
    ``each`` is the table that its cards make."""

    def __init__(self, each: ForeignSheet, whole: ForeignSheet) -> None:
        self._each, self._whole = each, whole
        self._rows: list[_Line] = []
        self._columns: dict[tuple[int, str], _Line] = {}

    def same(self, parsed: ParsedRow, first: ParsedRow) -> None:
        """A row that says what another one says."""
        cell = next(iter(parsed.cells.values()), "")
        line = _Line(f"与第 {first.row} 行完全相同，只读一次。", cell)
        for address in parsed.cells.values():
            line.add(address, "")
        self._rows.append(line)

    def passed(self, number: int, positions: Iterable[int], why: str) -> None:
        """A row (from 1) that is no item."""
        cells = [(self._each.address(number - 1, at), self._each.text(number - 1, at))
                 for at in positions]  # fmt: skip
        if cells:
            line = _Line(f"{why}，不是事项，没有读入。", cells[0][0])
            for address, text in cells:
                line.add(address, text)
            self._rows.append(line)

    def item(
        self, number: int, parsed: ParsedRow, positions: Iterable[int], headings: Mapping[int, str],
        mapping: Mapping[int, str],
    ) -> None:
        """A row that is an item: what stands in no column that is read, or is a drawn blank."""
        known_cells = {*parsed.cells.values(), *(problem.cell for problem in parsed.problems)}
        for at in positions:
            address = self._each.address(number - 1, at)
            if at not in mapping:
                why = _no_field(headings.get(at, ""))
            elif address not in known_cells:
                why = f"“{headings[at]}”里写的当空白，没有内容可读。"
            else:
                continue
            line = self._columns.setdefault((at, why), _Line(why, address))
            line.looks = "-number" in meanings(headings.get(at, ""))
            line.add(address, self._each.text(number - 1, at))

    def aside(self) -> list[Ignored]:
        """What belongs to the looks of a table: titles, headings, totals, numbers of rows."""
        numbers = [line for line in self._columns.values() if line.looks]
        return [self._told(line) for line in (*self._rows, *numbers, *self._beside())]

    def ignored(self) -> list[Ignored]:
        """What a person may have wanted read: columns without a field, drawn blanks."""
        return [self._told(line) for line in self._columns.values() if not line.looks]

    def _told(self, line: _Line) -> Ignored:
        place = line.first if line.count == 1 else f"{line.first}:{line.last}"
        text = "；".join(dict.fromkeys(line.texts))[:_TEXT]
        return Ignored(self._each.name, place, text, line.why, line.count)

    def _beside(self) -> list[_Line]:
        """Of a sheet of cards, the words that stand around what was read."""
        if self._each is self._whole:
            return []
        used = {
            self._each.place(row, at) for row in range(len(self._each.rows))
            for at in range(len(self._each.rows[row]))
        }
        lines: list[_Line] = []
        for number, texts in enumerate(self._whole.rows):
            line: _Line | None = None
            for at, text in enumerate(texts):
                if not is_blank(text) and (number, at) not in used:
                    address = self._whole.address(number, at)
                    line = line or _Line("卡片的标题和栏名，不是内容，没有读入。", address)
                    line.add(address, text)
            lines += [line] if line is not None else []
        return lines


def _no_field(heading: str) -> str:
    if not heading:
        return "这一列没有标题，没有读入；要用的请写上标题再导入。"
    if "-number" in meanings(heading):
        return f"“{heading}”只编行号，没有读入。"
    if is_month(heading):
        return f"“{heading}”是按月的数，台账一条事项没有这样的栏，没有读入。"
    return f"“{heading[:30]}”没有对应的栏，没有读入；要用的请在“列的对应”里指明。"


def whole_sheet(each: ForeignSheet, why: str) -> Ignored | None:
    """A sheet that is passed over; None where nothing stands in it."""
    cells = [
        (number, at, text) for number, row in enumerate(each.rows)
        for at, text in enumerate(row) if not is_blank(text)
    ]
    if not cells:
        return None
    number, at, text = cells[0]
    return Ignored(
        each.name, each.address(number, at), text.strip()[:_TEXT],
        f"整张工作表没有读入：{why}（{len(cells)} 格）。", len(cells),
    )


def filled(each: ForeignSheet) -> int:
    """How many cells hold something."""
    return sum(not is_blank(text) for row in each.rows for text in row)
