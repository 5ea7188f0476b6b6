"""Where things stand on paper, read back from the PDF: the numbers of GB/T 9704-2012."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from desktop.bulletin.document import (
    BriefHead,
    Document,
    Imprint,
    LetterHead,
    Paragraph,
    RedHead,
    Run,
    Signature,
)
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.page import A4, MM

PITCH, CELL = (225 * MM - 156 * MM / 28) / 21, 156 * MM / 28
FULL_TEXT = "各级各部门要提高认识压实责任对照清单逐条逐项抓好落实确保按期销号" * 60


def left(char: dict[str, Any]) -> float:
    return float(char["matrix"][4])


def baseline_from_top(char: dict[str, Any], height: float = 297 * MM) -> float:
    return height - float(char["matrix"][5])


def body_top(char: dict[str, Any]) -> float:
    """Upper edge of a 16-point character's cell."""
    return baseline_from_top(char) - 0.88 * 16 + (16 - CELL) / 2


def test_the_sheet_has_the_standard_s_measures() -> None:
    assert pytest.approx(15.793, abs=0.001) == A4.cell == CELL
    assert pytest.approx(29.619, abs=0.001) == A4.pitch
    assert (A4.rows, A4.columns) == (22, 28)


def test_every_character_stands_in_its_cell_on_a_full_page(read: Any) -> None:
    pages = read(Document("", (Paragraph(FULL_TEXT, indent=0),)))
    rows = pages.rows(0, 16)
    assert len(rows) == 22
    assert all(len(row) == 28 for row in rows)
    for number, row in enumerate(rows):
        assert body_top(row[0]) == pytest.approx(37 * MM + number * PITCH, abs=0.1)
        for column, char in enumerate(row):
            assert left(char) == pytest.approx(28 * MM + column * CELL, abs=0.1)
    assert left(rows[0][0]) / MM == pytest.approx(28.0, abs=0.03)
    assert (left(rows[0][-1]) + CELL) / MM == pytest.approx(184.0, abs=0.03)
    assert (body_top(rows[-1][0]) + CELL) / MM == pytest.approx(37 + 225, abs=0.03)


def test_lines_with_figures_and_squeezed_marks_reach_both_edges(read: Any) -> None:
    text = "截至目前，累计交办事项1286件，办结1173件，办结率91.2%（含市直部门），其中“重点任务”86件、《清单》事项9件。" * 30
    pages = read(Document("", (Paragraph(text),)))
    assert len(pages.pages) > 1
    for page in range(len(pages.pages)):
        rows = pages.rows(page, 16)
        assert len(rows) > 1
        for number, row in enumerate(rows):
            if page == 0 and number == 0:
                assert left(row[0]) == pytest.approx(28 * MM + 2 * CELL, abs=0.1)
            elif row[0]["text"] not in "（“《":
                assert left(row[0]) == pytest.approx(28 * MM, abs=0.1)
            last = row[-1]
            if (page, number) != (len(pages.pages) - 1, len(rows) - 1) and last["text"] not in "，。、）”》":
                assert left(last) + last["adv"] * 1.0 <= 184 * MM + 0.25
                assert left(last) + last["adv"] >= 184 * MM - 0.35


def test_the_folio_stands_right_on_odd_and_left_on_even_pages(read: Any) -> None:
    pages = read(Document("", (Paragraph(FULL_TEXT),)))
    for page in (0, 1):
        folio = [c for c in pages.chars(page, 14) if c["text"].strip()]
        assert "".join(c["text"] for c in sorted(folio, key=left)) == f"—{page + 1}—"
        dashes = [c for c in folio if c["text"] == "—"]
        if page == 0:
            assert max(map(left, dashes)) + 14 == pytest.approx(184 * MM - 14, abs=0.1)
        else:
            assert min(map(left, dashes)) == pytest.approx(28 * MM + 14, abs=0.1)
        # the dash itself, a stroke of the face, lies 7 mm below the type area
        assert baseline_from_top(dashes[0]) == pytest.approx((37 + 225 + 7) * MM + 0.36 * 14, abs=1.0)


