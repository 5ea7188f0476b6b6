"""Backups of an office, made when they are due, and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from db.access import roles
from db.keys.keyring import RESTORING
from db.office.books import reopen
from db.safety import backup as backups
from db.safety import kept_backups
from db.safety import restore as restoring
from db.safety.snapshots import Progress
from db.session import Session

#: What backups say they were made by.
PROGRAM = "zhengxian"


def make_backup(
    session: Session,
    to: Path | None = None,
    *,
    reason: str = "manual",
    progress: Progress | None = None,
) -> kept_backups.BackupInfo:
    """A verified backup while the books are in use, into ``to`` or the folder's own ``backups``."""
    return backups.make(
        session.folder, session.who, to, reason=reason, program=PROGRAM, progress=progress
    )


def rotate_backups(
    session: Session, reason: Literal["exit", "daily"], progress: Progress | None = None
) -> kept_backups.BackupInfo | None:
    """The backup at exit (when anything changed since the last) or of the day (when there is none
    yet); None if not due. The archive of a year is a copy itself."""
    if session.archived:
        return None
    due = (
        kept_backups.daily_due(session.folder, session.today)
        if reason == "daily"
        else backups.changed_since_last(session.folder)
    )
    return make_backup(session, reason=reason, progress=progress) if due else None


def reverify_backups(session: Session) -> str:
    """Read again backups that were not read for a week; a sentence when one is spoiled."""
    return kept_backups.verify_due(session.folder, session.today)


def restore_office(
    backup: Path, folder: Path, user: str, password: str,
    present: tuple[str, str] | None = None,
) -> kept_backups.BackupInfo:
    """Put a backup in place of the books of a closed office (or into an empty folder); an
    administrator of the backup only, with the consent of ``present``, an administrator of today
    (name, password; the same where not given) where today's office opens."""
    return restoring.restore_office(
        backup, folder.absolute(), user, password, present=present, program=PROGRAM
    ).backup


def restore_in_session(
    session: Session, backup: Path, password: str, user: str | None = None
) -> None:
    """The same from the window, for the administrator who is logged in: the session ends. ``user``
    and ``password`` are those of then."""
    roles.require(session.role, "restore")
    keys = kept_backups.keyfile_in(backup)
    who = keys.unlock(user or session.who.user, password)
    roles.require(who.role, "restore")
    session.close_books()
    try:
        today = restoring.Today(session.key_file, session.who)
        restoring.restore(backup, session.folder, unlocked=who, today=today, program=PROGRAM)
    except BaseException:
        # Refused (a damaged backup, a full disk): nothing has changed, the person works on. Once it
        # is under way it only goes forward, at the next opening.
        if not (session.folder / RESTORING).exists():
            reopen(session)
        raise
    session.close()
