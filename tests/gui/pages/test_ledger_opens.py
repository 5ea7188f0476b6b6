"""A ledger opens on what is open, the most urgent first, and what it is read for is always in view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from db import office
from db.model.query import Query, Where
from db.model.settings import FONT_POINTS
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from desktop.ui.lists.columns import LIGHT
from tests.gui.conftest import PASSWORD, PATIENCE_MS, end, ledger

KIND = "rectification"


@pytest.fixture
def closed(folder: Path) -> int:
    """Of the forty items three are done with."""
    session = office.open_office(folder, "clerk", PASSWORD)
    uids = [r.uid for r in session.find(Query(kind=KIND, where=(Where("state", "eq", "assigned"),), limit=3))]
    for uid in uids:
        session.move(KIND, uid, "request-close-out", "已整改")
    session.close()
    session = office.open_office(folder, "reviewer", PASSWORD)
    for uid in uids:
        session.move(KIND, uid, "close-out")
    session.close()
    return 3


def test_what_is_open_stands_first_and_the_rest_is_one_press_away(
    qtbot: Any, closed: int, open_shell: Callable[..., Shell]
) -> None:
    shell = open_shell("clerk")
    page = ledger(qtbot, shell, 40 - closed)
    due = [record.values["deadline"] for record in shell.session.records(KIND, page.table.rows.ids)]
    assert due == sorted(due)
    page.filter.open_only.click()
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 40, timeout=PATIENCE_MS)
    end(shell)
    again = open_shell("clerk")
    ledger(qtbot, again, 40)
    assert not again.workspace.page.filter.open_only.isChecked(), "as this person left it"


def test_exactly_the_rows_that_were_asked_for_are_shown(qtbot: Any, closed: int, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    shell.workspace.open_ledger(KIND, (Where("state", "eq", "closed_out"),))
    qtbot.waitUntil(lambda: shell.workspace.page.table.rows.rowCount() == closed, timeout=PATIENCE_MS)
    view = shell.workspace.settings.view(f"list.{KIND}")
    assert view.get("open_only", True) is True, "asked for elsewhere, it is no habit"


@pytest.mark.parametrize(("points", "size"), [(10.5, (1024, 700)), (16.0, (1366, 768)), (10.5, (1366, 768))])
def test_title_unit_deadline_and_light_are_in_view(
    qtbot: Any, folder: Path, open_shell: Callable[..., Shell], points: float, size: tuple[int, int]
) -> None:
    Settings(folder, "clerk").set(FONT_POINTS, points)
    shell = open_shell("clerk")
    shell.resize(*size)
    page = ledger(qtbot, shell, 40)
    QApplication.processEvents()
    table, header = page.table, page.table.horizontalHeader()
    keys = [column.key for column in table.columns_shown()]
    for key in ("title", "lead_unit", "deadline", LIGHT):
        at = next(i for i, column in enumerate(table._all) if column.key == key)  # noqa: SLF001
        assert keys.index(key) < 4
        assert header.sectionViewportPosition(at) + header.sectionSize(at) <= table.viewport().width() + 1, key
    assert table.verticalHeader().isVisible()
    assert table.rows.headerData(0, Qt.Orientation.Vertical) == "1"
    end(shell)
    theme.apply(QApplication.instance(), 10.5)
