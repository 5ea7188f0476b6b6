"""Pours items into pages: lines onto the grid, tables and pictures between them, nothing parted
that belongs together.

An item is anything with a height. Grid items stand on the page's 22 lines; free items (table rows,
pictures) take the room they need, and the text after them returns to the next grid line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from desktop.bulletin.typeset.page import A4, ARTIFACT, PageContent, Sheet, Tag

EPSILON = 0.01
#: What is lower than this share of a page goes over with the one line that would else stand alone.
LOW = 0.25
#: A chain longer than any page begins a new one when less than the rest of this share is left.
LATE = 0.6
#: No more than this share of a page stays blank for what goes over.
EMPTY = 0.4
#: Blank above footnotes, which holds their rule.
FOOT_GAP = 12.0
Draw = Callable[[PageContent, float], None]  # page, top of the item on the sheet


class Item(msgspec.Struct):
    """Something to be placed. ``keep``: on one page with the item after it."""

    height: float
    draw: Draw | None
    grid: bool = False
    keep: bool = False
    blank: bool = False  # vanishes at the head of a page
    foot: Sequence[Item] = ()  # footnotes at the foot of its page
    head: Sequence[Item] = ()  # repeated above this item when it begins a page
    split: Callable[[float], tuple[Item, Item] | None] | None = None  # cut to fit a height
    # made lower, or parted in two, rather than go over with all it is tied to: by its own room and
    # whether it may be parted
    fit: Callable[[float, bool], tuple[Item, Item | None] | None] | None = None
    splittable_from: float = 0.0  # smallest height worth cutting for
    opens: Sheet | None = None  # begins a page of this sheet
    fresh: bool = False  # begins a page of the sheet that is in use, under its table's head
    folio: bool = True  # with ``opens``
    place: Callable[[PageContent, float], None] | None = None  # told where it came to stand
    tag: Tag | None = None  # what it is in the document's structure
    lines: int = 0  # of the first line of a paragraph: how many it has
    # the same paragraph in fewer lines, its marks squeezed
    tighter: Callable[[], list[Item] | None] | None = None

    def tell(self, note: Draw) -> None:
        """Tell ``note``, too, where the item came to stand, before whom it was told so far."""
        before = self.place

        def both(page: PageContent, top: float) -> None:
            note(page, top)
            if before:
                before(page, top)

        self.place = both


class Flow(msgspec.Struct):
    """The pages of a document as they fill up. What stands on them is drawn at last, by ``drawn``:
    a document is tried on other pages before it is known which it is put on."""

    sheet: Sheet = A4
    pages: list[PageContent] = msgspec.field(default_factory=list)
    progress: Callable[[int], None] | None = None
    tagged: bool = False  # whether pages keep the structure of what stands on them
    numbered: int = 0
    _y: float = 0.0
    _solid: float = 0.0  # where the last item that is no blank ends
    _feet: list[Item] = msgspec.field(default_factory=list)
    _pending: tuple[Sheet, bool] | None = None
    _head_end: float = -1.0
    _folio: bool = True
    _first: int = 0  # pages before the part that is being poured
    #: Room left where a part of more than one page ended, as a share of the page.
    ends: list[float] = msgspec.field(default_factory=list)
    #: How far each page but the last is filled, as a share of its depth.
    filled: list[float] = msgspec.field(default_factory=list)
    _drawing: list[tuple[PageContent, Tag | None, Draw, float]] = msgspec.field(
        default_factory=list
    )

    def drawn(self) -> list[PageContent]:
        """The pages with all that stands on them."""
        for page, tag, draw, top in self._drawing:
            if page.tags is None:
                draw(page, top)
            else:
                with page.tagged(tag):
                    draw(page, top)
        self._drawing = []
        return self.pages

    def draw_later(self, draw: Draw, top: float = 0.0, tag: Tag | None = None) -> None:
        """Keep what is to be drawn on the page being filled."""
        self._drawing.append((self.pages[-1], tag, draw, top))

    @property
    def page(self) -> PageContent:
        """The page being filled."""
        if not self.pages:
            self.open(self.sheet)
        return self.pages[-1]

    @property
    def left_over(self) -> float:
        """Room from the last item to the lower edge of the type area."""
        return self._depth() - self._solid if self.pages else self.sheet.depth

    def _depth(self, *coming: Item) -> float:
        """Depth left for text beside the page's footnotes and those of the items to come."""
        feet = [*self._feet, *(foot for item in coming for foot in item.foot)]
        return self.sheet.depth - (sum(foot.height for foot in feet) + FOOT_GAP if feet else 0.0)

    def finish(self, lift: float = 0.0) -> None:
        """Draw the page's footnotes on its lower edge, ``lift`` above it over a 版记."""
        if not self._feet:
            return
        sheet = self.sheet
        y = sheet.bottom - lift - sum(foot.height for foot in self._feet)

        def rule(page: PageContent, top: float) -> None:
            page.rule(sheet.left, top, sheet.left + sheet.measure * 0.3, top, 0.4)

        self.draw_later(rule, y - FOOT_GAP * 0.35)
        for foot in self._feet:
            if foot.draw:
                self.draw_later(foot.draw, y, foot.tag)
            y += foot.height
        self._feet = []

    def open(self, sheet: Sheet, *, folio: bool = True) -> PageContent:
        """Begin a page."""
        self.finish()
        if self.pages:
            self.filled.append(self._y / self.sheet.depth)
        self.sheet, self._folio = sheet, folio
        if folio:
            self.numbered += 1
        page = PageContent(sheet, self.numbered if folio else None)
        page.tags = [] if self.tagged else None
        self.pages.append(page)
        self._y = self._solid = 0.0
        if self.progress:
            self.progress(len(self.pages))
        return self.pages[-1]

    def pour(self, items: Iterable[Item], foot: Callable[[], float] = lambda: 0.0) -> None:
        """Place items in order, keeping together what asks for it. ``foot``: room wanted under the
        last of them, asked on its page.

        No part ends with a page of one line, and where one line of a paragraph has no room on a
        page, the paragraph is squeezed for it.
        """
        queue = list(items)
        _tie_ends(queue)
        solid = max(
            (k for k, item in enumerate(queue) if not item.blank and item.opens is None), default=-1
        )
        chain: list[Item] = []
        at = 0
        while at < len(queue):
            item = queue[at]
            if item.opens is not None:
                self._place_chain(chain)
                chain = []
                # opened by what follows, so that no blank page is left
                self._pending = (item.opens, item.folio)
                at += 1
                continue
            if item.tighter and not self._fits(chain, queue, at, solid) and (
                closer := self._closer(chain, queue, at, foot)
            ):
                queue[at : at + item.lines] = closer
                solid -= item.lines - len(closer)
                item = queue[at]
            chain.append(item)
            if not item.keep:
                if at >= solid or len(chain) > 1 or not self._put_line(item):
                    self._place_chain(chain, foot if at >= solid else None)
                chain = []
            at += 1
        self._place_chain(chain, foot)
        self._end_part()

    def _end_part(self) -> None:
        if len(self.pages) > self._first + 1:
            self.ends.append(self.left_over / self.sheet.depth)
        self._first = len(self.pages)

    def _fits(self, chain: list[Item], queue: list[Item], at: int, solid: int) -> bool:
        """Whether the paragraph that begins at ``at`` has room, which most have, where nothing is
        tied to it."""
        last = queue[at + queue[at].lines - 1]
        if chain or last.keep or not last.grid or at + queue[at].lines > solid:
            return False
        top = self._top(queue[at], self._y) + (queue[at].lines - 1) * self.sheet.pitch
        return top + last.height <= self._depth()

    def _closer(
        self, chain: list[Item], queue: list[Item], at: int, foot: Callable[[], float]
    ) -> list[Item] | None:
        """The paragraph that begins at ``at`` in one line less, where all but one line of it, and
        of what it is tied to, has room."""
        if self._pending or not self.pages:
            return None
        end = at + queue[at].lines
        lines = queue[at:end]
        while end < len(queue) and queue[end - 1].keep and queue[end].opens is None:
            end += 1
        group = [*chain, *queue[at:end]]
        if (
            any(item.foot for item in group)
            or self._end_of([*chain, lines[0]], self._y) > self._depth() + EPSILON
        ):
            return None
        need = foot() if all(item.blank for item in queue[end:]) else 0.0
        over = self._end_of(group, self._y) + need - self._depth()
        if not EPSILON < over <= self.sheet.pitch + EPSILON or not lines[0].tighter:
            return None
        closer = lines[0].tighter()
        if closer:
            closer[0].place = closer[0].place or lines[0].place
            for new, old in zip(reversed(closer), reversed(lines), strict=False):
                new.keep = old.keep
        return closer

    def _put_line(self, item: Item) -> bool:
        """Place a line of running text that has room, as most do, without looking further."""
        if not item.grid or item.fresh or item.foot or item.blank or self._feet:
            return False
        if self._pending or not self.pages:
            return False
        top = self._top(item, self._y)
        if top + item.height > self.sheet.depth + EPSILON:
            return False
        self._put(item, top)
        return True

    def _place_chain(self, chain: list[Item], foot: Callable[[], float] | None = None) -> None:
        """Place items that stand together; ``foot``: room that is wanted under them, with which
        they go over where it is not there."""
        if not chain:
            return
        self._open_for(chain[0])
        if foot is not None and self._goes_over_for(chain, foot()):
            self._break(chain[0])
        end = self._end_of(chain, self._y)
        if end > self._depth(*chain) + EPSILON:
            if self._fitted(chain, end, foot):
                return
            head = sum(item.height for item in chain[0].head)
            fits_a_page = self._end_of(chain, head) <= self.sheet.depth + EPSILON
            if len(chain) > 1 and self._y > 0.0 and (
                fits_a_page or self._y > self.sheet.depth * LATE
            ):
                self._break(chain[0])
                if self._fitted(chain, self._end_of(chain, self._y), foot):
                    return
        for item in chain:
            self._place(item)

    def _open_for(self, first: Item) -> None:
        """The page on which an item stands, where a part, a document or the item begins one."""
        if self._pending:
            sheet, folio = self._pending
            self._pending = None
            self._end_part()
            self.open(sheet, folio=folio)
        elif not self.pages:
            self.open(self.sheet)
        if first.fresh and self._y > 0.0:
            self._break(first)

    def _goes_over_for(self, chain: list[Item], need: float) -> bool:
        """Whether a chain goes to the next page so that what is wanted under it stands there too:
        not for a single line."""
        here = self._end_of(chain, self._y) + need <= self._depth(*chain) + EPSILON
        if not need or self._y <= 0.0 or here or sum(not item.blank for item in chain) < 2:
            return False
        head = sum(item.height for item in chain[0].head)
        return self._end_of(chain, head) + need <= self.sheet.depth

    def _fitted(self, chain: list[Item], end: float, foot: Callable[[], float] | None) -> bool:
        """Place a chain whose chart or picture is made lower for it, or parted, where it would
        else leave too much of the page blank, or has room on none."""
        at = next((k for k, item in enumerate(chain) if item.fit), None)
        over = end + (foot() if foot else 0.0) - self._depth(*chain)
        if at is None or over <= EPSILON:
            return False
        item = chain[at]
        parts = item.fit(item.height - over, False) if item.fit else None
        blank = self._depth(*chain) - self._y > EMPTY * self.sheet.depth
        if not parts and item.fit and (blank or self._y == 0.0):
            room = self._depth(*chain) - self._end_of(chain[:at], self._y)
            parts = item.fit(room, True)
        if not parts:
            return False
        first, rest = parts
        for each in (*chain[:at], first):
            self._place(each)
        if rest is None:
            for each in chain[at + 1 :]:
                self._place(each)
        else:
            self._break(rest)
            self._place_chain([rest, *chain[at + 1 :]], foot)
        return True

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
        self.open(self.sheet, folio=self._folio)
        for head in item.head:
            self._put(head, self._y, ARTIFACT)  # said already
        self._head_end = self._y

    def _only_head(self) -> bool:
        """Whether nothing but a repeated table head stands on the page."""
        return self._y == self._head_end

    def _put(self, item: Item, top: float, tag: Tag | None = None) -> None:
        sheet = self.sheet
        self._feet.extend(item.foot)
        if item.place:
            item.place(self.page, sheet.top + top)
        if item.draw:
            self.draw_later(item.draw, sheet.top + top, tag or item.tag)
        self._y = top + (sheet.pitch if item.grid else item.height)
        if not item.blank:
            self._solid = top + item.height


def _tie_ends(queue: list[Item]) -> None:
    """Tie the last line of each part to what stands before it, so that it never has a page to
    itself."""
    start = 0
    for end in [*(k for k, item in enumerate(queue) if item.opens is not None), len(queue)]:
        solid = [k for k in range(max(start, end - 8), end) if not queue[k].blank][-2:]
        if len(solid) == 2 and queue[solid[1]].grid and queue[solid[0]].height <= LOW * A4.depth:
            for item in queue[solid[0] : solid[1]]:
                item.keep = True
        start = end + 1
