"""A filter's panel by mouse and keyboard: the words tick as the box does, Space ticks, Enter takes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from db.model.query import Query, Where
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


def test_whose_it_is_who_cooperates_and_either_are_three_filters(qtbot: Any, clerk: Any) -> None:
    session = clerk.workspace.session
    uid = session.names.unit_by_name("云川市水利局")
    own = [r.uid for r in session.find(Query(kind="rectification", where=(Where("unit", "in", [uid]),)))]
    helped = next(r for r in session.find(Query(kind="rectification")) if r.uid not in own)
    session.set("rectification", helped.uid, {"cooperating_units": (uid,)})
    page = ledger(qtbot, clerk, 40)
    criteria = {c.label: c for c in page.filter._criteria.values()}  # noqa: SLF001

    def narrow(words: str, wanted: int) -> None:
        page.filter._ask(criteria[words], page.filter._more)  # noqa: SLF001  (what the menu under 更多条件 does)

        def popup() -> CheckPopup:
            return next(w for w in QApplication.topLevelWidgets() if isinstance(w, CheckPopup) and w.criterion.label == words)

        def lines() -> list[Any]:
            items = popup()._list  # noqa: SLF001
            return [items.item(n) for n in range(items.count()) if "水利局" in items.item(n).text()]

        qtbot.waitUntil(lambda: bool(lines()), timeout=PATIENCE_MS)
        lines()[0].setCheckState(Qt.CheckState.Checked)
        QTest.keyClick(popup()._list, Qt.Key.Key_Return)  # noqa: SLF001
        qtbot.waitUntil(lambda: page.table.rows.rowCount() == wanted, timeout=PATIENCE_MS)
        assert words in page.filter.words() and "水利局" in page.filter.words()
        page.filter.clear()
        qtbot.waitUntil(lambda: page.table.rows.rowCount() == 40, timeout=PATIENCE_MS)

    for words, wanted in (("责任单位", len(own)), ("配合单位", 1), ("涉及单位", len(own) + 1)):
        narrow(words, wanted)
