"""A name with a variation selector prints its character, never a box: no bundled face tells such forms apart."""

from __future__ import annotations

import io

import docx
import pdfplumber
import pytest

import resources
from desktop.bulletin.document import Column, Document, Paragraph, Table
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.truetype import FontFile
from desktop.bulletin.word.writer import write_docx
from desktop.bulletin.writers import render


def with_name(name: str, before: int) -> Document:
    text = "一" * before + name + "二" * 30
    return Document(f"关于{name}的情况", (Paragraph(text), Table((Column("姓名"), Column("事项")), ((name, text),))))


@pytest.mark.parametrize("selector", ["\ufe00", "\U000e0100", "\U000e01ef"])
@pytest.mark.parametrize("before", [0, 25, 26])
def test_a_selector_is_neither_drawn_nor_missing(selector: str, before: int) -> None:
    plain, selected = (with_name(name, before) for name in ("葛怀瑾", f"葛{selector}怀瑾"))
    out, other = io.BytesIO(), io.BytesIO()
    printed = render(selected, out, fonts=bundled_fonts())
    render(plain, other, fonts=bundled_fonts())
    assert printed.missing_characters == () and printed.notices == ()
    with pdfplumber.open(io.BytesIO(out.getvalue())) as pdf, pdfplumber.open(io.BytesIO(other.getvalue())) as beside:
        page, same = pdf.pages[0], beside.pages[0]
        assert page.extract_text() == same.extract_text()
        assert max(char["x1"] for char in page.chars) == pytest.approx(max(char["x1"] for char in same.chars), abs=0.01)


def test_word_keeps_the_selector() -> None:
    made = docx.Document(io.BytesIO(write_docx(with_name("葛\U000e0100怀瑾", 0), bundled_fonts()).data))
    assert "葛\U000e0100怀瑾" in "".join(p.text for p in made.paragraphs)


def test_no_bundled_face_has_sequences_to_choose_from() -> None:
    """Where one comes to have them, they are to be used: then this is the place to begin."""
    for file in sorted(resources.path("fonts").glob("Zhengxian*")):
        table = FontFile(file).table(b"cmap")
        count = int.from_bytes(table[2:4], "big")
        offsets = [int.from_bytes(table[4 + 8 * k + 4 : 4 + 8 * k + 8], "big") for k in range(count)]
        assert 14 not in {int.from_bytes(table[at : at + 2], "big") for at in offsets}, file.name
