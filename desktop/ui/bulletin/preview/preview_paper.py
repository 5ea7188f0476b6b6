"""What is shown goes to paper or a file: the same two questions for each page with a preview."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from desktop.bulletin.redact.masking import file_name
from desktop.ui.bulletin.preview import preview_file
from desktop.ui.bulletin.preview.mask_button import mask_of
from desktop.ui.bulletin.preview.preview import PdfPane, missing_sentence
from desktop.ui.bulletin.preview.preview_print import PrintDialog, print_pages
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window


class Paper:
    """Prints and keeps what a pane shows; ``view`` is where the settings keep the last folder."""

    def __init__(
        self, owner: QWidget, jobs: Jobs, window: Window, pane: PdfPane, view: str
    ) -> None:
        self._owner, self._jobs, self._window, self._pane, self._view = (
            owner, jobs, window, pane, view,
        )
        self._dialog: PrintDialog | None = None

    def save_masked(self, title: str, hidden: frozenset[str]) -> None:
        """The same; the name says nothing that a masked edition hides."""
        session = self._window.session

        def name(job: Job) -> str:
            # late: composing is not needed to show a page

            return file_name(title, mask_of(session, hidden))

        if self._pane.ready:
            self._jobs.read(name, self.save, owner=self._owner)

    def save(self, name: str) -> None:
        """Ask for a file, its name proposed, and keep the PDF there."""
        if not self._pane.ready:
            return
        folder = str(self._window.settings.view(self._view).get("folder", ""))
        start = str(Path(folder or Path.home()) / name)
        chosen, _ = QFileDialog.getSaveFileName(self._owner, "存为 PDF", start, "PDF 文件 (*.pdf)")
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, target: Path) -> None:
        """Write the shown PDF to a file."""
        if target.suffix.lower() != ".pdf":
            target = target.with_name(target.name + ".pdf")
        data, missing = self._pane.data, self._pane.missing
        self._window.settings.set_view(
            self._view, {**self._window.settings.view(self._view), "folder": str(target.parent)}
        )
        self._jobs.write(
            lambda job: preview_file.save_as(data, target),
            lambda _: self._window.toast(f"已存为 {target.name}。{missing_sentence(missing)}"),
            failed=self._window.error, owner=self._owner, label="正在保存 PDF",
        )  # fmt: skip

    def print(self, title: str, *, duplex: bool = False) -> None:
        """Ask for printer, copies and pages, then send what is shown; ``duplex``: both sides are
        proposed."""
        if not self._pane.ready:
            return
        # The queue, and a printer that makes files, show what the job is called: of a masked
        # edition no more than its pages show.
        title = self._pane.told or title
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
                failed=self._window.error, owner=self._owner, label="正在打印",
            )  # fmt: skip
        dialog.deleteLater()
