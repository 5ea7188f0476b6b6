"""Opening an office for a person: by password, or by the recovery key on paper."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from db import undo
from db.errors import BadInput, Damaged, DeclarationError, WorkFailed
from db.keys import rekey
from db.keys.keyfile import KeyFile
from db.keys.keyring import FILE_NAME, RESTORING, Mark
from db.keys.users import Unlocked
from db.model import builtin, settings
from db.model.kinds import Kinds
from db.office.backups import make_backup
from db.office.books import book_path, is_office, journal_key_change, new_keys, sign_as, working_key
from db.safety import restore as restoring
from db.safety.snapshots import Progress
from db.session import Session
from db.store import kept_kinds, schema
from db.store.book import Book
from db.store.connect import DatabaseError, explain
from db.store.disk.local_disk import require_local
from db.store.disk.private_files import keep_all_private
from db.store.lock import FolderLock

_NEW_FORM, _NEW_KEYS = "程序更新后第一次打开，先做备份", "有人改过密码，给台账换钥匙"


def prepared() -> Kinds:
    """What the program declares itself, read and summed up ahead of the first office that is
    opened."""
    kinds = builtin.kinds()
    for book in {kind.book for kind in kinds}:
        schema.fingerprint(kinds, book)
    return kinds


def open_office(
    folder: Path, user: str, password: str, *, kinds: Kinds | None = None,
    progress: Progress | None = None,
) -> Session:
    """Log in. ``progress`` is told what takes long: a backup before tables change, new keys.
    Raises ``WrongPassword``, ``NotPermitted`` (tampered keys), ``Damaged``, ``Busy``, ``BadInput``
    (no office, a stick)."""
    session = _open(folder, lambda keys: keys.unlock(user, password), kinds, progress)
    try:
        # Without room for new keys the books open as they are, since whoever makes room has to get
        # in; `verify` tells of it until it is done.
        with contextlib.suppress(WorkFailed):
            for book in session.books:
                book.require_writable()
            if session.key_file.finish_login_keys(session.who, password):
                new_keys(session, with_prefix(progress, _NEW_KEYS))
            sign_as(session, session.who)
            undo.reconcile_pairs(session)
    except BaseException:
        session.close()
        raise
    return session


def recover_office(
    folder: Path, recovery_key: str, name: str | None, password: str, *, kinds: Kinds | None = None
) -> tuple[Session, str]:
    """Log in as an administrator with the key on paper and a new password; also returns the next
    key to print."""
    session = _open(folder, lambda keys: keys.recover(recovery_key, name, password), kinds, None)
    try:
        settings.RECOVERY_UNSEEN.save(session.office, True)
        paper = session.key_file.renew_recovery(session.who)
        journal_key_change(session, "user", f"用恢复密钥重设了 {session.who.user} 的密码")
        new_keys(session)
    except BaseException:
        session.close()
        raise
    return session, paper


def with_prefix(progress: Progress | None, why: str) -> Progress | None:
    """Each word with why it is done in front."""
    return None if progress is None else lambda what, n, of: progress(f"{why}：{what}", n, of)


def _open(
    folder: Path, unlock: Callable[[KeyFile], Unlocked], kinds: Kinds | None,
    progress: Progress | None,
) -> Session:
    folder = folder.absolute()
    if not is_office(folder) and not (folder / RESTORING).exists():
        if (folder / "office.db").exists():
            raise Damaged(
                f"密钥文件 {FILE_NAME} 不见了，“{folder}”里的台账打不开。请找回这个文件，"
                f"或从最近的备份恢复。"
            )
        raise BadInput(
            f"文件夹“{folder}”里没有台账。请先建立（zhengxian init），或检查文件夹是否选对。",
            field="folder",
        )
    require_local(folder)
    lock = FolderLock(folder).acquire()
    try:
        keep_all_private(folder)
        restoring.finish(folder)
        keys = KeyFile.load(folder)
        who = unlock(keys)
        if keys.pending_books and who.may_administer:
            # A change of keys that a crash cut short is carried out before anything is opened.
            # Without room for it the books open as they are, since whoever makes room has to get
            # in; `verify` tells of it until it is done.
            with contextlib.suppress(WorkFailed):
                rekey.run(keys, who, with_prefix(progress, _NEW_KEYS))
        return session_over(folder, keys, who, kinds or builtin.kinds(), lock, progress)
    except BaseException:
        lock.release()
        raise


def session_over(
    folder: Path, keys: KeyFile, who: Unlocked, kinds: Kinds, lock: FolderLock | None,
    progress: Progress | None = None,
) -> Session:
    """A session over the books that ``who`` holds the keys of, checked against the key file, their
    tables as the declarations are now. Closes the books when that fails; the lock is the caller's.
    """
    books: dict[str, Book] = {}
    try:
        for name in who.book_keys:
            path = book_path(folder, name)
            books[name] = Book(path, working_key(who, name, path), name, kinds)
        if "office" not in books:
            raise Damaged("密钥文件中没有工作台账的密钥，请从备份恢复。")
        for book in books.values():
            book.opening()
            keys.match_office(settings.OFFICE_ID.of(book))
        # A backup holds a key file at least as new as its book, so this holds after a restore too.
        keys.refuse_older(settings.KEY_SERIAL.of(books["office"]))
        full, aside = kept_kinds.load(books["office"], kinds)
        session = Session(folder, who, keys, books, full, lock)
        session.set_aside = aside
        if session.archived:  # it is read as it stood then
            session.fixed_today = dt.date.fromisoformat(session.archived["on"])
        keys.marks = lambda: {b.name: Mark(*b.last_change()) for b in session.books}
        sign_as(session, who)
        if any(book.needs_migration() or book.kinds is not full for book in books.values()):
            _follow_usable(session, kinds, full, progress)
        for book in books.values():
            book.opened()
        return session
    except BaseException as error:
        for book in books.values():
            book.close()
        if isinstance(error, DatabaseError):
            raise explain(error) from error
        raise


def _follow_usable(session: Session, kinds: Kinds, full: Kinds, progress: Progress | None) -> None:
    """The same as ``_follow``, without the declarations whose tables cannot be made."""
    try:
        _follow(session, full, progress)
    except (DeclarationError, WorkFailed):
        usable, more = kept_kinds.without_unusable(session.books, kinds, full)
        if not more:  # it was not for the declarations
            raise
        session.set_aside += more
        _follow(session, usable, progress)


def _follow(session: Session, kinds: Kinds, progress: Progress | None) -> None:
    """Tables follow changed declarations; a backup is made before."""
    done = False

    def backup_first() -> None:
        nonlocal done
        if not done:
            make_backup(session, reason="before-change", progress=with_prefix(progress, _NEW_FORM))
            done = True
            if progress is not None:
                progress("按新的程序整理台账的表格", 0, 0)

    session.kinds = kinds
    for book in session.books:
        book.kinds = kinds
        if book.needs_migration():
            book.migrate_tables(backup_first)
