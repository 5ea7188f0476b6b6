"""The workbooks that came in together: which is being read, what came out of each, what is still to
be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from db.errors import BadInput
from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.errors import Refused
from desktop.ui.exchange.merge.lines import Lines
from desktop.ui.exchange.merge.many_files import ManyLines, refused_line
from desktop.ui.kit.jobs import Job, Jobs, sentence

if TYPE_CHECKING:
    from desktop.exchange.foreign.foreign_planner import Wishes
    from desktop.exchange.foreign.foreign_rows import ForeignBook
    from desktop.exchange.plan.import_plan import ImportResult, Plan

WAITING, READING, READY, SAME, REFUSED, LOCKED, FOREIGN, DONE, DROPPED, COPY = range(10)
WORDS: dict[int, tuple[str, str]] = {
    WAITING: ("等待", "grey"), READING: ("检查中", "blue"), READY: ("待接受", "orange"),
    SAME: ("无变化", "grey"), REFUSED: ("读不了", "red"), LOCKED: ("要密码", "yellow"),
    FOREIGN: ("认不出", "yellow"), DONE: ("已导入", "green"), DROPPED: ("不导入", "grey"),
    COPY: ("重复", "grey"),
}
"""What becomes of a file, as a chip."""

OPEN = frozenset({WAITING, READING, READY, SAME, LOCKED, FOREIGN})
"""Files with which something may still be done."""

NOT_READ = frozenset({REFUSED, LOCKED, FOREIGN})
"""Files of which nothing can be shown yet."""
NOT_OURS = frozenset({"not-ours", "xls", "not-workbook"})
"""Why a file is looked at as one that another program made."""


def mapping_text(kind: Kind, sheets: list[dict[str, Any]]) -> list[str]:
    """What was recognised of a foreign workbook, in a sentence for each sheet; those that were not
    read together in one."""
    found: list[str] = []
    unread: dict[str, list[str]] = {}
    for sheet in sheets:
        if not sheet["header_rows"]:
            unread.setdefault(sheet["skipped_rows"][0]["why"], []).append(f"「{sheet['sheet']}」")
            continue
        parts = [f"{len(sheet['mapping'])} 列对上了「{kind.label}」的栏"]
        if sheet["unmapped"]:
            parts.append(f"没有用到的列：{'、'.join(sheet['unmapped'][:8])}")
        if sheet["skipped_rows"]:
            words = dict.fromkeys(row["why"] for row in sheet["skipped_rows"])
            parts.append(f"跳过 {len(sheet['skipped_rows'])} 行（{'、'.join(words)}）")
        rows = "、".join(str(row) for row in sheet["header_rows"])
        found.append(f"工作表「{sheet['sheet']}」表头在第 {rows} 行；{'；'.join(parts)}。")
    if unread:
        found.append(
            "没有读入的工作表："
            + "；".join(f"{''.join(names)}{why}" for why, names in unread.items())
            + "。"
        )
    return found


@dataclass(eq=False)
class IncomingFile:
    """One file of an import."""

    path: Path
    state: int = WAITING
    lines: Lines | None = None
    message: str = ""
    password: str | None = None
    as_kind: str | None = None
    wishes: Wishes | None = None
    """What the person said about a foreign workbook (`foreign.Wishes`)."""
    book: ForeignBook | None = None
    """A foreign workbook as it was read (`foreign_sheets.ForeignBook`)."""
    likely: str | None = None
    """The ledger that its headings speak of."""
    part: tuple[str, ...] = ()
    """The sheets that this is, of a workbook whose sheets are of several ledgers and of which one
    was read already."""
    left: ForeignBook | None = None
    """A foreign workbook's sheets that are of other ledgers, once it was read."""
    result: ImportResult | None = None

    @property
    def name(self) -> str:
        """Who it is from, else what it is called."""
        return (
            f"{self.sender}（{'、'.join(self.part)}）"
            if self.sender and self.part
            else self.sender or self.title
        )

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.path.name}（{'、'.join(self.part)}）" if self.part else self.path.name

    @property
    def key(self) -> str:
        """Under which decisions of a file that was read are kept: its content, and of a part which
        sheets."""
        assert self.plan is not None
        return "|".join((self.plan.sha256, *self.part))

    @property
    def plan(self) -> Plan | None:
        """The plan, once it was read."""
        return self.lines.plan if self.lines is not None else None

    @property
    def sender(self) -> str:
        return self.plan.sender if self.plan is not None else ""

    def take(self, lines: Lines) -> None:
        """It was read."""
        self.lines = lines
        self.state = READY if lines.news else SAME
        self.message = (
            "" if lines.news else f"和台账一致，没有要改的内容（{lines.plan.unchanged:,} 行）。"
        )
        if not lines.news and self.undone is not None:
            self.message = self.why_nothing

    @property
    def why_nothing(self) -> str:
        """Why a file that was undone brings nothing when it comes again, and what to do."""
        # late: fetched when the file was read
        from desktop.exchange.apply.outcome import undone_before

        return (
            undone_before(self.undone) + "要重新采用它，请点“恢复那次导入”。" if self.undone else ""
        )

    def refuse(self, error: Exception, sentence: str) -> None:
        """It could not be read; a password or a ledger may help."""
        code = error.code if isinstance(error, Refused) else ""
        self.message = sentence
        if code in ("encrypted", "wrong-password"):
            self.state = LOCKED
        elif code in ("not-ours", "no-headings") or (
            self.as_kind is not None and isinstance(error, BadInput) and not code
        ):
            self.state = FOREIGN
            if code == "not-ours" and self.part:
                names = "".join(f"「{name}」" for name in self.part)
                self.message = (
                    f"工作表{names}是另一本台账的。请核对是哪本台账、各列是什么；"
                    "不要的，点“这份不导入”。"
                )
            elif code == "not-ours":
                self.message = (
                    "不是本程序发出的表，以前也没有导入过这样的。请指出是哪本台账、"
                    "各列是什么；对应好一次，下次自己认得。"
                )
        else:
            self.state = REFUSED

    @property
    def undone(self) -> dict[str, Any] | None:
        """The import of this very file that was undone since, if that is what became of it last."""
        earlier = self.plan.earlier_import if self.plan is not None else None
        return earlier if earlier and earlier["undone"] else None

    def look(self, session: Session, step: Callable[[int, int, str], None]) -> Lines:
        """Read it; runs in a worker. One that the program did not make maps itself where it was
        seen before."""
        # late: reading workbooks is not needed to show a page
        from desktop.exchange.apply import accept

        if self.as_kind is None and self.part:
            self._recognise(session)
        elif self.as_kind is None:
            try:
                return Lines(
                    accept.plan(session, self.path, password=self.password, progress=step), session
                )
            except Refused as error:
                if error.code not in NOT_OURS:
                    raise
                self._look_at_foreign(session, step, error)
        plan = accept.plan(
            session, self.path, password=self.password, as_kind=self.as_kind, wishes=self.wishes,
            book=self.book, progress=step,
        )
        if self.book is not None and plan.foreign_kind is not None:
            from desktop.exchange.foreign import several_ledgers

            self.left = several_ledgers.left(session, self.book, plan)
        return Lines(plan, session)

    def _look_at_foreign(
        self, session: Session, step: Callable[[int, int, str], None], refused: Exception
    ) -> None:
        """Read it as it is; raises when it is not known from before, with what a person needs to
        say what it is."""
        from desktop.exchange.foreign import foreign_rows

        try:
            self.book = foreign_rows.read(self.path, password=self.password, progress=step)
        except foreign_rows.OurOwn:
            raise refused from None
        if not self.book.sheets:
            raise Refused("no-rows")
        self._recognise(session)

    def _recognise(self, session: Session) -> None:
        """Map it as a table that was seen before; raises where it was not."""
        from desktop.exchange.foreign import foreign_planner, mapping_memory, several_ledgers

        book = self.book
        assert book is not None  # read before
        sender = foreign_planner.sender_of(session, book)
        known = mapping_memory.recognise(session, book.sheets, sender=sender)
        if not known:
            self.likely = foreign_planner.likely_ledger(session, book)
            raise Refused("not-ours")
        self.as_kind = known[0].table.kind
        sender = sender or known[0].table.sender
        self.wishes = foreign_planner.Wishes(
            sender=sender, left_out=several_ledgers.known_apart(session, book, known, sender)
        )

    def remarks(self, session: Session) -> list[str]:
        """What concerns the file as a whole, before its lines."""
        plan = self.plan
        if plan is None:
            return [self.message] if self.message else []
        found = list(plan.remarks)
        if plan.foreign_kind is not None:
            later = {each.name for each in self.left.sheets} if self.left is not None else set()
            found = (
                mapping_text(
                    session.kinds.get(plan.foreign_kind),
                    [s for s in plan.sheets if s["sheet"] not in later],
                )
                + found
            )
        if self.left is not None:
            names = "".join(f"「{each.name}」" for each in self.left.sheets)
            found.append(f"工作表{names}是另一本台账的，接在后面单独读入。")
        earlier = plan.earlier_import
        if self.undone is not None and (plan.added or plan.updated):
            found.insert(
                0,
                f"这份文件 {self.undone['at'][:16].replace('T', ' ')} 导入过，后来撤销了。"
                "下面是再导一次会改动的。",
            )
        elif self.undone is not None:
            found.insert(0, self.why_nothing)
        elif earlier:
            found.insert(
                0,
                f"这份文件 {earlier['at'][:16].replace('T', ' ')} 已由 {earlier['by']}"
                " 导入过；再导一次不会重复。",
            )
        return found


