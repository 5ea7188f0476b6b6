"""A backup put in place before anybody has logged in: on a new machine, or when the book no longer opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from db import backup, office
from db.errors import BadInput
from desktop import paths
from desktop.ui.backups import REASONS
from desktop.ui.jobs import Job, Jobs
from desktop.ui.login import PasswordEdit
from desktop.ui.pages.entry import WorkDialog
from desktop.ui.pages.parts import button, moment
from desktop.ui.waiting import wait_for

FILTER = "争先台账备份 (*.zxb)"


class RestoreClosedDialog(WorkDialog):
    """Which backup, and the administrator of then who opens it."""

    def __init__(self, parent: QWidget, jobs: Jobs, folder: Path, user: str) -> None:
        super().__init__(parent, jobs, "从备份恢复", "恢复", danger=True)
        self.say("台账打不开，或换了电脑时用。这里已有的台账会先另存一份，恢复错了还能回来。", muted=True)
        self.choice = QComboBox()
        self.choice.setAccessibleName("备份")
        for info in backup.list_backups(folder / backup.FOLDER):
            if not info.problem:
                self.choice.addItem(_words(info), str(info.path))
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.choice, 1)
        row.addWidget(button("选择文件…", self._choose, tip="U 盘或别的硬盘上的备份"))
        self.field("备份", holder)
        self.login = QLineEdit(user)
        self.field("用户名", self.login, "备份里的管理员；密码是备份那时的密码。")
        self.password = PasswordEdit()
        self.field("密码", self.password)
        self.close_form()
        (self.password if user else self.login).setFocus()

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "选择备份文件", str(paths.documents_dir()), FILTER)
        if not name:
            return
        info = backup.info_of(Path(name))
        if info.problem:
            self.refuse(info.problem)
            return
        self.problem.hide()
        self.choice.insertItem(0, _words(info), str(info.path))
        self.choice.setCurrentIndex(0)

    def read(self) -> tuple[Path, str, str]:
        """What was chosen; ``BadInput`` for what is missing."""
        if self.choice.currentData() is None:
            raise BadInput("请先选一份备份：点“选择文件…”，找到 U 盘上的 .zxb 文件。", field="backup")
        if not self.login.text().strip() or not self.password.text():
            raise BadInput("请填用户名和密码。", field="password")
        return Path(self.choice.currentData()), self.login.text().strip(), self.password.text()

    def accept(self) -> None:
        try:
            self.read()
        except BadInput as error:
            self.refuse(error.message)
            return
        self.done(self.DialogCode.Accepted)


def _words(info: backup.BackupInfo) -> str:
    made = moment(info.made_at.isoformat()) if info.made_at else "时间不明"
    return f"{made}　{REASONS.get(info.reason, info.reason)}"


def restore_closed(
    window: QWidget, jobs: Jobs, folder: Path, user: str, done: Callable[[str], Any], failed: Callable[[Exception], Any]
) -> None:
    """Ask, restore into the folder, and call ``done`` with the name to log in with."""
    dialog = RestoreClosedDialog(window, jobs, folder, user)
    if dialog.exec() == WorkDialog.DialogCode.Accepted:
        path, name, password = dialog.read()

        def work(job: Job) -> str:
            job.step(0, 1, "核对备份，再放回")
            office.restore_office(path, folder, name, password)
            return name

        wait_for(window, jobs, "正在恢复", "请不要关机、不要拔 U 盘…", work, done, failed)
    dialog.deleteLater()
