"""Dialogs that do something before they close: what is wrong is said in the dialog, where it can be
put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from db import office
from db.errors import BadInput
from db.keys.passwords import check_password
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import Job, Jobs, error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.password import CAPS_ON, NOT_TWICE, PasswordEdit
from desktop.ui.kit.waiting import alone_with


class Tall(QWidget):
    """An entry of several lines, whose caption stands at its top."""


class WorkDialog(Dialog):
    """A form whose 确定 runs `work` in the writer; it closes when that is done and stays open when
    it is refused."""

    def __init__(
        self, parent: QWidget, jobs: Jobs, title: str, accept: str, *, danger: bool = False
    ) -> None:
        super().__init__(parent, title, accept, danger=danger)
        self._jobs = jobs
        self._over = False
        #: the work closes the books for a while
        self.alone = False
        self.result_of_work: Any = None
        self.work: Callable[[], Callable[[Job], Any]] | None = None
        """Reads the form in the UI thread, raises `BadInput` for what is missing, and returns what
        the writer does."""
        self._grid: QGridLayout | None = None
        self.problem = accessible.Problem()
        self.problem.hide()

    def field(self, caption: str, entry: QWidget, hint: str = "") -> QWidget:
        """An entry with its caption before it and a word of help below."""
        label = QLabel(caption)
        label.setBuddy(entry)
        name_inside(entry, caption)
        top, middle = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignVCenter
        row = self.grid.rowCount()
        self.grid.addWidget(label, row, 0, top if isinstance(entry, Tall) else middle)
        self.grid.addWidget(entry, row, 1)
        if hint:
            words = QLabel(hint)
            words.setWordWrap(True)
            words.setProperty("class", "muted")
            self.grid.addWidget(words, row + 1, 1)
        return entry

    @property
    def grid(self) -> QGridLayout:
        """Where captions and entries stand; made when the first is added."""
        if self._grid is None:
            holder = QWidget()
            self._grid = QGridLayout(holder)
            self._grid.setContentsMargins(0, 0, 0, 0)
            self._grid.setHorizontalSpacing(theme.sizes().pad)
            self._grid.setVerticalSpacing(theme.sizes().gap)
            self._grid.setColumnStretch(1, 1)
            self.add(holder)
        return self._grid

    def close_form(self) -> None:
        """The last thing in the form: the line where problems are said."""
        self.problem.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.add(self.problem)

    def refuse(self, text: str) -> None:
        """Say what is wrong; the form can be put right."""
        self._body_enabled(True)
        self.problem.say(text)
        self.adjustSize()

    def accept(self) -> None:
        if self.work is None:
            super().accept()
            return
        try:
            work = self.work()
        except BadInput as error:
            self.refuse(error.message)
            return
        self.problem.hide()
        self._body_enabled(False)
        if self.alone:
            work = alone_with(self._jobs, work)
        self._jobs.write(
            work, self._done, failed=self._failed, owner=self, label=self.windowTitle()
        )

    def _done(self, result: Any) -> None:
        self.result_of_work = result
        super().accept()

    def _failed(self, error: Exception) -> None:
        self.refuse(error_text(error))

    def _body_enabled(self, on: bool) -> None:
        self.ok.setEnabled(on)
        for entry in self.findChildren(QLineEdit):
            entry.setEnabled(on)


def name_inside(row: QWidget, caption: str) -> None:
    """Entries that stand side by side behind one caption are called by it, unless they have a name
    of their own."""
    for kind in (QComboBox, QLineEdit, QAbstractSpinBox):
        for entry in row.findChildren(kind):
            if not entry.accessibleName():
                entry.setAccessibleName(caption)


class NewPassword:
    """Two hidden entries for a new password in a dialog."""

    def __init__(self, dialog: WorkDialog, login: str, caption: str = "新密码") -> None:
        self._login = login
        self.first = PasswordEdit("至少 8 位，字母、数字、符号混用更好")
        self.again = PasswordEdit()
        dialog.field(caption, self.first)
        dialog.field("再输一遍", self.again)
        for entry in (self.first, self.again):
            entry.caps_lock_noticed.connect(lambda on: self._caps(dialog, on))

    def read(self) -> str:
        """The password; `BadInput` when it is too weak or the two differ."""
        check_password(self.first.text(), self._login)
        if self.first.text() != self.again.text():
            self.again.clear()
            raise BadInput(NOT_TWICE, field="password")
        return self.first.text()

    @staticmethod
    def _caps(dialog: WorkDialog, on: bool) -> None:
        if on:
            dialog.problem.setText(CAPS_ON)
        if on or dialog.problem.text() == CAPS_ON:
            dialog.problem.setVisible(on)


def change_own_password(window: Any, session: Any, jobs: Jobs) -> None:
    """One's own password: the old one, then the new one twice."""
    dialog = WorkDialog(window, jobs, "修改我的密码", "修改密码")
    dialog.say(
        "别人不知道您的密码；忘了只能请管理员重设。改了以后，旧密码连旧文件也打不开今后的台账："
        "管理员改密码，台账当场换新钥匙，大的要等一会儿；其他人的，等管理员下次登录时换。",
        muted=True,
    )
    dialog.alone = True
    old = PasswordEdit()
    dialog.field("现在的密码", old)
    new = NewPassword(dialog, session.user.name)
    dialog.close_form()

    def work() -> Callable[[Job], Any]:
        if not old.text():
            raise BadInput("请先输入现在的密码。", field="password")
        before, after = old.text(), new.read()
        if before == after:
            raise BadInput("新密码和现在的一样，请换一个。", field="password")
        return lambda job: office.change_password(session, before, after)

    dialog.work = work
    old.setFocus()
    if dialog.exec() == Dialog.DialogCode.Accepted:
        window.toast("密码已修改，下次登录用新密码。")
    dialog.deleteLater()


def narrow(entry: QWidget, chars: float) -> QWidget:
    """An entry no wider than so many characters."""
    entry.setMaximumWidth(theme.sizes().chars(chars))
    return entry
