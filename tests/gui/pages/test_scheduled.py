"""定期文稿: a paper is put on the list, is told of on the first page, and one press drafts it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from desktop.tasks import draft_due_papers
from desktop.ui.app.shell import Shell
from desktop.ui.bulletin.schedule_dialog import ScheduleDialog
from desktop.ui.home import tasks
from tests.gui.conftest import PATIENCE_MS, answer, quiet

NOW = {"rhythm": "weekly", "counted": "days_from_start"}


def test_listed_told_drafted_and_opened(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    session, window = shell.session, shell.workspace
    page = window.open("scheduled")
    quiet(qtbot, shell)

    def fill(dialog: Any) -> None:
        assert isinstance(dialog, ScheduleDialog)
        fields = dialog.fields
        assert {o.name for o in fields.fields[0].choices} >= {"brief", "leader_page"}
        fields.set_values({
            "report_name": "problem_list", "title": "问题清单", "recipient": "双组长", "covers": "current", **NOW,
            "number": session.today.isoweekday(), "from_on": session.today - dt.timedelta(days=7),
        })
        fields.edited.emit()
        assert dialog.words.text().startswith("每周")
        dialog.ok.click()

    answered = answer(fill)
    page.new()
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(page.due.lines) == 2, timeout=PATIENCE_MS)
    assert [line.cells[4][0] for line in page.due.lines] == ["过期未拟", "今天到期"]
    assert [line.cells[0] for line in page.papers.lines] == ["问题清单"]
    told = [(t.text, t.count, t.page) for t in tasks.read(session) if t.page == "scheduled"]
    assert told == [("定期文稿过期未拟", 1, "scheduled"), ("今天要拟的定期文稿", 1, "scheduled")]

    page.run_button.click()
    qtbot.waitUntil(lambda: not page.run_button.isEnabled(), timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    assert [line.cells[4][0] for line in page.due.lines] == ["拟稿", "拟稿"]
    assert draft_due_papers.run(session).drafts == []
    assert not [t for t in tasks.read(session) if t.page == "scheduled"]
    uid = page.due.line().data[1]
    page.open_button.click()
    drafts = window.open("drafts")
    qtbot.waitUntil(lambda: drafts.opened is not None and drafts.opened.record.uid == uid, timeout=PATIENCE_MS)


def test_one_whose_report_is_gone_is_stopped_in_the_window(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    session = shell.session
    uid = draft_due_papers.save(session, {"report_name": "brief", "title": "简报", **NOW, "from_on": session.today})
    session.set("scheduled_paper", uid, {"report_name": "was_deleted"})

    def stop(dialog: Any) -> None:
        values = dialog.fields.values(only_changed=False)
        assert values["report_name"] == "was_deleted"
        dialog.fields.set_values({**values, "stopped": True})
        dialog.ok.click()

    page = shell.workspace.open("scheduled")
    quiet(qtbot, shell)
    answered = answer(stop)
    page.edit(session.must_get("scheduled_paper", uid))
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: session.must_get("scheduled_paper", uid).values["stopped"] is True, timeout=PATIENCE_MS)


def test_a_guest_sees_the_list_and_changes_nothing(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("guest")
    page = shell.workspace.open("scheduled")
    quiet(qtbot, shell)
    assert not page.run_button.isVisible() and not page.delete_button.isVisible() and not page.offers("new")
