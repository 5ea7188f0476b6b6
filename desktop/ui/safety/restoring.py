"""A backup put in place before anybody has logged in: on a new machine, or when the book no longer
opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from db import office
from db.errors import BadInput
from db.safety import kept_backups, repair, restore
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.dialogs import WorkDialog
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.messages import ask
from desktop.ui.kit.page_parts import button, moment
from desktop.ui.kit.password import PasswordEdit
from desktop.ui.kit.waiting import HANDS_OFF, wait_for
from desktop.ui.safety.backups import FILTER, REASONS


class RestoreClosedDialog(WorkDialog):
    """Which backup, and the administrator of then who opens it."""

    def __init__(
        self, parent: QWidget, jobs: Jobs, folder: Path, user: str, given: Path | None = None
    ) -> None:
        super().__init__(parent, jobs, "从备份恢复", "恢复", danger=True)
        self.say(
            "台账打不开，或换了电脑时用。这里已有的台账会先另存一份，恢复错了还能回来。", muted=True
        )
        self.choice = QComboBox()
        shorter = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.choice.setSizeAdjustPolicy(shorter)  # backups come later: the dialog stays as wide
        self.choice.setMinimumContentsLength(18)
        self.choice.setAccessibleName("备份")
        for info in kept_backups.of_office(folder):
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
        self.present, self.present_password = QLineEdit(user), PasswordEdit()
        self.asks_present = restore.opens(folder)
        if self.asks_present:
            hint = "这里的台账今天打得开，恢复要它现在的管理员同意；用户和密码仍是今天的。"
            self.field("现在的管理员", self.present, hint)
            self.field("现在的密码", self.present_password)
        else:
            for entry in (self.present, self.present_password):
                entry.setParent(self)  # goes with the dialog
                entry.hide()
        self.salvage = button("没有合适的备份？逐条抢救现在的台账…", self._salvage, "link")
        self.salvage.setVisible((folder / "office.db").exists())
        self.add(self.salvage)
        self.salvaging = False
        self.close_form()
        (self.password if user else self.login).setFocus()
        if given is not None:
            self._offer(given)

    def _choose(self) -> None:
        chosen = file_dialogs.open_file(self, "backup", "选择备份文件", FILTER)
        if chosen is not None:
            self._offer(chosen)

    def _offer(self, path: Path) -> None:
        info = kept_backups.info_of(path)
        if info.problem:
            self.refuse(info.problem)
            return
        self.problem.hide()
        self.choice.insertItem(0, _words(info), str(info.path))
        self.choice.setCurrentIndex(0)

    def _salvage(self) -> None:
        text = (
            "把还能读出的每一条记录读进新文件，读不出的就丢了；坏文件原样另存一份。"
            "有合适的备份时，先用备份。"
        )
        if ask(self, "逐条抢救", text, "开始抢救", danger=True):
            self.salvaging = True
            self.accept()
            self.salvaging = self.result() == self.DialogCode.Accepted

    def read(self) -> tuple[Path | None, str, str]:
        """What was chosen, no backup for a salvage; ``BadInput`` for what is missing."""
        if self.choice.currentData() is None and not self.salvaging:
            raise BadInput(
                "请先选一份备份：点“选择文件…”，找到 U 盘上的 .zxb 文件。", field="backup"
            )
        if not self.login.text().strip() or not self.password.text():
            raise BadInput("请填用户名和密码。", field="password")
        path = None if self.salvaging else Path(self.choice.currentData())
        return path, self.login.text().strip(), self.password.text()

    def agreed(self) -> tuple[str, str] | None:
        """The administrator of today, as typed; who has the same name and password leaves it."""
        if not self.asks_present or not self.present_password.text():
            return None
        return self.present.text().strip(), self.present_password.text()

    def accept(self) -> None:
        try:
            self.read()
        except BadInput as error:
            self.refuse(error.message)
            return
        self.done(self.DialogCode.Accepted)


def _words(info: kept_backups.BackupInfo) -> str:
    made = moment(info.made_at.isoformat()) if info.made_at else "时间不明"
    return f"{made}　{REASONS.get(info.reason, info.reason)}　{info.maker}"


def restore_closed(
    window: QWidget, jobs: Jobs, folder: Path, user: str, done: Callable[[str, str], None],
    failed: Callable[[Exception], None], given: Path | None = None,
) -> None:
    """Ask (for the backup ``given``, if one was opened), restore into the folder, and call ``done``
    with the name to log in with and what was done, in words."""
    dialog = RestoreClosedDialog(window, jobs, folder, user, given)
    if dialog.exec() == WorkDialog.DialogCode.Accepted:
        path, name, password = dialog.read()
        present = dialog.agreed()

        def work(job: Job) -> str:
            job.step(0, 1, "核对备份，再放回")
            if path is not None:
                office.restore_office(path, folder, name, password, present)
                return "已经恢复，请登录。" if dialog.asks_present else (
                    "已经恢复，请用备份那时的密码登录。"
                )
            saved = repair.repair_office(
                folder, name, password,
                lambda what, rows: job.step(0, 0, f"{what}：已读出 {rows} 行"),
            )
            lost = "".join(saved.notices)
            return f"抢救完了：读出 {saved.rows} 行。{lost}请登录后再检查一次台账。"

        wait_for(window, jobs, "正在恢复", HANDS_OFF, work, lambda text: done(name, text), failed)
    dialog.deleteLater()
