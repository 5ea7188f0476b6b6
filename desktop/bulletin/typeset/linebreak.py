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
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from desktop.bulletin.document import Align
from desktop.bulletin.typeset.characters import (
    BEFORE_DIGITS,
    CLOSING,
    COUNTERS,
    DATE,
    DATE_PART,
    DATE_PART_TOKEN,
    DATE_TOKEN,
    DIGITS,
    FULL_RUN,
    NO_END,
    NO_START,
    PAIRED,
    TOKEN,
    UNIT_ENDS,
    UNIT_PAIRS,
    WORD_END,
)
from desktop.bulletin.typeset.line_fill import (
    EPSILON,
    Line,
    Source,
    Token,
    Width,
    first_of,
    placed,
    tokens_from,
)
from desktop.bulletin.typeset.words import LONGEST_WHOLE, inside

BLANKS = " \t\u00a0"
#: A line short by no more than this is spread rather than squeezed: under a third of a point per
#: character. Up to twice that is spread too where the marks would have to lose more than
#: ``SQUEEZE_SEEN`` of what they can.
SPREAD_UNSEEN, SQUEEZE_SEEN = 0.5, 0.6
#: A line spread by more than this at each place gapes: a word longer than ``LONG_WORD`` after it is
#: rather parted.
GAPING, LONG_WORD = 0.3, 8.0
#: Most lines end within this of their measure, so that the end is looked for there first; more than
#: a line is ever spread for, since what lies before is not weighed.
NEAR = 3.0
#: 单字不成行: a last line of one character and its mark takes another from the line before.
ORPHAN = 2


class Shape(msgspec.Struct, frozen=True):
    """How the lines of a text lie. Blanks before the first and the other lines in em; ``dates``: a
    date stays whole where it fits, else its year and month."""

    first_indent: float = 0.0
    indent: float = 0.0
    align: Align = "justify"
    dates: bool = False
    #: Words stay whole where they fit, as in a cell; ``names`` besides.
    words: bool = False
    names: tuple[str, ...] = ()


#: To the measure without indents, and as a paragraph of running text begins.
JUSTIFIED, INDENTED = Shape(), Shape(first_indent=2.0)


def compose(
    text: str, measure: float, glyph_at: Callable[[int], Width], shape: Shape = JUSTIFIED,
    tight: int | None = None,
) -> list[Line]:
    """Break a text without line ends into lines of ``measure`` em. ``tight``: from this line on,
    counted from 0, each takes what its marks can be squeezed for.

    ``glyph_at(k)`` gives the width of character k. Spaces at a break are left out; every other
    character stands in exactly one line. A text that has no legal break (only closing marks, say)
    is broken at the measure all the same.
    """
    unit = _unit(text, measure - shape.indent, glyph_at) if shape.dates else TOKEN
    room = min(int(measure), LONGEST_WHOLE)
    torn = inside(text, shape.names, room) if shape.words else frozenset()
    source = Source(text, glyph_at, shape.align == "justify", unit, torn)
    lines = _broken(source, measure, shape, tight)
    if source.justify:
        last = lines[-1] if len(lines) > 1 else None
        if last and last.end - last.start <= ORPHAN and not text[last.start].isascii():
            _feed_orphan(source, lines, measure, shape.indent)
    elif len(lines) > 1 and _lone(text, lines[-1]):
        _even_out(source, lines, measure, shape, tight)
    return lines


def tightened(
    text: str, measure: float, glyph_at: Callable[[int], Width], shape: Shape, lines: list[Line]
) -> list[Line]:
    """A paragraph of running text in a line less, its marks squeezed from as late a line on as will
    do; none where they do not give so much."""
    source = Source(text, glyph_at, shape.align == "justify", TOKEN)
    for at in range(len(lines) - 2, -1, -1):
        rest = replace(shape, first_indent=lines[at].indent)
        if len(_broken(source, measure, rest, 0, lines[at].start)) < len(lines) - at:
            fewer = compose(text, measure, glyph_at, shape, at)
            if len(fewer) < len(lines):
                return fewer
    return []


def _even_out(
    source: Source, lines: list[Line], measure: float, shape: Shape, tight: int | None
) -> None:
    """Narrow the last two lines until no character stands alone; a text that may be parted anywhere
    into lines of like length."""
    before = lines[-2]
    alike = FULL_RUN.fullmatch(source.text, before.start) is not None
    rest = replace(shape, first_indent=before.indent)
    for step in range(1, int(measure)):
        ends = _broken(source, measure - step / 2, rest, tight, before.start)
        if len(ends) > 2:
            return
        if not _lone(source.text, ends[-1]):
            lines[-2:] = ends
            if not alike:
                return


