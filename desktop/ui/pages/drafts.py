"""Bulletins from draft to archive: what is written on the left, typing with figures in the middle,
its pages beside it."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from desktop.ui.bulletin.editor.draft_figures import DraftFigures
from desktop.ui.bulletin.editor.editor import BodyEditor
from desktop.ui.bulletin.editor.editor_parts import DraftList, FindBar, Moved
from desktop.ui.bulletin.preview.mask_button import MaskButton, mask_of, told_of
from desktop.ui.bulletin.preview.mask_check import MaskCheck
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.bulletin.preview.preview_paper import Paper
from desktop.ui.forms import actions
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import Job, sentence
from desktop.ui.kit.messages import ask, ask_text
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.page_parts import Card, button

VIEW = "drafts"
#: So many differences are named in a question.
MOST_TOLD = 5
PREVIEW_MS, KEEP_MS = 700, 20_000
"""After the last key: until the pages are set anew, and until what is typed is kept."""



@dataclasses.dataclass(frozen=True)
class _Seen:
    """What one look at the typed text gave: its figures and differences, its pages, or why it
    cannot be set."""

    view: Any
    data: bytes
    missing: tuple[str, ...]


class DraftsPage(Page):
    """Drafts and the archive, the editor, and the pages."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        session, jobs = window.session, window.jobs
        self.opened: Any = None
        self.view: Any = None
        self.figures = DraftFigures(self, session, jobs, window, self.save, self._open_again)
        self._build()
        self._preview, self._keeper = self._timer(PREVIEW_MS, self.look), self._timer(
            KEEP_MS, self.save
        )
        self.drafts.load()

    def _timer(self, ms: int, run: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(lambda: run())
        return timer

    # ---- building
    # ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        size = theme.sizes()
        split = QSplitter()
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        self.drafts = DraftList(
            self.session, self.jobs, writable=self.session.may_write("bulletin")
        )
        self.drafts.chosen.connect(self._chosen)
        self.drafts.opened.connect(lambda: self.body.setFocus())
        self.drafts.new_asked.connect(self.new)
        self.list = self.drafts.list
        self.pane = PdfPane(compact=True)
        self.pane.print_asked.connect(self.print_pages)
        self.pane.save_asked.connect(self.save_pdf)
        self.paper = Paper(self, self.jobs, self.window_, self.pane, VIEW)
        for part in (self.drafts, self._edited(), self.pane):
            split.addWidget(part)
        split.setSizes([size.chars(16), size.chars(30), size.chars(19)])
        split.setStretchFactor(1, 1)
        split.setStretchFactor(2, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.addWidget(split)
        self._enable()
        self.pane.say("", "")

    def _edited(self) -> QWidget:
        size = theme.sizes()
        card = Card()
        self.head = QLineEdit()
        self.head.setFont(theme.scaled(1.15, bold=True))
        self.head.setAccessibleName("标题")
        self.head.setPlaceholderText("标题")
        self.head.textEdited.connect(lambda _: self._typed())
        self.signs = QLabel()
        self.signs.setProperty("class", "muted")
        self.supplement = QCheckBox("增刊")
        self.supplement.setToolTip("增刊另行编号")
        self.supplement.clicked.connect(
            lambda on: self._write(
                "正在保存", lambda d, uid: d.set_supplement(self.session, uid, on)
            )
        )
        self.action_bar = actions.ActionBar(card)
        self.action_bar.asked.connect(self._act)
        self.body = BodyEditor()
        self.body.session = self.session
        self.body.textChanged.connect(self._typed)
        self.body.figure_asked.connect(self.show_figure)
        self.body.part_asked.connect(self.show_tables)
        self.body.find_asked.connect(lambda: self.find_bar.open())
        self.body.insert_asked.connect(self.insert_figure)
        self.find_bar, self.moved = FindBar(self.body), Moved()
        self.moved.refresh_asked.connect(self.take_figures)
        self.moved.opened.connect(self.show_key)
        self.insert_button = button("插入数字", self.insert_figure, tip="Ctrl+J")
        self.tables_button = button(
            "表中数字", self.show_tables, tip="表格和图表里的数字：看来源、手工改数"
        )
        self.mask_button = MaskButton()
        self.mask_button.changed.connect(self.look)
        self.mask_button.check_asked.connect(self.check_mask)
        self.body.hide_asked.connect(self.hide_word)
        self.count = QLabel()
        self.count.setProperty("class", "muted")
        card.add(self.head)
        card.row(self.signs, self.supplement).addWidget(self.count)
        card.add(self.action_bar)
        tools = QWidget()
        flow = Flow(tools, size.gap)
        for part in (self.insert_button, self.tables_button, self.mask_button):
            flow.addWidget(part)
        card.add(tools)
        card.add(self.find_bar)
        card.add(self.moved)
        card.add(self.body, 1)
        card.setMinimumWidth(size.chars(18))
        self.setFocusProxy(self.list)
        return card

    # ---- what the window asks of a page
    # -----------------------------------------------------------------------------

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
            Command("插入数字", self.insert_figure, "", section, "crsz"),
            Command("表中数字", self.show_tables, "", section, "bzsz"),
            Command("在正文中查找", self.find_bar.open, "", section, "zzwzcz"),
            Command("更新数字", self.take_figures, "Ctrl+U", section, "gxsz"),
            Command("到通报清单", self.list.setFocus, "Ctrl+Shift+F", section, "dtbqd"),
            Command("到正文", self.body.setFocus, "Ctrl+T", section, "dzw"),
            Command("上一页", lambda: self.pane.turn(-1), "Ctrl+PgUp", section, "syy"),
            Command("下一页", lambda: self.pane.turn(1), "Ctrl+PgDown", section, "xyy"),
            Command("放大", lambda: self.pane.zoom(1), "Ctrl+=", section, "fd"),
            Command("缩小", lambda: self.pane.zoom(-1), "Ctrl+-", section, "sx"),
            Command("页宽", self.pane.fit_width, "Ctrl+0", section, "yk"),
            Command("整页", self.pane.fit_page, "Ctrl+9", section, "zy"),
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
    # -----------------------------------------------------------------------------------------------

    def _chosen(self, entry: Any) -> None:
        uid = entry.uid if entry is not None else None
        if self.opened is not None and uid == self.opened.record.uid and entry == self.opened.entry:
            return
        if self.opened is not None and uid != self.opened.record.uid:
            self.save()
        self._open(uid)

    def show_draft(self, uid: str) -> None:
        """Bring one draft to the editor."""
        self.drafts.show_draft(uid)

    def _open(self, uid: str | None) -> None:
        if uid is None:
            self.opened = self.view = None
            self.head.clear()
            self.body.set_body("")
            self.signs.clear()
            self.action_bar.offer([])
            self.moved.hide()
            self.pane.say("", "")
            self._enable()
            return
        session = self.session

        def read(job: Job) -> Any:
            # late: composing is not needed to show a page
            from desktop.bulletin.issue import drafting

            return drafting.opened(session, uid)

        self.jobs.read(read, self._show, failed=self.window_.error, owner=self, key="drafts-open")

    def _show(self, found: Any) -> None:
        same = self.opened is not None and self.opened.record.uid == found.record.uid
        typed = same and self.dirty
        self.opened = found
        if not typed:
            self.head.setText(found.title)
            self.head.setCursorPosition(0)
            self.body.report = found.report
            if not same or self.body.body() != found.body:
                self.body.set_body(found.body)
            self.body.document().setModified(False)
            self.head.setModified(False)
        self.supplement.setChecked(found.supplement)
        entry = found.entry
        self.signs.setText(
            "　".join(
                part
                for part in (
                    entry.sort, entry.state, entry.number, entry.day if found.issued else "",
                )
                if part
            )
        )
        self.action_bar.offer(list(found.possible))
        if not same:
            self.view = None
            self.body.show_figures({})
            self.tables_button.setEnabled(False)
            self.moved.hide()
        self._enable()
        self.look()

    def _enable(self) -> None:
        found = self.opened
        writable = found is not None and found.writable
        self.head.setReadOnly(not writable)
        self.body.setReadOnly(not writable)
        for part in (self.insert_button, self.supplement):
            part.setEnabled(writable)
        self.mask_button.setEnabled(found is not None)
        self._count()

    # ---- typing
    # -----------------------------------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not kept yet."""
        return (
            self.opened is not None
            and self.opened.writable
            and (self.head.isModified() or self.body.document().isModified())
        )

    def _typed(self) -> None:
        if self.opened is None or not self.opened.writable:
            return
        self._preview.start()
        self._keeper.start()
        self._count()

    def _count(self) -> None:
        from desktop.bulletin.issue import drafting  # late: composing is not needed to show a page

        self.count.setText(
            f"{drafting.words(self.body.body()):,} 字" if self.opened is not None else ""
        )

    def save(self) -> None:
        """Keep what is typed; what cannot be set is told and stays as typed."""
        self._keeper.stop()
        if not self.dirty:
            return
        session, uid = self.session, self.opened.record.uid
        # A title that is just being typed anew is empty: the text is kept all the same, under the
        # title that it had.
        head, body = self.head.text().strip() or None, self.body.body()
        self.head.setModified(False)
        self.body.document().setModified(False)

        def write(job: Job) -> None:
            # late: composing is not needed to show a page
            from desktop.bulletin.issue import issuing

            issuing.save_text(session, uid, title=head, body=body)

        self.jobs.write(write, lambda _: self._open_again(uid), failed=self._not_kept, owner=self)

    def _not_kept(self, error: Exception) -> None:
        self.body.document().setModified(True)
        self.window_.error(error)

    def _open_again(self, uid: str) -> None:
        if self.opened is not None and self.opened.record.uid == uid:
            self._open(uid)
        self.drafts.load()

    # ---- the look at it
    # ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Count and set what is typed, off the UI thread; a look that a newer one replaces is
        dropped."""
        self._preview.stop()
        found = self.opened
        if found is None:
            return
        session, head, body, masks = (
            self.session, self.head.text().strip(), self.body.body(),
            frozenset(self.mask_button.hidden),
        )
        self.pane.wait()

        def read(job: Job) -> _Seen:
            # late: composing is not needed to show a page
            from desktop.bulletin.issue import drafting

            record = (
                drafting.trial(found.record, head or found.title, body)
                if found.writable
                else found.record
            )
            view = drafting.look(session, record)
            job.step(0)
            out = io.BytesIO()
            missing = drafting.print_opened(session, found, view, out, mask_of(session, masks))
            return _Seen(view, out.getvalue(), tuple(missing))

        self.jobs.read(
            read, lambda seen: self._seen(found, seen), failed=self._unseen, owner=self,
            key="drafts-look",
        )

    def check_mask(self) -> None:
        """What the masked edition hides, and what it leaves that looks like a name or a figure."""
        found, view = self.opened, self.view
        if found is None or view is None:
            return
        session, hidden, document = self.session, frozenset(self.mask_button.hidden), view.document
        dialog = MaskCheck(
            self, session, self.jobs, lambda job: told_of(session, hidden, document), self.look,
            self.window_.error,
        )
        dialog.exec()
        dialog.deleteLater()

    def hide_word(self, word: str) -> None:
        """A word of the text that every masked edition hides from now on."""
        session = self.session

        def write(job: Job) -> None:
            # late: composing is not needed to show a page
            from desktop.bulletin.redact import ledger_names

            ledger_names.remember_word(session, word)

        self.jobs.write(write, lambda _: self.look(), failed=self.window_.error, owner=self)

    def _seen(self, found: Any, seen: _Seen) -> None:
        if self.opened is None or self.opened.record.uid != found.record.uid:
            return
        self.view = seen.view
        parts = {name: [0, 0] for name in seen.view.parts}
        for each in seen.view.standing:
            parts[each.part][0] += bool(each.figure.was and not each.figure.by_hand)
            parts[each.part][1] += bool(each.figure.by_hand)
        self.body.show_figures(
            seen.view.figures, {name: (moved, by_hand) for name, (moved, by_hand) in parts.items()}
        )
        self.tables_button.setEnabled(bool(parts))
        self.pane.show_pdf(seen.data, seen.missing)
        self.moved.show_moved(seen.view.differences if found.writable else ())

    def _unseen(self, error: Exception) -> None:
        self.pane.say("没有排成", sentence(error))

    # ---- figures
    # ----------------------------------------------------------------------------------------------------

    def show_figure(self, source: str) -> None:
        """What is behind a chip."""
        figure = self.body.figures.get(source)
        if figure is not None:
            self.show_key(figure.key)

    def show_key(self, key: str) -> None:
        """What is behind a figure of the draft, wherever it stands."""
        if self.opened is not None:
            self.figures.look(self.opened.record, key, writable=self.opened.writable)

    def show_tables(self, part: str = "") -> None:
        """The figures that stand in tables and charts."""
        if self.opened is not None and self.view is not None:
            self.figures.in_tables(
                self.opened.record, self.view, part, writable=self.opened.writable
            )

    def insert_figure(self) -> None:
        """Ask which figure, and put it in at the cursor."""
        if self.opened is not None and self.opened.writable:
            self.figures.ask(self.body.insert_blank)

    def take_figures(self) -> None:
        """Take the figures of now into the draft."""
        if self.opened is None or not self.opened.writable:
            return
        self.save()
        session, uid = self.session, self.opened.record.uid

        def write(job: Job) -> int:
            # late: composing is not needed to show a page
            from desktop.bulletin.issue import issuing

            return len(issuing.refresh(session, uid))

        def done(count: int) -> None:
            self.window_.toast(
                f"已更新 {count} 处。" if count else "数字与台账一致，没有要更新的。"
            )
            self._open_again(uid)

        self.jobs.write(write, done, failed=self.window_.error, owner=self, label="正在更新数字")

    # ---- steps
    # ------------------------------------------------------------------------------------------------------

    def _act(self, action: Any) -> None:
        if self.opened is None:
            return
        note = ""
        if action.note == "required" or "note" in action.set.values():
            asked = ask_text(
                self, action.label, f"{action.label}的说明：", action.label,
                required=action.note == "required",
            )
            if asked is None:
                return
            note = asked
        correction = action.name == "issue" and self._only_issued_differ()
        if correction and not self._as_correction():
            return
        self.save()
        self._write(
            f"正在{action.label}",
            lambda d, uid: d.take(self.session, uid, action.name, note, correction=correction),
            f"已{action.label}。",
        )

    def _only_issued_differ(self) -> bool:
        """Whether nothing stands against issuing but what an issued bulletin of the same period
        says."""
        found = self.view.differences if self.view is not None else ()
        return bool(found) and not any(each.drafted for each in found)

    def _as_correction(self) -> bool:
        found = self.view.differences if self.view is not None else ()
        told = [each.message for each in found[:MOST_TOLD]] + (
            ["……"] if len(found) > MOST_TOLD else []
        )
        text = f"有 {len(found)} 处与本期已经印发的不同：\n\n" + "\n".join(told)
        text += "\n\n作为更正印发以后，原来那一期仍在档案里。原来那一期应当作废的，请先撤回它，再印发这一份。"
        return ask(self, "与已印发的不同", text, "作为更正印发")

    def _write(self, word: str, work: Callable[[Any, str], object], said: str = "") -> None:
        if self.opened is None:
            return
        uid = self.opened.record.uid

        def write(job: Job) -> None:
            # late: composing is not needed to show a page
            from desktop.bulletin.issue import drafting

            work(drafting, uid)

        def done(_: Any) -> None:
            if said:
                self.window_.toast(said)
            self._open_again(uid)

        def failed(error: Exception) -> None:
            self.window_.error(error)
            self._open_again(uid)

        self.jobs.write(write, done, failed=failed, owner=self, label=word)

    # ---- paper and file
    # ---------------------------------------------------------------------------------------------

    def save_pdf(self) -> None:
        """Keep what is shown as a PDF; a masked edition has a masked name."""
        if self.opened is None:
            return
        session, hidden, head = self.session, frozenset(self.mask_button.hidden), self.head.text()

        def name(job: Job) -> str:
            from desktop.bulletin.redact.masking import (
                file_name,  # late: composing is not needed to show a page
            )

            return file_name(head, mask_of(session, hidden))

        self.jobs.read(name, self.paper.save, owner=self)

    def print_pages(self) -> None:
        """Ask for printer, copies and pages, then send what is shown."""
        report = self.opened.report if self.opened is not None else None
        self.paper.print(self.head.text(), duplex=report is not None and report.duplex)
