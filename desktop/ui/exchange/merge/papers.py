"""What the merge view gives out before anything is written: the report copied or printed, the
sender's workbook marked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton

from db.session import Session
from desktop.exchange.apply import import_report
from desktop.ui.exchange import exchange_papers
from desktop.ui.exchange.destinations import folder_text, show_folder
from desktop.ui.exchange.exchange_papers import marked_name
from desktop.ui.exchange.merge.incoming_file import READY, SAME, IncomingFile
from desktop.ui.exchange.merge.lines import Lines
from desktop.ui.exchange.merge.many_files import ManyLines
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window

if TYPE_CHECKING:
    from desktop.exchange.apply.import_report import Marked


class Reviewed(Protocol):
    """What the merge view shows: one file, or all together."""

    session: Session
    jobs: Jobs
    window_: Window
    file: IncomingFile | None
    together: bool

    @property
    def files(self) -> list[IncomingFile]: ...
    @property
    def lines(self) -> Lines | ManyLines | None: ...


class Papers:
    """The button 报告 with its menu, and what stands behind it."""

    def __init__(self, view: Reviewed) -> None:
        self._view = view

    def button(self) -> QPushButton:
        """The one button, for the foot of the view."""
        self._button = QPushButton("报告")
        menu = QMenu(self._button)
        self._copy = menu.addAction("复制报告\tCtrl+Shift+C", self.copy_report)
        self._print = menu.addAction("打印报告…\tCtrl+Shift+P", self.print_report)
        menu.addSeparator()
        self._mark = menu.addAction("存退回标注表…\tCtrl+Shift+B", self.save_marked)
        self._button.setMenu(menu)
        return self._button

    def show_possible(self) -> None:
        """What can be done now."""
        some = self._lines() is not None
        self._button.setEnabled(some)
        self._mark.setEnabled(some and bool(self._view.session.may("export")))

    def _lines(self) -> Lines | ManyLines | None:
        view = self._view
        return view.lines or (view.file.lines if view.file is not None else None)

    def copy_report(self) -> None:
        """The whole report as text with tabs."""
        lines = self._lines()
        if lines is None:
            return

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._view.window_.toast("报告已复制，可以贴到 Excel 或聊天窗口里。")

        self._view.jobs.read(
            lambda job: lines.report(), done, failed=self._view.window_.error, owner=self._button
        )

    def print_report(self) -> None:
        """The same on paper."""
        lines = self._lines()
        if lines is not None:
            head = [f"{name}：{text}" for name, text in lines.report_head()]
            exchange_papers.print_report(self._view.window_, "导入报告", head, lines.on_paper())

    def save_marked(self) -> None:
        """The sender's own workbook with the cells marked that are not simply taken; of all files
        into one folder."""
        view = self._view
        if self._lines() is None or not view.session.may("export"):
            return
        if view.together:
            self._save_all([
                file for file in view.files
                if file.lines is not None and file.state in (READY, SAME)
            ])
        elif view.file is not None and view.file.lines is not None:
            file = view.file
            exchange_papers.save_marked(
                view.window_, file.path.name,
                lambda to, password: _mark(view.session, file, to, password), file.password,
            )

    def _save_all(self, files: list[IncomingFile]) -> None:
        view = self._view
        folder = file_dialogs.folder(view.window_, "marked", "退回标注表存到哪个文件夹")
        if folder is None:
            return
        session = view.session

        def write(job: Job) -> int:
            for at, file in enumerate(files):
                job.step(at, len(files), f"正在标注 {file.path.name}")
                _mark(session, file, folder / marked_name(file.path.name), file.password)
            return len(files)

        def done(count: int) -> None:
            where = folder_text(folder)
            view.window_.toasts.show_text(
                f"已存 {count} 份退回标注表到{where}。", "打开文件夹", lambda: show_folder(folder),
                12,
            )

        view.jobs.write(
            write, done, failed=view.window_.error, owner=self._button, label="正在写退回标注表"
        )


def _mark(session: Session, file: IncomingFile, to: Path, password: str | None) -> Marked:
    # late: reading workbooks is not needed to show a page

    assert file.lines is not None
    return import_report.mark(
        session, file.lines.plan, to, choices=file.lines.choices(), password=password
    )
