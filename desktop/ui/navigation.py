"""The list at the left: pages, and ledgers by family. Families fold; what is folded is remembered."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop.ui import icons, theme

KEY, ICON, COUNT = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; `key` is what is opened."""

    key: str
    label: str
    icon: str
    section: str


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(9), size.row if index.data(KEY) else round(size.line * 1.5))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        size = theme.sizes()
        area = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(KEY):
            painter.setFont(theme.scaled(0.9))
            painter.setPen(QColor(theme.MUTED))
            text = area.adjusted(size.pad, 0, -size.pad, 0)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, index.data())
            tree = self.parent()
            mark = "" if tree.isExpanded(index) else "…"
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, mark)
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        box = area.adjusted(size.gap, 1, -size.gap, -1)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.ACCENT_PALE if chosen else "#eef2f7"))
            painter.drawRoundedRect(box, size.gap // 2, size.gap // 2)
        if option.state & QStyle.StateFlag.State_HasFocus and chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), size.gap // 2, size.gap // 2)
        side = size.icon.width()
        left = box.left() + size.gap
        if icons.ready():
            picture = icons.icon(index.data(ICON), theme.ACCENT if chosen else theme.MUTED)
            picture.paint(painter, QRect(left, box.center().y() - side // 2, side, side))
        painter.setPen(QColor(theme.ACCENT if chosen else theme.TEXT))
        text = QRect(left + side + size.gap, box.top(), box.width() - side - size.gap * 3, box.height())
        count = index.data(COUNT)
        if count:
            painter.save()
            painter.setPen(QColor(theme.DANGER))
            painter.setFont(theme.scaled(0.88))
            shown = f"{count}" if count < 1000 else "999+"
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
            painter.restore()
            text = text.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(shown) - size.gap, 0)
        label = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, label)
        painter.restore()


class Navigation(QTreeWidget):
    """Emits the key of what was chosen, by mouse or keyboard."""

    chosen = Signal(str)
    folded = Signal(list)

    def __init__(self, entries: list[Entry], folded: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("class", "side")
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setMouseTracking(True)
        self.setItemDelegate(_Painter(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("导航")
        self._items: dict[str, QTreeWidgetItem] = {}
        self._sections: dict[str, QTreeWidgetItem] = {}
        for entry in entries:
            item = QTreeWidgetItem([entry.label])
            item.setData(0, KEY, entry.key)
            item.setData(0, ICON, entry.icon)
            item.setToolTip(0, entry.label)
            self._items[entry.key] = item
            if not entry.section:
                self.addTopLevelItem(item)
                continue
            if entry.section not in self._sections:
                head = QTreeWidgetItem([entry.section])
                head.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.addTopLevelItem(head)
                self._sections[entry.section] = head
            self._sections[entry.section].addChild(item)
        for name, head in self._sections.items():
            head.setExpanded(name not in folded)
        self.itemClicked.connect(self._clicked)
        self.currentItemChanged.connect(lambda now, before: now is not None and self._choose(now))
        self._quiet = False

    def draw_icons(self) -> None:
        """Icons may be drawn from now on."""
        self.viewport().update()

    def mark(self, key: str) -> None:
        """Show what is open, without opening it again."""
        self._quiet = True
        item = self._items.get(key)
        self.setCurrentItem(item)
        if item is None:
            self.clearSelection()
        self._quiet = False

    def set_count(self, key: str, count: int) -> None:
        """A red figure beside a ledger: what is overdue there."""
        if key in self._items:
            self._items[key].setData(0, COUNT, count)

    def _clicked(self, item: QTreeWidgetItem) -> None:
        if item.data(0, KEY):
            self._choose(item)
            return
        item.setExpanded(not item.isExpanded())
        self.folded.emit([name for name, head in self._sections.items() if not head.isExpanded()])

    def _choose(self, item: QTreeWidgetItem) -> None:
        key = item.data(0, KEY)
        if key and not self._quiet:
            self.chosen.emit(key)
