"""Back to a backup while the books are open."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from db import office
from db.errors import WrongPassword, ZhengxianError
from db.model.settings import OFFICE_ID
from db.safety.kept_backups import BackupInfo
from db.session import Session
from desktop.ui.kit.jobs import Job, error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.password import PasswordEdit
from desktop.ui.kit.times import day_text
from desktop.ui.kit.waiting import HANDS_OFF, wait_for


class RestoreDialog(Dialog):
    """What a restore does, and the password of then, without which no backup opens."""

    def __init__(self, parent: QWidget, session: Session, info: BackupInfo) -> None:
        super().__init__(parent, "恢复备份", "恢复", danger=True)
        when = day_text(info.made_at, session.today)
        self.say(f"把台账恢复到 {when} 的样子？")
        self.say(
            f"{when}之后录入的内容不在这份备份里。现在的台账会先另存一份，随时可以再恢复回来。",
            muted=True,
        )
        self.say("请填备份那时的一位管理员和他那时的密码：")
        self.login = QLineEdit(session.user.name)
        self.login.setAccessibleName("备份时的用户名")
        self.add(self.login)
        self.password = PasswordEdit()
        self.password.setAccessibleName("备份时的密码")
        self.password.setAccessibleName("那时的密码")
        self.add(self.password)
        self.ok.setEnabled(False)
        self.password.textChanged.connect(lambda text: self.ok.setEnabled(bool(text)))
        self.password.setFocus()


def restore_open(window: Window, info: BackupInfo) -> None:
    """Ask for the password of then, and go back to the backup."""
    dialog = RestoreDialog(window, window.session, info)
    if dialog.exec() == Dialog.DialogCode.Accepted:
        _carry_out(window, info, dialog.login.text().strip(), dialog.password.text())
    dialog.deleteLater()


def _carry_out(window: Window, info: BackupInfo, user: str, password: str) -> None:
    session = window.session

    def work(job: Job) -> None:
        job.step(0, 1, "先把现在的台账另存一份，再放回备份")
        office.restore_in_session(session, info.path, password, user)

    def finished(_: Any) -> None:
        done = Dialog(window, "恢复好了", "重新登录", reject="")
        done.say(f"台账已经回到 {day_text(info.made_at, session.today)} 的样子。")
        done.say(
            "恢复之前的台账另存为一份备份，恢复错了还能回来。用户和密码仍是今天的，"
            "请重新登录。",
            muted=True,
        )
        done.exec()
        done.deleteLater()
        window.lock_asked.emit()

    def failed(error: Exception) -> None:
        if isinstance(error, WrongPassword):
            window.error(
                "用户名和密码不是这份备份里当时的，没有恢复，台账没有变。请再试一次，"
                "或换一份备份。"
            )
            return
        window.error(error_text(error))
        if not _still_open(session):
            told_dialog = Dialog(window, "没有恢复成", "重新登录", reject="")
            told_dialog.say(error_text(error))
            told_dialog.say("台账没有变，请重新登录。", muted=True)
            told_dialog.exec()
            told_dialog.deleteLater()
            window.lock_asked.emit()

    wait_for(window, window.jobs, "正在恢复", HANDS_OFF, work, finished, failed, alone=True)


def _still_open(session: Session) -> bool:
    """Whether the books of the session can still be read."""
    try:
        OFFICE_ID.of(session.office)
    except ZhengxianError:
        return False
    return True
