"""The backups that lie in a folder: which there are, whether they are whole and by whom they say,
and which are thinned out.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from db.errors import Damaged, NotPermitted, WorkFailed
from db.keys import sealing
from db.keys.keyfile import KeyFile
from db.keys.users import Unlocked
from db.safety import backup_archive, backup_verifications, rotation
from db.safety.backup_archive import SUFFIX, Manifest
from db.store import online_copy, signing
from db.store.disk.disk_errors import disk_errors

FOLDER = "backups"
#: Reasons whose backups are thinned out by the program; all others stay until a person deletes
#: them.
ROTATING = ("exit", "daily")
_NAME = re.compile(r"zhengxian-(\d{8})-(\d{6})-(\d{4,})\.zxb")
UNSEALED = "备份“{}”没有封记，看不出有没有被改动过，不能使用。请换用另一份备份。"


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
    verified_on: dt.date | None = None
    by: str = ""

    @property
    def maker(self) -> str:
        """Who made it, in words; held against their signature before it is restored."""
        return f"用户 {self.by}" if self.by else "没有署名"

    @property
    def at(self) -> str:
        """When it was made, for people: 2022-09-05 18:15."""
        return f"{self.made_at:%Y-%m-%d %H:%M}" if self.made_at else "时间不明"


def list_backups(folder: Path) -> list[BackupInfo]:
    """The backups in a folder, newest first; unusable ones are listed with their problem. Reads
    manifests, and what was found when they were last read whole."""
    with disk_errors(folder.name):
        paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    notes = backup_verifications.notes_of(folder)
    found = [info_of(path) for path in paths]
    for at, info in enumerate(found):
        if (note := notes.get(info.path.name)) is not None:
            problem = info.problem or note.problem
            found[at] = msgspec.structs.replace(info, problem=problem, verified_on=note.on)
    return sorted(found, key=lambda b: (b.sequence, b.path.name), reverse=True)


def of_office(folder: Path) -> list[BackupInfo]:
    """Those that an office keeps beside its books."""
    return list_backups(folder / FOLDER)


def info_of(path: Path) -> BackupInfo:
    """What is known of one backup without reading all of it."""
    try:
        size = path.stat().st_size
        return described(path, size, backup_archive.read_manifest(path))
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


def daily_due(folder: Path, today: dt.date) -> bool:
    """Whether the folder has no usable backup of today: one is read whole before it counts."""
    return not any(
        b.made_at and b.made_at.date() == today and not b.problem
        and not backup_verifications.verify_backup(b.path, today)
        for b in of_office(folder)
    )


def verify_due(folder: Path, today: dt.date) -> str:
    """Read again those two backups that were not read for the longest, and not for
    a week; what is wrong, in sentences."""
    last = [
        (b.verified_on or (b.made_at.date() if b.made_at else dt.date.min), b.path)
        for b in of_office(folder) if not b.problem
    ]
    due = sorted(each for each in last if today - each[0] >= backup_verifications.EVERY)
    return "".join(backup_verifications.verify_backup(path, today) for _, path in due[:2])


def thin_out(folder: Path, today: dt.date) -> list[Path]:
    """Delete backups that the rotation no longer keeps; what was deleted. Failing to delete one is
    not an error."""
    infos = [
        b for b in list_backups(folder) if b.reason in ROTATING and not b.problem and b.made_at
    ]
    kept = rotation.backups_to_keep(
        [(b.sequence, b.made_at.date()) for b in infos if b.made_at], today
    )
    gone = []
    for info in infos:
        if info.sequence not in kept:
            with contextlib.suppress(OSError):
                info.path.unlink()
                gone.append(info.path)
    return gone


def described(path: Path, size: int, manifest: Manifest) -> BackupInfo:
    """What a manifest says of a backup of this size in bytes."""
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