def _lone(text: str, line: Line) -> bool:
    """Whether a line holds one ideograph and at most its mark."""
    shown = text[line.start : line.end]
    return len(shown.rstrip("".join(CLOSING))) == 1 and not shown[0].isascii()


def _broken(
    source: Source, measure: float, shape: Shape, tight: int | None, start: int = 0
) -> list[Line]:
    """All lines from ``start`` on, whatever the last one holds."""
    lines: list[Line] = []
    length, left = len(source.text), shape.first_indent
    start = _past_blanks(source.text, start)
    while start < length:
        squeezed = tight is not None and len(lines) >= tight
        line = _plain(source, start, left, measure, squeezed)
        if line is None:
            line = _compose_one(source, start, measure - left, left, squeezed)
        lines.append(line)
        start, left = _past_blanks(source.text, line.end), shape.indent
    if lines and not lines[-1].last:
        lines[-1] = replace(lines[-1], last=True)
    return lines


def _past_blanks(text: str, start: int) -> int:
    while start < len(text) and text[start] in BLANKS:
        start += 1
    return start


def _plain(source: Source, start: int, left: float, measure: float, squeezed: bool) -> Line | None:
    """A line of full characters alone, as most are: one that fills the measure and ends legally, or
    all that is left."""
    text, room = source.text, measure - left
    length, cells = len(text), int(room + EPSILON)
    end = start + cells
    if end > length:
        if FULL_RUN.match(text, start, length).end() < length:  # type: ignore[union-attr]
            return None
        return Line(start, length, left, None, left + length - start, True)
    if squeezed or cells != room:
        return None
    if FULL_RUN.match(text, start, end).end() < end:  # type: ignore[union-attr]
        return None
    if end < length and (text[end] in BLANKS or not _may_end(source, end)):
        return None
    return Line(start, end, left, None, measure, end == length)


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


def _feed_orphan(source: Source, lines: list[Line], measure: float, indent: float) -> None:
    """Carry a character of the last line but one over to the last, if that line may then be spread
    unseen."""
    before, last = lines[-2:]
    text, room = source.text, measure - before.indent
    tokens, _ = tokens_from(replace(source, unit=TOKEN), before.start, room)
    tokens = [
        first_of(token, before.end - token.start) for token in tokens if token.start < before.end
    ]
    while tokens[-1].end - before.start > ORPHAN + 1 and tokens[-1].kind in ("full", "run"):
        token = tokens.pop()
        if token.kind == "run" and token.end - token.start > 1:
            tokens.append(first_of(token, token.end - token.start - 1))
        width = sum(token.width for token in tokens)
        if not tokens or room - width > 2 * ORPHAN:
            return
        carried = text[tokens[-1].end : last.end]
        if (
            width > room
            or tokens[-1].kind == "space"
            or not may_break(text[tokens[-1].end - 1], carried[0])
        ):
            continue
        end = indent + len(carried)
        if end > measure + EPSILON or not FULL_RUN.fullmatch(carried):
            return
        lines[-2] = placed(source, tokens, width, room, before.indent, last=False)
        lines[-1] = Line(tokens[-1].end, last.end, indent, None, end, True)
        return


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    return (
        after not in NO_START
        and before not in NO_END
        and not (before == after and before in PAIRED)
        and not _bound(before, after)
    )


def _bound(before: str, after: str) -> bool:
    """Whether the two are parts of one number: 5|件, －|5, 年|10月, 万|元."""
    if before in DIGITS:
        return after in COUNTERS
    if after in DIGITS:
        return before in BEFORE_DIGITS
    return after in UNIT_ENDS and before + after in UNIT_PAIRS


def _may_end(source: Source, at: int) -> bool:
    """Whether a line may end before a character of the text, or with the text."""
    if at >= len(source.text):
        return True
    return at not in source.torn and may_break(source.text[at - 1], source.text[at])


def _ends_whole(source: Source, at: int) -> bool:
    """Whether a line may end at a place, blanks that follow left out."""
    after = _past_blanks(source.text, at)
    if after == at or after == len(source.text):
        return _may_end(source, at)
    return at not in source.torn and may_break(source.text[at - 1], source.text[after])


def _last_end(source: Source, start: int, count: int) -> int:
    """The most characters of a run, ``count`` of them at most, after which a line may end."""
    while count > 0 and not _may_end(source, start + count):
        count -= 1
    return count


