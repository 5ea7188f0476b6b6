"""Locks by itself when nobody has touched keyboard or mouse for a while: a shared office PC stands open otherwise."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.InputMethod,
        QEvent.Type.TouchBegin,
        QEvent.Type.Drop,
    }
)


class AutoLock(QObject):
    """Counts idle seconds. Watching all events would run Python for each, so it looks once in a while instead."""

    idle_too_long = Signal()

    LOOK_EVERY_MS = 5_000

    def __init__(self, minutes: int, parent: QObject) -> None:
        super().__init__(parent)
        self._limit_ms = minutes * 60_000
        self._idle_ms = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(self.LOOK_EVERY_MS)
        self._filter = _Touch(self)
        QApplication.instance().installEventFilter(self._filter)

    def set_minutes(self, minutes: int) -> None:
        self._limit_ms = minutes * 60_000

    def stop(self) -> None:
        self._timer.stop()
        self._filter.unwatch()

    def touched(self) -> None:
        """Someone is there."""
        self._idle_ms = 0
        self._filter.unwatch()

    def _look(self) -> None:
        self._idle_ms += self.LOOK_EVERY_MS
        if self._idle_ms >= self._limit_ms:
            self.idle_too_long.emit()
            return
        self._filter.watch()


class _Touch(QObject):
    """Watches only until the first touch after each look, so that typing costs nothing in between."""

    def __init__(self, lock: AutoLock) -> None:
        super().__init__(lock)
        self._lock, self._watching = lock, True

    def watch(self) -> None:
        if not self._watching:
            self._watching = True
            QApplication.instance().installEventFilter(self)

    def unwatch(self) -> None:
        if self._watching:
            self._watching = False
            QApplication.instance().removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHES:
            self._lock.touched()
        return False
