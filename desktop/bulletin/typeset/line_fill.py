"""Places the characters of one line: punctuation squeezed where the line is too wide, places spread
where it is too narrow (CLREQ 3.1.6). Lengths are in em."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from desktop.bulletin.typeset.characters import CLOSING, MIDDLE, NO_START, OPENING, SQUEEZE_RANK

EPSILON = 1e-6
#: Room given first to word spaces and to the joints of Chinese and Latin, in em each.
SPACE_STRETCH, JOINT_STRETCH = 0.25, 0.2


class Width(Protocol):
    """What the composer asks of a glyph: its advance and the blank to be squeezed, in em."""

    @property
    def advance(self) -> float:
        """Advance of the character."""

    @property
    def slack_left(self) -> float:
        """Blank before the ink."""

    @property
    def slack_right(self) -> float:
        """Blank after the ink."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One composed line: the slice of the text it shows and where its characters stand.

    Character k stands at ``indent + k`` when ``positions`` is None, else at ``positions[k]``: the
    start of its cell, moved left where an opening mark was squeezed. ``width`` is where the last
    character ends, measured from the start of the line.
    """

    start: int
    end: int
    indent: float
    positions: tuple[float, ...] | None
    width: float
    last: bool


class Token(msgspec.Struct, frozen=True, gc=False):
    """A part of a text that no line end parts, unless it is a run of ideographs."""

    start: int
    end: int
    width: float
    kind: str  # full, word, space, other
    slack: float = 0.0  # what a mark may lose


class Source(msgspec.Struct, frozen=True):
    """A text in the composing: its glyphs, whether its lines reach the measure, what they are made
    of."""

    text: str
    glyph_at: Callable[[int], Width]
    justify: bool
    unit: re.Pattern[str]
    #: Places within words, where a line of a cell does not end.
    torn: frozenset[int] = frozenset()


def first_of(token: Token, count: int) -> Token:
    """The first characters of a run; any other token whole."""
    if token.kind != "run" or count >= token.end - token.start:
        return token
    return Token(token.start, token.start + count, float(count), "run")


def tokens_from(source: Source, start: int, room: float) -> tuple[list[Token], bool]:
    """Tokens from ``start`` until the line is overfull, and whether the text ended first."""
    text, glyph_at = source.text, source.glyph_at
    tokens: list[Token] = []
    add = tokens.append
    limit = room + 2.0  # what the marks may lose added
    width = 0.0
    for match in source.unit.finditer(text, start):
        kind, end = match.lastgroup or "other", match.end()
        size, loses = 1.0 * (end - start), 0.0
        if kind == "full":
            if (mark := text[start]) in SQUEEZE_RANK:
                glyph = glyph_at(start)
                loses = sum(slack(mark, glyph))
                limit += glyph.slack_left + glyph.slack_right
        elif kind != "run":
            size = sum([glyph_at(k).advance for k in range(start, end)])
        add(Token(start, end, size, kind, loses))
        width += size
        if width > limit:
            return tokens, False
        start = end
    return tokens, True


def slack(character: str, glyph: Width) -> tuple[float, float]:
    """How much a mark may lose at its left and right."""
    if character in CLOSING:
        return 0.0, glyph.slack_right
    if character in OPENING:
        return glyph.slack_left, 0.0
    if character in MIDDLE:
        half = min(glyph.slack_left, glyph.slack_right, 0.25)
        return half, half
    return 0.0, 0.0


def placed(
    source: Source, tokens: Sequence[Token], natural: float, room: float, left: float, *, last: bool
) -> Line:
    """Positions of a line's characters: squeezed when too wide, spread when too narrow and not the
    last."""
    text, glyph_at, justify = source.text, source.glyph_at, source.justify
    while tokens and tokens[-1].kind == "space" and len(tokens) > 1:
        tokens = tokens[:-1]
    cut = _squeezes(text, tokens, natural - room, glyph_at) if natural > room + EPSILON else {}
    wanted = room - natural
    spread = _gaps(text, tokens, wanted) if justify and not last and wanted > EPSILON else None
    start, end = tokens[0].start, tokens[-1].end
    if not cut and not spread and all(token.kind in ("run", "full") for token in tokens):
        return Line(start, end, left, None, left + end - start, last)
    positions, width = _positions(source, tokens, left, cut, spread)
    return Line(start, end, left, tuple(positions), width, last)


def _positions(
    source: Source, tokens: Sequence[Token], left: float, cut: dict[int, tuple[float, float]],
    spread: tuple[list[float], float] | None,
) -> tuple[list[float], float]:
    """Where each character stands, and where the last one ends."""
    glyph_at = source.glyph_at
    gaps, inside = spread or ([0.0] * len(tokens), 0.0)
    step = 1.0 + inside
    positions: list[float] = []
    add, x = positions.append, left
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind == "run":
            for k in range(token.end - token.start):
                add(x + step * k)
            x += token.width + inside * (token.width - 1)
        elif index in cut:
            before, after = cut[index]
            add(x - before)
            x += 1.0 - before - after
        elif kind == "full":
            for _ in range(token.start, token.end):
                add(x)
                x += 1.0
        else:
            for k in range(token.start, token.end):
                add(x)
                x += glyph_at(k).advance
        x += gaps[index]
    return positions, x


def _squeezes(
    text: str, tokens: Sequence[Token], need: float, glyph_at: Callable[[int], Width]
) -> dict[int, tuple[float, float]]:
    """Which marks lose how much at left and right, in the order of CLREQ: the line's end,
    neighbours, brackets, commas, stops; marks of one kind share alike."""
    cut: dict[int, tuple[float, float]] = {}
    for _, group in sorted(_marks(text, tokens, glyph_at).items()):
        if need <= EPSILON:
            break
        room = sum(before + after for _, before, after in group)
        share = min(1.0, need / room)
        cut.update({index: (before * share, after * share) for index, before, after in group})
        need -= room * share
    return cut


def _marks(
    text: str, tokens: Sequence[Token], glyph_at: Callable[[int], Width]
) -> dict[int, list[tuple[int, float, float]]]:
    """The marks that can be squeezed, by their turn: which token, and how much at each side."""
    groups: dict[int, list[tuple[int, float, float]]] = {}
    last = len(tokens) - 1
    for index, token in enumerate(tokens):
        if token.slack > EPSILON:
            mark = text[token.start]
            beside = index < last and text[token.end] in SQUEEZE_RANK
            rank = -2 if index == last else -1 if beside else SQUEEZE_RANK[mark]
            groups.setdefault(rank, []).append((index, *slack(mark, glyph_at(token.start))))
    return groups


def _gaps(text: str, tokens: Sequence[Token], wanted: float) -> tuple[list[float], float] | None:
    """Room added after each token, and after each character within a run; ``wanted`` in all. None:
    nowhere to add.

    Spaces and the joints of Chinese and Latin take theirs first, then all places alike. A figure's
    percent sign, bracket or comma is no joint: it stays close.
    """
    count = len(tokens) - 1
    places = sum(int(token.width) if token.kind == "run" else 1 for token in tokens) - 1
    if places < 1:
        return None
    first = [_first_gap(text, tokens[i], tokens[i + 1]) for i in range(count)] + [0.0]
    total = sum(first)
    if total > wanted:
        return [gap * wanted / total for gap in first], 0.0
    rest = (wanted - total) / places
    return [gap + rest for gap in first[:-1]] + [0.0], rest


def _first_gap(text: str, token: Token, following: Token) -> float:
    """Room given to a place before all others."""
    if token.kind == "space":
        return SPACE_STRETCH
    beside = following.kind if token.kind == "word" else token.kind
    if "word" not in (token.kind, following.kind) or beside not in ("full", "run"):
        return 0.0
    before, after = text[token.end - 1], text[token.end]
    close = before in SQUEEZE_RANK or after in SQUEEZE_RANK or after in NO_START
    return 0.0 if close else JOINT_STRETCH
