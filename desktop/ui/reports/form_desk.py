"""The list of reports, the form of the chosen one, and its trial print, side by side."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QSplitter

from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.kit import theme
from desktop.ui.kit.page import Window
from desktop.ui.reports.change_card import ChangeCard
from desktop.ui.reports.form_list import FormList
from desktop.ui.reports.report_editor import ReportEditor


class FormDesk(QSplitter):
    """Editor and pane are each made in a turn of their own: both would hold up the window."""

    changed = Signal()
    ready = Signal()

    def __init__(self, window: Window, forms: FormList, card: ChangeCard) -> None:
        super().__init__()
        self._window, self._card = window, card
        self.setHandleWidth(theme.sizes().gap)
        self.setChildrenCollapsible(False)
        for part in (forms, card):
            self.addWidget(part)
        self.setStretchFactor(1, 1)

    @cached_property
    def editor(self) -> ReportEditor:
        """Where the form is changed."""
        made = ReportEditor(self._window.session, self._window.jobs, self._window)
        made.changed.connect(self.changed)
        self._card.box.insertWidget(0, made, 1)
        return made

    @cached_property
    def pane(self) -> PdfPane:
        """Where it is printed over the ledger."""
        size, made = theme.sizes(), PdfPane(compact=True, paper=False)
        made.say("", "")
        self.addWidget(made)
        self.setSizes([size.chars(14), size.chars(32), size.chars(20)])
        self.setStretchFactor(2, 1)
        return made

    def go_to_line(self, number: int) -> None:
        """To a line of the text."""
        self.editor.setCurrentIndex(0)
        self.editor.text.go_to_line(number)

    def prepare(self) -> None:
        """Make what is not made yet, then tell `ready`."""
        QTimer.singleShot(0, self, self._make_editor)

    def _make_editor(self) -> None:
        _ = self.editor
        QTimer.singleShot(0, self, self._make_pane)

    def _make_pane(self) -> None:
        _ = self.pane
        QTimer.singleShot(0, self, self.ready.emit)
