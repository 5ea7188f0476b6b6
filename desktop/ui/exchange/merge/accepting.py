"""Writing the files that were gone through: one, or all in turn, each an import of its own in the
history; and what is said once that is done."""

from __future__ import annotations

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
    """A file is being written."""
    written = Signal()
    """One is written; others may follow."""
    finished = Signal()
    """All that were asked for are written, and what came of it was said."""
    failed = Signal(object)
    """The error; nothing of this file was written, and no other follows."""
    receipt_asked = Signal(str)
    """Of the import with this id."""

    def __init__(
        self, session: Session, jobs: Jobs, window: Window, incoming: IncomingFiles
    ) -> None:
        super().__init__(incoming)
        self._session, self._jobs, self._window, self._incoming = session, jobs, window, incoming
        self._all, self._sums = False, (0, 0, 0)

    def one(self, file: IncomingFile) -> None:
        """Write a file, in one transaction."""
        self.begun.emit()
        session, lines, many = self._session, file.lines, self._all
        assert lines is not None

        def write(job: Job) -> ImportResult:
            return apply.accept(
                session, lines.plan, lines.choices(), progress=job.step, one_of_many=many
            )

        self._jobs.write(
            write, lambda result: self._was_written(file, result), failed=self._was_not_written,
            owner=self, label=f"正在导入 {file.path.name}",
        )

    def all(self) -> None:
        """Write every file that was read."""
        following = self._incoming.first(READY, SAME)
        if following is not None:
            self._all, self._sums = True, (0, 0, 0)
            self.one(following)

    def _was_written(self, file: IncomingFile, result: ImportResult) -> None:
        file.state, file.result = DONE, result
        self.written.emit()
        sums = result.added, result.updated, len(result.conflicts)
        what = file.path.name
        if self._all:
            before = self._sums
            sums = self._sums = sums[0] + before[0], sums[1] + before[1], sums[2] + before[2]
            following = self._incoming.first(READY, SAME)
            if following is not None:
                self.one(following)
                return
            self._all = False
            what = f"{sum(f.state == DONE for f in self._incoming.all)} 份文件"
        self._say(what, *sums, result.import_id)
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

    def _was_not_written(self, error: Exception) -> None:
        self._all = False
        self.failed.emit(error)


def _written_words(what: str, added: int, updated: int, waiting: int) -> str:
    """What was written, in a sentence."""
    if not (added or updated or waiting):
        return f"已登记 {what} 交回，没有要改的内容。"
    return f"已导入 {what}：新增 {added:,} 条，修改 {updated:,} 条。"
