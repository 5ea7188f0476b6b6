"""What entries have beside their writing: a button at the right end as large as the writing (those
that Qt puts there stay at 16 pixels), and in boxes for numbers the same margin as in others."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpinBox, QToolButton

from desktop.ui.kit import icons, theme


def beside(
    entry: QLineEdit, icon: str, name: str, tip: str, run: Callable[[], object]
) -> QToolButton:
    """`name`: as it is read out. The keyboard stays in the entry, which has a key of its own."""
    size = theme.sizes()
    made = QToolButton(entry)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setIconSize(size.icon)
    made.setFixedWidth(size.icon.width() + size.gap)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setCursor(Qt.CursorShape.ArrowCursor)
    made.clicked.connect(run)
    icons.set_icon(made, icon)
    row = QHBoxLayout(entry)
    row.setContentsMargins(0, 0, size.gap // 2, 0)
    row.addStretch(1)
    row.addWidget(made)
    give_room(entry, made, True)
    return made


def give_room(entry: QLineEdit, made: QToolButton, shown: bool) -> None:
    """Show the button, and keep the writing clear of it."""
    made.setVisible(shown)
    entry.setTextMargins(0, 0, made.maximumWidth() if shown else 0, 0)


def spin_box() -> QSpinBox:
    """A box for a whole number."""
    box = QSpinBox()
    box.lineEdit().setTextMargins(theme.sizes().gap // 2, 0, 0, 0)
    return box
