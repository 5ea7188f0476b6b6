"""A clerk takes in a county's workbook: sees each change, decides by keyboard, accepts, and can take all of it back."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit

from db.domain import return_status
from db.errors import WorkFailed
from db.model import periods
from db.model.query import Query
from desktop.exchange.apply import accept
from desktop.exchange.write import workbook
from desktop.ui.exchange.merge.incoming_file import (
    DONE,
    FOREIGN,
    LOCKED,
    READING,
    READY,
    REFUSED,
    SAME,
    WAITING,
)
from desktop.ui.exchange.merge.lines import LEAVE, TAKE, WAIT
from desktop.ui.exchange.merge.mapping import MappingDialog
from tests.gui import exchange_office as made_up

ITEM, LATE, ROAD = (made_up.ITEMS[at][0] for at in (0, 5, 9))
NEW = "村级公示栏内容长期不更新"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def returned(session: Any, tmp_path: Path) -> Path:
    """The workbook of 安坪县 as it comes back, while the progress of one item was changed here as well."""
    file = made_up.unit_workbook(session, tmp_path, blank_rows=10)
    made_up.fill_by_hand(file)
    made_up.disagree(session)
    return file


def item(session: Any, title: str) -> Any:
    return session.find(Query(kind="rectification", search=title))[0]


def opened(qtbot: Any, window: Any, *files: Path) -> Any:
    """The merge view over these files, all of them read."""
    page = window.open("exchange")
    page.take(list(files))
    view = page.merge
    settled = lambda: bool(view.files) and all(f.state not in (WAITING, READING) for f in view.files)  # noqa: E731
    made_up.settle(qtbot, window, settled)
    return view


def shown(view: Any) -> list[tuple[str, str, str]]:
    return [(line.group, line.row.title, line.label) for line in view.table.model_.shown]


def press(qtbot: Any, view: Any, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(view.table, key, keys)


def said(window: Any) -> str:
    """All that stands in the window."""
    return " ".join(text.text() for text in window.findChildren(QLabel))


def words(view: Any) -> str:
    """What stands where the table would be."""
    return " ".join(text.text() for text in view.empty.findChildren(QLabel))


def front(view: Any, file: Any) -> None:
    """One file of several in front."""
    view.list.selectRow(next(at for at, line in enumerate(view.list.lines) if line.data is file))


def go(view: Any, title: str, label: str) -> Any:
    at = next(i for i, line in enumerate(view.table.model_.shown) if (line.row.title, line.label) == (title, label))
    view.table.go_to(at)
    return view.table.model_.shown[at]


def test_every_change_is_listed_and_nothing_is_written_by_looking(qtbot: Any, session: Any, returned: Path) -> None:
    before = item(session, LATE).values["responsible_person"]
    with made_up.window_over(session) as window:
        view = opened(qtbot, window, returned)
        assert set(shown(view)) == {
            ("changed", LATE, "责任人"), ("changed", LATE, "进展情况"), ("changed", ROAD, "整改措施"),
            ("refused", ROAD, "整改时限"), ("error", ITEM, "整改到位时间"), ("conflict", ITEM, "进展情况"),
            ("added", NEW, "整条"),
        }  # fmt: skip
        assert view.outcome.text() == "将新增 1 条，修改 3 处，留待处理 1 处"
        go(view, ITEM, "整改到位时间")
        assert "不是日期：2022.13.1" in view.details.message.text()
        go(view, ROAD, "整改时限")
        assert "由交办方填写" in view.details.message.text()
        assert not view.details.bar.isVisible()
        view.show_group("conflict")
        assert shown(view) == [("conflict", ITEM, "进展情况")]
        assert view.details.base.isVisible()
        view.show_group("")
        view.search.setText("养护")
        qtbot.waitUntil(lambda: len(shown(view)) == 2)
        view.leave()
        assert item(session, LATE).values["responsible_person"] == before
        assert not session.find(Query(kind="rectification", search=NEW))


def test_decisions_by_keyboard_are_what_is_written(qtbot: Any, session: Any, returned: Path) -> None:
    with made_up.window_over(session) as window:
        view = opened(qtbot, window, returned)
        lines = view.file.lines
        person = go(view, LATE, "责任人")
        press(qtbot, view, Qt.Key.Key_Space)
        assert lines.decided(person) == LEAVE
        measures = go(view, ROAD, "整改措施")
        press(qtbot, view, Qt.Key.Key_Left)
        press(qtbot, view, Qt.Key.Key_Right)
        assert lines.decided(measures) == TAKE
        press(qtbot, view, Qt.Key.Key_Return)
        conflict = view.table.line()
        assert conflict.group == "conflict"
        press(qtbot, view, Qt.Key.Key_Right)
        assert lines.decided(conflict) == TAKE
        press(qtbot, view, Qt.Key.Key_Backspace)
        assert lines.decided(conflict) == WAIT
        press(qtbot, view, Qt.Key.Key_Right)
        go(view, LATE, "进展情况")
        press(qtbot, view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
        assert {lines.word(line) for line in lines.of_row(person.row)} == {"不采用"}
        press(qtbot, view, Qt.Key.Key_Right)
        added = go(view, NEW, "整条")
        lines.leave_field(added.row, "problem", True)
        assert view.outcome.text() == "将新增 1 条，修改 2 处，定下冲突 1 处，不采用 1 处"
        file = view.file
        view.accept()
        made_up.settle(qtbot, window, lambda: file.state == DONE)
        late, new = item(session, LATE), item(session, NEW)
        assert late.values["responsible_person"] == "周明"
        assert late.values["progress"].startswith("三件超期事项")
        assert new.values["problem"] is None
        assert new.values["measures"] == "每月 5 日前更新，拍照留存。"
        assert item(session, ITEM).values["progress"].startswith("已对 9 个乡镇")
        assert "新增 1 条，修改 2 条" in window.toasts.text or "新增 1 条，修改 3 条" in window.toasts.text


def test_the_report_goes_to_the_clipboard_with_sheet_and_cell(qtbot: Any, session: Any, returned: Path) -> None:
    with made_up.window_over(session) as window:
        view = opened(qtbot, window, returned)
        view.copy_report()
        made_up.settle(qtbot, window)
        text = QGuiApplication.clipboard().text()
        assert "来自\t安坪县" in text
        assert "合计\t新增 1，修改 3，冲突 1，不予采用 1，有错 1，没有变化 3 行" in text
        assert "整改到位时间" in text and "整改清单 O" in text
        go(view, LATE, "责任人")
        view.copy_lines()
        assert QGuiApplication.clipboard().text().split("\t")[2:6] == [LATE, "责任人", "周明", "周明、刘敏"]


def test_history_shows_the_import_and_takes_it_back_as_a_whole(
    qtbot: Any, session: Any, returned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, returned)
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        cells = [cell if isinstance(cell, str) else cell[0] for cell in page.imports.lines[0].cells]
        assert cells[1:] == ["安坪县", returned.name, "陈思远", "1", "2", "1", "1", "1", "已导入"]
        assert page.waiting.isVisibleTo(page) and "1 处冲突" in page.waiting_text.text()
        session.set("rectification", item(session, ROAD).uid, {"measures": "改为按周拨付。"})
        told: list[list[str]] = []
        monkeypatch.setattr(page.history, "tell_kept", lambda kept, since: told.append(kept))
        page.history.undo_import(page.imports.lines[0].key)
        made_up.settle(qtbot, window, lambda: page.imports.lines[0].data.undone)
        assert told == [[f"整改清单「{ROAD}」的“整改措施”"]]
        assert item(session, ROAD).values["measures"] == "改为按周拨付。"
        assert item(session, LATE).values["responsible_person"] == "周明"
        assert not session.find(Query(kind="rectification", search=NEW))
        assert not page.waiting.isVisibleTo(page)
        assert not page.history.undo_button.isVisible() and page.history.redo_button.isVisible()


def test_the_same_file_again_says_so_and_changes_nothing(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = made_up.unit_workbook(session, tmp_path)
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, file)
        assert view.file.state == SAME
        assert "没有要改的内容" in words(view)
        assert view.accept_button.text() == "登记为已交回"
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        view = opened(qtbot, window, file)
        assert "已由 admin 导入过；再导一次不会重复" in view.remarks.text()


def test_files_that_change_nothing_are_noted_as_handed_in_and_nothing_is_to_be_accepted(
    qtbot: Any, session: Any, tmp_path: Path
) -> None:
    """With one readable file among broken ones, and with several; by the key, and the board of who has handed in says so."""
    unit = session.names.unit_by_name("安坪县")
    file = workbook.export(session, ["rectification"], tmp_path / "安坪县.xlsx", unit=unit).file
    broken = tmp_path / "损坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    before = item(session, ROAD).values
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, file, broken)
        assert view.together and view.accept_button.text() == "登记 1 份为已交回"
        assert view.accept_button.property("class") == "" and view.accept_button.isEnabled()
        assert view.outcome.text() == "没有要改的内容"
        view.next_question()
        assert window.toasts.text == "没有待定的冲突了。按 Ctrl+Enter 登记 1 份为已交回。"
        next(c for c in view.commands() if c.keys == "Ctrl+Return").run()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert window.toasts.text == "已登记 1 份文件 交回，没有要改的内容。"
    assert item(session, ROAD).values == before
    (row,) = [row for row in return_status.board(session, periods.week_of(dt.date.today())) if row.unit == unit]
    assert row.status == "handed_in"


def test_the_button_follows_what_is_decided(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = made_up.unit_workbook(session, tmp_path, blank_rows=10)
    made_up.fill_by_hand(file)
    with made_up.window_over(session) as window:
        view = opened(qtbot, window, file)
        assert (view.accept_button.text(), view.accept_button.property("class")) == ("接受并导入", "primary")
        view.decide_all(LEAVE)
        assert (view.accept_button.text(), view.accept_button.property("class")) == ("登记为已交回", "")
        view.decide_all(TAKE)
        assert (view.accept_button.text(), view.accept_button.property("class")) == ("接受并导入", "primary")


def test_a_folder_is_gone_through_file_by_file(qtbot: Any, session: Any, returned: Path, tmp_path: Path) -> None:
    folder = tmp_path / "收回"
    folder.mkdir()
    shutil.move(returned, folder / returned.name)
    (folder / "损坏.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (folder / "~$安坪县.xlsx").write_bytes(b"owner")
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, folder)
        states = {file.path.name: file.state for file in view.files}
        assert states == {returned.name: READY, "损坏.xlsx": REFUSED, "~$安坪县.xlsx": REFUSED}
        assert view.files_card.isVisible()
        broken = next(file for file in view.files if file.path.name == "损坏.xlsx")
        assert view.together and [line.row.title for line in view.lines.all if not line.row.kind] == ["损坏.xlsx", "~$安坪县.xlsx"]
        front(view, broken)
        assert view.title.text() == "损坏.xlsx"
        assert words(view).endswith("。"), words(view)
        assert not view.accept_button.isEnabled()
        front(view, next(file for file in view.files if file.state == READY))
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert [file.state for file in view.files if file.path.name == returned.name] == [DONE]


def test_a_single_broken_file_says_why_and_leads_back(qtbot: Any, session: Any, tmp_path: Path) -> None:
    broken = tmp_path / "损坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, broken)
        assert view.file.state == REFUSED
        assert view.isVisible() and "不完整" in words(view)
        view.empty.clicked.emit()
        assert page.zone.isVisible()


def test_a_cancelled_import_writes_nothing_and_can_be_done_again(
    qtbot: Any, session: Any, returned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    really = accept.accept

    def slowly(opened: Any, plan: Any, choices: Any, *, progress: Any, **more: Any) -> Any:
        begun.set()
        go_on.wait(10)
        progress(0, 1, "正在写入台账")
        return really(opened, plan, choices, progress=progress, **more)

    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, returned)
        monkeypatch.setattr(accept, "accept", slowly)
        view.accept()
        qtbot.waitUntil(begun.is_set)
        assert not view.accept_button.isEnabled() and not view.table.isEnabled()
        window.jobs.writing.cancel()
        go_on.set()
        made_up.settle(qtbot, window, lambda: "已取消" in window.errors.text)
        assert not session.find(Query(kind="rectification", search=NEW))
        assert view.file.state == READY and view.accept_button.isEnabled() and view.table.isEnabled()
        monkeypatch.setattr(accept, "accept", really)
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert session.find(Query(kind="rectification", search=NEW))


def test_a_cancel_that_comes_too_late_is_no_cancel(
    qtbot: Any, session: Any, returned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = accept.accept

    def late(opened: Any, plan: Any, choices: Any, **more: Any) -> Any:
        result = really(opened, plan, choices, **more)
        window.jobs.writing.cancel()
        return result

    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, returned)
        monkeypatch.setattr(accept, "accept", late)
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert "已导入" in window.toasts.text
        assert page.zone.isVisible()


def test_decisions_outlast_a_lock_without_any_content_on_the_disk(qtbot: Any, session: Any, returned: Path) -> None:
    with made_up.window_over(session) as window:
        view = opened(qtbot, window, returned)
        go(view, LATE, "责任人")
        press(qtbot, view, Qt.Key.Key_Left)
        go(view, ITEM, "进展情况")
        press(qtbot, view, Qt.Key.Key_Right)
        view.file.lines.leave_field(go(view, NEW, "整条").row, "problem", True)
        view.leave()
    kept = (session.folder / "views" / "admin.json").read_text("utf-8")
    assert "刘敏" not in kept and "公示栏" not in kept
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, returned)
        lines = view.file.lines
        assert lines.word(go(view, LATE, "责任人")) == "不采用"
        assert lines.word(go(view, ITEM, "进展情况")) == "用对方"
        assert lines.leaves_field(go(view, NEW, "整条").row, "problem")
        assert view.outcome.text() == "将新增 1 条，修改 2 处，定下冲突 1 处，不采用 1 处"
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert window.settings.view("merge") == {}


def test_leaving_while_a_file_is_read_forgets_it(qtbot: Any, session: Any, returned: Path) -> None:
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        page.take([returned])
        qtbot.waitUntil(lambda: bool(page.merge.files))
        page.escape()
        made_up.settle(qtbot, window)
        assert page.merge.files == [] and page.zone.isVisible()
        view = opened(qtbot, window, returned)
        assert view.file.state == READY


def test_a_workbook_with_a_password_asks_for_it(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = made_up.unit_workbook(session, tmp_path, password="anping-2022")
    answers = ["wrong-one", "anping-2022"]

    def answer(dialog: Any) -> int:
        dialog.findChild(QLineEdit).setText(answers.pop(0))
        return QDialog.DialogCode.Accepted

    with made_up.window_over(session) as window, pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", answer)
        page = window.open("exchange")
        page.take([file])
        view = page.merge
        made_up.settle(qtbot, window, lambda: bool(view.files) and view.files[0].state == SAME)
        assert answers == []


def test_leaving_the_password_blank_leaves_the_file_alone(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = made_up.unit_workbook(session, tmp_path, password="anping-2022")
    with made_up.window_over(session) as window, pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", lambda dialog: QDialog.DialogCode.Rejected)
        view = opened(qtbot, window, file)
        assert view.file.state == LOCKED
        assert "密码" in words(view)


def test_files_are_dropped_on_the_page(qtbot: Any, session: Any, returned: Path) -> None:
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(returned))])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        page.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))
        made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == READY)
        assert page.merge.table.hasFocus() or page.merge.isVisible()


def test_a_viewer_can_look_at_the_history_but_not_import(qtbot: Any, session: Any, returned: Path) -> None:
    from db import office

    office.add_user(session, "sunqi", "孙琪", "viewer", made_up.PASSWORD)
    folder = session.folder
    session.close()
    viewer = office.open_office(folder, "sunqi", made_up.PASSWORD)
    try:
        with made_up.window_over(viewer) as window:
            page = window.open("exchange")
            page.take([returned])
            made_up.settle(qtbot, window)
            assert "不能导入" in window.errors.text
            assert not page.zone.isVisible()
            assert not page.export_button.isEnabled()
    finally:
        viewer.close()


def foreign(folder: Path) -> Path:
    """An office's own ledger: a title, its own headings, a total."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "问题台账"
    for row in (
        ["2022年第三季度问题整改台账"],
        ["序号", "事项名称", "责任单位", "完成时限", "主抓人", "整改办法"],
        ["1", "食堂留样记录不全", "安坪县", "2022.10.15", "刘敏", "补齐记录，专人签字。"],
        ["2", "门诊叫号系统常断", "清禾区", "2022年11月1日", "周明", "更换设备。"],
        ["合计", "2"],
    ):
        sheet.append(row)
    path = folder / "第三季度台账.xlsx"
    book.save(path)
    return path


