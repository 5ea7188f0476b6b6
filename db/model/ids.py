"""Identifiers that never collide between offices that never meet: 20 characters of base32, 100
random bits."""

from __future__ import annotations

import hashlib
import secrets

UID_LENGTH = 20
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
#: Two letters for ten bits: the library's base32 takes ten times as long, and a million are made.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(90, -1, -10)


def _letters(data: bytes) -> str:
    """The first 100 bits as lower-case base32."""
    bits = int.from_bytes(data[:13], "big") >> 4
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def new_uid() -> str:
    """A new random identifier (lower-case base32, 100 bits)."""
    return _letters(secrets.token_bytes(13))


def derived_uid(*parts: str) -> str:
    """The same identifier for the same parts, wherever it is computed.

    Parts are length-prefixed before hashing, so ("ab", "c") and ("a", "bc") differ.
    """
    hashed = bytearray()
    for part in parts:
        data = part.encode("utf-8")
        hashed += len(data).to_bytes(4, "big") + data
    return _letters(hashlib.sha256(hashed).digest())


_LETTERS = frozenset(_ALPHABET)


def is_uid(text: str) -> bool:
    """Whether a text has the form of an identifier."""
    return len(text) == UID_LENGTH and _LETTERS.issuperset(text)
