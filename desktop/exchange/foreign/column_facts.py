"""A column of a foreign table as it stands in the sheet, and what it was taken for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import msgspec

from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.headings import REMEMBERED, Headings

#: So many values of a column are looked at.
LOOKED_AT = 60
#: So many values of a column differ where each row has its own.
_APART = 0.75


class ColumnFacts(msgspec.Struct, frozen=True):
    """A column as it stands in the sheet: its heading, what it counts in ("%", 万元 …) and some of
    its values."""

    heading: str
    measure: str = ""
    texts: tuple[str, ...] = ()
    #: what else it may be called: the lowest line of its heading, or with the groups above
    lowest: str = ""

    @property
    def counts_rows(self) -> bool:
        """Whether it only says which row it is: 编号 1, 2, 3."""
        texts = self.texts
        return len(texts) > 1 and all(text == str(n) for n, text in enumerate(texts, 1))

    @property
    def is_a_group(self) -> bool:
        """Whether it says what several rows have in common, and is not called like an item."""
        said, texts = meanings(self.heading)[:1], self.texts
        alike = len(texts) > 1 and len(set(texts)) < len(texts) * _APART
        return alike and bool(said) and said[0] != "title"

    @property
    def average(self) -> float:
        """How long its texts are."""
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0


class FieldMatch(msgspec.Struct, frozen=True):
    """A field that a column is taken for, how much speaks for it, and why."""

    field: str
    score: float
    why: str

    @property
    def sure(self) -> float:
        """0 to 1; over 1 where a person said so."""
        return self.score if self.score >= REMEMBERED else min(self.score, 1.0)


class ColumnMapping(msgspec.Struct):
    """What every column of a table is taken for."""

    columns: dict[int, FieldMatch] = msgspec.field(default_factory=dict)

    @property
    def mapping(self) -> dict[int, str]:
        """Column → field."""
        return {at: taken.field for at, taken in self.columns.items()}


def column_facts(
    found: Headings, rows: Sequence[Sequence[str]], last: int, is_item: Callable[[int], bool]
) -> dict[int, ColumnFacts]:
    """The columns of a table; ``is_item`` tells of a row (from 1) whether it may hold an item."""
    numbers = [n for n in range(found.rows[-1] + 1, last + 1) if is_item(n)][: LOOKED_AT * 4]
    out = {}
    for at, heading in found.headings.items():
        texts = [
            unicodedata.normalize("NFKC", row[at]).strip()
            for row in (rows[n - 1] for n in numbers) if at < len(row)
        ]
        some = tuple(text for text in texts if text)[:LOOKED_AT]
        lowest = found.lowest.get(at, "")
        out[at] = ColumnFacts(heading, found.measures.get(at, ""), some, lowest)
    return out
