"""Ctrl+Z is one thing everywhere, by real keys: unsaved typing in an entry first, else the last saved change, which is named;
Ctrl+Y goes the other way."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.ui.app.shell import Shell
from desktop.ui.app.undoing import undo_typing
from tests.gui.conftest import PATIENCE_MS, choose_row, ledger, quiet, type_chinese

KIND, CTRL = "rectification", Qt.KeyboardModifier.ControlModifier


def press(shell: Shell, key: Qt.Key) -> None:
    """The key where the cursor is."""
    QTest.keyClick(shell.workspace.focusWidget() or shell, key, CTRL)


def focus(qtbot: Any, shell: Shell, entry: QWidget) -> None:
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow, timeout=PATIENCE_MS)
    entry.setFocus()
    qtbot.waitUntil(entry.hasFocus, timeout=PATIENCE_MS)


def test_in_a_saved_field_it_takes_back_the_last_saved_change_and_says_which(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    title = clerk.session.get(KIND, row.uid).values["title"]

    def kept(name: str) -> Any:
        return clerk.session.get(KIND, row.uid).values[name]

    for name, attribute in (("responsible_person", "text"), ("problem", "toPlainText")):
        entry = page.form.fields.editors[name].entry
        focus(qtbot, clerk, entry)
        type_chinese(entry, "郑怀瑾")
        press(clerk, Qt.Key.Key_Z)
        assert getattr(entry, attribute)() == "" and not page.form.dirty, "typing first"
        press(clerk, Qt.Key.Key_Y)
        assert getattr(entry, attribute)() == "郑怀瑾", "typing again"
        press(clerk, Qt.Key.Key_S)
        qtbot.waitUntil(lambda name=name: kept(name) == "郑怀瑾", timeout=PATIENCE_MS)
        quiet(qtbot, clerk)
        assert entry.hasFocus() and not page.form.dirty
        press(clerk, Qt.Key.Key_Z)
        qtbot.waitUntil(lambda name=name: kept(name) is None, timeout=PATIENCE_MS)
        quiet(qtbot, clerk)
        said = clerk.workspace.toasts.text
        assert said.startswith("已撤销：修改整改清单") and title[:12] in said and "Ctrl+Y" in said
        press(clerk, Qt.Key.Key_Y)
        qtbot.waitUntil(lambda name=name: kept(name) == "郑怀瑾", timeout=PATIENCE_MS)
        quiet(qtbot, clerk)
        assert clerk.workspace.toasts.text.startswith("已重做")


def test_what_was_chosen_and_not_saved_goes_back_before_anything_saved_does(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    last = clerk.session.get(KIND, row.uid).values
    editor = page.form.fields.editors["category"]
    other = next(option.name for option in editor.field.options if option.name != last["category"])
    editor.set_value(other)
    assert page.form.dirty
    inside = editor.focusProxy() or editor
    assert undo_typing(inside), "the entry that has the cursor"
    assert not page.form.dirty and clerk.session.get(KIND, row.uid).values == last
    assert not undo_typing(inside), "nothing is left to take back there"


def test_in_the_search_box_and_on_a_list_it_does_the_same(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    clerk.session.set(KIND, row.uid, {"responsible_person": "郑怀瑾"})
    quiet(qtbot, clerk)
    box = clerk.workspace.search_box
    focus(qtbot, clerk, box)
    QTest.keyClicks(box, "abc")
    press(clerk, Qt.Key.Key_Z)
    assert box.text() == "" and clerk.session.get(KIND, row.uid).values["responsible_person"] == "郑怀瑾"
    focus(qtbot, clerk, page.table)
    press(clerk, Qt.Key.Key_Z)
    qtbot.waitUntil(lambda: clerk.session.get(KIND, row.uid).values["responsible_person"] is None, timeout=PATIENCE_MS)
    quiet(qtbot, clerk)
