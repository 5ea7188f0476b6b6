"""A person whose clicks and keys are counted: each press of the mouse and each key is one, Ctrl with a letter is one, what must be
typed anyhow (a name, a text) is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QFileDialog,
    QPushButton,
    QWidget,
)

from tests.gui.conftest import PATIENCE_MS, quiet, type_chinese

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


class Counted:
    """Sits before one window; `count` is what the hand has done."""

    def __init__(self, qtbot: Any, shell: Any) -> None:
        self.qtbot, self.shell, self.count = qtbot, shell, 0

    @property
    def window(self) -> Any:
        return self.shell.workspace

    @property
    def page(self) -> Any:
        return self.window.page

    def session_title(self) -> str:
        """The title of the record in front."""
        return str(self.shell.session.title(self.page.kind.name, self.page.form.uid))

    def wait(self, said: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(said()), timeout=PATIENCE_MS)

    def rest(self) -> None:
        quiet(self.qtbot, self.shell)
        QApplication.processEvents()

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible() and widget.isEnabled(), f"{widget} cannot be clicked"
        self.count += 1
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, on: QWidget | None = None) -> None:
        self.count += 1
        QTest.keyClick(on or self.window.focusWidget() or self.window, key, modifiers)

    def letters(self, text: str) -> None:
        """Typed to find something: each counts."""
        self.count += len(text)
        QTest.keyClicks(self.window.focusWidget(), text)

    def text(self, widget: QWidget, text: str) -> None:
        """What must be written anyhow."""
        type_chinese(widget, text)

    def button(self, word: str, within: QWidget | None = None) -> QPushButton:
        found = [b for b in (within or self.page).findChildren(QPushButton) if b.text() == word and b.isVisible()]
        assert found, f"no button {word}"
        return found[0]

    def press(self, word: str, within: QWidget | None = None) -> None:
        self.click(self.button(word, within))

    def enter_in_dialog(self, press: Callable[[], None]) -> None:
        """Do what brings up a dialog, and answer it by Enter."""
        answered: list[QDialog] = []

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QDialog) and dialog.isVisible():
                answered.append(dialog)
                self.key(Qt.Key.Key_Return, on=getattr(dialog, "ok", dialog))
            else:
                QTimer.singleShot(25, look)

        QTimer.singleShot(25, look)
        press()
        self.wait(lambda: answered)
        self.rest()

    def choose_all_files(self, press: Callable[[], None]) -> None:
        """Do what asks for files, and take all of the folder that it opens in: Ctrl+A, Enter."""
        asked: list[QFileDialog] = []

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            entry = dialog.focusWidget() if isinstance(dialog, QFileDialog) else None
            if isinstance(dialog, QFileDialog) and not dialog.isActiveWindow():
                dialog.activateWindow()
            shown = dialog.findChildren(QAbstractItemView) if isinstance(dialog, QFileDialog) else []
            listed = any(each.objectName() == "treeView" and each.model().rowCount(each.rootIndex()) for each in shown)
            if isinstance(dialog, QFileDialog) and entry is not None and entry.hasFocus() and listed:
                asked.append(dialog)
                self.key(Qt.Key.Key_A, CTRL, on=entry)
                self.key(Qt.Key.Key_Return, on=dialog.focusWidget())
            else:
                QTimer.singleShot(50, look)

        QTimer.singleShot(50, look)
        press()
        self.wait(lambda: asked)
        self.shell.activateWindow()
        self.wait(self.shell.isActiveWindow)

    def section(self, key: str) -> None:
        """A click on the section of the navigation where a page or ledger stands, and on its tab where it is not in front."""
        navigation, tabs = self.window.navigation, self.window.tabs
        section = navigation.section_of(key)
        if navigation.section_of(self.window.front) != section:
            self.click(navigation.viewport(), navigation.visualItemRect(navigation.item_of(section)).center())
        if self.window.front != key:
            keys = [entry.key for entry in tabs.shown]
            self.click(tabs.bar, tabs.bar.tabRect(keys.index(key)).center())
        self.wait(lambda: self.window.front == key)
        self.rest()
