"""Identifiers that never collide between offices that never meet: 20 characters of base32, 100
random bits."""

from __future__ import annotations

import base64
import hashlib
import secrets

UID_LENGTH = 20


def new_uid() -> str:
    """A new random identifier (lower-case base32, 100 bits)."""
    return base64.b32encode(secrets.token_bytes(13)).decode("ascii").lower()[:UID_LENGTH]


def derived_uid(*parts: str) -> str:
    """The same identifier for the same parts, wherever it is computed.

    Parts are length-prefixed before hashing, so ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8")
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return base64.b32encode(digest.digest()).decode("ascii").lower()[:UID_LENGTH]


_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz234567")


def is_uid(text: str) -> bool:
    """Whether a text has the form of an identifier."""
    return len(text) == UID_LENGTH and _LETTERS.issuperset(text)
