"""The data as open files: handed out into a folder, and taken in by a new office."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget

from db.errors import ZhengxianError
from db.session import Session
from desktop import file_names
from desktop.open_files import hand_out, take_in
from desktop.open_files.hand_out import HandedOut
from desktop.open_files.take_in import TakenIn
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog, ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button
from desktop.ui.kit.waiting import telling, wait_for

_PURPOSE = "open-data"


class HandOutDialog(Dialog):
    """What is handed out, and that it is not encrypted."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent, "移交数据", "选文件夹…")
        self.say("把全部台账写成开放的文件：CSV、数据字典，和装进 PostgreSQL、DuckDB 的脚本。")
        self.say("这些文件没有加密，谁拿到都能看。请只交给该交的人，用完销毁。")
        self.personnel = QCheckBox("连同干部人事台账")
        self.add(self.personnel)
        chosen = len(hand_out.books_of(session)) > 1
        self.personnel.setChecked(chosen)
        self.personnel.setVisible(chosen)


class OpenDataCard(Card):
    """移交 and 接收."""

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__("开放数据", "全部数据写成不靠本程序也能用的文件；新建的单位可以收进来。")
        self.session, self.jobs, self.window_ = session, jobs, window
        self.hand_out_button = button("移交数据…", self.hand_out, icon="database-export-outline")
        self.take_in_button = button("接收数据…", self.take_in, icon="database-import-outline")
        self.add(self.hand_out_button)
        self.add(self.take_in_button)
        self.hand_out_button.setEnabled(session.may(hand_out.ACT))
        self.take_in_button.setEnabled(session.may(take_in.ACT))

    def commands(self) -> list[Command]:
        """What of it this person may do."""
        known = (
            (hand_out.ACT, Command("移交数据", self.hand_out, section="备份", pinyin="yjsj")),
            (take_in.ACT, Command("接收数据", self.take_in, section="备份", pinyin="jssj")),
        )
        return [command for act, command in known if self.session.may(act)]

    def hand_out(self) -> None:
        """Ask what and where to, then write."""
        dialog = HandOutDialog(self.window_, self.session)
        accepted = dialog.exec() == Dialog.DialogCode.Accepted
        personnel = dialog.personnel.isChecked()
        dialog.deleteLater()
        place = file_dialogs.folder(self, _PURPOSE, "移交到哪个文件夹") if accepted else None
        if place is None:
            return
        folder = file_names.free(place, f"移交数据-{self.session.today:%Y%m%d}")

        def finished(done: HandedOut) -> None:
            made = done.manifest
            self.window_.toast(
                f"已移交 {len(made.tables)} 个表 {done.rows} 行、{made.attachments} 个附件到"
                f" {folder.name}。{''.join(done.notes)}"
            )

        wait_for(
            self.window_, self.jobs, "正在移交数据", "逐行写出全部台账…",
            lambda job: hand_out.hand_out(
                self.session, folder, personnel=personnel, progress=telling(job)
            ),
            finished, self.window_.error, cancellable=True,
        )

    def take_in(self) -> None:
        """Ask which folder, say what it is, then read."""
        folder = file_dialogs.folder(self, _PURPOSE, "移交的数据在哪个文件夹")
        if folder is None:
            return
        try:
            manifest = take_in.read_manifest(folder)
        except ZhengxianError as error:
            self.window_.error(error.message)
            return
        text = (
            f"接收{manifest.office_name} {manifest.made_at[:10]} 移交的数据？\n\n"
            "先逐个核对文件，有一处不对就什么都不收；收进来的记成由您登记。"
        )
        if ask(self.window_, "接收数据", text, "接收"):
            wait_for(
                self.window_, self.jobs, "正在接收数据", "先核对，再写入…",
                lambda job: take_in.take_in(self.session, folder, telling(job)),
                self._taken, self.window_.error, cancellable=True,
            )

    def _taken(self, done: TakenIn) -> None:
        dialog = Dialog(self.window_, "接收好了", "重新登录", reject="")
        dialog.say(f"收进 {done.tables} 个台账 {done.rows} 条记录、{done.attachments} 个附件。")
        if done.left:
            dialog.say(done.left)
        dialog.say("单位层级、工作日历等设置随工作台账换成移交来的，请重新登录。", muted=True)
        dialog.exec()
        dialog.deleteLater()
        self.window_.lock_asked.emit()
