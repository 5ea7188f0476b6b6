"""A page that is opened for the first time is made, laid out and painted in turns of its own, and who types or clicks
meanwhile means that page."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.app.shell import Shell
from tests.gui.conftest import PATIENCE_MS


class Seen(QObject):
    """What happened to a page, and in which turn of the event loop."""

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.page, self.turn, self.events = page, 0, {}
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Paint):
            self.events.setdefault(event.type(), self.turn)
        return False


def test_a_page_is_made_laid_out_and_painted_in_turns_of_their_own(qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    window = clerk.workspace
    before, seen = window.open("home"), []
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    make = window._make

    def watched(key: str) -> Any:
        page = make(key)
        seen.append(Seen(page))
        return page

    monkeypatch.setattr(window, "_make", watched)
    window.go("review")
    (page,) = seen
    assert window.stack.currentWidget() is before and not page.events, "made, no more"
    while QEvent.Type.Paint not in page.events:
        page.turn += 1
        QApplication.processEvents()
        if window.stack.currentWidget() is before:
            assert before.isVisible() and window.stack.updatesEnabled(), "what stood there stands there"
    assert page.events[QEvent.Type.Show] < page.events[QEvent.Type.Paint]
    assert window.front == "review" and window.page is page.page and window.stack.updatesEnabled()


def test_who_types_meanwhile_types_into_the_page_that_comes(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    before = window.open("home")
    window.go("ledgers")
    assert window.stack.currentWidget() is before
    QTest.keyClick(clerk.windowHandle(), Qt.Key.Key_Z)
    assert window.stack.currentWidget() is not before and window.page.search.text() == "z"


def test_the_last_of_two_pages_comes_and_a_lock_finds_none_on_its_way(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    window.open("home")
    window.go("review")
    window.go("weekly")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window._made["weekly"], timeout=PATIENCE_MS)  # noqa: SLF001
    window.go("board")
    assert clerk.lock()
    QTest.qWait(20)
    assert clerk.workspace is None


def test_arrows_keep_the_keyboard_though_the_page_comes_later(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    before = window.open("home")
    window.navigation.setFocus()
    QTest.keyClick(window.navigation, Qt.Key.Key_Down)
    assert window.stack.currentWidget() is before
    qtbot.waitUntil(lambda: window.stack.currentWidget() is not before, timeout=PATIENCE_MS)
    assert window.navigation.hasFocus()


def test_pages_behind_cost_nothing_when_another_comes(qtbot: Any, clerk: Shell) -> None:
    """Qt goes through all widgets of a stack that is told to wait with painting, but for those that are told so."""
    window = clerk.workspace
    first, second = window.open("home"), window.open("review")
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    assert second.updatesEnabled() and not first.updatesEnabled()
    window.open("home")
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    assert first.updatesEnabled() and not second.updatesEnabled()
