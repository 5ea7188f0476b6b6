"""Find the heading rows of a workbook that the program did not make, and propose which heading is which
field.

Offices put title rows above, spread headings over several lines with merged cells, and call fields by names
of their own. What was confirmed before is remembered and comes first; then exact names and synonyms, then
likeness.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from db.declare import Field, Kind

from .columns import plain

SEARCH_ROWS, MOST_HEADER_ROWS = 40, 3
#: A heading is taken for a field from this likeness on (0 to 1).
LIKE_ENOUGH = 0.74
#: Headings that count rows or say what the program computes itself.
NOT_A_FIELD = frozenset(
    plain(t) for t in ("序号", "编号序号", "项次", "行号", "状态", "是否办结", "办理状态", "亮灯", "红绿灯", "合计", "小计")
)


@dataclass(slots=True)
class Found:
    """Where the headings stand (rows from 1, several for headings over several lines) and what each column
    is.
    """

    rows: list[int]
    headings: dict[int, str]
    mapping: dict[int, str] = field(default_factory=dict)
    score: float = 0.0

    @property
    def unmapped(self) -> list[str]:
        """Headings that belong to no field."""
        return [text for at, text in sorted(self.headings.items()) if at not in self.mapping]


class Matcher:
    """How much a heading is like each field of a kind. ``remembered``: heading → field, as a person left it.
    """

    def __init__(self, kind: Kind, remembered: Mapping[str, str] | None = None) -> None:
        self.fields = [f for f in kind.all_fields if not f.computed and f.type != "attachment"]
        self._names: list[tuple[Field, list[str]]] = [
            (f, [plain(n) for n in (f.label, *f.synonyms)]) for f in self.fields
        ]
        self._remembered = {plain(k): v for k, v in (remembered or {}).items()}

    def scores(self, heading: str) -> list[tuple[float, str]]:
        """(likeness, field), best first; those that are not like enough are left out."""
        text = plain(heading)
        if not text or text.isdigit():
            return []
        if text in self._remembered:
            return [(2.0, self._remembered[text])] if self._remembered[text] else []
        if text in NOT_A_FIELD:
            return []
        out: list[tuple[float, str]] = []
        for declared, names in self._names:
            best = max(_likeness(text, name, first=name == names[0]) for name in names)
            if best >= LIKE_ENOUGH:
                out.append((best, declared.name))
        return sorted(out, reverse=True)

    def assign(self, headings: Mapping[int, str]) -> tuple[dict[int, str], float]:
        """Each field to at most one column, the likest first; returns the mapping and its total."""
        wishes = sorted(
            ((score, -at, name) for at, text in headings.items() for score, name in self.scores(text)), reverse=True
        )
        mapping: dict[int, str] = {}
        taken: set[str] = set()
        total = 0.0
        for score, negative, name in wishes:
            if -negative not in mapping and name not in taken:
                mapping[-negative] = name
                taken.add(name)
                total += min(score, 1.0)
        return mapping, total


def _likeness(text: str, name: str, *, first: bool) -> float:
    if text == name:
        return 1.0 if first else 0.98
    if len(name) >= 3 and name in text and len(text) <= len(name) + 6:
        return 0.86 + 0.08 * len(name) / len(text)
    if len(text) >= 3 and text in name:
        return 0.8 + 0.1 * len(text) / len(name)
    return difflib.SequenceMatcher(None, text, name, autojunk=False).ratio() * 0.95


def find(rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], matcher: Matcher) -> Found | None:
    """The heading rows among the first rows, or None. ``merges``: first row, first column, last row, last
    column (from 0).
    """
    best: Found | None = None
    for top in range(min(len(rows), SEARCH_ROWS)):
        for height in range(1, MOST_HEADER_ROWS + 1):
            if top + height > len(rows):
                break
            headings = _headings(rows, merges, top, height, matcher)
            if len(headings) < 2:
                continue
            mapping, score = matcher.assign(headings)
            # Rows of data that happen to hold a label must not be drawn into the head.
            score -= 0.3 * (height - 1) + sum(len(t) > 30 for t in headings.values()) * 0.5
            if len(mapping) >= 2 and (best is None or score > best.score + 1e-9):
                best = Found([top + 1 + n for n in range(height)], headings, mapping, score)
    return best


def _headings(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], top: int, height: int, matcher: Matcher
) -> dict[int, str]:
    """The heading of each column over ``height`` lines: its lowest text, or with the groups above where that says more."""
    width = max((len(rows[top + n]) for n in range(height)), default=0)
    lines: dict[int, list[str]] = {}
    for at in range(width):
        parts: list[str] = []
        for line in range(top, top + height):
            text = _cell(rows, line, at) or _merged(rows, merges, line, at, top)
            if text and text not in parts:
                parts.append("".join(text.split()))
        if parts:
            lines[at] = parts
    lowest = [parts[-1] for parts in lines.values()]
    out: dict[int, str] = {}
    for at, parts in lines.items():
        whole = "".join(parts)
        alone = lowest.count(parts[-1]) == 1 and (matcher.scores(parts[-1]) or not matcher.scores(whole))
        out[at] = parts[-1] if alone else whole
    return out


def _merged(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], line: int, at: int, top: int
) -> str:
    """What a merged cell says in one of the places that it covers."""
    for r1, c1, r2, c2 in merges:
        if r1 <= line <= r2 and c1 <= at <= c2 and r1 >= top:
            return _cell(rows, r1, c1)
    return ""


def _cell(rows: Sequence[Sequence[str]], row: int, at: int) -> str:
    return rows[row][at].strip() if row < len(rows) and at < len(rows[row]) else ""
