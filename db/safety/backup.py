"""Backups that are verified after they are made: at exit, once a day, before a change of form,
whenever asked for.

A backup is taken from the files of the books while they are in use, page by page as they stand,
each held against its seal on the way (``_snapshots``); it is read back from the disk, and only then
counts. A book whose key the person at
the machine does not hold is not open anywhere either (one process holds the folder), so its files
are copied closed, with their log.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from db.errors import Busy, Damaged, NotPermitted, WorkFailed, ZhengxianError
from db.keys import keyring, sealing
from db.keys.keyfile import KeyFile
from db.keys.keyring import BookName
from db.keys.users import BOOKS, Unlocked
from db.model.sql import quoted
from db.safety import backup_archive, backup_proofs, rotation
from db.safety.backup_archive import SUFFIX, BookNote, FileNote, Manifest, Source
from db.store import journal, online_copy, signing
from db.store.atomic_files import disk_errors, make_inside, write_atomic
from db.store.connect import (
    Connection,
    DatabaseError,
    OperationalError,
    connect_raw,
    explain,
)

FOLDER = "backups"
#: Reasons whose backups are thinned out by the program; all others stay until a person deletes
#: them.
ROTATING = ("exit", "daily")
_SCRATCH = ".making-"
_TRIES = 200
#: How often it is tried to have the files still, and for how long each time whoever writes is
#: waited for, or kept waiting.
_TRIES_STILL, _HOLD_MS = 20, 100
#: Tables whose rows are not counted for the note: there is no short way to.
_UNCOUNTED = ("sqlite_", "journal", "spans", "search")
_LAST = "last.json"
_NAME = re.compile(r"zhengxian-(\d{8})-(\d{6})-(\d{4,})\.zxb")
UNSEALED = "备份“{}”没有封记，看不出有没有被改动过，不能使用。请换用另一份备份。"
_one_at_a_time = threading.Lock()

Progress = Callable[[str, int, int], None]


class BackupInfo(msgspec.Struct, frozen=True):
    """A backup in a list. ``problem`` is a sentence when it cannot be used. ``size`` in bytes."""

    path: Path
    size: int
    sequence: int
    made_at: dt.datetime | None
    reason: str
    office_id: str
    program: str
    heads: Mapping[str, str]
    problem: str = ""
    #: when it was read whole again after it was made
    proved_on: dt.date | None = None
    by: str = ""

    @property
    def maker(self) -> str:
        """Who made it, in words; held against their signature before it is restored."""
        return f"用户 {self.by}" if self.by else "没有署名"

    @property
    def at(self) -> str:
        """When it was made, for people: 2022-09-05 18:15."""
        return f"{self.made_at:%Y-%m-%d %H:%M}" if self.made_at else "时间不明"


class SessionLike(Protocol):
    """What a backup needs of a session: the folder, and who is logged in."""

    @property
    def folder(self) -> Path: ...
    @property
    def who(self) -> Unlocked: ...


def backup(
    session: SessionLike,
    to: Path | None = None,
    *,
    reason: str = "manual",
    program: str = "",
    progress: Progress | None = None,
) -> BackupInfo:
    """Back up the office of a session while it is in use; see ``make``. From any thread."""
    return make(
        session.folder, session.who, to, reason=reason, program=program, progress=progress
    )


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
            with _snapshots(folder, scratch, keys, progress) as (sources, books):
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
                thin_out(target_folder, dt.date.today())
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


def daily_due(folder: Path, today: dt.date) -> bool:
    """Whether the folder has no usable backup of today: one is read whole before it counts."""
    return not any(
        b.made_at and b.made_at.date() == today and not b.problem
        and not backup_proofs.prove(b.path, today)
        for b in list_backups(folder / FOLDER)
    )


def prove_due(folder: Path, today: dt.date, most: int = 2) -> str:
    """Read again those backups, ``most`` of them, that were not read for the longest, and not for
    a week; what is wrong, in sentences."""
    home = folder / FOLDER
    last = [
        (b.proved_on or (b.made_at.date() if b.made_at else dt.date.min), b.path)
        for b in list_backups(home) if not b.problem
    ]
    due = sorted(each for each in last if today - each[0] >= backup_proofs.EVERY)
    return "".join(backup_proofs.prove(path, today) for _, path in due[:most])


def list_backups(folder: Path) -> list[BackupInfo]:
    """The backups in a folder, newest first; unusable ones are listed with their problem. Reads
    manifests, and what was found when they were last read whole."""
    with disk_errors(folder.name):
        paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    notes = backup_proofs.notes_of(folder)
    found = [info_of(path) for path in paths]
    for at, info in enumerate(found):
        if (note := notes.get(info.path.name)) is not None:
            problem = info.problem or note.problem
            found[at] = msgspec.structs.replace(info, problem=problem, proved_on=note.on)
    return sorted(found, key=lambda b: (b.sequence, b.path.name), reverse=True)


def info_of(path: Path) -> BackupInfo:
    """What is known of one backup without reading all of it."""
    try:
        size = path.stat().st_size
        return _info(path, size, backup_archive.read_manifest(path))
    except OSError:
        return BackupInfo(
            path, 0, 0, None, "", "", "", {}, f"读不出备份“{path.name}”，请检查磁盘。"
        )
    except WorkFailed as error:
        match = _NAME.fullmatch(path.name)
        return BackupInfo(
            path, size, int(match[3]) if match else 0, None, "", "", "", {}, error.message
        )


def keyfile_in(path: Path) -> KeyFile:
    """The users of a backup, so that somebody can log in to it (with the password of then)."""
    return KeyFile.from_bytes(path.parent / f"{path.name}.none", backup_archive.keys_of(path))


def verify_backup(
    path: Path, unlocked: Unlocked | None = None, scratch: Path | None = None
) -> BackupInfo:
    """Verify a backup: every byte against its digest; ``Damaged`` says what is wrong.

    With a login to it (``keyfile_in(path).unlock``) also the seal of the manifest, and every page
    of the books that this person may open. ``scratch`` is where books are unpacked for it (default:
    the system's temporary folder).
    """
    if unlocked is None:
        return _info(path, path.stat().st_size, backup_archive.verify(path))
    with (
        disk_errors(path.name),
        tempfile.TemporaryDirectory(dir=scratch, prefix="zhengxian-") as room,
    ):
        manifest = backup_archive.extract(path, Path(room))
        check_seal(path, manifest, unlocked)
        check_books(Path(room), unlocked)
    return _info(path, path.stat().st_size, manifest)


def check_seal(path: Path, manifest: Manifest, unlocked: Unlocked) -> None:
    """``NotPermitted`` when the manifest was changed on purpose, is not by whom it names, or the
    login is not one to this backup."""
    seals = [backup_archive.seal_of(manifest, key) for key in unlocked.candidates.get("office", ())]
    if not any(sealing.same(seal, manifest.seal) for seal in seals):
        raise NotPermitted(f"备份“{path.name}”的说明文件被改动过，或不属于这个登录，已拒绝使用。")
    keys = [line.verify_key for line in keyfile_in(path).history if line.name == manifest.by]
    if manifest.by and not any(
        signing.holds(key, manifest.signed, manifest.signature) for key in keys if key
    ):
        raise NotPermitted(
            f"备份“{path.name}”署名是 {manifest.by}，签名不是本人的，已拒绝使用。请换用另一份备份。"
        )


def check_books(folder: Path, unlocked: Unlocked) -> None:
    """Every page of every book in a folder that this person may open; ``Damaged`` for one that is
    not whole."""
    for book, keys in unlocked.candidates.items():
        path = folder / f"{book}.db"
        if not path.exists():
            continue
        index = online_copy.opening_key(path, keys)
        if index is None:
            raise Damaged(
                f"密钥打不开备份中的台账 {path.name}：它已损坏，或来自另一个单位。"
                f"请换用另一份备份。"
            )
        online_copy.check(path, keys[index])


def thin_out(folder: Path, today: dt.date) -> list[Path]:
    """Delete backups that the rotation no longer keeps; what was deleted. Failing to delete one is
    not an error."""
    infos = [
        b for b in list_backups(folder) if b.reason in ROTATING and not b.problem and b.made_at
    ]
    kept = rotation.keep([(b.sequence, b.made_at.date()) for b in infos if b.made_at], today)
    gone = []
    for info in infos:
        if info.sequence not in kept:
            with contextlib.suppress(OSError):
                info.path.unlink()
                gone.append(info.path)
    return gone


# -- within ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _snapshots(
    folder: Path, scratch: Path, keys: Mapping[BookName, bytes], progress: Progress | None
) -> Iterator[tuple[dict[str, Source], dict[str, BookNote]]]:
    """keys.json and both books as they are at one moment, and what is known of each book: their
    files as they lie, where these can be held still, else copies in ``scratch``."""
    paths: dict[BookName, Path] = {b: path for b in BOOKS if (path := folder / f"{b}.db").exists()}
    opened = [b for b in paths if b in keys]
    with contextlib.ExitStack() as closing:

        def connected(book: BookName) -> Connection:
            return closing.enter_context(contextlib.closing(connect_raw(paths[book], keys[book])))

        try:
            books = {book: connected(book) for book in opened}
            watches = [connected(book) for book in opened]
            still = _begin_still(list(books.values()), watches)
            if not still:
                _begin_together(list(books.values()), watches)
            shutil.copyfile(folder / keyring.FILE_NAME, scratch / keyring.FILE_NAME)
            sources = {keyring.FILE_NAME: Source(scratch / keyring.FILE_NAME)}
            notes = dict[str, BookNote]()
            for book, path in paths.items():
                if book not in books:
                    sources |= _closed(path)
                    notes[book] = BookNote(opened=False)
                    continue
                if not still:
                    path = _copied(books[book], path, scratch, keys[book], progress)
                sources[path.name] = Source(path, keys[book])
                notes[book] = _note(books[book])
        except DatabaseError as error:
            raise explain(error) from error
        yield sources, notes


def _closed(path: Path) -> dict[str, Source]:
    """A book that is open nowhere, with its log."""
    both = (path, path.with_name(f"{path.name}-wal"))
    return {each.name: Source(each) for each in both if each.exists()}


def _copied(
    book: Connection, path: Path, scratch: Path, key: bytes, progress: Progress | None
) -> Path:
    """A copy of an open book, where its file cannot be held still."""
    told = None if progress is None else _telling(progress, f"复制 {path.name}")
    online_copy.copy(book, scratch / path.name, key, told)
    return scratch / path.name


def _begin_still(sources: Sequence[Connection], watches: Sequence[Connection]) -> bool:
    """Begin a read transaction on each book when all of it is in its file and nothing in its log:
    until it ends, what is written stays in the log, and the file is the book as it was at that
    moment. False where somebody writes or reads for so long that this cannot be had."""
    for watch in watches:
        watch.execute(f"PRAGMA busy_timeout = {_HOLD_MS}")
    for _ in range(_TRIES_STILL):
        try:
            for watch in watches:
                watch.execute("BEGIN IMMEDIATE")
            if all(_in_its_file(source) for source in sources):
                for source in sources:
                    source.execute("BEGIN")
                    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                return True
        except OperationalError:  # somebody writes
            for source in sources:
                _leave(source)
            continue
        finally:
            for watch in watches:
                _leave(watch)
        time.sleep(_HOLD_MS / 1000)
    return False


def _leave(connection: Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _in_its_file(source: Connection) -> bool:
    """Whether all that a book's log holds is in its file now: no reader needs the file as it was
    before."""
    busy, logged, played_back = source.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return not busy and logged == played_back


def _begin_together(sources: Sequence[Connection], watches: Sequence[Connection]) -> None:
    """Begin a read transaction on each book such that nothing was committed to an earlier one
    before the last began.

    No writer is kept waiting: where one came in between, all begin again. ``watches`` are second
    connections to the same files, since a connection sees nothing of others' commits while it
    reads.
    """
    for _ in range(_TRIES):
        before = [watch.execute("PRAGMA data_version").fetchone() for watch in watches]
        for source in sources:
            source.execute("BEGIN")
            # the snapshot begins here
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if len(sources) < 2 or before == [
            watch.execute("PRAGMA data_version").fetchone() for watch in watches
        ]:
            return
        for source in sources:
            source.execute("COMMIT")
    raise Busy("台账正在连续写入，没有做成备份。请稍后重试。")


def _telling(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(what, done, total)


def _note(connection: Connection) -> BookNote:
    names = [
        row[1]
        for row in connection.execute("PRAGMA table_list")
        if row[2] == "table" and row[0] == "main" and not row[1].startswith(_UNCOUNTED)
    ]
    rows = {
        name: int(connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])
        for name in names
    }
    logged = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'journal'").fetchone()
    return BookNote(True, journal.head(connection).hex() if logged else "", rows)


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
    sequence = 1 + max((b.sequence for b in list_backups(target_folder)), default=0)

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
    told = None if progress is None else _telling(progress, "写入并核对备份")
    manifest = backup_archive.write(target, sources, described, told)
    return _info(target, target.stat().st_size, manifest)


def _known_hand(ring: keyring.KeyRing, who: Unlocked) -> bool:
    """Whether the key file says that this person signs with the key that they have."""
    if who.own is None:
        return False
    key = signing.public(bytes(who.own))
    return any(n.name == who.user and n.verify_key == key for n in ring.roster.history)


def _info(path: Path, size: int, manifest: Manifest) -> BackupInfo:
    try:
        made_at = dt.datetime.fromisoformat(manifest.made_at)
    except ValueError:
        made_at = None
    heads = {name: note.head for name, note in manifest.books.items()}
    return BackupInfo(
        path,
        size,
        manifest.sequence,
        made_at,
        manifest.reason,
        manifest.office_id,
        manifest.program,
        heads,
        "" if manifest.seal else UNSEALED.format(path.name),
        by=manifest.by,
    )


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
