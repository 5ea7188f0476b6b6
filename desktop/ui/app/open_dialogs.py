"""Dialogs that stand open when nobody sits there: a lock leaves them unanswered."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QDialog

from desktop.ui.kit.messages import Dialog


def open_dialogs() -> list[QDialog]:
    """The dialogs that stand open."""
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]


def dismiss() -> list[str]:
    """Leave every open dialog unanswered, what was typed into it kept: those are named. One that
    must be answered stands still."""
    kept = []
    for question in open_dialogs():
        if (
            isinstance(question, Dialog)
            and question.typing is not None
            and question.typing.keep()
        ):
            kept.append(question.windowTitle())
        question.reject()
    return kept
