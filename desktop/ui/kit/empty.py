"""What stands in a list that has nothing to show."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui.kit import theme


class Empty(QWidget):
    """What an empty list says: what it is for and what to do next."""

    clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self._head = QLabel()
        self._head.setFont(theme.scaled(1.15, bold=True))
        self._text = QLabel()
        self._text.setProperty("class", "muted")
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._button.clicked.connect(self.clicked)
        for label in (self._head, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        box = QVBoxLayout(self)
        box.setSpacing(size.gap)
        box.addStretch(2)
        box.addWidget(self._head)
        box.addWidget(self._text)
        box.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(3)
        self.hide()

    def say(self, head: str, text: str, button: str = "") -> None:
        self._head.setText(head)
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.show()
