"""The comment on one unit in the monthly review, typed below the table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from db.domain import monthly_review
from desktop.ui.kit import theme
from desktop.ui.kit.frozen_table import Row
from desktop.ui.kit.kept_text import KeptText
from desktop.ui.kit.page import Window
from desktop.ui.kit.work_parts import Part, short_name


class CommentPart(Part):
    """Kept when it is left; `done` when the next unit is wanted."""

    done = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__("点评")
        self._window = window
        size = theme.sizes()
        self.save_button = self.button(
            "保存点评", lambda: self.save(say=True),
            tip="Ctrl+S；Ctrl+Enter 保存并到下一个单位",
        )
        self.entry = QPlainTextEdit()
        self.entry.setTabChangesFocus(True)
        self.entry.setAccessibleName("点评")
        self.entry.setFixedHeight(round(size.line * 2.6))
        session = window.session
        self._text = KeptText(
            self.entry, window, lambda uid, text: monthly_review.comment_on(session, uid, text),
            "正在保存点评",
        )
        self._text.typed.connect(self.save_button.setEnabled)
        inner = QVBoxLayout()
        inner.setContentsMargins(size.gap, 0, size.gap, size.gap)
        inner.addWidget(self.entry)
        self.box.addLayout(inner)
        for keys in ("Return", "Enter"):
            done = QShortcut(QKeySequence(f"Ctrl+{keys}"), self.entry)
            done.setContext(Qt.ShortcutContext.WidgetShortcut)
            done.activated.connect(self.done)

    @property
    def key(self) -> str:
        """The line that it is about."""
        return self._text.key

    def show_line(self, row: Row | None, *, sealed: bool, writable: bool) -> None:
        """The comment of a line of the table; none when no line is chosen."""
        self.entry.setReadOnly(row is None or sealed or not writable)
        if row is None:
            self._text.show_text("", "")
        else:
            self._text.show_text(row.key, row.data.comment)
        self.entry.setPlaceholderText(
            "" if sealed or row is None else "写一两句：好在哪里，差在哪里，下月抓什么"
        )
        unit = short_name(self._window.session, row.data.unit) if row is not None else ""
        self.title.setText(f"点评　{unit}" if unit else "点评")

    def save(self, say: bool = False) -> None:
        """Keep what was typed, if anything was; `say` tells the person."""
        toast = self._window.toast
        self._text.save((lambda: toast("已保存点评。", undo=True)) if say else None)
