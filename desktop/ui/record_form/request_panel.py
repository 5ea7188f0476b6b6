"""What a second person decides on, beside the step: who asked, when, with what evidence."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QWidget

from desktop.ui.kit import theme

LONGEST = 160
"""Characters of one answer; the rest stands in the list of what hangs under the record."""


class RequestPanel(QFrame):
    """A line for each thing that was told; hidden where nothing waits."""

    more = Signal()
    """The person wants to see all of it, with its files."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self.setProperty("class", "request")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(size.gap, size.gap // 2, size.gap, size.gap // 2)
        self._grid.setHorizontalSpacing(size.gap)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._lines: tuple[tuple[str, str], ...] = ()
        self.hide()

    def show_request(self, lines: Sequence[tuple[str, str]]) -> None:
        """Each label with its text; none: nothing was asked for."""
        self.setVisible(bool(lines))
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, (label, text) in enumerate(self._lines):
            name = QLabel(label)
            name.setProperty("class", "muted")
            content = QLabel(text if len(text) <= LONGEST else text[:LONGEST] + "…")
            content.setTextFormat(Qt.TextFormat.PlainText)
            content.setWordWrap(True)
            content.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(content, row, 1)
        if self._lines:
            whole = QPushButton("看全部佐证")
            whole.setProperty("class", "link")
            whole.clicked.connect(self.more)
            self._grid.addWidget(whole, len(self._lines), 0, 1, 2)
