"""Key slots: how they are made, and how everything in a keys.json is verified before a role or a
key is taken from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from db.errors import NotPermitted
from db.keys import keyring, sealing
from db.keys.keyring import (
    BookName,
    KeyRing,
    Mark,
    RecoveryEntry,
    RolePeriod,
    SealedKey,
    UserEntry,
    UserList,
)
from db.keys.sealing import PasswordLock, Secret
from db.model.roles import Role

# A key of a book by its generation; there is more than one while a change of keys is under way.
Keys: TypeAlias = Mapping[tuple[BookName, int], Secret]


def tampered_error(what: str) -> NotPermitted:
    """The refusal of a file that is not as the program wrote it."""
    return NotPermitted(
        f"密钥文件 keys.json 被改动过（{what}），已拒绝打开。请从最近的备份恢复，并查明是谁改动的。"
    )


def verify(
    ring: KeyRing, held: Sequence[SealedKey], private: PrivateKey, anchor: bytes
) -> dict[tuple[BookName, int], Secret]:
    """The keys in a person's slots, after the signature and the authentication code of the whole
    file were checked.

    ``anchor`` is the verifying key from the person's own lock. Raises ``NotPermitted``.
    """
    roster = ring.roster
    if not sealing.same(anchor, roster.verify_key) or not sealing.signature_holds(
        keyring.signed_message(ring.office_id, roster), ring.signature, anchor
    ):
        raise tampered_error("用户名册")
    keys: dict[tuple[BookName, int], Secret] = {}
    for slot in held:
        key = sealing.unseal(slot.box, private)
        if key is None:
            raise tampered_error("台账密钥")
        keys[slot.book, slot.generation] = key
    if not any(book == "office" for book, _ in keys):
        raise tampered_error("工作台账的密钥")
    if not sealing.same(authentication(ring, newest(keys, "office")), ring.authentication):
        raise tampered_error("校验码不符")
    return keys


def signing_seed(box: bytes | None, private: PrivateKey, verify_key: bytes) -> Secret:
    """The administrators' signing seed out of its box; ``NotPermitted`` when it is not the one the
    roster names."""
    seed = sealing.unseal(box, private) if box is not None else None
    if seed is None or not sealing.same(bytes(SigningKey(bytes(seed)).verify_key), verify_key):
        raise tampered_error("管理员的签名钥")
    return seed


def authentication(ring: KeyRing, office_key: bytes) -> bytes:
    """The authentication code the file should carry."""
    key = sealing.derive(office_key, "keys.json", ring.office_id)
    return sealing.authentication(keyring.authenticated_message(ring), key)


def written(
    old: KeyRing,
    new: KeyRing,
    office_key: bytes,
    seed: Secret | None,
    marks: Mapping[str, Mark] | None,
) -> KeyRing:
    """The next state of the file: signed with the seed (None: the roster is unchanged), counted on,
    authenticated. ``marks``: where the logs stand; None where no book is open, and the history is
    brought up to date by the next who has them open."""
    roster, signature = new.roster, old.signature
    if seed is not None:
        if marks is not None:
            roster = with_history(roster, marks)
        signature = sealing.sign(keyring.signed_message(old.office_id, roster), seed)
    ring = KeyRing(
        keyring.FORMAT, old.office_id, old.serial + 1, roster, new.locks, signature, b"", new.wishes
    )
    return msgspec.structs.replace(ring, authentication=authentication(ring, office_key))


def with_history(roster: UserList, marks: Mapping[str, Mark]) -> UserList:
    """The roster with a line of history for everybody who is no longer what they were."""
    last = {line.name: (line.role, line.verify_key) for line in roster.history}
    now: dict[str, tuple[Role | None, bytes]] = dict.fromkeys(last, (None, b""))
    now |= {user.name: (user.role, user.verify_key) for user in roster.users}
    fresh = [
        RolePeriod(name, *state, dict(marks)) for name,
        state in now.items() if last.get(name) != state
    ]
    return msgspec.structs.replace(roster, history=(*roster.history, *fresh))


def recovery_keys(secret: bytes, office_id: str) -> tuple[PrivateKey, Secret]:
    """The key pair and the symmetric key that the paper stands for."""
    private = PrivateKey(bytes(sealing.derive(secret, "recovery key pair", office_id)))
    return private, sealing.derive(secret, "recovery anchor", office_id)


def newest(keys: Keys, book: BookName) -> Secret:
    """The newest key of a book."""
    return keys[max(k for k in keys if k[0] == book)]


def slots(keys: Keys, public_key: bytes) -> tuple[SealedKey, ...]:
    """Every key sealed to one public key."""
    return tuple(
        SealedKey(book, g, sealing.seal(key, public_key)) for (book, g), key in sorted(keys.items())
    )


def sealed(entry: UserEntry, keys: Keys, seed: Secret | None) -> UserEntry:
    """The entry with these keys (and the signing seed, for an administrator) sealed to its public
    key."""
    signer = sealing.seal(seed, entry.public_key) if seed else None
    return msgspec.structs.replace(entry, slots=slots(keys, entry.public_key), signer=signer)


class Pairs:
    """The two key pairs of a person: one that book keys are sealed to, one that signs their
    changes. ``wanted``: the pair that takes the first one's place once an administrator has taken
    it up."""

    def __init__(
        self, private: PrivateKey | None = None, own: Secret | None = None,
        wanted: PrivateKey | None = None,
    ) -> None:
        self.private = private or PrivateKey.generate()
        self.own = own or Secret(bytes(SigningKey.generate()))
        self.wanted = wanted

    @property
    def verify_key(self) -> bytes:
        """The public half of the signing pair."""
        return bytes(SigningKey(bytes(self.own)).verify_key)

    def of(self, entry: UserEntry) -> UserEntry:
        """The entry with the public halves of both."""
        return msgspec.structs.replace(
            entry, public_key=bytes(self.private.public_key), verify_key=self.verify_key
        )

    def locked(self, anchor: bytes, password: str, office_id: str, name: str) -> PasswordLock:
        """Both private halves, and the verifying key their holder trusts, under the password."""
        bound = bytes(self.private.public_key)
        about = keyring.lock_context(office_id, name, bound)
        parts = [bytes(self.private), bytes(anchor), bytes(self.own)]
        if self.wanted is not None:
            parts.append(bytes(self.wanted))
        lock = sealing.lock(b"".join(parts), password, about)
        return msgspec.structs.replace(lock, bound=bound) if self.wanted is not None else lock


def with_user(roster: UserList, entry: UserEntry) -> UserList:
    """The roster with this entry in the place of the one of the same name, or added."""
    users = tuple(entry if u.name == entry.name else u for u in roster.users)
    if entry.name not in {u.name for u in roster.users}:
        users = (*users, entry)
    return msgspec.structs.replace(roster, users=users)


def recovery_entry(
    paper: bytes, office_id: str, verify_key: bytes, keys: Keys, seed: Secret
) -> RecoveryEntry:
    """The slot of the key on paper."""
    private, anchor_key = recovery_keys(paper, office_id)
    public = bytes(private.public_key)
    anchor = sealing.encrypt(verify_key, anchor_key, office_id.encode())
    return RecoveryEntry(public, anchor, slots(keys, public), sealing.seal(seed, public))


def with_new_keys(
    roster: UserList, books: Sequence[BookName]
) -> tuple[UserList, dict[BookName, Secret]]:
    """The roster with new keys for these books, sealed to all who have a slot for them, and these
    keys."""
    fresh = {book: sealing.new_key() for book in books}
    generation = {book: roster.generations(book)[-1] + 1 for book in books}

    def more(held: tuple[SealedKey, ...], public_key: bytes) -> tuple[SealedKey, ...]:
        books_held = {slot.book for slot in held}
        return held + tuple(
            SealedKey(book, generation[book], sealing.seal(key, public_key))
            for book, key in fresh.items()
            if book in books_held
        )

    users = tuple(
        msgspec.structs.replace(u, slots=more(u.slots, u.public_key)) for u in roster.users
    )
    paper = roster.recovery
    paper = msgspec.structs.replace(paper, slots=more(paper.slots, paper.public_key))
    return msgspec.structs.replace(roster, users=users, recovery=paper), fresh


def without_old_keys(roster: UserList, book: BookName) -> UserList:
    """The roster with the newest key of this book only."""
    last = roster.generations(book)[-1]

    def kept(held: tuple[SealedKey, ...]) -> tuple[SealedKey, ...]:
        return tuple(s for s in held if s.book != book or s.generation == last)

    users = tuple(msgspec.structs.replace(u, slots=kept(u.slots)) for u in roster.users)
    paper = msgspec.structs.replace(roster.recovery, slots=kept(roster.recovery.slots))
    return msgspec.structs.replace(roster, users=users, recovery=paper)
