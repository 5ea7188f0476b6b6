"""Readable copies of attachments, made to be looked at in another program: gone when the book is
locked and at the end.

What a crash left behind goes at the next start. A copy that another program still holds open
(Windows) keeps nobody from locking; it goes as soon as that program lets go of it, at the latest at
the next start.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from db.errors import WorkFailed
from db.model.attached_files import shown
from db.store.lock import FolderLock
from desktop import file_names

_PREFIX = "zhengxian-look-"
#: Characters of a file's name; three bytes each still fit where a name may have 255.
_LONGEST = 80
_held: list[FolderLock] = []


def file_name(name: str) -> str:
    """A name that every file system takes, ending as before, so that the right program opens it."""
    plain = file_names.plain(shown(name)).strip(". 　") or "附件"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10:
        return plain[:_LONGEST]
    return f"{stem[: _LONGEST - len(ending) - 1]}.{ending}"


def copy_of(name: str, data: bytes) -> Path:
    """Write a copy into a folder of this process that only this account may enter."""
    if not _held:
        _held.append(FolderLock(Path(tempfile.mkdtemp(prefix=_PREFIX))).acquire())
    copy = Path(tempfile.mkdtemp(dir=_held[0].path.parent)) / file_name(name)
    copy.write_bytes(data)
    return copy


def forget() -> None:
    """Remove this process's copies."""
    while _held:
        lock = _held.pop()
        lock.release()
        shutil.rmtree(lock.path.parent, ignore_errors=True)


def sweep() -> None:
    """Remove what processes that are no more left behind; another window's copies stay."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            if any(lock.path.parent == folder for lock in _held):
                continue
            with contextlib.suppress(OSError, WorkFailed):
                FolderLock(folder).acquire().release()
                shutil.rmtree(folder, ignore_errors=True)


__all__ = ["copy_of", "file_name", "forget", "sweep"]
