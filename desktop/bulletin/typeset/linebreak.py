"""Composes paragraphs into lines that fill the page's width, by the rules of Chinese typesetting.

A line takes as many characters as it has cells. Where the character after it may not begin a line,
or the last may not end one, punctuation of the line is squeezed by up to half a cell each to draw
the next character in; where that is not enough, characters are carried over and the line is spread
(CLREQ 3.1.6: 先推入，后推出). Words and numbers stay whole. Lengths are in em: one em is one cell,
the advance of a Chinese character.

Most lines of a Chinese text hold nothing but full characters and break legally, so these are
recognised by one regular expression and never looked at character by character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from desktop.bulletin.typeset.characters import (
    CLOSING,
    DATE,
    DATE_PART,
    DATE_PART_TOKEN,
    DATE_TOKEN,
    FULL_RUN,
    MIDDLE,
    NO_END,
    NO_START,
    OPENING,
    PAIRED,
    SQUEEZE_RANK,
    TOKEN,
    WORD_END,
)

EPSILON = 1e-6
BLANKS = " \t\u00a0"
#: Room given first to word spaces and to the joints of Chinese and Latin, in em each.
SPACE_STRETCH, JOINT_STRETCH = 0.25, 0.2
#: A line short by no more than this is spread rather than squeezed: under a third of a point per
#: character. Up to twice that is spread too where the marks would have to lose more than
#: ``SQUEEZE_SEEN`` of what they can.
SPREAD_UNSEEN, SQUEEZE_SEEN = 0.5, 0.6
#: A line spread by more than this at each place gapes: a word longer than ``LONG_WORD`` after it is
#: rather parted.
GAPING, LONG_WORD = 0.3, 8.0
#: 单字不成行: a last line of one character and its mark takes another from the line before.
ORPHAN = 2


class Width(Protocol):
    """What the composer asks of a glyph: its advance and the blank that squeezing may take, in em."""

    @property
    def advance(self) -> float:
        """Advance of the character."""

    @property
    def slack_left(self) -> float:
        """Blank before the ink."""

    @property
    def slack_right(self) -> float:
        """Blank after the ink."""


class Line(NamedTuple):
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


class _Token(NamedTuple):
    start: int
    end: int
    width: float
    kind: str  # full, word, space, other


def compose(
    text: str,
    measure: float,
    glyph_at: Callable[[int], Width],
    *,
    first_indent: float = 0.0,
    indent: float = 0.0,
    justify: bool = True,
    dates: bool = False,
    tight: int | None = None,
) -> list[Line]:
    """Break a text without line ends into lines of ``measure`` em. ``dates``: a date stays whole
    where it fits, else its year and month.
    ``tight``: from this line on, counted from 0, each takes what its marks can be squeezed for.

    ``glyph_at(k)`` gives the width of character k. ``first_indent`` and ``indent`` are the blanks
    before the first and the other lines. Spaces at a break are left out; every other character
    stands in exactly one line. A text that has no legal break (only closing marks, say) is broken
    at the measure all the same.
    """
    unit = _unit(text, measure - indent, glyph_at) if dates else TOKEN
    lines = _broken(text, measure, glyph_at, first_indent, indent, justify, unit, tight)
    if justify:
        last = lines[-1] if len(lines) > 1 else None
        if last and last.end - last.start <= ORPHAN and not text[last.start].isascii():
            _feed_orphan(text, lines, measure, indent, glyph_at)
        return lines
    if len(lines) > 1 and _lone(text, lines[-1]):
        before = lines[-2]
        # nothing that should not be parted: lines of like length
        alike = FULL_RUN.fullmatch(text, before.start) is not None
        for step in range(1, int(measure)):
            ends = _broken(
                text, measure - step / 2, glyph_at, before.indent, indent, justify, unit, tight,
                before.start,
            )
            if len(ends) > 2:
                break
            if not _lone(text, ends[-1]):
                lines[-2:] = ends
                if not alike:
                    break
    return lines


def _lone(text: str, line: Line) -> bool:
    """Whether a line holds one ideograph and at most its mark."""
    shown = text[line.start : line.end]
    return len(shown.rstrip("".join(CLOSING))) == 1 and not shown[0].isascii()


def _broken(
    text: str,
    measure: float,
    glyph_at: Callable[[int], Width],
    first_indent: float,
    indent: float,
    justify: bool,
    unit: re.Pattern[str],
    tight: int | None,
    start: int = 0,
) -> list[Line]:
    """All lines from ``start`` on, whatever the last one holds."""
    lines: list[Line] = []
    length, left = len(text), first_indent
    while start < length and text[start] in BLANKS:
        start += 1
    while start < length:
        room = measure - left
        cells = int(room + EPSILON)
        end = start + cells
        squeezed = tight is not None and len(lines) >= tight
        if (
            not squeezed
            and cells == room
            and end <= length
            and FULL_RUN.match(text, start, end).end() == end  # type: ignore[union-attr]
            and (
                end == length or (text[end] not in BLANKS and _may_break(text[end - 1], text[end]))
            )
        ):
            line = Line(start, end, left, None, measure, end == length)
        elif end > length and FULL_RUN.match(text, start, length).end() == length:  # type: ignore[union-attr]
            line = Line(start, length, left, None, left + length - start, True)
        else:
            line = _compose_one(text, start, room, left, glyph_at, justify, unit, squeezed)
        lines.append(line)
        start, left = line.end, indent
        while start < length and text[start] in BLANKS:
            start += 1
    if lines and not lines[-1].last:
        lines[-1] = lines[-1]._replace(last=True)
    return lines


def _unit(text: str, room: float, glyph_at: Callable[[int], Width]) -> re.Pattern[str]:
    """What the lines of a text with dates are made of: whole dates if they fit, else dates parted
    before their day."""
    for date, unit in ((DATE, DATE_TOKEN), (DATE_PART, DATE_PART_TOKEN)):
        found = [match.span() for match in date.finditer(text)]
        if not found:
            return TOKEN
        if all(sum(glyph_at(k).advance for k in range(*span)) <= room + EPSILON for span in found):
            return unit
    return TOKEN


def _feed_orphan(
    text: str, lines: list[Line], measure: float, indent: float, glyph_at: Callable[[int], Width]
) -> None:
    """Carry a character of the last line but one over to the last, if that line may then be spread
    unseen."""
    before, last = lines[-2:]
    room = measure - before.indent
    tokens, _ = _tokens(text, before.start, room, glyph_at)
    tokens = [
        _first(token, before.end - token.start) for token in tokens if token.start < before.end
    ]
    while tokens[-1].end - before.start > ORPHAN + 1 and tokens[-1].kind in ("full", "run"):
        token = tokens.pop()
        if token.kind == "run" and token.end - token.start > 1:
            tokens.append(_first(token, token.end - token.start - 1))
        width = sum(token.width for token in tokens)
        if not tokens or room - width > 2 * ORPHAN:
            return
        carried = text[tokens[-1].end : last.end]
        if (
            width > room
            or tokens[-1].kind == "space"
            or not _may_break(text[tokens[-1].end - 1], carried[0])
        ):
            continue
        end = indent + len(carried)
        if end > measure + EPSILON or not FULL_RUN.fullmatch(carried):
            return
        lines[-2] = _placed(text, tokens, width, room, before.indent, glyph_at, True, False)
        lines[-1] = Line(tokens[-1].end, last.end, indent, None, end, True)
        return


def _first(token: _Token, count: int) -> _Token:
    """The first characters of a run; any other token whole."""
    if token.kind != "run" or count >= token.end - token.start:
        return token
    return _Token(token.start, token.start + count, float(count), "run")


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    return (
        after not in NO_START
        and before not in NO_END
        and not (before == after and before in PAIRED)
    )


def unbroken(text: str) -> list[str]:
    """The parts of a text that no line end may part: what a narrow column must at least hold."""
    parts: list[str] = []
    for match in DATE_TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        for part in token if kind == "run" else (token,):
            if parts and parts[-1] and kind != "space" and not _may_break(parts[-1][-1], part[0]):
                parts[-1] += part
            else:
                parts.append("" if kind == "space" else part)
    return [part for part in parts if part]


def _tokens(
    text: str,
    start: int,
    room: float,
    glyph_at: Callable[[int], Width],
    unit: re.Pattern[str] = TOKEN,
) -> tuple[list[_Token], bool]:
    """Tokens from ``start`` until the line is certainly overfull, and whether the text ended first."""
    tokens: list[_Token] = []
    width = capacity = 0.0
    for match in unit.finditer(text, start):
        kind = match.lastgroup or "other"
        first, last = match.span()
        if kind == "run":
            size = float(last - first)
        elif kind == "full":
            size = float(last - first)
            if last - first == 1 and text[first] in SQUEEZE_RANK:
                glyph = glyph_at(first)
                capacity += glyph.slack_left + glyph.slack_right
        else:
            size = sum([glyph_at(k).advance for k in range(first, last)])
        tokens.append(_Token(first, last, size, kind))
        width += size
        if width - capacity > room + 2.0:
            return tokens, False
    return tokens, True


def _slack(character: str, glyph: Width) -> tuple[float, float]:
    """How much a mark may lose at its left and right."""
    if character in OPENING:
        return glyph.slack_left, 0.0
    if character in CLOSING:
        return 0.0, glyph.slack_right
    if character in MIDDLE:
        half = min(glyph.slack_left, glyph.slack_right, 0.25)
        return half, half
    return 0.0, 0.0


def _compose_one(
    text: str,
    start: int,
    room: float,
    left: float,
    glyph_at: Callable[[int], Width],
    justify: bool,
    unit: re.Pattern[str],
    squeezed: bool = False,
) -> Line:
    """Choose the end of one line that is not plainly full, and place its characters. ``squeezed``:
    as far on as its marks allow."""
    tokens, complete = _tokens(text, start, room, glyph_at, unit)
    first = tokens[0]
    if first.width > room + EPSILON and first.kind not in ("space", "run"):
        return _forced(text, first, room, left, glyph_at, justify)
    width = capacity = 0.0
    # tokens, characters of the last one, width without spaces at the end
    fit: tuple[int, int, float] | None = None
    for count, token in enumerate(tokens, 1):
        start_at, end_at, size, kind = token
        at_end = count == len(tokens)
        limit = room + capacity + EPSILON if squeezed else room + EPSILON
        if kind == "run":
            inside = min(int(limit - width), end_at - start_at - 1)
            if inside > 0:
                fit = (count, inside, width + inside)
        elif end_at - start_at == 1 and (character := text[start_at]) in SQUEEZE_RANK:
            capacity += sum(_slack(character, glyph_at(start_at)))
            limit = room + capacity + EPSILON if squeezed else limit
        taken, bare, edge = end_at - start_at, width + size, end_at - 1
        if kind == "run" and bare > limit and inside + 1 < taken:
            # the next place to break is in the run
            taken, bare = max(inside, 0) + 1, width + max(inside, 0) + 1
        elif at_end and not complete:
            break
        elif kind == "space":
            bare, edge = width, max(start_at - 1, start)
        whole = taken == end_at - start_at
        if (
            whole
            and not at_end
            and (text[end_at] in BLANKS or not _may_break(text[edge], text[end_at]))
        ):
            width += size
            continue
        if bare <= limit:
            fit = (count, taken, bare)
            width += size
            continue
        short = room - fit[2] if fit else room
        need = bare - room
        spread = (
            justify
            and fit
            and (
                short <= SPREAD_UNSEEN
                or (short <= 2 * SPREAD_UNSEEN and need > SQUEEZE_SEEN * capacity)
            )
        )
        if need <= capacity + EPSILON and not spread:
            shown = [*tokens[: count - 1], _first(token, taken)]
            return _placed(text, shown, bare, room, left, glyph_at, justify, at_end and whole)
        break
    if fit is None:
        return _forced_tokens(text, tokens, room, left, glyph_at, justify)
    count, taken, bare = fit
    token = tokens[count - 1]
    shown = [*tokens[: count - 1], _first(token, taken)]
    whole = taken == token.end - token.start
    last = complete and count == len(tokens) and whole
    if (
        justify
        and whole
        and not last
        and (parted := _parted(text, tokens, count, room, bare, glyph_at))
    ):
        shown += parted
        bare = sum(token.width for token in shown)
    return _placed(text, shown, bare, room, left, glyph_at, justify, last)


def _parted(
    text: str,
    tokens: Sequence[_Token],
    count: int,
    room: float,
    bare: float,
    glyph_at: Callable[[int], Width],
) -> list[_Token]:
    """What of a long word after the first ``count`` tokens is drawn into a line that would else
    gape; nothing where it would not."""
    places = sum(int(token.width) if token.kind == "run" else 1 for token in tokens[:count]) - 1
    if room - bare <= GAPING * max(places, 1):
        return []
    # with the spaces that now stand within the line
    bare = sum(token.width for token in tokens[:count])
    taken: list[_Token] = []
    for token in tokens[count:]:
        if token.kind == "word":
            break
        if token.kind != "space" and text[token.end - 1] not in NO_END:
            return []
        taken.append(token)
        bare += token.width
    else:
        return []
    if token.width <= LONG_WORD:
        return []
    ends = [match.start() for match in WORD_END.finditer(text, token.start + 1, token.end)]
    if not ends and token.width > room:  # longer than any line
        ends = list(range(token.start + 2, token.end - 1))
    best, width, at = 0, 0.0, token.start
    for end in ends:
        width += sum(glyph_at(k).advance for k in range(at, end))
        at = end
        if bare + width > room + EPSILON:
            break
        best, best_width = end, width
    return [*taken, _Token(token.start, best, best_width, "word")] if best else []


def _forced(
    text: str,
    token: _Token,
    room: float,
    left: float,
    glyph_at: Callable[[int], Width],
    justify: bool,
) -> Line:
    """Cut a word that is longer than a whole line; ``justify``: its letters reach the line's end."""
    positions: list[float] = []
    x = 0.0
    for k in range(token.start, token.end):
        advance = glyph_at(k).advance
        if positions and x + advance > room + EPSILON:
            break
        positions.append(left + x)
        x += advance
    count = len(positions)
    if count < token.end - token.start:
        near = [
            m.start() - token.start
            for m in WORD_END.finditer(
                text, token.start + count - count // 8, token.start + count + 1
            )
        ]
        if near and near[-1] < count:
            count = near[-1]
            x = positions[count] - left
            del positions[count:]
    if justify and 1 < count < token.end - token.start:
        step = (room - x) / (count - 1)
        positions = [place + step * k for k, place in enumerate(positions)]
        x = room
    return Line(token.start, token.start + count, left, tuple(positions), left + x, False)


