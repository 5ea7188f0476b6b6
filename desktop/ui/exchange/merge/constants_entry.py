"""整表同一值: fields that a table of another program does not have, filled in once for all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from db.model.declarations import Field
from desktop.ui.kit import theme
from desktop.ui.kit.page_parts import label

_PICK = "（选一栏）"


class ConstantsEntry(QWidget):
    """Lines of a field and its text; there is always one more to fill in."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._fields: Sequence[Field] = ()
        self.lines: list[tuple[QComboBox, QLineEdit]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, theme.sizes().gap, 0, 0)
        self._grid.setHorizontalSpacing(theme.sizes().gap)
        self._grid.setVerticalSpacing(theme.sizes().gap // 2)
        self._grid.setColumnStretch(1, 1)
        head = label("整表同一值：表里没有的栏，每一行都填", "muted")
        self._grid.addWidget(head, 0, 0, 1, 2)

    def offer(self, fields: Sequence[Field], missing: Sequence[str]) -> None:
        """The fields of the ledger; those that are needed and stand in no column come first."""
        if [f.name for f in fields] != [f.name for f in self._fields]:
            self._clear()
            self._fields = fields
        chosen = {entry.currentData() for entry, _ in self.lines}
        for name in missing:
            if name not in chosen:
                self._add(name, "必填，表里没有这一列")
        self._one_more()

    def set_values(self, values: Mapping[str, str]) -> None:
        """As they were said before."""
        for name, text in values.items():
            self._add(name, "").setText(text)

    def values(self) -> dict[str, str]:
        """Field → text, of the lines that are filled in."""
        return {
            str(entry.currentData()): text.text().strip() for entry, text in self.lines
            if entry.currentData() and text.text().strip()
        }

    def _add(self, name: str, hint: str) -> QLineEdit:
        blank = next((line for line in self.lines if not line[0].currentData()), None)
        entry, text = blank or self._line()
        entry.setCurrentIndex(max(0, entry.findData(name)))
        text.setPlaceholderText(hint)
        return text

    def _line(self) -> tuple[QComboBox, QLineEdit]:
        entry, text = QComboBox(), QLineEdit()
        entry.setAccessibleName("整表同一值的栏")
        entry.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        entry.setFixedWidth(theme.sizes().chars(9))
        entry.addItem(_PICK, "")
        for field in self._fields:
            entry.addItem(field.label, field.name)
        text.setAccessibleName("整表同一值")
        entry.currentIndexChanged.connect(lambda _: self._one_more())
        text.editingFinished.connect(self.changed)
        row = len(self.lines) + 1
        self._grid.addWidget(entry, row, 0)
        self._grid.addWidget(text, row, 1)
        self.lines.append((entry, text))
        return entry, text

    def _one_more(self) -> None:
        if all(entry.currentData() for entry, _ in self.lines):
            self._line()

    def _clear(self) -> None:
        for widget in (each for line in self.lines for each in line):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.lines.clear()
