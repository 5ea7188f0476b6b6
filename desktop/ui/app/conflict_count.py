"""How many conflicts wait for this office, beside their page: from the login on,
whether or not it was opened."""

from __future__ import annotations

from PySide6.QtCore import QObject

from db.session import Session
from db.store.journal import Change
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window

PAGE = "conflicts"
SOURCES = frozenset({"import", "decision", "undo", "redo", "merge"})
"""Changes that may close a conflict or bring one."""


class ConflictCount(QObject):
    """Counts at the start, and again after changes that may have altered it."""

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__(window)
        self._session, self._jobs, self._window = session, jobs, window
        jobs.changed.connect(self._changed)
        self.count()

    def count(self) -> None:
        """Read and show the number."""

        def read(job: Job) -> int:
            from desktop.exchange.apply import (
                conflicts,  # late: the exchange is not needed to show the window
            )

            return conflicts.count_own(self._session)

        self._jobs.read(
            read, lambda waiting: self._window.set_count(PAGE, waiting),
            failed=self._window.error, owner=self, key=("conflicts", id(self)),
        )

    def _changed(self, change: Change) -> None:
        if change.source in SOURCES:
            self.count()
