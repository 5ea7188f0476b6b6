"""The list of reports, the form of the chosen one, and its trial print, side by side."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.kit import theme
from desktop.ui.kit.page import Window
from desktop.ui.reports.change_card import ChangeCard
from desktop.ui.reports.report_editor import ReportEditor
from desktop.ui.reports.template_list import FormList

TURN_MS = 5
"""Between two parts that are made, so that what stands there is painted."""


class FormDesk(QSplitter):
    """Editor and pane are made a part in a turn: all at once would hold up the window."""

    changed = Signal()
    ready = Signal()

    def __init__(self, window: Window, forms: FormList, card: ChangeCard) -> None:
        super().__init__()
        self._window, self._card = window, card
        self._turns = QTimer(self)
        self._turns.timeout.connect(self._turn)
        self.setHandleWidth(theme.sizes().gap)
        self.setChildrenCollapsible(False)
        for part in (forms, card, QWidget(self)):  # the last keeps the pane's room
            self.addWidget(part)
        size = theme.sizes()
        self.setSizes([size.chars(14), size.chars(32), size.chars(20)])
        for at in (1, 2):
            self.setStretchFactor(at, 1)

    @cached_property
    def editor(self) -> ReportEditor:
        """Where the form is changed."""
        made = ReportEditor(self._window.session, self._window.jobs, self._window, self._card)
        made.changed.connect(self.changed)
        self._card.box.insertWidget(0, made, 1)
        return made

    @cached_property
    def pane(self) -> PdfPane:
        """Where it is printed over the ledger."""
        made = PdfPane(compact=True, paper=False)
        made.say("", "")
        held, sizes = self.replaceWidget(2, made), self.sizes()
        if held is not None:
            held.deleteLater()
        made.show()
        self.setSizes(sizes)
        return made

    def go_to_line(self, number: int) -> None:
        """To a line of the text."""
        self.editor.setCurrentIndex(0)
        self.editor.text.go_to_line(number)

    def prepare(self) -> None:
        """Make what is not made yet, then tell `ready`."""
        if not self._turns.isActive():
            self._turns.start(TURN_MS)

    def _turn(self) -> None:
        if "editor" in self.__dict__ and self.editor.rest:
            self.editor.rest.pop(0)()
        elif "pane" in self.__dict__:
            self._turns.stop()
            self.ready.emit()
        else:
            _ = self.pane if "editor" in self.__dict__ else self.editor
