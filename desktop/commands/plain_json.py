"""The JSON of an answer; apart from ``answers``, since a window and a plain answer do without."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec


def formatted(answer: object) -> bytes:
    """One JSON document over several lines."""
    return msgspec.json.format(msgspec.json.encode(answer, enc_hook=_plain), indent=1)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
