"""The connections to one encrypted file, and who may write first.

One connection writes, behind a lock; each thread reads through one of its own, so that under WAL
nobody waits for an import. That another program has the file open is ruled out by the folder's lock
(``db/store/lock.py``), not by SQLite's exclusive mode, which would shut out the readers of this
very process.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from db.errors import WorkFailed
from db.store import connect, online_copy
from db.store.connect import DatabaseError, explain
from db.store.journal import Change
from db.store.transaction import Transaction

#: So much of an index is sorted at a time that gives way to others.
_SORTED_KB = -2_048
Reader = TypeVar("Reader")


class _Reader:
    """A thread's connection. It goes with the thread, once no cursor of it is left."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class Connections:
    """Opened with the key, which it holds until it is closed."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path, self._key = path, key
        self._lock = threading.RLock()
        #: whether what is written now gives way to others, and did
        self._way, self._gives_way, self._yielded = threading.Lock(), False, False
        self._owner: int | None = None
        self._depth = 0
        #: what was changed so far of what goes to the disk together; None: each change by itself
        self._series: list[Change] | None = None
        self._transaction: Transaction | None = None
        self._local = threading.local()
        self._reading = threading.Lock()
        self._readers: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._closed = False
        #: why nothing may be written, in a sentence; "" where it may
        self.read_only, self._following = "", False
        with contextlib.suppress(WorkFailed):  # without room it is read from the log as before
            online_copy.play_back(path, key)
        self.writer = connect.connect_raw(path, key)
        self.opening()

    def opening(self) -> None:
        """Until it is ``opened`` nobody else has it, and this thread reads as it writes: each
        connection costs 3 ms to make."""
        self._owner = threading.get_ident()

    def opened(self) -> None:
        """From now on each thread reads through a connection of its own."""
        with self._lock:
            if not self._depth:
                self._owner = None

    @property
    def transaction_here(self) -> Transaction | None:
        """The transaction that this thread is writing, if any."""
        return self._transaction if self._owner == threading.get_ident() else None

    @property
    def unseen(self) -> object | None:
        """What this thread writes and nobody else sees yet: a transaction, or the several that go
        to the disk together; None where there is none."""
        if self._owner != threading.get_ident():
            return None
        return self._transaction if self._series is None else self._series

    @property
    def connection(self) -> Any:
        """The connection to read through here and now: the writer's inside its own transaction,
        else this thread's."""
        if self._closed:
            raise WorkFailed("台账已经关闭，请重新登录。")
        if self._owner == threading.get_ident():
            return self.writer
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = _Reader(connect.connect_raw(self.path, self._key))
            reader.connection.execute("PRAGMA query_only = ON")
            self._local.reader = reader
            with self._reading:  # not the writer's lock: a thread's first read waits for nobody
                self._readers.add(reader)
        return reader.connection

    def require_writable(self) -> None:
        """``WorkFailed`` for a book that may only be read."""
        if self.read_only and not self._following:
            raise WorkFailed(self.read_only)

    @contextlib.contextmanager
    def _exclusive(self, by_the_way: bool = False) -> Iterator[None]:
        """A write that is no record's: inside the current transaction, else one of its own."""
        if not by_the_way:
            self.ask_for_way()
        with self._lock:
            if self._depth:
                yield
                return
            self.require_writable()
            with self._owned(), self._all_or_nothing():
                yield

    @contextlib.contextmanager
    def _owned(self) -> Iterator[None]:
        """This thread reads as it writes, until it is left."""
        self._owner = threading.get_ident()
        try:
            yield
        except DatabaseError as error:
            raise explain(error, self.path.name) from error
        finally:
            if self._series is None:
                self._owner = None

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """A transaction of its own, or a part of the one by which several changes go to the disk
        together."""
        self._require_series()
        alone = self._series is None
        self.writer.execute("BEGIN IMMEDIATE" if alone else "SAVEPOINT part")
        try:
            yield
            self._require_series()
            self.writer.execute("COMMIT" if alone else "RELEASE part")
        except BaseException:
            self._rollback()
            raise

    def _require_series(self) -> None:
        """``WorkFailed`` where SQLite has taken back by itself all that was to go to the disk
        together: a further change would not be a part of anything."""
        if self._series is not None and not self.writer.in_transaction:
            raise WorkFailed(
                "台账文件写不进去，一起写的这一批都没有写入。请检查磁盘空间后重试。"
            )

    def _rollback(self) -> None:
        with contextlib.suppress(DatabaseError):  # a full disk may have rolled back by itself
            if self.writer.in_transaction:
                if self._series is None:
                    self.writer.execute("ROLLBACK")
                else:
                    self.writer.execute("ROLLBACK TO part")
                    self.writer.execute("RELEASE part")

    @contextlib.contextmanager
    def _giving_way(self) -> Iterator[None]:
        """A transaction that takes long and can wait: whoever else wants to write has it broken
        off. It sorts little at a time, since in between it can be, and what it wrote is copied
        into the file once others may write."""
        with self._lock:
            (cache,) = self.writer.execute("PRAGMA cache_size").fetchone()
            self.writer.execute(f"PRAGMA cache_size = {_SORTED_KB}")
            self.writer.execute("PRAGMA wal_autocheckpoint = 0")
            try:
                with self._exclusive(by_the_way=True):
                    try:
                        with self._way:
                            self._gives_way, self._yielded = True, False
                        yield
                    finally:
                        with self._way:
                            self._gives_way = False
            finally:
                self.writer.execute("PRAGMA wal_autocheckpoint = 1000")
                self.writer.execute(f"PRAGMA cache_size = {cache}")

    def ask_for_way(self) -> None:
        """Have what can wait broken off."""
        with self._way:
            if self._gives_way:
                self._yielded = True
                self.writer.interrupt()

    def read_by(self, reader: Callable[[Path, bytes], Reader]) -> Reader:
        """Whoever reads the file for itself, given its key."""
        return reader(self.path, self._key)

    @contextlib.contextmanager
    def write_lock(self) -> Iterator[None]:
        """Keep other threads' writes out."""
        with self._lock:
            yield

    def close(self) -> None:
        """Close every connection and forget the key."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            with self._reading:
                for reader in self._readers:
                    reader.connection.close()
            self.writer.close()
            self._key = b""
