"""A reviewer settles what two sides wrote differently, by keyboard, with a reason that stays in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt

from db import office
from db.model.query import Query
from desktop.exchange.apply import accept
from desktop.exchange.write import workbook
from desktop.ui.exchange.merge.incoming_file import READY
from tests.gui import exchange_office as made_up
from tests.gui.exchange.test_pictures import fits
from tests.gui.pictures import keep

TITLE = made_up.ITEMS[0][0]
MINE, THEIRS = "已制定方案，9 个乡镇完成抽查，6 个乡镇更新到位。", "已对 9 个乡镇逐一抽查"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    file = made_up.unit_workbook(opened, tmp_path)
    made_up.fill_by_hand(file)
    made_up.disagree(opened)
    accept.accept(opened, accept.plan(opened, file))
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
        assert page.panel.heading.text() == TITLE
        assert "已制定方案并开始落实" in page.panel.base.text.text()
        assert "陈思远" in page.panel.values["mine"].text.text()
        theirs = page.panel.values["theirs"].text.text()
        assert "安坪县" in theirs and ".xlsx" in theirs
        assert not page.panel.ok.isEnabled()
        assert window.navigation.count_at("conflicts") == 1


def test_mine_is_kept_by_keyboard_with_a_reason(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        qtbot.keyClick(page.list, Qt.Key.Key_1)
        assert page.panel.picked == "mine"
        page.panel.why.setText("已电话核实")
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
        page.panel.pick("other")
        assert page.panel.editor.value().startswith(THEIRS)
        page.panel.editor.set_value(None)
        page.decide()
        assert "是空的" in window.errors.text
        page.panel.editor.set_value("9 个乡镇已抽查，全部更新到位。")
        page.decide()
        made_up.settle(qtbot, window, lambda: not page.list.lines)
        assert progress(session) == "9 个乡镇已抽查，全部更新到位。"
        assert why(session)[0][:2] == ("decided", "value")


@pytest.fixture
def third(session: Any, tmp_path: Path) -> Iterator[Any]:
    """The office of another county: in one case of its own two sides disagree, and in one of the city's, which the city decides."""
    opened, _ = office.create_office(tmp_path / "third", "清禾区作风办", "county", "admin", made_up.PASSWORD, display="沈言")
    opened.fixed_today = made_up.TODAY
    accept.accept(opened, accept.plan(opened, workbook.export(session, ["rectification"], tmp_path / "各单位.xlsx").file))
    office.change_facts(opened, opened.office_name, opened.level, opened.names.unit_by_name("清禾区"))
    accept.accept(opened, accept.plan(opened, tmp_path / "安坪县_整改清单_20220920.xlsx"))
    own = opened.add("rectification", {"title": "区里自己的事项", "measures": "原来的措施"})
    file = workbook.export(opened, ["rectification"], tmp_path / "本区.xlsx").file
    book = openpyxl.load_workbook(file)
    cell = next(cell for row in book["整改清单"].iter_rows() for cell in row if cell.value == "原来的措施")
    cell.value = "表里改的措施"
    book.save(file)
    opened.set("rectification", own, {"measures": "程序里改的措施"})
    yield opened, file
    opened.close()


@pytest.mark.parametrize("points", [10.5, 14.0])
def test_what_another_office_decides_stands_behind_and_is_not_counted(qtbot: Any, third: Any, points: float) -> None:
    session, file = third
    with made_up.window_over(session, points) as window:
        made_up.settle(qtbot, window)
        page = page_over(qtbot, window)
        (line,) = page.list.lines
        waiting = line.data.waiting
        assert waiting.decider == "云川市能力作风建设年活动办公室" and line.cells[-1] == "待裁定"
        assert page.hint.text() == "另有 1 处等待别的单位裁定。"
        assert window.navigation.count_at("conflicts") == 0
        assert f"等待“{waiting.decider}”裁定" in page.panel.elsewhere.text()
        page.panel.pick("theirs")
        assert page.panel.picked is None and not page.panel.ok.isEnabled() and not page.panel.why.isEnabled()
        page.decide()
        assert [c.conflict_id for c in accept.conflicts(session)] == [waiting.conflict_id]
        exchange = window.open("exchange")
        made_up.settle(qtbot, window)
        assert not exchange.waiting.isVisible()
        exchange.take([file])
        made_up.settle(qtbot, window, lambda: bool(exchange.merge.files) and exchange.merge.files[0].state == READY)
        exchange.merge.accept()
        made_up.settle(qtbot, window, lambda: len(accept.conflicts(session)) == 2)
        page = window.open("conflicts")
        made_up.settle(qtbot, window, lambda: len(page.list.lines) == 2)
        assert [line.data.waiting.decider == "" for line in page.list.lines] == [True, False]
        assert page.hint.text().startswith("还有 1 处") and page.hint.text().endswith("另有 1 处等待别的单位裁定。")
        page.list.setCurrentIndex(page.list.model().index(1, 0))
        window.toasts.hide()
        qtbot.wait(50)
        assert not page.panel.elsewhere.isHidden()
        fits(window)
        keep(window, "conflicts-elsewhere", points)
