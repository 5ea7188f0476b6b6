"""The first page says what this person should do now: each line counts its rows and its button opens them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from db import office
from db.model.query import Query, Where
from desktop.ui.app.shell import Shell
from desktop.ui.home import tasks
from desktop.ui.home.number_tables import PAYLOAD
from tests.gui.conftest import PASSWORD, PATIENCE_MS

KIND, REQUESTED = "rectification", "close_out_requested"


def lines(session: Any) -> dict[str, tasks.Task]:
    return {task.text: task for task in tasks.read(session)}


def request(folder: Path, user: str) -> str:
    """One item that this person asks to close out."""
    session = office.open_office(folder, user, PASSWORD)
    record = session.find(Query(kind=KIND, where=(Where("state", "eq", "assigned"),), limit=1))[0]
    session.take_step(KIND, record.uid, "request-close-out", note="已整改到位")
    session.close()
    return str(record.uid)


def test_each_role_has_its_own_lines_and_nobody_decides_on_their_own(folder: Path) -> None:
    request(folder, "reviewer")
    said = {}
    for user in ("clerk", "reviewer", "admin", "guest"):
        session = office.open_office(folder, user, PASSWORD)
        said[user] = set(lines(session))
        session.close()
    asked = next(text for text in said["admin"] if text.startswith("申请销号"))
    assert asked not in said["reviewer"], "who asked does not decide"
    assert asked not in said["clerk"]
    assert all("还没有交办" in said[user] for user in ("clerk", "reviewer", "admin"))
    assert not any(text.startswith(("申请", "还没有交办")) for text in said["guest"]), "who only reads has nothing to do"


def test_a_line_counts_the_rows_that_its_button_opens(folder: Path) -> None:
    request(folder, "clerk")
    session = office.open_office(folder, "reviewer", PASSWORD)
    found = [task for task in tasks.read(session) if task.parts]
    assert found
    for task in found:
        assert sum(session.count(Query(kind=kind, where=where)) for kind, where in task.parts) == task.count, task.text
    today = session.today
    due = [Where("deadline", "lt", today), Where("state", "in", ["assigned", "acknowledged", "in_progress", REQUESTED])]
    assert lines(session)["逾期未结"].count == session.count(Query(kind=KIND, where=tuple(due)))
    tones = [task.tone for task in tasks.read(session)]
    assert tones == sorted(tones, key=tasks.TONES.index), "the most pressing first"
    assert tasks.read(session)[0].text.startswith("申请销号"), "what only this person can do stands on top"
    session.close()


def test_milestones_over_their_day_are_told_to_who_may_fill_them_in(folder: Path) -> None:
    session = office.open_office(folder, "clerk", PASSWORD)
    today, state = session.today, Where("state", "eq", "assigned")
    found = session.find(Query(kind=KIND, where=(state, Where("deadline", "ge", today)), limit=2))
    for record, days in zip(found, (-1, 0), strict=True):
        day = max(today + dt.timedelta(days=days), record.values["assigned_on"])
        assert day == today + dt.timedelta(days=days)
        session.add("milestone", {"title": "开工", "planned_on": day}, parent=record.uid)
    told = lines(session)
    late, due = told["有节点逾期未完成的事项"], told["有节点今天到期的事项"]
    assert late.tone == due.tone == "red" and late.button == "办理"
    for task, record in ((late, found[0]), (due, found[1])):
        listed = {r.uid for kind, where in task.parts for r in session.find(Query(kind=kind, where=where))}
        assert record.uid in listed and len(listed) == task.count
    (row,) = session.children(found[1].uid, "milestone")
    session.set("milestone", row.uid, {"reached_on": today})
    listed = {uid for _, where in lines(session).get("有节点今天到期的事项", tasks.Task("", 0, "")).parts for uid in where[0].value}
    assert found[1].uid not in listed
    session.close()
    reader = office.open_office(folder, "guest", PASSWORD)
    assert not any("节点" in text for text in lines(reader))
    reader.close()


def test_the_button_brings_the_rows(qtbot: Any, folder: Path, open_shell: Callable[..., Shell]) -> None:
    uid = request(folder, "clerk")
    window = open_shell("reviewer").workspace
    page = window.open("home")
    qtbot.waitUntil(lambda: bool(page.tasks.buttons), timeout=PATIENCE_MS)
    press = next(b for b in page.tasks.buttons if b.accessibleName().startswith("销号：申请销号"))
    press.click()
    assert window.front == f"ledger:{KIND}"
    ledger = window.page
    qtbot.waitUntil(lambda: ledger.table.rows.loaded and ledger.table.rows.rowCount() == 1, timeout=PATIENCE_MS)
    assert [record.uid for record in window.session.records(KIND, ledger.table.rows.ids)] == [uid]
    qtbot.waitUntil(lambda: ledger.form.uid == uid, timeout=PATIENCE_MS)
    window.open("home")
    next(b for b in page.tasks.buttons if "逾期未结" in b.accessibleName()).click()
    assert page.which == "overdue"


def test_done_with_one_the_next_comes(qtbot: Any, folder: Path, open_shell: Callable[..., Shell]) -> None:
    uids = {request(folder, "clerk") for _ in range(3)}
    window = open_shell("reviewer").workspace
    page = window.open("home")
    qtbot.waitUntil(lambda: page.list.rowCount() > 2 and page.list.item(0, 0).data(PAYLOAD) is not None, timeout=PATIENCE_MS)
    page.list.itemActivated.emit(page.list.item(0, 0))
    ledger = window.page
    qtbot.waitUntil(lambda: ledger.table.rows.rowCount() == 3 and ledger.form.uid in uids, timeout=PATIENCE_MS)
    first = ledger.form.uid
    window.session.take_step(KIND, first, "close-out")
    qtbot.waitUntil(lambda: ledger.table.rows.rowCount() == 2 and ledger.form.uid in uids - {first}, timeout=PATIENCE_MS)


def test_what_stands_in_several_ledgers_is_listed_whole(qtbot: Any, folder: Path, open_shell: Callable[..., Shell]) -> None:
    session = office.open_office(folder, "clerk", PASSWORD)
    unit = next(iter(session.names.units()))
    other = session.add("regret", {"title": "遗憾的一件", "lead_unit": unit, "deadline": session.today})
    task = lines(session)["还没有交办"]
    assert {kind for kind, _ in task.parts} == {KIND, "regret"}
    session.close()
    window = open_shell("clerk").workspace
    page = window.open("home")
    qtbot.waitUntil(lambda: any("还没有交办" in b.accessibleName() for b in page.tasks.buttons), timeout=PATIENCE_MS)
    next(b for b in page.tasks.buttons if "还没有交办" in b.accessibleName()).click()
    qtbot.waitUntil(lambda: page.list.rowCount() == task.count, timeout=PATIENCE_MS)
    shown = {page.list.item(row, 0).data(PAYLOAD) for row in range(page.list.rowCount())}
    assert ("regret", other) in shown and len(shown) == task.count


def test_one_press_asks_to_close_what_is_done_in_all_its_parts(qtbot: Any, folder: Path, open_shell: Callable[..., Shell]) -> None:
    session = office.open_office(folder, "clerk", PASSWORD)
    unit, day = next(iter(session.names.units())), session.today
    leader = session.add("leader", {"name": "批示人"})
    values = {"title": "供热准备", "instructed_by": leader, "instructed_on": day, "deadline": day, "lead_unit": unit, "content": "请落实。"}
    uid = session.add("instruction", values)
    session.take_step("instruction", uid, "assign")
    part = {"title": "检修管网", "unit": unit, "deadline": day, "closed_on": day}
    session.add("instruction_part", part, parent=uid)
    session.close()
    shell = open_shell("clerk")
    page = shell.workspace.open("home")
    word = "分办件都已办结，还没有申请销号的批示件"
    qtbot.waitUntil(lambda: any(word in b.accessibleName() for b in page.tasks.buttons), timeout=PATIENCE_MS)
    next(b for b in page.tasks.buttons if word in b.accessibleName()).click()
    qtbot.waitUntil(lambda: shell.session.must_get("instruction", uid).state == "close_out_requested", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not any(word in b.accessibleName() for b in page.tasks.buttons), timeout=PATIENCE_MS)


def test_an_extension_that_was_asked_for_waits_for_who_grants_it(folder: Path) -> None:
    session = office.open_office(folder, "clerk", PASSWORD)
    record = session.find(Query(kind=KIND, where=(Where("state", "eq", "assigned"), Where("deadline", "gt", session.today)), limit=1))[0]
    asked = {"requested_deadline": record.values["deadline"] + dt.timedelta(days=9)}
    session.take_step(KIND, record.uid, "request-extension", "等材料", asked)
    assert not any("延期" in text for text in lines(session))
    session.close()
    session = office.open_office(folder, "reviewer", PASSWORD)
    task = lines(session)["延期申请，待准予延期"]
    assert task.parts == ((KIND, (Where("uid", "in", [record.uid]),)),)
    session.close()


def test_a_new_office_has_five_steps_each_ticked_as_it_is_done(
    qtbot: Any, folder: Path, open_shell: Callable[..., Shell], tmp_path: Path
) -> None:
    new, _ = office.create_office(tmp_path / "new", "云川市督查办公室", "city", "admin", PASSWORD)
    assert [step.done for step in tasks.first_steps(new)] == [False] * 5
    new.add("unit", {"name": "云川市财政局"})
    uid = new.add(KIND, {"title": "第一件", "deadline": new.today, "lead_unit": next(iter(new.names.units()))})
    assert [step.done for step in tasks.first_steps(new)] == [True, True, False, False, False]
    new.take_step(KIND, uid, "assign")
    assert [step.done for step in tasks.first_steps(new)] == [True, True, True, False, False]
    new.close()
    page = open_shell("clerk").workspace.open("home")
    qtbot.waitUntil(lambda: len(page.tasks.buttons) > 2, timeout=PATIENCE_MS)
    assert any("拟一份通报" in button.accessibleName() for button in page.tasks.buttons)
    page.tasks.dismissed.emit()
    qtbot.waitUntil(
        lambda: not any("拟一份通报" in button.accessibleName() for button in page.tasks.buttons), timeout=PATIENCE_MS
    )


def test_the_reviewer_decides_with_what_was_asked_beside_the_step(
    qtbot: Any, folder: Path, open_shell: Callable[..., Shell]
) -> None:
    uid = request(folder, "clerk")
    window = open_shell("reviewer").workspace
    window.open_record(KIND, uid)
    qtbot.waitUntil(lambda: getattr(getattr(window.page, "form", None), "uid", None) == uid, timeout=PATIENCE_MS)
    form = window.page.form
    qtbot.waitUntil(lambda: any(b.isVisible() for b in form.action_bar.findChildren(QPushButton)), timeout=PATIENCE_MS)
    buttons = [b for b in form.action_bar.findChildren(QPushButton) if b.isVisible()]
    assert [b.text() for b in buttons if b.property("class") == "primary"] == ["销号"]
    assert "申请销号" not in [b.text() for b in buttons], "asking again would make them the one who asked"
    told = " ".join(label.text() for label in form._request.findChildren(QLabel))  # noqa: SLF001
    assert "李小雨" in told
    assert "已整改到位" in told
    form._request.more.emit()  # noqa: SLF001
    assert form._tabs.currentIndex() == 2  # noqa: SLF001


@pytest.mark.parametrize("user", ["guest"])
def test_who_only_reads_is_given_no_steps(folder: Path, user: str) -> None:
    session = office.open_office(folder, user, PASSWORD)
    assert tasks.first_steps(session) == []
    session.close()
