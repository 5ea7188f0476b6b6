"""The lower edge of the window: what is saved and backed up; the work that runs, with 取消."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from desktop.ui.kit import theme
from desktop.ui.kit.cut_label import CutLabel
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Toast

SAVED, TYPING = "数据已保存", "有修改未保存"
SLOW_MS = 500
"""Work longer than this shows how far it is."""


class StatusBar(QFrame):
    """Told by the window; holds no state of its own but what it shows."""

    def __init__(self, session: Any) -> None:
        super().__init__()
        self.setProperty("class", "status")
        size = theme.sizes()
        self.setFixedHeight(round(size.line * 1.35))
        row = QHBoxLayout(self)
        row.setContentsMargins(size.gap, 0, size.gap, 0)
        row.setSpacing(size.pad)
        self._saved = QLabel(SAVED)
        self._said = SAVED
        self.drafts = QPushButton()
        self.drafts.setProperty("class", "link")
        self.drafts.setToolTip("写了还没有保存的内容：点开接着填")
        self.drafts.hide()
        self.toasts = Toast()
        self._backed_up, where = CutLabel(""), CutLabel("本机数据，不联网")
        where.setToolTip(str(session.folder))
        self._office = CutLabel("")
        self._others = (self._backed_up, where, self._office)
        for other in self._others:
            other.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        for label in (self._saved, *self._others):
            label.setProperty("class", "muted")
        parts: tuple[QWidget, ...] = (self._saved, self.drafts, self._backed_up, where)
        for widget in parts:
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.toasts)
        row.addStretch(1)
        self.toasts.shown.connect(self._make_room)
        self._text = QLabel("")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(size.chars(10))
        self._cancel = QPushButton("取消")
        self._cancel.setProperty("class", "link")
        self._cancel.clicked.connect(self._cancel_job)
        self._job: Job | None = None
        self.typing = False
        for busy in (self._text, self._bar, self._cancel):
            busy.hide()
            row.addWidget(busy)
        row.addWidget(self._office)
        self._slow = pause(self, SLOW_MS, self._show_progress)

    def _make_room(self, said: bool) -> None:
        """What never changes gives way to what is said."""
        for other in self._others:
            other.setVisible(not said)

    def say_office(self, name: str) -> None:
        """Whose book it is; after the first paint, which asks the book nothing."""
        self._office.setText(name)

    def say_saved(self) -> None:
        self._said = f"已保存 {dt.datetime.now():%H:%M}"
        if not self.typing:
            self._saved.setText(self._said)

    def say_typing(self, on: bool) -> None:
        """Whether something stands in a form that is not saved."""
        self.typing = on
        self._saved.setText(TYPING if on else self._said)
        self._saved.setStyleSheet(f"color: {theme.TONES['orange'][0]};" if on else "")

    def say_drafts(self, count: int) -> None:
        """How much is typed and not saved, all over the program."""
        self.drafts.setText(f"草稿 {count} 份，未保存")
        self.drafts.setVisible(count > 0)

    def say_backup(self, text: str) -> None:
        """When the last backup was made, in words."""
        self._backed_up.setText(text)
        self._backed_up.setToolTip(text)

    def show_progress(self, job: Job | None) -> None:
        """Show the write that runs once it takes long; None when there is none."""
        self._job = job
        if job is None:
            self._slow.stop()
            for widget in (self._text, self._bar, self._cancel):
                widget.hide()
        elif self._bar.isHidden():
            if not self._slow.isActive():
                self._slow.start()
        else:
            self._show_progress()

    def _show_progress(self) -> None:
        job = self._job
        if job is None:
            return
        self._text.setText(job.text or job.label)
        self._bar.setRange(0, job.total)
        self._bar.setValue(job.position)
        self._cancel.setEnabled(not job.cancelled)
        for widget in (self._text, self._bar, self._cancel):
            widget.show()

    def _cancel_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._cancel.setEnabled(False)
