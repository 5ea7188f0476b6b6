"""A damaged office made usable again from what can still be read: the last resort, after the
backups.

Each damaged book is read page by page into a new file (``salvage``), which takes its place; the
damaged files are kept as they are in a backup, and what was lost is told and kept in the log,
signed
(``store/repair_losses.py``).
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from db.access import roles
from db.errors import BadInput, Damaged
from db.keys.keyfile import KeyFile
from db.keys.keyring import BookName
from db.keys.signers import sign_as
from db.keys.users import Unlocked
from db.model import builtin
from db.model.fieldtypes import type_of
from db.model.sql import quoted
from db.safety import backup
from db.safety.pages import Pages
from db.safety.restore import STAGE, finish
from db.safety.salvage import Salvaged, salvage
from db.store import (
    essentials_copy,
    journal,
    kept_kinds,
    migrations,
    online_copy,
    repair_losses,
    replay,
    signed_settings,
    spans,
    tamper_seals,
)
from db.store.book import Book
from db.store.connect import Connection, DatabaseError, connect_raw, explain
from db.store.disk.atomic_files import replace, sync_folder
from db.store.disk.disk_errors import disk_errors
from db.store.disk.local_disk import require_local
from db.store.disk.private_files import make_inside
from db.store.lock import FolderLock

import sqlite_utils  # isort: skip  (after the cipher stands in for sqlite3)

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


class Repaired(msgspec.Struct, frozen=True):
    """What was saved: rows in all, places where rows are missing, and where the damaged files have
    gone."""

    rows: int
    gaps: int
    before: Path
    #: what was lost of each book, in a sentence
    notices: list[str]

    @property
    def whole(self) -> bool:
        """Whether no row was lost."""
        return self.gaps == 0


def damaged_books(folder: Path, who: Unlocked) -> list[BookName]:
    """Names of the books whose files are damaged, of those that this person may open."""
    found: list[BookName] = []
    for name, key in who.book_keys.items():
        try:
            online_copy.check(folder / f"{name}.db", key, indexes=True)
        except (DatabaseError, Damaged):
            found.append(name)
    return found


def repair(session: OpenOffice, progress: Progress | None = None) -> Repaired:
    """Put what can be read of each damaged book in its place. The session ends, whatever comes of
    it.

    Raises ``NotPermitted`` for anyone but an administrator, ``BadInput`` when no file is damaged
    (nothing is done then, and the session goes on), ``Damaged`` when too little can be read: then
    the files are as they were.
    """
    roles.require(session.role, "restore")
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
        roles.require(who.role, "restore")
        return _repair(folder, who, _needed(folder, who), progress)


def _needed(folder: Path, who: Unlocked) -> list[BookName]:
    names = damaged_books(folder, who)
    if not names:
        raise BadInput("台账文件本身没有损坏，用不着抢救。问题清单里的事项请逐条核对，或恢复备份。")
    return names


def _repair(
    folder: Path, who: Unlocked, names: list[BookName], progress: Progress | None
) -> Repaired:
    before = backup.make(folder, who, reason="before-salvage", closed=True).path
    stage = folder / f"{STAGE}{secrets.token_hex(4)}"
    try:
        with disk_errors(folder.name):
            make_inside(stage)
        done, notices = list[Salvaged](), list[str]()
        for name in names:
            saved, text = _salvaged(folder, stage, name, who, progress)
            done.append(saved)
            notices.append(text)
        with disk_errors(folder.name):
            for name in names:
                # The mark of the new file fits the old one as well: it goes first.
                if (stage / f"{name}.opening").exists():
                    replace(stage / f"{name}.opening", folder / f"{name}.opening")
                for suffix in ("-wal", "-shm"):
                    (folder / f"{name}.db{suffix}").unlink(missing_ok=True)
                replace(stage / f"{name}.db", folder / f"{name}.db")
            sync_folder(folder)
        missing = sum(sum(s.gaps.values()) + len(s.lost_tables) for s in done)
        return Repaired(sum(sum(s.rows.values()) for s in done), missing, before, notices)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _salvaged(
    folder: Path, stage: Path, name: BookName, who: Unlocked, progress: Progress | None
) -> tuple[Salvaged, str]:
    """A new file in the stage, whole but for what was lost, with its log saying so; and that in
    words."""
    path, target = folder / f"{name}.db", stage / f"{name}.db"
    key, salts = _key_and_salts(folder, name, who)
    done = salvage(path, key, target, progress, salts)
    connection = connect_raw(target, key)
    try:
        connection.execute("BEGIN")
        _complete(connection, path.name, done)
        connection.execute("COMMIT")
    except DatabaseError as error:
        raise explain(error, path.name) from error
    finally:
        connection.close()
    book = Book(target, key, name, builtin.kinds(), home=folder)
    try:
        kept_kinds.migrate_system_tables(book)
        sign_as(KeyFile.load(folder), book, who)
        return done, _log_losses(book, who.user, done)
    finally:
        book.close()


def _key_and_salts(folder: Path, name: BookName, who: Unlocked) -> tuple[bytes, list[bytes]]:
    """The key that opens a page of the book, and what its salt was when it was last opened."""
    salts: list[bytes] = []
    with contextlib.suppress(OSError, ValueError):
        words = (folder / f"{name}.opening").read_text(encoding="ascii").split()
        salts = [bytes.fromhex(word) for word in words[-1:]]
    for key in who.candidates[name]:
        pages = Pages(folder / f"{name}.db", bytes(key), salts)
        pages.close()
        if pages.readable:
            return bytes(key), salts
    return bytes(who.book_keys[name]), salts


def _complete(connection: Connection, name: str, done: Salvaged) -> None:
    """What can be made again of that which is lost: system tables, facts, the register of changes;
    and all that is derived waits to be made anew."""
    _system_tables(connection)
    if done.spare is not None:
        essentials_copy.put_back(connection, done.spare)
    facts = {row[0] for row in connection.execute("SELECT key FROM meta")}
    if not {"office_id", "audit_key"} <= facts:
        raise Damaged(
            f"台账文件 {name} 里登记单位的那一页已损坏，又没有它的副本，抢救不了。"
            "请恢复最近的备份。"
        )
    _register(connection)
    for table, number in done.sequences.items():
        connection.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (number, table)
        )
    connection.execute("DELETE FROM meta WHERE key IN (?, 'fingerprint')", (spans.BUILT,))
    _search_anew(connection)


def _system_tables(connection: Connection) -> None:
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    model = sqlite_utils.Database(memory=True)
    migrations.apply(model, form)
    steps = model.execute("SELECT migration_set, name, applied_at FROM _sqlite_migrations")
    applied = steps.fetchall()
    wanted = model.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql <> ''").fetchall()
    model.close()
    for _, table, sql in sorted(wanted, key=lambda row: str(row[0]) != "table"):
        there = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,))
        if there.fetchone() is None and not table.startswith("sqlite_"):
            connection.execute(sql)
    named = {name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations")}
    connection.executemany(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
        [tuple(step) for step in applied if step[1] not in named],
    )


def _register(connection: Connection) -> None:
    """Changes whose line in the register is lost, out of the log."""
    for (text, change) in connection.execute(
        "SELECT after, change_id FROM journal WHERE action = 'change' AND change_id NOT IN (SELECT"
        " id FROM changes)"
    ).fetchall():
        connection.execute(
            "INSERT INTO changes (id, at, by, source, label, site, import_id, undoes) VALUES (?, ?,"
            " ?, ?, ?, ?, ?, ?)", (change, *msgspec.json.decode(text)),
        )
    if "first" in {row[1] for row in connection.execute("PRAGMA table_info(changes)")}:
        connection.execute(
            "UPDATE changes SET first = begun.seq FROM (SELECT change_id, min(seq) AS seq FROM"
            " journal GROUP BY change_id) AS begun WHERE begun.change_id = changes.id AND"
            " changes.first IS NULL"
        )
    # what was taken back and brought back stands (``journal.wrongly_undone``)
    connection.execute(
        "UPDATE changes SET undone_by = last.id FROM (SELECT undoes, max(id) AS id FROM changes"
        " WHERE undoes IS NOT NULL GROUP BY undoes) AS last WHERE last.undoes = changes.id AND"
        " changes.undone_by IS NULL AND last.id NOT IN (SELECT undoes FROM changes WHERE undoes IS"
        " NOT NULL)"
    )


def _search_anew(connection: Connection) -> None:
    connection.execute("DELETE FROM search_waiting")
    # the declarations of the office may be among what was lost
    for table in migrations.tables_of_records(connection):
        connection.execute(
            f"INSERT INTO search_waiting SELECT ?, id FROM {quoted(table)}", (table,)
        )


def _log_losses(book: Book, user: str, done: Salvaged) -> str:
    """Write into the log what is missing; and that in words."""
    missing, changes = repair_losses.missing_rows(book.connection)
    differing = list(replay.wrong_records(book))
    gone = [(kind, uid) for kind, uid, wrong in differing if not wrong]
    other = [(kind, uid) for kind, uid, wrong in differing if wrong]
    blobs = sorted(_lost_files(book)) if "blobs" in done.gaps else []
    words = [
        f"读不出 {sum(done.gaps.values())} 页" if done.gaps else "没有读不出的内容",
        _counted("修改记录缺 {} 段", len(missing)),
        _counted("丢了 {} 条记录", len(gone)),
        _counted("{} 条记录与留下的修改记录对不上，以台账里的为准", len(other)),
        _counted("丢了 {} 个附件的内容", len(blobs)),
        _counted("表 {} 没有了", "、".join(done.lost_tables)),
        *(each.rstrip("。") for each in tamper_seals.broken(book)),
    ]
    text = "；".join(filter(None, words)) + "。"
    lost = repair_losses.Lost(text, missing, changes, blobs)
    with book.atomic(user, repair_losses.SOURCE, "逐条抢救") as tx:
        tx.journal("", "", repair_losses.ACTION, "{}", journal.dumps(lost))
        for kind, uid in gone:
            tx.journal(kind.name, uid, repair_losses.GONE, "{}", "{}")
        for kind, uid in other:
            record = book.get(kind.name, uid)
            if record is not None:
                tx.journal_as_found(record)
        tamper_seals.renew(book)
        if book.name == "office":
            tx.settled |= signed_settings.NOTED.keys() | set(signed_settings.exchange_rows(book))
    return f"{book.path.name}：{text}"


def _counted(words: str, count: int | str) -> str:
    return words.format(count) if count else ""


def _lost_files(book: Book) -> Iterator[str]:
    """Digests of attachments whose bytes are gone."""
    there = {row[0] for row in book.connection.execute("SELECT sha256 FROM blobs")}
    for kind in book.kinds.in_book(book.name):
        for name in (f.name for f in kind.all_fields if type_of(f).holds_files):
            for record in book.each(kind.name, f"{quoted(name)} IS NOT NULL"):
                yield from {a.sha256 for a in record.values[name]} - there
