"""干部实绩一览: one person on one A4 sheet. Type shrinks until all lines fit; past the smallest
size the oldest are counted only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from desktop.bulletin.blocks.appointment_frames import fit_picture
from desktop.bulletin.document import MASK, PersonSheet, SheetGroup, SheetLine
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import TextLayout, Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import (
    MM,
    XIAOWU,
    PageContent,
    Rect,
    Sheet,
    Tag,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pdf_fonts import Colour

SHEET = Sheet(210 * MM, 297 * MM, 18 * MM, 17 * MM, 174 * MM, 263 * MM, 40, 40)
TITLE, NAME, POST = 22.0, 18.0, 12.0
FACT, FACT_ROW, LABEL_WIDTH = 10.5, 21.0, 62.0
PHOTO_WIDTH, PHOTO_HEIGHT = 88.0, 117.0
SIZES = (11.0, 10.5, 10.0, 9.5, 9.0)
LEADING, HEAD_LEADING = 1.36, 2.0
SHADE: Colour = (0.93, 0.93, 0.93)
GREY: Colour = (0.35, 0.35, 0.35)
RED: Colour = (0.72, 0.08, 0.08)
#: Width of the bar before a line that weighs on the person.
MARK = 2.2
THIN, THICK = 0.5, 0.9
#: A line at the foot of a group cut short.
MORE = "……另有更早的 {count} 条，见台账"


class _Set(msgspec.Struct):
    """A line set: the layouts of its texts and its height in points."""

    line: SheetLine
    text: TextLayout
    height: float


class _Drawing:
    """Draws one sheet."""

    def __init__(self, block: PersonSheet, typesetter: Typesetter) -> None:
        self.block, self.typesetter = block, typesetter
        self.fang, self.hei, self.kai, self.song = (
            typesetter.face(r) for r in ("fang", "hei", "kai", "biaosong")
        )

    def draw(self, page: PageContent, top: float) -> None:
        """The whole page."""
        block, left, right = self.block, SHEET.left, SHEET.right
        if block.corner:
            page.words(block.corner, self.hei.at(12.0), left, baseline_in(top, 14.0, 12.0))
        page.words(
            block.title, self.song.at(TITLE), (left + right) / 2,
            baseline_in(top + 2.0, 32.0, TITLE), align=0.5,
        )
        y = self.head(page, top + 42.0)
        bottom = SHEET.bottom - 16.0
        self.groups(page, y + 6.0, bottom)
        page.rule(left, bottom + 2.0, right, bottom + 2.0, THIN)
        page.words(
            block.note, self.fang.at(9.0, colour=GREY), left, baseline_in(bottom + 4.0, 12.0, 9.0)
        )

    # -- facts

    def head(self, page: PageContent, top: float) -> float:
        """Name, post and facts at the left, the photograph at the right; returns the lower edge."""
        block, left, right = self.block, SHEET.left, SHEET.right
        edge = right - PHOTO_WIDTH - 8.0
        name_height = 34.0
        facts = [(label, text) for label, text in block.facts if text]
        label_width = LABEL_WIDTH
        half = (edge - left) / 2
        rows = self.fact_rows(facts, half - label_width - 8.0, edge - left - label_width - 8.0)
        height = name_height + sum(h for _, h in rows)
        if height < PHOTO_HEIGHT + 8.0:
            height = PHOTO_HEIGHT + 8.0
        width = page.words(
            block.name, self.hei.at(NAME), left + 8.0, baseline_in(top, name_height, NAME)
        )
        size, room = POST, edge - left - width - 32.0
        left_aligned = Shape(align="left")
        post = self.typesetter.lay_out(block.subtitle, "kai", size, room, left_aligned)
        while len(post.lines) > 2 and size > XIAOWU:
            size -= 0.5
            post = self.typesetter.lay_out(block.subtitle, "kai", size, room, left_aligned)
        first = top + (name_height - len(post.lines) * size * 1.25) / 2
        post.draw_lines(page, left + width + 24.0, first, size * 1.25)
        y = top + name_height
        for cells, row_height in rows:  # grounds before rules: what is drawn later lies on top
            for place in range(len(cells)):
                page.box(Rect(left + half * place, y, label_width, row_height), fill=SHADE)
            y += row_height
        y = top + name_height
        for cells, row_height in rows:
            page.rule(left, y, edge, y, THIN)
            x = left
            for label, layout, span in cells:
                page.rule(x + label_width, y, x + label_width, y + row_height, THIN)
                self.label(page, label, x, y, label_width, row_height)
                line = layout.size * 1.25
                start = y + (row_height - len(layout.lines) * line) / 2
                layout.draw_lines(page, x + label_width + 4.0, start, line)
                x += half * span
                if x < edge - 1.0:
                    page.rule(x, y, x, y + row_height, THIN)
            y += row_height
        if rows and y < top + height - 1.0:
            page.rule(left, y, edge, y, THIN)
        page.rule(edge, top, edge, top + height, THIN)
        page.box(Rect(left, top, right - left, height), stroke=THICK)
        self.photo(page, (edge + right) / 2, top + height / 2)
        return top + height

    def label(
        self, page: PageContent, label: str, x: float, y: float, width: float, height: float
    ) -> None:
        """A fact's label in its cell."""
        lines, size = self.label_lines(label)
        step = size * 1.15
        start = y + (height - step * len(lines)) / 2
        for index, part in enumerate(lines):
            page.words(
                part, self.hei.at(size), x + width / 2,
                baseline_in(start + index * step, step, size), align=0.5,
            )

    def fact_rows(
        self, facts: Sequence[tuple[str, str]], narrow: float, wide: float
    ) -> list[tuple[list[tuple[str, TextLayout, int]], float]]:
        """Facts two to a line; one whose text needs more takes a line of its own."""
        rows: list[tuple[list[tuple[str, TextLayout, int]], float]] = []
        waiting: tuple[str, TextLayout, int] | None = None
        late: list[tuple[str, TextLayout, int]] = []
        for label, text in facts:
            layout = self.typesetter.lay_out(text, "fang", FACT, narrow, Shape(align="left"))
            if len(layout.lines) > 1:
                late.append((
                    label, self.typesetter.lay_out(text, "fang", FACT, wide, Shape(align="left")),
                    2,
                ))
            elif waiting is None:
                waiting = (label, layout, 1)
            else:
                rows.append(([waiting, (label, layout, 1)], FACT_ROW))
                waiting = None
        if waiting is not None:
            rows.append(([(waiting[0], waiting[1], 2)], FACT_ROW))
        rows += [([each], max(FACT_ROW, len(each[1].lines) * FACT * 1.25 + 6.0)) for each in late]
        return [
            (cells, max(high, *(self.label_height(label) for label, _, _ in cells)))
            for cells, high in rows
        ]

    def label_height(self, label: str) -> float:
        """What the lines of a fact's label take."""
        return len(self.label_lines(label)[0]) * XIAOWU * 1.15 + 2.0

    def label_lines(self, label: str) -> tuple[list[str], float]:
        """A fact's label and its size, in smaller type and on several lines where it is too long
        for one."""
        room = LABEL_WIDTH - 4.0
        if text_width(label, self.hei) * (FACT - 0.5) <= room:
            return [label], FACT - 0.5
        count = math.ceil(text_width(label, self.hei) * XIAOWU / room)
        each = math.ceil(len(label) / count)
        return [label[at : at + each] for at in range(0, len(label), each)], XIAOWU

    def photo(self, page: PageContent, x: float, y: float) -> None:
        if not self.block.photo:
            page.words("照　片", self.fang.at(12.0, colour=GREY), x, y + 4.0, align=0.5)
            return
        width, height = fit_picture(self.block.photo, PHOTO_WIDTH, PHOTO_HEIGHT)
        with page.tagged(Tag("Figure", "照片")):
            page.picture(self.block.photo, Rect(x - width / 2, y - height / 2, width, height))

    # -- lines

    def groups(self, page: PageContent, top: float, bottom: float) -> None:
        """All groups at the largest size at which they fit; at the smallest one the longest groups
        lose their oldest lines."""
        groups = [g for g in self.block.groups if g.lines]
        room = bottom - top
        size = SIZES[0]
        for size in SIZES:
            if self.height(groups, size) <= room:
                break
        hidden = {g.title: 0 for g in groups}
        while self.height(groups, size, hidden) > room:
            longest = max(groups, key=lambda g: (not g.running, len(g.lines)))
            if len(longest.lines) <= 1:
                break
            at = groups.index(longest)
            cut = max(1, len(longest.lines) // 20)
            hidden[longest.title] += cut
            groups[at] = msgspec.structs.replace(longest, lines=_without_oldest(longest.lines, cut))
        y = top
        spare = room - self.height(groups, size, hidden)
        gap = min(10.0, spare / max(len(groups), 1))
        for group in groups:
            y = self.group(page, group, y, size, hidden[group.title]) + gap

    def height(
        self, groups: Sequence[SheetGroup], size: float, hidden: dict[str, int] | None = None
    ) -> float:
        """Points the groups take at a size, the sentences of hidden lines included."""
        total = 0.0
        for group in groups:
            total += size * HEAD_LEADING
            if group.running:
                total += len(self.running(group, size).lines) * size * LEADING
            else:
                total += sum(each.height for each in self.lines(group, size))
            if hidden and hidden[group.title]:
                total += size * LEADING
        return total

    def lines(self, group: SheetGroup, size: float) -> list[_Set]:
        found = []
        for line in group.lines:
            text = f"{line.head}（{line.detail}）" if line.detail else line.head
            layout = self.typesetter.lay_out(
                text, "fang", size, SHEET.measure - 8.0 - self.when(group) * size,
                Shape(align="left"),
            )
            found.append(_Set(line, layout, len(layout.lines) * size * LEADING))
        return found

    def when(self, group: SheetGroup) -> float:
        """Room for the dates of a group, in em."""
        return max((text_width(line.when, self.fang) for line in group.lines), default=0.0) + 1.0

    def running(self, group: SheetGroup, size: float) -> TextLayout:
        """A group as one text that runs on, for what has no dates."""
        text = "；".join(f"{line.head}{line.detail}" for line in group.lines)
        return self.typesetter.lay_out(
            f"{text}。", "fang", size, SHEET.measure - 8.0, Shape(align="left")
        )

    def group(
        self, page: PageContent, group: SheetGroup, top: float, size: float, hidden: int
    ) -> float:
        """A heading on a band, its lines under it; returns the lower edge."""
        left, right = SHEET.left, SHEET.right
        band = size * (HEAD_LEADING - 0.3)
        page.box(Rect(left, top, right - left, band), fill=SHADE)
        page.box(Rect(left, top, 3.0, band), fill=(0.0, 0.0, 0.0))
        page.words(group.title, self.hei.at(size), left + 8.0, baseline_in(top, band, size))
        count = f"共 {MASK if self.block.uncounted else len(group.lines) + hidden} 条"
        page.words(
            count, self.fang.at(XIAOWU, colour=GREY), right - 4.0,
            baseline_in(top, band, XIAOWU), align=1.0,
        )
        y = top + size * HEAD_LEADING
        step = size * LEADING
        if group.running:
            layout = self.running(group, size)
            return layout.draw_lines(page, left + 4.0, y, step)
        for each in self.lines(group, size):
            colour = RED if each.line.light == "red" else (0.0, 0.0, 0.0)
            if each.line.light == "red":  # a black and white print knows no red
                page.box(Rect(left, y + step * 0.12, MARK, step * 0.76), fill=RED)
            page.words(
                each.line.when, self.fang.at(size, colour=colour), left + 4.0,
                baseline_in(y, step, size),
            )
            each.text.draw_lines(page, left + 4.0 + self.when(group) * size, y, step)
            y += each.height
        if hidden:
            x = left + 4.0 + self.when(group) * size
            more = MORE.format(count=MASK if self.block.uncounted else hidden)
            page.words(more, self.kai.at(size, colour=GREY), x, baseline_in(y, step, size))
            y += step
        return y


def _without_oldest(lines: Sequence[SheetLine], cut: int) -> tuple[SheetLine, ...]:
    """Lines, newest first, less so many of the oldest; what still weighs on the person goes last of
    all."""
    order = sorted(range(len(lines)), key=lambda at: (lines[at].light != "red", at), reverse=True)
    gone = set(order[:cut])
    return tuple(line for at, line in enumerate(lines) if at not in gone)


def person_sheet_items(block: PersonSheet, typesetter: Typesetter) -> list[Item]:
    """The sheet; it carries no folio."""
    drawing = _Drawing(block, typesetter)
    return [Item(0.0, None, opens=SHEET, folio=False), Item(SHEET.depth - 1.0, drawing.draw)]
