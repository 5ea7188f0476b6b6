"""How pages end: no page with one line of text, no 版记 without text, paragraphs squeezed for the line that has no room."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from desktop.bulletin.blocks import pages as pages_module
from desktop.bulletin.document import (
    Article,
    Attachment,
    Column,
    Contents,
    Cover,
    Document,
    Imprint,
    Paragraph,
    Picture,
    Signature,
    Table,
    Turned,
)
from desktop.bulletin.typeset import inline_layout
from desktop.bulletin.typeset.page import MM

DAY = datetime.date(2022, 9, 5)
IMPRINT = Imprint("云川市", DAY, copy_to="各参会单位")
LINE = Paragraph("字" * 26)


def body_rows(pages: Any) -> list[int]:
    """How many lines of 三号 each page has."""
    return [len(pages.rows(page, 16)) for page in range(len(pages.pages))]


@pytest.mark.parametrize("imprint", [None, IMPRINT])
def test_no_last_page_has_one_line(read: Any, imprint: Imprint | None) -> None:
    for lines in range(18, 26):
        two = Paragraph("字" * 26 + "尾巴某某某某某某某")
        for blocks in ((*[LINE] * (lines - 2), two), (LINE,) * lines):
            rows = body_rows(read(Document("", blocks, imprint=imprint)))
            assert sum(rows) == lines
            assert rows[-1] != 1 and 0 not in rows, (lines, rows)
            assert len(rows) == 1 or rows[0] in (22, 21) or (imprint and rows[0] >= 17)


@pytest.mark.parametrize(
    "after", [Attachment("附件", "清单"), Turned((Table((Column("甲"),), [["乙"]]),)), Article("题目", (), new_page=True)]
)
def test_no_part_ends_with_a_page_of_one_line(read: Any, after: Any) -> None:
    rows = body_rows(read(Document("", (*(LINE,) * 23, after))))
    assert rows[:2] == [21, 2]


def test_a_line_after_a_table_takes_its_last_rows_along(read: Any) -> None:
    for rows in range(20, 45):
        table = Table((Column("事项"),), [[f"第{n}项"] for n in range(rows)])
        pages = read(Document("", (table, LINE)))
        last = len(pages.pages) - 1
        assert pages.texts(last, 12) or not last, rows


def test_a_line_after_a_picture_may_stand_alone(read: Any) -> None:
    pages = read(Document("", (*(LINE,) * 13, Picture(b"", "图1", 150.0), *(LINE,) * 2)))
    assert sum(body_rows(pages)) == 15  # nothing is lost where a tall block stands before the last lines


def test_the_imprint_takes_text_along_where_it_has_no_room(read: Any) -> None:
    for lines in range(12, 24):
        document = Document("", (LINE,) * lines, signature=Signature(("云川市",), DAY), imprint=IMPRINT)
        pages = read(document)
        last = len(pages.pages) - 1
        assert any("印发" in text for text in pages.texts(last, 14))
        shown = pages.texts(last, 16)
        assert shown[0].startswith("字") and shown[-1] == "2022年9月5日", (lines, shown)


def test_printed_double_sided_no_page_is_blank_and_none_holds_the_imprint_alone(read: Any) -> None:
    even = set()
    for lines in range(3, 46):
        document = Document("", (LINE,) * lines, signature=Signature(("云川市",), DAY), imprint=IMPRINT, duplex=True)
        pages = read(document)
        rows = body_rows(pages)
        assert all(rows) and any("印发" in text for text in pages.texts(len(rows) - 1, 14)), (lines, rows)
        # on an even page where the page before it keeps enough of its text
        even.add((len(rows) % 2 == 0, lines % 22))
        assert len(rows) % 2 == 0 or rows[-1] < 22 * 0.6 + 4, (lines, rows)
    assert {odd for odd, _ in even} == {True, False}


def test_tried_on_other_pages_no_text_is_set_anew(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = tuple(Paragraph(f"第{number}段") for number in range(12))
    table = Table((Column("单位", 0.2), Column("数")), [(f"第{number}单位", number) for number in range(12)])
    tries, texts = [], []
    compose, poured = inline_layout.compose, pages_module._poured  # noqa: SLF001
    monkeypatch.setattr(inline_layout, "compose", lambda text, *asked: texts.append(text) or compose(text, *asked))
    monkeypatch.setattr(
        pages_module, "_poured", lambda *asked, **how: tries.append(asked) or poured(*asked, **how)
    )
    pages = read(Document("", (*lines, table), imprint=IMPRINT, duplex=True))
    assert len(tries) > 1 and "第11单位" in "".join(page.extract_text() for page in pages.pages)
    ours = [text for text in texts if text.startswith("第")]
    assert sorted(ours) == sorted({each for n in range(12) for each in (f"第{n}段", f"第{n}单位")})


def test_the_imprint_stands_on_the_turned_page_that_ends_the_paper(read: Any) -> None:
    counts = tuple(Column(f"栏{n}", numeric=True) for n in range(9))
    for rows in (3, 14, 17, 20, 40):
        table = Table((Column("单位", 0.2), *counts), [[f"第{n}单位", *range(9)] for n in range(rows)], size=10.5)
        for duplex in (False, True):
            pages = read(Document("", (*(LINE,) * 5, Turned((table,))), imprint=IMPRINT, duplex=duplex))
            last = len(pages.pages) - 1
            assert pages.pages[last].page_obj.rotate == 90
            text = [pages.pages[page].extract_text() for page in range(last + 1)]
            assert "印发" in text[last] and f"第{rows - 1}单位" in text[last], (rows, duplex)
            assert all("单位" in each for each in text[1:])


def test_a_paragraph_is_squeezed_for_the_line_that_has_no_room(read: Any) -> None:
    text = "各级各部门要提高认识，压实责任，对照清单，逐条逐项，抓好落实，确保按期销号，一项一项对账，"
    whole = text + "某" * (54 - len(text)) + "着落。"
    alone = read(Document("", (Paragraph(whole), LINE)))
    assert body_rows(alone) == [4]  # three lines where they have room
    blocks = (*(LINE,) * 20, Paragraph(whole), LINE, LINE)
    pages = read(Document("", blocks))
    assert body_rows(pages) == [22, 2]
    assert "".join(pages.texts(0, 16)[20:]) == whole  # nothing lost
    assert pages.rows(0, 16)[21][0]["matrix"][4] == pytest.approx(28 * MM, abs=0.1)
    before = [char["matrix"][4] for char in pages.rows(0, 16)[21]]
    assert before[-1] <= 184 * MM - 15.79 / 2 + 0.1


def test_a_paragraph_that_gives_no_room_keeps_its_lines(read: Any) -> None:
    plain = Paragraph("字" * 54 + "尾巴尾巴")  # no mark to squeeze
    assert body_rows(read(Document("", (*(LINE,) * 20, plain, LINE, LINE)))) == [22, 3]


def test_a_signature_one_line_too_low_is_drawn_in(read: Any) -> None:
    text = "各级各部门要提高认识，压实责任，对照清单，逐条逐项，抓好落实，确保按期销号，一项一项对账，"
    last = Paragraph(text + "某" * (54 - len(text)) + "着落。")
    pages = read(Document("", (*(LINE,) * 17, last), signature=Signature(("云川市",), DAY)))
    assert len(pages.pages) == 1


def test_pages_of_the_contents_carry_no_folio_however_many(read: Any) -> None:
    articles = tuple(Article(f"第{n}县区：清单销号促作风转变的做法", (LINE,), new_page=True) for n in range(30))
    pages = read(Document("", articles, front=(Cover("选编"), Contents(own_page=True))))
    folios = ["".join(text for text in pages.texts(page, 14) if "—" in text) for page in range(len(pages.pages))]
    assert folios == ["", "", "", *(f"—{n}—" for n in range(1, 31))]
    assert any(text.startswith("第0县区") and text.endswith("…1") for text in pages.texts(1, 16))
    assert any(text.startswith("第29县区") and text.endswith("…30") for text in pages.texts(2, 16))


def test_a_table_on_turned_pages_is_set_closer_where_that_saves_a_page(read: Any) -> None:
    counts = tuple(Column(f"栏{n}", numeric=True) for n in range(8))
    table = Table((Column("单位", 0.2), *counts), [[f"云川市第{n}单位", *range(8)] for n in range(23)], size=10.5, source="台账")
    assert len(read(Document("", (LINE, Turned((table,))))).pages) == 2
    long = Table(table.columns, [*table.rows, *table.rows], size=10.5)
    assert len(read(Document("", (LINE, Turned((long,))))).pages) == 3


def test_seals_of_five_organs_stay_together_under_many_attachments(read: Any) -> None:
    organs = ("云川市住房和城乡建设局", "云川市自然资源和规划局", "云川市生态环境局", "云川市城管局", "中共云川市委机构编制委员会办公室")
    names = tuple(f"第{n}个附件的名称特别长需要回行才能排得下的那一种情况说明表" for n in range(5))
    for lines in range(1, 24, 3):
        signature = Signature(organs, DAY, sealed=True)
        pages = read(Document("", (LINE,) * lines, attachments=names, signature=signature, note="此件公开发布"))
        last = pages.texts(len(pages.pages) - 1, 16)
        assert all(any(organ in text for text in last) for organ in organs), (lines, last)
        assert not any(organ in last[0] for organ in organs), (lines, last)


def test_an_article_does_not_begin_with_one_line_at_a_foot(read: Any) -> None:
    for lines in range(10, 22):
        article = Article("题目", (LINE,) * 5, byline="安坪县")
        pages = read(Document("", (*(LINE,) * lines, article)))
        page = next(number for number in range(len(pages.pages)) if "题目" in pages.texts(number, 22))
        shown = pages.texts(page, 16)
        assert len(shown) - shown.index("安坪县") - 1 >= 2, (lines, shown)
    assert len(read(Document("", (Article("题目", (LINE,)), Article("二", (LINE,), new_page=True)))).pages) == 2


@pytest.mark.parametrize("duplex", [False, True])
def test_no_page_holds_a_imprint_alone_however_many_lines_stand_before_it(read: Any, circular: Any, duplex: bool) -> None:
    """One line more each time, so that the text ends at every place of a page."""
    imprint = Imprint("某办", datetime.date(2022, 9, 5), report_to="有关市领导", send_to="市直各有关单位", distribute_to="各县区")
    for lines in range(1, 30):
        blocks = tuple(Paragraph(f"第{number}段。") for number in range(lines))
        document = circular(blocks=blocks, attachments=(), imprint=imprint, duplex=duplex)
        pages = read(document)
        last = "".join(pages.texts(len(pages.pages) - 1))
        assert "段。" in last or "2022年9月5日" in last.replace("2022年9月5日印发", ""), (lines, len(pages.pages), last)
