"""A year closed into an archive: which, where to, who opens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QCheckBox

from db.domain import years
from db.errors import BadInput
from desktop.tasks import close_year
from desktop.tasks.close_year import Closed
from desktop.ui.kit.dialogs import NewPassword, WorkDialog
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.password import PasswordEdit
from desktop.ui.kit.waiting import telling
from desktop.ui.office.folder_entry import FolderEntry


class ClosingDialog(WorkDialog):
    """The folder, one's own password, and a password of the archive's own where one is wanted."""

    def __init__(self, window: Window, year: int) -> None:
        super().__init__(window, window.jobs, f"{year}年度归档", "归档")
        session = window.session
        self.say(
            f"把{year}年的数字定下来，台账做成一份只读的归档；"
            "没有办完的事项还在台账里接着办。"
        )
        for sentence in years.warnings(session, year):
            self.say(sentence, muted=True)
        proposed = session.folder.with_name(f"{session.folder.name}-{year}年归档")
        self.folder = FolderEntry(
            "归档文件夹", str(proposed), "归档放在哪里", lambda text: None, new=True
        )
        self.field("归档文件夹", self.folder, "放在一个新的文件夹里，以后整个文件夹一起存放。")
        self.password = PasswordEdit()
        self.field("我的密码", self.password)
        self.own = QCheckBox("归档另设密码，只有我打得开")
        self.field("谁能打开", self.own, "不勾选的，归档时的各位用户用归档时的密码都能打开。")
        self.new = NewPassword(self, session.user.name, "归档的密码")
        for entry in (self.new.first, self.new.again):
            entry.setEnabled(False)
            self.own.toggled.connect(entry.setEnabled)
        self.close_form()

        def work() -> Callable[[Job], Closed]:
            if not self.password.text():
                raise BadInput("请输入您登录用的密码。", field="password")
            if not self.folder.entry.text().strip():
                raise BadInput("请写明归档文件夹。", field="folder")
            folder = Path(self.folder.entry.text().strip())
            password = self.password.text()
            own = self.new.read() if self.own.isChecked() else ""
            close_year.check_closable(session, year, folder)
            return lambda job: close_year.close(session, year, folder, password, own, telling(job))

        self.work = work
