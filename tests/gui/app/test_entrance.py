"""Coming in: the password, the lock, the idle lock, the first run."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from db import office
from db.model.settings import LAST_USER
from desktop.settings import Settings
from desktop.ui.app import autolock
from desktop.ui.app import shell as shell_module
from desktop.ui.app.autolock import AutoLock
from desktop.ui.app.login import LoginPage
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job, Receiver
from desktop.ui.kit.password import CAPS_ON
from tests.gui.conftest import (
    PASSWORD,
    PATIENCE_MS,
    answer,
    end,
    ledger,
    log_in,
    quiet,
    type_chinese,
)


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


def test_what_is_fetched_ahead_comes_by_the_reader_and_is_told_at_the_end(
    qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, fetch, by = open_shell(), shell_module._preload, list[threading.Thread]()  # noqa: SLF001

    def told(job: Job) -> Any:
        by.append(threading.current_thread())
        return fetch(job)

    monkeypatch.setattr(shell_module, "_preload", told)
    ended: list[bool] = []
    shell.painted(lambda: ended.append(bool(by)))
    qtbot.waitUntil(lambda: bool(ended), timeout=PATIENCE_MS)
    assert ended == [True]
    assert by and threading.main_thread() not in by


def test_the_login_says_what_takes_long(qtbot: Any) -> None:
    login = LoginPage("某单位", "/data", ["clerk"], "clerk")
    qtbot.addWidget(login)
    job = Job(lambda job: None, Receiver(None, None, None), lambda job: None)
    job.step(3, 4, "程序更新后第一次打开，先做备份：复制 office.db")
    login.show_progress(job)
    assert "备份" not in login.message.text(), "another's work, while nobody logs in"
    login.wait()
    login.show_progress(job)
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
    quiet(qtbot, clerk)
    rests: list[bool] = []
    lock.rested.connect(lambda: rests.append(clerk.session is not None))
    lock.look()
    assert clerk.session is not None
    for _ in range(60_000 // AutoLock.LOOK_EVERY_MS):
        if clerk.session is not None:
            lock.look()
    qtbot.waitUntil(lambda: clerk.session is None, timeout=PATIENCE_MS)
    assert rests == [True], "told once, before it locks"


def test_a_pc_that_slept_for_long_is_locked_when_it_wakes(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = clerk.findChild(AutoLock)
    lock.set_minutes(10)
    asked: list[bool] = []
    lock.idle_too_long.connect(lambda: asked.append(True))
    now = time.time()
    monkeypatch.setattr(autolock.time, "time", lambda: now + 540)
    lock.look()
    assert not asked
    monkeypatch.setattr(autolock.time, "time", lambda: now + 540 + 8 * 3600)
    QTest.mouseMove(clerk, QPoint(400, 300))  # who wakes it has touched it
    lock.look()
    assert asked == [True]
    qtbot.waitUntil(lambda: clerk.session is None, timeout=PATIENCE_MS)


def test_a_window_left_open_overnight_shows_the_new_day(qtbot: Any, clerk: Shell) -> None:
    session = clerk.session
    page = ledger(qtbot, clerk, rows=40)
    quiet(qtbot, clerk)
    first = clerk.workspace
    qtbot.waitUntil(lambda: None not in [page.table.rows.row(at) for at in range(40)], timeout=PATIENCE_MS)
    rows = [page.table.rows.row(at) for at in range(40)]
    due = [row.record.values["deadline"] or session.today for row in rows]
    at = next(at for at in range(40) if due[at] > session.today and rows[at].record.state in ("assigned", "accepted"))
    row = rows[at]
    before, keeping = row.light, clerk._keeping  # noqa: SLF001
    page.table.select_row(at)
    qtbot.waitUntil(lambda: page.form.uid == row.uid, timeout=PATIENCE_MS)
    keeping.look_at_day()
    assert clerk.workspace is first
    type_chinese(page.form.fields.editors["title"].entry, "打了一半")
    session.fixed_today = due[at] + dt.timedelta(days=40)
    keeping.look_at_day()
    qtbot.waitUntil(lambda: getattr(page.table.rows.row(at), "light", None) not in (None, before), timeout=PATIENCE_MS)
    assert "超" in page.table.rows.row(at).light[0] or "逾" in page.table.rows.row(at).light[0]
    keeping.look_at_day()
    quiet(qtbot, clerk)
    assert clerk.workspace is first and page.form.dirty, "what is half typed is not taken away"
    page.form.discard()
    keeping.look_at_day()
    qtbot.waitUntil(lambda: clerk.workspace is not first, timeout=PATIENCE_MS)
    quiet(qtbot, clerk)
    assert clerk.workspace.page.kind.name == page.kind.name
    assert "重新统计" in clerk.workspace.toasts.text
    week = clerk.workspace.open("weekly").week.period
    assert week.first <= session.today <= week.last
    now = clerk.workspace
    keeping.look_at_day()
    quiet(qtbot, clerk)
    assert clerk.workspace is now, "once a day"


def test_a_rest_waits_until_nothing_is_at_work(clerk: Shell) -> None:
    at_work, rests = [True], []
    lock = AutoLock(60, clerk, lambda: at_work[0])
    lock.rested.connect(lambda: rests.append(at_work[0]))
    for _ in range(20):
        lock.look()
    assert not rests, "a walk over what is read in holds the window up"
    at_work[0] = False
    for _ in range(20):
        lock.look()
    lock.stop()
    assert rests == [False]


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
    wizard.units.setPlainText("单位名称\t简称\n云川市财政局\t财政局\n安坪县\t安坪")
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
    assert {unit.name for unit in shell.session.names.units().values()} == {"云川市财政局", "安坪县"}
    end(shell)


def test_the_first_run_goes_on_by_enter_and_has_a_way_out_of_a_bad_list(qtbot: Any, empty: Path) -> None:
    shell = first_run(qtbot, empty)
    wizard = shell.front
    wizard.office.setText("云川市督查办公室")
    wizard.office.setFocus()
    qtbot.keyClick(wizard.office, Qt.Key.Key_Return)
    assert wizard.steps.currentIndex() == 1
    wizard.units.setPlainText("单位全称\t类别\t主管部门\n市财政局\t哪一类\t\n市财政局\t县区\t\n东关镇\t乡镇\t安坪县\n")
    assert "安坪县" in wizard.units_head.text()
    wizard.go_on()
    assert wizard.steps.currentIndex() == 1
    assert "第 1 行" in wizard.problem.text() and "单位类别" in wizard.problem.text()
    assert wizard.leave.isVisible() and "1 行不录" in wizard.leave.text()
    wizard.leave.setFocus()
    qtbot.keyClick(wizard.leave, Qt.Key.Key_Return)
    assert wizard.steps.currentIndex() == 2 and not wizard.leave.isVisible()
    for user, password, wrong in (("字" * 99, PASSWORD, wizard.user), ("admin", "12345678", wizard.password)):
        wizard.user.setText(user)
        wizard.password.setText(password)
        wizard.again.setText(password)
        wizard.go_on()
        qtbot.waitUntil(lambda: wizard.isEnabled(), timeout=PATIENCE_MS)
        assert wizard.steps.currentIndex() == 2 and wizard.focusWidget() is wrong, wizard.problem.text()
    wizard.password.setText(PASSWORD)
    wizard.again.setText(PASSWORD)
    wizard.office.setText("字" * 99)
    wizard.go_on()
    qtbot.waitUntil(lambda: wizard.isEnabled(), timeout=PATIENCE_MS)
    assert wizard.steps.currentIndex() == 0 and wizard.focusWidget() is wizard.office
    assert "单位名称" in wizard.problem.text()
    wizard.office.setText("云川市督查办公室")
    wizard.go_on()
    wizard.go_on()
    wizard.leave.click()
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
    assert set(units) == {"市财政局", "东关镇", "安坪县"}
    assert units["东关镇"].parent == units["安坪县"].uid and units["市财政局"].level is None
    end(shell)


LISTS = {
    "a title, numbers, short names": (
        "云川市市直单位名单\t\t\t\n序号\t单位全称\t单位简称\t单位类别\n1\t云川市财政局\t市财政局\t市直单位\n2\t云川市教育局\t市教育局\t市直单位\n", 2
    ),
    "names only": ("市财政局\n市教育局\n安坪县\n", 3),
    "whom to call": ("责任单位\t联系人\t联系电话\n云川市财政局\t王某某\t0000-1234567\n云川市水利局\t李某某\t0000-7654321\n", 2),
    "sorts merged over rows": (
        "类别\t序号\t单位名称\n市直部门\t1\t市发展和改革委员会\n\t2\t市科学技术局\n县（区）\t3\t安坪县\n\t4\t青石县\n", 4
    ),
    "groups as in a document": ("一、市直单位\n1. 市财政局\n2. 市教育局\n二、县（市、区）\n1. 安坪县\n2. 青石县\n", 4),
    "heads of departments": ("部门名称\t主要负责人\t职务\t备注\n市审计局\t张某\t局长\t\n市统计局\t李某\t局长\t新成立\n", 2),
    "what hangs under what, and a sum": (
        "序号\t牵头单位\t上级单位\n1\t市财政局国库科\t市财政局\n2\t市财政局预算科\t市财政局\n\n\t合计\t2\n", 2
    ),
    "names spaced out": ("单 位 名 称\t简　称\n云川市 公安局\t公 安 局\n云川市司法局\t司法局\n", 2),
    "several columns side by side": ("成员单位\t成员单位\t成员单位\n市财政局\t市教育局\t市水利局\n市审计局\t市统计局\t\n", 5),
    "a register with codes": (
        "统一社会信用代码\t机构名称\t机构类型\t地址\n11990000000000001X\t云川市档案局\t机关\t某路1号\n"
        "11990000000000002X\t云川市信访局\t机关\t某路2号\n", 2
    ),
}
"""As such lists stand in the workbooks of offices, and how many units each names."""


def test_the_first_run_takes_any_of_ten_lists_of_units(qtbot: Any, empty: Path) -> None:
    wizard = first_run(qtbot, empty).front
    wizard.office.setText("云川市督查办公室")
    wizard.go_on()
    for name, (text, count) in LISTS.items():
        wizard.units.setPlainText(text)
        pasted = wizard._table.pasted  # noqa: SLF001
        named = [pasted.values(row).get("name") for row in pasted.rows]
        assert len(named) == count and all(named), f"{name}: {named}"
        assert f"认出 {count} 个单位" in wizard.units_head.text(), name
        QTest.keyClick(wizard.next, Qt.Key.Key_Space)
        assert wizard.steps.currentIndex() == 2, f"{name}: {wizard.problem.text()}"
        QTest.keyClick(wizard.back, Qt.Key.Key_Space)
        assert wizard.steps.currentIndex() == 1
    wizard.units.setPlainText(LISTS["sorts merged over rows"][0])
    sorts = [pasted.values(row).get("category") for pasted in [wizard._table.pasted] for row in pasted.rows]  # noqa: SLF001
    assert sorts == ["bureau", "bureau", "county", "county"]


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
