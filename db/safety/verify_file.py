"""Whether a book is whole: every page of its file as it was written and in its place, the chain of
its log, and its tables as the log has left them."""

from __future__ import annotations

import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from db.errors import Cancelled, Damaged
from db.model.records import Record, RowShape
from db.safety.pages import Pages
from db.store import journal, repair_losses, replay, spans, tamper_seals
from db.store.book import Book
from db.store.connect import Connection, DatabaseError, connect_raw, explain
from db.store.pages import page_process

#: KiB.
_CACHE = 131_072
#: How often the seals are looked at before a page is called spoiled, with seconds between.
_AGAIN, _MOMENT = 3, 0.3
#: Records after which progress is told and a cancelling heard.
_TELL = 2_000


class FileCheck(ABC):
    """Looks at the file in a thread of its own, beside whoever reads what stands in it: it runs
    outside Python, so with two cores it takes no time of its own."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key, self._wrong, self._stopped = path, key, "", False
        self._found = list[str]()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join()

    def wrong(self, waiting: Callable[[], object] = lambda: None) -> str:
        """A sentence, once all is through; "" where the pages are well. ``waiting`` is called now
        and then until it is, and may raise to cancel."""
        while self._thread.is_alive():
            waiting()
            self._thread.join(_MOMENT)
        return self._wrong

    def found(self) -> list[str]:
        """What is wrong though every page is whole, where that is looked for."""
        self._thread.join()
        return self._found

    @abstractmethod
    def _look(self) -> None: ...


class SealCheck(FileCheck):
    """Holds each page against its seal: what a disk or an editor has spoiled shows, whatever stands
    on the page."""

    def _look(self) -> None:
        for _ in range(_AGAIN):
            try:
                page_process.check(self._path, self._key, self._went_on, here=False)
                self._wrong = ""
                return
            except Cancelled:
                return
            except Damaged as error:  # or it was being written at that moment
                self._wrong = error.message
                self._take_log_in()
                time.sleep(_MOMENT)

    def _take_log_in(self) -> None:
        """A page that a power cut tore while it was copied from the log still stands there."""
        with contextlib.suppress(DatabaseError):
            connection = connect_raw(self._path, self._key)
            with contextlib.closing(connection):
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _went_on(self, done: int, size: int) -> None:
        if self._stopped:
            raise Cancelled


class PageCheck(FileCheck):
    """Has SQLite look at the pages one by one, and at what they say of each other."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__(path, key)
        self._name = path.name
        self._connection = connect_raw(path, key)
        # each row is looked up in every index, here and there: what was read once is kept
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE}")

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        while self._thread.is_alive():  # again, where it was between the two
            self._connection.interrupt()
            self._thread.join(0.05)
        self._connection.close()

    def _look(self) -> None:
        try:
            self._pages()
            if not (self._wrong or self._stopped):
                self._found += _past_the_program(self._connection)
        except DatabaseError as error:
            if not self._stopped:
                self._wrong = self._spoiled() or explain(error, self._name).message

    def _pages(self) -> None:
        for (text,) in self._connection.execute("PRAGMA integrity_check(5)"):
            if "index" in text:  # the pages are whole, and say two things
                self._found.append(
                    f"文件 {self._name} 的索引与记录对不上（{text}），清单里可能少了、多了记录，"
                    "不是由程序写入的。请用“逐条抢救”重建。"
                )
            elif text != "ok":
                self._wrong = self._spoiled() or (
                    f"文件 {self._name} 的结构已损坏（{text}），请恢复最近的备份。"
                )
                return
        if not self._stopped and self._free_is_spoiled():
            self._wrong = self._spoiled()

    def _spoiled(self) -> str:
        """Which pages are not as they were written, in a sentence; "" where all are."""
        bad = self._connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if not bad:
            return ""
        return f"文件 {self._name} 有 {len(bad)} 处损坏（第一处：{bad[0][0]}），请恢复最近的备份。"

    def _free_is_spoiled(self) -> bool:
        """Whether a page that holds nothing is spoiled: all others have been read."""
        pages = Pages(self._path, self._key, alone=True)
        try:
            free = pages.free()
            return free is None or any(pages.page(number) is None for number in free)
        finally:
            pages.close()


def _past_the_program(connection: Connection) -> Sequence[str]:
    """The program makes tables and indexes; what writes or shows by itself somebody else made."""
    return [
        f"台账文件里有程序没有的{'触发器' if sort == 'trigger' else '视图'}“{name}”，"
        "它会改动、遮住程序写的内容，不是由程序写入的。请恢复装上它以前的备份。"
        for sort, name in connection.execute(
            "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 5"
        )
    ]


def verify(
    book: Book, watches: Sequence[journal.Watch], known: repair_losses.Known,
    progress: journal.Progress | None = None, *, quick: bool = False,
) -> list[str]:
    """Check cipher, form, audit chain and tables against the journal; returns sentences, empty
    when all is well. ``known``: what a repair has told of. ``quick``: the seal of each page and the
    chain alone, not what the tables hold. Raises ``Damaged`` for a file that is: after that SQLite
    may refuse to read any of it."""
    found: list[str] = []
    check: type[FileCheck] = SealCheck if quick else PageCheck
    last = (0, 0)

    def report(done: int, of: int) -> None:
        nonlocal last
        last = done, of
        if progress is not None:
            progress(done, of)

    def waiting() -> None:
        report(*last)

    with book.read_by(check) as pages:
        try:
            way = verify_log if quick else _thoroughly
            found = [*way(book, watches, known, report), *tamper_seals.broken(book)]
        except DatabaseError:
            if not pages.wrong():
                raise
        if damaged := pages.wrong(waiting):
            raise Damaged(damaged)
        found += pages.found()
    return [*found, book.shortfall] if book.shortfall else found


def _thoroughly(
    book: Book, watches: Sequence[journal.Watch], known: repair_losses.Known,
    progress: journal.Progress | None,
) -> Iterator[str]:
    read, days = replay.Replay(replay.parts_of(book)), spans.Check(book)
    (rows,) = book.connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    total = rows + replay.count(book)
    seen = 0

    def look(shape: RowShape, record: Record) -> None:
        nonlocal seen
        days.record(shape, record)
        seen += 1
        if progress is not None and not seen % _TELL:
            progress(rows + seen, total)

    report = None if progress is None else _part_of(progress, total)
    yield from verify_log(book, [read, *watches], known, report)
    yield from replay.differences(book, read, look)
    yield from days.end()
    yield from journal.wrongly_undone(book.connection, known)


def _part_of(progress: journal.Progress, total: int) -> journal.Progress:
    return lambda done, _: progress(done, total)


def verify_log(
    book: Book, watches: Sequence[journal.Watch], known: repair_losses.Known,
    progress: journal.Progress | None = None,
) -> Iterator[str]:
    """The audit chain alone."""
    return journal.verify(book.connection, book.audit_key, known, watches, progress)
