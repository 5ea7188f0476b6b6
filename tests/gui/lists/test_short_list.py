"""A short list that is filled anew while somebody holds a key."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.ui.lists.short_list import Line, ListColumn, ShortList


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


def test_only_lines_that_differ_are_painted_anew(qtbot: Any) -> None:
    """A list of as many lines is not made anew, and tells who is chosen all the same: what stands beside it is read again."""
    shown = ShortList("名单", [ListColumn("姓名", 8), ListColumn("状态", 4, "chip")], several=True)
    qtbot.addWidget(shown)
    shown.show()
    told: list[tuple[str, Any]] = []
    shown.chosen.connect(lambda line: told.append(("chosen", line and line.data)))
    shown.model().dataChanged.connect(lambda first, last: told.append(("painted", (first.row(), last.row()))))
    shown.model().modelReset.connect(lambda: told.append(("all", None)))
    shown.fill([Line(n, (f"第{n}人", ("在用", "green")), f"甲{n}") for n in range(4)])
    assert told == [("all", None), ("chosen", "甲0")]
    shown.selectRow(2)
    told.clear()
    shown.fill([Line(n, (f"第{n}人", ("停用" if n == 1 else "在用", "green")), f"乙{n}") for n in range(4)])
    assert told == [("painted", (1, 1)), ("chosen", "乙2")]
    assert shown.lines[1].cells[1][0] == "停用" and shown.line().data == "乙2"
    told.clear()
    shown.fill([Line(n, (f"第{n}人", ("在用", "green")), f"丙{n}") for n in (2, 0, 1, 3)])
    assert told[-1] == ("chosen", "丙2") and shown.line().key == 2 and [line.key for line in shown.selected()] == [2]
    told.clear()
    shown.fill([Line(n, (f"第{n}人", ("在用", "green")), f"丁{n}") for n in (0, 3)])
    assert [each for each in told if each[0] == "all"] and shown.line() is not None
    shown.fill([])
    assert told[-1] == ("chosen", None) and shown.line() is None


def test_no_number_is_cut_while_there_is_room(qtbot: Any) -> None:
    """The numbers behind a rate of a large office are longer than the column that was foreseen; names give way, and only so far."""
    shown = ShortList("历年对照", [ListColumn("指标", 10, stretch=True), ListColumn("2026年", 8, "number", keep=True)])
    qtbot.addWidget(shown)
    shown.resize(900, 300)
    shown.show()
    shown.fill([Line(0, ("签收率", "97.5% 78/80"))])
    before = shown.columnWidth(1)
    long = "99.6% 11,574/11,625"
    shown.fill([Line(0, ("签收率", long))])
    assert shown.columnWidth(1) > before and shown.columnWidth(1) >= shown.fontMetrics().horizontalAdvance(long)
    assert shown.columnWidth(0) + shown.columnWidth(1) <= shown.viewport().width()
    shown.resize(200, 300)
    qtbot.waitUntil(lambda: shown.columnWidth(0) + shown.columnWidth(1) <= shown.viewport().width() + 1)
