"""A list of items of which some are picked for one act, or none: then all that are listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QPushButton

from desktop.ui.lists.short_list import Line, ListColumn, ShortList


class PickedList(ShortList):
    """The line under the cursor is picked only when a person picks it."""

    def __init__(self, name: str, columns: Sequence[ListColumn]) -> None:
        super().__init__(name, columns, several=True)

    def fill(self, lines: list[Line]) -> None:
        kept = {line.key for line in self.selected()}
        super().fill(lines)
        self.clearSelection()
        how = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for at, line in enumerate(lines):
            if line.key in kept:
                self.selectionModel().select(self.model().index(at, 0), how)

    def meant(self) -> list[Any]:
        """What stands behind the picked lines; behind all where none is picked."""
        return [line.data for line in self.selected() or self.lines]

    def count_on(self, button: QPushButton, counts: Callable[[Any], bool]) -> None:
        """The button says how many it would take, and of which; without any it is not pressed."""

        def say() -> None:
            count = sum(counts(each) for each in self.meant())
            picked = "选中 " if self.selected() else ""
            button.setText(f"开催办单（{picked}{count} 件）…")
            button.setEnabled(bool(count))

        self.selectionModel().selectionChanged.connect(say)
        self.model().modelReset.connect(say)
        say()
