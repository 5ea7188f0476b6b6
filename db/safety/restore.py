"""A backup put back in the place of the books, in one step that a crash cannot halve.

Where an office opens today, its present administrator has to agree, and its people and passwords
stay; what the backup brings back are the books, under new keys, with a signed line in their log of
who brought back which backup and what was there. Everything is unpacked and verified beside the
books first, and what is there now is backed up. Then
a note of what is going on (``restoring.json``) is written, the old files are moved out, the new
ones in, and the note is removed.
``finish`` carries a restore that was cut short to its end; it is called whenever a folder is
opened, before anything else is read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from db.access import roles
from db.errors import BadInput, Damaged, NotPermitted, WorkFailed, WrongPassword
from db.keys import keyring, rekey
from db.keys.keyfile import KeyFile
from db.keys.keyring import BookName, Mark
from db.keys.signers import sign_as
from db.keys.users import BOOKS, Unlocked
from db.model import builtin, settings
from db.safety import backup, backup_archive, kept_backups
from db.store import journal, kept_kinds, online_copy
from db.store.book import Book
from db.store.connect import DatabaseError, connect_raw
from db.store.disk.atomic_files import replace, sync_folder, write_atomic
from db.store.disk.disk_errors import disk_errors
from db.store.disk.local_disk import require_local
from db.store.disk.private_files import make_inside, make_private
from db.store.lock import FolderLock
from db.store.rollback_detection import NEW_SITE

NOTE = keyring.RESTORING
#: Folders of work that was cut short begin so, and are cleared away.
STAGE = ".restoring-"
_SUFFIXES = ("", "-wal", "-shm", "-journal", ".rekey", ".rekey-wal", ".rekey-shm", ".rekey-journal")


class Restored(msgspec.Struct, frozen=True):
    """What a restore did. ``before``: where the books that were there have gone (a backup; a folder
    when they could not be packed); None when there were none."""

    backup: kept_backups.BackupInfo
    before: Path | None


class Today(msgspec.Struct, frozen=True):
    """The office that is in the folder, and its administrator, who agrees to the restore."""

    keys: KeyFile
    who: Unlocked


def restore_office(
    path: Path, folder: Path, user: str, password: str, *,
    present: tuple[str, str] | None = None, program: str = "",
) -> Restored:
    """Restore for an administrator of the backup (with the name and password of then); takes the
    folder's lock. ``present``: name and password of an administrator of the office that is in the
    folder, where these differ.

    Raises as ``restore``, and ``WrongPassword``, ``NotPermitted`` for anyone but an administrator,
    ``Busy`` when the book in the folder is open.
    """
    folder = Path(folder)
    require_local(folder)
    keys = kept_backups.keyfile_in(path)
    who = keys.unlock(user, password)
    if not roles.may(who.role, "restore"):
        raise NotPermitted("只有备份里的管理员可以恢复这份备份。")
    with disk_errors(folder.name):
        make_private(folder)
    with FolderLock(folder):
        finish(folder)
        today = _today(folder, keys.office_id, present or (user, password))
        return restore(path, folder, unlocked=who, today=today, program=program)


def opens(folder: Path) -> bool:
    """Whether an office is in the folder whose administrator has to agree."""
    try:
        KeyFile.load(folder)
    except (Damaged, WorkFailed):
        return False
    return (folder / "office.db").exists()


def _today(folder: Path, office_id: str, login: tuple[str, str]) -> Today | None:
    """The office in the folder; None where none opens, whoever comes."""
    if not opens(folder):
        return None
    keys = KeyFile.load(folder)
    if keys.office_id != office_id:
        return None  # refused by ``restore``
    try:
        who = keys.unlock(*login)
    except WrongPassword as error:
        raise NotPermitted(
            "文件夹里的台账今天打得开，恢复要由它现在的管理员同意：请填现在的管理员的用户名和密码。"
            "想不起来，请恢复到一个空文件夹。"
        ) from error
    except NotPermitted:  # an edited key file lets nobody in
        return None
    if not roles.may(who.role, "restore"):
        raise NotPermitted("只有现在的管理员可以恢复备份。")
    return Today(keys, who)


def restore(
    path: Path, folder: Path, *, unlocked: Unlocked, today: Today | None, program: str = ""
) -> Restored:
    """Put a backup's books in the folder. The caller holds the folder's lock, and no book in it is
    open.

    ``unlocked``: a login to the backup (``keyfile_in(path).unlock``), with which its seal and its
    books are checked first. ``today``: None only where no office opens in the folder. A book that
    is there already is backed up before (reason ``before-restore``); one of another office is
    refused (``BadInput``).
    Raises ``Damaged`` for a backup that is not whole, ``WorkFailed`` when the disk refuses: nothing
    has changed then.
    """
    folder = Path(folder)
    with disk_errors(folder.name):
        make_private(folder)
    finish(folder)
    stage = folder / f"{STAGE}{secrets.token_hex(4)}"
    try:
        with disk_errors(folder.name):
            for part in (stage, stage / "new", stage / "old"):
                make_inside(part)
            size = sum(note.size for note in backup_archive.read_manifest(path).files.values())
            if shutil.disk_usage(folder).free < 2 * size + (1 << 20):
                raise WorkFailed(
                    f"磁盘空间不足，没有恢复：需要约 {-(-2 * size // 2**20)} MB。"
                    "请腾出空间后重试。"
                )
        manifest = backup_archive.extract(path, stage / "new")
        ring = keyring.read(stage / "new" / keyring.FILE_NAME)
        if ring.office_id != manifest.office_id:
            raise Damaged(f"备份“{path.name}”里的密钥文件与说明不是同一个单位的，已拒绝使用。")
        _same_office(folder, ring)
        kept_backups.check_seal(path, manifest, unlocked)
        kept_backups.check_books(stage / "new", unlocked)
        before, keep_old = _set_aside(folder, stage.name, today, program)
        there = _there(folder, today)
        info = kept_backups.info_of(path)
        summary = (
            f"{unlocked.user} 打开 {info.at} 的备份 {path.name}（{info.maker}），恢复了它。"
            f"恢复之前：{there}"
            + (f"，留在 {before.name}" if before else "")
        )
        _take_over(stage / "new", folder, unlocked, today, summary)
        write_atomic(folder / NOTE, _note("out", stage.name, keep_old))
    except BaseException:
        # Once the note stands, the restore is on its way and only goes forward.
        if not (folder / NOTE).exists():
            shutil.rmtree(stage, ignore_errors=True)
        raise
    finish(folder)
    return Restored(info, before)


def _there(folder: Path, today: Today | None) -> str:
    """What is in the folder now, in words."""
    if not (folder / "office.db").exists():
        return "文件夹里没有台账"
    if today is None:
        return "文件夹里的台账打不开"
    try:
        mark = _end(folder / "office.db", today.who.candidates["office"])
    except (Damaged, DatabaseError):
        return "文件夹里的台账已损坏"
    return f"台账到第 {mark.change} 次修改，末端 {mark.head[:16]}"


def _end(path: Path, keys: Sequence[bytes]) -> Mark:
    index = online_copy.opening_key(path, keys)
    connection = connect_raw(path, keys[index or 0])
    try:
        (change,) = connection.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()
        return Mark(int(change), journal.head(connection).hex())
    finally:
        connection.close()


def _opening(new: Path, unlocked: Unlocked) -> dict[BookName, bytes]:
    """The keys that open the unpacked books, of those that are there."""
    found: dict[BookName, bytes] = {}
    for book, held in unlocked.candidates.items():
        index = online_copy.opening_key(new / f"{book}.db", held)
        if index is not None:
            found[book] = held[index]
    return found


def _take_over(new: Path, folder: Path, unlocked: Unlocked, today: Today | None, note: str) -> None:
    """Make the unpacked books those of the folder: the people of today, new keys, a line in the
    log. What opened the backup opens nothing of it."""
    there = keyring.read(new / keyring.FILE_NAME)
    for book, key in _opening(new, unlocked).items():
        # What bringing it up to date writes belongs to the log before the people of today.
        with contextlib.closing(
            Book(new / f"{book}.db", key, book, builtin.kinds(), home=folder)
        ) as earlier:
            kept_kinds.migrate_system_tables(earlier)
    marks = {
        book: _end(new / f"{book}.db", old_keys)
        for book, old_keys in unlocked.candidates.items() if (new / f"{book}.db").exists()
    }
    source = today or Today(KeyFile(new, there), unlocked)
    by = dataclasses.replace(
        source.who, book_keys=dict(source.who.book_keys), candidates=dict(source.who.candidates)
    )
    keys = source.keys.carried_over(by, new, there.roster.history, marks)
    for book, old_keys in unlocked.candidates.items():
        by.candidates[book] = (by.candidates[book][0], *old_keys)
    rekey.run(keys, by)
    for name in marks:
        opened = Book(new / f"{name}.db", by.book_keys[name], name, builtin.kinds(), home=folder)
        try:
            sign_as(keys, opened, by)
            with opened.atomic(by.user, "restore", "恢复备份") as tx:
                tx.note("restore", note)
                settings.KEY_SERIAL.save(opened, keys.serial)
        finally:
            opened.close()
    with disk_errors(new.name):
        # what opening leaves beside the books
        for book in BOOKS:
            (new / f"{book}.db-shm").unlink(missing_ok=True)
            log = new / f"{book}.db-wal"
            if log.exists() and not log.stat().st_size:
                log.unlink()


def finish(folder: Path) -> bool:
    """Carry a restore that was cut short to its end; whether there was one. The caller holds the
    folder's lock.

    Also clears away what a restore left that was cut short before it had begun to change anything.
    """
    folder = Path(folder)
    with disk_errors(folder.name):
        note = folder / NOTE
        if not note.exists():
            for left in folder.glob(f"{STAGE}*"):
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
            kept = folder / kept_backups.FOLDER / keep_old
            make_inside(kept.parent)
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


def _set_aside(
    folder: Path, stage: str, today: Today | None, program: str
) -> tuple[Path | None, str]:
    """Back up what is in the folder now. Files that nobody can seal are kept as they are, by
    moving."""
    if not any((folder / f"{book}.db").exists() for book in BOOKS):
        return None, ""
    if today is not None:
        made = partial(backup.make, folder, today.who, reason="before-restore", program=program)
        try:
            return made().path, ""
        except Damaged:
            with contextlib.suppress(Damaged):
                return made(closed=True).path, ""
    name = f"before-restore-{stage.removeprefix(STAGE)}"
    return folder / kept_backups.FOLDER / name, name


def _note(phase: str, stage: str, keep_old: str) -> bytes:
    return json.dumps({"phase": phase, "stage": stage, "keep_old": keep_old}).encode("ascii")


def _read_note(folder: Path) -> tuple[str, Path, str]:
    try:
        note = json.loads((folder / NOTE).read_bytes())
        phase, stage, keep_old = note["phase"], note["stage"], note["keep_old"]
        plain = all(isinstance(n, str) and n == os.path.basename(n) for n in (stage, keep_old))
        if phase in ("out", "in") and plain and stage.startswith(STAGE):
            return phase, folder / stage, keep_old
    except (ValueError, KeyError, TypeError):
        pass
    raise Damaged(
        f"上次恢复留下的记录 {NOTE} 已损坏。请把台账文件夹整个复制一份留底，"
        f"再把备份恢复到一个空文件夹。"
    )
