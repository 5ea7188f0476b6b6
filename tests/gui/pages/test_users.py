"""The administrator adds, changes and removes people; each learns at once what it means for the keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import WrongPassword
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.dialogs import WorkDialog, change_own_password
from desktop.ui.kit.messages import Dialog
from desktop.ui.office.user_dialog import UserDialog
from desktop.ui.safety.recovery_key import RecoveryKeyDialog
from tests.gui.pages_office import PASSWORD, answer, fill, settle, window_on_copy, window_over

OTHER = "bailu-qingtian-31"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("users") / "office"
    fill(folder).close()
    return folder


@pytest.fixture
def window(filled: Path, tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    with window_on_copy(filled, tmp_path / "office") as made:
        yield made


def _page(window: Any, name: str = "") -> Any:
    page = window.open("users")
    at = next((i for i, line in enumerate(page.list.lines) if line.key == name), 0)
    page.list.selectRow(at)
    return page


def test_everybody_is_listed_with_role_unit_and_books(window: Any) -> None:
    page = _page(window)
    cells = {line.key: line.cells for line in page.list.lines}
    assert cells["lihua"][2][0] == "录入员"
    assert cells["lihua"][3:] == ("云川市发展改革委", "工作")
    assert cells["zhaogang"][4] == "工作、干部人事"


def test_a_new_user_can_log_in(window: Any, qtbot: Any) -> None:
    page = _page(window)

    def type_it(dialog: UserDialog) -> None:
        dialog.login.setText("sunyue")
        dialog.display.setText("孙悦")
        assert dialog.password is not None
        dialog.password.first.setText("short")
        dialog.accept()
        assert "至少 8 个字符" in dialog.problem.text()
        for entry in (dialog.password.first, dialog.password.again):
            entry.setText(OTHER)
        dialog.accept()

    answer(type_it, UserDialog)
    page.new()
    settle(qtbot, window)
    assert "sunyue" in {line.key for line in page.list.lines}
    assert window.session.key_file.unlock("sunyue", OTHER).role == "clerk"


def test_a_name_that_is_taken_is_refused_in_the_dialog(window: Any, qtbot: Any) -> None:
    dialog = UserDialog(window, window.session, window.jobs, None)
    qtbot.addWidget(dialog)
    dialog.login.setText("lihua")
    dialog.display.setText("李华")
    assert dialog.password is not None
    for entry in (dialog.password.first, dialog.password.again):
        entry.setText(OTHER)
    dialog.show()
    dialog.accept()
    qtbot.waitUntil(lambda: "已有人使用" in dialog.problem.text())
    assert dialog.ok.isEnabled()
    dialog.reject()


def test_a_password_is_reset_and_the_old_one_is_void(window: Any, qtbot: Any) -> None:
    page = _page(window, "lihua")

    def type_it(dialog: WorkDialog) -> None:
        from desktop.ui.kit.password import PasswordEdit

        for entry in dialog.findChildren(PasswordEdit):
            entry.setText(OTHER)
        dialog.accept()

    answer(type_it, WorkDialog)
    page.reset()
    settle(qtbot, window)
    assert window.session.key_file.unlock("lihua", OTHER).user == "lihua"
    with pytest.raises(WrongPassword):
        window.session.key_file.unlock("lihua", PASSWORD)


def test_taking_the_personnel_key_away_gives_the_book_a_new_one(window: Any, qtbot: Any) -> None:
    page = _page(window, "zhaogang")
    before = bytes(window.session.who.book_keys["personnel"])

    def choose(dialog: UserDialog) -> None:
        for choice in dialog._roles.buttons():  # noqa: SLF001
            choice.setChecked(choice.property("role") == "clerk")
        answer(lambda question: question.accept(), Dialog)
        dialog.accept()

    answer(choose, UserDialog)
    page.edit()
    settle(qtbot, window, lambda: "已改为录入员" in window.toasts.text)
    assert bytes(window.session.who.book_keys["personnel"]) != before
    assert window.session.key_file.user("zhaogang").books == ("office",)
    assert window.session.verify() == []


def test_whoever_leaves_is_gone_and_the_book_goes_on(window: Any, qtbot: Any) -> None:
    page = _page(window, "lihua")
    answer(lambda question: question.accept(), Dialog)
    page.remove()
    settle(qtbot, window, lambda: "已移除" in window.toasts.text)
    assert "lihua" not in {line.key for line in page.list.lines}
    assert not window.errors.text
    assert window.session.add("unit", {"name": "荷口镇"})


def test_no_list_is_read_while_the_books_are_closed_for_new_keys(window: Any, qtbot: Any) -> None:
    page = _page(window, "lihua")
    read, failed = [], []

    def look(job: Any) -> None:
        read.append(window.session.search("安坪"))

    answer(lambda question: question.accept(), Dialog)
    page.remove()
    for _ in range(40):
        window.jobs.read(look, failed=failed.append)
        qtbot.wait(5)
    settle(qtbot, window, lambda: "已移除" in window.toasts.text)
    assert not failed
    assert len(read) == 40 and all(read)


def test_nobody_removes_themselves(window: Any) -> None:
    page = _page(window, "admin")
    assert not page.remove_button.isEnabled()
    assert page.reset_button.text() == "修改我的密码…"


def test_ones_own_password_needs_the_old_one(window: Any, qtbot: Any) -> None:
    said = []

    def type_it(dialog: WorkDialog) -> None:
        from desktop.ui.kit.password import PasswordEdit

        old, first, again = dialog.findChildren(PasswordEdit)
        old.setText("wrong-password")
        first.setText(OTHER)
        again.setText(OTHER)
        dialog.accept()
        qtbot.waitUntil(lambda: bool(dialog.problem.text()))
        said.append(dialog.problem.text())
        old.setText(PASSWORD)
        dialog.accept()

    answer(type_it, WorkDialog)
    change_own_password(window, window.session, window.jobs)
    assert said and "密码" in said[0]
    assert window.session.key_file.unlock("admin", OTHER)


def test_the_recovery_key_is_shown_until_it_is_on_paper(
    window: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _page(window)
    seen = []

    def keep(dialog: RecoveryKeyDialog) -> None:
        seen.append(dialog._paper)  # noqa: SLF001
        dialog.reject()
        assert dialog.isVisible() and not dialog.ok.isEnabled()
        monkeypatch.setattr(file_dialogs, "save_file", lambda *_: tmp_path / "key.pdf")
        dialog.save_button.click()
        dialog.kept.setChecked(True)
        assert not dialog.ok.isEnabled()
        dialog.proof.setText(seen[0].split("-")[-1].lower())
        assert dialog.ok.isEnabled()
        dialog.accept()

    answer(lambda question: question.accept(), Dialog)
    page.renew()
    qtbot.waitUntil(lambda: not window.jobs.idle)
    answer(keep, RecoveryKeyDialog)
    settle(qtbot, window, lambda: seen)
    assert (tmp_path / "key.pdf").read_bytes().startswith(b"%PDF")
    assert len(seen[0].split("-")) == 8
    assert seen[0] not in "".join(p.read_text("utf-8", "ignore") for p in window.session.folder.glob("*.json"))


def test_a_clerk_has_no_such_page(filled: Path, tmp_path: Path, qtbot: Any) -> None:
    import shutil

    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    session = office.open_office(folder, "lihua", PASSWORD)
    with window_over(session) as made:
        assert not any(made.knows(page) for page in ("users", "kinds", "audit"))
        assert all(made.knows(page) for page in ("recycle", "backup", "settings", "help"))
    session.close()
