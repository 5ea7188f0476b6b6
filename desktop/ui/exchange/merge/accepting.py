"""Writing the files that were gone through: one, or all in turn, each an import of its own in the
history; and what is said once that is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from db.session import Session
from desktop.exchange.apply import accept as apply
from desktop.ui.exchange.merge.files import IncomingFiles
from desktop.ui.exchange.merge.incoming_file import DONE, READY, SAME, IncomingFile
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window

if TYPE_CHECKING:
    from desktop.exchange.plan.import_plan import ImportResult


class Accepting(QObject):
    """Of the files of one import."""

    begun = Signal()
    """Files are being written."""
    written = Signal()
    """Some are written; others may follow."""
    finished = Signal()
    """All that were asked for are written, and what came of it was said."""
    failed = Signal(object)
    """The error; nothing of this file was written, and none after it."""
    receipt_asked = Signal(str)
    """Of the import with this id."""

    def __init__(
        self, session: Session, jobs: Jobs, window: Window, incoming: IncomingFiles
    ) -> None:
        super().__init__(incoming)
        self._session, self._jobs, self._window, self._incoming = session, jobs, window, incoming
        self._sums = (0, 0, 0)

    def one(self, file: IncomingFile) -> None:
        """Write a file, in one transaction."""
        self.begun.emit()
        session, lines = self._session, file.lines
        assert lines is not None

        def write(job: Job) -> ImportResult:
            return apply.accept(session, lines.plan, lines.choices(), progress=job.step)

        def written(result: ImportResult) -> None:
            self._sums = (0, 0, 0)
            self._note([file], [result])
            self._end(file.path.name, result)

        self._jobs.write(
            write, written, failed=self.failed.emit, owner=self,
            label=f"正在导入 {file.path.name}",
        )

    def all(self) -> None:
        """Write every file that was read."""
        self._sums = (0, 0, 0)
        self._next()

    def _next(self) -> bool:
        """Write the next of them that go to the disk together; whether there are any."""
        read = [
            (file, file.lines) for file in self._incoming.all
            if file.state in (READY, SAME) and file.lines is not None
        ]
        many = next(apply.portions([lines.plan for _, lines in read]), 0)
        if not many:
            return False
        self.begun.emit()
        session, files = self._session, [file for file, _ in read[:many]]
        chosen = [lines for _, lines in read[:many]]

        def write(job: Job) -> apply.Several:
            plans = [(lines.plan, lines.choices()) for lines in chosen]
            return apply.accept_several(session, plans, progress=job.step)

        more = f" 等 {many} 份" if many > 1 else ""
        self._jobs.write(
            write, lambda several: self._were_written(files, several), failed=self.failed.emit,
            owner=self, label=f"正在导入 {files[0].path.name}{more}",
        )
        return True

    def _were_written(self, files: Sequence[IncomingFile], several: apply.Several) -> None:
        results = several.results
        self._note(files, results)
        if several.error is not None:
            self.failed.emit(several.error)
        elif not self._next():
            count = sum(file.state == DONE for file in self._incoming.all)
            self._end(f"{count} 份文件", results[-1])

    def _note(self, files: Sequence[IncomingFile], results: Sequence[ImportResult]) -> None:
        for file, result in zip(files, results, strict=False):
            file.state, file.result = DONE, result
            added, updated, waiting = self._sums
            self._sums = (
                added + result.added, updated + result.updated, waiting + len(result.conflicts)
            )
        self.written.emit()

    def _end(self, what: str, last: ImportResult) -> None:
        self._say(what, *self._sums, last.import_id)
        self.finished.emit()

    def _say(self, what: str, added: int, updated: int, waiting: int, import_id: str) -> None:
        text, toasts = _written_words(what, added, updated, waiting), self._window.toasts
        if waiting:
            text = f"{text}有 {waiting:,} 处冲突留待处理。"
            toasts.show_text(text, "去处理", self._open_conflicts, 12)
        else:
            toasts.show_text(text, "给回执…", lambda: self.receipt_asked.emit(import_id), 12)

    def _open_conflicts(self) -> None:
        self._window.open("conflicts")


def _written_words(what: str, added: int, updated: int, waiting: int) -> str:
    """What was written, in a sentence."""
    if not (added or updated or waiting):
        return f"已登记 {what} 交回，没有要改的内容。"
    return f"已导入 {what}：新增 {added:,} 条，修改 {updated:,} 条。"
