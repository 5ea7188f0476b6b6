"""The parts of an official document that one bulletin has: 份号, 密级, 签发人 and the others."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from desktop.bulletin.report import official_parts
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import scrolled


class OfficialDialog(Dialog):
    """A line for each part, with what is printed now; ``changed`` are those set otherwise."""

    def __init__(self, parent: QWidget, parts: Mapping[str, str]) -> None:
        super().__init__(parent, "公文要素", "保存")
        size = theme.sizes()
        self._parts = dict(parts)
        self.say(
            "这一份文件上的版头、版记各项。不改的照文种的样式；份号、印数改了不用重新核稿。",
            muted=True,
        )
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, size.gap, 0)
        form.setVerticalSpacing(size.gap)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.entries: dict[str, QLineEdit] = {}
        self.sealed = QCheckBox("加盖印章（署名处留出盖章的位置）")
        self.sealed.setChecked(bool(parts.get(official_parts.SEALED)))
        for part in official_parts.PARTS:
            entry = QLineEdit(parts.get(part.name, ""))
            entry.setCursorPosition(0)
            entry.setPlaceholderText(part.hint)
            entry.setAccessibleName(part.label)
            self.entries[part.name] = entry
            form.addRow(part.label, entry)
            if part.name == "attached":
                form.addRow("落款", self.sealed)
        self.add(scrolled(page), 1)
        self.setMinimumSize(size.chars(34), size.row * 15)

    def changed(self) -> dict[str, str]:
        """The parts that say something else now."""
        words = {name: entry.text().strip() for name, entry in self.entries.items()}
        words[official_parts.SEALED] = "是" if self.sealed.isChecked() else ""
        return {name: text for name, text in words.items() if text != self._parts.get(name, "")}
