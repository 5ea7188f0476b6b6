"""The comment on one unit in the monthly review, typed below the table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from db.domain import monthly_review
from desktop.ui.kit import theme
from desktop.ui.kit.frozen_table import Row
from desktop.ui.kit.page import Window
from desktop.ui.kit.work_parts import Part, short_name


class CommentPart(Part):
    """Kept when it is left; `done` when the next unit is wanted."""

    done = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__("点评")
        self._window = window
        self.key = ""
        """The line that it is about."""
        size = theme.sizes()
        self.save_button = self.button(
            "保存点评", lambda: self.keep(say=True),
            tip="Ctrl+S；Ctrl+Enter 保存并到下一个单位",
        )
        self.entry = QPlainTextEdit()
        self.entry.setTabChangesFocus(True)
        self.entry.setAccessibleName("点评")
        self.entry.setFixedHeight(round(size.line * 2.6))
        self.entry.textChanged.connect(self._typed)
        inner = QVBoxLayout()
        inner.setContentsMargins(size.gap, 0, size.gap, size.gap)
        inner.addWidget(self.entry)
        self.box.addLayout(inner)
        for keys in ("Return", "Enter"):
            done = QShortcut(QKeySequence(f"Ctrl+{keys}"), self.entry)
            done.setContext(Qt.ShortcutContext.WidgetShortcut)
            done.activated.connect(self.done)

    def show_line(self, row: Row | None, *, sealed: bool, writable: bool) -> None:
        """The comment of a line of the table; none when no line is chosen."""
        self.key = row.key if row is not None else ""
        self.entry.blockSignals(True)
        self.entry.setPlainText(row.data.comment if row is not None else "")
        self.entry.blockSignals(False)
        self.entry.setReadOnly(row is None or sealed or not writable)
        self.entry.setPlaceholderText(
            "" if sealed or row is None else "写一两句：好在哪里，差在哪里，下月抓什么"
        )
        unit = short_name(self._window.session, row.data.unit) if row is not None else ""
        self.title.setText(f"点评　{unit}" if unit else "点评")
        self.save_button.setEnabled(False)

    def _typed(self) -> None:
        self.save_button.setEnabled(not self.entry.isReadOnly())

    def keep(self, say: bool = False) -> None:
        """Keep what was typed, if anything was; `say` tells the person."""
        if not self.save_button.isEnabled() or not self.key:
            return
        self.save_button.setEnabled(False)
        window, uid, text = self._window, self.key, self.entry.toPlainText()
        window.jobs.write(
            lambda job: monthly_review.comment_on(window.session, uid, text),
            lambda _: window.toast("已保存点评。", undo=True) if say else None,
            failed=window.error,
            owner=window,
            label="正在保存点评",
        )
