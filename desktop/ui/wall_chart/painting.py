"""How the wall chart is painted: what of it is in sight, and its parts one over the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from db.domain.wall_chart import PlannedSpan
from db.model.due_state import days_text
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT
from desktop.ui.wall_chart import milestones
from desktop.ui.wall_chart.plan import Line, Lines

NO_UNIT = "（没有牵头单位）"
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
Tick = tuple[dt.date, bool, str]
"""A day with a word below the months, and whether a line goes down from it."""


@dataclass(frozen=True)
class ChartDay:
    """The day that the chart is of; ``begun``: the day that has begun by its end."""

    today: dt.date
    begun: dt.date

    def mark(self) -> str:
        """What stands on the line of the day."""
        word = "今天" if self.begun == self.today else "截至"
        return f"{word} {self.today.month}.{self.today.day}"

    def words(self, span: PlannedSpan) -> str:
        """How an item stands in words, so that colour is never the only sign."""
        if span.closed:
            return span.word or "已办结"
        share = f"{round(span.done * 100)}%" if span.done else ""
        over = self.begun > self.today
        days = days_text(span.end, self.today, pending=span.pending, over=over)
        word = "" if span.word in days else span.word
        return "　".join(part for part in (share, word, days) if part)


@dataclass(frozen=True)
class Sight:
    """What of the chart is in sight, in pixels; ``across`` and ``down``: what was scrolled past."""

    port: QRect
    label_width: int
    head: int
    day_width: float
    across: int
    down: int
    first: dt.date

    def x_of(self, day: dt.date) -> float:
        """Where a day begins."""
        return self.label_width + (day - self.first).days * self.day_width - self.across

    def middle_of(self, day: dt.date) -> float:
        """The middle of a day."""
        return self.x_of(day) + self.day_width / 2

    def top_of(self, at: int) -> int:
        """Where a line begins."""
        return self.head + at * theme.sizes().row - self.down

    def lines(self, count: int) -> range:
        """Those that are in sight, of so many."""
        row = theme.sizes().row
        return range(self.down // row, min(count, (self.down + self.port.height()) // row + 1))

    def ticks(self) -> list[Tick]:
        """Days with a word below the months: Mondays while they have room, else the first of each
        month."""
        char, found = theme.sizes().char, list[Tick]()
        step = 1 if self.day_width >= char * 1.4 else 7 if self.day_width * 7 >= char * 2.6 else 0
        day = self.first + dt.timedelta(days=int(self.across / self.day_width) - 31)
        shown = int((self.port.width() - self.label_width) / self.day_width)
        end = day + dt.timedelta(days=shown + 62)
        while day <= end:
            monday = day.weekday() == 0
            if step == 1 or (step == 7 and monday):
                found.append((day, monday, str(day.day)))
            elif step == 0 and day.day == 1:
                found.append((day, True, ""))
            day += dt.timedelta(days=1)
        return found


def counts(line: Line) -> str:
    """What stands beside a unit."""
    return f"{line.count} 项" + (f"，逾期未结 {line.late}" if line.late else "")


class Painting:
    """One picture of the chart."""

    def __init__(
        self, painter: QPainter, sight: Sight, day: ChartDay, lines: Lines,
        folded: Collection[str], unit_name: Callable[[str], str],
    ) -> None:
        self._painter, self._sight, self._day, self._lines = painter, sight, day, lines
        self._folded, self._unit_name = folded, unit_name
        self._ticks = sight.ticks()
        self._shown = sight.lines(len(lines))

    def paint(self, current: int, focused: bool) -> None:
        """All of it; ``current`` is the chosen line, ``focused`` whether it has the keyboard."""
        painter, sight, port = self._painter, self._sight, self._sight.port
        time = QRect(
            sight.label_width, sight.head, port.width() - sight.label_width,
            port.height() - sight.head,
        )
        painter.setClipRect(QRect(0, sight.head, port.width(), port.height()))
        for at in self._shown:
            self._ground(at, at == current)
        painter.setClipRect(time)
        self._weeks()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at in self._shown:
            span = self._lines[at].span
            if span is not None:
                self._bar(span, sight.top_of(at))
        self._today()
        painter.setClipRect(QRect(0, sight.head, sight.label_width, port.height()))
        for at in self._shown:
            self._label(at, at == current)
        painter.setClipping(False)
        self._calendar()
        painter.setPen(QColor(theme.LINE_STRONG))
        painter.drawLine(sight.label_width, 0, sight.label_width, port.height())
        if focused and current in self._shown:
            self._frame(sight.top_of(current))

    def _weeks(self) -> None:
        """Lines down from strong ticks."""
        self._painter.setPen(QColor(theme.LINE))
        for day, strong, _ in self._ticks:
            if strong:
                x = round(self._sight.x_of(day))
                self._painter.drawLine(x, self._sight.head, x, self._sight.port.height())

    def _today(self) -> None:
        x = round(self._sight.middle_of(self._day.today))
        self._painter.setPen(QPen(QColor(theme.LAMPS["red"]), 2))
        self._painter.drawLine(x, self._sight.head, x, self._sight.port.height())

    def _frame(self, top: int) -> None:
        """Round the chosen line."""
        if top >= self._sight.head:
            painter, width = self._painter, self._sight.port.width()
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRect(0, top, width - 1, theme.sizes().row - 1))

    def _ground(self, at: int, chosen: bool) -> None:
        painter, sight = self._painter, self._sight
        area = QRect(0, sight.top_of(at), sight.port.width(), theme.sizes().row)
        if chosen:
            painter.fillRect(area, QColor(theme.SELECTED))
        elif self._lines[at].span is None:
            painter.fillRect(area, QColor(theme.TRACK))
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

    def _label(self, at: int, chosen: bool) -> None:
        painter, sight, line = self._painter, self._sight, self._lines[at]
        gap = theme.sizes().gap
        area = QRect(0, sight.top_of(at), sight.label_width, theme.sizes().row)
        of_unit = line.span is None
        ground = theme.SELECTED if chosen else theme.TRACK if of_unit else theme.CARD
        painter.fillRect(area.adjusted(0, 0, 0, -1), QColor(ground))
        inner = area.adjusted(gap, 0, -gap, 0)
        if line.span is None:
            self._unit(line, inner)
            return
        painter.setPen(QColor(theme.TEXT))
        inner = inner.adjusted(gap * 2, 0, 0, 0)
        text = painter.fontMetrics().elidedText(
            line.span.title, Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, LEFT, text)

    def _unit(self, line: Line, inner: QRect) -> None:
        """A unit's own line: its name, and how many items it has."""
        painter = self._painter
        painter.setFont(theme.scaled(1.0, bold=True))
        mark = "▸ " if line.unit in self._folded else "▾ "
        painter.setPen(QColor(theme.TEXT))
        name = painter.fontMetrics().elidedText(
            mark + (self._unit_name(line.unit) or NO_UNIT), Qt.TextElideMode.ElideRight,
            inner.width() * 3 // 5,
        )
        painter.drawText(inner, LEFT, name)
        painter.setFont(theme.scaled(0.9))
        painter.setPen(theme.tone("red" if line.late else "grey")[0])
        painter.drawText(inner, _RIGHT, counts(line))
        painter.setFont(theme.scaled(1.0))

    def _bar(self, span: PlannedSpan, top: int) -> None:
        """An item in time, what is done of it, its milestones and its words."""
        painter, sight, row = self._painter, self._sight, theme.sizes().row
        left, right = sight.x_of(span.start), sight.x_of(span.end + dt.timedelta(days=1))
        height = round(row * 0.5)
        y = top + (row - height) // 2
        if right >= sight.label_width and left <= sight.port.width():
            self._box(span, QRectF(left, y, max(4.0, right - left), height))
        marks = [sight.middle_of(mark.day) for mark in span.marks]
        milestones.draw(painter, span, marks, y + height / 2)
        end = right
        if span.overdue(self._day.begun):
            end = sight.middle_of(self._day.today)
            if end > sight.label_width and right < sight.port.width():
                painter.setPen(QPen(theme.tone(span.light)[0], 2, Qt.PenStyle.DotLine))
                painter.drawLine(round(right), y + height // 2, round(end), y + height // 2)
        self._words(span, top, left, end)

    def _box(self, span: PlannedSpan, box: QRectF) -> None:
        painter = self._painter
        ink, ground = theme.tone(span.light)
        painter.setPen(QPen(ink, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 3, 3)
        if span.done > 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.LAMPS.get(span.light, theme.LAMPS["grey"])))
            done = QRectF(box.left(), box.top(), max(3.0, box.width() * span.done), box.height())
            painter.drawRoundedRect(done, 3, 3)

    def _words(self, span: PlannedSpan, top: int, left: float, end: float) -> None:
        """How an item stands, after its bar; of one that goes on beyond the edge, inside it."""
        painter, sight, row = self._painter, self._sight, theme.sizes().row
        words, gap, width = self._day.words(span), theme.sizes().gap, sight.port.width()
        x = max(end, sight.label_width) + gap // 2
        painter.setPen(theme.tone(span.light)[0])
        if x + painter.fontMetrics().horizontalAdvance(words) < width:
            painter.drawText(QRectF(x, top, width - x, row), LEFT, words)
        elif left < width:
            inside = QRectF(sight.label_width, top, width - sight.label_width - gap, row)
            painter.drawText(inside, _RIGHT, words)

    def _calendar(self) -> None:
        """Months above, Mondays below, today's mark."""
        painter, sight, size = self._painter, self._sight, theme.sizes()
        port, half = sight.port, sight.head // 2
        painter.fillRect(QRect(0, 0, port.width(), sight.head), QColor(theme.STRIPE))
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(
            QRect(size.gap, 0, sight.label_width - size.gap, sight.head), LEFT, "单位和事项"
        )
        painter.setClipRect(
            QRect(sight.label_width, 0, port.width() - sight.label_width, sight.head)
        )
        month = (self._ticks[0][0] if self._ticks else sight.first).replace(day=1)
        while sight.x_of(month) < port.width():
            after = (month + dt.timedelta(days=32)).replace(day=1)
            if sight.x_of(after) > sight.label_width:
                self._month(month, sight.x_of(month), sight.x_of(after))
            month = after
        painter.setPen(QColor(theme.MUTED))
        for day, _, text in self._ticks:
            painter.drawText(
                QRectF(sight.x_of(day) + 2, half, size.chars(3), half), LEFT, text
            )
        self._mark_of_today()
        painter.setClipping(False)
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(0, sight.head, port.width(), sight.head)

    def _month(self, month: dt.date, left: float, right: float) -> None:
        painter, size, half = self._painter, theme.sizes(), self._sight.head // 2
        painter.setPen(QColor(theme.LINE_STRONG))
        painter.drawLine(round(left), 0, round(left), self._sight.head)
        painter.setPen(QColor(theme.TEXT))
        shown = max(left, self._sight.label_width)
        year = f"{month.year}年" if right - shown > size.chars(5.5) else ""
        if right - shown > size.chars(1.8):
            place = QRectF(shown + size.gap // 2, 0, right - shown, half)
            painter.drawText(place, LEFT, f"{year}{month.month}月")

    def _mark_of_today(self) -> None:
        painter, half, mark = self._painter, self._sight.head // 2, self._day.mark()
        wide = painter.fontMetrics().horizontalAdvance(mark) + theme.sizes().gap
        middle = self._sight.middle_of(self._day.today)
        box = QRectF(middle - wide / 2, half + 1, wide, half - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.LAMPS["red"]))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QColor(theme.CARD))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), mark)
