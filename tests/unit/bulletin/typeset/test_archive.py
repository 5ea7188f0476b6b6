"""The copy for the archive: PDF/A-2u as far as it can be read back without a validator, with the document's structure."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pikepdf
import pypdfium2
import pytest

from desktop.bulletin.blocks.pages import write_pdf
from desktop.bulletin.document import (
    Chart,
    Column,
    Document,
    Heading,
    Paragraph,
    Series,
    Table,
    Turned,
)
from desktop.bulletin.redact.masking import Mask
from desktop.bulletin.typeset.fonts import bundled_fonts

D = Decimal
CHART = Chart("bars", ("安平县", "临川区"), (Series("交办数", (D(86), D(64))),), "各县区交办数", "件", "台账")
TABLE = Table((Column("单位"), Column("数", numeric=True)), [[f"第{n}单位", D(n)] for n in range(40)], title="统计表", source="台账")
BLOCKS = (Heading(1, "一、情况"), Paragraph("正文。" * 400), CHART, TABLE, Turned((TABLE,)))


@pytest.fixture
def archived(circular: Callable[..., Document]) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(write_pdf(circular(blocks=BLOCKS), bundled_fonts(), archive=True).data)) as pdf:
        yield pdf


def elements(element: Any) -> Iterator[Any]:
    yield element
    for child in element.K:
        if "/S" in child:
            yield from elements(child)


def test_the_file_says_that_it_is_one_and_brings_what_it_needs(archived: pikepdf.Pdf) -> None:
    with archived.open_metadata() as told:
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("2", "U")
        assert told["dc:title"] == str(archived.docinfo["/Title"]) and told["pdf:Producer"] == str(archived.docinfo["/Producer"])
    (intent,) = archived.Root.OutputIntents
    assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
    assert archived.Root.Lang == "zh-CN" and archived.Root.MarkInfo.Marked and not archived.is_encrypted and "/ID" in archived.trailer
    fonts = {font.objgen: font for page in archived.pages for font in page.Resources.get("/Font", {}).values()}
    assert fonts
    for font in fonts.values():
        described = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
        assert "/FontFile2" in described and "/ToUnicode" in font
    banned = {"/JavaScript", "/JS", "/Launch", "/Movie", "/Sound", "/EmbeddedFiles"}
    assert not banned & {str(key) for each in archived.objects if isinstance(each, pikepdf.Dictionary) for key in each.keys()}  # noqa: SIM118


def test_every_mark_of_a_page_belongs_to_the_structure(archived: pikepdf.Pdf) -> None:
    root = archived.Root.StructTreeRoot
    nums = list(root.ParentTree.Nums)
    for at, page in enumerate(archived.pages):
        marks = [int(mark) for mark in re.findall(rb"/MCID (\d+)", page.Contents.read_bytes())]
        assert marks == list(range(len(nums[2 * at + 1]))) and nums[2 * at] == page.obj.StructParents == at
    kinds = [str(each.S) for each in elements(root.K[0])]
    assert kinds[0] == "/Document" and kinds.count("/H1") == 1 and kinds.count("/Table") == 2
    assert kinds.count("/TR") == kinds.count("/TD") == 2 * 41  # a head and forty rows, once each
    (figure,) = [each for each in elements(root.K[0]) if each.S == "/Figure"]
    assert str(figure.Alt) == "各县区交办数条形图（单位：件）。交办数：安平县 86，临川区 64。"
    long = max((each for each in elements(root.K[0]) if each.S == "/P"), key=lambda each: len(each.K))
    assert len({mark.Pg.objgen for mark in long.K}) > 1  # a paragraph over pages is one


def test_the_pages_look_and_read_as_they_do_without_and_are_the_same_each_time(circular: Callable[..., Document]) -> None:
    document = circular(blocks=BLOCKS)
    plain, kept = (write_pdf(document, bundled_fonts(), archive=archive).data for archive in (False, True))
    assert kept == write_pdf(document, bundled_fonts(), archive=True).data and plain != kept
    one, other = pypdfium2.PdfDocument(plain), pypdfium2.PdfDocument(kept)
    for a, b in zip(one, other, strict=True):
        assert a.get_textpage().get_text_range() == b.get_textpage().get_text_range()
        assert a.render().to_pil().tobytes() == b.render().to_pil().tobytes()


def test_a_masked_edition_keeps_nothing_hidden_in_its_structure(circular: Callable[..., Document]) -> None:
    mask = Mask(units=("安平县", "临川区"), forms=frozenset({"units"}), numbers=True)
    document, _ = mask.apply(circular(blocks=BLOCKS))
    with pikepdf.open(io.BytesIO(write_pdf(document, bundled_fonts(), archive=True).data)) as pdf:
        told = " ".join(str(each.get("/Alt", "")) for each in elements(pdf.Root.StructTreeRoot.K[0]))
        with pdf.open_metadata() as metadata:
            told += str(metadata)
        assert "**" in told and not any(word in told for word in ("安平", "临川", "86", "64"))
