"""A ledger opens on what is open, the most urgent first, and what it is read for is always in view."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from db import office
from db.model.query import Query, Where
from db.model.settings import FONT_POINTS
from db.store import query
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from desktop.ui.lists import rows_model
from desktop.ui.lists.columns import LIGHT
from desktop.ui.lists.record_cells import in_two_lines
from tests.gui.conftest import PASSWORD, PATIENCE_MS, end, ledger

KIND = "rectification"


@pytest.fixture
def closed(folder: Path) -> int:
    """Of the forty items three are done with."""
    session = office.open_office(folder, "clerk", PASSWORD)
    uids = [r.uid for r in session.find(Query(kind=KIND, where=(Where("state", "eq", "assigned"),), limit=3))]
    for uid in uids:
        session.take_step(KIND, uid, "request-close-out", "已整改")
    session.close()
    session = office.open_office(folder, "reviewer", PASSWORD)
    for uid in uids:
        session.take_step(KIND, uid, "close-out")
    first = Query(kind=KIND, where=(Where("state", "eq", "assigned"),), sort=(("deadline", False),), limit=1)
    session.take_step(KIND, session.find(first)[0].uid, "suspend", "等待上级批复")
    session.close()
    return 3


def test_what_is_open_stands_first_and_the_rest_is_one_press_away(
    qtbot: Any, closed: int, open_shell: Callable[..., Shell]
) -> None:
    shell = open_shell("clerk")
    page = ledger(qtbot, shell, 40 - closed)
    *running, idle = shell.session.records(KIND, page.table.rows.ids)
    due = [record.values["deadline"] for record in running]
    assert due == sorted(due) and idle.state == "suspended", "what is suspended is not urgent"
    assert idle.values["deadline"] < due[-1]
    page.filter.open_only.click()
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 40, timeout=PATIENCE_MS)
    end(shell)
    again = open_shell("clerk")
    ledger(qtbot, again, 40)
    assert not again.workspace.page.filter.open_only.isChecked(), "as this person left it"


def test_an_empty_ledger_says_what_to_do_next(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("reviewer")
    empty = lambda: [x.text() for x in shell.workspace.page.table.empty.findChildren(QWidget) if hasattr(x, "text")]  # noqa: E731
    shell.workspace.open_ledger("regret")
    qtbot.waitUntil(lambda: "新建一条" in empty(), timeout=PATIENCE_MS)
    uid = shell.session.add("regret", {"title": "不办了的一件"})
    shell.session.take_step("regret", uid, "cancel", "登记错了")
    qtbot.waitUntil(lambda: "没有未办结的" in empty(), timeout=PATIENCE_MS)
    shell.workspace.page.table.empty.clicked.emit()
    qtbot.waitUntil(lambda: shell.workspace.page.table.rows.rowCount() == 1, timeout=PATIENCE_MS)


def test_exactly_the_rows_that_were_asked_for_are_shown(qtbot: Any, closed: int, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    shell.workspace.open_ledger(KIND, (Where("state", "eq", "closed_out"),))
    qtbot.waitUntil(lambda: shell.workspace.page.table.rows.rowCount() == closed, timeout=PATIENCE_MS)
    view = shell.workspace.settings.view(f"list.{KIND}")
    assert view.get("open_only", True) is True and not view.get("filter"), "asked for elsewhere, it is no habit"
    page = shell.workspace.page
    page.filter.clear()
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 40 - closed, timeout=PATIENCE_MS)
    page.filter.clear()
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 40, timeout=PATIENCE_MS)


def test_the_first_page_stands_before_the_whole_order_is_known(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that came first stay where they are when the rest comes; what is copied in between is the whole list. The
    scroll bar is that of the whole list from the first page on."""
    page = ledger(qtbot, clerk, 40)
    rows = page.table.rows
    monkeypatch.setattr(rows_model, "PAGE", 8)
    monkeypatch.setattr(query, "_SOME", 2)
    seen: list[tuple[object, ...]] = []
    told: list[int] = []
    rows.modelReset.connect(lambda: seen.append((rows.rowCount(), len(page.table.as_it_stands("").ids), rows.row(0) is not None)))
    rows.counted.connect(told.append)
    rows.rowsInserted.connect(lambda _, first, last: seen.append((first, last, rows.whole)))
    kept = rows.ids[30]
    rows.sort_by((("deadline", True),), kept)
    with qtbot.waitSignal(rows.found_at, timeout=PATIENCE_MS) as found:
        pass
    assert seen == [(40, 40, True)] and told == [40, 40] and rows.whole
    assert list(rows.ids) == list(clerk.session.ids(rows.query)) and rows.ids[found.args[0]] == kept
    seen.clear()
    rows.reload(kept)
    with qtbot.waitSignal(rows.counted, timeout=PATIENCE_MS):
        pass
    assert not seen, "a change of the book leaves what is on the screen until all is there"
    # a row chosen on the first page stays the chosen one, whichever was to be shown
    rows.modelReset.connect(lambda: page.table.select_row(3))
    rows.sort_by((("deadline", False),), kept)
    qtbot.waitUntil(lambda: rows.whole and rows.grown, timeout=PATIENCE_MS)
    assert page.table.selected_ids() == rows.ids[3:4] and rows.ids[3] != kept
    # End goes to the last row of the whole list, with Shift choosing all up to it; Home to the first
    rows.modelReset.disconnect()
    rows.modelReset.connect(lambda: QTest.keyClick(page.table, Qt.Key.Key_End))
    rows.sort_by((("deadline", True),))
    qtbot.waitUntil(lambda: rows.whole and page.table.currentIndex().row() == 39, timeout=PATIENCE_MS)
    assert page.table.selected_ids() == rows.ids[39:]
    QTest.keyClick(page.table, Qt.Key.Key_Home)
    assert page.table.selected_ids() == rows.ids[:1]
    rows.modelReset.disconnect()
    rows.modelReset.connect(lambda: (page.table.select_row(3), QTest.keyClick(page.table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)))
    rows.sort_by((("deadline", False),))
    qtbot.waitUntil(lambda: rows.whole and page.table.currentIndex().row() == 39, timeout=PATIENCE_MS)
    assert page.table.selected_ids() == rows.ids[3:]
    # where counting takes long, the others stand behind the first once they have come; End has waited for them
    monkeypatch.setattr(clerk.session, "count_at_once", lambda query: None)
    seen.clear()
    rows.sort_by((("deadline", True),))
    qtbot.waitUntil(lambda: seen == [(8, 39, False)] and page.table.currentIndex().row() == 39, timeout=PATIENCE_MS)


