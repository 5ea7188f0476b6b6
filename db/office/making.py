"""Making an office, and what it is called and stands for."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from db.access import roles
from db.errors import BadInput
from db.keys.keyfile import KeyFile
from db.keys.keyring import FILE_NAME
from db.keys.passwords import check_password
from db.keys.users import clean
from db.model import builtin, settings
from db.model.ids import new_uid
from db.model.kinds import Kinds
from db.office.books import is_office
from db.office.opening import session_over
from db.session import Session
from db.store import signed_settings
from db.store.book import Book
from db.store.disk.disk_errors import disk_failure
from db.store.disk.local_disk import require_local
from db.store.disk.private_files import keep_all_private, make_inside
from db.store.lock import FolderLock

LEVELS: dict[str, str] = {
    "province": "省级", "city": "市级", "county": "县级", "township": "乡级",
}
_STAGE = ".making"


def check_new(folder: Path) -> None:
    """``BadInput`` when no office can be made in this folder, with the reason."""
    if is_office(folder):
        raise BadInput(
            f"文件夹“{folder}”里已有一本台账，请换一个文件夹，或直接登录。", field="folder"
        )
    if (folder / "office.db").exists() and not (folder / _STAGE).exists():
        raise BadInput(
            f"文件夹“{folder}”里有台账，但密钥文件 {FILE_NAME} 不见了。请从备份恢复；"
            f"要新建请换一个空文件夹。",
            field="folder",
        )
    if folder.exists() and any(folder.glob("*.db")) and not (folder / _STAGE).exists():
        raise BadInput(f"文件夹“{folder}”里有别的数据文件，请换一个空文件夹。", field="folder")
    require_local(folder)


def _clear_stage(folder: Path) -> None:
    """Remove what a making that was cut short left behind: the stage, and books that were moved
    before their keys."""
    stage = folder / _STAGE
    if stage.exists():
        shutil.rmtree(stage)
        for path in () if is_office(folder) else folder.glob("*.db*"):
            path.unlink()


def create_office(
    folder: Path,
    office_name: str,
    level: str,
    admin: str,
    password: str,
    *,
    display: str | None = None,
    kinds: Kinds | None = None,
    unseen: bool = False,
) -> tuple[Session, str]:
    """A new office with its first administrator, logged in; and the recovery key, to be printed
    once.

    Nothing stays behind when it fails half-way. ``unseen``: somebody will verify that the key is on
    paper (``recovery_seen``).
    """
    office_name = clean(office_name, "单位名称", "office")
    if level not in LEVELS:
        known = "、".join(f"{name}（{label}）" for name, label in LEVELS.items())
        raise BadInput(f"层级应为{known}中的一个。", field="level")
    check_password(password, admin, display or admin, office_name)
    folder = folder.absolute()
    check_new(folder)
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if made:
            folder.chmod(0o700)  # encrypted all the same, but nobody else's to copy
        else:
            keep_all_private(folder)
    except OSError as error:
        raise disk_failure(error, str(folder)) from error
    lock = FolderLock(folder).acquire()
    stage = folder / _STAGE
    try:
        _clear_stage(folder)
        make_inside(stage)
        office_id = new_uid()
        declared = kinds or builtin.kinds()
        keys, book_keys, paper = KeyFile.create(stage, office_id, admin, password, display)
        for name, key in book_keys.items():
            book = Book(stage / f"{name}.db", key, name, declared)
            book.migrate_tables()
            settings.OFFICE_ID.save(book, office_id)
            settings.OFFICE_NAME.save(book, office_name)
            settings.LEVEL.save(book, level)
            if unseen and name == "office":
                settings.RECOVERY_UNSEEN.save(book, True)
            book.close()
        # keys.json last: until it is there, the folder holds no office, and what is left over is
        # cleared by the next try.
        for path in sorted(stage.iterdir(), key=lambda p: p.name == FILE_NAME):
            path.replace(folder / path.name)
        keys.folder = folder
        stage.rmdir()
        who = keys.unlock(admin, password)
        session = session_over(folder, keys, who, declared, lock)
    except BaseException:
        if stage.exists():
            _clear_stage(folder)
        lock.release()
        if made:
            (folder / "lock").unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    with session.office.atomic(who.user, "setup", "建立台账") as tx:
        tx.note("setup", office_name)
        tx.settled |= signed_settings.NOTED.keys()
        tx.settled |= {signed_settings.EXCHANGE, signed_settings.MARK}
    return session, paper


def recovery_seen(session: Session) -> None:
    """The recovery key last made is on paper."""
    settings.RECOVERY_UNSEEN.save(session.office, False)


def recovery_unseen(session: Session) -> bool:
    """Whether the program ended between making a recovery key and somebody verifying that it is on
    paper."""
    return settings.RECOVERY_UNSEEN.of(session.office)


def change_facts(session: Session, office_name: str, level: str, own_unit: str | None) -> None:
    """Another name or level of the office, or which of the units it is itself; both books keep it,
    the office's journals it."""
    roles.require(session.role, "settings")
    office_name = clean(office_name, "单位名称", "office")
    if level not in LEVELS:
        raise BadInput(f"层级应为{'、'.join(LEVELS.values())}中的一个。", field="level")
    if own_unit is not None and own_unit not in session.names.units():
        raise BadInput("所选的单位不在单位名册里，请重新选择。", field="own_unit")
    own_name = session.unit_name(own_unit) if own_unit else "未指定"
    with session.office.atomic(session.who.user, "settings", "修改单位设置") as tx:
        tx.note("settings", f"{office_name}，{LEVELS[level]}，本单位：{own_name}")
        for book in session.books:
            settings.OFFICE_NAME.save(book, office_name)
            settings.LEVEL.save(book, level)
            settings.OWN_UNIT.save(book, own_unit)
