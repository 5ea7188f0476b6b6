"""A user of the office: new, or what may be changed of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLineEdit, QRadioButton

from db import office
from db.errors import BadInput
from db.keys.users import UserInfo
from db.model.declarations import Field
from db.model.roles import ROLES, Role
from db.session import Session
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.pickers import PickEditor
from desktop.ui.kit import theme
from desktop.ui.kit.dialogs import NewPassword, Tall, WorkDialog
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import label

ROLE_WORDS = {
    "administrator": "全部台账，用户、台账设置、备份恢复",
    "reviewer": "录入、交办，审核销号，印发通报",
    "clerk": "录入、交办、申请销号，导入导出、打印",
    "personnel": "只有他们和管理员能打开干部人事台账",
    "viewer": "只看、只打印，不能修改",
}


class UserDialog(WorkDialog):
    """A new user, or what may be changed of one; the role is only chosen here, since taking keys
    away takes its time."""

    def __init__(self, parent: Window, session: Session, jobs: Jobs, user: UserInfo | None) -> None:
        super().__init__(
            parent, jobs, "修改用户" if user else "新增用户", "保存" if user else "新增"
        )
        self.session, self.user = session, user
        self.login = QLineEdit(user.name if user else "")
        self.login.setReadOnly(user is not None)
        self.display = QLineEdit(user.display if user else "")
        hint = "" if user else "登录时输入，建好后不能改；汉字、拼音都行。"
        self.field("用户名", self.login, hint)
        self.field("姓名", self.display)
        context = EditorContext(session, jobs, parent)
        unit_help = "可以不填，输入拼音首字母查找"
        self.where = PickEditor(
            Field(name="unit", label="所在单位", type="unit", help=unit_help), context
        )
        self.where.set_value(user.unit if user else None)
        self.field("所在单位", self.where)
        self._add_roles(user)
        self.password = None if user else NewPassword(self, "", "初始密码")
        self.close_form()
        self.work = self._work
        (self.display if user else self.login).setFocus()
        self.setMinimumWidth(theme.sizes().chars(36))

    def _add_roles(self, user: UserInfo | None) -> None:
        self._roles = QButtonGroup(self)
        holder = Tall()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.sizes().pad)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        own = user is not None and user.name == self.session.user.name
        for at, (role, name) in enumerate(ROLES.items()):
            choice = QRadioButton(name)
            choice.setChecked(role == (user.role if user else "clerk"))
            choice.setEnabled(not own)
            choice.setProperty("role", role)
            self._roles.addButton(choice)
            grid.addWidget(choice, at, 0)
            grid.addWidget(label(ROLE_WORDS[role], "muted"), at, 1)
        self.field("角色", holder)

    @property
    def role(self) -> Role:
        chosen = self._roles.checkedButton()
        assert chosen is not None  # one always is
        role: Role = chosen.property("role")
        return role

    def _work(self) -> Callable[[Job], Any]:
        name, display, unit, role = (
            self.login.text().strip(), self.display.text().strip(), self.where.value(), self.role,
        )
        if not name:
            raise BadInput("请填用户名。", field="name")
        if not display:
            raise BadInput("请填姓名，修改记录里显示的就是它。", field="display")
        if self.user is not None:
            login = self.user.name
            return lambda job: office.edit_user(self.session, login, display, unit)
        assert self.password is not None
        password = self.password.read()
        return lambda job: office.add_user(self.session, name, display, role, password, unit)