class IncomingFiles(QObject):
    """The files of one import, read one after the other; `changed` tells of each that begins or has
    been read."""

    changed = Signal(object)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._job: Job | None = None
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
        return next((file for file in self.all if file.path in paths), None)

    def forget(self) -> None:
        """Give up all of them, also the one that is being read."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.all = []

    def together(self) -> ManyLines:
        """The lines of all files that are open, and a line for each that could not be read."""
        read, refused = {}, []
        for file in self.all:
            if file.state in (READY, SAME) and file.lines is not None:
                read[self._name(file)] = file.lines
            elif file.state in NOT_READ:
                refused.append(
                    (file.title, refused_line(file.title, WORDS[file.state][0], file.message))
                )
        return ManyLines(read, refused)

    def remarks(self) -> list[str]:
        """What is to be said of all files together: those that were not read, and of which kind
        each is."""
        found = []
        for states, word in ((NOT_READ, "没有读入"), (frozenset({COPY}), "重复的")):
            names = [file.title for file in self.all if file.state in states]
            if names:
                found.append(
                    f"{word} {len(names)}"
                    f" 份：{'、'.join(names[:6])}{' 等' if len(names) > 6 else ''}。"
                )
        new = [f for f in self.all if f.state == READY and f.plan is not None and f.plan.new_kinds]
        if new:
            found.append(
                f"{'、'.join(f.name for f in new[:4])} 带来了本单位没有的台账或字段，"
                f"点开那份文件看说明。"
            )
        undone = [file.name for file in self.all if file.state == SAME and file.undone is not None]
        if undone:
            found.append(
                f"导入过、后来撤销了的 {len(undone)} 份：{'、'.join(undone[:6])}。"
                f"点开那份文件可以恢复那次导入。"
            )
        return found

    def _name(self, file: IncomingFile) -> str:
        """What a file is called among the others: its sender, or the file's name where a sender has
        several."""
        alone = sum(other.sender == file.sender for other in self.all) == 1
        return file.sender if alone and file.sender else file.title

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
            file.refuse(error, sentence(error))
        self.changed.emit(file)
        self.read_next()

    def _offer_rest(self, file: IncomingFile) -> None:
        """What of a workbook is of other ledgers comes after it, as a file of its own; anew where
        it was mapped anew."""
        before = [f for f in self.all if f.part and f.path == file.path and f is not file]
        wanted = tuple(each.name for each in file.left.sheets) if file.left is not None else ()
        if any(f.part == wanted for f in before):
            return
        if not file.part:
            self.all = [f for f in self.all if f not in before or f.state == DONE]
        if wanted and not any(
            set(wanted) & set(f.part) for f in self.all if f.path == file.path and f is not file
        ):
            rest = IncomingFile(file.path, password=file.password, book=file.left, part=wanted)
            self.all.insert(self.all.index(file) + 1, rest)
