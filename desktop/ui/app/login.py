"""Logging in: a name, a password, and the way back with the recovery key when the password is
forgotten."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.password import CAPS_ON, PasswordEdit


class LoginPage(QWidget):
    """The first thing painted. It opens nothing itself: it emits what was typed and is told what
    came of it."""

    submitted = Signal(str, str)
    """User, password."""
    recovered = Signal(str, str, str)
    """User, recovery key, new password."""
    other_folder = Signal()
    restore_asked = Signal()

    def __init__(
        self, office: str, folder: str, users: list[str], last_user: str,
        parent: QWidget | None = None,
    ) -> None:
        # from the outside in: Qt styles all in a widget anew each time it gets another parent
        super().__init__(parent)
        size = theme.sizes()
        card = QFrame(self)
        card.setProperty("class", "card")
        card.setFixedWidth(size.chars(26))
        self._forms = QStackedWidget(card)
        self._forms.addWidget(self._login_form(users, last_user))
        name = QLabel("争先台账")
        name.setFont(theme.scaled(1.9, bold=True))
        name.setStyleSheet(f"color: {theme.ACCENT};")
        where = QLabel(office)
        where.setProperty("class", "muted")
        where.setWordWrap(True)
        box = QVBoxLayout(card)
        box.setContentsMargins(size.pad * 2, size.pad, size.pad * 2, size.gap)
        box.setSpacing(size.gap)
        box.addWidget(name)
        box.addWidget(where)
        box.addWidget(self._forms)
        foot = QLabel(f"数据在本机，不联网　{folder}")
        foot.setProperty("class", "muted")
        other = QPushButton("打开其他数据文件夹…")
        other.setProperty("class", "link")
        other.clicked.connect(self.other_folder)
        restore = QPushButton("从备份恢复…")
        restore.setProperty("class", "link")
        restore.clicked.connect(self.restore_asked)
        outer = QVBoxLayout(self)
        outer.addStretch(3)
        outer.addLayout(_centred(card))
        outer.addLayout(_centred(foot))
        outer.addLayout(_centred(other, restore))
        outer.addStretch(4)

    def _login_form(self, users: list[str], last_user: str) -> QWidget:
        size = theme.sizes()
        self.user = QComboBox()
        self.user.setEditable(True)
        self.user.addItems(users)
        here = last_user if last_user in users or not users else ""  # else of another office
        here = here or (users[0] if len(users) == 1 else "")
        self.user.setCurrentIndex(self.user.findText(here))  # blank: not told as the first one
        self.user.setCurrentText(here)
        self.user.setAccessibleName("用户名")
        name = self.user.lineEdit()
        assert name is not None  # it is editable
        name.setPlaceholderText("用户名")
        name.setAccessibleName("用户名")
        self.password = PasswordEdit("密码")
        self.password.setAccessibleName("密码")
        self.message = accessible.Problem(" ")
        self.message.setMinimumHeight(size.line * 2)
        self.enter = QPushButton("登　录")
        self.enter.setProperty("class", "primary")
        forgot = QPushButton("忘记密码？用恢复密钥")
        forgot.setProperty("class", "link")
        form = QWidget(self._forms)
        box = QVBoxLayout(form)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(size.gap)
        for label, entry in (("用户名", self.user), ("密码", self.password)):
            caption = QLabel(label)
            caption.setBuddy(entry)
            box.addWidget(caption)
            box.addWidget(entry)
        box.addWidget(self.message)
        box.addWidget(self.enter)
        box.addLayout(_centred(forgot))
        self.enter.clicked.connect(self._submit)
        self.password.returnPressed.connect(self._submit)
        name.returnPressed.connect(self.password.setFocus)
        self.password.caps_lock_noticed.connect(
            lambda on: self._say(CAPS_ON if on else "", only_over=CAPS_ON)
        )
        forgot.clicked.connect(self._show_recovery)
        return form

    def _recovery_form(self) -> QWidget:
        size = theme.sizes()
        self.recovery_key = QLineEdit()
        self.recovery_key.setPlaceholderText("印在纸上的恢复密钥")
        self.new_password = PasswordEdit("至少 8 位")
        self.again = PasswordEdit()
        self.recovery_message = QLabel("恢复密钥在第一次设置时打印过，通常锁在保险柜里。")
        self.recovery_message.setWordWrap(True)
        self.recovery_message.setMinimumHeight(size.line * 2)
        set_new = QPushButton("重设密码并登录")
        set_new.setProperty("class", "primary")
        back = QPushButton("返回登录")
        back.setProperty("class", "link")
        form = QWidget()
        box = QVBoxLayout(form)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(size.gap // 2)
        for label, entry in (
            ("恢复密钥", self.recovery_key),
            ("新密码", self.new_password),
            ("再输一遍新密码", self.again),
        ):
            caption = QLabel(label)
            caption.setBuddy(entry)
            box.addWidget(caption)
            box.addWidget(entry)
        box.addWidget(self.recovery_message)
        buttons = QHBoxLayout()
        buttons.addWidget(back)
        buttons.addStretch()
        buttons.addWidget(set_new)
        box.addLayout(buttons)
        set_new.clicked.connect(self._submit_recovery)
        self.again.returnPressed.connect(self._submit_recovery)
        back.clicked.connect(self._show_login)
        return form

    def focus_first(self) -> None:
        """The cursor stands where typing begins."""
        if self.user.currentText():
            self.password.setFocus()
        else:
            self.user.setFocus()

    def wait(self, text: str = "正在打开台账…") -> None:
        """While the key is derived and the book opened, nothing can be pressed twice."""
        self.setEnabled(False)
        self._say("")
        self.enter.setText(text)

    def show_progress(self, job: Job | None) -> None:
        """What of the opening takes long: a backup before tables change, new keys."""
        if job is not None and job.text and not self.isEnabled():
            part = f"，{100 * job.position // job.total}%" if job.total else ""
            # not read out each time
            QLabel.setText(self.message, f"{job.text}{part}。请不要关闭程序。")

    def tell(self, text: str) -> None:
        """A word before typing: what has just been done."""
        self.message.setText(text)

    def refuse(self, text: str) -> None:
        """Say why it did not open; the password is to be typed again."""
        self.setEnabled(True)
        self.enter.setText("登　录")
        if self._forms.currentIndex() == 1:
            self._say_recovery(text)
            return
        self._say(text)
        self.password.clear()
        self.password.setFocus()

    def _say(self, text: str, only_over: str | None = None) -> None:
        if only_over is not None and not text and self.message.text() != only_over:
            return
        self.message.setText(text or " ")

    def _say_recovery(self, text: str) -> None:
        self.recovery_message.setProperty("class", "problem")
        self.recovery_message.setStyleSheet(f"color: {theme.DANGER};")
        self.recovery_message.setText(text)
        accessible.say(self.recovery_message, text)

    def _submit(self) -> None:
        user = self.user.currentText().strip()
        if not user:
            self._say("请先填用户名。")
            self.user.setFocus()
        elif not self.password.text():
            self._say("请输入密码。")
            self.password.setFocus()
        else:
            self.submitted.emit(user, self.password.text())

    def _submit_recovery(self) -> None:
        user = self.user.currentText().strip()
        if not user:
            self._say_recovery("请先返回登录，填好用户名。")
        elif not self.recovery_key.text().strip():
            self._say_recovery("请填恢复密钥。")
        elif self.new_password.text() != self.again.text():
            self._say_recovery("两遍新密码不一样，请重新输入。")
            self.again.clear()
        else:
            self.recovered.emit(user, self.recovery_key.text().strip(), self.new_password.text())

    def _show_recovery(self) -> None:
        if not self.user.currentText().strip():
            self._say("请先填用户名，再用恢复密钥重设它的密码。")
            self.user.setFocus()
            return
        if self._forms.count() == 1:
            self._forms.addWidget(self._recovery_form())
        self._forms.setCurrentIndex(1)
        self.recovery_key.setFocus()

    def _show_login(self) -> None:
        self._forms.setCurrentIndex(0)
        self.focus_first()


def _centred(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def user_names(folder: Path) -> list[str]:
    """The login names in the key file; a file that cannot be read is told of at login."""
    try:
        held = json.loads((folder / "keys.json").read_text("utf-8"))
        return [str(user["name"]) for user in held["roster"]["users"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
