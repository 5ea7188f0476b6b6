"""The first page: every number of its tables opens the records that it counts, and no others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from db import office
from db.metrics import metrics
from db.model.query import Query
from desktop.ui.figures import row_list
from desktop.ui.home import overview
from desktop.ui.pages import home
from tests.gui.conftest import PASSWORD, PATIENCE_MS


@pytest.fixture
def folder(folder: Path) -> Path:
    """Work in which units cooperate, and a ledger whose lights go by progress."""
    session = office.open_office(folder, "admin", PASSWORD)
    units, today = list(session.names.units()), session.today
    with session.atomic("form", "事项"):
        for at in range(6):
            due = today + dt.timedelta(days=20 * at - 20)
            values = {"lead_unit": units[at % 2], "deadline": due, "assigned_on": today - dt.timedelta(days=60)}
            late = session.add("rectification", {"title": f"配合{at}", "cooperating_units": (units[2], units[3]), **values})
            goal = session.add("yearly_goal", {"title": f"目标{at}", "year": today.year, **values})
            session.take_step("rectification", late, "assign")
            session.take_step("yearly_goal", goal, "assign")
    session.close()
    return folder


def test_every_number_opens_the_records_it_counts(qtbot: Any, clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    window, session = clerk.workspace, clerk.workspace.session
    page = window.open("home")
    qtbot.waitUntil(lambda: page.units.rowCount() == 5 and page.ledgers.rowCount() >= 2, timeout=PATIENCE_MS)
    opened: list[int | str] = []
    monkeypatch.setattr(home, "open_figure", lambda _window, _owner, name, _title, **how: opened.append(counted(session, name, how)))
    monkeypatch.setattr(window, "go_ledger", lambda name, where: opened.append(session.count(Query(kind=name, where=tuple(where)))))
    wrong, numbers = [], 0
    for table in (page.ledgers, page.units):
        for row in range(table.rowCount()):
            for column in range(1, table.columnCount()):
                cell = table.item(row, column)
                opened.clear()
                table.itemClicked.emit(cell)
                told = cell.text().split()[-1] if "/" in cell.text() else cell.text()
                numbers += told not in ("0", "—")
                if [str(each) for each in opened] != [told] and told != "—":
                    wrong.append((table.item(row, 0).text(), table.horizontalHeaderItem(column).text(), told, list(opened)))
    assert wrong == []
    assert numbers > 12


def counted(session: Any, name: str, how: dict[str, Any]) -> int | str:
    rows = metrics.rows(session, name, **how).rows
    share = metrics.declared(session).get(name).denominator is not None
    return f"{sum(row.counted for row in rows)}/{len(rows)}" if share else len(rows)


def test_a_unit_s_name_lists_what_it_leads(qtbot: Any, clerk: Any) -> None:
    window, session = clerk.workspace, clerk.workspace.session
    page = window.open("home")
    qtbot.waitUntil(lambda: page.units.rowCount() == 5, timeout=PATIENCE_MS)
    unit = list(session.names.units())[2]  # it cooperates in what others lead
    page.choose("open", unit)
    qtbot.waitUntil(lambda: session.unit_name(unit) in page._head.text(), timeout=PATIENCE_MS)  # noqa: SLF001
    lead = {item.unit for item in overview.items(session, "open", 3, unit)}
    assert lead == {overview.short_unit(session, unit)}


def test_what_was_changed_today_is_counted_as_it_is_listed(qtbot: Any, clerk: Any) -> None:
    window, session = clerk.workspace, clerk.workspace.session
    gone = session.add("regret", {"title": "录错的一条"})
    session.delete("regret", gone)
    page = window.open("home")
    page.choose("recent")
    told = page.tiles["recent"]
    qtbot.waitUntil(lambda: told.number == f"{page.list.rowCount()}", timeout=PATIENCE_MS)
    listed = {page.list.item(row, 0).text() for row in range(page.list.rowCount())}
    assert len(listed) > 6 and "录错的一条" not in listed


def test_a_list_that_is_cut_says_so(qtbot: Any, clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "LIST_AT_MOST", 5)
    page = clerk.workspace.open("home")
    page.choose("open")
    qtbot.waitUntil(lambda: page.list.rowCount() == 6, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "只列出最紧的 5 件" in page.list.item(5, 0).text(), timeout=PATIENCE_MS)


def test_a_long_list_behind_a_number_says_that_it_is_cut(qtbot: Any, clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_list, "AT_MOST", 5)
    window = clerk.workspace
    row_list.open_figure(window, window, "assigned", "交办数")
    qtbot.waitUntil(lambda: bool(window.findChildren(row_list.RowsDialog)), timeout=PATIENCE_MS)
    dialog = window.findChildren(row_list.RowsDialog)[0]
    said = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("只列出前 5 条，后面还有" in text for text in said), said
    assert len(dialog.list.lines) == 5
    dialog.reject()
