"""Nothing throws a person to another page: a new ledger is saved where it was made, papers are set over the page they were asked
from, and what must open another page leads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.app.shell import Shell
from desktop.ui.kinds import kind_changes
from tests.gui.conftest import PATIENCE_MS, choose_row, ledger, quiet


def test_a_new_ledger_is_saved_where_it_was_made(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    page = shell.workspace.open("kinds")
    draft = kind_changes.started(kind_changes.Start("食堂检查", "民生", "问题", "close_out"), shell.session.kinds)
    page.editor.take(draft, None)
    before = shell.workspace
    page.save()
    qtbot.waitUntil(lambda: shell.workspace is not before and shell.workspace.page is not None, timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    assert shell.workspace.front == "kinds"
    assert shell.workspace.page.editor.draft.label == "食堂检查" and shell.workspace.page.list.line().data.label == "食堂检查"
    assert "食堂检查" in shell.workspace.toasts.text
    assert shell.workspace.knows(f"ledger:{draft.name}"), "it stands in the navigation"


def test_a_list_and_a_record_are_printed_where_one_is(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    page.print_preview()
    dialog = clerk.workspace.findChild(PaperDialog)
    qtbot.waitUntil(lambda: dialog.page.pane.ready, timeout=PATIENCE_MS)
    assert clerk.workspace.front == "ledger:rectification"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not clerk.workspace.findChildren(PaperDialog), timeout=PATIENCE_MS)
    clerk.workspace.services.print_record("rectification", row.uid)
    dialog = clerk.workspace.findChild(PaperDialog)
    qtbot.waitUntil(lambda: dialog.page.pane.ready, timeout=PATIENCE_MS)
    dialog.close()
    qtbot.waitUntil(lambda: not clerk.workspace.findChildren(PaperDialog), timeout=PATIENCE_MS)
    quiet(qtbot, clerk)
    assert page.form.uid == row.uid and page.table.current().uid == row.uid, "as one left it"


def test_what_opens_another_page_leads_back(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    clerk.workspace.services.change_unit(None) if clerk.workspace.knows("units") else clerk.workspace.go_aside("exchange")
    assert clerk.workspace.front != "ledger:rectification" and clerk.workspace.tabs.back.isVisible()
    clerk.workspace.tabs.back.click()
    assert clerk.workspace.front == "ledger:rectification" and page.form.uid == row.uid
