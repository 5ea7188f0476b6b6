"""What the index of words alone says: how many records hold a match, and what is best sought."""

from __future__ import annotations

from collections.abc import Sequence

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

decode_numbers = msgspec.json.Decoder(list[int]).decode


class Indexed:
    """Asked for one query, so that nothing is counted twice for it."""

    def __init__(self, connection: Connection, least: int) -> None:
        """``least``: records from which on they are many."""
        self.connection, self.least = connection, least
        self._held: dict[str, int] = {}
        self._narrowed: dict[str, str] = {}

    def held_by_more(self, match: str, number: int) -> bool:
        """Whether more records than so many hold it; counted once, where these are few."""
        held = self._held.get(match)
        if held is None or held > self.least:
            text = f"SELECT 1 FROM search WHERE search MATCH ? LIMIT {number + 1}"
            held = self._held[match] = self.count(f"({text})", match)
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
            "SELECT rowid FROM search WHERE search MATCH ? AND rowid > ? LIMIT 1 OFFSET ?",
            (match, start, _SAMPLE - 1),
        ).fetchone()
        return _SAMPLE / ((last if row is None else row[0]) - start)

    def counted(self, kind: str, match: str) -> int:
        """How many records of a kind, not deleted, the index holds for a match. What is left out
        lies side by side as a rule, since what waits is indexed kind by kind: a few looks into the
        index, where each record found would be looked up."""
        deleted, before = f"SELECT id FROM {quoted(kind)} WHERE deleted = 1", self._state()
        left_out = self._runs(
            "SELECT id FROM search_rows WHERE kind < ? UNION ALL SELECT id FROM search_rows WHERE"
            f" kind > ? UNION ALL SELECT id FROM search_rows WHERE kind = ? AND rec IN ({deleted})",
            (kind, kind, kind),
        )
        if left_out is not None:
            every = "search WHERE search MATCH ?"
            between = f"{every} AND rowid BETWEEN ? AND ?"
            others = sum(self.count(between, match, *run) for run in left_out)
            found = self.count(every, match) - others
            if self._state() == before:
                return found
        rows = "search JOIN search_rows r ON r.id = search.rowid WHERE search MATCH ?"
        return self.count(f"{rows} AND r.kind = ? AND r.rec NOT IN ({deleted})", match, kind)

    def often(self, match: str) -> bool:
        """Whether so many records hold it that looking each up takes longer than passing all."""
        return self.held_by_more(match, self.least)

    def mostly(self, match: str) -> bool:
        """Whether so many hold it that rows looked through in turn soon give a page."""
        return self.held_by_more(match, _MOST)

    def waits(self, kind: str) -> bool:
        """Whether records of a kind are not in the index yet."""
        return self.more_than(0, "search_waiting WHERE kind = ?", kind)

    def _state(self) -> int:
        """Another number as soon as somebody else has written."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def _runs(self, rows: str, asked: Sequence[str]) -> list[tuple[int, int]] | None:
        """Numbers in the index as runs without gaps; None where it takes too many."""
        last = self._last()
        if self.more_than(last // _SIDE, f"({rows})", *asked):
            return None
        text = f"SELECT json_group_array(id) FROM ({rows})"
        numbers = decode_numbers(self.connection.execute(text, asked).fetchone()[0])
        numbers.sort()
        ends = [at for at in range(1, len(numbers)) if numbers[at] != numbers[at - 1] + 1]
        if len(ends) > last // _A_LOOK:
            return None
        parts = zip([0, *ends], [*ends, len(numbers)], strict=True)
        return [(numbers[start], numbers[end - 1]) for start, end in parts if end]

    def _last(self) -> int:
        text = "SELECT coalesce(max(id), 0) FROM search_rows"
        return int(self.connection.execute(text).fetchone()[0])

    def count(self, rows: str, *asked: object) -> int:
        """How many rows there are of these."""
        return int(self.connection.execute(f"SELECT count(*) FROM {rows}", asked).fetchone()[0])

    def more_than(self, number: int, rows: str, *asked: object) -> bool:
        """Whether there are more rows than so many."""
        return self.count(f"(SELECT 1 FROM {rows} LIMIT {number + 1})", *asked) > number
