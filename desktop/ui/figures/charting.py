"""Bars and lines painted in the program's colours: each can be chosen by key or mouse, and opens
what it counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from desktop.ui.kit import accessible, theme
from desktop.ui.kit.cell_painting import LEFT, RIGHT

MIDDLE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True)
class Point:
    """One value: what it belongs to, how it reads, and its key (a unit, a month). None is a gap,
    not nought."""

    key: object
    label: str
    value: float | None
    text: str
    tip: str = ""


def nice(top: float) -> tuple[float, float]:
    """The end of an axis and its step, in round numbers, for values up to ``top``."""
    if top <= 0:
        return 1.0, 1.0
    rough = top / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough - 1e-9)
    return math.ceil(top / step - 1e-9) * step, step


@accessible.accessible_role(accessible.CHART)
class Chart(QWidget):
    """Values that are chosen by ↑ ↓ ← → or the mouse; Enter or a click opens one."""

    opened = Signal(object)
    moved = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.points: list[Point] = []
        self.current = -1
        self.most: float | None = None
        """The end of the axis where it is given: 100 for shares."""
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def fill(self, points: Sequence[Point], most: float | None = None) -> None:
        """Show other values; the chosen one stays chosen if it is still there."""
        kept = self.point()
        self.points, self.most = list(points), most
        keys = [p.key for p in self.points]
        self.current = keys.index(kept.key) if kept is not None and kept.key in keys else -1
        self._describe()
        self.updateGeometry()
        self.update()

    def point(self) -> Point | None:
        """The chosen value."""
        return self.points[self.current] if 0 <= self.current < len(self.points) else None

    def choose(self, at: int) -> None:
        if self.points:
            self.current = max(0, min(at, len(self.points) - 1))
            self.update()
            accessible.say(self, self._describe())
            self.moved.emit(self.point())

    def _describe(self) -> str:
        """The chosen value in words, for who cannot see it."""
        point, count = self.point(), len(self.points)
        words = f"共 {count} 项，按上下键逐项听" if point is None else (
            f"{point.label} {point.text}，第 {self.current + 1} 项，共 {count} 项"
        )
        self.setAccessibleDescription(words)
        return words

    def top(self) -> tuple[float, float]:
        """The end of the axis and its step."""
        if self.most is not None:
            return self.most, self.most / 4
        end, step = nice(max((p.value or 0 for p in self.points), default=0))
        return (end, step) if step >= 1 else (max(end, 1.0), max(step, 1.0))

    def place_at(self, at: QPointF) -> int:
        """Which value lies under a point, -1 for none."""
        raise NotImplementedError  # each heir's; Qt's metaclass allows no ABC

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.choose(self.current + 1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.choose(self.current - 1)
        elif key == Qt.Key.Key_Home:
            self.choose(0)
        elif key == Qt.Key.Key_End:
            self.choose(len(self.points) - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.point() is not None:
            self.opened.emit(self.point())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.place_at(event.position())
        if at >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(at)
            self.opened.emit(self.point())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hand = self.place_at(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = self.place_at(QPointF(event.pos()))
            if at >= 0:
                point = self.points[at]
                QToolTip.showText(
                    event.globalPos(), point.tip or f"{point.label}　{point.text}", self
                )
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.current < 0:
            self.choose(0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class Bars(Chart):
    """Lying bars, one line each: label, bar, value. As high as its lines; it stands in a scroll
    area."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(24), size.row * max(1, len(self.points)) + size.gap)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.sizes().chars(12), self.sizeHint().height())

    def choose(self, at: int) -> None:
        super().choose(at)
        holder = self.parent()
        area = holder.parent() if holder is not None else None
        if isinstance(area, QScrollArea):
            row = theme.sizes().row
            area.ensureVisible(0, self.current * row + row // 2, 0, row)

    def place_at(self, at: QPointF) -> int:
        found = int((at.y() - theme.sizes().gap // 2) // theme.sizes().row)
        return found if 0 <= found < len(self.points) else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        size, painter = theme.sizes(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        label = min(
            size.chars(8), max((metrics.horizontalAdvance(p.label) for p in self.points), default=0)
        )
        value = max((metrics.horizontalAdvance(p.text) for p in self.points), default=0) + size.gap
        left, right = label + size.gap * 2, self.width() - value - size.gap
        end, _ = self.top()
        visible = event.rect()
        for at, point in enumerate(self.points):
            top = size.gap // 2 + at * size.row
            if top > visible.bottom() or top + size.row < visible.top():
                continue
            area = QRect(0, top, self.width(), size.row)
            if at == self.current:
                painter.fillRect(area, QColor(theme.ACCENT_PALE))
                if self.hasFocus():
                    painter.setPen(QPen(QColor(theme.ACCENT), 1))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(area.adjusted(0, 0, -1, -1))
            painter.setPen(QColor(theme.TEXT))
            name = metrics.elidedText(point.label, Qt.TextElideMode.ElideRight, label)
            painter.drawText(QRect(size.gap, top, label, size.row), LEFT, name)
            height = round(size.row * 0.55)
            track = QRectF(left, top + (size.row - height) / 2, max(1, right - left), height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.TRACK))
            painter.drawRoundedRect(track, 3, 3)
            if point.value:
                painter.setBrush(QColor(theme.ACCENT))
                share = min(1.0, max(0.0, point.value / end))
                painter.drawRoundedRect(
                    QRectF(track.left(), track.top(), max(2.0, track.width() * share), height), 3, 3
                )
            painter.setPen(QColor(theme.FAINT if point.value is None else theme.TEXT))
            painter.drawText(
                QRect(round(right), top, self.width() - round(right) - size.gap, size.row), RIGHT,
                point.text,
            )
        painter.end()


class Trend(Chart):
    """A line over time with its values; a gap where there is nothing to count."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setMinimumHeight(theme.sizes().line * 8)

    def _frame(self) -> QRectF:
        size, metrics = theme.sizes(), self.fontMetrics()
        end, _ = self.top()
        left = metrics.horizontalAdvance(_number(end)) + size.gap * 2
        return QRectF(
            left, size.line * 1.6, max(10, self.width() - left - size.pad * 2),
            max(10, self.height() - size.line * 3.4),
        )

    def _x(self, frame: QRectF, at: int) -> float:
        inset = theme.sizes().char * 1.2
        count = len(self.points)
        if count == 1:
            return frame.center().x()
        return frame.left() + inset + (frame.width() - inset * 2) * at / (count - 1)

    def _y(self, frame: QRectF, value: float) -> float:
        end, _ = self.top()
        return frame.bottom() - frame.height() * min(1.0, max(0.0, value / end))

    def place_at(self, at: QPointF) -> int:
        frame = self._frame()
        if (
            not self.points
            or not frame.left() - 4 <= at.x() <= frame.right() + 4
            or at.y() < frame.top() - theme.sizes().line * 2
        ):
            return -1
        return min(range(len(self.points)), key=lambda n: abs(self._x(frame, n) - at.x()))

    def paintEvent(self, event: QPaintEvent) -> None:
        size, painter, metrics = theme.sizes(), QPainter(self), self.fontMetrics()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.points:
            painter.end()
            return
        frame = self._frame()
        end, step = self.top()
        value = 0.0
        while value <= end + step / 1000:
            y = round(self._y(frame, value))
            painter.setPen(QColor(theme.LINE))
            painter.drawLine(round(frame.left()), y, round(frame.right()), y)
            painter.setPen(QColor(theme.MUTED))
            painter.drawText(
                QRectF(0, y - size.line / 2, frame.left() - size.gap, size.line), RIGHT,
                _number(value),
            )
            value += step
        if 0 <= self.current < len(self.points):
            x = self._x(frame, self.current)
            painter.fillRect(
                QRectF(x - size.char * 0.8, frame.top(), size.char * 1.6, frame.height()),
                QColor(theme.ACCENT_PALE),
            )
        self._line(painter, frame)
        self._labels(painter, frame, metrics)
        painter.end()

    def _line(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(QPen(QColor(theme.ACCENT), 2.2))
        before: QPointF | None = None
        for at, point in enumerate(self.points):
            here = (
                QPointF(self._x(frame, at), self._y(frame, point.value))
                if point.value is not None
                else None
            )
            if before is not None and here is not None:
                painter.drawLine(before, here)
            before = here
        radius = theme.sizes().line * 0.19
        for at, point in enumerate(self.points):
            if point.value is not None:
                strong = at == self.current
                painter.setBrush(QColor(theme.ACCENT if strong else theme.CARD))
                here = QPointF(self._x(frame, at), self._y(frame, point.value))
                painter.drawEllipse(
                    here, radius * (1.5 if strong else 1), radius * (1.5 if strong else 1)
                )

    def _labels(self, painter: QPainter, frame: QRectF, metrics: QFontMetrics) -> None:
        """As many words as stand beside each other; the chosen one's always."""
        size = theme.sizes()
        gap = (self._x(frame, 1) - self._x(frame, 0)) if len(self.points) > 1 else frame.width()
        widest = max(metrics.horizontalAdvance(p.label) for p in self.points) + size.gap
        every = max(1, math.ceil(widest / gap))
        values = (
            max(metrics.horizontalAdvance(p.text.split(" ")[0]) for p in self.points) + size.gap
        )
        every_value = max(1, math.ceil(values / gap))
        last = len(self.points) - 1
        for at, point in enumerate(self.points):
            x, chosen = self._x(frame, at), at == self.current
            apart = self.current < 0 or abs(at - self.current) * gap >= max(widest, values)
            if chosen or (apart and (last - at) % every == 0):
                painter.setPen(QColor(theme.ACCENT if chosen else theme.MUTED))
                box = QRectF(x - widest, frame.bottom() + size.gap / 2, widest * 2, size.line)
                box.moveRight(min(box.right(), self.width() + widest / 2))
                painter.drawText(box, MIDDLE, point.label)
            if point.value is not None and (chosen or (apart and (last - at) % every_value == 0)):
                words = point.text.split(" ")[0]
                wide = metrics.horizontalAdvance(words) + 4
                box = QRectF(
                    x - wide / 2, self._y(frame, point.value) - size.line * 1.25, wide, size.line
                )
                box.moveRight(min(box.right(), self.width() - 2))
                # the line must not run through the number
                veil = QColor(theme.CARD)
                veil.setAlpha(215)
                painter.fillRect(box, veil)
                painter.setPen(QColor(theme.TEXT))
                painter.drawText(box, MIDDLE, words)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
