"""文种样式: the reports of the office; each can be changed, copied as the office's own, and given
back as it came with the program."""

from __future__ import annotations

import io
import re
from functools import cached_property
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSplitter

from db.errors import BadInput
from db.model.pinyin import matches
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.forms.drafts import BACK_AGAIN, NEW, Drafts
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job, sentence
from desktop.ui.kit.messages import ask_text, ask_to_give_up
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import (
    AdminPage,
    Card,
    Line,
    ListColumn,
    SearchedCard,
    ShortList,
    button,
)
from desktop.ui.pages import label_of
from desktop.ui.reports.report_editor import ReportEditor

NAME = label_of("forms")
PREVIEW_MS = 700
REPORTS_VIEW = "bulletin"
FORM_KIND = "report_form"



class FormsPage(AdminPage):
    """Reports on the left, the form of the chosen one in the middle, a trial print beside it;
    changes wait until 保存."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, NAME, "改成本单位的样子，或照着另建。新打印、新拟的用新样子；拟好的和印发的不变。"
        )
        session, jobs = window.session, window.jobs
        self._drafts = Drafts(session, jobs, "forms")
        self._left: dict[str, Any] = {}
        self.form: Any = None
        self._kept: Any = None
        self._wanted = ""
        self._found: list[Any] = []
        self._build()
        self._preview = QTimer(self)
        self._preview.setSingleShot(True)
        self._preview.setInterval(PREVIEW_MS)
        self._preview.timeout.connect(self.look)
        self._able()
        self._drafts.ask(NEW, self._interrupted, self)
        self.load()

    def _build(self) -> None:
        size = theme.sizes()
        self.copy_button = button(
            "照这个另建…", self.copy, icon="content-copy",
            tip="另建一个本单位的文种，从这个的样子改起",
        )
        self.back_button = button("改回随程序的样子", self.give_back)
        self.actions.addWidget(self.back_button)
        self.actions.addWidget(self.copy_button)
        left = SearchedCard("找文种", "找文种", self._fill)
        self.search = left.search
        self.list = ShortList(
            "文种", [ListColumn("文种", 8, stretch=True), ListColumn("", 3, keep=True)]
        )
        self.list.when_empty("没有这个文种", "换个词找。")
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(lambda: self.editor.text.setFocus())
        left.add(self.list, 1)
        left.setMinimumWidth(size.chars(12.5))
        self.card = Card()
        self.problems = ShortList(
            "要改的地方",
            [ListColumn("在哪里", 6, keep=True), ListColumn("要改什么", 14, stretch=True)],
        )
        self.problems.horizontalHeader().hide()
        self.problems.setFixedHeight(size.row * 2)
        self.problems.opened.connect(self._go)
        self.problems.hide()
        self.card.add(self.problems)
        self.note = QLineEdit()
        self.note.setPlaceholderText("修改说明")
        self.note.setAccessibleName("修改说明")
        self.discard_button = button("放弃修改", self.discard)
        self.keep_button = button("保存", self.save, "primary", "content-save-outline")
        foot = QHBoxLayout()
        foot.setSpacing(size.gap)
        foot.addWidget(self.note, 1)
        foot.addStretch(1)
        foot.addWidget(self.discard_button)
        foot.addWidget(self.keep_button)
        self.card.box.addLayout(foot)
        self.card.setMinimumWidth(size.chars(22))
        self.split = split = QSplitter()
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        for part in (left, self.card):
            split.addWidget(part)
        split.setStretchFactor(1, 1)
        self.body.addWidget(split, 1)
        self.setFocusProxy(self.list)

    @cached_property
    def editor(self) -> ReportEditor:
        """Made when the reports are there, in a turn of its own: all at once would hold up the
        window."""
        made = ReportEditor(self.session, self.jobs, self.window_)
        made.changed.connect(self._typed)
        self.card.box.insertWidget(0, made, 1)
        return made

    @cached_property
    def pane(self) -> PdfPane:
        """Made after the editor, for the same reason."""
        size, made = theme.sizes(), PdfPane(compact=True, paper=False)
        made.say("", "")
        self.split.addWidget(made)
        self.split.setSizes([size.chars(14), size.chars(32), size.chars(20)])
        self.split.setStretchFactor(2, 1)
        return made

    # ---- what the window asks of a page
    # -------------------------------------------------------------------------------

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("照这个另建", self.copy, "", section, "zzglj"),
            Command("到文种清单", self.list.setFocus, "Ctrl+Shift+F", section, "dwzqd"),
            Command("到正文", lambda: self.editor.text.setFocus(), "Ctrl+T", section, "dzw"),
            Command("放大", lambda: self.pane.zoom(1), "Ctrl+=", section, "fd"),
            Command("缩小", lambda: self.pane.zoom(-1), "Ctrl+-", section, "sx"),
        ]

    def offers(self, what: str) -> bool:
        return what == "save" or (
            what == "export" and self.session.may("export")
        )

    def export(self) -> None:
        """The office's forms as a workbook for another office, which takes them in like any other."""
        self.window_.services.export_rows(FORM_KIND)

    def refresh(self, change: Any) -> None:
        """Another change of the book: a form may have come with a workbook or been taken back."""
        if change is not None and FORM_KIND in change.kinds and not self.changed:
            self.load()

    def leave(self) -> bool:
        """Unsaved changes are asked about: they would be gone."""
        if not self.changed:
            return True
        if ask_to_give_up(self.window_, f"文种「{self._kept.label}」"):
            self.discard()
            return True
        return False

    @property
    def asks_before_leaving(self) -> bool:
        """Whether leaving now would put a question."""
        return self.changed

    def keep_typed(self) -> None:
        """A lock comes: the changes wait in the book for the person who made them."""
        if self.form is not None:
            report = msgspec.to_builtins(self.editor.report())
            self._drafts.keep(
                NEW, {"name": self.form.report.name, "report": report, "note": self.note.text()}
            )

    def _interrupted(self, raw: dict[str, Any]) -> None:
        """The changes that a lock interrupted; they are shown once the reports are there."""
        self._left = raw
        self._wanted = raw["name"]

    def _take_back(self) -> None:
        raw, self._left = self._left, {}
        try:
            report = msgspec.convert(raw["report"], type(self.form.report))
        except msgspec.ValidationError:
            return  # kept by another edition of the program
        self.editor.show_report(report, self.editor.given.text())
        self.note.setText(raw["note"])
        self._able()
        self.look()
        self.window_.toast(BACK_AGAIN)

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self._kept is not None and self.editor.report() != self._kept

    # ---- the list
    # -----------------------------------------------------------------------------------------------------

    def load(self, wanted: str = "") -> None:
        """Read the reports anew; ``wanted`` comes to the front."""
        self._wanted = wanted or self._wanted
        session = self.session

        def read(job: Job) -> Any:
            # late: composing is not needed to show a page
            from desktop.bulletin.report import office_reports

            return office_reports.forms(session)

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key="forms-list")

    def _take(self, found: list[Any]) -> None:
        self._found = found
        QTimer.singleShot(
            0, self,
            lambda: self.editor and QTimer.singleShot(0, self, lambda: self.pane and self._list()),
        )

    def _list(self) -> None:
        self._fill()
        wanted, self._wanted = self._wanted, ""
        place = next((at for at, line in enumerate(self.list.lines) if line.key == wanted), None)
        if place is not None:
            self.list.selectRow(place)
        line = self.list.line()
        if line is not None and not self.changed:
            self._show(line.data)
            if self._left and line.key == self._left["name"]:
                self._take_back()

    def _fill(self) -> None:
        typed = self.search.text().strip()
        lines = []
        for form in self._found:
            if not typed or matches(form.report.label, typed):
                mark = (
                    ""
                    if not form.changed
                    else ("自建", "green") if form.given is None else ("改过", "blue")
                )
                lines.append(Line(form.report.name, (form.report.label, mark), form))
        self.list.fill(lines)

    def _chosen(self, line: Line | None) -> None:
        if line is None or (self.form is not None and line.data is self.form):
            return
        if self.form is not None and line.key == self.form.report.name:
            return
        if not self.leave():
            at = next(
                (i for i, each in enumerate(self.list.lines) if each.key == self.form.report.name),
                -1,
            )
            self.list.blockSignals(True)
            self.list.selectRow(at)
            self.list.blockSignals(False)
            return
        self._show(line.data)

    def _show(self, form: Any) -> None:
        self.form = form
        told = (
            "本单位自建。"
            if form.given is None
            else "本单位改过。" if form.changed else "随程序的样子，没有改过。"
        )
        self.editor.show_report(form.report, told)
        self._kept = self.editor.report()
        self.note.clear()
        self._say_problems([] if not form.problem else [("样式", form.problem)])
        self._able()
        self.look()

    def _able(self) -> None:
        form, changed = self.form, self.changed
        self.card.setEnabled(form is not None)
        self.copy_button.setEnabled(form is not None)
        self.back_button.setVisible(form is not None and form.changed)
        self.back_button.setText(
            "删除这个文种" if form is not None and form.given is None else "改回随程序的样子"
        )
        self.keep_button.setEnabled(changed)
        self.discard_button.setEnabled(changed)
        self.note.setVisible(changed)

    # ---- changing
    # -----------------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._able()
        self._preview.start()

    def _say_problems(self, found: list[tuple[str, str]]) -> None:
        self.problems.setVisible(bool(found))
        self.problems.fill([Line(at, cells) for at, cells in enumerate(found)])

    def _go(self) -> None:
        """To the line of the text that a problem is about."""
        line = self.problems.line()
        found = re.search(r"正文第 (\d+) 行", str(line.cells[0])) if line is not None else None
        if found:
            self.editor.setCurrentIndex(0)
            self.editor.text.go_to_line(int(found.group(1)))

    def look(self) -> None:
        """Check what stands there and print it over the ledger, off the UI thread."""
        self._preview.stop()
        if self.form is None:
            return
        session, report, name = self.session, self.editor.report(), self.form.report.name
        period = self.window_.settings.view(REPORTS_VIEW).get("periods", {}).get(name)
        self.pane.wait()

        def read(job: Job) -> tuple[list[tuple[str, str]], bytes, tuple[str, ...]]:
            from desktop.bulletin.report import (  # late: composing is not needed to show a page
                form_changes,
                validation,
            )

            found = [(each.where, each.text) for each in validation.problems(session, report)]
            if found:
                return found, b"", ()
            out = io.BytesIO()
            printed = form_changes.try_out(
                session, report, out, period if isinstance(period, str) else None
            )
            return [], out.getvalue(), tuple(printed.missing_characters)

        def seen(answer: tuple[list[tuple[str, str]], bytes, tuple[str, ...]]) -> None:
            found, data, missing = answer
            self._say_problems(found)
            if found:
                self.pane.say("还不能排", f"有 {len(found)} 处要改，列在左边，双击到那一行。")
            else:
                self.pane.show_pdf(data, missing)

        self.jobs.read(
            read, seen, failed=lambda e: self.pane.say("没有排成", sentence(e)), owner=self,
            key="forms-look",
        )

    def discard(self) -> None:
        """Back to what is kept."""
        self._drafts.keep(NEW, {})
        if self.form is not None:
            self._show(self.form)

    def copy(self) -> None:
        """A report of the office's own, beginning as this one stands."""
        if self.form is None or not self.leave():
            return
        text = ask_text(
            self.window_, "照这个另建", "新文种的名称：", "建立",
            text=f"{self.form.report.label}（本单位）",
        )
        if not text:
            return
        session, report = self.session, self.form.report

        def write(job: Job) -> str:
            # late: composing is not needed to show a page
            from desktop.bulletin.report import form_changes

            own = form_changes.copied(report, " ".join(text.split()))
            form_changes.keep(session, own)
            return own.name

        self.jobs.write(
            write, lambda name: self._done(name, "已另建，接着改成想要的样子。"),
            failed=self.window_.error, owner=self,
        )

    def save(self) -> None:
        """Check and keep; what stands against it is told with where it is, and nothing is kept."""
        if not self.changed:
            return
        session, report, note = self.session, self.editor.report(), self.note.text().strip()

        def write(job: Job) -> None:
            # late: composing is not needed to show a page
            from desktop.bulletin.report import form_changes

            form_changes.keep(session, report, note)

        def failed(error: Exception) -> None:
            problems = error.problems if isinstance(error, BadInput) else ()
            told = [(p.field, p.message.partition("：")[2] or p.message) for p in problems]
            if told:
                self._say_problems(told)
            self.window_.error(error)

        self._keeping = self.jobs.write(
            write, lambda _: self._kept_well(report), failed=failed, owner=self, label="正在保存文种",
        )  # fmt: skip

    def _kept_well(self, report: Any) -> None:
        self._drafts.keep(NEW, {})
        self._done(report.name, f"「{report.label}」已保存，打印和拟稿都用新样子。")

    def give_back(self) -> None:
        """The given form again, or the office's own away; both can be undone."""
        if self.form is None or not self.form.changed:
            return
        session, name, own = self.session, self.form.report.name, self.form.given is None

        def write(job: Job) -> None:
            # late: composing is not needed to show a page
            from desktop.bulletin.report import form_changes

            form_changes.give_back(session, name)

        said = (
            "文种已删除，按“撤销”可以找回。"
            if own
            else "已改回随程序的样子，按“撤销”可以找回本单位的。"
        )
        self.jobs.write(
            write, lambda _: self._done(name, said), failed=self.window_.error, owner=self
        )

    def _done(self, name: str, said: str) -> None:
        self._kept = self.form = None
        self.window_.toast(said)
        self.load(name)
