"""What the looks of a cell say beside its value: a number shown in percent, a text
struck through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import msgspec

#: 0% and 0.00% (ECMA-376, 18.8.30).
_PERCENT = frozenset({"9", "10"})


class Looks(msgspec.Struct, frozen=True):
    """Patterns of the cells of a sheet's XML that are shown in percent, or struck through; None
    where no style is so. The one group is the address."""

    percent: re.Pattern[bytes] | None = None
    struck: re.Pattern[bytes] | None = None


def cell_looks(styles: ElementTree.Element) -> Looks:
    """What the styles of a workbook say."""
    formats = set(_PERCENT)
    formats |= {
        each.get("numFmtId", "") for each in _each(styles, "numFmt")
        if "%" in re.sub(r'"[^"]*"|\\.', "", each.get("formatCode", ""))
    }
    fonts = [
        number for number, font in enumerate(_within(styles, "fonts"))
        if any(_tag(part) == "strike" and part.get("val") not in ("0", "false") for part in font)
    ]
    cells = list(_within(styles, "cellXfs"))
    struck = {str(number) for number in fonts}
    return Looks(
        _cells_of(n for n, each in enumerate(cells) if each.get("numFmtId", "0") in formats),
        _cells_of(n for n, each in enumerate(cells) if each.get("fontId", "0") in struck),
    )


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _each(root: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (each for each in root.iter() if _tag(each) == tag)


def _within(root: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (each for part in _each(root, tag) for each in part)


def _cells_of(styles: Iterator[int]) -> re.Pattern[bytes] | None:
    numbers = "|".join(str(number) for number in styles)
    if not numbers:
        return None
    styled = rf'(?=[^>]*\ss="(?:{numbers})")'
    return re.compile(rf'<(?:\w+:)?c\b{styled}[^>]*\sr="([A-Z]+\d+)"[^>]*[^/>]>'.encode())
