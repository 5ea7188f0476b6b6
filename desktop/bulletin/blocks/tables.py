"""Tables that go on over pages: head repeated, cells wrapped, merged cells, figures flush right,
rows broken well."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from desktop.bulletin.blocks.column_widths import as_cell
from desktop.bulletin.blocks.table_plan import TablePlan, planned
from desktop.bulletin.document import Align, Cell, Column, Role, Table, cell_text, plain
from desktop.bulletin.typeset.flow import Draw, Item
from desktop.bulletin.typeset.inline_layout import TextLayout, Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import (
    MM,
    SIHAO,
    PageContent,
    Rect,
    Sheet,
    Tag,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pdf_fonts import Colour
from desktop.bulletin.typeset.titles import break_title
from desktop.bulletin.typeset.words import inside

OUTER, INNER = 0.9, 0.45  # rules, in points
# from line to line, and blank above and below a cell's text, in type sizes
LEADING, PADDING = 1.32, 0.28
CLOSE_LEADING, CLOSE_PAD = 1.2, 0.13  # the same where that saves a page
SHADE: Colour = (0.93, 0.93, 0.93)
#: A figure with its decimals, and its sign.
DECIMAL = re.compile(r"[-+−]?[\d,]+(\.\d+)?")
#: What may be parted anywhere.
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
#: A table not taller than this share of a page is not parted.
WHOLE = 0.25
#: A row is cut over two pages only when it is taller than this share of a page.
CUT_FROM = 0.3


class _Box(msgspec.Struct):
    """A cell measured: its place in the grid of columns and its set text."""

    column: int
    span: int
    down: int
    layout: TextLayout
    align: str
    shade: bool
    # how far a figure stands from the right, so that decimal points are below one another
    shift: float = 0.0
    tag: Tag | None = None


class _Row(msgspec.Struct):
    """A row measured."""

    boxes: list[_Box]
    height: float


class _Place(NamedTuple):
    """Where a row, or a part of it, came to stand."""

    page: PageContent
    top: float
    height: float


class _Group(msgspec.Struct):
    """Rows that cells reaching down tie together, and where they, or parts of them, stand."""

    rows: list[_Row]
    placed: list[tuple[int, _Place]] = msgspec.field(default_factory=list)


def _halved(label: str, cells: int, names: tuple[str, ...] = ()) -> str:
    """A label of plain characters that does not fit its cell in lines of like length: 按期 over
    办结, not 按期办 over 结; between words where its cell has room for them."""
    if not HAN.fullmatch(label) or not 0 < cells < len(label):
        return label
    torn = inside(label, names)
    ends = [at for at in range(1, len(label)) if at not in torn and at <= cells >= len(label) - at]
    if ends:
        middle = min(ends, key=lambda at: abs(2 * at - len(label)))
        return f"{label[:middle]}\n{label[middle:]}"
    each = math.ceil(len(label) / math.ceil(len(label) / cells))
    return "\n".join(label[at : at + each] for at in range(0, len(label), each))


class TableLayout:
    """Sets one table for one sheet."""

    def __init__(
        self, table: Table, widths: Sequence[float], plan: TablePlan, typesetter: Typesetter
    ) -> None:
        self.typesetter, self.sheet, self.widths = typesetter, plan.sheet, widths
        self.side, self.table, sheet = plan.pad, table, plan.sheet
        self.edges = [sheet.left]
        for width in self.widths:
            self.edges.append(self.edges[-1] + width)
        self.leading = table.size * (CLOSE_LEADING if typesetter.close else LEADING)
        self.pad = max(
            1.5 if typesetter.close else 2.0,
            table.size * (CLOSE_PAD if typesetter.close else PADDING),
        )
        self.tag = Tag("Table")
        # by column: what aligns its decimal points
        self._figures: dict[int, list[tuple[_Box, str]]] = {}

    def items(self) -> list[Item]:
        """Title, unit of measure, head, rows, source and notes, as items."""
        table, sheet = self.table, self.sheet
        items: list[Item] = []
        if table.title:
            for line in break_title(table.title, int(sheet.measure / SIHAO), self.typesetter.names):
                items.append(self._caption(line, 0.5, "hei", SIHAO))
        if table.measure:
            label = table.measure if "：" in table.measure else f"单位：{table.measure}"
            small = min(table.size, 12.0)
            for line in break_title(label, int(sheet.measure / small), self.typesetter.names):
                items.append(self._caption(line, 1.0, "fang", small))
        head_rows = self._head()
        heads = self._group_items(head_rows)
        for item in heads:
            item.keep = True
        items += heads
        rows = [[as_cell(value) for value in row] for row in table.rows]
        first_total = len(rows) - table.total
        start, first = 0, len(items)
        while start < len(rows):
            end = self._group_end(rows, start)
            measured = self._measured(rows[start:end], first_total - start)
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
            layout = self.typesetter.lay_out(text, "fang", 10.5, sheet.measure - 10.5)
            last = len(layout.lines) - 1
            tag = Tag("P")
            items += [
                Item(15.0, self._foot(layout, k), keep=k < last, tag=tag) for k in range(last + 1)
            ]
        items.append(Item(sheet.pitch * 0.3, None, blank=True))
        return items

    def _foot(self, layout: TextLayout, index: int) -> Draw:
        """Draws one line of a note under the table."""
        left = self.sheet.left
        return lambda page, top: layout.draw(index, page, left, baseline_in(top, 15.0, 10.5))

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

    def _caption(self, text: str, align: float, role: Role, size: float) -> Item:
        """A line above the table, in which it stands first: its title, or the unit of measure."""
        sheet, face = self.sheet, self.typesetter.face(role)
        parts = self.tag.parts
        tag = parts[0] if parts else self.tag.part("Caption")
        height = sheet.pitch if align == 0.5 else size * 1.5

        def draw(page: PageContent, top: float) -> None:
            x = sheet.left + sheet.measure * align
            page.words(
                text, face.at(size), x, baseline_in(top, height, size), align=align,
                within=sheet.measure,
            )

        return Item(height, draw, keep=True, tag=tag)

    def _head(self) -> list[_Row]:
        table = self.table
        rows = [[as_cell(value) for value in row] for row in table.head]
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
        return self._measured(centred, len(centred), head=True)

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
        self, rows: Sequence[Sequence[Cell]], first_total: int, *, head: bool = False
    ) -> list[_Row]:
        """Set all cells of rows that belong together; from ``first_total`` on they are totals."""
        columns = self.table.columns
        taken: set[tuple[int, int]] = set()
        measured: list[_Row] = []
        for at, row in enumerate(rows):
            total = at >= first_total
            boxes: list[_Box] = []
            tag = self.tag.part("TR")
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
                boxes[-1].tag = tag.part("TH" if head else "TD", (span, cell.down))
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
        align: Align = cell.align or ("right" if numeric else column.align)
        role: Role = cell.face or ("hei" if total else "fang")
        width = self.edges[index + span] - self.edges[index] - 2 * self.side
        content = cell_text(cell.text)
        size = self.table.size
        if head and isinstance(content, str):
            content = _halved(content, int(width / size), self.typesetter.names)
        layout = self.typesetter.lay_out(content, role, size, width, self._shape(align))
        box = _Box(index, span, cell.down, layout, align, cell.shade)
        if numeric and align == "right" and (figure := DECIMAL.fullmatch(plain(content))):
            self._figures.setdefault(index, []).append((box, figure.group(1) or ""))
        return box

    def _shape(self, align: Align) -> Shape:
        return Shape(align=align, dates=True, words=True, names=self.typesetter.names)

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

        def draw(page: PageContent, top: float) -> None:
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

        def upper(page: PageContent, top: float) -> None:
            self._draw_row(group, at, _Place(page, top, room), first, first + count)

        def lower(page: PageContent, top: float) -> None:
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
        with page.tagged(box.tag):
            box.layout.draw_lines(
                page, left + self.side - box.shift, y, self.leading, slice(first, last)
            )

    def _frame(
        self, page: PageContent, left: float, top: float, right: float, bottom: float
    ) -> None:
        outer_left, outer_right = self.edges[0], self.edges[-1]
        page.rule(left, top, right, top, INNER)
        page.rule(left, bottom, right, bottom, INNER)
        page.rule(left, top, left, bottom, OUTER if left == outer_left else INNER)
        page.rule(right, top, right, bottom, OUTER if right == outer_right else INNER)


def table_items(table: Table, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """A table as items for the flow, on turned pages where it needs them."""
    plan = planned(table, typesetter, sheet)
    if plan.notice:
        typesetter.notices.append(plan.notice)
    items = [
        item
        for part, widths in plan.parts
        for item in TableLayout(part, widths, plan, typesetter).items()
    ]
    if plan.sheet is sheet:
        return items
    return [Item(0.0, None, opens=plan.sheet), *items, Item(0.0, None, opens=sheet)]
