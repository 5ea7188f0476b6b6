"""A short list that is filled anew while somebody holds a key."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.ui.kit.page_parts import Line, ListColumn, ShortList


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
@pytest.mark.parametrize("held", [Qt.Key.Key_Control, Qt.Key.Key_Shift], ids=["Ctrl", "Shift"])
def test_the_line_chosen_stays_the_one_while_a_key_is_held(qtbot: Any, several: bool, held: Qt.Key) -> None:
    """Ctrl+S, and the list is read again before Ctrl is let go: what Delete then takes is the line that was chosen."""
    shown = ShortList("名单", [ListColumn("姓名", 8)], several=several)
    qtbot.addWidget(shown)
    shown.show()
    lines = [Line(str(n), (f"第{n}人",), None) for n in range(6)]
    shown.fill(lines)
    shown.selectRow(1)
    modifier = Qt.KeyboardModifier.ControlModifier if held == Qt.Key.Key_Control else Qt.KeyboardModifier.ShiftModifier
    QTest.keyPress(shown, held, modifier)
    try:
        assert QGuiApplication.keyboardModifiers() == modifier
        shown.selectAll()
        shown.fill(lines)
        assert [line.key for line in shown.selected()] == ["1"]
        shown.selectRow(4)
        assert [line.key for line in shown.selected()] == ["4"] and shown.line().key == "4"
    finally:
        QTest.keyRelease(shown, held)