@lru_cache(maxsize=8192)
def unbroken(text: str) -> tuple[str, ...]:
    """The parts of a text that no line end may part: what a narrow column must at least hold."""
    parts: list[str] = []
    for match in DATE_TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        for part in token if kind == "run" else (token,):
            if parts and parts[-1] and kind != "space" and not may_break(parts[-1][-1], part[0]):
                parts[-1] += part
            else:
                parts.append("" if kind == "space" else part)
    return tuple(part for part in parts if part)


def _compose_one(source: Source, start: int, room: float, left: float, squeezed: bool) -> Line:
    """Choose the end of one line that is not plainly full, and place its characters. ``squeezed``:
    as far on as its marks allow."""
    tokens, complete = tokens_from(source, start, room)
    first = tokens[0]
    if first.width > room + EPSILON and first.kind not in ("space", "run"):
        return _forced(source, first, room, left)
    search = _EndOfLine(source, tokens, complete, room, squeezed)
    drawn_in = search.squeezed_in()
    if search.fit is None:
        return _forced_tokens(source, tokens, room, left)
    count, taken, bare = search.fit
    token = tokens[count - 1]
    shown = [*tokens[: count - 1], first_of(token, taken)]
    whole = taken == token.end - token.start
    last = complete and count == len(tokens) and whole
    gaping = source.justify and whole and not last and not drawn_in
    if gaping and (parted := _parted(source, tokens, count, room, bare)):
        shown += parted
        bare = sum(token.width for token in shown)
    return placed(source, shown, bare, room, left, last=last)


class _EndOfLine:
    """Where a line ends, sought token by token."""

    __slots__ = (
        "_capacity", "_complete", "_limit", "_room", "_source", "_squeezed", "_tokens", "_width",
        "fit",
    )

    def __init__(
        self, source: Source, tokens: list[Token], complete: bool, room: float, squeezed: bool
    ) -> None:
        self._source, self._tokens, self._complete = source, tokens, complete
        self._room, self._squeezed = room, squeezed
        self._width = self._capacity = 0.0
        self._limit = room + EPSILON
        #: tokens, characters of the last one, width without spaces at the end
        self.fit: tuple[int, int, float] | None = None

    def squeezed_in(self) -> bool:
        """Look for the end; whether the last characters are drawn in by squeezing marks."""
        passed = self._passed()
        drawn_in = self._sought(passed)
        if self.fit is None and passed:
            self._width = self._capacity = 0.0
            drawn_in = self._sought(0)
        return drawn_in

    def _passed(self) -> int:
        """How many tokens lie before the last part of the line, which are taken whole."""
        tokens, limit = self._tokens, self._room - NEAR
        for at, token in enumerate(tokens):
            if self._width + token.width > limit or at == len(tokens) - 1:
                return at
            self._width += token.width
            self._capacity += token.slack
        return 0

    def _sought(self, passed: int) -> bool:
        for count, token in enumerate(self._tokens[passed:], passed + 1):
            found = self._candidate(count, token)
            if found is None:
                return False
            taken, bare, edge = found
            if taken == token.end - token.start and self._held(count, token, edge):
                self._width += token.width
            elif bare <= self._limit:
                self.fit = (count, taken, bare)
                self._width += token.width
            else:
                need = bare - self._room
                if need > self._capacity + EPSILON or self._rather_spread(need):
                    return False
                self.fit = (count, taken, bare)
                return True
        return False

    def _candidate(self, count: int, token: Token) -> tuple[int, float, int] | None:
        """The next place to end at: characters of the token, width without spaces at the end, the
        last character; None where there is none further on."""
        start, end, width = token.start, token.end, self._width + token.width
        at_end, edge = count == len(self._tokens), end - 1
        self._capacity += token.slack
        if self._squeezed:
            self._limit = self._room + self._capacity + EPSILON
        if token.kind == "run":
            inner = self._within(count, token, at_end)
            if width > self._limit and inner + 1 < end - start:
                taken = max(inner, 0) + 1
                if not _may_end(self._source, start + taken):
                    return None
                return taken, self._width + taken, edge
        if at_end and not self._complete:
            return None
        if token.kind == "space":
            return end - start, self._width, max(start - 1, self._tokens[0].start)
        return end - start, width, edge

    def _within(self, count: int, token: Token, at_end: bool) -> int:
        """How many characters of a run have room, its last one left out; the line may end after
        them."""
        start, end, limit = token.start, token.end, self._limit
        inner = min(int(limit - self._width), end - start - 1)
        # a run that fits and may end where it ends is taken whole
        fits = (
            self._width + token.width <= limit and not at_end and _ends_whole(self._source, end)
        )
        if not fits and (ended := _last_end(self._source, start, inner)) > 0:
            self.fit = (count, ended, self._width + ended)
        return inner

    def _held(self, count: int, token: Token, edge: int) -> bool:
        """Whether a token and the next hold together."""
        if count == len(self._tokens):
            return False
        text, at = self._source.text, token.end
        return (
            text[at] in BLANKS or at in self._source.torn or not may_break(text[edge], text[at])
        )

    def _rather_spread(self, need: float) -> bool:
        """Whether the line is spread to its end, for its marks would have to lose too much."""
        if not self._source.justify or self.fit is None:
            return False
        short = self._room - self.fit[2]
        much = need > SQUEEZE_SEEN * self._capacity
        return short <= SPREAD_UNSEEN or (short <= 2 * SPREAD_UNSEEN and much)


