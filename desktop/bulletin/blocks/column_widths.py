"""How wide the columns of a table are, and whether its texts fit them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from desktop.bulletin.document import Cell, Table, TableRow, cell_text, plain
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.linebreak import unbroken
from desktop.bulletin.typeset.page import text_width

#: Blank inside a cell at left and right, and where the columns are crowded.
PAD, NARROW_PAD = 3.6, 2.4
#: A column whose texts are no longer than this wants all of them on one line: names of units,
#: shares.
ONE_LINE = 12.0
#: Cells of so many lines are given width by columns that have room, down to so few lines.
MANY_LINES, FEW_LINES = 5, 3
#: What a line lacks of its measure, for no word to be parted, in em.
WHOLE = 1.0


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


def by_column(rows: Sequence[TableRow], width: int) -> Iterator[dict[int, tuple[int, Cell]]]:
    """For each row its cells of one column, by that column: their place in the row, and the cell.
    Cells that reach down push the others of the rows that they cover to the right."""
    reaching = [0] * width  # rows that a cell of an earlier row still covers
    for row in rows:
        found: dict[int, tuple[int, Cell]] = {}
        column = 0
        for at, cell in enumerate(map(as_cell, row)):
            while column < width and reaching[column]:
                column += 1
            if column >= width:
                break
            if cell.span == 1:
                found[column] = (at, cell)
            for covered in range(column, min(column + cell.span, width)):
                reaching[covered] = cell.down
            column += cell.span
        reaching = [max(left - 1, 0) for left in reaching]
        yield found


def _longest(rows: Sequence[Mapping[int, tuple[int, Cell]]], column: int) -> int | None:
    """The row in which a column of figures is longest."""
    sizes = [
        (len(plain(cell_text(row[column][1].text))), at)
        for at, row in enumerate(rows)
        if column in row
    ]
    return max(sizes)[1] if sizes else None


class Needs(NamedTuple):
    """For each column, in em: what its texts would like, the least that parts no word, figure or
    date, that with its label halved, and how long a usual text of it is."""

    want: list[float]
    least: list[float]
    tight: list[float]
    text: list[float]

    def of(self, columns: Sequence[int]) -> Needs:
        """Those of some columns."""
        return Needs(*([each[at] for at in columns] for each in self))

    def fit(self, measure: float, size: float, pad: float) -> bool:
        """Whether no word, figure or date is parted in a measure."""
        edge = 2 * pad + 1.0
        return sum(self.tight) * size + len(self.tight) * edge <= measure + 0.01


def needs_of(table: Table, typesetter: Typesetter) -> Needs:
    """What the columns need; worked out once, whatever is tried with them."""
    fang, hei = typesetter.face("fang"), typesetter.face("hei")
    labels = head_labels(table)
    rows = list(by_column(table.rows, len(table.columns)))
    first_total = len(rows) - table.total
    chosen = {at for at in range(len(rows)) if at < 200 or at >= len(rows) - 20}
    # no figure is broken wherever it stands, so all of a column are looked at
    figures = [k for k, column in enumerate(table.columns) if column.numeric]
    chosen |= {at for k in figures if (at := _longest(rows, k)) is not None}
    sample = [(rows[at], at >= first_total) for at in sorted(chosen)]
    want: list[float] = []
    least: list[float] = []
    tight: list[float] = []
    texts: list[float] = []
    for index, column in enumerate(table.columns):
        widths, parts = [0.0], [0.0]
        for row, total in sample:
            if index not in row:
                continue
            cell = row[index][1]
            face = hei if total or cell.face == "hei" else fang
            text = plain(cell_text(cell.text))
            widths.append(max(text_width(line, face) for line in text.split("\n")))
            parts += [text_width(part, face) for part in unbroken(text) if len(part) > 2]
        widths.sort()
        label = text_width(labels[index], hei)
        label = label if label <= 4.0 else math.ceil(label / 2)  # a long label takes two lines
        longest = widths[-1]
        typical = widths[int(len(widths) * 0.8)] if len(widths) > 5 else longest
        texts.append(typical)
        want.append(max(longest if column.numeric or longest <= ONE_LINE else typical, label))
        # a share with its parts is a figure, too
        whole = column.numeric or (column.align == "right" and longest <= ONE_LINE)
        needed = max(longest if whole else min(longest, 4.0), min(max(parts), 14.0))
        least.append(max(needed, min(label, 4.0)))
        tight.append(max(needed, label if label <= 3.0 else math.ceil(label / 2)))
    return Needs(want, least, tight, texts)


class _Floors(NamedTuple):
    """Each column's least width, and the width that its share gives up last."""

    least: list[float]
    keep: list[float]


