"""A damaged office made usable again from what can still be read: the last resort, after the
backups.

Each damaged book is read row by row into a new file (``salvage``), which takes its place; the
damaged files are kept as they are in a backup, what was lost is told, and the audit log says that
it was done.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from db.access import roles
from db.errors import BadInput, Damaged, WorkFailed
from db.keys.keyfile import KeyFile
from db.keys.keyring import BookName
from db.keys.users import Unlocked
from db.model import builtin
from db.model.sql import quoted
from db.safety import backup
from db.safety.restore import finish
from db.safety.salvage import Salvaged, salvage
from db.store import online_copy, spans
from db.store.atomic_files import disk_errors, sync_folder
from db.store.book import Book
from db.store.connect import DatabaseError, connect_raw
from db.store.local_disk import require_local
from db.store.lock import FolderLock

Progress = Callable[[str, int], None]


class OpenOffice(Protocol):
    """An administrator's session, which ends with the repair."""

    @property
    def folder(self) -> Path: ...
    @property
    def who(self) -> Unlocked: ...
    @property
    def role(self) -> str: ...
    def close_books(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was saved: rows in all, places where rows are missing, and where the damaged files have
    gone."""

    rows: int
    gaps: int
    before: Path

    @property
    def whole(self) -> bool:
        """Whether no row was lost."""
        return self.gaps == 0


def damaged_books(folder: Path, who: Unlocked) -> list[BookName]:
    """Names of the books whose files are damaged, of those that this person may open."""
    found: list[BookName] = []
    for name, key in who.book_keys.items():
        try:
            connection = connect_raw(folder / f"{name}.db", key, read_only=True)
            try:
                bad = connection.execute("PRAGMA cipher_integrity_check").fetchone() is not None
            finally:
                connection.close()
        except (DatabaseError, WorkFailed):
            bad = True
        if bad:
            found.append(name)
    return found


def repair(session: OpenOffice, progress: Progress | None = None) -> Repaired:
    """Put what can be read of each damaged book in its place. The session ends, whatever comes of
    it.

    Raises ``NotPermitted`` for anyone but an administrator, ``BadInput`` when no file is damaged
    (nothing is done then, and the session goes on), ``Damaged`` when too little can be read: then
    the files are as they were.
    """
    roles.check(session.role, "restore")
    names = _needed(session.folder, session.who)
    session.close_books()
    try:
        return _repair(session.folder, session.who, names, progress)
    finally:
        session.close()


def repair_office(
    folder: Path, user: str, password: str, progress: Progress | None = None
) -> Repaired:
    """The same for an office that no longer opens; also raises ``WrongPassword`` and ``Busy``."""
    require_local(folder)
    with FolderLock(folder):
        finish(folder)
        who = KeyFile.load(folder).unlock(user, password)
        roles.check(who.role, "restore")
        return _repair(folder, who, _needed(folder, who), progress)


def _needed(folder: Path, who: Unlocked) -> list[BookName]:
    names = damaged_books(folder, who)
    if not names:
        raise BadInput("台账文件本身没有损坏，用不着抢救。问题清单里的事项请逐条核对，或恢复备份。")
    return names


def _repair(
    folder: Path, who: Unlocked, names: list[BookName], progress: Progress | None
) -> Repaired:
    keys = {name: bytes(who.book_keys[name]) for name in names}
    try:
        before = backup.make(folder, who.book_keys, reason="before-salvage", closed=True).path
        done = {name: _salvaged(folder, name, keys[name], progress) for name in names}
        for name in names:
            path = folder / f"{name}.db"
            with disk_errors(path.name):
                for suffix in ("-wal", "-shm"):
                    Path(f"{path}{suffix}").unlink(missing_ok=True)
                os.replace(_new(path), path)
        sync_folder(folder)
        gaps = sum(sum(s.gaps.values()) + len(s.lost_tables) for s in done.values())
        rows = sum(sum(s.rows.values()) for s in done.values())
        for name in names:
            book = Book(folder / f"{name}.db", keys[name], name, builtin.kinds())
            try:
                with book.atomic(who.user, "repair", "逐条抢救") as tx:
                    tx.note("repair", f"读出 {rows} 行，{gaps} 处缺失")
            finally:
                book.close()
        return Repaired(rows, gaps, before)
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                online_copy.remove(_new(folder / f"{name}.db"))


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.salvaged")


def _salvaged(folder: Path, name: str, key: bytes, progress: Progress | None) -> Salvaged:
    """A new file beside the damaged one, with every record waiting to be indexed for the search."""
    path = folder / f"{name}.db"
    target = _new(path)
    online_copy.remove(target)
    done = salvage(path, key, target, progress)
    connection = connect_raw(target, key)
    try:
        facts = {row[0] for row in connection.execute("SELECT key FROM meta")}
        if not {"office_id", "audit_key"} <= facts:
            raise Damaged(
                f"台账文件 {path.name} 里登记单位的那一页已损坏，抢救不了。请恢复最近的备份。"
            )
        # A table of records is known by its columns: the declarations of the office may be among
        # what was lost.
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND (SELECT count(*) FROM"
            " pragma_table_info(sqlite_schema.name) WHERE name IN ('uid', 'versions',"
            " 'deleted')) = 3"
        ).fetchall()
        connection.execute("BEGIN")
        connection.execute("DELETE FROM search_rows")
        connection.execute("DELETE FROM meta WHERE key IN (?, 'fingerprint')", (spans.BUILT,))
        connection.execute("DELETE FROM search_waiting")
        for (table,) in tables:
            connection.execute(
                f"INSERT INTO search_waiting SELECT ?, id FROM {quoted(table)}", (table,)
            )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return done
