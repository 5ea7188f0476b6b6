"""The list at the left: pages, and ledgers by family. Families fold, by mouse and keyboard; what is
folded is remembered.

A folded family still tells what is in it: the figures of its ledgers added up, and its name in the
accent where the open page is.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop.ui.kit import icons, theme
from desktop.ui.kit.table_look import Index

KEY, ICON, COUNT = (
    Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2,
)


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; `key` is what is opened."""

    key: str
    label: str
    icon: str
    section: str


class _Painter(QStyledItemDelegate):
    def __init__(self, tree: Navigation) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(9), size.row if index.data(KEY) else round(size.line * 1.5))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        size = theme.sizes()
        area = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(KEY):
            self._head(painter, option, index)
            painter.restore()
            return
        chosen = self._tree.is_open(index)
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
        text = QRect(
            left + side + size.gap, box.top(), box.width() - side - size.gap * 3, box.height()
        )
        count = index.data(COUNT)
        if count:
            painter.save()
            painter.setPen(QColor(theme.DANGER))
            painter.setFont(theme.scaled(0.88))
            shown = f"{count}" if count < 1000 else "999+"
            painter.drawText(
                text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown
            )
            painter.restore()
            text = text.adjusted(
                0, 0, -painter.fontMetrics().horizontalAdvance(shown) - size.gap, 0
            )
        label = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, text.width()
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, label)
        painter.restore()

    def _head(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The name of a family, and an arrow that says whether it is folded."""
        size, tree = theme.sizes(), self._tree
        box = option.rect.adjusted(size.gap, 1, -size.gap, -1)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if option.state & QStyle.StateFlag.State_MouseOver or focused:
            painter.setPen(QPen(QColor(theme.ACCENT), 1) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#eef2f7"))
            painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), size.gap // 2, size.gap // 2)
        folded = not tree.isExpanded(index)
        here = folded and tree.open_within(index)
        painter.setFont(theme.scaled(0.9, bold=here))
        painter.setPen(QColor(theme.ACCENT if here else theme.MUTED))
        text = option.rect.adjusted(size.pad, 0, -size.pad, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, index.data())
        # an arrow of two strokes: icons are not drawn before the first paint
        arm = max(3, size.line // 5)
        x, y = text.right() - arm, option.rect.center().y()
        points = [(x - arm // 2, y - arm), (x + arm // 2, y), (x - arm // 2, y + arm)]
        if not folded:
            points = [(x - arm, y - arm // 2), (x, y + arm // 2), (x + arm, y - arm // 2)]
        painter.setPen(QPen(QColor(theme.MUTED), max(1.2, size.line / 14)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline([QPoint(*point) for point in points])
        count = tree.count_within(index) if folded else 0
        if count:
            painter.setPen(QColor(theme.DANGER))
            painter.setFont(theme.scaled(0.88))
            shown = f"{count}" if count < 1000 else "999+"
            right = text.adjusted(0, 0, -arm * 2 - size.gap * 2, 0)
            painter.drawText(
                right, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown
            )


class Navigation(QTreeWidget):
    """Emits the key of what was chosen, by mouse or keyboard."""

    chosen = Signal(str)
    folded = Signal(list)

    def __init__(
        self, entries: list[Entry], folded: list[str], parent: QWidget | None = None
    ) -> None:
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
                head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                head.setToolTip(0, "点一下收起或展开（键盘 ←、→）；右键可以全部收起")
                self.addTopLevelItem(head)
                self._sections[entry.section] = head
            self._sections[entry.section].addChild(item)
        for name, head in self._sections.items():
            head.setExpanded(name not in folded)
        self._open: QTreeWidgetItem | None = None
        self.itemClicked.connect(self._clicked)
        for folding in (self.itemExpanded, self.itemCollapsed):
            folding.connect(lambda item: self._fold_changed())
        self.currentItemChanged.connect(lambda now, before: self._choose(now))
        self._quiet = False

    def draw_icons(self) -> None:
        """Icons may be drawn from now on."""
        self.viewport().update()

    def mark(self, key: str) -> None:
        """Show what is open, without opening it again; in a folded family its name says so."""
        self._quiet = True
        item = self._open = self._items.get(key)
        head = item.parent() if item is not None else None
        if item is None:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        else:
            self.setCurrentItem(head if head is not None and not head.isExpanded() else item)
        self._quiet = False
        self.viewport().update()

    def is_open(self, index: Index) -> bool:
        """Whether this is the page in front, wherever the cursor stands."""
        return self._open is not None and self.itemFromIndex(index) is self._open

    def open_within(self, index: Index) -> bool:
        """Whether the open page is one of this family."""
        head = self.itemFromIndex(index)
        return self._open is not None and self._open.parent() is head

    def count_within(self, index: Index) -> int:
        """What is overdue in all ledgers of this family."""
        head = self.itemFromIndex(index)
        items = [head.child(at) for at in range(head.childCount())] if head is not None else []
        return sum([int(item.data(0, COUNT) or 0) for item in items if item is not None])

    def fold_all(self, on: bool) -> None:
        """Fold or unfold every family."""
        for head in self._sections.values():
            head.setExpanded(not on)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("全部收起", lambda: self.fold_all(True))
        menu.addAction("全部展开", lambda: self.fold_all(False))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if (
            item is not None
            and not item.data(0, KEY)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        ):
            item.setExpanded(not item.isExpanded())
            return
        super().keyPressEvent(event)

    def _fold_changed(self) -> None:
        self.folded.emit([name for name, head in self._sections.items() if not head.isExpanded()])
        self.viewport().update()

    def set_count(self, key: str, count: int) -> None:
        """A red figure beside a ledger: what is overdue there."""
        if key in self._items:
            self._items[key].setData(0, COUNT, count)

    def _clicked(self, item: QTreeWidgetItem) -> None:
        if item.data(0, KEY):
            self._choose(item)
            return
        item.setExpanded(not item.isExpanded())

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        key = item.data(0, KEY) if item is not None else None
        if key and not self._quiet:
            self.chosen.emit(key)
