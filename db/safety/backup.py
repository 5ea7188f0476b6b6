"""Backups that are verified after they are made: at exit, once a day, before a change of form,
whenever asked for.

A backup is taken from the files of the books while they are in use, page by page as they stand,
each held against its seal on the way (``snapshots.py``); it is read back from the disk, and only
then counts. A book whose key the person at the machine does not hold is not open anywhere either
(one process holds the folder), so its files are copied closed, with their log.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import secrets
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from db.errors import Damaged, WorkFailed, ZhengxianError
from db.keys import keyring
from db.keys.users import Unlocked
from db.safety import backup_archive, kept_backups
from db.safety.backup_archive import SUFFIX, BookNote, FileNote, Manifest, Source
from db.safety.kept_backups import FOLDER, ROTATING, BackupInfo
from db.safety.snapshots import Progress, snapshots, telling
from db.store import signing
from db.store.disk.atomic_files import write_atomic
from db.store.disk.disk_errors import disk_errors
from db.store.disk.private_files import make_inside

_SCRATCH = ".making-"
_LAST = "last.json"
_one_at_a_time = threading.Lock()


def make(
    folder: Path,
    who: Unlocked,
    to: Path | None = None,
    *,
    reason: str = "manual",
    program: str = "",
    progress: Progress | None = None,
    closed: bool = False,
) -> BackupInfo:
    """Make a verified backup of the office's folder, in ``to`` or in its own ``backups``, thinning
    out old ones there.

    ``who`` is logged in; the office's key seals it, their own signs it.
    ``progress`` is told what is being done, how much of how much, and may raise to cancel. With
    ``closed`` the files are taken as they lie, even damaged ones, with their logs. Raises
    ``WorkFailed`` (disk full, not writable) or ``Damaged`` (a book is); nothing is left or lost
    then.
    """
    folder, target_folder = Path(folder), Path(to) if to else Path(folder) / FOLDER
    with _one_at_a_time, disk_errors(target_folder.name):
        target_folder.mkdir(parents=True, exist_ok=True)
        scratch_home = folder / FOLDER
        make_inside(scratch_home)
        _clear(scratch_home)
        _clear(target_folder)
        _require_space(folder, target_folder)
        before = fingerprint(folder)
        scratch = scratch_home / f"{_SCRATCH}{secrets.token_hex(4)}"
        make_inside(scratch)
        try:
            keys = {} if closed else who.book_keys
            with snapshots(folder, scratch, keys, progress) as (sources, books):
                info = _pack(target_folder, sources, books, who, (reason, program), progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if to is None:
            with contextlib.suppress(
                ZhengxianError
            ):  # the backup stands; only the next one may be made needlessly
                write_atomic(
                    scratch_home / _LAST,
                    json.dumps({"name": info.path.name, "files": before}).encode(),
                )
            if reason in ROTATING:
                kept_backups.thin_out(target_folder, dt.date.today())
        return info


def fingerprint(folder: Path) -> dict[str, list[int]]:
    """Size and time of change of everything a backup would hold: the same again means nothing was
    written since."""
    found = {}
    for name in backup_archive.FILES:
        with contextlib.suppress(OSError):
            status = (folder / name).stat()
            if status.st_size or not name.endswith("-wal"):
                found[name] = [status.st_size, status.st_mtime_ns]
    return found


def changed_since_last(folder: Path) -> bool:
    """Whether anything was written since the last backup in the folder's own ``backups`` (if it is
    still there)."""
    home = folder / FOLDER
    try:
        last = json.loads((home / _LAST).read_bytes())
        return not (home / last["name"]).is_file() or last["files"] != fingerprint(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _pack(
    target_folder: Path,
    sources: Mapping[str, Source],
    books: dict[str, BookNote],
    who: Unlocked,
    why: tuple[str, str],
    progress: Progress | None,
) -> BackupInfo:
    """``why``: the reason, and which program it is."""
    ring = keyring.read(sources[keyring.FILE_NAME].path)
    if "office.db" not in sources:
        raise Damaged("找不到工作台账文件 office.db，没有做备份。")
    now = dt.datetime.now().astimezone()
    sequence = 1 + max((b.sequence for b in kept_backups.list_backups(target_folder)), default=0)

    def described(files: dict[str, FileNote]) -> Manifest:
        manifest = Manifest(
            format=backup_archive.FORMAT,
            office_id=ring.office_id,
            made_at=now.isoformat(timespec="seconds"),
            reason=why[0],
            program=why[1],
            sequence=sequence,
            keys_serial=ring.serial,
            books=books,
            files=files,
            by=who.user if _known_hand(ring, who) else "",
        )
        seal = backup_archive.seal_of(manifest, who.book_keys["office"])
        manifest = msgspec.structs.replace(manifest, seal=seal)
        if who.own is None or not manifest.by:
            return manifest
        own = signing.signed(bytes(who.own), manifest.signed)
        return msgspec.structs.replace(manifest, signature=own)

    target = target_folder / f"zhengxian-{now:%Y%m%d-%H%M%S}-{sequence:04d}{SUFFIX}"
    archive_progress = None if progress is None else telling(progress, "写入并核对备份")
    manifest = backup_archive.write(target, sources, described, archive_progress)
    return kept_backups.described(target, target.stat().st_size, manifest)


def _known_hand(ring: keyring.KeyRing, who: Unlocked) -> bool:
    """Whether the key file says that this person signs with the key that they have."""
    if who.own is None:
        return False
    key = signing.public(bytes(who.own))
    return any(n.name == who.user and n.verify_key == key for n in ring.roster.history)


def _clear(folder: Path) -> None:
    """Remove what a backup that was killed left behind."""
    for left in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(f"zhengxian-*{SUFFIX}.part"):
        with contextlib.suppress(OSError):
            left.unlink()


def _require_space(folder: Path, target: Path) -> None:
    """Say so at once when the disk cannot hold the backup."""
    size = sum((folder / n).stat().st_size for n in backup_archive.FILES if (folder / n).exists())
    if shutil.disk_usage(target).free < size + (1 << 20):
        raise WorkFailed(
            f"磁盘空间不足，没有做备份：需要约 {-(-size // 2**20)} MB。"
            f"请腾出空间或换一个磁盘后重试。"
        )
