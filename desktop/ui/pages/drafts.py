"""Bulletins from draft to archive: what is written on the left, typing with figures in the middle,
its pages beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QSplitter, QVBoxLayout

from db.model.declarations import Action
from desktop.ui.bulletin.editor.card import DraftCard
from desktop.ui.bulletin.editor.look import (
    DraftLook,
    file_writer,
    look_at,
    open_draft,
    parts_of,
)
from desktop.ui.bulletin.editor.page import DraftPage
from desktop.ui.bulletin.editor.parts import DraftList
from desktop.ui.bulletin.editor.shown_figures import ShownFigures
from desktop.ui.bulletin.editor.steps import DraftSteps
from desktop.ui.bulletin.preview.mask_button import told_of
from desktop.ui.bulletin.preview.mask_check import ask_about_mask
from desktop.ui.bulletin.preview.pane_commands import pane_commands
from desktop.ui.bulletin.preview.paper_or_file import PDF, Paper
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import error_text
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button

if TYPE_CHECKING:
    from desktop.bulletin.issue.bulletins import OpenBulletin
    from desktop.bulletin.issue.editor_view import View

VIEW = "drafts"
PREVIEW_MS, KEEP_MS = 700, 20_000
"""After the last key: until the pages are set anew, and until what is typed is kept."""


class DraftsPage(DraftPage):
    """Drafts and the archive, the editor, and the pages."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.opened: OpenBulletin | None = None
        self.view: View | None = None
        self.figures = ShownFigures(self)
        self.steps = DraftSteps(
            self, self.save, self.open_again, lambda uid: self.drafts.show_issued(uid))
        self._preview = pause(self, PREVIEW_MS, self.look)
        self._keeper = pause(self, KEEP_MS, self.save)

    # ---- building

    def parts(self) -> Iterator[object]:
        size = theme.sizes()
        split = QSplitter(self)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        may = self.session.may_write("bulletin")
        self.drafts = DraftList(self.session, self.jobs, writable=may)
        self.drafts.chosen.connect(self._chosen)
        self.drafts.opened.connect(lambda: self.body.setFocus())
        self.drafts.new_asked.connect(self.new)
        self.list = self.drafts.list
        split.addWidget(self.drafts)
        yield self.drafts
        self.card = self._card()
        split.addWidget(self.card)
        self.starts_at(self.list)
        yield self.card
        self.pane = PdfPane(compact=True)
        self.pane.print_asked.connect(self.print_pages)
        self.pane.save_asked.connect(self.save_file)
        self.pane.form_asked.connect(self.save_file)
        self.paper = Paper(self, self.jobs, self.window_, self.pane)
        split.addWidget(self.pane)
        split.setSizes([size.chars(16), size.chars(30), size.chars(19)])
        split.setStretchFactor(1, 1)
        split.setStretchFactor(2, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.addWidget(split)
        self._enable()
        self.pane.say("", "")

    def _card(self) -> DraftCard:
        self.insert_button = button("插入数字", self.figures.insert_figure, tip="Ctrl+J")
        self.tables_button = button(
            "表中数字", self.figures.show_tables, tip="表格和图表里的数字：看来源、手工改数"
        )
        self.tables_button.setEnabled(False)
        card = DraftCard(self.session, self.insert_button, self.tables_button)
        self.head, self.body, self.find_bar, self.moved, self.mask_button = (
            card.head, card.body, card.find_bar, card.moved, card.mask_button,
        )
        self.signs, self.supplement, self.action_bar = card.signs, card.supplement, card.action_bar
        card.head.textEdited.connect(lambda _: self._typed())
        card.supplement.clicked.connect(self._set_supplement)
        card.action_bar.asked.connect(self._act)
        card.official.clicked.connect(lambda: self.steps.ask_parts(self.opened))
        card.fetch.clicked.connect(lambda: self.steps.fetch(self.opened, self.card, self._typed))
        card.body.textChanged.connect(self._typed)
        card.body.figure_asked.connect(self.figures.show_figure)
        card.body.part_asked.connect(self.figures.show_tables)
        card.body.find_asked.connect(card.find_bar.open)
        card.body.insert_asked.connect(self.figures.insert_figure)
        card.body.hide_asked.connect(lambda word: self.steps.hide_word(word, self.look))
        card.moved.refresh_asked.connect(self.figures.take_now)
        card.moved.opened.connect(self.figures.show_key)
        card.mask_button.changed.connect(self.look)
        card.mask_button.check_asked.connect(self.check_mask)
        return card

    # ---- what the window asks of a page

    def shown(self) -> None:
        self.drafts.load()

    def leave(self) -> bool:
        self.save()
        return True

    def refresh(self, change: Any) -> None:
        """The ledger changed: figures of the draft may have moved."""
        if change is not None and "bulletin" in change.kinds:
            self.drafts.load()
        if self.opened is not None and not self.opened.issued:
            self._preview.start()

    def commands(self) -> list[Command]:
        section = "拟稿"
        return [
            Command("插入数字", self.figures.insert_figure, "", section, "crsz"),
            Command("表中数字", self.figures.show_tables, "", section, "bzsz"),
            Command("在正文中查找", self.find_bar.open, "", section, "zzwzcz"),
            Command("更新数字", self.figures.take_now, "Ctrl+U", section, "gxsz"),
            Command("到通报清单", self.list.setFocus, "Ctrl+Shift+F", section, "dtbqd"),
            Command("到正文", self.body.setFocus, "Ctrl+T", section, "dzw"),
            *pane_commands(self.pane, section),
        ]

    def offers(self, what: str) -> bool:
        return what in ("print_preview", "save", "new")

    def print_preview(self) -> None:
        """Ctrl+P here means paper: the pages are seen already."""
        self.print_pages()

    def new(self) -> None:
        """A draft begins with its report and period, which the page of reports asks for."""
        self.window_.open("bulletin")

    # ---- one bulletin

    def _chosen(self, entry: Any) -> None:
        uid = entry.uid if entry is not None else None
        if self.opened is not None and uid == self.opened.record.uid and entry == self.opened.entry:
            return
        if self.opened is not None and uid != self.opened.record.uid:
            self.save(self._show_chosen)
        else:
            self.show_kept(uid)

    def _show_chosen(self) -> None:
        """What is chosen once what was typed is kept: no longer what was when that began."""
        line = self.list.line()
        self.show_kept(line.key if line is not None else None)

    def show_draft(self, uid: str) -> None:
        """Bring one draft to the editor."""
        self.drafts.show_draft(uid)

    def show_kept(self, uid: str | None) -> None:
        if uid is None:
            self.opened = self.view = None
            self.card.clear()
            self.pane.say("", "")
            self.tables_button.setEnabled(False)
            self._enable()
            return
        self.jobs.read(
            lambda job: open_draft(self.session, uid), self._show, failed=self.window_.error,
            owner=self, key="drafts-open",
        )

    def _show(self, found: Any) -> None:
        same = self.opened is not None and self.opened.record.uid == found.record.uid
        typed = same and self.dirty
        self.opened = found
        self.card.show_draft(found, same=same, typed=typed)
        if not same:
            self.view = None
            self.tables_button.setEnabled(False)
        self._enable()
        self.look()

    def _enable(self) -> None:
        found = self.opened
        writable = found is not None and found.writable
        self.card.able(writable, found is not None)
        self.insert_button.setEnabled(writable)

    # ---- typing

    def _typed(self) -> None:
        if self.opened is None or not self.opened.writable:
            return
        self._preview.start()
        self._keeper.start()
        self.card.count_words(True)

    # ---- the look at it

    def look(self) -> None:
        """Count and set what is typed, off the UI thread; a newer look replaces an older."""
        self._preview.stop()
        found = self.opened
        if found is None:
            return
        session, typed = self.session, (self.head.text().strip(), self.body.body())
        masks = frozenset(self.mask_button.hidden)
        self.pane.wait()
        self.jobs.read(
            lambda job: look_at(session, job, found, typed, masks),
            lambda seen: self._seen(found, seen), owner=self, key="drafts-look",
            failed=lambda error: self.pane.say("没有排成", error_text(error)),
        )

    def check_mask(self) -> None:
        """What the masked edition hides, and what it leaves that looks like a name or a figure."""
        found, view = self.opened, self.view
        if found is None or view is None:
            return
        session, hidden, document = self.session, frozenset(self.mask_button.hidden), view.document
        ask_about_mask(self, lambda job: told_of(session, hidden, document), self.look)

    def _seen(self, found: Any, seen: DraftLook) -> None:
        if self.opened is None or self.opened.record.uid != found.record.uid:
            return
        self.view = seen.view
        parts = parts_of(seen.view)
        self.body.show_figures(seen.view.figures, parts)
        self.tables_button.setEnabled(bool(parts))
        self.pane.show_pdf(seen.data, seen.missing)
        self.moved.show_moved(seen.view.differences if found.writable else ())

    # ---- steps

    def _act(self, action: Action) -> None:
        if self.opened is not None:
            self.steps.take(self.opened.record.uid, action, self.view)

    def _set_supplement(self, on: bool) -> None:
        if self.opened is not None:
            self.steps.set_supplement(self.opened.record.uid, on)

    def save_file(self, suffix: str = PDF) -> None:
        """Keep what is shown as a PDF or in another form; a masked edition has a masked name."""
        hidden, view = frozenset(self.mask_button.hidden), self.view if suffix != PDF else None
        if self.opened is not None:
            anew = file_writer(self.session, view, hidden) if view else None
            self.paper.save_masked(self.head.text(), hidden, suffix, anew)

    def print_pages(self) -> None:
        """Ask for printer, copies and pages, then send what is shown."""
        report = self.opened.report if self.opened is not None else None
        self.paper.print(self.head.text(), duplex=report is not None and report.duplex)
