"""The wall chart (挂图作战): every item's planned span against the calendar, what is done of it,
and today."""

from __future__ import annotations

import datetime
from itertools import groupby, pairwise

from db.model import lights
from db.model.declarations import Tone
from desktop.bulletin.alternatives import POINTS, gantt_in_words
from desktop.bulletin.document import Bar, Gantt, PointKind, Role
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import TextLayout, Typesetter, centred
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import (
    ARTIFACT,
    SANHAO,
    WUHAO,
    PageContent,
    Rect,
    Sheet,
    Tag,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pdf_fonts import BLACK, Colour

#: A light's colour. A black and white print tells them by the word that the item's ledger has for
#: it and by the lines over the bar: none, upright, slanting, both, level, one through its middle
#: as what is done is struck out.
LIGHTS: dict[Tone, Colour] = {
    "green": (0.16, 0.6, 0.3), "yellow": (0.95, 0.72, 0.1), "red": (0.8, 0.1, 0.1),
    "blue": (0.2, 0.42, 0.75), "purple": (0.45, 0.25, 0.6), "grey": (0.5, 0.5, 0.5),
}
KEY = "涂色部分为已完成份额，灯色按各台账的规定"
#: A sheet of a wider type area is hung on a wall and read from three metres: nothing on it is
#: smaller than 三号.
WALL = 1000.0
#: Type sizes by sheet: of the title, and of everything else.
ON_WALL, TURNED, UPRIGHT = (36.0, SANHAO), (26.0, 12.0), (SANHAO, WUHAO)
#: Of late points: darker than a red bar, so that they are seen on one in black and white.
LATE: Colour = (0.6, 0.0, 0.0)
TODAY: Colour = (0.8, 0.0, 0.0)
#: Words in yellow cannot be read, least of all in grey.
DARK_YELLOW: Colour = (0.55, 0.38, 0.0)
LINE: Colour = (0.6, 0.6, 0.6)
#: Height of the calendar's head in rows: years above months.
HEAD = 1.7
WHITE: Colour = (1.0, 1.0, 1.0)
#: Width of a bar in the legend.
SAMPLE = 30.0
#: From line to line in a cell, and blank above and below, in type sizes.
LEADING, PADDING = 1.2, 0.3
#: Widths in em: 2022年, 10月, 10; 第99张，共99张 with a blank before it.
YEAR, MONTH, NUMBER, JOINED = 3.4, 2.2, 1.2, 9.0
#: The calendar begins and ends with so many months more at most, for a year's number to have room.
MORE_MONTHS = 12


def month_starts(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """First days of the months that a span touches, and the first day after it."""
    day = first.replace(day=1)
    starts = [day]
    while day <= last:
        day = (day + datetime.timedelta(days=32)).replace(day=1)
        starts.append(day)
    return starts


class GanttLayout:
    """One wall chart laid out on a sheet."""

    def __init__(self, gantt: Gantt, typesetter: Typesetter, sheet: Sheet) -> None:
        self.gantt, self.sheet, self.typesetter = gantt, sheet, typesetter
        self.face, self.hei = typesetter.face("fang"), typesetter.face("hei")
        self.title_size, self.size = (
            ON_WALL if sheet.measure > WALL else TURNED if sheet.turned else UPRIGHT
        )
        self.small = self.size if sheet.measure > WALL else WUHAO
        self.band = self.small * 1.25  # above the head, for today
        # a wall is read from afar: few rows share the sheet's whole height
        title = self.title_size * 1.6 if gantt.title else 0.0
        share = (sheet.depth - title - self.band - 1.0) / (len(gantt.bars) + HEAD + 1.3)
        self.row = min(max(self.size * 1.9, share), self.size * 3.0)
        # where the last row ended; None under a head
        self._foot: tuple[PageContent, float] | None = None
        self._sheets: list[PageContent] = []
        unit = max((text_width(bar.unit, self.face) for bar in gantt.bars), default=0.0)
        label = max((text_width(bar.label, self.face) for bar in gantt.bars), default=0.0)
        limit = sheet.measure * 0.42
        # no column is narrower than its own heading, however short the names in it are
        self.unit_width = (
            max(min(unit * self.size + 8.0, limit * 0.36), 4.4 * self.size) if unit else 0.0
        )
        self.label_width = max(
            min(label * self.size + 8.0, limit - self.unit_width), 2.4 * self.size
        )
        words = [text_width(word, self.face) for word in (self._word(b) for b in gantt.bars)]
        self.light_width = min(max(2.0, *words), 5.0) * self.size + 8.0
        self.left = sheet.left + self.unit_width + self.label_width + self.light_width
        days = [day for bar in gantt.bars for day in (bar.start, bar.end)] + (
            [] if gantt.hidden else [gantt.today]
        )
        first, last = min(days), max(days)
        for _ in range(MORE_MONTHS):
            self.months = month_starts(first, last)
            self.scale = (sheet.right - self.left) / (self.months[-1] - self.months[0]).days
            narrow = [years[0] for years in self._years() if not self._fits(YEAR, *years)]
            if self.months[0] in narrow:
                first = self.months[0] - datetime.timedelta(1)
            elif narrow and narrow[-1].year == self.months[-2].year:
                last = self.months[-1]
            else:
                break
        whole = all(self._fits(NUMBER, *pair) for pair in pairwise(self.months))
        # lines of each month where its number has room, else of each quarter
        self.ruled = [day for day in self.months[:-1] if whole or day.month % 3 == 1]

    def x(self, day: datetime.date) -> float:
        """Where a day begins."""
        return self.left + (day - self.months[0]).days * self.scale

    def items(self) -> list[Item]:
        """Title, calendar head repeated on each page, one row per bar, legend."""
        gantt, sheet = self.gantt, self.sheet
        items: list[Item] = []
        if gantt.title:
            size = self.title_size
            song = self.typesetter.face("biaosong").at(size)
            items.append(centred(gantt.title, song, sheet, size * 1.6, keep=True))
        head = Item(self.row * HEAD + self.band, self._head, keep=True)
        items.append(head)
        for _, bars in groupby(gantt.bars, lambda bar: bar.unit):
            items += self._unit(list(bars), head)
        if len(items) > 1:
            items[-1].keep = True
        lines, key = self._legend_lines(), self._key()
        height = (len(lines) + len(key.lines)) * self.small * 1.5 + 6.0
        items.append(Item(height, lambda page, top: self._legend(page, top, lines, key)))
        return items

    def _head(self, page: PageContent, top: float) -> None:
        sheet, size = self.sheet, self.size
        if self._foot:  # the page before ends with a rule
            full, bottom = self._foot
            full.rule(sheet.left, bottom, sheet.right, bottom, 0.8)
            self._foot = None
        self._sheets.append(page)
        top += self.band
        height = self.row * HEAD
        page.box(Rect(sheet.left, top, sheet.measure, height), fill=(0.92, 0.92, 0.92))
        page.box(Rect(sheet.left, top, sheet.measure, height), stroke=0.8)
        baseline = baseline_in(top, height, size)
        x = sheet.left
        for text, width in (
            ("责任单位", self.unit_width), ("事项", self.label_width), ("状态", self.light_width),
        ):
            if width:
                page.words(
                    text, self.hei.at(min(size, width / (len(text) + 0.2))), x + width / 2,
                    baseline, align=0.5,
                )
                x += width
                page.rule(x, top, x, top + height, 0.5)
        if self.gantt.hidden:
            return
        half = height / 2
        page.rule(self.left, top + half, sheet.right, top + half, 0.5)
        for start, after in self._years():
            if self._fits(YEAR, start, after):
                self._centred(page, f"{start.year}年", start, after, baseline_in(top, half, size))
            page.rule(self.x(start), top, self.x(start), top + half, 0.5)
        self._months(page, top + half, half)
        today = self.x(self.gantt.today) + self.scale / 2
        word = "截至" if self.gantt.past else "今日"
        text = f"{word} {self.gantt.today.month}月{self.gantt.today.day}日"
        width = text_width(text, self.face) * self.small
        room = sheet.right - self.small * JOINED
        middle = min(max(today, self.left + width / 2), room - width / 2)
        page.words(text, self.face.at(self.small, colour=TODAY), middle, top - 3.0, align=0.5)

    def _months(self, page: PageContent, top: float, height: float) -> None:
        """The months under their years; where they are narrow the first of each quarter alone is
        named, without 月, rather than all in smaller type."""
        baseline = baseline_in(top, height, self.size)
        named = all(self._fits(MONTH, *pair) for pair in pairwise(self.months))
        for start, after in pairwise([*self.ruled, self.months[-1]]):
            page.rule(self.x(start), top, self.x(start), top + height, 0.5)
            if self._fits(NUMBER, start, after):
                text = f"{start.month}月" if named else str(start.month)
                self._centred(page, text, start, after, baseline)

    def _years(self) -> list[tuple[datetime.date, datetime.date]]:
        """Of each year of the calendar its first day and the day after its last."""
        starts = [start for at, start in enumerate(self.months[:-1]) if not at or start.month == 1]
        return list(pairwise([*starts, self.months[-1]]))

    def _fits(self, wide: float, start: datetime.date, after: datetime.date) -> bool:
        """Whether a word of the calendar's head, so many em wide, has room over its days."""
        return wide * self.size <= (after - start).days * self.scale - 2.0

    def _centred(
        self, page: PageContent, text: str, start: datetime.date, after: datetime.date,
        baseline: float,
    ) -> None:
        middle = (self.x(start) + self.x(after)) / 2
        page.words(text, self.hei.at(self.size), middle, baseline, align=0.5)

    def _cell(self, text: str, width: float, *, light: bool = False) -> TextLayout:
        """The text of a cell, in as many lines as it needs."""
        shape = Shape(align="center" if light else "left", words=True, names=self.typesetter.names)
        role: Role = "hei" if light else "fang"
        return self.typesetter.lay_out(text, role, self.size, width - 8.0, shape)

    def _high(self, layout: TextLayout) -> float:
        """What a row must have for a cell's lines."""
        return len(layout.lines) * self.size * LEADING + 2 * PADDING * self.size

    def _unit(self, bars: list[Bar], head: Item) -> list[Item]:
        """The rows of a unit, whose name may reach over several of them: no page begins or ends
        with fewer than it needs."""
        unit = self._cell(bars[0].unit, self.unit_width)
        cells = [
            (self._cell(bar.label, self.label_width),
             self._cell(self._word(bar), self.light_width, light=True))
            for bar in bars
        ]  # fmt: skip
        heights = [max(self.row, *map(self._high, each)) for each in cells]
        heights[-1] += max(0.0, self._high(unit) - sum(heights))
        rows, above, below = [], 0.0, sum(heights)
        for at, (bar, each, high) in enumerate(zip(bars, cells, heights, strict=True)):
            row = self._row(bar, (unit, *each), high, head, first=not at)
            above, below = above + high, below - high
            row.keep = at + 1 < len(bars) and min(above, below) < self._high(unit) - 0.01
            rows.append(row)
        return rows

    def _row(
        self, bar: Bar, cells: tuple[TextLayout, TextLayout, TextLayout], high: float, head: Item,
        *, first: bool,
    ) -> Item:
        """A bar's row under the calendar's ``head``; its unit is named on the ``first`` of its rows
        and where they go on over the page."""
        leading = self.size * LEADING
        unit, label, word = cells
        ink = DARK_YELLOW if bar.light == "yellow" else LIGHTS[bar.light]

        def draw(page: PageContent, top: float) -> None:
            sheet = self.sheet
            named = first or self._foot is None
            self._foot = page, top + high
            page.rule(
                sheet.left if named else sheet.left + self.unit_width, top, sheet.right, top, 0.3,
                LINE,
            )
            x = sheet.left + 4.0
            for layout, width in (
                (unit if named else None, self.unit_width), (label, self.label_width),
                (word, self.light_width),
            ):
                if layout is not None:
                    colour = ink if layout is word else BLACK
                    blank = (high - len(layout.lines) * leading) / 2
                    y = top + max(blank, PADDING * self.size)
                    layout.draw_lines(page, x, y, leading, colour=colour)
                x += width
            self._span(page, bar, top, high)
            for edge in (
                sheet.left, sheet.left + self.unit_width, self.left - self.light_width, self.left,
                sheet.right,
            ):
                page.rule(edge, top, edge, top + high, 0.5)

        return Item(high, draw, head=[head])

    def _span(self, page: PageContent, bar: Bar, top: float, high: float) -> None:
        """A bar on the calendar, with today over it."""
        for start in () if self.gantt.hidden else self.ruled:
            page.rule(self.x(start), top, self.x(start), top + high, 0.3, LINE)
        x0, x1 = self.x(bar.start), self.x(bar.end + datetime.timedelta(days=1))
        y, height = top + (high - self.row * 0.56) / 2, self.row * 0.56
        self._bar(page, (x0, y, x1 - x0, height), bar.light, min(max(bar.done, 0.0), 1.0))
        if not self.gantt.hidden:
            today = self.x(self.gantt.today) + self.scale / 2
            page.path([(today, top), (today, top + high)], stroke=1.0, colour=TODAY, dash="4 2")
            for day, sort in bar.points:
                at = min(max(self.x(day) + self.scale / 2, self.left), self.sheet.right)
                _point(page, at, top + high / 2, self.row * 0.24, sort)

    @staticmethod
    def _bar(
        page: PageContent, box: tuple[float, float, float, float], light: Tone, done: float
    ) -> None:
        """A bar at x, y of a width and height, its share ``done`` in the light's colour, with the
        lines that stand for the light."""
        x, y, width, height = box
        page.box(Rect(x, y, width, height), fill=WHITE)
        for start, part, fill in (
            (x, width * done, LIGHTS[light]), (x + width * done, width * (1.0 - done), None),
        ):
            if part <= 0.0:
                continue
            if fill:
                page.box(Rect(start, y, part, height), fill=fill)
            # black on dark colours is lost in grey
            ink = WHITE if fill and light != "yellow" else BLACK
            area = Rect(start, y, part, height)
            if light in ("yellow", "purple"):
                page.stripes(area, 5.0, upright=True, colour=ink, stroke=0.7)
            if light in ("red", "purple"):
                page.hatch(area, 5.0, colour=ink, stroke=0.9 if fill else 0.5)
            if light == "blue":
                page.stripes(area, height, colour=ink, stroke=max(1.8, height * 0.09))
            elif light == "grey":
                page.stripes(area, height / 3, colour=ink, stroke=0.7)
        page.box(Rect(x, y, width, height), stroke=0.7)

    def _key(self) -> TextLayout:
        """What the legend's bars mean."""
        source = f"；数据来源：{self.gantt.source}" if self.gantt.source else ""
        return self.typesetter.lay_out(KEY + source, "fang", self.small, self.sheet.measure)

    @staticmethod
    def _word(bar: Bar) -> str:
        """What the ledger of a bar calls its light; by itself a bar has the usual word."""
        return bar.word or lights.LABELS[bar.light]

    def _words(self) -> dict[Tone, str]:
        """The lights that the chart has, each with all that its ledgers call it."""
        said: dict[Tone, dict[str, None]] = {
            tone: {} for tone in LIGHTS if any(bar.light == tone for bar in self.gantt.bars)
        }
        for bar in self.gantt.bars:
            said[bar.light][self._word(bar)] = None
        return {tone: "、".join(words) for tone, words in said.items()}

    def _legend_lines(self) -> list[list[tuple[str, str, float]]]:
        """The lights and the points with their words, each with its width, in lines of the
        legend."""
        lines: list[list[tuple[str, str, float]]] = []
        left = 0.0
        there = {sort for bar in self.gantt.bars for _, sort in bar.points}
        points = [(sort, word) for sort, word in POINTS.items() if sort in there]
        for light, word in (*self._words().items(), *points):
            wide = SAMPLE + 18.0 + text_width(word, self.face) * self.small
            if not lines or wide > left:
                lines.append([])
                left = self.sheet.measure
            lines[-1].append((light, word, wide))
            left -= wide
        return lines

    def _sample(self, page: PageContent, box: tuple[float, float, float, float], sort: str) -> None:
        """A bar of a light, or a point, in the legend."""
        for light in LIGHTS:
            if light == sort:
                self._bar(page, box, light, 1.0 if light == "blue" else 0.6)
        for point in POINTS:
            if point == sort:
                x, y, width, height = box
                _point(page, x + width / 2, y + height / 2, height * 0.5, point)

    def _legend(
        self, page: PageContent, top: float, lines: list[list[tuple[str, str, float]]],
        key: TextLayout,
    ) -> None:
        sheet, step = self.sheet, self.small * 1.5
        page.rule(sheet.left, top, sheet.right, top, 0.8)
        top += 4.0
        for line in lines:
            x = sheet.left
            for light, word, wide in line:
                self._sample(page, (x, top + step * 0.2, SAMPLE, step * 0.6), light)
                page.words(
                    word, self.face.at(self.small), x + SAMPLE + 4.0,
                    baseline_in(top, step, self.small),
                    within=sheet.measure - SAMPLE - 4.0,
                )
                x += wide
            top += step
        key.draw_lines(page, sheet.left, top, step)
        if len(self._sheets) > 1:  # how they are joined, once it is known how many there are
            for number, each in enumerate(self._sheets, 1):
                text = f"第{number}张，共{len(self._sheets)}张"
                y = sheet.top + self.band - 3.0
                if number == 1 and self.gantt.title:
                    y += self.title_size * 1.6
                with each.tagged(ARTIFACT):
                    each.words(text, self.face.at(self.small), sheet.right, y, align=1.0)


def _point(page: PageContent, x: float, y: float, size: float, sort: PointKind) -> None:
    """A point on a bar, its middle at x, y, told without colour: a lozenge is in time, a triangle
    late; filled is done, hollow is not."""
    ink = LATE if sort in ("late", "overdue") else BLACK
    corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
    if sort in ("late", "overdue"):
        corners = [(x, y - size), (x + size, y + size * 0.8), (x - size, y + size * 0.8)]
    filled = ink if sort in ("reached", "late") else WHITE
    edge = [(px + (px - x) * 0.35, py + (py - y) * 0.35) for px, py in corners]
    page.path(edge, fill=WHITE, close=True)  # whatever lies under it
    page.path(corners, fill=filled, stroke=1.2, colour=ink, close=True)


def gantt_items(gantt: Gantt, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """A wall chart as items for the flow."""
    items = GanttLayout(gantt, typesetter, sheet).items() if gantt.bars else []
    tag = Tag("Figure", gantt_in_words(gantt))
    for item in items:
        item.tag = tag
    return items
