"""A window with a grid of entries: what was typed goes into the book all at once, or the line that
was refused is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtWidgets import QDialog

from db.errors import BadInput
from db.model.declarations import Field
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.record_form.entry_grid import EntryGrid
from desktop.ui.record_form.unsaved_entries import Drafts, Typing

T = TypeVar("T")
Rows = list[dict[str, object]]

HINT = "一行一条，Enter 到下一行；可从 Excel 复制几行，在这里 Ctrl+V 粘贴。"
"""How a grid is filled: what every such window says first."""


@dataclass(frozen=True)
class Grid(Generic[T]):
    """What is asked for line by line: `write(rows)` runs in the writer, `done(result)` says what it
    did."""

    title: str
    word: str
    """What is done with the rows, as the button says it."""
    fields: Sequence[Field]
    kind: str
    write: Callable[[Rows], T]
    done: Callable[[T], str]
    hint: str = HINT
    start: dict[str, object] | None = None
    """What each line begins with."""
    under: str = ""
    """The uid of what the rows will hang under, so that a draft comes back there alone."""


class GridDialog(Dialog, Generic[T]):
    """The grid in its window."""

    def __init__(self, window: Window, asked: Grid[T]) -> None:
        super().__init__(window, asked.title, asked.word)
        size = theme.sizes()
        self._window, self._asked = window, asked
        self.say(asked.hint, muted=True)
        context = EditorContext(window.session, window.jobs, window, self)
        self.grid = EntryGrid(asked.fields, asked.kind, context, asked.start)
        self.grid.changed.connect(self._count)
        self.add(self.grid, 1)
        self.ok.setAutoDefault(False)  # Enter goes to the next line
        self.ok.setDefault(False)
        self.resize(min(size.chars(72), round(window.width() * 0.92)), size.line * 22)
        self._count()
        Typing(
            self, Drafts(window.session, window.jobs, asked.kind),
            f"grid:{asked.title}:{asked.under}", self.grid.raw, self.grid.set_raw,
        )
        self.grid.focus_first()

    def toast(self, text: str, undo: bool = False) -> None:
        """Entries speak through the window they stand in."""
        self._window.toast(text, undo)

    def error(self, problem: str | Exception) -> None:
        self.grid.say(problem if isinstance(problem, str) else error_text(problem))

    def _count(self) -> None:
        count = self.grid.count()
        word = self._asked.word
        self.ok.setText(f"{word}（{count}）" if count else word)
        self.ok.setEnabled(bool(count))

    def accept(self) -> None:
        try:
            rows = self.grid.values()
        except BadInput:
            return
        self.ok.setEnabled(False)

        def done(result: T) -> None:
            self._window.toast(self._asked.done(result), undo=True)
            self.done(QDialog.DialogCode.Accepted)

        def failed(error: Exception) -> None:
            self.error(error)
            self.ok.setEnabled(True)

        self._window.jobs.write(
            lambda job: self._asked.write(rows), done, failed=failed, owner=self,
            label=f"正在{self._asked.word}",
        )


def ask_rows(window: Window, asked: Grid[T]) -> GridDialog[T]:
    """Open the grid over the window."""
    dialog = GridDialog(window, asked)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
