"""A filter's panel by mouse and keyboard: the words tick as the box does, Space ticks, Enter takes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.lists.filter_popups import CheckPopup
from tests.gui.conftest import PATIENCE_MS, ledger


def opened(qtbot: Any, clerk: Any, key: str) -> tuple[Any, CheckPopup]:
    page = ledger(qtbot, clerk, 40)
    page.filter._buttons[key].click()  # noqa: SLF001
    popup = next(w for w in QApplication.topLevelWidgets() if isinstance(w, CheckPopup) and w.isVisible())
    qtbot.waitUntil(lambda: popup._list.count() > 1, timeout=PATIENCE_MS)  # noqa: SLF001
    return page, popup


def test_words_tick_and_untick(qtbot: Any, clerk: Any) -> None:
    _, popup = opened(qtbot, clerk, "state")
    items = popup._list  # noqa: SLF001
    rect = items.visualItemRect(items.item(1))
    for ticked in (Qt.CheckState.Checked, Qt.CheckState.Unchecked):
        QTest.mouseClick(items.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        assert items.item(1).checkState() == ticked
    # the box itself ticks once, not twice
    QTest.mouseClick(items.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.left() + 8, rect.center().y()))
    assert items.item(1).checkState() == Qt.CheckState.Checked
    popup.close()


def test_space_ticks_and_enter_takes(qtbot: Any, clerk: Any) -> None:
    page, popup = opened(qtbot, clerk, "state")
    items = popup._list  # noqa: SLF001
    QTest.keyClick(items, Qt.Key.Key_Down)
    QTest.keyClick(items, Qt.Key.Key_Space)
    assert items.item(1).checkState() == Qt.CheckState.Checked
    QTest.keyClick(items, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 30, timeout=PATIENCE_MS)


def test_enter_alone_takes_the_line_under_the_cursor(qtbot: Any, clerk: Any) -> None:
    page, popup = opened(qtbot, clerk, "state")
    QTest.keyClick(popup._list, Qt.Key.Key_Return)  # noqa: SLF001
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 10, timeout=PATIENCE_MS)
