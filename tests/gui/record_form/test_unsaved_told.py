"""What is typed and not saved is seen: at the lower edge at once, in the list, after a crash and a new login; each draft leads back."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMenu

from db import office
from desktop.ui.app import unsaved_menu
from desktop.ui.app.shell import Shell
from desktop.ui.app.status_bar import SAVED, TYPING
from desktop.ui.kit.kept_unsaved import KeptDrafts
from desktop.ui.record_form.unsaved_entries import Drafts, Raw
from tests.gui.conftest import (
    PASSWORD,
    PATIENCE_MS,
    choose_row,
    ledger,
    log_in,
    quiet,
    type_chinese,
)

KIND = "rectification"


def test_what_is_typed_never_stands_unmarked_under_saved(qtbot: Any, clerk: Shell) -> None:
    page, status = ledger(qtbot, clerk, rows=40), clerk.workspace.status
    row = choose_row(qtbot, page, 2)
    assert status._saved.text() == SAVED and status.drafts.isHidden()  # noqa: SLF001
    type_chinese(page.form.fields.editors["problem"].entry, "还没写完")
    assert status._saved.text() == TYPING  # noqa: SLF001
    qtbot.waitUntil(lambda: status.drafts.isVisible(), timeout=PATIENCE_MS)
    assert status.drafts.text() == "草稿 1 份，未保存"
    index = page.table.rows.index(2, 0)
    assert "草稿" in index.data() and "草稿" not in page.table.rows.index(1, 0).data()
    choose_row(qtbot, page, 3)
    assert status._saved.text() != TYPING and status.drafts.isVisible(), "left, and still told of"  # noqa: SLF001
    choose_row(qtbot, page, 2)
    qtbot.waitUntil(lambda: page.form.dirty, timeout=PATIENCE_MS)
    page.form.save()
    qtbot.waitUntil(lambda: status.drafts.isHidden(), timeout=PATIENCE_MS)
    quiet(qtbot, clerk)
    assert clerk.session.get(KIND, row.uid).values["problem"] == "还没写完"
    assert "草稿" not in page.table.rows.index(2, 0).data()


def test_a_power_cut_keeps_it_and_the_next_login_tells_of_it(
    qtbot: Any, clerk: Shell, open_shell: Callable[..., Shell], folder: Path, tmp_path: Path
) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    type_chinese(page.form.fields.editors["problem"].entry, "断电前写的")
    page.form._safety.timeout.emit()  # noqa: SLF001  (some seconds later)
    quiet(qtbot, clerk)
    cut = tmp_path / "cut"  # the files as they lie on the disk: nothing was left, locked or closed
    shutil.copytree(folder, cut)
    session = office.open_office(cut, "clerk", PASSWORD)
    drafts = KeptDrafts(session, clerk.jobs, clerk)
    qtbot.waitUntil(lambda: bool(drafts.held), timeout=PATIENCE_MS)
    title = session.get(KIND, row.uid).values["title"]
    assert [line[0].partition("　")[0] for line in unsaved_menu.lines_of(session, drafts.held)] == [f"整改清单：{title}"]
    session.close()
    assert clerk.lock()
    log_in(qtbot, clerk, "clerk")
    qtbot.waitUntil(lambda: "草稿没有保存" in clerk.workspace.toasts.text, timeout=PATIENCE_MS)
    clerk.workspace.error("有一个文件损坏。")
    clerk.workspace.drafts.found.emit(1)
    assert clerk.workspace.errors.isVisible(), "what a login warns of stays when the drafts are read later"
    clerk.workspace.show_drafts()
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=PATIENCE_MS)
    menu = QApplication.activePopupWidget()
    menu.actions()[0].trigger()
    menu.close()
    qtbot.waitUntil(lambda: clerk.workspace.front == f"ledger:{KIND}" and clerk.workspace.page.form.uid == row.uid, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: clerk.workspace.page.form.fields.editors["problem"].entry.toPlainText() == "断电前写的", timeout=PATIENCE_MS)
    clerk.workspace.page.form.discard()
    qtbot.waitUntil(lambda: not clerk.workspace.drafts.held, timeout=PATIENCE_MS)


def test_a_new_record_half_typed_is_one_of_them(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    page.new()
    type_chinese(page.form.fields.editors["title"].entry, "新的一条")
    clerk.workspace.open("home")
    quiet(qtbot, clerk)
    lines = unsaved_menu.lines_of(clerk.session, clerk.workspace.drafts.held)
    assert lines[0][0].startswith("整改清单：新建的一条　新的一条　")
    # A copied row is begun apart: neither takes the other's place, and each is gone on with.
    choose_row(qtbot, page, 3)
    clerk.workspace.open(f"ledger:{KIND}")
    page.copy_row()
    type_chinese(page.form.fields.editors["note"].entry, "照着建")
    clerk.workspace.open("home")
    quiet(qtbot, clerk)
    two = unsaved_menu.lines_of(clerk.session, clerk.workspace.drafts.held)
    assert len(two) == 2 and {line[2] for line in two} == {"new", "new-2"}
    other = next(line for line in two if line[2] == "new-2")
    unsaved_menu._open(clerk.workspace, *other[1:])  # noqa: SLF001
    qtbot.waitUntil(lambda: page.form.fields.editors["note"].raw().endswith("照着建"), timeout=PATIENCE_MS)
    page.form.discard()
    qtbot.waitUntil(lambda: len(clerk.workspace.drafts.held) == 1, timeout=PATIENCE_MS)
    page.form.show_nothing()
    unsaved_menu._open(clerk.workspace, *lines[0][1:])  # noqa: SLF001
    qtbot.waitUntil(lambda: page.form.is_new and page.form.fields.editors["title"].entry.text() == "新的一条", timeout=PATIENCE_MS)
    page.form.discard()
    qtbot.waitUntil(lambda: not clerk.workspace.drafts.held, timeout=PATIENCE_MS)


def test_a_draft_that_another_hand_changed_says_so(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    type_chinese(page.form.fields.editors["problem"].entry, "还没写完")
    choose_row(qtbot, page, 3)
    quiet(qtbot, clerk)
    choose_row(qtbot, page, 2)
    qtbot.waitUntil(lambda: page.form.dirty, timeout=PATIENCE_MS)
    assert "留存的草稿" in page.form._banner.text()  # noqa: SLF001
    choose_row(qtbot, page, 3)
    quiet(qtbot, clerk)
    book = clerk.session.office
    with book.write_lock():
        changed = book.writer.execute(
            "UPDATE settings SET value = replace(value, '还没写完', '已经办结') WHERE key LIKE ?", (f"draft:%:{row.uid}",)
        ).rowcount
    assert changed == 1
    choose_row(qtbot, page, 2)
    qtbot.waitUntil(lambda: page.form.dirty, timeout=PATIENCE_MS)
    assert "被人改动过" in page.form._banner.text()  # noqa: SLF001


def test_typed_left_and_read_late_it_is_one_draft(qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader came to the draft of a new record after it had been typed and kept: it took its own text for another's, and kept it twice."""
    page, read = ledger(qtbot, clerk, rows=40), threading.Event()

    def late(drafts: Drafts, uid: str) -> Raw:
        read.wait(PATIENCE_MS / 1_000)
        return as_it_was(drafts, uid)

    as_it_was = Drafts.read
    monkeypatch.setattr(Drafts, "read", late)
    page.new()
    type_chinese(page.form.fields.editors["title"].entry, "新的一条")
    page.form.leave()
    read.set()
    quiet(qtbot, clerk)
    type_chinese(page.form.fields.editors["title"].entry, "写完了")
    page.form.leave()
    quiet(qtbot, clerk)
    assert [line[2] for line in unsaved_menu.lines_of(clerk.session, clerk.workspace.drafts.held)] == ["new"]
    # One that was not read yet is neither written over nor given up with what is typed before it comes.
    page.form.show_nothing()
    read.clear()
    page.new()
    type_chinese(page.form.fields.editors["title"].entry, "又一条")
    page.form.leave()
    read.set()
    quiet(qtbot, clerk)
    told = unsaved_menu.lines_of(clerk.session, clerk.workspace.drafts.held)
    assert sorted((line[2], line[0].split("\u3000")[1]) for line in told) == [("new", "新的一条写完了"), ("new-2", "又一条")]
    page.form.discard()
    quiet(qtbot, clerk)
    assert list(clerk.workspace.drafts.at(KIND)) == ["new"]
    page.form.show_nothing()
    read.clear()
    page.new()
    type_chinese(page.form.fields.editors["title"].entry, "不要的")
    page.form.discard()
    read.set()
    quiet(qtbot, clerk)
    assert list(clerk.workspace.drafts.at(KIND)) == ["new"], "who gives up a record before its draft came gives up what he typed"
