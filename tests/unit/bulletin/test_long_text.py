"""Two hundred pages read back from the PDF against the source text."""

from __future__ import annotations

import io

import pdfplumber
import pytest

from desktop.bulletin.characters import NO_END, NO_START
from desktop.bulletin.document import Document, Paragraph
from desktop.bulletin.fonts import bundled_fonts
from desktop.bulletin.page import A4, MM
from desktop.bulletin.render import render
from tests.bench.bench_typeset import sample


def test_two_hundred_pages_lose_nothing_and_break_no_rule() -> None:
    paragraphs = sample()
    source = "".join(paragraphs)
    assert len(source) >= 100_000
    out = io.BytesIO()
    printed = render(Document("", tuple(map(Paragraph, paragraphs)), folio=False), out, fonts=bundled_fonts())
    assert printed.pages >= 185
    assert printed.missing_characters == ()
    text: list[str] = []
    ends = {sum(map(len, paragraphs[: k + 1])) for k in range(len(paragraphs))}
    at = 0
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
                wanted = A4.left + (2 * A4.cell if starts_paragraph else 0)
                assert line[0][0] == pytest.approx(wanted, abs=0.1) or shown[0] in NO_END
                if at not in ends and shown[-1] not in NO_START:
                    assert line[-1][0] + (A4.cell if not shown[-1].isascii() else 8) == pytest.approx(A4.right, abs=0.5)
            page.close()
    assert "".join(text) == source
