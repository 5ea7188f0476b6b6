"""The wall chart on the screen: a line for each item under its unit, time across; only what is in
sight is painted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from db.domain.schedule import Span
from db.model.due_state import days_text
from desktop.ui.figures import wall_marks
from desktop.ui.figures.wall_plan import Line, Lines, Plan
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.cell_painting import LEFT
from desktop.ui.kit.empty import Empty

WEEKS, MONTHS = "week", "month"
PER_DAY = {WEEKS: 0.85, MONTHS: 0.2}
"""Width of a day in characters at the two usual zooms."""
LEAST, MOST = 0.05, 2.0
NO_UNIT = "（没有牵头单位）"


def _counts(line: Line) -> str:
    """What stands beside a unit."""
    return f"{line.count} 项" + (f"，逾期未结 {line.late}" if line.late else "")


@accessible.told_as(accessible.CHART)
class WallView(QAbstractScrollArea):
    """`opened` when an item is to be opened, `moved` when another line is chosen."""

    opened = Signal(object)
    moved = Signal(object)

    def __init__(self, unit_name: Callable[[str], str], today: dt.date) -> None:
        super().__init__()
        self._unit_name, self._today = unit_name, today
        self._begun = today
        self._plan = Plan.of((), today)
        self._folded: set[str] = set()
        self.lines = Lines(self._plan)
        self.current = -1
        self._chars = PER_DAY[WEEKS]
        self._first, self._last = self._plan.first, self._plan.last
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("挂图作战")
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.empty = Empty(self.viewport())
        self.setMinimumHeight(theme.sizes().row * 5)

    def show_as_of(self, day: dt.date, begun: dt.date) -> None:
        """Draw today's line on this day; ``begun``: the day that has begun by its end."""
        self._today, self._begun = day, begun

    def today_mark(self) -> str:
        """What stands on the line of the day."""
        word = "今天" if self._begun == self._today else "截至"
        return f"{word} {self._today.month}.{self._today.day}"

    # ---- lengths

    @property
    def label_width(self) -> int:
        return min(theme.sizes().chars(17), self.viewport().width() * 2 // 5)

    @property
    def head(self) -> int:
        return round(theme.sizes().line * 2.5)

    @property
    def day_width(self) -> float:
        """Pixels of one day."""
        return max(0.6, theme.sizes().char * self._chars)

    def x_of(self, day: dt.date) -> float:
        """Where a day begins, in the viewport."""
        return (
            self.label_width
            + (day - self._first).days * self.day_width
            - self.horizontalScrollBar().value()
        )

    def _bars(self) -> None:
        size, port = theme.sizes(), self.viewport()
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        down.setRange(0, max(0, len(self.lines) * size.row - (port.height() - self.head)))
        down.setPageStep(max(1, port.height() - self.head))
        down.setSingleStep(size.row)
        whole = round(((self._last - self._first).days + 1) * self.day_width)
        across.setRange(0, max(0, whole - (port.width() - self.label_width)))
        across.setPageStep(max(1, port.width() - self.label_width))
        across.setSingleStep(max(1, round(self.day_width * 7)))

    # ---- filling

    def fill(self, plan: Plan) -> None:
        """Show these items; the chosen one stays chosen."""
        kept = self.span()
        self._plan = plan
        self._first, self._last = plan.first, plan.last
        self._lay(kept)
        self.empty.setVisible(not plan.spans)

    def _lay(self, kept: Span | None) -> None:
        self.lines = Lines(self._plan, self._folded)
        self.current = self.lines.of(kept.uid) if kept is not None else -1
        if self.current < 0 and self.lines:
            self.current = min(1, len(self.lines) - 1)
        self._bars()
        self.viewport().update()
        self.moved.emit(self.span())

    def span(self) -> Span | None:
        """The chosen item."""
        return self.lines[self.current].span if 0 <= self.current < len(self.lines) else None

    def choose(self, at: int) -> None:
        """Put the cursor on a line and bring it into sight."""
        if not self.lines:
            return
        self.current = max(0, min(at, len(self.lines) - 1))
        row, room = theme.sizes().row, self.viewport().height() - self.head
        bar = self.verticalScrollBar()
        top = self.current * row
        if top < bar.value():
            bar.setValue(top)
        elif top + row > bar.value() + room:
            bar.setValue(top + row - room)
        self.viewport().update()
        accessible.say(self, self._describe())
        self.moved.emit(self.span())

    def _describe(self) -> str:
        """The chosen line in words, for who cannot see it."""
        line = self.lines[self.current]
        words = self._unit_name(line.unit) or NO_UNIT
        if line.span is None:
            words += f" {_counts(line)}，{'已折叠' if line.unit in self._folded else '已展开'}"
        else:
            words = f"{line.span.title} {words} 到 {line.span.end} {self.words(line.span)}"
            words = "；".join([words, *wall_marks.in_words(line.span)])
        self.setAccessibleDescription(words)
        return words

    def fold(self, unit: str) -> None:
        """Show or hide the items of a unit."""
        self._folded ^= {unit}
        self._lay(self.span())
        self.choose(self.lines.head_of(unit))

    def fold_all(self, on: bool) -> None:
        self._folded = {block.unit for block in self._plan.blocks} if on else set()
        self._lay(self.span())

    # ---- time

    def zoom_to(self, chars: float) -> None:
        """Another width of a day; what stands in the middle stays there."""
        room = self.viewport().width() - self.label_width
        middle = (self.horizontalScrollBar().value() + room / 2) / self.day_width
        self._chars = min(MOST, max(LEAST, chars))
        self._bars()
        self.horizontalScrollBar().setValue(round(middle * self.day_width - room / 2))
        self.viewport().update()

    def zoom(self, by: int) -> None:
        self.zoom_to(self._chars * (1.4 if by > 0 else 1 / 1.4))

    def show_day(self, day: dt.date) -> None:
        """Bring a day to a third of the width."""
        room = self.viewport().width() - self.label_width
        self.horizontalScrollBar().setValue(
            round((day - self._first).days * self.day_width - room * 0.45)
        )

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        port = self.viewport().rect()
        painter.fillRect(port, QColor(theme.CARD))
        if self.lines:
            size, row = theme.sizes(), theme.sizes().row
            offset = self.verticalScrollBar().value()
            first = offset // row
            last = min(len(self.lines), (offset + port.height()) // row + 1)
            time = QRect(
                self.label_width, self.head, port.width() - self.label_width,
                port.height() - self.head,
            )
            ticks = self._ticks()
            painter.setClipRect(QRect(0, self.head, port.width(), port.height()))
            for at in range(first, last):
                top = self.head + at * row - offset
                self._ground(painter, at, QRect(0, top, port.width(), row))
            painter.setClipRect(time)
            painter.setPen(QColor(theme.LINE))
            for day, strong, _ in ticks:
                if strong:
                    x = round(self.x_of(day))
                    painter.drawLine(x, self.head, x, port.height())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for at in range(first, last):
                span = self.lines[at].span
                if span is not None:
                    self._bar(painter, span, self.head + at * row - offset)
            x = round(self.x_of(self._today) + self.day_width / 2)
            painter.setPen(QPen(QColor(theme.LAMPS["red"]), 2))
            painter.drawLine(x, self.head, x, port.height())
            painter.setClipRect(QRect(0, self.head, self.label_width, port.height()))
            for at in range(first, last):
                self._label(
                    painter, at, QRect(0, self.head + at * row - offset, self.label_width, row)
                )
            painter.setClipping(False)
            self._calendar(painter, ticks, port)
            painter.setPen(QColor(theme.LINE_STRONG))
            painter.drawLine(self.label_width, 0, self.label_width, port.height())
            if self.hasFocus() and 0 <= self.current < len(self.lines):
                top = self.head + self.current * row - offset
                if top >= self.head:
                    painter.setPen(QPen(QColor(theme.ACCENT), 1))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(QRect(0, top, port.width() - 1, size.row - 1))
        painter.end()

    def _ground(self, painter: QPainter, at: int, area: QRect) -> None:
        line = self.lines[at]
        if at == self.current:
            painter.fillRect(area, QColor(theme.SELECTED))
        elif line.span is None:
            painter.fillRect(area, QColor(theme.TRACK))
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

    def _label(self, painter: QPainter, at: int, area: QRect) -> None:
        line, gap = self.lines[at], theme.sizes().gap
        ground = (
            QColor(
                theme.SELECTED if at == self.current
                else theme.TRACK if line.span is None else theme.CARD
            )
        )
        painter.fillRect(area.adjusted(0, 0, 0, -1), ground)
        inner = area.adjusted(gap, 0, -gap, 0)
        if line.span is None:
            painter.setFont(theme.scaled(1.0, bold=True))
            mark = "▸ " if line.unit in self._folded else "▾ "
            name, late = self._unit_name(line.unit) or NO_UNIT, _counts(line)
            painter.setPen(QColor(theme.TEXT))
            metrics = painter.fontMetrics()
            painter.drawText(
                inner, LEFT,
                metrics.elidedText(
                    mark + name, Qt.TextElideMode.ElideRight, inner.width() * 3 // 5
                ),
            )
            painter.setFont(theme.scaled(0.9))
            painter.setPen(theme.tone("red" if line.late else "grey")[0])
            painter.drawText(
                inner, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), late
            )
            painter.setFont(theme.scaled(1.0))
            return
        painter.setPen(QColor(theme.TEXT))
        inner = inner.adjusted(gap * 2, 0, 0, 0)
        text = painter.fontMetrics().elidedText(
            line.span.title, Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, LEFT, text)

    def _bar(self, painter: QPainter, span: Span, top: int) -> None:
        row, width = theme.sizes().row, self.viewport().width()
        left, right = self.x_of(span.start), self.x_of(span.end + dt.timedelta(days=1))
        lamp, ink = (
            QColor(theme.LAMPS.get(span.light, theme.LAMPS["grey"])), theme.tone(span.light)[0],
        )
        height = round(row * 0.5)
        y = top + (row - height) // 2
        if right >= self.label_width and left <= width:
            box = QRectF(left, y, max(4.0, right - left), height)
            painter.setPen(QPen(ink, 1))
            painter.setBrush(theme.tone(span.light)[1])
            painter.drawRoundedRect(box, 3, 3)
            if span.done > 0:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(lamp)
                painter.drawRoundedRect(
                    QRectF(left, y, max(3.0, box.width() * span.done), height), 3, 3
                )
        wall_marks.draw(painter, span, [self.x_of(mark.day) + self.day_width / 2
                                        for mark in span.marks], y + height / 2)
        end = right
        if span.overdue(self._begun):
            end = self.x_of(self._today) + self.day_width / 2
            if end > self.label_width and right < width:
                painter.setPen(QPen(ink, 2, Qt.PenStyle.DotLine))
                painter.drawLine(round(right), y + height // 2, round(end), y + height // 2)
        words = self.words(span)
        x = max(end, self.label_width) + theme.sizes().gap // 2
        painter.setPen(ink)
        if x + painter.fontMetrics().horizontalAdvance(words) < width:
            painter.drawText(QRectF(x, top, width - x, row), LEFT, words)
        elif left < width:  # the bar goes on beyond the edge: its words stand inside it
            inside = QRectF(
                self.label_width, top, width - self.label_width - theme.sizes().gap, row
            )
            painter.drawText(
                inside, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words
            )

    def words(self, span: Span) -> str:
        """How an item stands in words, so that colour is never the only sign."""
        if span.closed:
            return span.word or "已办结"
        share = f"{round(span.done * 100)}%" if span.done else ""
        over = self._begun > self._today
        days = days_text(span.end, self._today, pending=span.pending, over=over)
        word = "" if span.word in days else span.word
        return "　".join(part for part in (share, word, days) if part)

    def _ticks(self) -> list[tuple[dt.date, bool, str]]:
        """Days with a line and a word below the months: Mondays while they have room, else the
        first of each month."""
        char = theme.sizes().char
        found: list[tuple[dt.date, bool, str]] = []
        step = 1 if self.day_width >= char * 1.4 else 7 if self.day_width * 7 >= char * 2.6 else 0
        across = self.horizontalScrollBar().value()
        begin = self._first + dt.timedelta(days=int(across / self.day_width) - 31)
        end = begin + dt.timedelta(
            days=int((self.viewport().width() - self.label_width) / self.day_width) + 62
        )
        day = begin
        while day <= end:
            monday = day.weekday() == 0
            if step == 1:
                found.append((day, monday, str(day.day)))
            elif step == 7 and monday:
                found.append((day, True, str(day.day)))
            elif step == 0 and day.day == 1:
                found.append((day, True, ""))
            day += dt.timedelta(days=1)
        return found

    def _calendar(
        self, painter: QPainter, ticks: list[tuple[dt.date, bool, str]], port: QRect
    ) -> None:
        """Months above, Mondays below, today's mark."""
        size = theme.sizes()
        half = self.head // 2
        painter.fillRect(QRect(0, 0, port.width(), self.head), QColor(theme.STRIPE))
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(
            QRect(size.gap, 0, self.label_width - size.gap, self.head), LEFT, "单位和事项"
        )
        painter.setClipRect(QRect(self.label_width, 0, port.width() - self.label_width, self.head))
        month = (ticks[0][0] if ticks else self._first).replace(day=1)
        while self.x_of(month) < port.width():
            after = (month + dt.timedelta(days=32)).replace(day=1)
            left, right = self.x_of(month), self.x_of(after)
            if right > self.label_width:
                painter.setPen(QColor(theme.LINE_STRONG))
                painter.drawLine(round(left), 0, round(left), self.head)
                painter.setPen(QColor(theme.TEXT))
                shown = max(left, self.label_width)
                text = (
                    f"{month.year}年{month.month}月"
                    if right - shown > size.chars(5.5)
                    else f"{month.month}月"
                )
                if right - shown > size.chars(1.8):
                    painter.drawText(
                        QRectF(shown + size.gap // 2, 0, right - shown, half), LEFT, text
                    )
            month = after
        painter.setPen(QColor(theme.MUTED))
        for day, _, text in ticks:
            x = self.x_of(day)
            painter.drawText(QRectF(x + 2, half, size.chars(3), half), LEFT, text)
        x = self.x_of(self._today) + self.day_width / 2
        mark = self.today_mark()
        wide = painter.fontMetrics().horizontalAdvance(mark) + size.gap
        box = QRectF(x - wide / 2, half + 1, wide, half - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.LAMPS["red"]))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QColor(theme.CARD))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), mark)
        painter.setClipping(False)
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(0, self.head, port.width(), self.head)

    # ---- keyboard and mouse

    def _line_at(self, at: QPoint) -> int:
        if at.y() < self.head:
            return -1
        found = (at.y() - self.head + self.verticalScrollBar().value()) // theme.sizes().row
        return found if found < len(self.lines) else -1

    def _on_bar(self, at: QPoint, span: Span) -> bool:
        return (
            at.x() > self.label_width
            and self.x_of(span.start) - 3
            <= at.x()
            <= self.x_of(span.end + dt.timedelta(days=1)) + 3
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, page = event.key(), max(
            1, (self.viewport().height() - self.head) // theme.sizes().row - 1
        )
        moves = {
            Qt.Key.Key_Down: self.current + 1, Qt.Key.Key_Up: self.current - 1,
            Qt.Key.Key_PageDown: self.current + page, Qt.Key.Key_PageUp: self.current - page,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self.lines) - 1,
        }
        across = self.horizontalScrollBar()
        line = self.lines[self.current] if 0 <= self.current < len(self.lines) else None
        if event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            super().keyPressEvent(event)
        elif key in moves:
            self.choose(moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            across.setValue(
                across.value() + across.singleStep() * (1 if key == Qt.Key.Key_Right else -1)
            )
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(-1 if key == Qt.Key.Key_Minus else 1)
        elif key == Qt.Key.Key_T:
            self.show_day(self._today)
        elif line is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if line.span is None:
                self.fold(line.unit)
            elif key != Qt.Key.Key_Space:
                self.opened.emit(line.span)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._line_at(event.position().toPoint())
        if at < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        line = self.lines[at]
        self.choose(at)
        if line.span is None:
            self.fold(line.unit)
        elif self._on_bar(event.position().toPoint(), line.span):
            self.opened.emit(line.span)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self._line_at(event.position().toPoint())
        if at >= 0 and self.lines[at].span is not None:
            self.opened.emit(self.lines[at].span)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._line_at(event.position().toPoint())
        span = self.lines[at].span if at >= 0 else None
        hand = at >= 0 and (span is None or self._on_bar(event.position().toPoint(), span))
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - event.angleDelta().y())
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = self._line_at(event.pos())
            span = self.lines[at].span if at >= 0 else None
            if span is not None:
                text = (
                    f"{span.title}\n{self._unit_name(span.unit)}　{span.start} 至"
                    f" {span.end}　{self.words(span)}"
                )
                text = "\n".join([text, *wall_marks.in_words(span)])
                QToolTip.showText(event.globalPos(), text, self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bars()
        self.empty.setGeometry(self.viewport().rect())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
