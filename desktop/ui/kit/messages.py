"""How the window speaks: a bar for errors that stays until read, a toast with 撤销 for what was
done, questions.

Nothing here asks "are you sure" about what can be undone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.kit import accessible, icons, theme
from desktop.ui.kit.cut_label import CutLabel


@accessible.accessible_role(accessible.ALERT)
class ErrorBar(QFrame):
    """A sentence that says where and what to do; it stays until closed or the next good step."""

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.setObjectName("errorBar")
        text, ground = theme.TONES["red"]
        self.setStyleSheet(
            f"#errorBar {{ background: {ground}; border: 0; border-bottom: 1px solid"
            f" {theme.DANGER_LINE}; }}"
            f"#errorBar QLabel {{ color: {text}; }}"
        )
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setToolTip("关闭（Esc）")
        close.setAccessibleName("关闭错误提示")
        icons.set_icon(close, "close", text)
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(size.pad, size.gap // 2, size.gap, size.gap // 2)
        row.addWidget(self._text, 1)
        row.addWidget(close)
        self.hide()

    def show_error(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()
        accessible.say(self, text)

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""


@accessible.accessible_role(accessible.ALERT)
class Toast(QFrame):
    """A short word in the line at the lower edge, where it covers nothing, with one button at most;
    it goes by itself."""

    shown = Signal(bool)
    """It stands there, or is gone: what else the line says gives way to it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("toast")
        size = theme.sizes()
        self.setStyleSheet(
            f"#toast {{ background: {theme.TEXT}; border-radius: {size.gap // 2}px; }} #toast"
            f" QLabel {{ color: {theme.CARD}; }} #toast QPushButton {{ background: transparent;"
            f" border: 1px solid transparent; color: {theme.CARD}; padding: 0 6px; text-decoration:"
            " underline; } #toast QPushButton:focus, #toast QPushButton:hover { border-color:"
            f" {theme.CARD}; }}"
        )
        self._text = CutLabel("")
        self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._button = QPushButton()
        self._button.clicked.connect(self._act)
        self._action: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(size.gap, 0, size.gap, 0)
        row.setSpacing(size.gap)
        row.addWidget(self._text)
        row.addWidget(self._button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_text(
        self,
        text: str,
        button: str = "",
        action: Callable[[], None] | None = None,
        seconds: float = 8,
    ) -> None:
        self._text.setText(text)
        self._text.setToolTip(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self._action = action
        self.setAccessibleName(text)
        accessible.say(self, f"{text}　{button}")
        self.show()
        self._timer.start(round(seconds * 1000))

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def setVisible(self, visible: bool) -> None:
        super().setVisible(visible)
        self.shown.emit(visible)

    def _act(self) -> None:
        self.hide()
        if self._action is not None:
            self._action()


class Typing(Protocol):
    """What is typed in a dialog (`desktop.ui.record_form.unsaved_entries.Typing`)."""

    def keep(self) -> bool:
        """A lock comes: keep what stands there. Whether there was anything."""


class Dialog(QDialog):
    """A question with a heading, a body and two buttons in Chinese; Enter accepts, Esc leaves."""

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        accept: str = "确定",
        *,
        danger: bool = False,
        reject: str = "取消",
    ) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self.typing: Typing | None = None
        """What is typed here and kept over a lock; None where there is nothing to keep."""
        self.setWindowTitle(title)
        self.setProperty("class", "plain")
        self.setMinimumWidth(size.chars(26))
        self._inside = QWidget()
        self._body = QVBoxLayout(self._inside)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(size.gap)
        self.buttons = QDialogButtonBox()
        self.ok = self.buttons.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setProperty("class", "danger" if danger else "primary")
        if reject:
            self.buttons.addButton(reject, QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(size.pad * 3 // 2, size.pad, size.pad * 3 // 2, size.pad)
        self._outer.setSpacing(size.pad)
        self._outer.addWidget(self._inside, 1)
        self._outer.addWidget(self.buttons)
        # only once it stands in the dialog: set before, the first button of the body would take
        # Enter
        self.ok.setDefault(True)

    def add(self, widget: QWidget, stretch: int = 0) -> QWidget:
        self._body.addWidget(widget, stretch)
        return widget

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its texts are at its width: a layout asks a wrapped text for its height at
        another width first. Where the screen is too low for it, the body is scrolled."""
        self._outer.activate()
        most = self.screen().availableGeometry().height() * 9 // 10
        wanted = self._outer.totalHeightForWidth(self.width())
        least = self._outer.totalMinimumSize().height()
        if max(wanted, least) > most and self._inside.parentWidget() is self:
            self._scroll()
            self._outer.activate()
        self.resize(self.width(), min(max(self.height(), wanted), most))
        super().showEvent(event)

    def _scroll(self) -> None:
        area = QScrollArea()
        area.setAccessibleName(self.windowTitle())
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setMinimumWidth(self._inside.minimumSizeHint().width() + theme.sizes().pad)
        self._outer.insertWidget(0, area, 1)
        held = self.focusWidget()
        area.setWidget(self._inside)
        if held is not None:
            held.setFocus()

    def say(self, text: str, muted: bool = False) -> QLabel:
        label = _wrapped(text, muted)
        self._body.addWidget(label)
        return label

    def problem_line(self) -> accessible.Problem:
        """Where it will be said what is wrong."""
        line = accessible.Problem()
        line.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        line.hide()
        self._body.addWidget(line)
        return line

    def tell_above(self, text: str) -> None:
        """A word over everything else, while the dialog stands open."""
        self._body.insertWidget(0, _wrapped(text, True))
        self.adjustSize()


def _wrapped(text: str, muted: bool) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    if muted:
        label.setProperty("class", "muted")
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def ask(
    parent: QWidget | None, title: str, text: str, accept: str, *, danger: bool = False
) -> bool:
    """A question for the few steps that cannot be undone."""
    dialog = Dialog(parent, title, accept, danger=danger)
    dialog.say(text)
    answer = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return answer


def ask_to_give_up(parent: QWidget | None, what: str) -> bool:
    """Whether unsaved changes of something may go, before a page is left."""
    return ask(parent, "还没有保存", f"{what}的修改还没有保存。", "放弃修改", danger=True)


def ask_text(
    parent: QWidget | None,
    title: str,
    label: str,
    accept: str = "确定",
    *,
    required: bool = True,
    text: str = "",
) -> str | None:
    """A line or more of text; None when the person leaves."""
    dialog = Dialog(parent, title, accept)
    dialog.say(label)
    entry = QPlainTextEdit(text)
    entry.setAccessibleName(label)
    entry.setTabChangesFocus(True)
    entry.setFixedHeight(theme.sizes().line * 4)
    dialog.add(entry)
    if required:
        dialog.ok.setEnabled(bool(text.strip()))
        entry.textChanged.connect(lambda: dialog.ok.setEnabled(bool(entry.toPlainText().strip())))
    (entry if required else dialog.ok).setFocus()
    answer = entry.toPlainText().strip() if dialog.exec() == QDialog.DialogCode.Accepted else None
    dialog.deleteLater()
    return answer
