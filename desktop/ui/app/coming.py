"""A page comes to the front over several turns of the event loop, so that no turn is long: it is
made in one, takes the place of the page before in the next, and is painted in the one after that.
What is on the screen stays there meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.ui.kit.pause import pause

TURN_MS = 1
"""A timer of 0 ms goes on in the same turn."""
TOUCHED = frozenset({
    QEvent.Type.ShortcutOverride,
    QEvent.Type.KeyPress,
    QEvent.Type.InputMethod,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.Wheel,
    QEvent.Type.Drop,
})  # fmt: skip


class Coming(QObject):
    """Brings the pages of one stack to the front; `arrive` is how one of them takes its place."""

    def __init__(self, stack: QStackedWidget, arrive: Callable[[str], object]) -> None:
        super().__init__(stack)
        self._stack, self._arrive = stack, arrive
        self._key = ""
        self._holder: QWidget | None = None
        self._watched: QWindow | None = None
        self._next = pause(self, TURN_MS, self.arrive)
        self._paint = pause(self, TURN_MS, self._uncover)

    def expect(self, key: str) -> None:
        """That page is made: it comes in the next turn, or before a person does anything more,
        which is meant for it."""
        self.forget()
        self._key = key
        self._watched = self._stack.window().windowHandle()
        if self._watched is not None:
            self._watched.installEventFilter(self)
        self._next.start()

    def forget(self) -> None:
        """No page is on its way any more."""
        self._key, self._holder = "", None
        self._next.stop()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None

    def arrive(self) -> None:
        """Now, if one is on its way."""
        key, holder = self._key, self._holder
        self.forget()
        if key:
            self._arrive(key)
        if holder is not None:
            holder.setFocus()

    def leave_keyboard(self, holder: QWidget) -> None:
        """With who has it, whatever page comes."""
        holder.setFocus()
        self._holder = holder if self._key else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHED:
            self.arrive()
        return False

    def put(self, page: QWidget) -> None:
        """In front; to be painted once it is laid out. Pages behind take no part: Qt would go
        through every widget of all that were ever opened."""
        before = self._stack.currentWidget()
        if before is not None and before is not page:
            before.setUpdatesEnabled(False)
        self._stack.setUpdatesEnabled(False)
        page.setUpdatesEnabled(True)
        self._stack.setCurrentWidget(page)
        self._paint.start()

    def _uncover(self) -> None:
        self._stack.setUpdatesEnabled(True)
