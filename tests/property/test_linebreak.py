"""Any text at all keeps the laws of Chinese lines: nothing lost, nothing doubled, no forbidden start or end, no ragged edge."""

from __future__ import annotations

import itertools
import random
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.bulletin.typeset.characters import (
    BEFORE_DIGITS,
    COUNTERS,
    FULL,
    NO_END,
    NO_START,
    PAIRED,
    TOKEN,
)
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.linebreak import Line, Shape, compose, tightened
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts

BLANKS = " \t\u00a0"


class Box(NamedTuple):
    """A glyph as the composer sees it."""

    advance: float
    slack_left: float = 0.0
    slack_right: float = 0.0


def box(character: str) -> Box:
    """Widths of an imagined face: half-width Latin, marks that can lose half a cell."""
    if not FULL.match(character):
        return Box(0.5)
    return Box(1.0, 0.5, 0.5) if character in "（《“〔、，。；：！？）》”〕·" else Box(1.0)


URL = "https://www.a-b.gov.cn/zwgk/2022/content_1234567.html?from=x&page=12#a"
IDEOGRAPHS = st.text("能力作风建设年活动台账销号督办𬱟㛃", min_size=1, max_size=40)
MARKS = st.text("，。、；：！？……——（）《》“”〔〕·％", min_size=1, max_size=3)
LATIN = st.sampled_from(["2026", "86.1%", "GB/T", "9704-2012", "A", "12,345.67", "PDF", "x", "km²", " ", "  ", "-5", "+3.2%", URL])
TEXTS = st.lists(st.one_of(IDEOGRAPHS, IDEOGRAPHS, MARKS, LATIN), min_size=1, max_size=60).map("".join)


def breakable(text: str, line: Line) -> bool:
    """Whether the line had a legal break at all: a run of marks alone has none, nor has a number with its sign and its measure."""
    for at in range(line.start + 1, line.end):
        ended, rest = text[line.start : at].rstrip(BLANKS), text[at:].lstrip(BLANKS)  # blanks at a break are left out
        if not ended or not rest:
            continue
        before, after = ended[-1], rest[0]
        if (before in "0123456789" and after in COUNTERS) or (after in "0123456789" and before in BEFORE_DIGITS):
            continue
        if after not in NO_START and before not in NO_END and not (before == after and before in PAIRED):
            found = TOKEN.finditer(text, line.start, min(line.end + 40, len(text)))
            inside = any(m.start() < at < m.end() and m.lastgroup != "run" for m in found)
            if not inside:
                return True
    return False


def check(text: str, lines: list[Line], measure: float) -> None:
    """All laws at once."""
    shown = "".join(text[line.start : line.end] for line in lines)
    assert [c for c in shown if c not in BLANKS] == [c for c in text if c not in BLANKS]
    assert all(a.end <= b.start and not text[a.end : b.start].strip(BLANKS) for a, b in itertools.pairwise(lines))
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        assert line.last == last
        assert line.width <= measure + 1e-6
        if number and breakable(text, lines[number - 1]):
            assert text[line.start] not in NO_START, text[line.start - 3 : line.start + 3]
        if not last and breakable(text, line):
            assert text[line.end - 1] not in NO_END, text[line.end - 3 : line.end + 3]
            if line.end - line.start > 1:
                assert abs(line.width - measure) < 1e-6, text[line.start : line.end]
        if line.positions is not None:
            assert len(line.positions) == line.end - line.start
            assert all(a < b + 0.51 for a, b in itertools.pairwise(line.positions))


@given(TEXTS, st.integers(8, 40), st.sampled_from([0.0, 2.0]))
@example("，" * 60, 28, 2.0)
@example("（" * 60, 28, 2.0)
@example("A" * 200, 28, 2.0)
@example("—" * 80, 10, 0.0)
@settings(max_examples=400)
def test_any_text_is_set_whole_and_legally(text: str, measure: int, indent: float) -> None:
    lines = compose(text, float(measure), lambda k: box(text[k]), Shape(first_indent=indent))
    check(text, lines, float(measure))


@given(TEXTS, st.integers(8, 40), st.integers(0, 6))
@example("㛃㛃20262026台㛃㛃  ·", 8, 0)  # the run has room, but not with the mark after the blanks
@example("㛃年202620262026···", 8, 0)
@example("㛃·——  ··—", 8, 0)
@settings(max_examples=200)
def test_squeezed_lines_keep_the_laws_and_take_less_room_or_are_not_taken(text: str, measure: int, tight: int) -> None:
    shape = Shape(first_indent=2.0)
    check(text, compose(text, float(measure), lambda k: box(text[k]), shape, tight), float(measure))
    loose = compose(text, float(measure), lambda k: box(text[k]), shape)
    fewer = tightened(text, float(measure), lambda k: box(text[k]), shape, loose)  # a line drawn in may cost one further on
    if fewer:
        check(text, fewer, float(measure))
        assert len(fewer) < len(loose)


