"""Count what stands in a worksheet's XML, in pieces and without a parser, to hold the reader's
answer against.

Also finds what readers pass over in silence: formulas without a stored value, and error values
(#N/A …), both of which would read as blank cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import methodcaller

import msgspec

from desktop.exchange.files.cell_looks import Looks

#: No ledger is larger; a single value in XFD1048576 would make a reader lay out 17 thousand million
#: cells.
MAX_ROW, MAX_COLUMN, MAX_AREA = 1_048_576, 702, 40_000_000
#: So many cells with formulas or errors are named one by one.
MAX_NAMED = 200
MAX_MERGES = 20_000

_PLAIN = Looks()

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?(?:/>|>)")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_FULL = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]")
_FAR = re.compile(rb"\sr\s*=\s*[\"'](?:[A-Za-z]{4,}|[A-Za-z]{3})\d")
#: The same where every cell is written as most programs write it, its address first.
_FAR_PLAIN = re.compile(rb'<c r="[A-Za-z]{3,}\d')
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c\s*>)", re.DOTALL)
_ADDRESS = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)(\d+)[\"']")
_ERROR = re.compile(rb"\st\s*=\s*[\"']e[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+\d+:[A-Z]+\d+)\"")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
#: What cells with inline texts are written with beside the starts and ends of rows, and those with
#: numbers; and how many "<" there are in each. Where a piece holds no further "<", it holds nothing
#: else.
_TEXTS = ((b'<c r="', 1), (b"</t></is></c>", 3))
#: How such a text begins: as most programs write it, which is counted in half the time, or else.
_OPENED = (b't="inlineStr"><is><t', b"<is><t")
_NUMBERS = ((b"<v>", 1), (b"</v></c>", 2))
_START, _END = b'<row r="', b"</row>"
_is_closed = methodcaller("endswith", _END)


class SheetFacts(msgspec.Struct):
    """Rows that hold a value, the furthest cell, and cells that readers take for blank though they
    are not."""

    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    formulas: int = 0
    #: cells with a formula but no stored value, and with an error: address → what stands there
    without_value: dict[str, str] = msgspec.field(default_factory=dict)
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    far: bool = False
    #: rows that do not show, and whether a filter stands in the sheet (then it may be what hides
    #: them)
    hidden_rows: list[int] = msgspec.field(default_factory=list)
    filtered: bool = False
    #: cells shown in percent, and struck through
    percent: set[str] = msgspec.field(default_factory=set)
    struck: list[str] = msgspec.field(default_factory=list)
    #: areas of merged cells, as A1:B2
    merges: list[str] = msgspec.field(default_factory=list)
    #: the member of the zip that was looked at
    member: str = ""

    def beyond_sane(self) -> bool:
        """Whether a value stands where no ledger has one."""
        return (
            self.far or self.last_row > MAX_ROW
            or self.last_row * max(self.last_column, 1) > MAX_AREA
        )


def area(ref: str) -> list[int]:
    """A1:B2 as first row, first column, last row, last column, all from 0."""
    out: list[int] = []
    for corner in ref.split(":"):
        digits = corner.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        out += [int(digits) - 1, column_number(corner[: -len(digits)]) - 1]
    return out


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    out = ""
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(65 + rest) + out
    return out


def _note(cells: dict[str, str], name: str, shown: str) -> None:
    if len(cells) < MAX_NAMED:
        cells[name] = shown


def _shown(value: re.Match[bytes] | None) -> str:
    return value.group(1).decode("ascii", "replace") if value else "#错误"


def _may_be_special(data: bytes) -> bool:
    """Whether there may be formulas or errors."""
    return (
        b"<f" in data or b'"e"' in data or (b":" in data and b":f" in data)
        or (b"'" in data and b"'e'" in data)
    )  # fmt: skip


class SheetScan:
    """Fed with the pieces of a worksheet's XML; looks at whole rows only."""

    def __init__(self, looks: Looks = _PLAIN) -> None:
        self._looks = looks
        self._rest = b""
        self._facts = SheetFacts()
        self._next_row = 1

    def feed(self, piece: bytes) -> None:
        """The next piece; what is left of a row waits for the one after."""
        data = self._rest + piece
        end = data.rfind(b"row>")
        if end < 0:
            if len(data) > 64 << 20:  # one row of 64 MiB is no row that people typed
                self._facts.far = True
                data = b""
            self._rest = data
            return
        cut = end + 4
        self._rest = data[cut:]
        self._look(data[:cut])

    def finish(self) -> SheetFacts:
        """What was seen, once all pieces were fed."""
        self._look(self._rest)
        self._facts.filtered = b"autoFilter" in self._rest
        self._facts.merges = [m.decode() for m in _MERGE.findall(self._rest)[:MAX_MERGES]]
        self._rest = b""
        return self._facts

    def _look(self, data: bytes) -> None:
        facts = self._facts
        if self._looks.percent is not None:
            facts.percent |= {cell.decode() for cell in self._looks.percent.findall(data)}
        if self._looks.struck is not None and len(facts.struck) < MAX_NAMED:
            facts.struck += [cell.decode() for cell in self._looks.struck.findall(data)]
        pieces = data.split(_START)
        usual, special, address = self._form(data, pieces)
        far = address.search(data) is not None
        if usual and not (special or far):
            self._count(pieces[1:])
            return
        for index, (row, start, body) in enumerate(self._rows(data, pieces, usual)):
            full = _FULL.search(body, start) is not None
            if full:
                facts.rows += 1
                facts.last_row = max(facts.last_row, row)
            if special or (full and (far or index < 2)):
                self._cells(body[start:], row)

    def _count(self, rows: list[bytes]) -> None:
        """Rows as most programs write them, in which nothing is odd: those that hold a value."""
        full, number, held, last = _FULL.search, self._next_row - 1, 0, 0
        for index, row in enumerate(rows):
            end = row.find(b'"')
            said = row[:end] if end > 0 else b""
            number = int(said) if said.isdigit() else number + 1
            if row.startswith(b">", end + 1):
                start = end + 2
            else:
                start = row.find(b">") + 1
                if _HIDDEN.search(row, end, start):
                    self._hide(number)
            if full(row, start):
                held += 1
                if number > last:
                    last = number
                if index < 2:
                    self._cells(row[start:], number)
        self._next_row = number + 1
        self._facts.rows += held
        self._facts.last_row = max(self._facts.last_row, last)

    @staticmethod
    def _form(data: bytes, pieces: list[bytes]) -> tuple[bool, bool, re.Pattern[bytes]]:
        """Whether all rows are written as most programs write them; whether there may be formulas
        or errors; what finds an address far out."""
        rows, closed = len(pieces) - 1, sum(map(_is_closed, pieces))
        closed = closed if closed == rows else data.count(_END)
        rest = data.count(b"<") - rows - closed - sum(n * data.count(form) for form, n in _TEXTS)
        opened = rest and 2 * data.count(_OPENED[0])
        if opened != rest:
            opened = 2 * data.count(_OPENED[1])
        rest -= opened
        if not rest:
            return True, False, _FAR_PLAIN
        if rest == sum(n * data.count(form) for form, n in _NUMBERS):
            return True, b'"e"' in data, _FAR_PLAIN
        cells = data.count(b"<c") + data.count(b":c")
        address = _FAR_PLAIN if cells == data.count(b'<c r="') else _FAR
        usual = rows == data.count(b"<row") + data.count(b":row")
        return usual, _may_be_special(data), address

    def _rows(
        self, data: bytes, pieces: list[bytes], usual: bool
    ) -> Iterator[tuple[int, int, bytes]]:
        """The number of each row, and from where on what stands in it. ``pieces``: what lies
        between the starts of rows as most programs write them."""
        if usual:
            for piece in pieces[1:]:
                end = piece.find(b'"')
                number = piece[: max(end, 0)]
                said = int(number) if number.isdigit() else self._next_row
                self._next_row = said + 1
                start = piece.find(b">") + 1
                if start > end + 2 and _HIDDEN.search(piece, end, start):
                    self._hide(said)
                yield said, start, piece
            return
        starts = list(_ROW.finditer(data))
        stops = [*(start.start() for start in starts[1:]), len(data)]
        for found, stop in zip(starts, stops, strict=False):
            row = self._number(found.group())
            if not found.group().endswith(b"/>"):
                yield row, 0, data[found.end() : stop]

    def _number(self, start: bytes) -> int:
        """The number of the row that starts so; notes whether it is hidden."""
        said = _ROW_NUMBER.search(start)
        row = int(said.group(1)) if said else self._next_row
        self._next_row = row + 1
        if _HIDDEN.search(start):
            self._hide(row)
        return row

    def _hide(self, row: int) -> None:
        if len(self._facts.hidden_rows) < 100_000:
            self._facts.hidden_rows.append(row)

    def _cells(self, data: bytes, row: int) -> None:
        """Cell by cell: the furthest column with a value, formulas without one, errors."""
        facts = self._facts
        column = 0
        for cell in _CELL.finditer(data):
            attributes, body = cell.group(1), cell.group(2) or b""
            address = _ADDRESS.search(attributes)
            column = column_number(address.group(1).decode()) if address else column + 1
            value, formula = _VALUE.search(body), _FORMULA.search(body) is not None
            if not any((formula, value, _FULL.search(body))):
                continue
            facts.last_column = max(facts.last_column, column)
            facts.far |= column > MAX_COLUMN
            if address and int(address.group(2)) != row:
                facts.last_row = max(facts.last_row, int(address.group(2)))
            facts.formulas += formula
            name = f"{column_letters(column)}{row}"
            if _ERROR.search(attributes):
                _note(facts.errors, name, _shown(value))
            elif formula and value is None:
                _note(facts.without_value, name, "公式")
