"""A moment of rest before something is done, begun anew each time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def pause(owner: QObject, ms: int, run: Callable[[], object]) -> QTimer:
    """Runs something so many milliseconds after it was last started; goes with its owner."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(run)
    return timer
