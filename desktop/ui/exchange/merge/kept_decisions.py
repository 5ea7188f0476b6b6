"""Decisions on files that were not accepted yet, so that a lock or a power cut does not cost an
hour's work: by the file's SHA-256, without any content."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from desktop.settings import Settings
from desktop.ui.exchange.merge.files import IncomingFiles
from desktop.ui.exchange.merge.incoming_file import READY
from desktop.ui.exchange.merge.lines import Lines

VIEW, KEPT_FILES, KEPT_DECISIONS = "merge", 20, 20_000
"""Where they are kept, and how many at most."""


class KeptDecisions(QObject):
    """Of the files of one import."""

    def __init__(self, settings: Settings, incoming: IncomingFiles) -> None:
        super().__init__(incoming)
        self._settings, self._incoming = settings, incoming
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(1500)
        self._pause.timeout.connect(self.keep)

    def soon(self) -> None:
        """Keep them once the person pauses."""
        self._pause.start()

    def keep(self) -> None:
        """Keep those of each file that is open, and forget those of the others."""
        self._pause.stop()
        kept = self._settings.view(VIEW)
        for file in self._incoming.all:
            if file.lines is not None:
                kept.pop(file.key, None)
                decided = file.lines.kept() if file.state == READY else []
                if 0 < len(decided) <= KEPT_DECISIONS:
                    kept[file.key] = decided
        self._settings.set_view(VIEW, dict(list(kept.items())[-KEPT_FILES:]))

    def give_back(self, key: str, lines: Lines) -> None:
        """What was decided on a file before."""
        kept = self._settings.view(VIEW).get(key)
        if isinstance(kept, list):
            lines.restore(kept)
