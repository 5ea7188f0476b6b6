"""What of a sheet was read otherwise than it is written; told once for each column."""

from __future__ import annotations

import datetime as dt

import msgspec

from db.model.declarations import Field
from desktop.exchange.foreign.unknown_names import UnknownNames


class Readings(msgspec.Struct):
    """Filled while the tables of a sheet are read."""

    #: that the sheet is about
    year: int
    #: the day until which it says what was so
    until: dt.date | None
    #: names that nobody knows, over all tables of the file
    unknown: UnknownNames
    #: the year that titles or headings of the sheet name
    named: int | None = None
    #: label → cell and reading
    loose: dict[str, list[str]] = msgspec.field(default_factory=dict)
    #: cells that name a step of which no table tells the day
    further: list[str] = msgspec.field(default_factory=list)
    #: unit → rows that a heading between them, or the sheet's name, gives it
    by_heading: dict[str, int] = msgspec.field(default_factory=dict)
    #: rows that take theirs from there
    years: int = 0

    def note(self, declared: Field, text: str) -> None:
        """A cell that was read loosely."""
        self.loose.setdefault(declared.label, []).append(text)
