"""Each change signed by whoever made it, so that nobody else who can open the book can speak for
them.

A signature is the last row of its change in the log. It stands for the chain up to there and for
everything that its writer signed before: ``own`` is a running digest over the heads of all their
changes. So the last good signature of a key proves every one before it, and checking a long log
costs a digest for each change and one Ed25519 check for each key. A digest is only ever carried on
from a signature that was found good, so what somebody slipped in under another's name is never
taken up by that other's next one.
"""

from __future__ import annotations

import hashlib

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_BYTES
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from db.model.context import Connection
from db.model.sql import OF_CHANGES

ACTION = "signature"
FIRST = bytes(32)
_SIGNED = (
    f"SELECT j.action, j.after, j.mac FROM {OF_CHANGES} WHERE c.id = ? ORDER BY j.seq DESC"
    " LIMIT 2"
)


class Signature(msgspec.Struct, frozen=True, array_like=True):
    """Who signed, the digest over all that they signed so far, the Ed25519 signature; in hex."""

    by: str
    own: str
    signature: str

    @property
    def digest(self) -> bytes:
        """``own`` as bytes; empty where it is none."""
        try:
            return bytes.fromhex(self.own)
        except ValueError:
            return b""


_decode = msgspec.json.Decoder(Signature).decode


def carried_on(own: bytes, head: bytes) -> bytes:
    """The running digest with one more change, by the head of the chain at its end."""
    return hashlib.sha256(own + head).digest()


def message(office: str, book: str, change: int, head: bytes, own: bytes) -> bytes:
    """The bytes that are signed."""
    return b"\0".join(
        (b"zhengxian change", office.encode(), book.encode(), str(change).encode(), head + own)
    )


def public(seed: bytes) -> bytes:
    """The public half of a signing key."""
    return bytes(SigningKey(bytes(seed)).verify_key)


def signed(seed: bytes, message: bytes) -> str:
    """A signature in hex."""
    return bytes(SigningKey(seed).sign(message).signature).hex()


def holds(verify_key: bytes, signed: bytes, signature: str) -> bool:
    """Whether the signature is this key's."""
    try:
        VerifyKey(verify_key).verify(signed, bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def begin(by: str) -> bytes:
    """What a row begins with that is somebody's signature, whatever it is worth, up to the digest
    over what they have signed."""
    return b'["%b","' % by.encode()


def read(text: str | bytes) -> Signature | None:
    """The row's content, None when it is none."""
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return None


class Signer:
    """One person's hand in one book. ``since``: the last change before this key was theirs.
    ``administers``: whether they are an administrator."""

    administers = False

    def __init__(self, user: str, seed: bytes, office: str, book: str, since: int) -> None:
        self.user, self._office, self._book, self._since = user, office, book, since
        self._verify_key = public(seed)
        #: as the library signs with it: the seed and the public half
        self._secret = bytes(seed) + self._verify_key
        self._own: bytes | None = None

    def sign(self, connection: Connection, change: int, head: bytes) -> str:
        """The row of a change that ends with this head."""
        if self._own is None:
            self._own = self._last_good(connection, change)
        self._own = carried_on(self._own, head)
        signed = message(self._office, self._book, change, head, self._own)
        signature = crypto_sign(signed, self._secret)[:crypto_sign_BYTES]
        made = Signature(self.user, self._own.hex(), signature.hex())
        return msgspec.json.encode(made).decode()

    def forget(self) -> None:
        """What was signed last was rolled back, with all else of the transaction."""
        self._own = None

    def _last_good(self, connection: Connection, before: int) -> bytes:
        """The digest to carry on from: the newest that this very key has signed."""
        rows = connection.execute(
            "SELECT id FROM changes WHERE by = ? AND id > ? AND id < ? ORDER BY id DESC",
            (self.user, self._since, before),
        )
        for (change,) in rows:
            end = connection.execute(_SIGNED, (change,)).fetchall()
            if len(end) < 2 or end[0][0] != ACTION:
                continue
            (_, text, _), (_, _, head) = end
            found = read(text)
            if found is None:
                continue
            try:
                own = bytes.fromhex(found.own)
            except ValueError:
                continue
            signed = message(self._office, self._book, change, bytes(head), own)
            if holds(self._verify_key, signed, found.signature):
                return own
        return FIRST
