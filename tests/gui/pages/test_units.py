"""An administrator changes units step by step: nothing is written before the last step, and one undo takes all of it back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from db import office
from db.model.query import Query
from db.units.reorganisation import ABOLISH, MERGE, RENAME, SPLIT
from desktop.ui.units.unit_change import CHECK, FORM, ITEMS, ChangeDialog
from tests.gui.pages_office import PASSWORD, answer, fill, settle, window_on_copy, window_over

EDUCATION = "云川市教育局"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("units") / "office"
    session = fill(folder)
    held = session.find(Query(kind="rectification"))
    for record in held:
        if record.state == "drafted" and not record.deleted:
            session.take_step("rectification", record.uid, "assign")
    session.close()
    return folder


@pytest.fixture
def window(filled: Path, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / "config"))
    with window_on_copy(filled, tmp_path / "office") as made:
        yield made


def _page(window: Any, qtbot: Any, name: str) -> Any:
    page = window.open("units")
    uid = window.session.names.unit_by_name(name)
    page.select(uid)
    settle(qtbot, window)
    assert page.name.text() == name
    return page


def _state(page: Any, name: str) -> str:
    return next(line.cells[2][0] for line in page.list.lines if line.cells[0] == name)


def _steps(qtbot: Any, dialog: ChangeDialog, step: int) -> None:
    """On by Enter, as a person does, until the step is there."""
    QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.step == step and dialog.ok.isEnabled())


def test_a_unit_is_renamed_in_two_steps_and_undone_in_one(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot, EDUCATION)
    settle(qtbot, window, lambda: "没有办完的事项 1 件" in page.work.text())
    before = window.session.names.units()

    def rename(dialog: ChangeDialog) -> None:
        dialog.ok.click()
        qtbot.waitUntil(lambda: "请填新名称" in dialog.problem.text())
        dialog.into[0].setText("云川市教育体育局")
        _steps(qtbot, dialog, CHECK)
        assert "更名为「云川市教育体育局」" in dialog.words.text()
        assert "没有办完的 1 件从这一天起算在「云川市教育体育局」名下" in dialog.words.text()
        assert window.session.names.units() == before, "nothing is written before the last step"
        dialog.back.click()
        assert dialog.step == FORM
        _steps(qtbot, dialog, CHECK)
        dialog.ok.click()

    answer(rename, ChangeDialog)
    page.buttons[RENAME].click()
    settle(qtbot, window, lambda: any(line.cells[0] == "云川市教育体育局" for line in page.list.lines))
    assert _state(page, EDUCATION) == "已撤销"
    assert "单位更名" in window.toasts.text
    page.select(window.session.names.unit_by_name(EDUCATION))
    assert "撤销，由「云川市教育体育局」承接。" in page.past.text()
    assert not page.buttons[RENAME].isEnabled()
    window.undo()
    settle(qtbot, window, lambda: _state(page, EDUCATION) == "在用")
    assert {u.name for u in window.session.names.units().values()} == {u.name for u in before.values()}


def test_a_split_asks_who_takes_each_open_item(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot, EDUCATION)

    def split(dialog: ChangeDialog) -> None:
        for place, name in enumerate(("云川市学前教育局", "云川市职业教育局")):
            dialog.into[place].setText(name)
        _steps(qtbot, dialog, ITEMS)
        assert [line.cells[0][0] for line in dialog.list.lines] == ["留在原单位"]
        dialog.list.selectRow(0)
        QTest.keyClick(dialog.list, Qt.Key.Key_2)
        assert dialog.list.lines[0].cells[0][0] == "云川市职业教育局"
        QTest.keyClick(dialog.list, Qt.Key.Key_0)
        assert dialog.list.lines[0].cells[0][0] == "留在原单位"
        QTest.keyClick(dialog.list, Qt.Key.Key_2)
        _steps(qtbot, dialog, CHECK)
        assert "没有办完的 1 件转办给「云川市职业教育局」" in dialog.words.text()
        dialog.ok.click()

    answer(split, ChangeDialog)
    page.buttons[SPLIT].click()
    settle(qtbot, window, lambda: _state(page, EDUCATION) == "已撤销")
    session = window.session
    new = session.names.unit_by_name("云川市职业教育局")
    assert [r.values["lead_unit"] for r in session.find(Query(kind="rectification")) if r.values["item_no"] == "ZG002"] == [new]
    window.undo()
    settle(qtbot, window, lambda: _state(page, EDUCATION) == "在用")


def test_leaving_at_any_step_writes_nothing(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot, EDUCATION)

    def leave(dialog: ChangeDialog) -> None:
        _steps(qtbot, dialog, CHECK)
        assert "没有单位承接" in dialog.words.text()
        assert "1 件没有人接" in dialog.warnings.text()
        dialog.reject()

    answer(leave, ChangeDialog)
    page.buttons[ABOLISH].click()
    settle(qtbot, window)
    assert _state(page, EDUCATION) == "在用"


def test_what_cannot_be_is_said_in_the_dialog(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot, EDUCATION)

    def wrong(dialog: ChangeDialog) -> None:
        dialog.into[0].setText("云川市教育局新址")
        dialog.ok.click()
        qtbot.waitUntil(lambda: "合并至少要两个单位" in dialog.problem.text())
        assert dialog.units is not None
        dialog.units.entry.setText("云川市教育局、没有的局")
        dialog.ok.click()
        qtbot.waitUntil(lambda: "没有的局" in dialog.problem.text())
        assert dialog.step == FORM
        dialog.reject()

    answer(wrong, ChangeDialog)
    page.buttons[MERGE].click()
    settle(qtbot, window)


def test_the_register_leads_to_the_page(window: Any, qtbot: Any) -> None:
    page = window.open("ledger:unit")
    qtbot.waitUntil(lambda: page.table.rows.loaded and page.table.rows.rowCount() == 6)
    page.table.select_row(3)
    qtbot.waitUntil(lambda: page.table.current() is not None)
    name = page.table.current().record.values["name"]
    command = next(c for c in page.commands() if c.label.startswith("单位变动"))
    command.run()
    assert window.page.name.text() == name


def test_who_may_not_change_units_has_no_such_page(filled: Path, tmp_path: Path, qtbot: Any) -> None:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    session = office.open_office(folder, "lihua", PASSWORD)
    with window_over(session) as made:
        assert not made.knows("units")
        page = made.open("ledger:unit")
        assert not [c for c in page.commands() if c.label.startswith("单位变动")]
    session.close()
