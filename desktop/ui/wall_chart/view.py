"""The wall chart on the screen: a line for each item under its unit, time across; only what is in
sight is painted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from db.domain.wall_chart import PlannedSpan
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.empty import Empty
from desktop.ui.wall_chart import milestones
from desktop.ui.wall_chart.painting import NO_UNIT, ChartDay, Painting, Sight, counts
from desktop.ui.wall_chart.plan import Lines, Plan

WEEKS, MONTHS = "week", "month"
PER_DAY = {WEEKS: 0.85, MONTHS: 0.2}
"""Width of a day in characters at the two usual zooms."""
LEAST, MOST = 0.05, 2.0


@accessible.accessible_role(accessible.CHART)
class WallView(QAbstractScrollArea):
    """`opened` when an item is to be opened, `moved` when another line is chosen."""

    opened = Signal(object)
    moved = Signal(object)

    def __init__(self, unit_name: Callable[[str], str], today: dt.date) -> None:
        super().__init__()
        self._unit_name, self.day = unit_name, ChartDay(today, today)
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
        self.day = ChartDay(day, begun)

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

    def _lay(self, kept: PlannedSpan | None) -> None:
        self.lines = Lines(self._plan, self._folded)
        self.current = self.lines.of(kept.uid) if kept is not None else -1
        if self.current < 0 and self.lines:
            self.current = min(1, len(self.lines) - 1)
        self._bars()
        self.viewport().update()
        self.moved.emit(self.span())

    def span(self) -> PlannedSpan | None:
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
            words += f" {counts(line)}，{'已折叠' if line.unit in self._folded else '已展开'}"
        else:
            words = f"{line.span.title} {words} 到 {line.span.end} {self.day.words(line.span)}"
            words = "；".join([words, *milestones.in_words(line.span)])
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

    def sight(self) -> Sight:
        """What of it is in sight."""
        return Sight(
            self.viewport().rect(), self.label_width, self.head, self.day_width,
            self.horizontalScrollBar().value(), self.verticalScrollBar().value(), self._first,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(theme.CARD))
        if self.lines:
            picture = Painting(
                painter, self.sight(), self.day, self.lines, self._folded, self._unit_name
            )
            picture.paint(self.current, self.hasFocus())
        painter.end()

    # ---- keyboard and mouse

    def _line_at(self, at: QPoint) -> int:
        if at.y() < self.head:
            return -1
        found = (at.y() - self.head + self.verticalScrollBar().value()) // theme.sizes().row
        return found if found < len(self.lines) else -1

    def _on_bar(self, at: QPoint, span: PlannedSpan) -> bool:
        x_of = self.sight().x_of
        begins, ends = x_of(span.start), x_of(span.end + dt.timedelta(days=1))
        return at.x() > self.label_width and begins - 3 <= at.x() <= ends + 3

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
            self.show_day(self.day.today)
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
                    f" {span.end}　{self.day.words(span)}"
                )
                text = "\n".join([text, *milestones.in_words(span)])
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
