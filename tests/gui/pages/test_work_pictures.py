"""The pages of daily work fit a small screen, also in large letters."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from db import office
from db.domain import meetings
from db.model import periods
from desktop import demo
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from desktop.ui.kit import theme
from tests.gui.pages_office import settle, window_over
from tests.gui.pictures import keep

WIDTH, HEIGHT = 1366, 768
TODAY = dt.date(2026, 11, 24)
PROBLEMS = ("桥头便道雨天积水", "开发区用电增容手续办理慢", "修通桥头便道", "两周内拿出用电增容办理流程", "成立项目用地报批专班")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "office"
    demo.make(folder, items=500, today=TODAY)
    return folder


@pytest.fixture(params=[10.5, 14.0], ids=["10.5pt", "14pt"])
def window(request: Any, filled: Path, tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    session = office.open_office(folder, "reviewer", demo.PASSWORD)
    session.fixed_today = TODAY
    with window_over(session, request.param, WIDTH, HEIGHT) as made:
        made.points = request.param
        yield made
    session.close()
    theme.apply(QApplication.instance(), 10.5)


def _sealed(page: Any) -> None:
    page.month.step(-1)
    page.month.step(-1)
    settle_table(page)


def settle_table(page: Any) -> None:
    deadline = 200
    while not page.table.rows and deadline:
        QApplication.processEvents()
        deadline -= 1
        time.sleep(0.02)
    page.table.choose(2, 8)


def _by_source(page: Any) -> None:
    """What was assigned this year, by where it came from."""
    page.choice.choose("assigned")
    page.shape.setCurrentIndex(page.shape.findData("year"))
    page.shape.activated.emit(page.shape.currentIndex())
    page.group.setCurrentIndex(page.group.findText("按来源"))
    page.group.activated.emit(page.group.currentIndex())


def _drifted(page: Any) -> None:
    """Last month, counted, and an item entered since."""
    page.month.step(-1)
    settle_table(page)
    session = page.session
    if page.found.review is None or page.found.review.values["sealed"]:
        return
    day = TODAY.replace(day=1) - dt.timedelta(days=8)
    values = {"title": "补录的上月事项", "lead_unit": next(iter(session.names.units())), "assigned_on": day, "deadline": TODAY}
    session.take_step("rectification", session.add("rectification", values), "assign")
    for _ in range(100):
        QApplication.processEvents()
        if page.stale.isVisible():
            return
        time.sleep(0.02)


def _board(page: Any) -> None:
    """Five units were given a workbook, two of them brought it back."""
    session = page.session
    folder = session.folder.parent / "given"
    session.fixed_today = None
    units = list(session.names.units())[:5]
    files = [export(session, ["rectification"], folder / f"{at}.xlsx", unit=unit).file for at, unit in enumerate(units)]
    for file in files[:2]:
        accept.accept(session, accept.plan(session, file))
    page.week.show_period(periods.week_of(dt.date.today()))
    page.load()


def _meeting(page: Any, tab: int) -> None:
    """A session that was held, with what was decided and what is open."""
    session = page.session
    uid = next(line.key for line in page.sittings.lines if line.data.held)
    place = list(session.names.units())
    due = TODAY + dt.timedelta(days=16)
    rows = [{"title": title, "lead_unit": place[at], "deadline": due} for at, title in enumerate(PROBLEMS)]
    meetings.raise_problems(session, uid, rows[:2])
    made = meetings.decide(session, uid, rows[2:])
    meetings.make_items(session, made[:2])
    page.load()
    for _ in range(20):
        QApplication.processEvents()
        time.sleep(0.02)
    at = next(i for i, line in enumerate(page.sittings.lines) if line.data.held)
    page.sittings.selectRow(max(0, at - 1) if tab == 0 else at)
    page.tabs.setCurrentIndex(tab)


PAGES: dict[str, Callable[[Any], object]] = {
    "weekly": lambda page: None,
    "review": _sealed,
    "board": lambda page: _board(page),
    "wallchart": lambda page: page.view.choose(3),
    "wallchart-months": lambda page: (page.zoom.setCurrentIndex(1), page._zoomed(), page.to_today()),  # noqa: SLF001
    "charts": lambda page: page.bars.choose(2),
    "charts-count": lambda page: (page.choice.choose("assigned"), page.order.setCurrentIndex(1), page.trend.setFocus()),
    "charts-source": lambda page: _by_source(page),
    "review-drifted": lambda page: _drifted(page),
    "meetings": lambda page: _meeting(page, 0),
    "meetings-people": lambda page: _meeting(page, 1),
    "meetings-decided": lambda page: _meeting(page, 2),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_daily_work_fits(window: Any, qtbot: Any, name: str, tmp_path: Path) -> None:
    page = window.open(name.split("-")[0])
    settle(qtbot, window)
    PAGES[name](page)
    qtbot.wait(350)
    settle(qtbot, window)
    assert not window.errors.text
    assert window.width() == WIDTH, f"{name} asks for {window.minimumSizeHint().width()} px"
    assert window.minimumSizeHint().height() <= HEIGHT
    keep(window, f"work-{name}", window.points)


DIALOGS: dict[str, tuple[str, str, Callable[[Any], object]]] = {
    "batch": ("weekly", "GridDialog", lambda page: page.new()),
    "rule": ("review", "RuleDialog", lambda page: page.edit_rule()),
    "opening": ("meetings", "OpeningDialog", lambda page: page.new()),
    "rows": ("charts", "RowsDialog", lambda page: page.rows_button.click()),
    "sheet": ("wallchart", "SheetPreview", lambda page: page.print_preview()),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_of_daily_work_fits(window: Any, qtbot: Any, name: str, tmp_path: Path) -> None:
    of, kind, act = DIALOGS[name]
    page = window.open(of)
    settle(qtbot, window)
    if name == "rule":
        page.month.step(-1)
        settle(qtbot, window, lambda: bool(page.table.rows))
    act(page)
    found: list[Any] = []

    def there() -> bool:
        found[:] = [w for w in QApplication.topLevelWidgets() if type(w).__name__ == kind and w.isVisible()]
        return bool(found)

    qtbot.waitUntil(there, timeout=20_000)
    settle(qtbot, window)
    dialog = found[0]
    if name == "batch":
        dialog.grid.paste("交办事项\t工作要求\t牵头单位\n报送防汛物资清单\t逐项盘点，账物相符\t禾津县\n核对施工许可\t列出未办项目\t没有这个局\n")
        dialog.accept()
    qtbot.wait(600 if name == "sheet" else 50)
    assert dialog.height() <= HEIGHT and dialog.width() <= WIDTH, (dialog.width(), dialog.height())
    keep(dialog, f"work-dialog-{name}", window.points)
    dialog.reject()
    settle(qtbot, window)
