"""Coming in: the password, the lock, the idle lock, the first run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from db import office
from db.model.settings import LAST_USER
from desktop.settings import Settings
from desktop.ui.app.autolock import AutoLock
from desktop.ui.app.login import LoginPage
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job, Receiver
from desktop.ui.kit.password import CAPS_ON
from tests.gui.conftest import PASSWORD, PATIENCE_MS, answer, end, ledger, log_in, quiet


def test_a_wrong_password_is_said_and_the_right_one_opens_the_first_page(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell()
    login = shell.front
    login.user.setCurrentText("clerk")
    login.password.setText("not-the-password")
    login.enter.click()
    qtbot.waitUntil(lambda: "密码" in login.message.text(), timeout=PATIENCE_MS)
    assert login.isEnabled() and not login.password.text()
    log_in(qtbot, shell, "clerk")
    assert shell.session.user.name == "clerk"
    qtbot.waitUntil(lambda: type(shell.workspace.page).__name__ == "HomePage", timeout=PATIENCE_MS)


def test_a_name_or_password_left_out_is_asked_for_without_opening_anything(open_shell: Callable[..., Shell]) -> None:
    login = open_shell().front
    login.user.setCurrentText("")
    login.enter.click()
    assert "用户名" in login.message.text()
    login.user.setCurrentText("clerk")
    login.enter.click()
    assert "密码" in login.message.text()


def test_the_login_says_what_takes_long(qtbot: Any) -> None:
    login = LoginPage("某单位", "/data", ["clerk"], "clerk")
    qtbot.addWidget(login)
    job = Job(lambda job: None, Receiver(None, None, None), lambda job: None)
    job.step(3, 4, "程序更新后第一次打开，先做备份：复制 office.db")
    login.follow(job)
    assert "备份" not in login.message.text(), "another's work, while nobody logs in"
    login.wait()
    login.follow(job)
    assert login.message.text() == "程序更新后第一次打开，先做备份：复制 office.db，75%。请不要关闭程序。"


def test_caps_lock_is_noticed_by_what_it_types(qtbot: Any) -> None:
    login = LoginPage("某单位", "/data", ["clerk"], "clerk")
    qtbot.addWidget(login)
    qtbot.keyPress(login.password, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert CAPS_ON not in login.message.text()
    login.password.caps_lock_noticed.emit(True)
    assert login.message.text() == CAPS_ON


def test_the_users_of_the_office_are_offered_and_the_last_one_stands_there(qtbot: Any, clerk: Shell, folder: Path) -> None:
    quiet(qtbot, clerk)
    qtbot.waitUntil(lambda: Settings()[LAST_USER] == "clerk", timeout=PATIENCE_MS)
    assert clerk.lock()
    names = [clerk.front.user.itemText(at) for at in range(clerk.front.user.count())]
    assert {"admin", "clerk", "reviewer"} <= set(names)
    assert clerk.front.user.currentText() == "clerk"


def test_a_lock_closes_the_book_and_the_way_back_needs_the_password(qtbot: Any, clerk: Shell) -> None:
    ledger(qtbot, clerk)
    assert clerk.lock()
    assert clerk.session is None and clerk.workspace is None
    assert isinstance(clerk.front, LoginPage)
    log_in(qtbot, clerk, "clerk")
    assert ledger(qtbot, clerk, rows=40)


def test_nobody_there_for_long_locks(qtbot: Any, clerk: Shell) -> None:
    lock = clerk.findChild(AutoLock)
    lock.set_minutes(1)
    rests: list[bool] = []
    lock.rested.connect(lambda: rests.append(clerk.session is not None))
    lock.look()
    assert clerk.session is not None
    for _ in range(60_000 // AutoLock.LOOK_EVERY_MS):
        if clerk.session is not None:
            lock.look()
    qtbot.waitUntil(lambda: clerk.session is None, timeout=PATIENCE_MS)
    assert rests == [True], "told once, before it locks"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / "config"))
    return tmp_path / "new"


def first_run(qtbot: Any, folder: Path) -> Shell:
    theme.apply(QApplication.instance(), 10.5)
    shell = Shell(folder, None, Settings())
    qtbot.addWidget(shell)
    shell.show()
    return shell


def test_the_first_run_makes_an_office_with_its_units_and_shows_the_recovery_key_once(qtbot: Any, empty: Path) -> None:
    shell = first_run(qtbot, empty)
    wizard = shell.front
    wizard.go_on()
    assert "单位名称" in wizard.problem.text()
    wizard.office.setText("云川市督查办公室")
    wizard.go_on()
    wizard.units.setPlainText("单位名称\t简称\n云川市财政局\t财政局\n安平县\t安平")
    wizard.go_on()
    wizard.display.setText("周明远")
    wizard.user.setText("admin")
    wizard.password.setText(PASSWORD)
    wizard.again.setText("something-else")
    wizard.go_on()
    assert "不一样" in wizard.problem.text()
    wizard.again.setText(PASSWORD)

    def keep(dialog: Any) -> None:
        assert not dialog.ok.isEnabled()
        key = next(label for label in dialog.findChildren(QLabel) if label.accessibleName() == "恢复密钥")
        dialog.proof.setText(key.text().split("　")[-1].lower())
        dialog.kept.setChecked(True)
        assert dialog.ok.isEnabled()
        dialog.ok.click()

    answered = answer(keep)
    wizard.go_on()
    qtbot.waitUntil(lambda: shell.workspace is not None, timeout=PATIENCE_MS)
    assert answered
    assert {unit.name for unit in shell.session.names.units().values()} == {"云川市财政局", "安平县"}
    end(shell)


def test_the_first_run_goes_on_by_enter_and_has_a_way_out_of_a_bad_list(qtbot: Any, empty: Path) -> None:
    shell = first_run(qtbot, empty)
    wizard = shell.front
    wizard.office.setText("云川市督查办公室")
    wizard.office.setFocus()
    qtbot.keyClick(wizard.office, Qt.Key.Key_Return)
    assert wizard.steps.currentIndex() == 1
    wizard.units.setPlainText("单位全称\t类别\t主管部门\n市财政局\t哪一类\t\n市财政局\t县区\t\n东关镇\t乡镇\t安平县\n")
    assert "安平县" in wizard.units_head.text()
    wizard.go_on()
    assert wizard.steps.currentIndex() == 1
    assert "第 1 行" in wizard.problem.text() and "单位类别" in wizard.problem.text()
    assert wizard.leave.isVisible() and "1 行不录" in wizard.leave.text()
    wizard.leave.setFocus()
    qtbot.keyClick(wizard.leave, Qt.Key.Key_Return)
    assert wizard.steps.currentIndex() == 2 and not wizard.leave.isVisible()
    wizard.user.setText("admin")
    wizard.password.setText(PASSWORD)
    wizard.again.setText(PASSWORD)
    wizard.again.setFocus()

    def keep(dialog: Any) -> None:
        texts = [label.text() for label in dialog.findChildren(QLabel)]
        assert not any("作废" in text for text in texts), "there was none before"
        key = next(label for label in dialog.findChildren(QLabel) if label.accessibleName() == "恢复密钥")
        dialog.proof.setText(key.text().split("　")[-1])
        dialog.kept.setChecked(True)
        dialog.ok.click()

    answered = answer(keep)
    qtbot.keyClick(wizard.again, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.workspace is not None, timeout=PATIENCE_MS)
    assert answered
    units = {unit.name: unit for unit in shell.session.names.units().values()}
    assert set(units) == {"市财政局", "东关镇", "安平县"}
    assert units["东关镇"].parent == units["安平县"].uid and units["市财政局"].level is None
    end(shell)


def test_the_key_on_paper_opens_the_way_back_with_a_new_password_and_the_next_key(
    qtbot: Any, open_shell: Callable[..., Shell], paper: str
) -> None:
    shell = open_shell()
    login = shell.front
    login.user.setCurrentText("admin")
    login._show_recovery()  # noqa: SLF001
    login.recovery_key.setText(paper)
    login.new_password.setText("brand-new-lock-7")
    login.again.setText("another")
    login.again.returnPressed.emit()
    assert "不一样" in login.recovery_message.text()
    login.again.setText("brand-new-lock-7")

    def keep(dialog: Any) -> None:
        key = next(label for label in dialog.findChildren(QLabel) if label.accessibleName() == "恢复密钥")
        assert paper.split("-")[-1] not in key.text()
        dialog.proof.setText(key.text().split("　")[-1])
        dialog.kept.setChecked(True)
        dialog.ok.click()

    answered = answer(keep)
    login.again.returnPressed.emit()
    qtbot.waitUntil(lambda: shell.workspace is not None, timeout=PATIENCE_MS)
    assert answered and shell.session.user.name == "admin"


def test_a_key_that_nobody_saw_is_told_of_until_one_is_on_paper(qtbot: Any, tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市督查办公室", "city", "admin", PASSWORD, unseen=True)
    session.close()  # the program was ended while the key stood on the screen
    theme.apply(QApplication.instance(), 10.5)
    for seen in (False, True):
        shell = Shell(tmp_path / "office", "admin", Settings())
        qtbot.addWidget(shell)
        shell.show()
        shell.log_in("admin", PASSWORD)
        qtbot.waitUntil(lambda shell=shell: shell.workspace is not None and shell.jobs.idle, timeout=PATIENCE_MS)
        told = shell.workspace.errors.isVisible()
        assert told is not seen
        office.recovery_seen(shell.session)
        end(shell)