def test_no_line_gapes_before_an_address_on_the_web() -> None:
    face = DocumentFonts(bundled_fonts()).face("fang")
    for shift in range(60):
        text = "字" * shift + f"见网址（{URL}），邮箱zhangsan.lisi@example.gov.cn，其余从略。"
        lines = compose(text, 28.0, lambda k, t=text: face[t[k]], Shape(first_indent=2.0))
        check(text, lines, 28.0)
        for line in lines[:-1]:
            assert line.positions is None or max(b - a for a, b in itertools.pairwise(line.positions)) < 2.0, text[line.start : line.end]


@given(st.lists(st.one_of(IDEOGRAPHS, MARKS, LATIN, st.just("é")), min_size=1, max_size=12).map("".join), st.integers(1, 8))
@example("入许构过é", 4)  # a word as wide as the cell, then what is narrower than a character
@settings(max_examples=200)
def test_a_cell_however_narrow_loses_no_character(text: str, measure: int) -> None:
    shape = Shape(align="left", dates=True, words=True)
    lines = compose(text, float(measure), lambda k: box(text[k]), shape)
    shown = "".join(text[line.start : line.end] for line in lines)
    assert shown.replace(" ", "") == text.replace(" ", "")
    assert all(line.positions is None or len(line.positions) == line.end - line.start for line in lines)


@given(st.text("能力作风建设年活动台账销号督办", min_size=2, max_size=40), st.integers(4, 12), st.booleans())
@settings(max_examples=200)
def test_a_ragged_text_ends_with_no_lone_character_where_another_fits_beside_it(text: str, measure: int, stopped: bool) -> None:
    text += "。" if stopped else ""
    lines = compose(text, float(measure), lambda k: box(text[k]), Shape(align="left"))
    check_ragged(text, lines, measure)
    if len(lines) > 1 and len(text) >= 2 * len(lines) + stopped:
        assert len(text[lines[-1].start : lines[-1].end].rstrip("。")) > 1, [text[line.start : line.end] for line in lines]


def check_ragged(text: str, lines: list[Line], measure: int) -> None:
    """Nothing lost, and no more lines than the text needs."""
    assert "".join(text[line.start : line.end] for line in lines) == text
    assert len(lines) <= -(-len(text) // (measure - 1))


@given(TEXTS, st.floats(3.0, 60.0))
@example("2026㛃㛃作", 3.0)  # the last line has no room for what keeps its character company
@settings(max_examples=200)
def test_any_measure_is_kept(text: str, measure: float) -> None:
    lines = compose(text, measure, lambda k: box(text[k]), Shape(indent=1.0))
    shown = "".join(text[line.start : line.end] for line in lines)
    assert [c for c in shown if c not in BLANKS] == [c for c in text if c not in BLANKS]
    assert all(line.width <= measure + 1e-6 or line.end - line.start == 1 or len(set(text[line.start:line.end])) == 1
               for line in lines)


def long_text(count: int, seed: int = 5) -> str:
    """A made-up text with the marks, figures and words of an office's papers."""
    chance = random.Random(seed)
    words = ("能力", "作风", "建设", "活动", "整改", "落实", "销号", "督办", "各县区", "责任单位", "群众", "问题", "措施")
    parts: list[str] = []
    size = 0
    while size < count:
        word = chance.choice(words)
        if chance.random() < 0.08:
            word = chance.choice(
                ["2026年", "86.1%", "第12期", "（含市直）", "《条例》", "“回头看”", "GB/T 9704", "——", "……", "3个"]
            )
        parts.append(word)
        size += len(word)
        if chance.random() < 0.25:
            parts.append(chance.choice("，，，。、；："))
            size += 1
    return "".join(parts)


def test_a_hundred_thousand_characters_in_the_bundled_face() -> None:
    """One paragraph of 100,000 characters: every line legal and full, in the real face's widths."""
    face = DocumentFonts(bundled_fonts()).face("fang")
    text = long_text(100_000)
    lines = compose(text, 28.0, lambda k: face[text[k]], Shape(first_indent=2.0))
    check(text, lines, 28.0)


def test_words_and_numbers_are_not_parted() -> None:
    face = DocumentFonts(bundled_fonts()).face("fang")
    for shift in range(30):
        text = "字" * shift + "完成12,345.67万元，占GB/T 9704-2012要求的86.1%，其余见http://a.b/c"
        for line in compose(text, 20.0, lambda k, t=text: face[t[k]]):
            part = text[line.start : line.end]
            for whole in ("12,345.67", "9704-2012", "86.1%", "GB/T"):
                assert (whole in part) or not any(
                    text.find(whole) < edge < text.find(whole) + len(whole) for edge in (line.start, line.end)
                )


def test_no_single_character_makes_a_last_line() -> None:
    for count in range(20, 140):
        text = "各级各部门要提高认识压实责任" * 12
        text = text[:count] + "。"
        lines = compose(text, 28.0, lambda k, t=text: box(t[k]), Shape(first_indent=2.0))
        check(text, lines, 28.0)
        assert lines[-1].end - lines[-1].start > 2 or len(lines) == 1
