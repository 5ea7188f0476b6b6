"""Weeks of days as a grid: on each day what falls on it, as far as there is room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from db.domain.calendar_days import Dated
from desktop.ui.kit import theme
from desktop.ui.kit.table_look import Index

DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
DAY, FOUND, NOTE, FREE = (Qt.ItemDataRole.UserRole + at for at in range(4))


MOST_FITTED = 2_000
WRAPPED = int(Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWrapAnywhere)


def fitted(metrics: QFontMetrics, text: str, wide: int, most: int) -> tuple[str, int]:
    """A text and the lines that it takes, cut short only where there is not room for all of it."""
    high, most = metrics.height(), max(1, most)
    if metrics.horizontalAdvance(text) <= wide:
        return text, 1
    whole = round(metrics.boundingRect(QRect(0, 0, wide, high * 99), WRAPPED, text).height() / high)
    if whole <= most:
        return text, whole
    # no character is cut in two at the end of a line
    room = most * wide - (most - 1) * high
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room), most


class _Painter(QStyledItemDelegate):
    def __init__(self, grid: QTableWidget) -> None:
        super().__init__(grid)
        self._fitted: dict[tuple[str, str, int, int], tuple[str, int]] = {}
        """What was worked out for a face, a text and its room: a grid is painted many times."""

    def _fit(self, painter: QPainter, text: str, wide: int, most: int) -> tuple[str, int]:
        asked = (painter.font().key(), text, wide, most)
        found = self._fitted.get(asked)
        if found is None:
            if len(self._fitted) > MOST_FITTED:
                self._fitted.clear()
            found = self._fitted[asked] = fitted(painter.fontMetrics(), text, wide, most)
        return found

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.sizes().chars(4), theme.sizes().line * 3)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        size, day = theme.sizes(), index.data(DAY)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        ground = theme.ACCENT_PALE if chosen else theme.STRIPE if index.data(FREE) else theme.CARD
        painter.fillRect(option.rect, QColor(ground))
        painter.setPen(QColor(theme.ACCENT if chosen else theme.LINE))
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        inner = option.rect.adjusted(size.gap, size.gap // 2, -size.gap, -size.gap // 2)
        head = QRect(inner.left(), inner.top(), inner.width(), size.line)
        painter.setFont(theme.scaled(1.0, bold=True))
        painter.setPen(QColor(theme.MUTED if index.data(FREE) else theme.TEXT))
        painter.drawText(head, int(Qt.AlignmentFlag.AlignVCenter), f"{day.day}")
        painter.setFont(theme.scaled(0.86))
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(
            head, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight),
            index.data(NOTE),
        )
        self._lines(painter, inner.adjusted(0, size.line, 0, 0), index.data(FOUND))
        painter.restore()

    def _lines(self, painter: QPainter, area: QRect, found: Sequence[Dated]) -> None:
        metrics, high = painter.fontMetrics(), painter.fontMetrics().height()
        room = max(1, area.height() // high)
        shown = found if len(found) <= room else found[: room - 1]
        top = area.top()
        for at, one in enumerate(shown):
            left = (area.bottom() + 1 - top) // high - (len(shown) - at - 1)
            text = QRect(area.left(), top, area.width(), high).adjusted(round(high * 0.9), 0, 0, 0)
            title, lines = self._fit(painter, one.title, text.width(), left)
            painter.setPen(QColor(theme.ACCENT) if one.held else theme.tone(one.tone)[0])
            painter.drawText(area.left(), top + metrics.ascent(), "■" if one.held else "●")
            painter.setPen(QColor(theme.TEXT))
            painter.drawText(text.adjusted(0, 0, 0, high * (lines - 1)), WRAPPED, title)
            top += lines * high
        if len(shown) < len(found):
            line = QRect(area.left(), top, area.width(), high)
            painter.setPen(QColor(theme.MUTED))
            more = f"还有 {len(found) - len(shown)} 件" if shown else f"共 {len(found)} 件"
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), more)


class MonthGrid(QTableWidget):
    """Whole weeks from a Monday; one day is chosen, by mouse or arrow keys."""

    day_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(0, 7)
        self._shown: tuple[object, ...] = ()
        self.setAccessibleName("日历")
        self.setItemDelegate(_Painter(self))
        self.setHorizontalHeaderLabels(list(DAYS))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setFixedHeight(theme.sizes().row)
        self.currentItemChanged.connect(lambda now, before: self._choose(now))

    def show_days(
        self, first: dt.date, last: dt.date, found: Mapping[dt.date, Sequence[Dated]],
        notes: Mapping[dt.date, str], free: Sequence[dt.date], chosen: dt.date,
    ) -> None:
        """From the Monday of the first day to the Sunday of the last; ``notes`` stand beside the
        number, ``free`` days have it muted."""
        asked = (first, last, dict(found), dict(notes), list(free), chosen)
        if asked == self._shown:
            return
        self._shown = asked
        begin = first - dt.timedelta(days=first.weekday())
        weeks = ((last - begin).days // 7) + 1
        self.blockSignals(True)
        self.setRowCount(weeks)
        for at in range(weeks * 7):
            day = begin + dt.timedelta(days=at)
            here = found.get(day, ())
            item = QTableWidgetItem()
            item.setData(DAY, day)
            item.setData(FOUND, here)
            item.setData(NOTE, notes.get(day, ""))
            item.setData(FREE, day in free or not first <= day <= last)
            words = "；".join(f"{one.ledger} {one.title} {one.word}" for one in here) or "没有安排"
            spoken = f"{day.month}月{day.day}日 {notes.get(day, '')} {words}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            self.setItem(at // 7, at % 7, item)
            if day == chosen:
                self.setCurrentItem(item)
        self.blockSignals(False)

    def _choose(self, item: QTableWidgetItem | None) -> None:
        if item is not None:
            self.day_chosen.emit(item.data(DAY))
