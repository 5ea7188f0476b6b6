"""Whatever a document is made of, every character is on paper once, inside the type area."""

from __future__ import annotations

import datetime
import io
from collections import Counter

import pdfplumber
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desktop.bulletin.document import (
    Block,
    Column,
    Document,
    Gap,
    Heading,
    PageBreak,
    Paragraph,
    Run,
    Signature,
    Table,
    Turned,
)
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.page import MM
from desktop.bulletin.writers import render

WORDS = st.lists(
    st.sampled_from(["能力作风", "（含市直）", "86.1%", "《条例》", "，", "。", "——", "GB/T 9704", "䶮某", "“回头看”", "、"]),
    min_size=1, max_size=60,
).map("".join)
SHORT = st.text("整改落实督办销号", min_size=1, max_size=12)
PARAGRAPHS = WORDS.map(Paragraph)
NOTED = st.tuples(WORDS, SHORT).map(lambda pair: Paragraph((Run(pair[0], note=pair[1]), Run("完"))))
HEADINGS = st.tuples(st.integers(1, 4), SHORT).map(lambda pair: Heading(*pair))
TABLES = st.lists(st.tuples(SHORT, WORDS), min_size=1, max_size=12).map(
    lambda rows: Table((Column("单位", 0.3), Column("情况", 0.7)), rows, title="统计表")
)
SIMPLE = st.one_of(PARAGRAPHS, PARAGRAPHS, HEADINGS, TABLES, NOTED, st.just(Gap(2)), st.just(PageBreak()))
BLOCKS = st.lists(st.one_of(SIMPLE, st.lists(TABLES, min_size=1, max_size=2).map(lambda t: Turned(tuple(t)))), min_size=1,
                  max_size=14)


def written(blocks: list[Block]) -> Counter[str]:
    """Characters of the source, without blanks; table heads are counted apart since they are repeated."""
    found: Counter[str] = Counter()
    for block in blocks:
        if isinstance(block, Paragraph):
            runs = (block.text,) if isinstance(block.text, str) else tuple(r.text + r.note for r in block.text)
            found.update("".join(runs))
        elif isinstance(block, Heading):
            found.update(str(block.text))
        elif isinstance(block, Table):
            found.update(block.title + "".join(str(cell) for row in block.rows for cell in row))
        elif isinstance(block, Turned):
            found.update(written(list(block.blocks)))
    return found


@given(BLOCKS, st.booleans())
@settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate),
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_nothing_is_lost_doubled_or_off_the_page(blocks: list[Block], signed: bool) -> None:
    day = datetime.date(2022, 9, 5)
    document = Document(
        "", tuple(blocks), signature=Signature(("云川市督查室",), day) if signed else None,
        folio=False,
    )
    out = io.BytesIO()
    render(document, out, fonts=bundled_fonts())
    wanted = written(blocks)
    heads = 0
    with pdfplumber.open(out) as pdf:
        seen: Counter[str] = Counter()
        for page in pdf.pages:
            upright = page.width < page.height
            left, right, low = (28, 184, 262) if upright else (35, 260, 184)
            for char in page.chars:
                if char["text"].isspace():
                    continue
                assert char["x0"] >= left * MM - 9
                assert char["x1"] <= right * MM + 9
                assert char["bottom"] <= low * MM + 3
                seen[char["text"]] += 1
            bold = [c for c in page.chars if c["size"] < 12.1 and "hei" in c["fontname"]]  # smaller where that saves lines
            heads += sum(c["text"] == "况" for c in bold)
    for sign in [c for c in seen if "①" <= c <= "⑳"]:
        assert seen.pop(sign) == 2  # in the text and before its note
    seen.subtract({"单": heads, "位": heads, "情": heads, "况": heads})
    if signed:
        seen.subtract("云川市督查室2022年9月5日")
    assert +seen == Counter({c: n for c, n in wanted.items() if not c.isspace()})
