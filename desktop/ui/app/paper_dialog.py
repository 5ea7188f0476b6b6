"""Printing where one is: the page that sets papers, over the page from which it was asked."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout

from desktop.ui.kit.commands import Command, Commands
from desktop.ui.kit.page import Window
from desktop.ui.pages.bulletin import BulletinPage

WIDE, HIGH = 0.94, 0.96
"""Of the window."""


class PaperDialog(QDialog):
    """Everything that the page offers; Esc leads back to where one was."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.setWindowTitle("打印")
        self.setProperty("class", "plain")
        self.page = BulletinPage(window)
        self.page.finish()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.page)
        Commands(self).add(
            self, *self.page.commands(), Command("打印", self.page.print_pages, "Ctrl+P"),
            Command("存为 PDF", self.page.save, "Ctrl+S"),
        )
        self.resize(round(window.width() * WIDE), round(window.height() * HIGH))
        window.page_changed.connect(self._page_changed)
        self.finished.connect(self.deleteLater)
        self.open()

    def _page_changed(self, key: str) -> None:
        """A draft was begun: the editor stands below."""
        if key == "drafts":
            self.close()
