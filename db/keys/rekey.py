"""A new key for a book, so that whoever left cannot open what is written after they have gone.

``KeyFile`` has put the new key beside the old one before this runs. Here the book is copied under
the new key, the copy is verified, and it takes the book's place in one rename: at every moment the
file at its place is wholly under one of the keys that everybody who remains can unseal. Only then
is the old key dropped. Run again after a crash, it carries on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from db.errors import Busy, Damaged
from db.keys.keyfile import KeyFile
from db.keys.keyring import BookName
from db.keys.users import Unlocked
from db.store import online_copy
from db.store.connect import DatabaseError, connect_raw, explain
from db.store.disk.atomic_files import replace, sync_folder
from db.store.disk.disk_errors import disk_errors

Progress = Callable[[str, int, int], None]


def run(keys: KeyFile, by: Unlocked, progress: Progress | None = None) -> tuple[BookName, ...]:
    """Carry out every change of keys that is under way; the books so done. All books must be
    closed.

    Books whose key this administrator does not hold are left for one who does. Raises
    ``NotPermitted`` for anyone else,
    ``Busy`` when a book is still open, ``WorkFailed`` when the disk refuses: then the old key still
    opens the book.
    """
    done: list[BookName] = []
    for book in keys.pending_books:
        if book not in by.candidates:
            continue
        path = keys.folder / f"{book}.db"
        _renew(book, path, by, progress)
        keys.finish_rekey(by, book)
        done.append(book)
    return tuple(done)


def _renew(book: BookName, path: Path, by: Unlocked, progress: Progress | None) -> None:
    candidates = by.candidates[book]
    part = path.with_name(f"{path.name}.rekey")
    with disk_errors(part.name):
        online_copy.remove(part)
        missing = not path.exists() or not path.stat().st_size
    if missing:
        return
    index = online_copy.opening_key(path, candidates)
    if index is None:
        raise Damaged(
            f"现有密钥都打不开台账文件 {path.name}：文件已损坏或来自另一个单位。请从备份恢复。"
        )
    if index == 0:
        return
    book_progress = None if progress is None else lambda n, of: progress(book, n, of)
    try:
        source = connect_raw(path, candidates[index])
        try:
            busy = source.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy:
                raise Busy(f"台账 {path.name} 还开着，请关闭后再更换密钥。")
            online_copy.renew(path, part, candidates[index], candidates[0], book_progress)
        finally:
            source.close()
    except DatabaseError as error:
        raise explain(error, path.name) from error
    with disk_errors(path.name):
        # A log left beside the new file would be replayed into it.
        if any(Path(f"{path}{s}").exists() for s in ("-wal", "-journal")):
            online_copy.remove(part)
            raise Busy(f"台账 {path.name} 还开着，请关闭后再更换密钥。")
        replace(part, path)
        sync_folder(path.parent)
