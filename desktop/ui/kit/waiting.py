"""A window that waits for one piece of work: nothing else can be pressed while books are closed or
copied."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from db.errors import Cancelled
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import FIRST, Job, Jobs

HANDS_OFF = "请不要关机、不要拔 U 盘…"
"""Said while an office is put back."""
STEPS = 1000
"""What a share of bytes is told in: a progress bar holds no more than 2^31."""
READER_SECONDS = 60
"""How long work that wants to be alone waits for what is being read."""


def telling(job: Job) -> Callable[[str, int, int], None]:
    """The `progress` that backups and searches for damage ask for, told to a job; raises when it is
    cancelled."""

    def progress(what: str, done: int, total: int) -> None:
        job.step(min(done, total) * STEPS // total if total else 0, STEPS if total else 0, what)

    return progress


class Waiting(QDialog):
    """Shows how far the work is; 取消 only where the work can be stopped half-way."""

    gave_up = Signal()
    """It was cancelled, and the work has come to its end all the same: its result is not delivered
    to anybody."""

    def __init__(self, parent: QWidget, title: str, text: str, cancellable: bool) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self.setWindowTitle(title)
        self.setProperty("class", "plain")
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, False)
        self.setMinimumWidth(size.chars(28))
        self.job: Job | None = None
        self.ended = threading.Event()
        self._over = False
        self._watch = QTimer(self)
        self._watch.setInterval(100)
        self._watch.timeout.connect(lambda: self.gave_up.emit() if self.ended.is_set() else None)
        heading = QLabel(title)
        heading.setFont(theme.scaled(1.1, bold=True))
        self._text = QLabel(text)
        self._text.setWordWrap(True)
        self._text.setProperty("class", "muted")
        self._text.setMinimumHeight(size.line * 2)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self.cancel_button = QPushButton("取消")
        self.cancel_button.clicked.connect(self._cancel)
        self.cancel_button.setVisible(cancellable)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad * 2, size.pad, size.pad * 2, size.pad)
        box.setSpacing(size.gap)
        for widget in (heading, self._text, self._bar):
            box.addWidget(widget)
        box.addLayout(row)

    def show_progress(self, job: Job | None) -> None:
        """The job that runs told how far it is."""
        if job is None or job is not self.job:
            return
        if job.text:
            self._text.setText(job.text + "…")
        self._bar.setRange(0, job.total)
        self._bar.setValue(job.position)

    @property
    def over(self) -> bool:
        return self._over

    def finish(self) -> None:
        self._over = True
        self._watch.stop()
        self.accept()

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self.cancel_button.setEnabled(False)
            self._text.setText("正在停下来…")
            self._watch.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.cancel_button.isVisible():
                self._cancel()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._over:
            event.ignore()


def alone_with(jobs: Jobs, work: Callable[[Job], Any]) -> Callable[[Job], Any]:
    """The work with the reader idle meanwhile: it closes the books, which no list may be reading
    then."""
    idle, over_with = threading.Event(), threading.Event()

    def keep_reader(job: Job) -> None:
        idle.set()
        over_with.wait()

    def whole(job: Job) -> Any:
        try:
            idle.wait(READER_SECONDS)
            return work(job)
        finally:
            over_with.set()

    jobs.read(keep_reader, failed=None, order=FIRST)
    return whole


def wait_for(
    parent: QWidget,
    jobs: Jobs,
    title: str,
    text: str,
    work: Callable[[Job], Any],
    done: Callable[[Any], None] | None = None,
    failed: Callable[[Exception], None] | None = None,
    *,
    cancellable: bool = False,
    cancelled: Callable[[], None] | None = None,
    alone: bool = False,
) -> Waiting:
    """Do the work in the writer behind a window that shows how far it is.

    Returns at once; `done`, `failed` or `cancelled` is called after the window has gone. ``alone``
    keeps the reader idle meanwhile: for work that closes the books, which no list may be reading
    then.
    """
    dialog = Waiting(parent, title, text, cancellable)
    idle, over_with = threading.Event(), threading.Event()
    given_up = (lambda _: cancelled()) if cancelled is not None else None

    def whole(job: Job) -> Any:
        try:
            if alone:
                idle.wait(READER_SECONDS)
            return work(job)
        finally:
            over_with.set()
            dialog.ended.set()

    def keep_reader(job: Job) -> None:
        idle.set()
        over_with.wait()

    def over(then: Callable[[Any], None] | None, what: Any) -> None:
        over_with.set()
        if dialog.over:
            return
        jobs.busy.disconnect(dialog.show_progress)
        dialog.finish()
        dialog.deleteLater()
        if then is not None:
            QTimer.singleShot(0, parent, lambda: then(what))

    def stopped(error: Exception) -> None:
        over(*((given_up, None) if isinstance(error, Cancelled) else (failed, error)))

    jobs.busy.connect(dialog.show_progress)
    dialog.gave_up.connect(lambda: over(given_up, None))
    if alone:
        jobs.read(keep_reader, failed=None, order=FIRST)
    dialog.job = jobs.write(whole, lambda result: over(done, result), failed=stopped, label=title)
    dialog.open()
    return dialog
