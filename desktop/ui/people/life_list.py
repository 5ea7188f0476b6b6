"""What happened in a person's life, newest first, along a line: dates at the left, what it was and
what else is known beside it."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from db.domain.person_timeline import Event
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT, RIGHT, paint_chip
from desktop.ui.kit.table_look import NOWHERE, Index

WRAP = int(Qt.TextFlag.TextWordWrap)
WHEN_CHARS, GROUP_CHARS = 8.6, 6.6
WEIGHS = "影响期内"


class _Model(QAbstractListModel):
    def __init__(self, parent: LifeList) -> None:
        super().__init__(parent)
        self.events: list[Event] = []

    def fill(self, events: list[Event]) -> None:
        self.beginResetModel()
        self.events = events
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.events)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        event = self.events[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            weighs = f"，{WEIGHS}" if event.weighs else ""
            return f"{event.when} {event.group} {event.head} {event.detail}{weighs}".strip()
        return None


class _Painter(QStyledItemDelegate):
    """Measures and paints one event; its height follows its text."""

    def _rooms(self, width: int) -> tuple[int, int, int]:
        """Left edge of the line, left edge and width of the text."""
        size = theme.sizes()
        line = size.gap + size.chars(WHEN_CHARS)
        text = line + size.line
        return line, text, max(size.chars(6), width - text - size.chars(GROUP_CHARS) - size.gap)

    def _heights(self, option: QStyleOptionViewItem, event: Event, width: int) -> tuple[int, int]:
        room = self._rooms(width)[2]
        metrics = option.fontMetrics
        head = metrics.boundingRect(QRect(0, 0, room, 10_000), WRAP, event.head).height()
        detail = (
            metrics.boundingRect(QRect(0, 0, room, 10_000), WRAP, event.detail).height()
            if event.detail
            else 0
        )
        return head, detail

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        assert isinstance(view, LifeList)
        width = view.viewport().width()
        head, detail = self._heights(option, view.events[index.row()], width)
        return QSize(width, head + detail + theme.sizes().gap * 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, _Model):
            return
        size, area, metrics = theme.sizes(), option.rect, option.fontMetrics
        event = model.events[index.row()]
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(
                area, QColor(
                    theme.SELECTED if option.state & QStyle.StateFlag.State_Active
                    else theme.SELECTED_IDLE
                )
            )
        line, left, room = self._rooms(area.width())
        head, detail = self._heights(option, event, area.width())
        top = area.top() + size.gap
        first = QRect(area.left() + size.gap, top, size.chars(WHEN_CHARS), metrics.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = area.left() + line + size.line * 0.45
        middle = top + metrics.height() / 2
        painter.setPen(QPen(QColor(theme.LINE_STRONG), 1))
        if index.row():
            painter.drawLine(QPointF(x, area.top()), QPointF(x, middle))
        if index.row() + 1 < len(model.events):
            painter.drawLine(QPointF(x, middle), QPointF(x, area.bottom() + 1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.tone(event.tone)[0])
        painter.drawEllipse(QPointF(x, middle), size.line * 0.2, size.line * 0.2)
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(first, LEFT, event.when)
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(QRect(area.left() + left, top, room, head), WRAP, event.head)
        if detail:
            painter.setPen(QColor(theme.MUTED))
            painter.drawText(
                QRect(area.left() + left, top + head, room, detail), WRAP, event.detail
            )
        side = QRect(
            area.right() - size.chars(GROUP_CHARS), top, size.chars(GROUP_CHARS) - size.gap,
            metrics.height(),
        )
        painter.setPen(QColor(theme.MUTED))
        if event.weighs:
            width = min(side.width(), metrics.horizontalAdvance(WEIGHS) + metrics.height())
            paint_chip(painter, side.adjusted(side.width() - width, 0, 0, 0), WEIGHS, "red")
        else:
            painter.drawText(side, RIGHT, event.group)
        painter.restore()


class LifeList(QListView):
    """The events; Enter or a double click opens the record behind one."""

    opened = Signal(str, str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName(name)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMinimumHeight(theme.sizes().row * 2)
        self.doubleClicked.connect(lambda index: self._open())

    def show_events(self, events: list[Event]) -> None:
        self._model.fill(events)

    @property
    def events(self) -> list[Event]:
        return self._model.events

    def _open(self) -> None:
        row = self.currentIndex().row()
        if 0 <= row < len(self._model.events):
            self.opened.emit(self._model.events[row].kind, self._model.events[row].uid)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()
