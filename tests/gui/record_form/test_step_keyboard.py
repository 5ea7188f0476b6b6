"""Where the keyboard is after a step was taken by it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.ui.app.shell import Shell
from tests.gui.conftest import PATIENCE_MS, answer, choose_row, ledger, quiet


def test_after_a_step_the_keyboard_is_in_the_list(qtbot: Any, clerk: Shell) -> None:
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    page = ledger(qtbot, clerk, rows=40)
    bar = page.form.action_bar

    def buttons() -> dict[str, QPushButton]:
        return {each.text(): each for each in bar.findChildren(QPushButton) if not each.isHidden()}

    def offered(n: int, step: str) -> bool:
        choose_row(qtbot, page, n)
        qtbot.waitUntil(lambda: bool(buttons()) or bar.isHidden(), timeout=PATIENCE_MS)
        return step in buttons()

    at = next(n for n in range(40) if offered(n, "交办"))
    uid = page.form.uid
    quiet(qtbot, clerk)
    held = buttons()["交办"]
    held.setFocus()
    page.form.refresh()  # something else of it changed: the keyboard stays on the button of that name
    qtbot.waitUntil(lambda: buttons().get("交办") not in (None, held), timeout=PATIENCE_MS)
    assert clerk.focusWidget() is buttons()["交办"]
    asked = answer(lambda dialog: dialog.accept())
    QTest.keyClick(buttons()["交办"], Qt.Key.Key_Return)
    assert len(asked) == 1
    qtbot.waitUntil(lambda: clerk.focusWidget() is page.table, timeout=PATIENCE_MS)
    quiet(qtbot, clerk)
    assert clerk.session.must_get("rectification", uid).state == "assigned" and page.form.uid == uid
    assert page.table.current() is not None
    qtbot.waitUntil(lambda: "更多办理" in buttons(), timeout=PATIENCE_MS)  # made, but not shown at once
    buttons()["更多办理"].setFocus()
    page.table.select_row(0 if at else 1)
    qtbot.waitUntil(lambda: page.form.uid != uid, timeout=PATIENCE_MS)
    assert clerk.focusWidget() is page.table, "another item came: no key meant for the one before reaches its steps"
