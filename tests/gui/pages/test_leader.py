"""A leader's page: found by pinyin, overdue first, numbers that open their rows, a record opened and returned from, a past day,
one printed sheet that says how many more there are."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from db.metrics import metrics
from db.model.query import Query, Where
from desktop.bulletin.report import reports
from desktop.bulletin.writers import render
from desktop.ui.figures import row_list
from desktop.ui.pages import leader as leader_page
from tests.gui.conftest import PATIENCE_MS

DAY = dt.timedelta(days=1)


@pytest.fixture
def led(qtbot: Any, clerk: Any) -> Any:
    """The clerk's window on the page; 王明德 leads nine of the forty, 赵守正 one, the third nobody."""
    window, session = clerk.workspace, clerk.workspace.session
    first, second, _ = (session.add("leader", {"name": name}) for name in ("王明德", "赵守正", "钱无事"))
    held = session.find(Query(kind="rectification", where=(Where("state", "eq", "assigned"),), sort=(("deadline", False),)))
    with session.atomic("form", "领导"):
        for record in held[:9]:
            session.set("rectification", record.uid, {"lead_leader": first})
        session.set("rectification", held[9].uid, {"lead_leader": second})
        session.add("meeting", {"title": "下周专题会", "kind_of_meeting": "special", "chair": first, "held_on": session.today + DAY * 3})
    page = window.open("leader")
    qtbot.waitUntil(lambda: page.work is not None and window.jobs.idle, timeout=PATIENCE_MS)
    return window, page, first, held


def test_the_leader_with_most_overdue_stands_first_and_others_are_found_by_pinyin(qtbot: Any, led: Any) -> None:
    _, page, first, held = led
    assert [line.cells[0] for line in page.leaders.lines] == ["王明德", "赵守正"], "who leads nothing is not there"
    assert page.leaders.line().key == first and page.who.text() == "王明德"
    assert [line.key[1] for line in page.led.lines] == [record.uid for record in held[:9]]
    assert page.led.lines[0].cells[4][0].startswith("逾期"), "overdue first"
    assert [line.cells[0] for line in page.meetings.lines] == ["下周专题会"]
    QTest.keyClicks(page.card.search, "zsz")
    qtbot.waitUntil(lambda: page.who.text() == "赵守正" and len(page.led.lines) == 1, timeout=PATIENCE_MS)


def test_a_number_opens_the_rows_it_counts(qtbot: Any, led: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    window, page, *_ = led
    shown: list[Any] = []
    monkeypatch.setattr(row_list, "show_rows", lambda window, title, formula, rows, note: shown.append((title, rows)))
    for name, press in page.numbers.items():
        if press.isEnabled():
            QTest.mouseClick(press, Qt.MouseButton.LeftButton)
            qtbot.waitUntil(lambda: window.jobs.idle and bool(shown), timeout=PATIENCE_MS)
            title, rows = shown.pop()
            number = page.work.numbers[name]
            counted = number.value if number.denominator is None else number.numerator
            assert sum(row.counted for row in rows) == counted and title.startswith("王明德"), name


def test_a_line_opens_its_record_and_there_is_a_way_back(qtbot: Any, led: Any) -> None:
    window, page, first, held = led
    page.led.selectRow(2)
    QTest.keyClick(page.led, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.front == "ledger:rectification", timeout=PATIENCE_MS)
    assert window.tabs.back.isVisible() and window.tabs.back.text().endswith("返回领导专页")
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: window.front == "leader" and window.jobs.idle, timeout=PATIENCE_MS)
    assert not window.tabs.back.isVisible()
    assert page.leaders.line().key == first and page.led.line().key[1] == held[2].uid, "where one was"
    window.open("ledger:rectification")
    assert not window.tabs.back.isVisible(), "opened by itself it leads nowhere back"


def test_as_of_a_day_gone_by_the_page_and_its_paper_are_of_that_day(qtbot: Any, led: Any) -> None:
    window, page, *_ = led
    then = window.session.today - DAY * 40
    page.as_of.pick(then)
    qtbot.waitUntil(lambda: not page.leaders.lines and window.jobs.idle, timeout=PATIENCE_MS)
    assert page.work is None and not page.print_button.isEnabled(), "nobody led anything yet"
    page.as_of.pick(None)
    qtbot.waitUntil(lambda: len(page.led.lines) == 9 and window.jobs.idle, timeout=PATIENCE_MS)


def test_the_paper_is_the_sheet_of_the_leader_in_front(qtbot: Any, led: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    window, _, first, _ = led
    made: list[Any] = []
    monkeypatch.setattr(leader_page, "show_report", lambda window, *told: made.append(told))
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert made == [("王明德领导专页", "leader_page", None, first)]


def test_what_a_sheet_has_no_room_for_is_counted_on_it(led: Any) -> None:
    window, _, first, _ = led
    session = window.session
    unit = next(iter(session.names.units()))
    with session.atomic("form", "事项"):
        for at in range(40):
            uid = session.add("rectification", {
                "title": f"第{at + 1}件很长很长的事项名称，一行排不下，要排两行", "lead_unit": unit, "lead_leader": first,
                "assigned_on": session.today - DAY * 60, "deadline": session.today + DAY * (at - 20)})
            session.take_step("rectification", uid, "assign")
    builder = reports.build(session, "leader_page", item=first)
    printed = render(document := builder.document(), io.BytesIO())
    assert printed.pages == 1
    table = next(block for block in document.blocks if getattr(block, "title", "") == "牵头在办事项")
    whole = metrics.rows(session, "in_hand", group=("leader", first)).rows
    assert 8 < len(table.rows) < len(whole) == 49
    overdue = builder.work.numbers["open_overdue"].value - sum(row[5].startswith("逾期") for row in table.rows)
    among = f"，其中逾期 {overdue} 件" if overdue else ""
    assert table.notes == (f"另有 {49 - len(table.rows)} 件没有列出{among}。",)
