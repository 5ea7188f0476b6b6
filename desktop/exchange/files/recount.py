"""Count the rows of a worksheet that hold a value with a full XML parser, only where the fast scan
(``scan.py``) and the reader differ: as the one pass for every file it would take 2.7 times as long
(20,000 rows of 20 cells: 1.26 s against 0.46 s).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from desktop.exchange.errors import Refused

_SHARED = "xl/sharedStrings.xml"


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def _parse(
    archive: zipfile.ZipFile,
    member: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        with archive.open(member) as file:
            while piece := file.read(1 << 18):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("broken-xml", Path(member).name) from error


def _empty_shared(archive: zipfile.ZipFile) -> set[int]:
    """Numbers of the shared texts that are empty."""
    if _SHARED not in archive.namelist():
        return set()
    empty: set[int] = set()
    index, filled = 0, False

    def start(name: str, _attributes: object) -> None:
        nonlocal filled
        if _local(name) == "si":
            filled = False

    def end(name: str) -> None:
        nonlocal index
        if _local(name) == "si":
            if not filled:
                empty.add(index)
            index += 1

    def text(data: str) -> None:
        nonlocal filled
        filled = filled or bool(data.strip("\r\n"))

    _parse(archive, _SHARED, start, end, text)
    return empty


def rows_with_values(source: Path | BinaryIO, member: str) -> int:
    """How many rows of this worksheet hold at least one value that a reader shows as such."""
    with zipfile.ZipFile(source) as archive:
        empty = _empty_shared(archive)
        rows, filled, shared, error, inside = 0, False, False, False, False
        value: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal filled, shared, error, inside
            local = _local(name)
            if local == "row":
                filled = False
            elif local == "c":
                shared, error = attributes.get("t") == "s", attributes.get("t") == "e"
            elif local in ("v", "t"):
                inside = True
                value.clear()

        def end(name: str) -> None:
            nonlocal rows, filled, inside
            local = _local(name)
            if local in ("v", "t"):
                inside = False
                text = "".join(value)
                if (
                    text
                    and not error
                    and not (shared and text.strip().isdigit() and int(text) in empty)
                ):
                    filled = True
            elif local == "row" and filled:
                rows += 1

        def data(text: str) -> None:
            if inside:
                value.append(text)

        _parse(archive, member, start, end, data)
        return rows