def column_widths(
    table: Table, needs: Needs, measure: float, size: float, pad: float
) -> list[float]:
    """Widths of the columns in this size, with this blank at either side of a cell's text.

    Given shares are kept where no other column must part its words for them; the rest is parted by
    what the texts need, each column getting at least what parts nothing.
    """
    edge = 2 * pad + 1.0
    want, least, tight = ([em * size + edge for em in each] for each in needs[:3])
    given = [column.width for column in table.columns]
    # First a given share gives up what it has over what its texts want, with labels of two lines if
    # need be; then what makes texts take more lines.
    floors = least if sum(least) <= measure else tight
    for low, keep in ((least, want), (tight, want), (floors, floors)):
        found = _shared(given, _Floors(low, keep), want, measure)
        if found is not None:
            return _lent(found, needs, size, edge)
    scale = measure / sum(tight)
    return [width * scale for width in tight]


def _lent(widths: list[float], needs: Needs, size: float, edge: float) -> list[float]:
    """The widths; where a usual text takes many lines, with what other columns have over lent to
    its column. What stands on one line stays so, no column gives up more than half, and one that is
    filled in by hand nothing."""
    held = [(width - edge) / size - WHOLE for width in widths]
    lines = max(math.ceil(em / max(room, 1.0)) for em, room in zip(needs.text, held, strict=True))
    if lines < MANY_LINES:
        return widths
    for most in range(FEW_LINES, lines):
        asked = []
        for width, (want, _, tight, text) in zip(widths, zip(*needs, strict=True), strict=True):
            wrapped = min(max(text / most + WHOLE, tight), want)
            em = want if want * size + edge <= width else wrapped
            asked.append(max(em * size + edge, width / 2) if text else width)
        over = sum(widths) - sum(asked)
        if over >= 0.0:
            room = [max(0.0, has - low) for has, low in zip(widths, asked, strict=True)]
            part = over / (sum(room) or 1.0)
            return [low + more * part for low, more in zip(asked, room, strict=True)]
    return widths


def _shared(
    given: Sequence[float | None], floors: _Floors, want: Sequence[float], measure: float
) -> list[float] | None:
    """The measure shared out; None where a share would have to give up more than it may."""
    least, keep = floors
    shares = sum(share for share in given if share is not None)
    free = [index for index, share in enumerate(given) if share is None]
    fixed = measure * min(shares, 0.95) if free else measure
    asked = [fixed * (share or 0.0) / shares if shares else 0.0 for share in given]
    lack = [max(0.0, low - has) for low, has in zip(least, asked, strict=True)]
    spare = [
        max(0.0, has - max(low, kept)) for has, low, kept in zip(asked, least, keep, strict=True)
    ]
    short = sum(lack) - (measure - fixed)
    most = sum(spare)
    if short > most + 0.01:
        return None
    part = short / most if short > 0 and most else 0.0
    result = [
        has - extra * part + (more if share is not None else 0.0)
        for has, extra, more, share in zip(asked, spare, lack, given, strict=True)
    ]
    room = measure - sum(width for width, share in zip(result, given, strict=True) if share)
    wanted = {index: max(want[index], least[index]) for index in free}
    total, lowest = sum(wanted.values()), sum(least[index] for index in free)
    for index in free:
        if total <= room:
            result[index] = wanted[index] + (room - total) / len(free)
        else:
            over = (room - lowest) / (total - lowest) if total > lowest else 0.0
            result[index] = least[index] + max(over, 0.0) * (wanted[index] - least[index])
    return [width * measure / sum(result) for width in result]
