"""Above the pages: buttons that the page in front answers, the search over everything, who is
logged in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from db.model.roles import ROLES
from db.session import Session
from desktop.ui.kit import icons, theme
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.hint_line import HintedLine
from desktop.ui.kit.page import Page

Button = tuple[str, str, str, str, Callable[[], object]]
"""Name, label, icon, keys, and what it does."""


def asked_of(page_does: Callable[[Callable[[Page], None]], None]) -> dict[str, Callable[[], None]]:
    """What the page in front may be asked for; ``page_does`` asks it."""
    return {
        "new": lambda: page_does(lambda page: page.new()),
        "save": lambda: page_does(lambda page: page.save()),
        "export": lambda: page_does(lambda page: page.jobs.once_read(page, page.export)),
        "print": lambda: page_does(lambda page: page.jobs.once_read(page, page.print_preview)),
    }


def groups_for(
    asked: Mapping[str, Callable[[], None]], undo: Callable[[], None],
    redo: Callable[[], None], imports: Callable[[], None],
) -> tuple[tuple[Button, ...], ...]:
    """The buttons, in their groups."""
    return (
        (
            ("new", "新建", "plus", "Ctrl+N", asked["new"]),
            ("save", "保存", "content-save-outline", "Ctrl+S", asked["save"]),
        ),
        (
            ("undo", "撤销", "undo-variant", "Ctrl+Z", undo),
            ("redo", "重做", "redo-variant", "Ctrl+Y", redo),
        ),
        (
            ("import", "导入", "tray-arrow-down", "Ctrl+I", imports),
            ("export", "导出 Excel", "microsoft-excel", "Ctrl+E", asked["export"]),
            ("print", "打印预览", "printer-outline", "Ctrl+P", asked["print"]),
        ),
    )


class Toolbar(QFrame):
    """Groups of buttons from the left, parted by lines."""

    searched = Signal()
    """Something was typed into the search."""
    entered = Signal()
    """Enter was pressed there: the first hit is meant."""

    def __init__(
        self, session: Session, groups: Sequence[Sequence[Button]],
        own: Sequence[tuple[str, str, Callable[[], object]]], parent: QWidget,
    ) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self.setProperty("class", "bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(size.gap, size.gap // 2, size.gap, size.gap // 2)
        row.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for at, group in enumerate(groups):
            if at:
                row.addWidget(_rule())
            for name, label, icon, keys, run in group:
                button = self._button(label, icon)
                button.setToolTip(f"{label}（{keys}）")
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                button.clicked.connect(run)
                self.buttons[name] = button
                row.addWidget(button)
        row.addStretch(1)
        self.search_box = HintedLine(
            ("全局搜索，支持拼音首字母（Ctrl+F）", "全局搜索（Ctrl+F）", "全局搜索", "搜索"), self
        )
        self.search_box.setClearButtonEnabled(True)
        self.search_box.setMinimumWidth(size.chars(9))
        self.search_box.setMaximumWidth(size.chars(22))
        self.search_box.setAccessibleName("全局搜索")
        self._wait = pause(self, 250, self.searched.emit)
        self.search_box.textEdited.connect(lambda text: self._wait.start())
        self.search_box.returnPressed.connect(self._enter)
        row.addWidget(self.search_box, 10)
        row.addSpacing(size.gap)
        row.addWidget(self._user(session, own))

    def _enter(self) -> None:
        """What was typed is asked for now, not once more a moment later."""
        self._wait.stop()
        self.entered.emit()

    def _button(self, label: str, icon: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(label)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(theme.sizes().icon)
        icons.set_icon(button, icon)
        return button

    def _user(
        self, session: Session, own: Sequence[tuple[str, str, Callable[[], object]]]
    ) -> QToolButton:
        """Who is logged in, and what concerns the person and not the page."""
        user = session.user
        shown, role = user.display or user.name, ROLES.get(user.role, user.role)
        button = self._button(
            shown if shown == role else f"{shown}　{role}", "account-circle-outline"
        )
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for label, keys, run in own:
            # the key is told, not owned: two that own one key do nothing
            menu.addAction(f"{label}\t{keys}" if keys else label, run)
        button.setMenu(menu)
        return button


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedSize(1, theme.sizes().line)
    rule.setStyleSheet(f"background: {theme.LINE};")
    return rule
