"""One encrypted file copied whole while it is in use, and verified readable.

SQLite's backup interface copies what one read transaction sees, write-ahead log included (copying
the main file alone lost every row since the last checkpoint), and re-encrypts when the copy has
another key.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher

from db.errors import Damaged, WorkFailed
from db.store.connect import KEY_BYTES, Connection, DatabaseError, connect_raw, explain
from db.store.disk.disk_errors import disk_errors
from db.store.disk.page_cache import forget_cached
from db.store.disk.private_files import create_private
from db.store.pages import page_process

Progress = Callable[[int, int], None]
_PAGES_A_STEP = 2048


def remove(path: Path) -> None:
    """Delete a database file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def copy(source: Connection, target: Path, key: bytes, progress: Progress | None = None) -> None:
    """Copy the open book to a new file under ``key`` (the same, or a new one), flushed to the disk.

    ``progress`` is told pages done and pages in all, and may raise to cancel. What was begun is
    removed on failure.
    Raises ``WorkFailed`` when the disk refuses.
    """
    if len(key) != KEY_BYTES:
        raise WorkFailed("密钥长度不对，没有复制台账。")

    def report(status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    with disk_errors(target.name):
        remove(target)
        create_private(target)
    made: Connection | None = None
    try:
        made = sqlcipher.connect(str(target), isolation_level=None)
        made.execute("PRAGMA cipher_log_level = NONE")
        made.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        made.execute("PRAGMA synchronous = OFF")  # flushed once, below
        source.backup(made, pages=_PAGES_A_STEP, progress=report)
        # The copy stands alone: no log beside it, until the book opens it again.
        made.execute("PRAGMA journal_mode = DELETE").fetchone()
        made.close()
        made = None
        with disk_errors(target.name), target.open("rb+") as file:
            os.fsync(file.fileno())
    except BaseException as error:
        if made is not None:
            made.close()
        with contextlib.suppress(OSError):
            remove(target)
        if isinstance(error, DatabaseError):
            raise explain(error, target.name) from error
        raise


def renew(
    source: Path, target: Path, old: bytes, new: bytes, progress: Progress | None = None
) -> None:
    """Write a file that nobody writes to, and that has no log, anew under another key, flushed to
    the disk and read back from there. ``progress`` is told bytes, and may raise to cancel. What was
    begun is removed on failure. Raises ``Damaged``, or ``WorkFailed`` when the disk refuses."""
    if len(new) != KEY_BYTES:
        raise WorkFailed("密钥长度不对，没有更换密钥。")
    size = source.stat().st_size

    def report(now: int) -> None:
        if progress is not None:
            progress(now, 2 * size)

    try:
        with disk_errors(target.name):
            create_private(target)
            page_process.renew(source, target, old, new, report)
            with target.open("rb+") as file:
                os.fsync(file.fileno())
                forget_cached(file.fileno())
        page_process.check(target, new, lambda n, _: report(size + n))
        connect_raw(target, new).close()
    except BaseException:
        with contextlib.suppress(OSError):
            remove(target)
        raise


def opens(path: Path, key: bytes) -> bool:
    """Whether the key opens the file. Touches nothing."""
    if not path.is_file() or not path.stat().st_size:
        return False
    try:
        connect_raw(path, key).close()
    except Damaged:
        return False
    return True


def opening_key(path: Path, keys: Sequence[bytes]) -> int | None:
    """Which of the keys opens the file, as its place in the sequence; None when none does."""
    return next((i for i, key in enumerate(keys) if opens(path, key)), None)


def play_back(path: Path, key: bytes) -> None:
    """Take a log that a crash has left into the file. Until then a page whose writing was cut short
    is torn in the file and whole in the log, and the cipher's own check looks at the file alone."""
    log = Path(f"{path}-wal")
    if not log.exists() or not log.stat().st_size:
        return
    connection = connect_raw(path, key)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except DatabaseError as error:
        raise explain(error, path.name) from error
    finally:
        connection.close()


def check(path: Path, key: bytes, *, indexes: bool = False) -> None:
    """Verify a file readable with its key: every page's seal and the structure, with ``indexes``
    what they say of the rows, too. Raises ``Damaged``."""
    play_back(path, key)
    connection = connect_raw(path, key, read_only=True)
    try:
        broken = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if broken:
            raise Damaged(
                f"台账文件 {path.name} 有 {len(broken)} 处损坏：{broken[0][0]}。"
                f"请恢复一份完好的备份。"
            )
        way = "integrity_check" if indexes else "quick_check"
        rows = connection.execute(f"PRAGMA {way}(5)").fetchall()
        if [row[0] for row in rows] != ["ok"]:
            raise Damaged(
                f"台账文件 {path.name} 的结构有损坏：{rows[0][0]}。请恢复一份完好的备份。"
            )
    except DatabaseError as error:
        raise Damaged(f"台账文件 {path.name} 已损坏，读不出来。请恢复一份完好的备份。") from error
    finally:
        connection.close()
