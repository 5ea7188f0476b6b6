"""One workbook that came in: where it stands on its way into the book, and what it was read as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.errors import BadInput
from db.session import Session
from desktop.exchange.apply import accept
from desktop.exchange.apply.outcome import undone_before
from desktop.exchange.errors import Refused
from desktop.exchange.foreign import (
    foreign_rows,
    ledger_detection,
    mapping_memory,
    several_ledgers,
    sheet_mapping,
)
from desktop.ui.exchange.merge.lines import Lines

if TYPE_CHECKING:
    from desktop.exchange.files.read_ahead import ReadAhead
    from desktop.exchange.foreign.foreign_rows import ForeignBook
    from desktop.exchange.foreign.sheet_mapping import Wishes
    from desktop.exchange.plan.import_plan import ImportResult, Plan

WAITING, READING, READY, SAME, REFUSED, LOCKED, FOREIGN, DONE, DROPPED, COPY = range(10)
WORDS: dict[int, tuple[str, str]] = {
    WAITING: ("等待", "grey"), READING: ("检查中", "blue"), READY: ("待接受", "orange"),
    SAME: ("无变化", "grey"), REFUSED: ("读不了", "red"), LOCKED: ("要密码", "yellow"),
    FOREIGN: ("无法识别", "yellow"), DONE: ("已导入", "green"), DROPPED: ("不导入", "grey"),
    COPY: ("重复", "grey"),
}
"""What becomes of a file, as a chip."""

OPEN = frozenset({WAITING, READING, READY, SAME, LOCKED, FOREIGN})
"""Files with which something may still be done."""

NOT_READ = frozenset({REFUSED, LOCKED, FOREIGN})
"""Files of which nothing can be shown yet."""
NOT_OURS = frozenset({"not-ours", "xls", "ods", "not-workbook"})
"""Why a file is looked at as one that another program made."""


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
        left = lines.counts["ignored"]
        self.message = "" if lines.news else (
            f"和台账一致，没有要改的内容（{lines.plan.unchanged:,} 行）。"
            + (f"没有采用的 {left:,} 处见“报告”。" if left else "")
        )
        if not lines.news and self.undone is not None:
            self.message = self.why_nothing

    @property
    def why_nothing(self) -> str:
        """Why a file that was undone brings nothing when it comes again, and what to do."""
        # late: fetched when the file was read

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

    def look(
        self, session: Session, step: Callable[[int, int, str], None],
        ahead: ReadAhead | None = None,
    ) -> Lines:
        """Read it, where it was not read ahead; runs in a worker. One that the program did not make
        maps itself where it was seen before."""
        # late: reading workbooks is not needed to show a page

        if self.as_kind is None and self.part:
            self._recognise(session)
        elif self.as_kind is None:
            try:
                plan = accept.plan(
                    session, self.path, password=self.password, progress=step, ahead=ahead
                )
                return Lines(plan, session)
            except Refused as error:
                if error.code not in NOT_OURS:
                    raise
                self._look_at_foreign(session, step, error)
        plan = accept.plan(
            session, self.path, password=self.password, as_kind=self.as_kind, wishes=self.wishes,
            book=self.book, progress=step,
        )
        if self.book is not None and plan.foreign_kind is not None:
            self.left = several_ledgers.left(session, self.book, plan)
        return Lines(plan, session)

    def _look_at_foreign(
        self, session: Session, step: Callable[[int, int, str], None], refused: Exception
    ) -> None:
        """Read it as it is; raises when it is not known from before, with what a person needs to
        say what it is."""
        try:
            self.book = foreign_rows.read(self.path, password=self.password, progress=step)
        except foreign_rows.NotForeign:
            raise refused from None
        if not self.book.sheets:
            raise Refused("no-rows")
        self._recognise(session)

    def _recognise(self, session: Session) -> None:
        """Map it as a table that was seen before; raises where it was not."""
        book = self.book
        assert book is not None  # read before
        sender = ledger_detection.sender_of(session, book)
        known = mapping_memory.recognise(session, book.sheets, sender=sender)
        if not known:
            self.likely = ledger_detection.likely_ledger(session, book)
            raise Refused("not-ours")
        self.as_kind = known[0].table.kind
        sender = sender or known[0].table.sender
        left_out = several_ledgers.remembered_other_ledgers(session, book, known, sender)
        self.wishes = sheet_mapping.Wishes(sender=sender, left_out=left_out)
