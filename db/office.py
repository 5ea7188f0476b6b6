"""An office's folder: making it, opening it for a person, and the changes of users that touch keys
and books alike.

    FOLDER/keys.json  office.db  personnel.db  lock  backups/  inbox/  sent/
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from db import undo
from db.access import roles
from db.errors import BadInput, Damaged, DeclarationError, WorkFailed
from db.keys import rekey, signers
from db.keys.keyfile import KeyFile
from db.keys.keyring import FILE_NAME, RESTORING, Mark
from db.keys.passwords import check_password
from db.keys.users import Unlocked, clean
from db.model import builtin, settings
from db.model.ids import new_uid
from db.model.kinds import Kinds
from db.model.roles import ROLES, Role
from db.safety import backup as backups
from db.safety import restore as restoring
from db.session import Session
from db.store import kept_kinds, online_copy, schema, standing
from db.store.atomic_files import disk_failure, keep_all_private, make_inside
from db.store.book import Book
from db.store.connect import DatabaseError, explain
from db.store.local_disk import require_local
from db.store.lock import FolderLock
from db.units import people

if TYPE_CHECKING:
    from db.keys.users import UserInfo

Level = Literal["province", "city", "county", "township"]
LEVELS: dict[str, str] = {
    "province": "省级", "city": "市级", "county": "县级", "township": "乡级",
}
#: What backups say they were made by.
PROGRAM = "zhengxian"
_STAGE = ".making"
#: The names of so many units are held against a new password.
_UNITS_TRIED = 500
_NEW_FORM, _NEW_KEYS = "程序更新后第一次打开，先做备份", "有人改过密码，给台账换钥匙"
#: Bytes: a database has at least a page of its smallest size.
LEAST_SIZE = 512


def is_office(folder: Path) -> bool:
    """Whether the folder holds an office already."""
    return (folder / FILE_NAME).exists()


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
            book.follow()
            settings.OFFICE_ID.keep(book, office_id)
            settings.OFFICE_NAME.keep(book, office_name)
            settings.LEVEL.keep(book, level)
            if unseen and name == "office":
                settings.RECOVERY_UNSEEN.keep(book, True)
            book.close()
        # keys.json last: until it is there, the folder holds no office, and what is left over is
        # cleared by the next try.
        for path in sorted(stage.iterdir(), key=lambda p: p.name == FILE_NAME):
            path.replace(folder / path.name)
        keys.folder = folder
        stage.rmdir()
        who = keys.unlock(admin, password)
        session = _session(folder, keys, who, declared, lock)
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
        tx.settled |= standing.NOTED.keys() | {standing.EXCHANGE, standing.MARK}
    return session, paper


def recovery_seen(session: Session) -> None:
    """The recovery key last made is on paper."""
    settings.RECOVERY_UNSEEN.keep(session.office, False)


def recovery_unseen(session: Session) -> bool:
    """Whether the program ended between making a recovery key and somebody verifying that it is on
    paper."""
    return settings.RECOVERY_UNSEEN.of(session.office)


def prepared() -> Kinds:
    """What the program declares itself, read and summed up ahead of the first office that is
    opened."""
    kinds = builtin.kinds()
    for book in {kind.book for kind in kinds}:
        schema.fingerprint(kinds, book)
    return kinds


def open_office(
    folder: Path, user: str, password: str, *, kinds: Kinds | None = None,
    progress: backups.Progress | None = None,
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
            if session.key_file.settle(session.who, password):
                _rekey(session, _named(progress, _NEW_KEYS))
            sign_as(session, session.who)
            undo.settle_pairs(session)
    except BaseException:
        session.close()
        raise
    return session


def sign_as(session: Session, who: Unlocked) -> None:
    """From now on this person's changes are signed as theirs."""
    for book in session.books:
        signers.sign_as(session.key_file, book, who)


def recover_office(
    folder: Path, recovery_key: str, name: str | None, password: str, *, kinds: Kinds | None = None
) -> tuple[Session, str]:
    """Log in as an administrator with the key on paper and a new password; also returns the next
    key to print."""
    session = _open(folder, lambda keys: keys.recover(recovery_key, name, password), kinds, None)
    try:
        settings.RECOVERY_UNSEEN.keep(session.office, True)
        paper = session.key_file.renew_recovery(session.who)
        _note_serial(session, "user", f"用恢复密钥重设了 {session.who.user} 的密码")
        _rekey(session)
    except BaseException:
        session.close()
        raise
    return session, paper


def _named(progress: backups.Progress | None, why: str) -> backups.Progress | None:
    """Each word with why it is done in front."""
    return None if progress is None else lambda what, n, of: progress(f"{why}：{what}", n, of)


