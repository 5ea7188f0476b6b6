"""The workbooks that came in together: which is being read, what came out of each, what is still to be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from db.errors import BadInput
from desktop.ui.jobs import Job, sentence
from desktop.ui.mergeview_lines import Lines
from desktop.ui.mergeview_mapping import mapping_text

WAITING, READING, READY, SAME, REFUSED, LOCKED, FOREIGN, DONE, DROPPED = range(9)
WORDS: dict[int, tuple[str, str]] = {
    WAITING: ("等待", "grey"),
    READING: ("检查中", "blue"),
    READY: ("待接受", "orange"),
    SAME: ("无变化", "grey"),
    REFUSED: ("读不了", "red"),
    LOCKED: ("要密码", "yellow"),
    FOREIGN: ("认不出", "yellow"),
    DONE: ("已导入", "green"),
    DROPPED: ("不导入", "grey"),
}
"""What becomes of a file, as a chip."""

OPEN = frozenset({WAITING, READING, READY, SAME, LOCKED, FOREIGN})
"""Files with which something may still be done."""


@dataclass(eq=False)
class IncomingFile:
    """One file of an import."""

    path: Path
    state: int = WAITING
    lines: Lines | None = None
    message: str = ""
    password: str | None = None
    as_kind: str | None = None
    mapping: dict[str, dict[str, str]] | None = None
    result: Any = None

    @property
    def plan(self) -> Any:
        """The plan, once it was read."""
        return self.lines.plan if self.lines is not None else None

    @property
    def sender(self) -> str:
        return self.plan.sender if self.plan is not None else ""

    def take(self, lines: Lines) -> None:
        """It was read."""
        self.lines = lines
        self.state = READY if lines.all else SAME
        self.message = "" if lines.all else f"和台账一致，没有要改的内容（{lines.plan.unchanged:,} 行）。"

    def refuse(self, error: Exception, sentence: str) -> None:
        """It could not be read; a password or a ledger may help."""
        code = getattr(error, "code", "")
        self.message = sentence
        if code in ("encrypted", "wrong-password"):
            self.state = LOCKED
        elif code == "not-ours" or (self.as_kind is not None and isinstance(error, BadInput) and not code):
            self.state = FOREIGN
        else:
            self.state = REFUSED

    def look(self, session: Any, step: Callable[[int, int, str], None]) -> Lines:
        """Read it; runs in a worker."""
        from desktop.exchange import apply  # late: reading workbooks is not needed to show a page

        plan = apply.plan(
            session, self.path, password=self.password, as_kind=self.as_kind, mapping=self.mapping, progress=step
        )
        return Lines(plan, session)

    def remarks(self, session: Any) -> list[str]:
        """What concerns the file as a whole, before its lines."""
        plan = self.plan
        if plan is None:
            return [self.message] if self.message else []
        found = list(plan.remarks)
        if plan.foreign_kind is not None:
            found = mapping_text(session.kinds.get(plan.foreign_kind), plan.sheets) + found
        earlier = plan.earlier_import
        if earlier:
            undone = "，后来撤销了" if earlier["undone"] else "；再导一次不会重复"
            found.insert(0, f"这份文件 {earlier['at'][:16].replace('T', ' ')} 已由 {earlier['by']} 导入过{undone}。")
        return found


class IncomingFiles(QObject):
    """The files of one import, read one after the other; `changed` tells of each that begins or has been read."""

    changed = Signal(object)

    def __init__(self, session: Any, jobs: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._job: Job | None = None
        self.all: list[IncomingFile] = []

    def take(self, paths: Sequence[Path], as_kind: str | None, skipped: Sequence[tuple[Path, str]]) -> IncomingFile | None:
        """Take up these files beside those that are still open; returns the first of them. `read_next` begins."""
        known = {file.path for file in self.all if file.state in OPEN}
        self.all = [file for file in self.all if file.state in OPEN]
        self.all += [IncomingFile(path, as_kind=as_kind) for path in paths if path not in known]
        self.all += [IncomingFile(path, REFUSED, message=f"跳过：{reason}。") for path, reason in skipped]
        return next((file for file in self.all if file.path in paths), None)

    def forget(self) -> None:
        """Give up all of them, also the one that is being read."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.all = []

    def first(self, *states: int) -> IncomingFile | None:
        """The first file in one of these states."""
        return next((file for file in self.all if file.state in states), None)

    def read_next(self, wanted: IncomingFile | None = None) -> None:
        """Read what waits, the wanted one first; nothing while one is being read."""
        if self._job is not None:
            return
        file = wanted if wanted is not None and wanted.state == WAITING else self.first(WAITING)
        if file is None:
            return
        file.state = READING
        self._job = self._jobs.write(
            lambda job: file.look(self._session, job.step),
            lambda lines: self._read(file, lines, None),
            failed=lambda error: self._read(file, None, error),
            owner=self,
            label=f"正在检查 {file.path.name}",
        )
        self.changed.emit(file)

    def _read(self, file: IncomingFile, lines: Lines | None, error: Exception | None) -> None:
        if file not in self.all:
            return  # given up meanwhile
        self._job = None
        if lines is not None:
            file.take(lines)
        elif error is not None:
            file.refuse(error, sentence(error))
        self.changed.emit(file)
        self.read_next()
