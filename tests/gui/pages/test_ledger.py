"""A clerk's day in a ledger: adding, correcting, leaving, filtering, handing on, deleting, pasting, undoing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

from db.model.query import Query, Where
from desktop.ui.app.shell import Shell
from desktop.ui.lists.paste_dialog import PasteDialog
from desktop.ui.record_form import record_bundle
from desktop.ui.record_form.children import ChildDialog
from desktop.ui.record_form.grid_dialog import GridDialog
from tests.gui.conftest import PATIENCE_MS, answer, choose_row, ledger, log_in, quiet, type_chinese

KIND = "rectification"


def _wait(qtbot: Any, said: Callable[[], bool]) -> None:
    qtbot.waitUntil(said, timeout=PATIENCE_MS)


def _toast(shell: Shell) -> str:
    return shell.workspace.toasts.text


def test_a_new_item_is_typed_with_an_input_method_and_saved_by_keyboard(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    qtbot.keyClick(page.table, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    clerk.workspace.page.new()
    form = page.form
    entry = form.fields.editors["title"].entry
    _wait(qtbot, lambda: form.is_new)
    type_chinese(entry, "窗口服务超时")
    assert form.dirty
    form.save()
    _wait(qtbot, lambda: page.table.rows.rowCount() == 41)
    quiet(qtbot, clerk)
    record = clerk.session.find(Query(kind=KIND, search="窗口服务超时"))[0]
    assert record.state == "drafted"
    _wait(qtbot, lambda: form.uid == record.uid)
    _wait(qtbot, lambda: page.table.current() is not None and page.table.current().uid == record.uid)
    _wait(qtbot, lambda: "已新建" in _toast(clerk))


def test_a_saved_new_item_stays_in_the_form_while_the_list_is_read_again(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row before is still the list's for a while: a step pressed then would be taken of another item."""
    page = ledger(qtbot, clerk, rows=40)
    before = choose_row(qtbot, page, 3).uid
    page._settle.setInterval(0)  # noqa: SLF001
    shown: list[str] = []
    take = page.form.show_record
    monkeypatch.setattr(page.form, "show_record", lambda uid, focus=False: (shown.append(uid), take(uid, focus)))
    page.new()
    page.form.fields.editors["title"].entry.setText("窗口服务超时")
    page.form.save()
    _wait(qtbot, lambda: page.table.current() is not None and page.table.current().uid == page.form.uid != before)
    quiet(qtbot, clerk)
    assert before not in shown
    page.table.select_row(5)  # the form follows the list again
    _wait(qtbot, lambda: page.form.uid == page.table.current().uid and not page.form.is_new)
    assert shown[-1] == page.form.uid


