"""How wide the columns of a table are, and in which size its texts are set."""

from __future__ import annotations

import math
from collections.abc import Sequence

from desktop.bulletin.document import Cell, Table, cell_text, plain
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.linebreak import unbroken
from desktop.bulletin.typeset.page import text_width

PAD, NARROW_PAD = 3.6, 2.4  # blank inside a cell at left and right; where there are many columns
#: More columns than this are many.
MANY = 12
#: Type is made smaller down to this where every text then has one line.
UNWRAPPED = 8.5
#: Type is not made smaller than this to save words from being parted.
SMALLEST = 8.0
#: A column whose texts are no longer than this wants all of them on one line: names of units,
#: shares.
ONE_LINE = 12.0


def as_cell(value: object) -> Cell:
    """A cell of whatever stands in a row."""
    return value if isinstance(value, Cell) else Cell(value)  # type: ignore[arg-type]


def head_labels(table: Table) -> list[str]:
    """The longest label that stands over each column alone: what its width must allow for."""
    if not table.head:
        return [column.label for column in table.columns]
    labels = [""] * len(table.columns)
    taken: set[tuple[int, int]] = set()
    for at, row in enumerate(table.head):
        column = 0
        for cell in map(as_cell, row):
            while (at, column) in taken:
                column += 1
            taken.update((at + d, column + a) for d in range(cell.down) for a in range(cell.span))
            if cell.span == 1 and column < len(labels):
                labels[column] = max(labels[column], plain(cell_text(cell.text)), key=len)
            column += cell.span
    return labels


def _needs(table: Table, typesetter: Typesetter) -> tuple[list[float], list[float], list[float]]:
    """For each column, in em: what its texts would like, the least that parts no word, figure or
    date, and that with its label halved."""
    fang, hei = typesetter.face("fang"), typesetter.face("hei")
    labels = head_labels(table)
    rows = list(table.rows)
    first_total = len(rows) - table.total
    sample = [
        (row, at >= first_total) for at, row in enumerate(rows) if at < 200 or at >= len(rows) - 20
    ]
    want, least, tight = [], [], []
    for index, column in enumerate(table.columns):
        widths, parts = [0.0], [0.0]
        for row, total in sample:
            if index >= len(row) or len(row) != len(table.columns):
                continue
            cell = as_cell(row[index])
            if cell.span > 1:
                continue
            face = hei if total or cell.face == "hei" else fang
            text = plain(cell_text(cell.text))
            widths.append(max(text_width(line, face) for line in text.split("\n")))
            parts += [text_width(part, face) for part in unbroken(text) if len(part) > 2]
        widths.sort()
        label = text_width(labels[index], hei)
        label = label if label <= 4.0 else math.ceil(label / 2)  # a long label takes two lines
        longest = widths[-1]
        typical = widths[int(len(widths) * 0.8)] if len(widths) > 5 else longest
        want.append(max(longest if column.numeric or longest <= ONE_LINE else typical, label))
        # a share with its parts is a figure, too
        whole = column.numeric or (column.align == "right" and longest <= ONE_LINE)
        needed = max(longest if whole else min(longest, 4.0), min(max(parts), 14.0))
        least.append(max(needed, min(label, 4.0)))
        tight.append(max(needed, label if label <= 3.0 else math.ceil(label / 2)))
    return want, least, tight


def side(columns: int) -> float:
    """The blank at either side of a cell's text, in points."""
    return PAD if columns <= MANY else NARROW_PAD


def _unwrapped_size(
    size: float, want: Sequence[float], given: Sequence[float | None], measure: float
) -> float:
    """The largest type in which every text has one line; where there is none that can be read well,
    the table's own."""
    edge, smaller = 2 * side(len(want)) + 1.0, size
    while smaller >= min(size, UNWRAPPED):
        if (
            sum(
                max(em * smaller + edge, measure * (share or 0.0))
                for em, share in zip(want, given, strict=True)
            )
            <= measure
        ):
            return smaller
        smaller -= 0.5
    return size


def column_widths(
    table: Table, typesetter: Typesetter, measure: float
) -> tuple[list[float], float]:
    """Widths in points, and the type size: made smaller, down to ``SMALLEST``, until no word or
    figure is parted.

    Given shares are kept where no other column must part its words for them; the rest is parted by
    what the texts need, each column getting at least what parts nothing.
    """
    want_em, least_em, tight_em = _needs(table, typesetter)
    given = [column.width for column in table.columns]
    shares = sum(share for share in given if share is not None)
    free = [index for index, share in enumerate(given) if share is None]
    fixed = measure * min(shares, 0.95) if free else measure
    edge, size = 2 * side(len(given)) + 1.0, _unwrapped_size(table.size, want_em, given, measure)
    asked = [fixed * (share or 0.0) / shares if shares else 0.0 for share in given]
    full = size
    floors = least_em if sum(least_em) * full + len(given) * edge <= measure else tight_em
    # First a given share gives up what it has over what its texts want, with labels of two lines,
    # and in the next size if need be; then what makes texts take more lines, in a size in which no
    # word is parted.
    tries = [(full, least_em, want_em), (full, tight_em, want_em), (full - 0.5, tight_em, want_em)]
    tries += [(full - step / 2, floors, floors) for step in range(20)]
    for size, floor_em, keep in tries:
        least = [em * size + edge for em in floor_em]
        result = list(asked)
        lack = [max(0.0, least[index] - result[index]) for index in range(len(given))]
        spare = [
            max(0.0, result[index] - max(least[index], keep[index] * size + edge))
            for index in range(len(given))
        ]
        short = sum(lack) - (measure - fixed)  # what columns of a given share must give up
        if size >= SMALLEST and short <= sum(spare) + 0.01:
            break
        if keep is floor_em and size <= SMALLEST:
            break
    if short > 0:
        part = min(1.0, short / sum(spare)) if sum(spare) else 0.0
        result = [width - extra * part for width, extra in zip(result, spare, strict=True)]
    for index, share in enumerate(given):
        if share is not None:
            result[index] += lack[index]
    room = measure - sum(result[index] for index in range(len(given)) if index not in free)
    if not free:
        return [width * measure / sum(result) for width in result], size
    want = {index: max(want_em[index] * size + edge, least[index]) for index in free}
    total, lowest = sum(want.values()), sum(least[index] for index in free)
    extras = total - lowest
    for index in free:
        if total <= room:
            result[index] = want[index] + (room - total) / len(free)
        elif lowest < room and extras:
            result[index] = least[index] + (room - lowest) * (want[index] - least[index]) / extras
        else:
            result[index] = max(room, 0.0) * least[index] / lowest
    return [width * measure / sum(result) for width in result], size
