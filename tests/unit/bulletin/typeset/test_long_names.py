"""Names, titles, captions and sources that are longer than a line: they take more lines or are narrowed, and nothing leaves the page."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image

from desktop.bulletin.document import (
    Article,
    Block,
    BriefHead,
    Chart,
    Column,
    Contents,
    Cover,
    Document,
    Imprint,
    Paragraph,
    Picture,
    Series,
    Signature,
    Table,
)
from desktop.bulletin.typeset.page import MM

DAY = datetime.date(2022, 12, 25)
LONG = "云川市能力作风建设年活动领导小组办公室重点项目推进专项工作组暨营商环境优化提升攻坚指挥部"
OFFICE = "云川市能力作风建设年活动领导小组办公室"
TEXT = Paragraph("正文。")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 30), (200, 220, 240)).save(out, "PNG")
    return out.getvalue()


def inside(pages: Any) -> None:
    """Every character lies between the type area's edges."""
    for page in pages.pages:
        for c in page.chars:
            assert c["x0"] >= 28 * MM - 0.5 and c["x1"] <= 184 * MM + 0.5, c["text"]


def chart(kind: Any) -> Chart:
    values = Series(LONG, (Decimal(1), Decimal(2)))
    return Chart(kind, (LONG, "短"), (values, values), LONG, "件", LONG)


@pytest.mark.parametrize(
    "block",
    [
        Picture(picture(), f"图1　{LONG}"), Table((Column("单位"),), [["甲"]], title=LONG, measure=LONG * 2, source=LONG),
        chart("bars"), chart("columns"), chart("trend"), chart("share"), Article(LONG, (TEXT,), byline=LONG),
        Cover(LONG, LONG, LONG, "2022年9月"), Cover("能力作风建设年活动\n典型案例选编", "（第一辑）", LONG),
    ],
    ids=lambda block: type(block).__name__ + getattr(block, "kind", ""),
)
def test_nothing_leaves_the_type_area_and_nothing_is_lost(read: Any, block: Block) -> None:
    pages = read(Document("", (block, TEXT)))
    inside(pages)
    parts = ("title", "caption", "measure", "source", "byline", "subtitle", "issuer")
    wanted = sum(str(getattr(block, name, "")).count("云") for name in parts)
    wanted += sum(label.count("云") for label in getattr(block, "labels", ()))
    shown = sum(c["text"] == "云" for page in pages.pages for c in page.chars)
    assert shown >= wanted, (shown, wanted)


@pytest.mark.parametrize("issuer", [OFFICE, LONG])
def test_an_issuer_and_the_date_stand_beside_each_other(read: Any, issuer: str) -> None:
    head = BriefHead("工作简报", 12, 36, issuer, DAY, secrecy="内部资料", serial="0000000000000012")
    pages = read(Document("", (TEXT,), head, imprint=Imprint(issuer, DAY, copies=60)))
    lines = [row for row in pages.rows(0) if any(c["text"] == "云" for c in row) and any(c["text"] == "2" for c in row)]
    assert len(lines) == 2
    for row in lines:
        assert "".join(c["text"] for c in row).startswith(issuer)
        first = next(k for k, c in enumerate(row) if c["text"] == "2")
        assert row[first - 1]["x1"] <= row[first]["x0"], "".join(c["text"] for c in row)
        assert all(a["x0"] < b["x0"] for a, b in pairwise(row))


@pytest.mark.parametrize("sealed", [False, True])
def test_a_long_signature_is_set_in_lines(read: Any, sealed: bool) -> None:
    pages = read(Document("", (TEXT,), signature=Signature((LONG,), DAY, sealed=sealed)))
    assert LONG in pages.text.replace("—1—", "")
    inside(pages)
    inside(read(Document("", (TEXT,), signature=Signature((LONG, "云川市财政局"), DAY, sealed=sealed))))


def test_long_titles_of_articles_are_listed_with_their_pages(read: Any) -> None:
    articles = tuple(Article(f"{LONG}之{n}", (TEXT,), new_page=True) for n in "一二三")
    pages = read(Document("", articles, front=(Contents(own_page=True),)))
    ends = [text for text in pages.texts(0, 16) if "…" in text]
    assert [text[-1] for text in ends] == ["1", "2", "3"]


def test_a_title_with_an_address_on_the_web_stays_in_the_type_area(read: Any) -> None:
    url = "https://www.example.gov.cn/zwgk/2022/content_1234567.html?x=1&page=12"
    pages = read(Document(f"关于网址{url}更换为{url}的通知", (TEXT,)))
    inside(pages)
    assert pages.text.count("1234567") == 2
