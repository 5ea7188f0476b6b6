"""Identifiers that never collide between offices that never meet: 20 characters of base32, 100
random bits; those of records begin with the time."""

from __future__ import annotations

import hashlib
import secrets
import time

UID_LENGTH = 20
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
#: Two letters for ten bits: the library's base32 takes ten times as long, and a million are made.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_HALF = (1 << 50) - 1


def _letters(data: bytes) -> str:
    """The first 100 bits as lower-case base32."""
    bits, pairs = int.from_bytes(data[:13], "big") >> 4, _PAIRS
    high, low = bits >> 50, bits & _HALF  # short numbers are shifted faster
    return (
        f"{pairs[high >> 40]}{pairs[high >> 30 & 1023]}{pairs[high >> 20 & 1023]}"
        f"{pairs[high >> 10 & 1023]}{pairs[high & 1023]}"
        f"{pairs[low >> 40]}{pairs[low >> 30 & 1023]}{pairs[low >> 20 & 1023]}"
        f"{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )


def new_uid() -> str:
    """A new random identifier (lower-case base32, 100 bits)."""
    return _letters(secrets.token_bytes(13))


def record_uid() -> str:
    """A new identifier of a record: the second in 35 bits (until the year 3058), then 65 random
    ones. What is made together so stands together in the index of identifiers, and a table of
    millions is not written all over. Nothing reads the time in it, or trusts the clock for it."""
    second = int(time.time()) & (1 << 35) - 1
    return _letters((second << 69 | secrets.randbits(69)).to_bytes(13, "big"))


def derived_uid(*parts: str) -> str:
    """The same identifier for the same parts, wherever it is computed.

    Parts are length-prefixed before hashing, so ("ab", "c") and ("a", "bc") differ.
    """
    text = "".join([f"\0\0\0{chr(len(part))}{part}" for part in parts])
    if text.isascii():  # as most are: their lengths too, each its character
        return _letters(hashlib.sha256(text.encode()).digest())
    hashed = b""
    for part in parts:
        data = part.encode()
        hashed += len(data).to_bytes(4, "big") + data
    return _letters(hashlib.sha256(hashed).digest())


_LETTERS = frozenset(_ALPHABET)


def is_uid(text: str) -> bool:
    """Whether a text has the form of an identifier."""
    return len(text) == UID_LENGTH and _LETTERS.issuperset(text)
