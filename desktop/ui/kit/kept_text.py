"""Free text that belongs to what is chosen beside it, kept when it is left: a comment, the minutes.

What is typed stands until the book has it: neither a list that is read again, nor a write that is
refused, takes it away.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPlainTextEdit

from desktop.ui.kit.page import Window


class KeptText(QObject):
    """One entry, for one text after another. ``write`` keeps a text under its key, in a worker."""

    typed = Signal(bool)
    """Whether something stands there that nobody has asked to keep."""

    def __init__(
        self, entry: QPlainTextEdit, window: Window, write: Callable[[str, str], object],
        label: str,
    ) -> None:
        super().__init__(entry)
        self._entry, self._window, self._write, self._label = entry, window, write, label
        #: What was typed and is not in the book yet, by key; of that, what is on its way.
        self._open: dict[str, str] = {}
        self._sent: dict[str, str] = {}
        self.key = ""
        """Of what the text is; "" of nothing."""
        entry.textChanged.connect(self._note)

    def show_text(self, key: str, text: str) -> None:
        """``text``: as the book has it; what is typed for the same key goes before it."""
        self.key = key
        if not self._entry.isReadOnly():
            text = self._open.get(key, text)
        if text != self._entry.toPlainText():  # else the cursor stays where one types
            self._entry.blockSignals(True)
            self._entry.setPlainText(text)
            self._entry.blockSignals(False)
        self._tell()

    def save(
        self, done: Callable[[], None] | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """Keep what was typed, if anything was, and tell it; `then` do something, also when there
        was nothing."""
        key, text, jobs = self.key, self._open.get(self.key), self._window.jobs
        if text is None or text == self._sent.get(key):
            if then is not None and key in self._sent:
                jobs.write(lambda job: None, lambda _: then(), owner=self)
            elif then is not None:
                then()
            return
        self._sent[key] = text
        self._tell()

        def kept(_: object) -> None:
            self._over(key, text)
            if self._open.get(key) == text:
                del self._open[key]
            self._tell()
            if done is not None:
                done()
            if then is not None:
                then()

        def refused(error: Exception) -> None:
            self._over(key, text)
            self._tell()
            self._window.error(error)

        jobs.write(
            lambda job: self._write(key, text), kept, failed=refused, owner=self,
            label=self._label,
        )

    def _over(self, key: str, text: str) -> None:
        if self._sent.get(key) == text:
            del self._sent[key]

    def _note(self) -> None:
        if self.key and not self._entry.isReadOnly():
            self._open[self.key] = self._entry.toPlainText()
            self._tell()

    def _tell(self) -> None:
        held = self._open.get(self.key)
        asked = held is not None and held != self._sent.get(self.key)
        self.typed.emit(asked and not self._entry.isReadOnly())
