"""A long text read back from the PDF against its source: fifty pages, or two hundred by ``ZHENGXIAN_CHARACTERS=111204``."""

from __future__ import annotations

import io
import os
from collections import Counter
from itertools import pairwise

import pdfplumber
import pytest

from desktop.bulletin.document import Column, Document, Paragraph, Table, Turned
from desktop.bulletin.typeset.characters import FULL, NO_END, NO_START, SQUEEZE_RANK
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.page import A4, MM
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts
from desktop.bulletin.writers import render
from tests.bench.bench_typeset import sample

FANG = DocumentFonts(bundled_fonts()).face("fang")


CHARACTERS = int(os.environ.get("ZHENGXIAN_CHARACTERS", "28000"))


def test_many_pages_lose_nothing_and_break_no_rule() -> None:
    paragraphs = sample(CHARACTERS)
    source = "".join(paragraphs)
    assert len(source) >= CHARACTERS
    out = io.BytesIO()
    printed = render(Document("", tuple(map(Paragraph, paragraphs)), folio=False), out, fonts=bundled_fonts())
    assert printed.pages >= CHARACTERS // 600
    assert printed.missing_characters == ()
    text: list[str] = []
    ends = {sum(map(len, paragraphs[: k + 1])) for k in range(len(paragraphs))}
    at = 0
    kinds = Counter[str]()
    with pdfplumber.open(out) as pdf:
        for number, page in enumerate(pdf.pages):
            lines: dict[float, list[tuple[float, str]]] = {}
            for char in page.chars:
                lines.setdefault(round(char["matrix"][5], 1), []).append((char["matrix"][4], char["text"]))
            tops = sorted(lines, reverse=True)
            assert len(tops) == 22 or number == len(pdf.pages) - 1
            for row, y in enumerate(tops):
                assert 297 * MM - y == pytest.approx(A4.top + row * A4.pitch - 0.1035 + 0.88 * 16, abs=0.1)
                line = sorted(lines[y])
                shown = "".join(character for _, character in line)
                starts_paragraph = at in ends or at == 0
                at += len(shown)
                text.append(shown)
                assert starts_paragraph or shown[0] not in NO_START, shown
                assert at in ends or shown[-1] not in NO_END, shown
                kinds[_checked(line, shown, starts_paragraph, at in ends)] += 1
            page.close()
    assert "".join(text) == source
    assert kinds["grid"] > CHARACTERS // 50 and kinds["adjusted"] > CHARACTERS // 100 and kinds["last"] > CHARACTERS // 200


def _checked(line: list[tuple[float, str]], shown: str, first: bool, last: bool) -> str:
    """The places of one line's characters. A line of nothing but full characters is the grid itself: each stands within 0.1 pt of
    its cell. A line with a word, a figure or a squeezed mark begins at 28.0 mm and ends at 184.0 mm; between them ideographs that are
    neighbours keep one pitch, and that is the cell's but for what the line was spread or squeezed by: never ragged."""
    start = A4.left + (2 * A4.cell if first else 0)
    places = [x for x, _ in line]
    on_grid = all(abs(x - start - k * A4.cell) <= 0.1 for k, x in enumerate(places))
    if last:
        assert shown[0] in NO_END or places[0] == pytest.approx(start, abs=0.1)
        return "last"
    if on_grid and len(line) == round((A4.right - start) / A4.cell):
        return "grid"
    assert places[0] == pytest.approx(start, abs=0.1) or shown[0] in SQUEEZE_RANK
    end = shown[-1]
    if end in SQUEEZE_RANK:  # a mark's blank half may be gone; its ink ends at the edge
        assert A4.right - A4.cell - 0.1 <= places[-1] <= A4.right - A4.cell / 2 + 0.1, shown
    else:
        wide = FANG[end].advance
        assert places[-1] + wide * A4.cell == pytest.approx(A4.right, abs=0.1), shown
    steps = [b - a for (a, one), (b, two) in pairwise(line) if FULL.fullmatch(one) and FULL.fullmatch(two)
             and one not in SQUEEZE_RANK and two not in SQUEEZE_RANK and one + two not in ("——", "……")]
    assert max(steps) - min(steps) < 0.01, shown
    assert A4.cell - 0.01 <= steps[0] <= A4.cell * 1.12, (shown, steps[0])
    return "adjusted"


def test_a_number_in_a_column_of_any_width_is_set() -> None:
    """A run of one character that has no room left at the end of its text ends the line with the text."""
    for size in (7.5, 9.0, 10.5):
        for thousandths in range(30, 160, 5):
            columns = (Column("编号", thousandths / 1000), Column("事项"))
            table = Table(columns, [("整改〔2026〕100号", "事项")], size=size)
            assert render(Document("清单", (Turned((table,)),)), io.BytesIO()).pages >= 1
