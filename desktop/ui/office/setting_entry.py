"""What a declared setting is set with: by the type of its default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from db.model.settings import Setting
from desktop.ui.kit import entry_button, theme
from desktop.ui.office.folder_entry import FolderEntry


def entry_of(setting: Setting[Any], value: Any, keep: Callable[[Any], None]) -> QWidget:
    """The entry that shows a value and keeps another one at once."""
    if isinstance(setting.default, bool):
        box = QCheckBox(setting.label)
        box.setChecked(value)
        box.toggled.connect(keep)
        return box
    if isinstance(setting.default, (int, float)):
        spin = entry_button.spin_box()
        spin.setRange(int(setting.minimum or 0), int(setting.maximum or 9999))
        spin.setValue(int(value))
        spin.setAccessibleName(setting.label)
        spin.setMaximumWidth(theme.sizes().chars(7))
        spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        spin.valueChanged.connect(keep)
        return spin
    if setting.choices:
        choice = QComboBox()
        for held, word in setting.choices:
            choice.addItem(word, held)
        choice.setCurrentIndex(choice.findData(value))
        choice.setAccessibleName(setting.label)
        choice.activated.connect(lambda at: keep(choice.itemData(at)))
        return choice
    return FolderEntry(setting.label, value, setting.help, keep)
