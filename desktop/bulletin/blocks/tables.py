"""Tables that go on over pages: head repeated, cells wrapped, merged cells, figures flush right,
rows broken well."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from desktop.bulletin.document import Cell, Column, Role, Table, cell_text, plain
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import TextLayout, Typesetter
from desktop.bulletin.typeset.linebreak import Shape, unbroken
from desktop.bulletin.typeset.page import MM, SIHAO, PageDraft, Rect, Sheet, baseline_in, text_width
from desktop.bulletin.typeset.pdf_fonts import Colour
from desktop.bulletin.typeset.titles import break_title

OUTER, INNER = 0.9, 0.45  # rules, in points
PAD, NARROW_PAD = 3.6, 2.4  # blank inside a cell at left and right; where there are many columns
#: More columns than this are many.
MANY = 12
# from line to line, and blank above and below a cell's text, in type sizes
LEADING, PADDING = 1.32, 0.28
CLOSE_LEADING, CLOSE_PAD = 1.2, 0.13  # the same where that saves a page
SHADE: Colour = (0.93, 0.93, 0.93)
#: Type is made smaller down to this where every text then has one line.
UNWRAPPED = 8.5
#: Type is not made smaller than this to save words from being parted.
SMALLEST = 8.0
#: Cells narrower than this many characters are left ragged: justified, they would gape.
JUSTIFY_FROM = 10.0
#: A figure with its decimals, and its sign.
DECIMAL = re.compile(r"[-+−]?[\d,]+(\.\d+)?")
#: What may be parted anywhere.
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
#: A column whose texts are no longer than this wants all of them on one line: names of units,
#: shares.
ONE_LINE = 12.0
#: A table not taller than this share of a page is not parted.
WHOLE = 0.25
#: A row is cut over two pages only when it is taller than this share of a page.
CUT_FROM = 0.3


@dataclass(slots=True)
class _Box:
    """A cell measured: its place in the grid of columns and its set text."""

    column: int
    span: int
    down: int
    layout: TextLayout
    align: str
    shade: bool
    # how far a figure stands from the right, so that decimal points are below one another
    shift: float = 0.0


@dataclass(slots=True)
class _Row:
    """A row measured."""

    boxes: list[_Box]
    height: float


class _Place(NamedTuple):
    """Where a row, or a part of it, came to stand."""

    page: PageDraft
    top: float
    height: float


@dataclass(slots=True)
class _Group:
    """Rows that cells reaching down tie together, and where they, or parts of them, came to stand."""

    rows: list[_Row]
    placed: list[tuple[int, _Place]] = field(default_factory=list)


def _as_cell(value: object) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)  # type: ignore[arg-type]


def head_labels(table: Table) -> list[str]:
    """The longest label that stands over each column alone: what its width must allow for."""
    if not table.head:
        return [column.label for column in table.columns]
    labels = [""] * len(table.columns)
    taken: set[tuple[int, int]] = set()
    for at, row in enumerate(table.head):
        column = 0
        for cell in map(_as_cell, row):
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
            cell = _as_cell(row[index])
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


def column_widths(table: Table, typesetter: Typesetter, measure: float) -> tuple[list[float], float]:
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


def _halved(label: str, cells: int) -> str:
    """A label of plain characters that does not fit its cell in lines of like length: 按期 over
    办结, not 按期办 over 结."""
    if not HAN.fullmatch(label) or not 0 < cells < len(label):
        return label
    each = math.ceil(len(label) / math.ceil(len(label) / cells))
    return "\n".join(label[at : at + each] for at in range(0, len(label), each))


class TableLayout:
    """Sets one table for one sheet."""

    def __init__(self, table: Table, typesetter: Typesetter, sheet: Sheet) -> None:
        self.typesetter, self.sheet = typesetter, sheet
        self.widths, size = column_widths(table, typesetter, sheet.measure)
        self.side = side(len(self.widths))
        self.table = table = replace(table, size=size)
        self.edges = [sheet.left]
        for width in self.widths:
            self.edges.append(self.edges[-1] + width)
        self.leading = table.size * (CLOSE_LEADING if typesetter.close else LEADING)
        self.pad = max(
            1.5 if typesetter.close else 2.0, table.size * (CLOSE_PAD if typesetter.close else PADDING)
        )
        # by column: what aligns its decimal points
        self._figures: dict[int, list[tuple[_Box, str]]] = {}

    def items(self) -> list[Item]:
        """Title, unit of measure, head, rows, source and notes, as items."""
        table, sheet = self.table, self.sheet
        items: list[Item] = []
        if table.title:
            for line in break_title(table.title, int(sheet.measure / SIHAO)):
                items.append(self._caption(line, 0.5, "hei", SIHAO, keep=True))
        if table.measure:
            label = table.measure if "：" in table.measure else f"单位：{table.measure}"
            items.append(self._caption(label, 1.0, "fang", min(table.size, 12.0), keep=True))
        head_rows = self._head()
        heads = self._group_items(head_rows)
        for item in heads:
            item.keep = True
        items += heads
        rows = [[_as_cell(value) for value in row] for row in table.rows]
        first_total = len(rows) - table.total
        start, first = 0, len(items)
        while start < len(rows):
            end = self._group_end(rows, start)
            measured = self._measured(rows[start:end], lambda at, base=start: base + at >= first_total)  # type: ignore[misc]
            group = self._group_items(measured)
            group[-1].keep = end == first_total and table.total > 0  # a total never stands alone
            for item in group:
                item.head = heads
            items += group
            start = end
        self._keep_close(items[first:])
        self._align_points()
        feet = [f"数据来源：{table.source}"] if table.source else []
        for text in [*feet, *table.notes]:
            if items:
                items[-1].keep = True
            layout = self.typesetter.lay_out(text, "fang", 10.5, sheet.measure - 10.5, Shape(indent=0.0))
            for index in range(len(layout.lines)):

                def draw(
                    page: PageDraft, top: float, index: int = index, layout: TextLayout = layout
                ) -> None:
                    layout.draw(index, page, sheet.left, baseline_in(top, 15.0, 10.5))

                items.append(Item(15.0, draw, keep=index < len(layout.lines) - 1))
        items.append(Item(sheet.pitch * 0.3, None, blank=True))
        return items

    def _keep_close(self, rows: list[Item]) -> None:
        """A small table stays whole; of a larger one neither its first row nor its last stands
        alone on a page."""
        if sum(row.height for row in rows) <= WHOLE * self.sheet.depth:
            tied = rows[:-1]
        else:
            ends = ((rows[0], rows[1]), (rows[-2], rows[-1])) if len(rows) > 1 else ()
            tied = [row for row, after in ends if not row.split and not after.split]
        for row in tied:
            row.keep = True

    def _caption(self, text: str, align: float, role: Role, size: float, *, keep: bool) -> Item:
        sheet, face = self.sheet, self.typesetter.face(role)
        height = sheet.pitch if align == 0.5 else size * 1.5

        def draw(page: PageDraft, top: float) -> None:
            x = sheet.left + sheet.measure * align
            page.words(text, face.at(size), x, baseline_in(top, height, size), align=align, within=sheet.measure)

        return Item(height, draw, keep=keep)

    def _head(self) -> list[_Row]:
        table = self.table
        rows = [[_as_cell(value) for value in row] for row in table.head]
        if not rows and any(column.label for column in table.columns):
            rows = [[Cell(column.label) for column in table.columns]]
        centred = [
            [
                Cell(
                    cell.text, cell.span, cell.down, cell.align or "center", cell.face or "hei",
                    cell.shade,
                )
                for cell in row
            ]
            for row in rows
        ]
        return self._measured(centred, lambda at: False, head=True)

    @staticmethod
    def _group_end(rows: Sequence[Sequence[Cell]], start: int) -> int:
        """Rows tied together by cells that reach down; a long group is still one."""
        end = start + 1
        at = start
        while at < end:
            reach = max((cell.down for cell in rows[at]), default=1)
            end = min(max(end, at + reach), len(rows))
            at += 1
        return end

    def _measured(
        self, rows: Sequence[Sequence[Cell]], is_total: Callable[[int], bool], *, head: bool = False
    ) -> list[_Row]:
        """Set all cells of rows that belong together."""
        columns = self.table.columns
        taken: set[tuple[int, int]] = set()
        measured: list[_Row] = []
        for at, row in enumerate(rows):
            total = is_total(at)
            boxes: list[_Box] = []
            column = 0
            for cell in row:
                while (at, column) in taken:
                    column += 1
                if column >= len(columns):
                    break
                span = min(cell.span, len(columns) - column)
                taken.update(
                    (at + down, column + across)
                    for down in range(cell.down)
                    for across in range(span)
                )
                boxes.append(self._box(cell, columns[column], column, span, total, head))
                column += span
            tallest = max((len(box.layout.lines) for box in boxes if box.down == 1), default=1)
            height = max(tallest, 1) * self.leading + 2 * self.pad
            measured.append(
                _Row(boxes, height if head else max(height, self.table.row_height * MM))
            )
        for at, measured_row in enumerate(measured):
            for box in measured_row.boxes:
                if box.down > 1:
                    covered = measured[at : at + box.down]
                    need = len(box.layout.lines) * self.leading + 2 * self.pad
                    # each page that it goes over leaves a blank at its foot and head
                    if need > WHOLE * self.sheet.depth:
                        need += (1 + int(need / (0.8 * self.sheet.depth))) * (
                            self.leading + 2 * self.pad
                        )
                    lack = need - sum(r.height for r in covered)
                    if lack > 0:
                        covered[-1].height += lack
        return measured

    def _box(
        self, cell: Cell, column: Column, index: int, span: int, total: bool, head: bool
    ) -> _Box:
        numeric = column.numeric and span == 1 and not head
        align = cell.align or ("right" if numeric else column.align)
        role: Role = cell.face or ("hei" if total else "fang")
        width = self.edges[index + span] - self.edges[index] - 2 * self.side
        content = cell_text(cell.text)
        size = self.table.size
        if head and isinstance(content, str):
            content = _halved(content, int(width / size))
        if numeric and content:  # a figure is made smaller rather than broken
            needed = text_width(plain(content), self.typesetter.face(role)) * size
            if needed > width:
                size = max(6.0, size * width / needed - 0.01)
        justify = align == "left" and width >= JUSTIFY_FROM * size
        layout = self.typesetter.lay_out(content, role, size, width, Shape(align="justify" if justify else align, dates=True))
        box = _Box(index, span, cell.down, layout, align, cell.shade)
        if numeric and align == "right" and (figure := DECIMAL.fullmatch(plain(content))):
            self._figures.setdefault(index, []).append((box, figure.group(1) or ""))
        return box

    def _align_points(self) -> None:
        """Figures of a column with unlike decimals stand with their points below one another, as
        far as their cells allow."""
        for boxes in self._figures.values():
            places = max(len(fraction) for _, fraction in boxes)
            for box, fraction in boxes:
                layout = box.layout
                lacking = (
                    "0" * (places - len(fraction))
                    if fraction
                    else "." + "0" * (places - 1) if places else ""
                )
                room = layout.measure * layout.cell - layout.width
                box.shift = max(0.0, min(text_width(lacking, layout.face) * layout.size, room))

    def _group_items(self, rows: list[_Row]) -> list[Item]:
        """Items of rows. Those tied by a cell reaching down stay whole where that is not much of a
        page; else neither the first nor the last of them stands apart, and the cell goes on over
        the page."""
        group = _Group(rows)
        items = [self._row_item(group, at) for at in range(len(rows))]
        whole = sum(row.height for row in rows) <= WHOLE * self.sheet.depth
        for item in (
            items[:-1]
            if whole
            else {id(item): item for item in (*items[:1], *items[-2:-1])}.values()
        ):
            item.keep = True
        return items

    def _row_item(self, group: _Group, at: int) -> Item:
        row = group.rows[at]

        def draw(page: PageDraft, top: float) -> None:
            self._draw_row(group, at, _Place(page, top, row.height), 0, None)

        item = Item(row.height, draw)
        if row.height >= self.sheet.depth * CUT_FROM:
            item.split = lambda room: self._split(group, at, item, room, 0)
            item.splittable_from = (
                self.sheet.depth * CUT_FROM if row.height < self.sheet.depth else 4 * self.leading
            )
        return item

    def _split(
        self, group: _Group, at: int, item: Item, room: float, first: int
    ) -> tuple[Item, Item] | None:
        """Cut a tall row so that its first part fits; ``first`` is the first line of this part."""
        count = int((room - 2 * self.pad) / self.leading)
        own = [box for box in group.rows[at].boxes if box.down == 1]
        tallest = max((len(box.layout.lines) for box in own), default=0)
        if count < 2 or item.height <= room:
            return None

        def upper(page: PageDraft, top: float) -> None:
            self._draw_row(group, at, _Place(page, top, room), first, first + count)

        def lower(page: PageDraft, top: float) -> None:
            self._draw_row(group, at, _Place(page, top, rest.height), first + count, None)

        lines = max(tallest - first - count, 1)
        rest = Item(
            max(lines * self.leading + 2 * self.pad, item.height - room), lower, keep=item.keep,
            head=item.head,
        )
        rest.split = lambda space: self._split(group, at, rest, space, first + count)
        rest.splittable_from = 4 * self.leading
        return Item(room, upper), rest

    def _draw_row(
        self, group: _Group, at: int, place: _Place, first: int, last: int | None
    ) -> None:
        """Draw a row, or its lines from ``first`` to ``last``, and after the last row what reaches
        down over them all."""
        for box in group.rows[at].boxes:
            if box.down == 1:
                count = len(box.layout.lines)
                self._draw_box(box, place, first, count if last is None else min(last, count))
        group.placed.append((at, place))
        if last is None and at == len(group.rows) - 1:
            for number, row in enumerate(group.rows):
                for box in row.boxes:
                    if box.down > 1:
                        self._draw_reaching(group, number, box)
            group.placed.clear()  # a head is drawn again

    def _draw_reaching(self, group: _Group, at: int, box: _Box) -> None:
        """Draw a cell that reaches down, on each page that its rows stand on: a text that fits is
        repeated, a longer one goes on."""
        spans: list[_Place] = []
        for number, place in group.placed:
            if not at <= number < at + box.down:
                continue
            if spans and spans[-1].page is place.page:
                top = spans[-1].top
                spans[-1] = _Place(place.page, top, place.top + place.height - top)
            else:
                spans.append(place)
        count = len(box.layout.lines)
        fits = [int((span.height - 2 * self.pad) / self.leading + 0.01) for span in spans]
        repeated = min(fits, default=0) >= count
        first = 0
        for number, (span, room) in enumerate(zip(spans, fits, strict=True)):
            last = count if repeated or number == len(spans) - 1 else min(first + room, count)
            self._draw_box(box, span, first, last)
            first = 0 if repeated else last

    def _draw_box(self, box: _Box, place: _Place, first: int, last: int) -> None:
        page, top, height = place
        left, right = self.edges[box.column], self.edges[box.column + box.span]
        if box.shade:
            page.box(Rect(left, top, right - left, height), fill=SHADE)
        self._frame(page, left, top, right, top + height)
        lines = max(last - first, 0)
        whole = lines == len(box.layout.lines)
        y = top + ((height - lines * self.leading) / 2 if whole else self.pad)
        box.layout.draw_lines(
            page, left + self.side - box.shift, y, self.leading, slice(first, last)
        )

    def _frame(self, page: PageDraft, left: float, top: float, right: float, bottom: float) -> None:
        outer_left, outer_right = self.edges[0], self.edges[-1]
        page.rule(left, top, right, top, INNER)
        page.rule(left, bottom, right, bottom, INNER)
        page.rule(left, top, left, bottom, OUTER if left == outer_left else INNER)
        page.rule(right, top, right, bottom, OUTER if right == outer_right else INNER)


def table_items(table: Table, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """A table as items for the flow."""
    return TableLayout(table, typesetter, sheet).items()
