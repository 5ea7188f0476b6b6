"""The list at the left: at most eleven sections. What a section holds are tabs above the page
(`section_tabs`); the figures of its tabs, added up, stand beside its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.ui.app.navigation_entries import SectionEntries
from desktop.ui.kit import icons, theme
from desktop.ui.kit.table_look import Index

KEY, ICON, COUNT = (
    Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2,
)


def shown_count(count: int) -> str:
    """A figure where there is little room."""
    return f"{count}" if count < 1000 else "999+"


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = theme.sizes()
        return QSize(size.chars(7), round(size.row * 1.15))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        size, state = theme.sizes(), option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        box = option.rect.adjusted(size.gap, 1, -size.gap, -1)
        _ground(painter, box, state, chosen)
        side = size.icon.width()
        if icons.ready():
            picture = icons.icon(index.data(ICON), theme.ACCENT if chosen else theme.MUTED)
            picture.paint(
                painter, QRect(box.left() + size.gap, box.center().y() - side // 2, side, side)
            )
        text = box.adjusted(side + size.gap * 2, 0, -size.gap, 0)
        count = index.data(COUNT)
        if count:
            text.setRight(_figure(painter, text, shown_count(count)) - size.gap)
        painter.setFont(theme.scaled(1.0, bold=chosen))
        painter.setPen(QColor(theme.ACCENT if chosen else theme.TEXT))
        label = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, text.width()
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, label)
        painter.restore()


def _ground(painter: QPainter, box: QRect, state: QStyle.StateFlag, chosen: bool) -> None:
    size = theme.sizes()
    if chosen or state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ACCENT_PALE if chosen else theme.HOVER))
        painter.drawRoundedRect(box, size.gap // 2, size.gap // 2)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.ACCENT), 1))
        painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), size.gap // 2, size.gap // 2)


def _figure(painter: QPainter, area: QRect, shown: str) -> int:
    """Paint a red figure at the right; where it begins."""
    painter.setPen(QColor(theme.DANGER))
    painter.setFont(theme.scaled(0.88))
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
    return area.right() - painter.fontMetrics().horizontalAdvance(shown)


class Navigation(QListWidget):
    """Emits the section that was chosen, by mouse or keyboard."""

    chosen = Signal(str)
    pressed_again = Signal(str)
    """The section in front was clicked once more."""
    entered = Signal()
    """The keyboard goes on to the page."""
    stays = Signal()
    """The keyboard stays here, whatever page comes."""

    def __init__(self, sections: Sequence[SectionEntries]) -> None:
        super().__init__()
        self.setProperty("class", "side")
        self.setMouseTracking(True)
        self.setItemDelegate(_Painter(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("导航")
        self._items: dict[str, QListWidgetItem] = {}
        self._section_of: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for each in sections:
            item = QListWidgetItem(each.section.label)
            item.setData(KEY, each.section.id)
            item.setData(ICON, each.section.icon)
            self.addItem(item)
            self._items[each.section.id] = item
            self._section_of.update(dict.fromkeys(each.keys, each.section.id))
        self._quiet = False
        self._open = ""
        self.currentItemChanged.connect(lambda now, before: self._choose(now))

    def draw_icons(self) -> None:
        """Icons may be drawn from now on."""
        self.viewport().update()

    def section_of(self, key: str) -> str:
        """The section of a page or ledger; empty for a page of none."""
        return self._section_of.get(key, "")

    def mark(self, key: str) -> None:
        """Show in which section the open page is, without opening it again."""
        self._quiet = True
        self._open = self.section_of(key)
        item = self._items.get(self._open)
        if item is None:
            self.setCurrentRow(-1)
            self.clearSelection()
        else:
            self.setCurrentItem(item)
        self._quiet = False

    def item_of(self, section: str) -> QListWidgetItem:
        """The line of a section."""
        return self._items[section]

    def set_count(self, key: str, count: int) -> None:
        """What waits in a page or ledger: added up, a red figure beside its section."""
        self._counts[key] = count
        section = self.section_of(key)
        if section:
            self._items[section].setData(COUNT, self.count_of(section))

    def count_at(self, key: str) -> int:
        """What waits in one page or ledger."""
        return self._counts.get(key, 0)

    def count_of(self, section: str) -> int:
        """The figure beside a section."""
        return sum(n for key, n in self._counts.items() if self.section_of(key) == section)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        again = item is not None and item.data(KEY) == self._open
        super().mousePressEvent(event)
        if again and event.button() == Qt.MouseButton.LeftButton:
            self.pressed_again.emit(self._open)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard that comes here opens nothing: where no section is in front, as with a
        search, Qt would make the first one the current."""
        self._quiet = True
        super().focusInEvent(event)
        if not self._open:
            self.setCurrentRow(-1)
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from section to section; Enter goes in."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Right):
            self.entered.emit()
            return
        super().keyPressEvent(event)
        self.stays.emit()

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self._quiet:
            self.chosen.emit(item.data(KEY))
