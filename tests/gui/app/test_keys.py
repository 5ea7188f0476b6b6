"""Every declared key does what it says on every page: no two things own one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop.ui.app.shell import Shell
from desktop.ui.kit.commands import Command
from tests.gui.conftest import PATIENCE_MS


def owners(window: Any) -> Counter[str]:
    """How many live things each key would call."""
    keys: list[str] = []
    for shortcut in window.findChildren(QShortcut):
        holder = shortcut.parent()
        if shortcut.isEnabled() and (holder is window or holder.isVisibleTo(window)):
            keys.append(shortcut.key().toString())
    for action in window.findChildren(QAction):
        keys += [each.toString() for each in action.shortcuts() if action.isEnabled()]
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and not button.shortcut().isEmpty():
            keys.append(button.shortcut().toString())
    return Counter(keys)


class Strays(QObject):
    """Parts of pages that were shown as windows of their own for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            text = getattr(watched, "text", str)
            self.shown.append(f"{type(watched).__name__} {text() if callable(text) else text}")
        return False


def test_no_key_has_two_owners_on_any_page(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    window = open_shell("admin").workspace
    strays = Strays()
    QApplication.instance().installEventFilter(strays)
    twice = {}
    for section in window._sections.values():  # noqa: SLF001
        for key in section.keys:
            if window.open(key) is not None:
                QApplication.processEvents()
                twice[key] = {name: count for name, count in owners(window).items() if count > 1}
    assert {key: found for key, found in twice.items() if found} == {}
    assert len(twice) > 40
    QApplication.instance().removeEventFilter(strays)
    assert strays.shown == [], "shown before they stood in the window, they took the keyboard from it"


@pytest.mark.parametrize("page", ["home", "ledger:rectification", "ledgers", "exchange", "drafts", "help", "weekly"])
def test_each_declared_key_is_heard_on_a_page(qtbot: Any, open_shell: Callable[..., Shell], page: str) -> None:
    """Pressed in a window that has the focus, each calls its own command and no other."""
    shell = open_shell("admin")
    window = shell.workspace
    window.open(page)
    qtbot.waitUntil(lambda: shell.jobs.idle, timeout=PATIENCE_MS)
    heard: list[str] = []
    held = window.commands._held  # noqa: SLF001
    expected = []
    for _, command, shortcut in held:
        if shortcut is None:
            continue
        shortcut.activated.disconnect()
        shortcut.activated.connect(lambda command=command: heard.append(command.keys))
        shortcut.activatedAmbiguously.connect(lambda command=command: heard.append(f"ambiguous {command.keys}"))
        expected.append(command.keys)
    shell.activateWindow()
    window.navigation.setFocus()
    QApplication.processEvents()
    for keys in expected:
        combination = QKeySequence(keys)[0]
        QTest.keyClick(window.navigation, combination.key(), combination.keyboardModifiers())
    assert heard == expected


def test_ctrl_l_locks(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    shell.activateWindow()
    QTest.keyClick(shell.workspace.navigation, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: shell.session is None, timeout=PATIENCE_MS)


def test_the_command_of_a_key_is_told_beside_it(open_shell: Callable[..., Shell]) -> None:
    window = open_shell("clerk").workspace
    lock = next(command for command in window.commands.all() if command.label == "锁定")
    assert isinstance(lock, Command)
    assert any("锁定" in action.text() and lock.keys in action.text() for action in window.findChildren(QAction))
