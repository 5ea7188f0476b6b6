"""Identifiers that never collide between offices that never meet: 20 characters of base32, 100
random bits."""

from __future__ import annotations

import hashlib
import secrets

UID_LENGTH = 20
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
#: Two letters for ten bits: the library's base32 takes ten times as long, and a million are made.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def _letters(data: bytes) -> str:
    """The first 100 bits as lower-case base32."""
    bits, pairs = int.from_bytes(data[:13], "big") >> 4, _PAIRS
    return (
        pairs[bits >> 90] + pairs[bits >> 80 & 1023] + pairs[bits >> 70 & 1023]
        + pairs[bits >> 60 & 1023] + pairs[bits >> 50 & 1023] + pairs[bits >> 40 & 1023]
        + pairs[bits >> 30 & 1023] + pairs[bits >> 20 & 1023] + pairs[bits >> 10 & 1023]
        + pairs[bits & 1023]
    )


def new_uid() -> str:
    """A new random identifier (lower-case base32, 100 bits)."""
    return _letters(secrets.token_bytes(13))


def derived_uid(*parts: str) -> str:
    """The same identifier for the same parts, wherever it is computed.

    Parts are length-prefixed before hashing, so ("ab", "c") and ("a", "bc") differ.
    """
    hashed = b""
    for part in parts:
        data = part.encode()
        hashed += len(data).to_bytes(4, "big") + data
    return _letters(hashlib.sha256(hashed).digest())


_LETTERS = frozenset(_ALPHABET)


def is_uid(text: str) -> bool:
    """Whether a text has the form of an identifier."""
    return len(text) == UID_LENGTH and _LETTERS.issuperset(text)
