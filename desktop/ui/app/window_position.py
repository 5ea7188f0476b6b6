"""Where the window stands: as it was left, else in the middle, and never beyond the screen."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtWidgets import QMainWindow

from desktop.ui.kit import theme


def place(window: QMainWindow, kept: str) -> QSize | None:
    """Put it where it was; else in the middle, and give back the size that was proposed."""
    if kept and window.restoreGeometry(QByteArray.fromBase64(kept.encode("ascii"))):
        return None
    room, size = window.screen().availableGeometry(), theme.sizes()
    window.resize(min(room.width(), size.chars(94)), min(room.height(), size.line * 40))
    window.move(room.center() - window.rect().center())
    return window.size()


def fit_frame(window: QMainWindow, proposed: QSize | None) -> None:
    """The frame is known only when it is shown: with its title the window must not be higher or
    wider than the screen leaves room for. What a person or the last session chose stays."""
    room, frame = window.screen().availableGeometry(), window.frameGeometry()
    if window.size() != proposed or room.contains(frame):
        return
    wide, high = max(0, frame.width() - room.width()), max(0, frame.height() - room.height())
    window.resize(window.width() - wide, window.height() - high)
    frame = window.frameGeometry()
    window.move(
        max(room.left(), min(frame.left(), room.right() + 1 - frame.width())),
        max(room.top(), min(frame.top(), room.bottom() + 1 - frame.height())),
    )
