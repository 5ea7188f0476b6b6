"""What a person has typed and not saved, all over the program: told at the lower edge and in the
lists, so that none of it stands unmarked under 数据已保存."""

from __future__ import annotations

import json

from PySide6.QtCore import QObject, Signal

from db.model.settings import DRAFT
from db.session import Session
from desktop.ui.kit import icons
from desktop.ui.kit.jobs import Job, Jobs

DraftTimes = dict[tuple[str, str], str]
"""By kind or page, and uid: when it was kept."""


class KeptDrafts(QObject):
    """The drafts of one person, read once and followed after."""

    changed = Signal()
    found = Signal(int)
    """How many stood there at the start."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._prefix = f"{DRAFT}{session.user.name}:"
        self.held: DraftTimes = {}
        jobs.draft_kept.connect(self._take)
        icons.when_painted(
            lambda: jobs.read(
                lambda job: self._read(session, job), self._start, failed=None, owner=self
            ), self,
        )

    def uids(self, kind: str) -> frozenset[str]:
        """The records of a ledger with something typed."""
        return frozenset(uid for name, uid in self.held if name == kind)

    def at(self, kind: str) -> dict[str, str]:
        """Those of a ledger: by record, when it was kept."""
        return {uid: at for (name, uid), at in self.held.items() if name == kind}

    def _read(self, session: Session, job: Job) -> DraftTimes:
        found: DraftTimes = {}
        for book in session.books:
            for key, text in book.settings_under(self._prefix).items():
                kept = json.loads(text) if text else {}
                kind, _, uid = key.removeprefix(self._prefix).partition(":")
                if kept.get("raw"):
                    found[kind, uid] = str(kept.get("at", ""))
        return found

    def _start(self, found: DraftTimes) -> None:
        self.held = found | self.held
        self.changed.emit()
        self.found.emit(len(self.held))

    def _take(self, kind: str, uid: str, at: str) -> None:
        if at:
            self.held[kind, uid] = at
        else:
            self.held.pop((kind, uid), None)
        self.changed.emit()
