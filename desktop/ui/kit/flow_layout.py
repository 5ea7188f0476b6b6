"""A layout that breaks into lines like text: chips of filters, buttons of actions."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class Flow(QLayout):
    """Items from left to right; a new line when the width is used up."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}
        self._least: QSize | None = None
        self._gap = spacing
        self.setContentsMargins(0, 0, 0, 0)
        if parent is not None:
            policy = parent.sizePolicy()
            policy.setHeightForWidth(True)
            policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
            parent.setSizePolicy(policy)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self._forget()
        holder = self.parentWidget()
        # else Qt takes for its least height that at its least width, with all below one another
        if holder is not None:
            holder.setMinimumHeight(max(holder.minimumHeight(), item.minimumSize().height()))

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        self._forget()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def invalidate(self) -> None:
        self._forget()
        super().invalidate()

    def _forget(self) -> None:
        self._heights.clear()
        self._least = None

    def heightForWidth(self, width: int) -> int:
        """Kept until something in it changes: showing a page asks some dozens of times."""
        if width not in self._heights:
            self._heights[width] = self._lay(QRect(0, 0, width, 0), False)
        return self._heights[width]

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._lay(area, True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        if self._least is None:
            widest = QSize()
            for item in self._items:
                if not item.isEmpty():
                    widest = widest.expandedTo(item.minimumSize())
            self._least = widest
        return QSize(self._least)

    def clear(self) -> None:
        """Take out and delete everything."""
        while self._items:
            widget = self._items.pop().widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.invalidate()

    def _lay(self, area: QRect, really: bool) -> int:
        x, y, height = area.x(), area.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            hint = item.sizeHint()
            if x > area.x() and x + hint.width() > area.right() + 1:
                x, y, height = area.x(), y + height + self._gap, 0
            if really:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self._gap
            height = max(height, hint.height())
        return y + height - area.y()


class Head(Flow):
    """One line whose parts give way down to their least widths; where even that is too wide, lines
    like text, so that no head makes its page wider than the screen."""

    def __init__(self, parent: QWidget, spacing: int) -> None:
        super().__init__(parent, spacing)
        self._spare_before = self._grows = -1

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """`stretch`: it takes the room that is left."""
        super().addWidget(widget)
        if stretch:
            self._grows = self.count() - 1

    def addStretch(self) -> None:
        """The room that is left comes here."""
        self._spare_before = self.count()

    def _lay(self, area: QRect, really: bool) -> int:
        parts = [(at, item) for at, item in enumerate(self._items) if not item.isEmpty()]
        gaps = self._gap * max(0, len(parts) - 1)
        least = [item.minimumSize().width() for _, item in parts]
        if sum(least) + gaps > area.width():
            return super()._lay(area, really)
        wide = [
            max(item.sizeHint().width(), low) for (_, item), low in zip(parts, least, strict=True)
        ]
        over, may = sum(wide) + gaps - area.width(), sum(wide) - sum(least)
        if over > 0:
            wide = [
                full - -(-(full - low) * over // may) for full, low in zip(wide, least, strict=True)
            ]
        height = max((item.sizeHint().height() for _, item in parts), default=0)
        x, spare = area.x(), max(0, area.width() - sum(wide) - gaps)
        for (at, item), width in zip(parts, wide, strict=True):
            if self._grows < 0 and at >= self._spare_before >= 0:
                x, spare = x + spare, 0
            width += spare if at == self._grows else 0
            if really:
                item.setGeometry(QRect(x, area.y(), width, height))
            x += width + self._gap
        return height
