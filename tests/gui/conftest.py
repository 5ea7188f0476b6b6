"""A small office on disk, made once, copied for each test; and the window over it, driven as a person would."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from db import office
from db.model.settings import BACKUP_DAILY
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog
from tests.conftest import PATIENCE_MS as PATIENCE_MS
from tests.gui.accessibility import LOOKED_OVER, dialog_faults

PASSWORD = "zhengxian-demo"
UNITS = ("云川市财政局", "云川市教育局", "云川市水利局", "安坪县", "青石县")
LEDGER = "ledger:rectification"


@pytest.fixture(scope="session")
def made_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with three users, five units and forty items in several states."""
    folder = tmp_path_factory.mktemp("office") / "office"
    session, key = office.create_office(folder, "云川市督查办公室", "city", "admin", PASSWORD, display="周明远")
    for name, display, role in (("clerk", "李小雨", "clerk"), ("reviewer", "王建国", "reviewer"), ("guest", "来宾", "viewer")):
        office.add_user(session, name, display, role, PASSWORD)
    today = dt.date.today()
    with session.atomic("form", "单位"):
        units = [session.add("unit", {"name": name}) for name in UNITS]
    with session.atomic("form", "事项"):
        for at in range(40):
            values = {"title": f"第{at + 1}项问题整改", "lead_unit": units[at % 5], "deadline": today + dt.timedelta(days=at - 10),
                      "assigned_on": today - dt.timedelta(days=30), "category": "其他" if at % 2 else "作风不实"}
            uid = session.add("rectification", values)
            if at % 4:
                session.take_step("rectification", uid, "assign")
    session.close()
    (folder.parent / "paper.txt").write_text(key, "utf-8")
    return folder


