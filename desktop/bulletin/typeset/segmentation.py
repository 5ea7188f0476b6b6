"""Chinese text parted into words: the way of least cost through a dictionary, and what it does not
know by where a character usually stands in a word.

The way and the figures are jieba's (``resources/typeset/dictionary.txt``); its own packages take a
quarter of a second to load, as long as setting a page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import resources

#: Of a word or character that nobody knows: seen once in jieba's corpus; at a place never seen.
_UNKNOWN, _NEVER = 143, 1_000_000
#: Of a term at the most, as of a word that is met daily.
_TERM = 85
#: What may stand before a place in a word, and what that costs; the costs of beginning with it.
_BEFORE = {
    "B": (("E", 5), ("S", 6)), "M": (("B", 7), ("M", 10)),
    "E": (("B", 4), ("M", 3)), "S": (("E", 6), ("S", 5)),
}  # fmt: skip
_FIRST = {"B": 2, "E": _NEVER, "M": _NEVER, "S": 12}


class Segmenter:
    """Parts runs of ideographs; ``terms`` are words whatever the dictionary holds, ``ends`` what
    begins no word that is guessed at."""

    def __init__(self, terms: Iterable[str], ends: Collection[str] = ()) -> None:
        self._ends = ends
        self._costs: dict[str, int] = {}
        self._places: dict[str, dict[str, int]] = {state: {} for state in "BMES"}
        for line in resources.path("typeset", "dictionary.txt").read_text("utf-8").splitlines():
            head, _, rest = line.partition(" ")
            if head.isdecimal():
                self._costs |= dict.fromkeys(rest.split(), int(head))
            elif head != "#":
                self._places[head[0]] |= dict.fromkeys(rest, int(head[1:]))
        self._longest = max(map(len, self._costs))
        for term in terms:
            self._costs[term] = min(self._way(term)[0] - 1, _TERM)

    def cut(self, run: str) -> list[str]:
        """The words of a run of ideographs."""
        _, ends = self._way(run)
        found: list[str] = []
        at = single = 0
        while at < len(run):
            end = ends[at]
            if end - at > 1:
                found += (*self._unknown(run[single:at]), run[at:end])
                single = end
            at = end
        found += self._unknown(run[single:])
        return found

    def _way(self, run: str) -> tuple[int, list[int]]:
        """The least cost of a run, and where the word that begins at each place ends."""
        costs, size = self._costs, len(run)
        least, ends = [0] * (size + 1), list(range(1, size + 1))
        for at in range(size - 1, -1, -1):
            best = costs.get(run[at], _UNKNOWN) + least[at + 1]
            for end in range(at + 2, min(size, at + self._longest) + 1):
                cost = costs.get(run[at:end])
                if cost is not None and cost + least[end] < best:
                    best, ends[at] = cost + least[end], end
            least[at] = best
        return least[0], ends

    def _unknown(self, run: str) -> Iterator[str]:
        """Single characters in a row put together where they are likely to be one word."""
        if len(run) < 2:
            yield from run
            return
        ways = {state: (_FIRST[state] + self._place(state, run[0]), state) for state in "BMES"}
        for sign in run[1:]:
            ways = {
                state: min(
                    (ways[other][0] + cost + self._place(state, sign), ways[other][1] + state)
                    for other, cost in before
                )
                for state, before in _BEFORE.items()
            }
        start = 0
        for at, state in enumerate(min(ways["E"], ways["S"])[1], 1):
            if state in "ES":
                if at - start > 1 and run[start] in self._ends:
                    yield run[start]
                    start += 1
                yield run[start:at]
                start = at

    def _place(self, state: str, sign: str) -> int:
        return self._places[state].get(sign, _NEVER)
