"""Who may open which book: users, their key slots, and the recovery key on paper.

``KeyFile`` is the keys.json of one office's folder. Every change is written to the disk before the
method returns, in one step, with the previous copy kept as ``keys.json.bak``; when the writing
fails, nothing has changed, neither on the disk nor in the object. A role or a key is never taken
from the file before the signature and the authentication code have been checked.

What cannot be protected from: a program that watches the keyboard, an administrator of the machine,
a person who keeps an old copy of the folder with the password of then; and an administrator who is
made a clerk may have kept the signing key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from db.errors import BadInput, NotPermitted, WrongPassword
from db.keys import keyring, sealing, slots
from db.keys import recovery_key as paperkey
from db.keys.keyring import BookName, KeyRing, Roster, UserEntry
from db.keys.passwords import check_password
from db.keys.sealing import PasswordLock, Secret
from db.keys.users import (
    BOOKS,
    RekeyPlan,
    Unlocked,
    UserInfo,
    alike,
    check_role,
    clean,
    default_books,
    info,
    loose,
)
from db.model.roles import Role
from db.store.atomic_files import disk_errors, write_atomic

__all__ = [
    "BOOKS",
    "BookName",
    "KeyFile",
    "RekeyPlan",
    "Secret",
    "Unlocked",
    "UserInfo",
    "check_password",
    "default_books",
]


class KeyFile:
    """The keys.json of one folder. One process holds the folder (``FolderLock``), so one object is
    the only writer."""

    def __init__(self, folder: Path, ring: KeyRing) -> None:
        self.folder = Path(folder)
        self._ring = ring

    # -- making and reading ------------------------------------------------------------------------

    @classmethod
    def create(
        cls, folder: Path, office_id: str, name: str, password: str, display: str | None = None
    ) -> tuple[KeyFile, dict[str, Secret], str]:
        """A new office: its key file with the first administrator, the new book keys, the recovery
        key to print once.

        Refuses (``BadInput``) a folder that has a keys.json already.
        """
        folder = Path(folder)
        if (folder / keyring.FILE_NAME).exists():
            raise BadInput("这个文件夹里已有一本台账，请换一个文件夹。", field="folder")
        if not office_id:
            raise BadInput("缺少单位标识，未建立台账。", field="office_id")
        name = clean(name, "用户名", "name")
        check_password(password, name)
        signing = SigningKey.generate()
        seed, verify_key = Secret(bytes(signing)), bytes(signing.verify_key)
        keys: dict[tuple[BookName, int], Secret] = {(book, 1): sealing.new_key() for book in BOOKS}
        paper = paperkey.new_secret()
        private = PrivateKey.generate()
        shown = clean(display, "姓名", "display") if display else name
        admin = UserEntry(name, shown, "administrator", None, bytes(private.public_key), (), None)
        admin = slots.sealed(admin, keys, seed)
        roster = Roster(
            verify_key, (admin,), slots.recovery_entry(paper, office_id, verify_key, keys, seed)
        )
        lock = slots.locked(private, verify_key, password, office_id, name)
        ring = KeyRing(keyring.FORMAT, office_id, 0, roster, {name: lock}, b"", b"")
        self = cls(folder, ring)
        self._write(roster, {name: lock}, keys["office", 1], seed)
        return self, {book: keys[book, 1] for book in BOOKS}, paperkey.write(paper)

    @classmethod
    def load(cls, folder: Path) -> KeyFile:
        """The key file of a folder; ``Damaged`` when missing or unreadable. Nothing is trusted
        before ``unlock``."""
        return cls(Path(folder), keyring.read(Path(folder) / keyring.FILE_NAME))

    @classmethod
    def from_bytes(cls, folder: Path, data: bytes) -> KeyFile:
        """A key file out of a backup; ``folder`` is where its books lie, so that the right keys are
        picked."""
        return cls(Path(folder), keyring.decode(data))

    @property
    def office_id(self) -> str:
        """The office this file belongs to; verified once somebody has unlocked it."""
        return self._ring.office_id

    @property
    def serial(self) -> int:
        """Counts every change of the file; the book keeps the last one seen (see
        ``refuse_older``)."""
        return self._ring.serial

    @property
    def pending_books(self) -> tuple[BookName, ...]:
        """Books with keys of more than one generation: a change of keys was begun and is not
        verified done."""
        return tuple(b for b in BOOKS if len(self._ring.roster.generations(b)) > 1)

    def users(self) -> tuple[UserInfo, ...]:
        """All users in the order they were added."""
        return tuple(info(u) for u in self._ring.roster.users)

    def user(self, name: str) -> UserInfo:
        """One user; ``BadInput`` when there is none of this name."""
        return info(self._entry(name))

    def match_office(self, book_office_id: str) -> None:
        """``NotPermitted`` when a book's own note of its office is not this file's office: it was
        swapped in."""
        if not sealing.same(book_office_id.encode(), self.office_id.encode()):
            raise NotPermitted(
                "台账文件与密钥文件 keys.json 不是同一个单位的，已拒绝打开。"
                "请放回本单位的文件或从备份恢复。"
            )

    def refuse_older(self, known_serial: int) -> None:
        """``NotPermitted`` when the file is older than the one the book last saw: an old copy was
        put in its place."""
        if self.serial < known_serial:
            raise NotPermitted(
                "密钥文件 keys.json 被换成了旧的副本，已拒绝打开。请放回最新的文件，"
                "或从备份整套恢复。"
            )

    # -- opening -----------------------------------------------------------------------------------

    def unlock(self, name: str, password: str) -> Unlocked:
        """Log in. ``WrongPassword`` for an unknown name or wrong password, ``NotPermitted`` for an
        edited file."""
        entry = self._ring.roster.find(loose(name))
        if entry is None:
            raise WrongPassword(sealing.NOT_LET_IN)
        private, anchor = self._open_lock(entry, password)
        return self._opened(entry, private, anchor)

    def recover(self, recovery_key: str, name: str | None, password: str) -> Unlocked:
        """Give an administrator (the first, when no name is given) a new password with the key on
        paper.

        A name that does not exist yet becomes a new administrator. ``BadInput`` names a mistyped
        group,
        ``WrongPassword`` means a well-formed key of another office or an older one. Print a new key
        afterwards
        (``renew_recovery``).
        """
        paper = paperkey.read(recovery_key)
        roster = self._ring.roster
        private, anchor_key = slots.recovery_keys(paper, self.office_id)
        if not sealing.same(bytes(private.public_key), roster.recovery.public_key):
            raise WrongPassword(
                "恢复密钥书写无误，但不是本台账现用的恢复密钥，请找出最近一次打印的那张。"
            )
        anchor = sealing.decrypt(roster.recovery.anchor, anchor_key, self.office_id.encode())
        if anchor is None:
            raise slots.tampered("恢复密钥")
        keys = slots.verify(self._ring, roster.recovery.slots, private, anchor)
        seed = slots.signing_seed(roster.recovery.signer, private, roster.verify_key)
        if name is None:
            name = next(u.name for u in roster.users if u.role == "administrator")
        name = clean(name, "用户名", "name")
        check_password(password, name)
        entry = roster.find(name)
        if entry is not None and entry.role != "administrator":
            raise BadInput(
                f"“{entry.name}”不是管理员。请填一位管理员的用户名，或填一个新的用户名。",
                field="name",
            )
        if entry is None:
            entry = UserEntry(name, name, "administrator", None, b"", (), None)
        fresh = PrivateKey.generate()
        entry = slots.sealed(
            msgspec.structs.replace(entry, public_key=bytes(fresh.public_key)), keys, seed
        )
        lock = slots.locked(fresh, roster.verify_key, password, self.office_id, entry.name)
        self._write(
            slots.with_user(roster, entry),
            self._ring.locks | {entry.name: lock},
            slots.newest(keys, "office"),
            seed,
        )
        return self._opened(entry, fresh, anchor)

    # -- changes -----------------------------------------------------------------------------------

    def change_password(self, who: Unlocked, old: str, new: str) -> None:
        """Change one's own password: the private key is wrapped anew, nothing else changes."""
        entry = self._entry(who.user)
        try:
            private, anchor = self._open_lock(entry, old)
        except WrongPassword as error:
            raise WrongPassword("现在的密码不对，请重新输入。") from error
        check_password(new, entry.name)
        lock = slots.locked(private, anchor, new, self.office_id, entry.name)
        self._write(
            self._ring.roster, self._ring.locks | {entry.name: lock}, self._office_key(who), None
        )

    def add_user(
        self,
        by: Unlocked,
        name: str,
        display: str,
        role: Role,
        password: str,
        unit: str | None = None,
    ) -> UserInfo:
        """Add a user with the keys of their role. An administrator without the personnel key cannot
        give it."""
        seed = self._administer(by)
        name, display = clean(name, "用户名", "name"), clean(display, "姓名", "display")
        check_role(role)
        check_password(password, name)
        if self._ring.roster.find(name) or any(
            alike(name, u.name) for u in self._ring.roster.users
        ):
            raise BadInput(f"用户名“{name}”已有人使用，请换一个。", field="name")
        private = PrivateKey.generate()
        entry = UserEntry(name, display, role, unit, bytes(private.public_key), (), None)
        entry = slots.sealed(
            entry,
            self._keys_for(by, default_books(role)),
            seed if role == "administrator" else None,
        )
        lock = slots.locked(private, self._ring.roster.verify_key, password, self.office_id, name)
        self._write(
            slots.with_user(self._ring.roster, entry),
            self._ring.locks | {name: lock},
            self._office_key(by),
            seed,
        )
        return info(entry)

    def edit_user(self, by: Unlocked, name: str, display: str, unit: str | None) -> UserInfo:
        """Change how a user is shown and which unit they belong to."""
        seed = self._administer(by)
        display = clean(display, "姓名", "display")
        entry = msgspec.structs.replace(self._entry(name), display=display, unit=unit)
        self._write(
            slots.with_user(self._ring.roster, entry), self._ring.locks, self._office_key(by), seed
        )
        return info(entry)

    def reset_password(self, by: Unlocked, name: str, password: str) -> None:
        """Give somebody who forgot theirs a new password: a new key pair, and the keys they had
        sealed to it."""
        seed = self._administer(by)
        entry = self._entry(name)
        check_password(password, entry.name)
        keys = self._keys_for(by, info(entry).books)
        private = PrivateKey.generate()
        entry = msgspec.structs.replace(entry, public_key=bytes(private.public_key))
        entry = slots.sealed(entry, keys, seed if entry.role == "administrator" else None)
        lock = slots.locked(
            private, self._ring.roster.verify_key, password, self.office_id, entry.name
        )
        self._write(
            slots.with_user(self._ring.roster, entry),
            self._ring.locks | {entry.name: lock},
            self._office_key(by),
            seed,
        )

    def set_role(self, by: Unlocked, name: str, role: Role) -> RekeyPlan:
        """Give a user another role and its keys. Taking the personnel key away means that book must
        get a new key."""
        seed = self._administer(by)
        check_role(role)
        entry = self._entry(name)
        self._not_oneself(by, entry, "修改自己的角色")
        lost = tuple(b for b in info(entry).books if b not in default_books(role))
        entry = msgspec.structs.replace(entry, role=role)
        return self._regrant(by, entry, default_books(role), lost, seed)

    def remove_user(self, by: Unlocked, name: str) -> RekeyPlan:
        """Remove a user. Every book they could open gets a new key beside the old one, sealed to
        who remains.

        The caller then runs ``rekey.run``; until that is verified done, both keys stay, so that the
        books open.
        """
        seed = self._administer(by)
        entry = self._entry(name)
        self._not_oneself(by, entry, "移除自己")
        books = info(entry).books
        roster = self._ring.roster
        rest = tuple(u for u in roster.users if u.name != entry.name)
        locks = {n: lock for n, lock in self._ring.locks.items() if n != entry.name}
        self._write_with_new_keys(
            by, msgspec.structs.replace(roster, users=rest), locks, books, seed
        )
        return RekeyPlan(books)

    def renew_recovery(self, by: Unlocked) -> str:
        """A new recovery key to print; the one before stops working."""
        seed = self._administer(by)
        paper = paperkey.new_secret()
        roster = self._ring.roster
        recovery = slots.recovery_entry(
            paper, self.office_id, roster.verify_key, self._keys_for(by, BOOKS), seed
        )
        self._write(
            msgspec.structs.replace(roster, recovery=recovery),
            self._ring.locks,
            self._office_key(by),
            seed,
        )
        return paperkey.write(paper)

    def finish_rekey(self, by: Unlocked, book: BookName) -> None:
        """Drop the older keys of a book, once its file is verified to open with the newest
        (``rekey.run`` does both)."""
        seed = self._administer(by)
        roster = self._ring.roster
        self._write(
            slots.without_old_keys(roster, book), self._ring.locks, self._office_key(by), seed
        )
        if by.candidates.get(book):
            by.candidates[book] = by.candidates[book][:1]
            by.book_keys[book] = by.candidates[book][0]

    # -- within ------------------------------------------------------------------------------------

    def _entry(self, name: str) -> UserEntry:
        entry = self._ring.roster.find(loose(name))
        if entry is None:
            raise BadInput(f"没有名为“{name}”的用户。", field="name")
        return entry

    def _open_lock(self, entry: UserEntry, password: str) -> tuple[PrivateKey, Secret]:
        about = keyring.lock_context(self.office_id, entry.name, entry.public_key)
        payload = sealing.unlock(self._ring.locks[entry.name], password, about)
        if len(payload) != 2 * sealing.KEY_BYTES:
            raise slots.tampered(f"用户“{entry.name}”")
        return PrivateKey(bytes(payload[: sealing.KEY_BYTES])), Secret(payload[sealing.KEY_BYTES :])

    def _opened(self, entry: UserEntry, private: PrivateKey, anchor: bytes) -> Unlocked:
        if not sealing.same(bytes(private.public_key), entry.public_key):
            raise slots.tampered(f"用户“{entry.name}”的公钥")
        keys = slots.verify(self._ring, entry.slots, private, anchor)
        seed = None
        if entry.role == "administrator":
            seed = slots.signing_seed(entry.signer, private, self._ring.roster.verify_key)
        candidates: dict[BookName, tuple[Secret, ...]] = {
            book: tuple(keys[b, g] for b, g in sorted(keys, reverse=True) if b == book)
            for book in BOOKS
            if any(b == book for b, _ in keys)
        }
        current = {book: self._opening(book, options) for book, options in candidates.items()}
        return Unlocked(
            entry.name, entry.display, entry.role, entry.unit, current, candidates, private, seed
        )

    def _opening(self, book: str, options: Sequence[Secret]) -> Secret:
        if len(options) == 1:
            return options[0]
        from db.store import (
            online_copy,  # only after an interrupted change of keys; it brings the cipher along
        )

        return options[online_copy.opening_key(self.folder / f"{book}.db", options) or 0]

    def _administer(self, by: Unlocked) -> Secret:
        entry = self._ring.roster.find(by.user)
        if by.signer is None or entry is None or entry.role != "administrator":
            raise NotPermitted("只有管理员可以管理用户。")
        return by.signer

    @staticmethod
    def _not_oneself(by: Unlocked, entry: UserEntry, what: str) -> None:
        # So there is always an administrator left, and always one who holds the keys that a change
        # of keys needs.
        if entry.name == by.user:
            raise BadInput(f"不能{what}，请由另一位管理员操作。", field="name")

    def _office_key(self, who: Unlocked) -> Secret:
        if "office" not in who.candidates:
            raise NotPermitted("登录已失效，请重新登录后再试。")
        return who.candidates["office"][0]

    def _keys_for(self, by: Unlocked, books: Iterable[BookName]) -> slots.Keys:
        """Every kept generation of the keys of these books, out of what the administrator holds."""
        keys: dict[tuple[BookName, int], Secret] = {}
        for book in books:
            generations = self._ring.roster.generations(book)
            held = by.candidates.get(book, ())
            if len(held) != len(generations):
                raise NotPermitted(
                    "您没有人事台账的密钥，不能把它交给别人，请由持有该密钥的管理员操作。"
                )
            keys |= {(book, g): key for g, key in zip(reversed(generations), held, strict=True)}
        return keys

    def _regrant(
        self,
        by: Unlocked,
        entry: UserEntry,
        books: Sequence[BookName],
        lost: tuple[BookName, ...],
        seed: Secret,
    ) -> RekeyPlan:
        keys = self._keys_for(by, books)
        entry = slots.sealed(entry, keys, seed if entry.role == "administrator" else None)
        roster = slots.with_user(self._ring.roster, entry)
        self._write_with_new_keys(by, roster, self._ring.locks, lost, seed)
        return RekeyPlan(lost)

    def _write_with_new_keys(
        self,
        by: Unlocked,
        roster: Roster,
        locks: dict[str, PasswordLock],
        books: Sequence[BookName],
        seed: Secret,
    ) -> None:
        """Write the roster with a further generation of keys for these books."""
        self._keys_for(by, books)  # who does not hold the old key cannot change the file's key
        roster, fresh = slots.with_new_keys(roster, books)
        self._write(roster, locks, fresh.get("office") or self._office_key(by), seed)
        for book, key in fresh.items():
            by.candidates[book] = (key, *by.candidates[book])

    def _write(
        self,
        roster: Roster,
        locks: dict[str, PasswordLock],
        office_key: Secret,
        seed: Secret | None,
    ) -> None:
        ring = slots.written(self._ring, roster, locks, office_key, seed)
        path = self.folder / keyring.FILE_NAME
        with disk_errors(keyring.FILE_NAME):
            before = path.read_bytes() if path.exists() else None
        if before is not None:
            write_atomic(self.folder / keyring.PREVIOUS_NAME, before)
        write_atomic(path, keyring.encode(ring))
        self._ring = ring