def _forced_tokens(
    text: str,
    tokens: Sequence[_Token],
    room: float,
    left: float,
    glyph_at: Callable[[int], Width],
    justify: bool,
) -> Line:
    """Without a legal break, cut after the last token that fits."""
    width, count = 0.0, 0
    tokens = [_first(tokens[0], max(1, int(room))), *tokens[1:]]
    for token in tokens:
        if count and width + token.width > room + EPSILON:
            break
        width += token.width
        count += 1
    return _placed(text, tokens[:count], width, room, left, glyph_at, justify, False)


def _placed(
    text: str,
    tokens: Sequence[_Token],
    natural: float,
    room: float,
    left: float,
    glyph_at: Callable[[int], Width],
    justify: bool,
    last: bool,
) -> Line:
    """Positions of a line's characters: squeezed when too wide, spread when too narrow and not the
    last."""
    while tokens and tokens[-1].kind == "space" and len(tokens) > 1:
        tokens = tokens[:-1]
    cut = _squeezes(text, tokens, natural - room, glyph_at) if natural > room + EPSILON else {}
    wanted = room - natural
    spread = _gaps(text, tokens, wanted) if justify and not last and wanted > EPSILON else None
    start, end = tokens[0].start, tokens[-1].end
    if not cut and not spread and all(token.kind in ("run", "full") for token in tokens):
        return Line(start, end, left, None, left + end - start, last)
    gaps, inside = spread or ([0.0] * len(tokens), 0.0)
    positions: list[float] = []
    add, x = positions.append, left
    for index, ((first, after_last, width, kind), gap) in enumerate(zip(tokens, gaps, strict=True)):
        if kind == "run":
            step = 1.0 + inside
            positions += [x + step * k for k in range(after_last - first)]
            x += width + inside * (width - 1)
        elif kind != "full":
            for k in range(first, after_last):
                add(x)
                x += glyph_at(k).advance
        else:
            before, after = cut.get(index, (0.0, 0.0))
            for _ in range(first, after_last):
                add(x - before)
                x += 1.0 - before - after
        x += gap
    return Line(start, end, left, tuple(positions), x, last)


