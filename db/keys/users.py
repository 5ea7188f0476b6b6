"""Users as the rest of the program sees them: roles, who somebody is, and what a login hands
out."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass, field

import msgspec
from nacl.public import PrivateKey

from db.errors import BadInput
from db.keys.keyring import BookName, UserEntry
from db.keys.sealing import Secret
from db.model.roles import ROLES, Role

BOOKS: tuple[BookName, ...] = ("office", "personnel")
_LONGEST_NAME = 32

#: What each role may do all of, and more.
_BELOW: dict[Role, tuple[Role, ...]] = {
    "administrator": ("reviewer", "clerk", "personnel", "viewer"),
    "reviewer": ("clerk", "viewer"), "clerk": ("viewer",), "personnel": ("viewer",), "viewer": (),
}


def only_more(old: Role, new: Role) -> bool:
    """Whether somebody of the new role may do all that they might before."""
    return old == new or old in _BELOW[new]


def default_books(role: Role) -> tuple[BookName, ...]:
    """The books whose keys a role is given."""
    return BOOKS if role in ("administrator", "personnel") else ("office",)


class UserInfo(msgspec.Struct, frozen=True):
    """A user as lists show them; nothing secret."""

    name: str
    display: str
    role: Role
    unit: str | None
    books: tuple[BookName, ...]


@dataclass(slots=True)
class Unlocked:
    """A person whose password was right, with the keys that are theirs.

    ``book_keys`` holds, for each book the person may open, the key that opens its file now. While a
    change of keys is under way ``candidates`` holds more than one key for a book, newest first.
    """

    user: str
    display: str
    role: Role
    unit: str | None
    book_keys: dict[BookName, Secret]
    candidates: dict[BookName, tuple[Secret, ...]] = field(repr=False)
    private: PrivateKey | None = field(repr=False)
    signer: Secret | None = field(repr=False)
    #: signs what this person changes; None where nothing can yet be proved by it
    own: Secret | None = field(default=None, repr=False)

    @property
    def may_administer(self) -> bool:
        """Whether this person can sign changes of users."""
        return self.role == "administrator" and self.signer is not None

    def seal(self, text: str) -> str:
        """A code over a text that nobody else can make; "" while this person has no own key."""
        if self.own is None:
            return ""
        return hmac.digest(self.own, b"zhengxian seal\0" + text.encode(), "sha256").hex()

    def forget(self) -> None:
        """Let go of all keys (Python cannot promise that the memory is wiped)."""
        self.book_keys.clear()
        self.candidates.clear()
        self.private = self.signer = self.own = None


class RekeyPlan(msgspec.Struct, frozen=True):
    """Books whose files must get a new key, since somebody who knew the old one may no longer open
    them."""

    books: tuple[BookName, ...]

    def __bool__(self) -> bool:
        return bool(self.books)


def clean(text: str, label: str, where: str) -> str:
    """A name without stray spaces; ``BadInput`` when nothing is left, it is too long, or holds
    control characters."""
    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    if not cleaned or len(cleaned) > _LONGEST_NAME or not cleaned.isprintable():
        raise BadInput(f"{label}应为 1 至 {_LONGEST_NAME} 个字符，请重新输入。", field=where)
    return cleaned


def loose(name: str) -> str:
    """A typed login name, so that it is found whatever the spaces and the Unicode form."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def alike(one: str, other: str) -> bool:
    """Whether two names look the same to people: wide letters, capitals and composition aside."""
    return (
        unicodedata.normalize("NFKC", one).casefold()
        == unicodedata.normalize("NFKC", other).casefold()
    )


def info(entry: UserEntry) -> UserInfo:
    """What may be shown of an entry."""
    held = {s.book for s in entry.slots}
    return UserInfo(
        entry.name, entry.display, entry.role, entry.unit, tuple(b for b in BOOKS if b in held)
    )


def check_role(role: str) -> None:
    """``BadInput`` for a role that does not exist."""
    if role not in ROLES:
        raise BadInput(f"没有“{role}”这种角色，请选择：{'、'.join(ROLES.values())}。", field="role")
