"""The calendar: what falls on the chosen day is listed, opened and printed; month and week."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest

from desktop.ui.calendar import month_grid
from desktop.ui.kit import theme
from desktop.ui.pages import calendar
from tests.gui.conftest import PATIENCE_MS


def test_days_are_chosen_listed_opened_and_printed(qtbot: Any, clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    window, session = clerk.workspace, clerk.workspace.session
    page = window.open("calendar")
    qtbot.waitUntil(lambda: bool(page.found), timeout=PATIENCE_MS)
    day = next(day for day in sorted(page.found) if day >= session.today and day.month == session.today.month)
    page.grid.day_chosen.emit(day)
    assert [line.key for line in page.list.lines] == [(one.kind, one.uid) for one in page.found[day]]
    printed: list[Any] = []
    monkeypatch.setattr(calendar, "show_list", lambda *told, **_: printed.append(told))
    page.print_preview()
    rows = printed[0][4]
    first, last = page.period.period.first, page.period.period.last
    assert len(rows) == sum(len(found) for on, found in page.found.items() if first <= on <= last)
    page.list.selectRow(0)
    page.list.opened.emit()
    qtbot.waitUntil(lambda: window.front == f"ledger:{page.list.line().key[0]}", timeout=PATIENCE_MS)


def test_arrow_keys_go_from_day_to_day_and_weeks_are_larger(qtbot: Any, clerk: Any) -> None:
    page = clerk.workspace.open("calendar")
    qtbot.waitUntil(lambda: page.grid.rowCount() > 3, timeout=PATIENCE_MS)
    page._show_day(page.period.period.first)  # noqa: SLF001
    page.grid.setCurrentCell(2, 3)  # from elsewhere: today may be the day that is gone to
    page.grid.setCurrentCell(1, 2)
    before = page.day
    QTest.keyClick(page.grid, Qt.Key.Key_Right)
    assert page.day == before + dt.timedelta(days=1)
    page._turn()  # noqa: SLF001
    qtbot.waitUntil(lambda: page.grid.rowCount() == 1, timeout=PATIENCE_MS)
    assert page.weekly.text() == "按月看"


def test_days_that_stay_as_they_were_are_not_put_in_anew(qtbot: Any, clerk: Any) -> None:
    window = clerk.workspace
    page = window.open("calendar")
    qtbot.waitUntil(lambda: bool(page.found) and window.jobs.idle, timeout=PATIENCE_MS)
    page.grid.setCurrentCell(1, 2)
    page.load()
    qtbot.waitUntil(lambda: window.jobs.idle, timeout=PATIENCE_MS)
    kept = page.grid.item(1, 2)
    assert kept is page.grid.currentItem()
    page.load()
    qtbot.waitUntil(lambda: window.jobs.idle, timeout=PATIENCE_MS)
    assert page.grid.item(1, 2) is kept
    page._turn()  # noqa: SLF001
    qtbot.waitUntil(lambda: page.grid.rowCount() == 1, timeout=PATIENCE_MS)


def test_a_title_is_cut_only_where_there_is_not_room_for_all_its_lines(qapp: Any) -> None:
    metrics = QFontMetrics(theme.scaled(0.86))
    title, wide = "关于加快推进城区供热管网改造和老旧小区加装电梯工作的交办事项", metrics.horizontalAdvance("汉" * 10)
    told = [month_grid.fitted(metrics, title, wide, most) for most in (0, 1, 2, 3, 9)]
    assert [lines for _, lines in told] == [1, 1, 2, 3, 3]
    assert [text.endswith("…") for text, _ in told] == [True, True, True, False, False]
    assert month_grid.fitted(metrics, "供热", wide, 9) == ("供热", 1)
    nearly = "澄陵化工环保设施改造节点验收巡查测量"  # two lines, the second almost full
    assert month_grid.fitted(metrics, nearly, metrics.horizontalAdvance("汉" * 9) + 2, 2) == (nearly, 2)
