"""Many cells of which the same is to be said are told in one sentence, with their count and where
they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from desktop.exchange.files.xml_row_count import column_letters, column_number

#: From so many like cells on one sentence tells of all.
LEAST = 4
_WHERE = re.compile(r"^工作表「[^」]*」|第 \d+ 行(?=.)")
_CELL = re.compile(r"^([A-Z]{1,3})(\d+)$")
_T = TypeVar("_T")


def reason(message: str, value: str = "") -> str:
    """A sentence without where it is said of, and without the value that it quotes."""
    plain = _WHERE.sub("", message)
    return plain.replace(value, "…", 1) if len(value) > 1 else plain


def together(items: Iterable[_T], key: Callable[[_T], Hashable]) -> list[list[_T]]:
    """Items in their order, those of one key beside the first of them where they are many."""
    found: dict[Hashable, list[_T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return [
        part for same in found.values()
        for part in ([same] if len(same) >= LEAST else [[each] for each in same])
    ]


def ranges(cells: Sequence[str]) -> str:
    """Addresses as ranges: A3:A122、C5."""
    by_column: dict[str, list[int]] = {}
    others = []
    for cell in dict.fromkeys(cells):
        if match := _CELL.match(cell):
            by_column.setdefault(match[1], []).append(int(match[2]))
        elif cell:
            others.append(cell)
    parts = [
        f"{letter}{first}" if first == last else f"{letter}{first}:{letter}{last}"
        for letter, rows in by_column.items() for first, last in _runs(sorted(rows))
    ]
    return "、".join([*parts, *others])


def areas(cells: Sequence[str]) -> list[str]:
    """Addresses as areas of several columns where these are filled in the same rows: A5:U7."""
    columns: dict[tuple[int, int], list[int]] = {}
    for part in ranges(cells).split("、"):
        first, _, last = part.partition(":")
        if one := _CELL.match(first):
            rows = int(one[2]), int((last or first)[len(one[1]) :])
            columns.setdefault(rows, []).append(column_number(one[1]))
    return [
        _area(column_letters(left), top, column_letters(right), end)
        for (top, end), places in sorted(columns.items()) for left, right in _runs(sorted(places))
    ]


def _area(left: str, top: int, right: str, end: int) -> str:
    one = (left, top) == (right, end)
    return f"{left}{top}" if one else f"{left}{top}:{right}{end}"


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def sentence(message: str, value: str, cells: Sequence[str]) -> str:
    """What is told of many cells at once."""
    where = ranges(cells)
    short = where if len(where) <= 120 else where[:120].rpartition("、")[0] + "等"
    return f"{short} 共 {len(cells)} 处：{reason(message, value)}"
