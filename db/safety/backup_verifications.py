"""When each backup of a folder was last read whole, and what was found: one that the disk has
spoiled since is known before somebody needs it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec

from db.errors import Damaged, WorkFailed
from db.safety import backup_archive
from db.store.disk.atomic_files import write_atomic

FILE = "proved.json"
#: A backup is read again once it was not for so long.
EVERY = dt.timedelta(days=7)


class Note(msgspec.Struct, frozen=True):
    """The file as it was read (bytes, nanoseconds), the day, and what was wrong with it."""

    size: int
    changed: int
    on: dt.date
    problem: str = ""


class _Notes(msgspec.Struct):
    notes: dict[str, Note] = {}


def notes_of(folder: Path) -> Mapping[str, Note]:
    """By name, of the files that are as they were then."""
    try:
        kept = msgspec.json.decode((folder / FILE).read_bytes(), type=_Notes).notes
    except (OSError, msgspec.DecodeError):
        return {}
    return {name: note for name, note in kept.items() if _as_it_is(folder / name, note)}


def _as_it_is(path: Path, note: Note) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (note.size, note.changed)


def verify_backup(path: Path, today: dt.date) -> str:
    """Read every byte of a backup; what is wrong with it, "" when it is whole. Kept."""
    problem = ""
    try:
        status = path.stat()
        backup_archive.verify(path)
    except OSError:
        return f"读不出备份“{path.name}”，请检查磁盘。"
    except Damaged as error:
        problem = error.message
    note = Note(status.st_size, status.st_mtime_ns, today, problem)
    kept = _Notes({**notes_of(path.parent), path.name: note})
    with contextlib.suppress(WorkFailed):  # read again the next time
        write_atomic(path.parent / FILE, msgspec.json.encode(kept))
    return problem