def rules(pages: Any, page: int) -> list[tuple[float, float, float, tuple[float, ...]]]:
    """Level rules of a page from the top: height from the top, left, width, colour."""
    found = []
    for line in pages.pages[page].lines:
        if abs(line["top"] - line["bottom"]) < 0.01:
            found.append((line["top"], line["x0"], line["x1"] - line["x0"], line["linewidth"], line["stroking_color"]))
    return sorted(found)


def test_red_head_number_rule_and_title(read: Any, circular: Any) -> None:
    pages = read(circular())
    red = [c for c in pages.chars() if tuple(c["non_stroking_color"]) == (1, 0, 0)]
    assert "".join(c["text"] for c in red) == "云川市能力作风建设年活动办公室文件"
    face = bundled_fonts().chain("biaosong")[0]
    ink = max(face.ink_em(face.characters[ord(c["text"])])[3] for c in red)
    ink += face.rise_em  # as far as the face is raised to stand in its square
    assert baseline_from_top(red[0]) - ink * red[0]["size"] == pytest.approx((37 + 35) * MM, abs=0.1)
    rule = next(r for r in rules(pages, 0) if tuple(r[4]) == (1, 0, 0))
    assert rule[1] == pytest.approx(28 * MM, abs=0.1)
    assert rule[2] == pytest.approx(156 * MM, abs=0.1)
    texts = pages.rows(0)
    number = next(row for row in texts if "〔2022〕" in "".join(c["text"] for c in row))
    assert rule[0] - (body_top(number[0]) + CELL) == pytest.approx(4 * MM, abs=0.1)
    middle = (left(number[0]) + left(number[-1]) + number[-1]["adv"]) / 2
    assert middle == pytest.approx((28 + 78) * MM, abs=0.2)
    title = pages.rows(0, 22)
    assert body_top(title[0][0]) - rule[0] > 2 * PITCH - 6
    for row in title:
        assert (left(row[0]) + left(row[-1]) + 22) / 2 == pytest.approx((28 + 78) * MM, abs=0.5)
    addressee = next(row for row in texts if "".join(c["text"] for c in row).startswith("各县（区）委"))
    assert left(addressee[0]) == pytest.approx(28 * MM, abs=0.1)
    assert addressee[-1]["text"] == "："
    assert body_top(addressee[0]) - body_top(title[-1][0]) == pytest.approx(2 * PITCH, abs=5)


def test_signature_without_a_seal(read: Any, circular: Any) -> None:
    pages = read(circular(imprint=None))
    rows = pages.rows(len(pages.pages) - 1, 16)
    name = next(r for r in rows if "".join(c["text"] for c in r) == "云川市能力作风建设年活动办公室")
    date = next(r for r in rows if "".join(c["text"] for c in r) == "2022年9月5日")
    assert left(name[-1]) + CELL == pytest.approx(184 * MM - 2 * CELL, abs=0.1)
    assert left(date[0]) == pytest.approx(left(name[0]) + 2 * CELL, abs=0.1)
    assert body_top(date[0]) - body_top(name[0]) == pytest.approx(PITCH, abs=0.1)


def test_a_date_longer_than_the_name_moves_the_name(read: Any) -> None:
    document = Document("", (Paragraph("正文。"),), signature=Signature(("市委办",), datetime.date(2022, 12, 25)))
    rows = read(document).rows(0, 16)
    date = next(r for r in rows if r[0]["text"] == "2")
    name = next(r for r in rows if "".join(c["text"] for c in r) == "市委办")
    assert left(date[-1]) + CELL == pytest.approx(184 * MM - 2 * CELL, abs=0.1)
    assert left(date[0]) == pytest.approx(left(name[0]) + 2 * CELL, abs=0.1)


def test_a_sealed_date_stands_four_characters_from_the_right(read: Any) -> None:
    signature = Signature(("云川市人民政府办公室",), datetime.date(2022, 9, 5), sealed=True)
    rows = read(Document("", (Paragraph("正文。"),), signature=signature)).rows(0, 16)
    date = next(r for r in rows if r[0]["text"] == "2")
    assert left(date[-1]) + CELL == pytest.approx(184 * MM - 4 * CELL, abs=0.1)


