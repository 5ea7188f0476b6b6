"""Backups: made by hand and by themselves, verified, gone back to; the book checked and saved from damage."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from db import office
from db.errors import WorkFailed
from db.model.query import Query
from db.model.settings import BACKUP_AT_EXIT, BACKUP_DAILY
from db.safety import kept_backups
from db.safety.verify import Findings
from desktop import paths
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.messages import Dialog
from desktop.ui.safety import backups, book_check
from desktop.ui.safety.open_data import HandOutDialog
from desktop.ui.safety.restore_open import RestoreDialog
from desktop.ui.safety.restoring import RestoreClosedDialog
from tests.gui.pages_office import PASSWORD, answer, fill, settle, window_over
from tests.supplier import supplier_fixture  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup") / "office"
    fill(folder).close()
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "office"
    shutil.copytree(filled, copied)
    return copied


@pytest.fixture
def window(folder: Path, qtbot: Any) -> Iterator[Any]:
    session = office.open_office(folder, "admin", PASSWORD)
    with window_over(session) as made:
        yield made
    session.close()


@pytest.fixture
def shell(folder: Path, qtbot: Any) -> Iterator[Any]:
    made = Shell(folder, "admin", Settings())
    made.show()
    made.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: made.workspace is not None and made.jobs.idle, timeout=20_000)
    yield made
    if made.session is not None:
        made.workspace.settings.set(BACKUP_AT_EXIT, False)
    made.close()
    made.deleteLater()


def _page(window: Any, qtbot: Any) -> Any:
    page = window.open("backup")
    settle(qtbot, window)
    return page


def test_an_empty_list_says_what_to_do_and_one_click_makes_the_first(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot)
    assert page.list.empty.isVisible()
    page.make_now()
    settle(qtbot, window, lambda: page.list.lines)
    assert page.list.lines[0].cells[1] == "手动备份"
    assert "已做好并核对过" in window.toasts.text
    page.verify()
    settle(qtbot, window, lambda: isinstance(page.list.lines[0].cells[3], tuple))
    assert "完好" in page.list.lines[0].cells[3][0]


def test_one_goes_onto_a_stick(window: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(file_dialogs, "folder", lambda *_: stick)
    page = _page(window, qtbot)
    page.make_elsewhere()
    settle(qtbot, window, lambda: "安全拔出" in window.toasts.text)
    assert [b.problem for b in kept_backups.list_backups(stick)] == [""]


def test_a_damaged_backup_is_named_and_not_offered(window: Any, qtbot: Any) -> None:
    info = office.make_backup(window.session)
    data = bytearray(info.path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    info.path.write_bytes(data)
    page = _page(window, qtbot)
    page.verify()
    settle(qtbot, window, lambda: window.errors.text)
    assert info.path.name in window.errors.text or "损坏" in window.errors.text
    info.path.write_bytes(bytes(data[: len(data) // 3]))
    page.load()
    settle(qtbot, window, lambda: page.list.lines[0].cells[3] == ("不能使用", "red"))
    assert not page.restore_button.isEnabled()


def test_the_book_is_checked_and_a_fault_is_listed(window: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _page(window, qtbot)
    page.checking.check()
    settle(qtbot, window, lambda: page.checking.answer.text())
    assert page.checking.answer.text().startswith("台账完好")
    assert not page.checking.list.isVisible()
    page.checking.check(quick=True)
    settle(qtbot, window, lambda: page.checking.answer.text().startswith("文件和修改记录完好"))
    page.checking.end.setText(window.session.office.audit_head)
    page.checking.look_up()
    settle(qtbot, window, lambda: page.checking.answer.text().startswith("纸上的末端在 office.db"))
    broken = Findings(["修改记录第 3 行被改动过，审计链不完整。"], [])
    monkeypatch.setattr(book_check, "verify", lambda session, progress, quick: broken)
    page.checking.check()
    settle(qtbot, window, lambda: page.checking.list.toPlainText())
    assert page.checking.answer.text() == "发现 1 处问题："
    answer(lambda question: question.accept(), Dialog)
    page.checking.salvage()
    settle(qtbot, window, lambda: "没有损坏" in window.errors.text)
    assert window.session.count(Query(kind="unit")) == 6


def test_a_clerk_may_back_up_but_not_go_back(folder: Path, qtbot: Any) -> None:
    session = office.open_office(folder, "lihua", PASSWORD)
    office.make_backup(session)
    with window_over(session) as made:
        page = _page(made, qtbot)
        assert page.list.lines and not page.restore_button.isEnabled()
    session.close()


def test_the_data_are_handed_out_and_a_new_office_takes_them_in(
    window: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(file_dialogs, "folder", lambda *_: stick)
    page = _page(window, qtbot)
    assert {"移交数据", "接收数据"} <= {command.label for command in page.commands()}
    answer(lambda dialog: dialog.accept(), HandOutDialog)
    page.open_data.hand_out()
    settle(qtbot, window, lambda: "已移交" in window.toasts.text)
    (folder,) = stick.iterdir()
    assert (folder / "personnel").is_dir() and (folder / "dictionary.md").is_file()
    new, _ = office.create_office(tmp_path / "new", "接收数据的单位", "city", "admin", PASSWORD)
    monkeypatch.setattr(file_dialogs, "folder", lambda *_: folder)
    with window_over(new) as made:
        asked: list[bool] = []
        made.lock_asked.connect(lambda: asked.append(True))
        page = _page(made, qtbot)
        answer(lambda dialog: (dialog.accept(), answer(lambda last: last.accept(), Dialog)), Dialog)
        page.open_data.take_in()
        settle(qtbot, made, lambda: asked)
        assert new.count(Query(kind="unit")) == window.session.count(Query(kind="unit")) == 6
        answer(lambda dialog: dialog.accept(), Dialog)
        page.open_data.take_in()
        settle(qtbot, made, lambda: "已经有记录" in made.errors.text)
    new.close()


def test_a_clerk_hands_nothing_out(folder: Path, qtbot: Any) -> None:
    session = office.open_office(folder, "lihua", PASSWORD)
    with window_over(session) as made:
        page = _page(made, qtbot)
        assert not page.open_data.hand_out_button.isEnabled() and not page.open_data.take_in_button.isEnabled()
        assert not {"移交数据", "接收数据"} & {command.label for command in page.commands()}
    session.close()


# -- through the whole window ---------------------------------------------------------------------------------------------


def test_back_to_a_backup_in_two_clicks(shell: Any, qtbot: Any) -> None:
    workspace = shell.workspace
    office.make_backup(shell.session)
    before = shell.session.count(Query(kind="unit"))
    shell.session.add("unit", {"name": "荷口镇"})
    page = workspace.open("backup")
    settle(qtbot, workspace, lambda: page.list.lines)
    answer(lambda dialog: (dialog.password.setText("not-the-password"), dialog.accept()), RestoreDialog)
    page.restore()
    settle(qtbot, workspace, lambda: "不是这份备份里当时的" in workspace.errors.text)
    assert shell.session.count(Query(kind="unit")) == before + 1
    answer(lambda dialog: (dialog.password.setText(PASSWORD), dialog.accept()), RestoreDialog)
    page.restore()
    answer(lambda dialog: dialog.accept(), Dialog)
    qtbot.waitUntil(lambda: shell.session is None, timeout=20_000)
    shell.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: shell.workspace is not None and shell.jobs.idle, timeout=20_000)
    assert shell.session.count(Query(kind="unit")) == before
    reasons = {b.reason for b in kept_backups.of_office(shell.folder)}
    assert {"manual", "before-restore"} <= reasons


def test_the_first_login_of_the_day_makes_a_backup(shell: Any, qtbot: Any) -> None:
    kept = shell.folder / kept_backups.FOLDER
    qtbot.waitUntil(lambda: shell.jobs.idle and bool(kept_backups.list_backups(kept)), timeout=20_000)
    assert [b.reason for b in kept_backups.list_backups(kept)] == ["daily"]


def test_leaving_after_a_change_makes_a_backup_and_then_closes(shell: Any, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: shell.jobs.idle)
    shell.session.add("unit", {"name": "荷口镇"})
    folder = shell.folder
    assert not shell.close()
    qtbot.waitUntil(lambda: not shell.isVisible(), timeout=20_000)
    assert kept_backups.of_office(folder)[0].reason == "exit"


def test_a_backup_at_exit_that_fails_is_told_and_the_person_decides(
    window: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, left, stayed = [], [], []

    def full(*_: Any, **__: Any) -> None:
        raise WorkFailed("磁盘空间不足，没有做备份。")

    monkeypatch.setattr(office, "rotate_backups", full)
    answer(lambda dialog: (said.append(dialog), dialog.reject()), Dialog)
    began = backups.at_exit(
        window, window.session, window.jobs, window.settings, lambda: left.append(1), lambda: stayed.append(1)
    )
    assert began
    settle(qtbot, window, lambda: stayed)
    assert not left and said


def test_a_copy_goes_to_the_other_disk_and_a_missing_one_is_told(window: Any, tmp_path: Path) -> None:
    info = office.make_backup(window.session)
    disk = tmp_path / "disk"
    assert "找不到文件夹" in backups.copy_to(info, str(disk))
    disk.mkdir()
    assert backups.copy_to(info, str(disk)) == ""
    assert [b.problem for b in kept_backups.list_backups(disk)] == [""]


def _damage(folder: Path, table: str) -> None:
    """Flip a byte on the first page of a table: some are met at opening, others only when the book is checked."""
    session = office.open_office(folder, "admin", PASSWORD)
    row = session.office.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    session.close()
    path = folder / "office.db"
    data = bytearray(path.read_bytes())
    data[(row[0] - 1) * 4096 + 100] ^= 0xFF
    path.write_bytes(data)


def _many_units(shell: Any) -> None:
    shell.workspace.settings.set(BACKUP_DAILY, False)
    with shell.session.atomic():
        for at in range(600):
            shell.session.add("unit", {"name": f"清禾区第{at + 1}办事处"})
    assert shell.lock()


def test_a_damaged_file_is_saved_row_by_row(shell: Any, qtbot: Any) -> None:
    _many_units(shell)
    _damage(shell.folder, "publicity")
    shell.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: shell.workspace is not None and shell.jobs.idle, timeout=20_000)
    page = shell.workspace.open("backup")
    settle(qtbot, shell.workspace)
    page.checking.check()
    settle(qtbot, shell.workspace, lambda: page.checking.salvage_button.isVisible())
    answer(lambda dialog: (dialog.accept(), answer(lambda last: last.accept(), Dialog)), Dialog)
    page.checking.salvage()
    qtbot.waitUntil(lambda: shell.session is None, timeout=30_000)
    shell.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: shell.workspace is not None and shell.jobs.idle, timeout=20_000)
    assert shell.session.count(Query(kind="unit")) > 500


def test_an_office_that_does_not_open_is_saved_from_the_login(shell: Any, qtbot: Any) -> None:
    _many_units(shell)
    _damage(shell.folder, "office_lifecycles")
    shell.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: "已损坏" in shell.front.message.text(), timeout=20_000)

    def save(dialog: RestoreClosedDialog) -> None:
        dialog.login.setText("admin")
        dialog.password.setText(PASSWORD)
        answer(lambda question: question.accept(), Dialog)
        dialog.salvage.click()

    answer(save, RestoreClosedDialog)
    shell.front.restore_asked.emit()
    qtbot.waitUntil(lambda: "抢救完了" in shell.front.message.text(), timeout=30_000)
    shell.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: shell.workspace is not None and shell.jobs.idle, timeout=20_000)
    assert shell.session.count(Query(kind="unit")) > 500


@pytest.fixture
def fresh(tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    """The program on a machine that has no office yet."""
    made = Shell(tmp_path / "fresh", None, Settings())
    made.show()
    yield made
    if made.session is not None:
        made.workspace.settings.set(BACKUP_AT_EXIT, False)
    made.close()
    made.deleteLater()


def test_a_new_machine_starts_from_a_backup_on_a_stick(folder: Path, tmp_path: Path, qtbot: Any, fresh: Any) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    carried = office.make_backup(session, tmp_path)
    session.close()
    shell = fresh
    wrong, right = [], []

    def choose(dialog: RestoreClosedDialog, password: str, seen: list[str]) -> None:
        dialog.accept()
        seen.append(dialog.problem.text())
        dialog.choice.addItem("", str(carried.path))
        dialog.choice.setCurrentIndex(dialog.choice.count() - 1)
        dialog.login.setText("admin")
        dialog.password.setText(password)
        dialog.accept()

    answer(lambda dialog: choose(dialog, "not-the-password", wrong), RestoreClosedDialog)
    shell.front.restore_asked.emit()
    qtbot.waitUntil(lambda: "密码" in shell.front.problem.text(), timeout=20_000)
    assert "请先选一份备份" in wrong[0]
    answer(lambda dialog: choose(dialog, PASSWORD, right), RestoreClosedDialog)
    shell.front.restore_asked.emit()
    qtbot.waitUntil(lambda: hasattr(shell.front, "message"), timeout=20_000)
    assert "已经恢复" in shell.front.message.text()
    shell.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: shell.workspace is not None and shell.jobs.idle, timeout=20_000)
    assert shell.session.count(Query(kind="unit")) == 6


def test_a_backup_that_was_opened_is_offered_over_the_login(folder: Path, qtbot: Any) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    made = office.make_backup(session, folder.parent)
    session.close()
    shell = Shell(folder, "admin", Settings())
    shell.show()
    offered: list[Any] = []

    def look(dialog: RestoreClosedDialog) -> None:
        offered.append(dialog.choice.currentData())
        dialog.reject()

    answer(look, RestoreClosedDialog)
    shell.restore_from(made.path)
    assert offered == [str(made.path)]
    answer(lambda dialog: (offered.append(dialog.problem.text()), dialog.reject()), RestoreClosedDialog)
    (broken := folder.parent / "broken.zxb").write_bytes(b"no backup")
    shell.restore_from(broken)
    assert "broken.zxb" in offered[-1]
    shell.close()
    shell.deleteLater()


def test_an_update_is_verified_backed_up_and_told(
    window: Any, qtbot: Any, supplier: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "zhengxian_99.0.0_amd64.deb"
    package.write_bytes(b"newer")
    supplier.main(["sign", str(tmp_path / "keys" / "zhengxian.key"), str(package)])
    monkeypatch.setattr(paths, "documents_dir", lambda: tmp_path / "documents")
    page = window.open("update")
    told: list[str] = []

    def read(dialog: Dialog) -> None:
        told.append(" ".join(each.text() for each in dialog.findChildren(QLabel)))
        dialog.reject()

    answer(read, Dialog)
    page.take(package)
    settle(qtbot, window, lambda: told)
    assert "99.0.0" in told[0] and "apt install" in told[0]
    assert (tmp_path / "documents" / package.name).read_bytes() == b"newer"
    reasons = [b.reason for b in kept_backups.of_office(window.session.folder)]
    assert reasons.count("before-update") == 1
    package.write_bytes(b"changed")
    page.take(package)
    settle(qtbot, window, lambda: "与签名不符" in window.errors.text)