def _squeezes(
    text: str, tokens: Sequence[_Token], need: float, glyph_at: Callable[[int], Width]
) -> dict[int, tuple[float, float]]:
    """Which marks lose how much at left and right, in the order of CLREQ: the line's end,
    neighbours, brackets, commas, stops; marks of one kind share alike."""
    groups: dict[int, list[tuple[int, float, float]]] = {}
    for index, token in enumerate(tokens):
        rank = SQUEEZE_RANK.get(text[token.start]) if token.end - token.start == 1 else None
        if rank is None:
            continue
        before, after = _slack(text[token.start], glyph_at(token.start))
        if before + after > EPSILON:
            beside = index + 1 < len(tokens) and text[tokens[index + 1].start] in SQUEEZE_RANK
            rank = -2 if index == len(tokens) - 1 else -1 if beside else rank
            groups.setdefault(rank, []).append((index, before, after))
    cut: dict[int, tuple[float, float]] = {}
    for _, group in sorted(groups.items()):
        if need <= EPSILON:
            break
        room = sum(before + after for _, before, after in group)
        share = min(1.0, need / room)
        cut.update({index: (before * share, after * share) for index, before, after in group})
        need -= room * share
    return cut


def _gaps(text: str, tokens: Sequence[_Token], wanted: float) -> tuple[list[float], float] | None:
    """Room added after each token, and after each character within a run; ``wanted`` in all. None:
    nowhere to add.

    Spaces and the joints of Chinese and Latin take theirs first, then all places alike. A figure's
    percent sign, bracket or comma is no joint: it stays close.
    """
    count = len(tokens) - 1
    places = sum(int(token.width) if token.kind == "run" else 1 for token in tokens) - 1
    if places < 1:
        return None
    first = [0.0] * (count + 1)
    for index in range(count):
        here, following = tokens[index].kind, tokens[index + 1].kind
        if here == "space":
            first[index] = SPACE_STRETCH
        elif (
            here != following
            and "word" in (here, following)
            and {here, following} & {"full", "run"}
        ):
            edge = tokens[index].end
            if (
                text[edge - 1] not in SQUEEZE_RANK
                and text[edge] not in SQUEEZE_RANK
                and text[edge] not in NO_START
            ):
                first[index] = JOINT_STRETCH
    total = sum(first)
    if total > wanted:
        return [gap * wanted / total for gap in first], 0.0
    rest = (wanted - total) / places
    return [gap + rest for gap in first[:-1]] + [0.0], rest
