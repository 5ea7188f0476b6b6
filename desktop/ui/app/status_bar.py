"""The lower edge of the window: what is saved and backed up; the work that runs, with 取消."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton

from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.pause import pause

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
        self._saved = QLabel("数据已保存")
        self._backed_up = QLabel("")
        where = QLabel("本机数据，不联网")
        where.setToolTip(str(session.folder))
        for label in (self._saved, self._backed_up, where):
            label.setProperty("class", "muted")
            row.addWidget(label)
        row.addStretch(1)
        self._text = QLabel("")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(size.chars(10))
        self._cancel = QPushButton("取消")
        self._cancel.setProperty("class", "link")
        self._cancel.clicked.connect(self._cancel_job)
        self._job: Job | None = None
        for widget in (self._text, self._bar, self._cancel):
            widget.hide()
            row.addWidget(widget)
        office = QLabel(session.office_name)
        office.setProperty("class", "muted")
        row.addWidget(office)
        self._slow = pause(self, SLOW_MS, self._show_progress)

    def say_saved(self) -> None:
        self._saved.setText(f"已保存 {dt.datetime.now():%H:%M}")

    def say_backup(self, text: str) -> None:
        """When the last backup was made, in words."""
        self._backed_up.setText(text)

    def follow(self, job: Job | None) -> None:
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
