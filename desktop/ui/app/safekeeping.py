"""What watches over open books: the idle clock, the backups of the day and of the end, copies of
attachments that were looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from db.model.settings import IDLE_MINUTES
from db.session import Session
from db.store import gc_pause
from desktop.settings import Settings
from desktop.ui.app.autolock import AutoLock
from desktop.ui.app.window import Workspace
from desktop.ui.entries import attachment_copies
from desktop.ui.kit.jobs import Jobs
from desktop.ui.safety import backups

BACKUP_AFTER_MS = 1_500


class Safekeeping:
    """From the moment somebody has logged in until the books are closed."""

    def __init__(
        self, shell: QWidget, session: Session, jobs: Jobs, minutes: int, lock: Callable[[], object]
    ) -> None:
        self._shell, self._session, self._jobs = shell, session, jobs
        self._backed_up = False
        # what is looked at or taken in now is gone soon, and is no small thing to walk over
        self._autolock = AutoLock(minutes, shell, lambda: not jobs.resting)
        self._autolock.idle_too_long.connect(lock)
        self._autolock.rested.connect(gc_pause.walk)  # see `start.WHOLE_WALKS`

    def workspace(self, settings: Settings, parent: QWidget) -> Workspace:
        """The window over the books."""
        return Workspace(self._session, self._jobs, settings, parent)

    def begin(self, workspace: Workspace) -> None:
        """The first backup of the day, soon; and a word on a recovery key that nobody has seen."""
        QTimer.singleShot(BACKUP_AFTER_MS, workspace, lambda: backups.at_start(workspace))
        backups.remind_of_key(self._session, self._jobs, workspace.error)

    def show_last(self, workspace: Workspace) -> None:
        """Say in a workspace made anew when the last backup was made."""
        backups.show_last(workspace)

    def follow(self, settings: Settings) -> None:
        """Take up another setting of the idle clock."""
        self._autolock.set_minutes(settings[IDLE_MINUTES])

    def backup_first(self, settings: Settings, end: Callable[[], None]) -> bool:
        """Whether a backup is made before the end; ``end`` is called when it is done."""
        if self._backed_up:
            return False
        self._backed_up = True
        return backups.at_exit(self._shell, self._session, self._jobs, settings, end, self._stay)

    def _stay(self) -> None:
        """The person did not leave after all: the next end is another one."""
        self._backed_up = False

    @contextlib.contextmanager
    def closing(self) -> Iterator[None]:
        """While the books are closed."""
        self._autolock.stop()
        self._autolock.deleteLater()
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            yield
        finally:
            QGuiApplication.restoreOverrideCursor()
            attachment_copies.forget()
