"""Charts drawn in vectors with the document's own faces, told apart by hatching so that a black and
white printer will do."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

from desktop.bulletin.alternatives import chart_in_words
from desktop.bulletin.document import MASK, Chart, Series
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import (
    MM,
    SIHAO,
    WUHAO,
    XIAOWU,
    PageContent,
    Rect,
    Sheet,
    Tag,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pdf_fonts import Colour
from desktop.bulletin.typeset.titles import break_title

PALE: Colour = (0.85, 0.85, 0.85)
#: How the series are told apart: grey of the area (0 black), its lines (which way, from line to
#: line in points), dash of a line.
STYLES: tuple[tuple[float, str, float, str], ...] = (
    (0.25, "", 0.0, ""), (1.0, "rising", 3.2, "5 2.5"), (0.75, "", 0.0, "1.5 2"),
    (1.0, "falling", 3.2, "7 2 1.5 2"), (0.5, "", 0.0, "3 1.5"), (1.0, "upright", 3.2, "1 1"),
    (0.75, "level", 3.2, "9 2"), (1.0, "", 0.0, "4 1 1 1 1 1"), (1.0, "crossed", 4.0, "2 4"),
    (0.55, "rising", 5.0, "6 4"), (1.0, "level", 2.2, "3 1 1 1"), (0.85, "crossed", 2.4, "8 1"),
)
#: A label takes no more lines than this; where it would, a chart is set in parts.
LABEL_LINES = 3
#: The labels of lying bars take no more of the measure.
LABELS = 0.4
#: A standing bar is not narrower than this, in points.
COLUMN_LEAST = 9.0
#: A standing chart is not made lower than this, in millimetres, to have room on a page.
LOWEST = 45.0
#: No part of a chart of lying bars has fewer than these.
FEW_BARS = 3


def chart_items(chart: Chart, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """Title, chart, legend and source, kept together; a chart of more bars than can be read side by
    side in several, one below the other."""
    parts = _Drawing(chart, typesetter, sheet).parts()
    items: list[Item] = []
    for number, part in enumerate(parts):
        title = chart.title if not number else f"{chart.title}（续）" if chart.title else ""
        drawing = _Drawing(chart, typesetter, sheet, part)
        items += _titled(drawing, title, keep=bool(chart.source) and number == len(parts) - 1)
    if chart.source:
        layout = typesetter.lay_out(
            f"数据来源：{chart.source}", "fang", WUHAO, sheet.measure, Shape(align="left")
        )

        def source(page: PageContent, top: float) -> None:
            layout.draw_lines(page, sheet.left, top + 1.0, 14.0)

        items.append(Item(2.0 + 14.0 * len(layout.lines), source, tag=Tag("P")))
    items.append(Item(sheet.pitch * 0.3, None, blank=True))
    return items


def _titled(drawing: _Drawing, title: str, *, keep: bool) -> list[Item]:
    """One drawing under its title."""
    chart, sheet = drawing.chart, drawing.sheet
    items = [Item(sheet.pitch * 0.3, None, blank=True, keep=True)]
    lines = break_title(title, int(sheet.measure / SIHAO)) if title else []
    for number, line in enumerate(lines, 1):

        def caption(
            page: PageContent, top: float, line: str = line, last: bool = number == len(lines)
        ) -> None:
            drawing.title(page, top, line)
            if last and chart.kind == "bars":
                drawing.measure(page, top + sheet.pitch - 14.0, sheet.right, 1.0)

        items.append(Item(sheet.pitch, caption, keep=True, tag=Tag("P")))
    items.append(_drawn(drawing, keep=keep))
    return items


def _drawn(drawing: _Drawing, *, keep: bool, before: float = 0.0) -> Item:
    """The drawing as an item, below ``before`` points for a title of its own; standing charts may
    be made lower, lying ones parted."""

    def draw(page: PageContent, top: float) -> None:
        if before:
            drawing.title(page, top, f"{drawing.chart.title}（续）")
        drawing.draw(page, top + before)

    def fit(room: float, parted: bool) -> tuple[Item, Item | None] | None:
        if drawing.chart.kind == "bars":
            halves = drawing.parted(room - before) if parted else None
            if halves is None:
                return None
            title = drawing.sheet.pitch if drawing.chart.title else 0.0
            return (
                _drawn(halves[0], keep=False, before=before),
                _drawn(halves[1], keep=keep, before=title),
            )
        lower = drawing.lowered(room)
        return (_drawn(lower, keep=keep), None) if lower else None

    tag = Tag("Figure", chart_in_words(drawing.chart))
    return Item(drawing.height + before, draw, keep=keep, fit=fit, tag=tag)


def nice_step(highest: float) -> float:
    """A round distance of scale lines: 1, 2, 2.5 or 5 times a power of ten."""
    if highest <= 0:
        return 1.0
    raw = highest / 5
    power = 10.0 ** math.floor(math.log10(raw))
    return next(
        power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if power * factor >= raw - 1e-12
    )


def value_text(value: Decimal | float | None) -> str:
    """A value as people write it."""
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


class _Drawing:
    """One chart laid out."""

    def __init__(
        self, chart: Chart, typesetter: Typesetter, sheet: Sheet, part: range | None = None,
        height: float = 0.0,
    ) -> None:
        self.chart, self.sheet, self.typesetter = chart, sheet, typesetter
        self.face = typesetter.face("fang")
        #: Which of the labels are drawn here; the scale is that of all.
        self.at = range(len(chart.labels)) if part is None else part
        self.legend = len(chart.series) > 1 or chart.kind == "share"
        self.bar = 11.0 if len(chart.series) == 1 else 8.5
        self.row = self.bar * len(chart.series) + 8.0
        # else it stands beside the title
        self.unit = 14.0 if chart.kind == "bars" and chart.measure and not chart.title else 0.0
        if chart.kind == "bars":
            labels, size = self._parted_labels(sheet.measure * LABELS, 12.0)
            most = max(map(len, labels.values()), default=1)
            self.row = max(self.row, most * (size + 0.5) + 5.0)
            self.height = self.row * max(len(self.at), 1) + self._around()
        elif chart.kind == "share":
            self.height = 34.0 + self._legend_height()
        else:
            self.height = min(chart.height * MM, sheet.depth * 0.8) + self._legend_height()
        self.height = height or self.height

    # -- what fits where

    def _around(self) -> float:
        """What lying bars have above and below them."""
        return 10.0 + self.unit + self._legend_height()

    def parts(self) -> list[range]:
        """The labels of each of the charts that are needed for all to be read: only standing bars
        are so crowded; lying ones are parted where a page ends."""
        count = len(self.chart.labels)
        if self.chart.kind != "columns" or not count:
            return [range(count)]
        labels = max(text_width(label, self.face) for label in self.chart.labels)
        needed = max(
            math.ceil(labels / LABEL_LINES) * XIAOWU,
            len(self.chart.series) * max(self._widest_value() * XIAOWU + 3.0, COLUMN_LEAST) * 1.12,
        )
        each = max(int((self.sheet.measure - 40.0) / (needed * 1.05)), 1)
        charts = math.ceil(count / each)
        ends = [round(count * k / charts) for k in range(charts + 1)]
        return [range(first, last) for first, last in pairwise(ends)]

    def _widest_value(self) -> float:
        """Of the values that are written, in em."""
        values = [value for series in self.chart.series for value in series.values]
        return max((text_width(self._label(value), self.face) for value in values), default=1.0)

    def lowered(self, height: float) -> _Drawing | None:
        """The same chart no higher than this; None where it could not be read."""
        if self.chart.kind == "share" or height < LOWEST * MM + self._legend_height():
            return None
        return _Drawing(self.chart, self.typesetter, self.sheet, self.at, height)

    def parted(self, room: float) -> tuple[_Drawing, _Drawing] | None:
        """Lying bars in two, the first no higher than ``room``; None where one would have few."""
        count = min(int((room - self._around()) / self.row), len(self.at) - FEW_BARS)
        if count < FEW_BARS:
            return None
        first, rest = self.at[:count], self.at[count:]
        return (
            _Drawing(self.chart, self.typesetter, self.sheet, first),
            _Drawing(self.chart, self.typesetter, self.sheet, rest),
        )

    def title(self, page: PageContent, top: float, text: str) -> None:
        """A line of the chart's title."""
        page.words(
            text, self.typesetter.face("hei").at(SIHAO), self.sheet.left + self.sheet.measure / 2,
            baseline_in(top, self.sheet.pitch, SIHAO), align=0.5, within=self.sheet.measure,
        )

    # -- parts

    def _legend_names(self) -> list[str]:
        if self.chart.kind != "share":
            return [series.name for series in self.chart.series]
        values = [
            float(value or 0)
            for value in (self.chart.series[0].values if self.chart.series else ())
        ]
        total = sum(values) or 1.0
        names = []
        for label, raw, value in zip(
            self.chart.labels, self.chart.series[0].values, values, strict=False
        ):
            figures = (
                MASK
                if self.chart.hidden
                else f"{value_text(raw)}{self.chart.measure}，{value / total * 100:.1f}%"
            )
            names.append(f"{label}（{figures}）")
        return names

    def _legend_rows(self) -> list[list[tuple[int, str, float]]]:
        """Entries of the legend in rows: number, text, width."""
        rows: list[list[tuple[int, str, float]]] = [[]]
        used = 0.0
        for index, name in enumerate(self._legend_names() if self.legend else []):
            width = min(24.0 + text_width(name, self.face) * WUHAO + 12.0, self.sheet.measure)
            if rows[-1] and used + width > self.sheet.measure:
                rows.append([])
                used = 0.0
            rows[-1].append((index, name, width))
            used += width
        return [row for row in rows if row]

    def _legend_height(self) -> float:
        return 16.0 * len(self._legend_rows())

    def draw(self, page: PageContent, top: float) -> None:
        """Draw the chart with its upper edge at ``top``."""
        getattr(self, f"_{self.chart.kind}")(page, top)
        y = top + self.height - self._legend_height()
        for row in self._legend_rows():
            x = self.sheet.left + (self.sheet.measure - sum(width for _, _, width in row)) / 2
            for index, name, width in row:
                if self.chart.kind == "trend":
                    self._stroke(page, [(x, y + 8.0), (x + 18.0, y + 8.0)], index)
                    self._dot(page, x + 9.0, y + 8.0, index)
                else:
                    self._area(page, x, y + 3.5, 18.0, 9.0, index)
                page.words(
                    name, self.face.at(WUHAO), x + 22.0, baseline_in(y, 16.0, WUHAO),
                    within=width - 24.0,
                )
                x += width
            y += 16.0

    def _area(
        self, page: PageContent, x: float, y: float, width: float, height: float, index: int
    ) -> None:
        grey, way, step, _ = STYLES[index % len(STYLES)]
        page.box(Rect(x, y, width, height), fill=(grey, grey, grey))
        if way in ("rising", "crossed"):
            page.hatch(Rect(x, y, width, height), step)
        if way in ("falling", "crossed"):
            page.hatch(Rect(x, y, width, height), step, falling=True)
        if way in ("upright", "level"):
            page.stripes(Rect(x, y, width, height), step, upright=way == "upright")
        page.box(Rect(x, y, width, height), stroke=0.5)

    def _stroke(self, page: PageContent, points: list[tuple[float, float]], index: int) -> None:
        page.path(points, stroke=1.2, dash=STYLES[index % len(STYLES)][3])

    @staticmethod
    def _dot(page: PageContent, x: float, y: float, index: int) -> None:
        """A point of a line: square, diamond, triangle, hollow square."""
        r = 2.6
        white: Colour = (1.0, 1.0, 1.0)
        shapes: tuple[list[tuple[float, float]], ...] = (
            [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)],
            [(x, y - r * 1.4), (x + r * 1.4, y), (x, y + r * 1.4), (x - r * 1.4, y)],
            [(x, y - r * 1.3), (x + r * 1.2, y + r), (x - r * 1.2, y + r)],
        )
        hollow = index % 2 == 1
        page.path(
            shapes[index % 3], fill=white if hollow else (0.0, 0.0, 0.0), stroke=0.7, close=True
        )

    def _ends(self) -> tuple[float, float]:
        """The lowest and the highest value, nought among them."""
        values = [
            float(value)
            for series in self.chart.series
            for value in series.values
            if value is not None
        ]
        return min([*values, 0.0]), max([*values, 0.0])

    def measure(self, page: PageContent, top: float, x: float, align: float = 0.0) -> None:
        """The unit of measure, in small type."""
        if self.chart.measure:
            page.words(
                f"单位：{self.chart.measure}", self.face.at(XIAOWU), x,
                baseline_in(top, 12.0, XIAOWU), align=align,
            )

    def _label(self, value: Decimal | float | None) -> str:
        return MASK if self.chart.hidden else value_text(value)

    # -- kinds

    def _bars(self, page: PageContent, top: float) -> None:
        """Lying bars: a label, its bars, each with its value at the end; what is below nought lies
        to the left of the axis."""
        chart, sheet = self.chart, self.sheet
        if self.unit:
            self.measure(page, top, sheet.left)
        top += self.unit
        labels, size = self._parted_labels(sheet.measure * LABELS, 12.0)
        widest = max(
            (text_width(line, self.face) for lines in labels.values() for line in lines),
            default=0.0,
        )
        values = self._widest_value() * WUHAO
        low, high = self._ends()
        start = sheet.left + widest * size + 8.0 + (values + 8.0 if low < 0 else 0.0)
        scale = (sheet.right - start - values - 8.0) / ((high - low) or 1.0)
        axis = start - low * scale
        y = top + 4.0
        bars = self.bar * len(chart.series)
        for at in self.at:
            lines = labels[at]
            first = y + (self.row - 8.0 - (len(lines) - 1) * (size + 0.5)) / 2
            for row, line in enumerate(lines):
                baseline = baseline_in(first + row * (size + 0.5), 0.0, size)
                page.words(
                    line, self.face.at(size), sheet.left + widest * size + 3.0, baseline, align=1.0
                )
            for index, series in enumerate(chart.series):
                value = series.values[at] if at < len(series.values) else None
                length = float(value or 0) * scale
                bar_top = y + (self.row - 8.0 - bars) / 2 + index * self.bar
                if length:
                    self._area(
                        page, axis + min(length, 0.0), bar_top, abs(length), self.bar - 1.0, index
                    )
                page.words(
                    self._label(value), self.face.at(min(WUHAO, self.bar + 1.5)),
                    axis + length + (-4.0 if length < 0 else 4.0),
                    baseline_in(bar_top, self.bar, WUHAO), align=1.0 if length < 0 else 0.0,
                )
            y += self.row
        page.rule(axis, top, axis, y - 2.0, 0.8)

    def _frame(self, page: PageContent, top: float) -> tuple[float, float, float, float]:
        """Scale lines and labels of standing charts. Returns left edge, height of nought, width of
        a label's room, points per unit."""
        chart, sheet = self.chart, self.sheet
        low, high = self._ends()
        step = nice_step(high - low)
        # the lowest value is written below its bar
        first = math.floor(low / step - 0.3) if low < 0 else 0
        last = max(math.ceil(high / step - 1e-9), first + 1, 0)
        texts = ["" if chart.hidden else value_text(step * k) for k in range(first, last + 1)]
        left = sheet.left + max(text_width(text, self.face) for text in texts) * XIAOWU + 8.0
        room = (sheet.right - left) / max(len(self.at), 1)
        step_of = self._every(room)
        labels, size = self._parted_labels(room * step_of * 0.96, WUHAO)
        deep = max((len(lines) for lines in labels.values()), default=1)
        bottom = top + self.height - self._legend_height() - 6.0 - 12.0 * deep
        height = bottom - top - 30.0
        scale = height / ((last - first) * step)
        zero = bottom + first * step * scale
        for k, text in enumerate(texts, first):
            y = zero - step * k * scale
            page.rule(
                left, y, sheet.right, y, 0.8 if k == 0 else 0.3, (0.0, 0.0, 0.0) if k == 0 else PALE
            )
            page.words(text, self.face.at(XIAOWU), left - 4.0, y + 3.0, align=1.0)
        self.measure(page, top, sheet.left)
        for place, at in enumerate(self.at):
            for row, line in enumerate(labels[at] if place % step_of == 0 else ()):
                middle = left + room * (place + 0.5)
                page.words(
                    line, self.face.at(size), middle,
                    baseline_in(bottom + 3.0 + 11.0 * row, 12.0, size), align=0.5,
                )
        return left, zero, room, scale

    def _every(self, room: float) -> int:
        """Each of how many labels of a trend is written: all where they have room."""
        widest = max((text_width(label, self.face) for label in self.chart.labels), default=0.0)
        if self.chart.kind != "trend" or not room:
            return 1
        return max(1, math.ceil(math.ceil(widest / LABEL_LINES) * XIAOWU * 1.15 / room))

    def _parted_labels(self, room: float, largest: float) -> tuple[dict[int, list[str]], float]:
        """The labels by their place, and their size: in lines of like length where one would be too
        small to read."""
        labels = {at: self.chart.labels[at] for at in self.at}
        widths = {at: text_width(label, self.face) for at, label in labels.items()}
        size = min(largest, room / max([*widths.values(), 0.1]))
        if size >= XIAOWU:
            return {at: [label] for at, label in labels.items()}, size
        parted = {at: self._lines(label, widths[at], room) for at, label in labels.items()}
        widest = max(text_width(line, self.face) for lines in parted.values() for line in lines)
        return parted, max(XIAOWU, min(XIAOWU + 1.0, room / widest))

    def _lines(self, label: str, width: float, room: float) -> list[str]:
        count = min(math.ceil(width * XIAOWU / room), len(label))
        each = math.ceil(len(label) / count) if count else 1
        return [label[at : at + each] for at in range(0, len(label), each)]

    def _columns(self, page: PageContent, top: float) -> None:
        """Standing bars with their values above them, or below what is below nought."""
        left, zero, room, scale = self._frame(page, top)
        count = max(len(self.chart.series), 1)
        width = min(room * 0.9 / count, max(26.0, self._widest_value() * XIAOWU + 3.0))
        for place, at in enumerate(self.at):
            x = left + room * (place + 0.5) - width * count / 2
            for index, series in enumerate(self.chart.series):
                value = series.values[at] if at < len(series.values) else None
                length = float(value or 0) * scale
                if length:
                    self._area(page, x, zero - max(length, 0.0), width - 1.0, abs(length), index)
                y = zero - length + (9.0 if length < 0 else -3.0)
                self._value(page, value, x + width / 2, y)
                x += width

    def _value(self, page: PageContent, value: Decimal | float | None, x: float, y: float) -> None:
        page.words(self._label(value), self.face.at(XIAOWU), x, y, align=0.5)

    def _trend(self, page: PageContent, top: float) -> None:
        """Lines over the labels; a blank value breaks the line. A value is left out where it would
        be written over another."""
        left, zero, room, scale = self._frame(page, top)
        # middle, half its width, height of the values that stand already
        written: list[tuple[float, float, float]] = []
        for index, series in enumerate(self.chart.series):
            for piece in _pieces(series):
                points = [(left + room * (at + 0.5), zero - value * scale) for at, value in piece]
                if len(points) > 1:
                    self._stroke(page, points, index)
                for (at, _), (x, y) in zip(piece, points, strict=True):
                    self._dot(page, x, y, index)
                    half = text_width(self._label(series.values[at]), self.face) * XIAOWU / 2
                    below = index % 2 == 1
                    for place in (y + 11.0, y - 5.0) if below else (y - 5.0, y + 11.0):
                        if all(
                            abs(x - middle) >= half + other or abs(place - level) >= XIAOWU
                            for middle, other, level in written
                        ):
                            written.append((x, half, place))
                            self._value(page, series.values[at], x, place)
                            break

    def _share(self, page: PageContent, top: float) -> None:
        """One bar of the whole, parted; the parts' figures stand in the legend."""
        values = [
            float(value or 0)
            for value in (self.chart.series[0].values if self.chart.series else ())
        ]
        total = sum(values) or 1.0
        x = self.sheet.left
        for index, value in enumerate(values):
            width = self.sheet.measure * value / total
            if width > 0:
                self._area(page, x, top + 4.0, width, 24.0, index)
                text = "" if self.chart.hidden else f"{value / total * 100:.1f}%"
                needed = text_width(text, self.face) * WUHAO
                if needed and needed + 6.0 < width:
                    page.box(
                        Rect(x + width / 2 - needed / 2 - 2.0, top + 9.0, needed + 4.0, 14.0),
                        fill=(1.0, 1.0, 1.0),
                    )
                    page.words(
                        text, self.face.at(WUHAO), x + width / 2,
                        baseline_in(top + 4.0, 24.0, WUHAO), align=0.5,
                    )
            x += width


def _pieces(series: Series) -> list[list[tuple[int, float]]]:
    """Runs of values without a blank: position and value."""
    pieces: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(series.values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((at, float(value)))
    return [piece for piece in pieces if piece]
