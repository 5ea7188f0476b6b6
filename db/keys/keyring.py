"""What stands in keys.json, and which parts of it are verified by what.

- ``roster`` (who there is, in which role, with which public key, and the book keys sealed to each)
is signed with the
  administrators' Ed25519 key. A clerk holds the office book's key, but not this one: so a clerk
  cannot put another public key in the personnel officer's place and be sealed the personnel key at
  the next change of keys.
- ``locks`` (each person's private key and the verifying key they trust, under their own password)
change without an
  administrator, when a person changes the password.
- ``authentication`` covers everything under a key derived from the office book's key, which all
users hold.

All is compared after decoding: white space or the order of keys in the file means nothing, any
other edit shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from db.errors import Damaged
from db.keys.sealing import PasswordLock, context
from db.model.roles import Role
from db.store.disk.disk_errors import disk_errors

FORMAT = 2
_SIGNED = "1"  # what a signature is over has been the same since the first form
FILE_NAME = "keys.json"
#: Kept by earlier programs; it held what an old password opens.
PREVIOUS_NAME = "keys.json.bak"
#: Beside it while a restore is under way (``db/safety/restore.py``); who opens the folder lets it
#: finish first.
RESTORING = "restoring.json"
_LARGEST = 8 * 2**20

BookName: TypeAlias = Literal["office", "personnel"]


class SealedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key of one book, of one generation, sealed to one person."""

    book: BookName
    generation: int
    box: bytes


class UserEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person: ``signer`` is the signing seed sealed to them, for administrators only;
    ``verify_key`` is what their own changes are signed with (none before their first login)."""

    name: str
    display: str
    role: Role
    unit: str | None
    public_key: bytes
    slots: tuple[SealedKey, ...]
    signer: bytes | None
    verify_key: bytes = b""


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A place in a book's log: the last change, and the head of the chain after it, in hex."""

    change: int
    head: str


class RolePeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody was from these places of the books on: their role (None: they left) and the
    key of their signatures."""

    name: str
    role: Role | None
    verify_key: bytes
    since: dict[str, Mark] = {}


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New public keys that a person asks for, in a box that they alone can have made for whoever
    holds the administrators' signing seed. The next administrator's login takes them up."""

    box: bytes


class RecoveryEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slot of the key on paper. ``anchor`` is the verifying key, encrypted under a key derived
    from the paper."""

    public_key: bytes
    anchor: bytes
    slots: tuple[SealedKey, ...]
    signer: bytes


class UserList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything only an administrator may change. ``history`` is kept for those who left."""

    verify_key: bytes
    users: tuple[UserEntry, ...]
    recovery: RecoveryEntry
    history: tuple[RolePeriod, ...] = ()

    def find(self, name: str) -> UserEntry | None:
        """The user with this login name; capital and small letters are the same."""
        wanted = name.casefold()
        return next((u for u in self.users if u.name.casefold() == wanted), None)

    def generations(self, book: BookName) -> tuple[int, ...]:
        """The kept generations of a book's key, oldest first; more than one during a change of
        keys."""
        return tuple(sorted({s.generation for s in self.recovery.slots if s.book == book}))


class KeyRing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole file."""

    format: int
    office_id: str
    serial: int
    roster: UserList
    locks: dict[str, PasswordLock]
    signature: bytes
    authentication: bytes
    wishes: dict[str, Wish] = {}


def signed_message(office_id: str, roster: UserList) -> bytes:
    """The bytes the administrators' signature stands for."""
    return context("zhengxian roster", _SIGNED, office_id, msgspec.json.encode(roster))


def authenticated_message(ring: KeyRing) -> bytes:
    """The bytes the authentication code stands for: everything but itself."""
    bare = msgspec.structs.replace(ring, authentication=b"")
    return context("zhengxian keys", msgspec.json.encode(bare, order="sorted"))


def lock_context(office_id: str, name: str, public_key: bytes) -> bytes:
    """What a person's lock is bound to, so that it cannot be carried to another office, name or key
    pair."""
    return context("zhengxian lock", office_id, name, public_key)


def encode(ring: KeyRing) -> bytes:
    """The file's bytes, indented, so that a person can look at who is in it."""
    return msgspec.json.format(msgspec.json.encode(ring), indent=1)


def decode(data: bytes, name: str = FILE_NAME) -> KeyRing:
    """The file's contents; ``Damaged`` when it is not a keys.json or of a newer program."""
    try:
        head: Any = msgspec.json.decode(data)
        version = head.get("format") if isinstance(head, dict) else None
        if isinstance(version, int) and version > FORMAT:
            raise Damaged(f"密钥文件 {name} 是更新版本的程序写的，请先升级本程序再打开。")
        ring = msgspec.json.decode(data, type=KeyRing)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(f"密钥文件 {name} 已损坏或被改动，无法读取。请从最近的备份恢复。") from error
    names = [u.name for u in ring.roster.users]
    if (
        ring.format not in (1, FORMAT)
        or set(names) != set(ring.locks)
        or len({n.casefold() for n in names}) != len(names)
    ):
        raise Damaged(f"密钥文件 {name} 已损坏或被改动，内容前后不一致。请从最近的备份恢复。")
    return ring


def read(path: Path) -> KeyRing:
    """Read a keys.json; ``Damaged`` when it is missing or not one."""
    with disk_errors(path.name):
        if not path.is_file():
            raise Damaged(f"找不到密钥文件 {path.name}，台账打不开。请从最近的备份恢复。")
        if path.stat().st_size > _LARGEST:
            raise Damaged(f"密钥文件 {path.name} 大得不正常，已拒绝读取。请从最近的备份恢复。")
        data = path.read_bytes()
    return decode(data, path.name)
