"""A year closed: its figures are kept as they are, and the office's books are copied into an
archive that is only read. The office goes on in its own books; nothing leaves them.

The archive is an office of its own in a folder: opened by the users of then, or under a password of
its own by whoever made it alone. Its chain ends with the line that says so; the office keeps that
end, by which an archive that was changed since is told.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from db import office
from db.domain import years
from db.errors import BadInput, Damaged
from db.keys.passwords import check_password
from db.model import settings
from db.model.records import Record
from db.safety import backup as backups
from db.safety import verify as whole
from db.session import Session
from desktop.bulletin.redact import ledger_names

SCRATCH = ".zhengxian-archive"


class Closed(NamedTuple):
    """The record of the year, the archive's folder, and the archive's own recovery key ("" where it
    has the office's)."""

    uid: str
    folder: Path
    paper: str


def check_closable(session: Session, year: int, folder: Path) -> None:
    """Raises ``BadInput`` where a year cannot be closed now, or not into that folder;
    ``NotPermitted``."""
    session.require("archive")
    session.office.require_writable()
    if session.today.year <= year:
        raise BadInput(f"{year}年还没有过完，过完以后才能归档。", field="year")
    if year not in range(1990, session.today.year):
        last = session.today.year - 1
        raise BadInput(f"年度「{year}」不对，请写成 {last} 这样的年份。", field="year")
    old = years.closing_of(session, year)
    if old is not None:
        raise BadInput(f"{year}年已经归档，在 {old.values['folder']}。", field="year")
    if not folder.is_absolute():
        raise BadInput("请写明归档文件夹的完整路径，例如 D:\\归档\\2022年。", field="folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"文件夹 {folder} 不是空的，归档要放在一个新的文件夹里。", field="folder")
    if session.folder in (folder, *folder.parents):
        raise BadInput("归档不能放在台账自己的文件夹里，请换一个文件夹。", field="folder")


def close(
    session: Session, year: int, folder: Path, password: str, own: str = "",
    progress: backups.Progress = lambda what, done, of: None,
) -> Closed:
    """Close a year into a new folder. ``password``: that of the person who is logged in; ``own``: a
    password of the archive's own, under which that person alone opens it."""
    check_closable(session, year, folder)
    if own:
        check_password(own, session.user.name)
    ledger_names.remember_people(session)  # for masked editions of whoever reads it without them
    made_there = not folder.exists()
    progress(f"统计{year}年的数字", 0, 0)
    kept = years.to_keep(session, year)
    try:
        paper, ends = _archive(session, year, folder, password, own, progress)
        values = years.values_of(session, year, session.user.name, kept, ends)
        values |= {"folder": str(folder), "own_password": bool(own)}
        with session.atomic("form", f"{year}年度归档"):
            uid = session.add_checked(session.kinds.get(years.KIND), values)
    except BaseException:
        if made_there or folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return Closed(uid, folder, paper)


def _archive(
    session: Session, year: int, folder: Path, password: str, own: str, progress: backups.Progress
) -> tuple[str, dict[str, str]]:
    """The archive in its folder; its recovery key where it has one of its own, and the ends of its
    chains."""
    scratch = folder.with_name(folder.name + SCRATCH)
    user = session.user.name
    try:
        made = office.make_backup(session, scratch, reason="archive", progress=progress)
        office.restore_office(made.path, folder, user, password)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with contextlib.closing(office.open_office(folder, user, password)) as archive:
        paper = _lock_up(archive, password, own, progress) if own else ""
        told = {"year": str(year), "on": session.today.isoformat()}
        for book in archive.books:
            with book.atomic(user, "archive", f"{year}年度归档") as tx:
                tx.note("archive", f"{session.office_name} {year}年度归档，此后只读")
                settings.ARCHIVED.keep(book, told)
        progress("核对归档", 0, 0)
        if problems := whole.verify(archive).problems:
            raise Damaged(f"归档核对没有通过，没有做成：{problems[0]}")
        return paper, {book.name: book.last_change()[1] for book in archive.books}


def _lock_up(archive: Session, password: str, own: str, progress: backups.Progress) -> str:
    """Only the person who made it opens it, by a password of its own; its recovery key."""
    for user in office.users(archive):
        if user.name != archive.user.name:
            progress("另设归档的密码", 0, 0)
            office.remove_user(archive, user.name)
    office.change_password(archive, password, own)
    paper = office.renew_recovery(archive)
    office.recovery_seen(archive)
    return paper


def check(session: Session, record: Record, user: str, password: str) -> list[str]:
    """What is wrong with the archive of a closed year: all that ``verify`` finds, and whether it is
    the one that was made. Empty when all is well."""
    session.require("archive")
    folder = Path(record.values["folder"])
    ends: Mapping[str, str] = json.loads(record.values["ends"] or "{}")
    with contextlib.closing(office.open_office(folder, user, password)) as archive:
        problems = list(whole.verify(archive).problems)
        if archive.archived.get("year") != str(record.values["year"]):
            problems.append(f"{folder} 里不是{record.values['year']}年的归档。")
        for book in archive.books:
            if ends.get(book.name) not in (None, book.last_change()[1]):
                problems.append(
                    f"{book.path.name} 的审计链末端与归档时登记的不同，归档后被改动过。"
                )
    return problems
