"""Clicks and keys of daily tasks, counted in the window by real presses, against what the window asked for before it was put in
order (the same tasks by the shortest way, counted in the same way at commit d1454872): at least a third fewer in all,
none more but a unit, whose ledger is a tab of its section now."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from db import office
from db.model.query import Query, Where
from desktop.exchange.write import workbook
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.bulletin.preview.sheet_preview import SheetPreview
from tests.gui.conftest import PASSWORD, end
from tests.gui.stories.clicks import CTRL, Counted

KIND, ASKED = "rectification", "close_out_requested"
BEFORE = {
    "find": 4, "close out ten": 25, "add a unit": 3, "a leader's page": 30, "import five files": 5, "issue a bulletin": 8,
}
"""A leader's page was five ledgers, each opened (1), narrowed by its leader (4) and printed (1)."""
DONE: dict[str, int] = {}

Open = Callable[..., Shell]


@pytest.fixture
def prepared(folder: Path) -> Path:
    """Ten items wait for the reviewer, and a leader leads in three ledgers, instructed and chairs."""
    session = office.open_office(folder, "clerk", PASSWORD)
    for record in session.find(Query(kind=KIND, where=(Where("state", "eq", "assigned"),), limit=10)):
        session.take_step(KIND, record.uid, "request-close-out", note="已整改", ask={"content": "已整改到位"})
    unit = next(iter(session.names.units()))
    leader = session.add("leader", {"name": "王明德"})
    for kind in (KIND, "regret", "assigned_item"):
        values = {"title": "牵头的一件", "lead_unit": unit, "lead_leader": leader, "deadline": session.today}
        session.take_step(kind, session.add(kind, values), "assign")
    session.close()
    return folder


def type_progress(file: Path, text: str) -> None:
    """As a unit does it in Excel: the first item's progress."""
    book = openpyxl.load_workbook(file)
    sheet = book["整改清单"]
    head = next(row for row in sheet.iter_rows(max_row=6) if any(cell.value == "进展情况" for cell in row))
    column = next(cell.column for cell in head if cell.value == "进展情况")
    sheet.cell(head[0].row + 1, column).value = text
    book.save(file)


def begin(qtbot: Any, open_shell: Open, user: str) -> Counted:
    hand = Counted(qtbot, open_shell(user))
    hand.wait(lambda: hand.window.front == "home")
    hand.rest()
    hand.shell.activateWindow()
    hand.wait(hand.shell.isActiveWindow)
    return hand


def test_an_item_is_found(qtbot: Any, open_shell: Open) -> None:
    hand = begin(qtbot, open_shell, "clerk")
    hand.key(Qt.Key.Key_F, CTRL)
    hand.letters("17")
    hand.key(Qt.Key.Key_Return)
    hand.wait(lambda: hand.window.front == f"ledger:{KIND}" and hand.page.form.uid)
    assert hand.session_title() == "第17项问题整改"
    DONE["find"] = hand.count


def test_ten_are_closed_out_each_looked_at(qtbot: Any, prepared: Path, open_shell: Open) -> None:
    hand = begin(qtbot, open_shell, "reviewer")
    hand.wait(lambda: any("申请销号" in b.accessibleName() for b in hand.page.tasks.buttons))
    hand.click(next(b for b in hand.page.tasks.buttons if "申请销号" in b.accessibleName()))
    page, session = hand.page, hand.shell.session
    hand.wait(lambda: page.table.rows.rowCount() == 10)
    hand.rest()
    for left in range(10, 0, -1):
        if not (page.form.uid and session.get(KIND, page.form.uid).state == ASKED):
            hand.click(page.table.viewport(), page.table.visualRect(page.table.rows.index(0, 0)).center())
        hand.wait(lambda: page.form.uid and session.get(KIND, page.form.uid).state == ASKED)
        hand.rest()
        uid = page.form.uid
        hand.enter_in_dialog(lambda: hand.press("销号", page.form.action_bar))
        hand.wait(lambda uid=uid: session.get(KIND, uid).state == "closed_out")
        hand.wait(lambda left=left: page.table.rows.rowCount() == left - 1)
        hand.qtbot.wait(400)  # the form follows the cursor once it rests
        hand.rest()
    DONE["close out ten"] = hand.count


