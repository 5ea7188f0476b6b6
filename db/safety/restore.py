"""A backup put back in the place of the books, in one step that a crash cannot halve.

Everything is unpacked and verified beside the books first, and what is there now is backed up. Then
a note of what is going on (``restoring.json``) is written, the old files are moved out, the new
ones in, and the note is removed.
``finish`` carries a restore that was cut short to its end; it is called whenever a folder is
opened, before anything else is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from db.access import roles
from db.errors import BadInput, Damaged, NotPermitted, WorkFailed
from db.keys import keyring
from db.keys.keyfile import BOOKS, Unlocked
from db.model.ids import new_uid
from db.safety import backup, backup_archive
from db.store.atomic_files import disk_errors, replace, sync_folder, write_atomic
from db.store.local_disk import require_local
from db.store.lock import FolderLock

NOTE = keyring.RESTORING
#: Beside the books: the next writer takes a new site id, as the restored book has forgotten writes
#: that others know of.
NEW_SITE = "new-site-required"
_STAGE = ".restoring-"
_SUFFIXES = ("", "-wal", "-shm", "-journal", ".rekey", ".rekey-wal", ".rekey-shm", ".rekey-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``before``: where the books that were there have gone (a backup; a folder
    when they could not be packed); None when there were none."""

    backup: backup.BackupInfo
    before: Path | None


def restore_office(
    path: Path, folder: Path, user: str, password: str, *, program: str = ""
) -> Restored:
    """Restore for an administrator of the backup (with the name and password of then); takes the
    folder's lock.

    Raises as ``restore``, and ``WrongPassword``, ``NotPermitted`` for anyone but an administrator,
    ``Busy`` when the book in the folder is open.
    """
    folder = Path(folder)
    require_local(folder)
    who = backup.keyfile_in(path).unlock(user, password)
    if not roles.may(who.role, "restore"):
        raise NotPermitted("只有备份里的管理员可以恢复这份备份。")
    with disk_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder):
        return restore(path, folder, unlocked=who, program=program)


def restore(
    path: Path, folder: Path, *, unlocked: Unlocked | None = None, program: str = ""
) -> Restored:
    """Put a backup's books in the folder. The caller holds the folder's lock, and no book in it is
    open.

    With a login to the backup (``keyfile_in(path).unlock``) its books are opened and checked first.
    A book that is there already is backed up before (reason ``before-restore``); one of another
    office is refused (``BadInput``).
    Raises ``Damaged`` for a backup that is not whole, ``WorkFailed`` when the disk refuses: nothing
    has changed then.
    """
    folder = Path(folder)
    with disk_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True)
    finish(folder)
    stage = folder / f"{_STAGE}{secrets.token_hex(4)}"
    try:
        with disk_errors(folder.name):
            (stage / "new").mkdir(parents=True)
            (stage / "old").mkdir()
            size = sum(note.size for note in backup_archive.read_manifest(path).files.values())
            if shutil.disk_usage(folder).free < size + (1 << 20):
                raise WorkFailed(
                    f"磁盘空间不足，没有恢复：需要约 {-(-size // 2**20)} MB。请腾出空间后重试。"
                )
        manifest = backup_archive.extract(path, stage / "new")
        ring = keyring.read(stage / "new" / keyring.FILE_NAME)
        if ring.office_id != manifest.office_id:
            raise Damaged(f"备份“{path.name}”里的密钥文件与说明不是同一个单位的，已拒绝使用。")
        _same_office(folder, ring)
        if unlocked is not None:
            backup.check_seal(path, manifest, unlocked)
            backup.check_books(stage / "new", unlocked)
            with disk_errors(folder.name):
                # what the check leaves beside the books, once the log is played back
                for book in BOOKS:
                    (stage / "new" / f"{book}.db-shm").unlink(missing_ok=True)
                    log = stage / "new" / f"{book}.db-wal"
                    if log.exists() and not log.stat().st_size:
                        log.unlink()
        write_atomic(stage / "new" / NEW_SITE, f"{new_uid()}\n".encode("ascii"))
        before, keep_old = _set_aside(folder, stage.name, program)
        write_atomic(folder / NOTE, _note("out", stage.name, keep_old))
    except BaseException:
        # Once the note stands, the restore is on its way and only goes forward.
        if not (folder / NOTE).exists():
            shutil.rmtree(stage, ignore_errors=True)
        raise
    finish(folder)
    return Restored(backup.info_of(path), before)


