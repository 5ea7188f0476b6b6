"""Taking back one's own last change, and the other way round; what came of it is said."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from db.store.journal import Change
from desktop.ui.kit.page import Window


def undo(window: Window) -> None:
    """Take back the last change."""

    def told(change: Change | None) -> None:
        if change is None:
            window.toast("没有可以撤销的步骤。")
            return
        kept = f"；有 {len(change.kept)} 处后来又改过，保留不动" if change.kept else ""
        window.toast(f"已{change.label or '撤销上一步'}{kept}")

    session = window.session
    window.jobs.write(lambda job: session.undo_last(), told, owner=window, label="正在撤销")


def redo(window: Window) -> None:
    """Take back the last undo."""

    def told(change: Change | None) -> None:
        window.toast(f"已{change.label}" if change is not None else "没有可以重做的步骤。")

    session = window.session
    window.jobs.write(lambda job: session.redo_last(), told, owner=window, label="正在重做")


def undo_typing(entry: QWidget | None) -> bool:
    """Take back the last of what is typed where the cursor is; whether there was any."""
    if isinstance(entry, QLineEdit):
        able = entry.isUndoAvailable()
    elif isinstance(entry, QTextEdit | QPlainTextEdit):
        able = entry.document().isUndoAvailable()
    else:
        return False
    if able:
        entry.undo()
    return able
