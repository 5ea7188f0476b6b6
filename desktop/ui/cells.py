"""Paints the cells of a list: text, numbers to the right, a chip for a state, a lamp for a light.

All is drawn here rather than by the style: one look into the model per cell, and no padding that overlaps.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.ui import theme
from desktop.ui.columns import lamp
from desktop.ui.rows import RowsModel

SELECTED, SELECTED_IDLE, HOVER, BAR = (
    QColor("#d6e6f9"),
    QColor("#e6edf5"),
    QColor("#f0f5fb"),
    QColor("#edf0f4"),
)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
MIDDLE = int(Qt.AlignmentFlag.AlignCenter)


def paint_chip(painter: QPainter, area: QRect, text: str, tone: str, at_most: int | None = None) -> int:
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
    radius = metrics.height() * 0.24
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(lamp(tone)))
    painter.drawEllipse(QPointF(area.left() + radius + 1, area.center().y() + 0.5), radius, radius)
    painter.setPen(QColor(theme.TONES.get(tone, theme.TONES["grey"])[0]))
    painter.drawText(area.adjusted(round(radius * 2 + metrics.height() * 0.4), 0, 0, 0), LEFT, text)


class Cells(QStyledItemDelegate):
    """The one delegate of lists over a `RowsModel`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._text = QColor(theme.TEXT)
        self._muted = QColor(theme.MUTED)
        self._line = QPen(QColor(theme.LINE))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(8), size.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        model = index.model()
        if not isinstance(model, RowsModel):
            return
        area: QRect = option.rect
        at, place = index.row(), index.column()
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, SELECTED if state & QStyle.StateFlag.State_Active else SELECTED_IDLE)
        elif at % 2:
            painter.fillRect(area, QColor(theme.STRIPE))
        row = model.row(at)
        metrics = option.fontMetrics
        gap = max(4, round(metrics.height() * 0.4))
        inner = area.adjusted(gap, 0, -gap, 0)
        column = model.columns[place]
        if row is None:
            height = max(4, metrics.height() // 2)
            painter.fillRect(
                inner.left(), inner.center().y() - height // 2, round(inner.width() * 0.6), height, BAR
            )
            return
        if column.look == "state":
            if row.state is not None:
                painter.save()
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                paint_chip(painter, inner, *row.state)
                painter.restore()
            return
        if column.look == "light":
            if row.light is not None:
                painter.save()
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                paint_lamp(painter, inner, *row.light)
                painter.restore()
            return
        text = row.texts[place]
        if not text:
            return
        painter.setPen(self._text)
        if metrics.horizontalAdvance(text[:400]) > inner.width():
            text = metrics.elidedText(text[:400], Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, RIGHT if column.look == "number" else LEFT, text)
