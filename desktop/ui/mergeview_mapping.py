"""A foreign workbook's columns: which heading belongs to which field, as the program proposes and a person corrects it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from desktop.ui import theme
from desktop.ui.messages import Dialog
from desktop.ui.pages.parts import label, scrolled

NONE = "（不读入）"


def mapping_text(kind: Any, sheets: list[dict[str, Any]]) -> list[str]:
    """What was recognised, in a sentence for each sheet."""
    found = []
    for sheet in sheets:
        if not sheet["header_rows"]:
            found.append(f"工作表「{sheet['sheet']}」没有找到表头，没有读入。")
            continue
        parts = [f"{len(sheet['mapping'])} 列对上了「{kind.label}」的栏"]
        if sheet["unmapped"]:
            parts.append(f"没有用到的列：{'、'.join(sheet['unmapped'][:8])}")
        if sheet["skipped_rows"]:
            words = dict.fromkeys(row["why"] for row in sheet["skipped_rows"])
            parts.append(f"跳过 {len(sheet['skipped_rows'])} 行（{'、'.join(words)}）")
        rows = "、".join(str(row) for row in sheet["header_rows"])
        found.append(f"工作表「{sheet['sheet']}」表头在第 {rows} 行；{'；'.join(parts)}。")
    return found


class MappingDialog(Dialog):
    """One line for each heading; what is chosen here is remembered for the next workbook of this kind."""

    def __init__(self, parent: QWidget, kind: Any, sheets: list[dict[str, Any]]) -> None:
        super().__init__(parent, "列的对应", "按这样读")
        size = theme.sizes()
        self.say(f"左边是表格里的列，右边是「{kind.label}」的栏。改好后记住，下次同样的表自己对上。", muted=True)
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, size.gap, 0)
        grid.setHorizontalSpacing(size.pad)
        grid.setVerticalSpacing(size.gap // 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        fields = [field for field in kind.all_fields if not field.computed and field.type != "attachment"]
        self.entries: dict[tuple[str, str], QComboBox] = {}
        line = 0
        for sheet in sheets:
            if not sheet["header_rows"]:
                continue
            if len(sheets) > 1:
                head = QLabel(f"工作表「{sheet['sheet']}」")
                head.setFont(theme.scaled(1.0, bold=True))
                grid.addWidget(head, line, 0, 1, 2)
                line += 1
            for heading in [*sheet["mapping"], *sheet["unmapped"]]:
                entry = QComboBox()
                entry.setAccessibleName(heading)
                entry.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                entry.addItem(NONE, "")
                for field in fields:
                    entry.addItem(field.label, field.name)
                entry.setCurrentIndex(max(0, entry.findData(sheet["mapping"].get(heading, ""))))
                words = label(heading.replace("\n", " "))
                grid.addWidget(words, line, 0)
                grid.addWidget(entry, line, 1)
                self.entries[sheet["sheet"], heading] = entry
                line += 1
        grid.setRowStretch(line, 1)
        self.add(scrolled(inner), 1)
        self.twice = self.say("")
        self.twice.setProperty("class", "problem")
        self.twice.hide()
        self.resize(size.chars(38), min(size.line * 30, size.row * (line + 5)))

    def mapping(self) -> dict[str, dict[str, str]]:
        """Sheet → heading → field, "" for a column that is not read."""
        found: dict[str, dict[str, str]] = {}
        for (sheet, heading), entry in self.entries.items():
            found.setdefault(sheet, {})[heading] = entry.currentData()
        return found

    def accept(self) -> None:
        """Two columns cannot fill one field."""
        for sheet, columns in self.mapping().items():
            used: dict[str, str] = {}
            for heading, name in columns.items():
                if name and name in used:
                    self.twice.setText(f"工作表「{sheet}」的“{used[name]}”和“{heading}”对应了同一栏，请改其中一个。")
                    self.twice.show()
                    return
                used[name] = heading
        super().accept()
