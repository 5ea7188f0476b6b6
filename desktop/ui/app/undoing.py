"""Ctrl+Z and Ctrl+Y, one thing everywhere: in an entry with unsaved typing they take that back and
forth; everywhere else one's own last saved change. What came of it is said."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from db.store.journal import Change
from desktop.ui.kit.page import Window
from desktop.ui.record_form.fields import Fields

NAMED = 12
"""Characters of a record's title that are told."""


def undo(window: Window) -> None:
    """Take back the last change."""
    session = window.session

    def done(found: tuple[Change, str] | None) -> None:
        if found is None:
            window.toast("没有可以撤销的步骤。")
            return
        change, said = found
        kept = f"；有 {len(change.kept)} 处后来又改过，保留不动" if change.kept else ""
        window.toast(f"已{said}{kept}。Ctrl+Y 重做")

    window.jobs.write(
        lambda job: _named(window, session.undo_last()), done, owner=window, label="正在撤销"
    )


def redo(window: Window) -> None:
    """Take back the last undo."""
    session = window.session

    def done(found: tuple[Change, str] | None) -> None:
        window.toast(f"已{found[1]}" if found is not None else "没有可以重做的步骤。")

    window.jobs.write(
        lambda job: _named(window, session.redo_last()), done, owner=window, label="正在重做"
    )


def _named(window: Window, change: Change | None) -> tuple[Change, str] | None:
    """A change and what it was, with the record's title or how many there were. In the writer."""
    if change is None:
        return None
    said, session = change.label or "撤销上一步", window.session
    changed = list(dict.fromkeys((kind, uid) for kind, uid, _ in change.records))
    if len(changed) == 1 and session.opens(changed[0][0]):
        record = session.get(*changed[0])
        title = session.title_of(record) if record is not None else ""
        return change, f"{said}“{title[:NAMED]}{'…' * (len(title) > NAMED)}”" if title else said
    return change, f"{said}（{len(changed)} 条）" if changed else said


def undo_typing(entry: QWidget | None) -> bool:
    """Take back the last of what is typed where the cursor is, or what was chosen there and is not
    saved; whether there was any."""
    if isinstance(entry, QLineEdit | QTextEdit | QPlainTextEdit) and _has_steps(entry, redo=False):
        entry.undo()
        return True
    within = entry.parentWidget() if entry is not None else None
    while within is not None and not isinstance(within, Fields):
        within = within.parentWidget()
    return within is not None and entry is not None and within.take_back(entry)


def redo_typing(entry: QWidget | None) -> bool:
    """The other way round."""
    if isinstance(entry, QLineEdit | QTextEdit | QPlainTextEdit) and _has_steps(entry, redo=True):
        entry.redo()
        return True
    return False


def _has_steps(entry: QWidget, *, redo: bool) -> bool:
    held = entry if isinstance(entry, QLineEdit) else None
    if held is None and isinstance(entry, QTextEdit | QPlainTextEdit):
        document = entry.document()
        return document.isRedoAvailable() if redo else document.isUndoAvailable()
    return held is not None and (held.isRedoAvailable() if redo else held.isUndoAvailable())


class UndoKeys(QObject):
    """Lets Ctrl+Z and Ctrl+Y through to the window: an entry takes them for itself even where it
    has nothing to take back."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._watched: list[QWidget] = []
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        for widget in self._watched:
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
        self._watched = []
        if not shiboken6.isValid(self._window):
            return
        if now is not None and self._window.isAncestorOf(now):
            above = now.parentWidget()
            around = above if isinstance(above, QAbstractSpinBox | QComboBox) else None
            self._watched = [now] if around is None else [now, around]
        for widget in self._watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence(event.keyCombination()).toString()
            if keys in ("Ctrl+Z", "Ctrl+Y"):
                event.ignore()
                return True
        return False
