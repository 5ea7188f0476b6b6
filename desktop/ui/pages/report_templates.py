"""文种样式: the reports of the office; each can be changed, copied as the office's own, and given
back as it came with the program."""

from __future__ import annotations

from typing import Any

import msgspec

from db.errors import BadInput
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import error_text
from desktop.ui.kit.messages import ask_text, ask_to_give_up
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, button
from desktop.ui.lists.short_list import Line
from desktop.ui.pages import label_of
from desktop.ui.record_form.unsaved_entries import NEW, Drafts
from desktop.ui.reports import template_jobs
from desktop.ui.reports.change_card import ChangeCard
from desktop.ui.reports.report_editor import ReportEditor
from desktop.ui.reports.template_desk import FormDesk
from desktop.ui.reports.template_list import FormList, origin

NAME = label_of("forms")
PREVIEW_MS = 700
REPORTS_VIEW = "bulletin"
FORM_KIND = "report_form"


class FormsPage(AdminPage):
    """Reports on the left, the form of the chosen one in the middle, a trial print beside it;
    changes wait until 保存."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window,
            NAME,
            "改成本单位的样子，或照着另建。新打印、新拟的用新样子；拟好的和印发的不变。",
        )
        session, jobs = window.session, window.jobs
        self._drafts = Drafts(session, jobs, "forms")
        self._left: dict[str, Any] = {}
        self.form: Any = None
        self._kept: Any = None
        self._wanted = ""
        self._found: list[Any] = []
        self._build()
        self._preview = pause(self, PREVIEW_MS, self.look)
        self._able()
        self._drafts.ask(NEW, self._interrupted, self)
        self.load()

    def _build(self) -> None:
        self.copy_button = button(
            "照这个另建…", self.copy, icon="content-copy",
            tip="另建一个本单位的文种，从这个的样子改起",
        )
        self.back_button = button("改回随程序的样子", self.give_back)
        self.head_buttons.addWidget(self.back_button)
        self.head_buttons.addWidget(self.copy_button)
        self.forms = FormList()
        self.search, self.list = self.forms.search, self.forms.list
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(lambda: self.editor.text.setFocus())
        self.card = ChangeCard(self.save, self.discard)
        self.problems, self.note = self.card.problems, self.card.note
        self.desk = FormDesk(self.window_, self.forms, self.card)
        self.desk.changed.connect(self._typed)
        self.desk.ready.connect(self._list)
        self.card.line_asked.connect(self.desk.go_to_line)
        self.body.addWidget(self.desk, 1)
        self.starts_at(self.list)

    @property
    def editor(self) -> ReportEditor:
        return self.desk.editor

    @property
    def pane(self) -> PdfPane:
        return self.desk.pane

    # ---- what the window asks of a page

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
        return what == "save" or (what == "export" and self.session.may("export"))

    def export(self) -> None:
        """The office's forms as a workbook, which another office takes in like any other."""
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
        self.window_.toast(self._drafts.again)

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self._kept is not None and self.editor.report() != self._kept

    # ---- the list

    def load(self, wanted: str = "") -> None:
        """Read the reports anew; ``wanted`` comes to the front."""
        self._wanted = wanted or self._wanted
        session = self.session

        self.jobs.read(
            lambda job: template_jobs.read_forms(session), self._take, failed=self.window_.error,
            owner=self, key="forms-list",
        )

    def _take(self, found: list[Any]) -> None:
        self._found = found
        self.desk.prepare()

    def _list(self) -> None:
        wanted, self._wanted = self._wanted, ""
        self.forms.show_forms(self._found, wanted)
        line = self.list.line()
        if line is not None and not self.changed:
            if line.data is not self.form:  # else the list has told it
                self._show(line.data)
            if self._left and line.key == self._left["name"]:
                self._take_back()

    def _chosen(self, line: Line | None) -> None:
        if line is None or (self.form is not None and line.data is self.form):
            return
        if self.form is not None and line.key == self.form.report.name:
            return
        if not self.leave():
            self.forms.mark(self.form.report.name)
            return
        self._show(line.data)

    def _show(self, form: Any) -> None:
        self.form = form
        self.editor.show_report(form.report, origin(form))
        self._kept = self.editor.report()
        self.note.clear()
        self.card.say_problems([] if not form.problem else [("样式", form.problem)])
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
        self.card.able(changed)

    # ---- changing

    def _typed(self) -> None:
        self._able()
        self._preview.start()

    def look(self) -> None:
        """Check what stands there and print it over the ledger, off the UI thread."""
        self._preview.stop()
        if self.form is None:
            return
        session, report, name = self.session, self.editor.report(), self.form.report.name
        period = self.window_.settings.view(REPORTS_VIEW).get("periods", {}).get(name)
        self.pane.wait()

        def seen(answer: template_jobs.Tried) -> None:
            found, data, missing = answer
            self.card.say_problems(found)
            if found:
                self.pane.say("还不能排", f"有 {len(found)} 处要改，列在左边，双击到那一行。")
            else:
                self.pane.show_pdf(data, missing)

        self.jobs.read(
            lambda job: template_jobs.try_out(session, report, period), seen, owner=self,
            failed=lambda e: self.pane.say("没有排成", error_text(e)), key="forms-look",
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
        proposed = f"{self.form.report.label}（本单位）"
        text = ask_text(self.window_, "照这个另建", "新文种的名称：", "建立", text=proposed)
        if not text:
            return
        session, report = self.session, self.form.report
        self.jobs.write(
            lambda job: template_jobs.copy(session, report, text),
            lambda name: self._done(name, "已另建，接着改成想要的样子。"),
            failed=self.window_.error, owner=self,
        )

    def save(self) -> None:
        """Check and keep; what stands against it is told with where it is, and nothing is kept."""
        if not self.changed:
            return
        session, report, note = self.session, self.editor.report(), self.note.text().strip()

        def failed(error: Exception) -> None:
            problems = error.problems if isinstance(error, BadInput) else ()
            messages = [(p.field, p.message.partition("：")[2] or p.message) for p in problems]
            if messages:
                self.card.say_problems(messages)
            self.window_.error(error)

        self._keeping = self.jobs.write(
            lambda job: template_jobs.save(session, report, note),
            lambda _: self._kept_well(report), failed=failed, owner=self, label="正在保存文种",
        )  # fmt: skip

    def _kept_well(self, report: Any) -> None:
        self._drafts.keep(NEW, {})
        self._done(report.name, f"「{report.label}」已保存，打印和拟稿都用新样子。")

    def give_back(self) -> None:
        """The given form again, or the office's own away; both can be undone."""
        if self.form is None or not self.form.changed:
            return
        session, name, own = self.session, self.form.report.name, self.form.given is None
        said = (
            "文种已删除，按“撤销”可以找回。"
            if own
            else "已改回随程序的样子，按“撤销”可以找回本单位的。"
        )
        self.jobs.write(
            lambda job: template_jobs.give_back(session, name), lambda _: self._done(name, said),
            failed=self.window_.error, owner=self,
        )

    def _done(self, name: str, said: str) -> None:
        self._kept = self.form = None
        self.window_.toast(said)
        self.load(name)
