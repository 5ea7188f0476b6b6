"""Every declared key does what it says on every page: no two things own one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop.ui.app.shell import Shell
from desktop.ui.kit.commands import Command
from tests.gui.conftest import PATIENCE_MS, quiet
from tests.gui.test_looks import pages


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


def test_each_declared_key_is_heard_on_every_page(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    """Pressed in a window that has the focus, each calls its own command and no other."""
    shell = open_shell("admin")
    window = shell.workspace
    quiet(qtbot, shell)
    shell.activateWindow()
    heard: list[str] = []
    rewired: list[object] = []
    wrong: dict[str, tuple[list[str], list[str]]] = {}
    pressed = 0
    for page in pages(window):
        window.open(page)
        quiet(qtbot, shell)
        expected = []
        for _, command, shortcut in window.commands._held:  # noqa: SLF001
            if shortcut is None:
                continue
            if shortcut not in rewired:
                rewired.append(shortcut)
                shortcut.activated.disconnect()
                shortcut.activated.connect(lambda command=command: heard.append(command.keys))
                shortcut.activatedAmbiguously.connect(lambda command=command: heard.append(f"ambiguous {command.keys}"))
            expected.append(command.keys)
        window.navigation.setFocus()
        QApplication.processEvents()
        heard.clear()
        for keys in expected:
            combination = QKeySequence(keys)[0]
            QTest.keyClick(window.navigation, combination.key(), combination.keyboardModifiers())
        pressed += len(expected)
        if heard != expected:
            wrong[page] = (list(heard), expected)
    assert not wrong
    assert pressed > 500


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
