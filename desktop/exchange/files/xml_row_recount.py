"""Count the rows of a worksheet that hold a value with a full XML parser, only where the fast scan
(``xml_row_count.py``) and the reader differ: as the one pass for every file it would take 2.7 times
as long (20,000 rows of 20 cells: 1.26 s against 0.46 s)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from desktop.exchange.errors import Refused

_SHARED = "xl/sharedStrings.xml"


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


class _Walk:
    """What is done with the elements of a member, one after the other; names come without their
    namespace."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """It ends."""

    def text(self, data: str) -> None:
        """Characters in it."""


def _walk(archive: zipfile.ZipFile, member: str, walk: _Walk) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: walk.start(_local(name), attributes)
    parser.EndElementHandler = lambda name: walk.end(_local(name))
    parser.CharacterDataHandler = walk.text
    try:
        with archive.open(member) as file:
            while piece := file.read(1 << 18):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("broken-xml", Path(member).name) from error


class _EmptyTexts(_Walk):
    """Numbers of the shared texts that are empty."""

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        self._number, self._filled = 0, False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._filled = False

    def end(self, name: str) -> None:
        if name == "si":
            if not self._filled:
                self.numbers.add(self._number)
            self._number += 1

    def text(self, data: str) -> None:
        self._filled = self._filled or bool(data.strip("\r\n"))


class _FilledRows(_Walk):
    """Counts rows that hold a value which a reader shows."""

    def __init__(self, empty: set[int]) -> None:
        self.rows = 0
        self._empty = empty
        self._filled = self._inside = False
        self._type: str | None = None
        self._value: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._filled = False
        elif name == "c":
            self._type = attributes.get("t")
        elif name in ("v", "t"):
            self._inside = True
            self._value.clear()

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._inside = False
            self._filled = self._filled or self._shows("".join(self._value))
        elif name == "row":
            self.rows += self._filled

    def text(self, data: str) -> None:
        if self._inside:
            self._value.append(data)

    def _shows(self, text: str) -> bool:
        if not text or self._type == "e":
            return False
        return not (self._type == "s" and text.strip().isdigit() and int(text) in self._empty)


def rows_with_values(source: Path | BinaryIO, member: str) -> int:
    """How many rows of this worksheet hold at least one value that a reader shows as such."""
    with zipfile.ZipFile(source) as archive:
        empty = _EmptyTexts()
        if _SHARED in archive.namelist():
            _walk(archive, _SHARED, empty)
        filled = _FilledRows(empty.numbers)
        _walk(archive, member, filled)
        return filled.rows
