"""The users of the office, for the administrator: who may do what, whose keys open which book, and
the recovery key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db import office
from db.errors import ZhengxianError
from db.keys.users import UserInfo, default_books
from db.model.roles import ROLES
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.dialogs import NewPassword, WorkDialog, change_own_password
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, button, label, scrolled
from desktop.ui.kit.waiting import telling, wait_for
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.office.user_dialog import ROLE_WORDS, UserDialog
from desktop.ui.pages import label_of
from desktop.ui.safety.recovery_key import show_recovery_key

NAME = label_of("users")
ROLE_TONES = {
    "administrator": "purple", "reviewer": "blue", "clerk": "green", "personnel": "orange",
    "viewer": "grey",
}
BOOK_WORDS = {"office": "工作台账", "personnel": "干部人事台账"}
BOOK_SHORT = {"office": "工作", "personnel": "干部人事"}
REKEY_ALL = "两本台账都换一把新钥匙，大的要等一会儿，其间不要关机。"
REKEY = "程序会给他能打开的台账换一把新钥匙，台账大的要等一会儿，其间不要关机。"


class UsersPage(AdminPage):
    """A list of users; what the chosen one may do and what may be done with them beside it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME, "一人一个账号。谁改了什么都记在本人名下，密码只有本人知道。")
        self.head_buttons.addWidget(
            button("新增用户", self.new, "primary", "account-plus-outline"), 0,
            Qt.AlignmentFlag.AlignTop,
        )
        self.list = ShortList(
            "用户",
            (
                ListColumn("姓名", 6),
                ListColumn("用户名", 7),
                ListColumn("角色", 6.5, keep=True),
                ListColumn("所在单位", 9, stretch=True),
                ListColumn("能打开的台账", 8, "muted"),
            ),
        )
        self.starts_at(self.list)
        card = Card(flush=True)
        card.add(self.list, 1)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.sizes().gap)
        column.addWidget(self._person(), 1)
        column.addWidget(self._recovery())
        self.side_by_side(card, scrolled(side), 21)
        self.list.chosen.connect(self._show)
        self.list.opened.connect(self.edit)
        self.list.delete_asked.connect(self.remove)

    def _person(self) -> Card:
        card = Card()
        self.name = card.title
        self.words = card.add(label("", "muted"))
        card.box.addSpacing(theme.sizes().gap)
        self.edit_button = card.add(
            button("修改资料、角色…", self.edit, icon="account-edit-outline")
        )
        self.reset_button = card.add(button("重设密码…", self.reset, icon="lock-reset"))
        self.remove_button = card.add(
            button("移除用户…", self.remove, "danger", "account-remove-outline")
        )
        self.own = card.add(label("", "muted"))
        card.box.addStretch(1)
        return card

    def _recovery(self) -> Card:
        card = Card("恢复密钥", "管理员忘了密码时用的那张纸。怕被人看到过，或找不到了，就换一张。")
        card.add(button("更换并打印恢复密钥…", self.renew, icon="key-change"))
        return card

    # ---- what the window asks of a page

    def shown(self) -> None:
        super().shown()
        self.load()

    def refresh(self, change: Any) -> None:
        if change is None or change.source == "users" or "unit" in change.kinds:
            self.load()

    def commands(self) -> list[Command]:
        return [Command("新增用户", self.new, section=NAME, pinyin="xzyh")]

    def offers(self, what: str) -> bool:
        return what == "new"

    # ---- the list

    def load(self) -> None:
        """The users are few and lie in memory: no worker is needed."""
        lines = []
        for user in office.users(self.session):
            books = "、".join(BOOK_SHORT[book] for book in user.books)
            where = self.session.unit_name(user.unit) if user.unit else ""
            chip = (ROLES[user.role], ROLE_TONES[user.role])
            lines.append(
                Line(user.name, (user.display or user.name, user.name, chip, where, books), user)
            )
        self.list.fill(lines)

    def _show(self, line: Line | None) -> None:
        user: UserInfo | None = line.data if line else None
        self.name.setVisible(user is not None)
        if user is None:
            return
        own = user.name == self.session.user.name
        self.name.setText(user.display or user.name)
        self.words.setText(f"{ROLES[user.role]}：{ROLE_WORDS[user.role]}。")
        self.remove_button.setEnabled(not own)
        self.reset_button.setText("修改我的密码…" if own else "重设密码…")
        self.own.setText("这是您自己。改角色、移除要由另一位管理员来做。" if own else "")

    def _chosen(self) -> UserInfo | None:
        line = self.list.line()
        return line.data if line else None

    # ---- what may be done

    def new(self) -> None:
        """A name, a role, a first password."""
        dialog = UserDialog(self.window_, self.session, self.jobs, None)
        if dialog.exec() == WorkDialog.DialogCode.Accepted:
            added: UserInfo = dialog.result_of_work
            self.window_.toast(
                f"已新增用户 {added.display or added.name}，请把初始密码当面告诉本人，"
                f"登录后在“设置”里改掉。"
            )
            self.load()
        dialog.deleteLater()

    def edit(self) -> None:
        """What they are called, where they belong, and their role."""
        user = self._chosen()
        if user is None:
            return
        dialog = UserDialog(self.window_, self.session, self.jobs, user)
        if dialog.exec() == WorkDialog.DialogCode.Accepted:
            self.load()
            role = dialog.role
            if role != user.role:
                self._set_role(user, role)
            else:
                self.window_.toast(f"已修改 {user.display or user.name} 的资料。")
        dialog.deleteLater()

    def _set_role(self, user: UserInfo, role: Any) -> None:
        lost = [BOOK_WORDS[b] for b in user.books if b not in default_books(role)]
        name = user.display or user.name
        if lost and not ask(
            self.window_,
            "改为" + ROLES[role],
            f"{name} 改为{ROLES[role]}后，不能再打开{'、'.join(lost)}。\n\n{REKEY}",
            "改角色并换钥匙",
        ):
            self.load()
            return

        def done(_: Any) -> None:
            self.load()
            self.window_.toast(f"{name} 已改为{ROLES[role]}，下次登录生效。")

        self._wait(
            "正在修改角色",
            lambda job: office.set_role(self.session, user.name, role, telling(job)), done,
        )

    def reset(self) -> None:
        """A new password for somebody who forgot theirs; one's own needs the old one."""
        user = self._chosen()
        if user is None:
            return
        if user.name == self.session.user.name:
            change_own_password(self.window_, self.session, self.jobs)
            return
        name = user.display or user.name
        dialog = WorkDialog(self.window_, self.jobs, f"重设 {name} 的密码", "重设密码")
        dialog.say(
            "先确认是本人来要求重设。当面把新密码告诉本人，请他登录后在“设置”里改掉。"
            f"{REKEY}",
            muted=True,
        )
        entry = NewPassword(dialog, user.name)
        dialog.close_form()
        dialog.alone = True

        def work() -> Callable[[Job], Any]:
            password = entry.read()
            return lambda job: office.reset_password(self.session, user.name, password)

        dialog.work = work
        entry.first.setFocus()
        if dialog.exec() == WorkDialog.DialogCode.Accepted:
            self.window_.toast(f"{name} 的密码已重设。")
        dialog.deleteLater()

    def remove(self) -> None:
        """Somebody leaves: their key is taken, and every book they could open gets a new one."""
        user = self._chosen()
        if user is None or user.name == self.session.user.name:
            return
        name = user.display or user.name
        text = (
            f"{name}（{user.name}）以后不能登录，他做过的修改仍记在他名下；他手里若有以前的备份，"
            f"用旧密码仍能打开，请一并收回。\n\n{REKEY}"
        )
        if not ask(self.window_, f"移除 {name}", text, "移除并换钥匙", danger=True):
            return

        def done(_: Any) -> None:
            self.load()
            self.window_.toast(f"{name} 已移除，台账已换新钥匙。")

        self._wait(
            f"正在移除 {name}",
            lambda job: office.remove_user(self.session, user.name, telling(job)), done,
        )

    def _wait(self, title: str, work: Callable[[Job], Any], done: Callable[[Any], None]) -> None:
        def failed(error: Exception) -> None:
            self.load()
            self.window_.error(error.message if isinstance(error, ZhengxianError) else error)

        wait_for(self.window_, self.jobs, title, REKEY, work, done, failed, alone=True)

    def renew(self) -> None:
        """Another recovery key; the one before is void from then on."""
        text = "现在纸上的那张马上作废，新的一张只显示一次，请先备好纸和打印机。"
        if not ask(self.window_, "更换恢复密钥", text, "更换"):
            return
        wait_for(
            self.window_,
            self.jobs,
            "正在更换恢复密钥",
            REKEY_ALL,
            lambda job: office.renew_recovery(self.session, telling(job)),
            self._show_key,
            self.window_.error,
            alone=True,
        )

    def _show_key(self, paper: str) -> None:
        show_recovery_key(self.window_, self.session.office_name, paper)
        self.jobs.write(lambda job: office.recovery_seen(self.session))


