"""The copy for the archive: PDF/A-2u as far as it can be read back without a validator, with the document's structure."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from desktop.bulletin.blocks.pages import write_pdf
from desktop.bulletin.document import (
    AppointmentForm,
    Bar,
    Cell,
    Chart,
    Column,
    Contents,
    Document,
    Gantt,
    Heading,
    Paragraph,
    PersonSheet,
    Relative,
    Series,
    SheetGroup,
    SheetLine,
    Table,
    Turned,
    Wide,
)
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.typeset.fonts import bundled_fonts

D = Decimal
CHART = Chart("bars", ("安坪县", "霖川区"), (Series("交办数", (D(86), D(64))),), "各县区交办数", "件", "台账")
TABLE = Table((Column("单位"), Column("数", numeric=True)), [[f"第{n}单位", D(n)] for n in range(40)], title="统计表", source="台账")
BLOCKS = (Heading(1, "一、情况"), Paragraph("正文。" * 400), CHART, TABLE, Turned((TABLE,)))
DAY = datetime.date(2022, 9, 5)
CHART_OF_WALL = Gantt((Bar("修路", DAY, DAY + datetime.timedelta(90), 0.5, "交通局"),), DAY, "挂图作战图", "台账")
FORM = AppointmentForm("郑某", resume=(("2001.09—2005.07", "某校学习"),), relatives=(Relative("妻子", "王某"),), rewards="无")
SHEET = PersonSheet("干部实绩一览", "郑某", "某局局长", (("出生", "1980年1月"),), (SheetGroup("承担任务", (SheetLine("2022年", "修路"),)),), note="数据来源：台账")
PHOTO = io.BytesIO()
Image.new("RGB", (60, 80), "grey").save(PHOTO, "PNG")


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
    assert kinds.count("/TR") == 2 * 41  # a head and forty rows, once each
    for row in (each for each in elements(root.K[0]) if each.S == "/TR"):
        assert {str(cell.S) for cell in row.K} in ({"/TH"}, {"/TD"}) and len(row.K) == 2
    assert [str(part.S) for part in next(each for each in elements(root.K[0]) if each.S == "/Table").K][:2] == ["/Caption", "/TR"]
    (figure,) = [each for each in elements(root.K[0]) if each.S == "/Figure"]
    assert str(figure.Alt) == "各县区交办数条形图（单位：件）。交办数：安坪县 86，霖川区 64。"
    long = max((each for each in elements(root.K[0]) if each.S == "/P"), key=lambda each: len(each.K))
    assert len({mark.Pg.objgen for mark in long.K}) > 1  # a paragraph over pages is one


def outside_of_marks(page: pikepdf.Page) -> list[str]:
    """Operators that draw and belong neither to a part of the structure nor to what is no part of it."""
    deep, found = 0, []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        deep += {"BDC": 1, "BMC": 1, "EMC": -1}.get(name, 0)
        assert 0 <= deep <= 1, "marks within marks"
        if name in ("Tj", "TJ", "S", "f", "B", "b", "s", "Do") and not deep:
            found.append(f"{name} {operands}")
    assert deep == 0
    return found


def words_of(page: pikepdf.Page, pdf: pikepdf.Pdf) -> list[tuple[str, str]]:
    """What the texts of a page are, and their characters, in the order in which they are drawn."""
    maps: dict[str, dict[str, str]] = {}
    for name, font in page.Resources.Font.items():
        pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", font.ToUnicode.read_bytes() if "/ToUnicode" in font else b"")
        maps[name] = {code.decode(): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}
    parents = {n: tags for n, tags in zip(list(pdf.Root.StructTreeRoot.ParentTree.Nums)[::2], list(pdf.Root.StructTreeRoot.ParentTree.Nums)[1::2], strict=True)}
    kind, font, found = "", "", []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "BDC":
            kind = str(parents[page.obj.StructParents][int(operands[1].MCID)].S)
            found.append((kind, ""))
        elif name == "BMC":
            kind = str(operands[0])
            found.append((kind, ""))
        elif name == "Tf":
            font = str(operands[0])
        elif name in ("Tj", "TJ"):
            for each in operands[0] if name == "TJ" else operands:
                if isinstance(each, pikepdf.String):
                    codes = bytes(each).hex().upper()
                    text = "".join(maps[font].get(codes[at : at + 4], "") for at in range(0, len(codes), 4))
                    found[-1] = (kind, found[-1][1] + text)
    return found


@pytest.mark.parametrize("blocks", [BLOCKS, (FORM,), (SHEET,), (Contents(), Heading(1, "一、甲"), Heading(1, "二、乙"), Wide((CHART_OF_WALL,)))])
def test_nothing_is_drawn_that_is_neither_a_part_nor_told_to_be_none(circular: Callable[..., Document], blocks: Any) -> None:
    document = circular(blocks=blocks, note="此件公开发布", draft="未签发")
    with pikepdf.open(io.BytesIO(write_pdf(document, bundled_fonts(), archive=True).data)) as pdf:
        for page in pdf.pages:
            assert outside_of_marks(page) == []
        first = words_of(pdf.pages[0], pdf)
        everything = [each for page in pdf.pages for each in words_of(page, pdf)]
    assert ("/P", "云川市能力作风建设年活动办公室文件") in first and ("/P", "云能办〔2022〕5号") in first  # the head, line by line
    assert ("/P", "抄送：市委常委，市政府领导同志。") in everything and ("/P", "2022年9月5日印发") in everything
    apart = [text for kind, text in everything if kind == "/Artifact"]
    assert any("—1—" in text for text in apart) and any("未签发" in text for text in apart)
    assert not any("—1—" in text or "未签发" in text for kind, text in everything if kind != "/Artifact")


def test_a_form_is_told_cell_by_cell_and_a_photograph_is_named(circular: Callable[..., Document]) -> None:
    photo = msgspec.structs.replace(FORM, photo=PHOTO.getvalue())
    with pikepdf.open(io.BytesIO(write_pdf(circular(blocks=(photo,), masthead=None), bundled_fonts(), archive=True).data)) as pdf:
        told = [each for page in pdf.pages for each in words_of(page, pdf)]
        figures = [str(each.Alt) for each in elements(pdf.Root.StructTreeRoot.K[0]) if each.S == "/Figure"]
        assert all(outside_of_marks(page) == [] for page in pdf.pages)
    assert ("/P", "姓　名") in told and ("/P", "郑某") in told and ("/P", "奖惩情况") in told and figures == ["照片"]


def test_a_cell_that_reaches_down_stands_where_its_row_has_it(circular: Callable[..., Document]) -> None:
    table = Table((Column("单位"), Column("数")), [[Cell("甲", down=2), "1"], ["2"], [Cell("合计", span=2)]])
    with pikepdf.open(io.BytesIO(write_pdf(circular(blocks=(table,)), bundled_fonts(), archive=True).data)) as pdf:
        rows = [each for each in elements(pdf.Root.StructTreeRoot.K[0]) if each.S == "/TR"]
        assert [[(int(cell.A.ColSpan), int(cell.A.RowSpan)) for cell in row.K] for row in rows] == [[(1, 1)] * 2, [(1, 2), (1, 1)], [(1, 1)], [(2, 1)]]
        assert all(len(cell.K) == 1 for row in rows for cell in row.K)


def test_the_pages_look_and_read_as_they_do_without_and_are_the_same_each_time(circular: Callable[..., Document]) -> None:
    document = circular(blocks=BLOCKS)
    plain, kept = (write_pdf(document, bundled_fonts(), archive=archive).data for archive in (False, True))
    assert kept == write_pdf(document, bundled_fonts(), archive=True).data and plain != kept
    one, other = pypdfium2.PdfDocument(plain), pypdfium2.PdfDocument(kept)
    for a, b in zip(one, other, strict=True):
        assert a.get_textpage().get_text_range() == b.get_textpage().get_text_range()
        assert a.render().to_pil().tobytes() == b.render().to_pil().tobytes()


def test_a_masked_edition_keeps_nothing_hidden_in_its_structure(circular: Callable[..., Document]) -> None:
    mask = Mask(units=("安坪县", "霖川区"), forms=frozenset({"units"}), numbers=True)
    document, _ = mask.apply(circular(blocks=BLOCKS))
    with pikepdf.open(io.BytesIO(write_pdf(document, bundled_fonts(), archive=True).data)) as pdf:
        told = " ".join(str(each.get("/Alt", "")) for each in elements(pdf.Root.StructTreeRoot.K[0]))
        with pdf.open_metadata() as metadata:
            told += str(metadata)
        assert "**" in told and not any(word in told for word in ("安坪", "霖川", "86", "64"))