def test_imprint_stands_on_the_type_area_s_lower_edge(read: Any, circular: Any) -> None:
    pages = read(circular())
    last = len(pages.pages) - 1
    black = [r for r in rules(pages, last) if tuple(r[4]) != (1, 0, 0)]
    assert [round(r[3] / MM, 2) for r in black] == [0.35, 0.25, 0.35]
    assert all(r[1] == pytest.approx(28 * MM, abs=0.1) and r[2] == pytest.approx(156 * MM, abs=0.1) for r in black)
    assert black[-1][0] + black[-1][3] / 2 == pytest.approx((37 + 225) * MM, abs=0.05)
    rows = pages.rows(last, 14)
    copy = next(r for r in rows if "".join(c["text"] for c in r).startswith("抄送："))
    assert left(copy[0]) == pytest.approx(28 * MM + 14, abs=0.1)
    printed = next(r for r in rows if "".join(c["text"] for c in r).endswith("印发"))
    assert left(printed[0]) == pytest.approx(28 * MM + 14, abs=0.1)
    assert left(printed[-1]) + 14 == pytest.approx(184 * MM - 14, abs=0.1)


@pytest.mark.parametrize("pages_of_text", [1, 2, 3])
def test_printed_double_sided_the_imprint_is_on_an_even_page(read: Any, pages_of_text: int) -> None:
    lines = 22 * pages_of_text - 4
    document = Document("", (Paragraph("字" * 28 * lines, indent=0),), imprint=Imprint("云川市", datetime.date(2022, 9, 5)),
                        duplex=True)
    pages = read(document)
    assert len(pages.pages) % 2 == 0
    assert any("印发" in text for text in pages.texts(len(pages.pages) - 1, 14))
    assert all(pages.texts(page, 16) for page in range(len(pages.pages)))  # no page holds the imprint alone
    assert any("—" in text for text in pages.texts(len(pages.pages) - 1, 14))


def test_a_bulletin_s_masthead(read: Any) -> None:
    head = BriefHead("工作简报", 12, 36, "云川市能力作风建设年活动办公室", datetime.date(2022, 9, 5), secrecy="内部资料",
                     serial="00012")
    pages = read(Document("清单销号促转变", (Paragraph("正文。"),), head))
    texts = pages.texts()
    assert texts[0].replace(" ", "") == "内部资料编号：00012"
    for line in ("工作简报", "第12期", "（总第36期）", "云川市能力作风建设年活动办公室2022年9月5日"):
        assert line in texts
    red = [c for c in pages.chars() if tuple(c["non_stroking_color"]) == (1, 0, 0)]
    assert red[0]["size"] >= 48
    rule = next(r for r in rules(pages, 0) if tuple(r[4]) == (1, 0, 0))
    assert rule[3] == pytest.approx(1.5)


def test_several_organs_and_signers(read: Any) -> None:
    head = RedHead(("中共云川市委办公室", "云川市人民政府办公室"), "文件", "云办〔2022〕5号", copy_no="000001",
                   secrecy="机密★1年", urgency="特急", signers=("赵燚", "王赟", "陈喆"))
    pages = read(Document("关于开展活动的请示", (Paragraph("正文。"),), head))
    rows = {"".join(c["text"] for c in row).replace(" ", ""): row for row in pages.rows()}
    assert list(rows)[:3] == ["000001", "机密★1年", "特急"]
    number = next(row for text, row in rows.items() if "云办" in text)
    assert left(number[0]) == pytest.approx(28 * MM + CELL, abs=0.1)
    # two signers a line, turned lines under the first; the number on the line of the last (7.2.5, 7.2.6)
    first = next(row for text, row in rows.items() if text == "签发人：赵燚王赟")
    assert "".join(c["text"] for c in number).endswith("陈喆")
    assert left(number[-2]) == pytest.approx(left(first[4]), abs=0.1)
    assert left(first[-1]) + CELL == pytest.approx(184 * MM - CELL, abs=0.1)
    assert baseline_from_top(number[0]) - baseline_from_top(first[0]) == pytest.approx(PITCH, abs=0.1)
    rule = next(r for r in rules(pages, 0) if tuple(r[4]) == (1, 0, 0))
    assert rule[0] - (body_top(number[0]) + CELL) == pytest.approx(4 * MM, abs=0.1)


