"""Paints the list of a ledger: one look into the model per cell."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop.bulletin.typeset.characters import NO_END, NO_START
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT, RIGHT, fill_ground, paint_chip, paint_lamp
from desktop.ui.kit.table_look import Index
from desktop.ui.lists.columns import Row
from desktop.ui.lists.rows_model import DRAFT, RowsModel


class Cells(QStyledItemDelegate):
    """The one delegate of lists over a `RowsModel`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._text = QColor(theme.TEXT)
        self._line = QPen(QColor(theme.LINE))

    two_lines = False
    """Whether a title that is too long for its column goes on in a second line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(8), row_height(self.two_lines))

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
            if place == 0 and self.two_lines:
                text = "\n".join(in_two_lines(text[:400], metrics, inner.width()))
            else:
                text = metrics.elidedText(text[:400], Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, RIGHT if column.look == "number" else LEFT, text)


def row_height(two_lines: bool) -> int:
    """In pixels."""
    size = theme.sizes()
    return size.row + size.line if two_lines else size.row


def in_two_lines(text: str, metrics: QFontMetrics, width: int) -> tuple[str, str]:
    """A text too long for one line, the second cut short by … where it must be."""
    fits, over = 1, len(text)
    while over - fits > 1:
        middle = (fits + over) // 2
        if metrics.horizontalAdvance(text[:middle]) <= width:
            fits = middle
        else:
            over = middle
    end = _broken_at(text, fits)
    rest = text[end:].lstrip()
    return text[:end].rstrip(), metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)


def _broken_at(text: str, fits: int) -> int:
    """Where the second line begins: neither within a number or a word of Latin letters nor with a
    mark that ends something, unless hardly anything would be left of the first."""
    end = fits - 1 if fits == len(text) - 1 and fits > 1 else fits  # not a character by itself
    while end > fits // 3 and _together(text[end - 1], text[end]):
        end -= 1
    return end if end > fits // 3 else fits


def _together(before: str, after: str) -> bool:
    latin = all(each.isascii() and each.isalnum() for each in (before, after))
    return latin or after in NO_START or before in NO_END


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
