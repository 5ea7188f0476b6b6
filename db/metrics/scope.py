"""Over what a figure is asked: callers say it by keywords at the door, inside it is one thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict, Unpack

import msgspec

from db.model import periods
from db.model.periods import Period


def period_of(text: str | Period | None) -> Period | None:
    """A period as given: none, text, or one already read."""
    return periods.parse(text) if isinstance(text, str) else text


class ScopeKeywords(TypedDict, total=False):
    """The scope of a figure as callers write it; what is left out is everything, as of today."""

    period: str | Period | None
    unit: str | None
    ledgers: Sequence[str] | None
    as_of: dt.date | None


class Scope(msgspec.Struct, frozen=True):
    """The scope of a figure: one period, unit, some ledgers, as of a day; None for all, today."""

    period: Period | None = None
    unit: str | None = None
    ledgers: Sequence[str] | None = None
    as_of: dt.date | None = None

    @classmethod
    def of(cls, **asked: Unpack[ScopeKeywords]) -> Scope:
        """The scope that a caller asked for, its period read; "@" and a day is no period, as of
        that day."""
        given, day = asked.get("period"), asked.get("as_of")
        alone = isinstance(given, str) and given.startswith("@")
        if isinstance(given, str) and alone:
            day = periods.parse(given[1:]).last
        period = None if alone else period_of(given)
        return cls(period, asked.get("unit"), asked.get("ledgers"), day)
