"""The cryptography of keys.json in one place: what locks, what seals, what verifies.

- A *lock* is made with a password: argon2id, then XChaCha20-Poly1305 with the context as associated
data.
- A *sealed* thing is for one person's X25519 public key (libsodium's sealed box).
- The whole file is *authenticated* by a keyed BLAKE2b under a key derived from the office book's
key; the roster is
  *signed* with Ed25519.

Python cannot wipe a secret from memory for certain; what is done instead is that a secret never
shows itself in a
``repr``, a log or an error message (``Secret``), and that the holder forgets its keys when the book
closes.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import unicodedata
from functools import lru_cache
from typing import NoReturn, SupportsIndex

import msgspec
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import Box, PrivateKey, PublicKey, SealedBox
from nacl.pwhash import argon2id
from nacl.secret import Aead
from nacl.signing import SigningKey, VerifyKey
from nacl.utils import random as random_bytes

from db.errors import NotPermitted, WrongPassword

KEY_BYTES = 32

# libsodium's "interactive" strength, measured at 88 ms on two slow cores; what is read from a file
# may be stronger, never weaker (who can steal a keys.json could guess at it), and never so strong
# that it stops the machine.
OPS_FLOOR, OPS_CEILING = 2, 16
MEMORY_FLOOR, MEMORY_CEILING = 64 * 2**20, 256 * 2**20
#: What a password costs to try, on the machine where it is set.
SECONDS = 0.3


class Secret(bytes):
    """Bytes that do not show themselves: not in ``repr``, not in a log line, not in a pickle."""

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "Secret(…)"

    def __format__(self, spec: str) -> str:
        return "Secret(…)"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class PasswordLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something locked by a password: the strength it was made with (bytes of memory), the salt,
    the box. ``bound``: the public key it was made for, where that may since be another."""

    ops: int
    memory: int
    salt: bytes
    box: bytes
    bound: bytes = b""


def new_key() -> Secret:
    """A random 256-bit key."""
    return Secret(random_bytes(KEY_BYTES))


def context(*parts: str | bytes) -> bytes:
    """Parts joined so that no two different lists give the same bytes."""
    out = bytearray()
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        out += len(data).to_bytes(4, "big") + data
    return bytes(out)


def derive(key: bytes, purpose: str, *parts: str | bytes) -> Secret:
    """A key for one purpose out of another key (BLAKE2b, keyed)."""
    return Secret(
        hashlib.blake2b(
            context(purpose, *parts), key=key, digest_size=KEY_BYTES, person=b"zhengxian"
        ).digest()
    )


def stretch(password: str, salt: bytes, ops: int, memory: int) -> bytes:
    """The key a password stands for (argon2id)."""
    # NFKC: a digit typed full-width with an input method on is the same digit.
    typed = unicodedata.normalize("NFKC", password).encode("utf-8")
    return argon2id.kdf(KEY_BYTES, typed, salt, opslimit=ops, memlimit=memory)


@lru_cache(maxsize=1)
def tuned() -> int:
    """The passes of a new lock, measured once."""
    return measured_passes()


def measured_passes() -> int:
    """How many passes take ``SECONDS`` here, between floor and ceiling, by the processor's
    time: a busy machine makes no weaker lock."""
    began = time.thread_time()
    stretch("", bytes(argon2id.SALTBYTES), OPS_FLOOR, MEMORY_FLOOR)
    one = max(1e-6, time.thread_time() - began) / OPS_FLOOR
    return max(OPS_FLOOR, min(OPS_CEILING, round(SECONDS / one)))


def new_salt() -> bytes:
    """What makes the same password another key in each lock."""
    return random_bytes(argon2id.SALTBYTES)


def lock(secret: bytes, password: str, about: bytes) -> PasswordLock:
    """Lock a secret with a password, bound to what it is about."""
    salt = new_salt()
    ops = tuned()
    key = stretch(password, salt, ops, MEMORY_FLOOR)
    return PasswordLock(ops, MEMORY_FLOOR, salt, bytes(Aead(key).encrypt(secret, about)))


#: Said alike of an unknown name and of a wrong password, so that nobody learns which names there
#: are.
NOT_LET_IN = "用户名或密码不对，请重新输入。"


def unlock(locked: PasswordLock, password: str, about: bytes) -> Secret:
    """The secret again. ``WrongPassword`` when it does not open, ``NotPermitted`` when the lock was
    weakened."""
    strong = (
        OPS_FLOOR <= locked.ops <= OPS_CEILING and MEMORY_FLOOR <= locked.memory <= MEMORY_CEILING
    )
    if not strong or len(locked.salt) != argon2id.SALTBYTES:
        raise NotPermitted(
            "密钥文件 keys.json 里的口令强度参数被改动过，已拒绝打开。请从最近的备份恢复。"
        )
    try:
        key = stretch(password, locked.salt, locked.ops, locked.memory)
        return Secret(Aead(key).decrypt(locked.box, about))
    except (CryptoError, ValueError, TypeError):
        raise WrongPassword(NOT_LET_IN) from None


def encrypt(secret: bytes, key: bytes, about: bytes) -> bytes:
    """Encrypt under a key, bound to what it is about."""
    return bytes(Aead(key).encrypt(secret, about))


def decrypt(box: bytes, key: bytes, about: bytes) -> Secret | None:
    """The secret again, or None when it is not what was encrypted."""
    try:
        return Secret(Aead(key).decrypt(box, about))
    except (CryptoError, ValueError, TypeError):
        return None


def seal(secret: bytes, public_key: bytes) -> bytes:
    """Seal a secret for the holder of a key pair."""
    return bytes(SealedBox(PublicKey(public_key)).encrypt(secret))


def unseal(box: bytes, private: PrivateKey) -> Secret | None:
    """The sealed 32-byte secret, or None when it is not for this person or was changed."""
    try:
        secret = Secret(SealedBox(private).decrypt(box))
    except (CryptoError, ValueError, TypeError):
        return None
    return secret if len(secret) == KEY_BYTES else None


def to_signers(secret: bytes, private: PrivateKey, verify_key: bytes) -> bytes:
    """Something for whoever holds the signing seed, which only this key pair can have written."""
    return bytes(Box(private, VerifyKey(verify_key).to_curve25519_public_key()).encrypt(secret))


def from_holder(box: bytes, seed: bytes, public_key: bytes) -> Secret | None:
    """What the holder of the key pair wrote, or None when it was somebody else."""
    try:
        private = SigningKey(seed).to_curve25519_private_key()
        return Secret(Box(private, PublicKey(public_key)).decrypt(box))
    except (CryptoError, ValueError, TypeError):
        return None


def sign(message: bytes, seed: bytes) -> bytes:
    """An Ed25519 signature (64 bytes)."""
    return bytes(SigningKey(seed).sign(message).signature)


def signature_holds(message: bytes, signature: bytes, verify_key: bytes) -> bool:
    """Whether the signature is the key holder's over exactly this message."""
    try:
        VerifyKey(verify_key).verify(message, signature)
    except (BadSignatureError, CryptoError, ValueError, TypeError):
        return False
    return True


def authentication(message: bytes, key: bytes) -> bytes:
    """A keyed BLAKE2b (32 bytes) over the message."""
    return hashlib.blake2b(
        message, key=key, digest_size=KEY_BYTES, person=b"zhengxian-mac"
    ).digest()


def same(left: bytes, right: bytes) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(left, right)