def test_a_letter_s_head(read: Any) -> None:
    head = LetterHead("云川市人民政府办公室", "云办函〔2022〕5号", secrecy="内部资料")
    imprint = Imprint("云川市人民政府办公室", datetime.date(2022, 9, 5), copy_to="市委办公室")
    pages = read(Document("关于报送材料的函", (Paragraph("正文。" * 300),), head, "各县区", imprint=imprint))
    red = [r for r in rules(pages, 0) if tuple(r[4]) == (1, 0, 0)]
    assert len(red) == 4
    assert all(r[2] == pytest.approx(170 * MM, abs=0.1) and r[1] == pytest.approx(20 * MM, abs=0.1) for r in red)
    assert [r[3] for r in red] == [1.5, 0.5, 0.5, 1.5]
    assert red[-1][0] == pytest.approx((297 - 20) * MM, abs=0.1)
    number = next(row for row in pages.rows(0, 16) if "〔2022〕" in "".join(c["text"] for c in row))
    assert left(number[-1]) + CELL == pytest.approx(184 * MM, abs=0.1)
    assert body_top(number[0]) - red[1][0] == pytest.approx(14, abs=0.3)
    assert not any("—" in text for text in pages.texts(0, 14))
    assert any("—2—" in text for text in pages.texts(1, 14))
    last = len(pages.pages) - 1
    assert not [r for r in rules(pages, last) if tuple(r[4]) != (1, 0, 0)]
    assert "抄送：市委办公室。" in pages.text
    assert "印发" not in pages.text


def test_no_heading_alone_at_a_foot_and_no_signature_alone(read: Any) -> None:
    from desktop.bulletin.typed_text import from_text

    for lines in range(14, 24):
        text = "\n".join(["字" * 26] * lines + ["一、标题", "正文一段。" * 9])
        document = Document("", from_text(text), signature=Signature(("云川市",), datetime.date(2022, 9, 5)))
        pages = read(document)
        for page in range(len(pages.pages)):
            texts = pages.texts(page, 16)
            assert texts[-1] != "一、标题"
            assert texts[0] not in ("云川市", "2022年9月5日")


def test_attachment_names_hang_under_each_other(read: Any) -> None:
    names = ("任务清单", "各单位事项办理情况统计表以及需要进一步说明的有关事项和其他问题台账。")
    rows = read(Document("", (Paragraph("正文。"),), attachments=names)).rows(0, 16)
    first, second, turned = rows[1:4]
    assert "".join(c["text"] for c in first) == "附件：1.任务清单"
    assert left(first[0]) == pytest.approx(28 * MM + 2 * CELL, abs=0.1)
    assert left(second[0]) == pytest.approx(left(first[3]), abs=0.1)
    assert left(turned[0]) == pytest.approx(left(second[2]), abs=0.5)
    assert turned[-1]["text"] != "。"


def test_footnotes_stand_at_the_foot_of_their_page(read: Any) -> None:
    rest = Run("，办结情况良好，群众反映较好。" * 3)
    blocks = tuple(
        Paragraph((Run("各县区累计交办事项"), Run(f"{n}件", note=f"数据来源：第{n}号台账。"), rest)) for n in range(1, 15)
    )
    pages = read(Document("", blocks, imprint=Imprint("云川市", datetime.date(2022, 9, 5))))
    assert len(pages.pages) > 1
    for page in range(len(pages.pages)):
        notes = [text for text in pages.texts(page, 9) if "数据来源" in text]
        body = "".join(pages.texts(page, 16))
        assert [note[0] for note in notes] == [c for c in body if "①" <= c <= "⑳"]
        for row in pages.rows(page, 9):
            assert baseline_from_top(row[0]) <= (37 + 225) * MM + 0.1
        lowest = max(baseline_from_top(row[0]) for row in pages.rows(page, 16))
        assert lowest < min(baseline_from_top(row[0]) for row in pages.rows(page, 9)) - 9
    assert "⑭数据来源：第14号台账。" in pages.text
    assert pages.printed.missing_characters == ()