def _parted(
    source: Source, tokens: Sequence[Token], count: int, room: float, bare: float
) -> list[Token]:
    """What of a long word after the first ``count`` tokens is drawn into a line that would else
    gape; nothing where it would not."""
    places = sum(int(token.width) if token.kind == "run" else 1 for token in tokens[:count]) - 1
    if room - bare <= GAPING * max(places, 1):
        return []
    between = _before_word(source.text, tokens[count:])
    if between is None:
        return []
    word = tokens[count + len(between)]
    if word.width <= LONG_WORD:
        return []
    # with the spaces that now stand within the line
    bare = sum(token.width for token in tokens[: count + len(between)])
    best, best_width = _part_of(source, word, room, bare)
    return [*between, Token(word.start, best, best_width, "word")] if best else []


def _before_word(text: str, tokens: Sequence[Token]) -> list[Token] | None:
    """The tokens before the next word, if a line may run on over all of them."""
    for at, token in enumerate(tokens):
        if token.kind == "word":
            return list(tokens[:at])
        if token.kind != "space" and text[token.end - 1] not in NO_END:
            return None
    return None


def _part_of(source: Source, word: Token, room: float, bare: float) -> tuple[int, float]:
    """Where the longest part of a word that still has room ends, and its width; 0 for none."""
    glyph_at = source.glyph_at
    ends = [match.start() for match in WORD_END.finditer(source.text, word.start + 1, word.end)]
    if not ends and word.width > room:  # longer than any line
        ends = list(range(word.start + 2, word.end - 1))
    best, best_width, width, at = 0, 0.0, 0.0, word.start
    for end in ends:
        width += sum(glyph_at(k).advance for k in range(at, end))
        at = end
        if bare + width > room + EPSILON:
            break
        best, best_width = end, width
    return best, best_width


def _forced(source: Source, token: Token, room: float, left: float) -> Line:
    """Cut a word that is longer than a whole line; justified, its letters reach the line's end."""
    glyph_at, justify = source.glyph_at, source.justify
    positions: list[float] = []
    x = 0.0
    for k in range(token.start, token.end):
        advance = glyph_at(k).advance
        if positions and x + advance > room + EPSILON:
            break
        positions.append(left + x)
        x += advance
    count = _near_end(source.text, token, len(positions))
    if count < len(positions):
        x = positions[count] - left
        del positions[count:]
    if justify and 1 < count < token.end - token.start:
        step = (room - x) / (count - 1)
        positions = [place + step * k for k, place in enumerate(positions)]
        x = room
    return Line(token.start, token.start + count, left, tuple(positions), left + x, False)


def _near_end(text: str, token: Token, count: int) -> int:
    """The characters of a word to be cut after ``count``: a part's end that is near, else those."""
    if count == token.end - token.start:
        return count
    cut = token.start + count
    near = [match.start() for match in WORD_END.finditer(text, cut - count // 8, cut + 1)]
    return min(near[-1] - token.start, count) if near else count


def _forced_tokens(source: Source, tokens: Sequence[Token], room: float, left: float) -> Line:
    """Without a legal break, cut after the last token that fits, or within the first."""
    width, count = 0.0, 0
    first = first_of(tokens[0], max(1, int(room)))
    tokens = [first, *tokens[1:]] if first.end == tokens[0].end else [first]
    for token in tokens:
        if count and width + token.width > room + EPSILON:
            break
        width += token.width
        count += 1
    return placed(source, tokens[:count], width, room, left, last=False)
