"""The wall chart (挂图作战): every item's planned span against the calendar, what is done of it,
and today."""

from __future__ import annotations

import datetime
from itertools import pairwise

from db.model import lights
from db.model.declarations import Tone
from desktop.bulletin.document import Bar, Gantt
from desktop.bulletin.typeset.flow import Draw, Item
from desktop.bulletin.typeset.inline_layout import Typesetter, centred
from desktop.bulletin.typeset.page import (
    SANHAO,
    WUHAO,
    PageDraft,
    Rect,
    Sheet,
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
TODAY: Colour = (0.8, 0.0, 0.0)
#: Words in yellow cannot be read, least of all in grey.
DARK_YELLOW: Colour = (0.55, 0.38, 0.0)
LINE: Colour = (0.6, 0.6, 0.6)
#: Height of the calendar's head in rows: years above months.
HEAD = 1.7
WHITE: Colour = (1.0, 1.0, 1.0)
#: Width of a bar in the legend.
SAMPLE = 30.0
#: Room for what the legend's bars mean where it does not fit beside them.
KEY_LINE = 16.0


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
        self.size = 12.0 if sheet.measure > 600 else WUHAO
        # a wall is read from afar: few rows share the sheet's whole height
        title = (26.0 if sheet.measure > 600 else SANHAO) * 1.6 if gantt.title else 0.0
        share = (sheet.depth - title - 12.0 - 1.0) / (len(gantt.bars) + HEAD + 1.3)
        self.row = min(max(self.size * 1.9, share), self.size * 3.0)
        days = [day for bar in gantt.bars for day in (bar.start, bar.end)] + (
            [] if gantt.hidden else [gantt.today]
        )
        self.months = month_starts(min(days), max(days))
        # where the last row ended; None under a head
        self._foot: tuple[PageDraft, float] | None = None
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
        self.scale = (sheet.right - self.left) / (self.months[-1] - self.months[0]).days

    def x(self, day: datetime.date) -> float:
        """Where a day begins."""
        return self.left + (day - self.months[0]).days * self.scale

    def items(self) -> list[Item]:
        """Title, calendar head repeated on each page, one row per bar, legend."""
        gantt, sheet = self.gantt, self.sheet
        items: list[Item] = []
        if gantt.title:
            size = 26.0 if sheet.measure > 600 else SANHAO
            song = self.typesetter.face("biaosong").at(size)
            items.append(centred(gantt.title, song, sheet, size * 1.6, keep=True))
        head = Item(self.row * HEAD + 12.0, self._head, keep=True)
        items.append(head)
        before = ""
        for bar in gantt.bars:
            items.append(Item(self.row, self._row(bar, first=bar.unit != before), head=[head]))
            before = bar.unit
        if len(items) > 1:
            items[-1].keep = True
        items.append(Item(self.row * 1.3 + (0.0 if self._one_line() else KEY_LINE), self._legend))
        return items

    def _head(self, page: PageDraft, top: float) -> None:
        sheet, size = self.sheet, self.size
        if self._foot:  # the page before ends with a rule
            full, bottom = self._foot
            full.rule(sheet.left, bottom, sheet.right, bottom, 0.8)
            self._foot = None
        top += 12.0
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
        for year in sorted({start.year for start in self.months[:-1]}):
            of_year = [start for start in self.months[:-1] if start.year == year]
            after = self.months[self.months.index(of_year[-1]) + 1]
            self._centred(
                page, f"{year}年", self.x(of_year[0]), self.x(after), baseline_in(top, half, size)
            )
            page.rule(self.x(of_year[0]), top, self.x(of_year[0]), top + half, 0.5)
        for start, after in pairwise(self.months):
            self._centred(
                page, f"{start.month}月", self.x(start), self.x(after),
                baseline_in(top + half, half, size),
            )
            page.rule(self.x(start), top + half, self.x(start), top + height, 0.5)
        today = self.x(self.gantt.today) + self.scale / 2
        text = f"今日 {self.gantt.today.month}月{self.gantt.today.day}日"
        width = text_width(text, self.face) * WUHAO
        middle = min(max(today, self.left + width / 2), self.sheet.right - width / 2)
        page.words(text, self.face.at(WUHAO, colour=TODAY), middle, top - 3.0, align=0.5)

    def _centred(
        self, page: PageDraft, text: str, left: float, right: float, baseline: float
    ) -> None:
        """A word of the calendar's head, made smaller where its months are narrow."""
        size = min(self.size, (right - left) * 0.95 / max(text_width(text, self.hei), 1.0))
        page.words(text, self.hei.at(size), (left + right) / 2, baseline, align=0.5)

    def _row(self, bar: Bar, *, first: bool) -> Draw:
        """A bar's row; its unit is named on the ``first`` of its rows and where they go on over the
        page."""

        def draw(page: PageDraft, top: float) -> None:
            sheet, size = self.sheet, self.size
            unit = bar.unit if first or self._foot is None else ""
            self._foot = page, top + self.row
            baseline = baseline_in(top, self.row, size)
            colour, word = LIGHTS[bar.light], self._word(bar)
            page.rule(
                sheet.left if unit else sheet.left + self.unit_width, top, sheet.right, top, 0.3,
                LINE,
            )
            self._fitted(page, unit, sheet.left + 4.0, baseline, self.unit_width - 8.0)
            self._fitted(
                page, bar.label, sheet.left + self.unit_width + 4.0, baseline,
                self.label_width - 8.0,
            )
            ink = DARK_YELLOW if bar.light == "yellow" else colour
            room = (self.light_width - 8.0) / max(text_width(word, self.hei), 1.0)
            page.words(
                word, self.hei.at(min(size, room), colour=ink), self.left - self.light_width / 2,
                baseline, align=0.5,
            )
            for start in () if self.gantt.hidden else self.months[:-1]:
                page.rule(self.x(start), top, self.x(start), top + self.row, 0.3, LINE)
            x0, x1 = self.x(bar.start), self.x(bar.end + datetime.timedelta(days=1))
            y, height = top + self.row * 0.22, self.row * 0.56
            self._bar(page, (x0, y, x1 - x0, height), bar.light, min(max(bar.done, 0.0), 1.0))
            if not self.gantt.hidden:
                today = self.x(self.gantt.today) + self.scale / 2
                page.path(
                    [(today, top), (today, top + self.row)], stroke=1.0, colour=TODAY, dash="4 2"
                )
            for edge in (
                sheet.left, sheet.left + self.unit_width, self.left - self.light_width, self.left,
                sheet.right,
            ):
                page.rule(edge, top, edge, top + self.row, 0.5)

        return draw

    @staticmethod
    def _bar(
        page: PageDraft, box: tuple[float, float, float, float], light: Tone, done: float
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
            if light in ("blue", "grey"):
                spacing, stroke = (height, 1.8) if light == "blue" else (height / 3, 0.7)
                page.stripes(area, spacing, colour=ink, stroke=stroke)
        page.box(Rect(x, y, width, height), stroke=0.7)

    def _fitted(self, page: PageDraft, text: str, x: float, baseline: float, width: float) -> None:
        """A text on one line: made smaller down to three quarters, then cut with an ellipsis."""
        if not text or width <= 0:
            return
        size = self.size
        wide = text_width(text, self.face) * size
        if wide > width:
            size = max(size * 0.75, size * width / wide)
            while len(text) > 1 and text_width(text, self.face) * size > width + 0.01:
                text = text.rstrip("…")[:-1] + "…"
        page.words(text, self.face.at(size), x, baseline)

    def _key(self) -> str:
        return KEY + (f"；数据来源：{self.gantt.source}" if self.gantt.source else "")

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

    def _one_line(self) -> bool:
        """Whether the legend's bars and what they mean have room beside one another."""
        words = sum(
            SAMPLE + 18.0 + text_width(word, self.face) * WUHAO for word in self._words().values()
        )
        return words + text_width(self._key(), self.face) * WUHAO <= self.sheet.measure

    def _legend(self, page: PageDraft, top: float) -> None:
        sheet = self.sheet
        page.rule(sheet.left, top, sheet.right, top, 0.8)
        x, baseline = sheet.left, baseline_in(top + 4.0, self.row, WUHAO)
        for light, word in self._words().items():
            self._bar(
                page, (x, top + 4.0 + self.row * 0.3, SAMPLE, self.row * 0.4), light,
                1.0 if light == "blue" else 0.6,
            )
            x += (
                SAMPLE
                + 4.0
                + page.words(word, self.face.at(WUHAO), x + SAMPLE + 4.0, baseline)
                + 14.0
            )
        if self._one_line():
            page.words(self._key(), self.face.at(WUHAO), sheet.right, baseline, align=1.0)
            return
        size = min(WUHAO, sheet.measure / text_width(self._key(), self.face))
        page.words(self._key(), self.face.at(size), sheet.left, baseline + KEY_LINE)


def gantt_items(gantt: Gantt, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """A wall chart as items for the flow."""
    return GanttLayout(gantt, typesetter, sheet).items() if gantt.bars else []
