"""The minutes of a meeting: typed, or drafted from what was discussed and decided, and kept when
they are left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit

from db.domain import minutes
from db.session import Session
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.kept_text import KeptText
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button


class Minutes(QPlainTextEdit):
    """The text of one session's minutes; the page gives `save_button` its place."""

    def __init__(self, session: Session, jobs: Jobs, window: Window, writable: bool) -> None:
        super().__init__()
        self._session, self._jobs, self._window = session, jobs, window
        self.setAccessibleName("会议纪要")
        self.setPlaceholderText("在这里写纪要；“起草”按议程、到会和决定先写出一稿。")
        self.setReadOnly(not writable)
        #: Enabled while the text is not what is kept.
        self.save_button = button("保存纪要", lambda: self.save(say=True), "primary", tip="Ctrl+S")
        self.save_button.setEnabled(False)
        self._text = KeptText(
            self, window, lambda uid, text: minutes.save(session, uid, text), "正在保存纪要"
        )
        self._text.typed.connect(self.save_button.setEnabled)

    def take(self, uid: str, text: str) -> None:
        """Show the kept minutes of a session ("" is none); what is being typed for the same one
        stands."""
        self._text.show_text(uid, text)

    def draft(self, uid: str) -> None:
        """A first text for a session, after what stands there."""

        def take(text: str) -> None:
            if self._text.key != uid:
                return  # another session was chosen meanwhile
            before = self.toPlainText().strip()
            self.setPlainText(f"{before}\n\n{text}" if before else text)
            self.setFocus()

        self._jobs.read(
            lambda job: minutes.draft(self._session, uid), take, failed=self._window.error,
            owner=self,
        )

    def save(self, say: bool = False, then: Callable[[], None] | None = None) -> None:
        """Keep what was typed, if anything was, `then` do something; `say` tells the person."""
        toast = self._window.toast
        self._text.save((lambda: toast("已保存纪要。", undo=True)) if say else None, then)
