"""Paints the cells of a list: text, numbers to the right, a chip for a state, a lamp for a light.

All is drawn here rather than by the style: one look into the model per cell, and no padding that
overlaps.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.ui.kit import theme

LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
MIDDLE = int(Qt.AlignmentFlag.AlignCenter)


def fill_ground(
    painter: QPainter, option: QStyleOptionViewItem, row: int, over: QColor | None = None
) -> None:
    """What lies under a cell: chosen, ``over`` where the mouse is, or every other row's stripe."""
    state = option.state
    if state & QStyle.StateFlag.State_Selected:
        active = state & QStyle.StateFlag.State_Active
        painter.fillRect(option.rect, QColor(theme.SELECTED if active else theme.SELECTED_IDLE))
    elif over is not None:
        painter.fillRect(option.rect, over)
    elif row % 2:
        painter.fillRect(option.rect, QColor(theme.STRIPE))


def paint_chip(
    painter: QPainter, area: QRect, text: str, tone: str, at_most: int | None = None
) -> int:
    """A rounded word on a coloured ground, at the left of an area; returns its width in pixels."""
    ink, ground = theme.tone(tone)
    metrics = painter.fontMetrics()
    side = round(metrics.height() * 0.4)
    width = metrics.horizontalAdvance(text) + side * 2
    room = at_most if at_most is not None else area.width()
    if width > room:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, room - side * 2))
        width = room
    height = round(metrics.height() * 1.12)
    box = QRectF(area.left(), area.center().y() - height / 2 + 0.5, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(ink)
    painter.drawText(box, MIDDLE, text)
    return width


def paint_lamp(painter: QPainter, area: QRect, text: str, tone: str) -> None:
    """A coloured dot and its word, so that colour is never the only sign."""
    metrics = painter.fontMetrics()
    radius = _radius_of_lamp(metrics)
    painter.setPen(theme.tone(tone)[0])
    painter.setBrush(QColor(theme.lamp(tone)))
    painter.drawEllipse(QPointF(area.left() + radius + 1, area.center().y() + 0.5), radius, radius)
    painter.setPen(QColor(theme.TONES.get(tone, theme.TONES["grey"])[0]))
    room = area.adjusted(_before_word(metrics), 0, 0, 0)
    # a number that is cut short would be another number
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, LEFT, shown)


def _radius_of_lamp(metrics: QFontMetrics) -> float:
    return metrics.height() * 0.24


def _before_word(metrics: QFontMetrics) -> int:
    return round(_radius_of_lamp(metrics) * 2 + metrics.height() * 0.4)


CHIP = Qt.ItemDataRole.UserRole + 1
"""For small lists: ("chip" | "lamp" | "bar", tone) says how a cell's text is painted."""


class SmallCells(QStyledItemDelegate):
    """The same look for lists of a few rows held in a QTableWidget: padding as in the headings,
    chips, lamps, bars."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(6), size.row)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        area: QRect = option.rect
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        fill_ground(painter, option, index.row(), QColor(theme.HOVER) if over else None)
        text = index.data()
        if not text:
            return
        metrics = option.fontMetrics
        gap = _gap_beside(metrics)
        inner = area.adjusted(gap, 0, -gap, 0)
        look = index.data(CHIP) or ("", "")
        painter.save()
        painter.setFont(option.font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if look[0] == "chip":
            paint_chip(painter, inner, text, look[1])
        elif look[0] == "lamp":
            paint_lamp(painter, inner, text, look[1])
        else:
            if look[0] == "bar":
                paint_bar(painter, inner, text)
            ink = index.data(Qt.ItemDataRole.ForegroundRole)
            painter.setPen(ink.color() if ink is not None else self._ink())
            shift = gap // 2 if look[0] else 0
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width() - shift)
            painter.drawText(
                inner.adjusted(shift, 0, 0, 0),
                index.data(Qt.ItemDataRole.TextAlignmentRole) or LEFT,
                shown,
            )
        painter.restore()

    @staticmethod
    def _ink() -> QColor:
        return QColor(theme.TEXT)


def _gap_beside(metrics: QFontMetrics) -> int:
    return max(4, round(metrics.height() * 0.4))


def width_of_bar(metrics: QFontMetrics, text: str) -> int:
    """How wide a small cell is in which the text on a bar is not cut."""
    gap = _gap_beside(metrics)
    return metrics.horizontalAdvance(text) + gap * 2 + gap // 2 + 1


def width_of_lamp(metrics: QFontMetrics, text: str) -> int:
    """How wide a small cell is in which the word beside a lamp is not cut."""
    return metrics.horizontalAdvance(text) + _before_word(metrics) + _gap_beside(metrics) * 2 + 1


def paint_bar(painter: QPainter, area: QRect, text: str) -> None:
    """A share that begins with its percentage, as a bar behind its text."""
    share = text.split("%")[0]
    if not share.replace(".", "").isdigit():
        return
    height = round(painter.fontMetrics().height() * 1.1)
    bar = QRect(area.left(), area.center().y() - height // 2 + 1, area.width(), height)
    painter.fillRect(bar, QColor(theme.TRACK))
    bar.setWidth(round(bar.width() * min(100.0, float(share)) / 100))
    filled = theme.tone("green" if float(share) >= 60 else "yellow")[0]
    filled.setAlphaF(0.2)
    painter.fillRect(bar, filled)
