"""A line of a form's text: its blanks stand there as words, 〔期间〕 for ``{{ period }}``, and are
read back as blanks."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from db.session import Session
from desktop.bulletin.report import template_words


class BlankLine(QLineEdit):
    """What is set and asked is the template; what is seen and typed are words."""

    def __init__(self, text: str = "", session: Session | None = None) -> None:
        super().__init__()
        self._session = session
        self._known: dict[str, str] = {}
        self.setText(text)

    def setText(self, arg__1: str | None) -> None:
        self._known = {}
        super().setText(template_words.as_words(self._session, arg__1 or "", self._known))

    def text(self) -> str:
        return template_words.as_blanks(super().text(), self._known)
