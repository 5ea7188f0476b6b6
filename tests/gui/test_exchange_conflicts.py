"""A reviewer settles what two sides wrote differently, by keyboard, with a reason that stays in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from db.query import Query
from desktop.exchange import apply
from tests.gui import exchange_office as made_up

TITLE = made_up.ITEMS[0][0]
MINE, THEIRS = "已制定方案，9 个乡镇完成抽查，6 个乡镇更新到位。", "已对 9 个乡镇逐一抽查"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    file = made_up.unit_workbook(opened, tmp_path)
    made_up.fill_by_hand(file)
    made_up.disagree(opened)
    apply.accept(opened, apply.plan(opened, file))
    yield opened
    opened.close()


def progress(session: Any) -> str:
    return str(session.find(Query(kind="rectification", search=TITLE))[0].values["progress"])


def page_over(qtbot: Any, window: Any) -> Any:
    page = window.open("conflicts")
    made_up.settle(qtbot, window, lambda: bool(page.list.lines))
    return page


def why(session: Any) -> list[tuple[str, str, str]]:
    found = session.office.connection.execute("SELECT status, choice, why FROM conflicts").fetchall()
    return [tuple(row) for row in found]


def test_both_sides_stand_beside_each_other_with_who_and_when(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        assert page.title.text() == TITLE
        assert "已制定方案并开始落实" in page.base.text.text()
        assert "陈思远" in page.values["mine"].text.text()
        theirs = page.values["theirs"].text.text()
        assert "安平县" in theirs and ".xlsx" in theirs
        assert not page.ok.isEnabled()
        assert window.navigation._items["conflicts"].data(0, Qt.ItemDataRole.UserRole + 1) is not None  # noqa: SLF001


def test_mine_is_kept_by_keyboard_with_a_reason(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        qtbot.keyClick(page.list, Qt.Key.Key_1)
        assert page.picked == "mine"
        page.why.setText("已电话核实")
        qtbot.keyClick(page.list, Qt.Key.Key_Return)
        made_up.settle(qtbot, window, lambda: not page.list.lines)
        assert progress(session) == MINE
        assert why(session) == [("decided", "mine", "已电话核实")]
        assert page.list.empty.isVisibleTo(page.list)


def test_theirs_is_taken_and_enter_alone_only_reminds(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        qtbot.keyClick(page.list, Qt.Key.Key_Return)
        assert "先按 1、2 或 3" in window.toasts.text
        qtbot.keyClick(page.list, Qt.Key.Key_2)
        qtbot.keyClick(page.list, Qt.Key.Key_Return)
        made_up.settle(qtbot, window, lambda: not page.list.lines)
        assert progress(session).startswith(THEIRS)


def test_a_third_value_is_written_in_the_field_s_own_entry(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        page.pick("other")
        assert page.editor.value().startswith(THEIRS)
        page.editor.set_value(None)
        page.decide()
        assert "是空的" in window.errors.text
        page.editor.set_value("9 个乡镇已抽查，全部更新到位。")
        page.decide()
        made_up.settle(qtbot, window, lambda: not page.list.lines)
        assert progress(session) == "9 个乡镇已抽查，全部更新到位。"
        assert why(session)[0][:2] == ("decided", "value")
