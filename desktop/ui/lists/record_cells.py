"""Paints the list of a ledger: one look into the model per cell."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import (
    LEFT,
    RIGHT,
    fill_ground,
    paint_chip,
    paint_lamp,
)
from desktop.ui.kit.table_look import Index
from desktop.ui.lists.columns import Row
from desktop.ui.lists.row_pages import DRAFT, RowsModel


class Cells(QStyledItemDelegate):
    """The one delegate of lists over a `RowsModel`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._text = QColor(theme.TEXT)
        self._muted = QColor(theme.MUTED)
        self._line = QPen(QColor(theme.LINE))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(8), size.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, RowsModel):
            return
        area: QRect = option.rect
        at, place = index.row(), index.column()
        fill_ground(painter, option, at)
        row = model.row(at)
        metrics = option.fontMetrics
        gap = max(4, round(metrics.height() * 0.4))
        inner = area.adjusted(gap, 0, -gap, 0)
        column = model.columns[place]
        if row is None:
            height = max(4, metrics.height() // 2)
            painter.fillRect(
                inner.left(), inner.center().y() - height // 2, round(inner.width() * 0.6), height,
                QColor(theme.TRACK),
            )
            return
        if column.look in ("state", "light"):
            _paint_mark(painter, inner, row, column.look)
            return
        if place == 0 and row.uid in model.marked:
            inner.setLeft(inner.left() + _paint_draft(painter, inner) + gap)
        text = row.texts[place]
        if not text:
            return
        painter.setPen(self._text)
        if metrics.horizontalAdvance(text[:400]) > inner.width():
            text = metrics.elidedText(text[:400], Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, RIGHT if column.look == "number" else LEFT, text)


def _paint_draft(painter: QPainter, area: QRect) -> int:
    """That something is typed of the record and not saved; returns its width."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = paint_chip(painter, area, DRAFT, "orange")
    painter.restore()
    return width


def _paint_mark(painter: QPainter, area: QRect, row: Row, look: str) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if look == "state" and row.state is not None:
        paint_chip(painter, area, *row.state)
    elif look == "light" and row.light is not None:
        paint_lamp(painter, area, *row.light)
    painter.restore()
