"""Plain typing becomes headings, paragraphs, addressee and signature; titles break by sense."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest

from desktop.bulletin.document import (
    Column,
    Document,
    EditorNote,
    Heading,
    Paragraph,
    Run,
    Signature,
    Table,
)
from desktop.bulletin.typed_text import from_text, heading_level
from desktop.bulletin.typeset.titles import break_title


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("一、总体情况", 1), ("十二、其他", 1), ("（一）提高认识", 2), ("(三)加强领导", 2), ("1.压实责任", 3),
        ("3．抓好落实", 3),
        ("2、抓好落实", 3), ("（1）分工", 4), ("(2)分工", 4), ("一是突出引领", 0),
        ("1.5万元", 0), ("2022年9月5日", 0), ("各单位：", 0),
    ],
)
def test_headings_are_known_by_their_numbers(line: str, level: int) -> None:
    assert heading_level(line) == level


def test_plain_typing_becomes_blocks() -> None:
    blocks = from_text(
        "　　一、总体情况\n(一)进展。各单位推进有力。\n1.责任落实\n2.抓好落实，形成合力。\n\n正文一段。\n编者按：供学习。"
    )
    assert blocks == (
        Heading(1, "一、总体情况"),
        Heading(2, "（一）进展。", "各单位推进有力。"),
        Heading(3, "1.责任落实"),
        Paragraph("2.抓好落实，形成合力。"),
        Paragraph("正文一段。"),
        EditorNote("编者按：供学习。"),
    )


def test_faces_of_headings(read: Any) -> None:
    pages = read(Document("", from_text("一、总体\n（一）进展。正文。\n1.责任落实\n正文。")))
    faces = [{c["fontname"].split("+")[1] for c in row} for row in pages.rows(0, 16)]
    assert faces[0] == {"zhengxianhei"}
    assert faces[1] == {"zhengxiankai", "zhengxianfang"}
    assert faces[2] == faces[3] == {"zhengxianfang"}


def test_headings_make_the_outline(read: Any) -> None:
    pages = read(Document("总题", from_text("一、甲\n正文。\n（一）乙。正文。\n1.丙\n正文。\n二、丁\n正文。")))
    titles = [(level, title) for level, title, *_ in pages.pdf.doc.get_outlines()]
    assert titles == [(1, "一、甲"), (2, "（一）乙"), (3, "1.丙"), (1, "二、丁")]


def test_marks_tell_where_a_figure_stands(read: Any) -> None:
    text = (Run("累计交办"), Run("186", mark="assigned", flagged=True), Run("件。"))
    pages = read(Document("", (Paragraph(text),)))
    (mark,) = pages.printed.marks
    digits = [c for c in pages.chars() if c["text"] in "186" and abs(c["size"] - 16) < 0.1][:3]
    assert (mark.name, mark.page) == ("assigned", 1)
    assert mark.box[0] == pytest.approx(digits[0]["matrix"][4], abs=0.1)
    assert mark.box[2] > digits[-1]["matrix"][4]
    assert len(pages.pages[0].lines) == 1  # the flag


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于重点任务整改落实情况的督办通报", ["关于重点任务整改落实情况的督办通报"]),
        ("第一行由人定\n第二行也由人定", ["第一行由人定", "第二行也由人定"]),
        ("云川市住房和城乡建设局 云川市自然资源和规划局关于联合开展城建领域专项督查的通知",
         ["云川市住房和城乡建设局", "云川市自然资源和规划局关于联合", "开展城建领域专项督查的通知"]),
        ("关于进一步做好2022年度全市能力作风建设年活动重点任务整改落实情况督促检查和考核评价工作有关事项的通报",
         ["关于进一步做好2022年度全市", "能力作风建设年活动重点任务整改落实情况", "督促检查和考核评价工作有关事项的通报"]),
        ("关于成立云川市房地产领域突出问题排查化解工作领导小组的通知", ["关于成立云川市房地产领域突出问题", "排查化解工作领导小组的通知"]),
    ],
)
def test_short_and_hand_broken_titles(title: str, lines: list[str]) -> None:
    assert break_title(title, 20) == lines


@pytest.mark.parametrize(
    "title",
    [
        "云川市能力作风建设年活动办公室关于2022年上半年重点任务整改落实情况的督办通报",
        "关于进一步加强全市能力作风建设年活动典型案例和先进经验总结推广工作的通知",
        "中共云川市委办公室、云川市人民政府办公室关于印发《重点事项督查督办办法》的通知",
    ],
)
def test_long_titles_break_by_sense(title: str) -> None:
    lines = break_title(title, 20)
    assert "".join(lines) == title
    assert all(len(line) <= 20 for line in lines)
    assert max(map(len, lines)) - min(map(len, lines)) <= 9
    for line in lines[1:]:
        assert line[0] not in "的和与及、，》”"
    assert not any(line.endswith("关于") for line in lines)
    for word in ("建设", "通报", "通知", "2022年", "办公室", "整改", "案例", "经验", "《重点事项督查督办办法》"):
        if word in title:
            assert any(word in line for line in lines), lines


def test_tables_are_set_closer_where_that_saves_a_page_with_little_but_the_signature(read: Any) -> None:
    table = Table((Column("项目", 0.3), Column("内容")), [[f"项{n}", "加快推进"] for n in range(8)])
    signature = Signature(("云川市人民政府办公室",), datetime.date(2022, 9, 5))

    def pages_with(lines: int) -> Any:
        return read(Document("", (Paragraph("字" * 28 * lines, indent=0), table), signature=signature))

    counts = [pages_with(lines).printed.pages for lines in range(8, 16)]
    assert counts == sorted(counts)
    assert counts[0] == 1 and counts[-1] == 2
    last = pages_with(8 + counts.count(1) - 1)  # the fullest page that still holds all
    rows = [r for r in last.rows(0, 12)]
    steps = {round(a[0]["matrix"][5] - b[0]["matrix"][5], 1) for a, b in itertools.pairwise(rows[1:])}
    assert len(steps) == 1 and 12 * 1.2 < steps.pop() < 12 * 1.32 + 2 * 12 * 0.28  # closer than usual, and still apart
    over = pages_with(8 + counts.count(1))
    assert any("加快推进" in text for text in over.texts(1))  # no signature without text before it