def test_the_thumb_drawn_to_the_middle_shows_rows_that_fill_in(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ledger(qtbot, clerk, 40)
    table, rows, session, go = page.table, page.table.rows, clerk.session, threading.Event()
    monkeypatch.setattr(rows_model, "PAGE", 8)
    monkeypatch.setattr(query, "_SOME", 2)
    right, sought = session.ids, array("q")

    def ids(asked: query.Query) -> array[int]:
        if threading.current_thread() is not threading.main_thread():
            assert go.wait(20)
        return array("q", sought or right(asked))

    monkeypatch.setattr(session, "ids", ids)
    before = rows.ids[:]
    rows.sort_by((("deadline", True),))
    qtbot.waitUntil(lambda: not rows.whole, timeout=PATIENCE_MS)
    bar = table.verticalScrollBar()
    bar.setValue((bar.maximum() + bar.minimum()) // 2)
    seen = table.rowAt(table.viewport().height() // 2)
    assert rows.rowCount() == 40 and 12 < seen < 36 and rows.row(seen) is None
    assert rows.headerData(seen, Qt.Orientation.Vertical) == str(seen + 1)
    table.grab()  # painted as rows to come, none asked for that nobody knows
    # Home, End and all rows mean the whole list already
    QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(table.selected_ids()) == 40
    QTest.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == 39 and table.selected_ids() == right(rows.query)[39:]
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert table.currentIndex().row() == 0
    table.select_row(seen)
    at = bar.value()
    go.set()
    qtbot.waitUntil(lambda: rows.whole and rows.row(seen) is not None, timeout=PATIENCE_MS)
    assert (bar.value(), table.currentIndex().row()) == (at, seen) and rows.ids == right(rows.query) != before
    qtbot.waitUntil(lambda: page.form.uid == rows.row(seen).uid, timeout=PATIENCE_MS)
    # two were deleted between the count and the order
    go.clear()
    rows.sort_by((("deadline", False),))
    qtbot.waitUntil(lambda: not rows.whole, timeout=PATIENCE_MS)
    sought.extend(right(rows.query)[:38])
    go.set()
    qtbot.waitUntil(lambda: rows.whole, timeout=PATIENCE_MS)
    assert rows.rowCount() == 38


LONG = "关于老旧小区二次供水设施改造进度滞后、部分楼栋夜间停水问题的整改"


@pytest.fixture
def long_titles(folder: Path) -> None:
    """Every second item has a title that no narrow list has room for."""
    session = office.open_office(folder, "clerk", PASSWORD)
    with session.atomic("form", "标题"):
        for record in session.find(Query(kind=KIND))[::2]:
            session.set(KIND, record.uid, {"title": f"{LONG}{record.id}"})
    session.close()


def in_view(page: Any) -> list[str]:
    """What of the things a list is read for is not wholly to be seen."""
    table, kind = page.table, page.kind
    header, metrics, gap = table.horizontalHeader(), table.fontMetrics(), theme.sizes().gap
    keys = [column.key for column in table.arranged.shown()]
    day = metrics.horizontalAdvance("2026-12-28")
    due = kind.lights.deadline if kind.lights else None
    least = {kind.title: theme.sizes().chars(6.5), kind.unit: theme.sizes().chars(4), due: day, LIGHT: day // 2}
    faults = []
    for key, wide in least.items():
        at = next((i for i, column in enumerate(table.arranged.columns) if column.key == key), None)
        if at is None or key not in keys:
            continue
        right = header.sectionViewportPosition(at) + header.sectionSize(at)
        if right > table.viewport().width() + 1 or header.sectionSize(at) - gap < wide:
            faults.append(f"{kind.name}.{key}: {right} of {table.viewport().width()}, {header.sectionSize(at)} < {wide}")
    return faults


@pytest.mark.parametrize(
    ("points", "size"), [(10.5, (1024, 700)), (12.0, (1280, 720)), (10.5, (1366, 768)), (14.0, (1366, 768)), (16.0, (1366, 768))]
)
def test_title_unit_deadline_and_light_are_in_view(
    qtbot: Any, folder: Path, long_titles: None, open_shell: Callable[..., Shell], points: float, size: tuple[int, int]
) -> None:
    Settings(folder, "clerk").set(FONT_POINTS, points)
    shell = open_shell("clerk")
    shell.resize(*size)
    faults = []
    urgent = [kind.name for kind in shell.session.kinds if kind.lights and kind.family and not kind.parent and shell.session.opens(kind.name)]
    assert len(urgent) > 5
    for kind in urgent if points == 16 else urgent[:3]:
        page = shell.workspace.open(f"ledger:{kind}")
        qtbot.waitUntil(lambda page=page: page.table.rows.loaded, timeout=PATIENCE_MS)
        QApplication.processEvents()
        faults += in_view(page)
        assert page.table.verticalHeader().isVisible()
    assert not faults, faults
    table = ledger(qtbot, shell, 40).table
    qtbot.waitUntil(lambda: table.rows.titles(1) != [], timeout=PATIENCE_MS)
    assert table.arranged.two_lines, "long titles go on in a second line"
    assert table.rowHeight(0) >= 2 * table.fontMetrics().height()
    assert table.rows.headerData(0, Qt.Orientation.Vertical) == "1"
    end(shell)
    theme.apply(QApplication.instance(), 10.5)


def test_a_person_chooses_one_line_or_two_and_it_stays(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    table = ledger(qtbot, shell, 40).table
    qtbot.waitUntil(lambda: table.rows.titles(1) != [], timeout=PATIENCE_MS)
    assert not table.arranged.two_lines, "the titles have room in one"
    table.arranged.set_two_lines(True)
    assert table.arranged.two_lines and table.rowHeight(39) == table.rowHeight(0) > theme.sizes().row
    end(shell)
    again = open_shell("clerk")
    table = ledger(qtbot, again, 40).table
    qtbot.waitUntil(lambda: table.rows.titles(1) != [], timeout=PATIENCE_MS)
    assert table.arranged.two_lines, "as this person left it"
    table.arranged.forget()
    qtbot.waitUntil(lambda: not table.arranged.two_lines, timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("text", "room", "first"),
    [
        ("老旧小区改造进度滞后", 6, "老旧小区改造"), ("老旧小区改造，进度滞后", 6, "老旧小区改"), ("新建2026号泵站两座", 4, "新建"),
        ("背街小巷照明不亮", 7, "背街小巷照明"), ("abcdefghijklmnopqrst", 4, None),
    ],
)  # fmt: skip
def test_a_second_line_begins_where_a_reader_would(qapp: Any, text: str, room: int, first: str | None) -> None:
    metrics = QFontMetrics(qapp.font())
    one, two = in_two_lines(text, metrics, metrics.horizontalAdvance("字" * room))
    assert first is None or one == first
    assert (one and (one + two).rstrip("…") in text.replace(" ", "")) or two.endswith("…")
    assert metrics.horizontalAdvance(one) <= metrics.horizontalAdvance("字" * room)
