"""A folder that is typed or chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.page_parts import button, label


class FolderEntry(QWidget):
    """A folder: typed, or chosen by a button."""

    def __init__(
        self, name: str, value: str, hint: str, keep: Callable[[str], None], *, new: bool = False
    ) -> None:
        """``new``: it will be made, and need not be there yet."""
        super().__init__()
        self._new = new
        self._keep, self._name = keep, name
        self.entry = QLineEdit(value)
        self.entry.setPlaceholderText(f"没有设；{hint}")
        self.entry.setAccessibleName(name)
        self.entry.setClearButtonEnabled(True)
        self.entry.editingFinished.connect(lambda: keep(self.entry.text().strip()))
        self.entry.textChanged.connect(lambda text: None if text else keep(""))
        self.problem = label("", "problem")
        self.problem.hide()
        row = QHBoxLayout()
        row.setSpacing(theme.sizes().gap)
        row.addWidget(self.entry, 1)
        row.addWidget(button("选择…", self._choose))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(row)
        box.addWidget(self.problem)
        self.entry.editingFinished.connect(self._check)
        self._check()

    def _choose(self) -> None:
        chosen = file_dialogs.folder(self, self._name, self._name, self.entry.text())
        if chosen is not None:
            self.entry.setText(str(chosen))
            self._keep(str(chosen))
            self._check()

    def _check(self) -> None:
        """A folder on a stick that is not in now is no error, but worth a word."""
        text = self.entry.text().strip()
        missing = not self._new and bool(text) and not Path(text).is_dir()
        self.problem.setText("现在找不到这个文件夹，用到时请先插好或建好。" if missing else "")
        self.problem.setVisible(missing)
