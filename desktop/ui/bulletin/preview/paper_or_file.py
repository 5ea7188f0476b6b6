"""What is shown goes to paper or a file: the same two questions for each page with a preview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog, QWidget

from desktop.bulletin.masking.mask import file_name
from desktop.bulletin.writers import Printed
from desktop.ui.bulletin.preview import pdf_in_memory
from desktop.ui.bulletin.preview.file_forms import OTHER_FORMS
from desktop.ui.bulletin.preview.mask_button import mask_of
from desktop.ui.bulletin.preview.preview import PdfPane, missing_sentence
from desktop.ui.bulletin.preview.printing import PrintDialog, print_pages
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window

PDF = ".pdf"
#: Writes what is shown anew, in the form that the file's name asks for.
ToFile = Callable[[Job, Path], Printed]


class Paper:
    """Prints and keeps what a pane shows; what came of it is told though the pane be gone."""

    def __init__(self, owner: QWidget, jobs: Jobs, window: Window, pane: PdfPane) -> None:
        self._owner, self._jobs, self._window, self._pane = owner, jobs, window, pane
        self._dialog: PrintDialog | None = None

    def save_masked(
        self, title: str, hidden: frozenset[str], suffix: str = PDF, write: ToFile | None = None
    ) -> None:
        """The same; the name says nothing that a masked edition hides. ``write``: what makes the
        file, where it is another than the PDF that is shown."""
        session = self._window.session

        def name(job: Job) -> str:
            return file_name(title, mask_of(session, hidden), suffix=suffix)

        if self._pane.ready:
            self._jobs.read(
                name, lambda made: self.save(made, suffix, write), failed=self._window.error,
                owner=self._owner,
            )

    def save(self, name: str, suffix: str = PDF, write: ToFile | None = None) -> None:
        """Ask for a file, its name proposed, and keep the PDF there, or what ``write`` makes."""
        if not self._pane.ready:
            return
        if write is None:
            head, kind = "存为 PDF", "PDF 文件"
        else:
            head, kind = f"导出 {OTHER_FORMS[suffix].word}", OTHER_FORMS[suffix].kind
        chosen = file_dialogs.save_file(self._owner, "paper", head, name, f"{kind} (*{suffix})")
        if chosen is not None and write:
            self.save_anew(chosen, suffix, write)
        elif chosen is not None:
            self.save_to(chosen)

    def _target(self, target: Path, suffix: str) -> Path:
        """The file with its ending."""
        ended = target.suffix.lower() == suffix
        return target if ended else target.with_name(target.name + suffix)

    def save_anew(self, target: Path, suffix: str, write: ToFile) -> None:
        """Have a file of another form written."""
        target = self._target(target, suffix)
        self._jobs.write(
            lambda job: write(job, target),
            lambda made: self._window.toast(
                f"已导出 {target.name}。{missing_sentence(made.notes)}"
            ),
            failed=self._window.error, owner=self._window,
            label=f"正在导出 {OTHER_FORMS[suffix].word}",
        )  # fmt: skip

    def save_to(self, target: Path) -> None:
        """Write the shown PDF to a file."""
        target = self._target(target, PDF)
        data, missing = self._pane.data, self._pane.missing
        self._jobs.write(
            lambda job: pdf_in_memory.save_as(data, target),
            lambda _: self._window.toast(f"已存为 {target.name}。{missing_sentence(missing)}"),
            failed=self._window.error, owner=self._window, label="正在保存 PDF",
        )  # fmt: skip

    def print(self, title: str, *, duplex: bool = False) -> None:
        """Ask for printer, copies and pages, then send what is shown; ``duplex``: both sides are
        proposed."""
        if not self._pane.ready:
            return
        # The queue, and a printer that makes files, show what the job is called: of a masked
        # edition no more than its pages show.
        title = self._pane.properties_title or title
        # The dialog keeps the printer: one that goes out of scope while Qt still asks it takes the
        # program down.
        self._dialog = PrintDialog(
            self._owner, title, self._pane.pages, missing_sentence(self._pane.missing), duplex
        )
        accepted = self._dialog.exec() == QDialog.DialogCode.Accepted
        dialog, self._dialog = self._dialog, None
        if accepted:
            data, printer, pages, copies = (
                self._pane.data, dialog.printer, dialog.pages(), dialog.copies.value(),
            )
            self._jobs.write(
                lambda job: print_pages(data, printer, pages, job.step),
                lambda _: self._window.toast(f"已送打印机：{len(pages)} 页，{copies} 份。"),
                failed=self._window.error, owner=self._window, label="正在打印",
            )  # fmt: skip
        dialog.deleteLater()
