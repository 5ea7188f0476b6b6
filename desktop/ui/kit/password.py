"""The entry of a password."""

from __future__ import annotations

import sys

from PySide6 import QtCore
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

if sys.platform == "win32":  # pragma: no cover
    import ctypes

CAPS_ON = "大写锁定已打开，密码区分大小写。"
NOT_TWICE = "两遍密码不一样，请重新输入。"


class PasswordEdit(QLineEdit):
    """A hidden entry that notices Caps Lock; input methods stay off, as a password is typed letter
    by letter."""

    caps_lock_noticed = Signal(bool)

    def __init__(self, placeholder: str = "") -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setPlaceholderText(placeholder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        caps = _caps_lock()
        if caps is None and event.text().isalpha() and event.text().isascii():
            shifted = bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier)
            caps = event.text().isupper() != shifted
        if event.key() == QtCore.Qt.Key.Key_CapsLock:
            caps = False if caps is None else caps
        if caps is not None:
            self.caps_lock_noticed.emit(caps)
        super().keyPressEvent(event)


def _caps_lock() -> bool | None:
    """Whether Caps Lock is on, where the platform tells; elsewhere the typed letters betray it."""
    if sys.platform == "win32":
        return bool(ctypes.windll.user32.GetKeyState(0x14) & 1)
    return None
