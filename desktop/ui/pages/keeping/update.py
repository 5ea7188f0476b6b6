"""A newer version of the program, taken from a stick: verified, the books backed up, and told what
to press."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

import desktop
from db import office
from desktop import paths, updates
from desktop.ui.help.about import build
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, button, label
from desktop.ui.kit.waiting import telling, wait_for
from desktop.ui.pages import label_of
from desktop.ui.safety.backups import show_last

NAME = label_of("update")
STEPS = (
    "1. 供应单位给的安装包和它的签名（文件名相同，后面多 .minisig）放在 U 盘的同一个文件夹里。",
    "2. 点“从 U 盘更新…”，选安装包。程序核对签名：被改动过的、不是供应单位签的、旧的都不采用。",
    "3. 程序备份台账，再说按哪里。装好以后台账还是原来的。",
)


class UpdatePage(AdminPage):
    """The version in use, and how it becomes a newer one."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME, "新版本用 U 盘带来，不用联网。程序自己不会去装。")
        card = Card(f"正在用 {desktop.__version__} 版（{build()}）")
        for step in STEPS:
            card.add(label(step))
        self.start = button("从 U 盘更新…", self.choose, "primary", "update")
        card.row(self.start)
        self.starts_at(self.start)
        self.body.addWidget(card)
        self.body.addStretch(1)

    def commands(self) -> list[Command]:
        return [Command("从 U 盘更新程序", self.choose, section=NAME, pinyin="cupgxcx")]

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

        def done(found: updates.Update) -> None:
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
            "先核对签名，再备份台账…", work, done, self.window_.error,
        )
