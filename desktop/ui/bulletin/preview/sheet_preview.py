"""A sheet made for one purpose (a list to chase, an agenda, a wall chart), seen before it is
printed or kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QVBoxLayout

from desktop import file_names
from desktop.ui.bulletin.preview import pdf_in_memory
from desktop.ui.bulletin.preview.paper_or_file import Paper
from desktop.ui.bulletin.preview.preview import PdfPane
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command, Commands
from desktop.ui.kit.jobs import Job, error_text
from desktop.ui.kit.page import Window

if TYPE_CHECKING:
    from db.session import Session
    from desktop.bulletin.writers import Printed

Write = Callable[[IO[bytes]], "Printed"]


class SheetPreview(QDialog):
    """The preview of one PDF, which a job makes; Esc closes it."""

    def __init__(self, window: Window, title: str, write: Write) -> None:
        super().__init__(window)
        size = theme.sizes()
        self._window, self._jobs, self._title = window, window.jobs, title
        self.setWindowTitle(f"{title}　打印预览")
        self.setProperty("class", "plain")
        self.pane = PdfPane(word=False)
        self.pane.print_asked.connect(self.print_pages)
        self.pane.save_asked.connect(self.save)
        Commands(self).add(
            self, Command("打印", self.print_pages, "Ctrl+P"),
            Command("存为 PDF", self.save, "Ctrl+S"),
        )
        self.paper = Paper(self, self._jobs, window, self.pane)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.gap, size.gap, size.gap, size.gap)
        box.addWidget(self.pane)
        self.resize(round(window.width() * 0.86), round(window.height() * 0.94))
        self.pane.wait()

        def made(found: pdf_in_memory.PdfInMemory) -> None:
            self.pane.show_pdf(found.data, found.missing)

        def failed(error: Exception) -> None:
            self.pane.say("没有排成", error_text(error))

        def work(job: Job) -> pdf_in_memory.PdfInMemory:
            job.step(0, 0, f"正在排版{title}")
            return pdf_in_memory.made_by(write)

        self._jobs.write(work, made, failed=failed, owner=self, label="正在排版")

    def save(self) -> None:
        """Keep what is shown as a PDF."""
        self.paper.save(f"{file_names.plain(self._title)}.pdf")

    def print_pages(self) -> None:
        """Ask for printer, copies and pages, then send what is shown."""
        self.paper.print(self._title)


def show_sheet(window: Window, title: str, write: Write) -> SheetPreview:
    """Open the preview over the window; `write` sets the document into a stream, in a worker."""
    dialog = SheetPreview(window, title, write)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def show_list(
    window: Window, title: str, text: Sequence[str], columns: Sequence[tuple[str, float | None]],
    rows: Sequence[Sequence[str]], *, heading: str = "", **look: Any,
) -> SheetPreview:
    """The same for a plain list: ``columns`` and ``look`` as of `simple_lists.PlainList`;
    ``heading`` where it is not the title."""

    def write(stream: IO[bytes]) -> Printed:
        return write_list(window.session, stream, heading or title, text, columns, rows, **look)

    return show_sheet(window, title, write)


def write_list(session: Session, stream: IO[bytes], *page: Any, **look: Any) -> Printed:
    """Write a plain list, ``page`` and ``look`` as of `simple_lists.PlainList`, as a PDF."""
    from desktop.bulletin.report.simple_lists import PlainList, print_list  # late: sets type

    return print_list(session, stream, PlainList(*page, **look))


def show_report(
    window: Window, title: str, name: str, period: str | None = None, item: str | None = None
) -> SheetPreview:
    """The same for a declared report over a period, as of `periods.parse`, or of an item."""

    def write(stream: IO[bytes]) -> Printed:
        from desktop.bulletin.report import reports  # late: composing is not needed to show a page

        window.session.require("print")
        return reports.print_report(window.session, name, stream, period=period, item=item)

    return show_sheet(window, title, write)
