"""A page comes to the front over several turns of the event loop, so that no turn is long: it is
made in one, or part by part, takes the place of the page before in the next, and is painted in the
one after that. What is on the screen stays there meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.ui.kit.debounce import pause
from desktop.ui.kit.page import Page, Then, no_action

TURN_MS, PAINTED_MS = 1, 15
"""A timer of 0 ms goes on in the same turn; what is uncovered is painted after some."""
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
    """Brings the pages of one stack to the front, within an area that is painted at once; `arrive`
    is how one of them takes its place."""

    def __init__(
        self, area: QWidget, stack: QStackedWidget, arrive: Callable[[str], Page | None]
    ) -> None:
        super().__init__(stack)
        self._area, self._stack, self._arrive = area, stack, arrive
        self.key = ""
        """Of the page that is on its way."""
        self._then: Then = no_action
        self._parts: Iterator[object] = iter(())
        self._holder: QWidget | None = None
        self._watched: QWindow | None = None
        self._next = pause(self, TURN_MS, self._go_on)
        self._paint = pause(self, TURN_MS, self._uncover)
        self._painted = pause(self, PAINTED_MS, lambda: None)

    @property
    def unpainted(self) -> bool:
        """Whether the page in front is not on the screen yet."""
        return self._paint.isActive() or self._painted.isActive()

    def expect(self, key: str, then: Then) -> None:
        """That page is on its way, and there before a person does anything more, which is meant for
        it."""
        self.forget()
        self.key, self._then = key, then
        self._watched = self._stack.window().windowHandle()
        if self._watched is not None:
            self._watched.installEventFilter(self)

    def bring(self, parts: Iterator[object]) -> None:
        """It comes once these parts of it are made, the first now, each other in a turn."""
        self._parts = parts
        self._go_on()

    def _go_on(self) -> None:
        if next(self._parts, self) is self:
            self.arrive()
        else:
            self._next.start()

    def forget(self) -> None:
        """No page is on its way any more."""
        self.key, self._then, self._holder = "", no_action, None
        self._parts = iter(())
        self._next.stop()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None

    def arrive(self) -> Page | None:
        """Now, if one is on its way."""
        key, then, holder = self.key, self._then, self._holder
        self.forget()
        page = self._arrive(key) if key else None
        if page is not None:
            then(page)
        if holder is not None:
            holder.setFocus()
        return page

    def leave_keyboard(self, holder: QWidget) -> None:
        """With who has it, whatever page comes."""
        holder.setFocus()
        self._holder = holder if self.key else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHED:
            self.arrive()
        return False

    def put(self, page: QWidget) -> None:
        """In front; to be painted once it is laid out, with the tabs above it. Pages behind take no
        part: Qt would go through every widget of all that were ever opened."""
        before = self._stack.currentWidget()
        if before is not None and before is not page:
            before.setUpdatesEnabled(False)
        self._area.setUpdatesEnabled(False)
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)  # not sooner: Qt paints anew what stands there
        page.setUpdatesEnabled(True)
        self._stack.setCurrentWidget(page)
        self._paint.start()

    def _uncover(self) -> None:
        self._area.setUpdatesEnabled(True)
        self._painted.start()