def test_a_new_item_is_not_taken_away_by_a_list_that_is_read_again(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    before = choose_row(qtbot, page, 3)
    page._settle.setInterval(0)  # noqa: SLF001
    page.table.reload()  # on its way while the new one is begun
    page.new()
    page.form.fields.editors["title"].entry.setText("窗口服务超时")
    clerk.session.set(KIND, before.uid, {"note": "另有改动"})
    quiet(qtbot, clerk)
    qtbot.wait(50)
    assert page.form.is_new and page.form.fields.editors["title"].entry.text() == "窗口服务超时"
    choose_row(qtbot, page, 5)
    qtbot.keyClick(page.table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    page.copy_row()
    page.table.reload()
    quiet(qtbot, clerk)
    qtbot.wait(50)
    assert page.form.is_new


def test_the_row_one_comes_back_to_is_the_one_shown(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    here = choose_row(qtbot, page, 3).uid
    page.form.show_record(page.table.rows.row(7).uid)  # on its way …
    page.form.show_record(here)  # … and the cursor is back
    quiet(qtbot, clerk)
    assert page.form.uid == here
    other = page.table.rows.row(7).uid
    page.form.show_record(other)
    page.form.refresh()  # a change of the book meanwhile
    _wait(qtbot, lambda: page.form.uid == other)


def test_what_is_typed_and_where_one_goes_while_a_save_runs(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    form, first = page.form, choose_row(qtbot, page, 3).uid
    title, note = form.fields.editors["title"].entry, form.fields.editors["note"]
    title.setText("甲")
    form.save()
    title.setText("甲乙")  # typed on, before the first was kept
    _wait(qtbot, lambda: clerk.session.must_get(KIND, first).values["title"] == "甲")
    quiet(qtbot, clerk)
    assert form.uid == first and title.text() == "甲乙" and form.dirty
    form.save()
    other = page.table.rows.row(5).uid
    page.table.select_row(5)
    form.show_record(other)
    assert form.uid == first, "it goes on once that is kept"
    _wait(qtbot, lambda: form.uid == other)
    quiet(qtbot, clerk)
    assert clerk.session.must_get(KIND, first).values["title"] == "甲乙"
    assert page.table.current().uid == other, "the list does not go back to what was saved"
    page.new()
    form.fields.editors["title"].entry.setText("丙")
    form.save()
    page.new()
    quiet(qtbot, clerk)
    assert form.is_new and not form.dirty and len(clerk.session.find(Query(kind=KIND, search="丙"))) == 1
    form.discard()
    choose_row(qtbot, page, 3)
    title.setText("")
    note.set_raw("留着")
    form.save()
    form.show_record(other)
    quiet(qtbot, clerk)
    assert form.uid == first and form.dirty, "refused: it stays, with what was typed"
    form.save()
    clerk.lock(forced=True)  # before it is heard that it is refused again
    log_in(qtbot, clerk, "clerk")
    page = ledger(qtbot, clerk, rows=41)
    page.form.show_record(first)
    _wait(qtbot, lambda: page.form.uid == first)
    assert page.form.fields.editors["note"].raw() == "留着" and page.form.dirty, "the lock kept it as a draft"


def test_who_saves_in_the_middle_of_a_text_types_on_where_the_cursor_stands(qtbot: Any, clerk: Shell) -> None:
    clerk.activateWindow()
    _wait(qtbot, clerk.isActiveWindow)
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, 3)
    for name, text in (("measures", "倒排工期。\n" * 30 + "逐项明确。"), ("title", "窗口服务")):
        entry = page.form.fields.editors[name].entry
        entry.setFocus()
        entry.clear()
        type_chinese(entry, text)
        page.save()
        quiet(qtbot, clerk)
        assert not page.form.dirty and clerk.focusWidget() is entry
        type_chinese(entry, "尾")
        clerk.session.set(KIND, page.form.uid, {"phone": "0000-1234567"})  # read again while one types
        quiet(qtbot, clerk)
        type_chinese(entry, "声")
        assert (entry.text() if name == "title" else entry.toPlainText()) == f"{text}尾声"
        page.save()
        quiet(qtbot, clerk)


def test_what_is_wrong_is_said_beside_the_entry(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    page.new()
    form = page.form
    form.fields.editors["deadline"].entry.setText("2022.13.1")
    form.save()
    problem = form.fields._problems["deadline"]  # noqa: SLF001
    assert "不是日期" in problem.text() and not problem.isHidden()
    form.fields.editors["deadline"].entry.setText("22.9.5")
    form.save()
    title = form.fields._problems["title"]  # noqa: SLF001
    _wait(qtbot, lambda: "必填" in title.text())
    assert page.table.rows.rowCount() == 40
    form.discard()


def test_what_was_typed_and_not_saved_is_there_after_a_lock(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 1)
    entry = page.form.fields.editors["problem"].entry
    entry.setFocus()
    type_chinese(entry, "还没写完的话")
    assert page.form.dirty
    choose_row(qtbot, page, 3)
    assert "草稿" in _toast(clerk)
    choose_row(qtbot, page, 1)
    assert page.form.fields.editors["problem"].entry.toPlainText() == "还没写完的话"
    assert clerk.lock()
    log_in(qtbot, clerk, "clerk")
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, 1)
    assert page.form.uid == row.uid and page.form.dirty
    assert page.form.fields.editors["problem"].entry.toPlainText() == "还没写完的话"
    assert clerk.session.get(KIND, row.uid).values["problem"] is None
    page.form.save()
    quiet(qtbot, clerk)
    assert clerk.session.get(KIND, row.uid).values["problem"] == "还没写完的话"
    assert not page.form.dirty


def test_filters_narrow_show_as_chips_are_kept_by_name_and_remembered(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    page.filter.set((Where("state", "in", ["drafted"]),))
    _wait(qtbot, lambda: page.table.rows.rowCount() == 10)
    chips = [button.text() for button in page.filter.findChildren(QPushButton) if button.property("class") == "chip"]
    assert "状态：拟办" in chips
    page.filter.save_as("没交办的")
    page.filter.clear()
    _wait(qtbot, lambda: page.table.rows.rowCount() == 40)
    page.filter.apply_saved("没交办的")
    _wait(qtbot, lambda: page.table.rows.rowCount() == 10)
    assert clerk.lock()
    log_in(qtbot, clerk, "clerk")
    page = ledger(qtbot, clerk, rows=10)
    today = dt.date.today()
    page.filter.set((Where("deadline", "ge", today), Where("deadline", "le", today + dt.timedelta(days=3))), "整改")
    _wait(qtbot, lambda: page.table.rows.rowCount() == 4)
    page.filter.set((), "没有这样的事")
    _wait(qtbot, lambda: page.table.rows.rowCount() == 0)
    assert page.table.empty.isVisible()
    page.table.empty.clicked.emit()
    _wait(qtbot, lambda: page.table.rows.rowCount() == 40)


def test_a_click_on_a_heading_sorts_and_the_choice_is_remembered(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    place = next(i for i, c in enumerate(page.table.rows.columns) if c.key == "deadline")
    header = page.table.horizontalHeader()
    header.sectionClicked.emit(place)
    header.sectionClicked.emit(place)
    _wait(qtbot, lambda: page.table.rows.row(0) is not None and "第40项" in page.table.rows.row(0).texts[0])
    header.resizeSection(0, 333)
    page.table.arranged.remember()
    assert clerk.lock()
    log_in(qtbot, clerk, "clerk")
    page = ledger(qtbot, clerk, rows=40)
    _wait(qtbot, lambda: page.table.rows.row(0) is not None and "第40项" in page.table.rows.row(0).texts[0])
    assert abs(page.table.horizontalHeader().sectionSize(0) - 333) < 4


def test_an_item_goes_from_hand_to_hand_and_nobody_closes_their_own(
    qtbot: Any, clerk: Shell, open_shell: Callable[..., Shell]
) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 0)
    cycle = clerk.session.kinds.lifecycle_of(KIND)
    for name in ("assign", "acknowledge", "request-close-out"):

        def go(dialog: Any) -> None:
            for fields in dialog._fields:
                if "content" in fields.editors:
                    fields.editors["content"].set_raw("已经整改到位")
            dialog.ok.click()

        answer(go)
        page.form.take_step(cycle.action(name))
        quiet(qtbot, clerk)
    assert clerk.session.get(KIND, row.uid).state == "close_out_requested"
    _wait(qtbot, lambda: any(e.head.startswith("申请销号") for e in page.form.timeline._events))  # noqa: SLF001
    assert "close-out" not in [p.action.name for p in page.form._shown.possible if p.allowed]  # noqa: SLF001
    assert clerk.lock()
    log_in(qtbot, clerk, "reviewer")
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, 0)
    answer(lambda dialog: dialog.ok.click())
    page.form.take_step(cycle.action("close-out"))
    quiet(qtbot, clerk)
    _wait(qtbot, lambda: clerk.session.get(KIND, row.uid).state == "closed_out")
    _wait(qtbot, lambda: "不再改动" in page.form._banner.text())  # noqa: SLF001
    assert not page.form._foot.isVisible()  # noqa: SLF001


def test_a_deleted_row_comes_back_with_the_toast(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, 5)
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    _wait(qtbot, lambda: page.table.rows.rowCount() == 39)
    _wait(qtbot, lambda: "已删除 1 条" in _toast(clerk))  # the list may have heard of it before
    clerk.workspace.toasts.findChild(QPushButton).click()
    _wait(qtbot, lambda: page.table.rows.rowCount() == 40)


def test_rows_are_copied_as_text_and_pasted_rows_are_looked_at_before_they_are_added(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    page.table.selectAll()
    page.table.copy(True)
    quiet(qtbot, clerk)
    _wait(qtbot, lambda: QGuiApplication.clipboard().text().count("\n") == 40)
    assert QGuiApplication.clipboard().text().startswith("整改事项\t")
    QGuiApplication.clipboard().setText("事项内容\t责任单位\t整改时限\n河道清淤滞后\t云川市水利局\t2022.9.5\n校园周边秩序乱\t没有的局\t2022年9月6日\n")
    page.rows.paste()
    dialog = page.findChild(PasteDialog)
    assert dialog.table.pasted.problems == 1 and not dialog.ok.isEnabled()
    dialog.table.item(2, 1).setText("教育局")
    assert dialog.table.pasted.problems == 1
    dialog.table.item(2, 1).setText("云川市教育局")
    assert dialog.table.pasted.problems == 0 and dialog.ok.isEnabled()
    dialog.ok.click()
    _wait(qtbot, lambda: page.table.rows.rowCount() == 42)
    added = clerk.session.find(Query(kind=KIND, search="校园周边秩序乱"))[0]
    assert added.values["deadline"] == dt.date(2022, 9, 6)
    clerk.workspace.undo()
    _wait(qtbot, lambda: page.table.rows.rowCount() == 40)


def test_many_rows_are_filled_at_once_and_one_undo_takes_it_back(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    page.filter.set((Where("state", "in", ["drafted"]),))
    _wait(qtbot, lambda: page.table.rows.rowCount() == 10)
    page.table.selectAll()
    page.rows.bulk()
    dialog = QApplication.activeModalWidget() or page.findChildren(type(page.window()))[0]
    dialog._fill_radio.setChecked(True)  # noqa: SLF001
    dialog.fields.setCurrentIndex(dialog.fields.findText("责任人"))
    dialog.editor.set_raw("郑怀瑾")
    dialog.ok.click()
    _wait(qtbot, lambda: clerk.session.count(Query(kind=KIND, where=(Where("responsible_person", "eq", "郑怀瑾"),))) == 10)
    quiet(qtbot, clerk)
    clerk.workspace.undo()
    _wait(qtbot, lambda: clerk.session.count(Query(kind=KIND, where=(Where("responsible_person", "eq", "郑怀瑾"),))) == 0)


def test_a_viewer_sees_everything_and_changes_nothing(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("guest")
    page = ledger(qtbot, shell, rows=40)
    choose_row(qtbot, page, 0)
    assert not page.form._foot.isVisible()  # noqa: SLF001
    assert page.form.fields.editors["title"].entry.isReadOnly()
    page.rows.delete()
    page.new()
    quiet(qtbot, shell)
    assert page.table.rows.rowCount() == 40 and not page.form.is_new


def test_an_entry_typed_while_the_record_changes_elsewhere_is_kept(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 2)
    type_chinese(page.form.fields.editors["problem"].entry, "我写的")
    clerk.session.set(KIND, row.uid, {"responsible_person": "郑怀瑾"})
    _wait(qtbot, lambda: page.form.fields.editors["responsible_person"].entry.text() == "郑怀瑾")
    assert page.form.fields.editors["problem"].entry.toPlainText() == "我写的"
    page.form.discard()


def test_files_are_kept_with_a_child_and_come_back_as_they_were(qtbot: Any, clerk: Shell, tmp_path: Any) -> None:
    page = ledger(qtbot, clerk, rows=40)
    row = choose_row(qtbot, page, 1)
    page.form._tabs.setCurrentIndex(2)  # noqa: SLF001
    lists = page.form.children_lists._lists  # noqa: SLF001
    assert {"progress", "evidence"} <= set(lists)
    lists["evidence"].add_asked.emit("evidence")
    dialog = QApplication.activeModalWidget() or page.form.children_lists.findChild(ChildDialog)
    file = tmp_path / "现场照片.txt"
    file.write_text("整改前后对比", "utf-8")
    dialog.fields.editors["content"].set_raw("已整改到位")
    dialog.fields.editors["files"].add_files([file])
    _wait(qtbot, lambda: dialog.fields.editors["files"].value() is not None)
    dialog.ok.click()
    _wait(qtbot, lambda: len(clerk.session.children(row.uid, "evidence")) == 1)
    kept = clerk.session.children(row.uid, "evidence")[0].values["files"][0]
    assert kept.name == "现场照片.txt"
    assert clerk.session.attachment_bytes("evidence", kept.sha256).decode("utf-8") == "整改前后对比"
    _wait(qtbot, lambda: lists["evidence"]._table.rowCount() == 1)  # noqa: SLF001
    quiet(qtbot, clerk)


def test_columns_are_chosen_and_the_choice_is_remembered(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    before = [column.key for column in page.table.arranged.shown()]
    place = next(i for i, c in enumerate(page.table.rows.columns) if c.key == "category")
    page.table.arranged._show_column(place, False)  # noqa: SLF001
    page.table.arranged.remember()
    assert clerk.lock()
    log_in(qtbot, clerk, "clerk")
    page = ledger(qtbot, clerk, rows=40)
    assert [column.key for column in page.table.arranged.shown()] == [key for key in before if key != "category"]
    page.table.arranged.forget()
    assert [column.key for column in page.table.arranged.shown()] == before
    page.table.arranged.remember()
    assert "columns" not in page.window_.settings.view("list.rectification"), "they fit themselves again"


def test_a_total_that_its_roster_does_not_bear_out_is_told_in_the_form(qtbot: Any, open_shell: Any) -> None:
    shell = open_shell("clerk")
    session = shell.session
    unit = next(iter(session.names.units()))
    held = session.add("training_class", {"name": "能力提升班", "attendances": 30})
    for name in ("赵燚", "王赟"):
        session.add("training_attendance", {"name": name, "unit": unit, "attended_on": dt.date(2022, 9, 5)}, parent=held)
    page = shell.workspace.open("ledger:training_class")
    qtbot.waitUntil(lambda: page.table.rows.loaded and page.table.rows.rowCount() == 1, timeout=PATIENCE_MS)
    choose_row(qtbot, page, 0)
    qtbot.waitUntil(lambda: not page.form._banner.isHidden(), timeout=PATIENCE_MS)  # noqa: SLF001
    assert page.form._banner.text() == "「参训人次」填的是 30，按参训名单是 2，请核对；清空这一栏即按名单算。"  # noqa: SLF001
    page.form.fields.editors["attendances"].set_value(None)
    page.save()
    qtbot.waitUntil(lambda: page.form._banner.isHidden(), timeout=PATIENCE_MS)  # noqa: SLF001
    values = session.must_get("training_class", held).values
    assert (values["people"], values["attendances"]) == (2, 2)


def test_a_roster_is_pasted_under_a_class_that_was_held(qtbot: Any, open_shell: Any) -> None:
    shell = open_shell("clerk")
    session = shell.session
    held = session.add("training_class", {"name": "能力提升班", "held_on": dt.date(2022, 9, 5)})
    session.take_step("training_class", held, "hold")
    page = shell.workspace.open("ledger:training_class")
    qtbot.waitUntil(lambda: page.table.rows.loaded and page.table.rows.rowCount() == 1, timeout=PATIENCE_MS)
    choose_row(qtbot, page, 0)
    assert "下级记录仍可登记" in page.form._banner.text()  # noqa: SLF001
    page.form._tabs.setCurrentIndex(2)  # noqa: SLF001
    many = next(b for b in page.form.findChildren(QPushButton) if b.accessibleName() == "成批添加参训名单")
    qtbot.waitUntil(many.isVisible, timeout=PATIENCE_MS)
    many.click()
    grid = next(w for w in QApplication.topLevelWidgets() if isinstance(w, GridDialog) and w.isVisible())
    grid.grid.paste("姓名\t单位\n赵燚\t云川市财政局\n王赟\t没有的局\n")
    grid.accept()
    assert session.children(held) == [], "one that cannot be keeps all of them out"
    grid.grid.paste("姓名\t单位\n赵燚\t云川市财政局\n王赟\t安坪县\n")
    grid.accept()
    qtbot.waitUntil(lambda: len(session.children(held)) == 2, timeout=PATIENCE_MS)
    assert {r.values["attended_on"] for r in session.children(held)} == {dt.date(2022, 9, 5)}
    values = session.must_get("training_class", held).values
    assert (values["people"], values["attendances"]) == (2, 2)
    shell.workspace.undo()
    qtbot.waitUntil(lambda: session.children(held) == [], timeout=PATIENCE_MS)
    assert session.must_get("training_class", held).values["people"] is None


def test_what_was_closed_out_takes_nothing_more(clerk: Shell) -> None:
    session = clerk.session
    kind = session.kinds.get("rectification")
    record = session.find(Query(kind="rectification"))[0]
    record.state = "closed_out"
    assert not record_bundle._adds_when_closed(session, kind, record)  # noqa: SLF001
    assert "下级记录" not in record_bundle.may_write(session, kind, record)[1]
