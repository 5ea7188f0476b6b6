"""Ten fingers and no mouse: keys go to what has the keyboard, and what is wanted is reached by Tab, as a person comes to it.

Nothing here calls a method of a widget to change anything: what Tab does not come to cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabBar,
    QWidget,
)

from desktop.ui.app.shell import Shell
from tests.gui.conftest import PATIENCE_MS, type_chinese

NONE, CTRL, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


def named(widget: QWidget) -> str:
    text = getattr(widget, "text", None)
    return f"{type(widget).__name__} 「{widget.accessibleName() or (text() if callable(text) else '')}」"


class Keyboard:
    """Presses keys in one window and whatever opens over it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.qtbot: Any = None
        self._popup: QWidget | None = None

    def wait(self, said: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(said()), timeout=PATIENCE_MS)

    # ---- keys

    def holder(self) -> QWidget:
        """Who hears a key now: a popup before the window below it."""
        popup = self._popup = QApplication.activePopupWidget()  # held, or PySide gives up what stands in it
        front = QApplication.activeModalWidget() or self.shell
        if popup is None and not front.isActiveWindow():  # no window manager is there to give the keyboard to what opens
            front.activateWindow()
            self.wait(front.isActiveWindow)
        found = popup.focusWidget() or popup if popup is not None else QApplication.focusWidget() or QApplication.activeWindow()
        assert found is not None, "nothing has the keyboard"
        return found

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            QTest.keyClick(self.holder(), key, modifiers)

    def write(self, text: str) -> None:
        """Over what stands in the entry."""
        self.key(KEY.Key_A, CTRL)
        if text.isascii():
            QTest.keyClicks(self.holder(), text)
        else:
            type_chinese(self.holder(), text)

    def menu_key(self) -> None:
        """The system turns this key into a question for the menu of what has the keyboard."""
        asked = self.holder()
        at = asked.rect().center()
        QApplication.sendEvent(asked, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, asked.mapToGlobal(at)))

    def reach(self, target: QWidget) -> None:
        """Tab until it has the keyboard."""
        self.holder()
        assert target.window().isActiveWindow(), f"{named(target)} stands in a window behind"
        passed: list[QWidget] = []
        while (now := QApplication.focusWidget()) not in passed:
            assert now is not None, "nothing has the keyboard"
            if now is target or target.isAncestorOf(now):
                return
            passed.append(now)
            self.key(KEY.Key_Tab)
        raise AssertionError(f"Tab does not come to {named(target)}, but from {'; '.join(map(named, passed))} to {named(now)}")

    # ---- what opens over what is pressed

    def meanwhile(self, act: Callable[[Any], None]) -> list[str]:
        """What is done with the next menu or dialog that the window waits for; the list holds its name once that was begun:
        not the widget, for PySide takes what is made in its place later for the one that is gone."""
        found: list[str] = []

        def look() -> None:
            over = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if over is None or not over.isVisible():
                QTimer.singleShot(20, look)
                return
            found.append(named(over))
            try:
                act(over)
            except BaseException:
                over.close()
                raise

        QTimer.singleShot(0, look)
        return found

    def choose_in_menu(
        self, word: str, press: Callable[[], None], before: Callable[[], object] | None = None
    ) -> None:
        """Press what opens a menu; ↓ to the entry that begins with the word, Enter, and what is done ``before`` it."""

        def choose(menu: Any) -> None:
            assert isinstance(menu, QMenu), named(menu)
            action = next((each for each in menu.actions() if each.text().startswith(word)), None)
            assert action is not None, f"no {word} in {[each.text() for each in menu.actions()]}"
            assert action.isEnabled(), action.text()
            for _ in menu.actions():
                if menu.activeAction() is action:
                    break
                self.key(KEY.Key_Down)
            assert menu.activeAction() is action, f"↓ does not come to {word}"
            if before is not None:
                before()
            self.key(KEY.Key_Return)

        chosen = self.meanwhile(choose)
        press()
        self.wait(lambda: chosen)

    # ---- what stands on a page

    def press_button(self, button: QPushButton) -> None:
        assert button.isEnabled(), f"{button.text()}：{button.toolTip()}"
        self.reach(button)
        self.key(KEY.Key_Space)

    def accept(self, dialog: Any) -> None:
        """Enter; where that begins another line or presses another button, at the button itself."""
        if not (isinstance(QApplication.focusWidget(), QLineEdit) and dialog.ok.isDefault()):
            self.reach(dialog.ok)
        self.key(KEY.Key_Return)

    def leave(self, dialog: QDialog) -> None:
        self.holder()
        assert dialog.isActiveWindow()
        self.key(KEY.Key_Escape)

    def tab(self, bar: QTabBar, at: int) -> None:
        """One of a row of tabs."""
        if bar.currentIndex() != at:
            self.reach(bar)
            step = at - bar.currentIndex()
            self.key(KEY.Key_Right if step > 0 else KEY.Key_Left, times=abs(step))
        assert bar.currentIndex() == at

    def choose(self, combo: QComboBox, at: int) -> None:
        """A line of what drops under a box."""
        assert at >= 0
        self.reach(combo)
        self.key(KEY.Key_Down, ALT)
        self.wait(lambda: QApplication.activePopupWidget() is not None)
        self.to_row(combo.view(), at)
        self.key(KEY.Key_Return)
        self.wait(lambda: QApplication.activePopupWidget() is None)
        assert combo.currentIndex() == at

    def to_row(self, view: QAbstractItemView, at: int) -> None:
        """↓ or ↑ from the line under the cursor."""
        for _ in range(view.model().rowCount() + 1):
            now = view.currentIndex().row()
            if now == at:
                return
            self.key(KEY.Key_Down if now < at else KEY.Key_Up)
        raise AssertionError(f"↓ does not come to line {at} of {named(view)}")

    def row(self, view: QAbstractItemView, at: int) -> None:
        """A line of a list."""
        self.reach(view)
        self.to_row(view, at)

    def cell(self, view: QAbstractItemView, at: int, place: int) -> None:
        """A cell of a table of cells."""
        self.row(view, at)
        for _ in range(view.model().columnCount()):
            now = view.currentIndex().column()
            if now == place:
                return
            self.key(KEY.Key_Right if now < place else KEY.Key_Left)
        raise AssertionError(f"→ does not come to column {place} of {named(view)}")
