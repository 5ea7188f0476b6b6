"""What the index of words alone says: how many records of a kind hold a match, and what is best
sought."""

from __future__ import annotations

import msgspec

from db.model.context import Connection
from db.model.sql import quoted
from db.store import fulltext

#: Pairs of characters of a term, and finds of each, by which it is judged how often they are; the
#: share from which on a pair is often, and that which the others may leave to be looked through.
_PAIRS, _SAMPLE, _OFTEN, _LEFT = 16, 128, 0.25, 0.002
#: The share of the index that may be left out of what it counts, one in so many, and records that
#: are looked up in the time of one look into it.
_SIDE, _A_LOOK = 8, 1_200
#: Records from which on rows looked through in turn soon give a page.
_MOST = 100_000

_HOLDING = "search WHERE search MATCH ? AND rowid BETWEEN ? AND ?"

decode_numbers = msgspec.json.Decoder(list[int]).decode


class Indexed:
    """Asked for one query, so that nothing is counted twice for it."""

    def __init__(self, connection: Connection, kind: str, least: int) -> None:
        """``least``: records from which on they are many."""
        self.connection, self.kind, self.least = connection, kind, least
        self._before = fulltext.before(connection, kind)
        #: match → how many hold it, counted up to one more than so many
        self._held: dict[str, tuple[int, int]] = {}
        self._narrowed: dict[str, str] = {}

    def held_by_more(self, match: str, number: int) -> bool:
        """Whether more records than so many hold it; they are counted so far as that takes, and
        what is known is not counted again."""
        held, most = self._held.get(match, (0, -1))
        if held > most and number > most:  # there may be more
            text = f"SELECT 1 FROM {_HOLDING} LIMIT {number + 1}"
            held = self.count(f"({text})", match, *self._places(1, fulltext.LAST))
            self._held[match] = held, number
        return held > number

    def narrowed(self, term: str, match: str) -> str:
        """What is sought in the index for a term that is looked up in the text anyway: of pairs of
        characters that many records hold, a pass each is spared where the others leave few."""
        if term not in self._narrowed:
            pairs = fulltext.pairs_of(term)
            long = bool(pairs) and self._last() > self.least
            self._narrowed[term] = self._seldom(pairs) if long else ""
        return self._narrowed[term] or match

    def _seldom(self, pairs: list[str]) -> str:
        """Those of the pairs that few records hold; "" where they are not few enough."""
        last = self._last()
        seldom, left = pairs[_PAIRS:], 1.0
        for pair in pairs[:_PAIRS]:
            shares = [self._share(f'"{pair}"', last * part // 3, last) for part in (1, 2)]
            if min(shares) < _OFTEN:
                seldom.append(pair)
                left *= max(shares)
        return " AND ".join(f'"{pair}"' for pair in seldom) if left < _LEFT else ""

    def _share(self, match: str, start: int, last: int) -> float:
        """How many records hold it: out of as many from a place on as it takes to find some."""
        row = self.connection.execute(
            f"SELECT {fulltext.RECORD} FROM {_HOLDING} LIMIT 1 OFFSET ?",
            (match, *self._places(start + 1, fulltext.LAST), _SAMPLE - 1),
        ).fetchone()
        return _SAMPLE / ((last if row is None else row[0]) - start)

    def counted(self, match: str) -> int:
        """How many records, not deleted, the index holds for a match: what was deleted is left out
        by a few looks into the index, where each record found would be looked up."""
        deleted, before = f"SELECT id FROM {quoted(self.kind)} WHERE deleted = 1", self._state()
        every = (match, *self._places(1, fulltext.LAST))
        left_out = self._runs(deleted)
        if left_out is not None:
            others = sum(self.count(_HOLDING, match, *self._places(*run)) for run in left_out)
            found = self.count(_HOLDING, *every) - others
            if self._state() == before:
                return found
        return self.count(f"{_HOLDING} AND {fulltext.RECORD} NOT IN ({deleted})", *every)

    def _places(self, first: int, last: int) -> tuple[int, int]:
        """Where records from one number to another stand in the index."""
        return self._before + first, self._before + last

    def often(self, match: str) -> bool:
        """Whether so many records hold it that looking each up takes longer than passing all."""
        return self.held_by_more(match, self.least)

    def mostly(self, match: str) -> bool:
        """Whether so many hold it that rows looked through in turn soon give a page."""
        return self.held_by_more(match, _MOST)

    def waits(self) -> bool:
        """Whether records are not in the index yet."""
        return self.more_than(0, "search_waiting WHERE kind = ?", self.kind)

    def _state(self) -> int:
        """Another number as soon as somebody else has written."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def _runs(self, rows: str) -> list[tuple[int, int]] | None:
        """Numbers as runs without gaps; None where it takes too many."""
        last = self._last()
        if self.more_than(last // _SIDE, f"({rows})"):
            return None
        text = f"SELECT json_group_array(id) FROM ({rows})"
        numbers = decode_numbers(self.connection.execute(text).fetchone()[0])
        numbers.sort()
        ends = [at for at in range(1, len(numbers)) if numbers[at] != numbers[at - 1] + 1]
        if len(ends) > last // _A_LOOK:
            return None
        parts = zip([0, *ends], [*ends, len(numbers)], strict=True)
        return [(numbers[start], numbers[end - 1]) for start, end in parts if end]

    def _last(self) -> int:
        text = f"SELECT coalesce(max(id), 0) FROM {quoted(self.kind)}"
        return int(self.connection.execute(text).fetchone()[0])

    def count(self, rows: str, *asked: object) -> int:
        """How many rows there are of these."""
        return int(self.connection.execute(f"SELECT count(*) FROM {rows}", asked).fetchone()[0])

    def more_than(self, number: int, rows: str, *asked: object) -> bool:
        """Whether there are more rows than so many."""
        return self.count(f"(SELECT 1 FROM {rows} LIMIT {number + 1})", *asked) > number
