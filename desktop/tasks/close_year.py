"""A year closed: its figures are kept as they are, and the office's books are copied into an
archive that is only read. The office goes on in its own books; nothing leaves them.

The archive is an office of its own in a folder: opened by the users of then, or under a password of
its own by whoever made it alone. Its chain ends with the line that says so; the office keeps that
end, by which an archive that was changed since is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from db import office
from db.domain import years
from db.errors import BadInput, Damaged, WorkFailed
from db.keys.passwords import check_password
from db.model import settings
from db.model.records import Record
from db.safety import verify as whole
from db.safety.snapshots import Progress
from db.session import Session
from db.store.disk.atomic_files import sync_folder
from db.store.disk.disk_errors import disk_errors
from db.store.disk.local_disk import require_local
from db.store.disk.private_files import make_inside, make_private
from desktop.bulletin.masking import ledger_names

#: Inside the folder: what is made is made here, its books in a folder of their own.
STAGE, BOOKS = ".zhengxian-archive", "books"


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
    if not folder.is_absolute() or "\0" in str(folder):
        raise BadInput("请写明归档文件夹的完整路径，例如 D:\\归档\\2022年。", field="folder")
    with disk_errors(folder.name or str(folder)):
        real, home = (Path(os.path.realpath(each)) for each in (folder, session.folder))
        if home in (real, *real.parents):
            raise BadInput("归档不能放在台账自己的文件夹里，请换一个文件夹。", field="folder")
        # what a closing that was cut short left is no work of anybody's
        full = folder.exists() and (
            not folder.is_dir() or any(each.name != STAGE for each in folder.iterdir())
        )
    if full:
        raise BadInput(f"{folder} 不是空的文件夹，归档要放在一个新的文件夹里。", field="folder")
    require_local(folder)


def close(
    session: Session, year: int, folder: Path, password: str, own: str = "",
    progress: Progress = lambda what, done, of: None,
) -> Closed:
    """Close a year into a new folder. ``password``: that of the person who is logged in; ``own``: a
    password of the archive's own, under which that person alone opens it."""
    check_closable(session, year, folder)
    if own:
        check_password(own, session.user.name)
    ledger_names.remember_people(session)  # for masked editions of whoever reads it without them
    progress(f"统计{year}年的数字", 0, 0)
    kept = years.to_keep(session, year)
    with _made(folder) as stage:
        paper, ends = _archive(session, year, stage, password, own, progress)
        values = years.values_of(session, year, session.user.name, kept, ends)
        values |= {"folder": str(folder), "own_password": bool(own)}
        with session.atomic("form", f"{year}年度归档"):
            uid = session.add_checked(session.kinds.get(years.KIND), values)
            _move_in(stage / BOOKS, folder)
    return Closed(uid, folder, paper)


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """The stage inside the folder. Whatever goes wrong, nothing is removed but the stage, and the
    folder where it is new and holds nothing: what somebody put there meanwhile is theirs."""
    new, stage = not folder.exists(), folder / STAGE
    with disk_errors(folder.name or str(folder)):
        make_private(folder)
        shutil.rmtree(stage, ignore_errors=True)
        make_inside(stage)
    try:
        yield stage
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        if new:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    shutil.rmtree(stage, ignore_errors=True)


def _move_in(made: Path, folder: Path) -> None:
    """The books from the stage into their folder: all, or none."""
    moved: list[tuple[Path, Path]] = []
    try:
        with disk_errors(folder.name):
            for path in sorted(made.iterdir()):
                to = folder / path.name
                if to.exists():
                    raise WorkFailed(
                        f"文件夹 {folder} 里刚刚多了 {path.name}，没有归档。请换一个文件夹。"
                    )
                path.rename(to)
                moved.append((to, path))
            sync_folder(folder)
    except BaseException:
        for there, back in moved:
            with contextlib.suppress(OSError):
                there.rename(back)
        raise


def _archive(
    session: Session, year: int, stage: Path, password: str, own: str, progress: Progress
) -> tuple[str, dict[str, str]]:
    """The archive on the stage; its recovery key where it has one of its own, and the ends of its
    chains."""
    folder, user = stage / BOOKS, session.user.name
    made = office.make_backup(session, stage / "backup", reason="archive", progress=progress)
    office.restore_office(made.path, folder, user, password)
    with contextlib.closing(office.open_office(folder, user, password)) as archive:
        paper = _lock_up(archive, password, own, progress) if own else ""
        mark = {"year": str(year), "on": session.today.isoformat()}
        for book in archive.books:
            with book.atomic(user, "archive", f"{year}年度归档") as tx:
                tx.note("archive", f"{session.office_name} {year}年度归档，此后只读")
                settings.ARCHIVED.save(book, mark)
        progress("核对归档", 0, 0)
        if problems := whole.verify(archive).problems:
            raise Damaged(f"归档核对没有通过，没有做成：{problems[0]}")
        return paper, {book.name: book.last_change()[1] for book in archive.books}


def _lock_up(archive: Session, password: str, own: str, progress: Progress) -> str:
    """Only the person who made it opens it, by a password of its own; its recovery key."""
    for user in office.users(archive):
        if user.name != archive.user.name:
            progress("另设归档的密码", 0, 0)
            office.remove_user(archive, user.name)
    office.change_password(archive, password, own)
    paper = office.renew_recovery(archive)
    office.recovery_seen(archive)
    return paper


def check(
    session: Session, record: Record, user: str, password: str, moved: Path | None = None
) -> list[str]:
    """What is wrong with the archive of a closed year (``moved``: where it is now): all that
    ``verify`` finds, and whether it is the one that was made. Empty when all is well."""
    session.require("archive")
    folder = moved or Path(record.values["folder"])
    if not office.is_office(folder):
        raise BadInput(
            f"{folder} 里没有归档，可能移走了或在移动硬盘上。请写明它现在在哪个文件夹（--to）。",
            field="folder",
        )
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
