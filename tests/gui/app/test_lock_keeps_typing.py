"""What is half typed when the idle lock comes is there again for the same person: in dialogs, and on pages that wait for 保存."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel

from desktop.bulletin.issue import issuing
from desktop.ui.app.shell import Shell
from desktop.ui.kinds.dialogs import FieldDialog
from desktop.ui.kit.dialogs import NewPassword, WorkDialog
from desktop.ui.kit.messages import Dialog
from desktop.ui.record_form.actions import ActionDialog
from desktop.ui.record_form.children import ChildDialog, edit_child
from desktop.ui.record_form.unsaved_entries import GIVEN_BACK, typed_into
from tests.gui.conftest import PATIENCE_MS, answer, choose_row, ledger, log_in, quiet

KIND = "rectification"
TYPED = "还没写完的缘由"
FIRST, OTHER = 1, 2  # of those that were assigned


def _locked(qtbot: Any, shell: Shell, user: str) -> None:
    qtbot.waitUntil(lambda: shell.session is None, timeout=PATIENCE_MS)
    log_in(qtbot, shell, user)


def _lies_plain(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _step(page: Any, act: Callable[[Any], None], name: str = "request-extension") -> None:
    answered = answer(act)
    page.form.take_step(page.form._session.kinds.lifecycle_of(KIND).action(name))  # noqa: SLF001
    assert answered


def test_a_half_typed_step_comes_back_to_the_same_person_at_the_same_record(
    qtbot: Any, open_shell: Callable[..., Shell], folder: Path
) -> None:
    shell = open_shell("clerk")
    page = ledger(qtbot, shell, rows=40)
    choose_row(qtbot, page, FIRST)

    def type_and_leave(dialog: Any) -> None:
        assert isinstance(dialog, ActionDialog)
        dialog._note.setPlainText(TYPED)  # noqa: SLF001
        dialog._fields[0].editors["requested_deadline"].set_raw("2022.13.1")
        QTimer.singleShot(0, lambda: shell.lock(forced=True))

    _step(page, type_and_leave)
    qtbot.waitUntil(lambda: shell.session is None, timeout=PATIENCE_MS)
    assert not _lies_plain(folder, TYPED)

    log_in(qtbot, shell, "reviewer")  # somebody else is given and told nothing
    assert shell.workspace.toasts.text == ""
    page = ledger(qtbot, shell, rows=40)
    choose_row(qtbot, page, FIRST)
    found: list[Any] = []

    def look(dialog: Any) -> None:
        quiet(qtbot, shell)
        found.append((dialog._note.toPlainText(), _words(dialog)))  # noqa: SLF001
        dialog.reject()

    _step(page, look)
    assert found[0][0] == "" and GIVEN_BACK not in found[0][1]
    assert shell.lock()

    log_in(qtbot, shell, "clerk")
    page = ledger(qtbot, shell, rows=40)
    choose_row(qtbot, page, OTHER)
    _step(page, look)  # another record has nothing of it
    assert found[1][0] == ""
    choose_row(qtbot, page, FIRST)

    def again(dialog: Any) -> None:
        qtbot.waitUntil(lambda: dialog._note.toPlainText() == TYPED, timeout=PATIENCE_MS)  # noqa: SLF001
        assert dialog._fields[0].editors["requested_deadline"].raw() == "2022.13.1"
        assert GIVEN_BACK in _words(dialog)
        dialog.reject()

    _step(page, again)
    quiet(qtbot, shell)
    _step(page, look)  # left by the person: it is over
    assert found[2][0] == ""


def _words(dialog: Dialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_the_person_is_told_where_it_was(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, FIRST)

    def type_and_leave(dialog: Any) -> None:
        dialog._note.setPlainText(TYPED)  # noqa: SLF001
        QTimer.singleShot(0, lambda: clerk.lock(forced=True))

    _step(page, type_and_leave)
    _locked(qtbot, clerk, "clerk")
    qtbot.waitUntil(lambda: clerk.workspace.toasts.text != "", timeout=PATIENCE_MS)
    assert clerk.workspace.toasts.text == "锁定前没有填完的“申请延期”已经留存。有 1 份草稿没有保存，点左下角的“草稿”接着填。"


def test_a_half_typed_report_comes_back(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, OTHER)

    def opened() -> ChildDialog:
        edit_child(page, page.form._context, "progress", row.uid, None)  # noqa: SLF001
        return next(d for d in page.findChildren(ChildDialog) if d.isVisible())

    opened().fields.editors["content"].set_raw(TYPED)
    assert not clerk.lock(forced=True)
    _locked(qtbot, clerk, "clerk")
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, OTHER)
    dialog = opened()
    qtbot.waitUntil(lambda: dialog.fields.editors["content"].raw() == TYPED, timeout=PATIENCE_MS)
    dialog.reject()


def test_a_ledger_that_was_being_changed_comes_back_unsaved(qtbot: Any, open_shell: Callable[..., Shell], folder: Path) -> None:
    shell = open_shell("admin")
    page = shell.workspace.open("kinds")
    quiet(qtbot, shell)
    page.list.selectRow(next(at for at, line in enumerate(page.list.lines) if line.key == KIND))

    def fill(dialog: Any) -> None:
        assert isinstance(dialog, FieldDialog)
        dialog.label.setText("包保责任人电话")
        dialog.accept()

    answered = answer(fill)
    page.editor.add_field()
    assert answered and page.changed

    def half(dialog: Any) -> None:
        dialog.label.setText("写了一半的栏目")
        dialog.choices.setPlainText("甲\n乙")
        dialog.form.setCurrentIndex(dialog.form.findData("choice"))
        QTimer.singleShot(0, lambda: shell.lock(forced=True))

    answer(half)
    page.editor.add_field()
    _locked(qtbot, shell, "admin")
    qtbot.waitUntil(lambda: "“添加栏目”、“台账设置”" in shell.workspace.toasts.text, timeout=PATIENCE_MS)
    page = shell.workspace.open("kinds")
    qtbot.waitUntil(lambda: page.changed, timeout=PATIENCE_MS)
    assert page.editor.draft.name == KIND and page.editor.draft.fields[-1].label == "包保责任人电话"
    assert page.list.line().key == KIND
    assert not any(f.label == "包保责任人电话" for f in shell.session.kinds.get(KIND).fields)

    def see(dialog: Any) -> None:
        qtbot.waitUntil(lambda: dialog.label.text() == "写了一半的栏目", timeout=PATIENCE_MS)
        assert dialog.choices.toPlainText() == "甲\n乙" and dialog.form.currentData() == "choice"
        dialog.reject()

    answered = answer(see)
    page.editor.add_field()
    assert answered
    page.discard()
    quiet(qtbot, shell)
    assert shell.lock()
    log_in(qtbot, shell, "admin")
    page = shell.workspace.open("kinds")
    quiet(qtbot, shell)
    assert not page.changed


def test_a_report_form_that_was_being_changed_comes_back_unsaved(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    page = shell.workspace.open("forms")
    qtbot.waitUntil(lambda: page.form is not None, timeout=PATIENCE_MS)
    name = page.list.lines[2].key
    page.list.selectRow(2)
    qtbot.waitUntil(lambda: page.form.report.name == name, timeout=PATIENCE_MS)
    page.editor.title.setText("{{ period }}写了一半的标题")
    page.editor.title.textEdited.emit(page.editor.title.text())
    page.note.setText("缘由")
    assert page.changed
    assert shell.lock(forced=True)
    log_in(qtbot, shell, "admin")
    page = shell.workspace.open("forms")
    qtbot.waitUntil(lambda: page.form is not None and page.changed, timeout=PATIENCE_MS)
    assert page.form.report.name == name and page.list.line().key == name
    assert page.editor.report().title == "{{ period }}写了一半的标题" and page.note.text() == "缘由"
    page.discard()
    quiet(qtbot, shell)
    assert not page.changed
    assert shell.session.office.setting("draft:admin:forms:new") == ""


def test_a_bulletin_that_was_being_written_is_kept_even_while_its_title_is_empty(qtbot: Any, clerk: Shell) -> None:
    uid = issuing.new_draft(clerk.session, "supervision_circular", period="2022")
    title = clerk.session.must_get("bulletin", uid).values["title"]
    for text in ("锁定前写的第一段。", "锁定前写的第二段。"):
        page = clerk.workspace.open("drafts")
        page.show_draft(uid)
        qtbot.waitUntil(lambda page=page: page.opened is not None and page.view is not None, timeout=PATIENCE_MS)
        page.body.moveCursor(QTextCursor.MoveOperation.End)
        page.body.insertPlainText(f"\n{text}")
        if "第二段" in text:
            page.head.clear()
            page.head.setModified(True)
        assert clerk.lock(forced=True)
        _locked(qtbot, clerk, "clerk")
        kept = clerk.session.must_get("bulletin", uid).values
        assert kept["body_text"].endswith(text) and kept["title"] == title


def test_passwords_are_never_kept(qtbot: Any, clerk: Shell) -> None:
    made = WorkDialog(clerk.workspace, clerk.jobs, "密码", "确定")
    new = NewPassword(made, "clerk")
    made.close_form()
    new.first.setText("zhengxian-secret")
    assert "zhengxian-secret" not in str(typed_into(made))
    made.deleteLater()
