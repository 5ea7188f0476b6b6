"""Pours items into pages: lines onto the grid, tables and pictures between them, nothing parted that belongs together.

An item is anything with a height. Grid items stand on the page's 22 lines; free items (table rows, pictures) take
the room they need, and the text after them returns to the next grid line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from desktop.bulletin.page import A4, PageDraft, Sheet

EPSILON = 0.01
#: A chain longer than any page begins a new one when less than the rest of this share is left.
LATE = 0.6
#: Blank above footnotes, which holds their rule.
FOOT_GAP = 12.0
Draw = Callable[[PageDraft, float], None]  # page, top of the item on the sheet


@dataclass(slots=True)
class Item:
    """Something to be placed. ``keep``: on one page with the item after it."""

    height: float
    draw: Draw | None
    grid: bool = False
    keep: bool = False
    blank: bool = False  # vanishes at the head of a page
    foot: Sequence[Item] = ()  # footnotes at the foot of its page
    head: Sequence[Item] = ()  # repeated above this item when it begins a page
    split: Callable[[float], tuple[Item, Item] | None] | None = None  # cut to fit a height
    splittable_from: float = 0.0  # smallest height worth cutting for
    opens: Sheet | None = None  # begins a page of this sheet
    folio: bool = True  # with ``opens``
    place: Callable[[PageDraft, float], None] | None = None  # told where it came to stand


@dataclass
class Flow:
    """The pages of a document as they fill up."""

    sheet: Sheet = A4
    pages: list[PageDraft] = field(default_factory=list)
    progress: Callable[[int], None] | None = None
    numbered: int = 0
    _y: float = 0.0
    _feet: list[Item] = field(default_factory=list)
    _pending: tuple[Sheet, bool] | None = None
    _head_end: float = -1.0

    @property
    def page(self) -> PageDraft:
        """The page being filled."""
        if not self.pages:
            self.open(self.sheet)
        return self.pages[-1]

    @property
    def left_over(self) -> float:
        """Room from the last item to the lower edge of the type area."""
        return self._depth() - self._y if self.pages else self.sheet.depth

    def _depth(self, *coming: Item) -> float:
        """Depth left for text beside the page's footnotes and those of the items to come."""
        feet = [*self._feet, *(foot for item in coming for foot in item.foot)]
        return self.sheet.depth - (sum(foot.height for foot in feet) + FOOT_GAP if feet else 0.0)

    def finish(self, lift: float = 0.0) -> None:
        """Draw the page's footnotes on its lower edge, ``lift`` above it where a 版记 stands there."""
        if not self._feet:
            return
        sheet, page = self.sheet, self.pages[-1]
        y = sheet.bottom - lift - sum(foot.height for foot in self._feet)
        page.rule(sheet.left, y - FOOT_GAP * 0.35, sheet.left + sheet.measure * 0.3, y - FOOT_GAP * 0.35, 0.4)
        for foot in self._feet:
            if foot.draw:
                foot.draw(page, y)
            y += foot.height
        self._feet = []

    def open(self, sheet: Sheet, *, folio: bool = True) -> PageDraft:
        """Begin a page."""
        self.finish()
        self.sheet = sheet
        if folio:
            self.numbered += 1
        self.pages.append(PageDraft(sheet, self.numbered if folio else None))
        self._y = 0.0
        if self.progress:
            self.progress(len(self.pages))
        return self.pages[-1]

    def pour(self, items: Iterable[Item]) -> None:
        """Place items in order, keeping together what asks for it."""
        chain: list[Item] = []
        for item in items:
            if item.opens is not None:
                self._place_chain(chain)
                chain = []
                self._pending = (item.opens, item.folio)  # opened by what follows, so that no blank page is left
                continue
            chain.append(item)
            if not item.keep:
                self._place_chain(chain)
                chain = []
        self._place_chain(chain)

    def _place_chain(self, chain: list[Item]) -> None:
        if not chain:
            return
        if self._pending:
            sheet, folio = self._pending
            self._pending = None
            self.open(sheet, folio=folio)
        elif not self.pages:
            self.open(self.sheet)
        if len(chain) > 1 and self._y > 0.0:
            end = self._end_of(chain, self._y)
            head = sum(item.height for item in chain[0].head)
            fits_a_page = self._end_of(chain, head) <= self.sheet.depth + EPSILON
            if end > self._depth(*chain) + EPSILON and (fits_a_page or self._y > self.sheet.depth * LATE):
                self._break(chain[0])
        for item in chain:
            self._place(item)

    def _end_of(self, chain: list[Item], y: float) -> float:
        """Where the last item would end if the first stood at ``y``."""
        end = y
        for item in chain:
            if item.blank and y == 0.0:
                continue
            top = self._top(item, y)
            end = top + item.height
            y = top + self.sheet.pitch if item.grid else end
        return end

    def _top(self, item: Item, y: float) -> float:
        pitch = self.sheet.pitch
        return math.ceil(y / pitch - EPSILON) * pitch if item.grid else y

    def _place(self, item: Item) -> None:
        while True:
            if item.blank and self._y == 0.0:
                return
            top = self._top(item, self._y)
            room = self._depth(item) - top
            if item.height <= room + EPSILON:
                self._put(item, top)
                return
            if item.blank:
                self._y = self.sheet.depth
                return
            if item.split and room >= item.splittable_from and (parts := item.split(room)):
                self._put(parts[0], top)
                item = parts[1]
            elif self._y == 0.0 or (item.head and self._only_head()):
                if item.split and (parts := item.split(room)):
                    self._put(parts[0], top)
                    item = parts[1]
                else:
                    self._put(item, top)  # taller than any page: better cut off than lost in a loop
                    return
            self._break(item)

    def _break(self, item: Item) -> None:
        """Begin a page for an item, under the head of its table."""
        self.open(self.sheet)
        for head in item.head:
            self._put(head, self._y)
        self._head_end = self._y

    def _only_head(self) -> bool:
        """Whether nothing but a repeated table head stands on the page."""
        return self._y == self._head_end

    def _put(self, item: Item, top: float) -> None:
        page = self.page
        self._feet.extend(item.foot)
        if item.place:
            item.place(page, self.sheet.top + top)
        if item.draw:
            item.draw(page, self.sheet.top + top)
        self._y = top + (self.sheet.pitch if item.grid else item.height)
