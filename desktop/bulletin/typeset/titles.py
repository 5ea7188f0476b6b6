"""Breaks titles by sense: centred lines of like length, no word torn apart (GB/T 9704-2012, 7.3.1:
回行时词意完整，排列对称， 长短适宜，间距恰当).

A break inside a word (:mod:`desktop.bulletin.typeset.words`) is the last resort; one inside a term
of the office's papers, before 的 or after 关于, costs more than lines of unlike length.
"""

from __future__ import annotations

import re
from functools import lru_cache

from desktop.bulletin.typeset import words
from desktop.bulletin.typeset.characters import NO_END, NO_START

WORDS = words.terms()
LONGEST = max(map(len, WORDS))
UNIT = re.compile(
    r"[A-Za-z0-9.%〔〕]+(?:年|月|日|号|期|季度)?|《[^》]{1,12}》|“[^”]{1,10}”|.", re.DOTALL
)
#: No way to break a title that parts no word costs so much.
TORN = 120.0
#: Words that belong to the noun after them, and characters that belong to what stands before them.
LEADING, TRAILING = (
    "重点", "全市", "全县", "全区", "有关", "相关", "主要", "专项", "中心", "进一步",
), "年后前中上下内外时间等者性化级类"
GOOD_AFTER = frozenset("的和与及暨、，：；》”）并")


@lru_cache(maxsize=512)
def _break_cost(title: str, at: int, names: tuple[str, ...] = ()) -> float:
    """What a break before character ``at`` costs: 0 is a good place."""
    before, after = title[at - 1], title[at]
    if after in NO_START or before in NO_END:
        return 1000.0
    if " " in (before, after):
        return -20.0  # between two organs
    cost = 6.0
    if at in words.inside(title, names):
        cost = 126.0 if at in words.inside(title, names, words.LONGEST_WHOLE) else 66.0
    cost += 200.0 if at in _within(title) else 0.0
    return cost + 40.0 * _terms_parted(title, at) + _bonds(title, at) - _relief(title, at)


@lru_cache(maxsize=64)
def _within(title: str) -> frozenset[int]:
    """The places within a number or something quoted."""
    return frozenset(range(len(title))) - {match.start() for match in UNIT.finditer(title)}


def _terms_parted(title: str, at: int) -> int:
    """How many terms of the office's papers a break tears apart."""
    return sum(
        start + size > at and title[start : start + size] in WORDS
        for size in range(2, LONGEST + 1)
        for start in range(max(0, at - size + 1), at)
    )


def _bonds(title: str, at: int) -> float:
    """What holds the two sides of a break together."""
    found = (
        (60.0, title[at] in "的和与及"),
        (20.0, title[at] in TRAILING),
        (8.0, title.endswith(LEADING, 0, at)),
        (30.0, title[max(0, at - 2) : at] in ("关于", "对于")),
    )
    return sum(price for price, holds in found if holds)


def _relief(title: str, at: int) -> float:
    """What makes a place a good one to break."""
    about = 3.0 if title.startswith("关于", at) else 0.0
    before = title[at - 1]
    if before in GOOD_AFTER:
        return about + 6.0
    if before in "年月日号期" and title[max(0, at - 2)].isdigit():
        return about + 6.0  # after a whole date or number, not between the words of its subject
    whole = any(title[at - size : at] in WORDS for size in range(2, LONGEST + 1) if at >= size)
    return about + 3.0 if whole or title.startswith(("的", "关于"), at) else about


def _widths(title: str) -> list[float]:
    """Where each character begins, in characters: letters and digits are about half as wide as
    ideographs."""
    at = [0.0]
    for character in title:
        at.append(at[-1] + (0.55 if character.isascii() else 1.0))
    return at


def break_title(title: str, longest: int, names: tuple[str, ...] = ()) -> list[str]:
    """Lines of at most ``longest`` characters; line ends typed by hand are kept. No line is crammed
    to both edges."""
    if "\n" in title:
        parts = [part.strip() for part in title.split("\n")]
        return [line for part in parts for line in break_title(part, longest, names)]
    length, at = len(title), _widths(title)
    if at[-1] <= longest - 1:
        return [title]
    count = int(-(-at[-1] // longest))
    if at[-1] > count * (longest - 1):
        count += 1
    best = _cheapest(title, at, count, longest, names)
    if best.get((count, length), (TORN, 0))[0] >= TORN:  # rather a line more than a word torn
        more = _cheapest(title, at, count + 1, longest, names)
        if more.get((count + 1, length), (TORN, 0))[0] < TORN:
            best, count = more, count + 1
    if (count, length) not in best:
        return [title[start : start + longest] for start in range(0, length, longest)]
    ends = [length]
    for line in range(count, 1, -1):
        ends.append(best[line, ends[-1]][1])
    starts = [0, *reversed(ends[1:])]
    return [title[start:end].strip() for start, end in zip(starts, reversed(ends), strict=True)]


def _cheapest(
    title: str, at: list[float], count: int, longest: int, names: tuple[str, ...]
) -> dict[tuple[int, int], tuple[float, int]]:
    """For each number of lines and where they end: what the cheapest way there costs, and where its
    last line starts."""
    length, ideal = len(title), at[-1] / count
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for line in range(1, count + 1):
        for end in range(1, length + 1):
            if (line == count) != (end == length):
                continue
            choices = []
            for start in range(end - 1, -1, -1):
                width = at[end] - at[start]
                if width > longest:
                    break
                if (line - 1, start) in best:
                    shape = (width - ideal) ** 2 / 2
                    here = _break_cost(title, end, names) if end < length else 0.0
                    choices.append((best[line - 1, start][0] + shape + here, start))
            if choices:
                best[line, end] = min(choices)
    return best
