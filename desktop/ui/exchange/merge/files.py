"""The workbooks that came in together: which is being read, and what came out of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from db.session import Session
from desktop.exchange.files.read_ahead import ReadAhead
from desktop.exchange.format.incoming import read_ahead
from desktop.ui.exchange.merge.incoming_file import (
    COPY,
    DONE,
    NOT_READ,
    OPEN,
    READING,
    READY,
    REFUSED,
    SAME,
    WAITING,
    WORDS,
    IncomingFile,
)
from desktop.ui.exchange.merge.lines import Lines
from desktop.ui.exchange.merge.many_files import ManyLines, refused_line
from desktop.ui.kit.jobs import Job, Jobs, error_text


class IncomingFiles(QObject):
    """The files of one import, read one after the other; `changed` tells of each that begins or has
    been read."""

    changed = Signal(object)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._job: Job | None = None
        self._ahead: ReadAhead | None = None
        self._together: ManyLines | None = None
        self.all: list[IncomingFile] = []

    def take(
        self, paths: Sequence[Path], as_kind: str | None, skipped: Sequence[tuple[Path, str]]
    ) -> IncomingFile | None:
        """Take up these files beside those that are still open; returns the first of them.
        `read_next` begins."""
        known = {file.path for file in self.all if file.state in OPEN}
        self.all = [file for file in self.all if file.state in OPEN]
        self.all += [IncomingFile(path, as_kind=as_kind) for path in paths if path not in known]
        self.all += [
            IncomingFile(path, REFUSED, message=f"跳过：{reason}。") for path, reason in skipped
        ]
        self._read_ahead()
        return next((file for file in self.all if file.path in paths), None)

    def forget(self) -> None:
        """Give up all of them, also the one that is being read."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._close_ahead()
        self.all, self._together = [], None

    def _read_ahead(self) -> None:
        self._close_ahead()
        waiting = [file.path for file in self.all if file.state == WAITING]
        if len(waiting) > 1:
            self._ahead = read_ahead(waiting)
            self.destroyed.connect(self._ahead.close)

    def _close_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def together(self) -> ManyLines:
        """The lines of all files that are open, and a line for each that could not be read."""
        read, refused = {}, []
        senders = Counter(file.sender for file in self.all)
        for file in self.all:
            if file.state in (READY, SAME) and file.lines is not None:
                # its sender, or its own name where a sender has several
                alone = file.sender and senders[file.sender] == 1
                read[file.sender if alone else file.title] = file.lines
            elif file.state in NOT_READ:
                refused.append(
                    (file.title, refused_line(file.title, WORDS[file.state][0], file.message))
                )
        if refused or self._together is None or not self._together.goes_on(read):
            self._together = ManyLines(read, refused)
        return self._together

    def first(self, *states: int) -> IncomingFile | None:
        """The first file in one of these states."""
        return next((file for file in self.all if file.state in states), None)

    def read_next(self, wanted: IncomingFile | None = None) -> None:
        """Read what waits, the wanted one first; nothing while one is being read."""
        if self._job is not None:
            return
        file = wanted if wanted is not None and wanted.state == WAITING else self.first(WAITING)
        if file is None:
            self._close_ahead()
            return
        file.state, ahead = READING, self._ahead
        self._job = self._jobs.write(
            lambda job: file.look(self._session, job.step, ahead),
            lambda lines: self._read(file, lines, None),
            failed=lambda error: self._read(file, None, error), owner=self,
            label=f"正在检查 {file.path.name}",
        )
        self.changed.emit(file)

    def _read(self, file: IncomingFile, lines: Lines | None, error: Exception | None) -> None:
        if file not in self.all:
            return  # given up meanwhile
        self._job = None
        if lines is not None:
            file.take(lines)
            same = next(
                (f for f in self.all if f is not file and f.plan is not None and f.key == file.key),
                None,
            )
            if same is not None:
                file.state, file.message = COPY, f"与 {same.path.name} 是同一个文件，不必再导入。"
            else:
                self._offer_rest(file)
        elif error is not None:
            file.refuse(error, error_text(error))
        self.changed.emit(file)
        self.read_next()

    def _others(self, file: IncomingFile) -> list[IncomingFile]:
        """What else is read of the same workbook."""
        return [f for f in self.all if f.path == file.path and f is not file]

    def _offer_rest(self, file: IncomingFile) -> None:
        """What of a workbook is of other ledgers comes after it, as a file of its own; anew where
        it was mapped anew."""
        wanted = tuple(each.name for each in file.left.sheets) if file.left is not None else ()
        parts = [f for f in self._others(file) if f.part]
        if any(f.part == wanted for f in parts):
            return
        if not file.part:
            self.all = [f for f in self.all if f not in parts or f.state == DONE]
        if wanted and all(set(wanted).isdisjoint(f.part) for f in self._others(file)):
            rest = IncomingFile(file.path, password=file.password, book=file.left, part=wanted)
            self.all.insert(self.all.index(file) + 1, rest)
