"""Bulletins: choose a report and what it is of; see it as it will be printed; print or keep it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from db.errors import BadInput
from db.model.query import Query
from desktop.ui.bulletin.preview import pdf_in_memory
from desktop.ui.bulletin.preview.letter_button import LetterButton
from desktop.ui.bulletin.preview.list_document import Rows
from desktop.ui.bulletin.preview.mask_check import ask_about_mask
from desktop.ui.bulletin.preview.options import ROWS, Choice, Chosen, Options
from desktop.ui.bulletin.preview.pane_commands import pane_commands
from desktop.ui.bulletin.preview.paper_or_file import PDF, Paper
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.bulletin.preview.report_choices import (
    Writer,
    load_choices,
    mask_told,
    new_draft,
    report_writer,
    row_choices,
    rows_writer,
    title_of,
)
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job, error_text
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.page_parts import Card, button, hide_unless
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

VIEW = "bulletin"


class BulletinPage(Page):
    """What to print on the left, its preview on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self._choices: list[Choice] = []
        self._rows: Rows | None = None
        self._job: Job | None = None
        self._turn, self._filling, self._title = 0, False, ""
        self._wait = pause(self, 250, self.make)

    def _read_choices(self) -> None:
        self.jobs.read(
            lambda job: load_choices(self.session), self._take_choices, failed=self.window_.error,
            owner=self, key="bulletin-choices",
        )

    def parts(self) -> Iterator[object]:
        size = theme.sizes()
        self.list = ShortList("通报与报表", [ListColumn("通报与报表", 10, stretch=True)])
        self.list.when_empty("没有可用的通报", "")
        self.list.chosen.connect(self._chosen)
        self.list.setMinimumHeight(size.row * 3)
        listed = Card(flush=True)
        listed.add(self.list, 1)
        self.options = Options(self.session, self.jobs, self.window_)
        self.list.opened.connect(self.options.focus)
        self.options.changed.connect(self._ask)
        self.options.check_asked.connect(self.check_mask)
        self.draft_button = button(
            "据此拟稿", self.draft, "primary", "file-document-edit-outline",
            "写成通报：改文字、核数字、送审、印发",
        )
        hide_unless(self.session.may_write("bulletin"), self.draft_button)
        left = QWidget(self)
        side = QVBoxLayout(left)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(size.gap)
        side.addWidget(listed, 1)
        side.addWidget(self.options)
        self.letter = LetterButton(self, self._ask)
        side.addWidget(self.letter)
        side.addWidget(self.draft_button)
        yield left
        self.pane = PdfPane()
        self.pane.print_asked.connect(self.print_pages)
        self.pane.save_asked.connect(self.save)
        self.pane.form_asked.connect(self.save)
        self.paper = Paper(self, self.jobs, self.window_, self.pane)
        split = QSplitter(self)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.pane)
        split.setStretchFactor(1, 1)
        left.setMinimumWidth(size.chars(13.5))
        split.setSizes([size.chars(15), 10_000])
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.addWidget(split)
        self.starts_at(self.list)
        self._read_choices()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.options.say_help(self.height() >= theme.sizes().line * 24)

    # ---- what the window asks of a page

    def shown(self) -> None:
        if not self.pane.data and self._choices:
            self._ask()

    def refresh(self, change: Any) -> None:
        """The ledger changed: neither figures of before nor reports that are others now."""
        if change is not None and "report_form" in change.kinds:
            self._read_choices()
        if change is not None and not change.records:
            return
        if self.isVisible() and self.choice is not None:
            self._ask()
        else:
            self.pane.say("", "")

    def commands(self) -> list[Command]:
        return pane_commands(self.pane, "预览")

    def offers(self, what: str) -> bool:
        return what in ("print_preview", "save")

    def print_preview(self) -> None:
        """Ctrl+P here means paper: the preview is what one sees already."""
        self.print_pages()

    # ---- choosing

    def _take_choices(self, choices: list[Choice]) -> None:
        self._choices = choices
        self._fill(ROWS if self._rows is not None else str(self._kept.get("report", "")))

    def _fill(self, key: str) -> None:
        lines = [Line(c.key, (c.label,), c) for c in self._all()]
        self._filling = True
        self.list.fill(lines)
        if lines:
            self.list.selectRow(next((at for at, line in enumerate(lines) if line.key == key), 0))
        self._filling = False
        self._chosen(self.list.line())

    def _all(self) -> list[Choice]:
        if self._rows is None:
            return self._choices
        return [*row_choices(self.session, self._rows), *self._choices]

    @property
    def choice(self) -> Choice | None:
        line = self.list.line()
        return line.data if line is not None else None

    def _chosen(self, line: Line | None) -> None:
        if self._filling:
            return
        choice = line.data if line is not None else None
        kept = self._kept.get("periods", {}).get(choice.key) if choice is not None else None
        self.options.show_for(choice, kept if isinstance(kept, str) else None)
        self.draft_button.setEnabled(choice is not None and not choice.of_list)
        self.letter.hide()
        if choice is not None:
            self._ask()

    def show_list(self, shown: ShownList) -> None:
        """The rows of a ledger's list, as they stand there."""
        self._rows = Rows.of_list(shown)
        self._fill(ROWS)

    def show_record(self, kind: str, uid: str, report: str = "") -> None:
        """The sheet of one record as the report made for such records, or a plain sheet."""
        if not self._choices:  # the declarations are being read: come back after them
            self.jobs.read(
                lambda job: None,
                lambda _: self.show_record(kind, uid, report) if self._choices else None,
                failed=None, owner=self,
            )
            return
        possible = [c for c in self._choices if c.asks("item") and kind in c.kinds]
        fitting = next((c for c in possible if c.key == report), next(iter(possible), None))
        record = self.session.get(kind, uid)
        self._rows = Rows(Query(kind=kind), [record.id]) if record is not None else None
        if fitting is None:
            self._fill(ROWS)
            return
        self.options.set_item(fitting, kind, uid)
        self._fill(fitting.key)

    # ---- the preview

    def _ask(self) -> None:
        """Make the preview anew, a moment after the last choice."""
        self.pane.wait()
        self._wait.start()

    def make(self) -> None:
        """Have the chosen report set; one that is being set for an older choice is given up."""
        self._wait.stop()
        if (choice := self.choice) is None:
            return
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._turn += 1
        try:
            work = self._work(choice)
        except BadInput as error:
            self.pane.say("还差一步", error.message)
            return
        self._keep(choice)

        def pdf(job: Job) -> pdf_in_memory.PdfInMemory:
            job.step(0, 0, f"正在排版{choice.label}")
            return pdf_in_memory.made_by(lambda stream: work(job, stream))

        turn = self._turn
        self._job = self.jobs.write(
            pdf,
            lambda made: self._made(made, turn),
            failed=lambda error: self._failed(error, turn),
            owner=self, label="正在排版",
        )

    def _work(self, choice: Choice) -> Writer:
        """What writes the chosen report. Raises ``BadInput`` while something must be chosen."""
        if choice.of_list:
            assert self._rows is not None
            self._title = title_of(self.session, self._rows, choice)
            return rows_writer(self.session, self._rows, choice)
        chosen = self.letter.chosen(choice, self.options.chosen())
        self._title = chosen.words
        return report_writer(self.session, choice, chosen)

    def _asked(self) -> tuple[Choice, Chosen] | None:
        """The report in front and what was chosen for it; None for rows, and where that is said."""
        if self.choice is None or self.choice.of_list:
            return None
        try:
            return self.choice, self.letter.chosen(self.choice, self.options.chosen())
        except BadInput as error:
            self.window_.error(error)
            return None

    def check_mask(self) -> None:
        """What the masked edition hides, and what it leaves that looks like a name or a figure."""
        session, asked = self.session, self._asked()
        if asked is not None:
            ask_about_mask(self, lambda job: mask_told(session, *asked), self._ask)

    def _keep(self, choice: Choice) -> None:
        if choice.of_list:
            return
        self._kept = {**self.window_.settings.view(VIEW), **self._kept, "report": choice.key}
        if choice.asks("period"):
            self._kept.setdefault("periods", {})[choice.key] = self.options.period.value()
        self.window_.settings.set_view(VIEW, dict(self._kept))

    def _made(self, made: pdf_in_memory.PdfInMemory, turn: int) -> None:
        if turn == self._turn:  # else it was made for an older choice
            self._job = None
            self.pane.show_pdf(made.data, made.missing)

    def _failed(self, error: Exception, turn: int) -> None:
        if turn == self._turn:
            self._job = None
            self.pane.say("没有排成", error_text(error))

    # ---- a bulletin from it

    def draft(self) -> None:
        """A draft with the report's text and figures of now; the editor opens with it."""
        session, asked = self.session, self._asked()
        if asked is None:
            return
        self.jobs.write(
            lambda job: new_draft(session, *asked), self.window_.services.show_draft,
            failed=self.window_.error, owner=self, label="正在拟稿",
        )

    # ---- paper and file

    def save(self, suffix: str = PDF) -> None:
        """Keep what is shown as a PDF or in another form, in the folder used last."""
        choice = self.choice
        hidden = self.options.chosen().hidden if choice and not choice.of_list else frozenset()
        anew = self._work(choice) if suffix != PDF and choice else None
        self.paper.save_masked(self._title, hidden, suffix, anew)

    def print_pages(self) -> None:
        """Ask for printer, copies and pages, then send it."""
        self.paper.print(self._title, duplex=self.choice is not None and self.choice.duplex)
