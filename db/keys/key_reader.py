"""A key file as it is read: what it tells, and its opening by a password. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from nacl.public import PrivateKey

from db.errors import BadInput, NotPermitted, WrongPassword
from db.keys import keyring, sealing, slots
from db.keys.keyring import BookName, KeyRing, Mark, RolePeriod, UserEntry, UserList
from db.keys.sealing import Secret
from db.keys.users import BOOKS, Unlocked, UserInfo, info, loose
from db.store import online_copy


class KeyReader:
    """The keys.json of one folder, read."""

    def __init__(self, folder: Path, ring: KeyRing) -> None:
        self.folder = Path(folder)
        self._ring = ring
        self._users: tuple[UserList, tuple[UserInfo, ...]] | None = None
        #: Where the logs of the books stand, for the history of the roster.
        self.marks: Callable[[], dict[str, Mark]] | None = None

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The key file of a folder; ``Damaged`` when missing or unreadable. Nothing is trusted
        before ``unlock``."""
        return cls(Path(folder), keyring.read(Path(folder) / keyring.FILE_NAME))

    @classmethod
    def from_bytes(cls, folder: Path, data: bytes) -> Self:
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

    @property
    def history(self) -> tuple[RolePeriod, ...]:
        """Who was what, and signed with which key, from where on; verified once somebody has
        unlocked the file."""
        return self._ring.roster.history

    @property
    def changed_passwords(self) -> tuple[str, ...]:
        """Who changed their password and still waits for the books' new keys."""
        return tuple(name for name in self._ring.wishes if self._ring.locks[name].bound)

    def users(self) -> tuple[UserInfo, ...]:
        """All users in the order they were added; asked for with every row that names one."""
        roster, cached = self._ring.roster, self._users
        if cached is None or cached[0] is not roster:
            self._users = cached = (roster, tuple(map(info, roster.users)))
        return cached[1]

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
        pairs, anchor = self._open_lock(entry, password)
        return self._opened(entry, pairs, anchor)

    # -- within ------------------------------------------------------------------------------------

    def _entry(self, name: str) -> UserEntry:
        entry = self._ring.roster.find(loose(name))
        if entry is None:
            raise BadInput(f"没有名为“{name}”的用户。", field="name")
        return entry

    def _open_lock(self, entry: UserEntry, password: str) -> tuple[slots.Pairs, Secret]:
        lock = self._ring.locks[entry.name]
        about = keyring.lock_context(self.office_id, entry.name, lock.bound or entry.public_key)
        payload = sealing.unlock(lock, password, about)
        parts = [payload[at : at + 32] for at in range(0, len(payload), sealing.KEY_BYTES)]
        if not 2 <= len(parts) <= 4 or len(payload) % sealing.KEY_BYTES:
            raise slots.tampered_error(f"用户“{entry.name}”")
        own = Secret(parts[2]) if len(parts) > 2 else None
        wanted = PrivateKey(bytes(parts[3])) if len(parts) > 3 else None
        private = PrivateKey(bytes(parts[0]))
        if wanted is not None and bytes(wanted.public_key) == entry.public_key:
            private, wanted = wanted, None
        return slots.Pairs(private, own, wanted), Secret(parts[1])

    def _opened(self, entry: UserEntry, pairs: slots.Pairs, anchor: bytes) -> Unlocked:
        private = pairs.private
        if not sealing.same(bytes(private.public_key), entry.public_key):
            raise slots.tampered_error(f"用户“{entry.name}”的公钥")
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
            entry.name, entry.display, entry.role, entry.unit, current, candidates, private, seed,
            pairs.own if pairs.verify_key == entry.verify_key else None,
        )

    def _opening(self, book: str, options: Sequence[Secret]) -> Secret:
        if len(options) == 1:
            return options[0]
        return options[online_copy.opening_key(self.folder / f"{book}.db", options) or 0]