def test_a_unit_is_added(qtbot: Any, open_shell: Open) -> None:
    hand = begin(qtbot, open_shell, "admin")
    hand.section("ledger:unit")
    hand.key(Qt.Key.Key_N, CTRL)
    hand.wait(lambda: hand.page.form.is_new)
    hand.rest()
    hand.text(hand.page.form.fields.editors["name"].entry, "云川市审计局")
    hand.key(Qt.Key.Key_S, CTRL)
    hand.wait(lambda: hand.shell.session.names.unit_by_name("云川市审计局"))
    hand.rest()
    DONE["add a unit"] = hand.count


def test_a_leader_s_page_is_printed(qtbot: Any, prepared: Path, open_shell: Open) -> None:
    hand = begin(qtbot, open_shell, "clerk")
    hand.section("leader")
    hand.wait(lambda: hand.page.work is not None)
    hand.rest()
    hand.key(Qt.Key.Key_P, CTRL)
    hand.wait(lambda: any(sheet.pane.ready for sheet in hand.window.findChildren(SheetPreview)))
    assert hand.window.findChild(SheetPreview).pane.pages == 1
    DONE["a leader's page"] = hand.count
    hand.window.findChild(SheetPreview).reject()
    hand.rest()


def test_five_workbooks_are_imported_in_one_go(qtbot: Any, folder: Path, open_shell: Open, tmp_path: Path) -> None:
    stick = tmp_path / "收回"
    stick.mkdir()
    with closing(office.open_office(folder, "clerk", PASSWORD)) as session:
        for at, (uid, unit) in enumerate(session.names.units().items(), 1):
            made = workbook.export(session, [KIND], stick / f"{unit.name}.xlsx", unit=uid, blank_rows=3)
            type_progress(made.file, f"第{at}家整改到位")
    Settings(folder, "clerk").set_view("folders", {"import": str(stick)})  # where the last stick was
    hand = begin(qtbot, open_shell, "clerk")
    hand.choose_all_files(lambda: hand.click(next(b for b in hand.window.findChildren(QToolButton) if b.text() == "导入")))
    hand.wait(lambda: hand.window.front == "exchange" and hand.page.merge.files)
    hand.wait(lambda: hand.page.merge.accept_button.isEnabled() and hand.page.merge.together)
    assert hand.page.merge.accept_button.text() == "接受全部 5 份"
    hand.key(Qt.Key.Key_Return, CTRL)
    hand.wait(lambda: "5 份文件" in hand.window.toasts.text)
    hand.rest()
    session = hand.shell.session
    told = {record.values["progress"] for record in session.find(Query(kind=KIND)) if record.values["progress"]}
    assert told == {f"第{at}家整改到位" for at in range(1, 6)}
    DONE["import five files"] = hand.count


def test_a_bulletin_is_issued(qtbot: Any, open_shell: Open) -> None:
    hand = begin(qtbot, open_shell, "clerk")
    hand.section("bulletin")
    hand.wait(lambda: hand.page.list.lines)
    place = next(at for at, line in enumerate(hand.page.list.lines) if line.key == "supervision_circular")
    hand.click(hand.page.list.viewport(), hand.page.list.visualRect(hand.page.list.model().index(place, 0)).center())
    hand.wait(lambda: hand.page.choice.key == "supervision_circular")
    hand.press("据此拟稿")
    hand.wait(lambda: hand.window.front == "drafts" and hand.page.opened and hand.page.view)
    hand.rest()
    hand.press("送审", hand.page.action_bar)
    uid = hand.page.opened.record.uid
    hand.wait(lambda: hand.shell.session.get("bulletin", uid).state == "submitted")
    hand.rest()
    end(hand.shell)
    reviewer = begin(qtbot, open_shell, "reviewer")
    reviewer.wait(lambda: any("已送审" in b.accessibleName() for b in reviewer.page.tasks.buttons))
    reviewer.click(next(b for b in reviewer.page.tasks.buttons if "已送审" in b.accessibleName()))
    reviewer.wait(lambda: reviewer.window.front == "drafts" and reviewer.page.opened and reviewer.page.view)
    reviewer.rest()
    reviewer.enter_in_dialog(lambda: reviewer.press("核稿通过", reviewer.page.action_bar))
    session = reviewer.shell.session
    reviewer.wait(lambda: session.get("bulletin", uid).state == "issued")
    reviewer.rest()
    DONE["issue a bulletin"] = hand.count + reviewer.count


def test_it_is_a_third_less_in_all_and_nothing_is_more() -> None:
    if set(DONE) != set(BEFORE):
        pytest.skip("counted together with its tasks")
    more = {task: count for task, count in DONE.items() if count > BEFORE[task] + (task == "add a unit")}
    assert not more, DONE
    assert sum(DONE.values()) * 3 <= sum(BEFORE.values()) * 2, DONE