def finish(folder: Path) -> bool:
    """Carry a restore that was cut short to its end; whether there was one. The caller holds the
    folder's lock.

    Also clears away what a restore left that was cut short before it had begun to change anything.
    """
    folder = Path(folder)
    with disk_errors(folder.name):
        note = folder / NOTE
        if not note.exists():
            for left in folder.glob(f"{_STAGE}*"):
                shutil.rmtree(left, ignore_errors=True)
            return False
        phase, stage, keep_old = _read_note(folder)
        if phase == "out":
            for name in _present(folder):
                replace(folder / name, stage / "old" / name)
            sync_folder(stage / "old")
            sync_folder(folder)
            write_atomic(note, _note("in", stage.name, keep_old))
        # Now nothing of the old is in its place, so whatever is still staged has only to be moved
        # in.
        if (stage / "new").is_dir():
            for path in sorted((stage / "new").iterdir()):
                replace(path, folder / path.name)
            sync_folder(folder)
        if keep_old and (stage / "old").is_dir():
            kept = folder / backup.FOLDER / keep_old
            kept.parent.mkdir(exist_ok=True)
            if not kept.exists():
                replace(stage / "old", kept)
                sync_folder(kept.parent)
        note.unlink()
        sync_folder(folder)
        shutil.rmtree(stage, ignore_errors=True)
        return True


def _same_office(folder: Path, ring: keyring.KeyRing) -> None:
    present = folder / keyring.FILE_NAME
    if not present.exists():
        return
    with contextlib.suppress(Damaged):  # a broken one is what one restores for
        if keyring.read(present).office_id != ring.office_id:
            raise BadInput(
                "这份备份属于另一个单位，不能覆盖本单位的台账。请恢复到一个空文件夹。",
                field="folder",
            )


def _present(folder: Path) -> list[str]:
    """The files of a book that are in the folder, all of which a restore replaces."""
    names = [keyring.FILE_NAME, keyring.PREVIOUS_NAME, f"{keyring.FILE_NAME}.part", NEW_SITE]
    names += [f"{book}.db{suffix}" for book in BOOKS for suffix in _SUFFIXES]
    # The token of the last opening belongs to the files that go.
    names += [f"{book}.opening" for book in BOOKS]
    return [name for name in names if (folder / name).exists()]


def _set_aside(folder: Path, stage: str, program: str) -> tuple[Path | None, str]:
    """Back up what is in the folder now. Files that make no whole backup are kept as they are, by
    moving."""
    if not any((folder / f"{book}.db").exists() for book in BOOKS):
        return None, ""
    try:
        return backup.copy_closed(folder, reason="before-restore", program=program).path, ""
    except Damaged:
        name = f"before-restore-{stage.removeprefix(_STAGE)}"
        return folder / backup.FOLDER / name, name


def _note(phase: str, stage: str, keep_old: str) -> bytes:
    return json.dumps({"phase": phase, "stage": stage, "keep_old": keep_old}).encode("ascii")


def _read_note(folder: Path) -> tuple[str, Path, str]:
    try:
        note = json.loads((folder / NOTE).read_bytes())
        phase, stage, keep_old = note["phase"], note["stage"], note["keep_old"]
        plain = all(isinstance(n, str) and n == os.path.basename(n) for n in (stage, keep_old))
        if phase in ("out", "in") and plain and stage.startswith(_STAGE):
            return phase, folder / stage, keep_old
    except (ValueError, KeyError, TypeError):
        pass
    raise Damaged(
        f"上次恢复留下的记录 {NOTE} 已损坏。请把台账文件夹整个复制一份留底，"
        f"再把备份恢复到一个空文件夹。"
    )
