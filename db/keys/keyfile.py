"""Who may open which book: users, their key slots, and the recovery key on paper.

``KeyFile`` is the keys.json of one office's folder. Every change is written to the disk before the
method returns, in one step; when the writing fails, nothing has changed, neither on the disk nor in
the object. No previous copy is kept: it would hold what an old password opens. A role or a key is
never taken from the file before the signature and the authentication code have been checked.

What cannot be protected from: a program that watches the keyboard, an administrator of the machine,
a person who keeps an old copy of the folder with the password of then; and an administrator who is
made a clerk may have kept the signing key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from db.errors import BadInput, NotPermitted, WrongPassword
from db.keys import keyring, sealing, slots
from db.keys import recovery_key as paperkey
from db.keys.key_reader import KeyReader
from db.keys.keyring import BookName, KeyRing, Mark, RolePeriod, UserEntry, UserList, Wish
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
    only_more,
)
from db.model.roles import Role
from db.store.disk.atomic_files import write_atomic
from db.store.disk.disk_errors import disk_errors


class KeyFile(KeyReader):
    """The keys.json of one folder. One process holds the folder (``FolderLock``), so one object is
    the only writer."""

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
        pairs = slots.Pairs()
        shown = clean(display, "姓名", "display") if display else name
        admin = pairs.of(UserEntry(name, shown, "administrator", None, b"", (), None))
        admin = slots.sealed(admin, keys, seed)
        roster = UserList(
            verify_key, (admin,), slots.recovery_entry(paper, office_id, verify_key, keys, seed)
        )
        lock = pairs.locked(verify_key, password, office_id, name)
        ring = KeyRing(keyring.FORMAT, office_id, 0, roster, {name: lock}, b"", b"")
        self = cls(folder, ring)
        self.marks = dict  # from the beginning
        self._write(roster, {name: lock}, keys["office", 1], seed)
        self.marks = None
        return self, {book: keys[book, 1] for book in BOOKS}, paperkey.write(paper)

    def finish_login_keys(self, who: Unlocked, password: str) -> RekeyPlan:
        """After a login: whoever has no signing key yet gets one, and an administrator takes up
        what others ask for. The books that must get a new key, since a password was changed."""
        entry = self._entry(who.user)
        if entry.name not in self._ring.wishes:
            if not entry.verify_key:
                self._first_key(who, entry, password)
            elif self._ring.locks[entry.name].bound:
                # taken up: nothing of the old pair stays under the new password
                pairs, anchor = self._open_lock(entry, password)
                pairs.wanted = None
                self._keep_lock(who, pairs, anchor, password)
        roster = self._ring.roster
        if who.signer is None:
            return RekeyPlan(())
        if self._ring.wishes or slots.with_history(roster, {}) != roster:
            return self._grant(who)
        return RekeyPlan(())

    def _first_key(self, who: Unlocked, entry: UserEntry, password: str) -> None:
        pairs, anchor = self._open_lock(entry, password)
        if who.signer is None:
            self._keep_lock(who, pairs, anchor, password, wish=True)
            return
        lock = pairs.locked(anchor, password, self.office_id, entry.name)
        self._write(
            slots.with_user(self._ring.roster, pairs.of(entry)),
            self._ring.locks | {entry.name: lock}, self._office_key(who), who.signer,
        )
        who.own = pairs.own

    def _keep_lock(
        self, who: Unlocked, pairs: slots.Pairs, anchor: bytes, password: str, *, wish: bool = False
    ) -> None:
        lock = pairs.locked(anchor, password, self.office_id, who.user)
        wishes = dict(self._ring.wishes)
        if wish:
            asked = bytes((pairs.wanted or pairs.private).public_key) + pairs.verify_key
            wishes[who.user] = Wish(sealing.to_signers(asked, pairs.private, anchor))
        self._write(
            self._ring.roster, self._ring.locks | {who.user: lock}, self._office_key(who), None,
            wishes,
        )

    def _grant(self, by: Unlocked) -> RekeyPlan:
        """Take up what people asked for. A wish that its person did not write is refused, and
        nothing else of the file is believed either."""
        seed = self._administer(by)
        roster, renewed = self._ring.roster, set[BookName]()
        for name, wish in self._ring.wishes.items():
            entry = roster.find(name)
            if entry is None:
                continue
            asked = sealing.from_holder(wish.box, seed, entry.public_key)
            if asked is None or len(asked) != 2 * sealing.KEY_BYTES:
                raise slots.tampered_error(f"用户“{name}”的新钥")
            public, verify_key = asked[: sealing.KEY_BYTES], asked[sealing.KEY_BYTES :]
            if public != entry.public_key:
                renewed.update(info(entry).books)
            keys = self._keys_for(by, info(entry).books)
            entry = msgspec.structs.replace(
                entry, public_key=bytes(public), verify_key=bytes(verify_key)
            )
            roster = slots.with_user(
                roster, slots.sealed(entry, keys, seed if entry.role == "administrator" else None)
            )
        books = tuple(book for book in BOOKS if book in renewed)
        self._write_with_new_keys(by, roster, self._ring.locks, books, seed, {})
        return RekeyPlan(books)

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
            raise slots.tampered_error("恢复密钥")
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
        fresh = slots.Pairs()
        entry = slots.sealed(fresh.of(entry), keys, seed)
        lock = fresh.locked(roster.verify_key, password, self.office_id, entry.name)
        self._write(
            slots.with_user(roster, entry),
            self._ring.locks | {entry.name: lock},
            slots.newest(keys, "office"),
            seed,
        )
        return self._opened(entry, fresh, anchor)

    # -- changes -----------------------------------------------------------------------------------

    def change_password(self, who: Unlocked, old: str, new: str) -> RekeyPlan:
        """Change one's own password: new pairs, so that the old password opens nothing any more.

        Who may not sign the roster asks for it; until an administrator has logged in, the old
        password still opens the books with an old copy of the file.
        """
        entry = self._entry(who.user)
        try:
            pairs, anchor = self._open_lock(entry, old)
        except WrongPassword as error:
            raise WrongPassword("现在的密码不对，请重新输入。") from error
        check_password(new, entry.name)
        if who.signer is None:
            pairs.wanted = PrivateKey.generate()
            self._keep_lock(who, pairs, anchor, new, wish=True)
            return RekeyPlan(())
        fresh = slots.Pairs()
        plan = self._renewed(who, entry, fresh, new, who.signer)
        who.private, who.own = fresh.private, fresh.own
        return plan

    def _renewed(
        self, by: Unlocked, entry: UserEntry, fresh: slots.Pairs, password: str, seed: Secret
    ) -> RekeyPlan:
        """New pairs for a person under a new password, and new keys for every book of theirs."""
        books = info(entry).books
        keys = self._keys_for(by, books)
        entry = slots.sealed(fresh.of(entry), keys, seed if entry.role == "administrator" else None)
        roster = slots.with_user(self._ring.roster, entry)
        lock = fresh.locked(roster.verify_key, password, self.office_id, entry.name)
        wishes = {name: w for name, w in self._ring.wishes.items() if name != entry.name}
        locks = self._ring.locks | {entry.name: lock}
        self._write_with_new_keys(by, roster, locks, books, seed, wishes)
        return RekeyPlan(books)

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
        pairs = slots.Pairs()
        entry = pairs.of(UserEntry(name, display, role, unit, b"", (), None))
        entry = slots.sealed(
            entry,
            self._keys_for(by, default_books(role)),
            seed if role == "administrator" else None,
        )
        lock = pairs.locked(self._ring.roster.verify_key, password, self.office_id, name)
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

    def reset_password(self, by: Unlocked, name: str, password: str) -> RekeyPlan:
        """Give somebody who forgot theirs a new password: new pairs, and new keys for the books
        that they open."""
        seed = self._administer(by)
        entry = self._entry(name)
        check_password(password, entry.name)
        fresh = slots.Pairs()
        plan = self._renewed(by, entry, fresh, password, seed)
        if entry.name == by.user:
            by.private, by.own = fresh.private, fresh.own
        return plan

    def set_role(self, by: Unlocked, name: str, role: Role) -> RekeyPlan:
        """Give a user another role and its keys. The books that they open get new keys, so that the
        key file of then, in which they may do what they may no more, opens nothing."""
        seed = self._administer(by)
        check_role(role)
        entry = self._entry(name)
        self._not_oneself(by, entry, "修改自己的角色")
        held = () if only_more(entry.role, role) else info(entry).books
        lost = tuple(b for b in held if b not in default_books(role) or b in by.candidates)
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
        wishes = {n: wish for n, wish in self._ring.wishes.items() if n != entry.name}
        self._write_with_new_keys(
            by, msgspec.structs.replace(roster, users=rest), locks, books, seed, wishes
        )
        return RekeyPlan(books)

    def renew_recovery(self, by: Unlocked) -> str:
        """A new recovery key to print; the one before stops working, and both books must get new
        keys, since it may have opened an old copy of the file."""
        seed = self._administer(by)
        paper = paperkey.new_secret()
        roster = self._ring.roster
        recovery = slots.recovery_entry(
            paper, self.office_id, roster.verify_key, self._keys_for(by, BOOKS), seed
        )
        self._write_with_new_keys(
            by, msgspec.structs.replace(roster, recovery=recovery), self._ring.locks, BOOKS, seed
        )
        return paperkey.write(paper)

    def carried_over(
        self, by: Unlocked, folder: Path, history: tuple[RolePeriod, ...],
        marks: Mapping[BookName, Mark],
    ) -> KeyFile:
        """The people of this file over another state of the books, in ``folder``: with the history
        of the roster that those books have, up to these marks, and with new keys for both books,
        so that nothing that opened them elsewhere opens them there."""
        seed = self._administer(by)
        keys = KeyFile(folder, self._ring)
        keys.marks = lambda: {book: mark for book, mark in marks.items()}
        roster = msgspec.structs.replace(self._ring.roster, history=history)
        keys._write_with_new_keys(by, roster, self._ring.locks, BOOKS, seed)
        return keys

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
        roster: UserList,
        locks: dict[str, PasswordLock],
        books: Sequence[BookName],
        seed: Secret,
        wishes: dict[str, Wish] | None = None,
    ) -> None:
        """Write the roster with a further generation of keys for these books."""
        self._keys_for(by, books)  # who does not hold the old key cannot change the file's key
        roster, fresh = slots.with_new_keys(roster, books)
        self._write(roster, locks, fresh.get("office") or self._office_key(by), seed, wishes)
        for book, key in fresh.items():
            by.candidates[book] = (key, *by.candidates[book])

    def _write(
        self,
        roster: UserList,
        locks: dict[str, PasswordLock],
        office_key: Secret,
        seed: Secret | None,
        wishes: dict[str, Wish] | None = None,
    ) -> None:
        wanted = self._ring.wishes if wishes is None else wishes
        ring = msgspec.structs.replace(self._ring, roster=roster, locks=locks, wishes=wanted)
        marks = self.marks() if seed is not None and self.marks is not None else None
        ring = slots.written(self._ring, ring, office_key, seed, marks)
        write_atomic(self.folder / keyring.FILE_NAME, keyring.encode(ring))
        self._ring = ring
        with disk_errors(keyring.PREVIOUS_NAME):
            (self.folder / keyring.PREVIOUS_NAME).unlink(missing_ok=True)