@pytest.fixture
def folder(made_office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it for one test, with settings of its own."""
    monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / "config"))
    copy = tmp_path / "office"
    shutil.copytree(made_office, copy)
    settings = Settings(copy, "clerk")
    if BACKUP_DAILY in settings.shown():
        settings.set_all({BACKUP_DAILY: False})
    return copy


@pytest.fixture
def paper(made_office: Path) -> str:
    """The office's recovery key, as it was printed."""
    return (made_office.parent / "paper.txt").read_text("utf-8")


@pytest.fixture
def open_shell(qtbot: Any, folder: Path) -> Iterator[Callable[..., Shell]]:
    """Open the program's window; log in when a user is named."""
    opened: list[Shell] = []

    def open_one(user: str | None = None) -> Shell:
        settings = Settings()
        theme.apply(QApplication.instance(), 10.5)
        shell = Shell(folder, user, settings)
        shell.resize(1366, 768)
        qtbot.addWidget(shell)
        shell.show()
        shell.painted()
        opened.append(shell)
        if user is not None:
            log_in(qtbot, shell, user)
        return shell

    yield open_one
    for shell in opened:
        end(shell)


def end(shell: Shell) -> None:
    """Close without the backup that a real end makes."""
    if shell.session is not None:
        shell.workspace.area.leave()
        shell._close_session()  # noqa: SLF001  (the end of the program, without its backup)
        shell.front = None
    shell.jobs.close()


def log_in(qtbot: Any, shell: Shell, user: str, password: str = PASSWORD) -> None:
    shell.front.user.setCurrentText(user)
    shell.front.password.setText(password)
    shell.front.enter.click()
    qtbot.waitUntil(lambda: shell.workspace is not None, timeout=PATIENCE_MS)


@pytest.fixture
def clerk(open_shell: Callable[..., Shell]) -> Shell:
    return open_shell("clerk")


def ledger(qtbot: Any, shell: Shell, rows: int | None = None) -> Any:
    """The ledger page, with its rows there."""
    page = shell.workspace.open(LEDGER)
    qtbot.waitUntil(lambda: page.table.rows.loaded, timeout=PATIENCE_MS)
    if rows is not None:
        qtbot.waitUntil(lambda: page.table.rows.rowCount() == rows, timeout=PATIENCE_MS)
    return page


def choose_row(qtbot: Any, page: Any, at: int) -> Any:
    """Put the cursor on a row and wait for its form."""
    page.table.select_row(at)
    qtbot.waitUntil(lambda: page.table.current() is not None, timeout=PATIENCE_MS)
    row = page.table.current()
    qtbot.waitUntil(lambda: page.form.uid == row.uid, timeout=PATIENCE_MS)
    return row


def type_chinese(widget: QWidget, text: str) -> None:
    """As an input method does it: committed text, never key by key."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


class RunningTest:
    """The test that runs: what an earlier one still waits for is nobody's any more."""

    now: object = None


@pytest.fixture(autouse=True)
def _every_dialog_is_told_and_reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dialog that a test opens is looked over as a screen reader and a keyboard would."""
    shown, found = Dialog.showEvent, set[str]()

    def show(dialog: Dialog, event: QShowEvent) -> None:
        shown(dialog, event)
        QTimer.singleShot(0, dialog, lambda: look(dialog))

    def look(dialog: Dialog) -> None:
        if dialog.isVisible() and type(dialog).__name__ in LOOKED_OVER:
            title = f"{type(dialog).__name__}「{dialog.windowTitle()}」"
            found.update(f"{title}: {fault}" for fault in dialog_faults(dialog))

    monkeypatch.setattr(Dialog, "showEvent", show)
    yield
    assert not found, "\n".join(sorted(found))


STUCK_S = PATIENCE_MS / 1000 + 30


@pytest.fixture(autouse=True)
def _nobody_is_waited_for_in_vain(qapp: QApplication) -> Iterator[None]:
    """A dialog that nobody answers holds the test inside Qt, where no signal is heard: it is closed in the end, and
    the test fails by the dialog's name. Until then a busy machine has time."""
    RunningTest.now = object()
    stuck: list[str] = []
    standing: tuple[QWidget | None, float] = (None, 0.0)

    def look() -> None:
        nonlocal standing
        dialog = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        if dialog is not standing[0]:
            standing = (dialog, time.monotonic())
        elif dialog is not None and time.monotonic() - standing[1] > STUCK_S:
            stuck.append(f"{type(dialog).__name__}「{dialog.windowTitle()}」")
            dialog.close()

    timer = QTimer(interval=1000)
    timer.timeout.connect(look)
    timer.start()
    yield
    timer.stop()
    RunningTest.now = None
    assert not stuck, f"nobody answered {stuck}"


def answer(act: Callable[[QWidget], None]) -> list[QWidget]:
    """Answer the next modal dialog of this test by a timer; the list holds it once it was answered."""
    answered: list[QWidget] = []
    test = RunningTest.now

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is not None and dialog.isVisible():
            answered.append(dialog)
            try:
                act(dialog)
            except BaseException:
                dialog.close()
                dialog.done(0)
                raise
        elif RunningTest.now is test:
            QTimer.singleShot(25, look)

    QTimer.singleShot(0, look)
    return answered


def quiet(qtbot: Any, shell: Shell) -> None:
    """Wait until nothing is read or written any more, and no page is on its way."""
    qtbot.waitUntil(lambda: shell.jobs.idle and not (shell.workspace and shell.workspace.area.coming), timeout=PATIENCE_MS)


def let_go(window: Any, over: Any, files: Sequence[Path]) -> bool:
    """Drag files over a widget and let them go there, as the system tells the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    where = over.mapTo(window.window(), over.rect().center())
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    handle = window.window().windowHandle()
    enter = QDragEnterEvent(where, copy, mime, left, none)
    enter.setAccepted(False)
    QCoreApplication.sendEvent(handle, enter)
    drop = QDropEvent(QPointF(where), copy, mime, left, none)
    drop.setAccepted(False)
    QCoreApplication.sendEvent(handle, drop)
    return enter.isAccepted() and drop.isAccepted()
