"""Stories of daily work: the weekly batch, the monthly review, meetings, who has handed in, the wall chart and the charts."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from db import office
from desktop import demo
from desktop.ui.sheetpreview import SheetPreview
from tests.gui.pages_office import settle, window_over

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "office"
    demo.make(folder, items=300, seed=3, today=TODAY)
    return folder


@pytest.fixture
def session(filled: Path, tmp_path: Path) -> Iterator[Any]:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    opened = office.open_office(folder, "reviewer", demo.PASSWORD)
    opened.fixed_today = TODAY
    yield opened
    opened.close()


@pytest.fixture
def window(session: Any, qtbot: Any) -> Iterator[Any]:
    with window_over(session) as made:
        yield made


def sheets() -> list[SheetPreview]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, SheetPreview) and each.isVisible()]


def see_sheet(qtbot: Any, window: Any) -> SheetPreview:
    """Wait until a preview shows its pages."""
    qtbot.waitUntil(lambda: bool(sheets()) and sheets()[0].pane.ready, timeout=20_000)
    return sheets()[0]


def test_a_week_is_given_out_carried_on_and_chased(window: Any, qtbot: Any) -> None:
    from db import weekly

    session = window.session
    page = window.open("weekly")
    settle(qtbot, window, lambda: page.found is not None)
    before = len(page.found.before)
    given = sum(u.given for u in page.found.units)
    assert before and page.before.isVisible()
    page.carry()
    settle(qtbot, window, lambda: sum(u.given for u in page.found.units) == given + before)
    assert not page.before.isVisible()
    window.undo()
    settle(qtbot, window, lambda: len(page.found.before) == before)

    page.new()
    dialog = next(each for each in QApplication.topLevelWidgets() if type(each).__name__ == "GiveDialog")
    dialog.grid.paste("交办事项\t牵头单位\n报送防汛物资清单\t禾津县\n核对施工许可\t没有这个单位\n")
    dialog.accept()
    assert "第 2 行" in dialog.grid.problem.text()
    wrong = dialog.grid.rows[1]["lead_unit"].focusProxy()
    wrong.setText("棠阴区")
    dialog.accept()
    settle(qtbot, window, lambda: sum(u.given for u in page.found.units) == given + 2)
    assert any(i.title == "报送防汛物资清单" and i.missing for i in page.found.items)
    page.only.click()
    assert all(line.data.missing for line in page.items.lines)
    page.chase_list()
    sheet = see_sheet(qtbot, window)
    assert sheet.pane.pages == 1
    sheet.reject()
    page.print_preview()
    see_sheet(qtbot, window).reject()
    page.week.step(-1)
    settle(qtbot, window)
    assert page.week.period.text == "2026-W47" and not page.before.isVisible()
    window.undo()
    settle(qtbot, window)
    assert sum(u.given for u in weekly.by_unit(session, weekly.this_week(session))) == given
