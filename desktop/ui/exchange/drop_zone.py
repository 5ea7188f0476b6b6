"""Where workbooks are let go."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.ui.kit import theme
from desktop.ui.kit.page_parts import button, label


class DropZone(QFrame):
    """Where workbooks are let go; it also says how else they come in."""

    def __init__(self, choose_folder: Callable[[], None], choose_files: Callable[[], None]) -> None:
        super().__init__()
        size = theme.sizes()
        self.setObjectName("dropZone")
        head = QLabel("把收回来的工作簿拖到这里")
        head.setFont(theme.scaled(1.1, bold=True))
        words = label("可以一次拖几个，或整个文件夹。接受之前不改动台账。", "muted")
        box = QVBoxLayout()
        box.setSpacing(2)
        box.addWidget(head)
        box.addWidget(words)
        row = QHBoxLayout(self)
        row.setContentsMargins(size.pad * 2, size.pad, size.pad * 2, size.pad)
        row.setSpacing(size.gap)
        row.addLayout(box, 1)
        row.addWidget(button("选文件夹…", choose_folder))
        row.addWidget(button("选工作簿…", choose_files, "primary", "tray-arrow-down", "Ctrl+I"))
        self.lit(False)

    def lit(self, on: bool) -> None:
        """Something is held above it."""
        edge, ground = (theme.ACCENT, theme.ACCENT_PALE) if on else (theme.LINE_STRONG, theme.CARD)
        radius = theme.sizes().gap
        self.setStyleSheet(
            f"#dropZone {{ border: 2px dashed {edge}; background: {ground}; border-radius:"
            f" {radius}px; }}"
        )