def test_an_office_s_own_ledger_is_mapped_shown_and_corrected(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = foreign(tmp_path)

    def answer(dialog: Any) -> int:
        assert isinstance(dialog, MappingDialog) and dialog.kind.name == "rectification"
        qtbot.waitUntil(lambda: "主抓人" in dialog.entries)
        entry = dialog.entries["主抓人"]
        entry.setCurrentIndex(entry.findData("title"))
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        assert dialog.entries["事项名称"].currentData() == ""  # a field is filled from one column
        entry.setCurrentIndex(entry.findData("responsible_person"))
        dialog.accept()
        assert not dialog.result()  # until the sheet was looked at once more
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        assert dialog.entries["事项名称"].currentData() == "title"  # proposed again, now that it is free
        dialog.accept()
        assert not dialog.wishes().mapping["问题台账"]["序号"]
        return dialog.result()

    with made_up.window_over(session) as window, pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", answer)
        page = window.open("exchange")
        window.services.import_files([file], "rectification")
        view = page.merge
        made_up.settle(qtbot, window, lambda: bool(view.files) and view.files[0].state == READY)
        assert "表头在第 2 行" in view.remarks.text() and "跳过" in view.remarks.text()
        assert view.columns.isVisible()
        assert (view.file.lines.counts["added"], view.file.lines.counts["skipped"]) == (2, 2)
        added = [line for line in view.lines.all if line.group == "added"]
        filled = [{name: text for name, _, text in view.lines.fields_of(line.row)} for line in added]
        people = {each["responsible_person"] for each in filled}
        assert people == {"刘敏", "周明"}
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert item(session, "食堂留样记录不全").values["responsible_person"] == "刘敏"


def of_three_ledgers(folder: Path, name: str = "综合台账.xlsx", more: int = 0) -> Path:
    """Sheets of three ledgers, a second one of the first, and a note."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    problems = ["序号", "整改事项", "责任单位", "完成时限", "整改措施"]
    sheets: dict[str, list[list[str]]] = {
        "八月问题": [problems, ["1", "食堂留样记录不全", "安坪县", "2022.10.15", "补齐记录。"]],
        "风险": [["序号", "风险隐患", "领域", "责任单位", "防范化解措施"], ["1", "老旧小区线路老化", "", "清禾区", "逐户排查。"]],
        "九月问题": [problems, ["1", "门诊叫号系统常断", "清禾区", "2022.11.1", "更换设备。"]],
        "楼盘": [["序号", "楼盘名称", "所在位置", "涉及户数"], ["1", "锦绣新城", "清禾区滨河路", "120"]],
        "填表说明": [["本表每月 5 日前报送。"], ["联系人：刘敏"]],
    }
    for at in range(more):
        sheets["风险"].append([str(at + 2), f"第{at + 2}处隐患", "", "安坪县", "盯住。"])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def test_sheets_of_several_ledgers_are_offered_one_ledger_after_the_other(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = of_three_ledgers(tmp_path)
    asked: list[tuple[str, list[str], list[str]]] = []

    def answer(dialog: Any) -> int:
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        sheets = [dialog.tabs.tabText(at) for at in range(dialog.tabs.count())]
        asked.append((dialog.kind.name, sheets, sorted(dialog._left_out)))  # noqa: SLF001
        dialog.accept()
        return dialog.result()

    with made_up.window_over(session) as window, pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", answer)
        page = window.open("exchange")
        window.services.import_files([file], "rectification")
        view = page.merge
        made_up.settle(qtbot, window, lambda: bool(view.files) and view.files[0].state == READY and not window.jobs.writing)
        every = ["八月问题", "风险", "九月问题", "楼盘", "填表说明"]
        assert asked == [("rectification", every, ["填表说明", "楼盘", "风险"])]
        assert "工作表「风险」「楼盘」是另一本台账的，接在后面单独读入。" in view.remarks.text()
        assert [(f.state, f.part) for f in view.files] == [(READY, ()), (FOREIGN, ("风险", "楼盘"))]
        view.accept()
        made_up.settle(qtbot, window, lambda: len(asked) == 2 and view.files[1].state == READY)
        kind, sheets, left_out = asked[1]
        assert sheets == ["风险", "楼盘"] and {kind, *left_out} in ({"risk", "楼盘"}, {"estate", "风险"})
        view.accept()
        made_up.settle(qtbot, window, lambda: len(asked) == 3 and view.files[-1].state == READY)
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 3)
        made = {name: [session.title_of(r) for r in session.find(Query(kind=name))] for name in ("risk", "estate")}
        assert made == {"risk": ["老旧小区线路老化"], "estate": ["锦绣新城"]}
        assert item(session, "门诊叫号系统常断").values["measures"] == "更换设备。"
        # next month it maps itself, each sheet to its ledger, and the same file again is known as taken in
        view = opened(qtbot, window, of_three_ledgers(tmp_path, "综合台账10.xlsx", more=2), file)
        assert len(asked) == 3 and [f.state for f in view.files].count(FOREIGN) == 0
        by_name = {f.title: (f.state, f.as_kind) for f in view.files}
        assert by_name["综合台账10.xlsx"][0] == SAME and len(by_name) == 6
        assert {state for name, (state, kind) in by_name.items() if kind == "risk" and name.startswith("综合台账10")} == {READY}
        assert {state for name, (state, _) in by_name.items() if name.startswith("综合台账.xlsx")} == {SAME}
        # the sheets that it does not read stand in it each month: no news, yet told
        assert view.files[0].message.endswith("（2 行）。没有采用的 3 处见“报告”。")
        assert "找不到表头（2 格）" in view.files[0].lines.report()
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 9)
        assert session.count(Query(kind="risk")) == 3


def test_a_part_of_another_ledger_can_be_left_alone(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = of_three_ledgers(tmp_path)
    answers = [QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected]

    def answer(dialog: Any) -> int:
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        return answers.pop(0)

    with made_up.window_over(session) as window, pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", answer)
        page = window.open("exchange")
        window.services.import_files([file], "rectification")
        view = page.merge
        made_up.settle(qtbot, window, lambda: bool(view.files) and view.files[0].state == READY and not window.jobs.writing)
        view.accept()
        made_up.settle(qtbot, window, lambda: not answers)
        assert view.file.part and view.drop_button.isEnabled() and "是另一本台账的" in words(view)
        view.drop()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert not session.find(Query(kind="risk"))


def test_several_files_are_accepted_together(qtbot: Any, session: Any, tmp_path: Path) -> None:
    files = []
    for name in ("安坪县", "清禾区"):
        unit = session.names.unit_by_name(name)
        made = workbook.export(session, ["rectification"], tmp_path / f"{name}.xlsx", unit=unit, blank_rows=3)
        files.append(made.file)
    made_up.fill_by_hand(files[0])
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, *files)
        assert [file.state for file in view.files] == [READY, SAME]
        assert view.together and view.accept_button.text() == "接受全部 2 份"
        front(view, view.files[1])
        assert view.accept_all_button.isVisible() and view.accept_button.text() == "登记为已交回"
        view.accept_all_button.click()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 2)
        assert {line.cells[1] for line in page.imports.lines} == {"安坪县", "清禾区"}
        assert item(session, LATE).values["responsible_person"] == "周明、刘敏"


def test_where_one_of_several_cannot_be_written_the_rest_can_be_taken_again(
    qtbot: Any, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [changed_by(session, name, tmp_path) for name in ("清禾区", "荷口镇", "云川市信访局")]
    real, broken = accept.accept, [files[1]]

    def once(session: Any, made: Any, *more: Any, **named: Any) -> Any:
        if made.file in broken:
            raise WorkFailed("磁盘满了，没有写入。")
        return real(session, made, *more, **named)

    monkeypatch.setattr(accept, "accept", once)
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = opened(qtbot, window, *files)
        called = [view.list.lines[at].cells[0] for at in range(4)]
        assert called == ["全部文件", "清禾区", "荷口镇", "市信访局"], "by their short names, of which none is cut to that of the city"
        view.accept_all()
        made_up.settle(qtbot, window, lambda: view.files[0].state == DONE and not window.jobs.writing)
        assert [file.state for file in view.files] == [DONE, READY, READY] and len(page.imports.lines) == 1
        assert "磁盘满了，没有写入。" in said(window)
        broken.clear()
        view.accept_all()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 3)
        assert "已导入 3 份文件" in said(window)


def changed_by(session: Any, name: str, folder: Path) -> Path:
    """The workbook of a unit that writes another measure at each of its items."""
    made = workbook.export(session, ["rectification"], folder / f"{name}.xlsx", unit=session.names.unit_by_name(name)).file
    book = openpyxl.load_workbook(made)
    sheet = book["整改清单"]
    head = next(row for row in sheet.iter_rows(max_row=10) if "整改措施" in [cell.value for cell in row])
    column = {cell.value: cell.column for cell in head}
    for at in range(head[0].row + 1, sheet.max_row + 1):
        if sheet.cell(at, column["整改事项"]).value:
            sheet.cell(at, column["整改措施"]).value = f"{name}又改了措施，第 {at} 行。"
    book.save(made)
    return made


def test_what_is_in_front_stays_while_a_folder_is_read(qtbot: Any, session: Any, tmp_path: Path) -> None:
    """158 files are read one by one: each comes behind the others, and nothing that stands there is made, painted or told anew."""
    names = ["清禾区", "云川市行政审批局", "荷口镇", "云川市信访局", "云川市教育局"]
    files = [changed_by(session, name, tmp_path) for name in names]
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        view = page.merge
        told: list[str] = []
        front: list[Any] = []

        def two_are_read(file: Any) -> None:
            if not front and sum(each.state == READY for each in view.files) == 2 and file.state == READY:
                view.table.go_to(len(view.table.model_.shown) - 1)
                front.extend((view.table.line(), list(view.table.model_.shown), dict(view.chips._buttons)))  # noqa: SLF001
                view.table.model_.modelReset.connect(lambda: told.append("all lines"))
                view.table.chosen.connect(lambda line: told.append("a line"))
                view.list.model().modelReset.connect(lambda: told.append("all files"))

        view.incoming.changed.connect(two_are_read)
        page.take(files)
        made_up.settle(qtbot, window, lambda: bool(view.files) and all(f.state == READY for f in view.files))
        line, before, chips = front
        assert told == [] and view.table.line() is line and view.table.currentIndex().row() == len(before) - 1
        assert view.table.model_.shown[: len(before)] == before and len(view.table.model_.shown) == len(view.lines.all) > len(before)
        assert view.table.model_.rowCount() == len(view.table.model_.shown)
        assert view.chips._buttons == chips and view.chips._buttons[""].text() == f"全部 {len(view.lines.all)}"  # noqa: SLF001
        assert [line.cells[1][0] for line in view.list.lines] == ["5 份", "2 处", "2 处", "1 处", "1 处", "1 处"]
        # One sort, and a word: the lines are those of a fresh look.
        view.search.setText("又改了")
        view.show_group("changed")
        assert view.table.model_.shown == [line for line in view.lines.all if line.group == "changed"]
