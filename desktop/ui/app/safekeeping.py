"""What watches over open books: the idle clock, the turn of the day, the backups of the day and of
the end, copies of attachments that were looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from db.model.settings import IDLE_MINUTES
from db.session import Session
from db.store import gc_pause
from desktop.settings import Settings
from desktop.ui.app.autolock import AutoLock
from desktop.ui.app.window import Workspace
from desktop.ui.field_editors import attachment_copies
from desktop.ui.kit.jobs import Jobs
from desktop.ui.safety import backups

BACKUP_AFTER_MS = 1_500
LOOK_AT_DAY_MS = 20_000


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
        self._autolock.rested.connect(gc_pause.collect_garbage)  # see `start.WHOLE_WALKS`
        self._workspace: Workspace | None = None
        self._read_on = self._made_on = session.today
        self._calendar = QTimer(shell)
        self._calendar.timeout.connect(self.look_at_day)
        self._calendar.start(LOOK_AT_DAY_MS)

    def workspace(self, settings: Settings, parent: QWidget) -> Workspace:
        """The window over the books."""
        self._made_on = self._session.today
        self._workspace = Workspace(self._session, self._jobs, settings, parent)
        return self._workspace

    def look_at_day(self) -> None:
        """A program left open overnight shows the lights and counts of the new day at once, and is
        made anew, with the week and month of today, as soon as nothing half done would be lost."""
        today, workspace = self._session.today, self._workspace
        if workspace is None or today == self._made_on:
            return
        if today != self._read_on:
            self._read_on = today
            workspace.refresh_all()
            backups.at_start(workspace)
        page = workspace.page
        held = page is None or page.asks_before_leaving or workspace.status.typing
        if not held and QApplication.activeModalWidget() is None:
            workspace.rebuild_asked.emit()
            notice = f"今天是{today.month}月{today.day}日，各项数字已按今天重新统计。"
            QTimer.singleShot(0, self._shell, lambda: self._tell(notice))

    def _tell(self, text: str) -> None:
        if self._workspace is not None:
            self._workspace.toast(text)

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
        self._calendar.deleteLater()
        self._workspace = None
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            yield
        finally:
            QGuiApplication.restoreOverrideCursor()
            attachment_copies.forget()
