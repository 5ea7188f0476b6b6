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
from tests.gui.pages_office import answer, settle, window_over

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


def test_a_month_is_counted_commented_on_and_sealed(window: Any, qtbot: Any) -> None:
    from desktop.ui.messages import Dialog
    from desktop.ui.rowlist import RowsDialog

    page = window.open("review")
    settle(qtbot, window, lambda: page.found is not None)
    assert page.found.review is None and not page.table.empty.isHidden()
    page.new()
    settle(qtbot, window, lambda: bool(page.table.rows))
    assert len(page.fields) == 17
    # A number opens its rows: as many as it says.
    labels = [field.label for field in page.fields]
    place = labels.index("交办数")
    at = next(i for i, row in enumerate(page.table.rows) if int(row.texts[place]) > 0)
    page.table.choose(at, place)
    assert page.rows_button.isVisible()
    page._open(page.table.row(), place)  # noqa: SLF001  (as Enter does)
    qtbot.waitUntil(lambda: any(isinstance(w, RowsDialog) for w in QApplication.topLevelWidgets()), timeout=20_000)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RowsDialog))
    assert len(dialog.list.lines) == int(page.table.rows[at].texts[place])
    dialog.reject()
    # A comment is kept on leaving its unit.
    page.comment.setPlainText("进度靠前，继续保持。")
    page.table.choose((at + 1) % len(page.table.rows), place)
    settle(qtbot, window, lambda: any(row.data.comment for row in page.table.rows))
    # Other weights, other scores; weights of nothing are refused.
    scores = {row.key: row.texts[labels.index("得分")] for row in page.table.rows}
    page.edit_rule()
    rule = next(w for w in QApplication.topLevelWidgets() if type(w).__name__ == "RuleDialog" and w.isVisible())
    entries = [editor.focusProxy() for editor in rule.fields.editors.values()]
    for entry in entries[:3]:
        entry.setText("0")
    rule.accept()
    settle(qtbot, window, lambda: not rule.problem.isHidden())
    entries[0].setText("0")
    entries[2].setText("100")
    rule.accept()
    settle(qtbot, window, lambda: {row.key: row.texts[labels.index("得分")] for row in page.table.rows} != scores)
    page.print_table()
    see_sheet(qtbot, window).reject()
    page.print_preview()
    see_sheet(qtbot, window).reject()
    answer(lambda dialog: dialog.accept(), Dialog)
    page.seal()
    settle(qtbot, window, lambda: page.notice.isVisible())
    assert page.comment.isReadOnly() and not page.count_button.isEnabled() and not page.seal_button.isEnabled()
