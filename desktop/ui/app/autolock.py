"""Locks by itself when nobody has touched keyboard or mouse for a while, also when the PC slept
through it: a shared office PC stands open otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.Drop,
    }
)


class AutoLock(QObject):
    """Counts idle time. It listens at the windows of the system, where few events pass, not at
    every widget."""

    idle_too_long = Signal()
    rested = Signal()
    """Nobody has touched anything for half a minute, and nothing is at work: once for each such
    rest."""

    LOOK_EVERY_MS, REST_MS = 5_000, 30_000

    def __init__(
        self, minutes: int, parent: QObject, at_work: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(parent)
        self._limit_ms, self._at_work = minutes * 60_000, at_work
        self._idle_ms, self._has_rested, self._looked_at = 0, False, time.time()
        self._app = QGuiApplication.instance()
        assert isinstance(self._app, QGuiApplication)
        self._app.focusWindowChanged.connect(self._watch)
        for window in QGuiApplication.topLevelWindows():
            self._watch(window)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(self.LOOK_EVERY_MS)

    def set_minutes(self, minutes: int) -> None:
        self._limit_ms = minutes * 60_000

    def stop(self) -> None:
        self._timer.stop()
        if isinstance(self._app, QGuiApplication):
            self._app.focusWindowChanged.disconnect(self._watch)

    def look(self) -> None:
        """Called every few seconds: has it been too long?"""
        # by the clock on the wall: no other runs on, on every system, while the PC sleeps
        before, self._looked_at = self._looked_at, time.time()
        slept = (self._looked_at - before) * 1000 >= self._limit_ms
        self._idle_ms += self.LOOK_EVERY_MS
        if self._idle_ms < self.REST_MS:
            self._has_rested = False
        elif not self._has_rested and not self._at_work():
            self._has_rested = True
            self.rested.emit()
        if slept or self._idle_ms >= self._limit_ms:
            self.idle_too_long.emit()

    def _watch(self, window: QWindow | None) -> None:
        """A window of the program came to the front: a dialog, a list that dropped down, the main
        window."""
        self._idle_ms = 0
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHES:
            self._idle_ms = 0
        return False
