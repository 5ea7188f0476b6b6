"""The books of an office's folder in a session's hands: found, opened again, given new keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from db.errors import Damaged
from db.keys import rekey, signers
from db.keys.keyring import FILE_NAME
from db.keys.users import Unlocked
from db.model import settings
from db.session import Session
from db.store import online_copy
from db.store.book import Book

#: Bytes: a database has at least a page of its smallest size.
LEAST_SIZE = 512


def is_office(folder: Path) -> bool:
    """Whether the folder holds an office already."""
    return (folder / FILE_NAME).exists()


def book_path(folder: Path, name: str) -> Path:
    """The file of a book; ``Damaged`` where there is none, or one that holds nothing."""
    path = folder / f"{name}.db"
    if not path.exists():
        raise Damaged(f"台账文件 {name}.db 不见了。请到“备份与恢复”恢复最近的备份。")
    # SQLite would take it for a new one and write into it
    if path.stat().st_size < LEAST_SIZE:
        raise Damaged(
            f"台账文件 {name}.db 是空的，里面的内容丢失了。请到“备份与恢复”恢复最近的备份。"
        )
    return path


def working_key(who: Unlocked, name: str, path: Path) -> bytes:
    """While a change of keys is under way either key may be the one that opens the file."""
    candidates = who.candidates.get(name, ())  # type: ignore[call-overload]
    if len(candidates) > 1:
        index = online_copy.opening_key(path, candidates)
        if index is not None:
            return bytes(candidates[index])
    return bytes(who.book_keys[name])  # type: ignore[index]


def sign_as(session: Session, who: Unlocked) -> None:
    """From now on this person's changes are signed as theirs."""
    for book in session.books:
        signers.sign_as(session.key_file, book, who)


def journal_key_change(session: Session, action: str, text: str) -> None:
    """Journal a change of the key file, and the serial that it has now."""
    with session.office.atomic(session.who.user, "users", text) as tx:
        tx.note(action, text)
        settings.KEY_SERIAL.save(session.office, session.key_file.serial)


def new_keys(session: Session, progress: rekey.Progress | None = None) -> None:
    """Give the books the keys that a change of users asked for. An old backup still opens with the
    old key; that is said in the help."""
    with session_paused(session):
        rekey.run(session.key_file, session.who, progress)
    journal_key_change(session, "rekey", "更换了台账密钥")


@contextlib.contextmanager
def session_paused(session: Session) -> Iterator[None]:
    """Close the books for work on their files (new keys, a restore) and open them again; the folder
    stays locked."""
    keys = session.key_file
    marks, keys.marks = keys.marks, None
    session.close_books()
    try:
        yield
    finally:
        reopen(session)
        keys.marks = marks


def reopen(session: Session) -> None:
    books: dict[str, Book] = {}
    for name in session.who.book_keys:
        path = session.folder / f"{name}.db"
        books[name] = Book(path, working_key(session.who, name, path), name, session.kinds)
        signers.sign_as(session.key_file, books[name], session.who)
    session.reopen(books)
