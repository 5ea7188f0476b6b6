"""Where ink lies on paper, measured in a picture of the page at 600 dots an inch: rules, marks and folios to the standard's millimetres.

The other tests read places out of the PDF; a ruler laid on the print would find these.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops

from desktop.bulletin.document import (
    BriefHead,
    Document,
    Imprint,
    LetterHead,
    Paragraph,
    RedHead,
    Signature,
    Turned,
)
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import render

DOTS = 600 / 25.4  # to a millimetre
DAY = datetime.date(2022, 9, 5)
#: A dot and the blur of its edge.
NEAR = 0.1


def paper(document: Document, page: int = 0) -> Image.Image:
    out = io.BytesIO()
    render(document, out, fonts=bundled_fonts())
    pdf = pypdfium2.PdfDocument(out.getvalue())
    try:
        sheet = pdf[page]
        sheet.set_rotation(0)  # as it lies in the tray
        picture: Image.Image = sheet.render(scale=600 / 72).to_pil().convert("RGB")
        return picture
    finally:
        pdf.close()


def black(picture: Image.Image) -> Image.Image:
    return picture.getchannel("R").point([255 if v < 128 else 0 for v in range(256)])


def red(picture: Image.Image) -> Image.Image:
    other = ImageChops.invert(picture.getchannel("G")).point([255 if v > 128 else 0 for v in range(256)])
    return ImageChops.multiply(other, picture.getchannel("R").point([255 if v > 200 else 0 for v in range(256)]))


def box(ink: Image.Image, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """What ink covers within a part of the sheet, all in millimetres."""
    found = ink.crop(tuple(round(v * DOTS) for v in (left, top, right, bottom))).getbbox()
    assert found, "no ink there"
    return left + found[0] / DOTS, top + found[1] / DOTS, left + found[2] / DOTS, top + found[3] / DOTS


def rules(ink: Image.Image, at: float = 106.0, width: float = 150.0) -> list[tuple[float, float]]:
    """Upper and lower edge of every level line at least so wide, from the top, in millimetres."""
    column = ink.crop((round((at - width / 2) * DOTS), 0, round((at + width / 2) * DOTS), ink.height))
    rows = [column.crop((0, y, column.width, y + 1)).getextrema()[0] > 0 for y in range(column.height)]
    found, start = [], None
    for y, full in enumerate([*rows, False]):
        if full and start is None:
            start = y
        elif not full and start is not None:
            found.append((start / DOTS, y / DOTS))
            start = None
    return found


def circular(**changes: Any) -> Document:
    values: dict[str, Any] = {
        "masthead": RedHead(("云川市人民政府",), "文件", "云政〔2022〕5号"),
        "signature": Signature(("云川市人民政府",), DAY),
        "imprint": Imprint("云川市人民政府办公室", DAY, copy_to="市委常委", copies=60), "duplex": True,
    }
    return Document("关于整改情况的通报", (Paragraph("字" * 700),), **{**values, **changes})


def test_the_red_mark_begins_35_and_the_rule_lies_4_millimetres_below_the_number() -> None:
    picture = paper(circular())
    mark = box(red(picture), 20, 60, 200, 95)
    assert mark[1] == pytest.approx(37 + 35, abs=NEAR)
    assert (mark[0] + mark[2]) / 2 == pytest.approx(28 + 78, abs=0.8)  # centred; the outer characters' own blanks differ
    line = rules(red(picture))[-1]
    number = box(black(picture), 70, 95, 145, line[0])
    last = box(black(picture), number[2] - 5, 95, number[2] + 0.5, line[0])  # 号, whose ink fills its square but for a little
    assert line[0] - last[3] == pytest.approx(4, abs=0.5)
    assert line[1] - line[0] == pytest.approx(1.2 * 25.4 / 72, abs=NEAR)
    across = box(red(picture), 0, line[0], 210, line[1])
    assert (across[0], across[2]) == (pytest.approx(28, abs=NEAR), pytest.approx(184, abs=NEAR))


def test_the_imprint_s_rules_are_as_thick_as_the_standard_s_and_end_the_type_area() -> None:
    picture = paper(circular(), 1)
    found = rules(black(picture))
    thick = [lower - upper for upper, lower in found]
    assert thick == [pytest.approx(v, abs=0.06) for v in (0.35, 0.25, 0.25, 0.35)]
    assert found[-1][1] == pytest.approx(37 + 225, abs=NEAR)
    for upper, lower in found:
        across = box(black(picture), 0, upper, 210, lower)
        assert (across[0], across[2]) == (pytest.approx(28, abs=NEAR), pytest.approx(184, abs=NEAR))


@pytest.mark.parametrize("page", [0, 1])
def test_the_folio_s_dashes_lie_7_millimetres_below_the_type_area(page: int) -> None:
    picture = paper(circular(imprint=None), page)
    ink = black(picture)
    left, _, right, _ = box(ink, 0, 263, 210, 290)
    size = 14 * 25.4 / 72
    edge = (left, left + 2) if page else (right - 2, right)
    dash = box(ink, edge[0], 263, edge[1], 290)
    assert dash[1] == pytest.approx(37 + 225 + 7, abs=NEAR)
    assert dash[3] - dash[1] < 0.6  # a stroke, no hyphen
    # 单页码居右空一字，双页码居左空一字; the stroke keeps a little blank in its cell
    if page:
        assert left == pytest.approx(28 + size, abs=0.5)
    else:
        assert right == pytest.approx(184 - size, abs=0.5)


def test_a_turned_page_has_its_head_to_the_left_and_its_folio_where_the_others_have_it() -> None:
    document = Document("", (Paragraph("字。"), Turned((Paragraph("表" * 400, indent=0),))))
    picture = paper(document, 1)
    ink = black(picture)
    assert picture.width < picture.height  # an upright sheet in the tray, its content turned
    left, top, _, bottom = box(ink, 0, 263, 210, 290)
    assert left == pytest.approx(28 + 14 * 25.4 / 72, abs=0.5)  # page 2: at the left
    dash = box(ink, left, 263, left + 2, 290)
    assert dash[1] == pytest.approx(37 + 225 + 7, abs=NEAR)
    assert top > 37 + 225 + 4 and bottom < 275
    body = box(ink, 0, 0, 210, 262.5)
    assert body[0] == pytest.approx(28, abs=0.6) and body[2] < 184.1
    assert body[1] >= 37 - 0.1 and body[3] <= 262.1


def test_a_letter_s_lines() -> None:
    head = LetterHead("云川市人民政府", "云政函〔2022〕5号", urgency="特急")
    picture = paper(Document("关于报送情况的函", (Paragraph("正文。"),), head))
    found = rules(red(picture), at=105, width=168)
    mark = box(red(picture), 20, 20, 190, found[0][0] - 0.2)
    assert mark[1] == pytest.approx(30, abs=NEAR)
    assert found[0][0] - mark[3] == pytest.approx(4, abs=1.0)
    assert [lower - upper for upper, lower in found] == [pytest.approx(v, abs=NEAR) for v in (0.53, 0.18, 0.18, 0.53)]
    assert 297 - found[3][1] == pytest.approx(20, abs=0.3)
    across = box(red(picture), 0, found[0][0], 210, found[0][1])
    assert (across[0], across[2]) == (pytest.approx(20, abs=NEAR), pytest.approx(190, abs=NEAR))
    text = box(black(picture), 28, found[1][1], 184, found[1][1] + 12)
    assert text[1] - found[1][1] == pytest.approx(16 * 7 / 8 * 25.4 / 72, abs=0.5)


@pytest.mark.parametrize(("supplement", "words"), [(False, "第3期"), (True, "增刊第3期")])
def test_a_bulletin_s_masthead(supplement: bool, words: str, read: Callable[..., Any]) -> None:
    head = BriefHead("能力作风建设简报", 3, None, "云川市委办公室", DAY, supplement, "内部资料", "00012")
    document = Document("", (Paragraph("正文。"),), head)
    assert words in read(document).texts(0)
    picture = paper(document)
    line = rules(red(picture))[-1]
    assert line[1] - line[0] == pytest.approx(1.5 * 25.4 / 72, abs=NEAR)
    mark = box(red(picture), 20, 30, 190, line[0] - 1)
    assert mark[3] - mark[1] > 14  # 48 points or more
    assert (mark[0] + mark[2]) / 2 == pytest.approx(106, abs=1.0)


@pytest.mark.parametrize(
    ("organs", "rows"),
    [
        (("云川市财政局", "云川市审计局", "云川市统计局", "云川市税务局"), 2), (("云川市财政局", "云川市审计局"), 1),
        (("云川市住房和城乡建设局", "云川市自然资源和规划局", "云川市生态环境局", "云川市城市管理局", "云川市能力作风建设年活动办公室"), 3),
    ],
)
def test_seals_side_by_side_do_not_touch(read: Callable[..., Any], organs: tuple[str, ...], rows: int) -> None:
    """42 mm are the widest seal's: the names it is pressed on stand at least so far apart, and it stays within the type area."""
    pages = read(Document("", (Paragraph("正文。"),), signature=Signature(organs, DAY, sealed=True)))
    found = {}
    for row in pages.rows(0, 16):
        text = "".join(c["text"] for c in row)
        for organ in organs:
            if (at := text.find(organ)) >= 0:
                first, last = row[at]["matrix"], row[at + len(organ) - 1]["matrix"]
                found[organ] = ((first[4] + last[4] + 156 / 28 * 72 / 25.4) / 2 / 72 * 25.4, 297 - first[5] / 72 * 25.4)
    places = [found[organ] for organ in organs]
    assert len({round(y) for _, y in places}) == rows
    for at, (x, y) in enumerate(places):
        assert 28 + 21 <= x <= 184 - 21
        for other in places[:at]:
            assert max(abs(x - other[0]), abs(y - other[1])) >= 42
    date = next(row for row in pages.rows(0, 16) if "".join(c["text"] for c in row) == "2022年9月5日")
    middle = (date[0]["matrix"][4] + date[-1]["matrix"][4] + 156 / 28 * 72 / 25.4) / 2 / 72 * 25.4
    assert middle == pytest.approx(places[-1][0], abs=0.3)
