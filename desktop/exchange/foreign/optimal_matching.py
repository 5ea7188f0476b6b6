"""Each field to at most one column so that the whole fits best (Kuhn and Munkres' method by
shortest augmenting paths)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

#: Beyond what any score can reach.
_FAR = 1e9


def assign(gains: Sequence[Sequence[float]]) -> dict[int, int]:
    """Row → column with the greatest sum of gains; what gains nothing stays out."""
    if not gains or not gains[0]:
        return {}
    width = len(gains[0])
    # as many columns again that gain nothing, so that every row may stay out
    costs = [[-gain for gain in row] + [0.0] * len(gains) for row in gains]
    rows_of = _cheapest(costs, width + len(gains))
    return {row: at for at, row in enumerate(rows_of[:width]) if row >= 0 and gains[row][at] > 0}


def _cheapest(costs: Sequence[Sequence[float]], width: int) -> list[int]:
    """For each column the row that it goes to, -1 for none."""
    places = _Places(costs, [0.0] * len(costs), [0.0] * width, [-1] * width)
    for row in range(len(costs)):
        places.augment(row)
    return places.taken


class _Places(msgspec.Struct):
    """Who stands where so far, and what rows and columns cost on their way there."""

    costs: Sequence[Sequence[float]]
    of_row: list[float]
    of_column: list[float]
    taken: list[int]

    def augment(self, start: int) -> None:
        """Find a place for one more row, moving others where that is cheaper."""
        width = len(self.taken)
        least, before, done = [_FAR] * width, [-1] * width, [False] * width
        row, last = start, -1
        while row >= 0:
            found = self._nearest(row, last, least, before, done)
            self._lower(start, least[found], least, done)
            done[found], last, row = True, found, self.taken[found]
        while last >= 0:
            earlier = before[last]
            self.taken[last] = self.taken[earlier] if earlier >= 0 else start
            last = earlier

    def _nearest(
        self, row: int, last: int, least: list[float], before: list[int], done: list[bool]
    ) -> int:
        """The column not yet passed that is reached at the least cost."""
        for at in range(len(least)):
            cost = self.costs[row][at] - self.of_row[row] - self.of_column[at]
            if not done[at] and cost < least[at]:
                least[at], before[at] = cost, last
        return min((at for at in range(len(least)) if not done[at]), key=least.__getitem__)

    def _lower(self, start: int, step: float, least: list[float], done: list[bool]) -> None:
        self.of_row[start] += step
        for at, passed in enumerate(done):
            if passed:
                self.of_row[self.taken[at]] += step
                self.of_column[at] -= step
            else:
                least[at] -= step
