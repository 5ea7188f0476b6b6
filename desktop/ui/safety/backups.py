"""Backups that nobody has to think of: the first of the day, at the end of the work, and a copy on
another disk."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from db import office
from db.errors import WorkFailed, ZhengxianError
from db.model.settings import BACKUP_AT_EXIT, BACKUP_DAILY, BACKUP_FOLDER
from db.safety import backup, backup_archive, kept_backups, snapshots
from db.session import Session
from db.store.disk.disk_errors import disk_errors
from desktop.settings import Settings
from desktop.ui.kit.jobs import Job, Jobs, error_text
from desktop.ui.kit.messages import ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.times import day_text
from desktop.ui.kit.waiting import telling, wait_for

FILTER = "争先台账备份 (*.zxb)"
"""What file dialogs show of a backup."""
REASONS = {
    "manual": "手动备份", "daily": "每日备份", "exit": "退出时备份", "before-change": "升级台账前",
    "before-update": "更新程序前",
    "before-restore": "恢复之前", "before-salvage": "抢救之前",
}
NO_PAPER = (
    "上次的恢复密钥还没有抄印好程序就关了，忘记密码时会打不开台账。"
    "请到“用户”里点“更换并打印恢复密钥…”。"
)


def last_text(session: Session) -> str:
    """The words of the status bar; for the reader."""
    usable = [b for b in kept_backups.of_office(session.folder) if not b.problem]
    return f"上次备份：{day_text(usable[0].made_at, session.today)}" if usable else "还没有备份"


def show_last(workspace: Window) -> None:
    """Say in the status bar when the last backup was made."""
    workspace.jobs.read(
        lambda job: last_text(workspace.session), workspace.set_backup_text,
        failed=lambda _: workspace.set_backup_text("没有读出上次备份的时间"), owner=workspace,
    )


def at_start(workspace: Window) -> None:
    """After somebody has logged in: the first backup of the day, behind the window; what goes wrong
    is said there."""
    session, settings = workspace.session, workspace.settings

    def work(job: Job) -> str:
        info = office.rotate_backups(session, "daily", telling(job))
        other = settings[BACKUP_FOLDER]
        copied = copy_to(info, other, telling(job)) if info is not None else ""
        return copied + office.reverify_backups(session)

    def done(problem: str) -> None:
        show_last(workspace)
        if problem:
            workspace.error(problem)

    if settings[BACKUP_DAILY] and session.may("backup"):
        workspace.jobs.write(
            work, done, failed=workspace.error, owner=workspace, label="正在做每日备份"
        )
    else:
        show_last(workspace)


def at_exit(
    window: QWidget, session: Session, jobs: Jobs, settings: Settings, then: Callable[[], None],
    stay: Callable[[], None],
) -> bool:
    """Before the program ends: back up what changed since the last backup, then call `then`.

    False when there is nothing to do, and `then` is not called. The person may skip it; a backup
    that fails is told of, and the person decides whether to leave all the same (`then`) or not
    (`stay`).
    """
    if (
        not settings[BACKUP_AT_EXIT]
        or not session.may("backup")
        or not backup.changed_since_last(session.folder)
    ):
        return False

    def work(job: Job) -> str:
        info = office.rotate_backups(session, "exit", telling(job))
        return copy_to(info, settings[BACKUP_FOLDER], telling(job)) if info is not None else ""

    def unless(problem: str) -> None:
        text = f"{problem}\n\n台账本身已经保存好，没有丢失任何内容。"
        if not problem or ask(window, "备份没有做好", text, "仍然退出"):
            then()
        else:
            stay()

    wait_for(
        window, jobs, "退出前备份", "正在备份今天的改动，做好后自动退出…", work, unless,
        lambda error: unless(error_text(error)), cancellable=True, cancelled=then,
    )
    return True


def copy_to(
    info: kept_backups.BackupInfo, folder: str, progress: snapshots.Progress | None = None
) -> str:
    """A verified copy of a backup in the folder on another disk, thinned out there too; a sentence
    when it cannot be made.

    The backup itself stands either way, so this is no error.
    """
    if not folder:
        return ""
    target = Path(folder)
    if not target.is_dir():
        return (
            f"备份已做好，但没有另存一份：找不到文件夹“{folder}”。请插好移动硬盘，或在“设置”里改。"
        )
    part = target / f"{info.path.name}.part"
    try:
        with disk_errors(target.name):
            if progress is not None:
                progress("另存一份备份", 0, 0)
            shutil.copyfile(info.path, part)
            backup_archive.verify(part)
            os.replace(part, target / info.path.name)
        kept_backups.thin_out(target, dt.date.today())
    except ZhengxianError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if not isinstance(error, WorkFailed):
            raise
        return f"备份已做好，但没有另存到“{folder}”：{error.message}"
    return ""


def remind_of_key(session: Session, jobs: Jobs, say: Callable[[str], None]) -> None:
    """A recovery key that nobody saw opens nothing one day: the program ended before it was on
    paper."""
    if session.may("users"):
        jobs.read(
            lambda job: office.recovery_unseen(session),
            lambda unseen: say(NO_PAPER) if unseen else None, failed=None,
        )
