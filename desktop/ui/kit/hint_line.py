"""A line to type in whose hint is never cut: the longest of several that there is room for."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.ui.kit import theme


class HintedLine(QLineEdit):
    """``hints`` from the longest to the shortest; the longest of all is its tip."""

    def __init__(self, hints: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hints = hints
        self.setToolTip(hints[0])
        self.setAccessibleName(hints[0].split("（")[0])
        self.setPlaceholderText(hints[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room, metrics = event.size().width() - theme.sizes().gap * 3, self.fontMetrics()
        fitting = (hint for hint in self._hints if metrics.horizontalAdvance(hint) <= room)
        self.setPlaceholderText(next(fitting, self._hints[-1]))
