"""The books of a folder as they are at one moment, while they are in use: their files held still,
else copies of them.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from db.errors import Busy
from db.keys import keyring
from db.keys.keyring import BookName
from db.keys.users import BOOKS
from db.model.sql import quoted
from db.safety.backup_archive import BookNote, Source
from db.store import journal, online_copy
from db.store.connect import Connection, DatabaseError, OperationalError, connect_raw, explain

_TRIES = 200
#: How often it is tried to have the files still, and for how long each time whoever writes is
#: waited for, or kept waiting.
_TRIES_STILL, _HOLD_MS = 20, 100
#: Tables whose rows are not counted for the note: there is no short way to.
_UNCOUNTED = ("sqlite_", "journal", "spans", "search")

Progress = Callable[[str, int, int], None]


@contextlib.contextmanager
def snapshots(
    folder: Path, scratch: Path, keys: Mapping[BookName, bytes], progress: Progress | None
) -> Iterator[tuple[dict[str, Source], dict[str, BookNote]]]:
    """keys.json and both books as they are at one moment, and what is known of each book: their
    files as they lie, where these can be held still, else copies in ``scratch``."""
    paths: dict[BookName, Path] = {b: path for b in BOOKS if (path := folder / f"{b}.db").exists()}
    opened = [b for b in paths if b in keys]
    with contextlib.ExitStack() as closing:

        def connected(book: BookName) -> Connection:
            return closing.enter_context(contextlib.closing(connect_raw(paths[book], keys[book])))

        try:
            books = {book: connected(book) for book in opened}
            watches = [connected(book) for book in opened]
            still = _begin_still(list(books.values()), watches)
            if not still:
                _begin_together(list(books.values()), watches)
            shutil.copyfile(folder / keyring.FILE_NAME, scratch / keyring.FILE_NAME)
            sources = {keyring.FILE_NAME: Source(scratch / keyring.FILE_NAME)}
            notes = dict[str, BookNote]()
            for book, path in paths.items():
                if book not in books:
                    sources |= _closed(path)
                    notes[book] = BookNote(opened=False)
                    continue
                if not still:
                    path = _copied(books[book], path, scratch, keys[book], progress)
                sources[path.name] = Source(path, keys[book])
                notes[book] = _note(books[book])
        except DatabaseError as error:
            raise explain(error) from error
        yield sources, notes


def _closed(path: Path) -> dict[str, Source]:
    """A book that is open nowhere, with its log."""
    both = (path, path.with_name(f"{path.name}-wal"))
    return {each.name: Source(each) for each in both if each.exists()}


def _copied(
    book: Connection, path: Path, scratch: Path, key: bytes, progress: Progress | None
) -> Path:
    """A copy of an open book, where its file cannot be held still."""
    copy_progress = None if progress is None else telling(progress, f"复制 {path.name}")
    online_copy.copy(book, scratch / path.name, key, copy_progress)
    return scratch / path.name


def _begin_still(sources: Sequence[Connection], watches: Sequence[Connection]) -> bool:
    """Begin a read transaction on each book when all of it is in its file and nothing in its log:
    until it ends, what is written stays in the log, and the file is the book as it was at that
    moment. False where somebody writes or reads for so long that this cannot be had."""
    for watch in watches:
        watch.execute(f"PRAGMA busy_timeout = {_HOLD_MS}")
    for _ in range(_TRIES_STILL):
        try:
            for watch in watches:
                watch.execute("BEGIN IMMEDIATE")
            if all(_in_its_file(source) for source in sources):
                for source in sources:
                    source.execute("BEGIN")
                    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                return True
        except OperationalError:  # somebody writes
            for source in sources:
                _leave(source)
            continue
        finally:
            for watch in watches:
                _leave(watch)
        time.sleep(_HOLD_MS / 1000)
    return False


def _leave(connection: Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _in_its_file(source: Connection) -> bool:
    """Whether all that a book's log holds is in its file now: no reader needs the file as it was
    before."""
    busy, logged, played_back = source.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return not busy and logged == played_back


def _begin_together(sources: Sequence[Connection], watches: Sequence[Connection]) -> None:
    """Begin a read transaction on each book such that nothing was committed to an earlier one
    before the last began.

    No writer is kept waiting: where one came in between, all begin again. ``watches`` are second
    connections to the same files, since a connection sees nothing of others' commits while it
    reads.
    """
    for _ in range(_TRIES):
        before = [watch.execute("PRAGMA data_version").fetchone() for watch in watches]
        for source in sources:
            source.execute("BEGIN")
            # the snapshot begins here
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if len(sources) < 2 or before == [
            watch.execute("PRAGMA data_version").fetchone() for watch in watches
        ]:
            return
        for source in sources:
            source.execute("COMMIT")
    raise Busy("台账正在连续写入，没有做成备份。请稍后重试。")


def telling(progress: Progress, what: str) -> Callable[[int, int], None]:
    """Progress of one thing that is being done."""
    return lambda done, total: progress(what, done, total)


def _note(connection: Connection) -> BookNote:
    names = [
        row[1]
        for row in connection.execute("PRAGMA table_list")
        if row[2] == "table" and row[0] == "main" and not row[1].startswith(_UNCOUNTED)
    ]
    rows = {
        name: int(connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])
        for name in names
    }
    logged = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'journal'").fetchone()
    return BookNote(True, journal.head(connection).hex() if logged else "", rows)