def _open(
    folder: Path, unlock: Callable[[KeyFile], Unlocked], kinds: Kinds | None,
    progress: backups.Progress | None,
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
                rekey.run(keys, who, _named(progress, _NEW_KEYS))
        return _session(folder, keys, who, kinds or builtin.kinds(), lock, progress)
    except BaseException:
        lock.release()
        raise


def _session(
    folder: Path, keys: KeyFile, who: Unlocked, kinds: Kinds, lock: FolderLock | None,
    progress: backups.Progress | None = None,
) -> Session:
    books: dict[str, Book] = {}
    try:
        for name in who.book_keys:
            path = _book_path(folder, name)
            books[name] = Book(path, _working_key(who, name, path), name, kinds)
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
        if any(book.needs_follow() or book.kinds is not full for book in books.values()):
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


def _book_path(folder: Path, name: str) -> Path:
    """The file of a book; ``Damaged`` where there is none, or one that holds nothing."""
    path = folder / f"{name}.db"
    if not path.exists():
        raise Damaged(f"台账文件 {name}.db 不见了。请到“备份与恢复”恢复最近的备份。")
    # SQLite would take it for a new one and write into it
    if path.stat().st_size < LEAST_SIZE:
        raise Damaged(
            f"台账文件 {name}.db 是空的，里面的内容丢失了。请到“备份与恢复”恢复最近的备份。"
        )
    return path


def _working_key(who: Unlocked, name: str, path: Path) -> bytes:
    """While a change of keys is under way either key may be the one that opens the file."""
    candidates = who.candidates.get(name, ())  # type: ignore[call-overload]
    if len(candidates) > 1:
        index = online_copy.opening_key(path, candidates)
        if index is not None:
            return bytes(candidates[index])
    return bytes(who.book_keys[name])  # type: ignore[index]


def _follow_usable(
    session: Session, kinds: Kinds, full: Kinds, progress: backups.Progress | None
) -> None:
    """The same as ``_follow``, without the declarations whose tables cannot be made."""
    try:
        _follow(session, full, progress)
    except (DeclarationError, WorkFailed):
        usable, more = kept_kinds.without_unusable(session.books, kinds, full)
        if not more:  # it was not for the declarations
            raise
        session.set_aside += more
        _follow(session, usable, progress)


def _follow(session: Session, kinds: Kinds, progress: backups.Progress | None) -> None:
    """Tables follow changed declarations; a backup is made before."""
    done = False

    def backup_first() -> None:
        nonlocal done
        if not done:
            make_backup(session, reason="before-change", progress=_named(progress, _NEW_FORM))
            done = True
            if progress is not None:
                progress("按新的程序整理台账的表格", 0, 0)

    session.kinds = kinds
    for book in session.books:
        book.kinds = kinds
        if book.needs_follow():
            book.follow(backup_first)


def change_facts(session: Session, office_name: str, level: str, own_unit: str | None) -> None:
    """Another name or level of the office, or which of the units it is itself; both books keep it,
    the office's journals it."""
    roles.check(session.role, "settings")
    office_name = clean(office_name, "单位名称", "office")
    if level not in LEVELS:
        raise BadInput(f"层级应为{'、'.join(LEVELS.values())}中的一个。", field="level")
    if own_unit is not None and own_unit not in session.names.units():
        raise BadInput("所选的单位不在单位名册里，请重新选择。", field="own_unit")
    own_name = session.unit_name(own_unit) if own_unit else "未指定"
    with session.office.atomic(session.who.user, "settings", "修改单位设置") as tx:
        tx.note("settings", f"{office_name}，{LEVELS[level]}，本单位：{own_name}")
        for book in session.books:
            settings.OFFICE_NAME.keep(book, office_name)
            settings.LEVEL.keep(book, level)
            settings.OWN_UNIT.keep(book, own_unit)


# -- backups ---------------------------------------------------------------------------------------


def make_backup(
    session: Session,
    to: Path | None = None,
    *,
    reason: str = "manual",
    progress: backups.Progress | None = None,
) -> backups.BackupInfo:
    """A verified backup while the books are in use, into ``to`` or the folder's own ``backups``."""
    return backups.backup(session, to, reason=reason, program=PROGRAM, progress=progress)


def rotate_backups(
    session: Session, reason: Literal["exit", "daily"], progress: backups.Progress | None = None
) -> backups.BackupInfo | None:
    """The backup at exit (when anything changed since the last) or of the day (when there is none
    yet); None if not due. The archive of a year is a copy itself."""
    if session.archived:
        return None
    due = (
        backups.daily_due(session.folder, session.today)
        if reason == "daily"
        else backups.changed_since_last(session.folder)
    )
    return make_backup(session, reason=reason, progress=progress) if due else None


def prove_backups(session: Session) -> str:
    """Read again backups that were not read for a week; a sentence when one is spoiled."""
    return backups.prove_due(session.folder, session.today)


def restore_office(
    backup: Path, folder: Path, user: str, password: str,
    present: tuple[str, str] | None = None,
) -> backups.BackupInfo:
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
    roles.check(session.role, "restore")
    keys = backups.keyfile_in(backup)
    who = keys.unlock(user or session.who.user, password)
    roles.check(who.role, "restore")
    session.close_books()
    try:
        today = restoring.Today(session.key_file, session.who)
        restoring.restore(backup, session.folder, unlocked=who, today=today, program=PROGRAM)
    except BaseException:
        # Refused (a damaged backup, a full disk): nothing has changed, the person works on. Once it
        # is under way it only goes forward, at the next opening.
        if not (session.folder / RESTORING).exists():
            _reopen(session)
        raise
    session.close()


# -- users: every change is journalled, and the book remembers the key file's serial, so that an old
# copy is refused -


def _note_serial(session: Session, action: str, text: str) -> None:
    with session.office.atomic(session.who.user, "users", text) as tx:
        tx.note(action, text)
        settings.KEY_SERIAL.keep(session.office, session.key_file.serial)


def users(session: Session) -> tuple[UserInfo, ...]:
    """All users in the order they were added."""
    return session.key_file.users()


def add_user(
    session: Session, name: str, display: str, role: Role, password: str, unit: str | None = None
) -> UserInfo:
    """Add a user with the keys of the role."""
    roles.check(session.role, "users")
    session.office.require_writable()
    check_password(password, name, display, *_own_words(session))
    added = session.key_file.add_user(session.who, name, display, role, password, unit)
    _note_serial(session, "user", f"新增用户 {added.name}（{ROLES[role]}）")
    return added


def _own_words(session: Session) -> list[str]:
    """What stands around here and is tried first: the names of office, units and users."""
    units = islice(session.office.each("unit", "deleted = 0"), _UNITS_TRIED)
    names = [unit.get(field) or "" for unit in units for field in ("name", "short_name")]
    return [session.office_name, *(user.display for user in users(session)), *filter(None, names)]


def edit_user(session: Session, name: str, display: str, unit: str | None) -> None:
    """Change what a user is called and where they belong."""
    roles.check(session.role, "users")
    session.office.require_writable()
    session.key_file.edit_user(session.who, name, display, unit)
    _note_serial(session, "user", f"修改用户 {name} 的资料")


def reset_password(
    session: Session, name: str, password: str, progress: rekey.Progress | None = None
) -> None:
    """A new password for a user who forgot theirs; their books get new keys at once."""
    roles.check(session.role, "users")
    session.office.require_writable()
    people.not_gone(session, name)
    check_password(password, name, *_own_words(session))
    plan = session.key_file.reset_password(session.who, name, password)
    sign_as(session, session.who)
    _note_serial(session, "user", f"重设用户 {name} 的密码")
    if plan:
        _rekey(session, progress)


def change_password(
    session: Session, old: str, new: str, progress: rekey.Progress | None = None
) -> None:
    """One's own password. An administrator's books get new keys at once; another's at the next
    login of an administrator, who alone can give everybody theirs."""
    session.office.require_writable()
    check_password(new, session.who.user, *_own_words(session))
    plan = session.key_file.change_password(session.who, old, new)
    sign_as(session, session.who)
    _note_serial(session, "user", f"{session.who.user} 修改了自己的密码")
    if plan:
        _rekey(session, progress)


def renew_recovery(session: Session, progress: rekey.Progress | None = None) -> str:
    """A new recovery key to print; the old one opens nothing any more, both books get new keys."""
    roles.check(session.role, "users")
    session.office.require_writable()
    settings.RECOVERY_UNSEEN.keep(session.office, True)
    paper = session.key_file.renew_recovery(session.who)
    _note_serial(session, "user", "更换了恢复密钥")
    _rekey(session, progress)
    return paper


def set_role(
    session: Session, name: str, role: Role, progress: rekey.Progress | None = None
) -> None:
    """Another role; where that takes a key away, the book gets a new one at once."""
    roles.check(session.role, "users")
    session.office.require_writable()
    plan = session.key_file.set_role(session.who, name, role)
    _note_serial(session, "user", f"把用户 {name} 改为{ROLES[role]}")
    if plan:
        _rekey(session, progress)


def remove_user(session: Session, name: str, progress: rekey.Progress | None = None) -> None:
    """Remove a user and give every book they could open a new key."""
    roles.check(session.role, "users")
    session.office.require_writable()
    people.not_gone(session, name)
    people.remember(session)  # their names stand on what they did
    plan = session.key_file.remove_user(session.who, name)
    _note_serial(session, "user", f"移除用户 {name}")
    if plan:
        _rekey(session, progress)


def _rekey(session: Session, progress: rekey.Progress | None = None) -> None:
    # An old backup still opens with the old key; that is said in the help.
    with session_paused(session):
        rekey.run(session.key_file, session.who, progress)
    _note_serial(session, "rekey", "更换了台账密钥")


@contextlib.contextmanager
def session_paused(session: Session) -> Iterator[None]:
    """Close the books for work on their files (new keys, a restore) and open them again; the folder
    stays locked."""
    keys = session.key_file
    marks, keys.marks = keys.marks, None
    session.close_books()
    try:
        yield
    finally:
        _reopen(session)
        keys.marks = marks


def _reopen(session: Session) -> None:
    books: dict[str, Book] = {}
    for name in session.who.book_keys:
        path = session.folder / f"{name}.db"
        books[name] = Book(path, _working_key(session.who, name, path), name, session.kinds)
        signers.sign_as(session.key_file, books[name], session.who)
    session.reopen(books)


def describe(level: str) -> str:
    """A level in words."""
    return LEVELS.get(level, level)
