"""A newer version of the program, taken from a stick: verified, the books backed up, and told what
to press."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

import desktop
from db import office
from desktop import paths, updates
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button
from desktop.ui.kit.waiting import telling, wait_for
from desktop.ui.safety.backups import show_last


class UpdateCard(Card):
    """更新 and the version in use."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            "更新",
            f"正在用 {desktop.__version__} 版。拿到新版本的 U 盘后从这里更新："
            "先核对供应单位的签名，再备份台账，然后告诉您按哪里。",
        )
        self.window_ = window
        self.start = button("从 U 盘更新…", self.choose, icon="update")
        self.start.setEnabled(window.session.may("backup"))
        self.row(self.start)

    def choose(self) -> None:
        """Which package; its signature lies beside it."""
        package = file_dialogs.open_file(self, "update", "选择安装包", updates.FILTER)
        if package is not None:
            self.take(package)

    def take(self, package: Path) -> None:
        """Verify, back up, tell."""

        def work(job: Job) -> updates.Update:
            found = updates.take(package, paths.documents_dir(), job.step)
            office.make_backup(self.window_.session, reason="before-update", progress=telling(job))
            return found

        def told(found: updates.Update) -> None:
            show_last(self.window_)
            dialog = Dialog(
                self.window_, f"可以更新到 {found.version} 版", "打开所在文件夹", reject="确定"
            )
            dialog.say("安装包是供应单位签的，已经拷到这台电脑；台账已经备份。")
            dialog.say(found.steps)
            if dialog.exec() == Dialog.DialogCode.Accepted:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(found.file.parent)))
            dialog.deleteLater()

        wait_for(
            self.window_, self.window_.jobs, "正在核对安装包",
            "先核对签名，再备份台账…", work, told, self.window_.error,
        )
