"""Backups: what there is, one more now, proof that one is whole, back to one in two clicks; and
whether the book is whole."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db import office
from db.model.settings import BACKUP_FOLDER
from db.safety import backup_verifications, kept_backups
from db.safety.kept_backups import BackupInfo
from desktop.ui.field_editors.attachments import size_text
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, button, label, person, scrolled
from desktop.ui.kit.times import day_text
from desktop.ui.kit.waiting import telling, wait_for
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of
from desktop.ui.safety.backups import FILTER, REASONS, copy_to, show_last
from desktop.ui.safety.book_check import CheckCard
from desktop.ui.safety.open_data import OpenDataCard
from desktop.ui.safety.restore_open import restore_open

NAME = label_of("backup")


class BackupPage(AdminPage):
    """The list of backups in the office's own folder, newest first, and what is done with one."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME, "每天首次使用和退出时自动备份，写完就核对，也是加密的。")
        session, jobs = window.session, window.jobs
        self._may_restore = bool(session.may("restore"))
        top = Qt.AlignmentFlag.AlignTop
        self.head_buttons.addWidget(
            button("备份到 U 盘或其他位置…", self.make_elsewhere, icon="usb-flash-drive-outline"),
            0, top,
        )
        self.head_buttons.addWidget(
            button("立即备份", self.make_now, "primary", "content-save-check-outline"), 0, top
        )
        self.list = ShortList(
            "备份",
            (
                ListColumn("时间", 9, keep=True),
                ListColumn("缘由", 7),
                ListColumn("大小", 5, "number", keep=True),
                ListColumn("情况", 10, "muted", stretch=True),
            ),
        )
        self.list.when_empty("还没有备份", "点“立即备份”做第一份；以后每天会自动做。")
        self.starts_at(self.list)
        card = Card(flush=True)
        card.add(self.list, 1)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.sizes().gap)
        column.addWidget(self._chosen_card())
        column.addWidget(self._state_card())
        self.checking = CheckCard(session, jobs, window)
        column.addWidget(self.checking, 1)
        self.open_data = OpenDataCard(session, jobs, window)
        column.addWidget(self.open_data)
        self.side_by_side(card, scrolled(side), 23)
        self.list.chosen.connect(self._show)
        self.list.opened.connect(self.verify)
        self._verified: dict[Path, str] = {}
        self._made_one = False

    def _chosen_card(self) -> Card:
        card = Card()
        self.name = card.title
        self.words = card.add(label("", "muted"))
        self.verify_button = card.add(
            button("核对这份备份", self.verify, icon="file-check-outline")
        )
        self.restore_button = card.add(button("恢复到这份…", self.restore, icon="backup-restore"))
        self.file_button = card.add(button("从 U 盘上的备份恢复…", self.restore_file, "link"))
        if not self._may_restore:
            self.file_button.hide()
            self.restore_button.setToolTip("恢复由管理员操作")
        return card

    def _state_card(self) -> Card:
        card = Card("自动备份")
        self.state = card.add(label())
        self.open_settings = button("修改自动备份…", lambda: self.window_.go("settings"), "link")
        card.add(self.open_settings)
        return card

    # ---- what the window asks of a page

    def shown(self) -> None:
        super().shown()
        self.load()

    def commands(self) -> list[Command]:
        return [
            Command("立即备份", self.make_now, "Ctrl+B", "备份", "ljbf"),
            Command("备份到 U 盘或其他位置", self.make_elsewhere, section="备份", pinyin="bfdup"),
            *self.open_data.commands(),
            Command("检查台账", self.checking.check, section="备份", pinyin="jctz"),
        ]

    # ---- the list

    def load(self) -> None:
        """Read the manifests; a stick or a slow disk must not hold up the window."""
        folder = self.session.folder / kept_backups.FOLDER
        self.jobs.read(
            lambda job: kept_backups.list_backups(folder), self._take, owner=self, key="backups",
            failed=self.window_.error,
        )

    def _take(self, found: list[BackupInfo]) -> None:
        lines = []
        for info in found:
            state: Any = ("不能使用", "red") if info.problem else self._state_of(info)
            made = f"{info.made_at:%Y-%m-%d %H:%M}" if info.made_at else "时间不明"
            reason = REASONS.get(info.reason, info.reason)
            lines.append(Line(info.path.name, (made, reason, size_text(info.size), state), info))
        self.list.fill(lines)
        if self._made_one and lines:
            self.list.selectRow(0)
        self._made_one = False
        usable = [info for info in found if not info.problem]
        last = day_text(usable[0].made_at, self.session.today) if usable else "还没有"
        total = size_text(sum(info.size for info in found))
        other = self.window_.settings[BACKUP_FOLDER]
        said = [
            f"最近一份：{last}。共 {len(found)} 份，{total}。",
            "最近 10 份、两周内每天、一年内每月各一份会留着，每周重新核对。",
        ]
        said.append(
            f"另存一份到：{other}"
            if other
            else "没有设另存的硬盘：这台电脑的硬盘坏了，备份也会一起丢。"
        )
        self.state.setText("\n".join(said))

    def _state_of(self, info: BackupInfo) -> Any:
        verified = self._verified.get(info.path)
        if verified:
            return f"{verified} 核对过，完好", "green"
        return f"{info.verified_on:%m-%d} 又核对过" if info.verified_on else "写好时核对过"

    def _show(self, line: Line | None) -> None:
        info: BackupInfo | None = line.data if line else None
        self.name.setVisible(True)
        self.verify_button.setEnabled(info is not None)
        self.restore_button.setEnabled(info is not None and not info.problem and self._may_restore)
        if info is None:
            self.name.setText("备份")
            self.words.setText("在左边选一份备份。")
            return
        self.name.setText(day_text(info.made_at, self.session.today) + " 的备份")
        self.name.setToolTip(str(info.path))
        by = f"{person(self.session, info.by)}备份" if info.by else info.maker
        self.words.setText(
            info.problem
            or f"{REASONS.get(info.reason, info.reason)}，{size_text(info.size)}，{by}。"
        )

    def _info(self) -> BackupInfo | None:
        line = self.list.line()
        return line.data if line else None

    # ---- making one

    def make_now(self) -> None:
        """One more in the office's own folder, and a copy on the other disk if there is one."""
        other = self.window_.settings[BACKUP_FOLDER]

        def work(job: Job) -> tuple[BackupInfo, str]:
            info = office.make_backup(self.session, progress=telling(job))
            return info, copy_to(info, other, telling(job))

        self._make("正在备份", work)

    def make_elsewhere(self) -> None:
        """One into a chosen folder: a stick that is taken along."""
        start = self.window_.settings[BACKUP_FOLDER]
        target = file_dialogs.folder(self, "backup", "备份到哪个文件夹", start)
        if target is not None:
            self._make(
                f"正在备份到 {target.name or target}", lambda job: (self._make_in(target, job), ""),
                str(target),
            )

    def _make_in(self, target: Path, job: Job) -> BackupInfo:
        return office.make_backup(self.session, target, progress=telling(job))

    def _make(self, title: str, work: Any, where: str = "") -> None:
        def done(result: tuple[BackupInfo, str]) -> None:
            info, problem = result
            self._made_one = True
            self.load()
            show_last(self.window_)
            if problem:
                self.window_.error(problem)
            else:
                ready = "可以安全拔出 U 盘了。" if where else ""
                self.window_.toast(
                    f"备份已做好并核对过：{info.path.name}（{size_text(info.size)}）。{ready}"
                )

        text = "正在复制、写入并核对…"
        wait_for(
            self.window_, self.jobs, title, text, work, done, self.window_.error, cancellable=True
        )

    # ---- verifying and restoring

    def verify(self) -> None:
        """Every byte against its digest, and every page of the books with the keys of whoever is
        logged in."""
        info = self._info()
        if info is None:
            return

        def done(problem: str) -> None:
            if problem:
                self.load()
                self.window_.error(problem)
                return
            self._verified[info.path] = f"{dt.datetime.now():%H:%M}"
            self.load()
            self.window_.toast(
                f"{day_text(info.made_at, self.session.today)} 的备份核对过，完好，可以恢复。"
            )

        wait_for(
            self.window_,
            self.jobs,
            "正在核对备份",
            "逐字节核对，大的台账要一两分钟…",
            lambda job: backup_verifications.verify_backup(info.path, self.session.today),
            done,
            self.window_.error,
        )

    def restore(self) -> None:
        """The first click; the second is in the dialog."""
        info = self._info()
        if info is not None and not info.problem:
            self._restore(info)

    def restore_file(self) -> None:
        """The same from a stick."""
        chosen = file_dialogs.open_file(self, "backup", "选择备份文件", FILTER)
        if chosen is None:
            return
        info = kept_backups.info_of(chosen)
        if info.problem:
            self.window_.error(info.problem)
        else:
            self._restore(info)

    def _restore(self, info: BackupInfo) -> None:
        restore_open(self.window_, info)
