"""What a Word file of a document holds: page, styles, real tables, fields, marked figures, and nothing of what is masked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

import docx
import msgspec
import pytest
from docx.shared import Mm

from desktop.bulletin.document import (
    Article,
    Attachment,
    Block,
    BriefHead,
    Cell,
    Chart,
    Column,
    Contents,
    Cover,
    Document,
    Gantt,
    Imprint,
    LetterHead,
    PageBreak,
    Paragraph,
    Picture,
    RedHead,
    Run,
    Series,
    Signature,
    Table,
    Turned,
)
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.word.blocks import BLOCKS
from desktop.bulletin.word.writer import write_docx
from desktop.bulletin.writers import render

D = Decimal
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FIGURES = (Run("共交办"), Run("86", mark="assigned|2022-08|"), Run("件，办结"), Run("80", mark="closed|2022-08|" + "u" * 60), Run("件。"))


def written(document: Document) -> Any:
    return docx.Document(io.BytesIO(write_docx(document, bundled_fonts()).data))


def parts_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name).decode("utf-8", "replace") for name in file.namelist()}


def table() -> Table:
    head = ((Cell("单位", down=2), Cell("事项", span=2)), ("交办", "办结"))
    rows = [[Cell("甲县", down=2), D("98.5"), D(3)], [D(100), D(4)], ["合计", D(198), D(7)]]
    return Table((Column("单位", 0.4), Column(numeric=True), Column(numeric=True)), rows, head, "统计表", "件", "台账", total=1)


def test_each_kind_of_block_can_be_written() -> None:
    assert set(get_args(Block)) == set(BLOCKS)


def test_the_page_and_its_styles_are_those_of_an_official_document(circular: Callable[..., Document]) -> None:
    file = written(circular())
    (section,) = file.sections
    assert [round(Mm(1) * n / 36000) for n in (1,)] == [1]
    found = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(each.mm) for each in found] == [37, 35, 28, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    styles = {paragraph.style.name: paragraph.style for paragraph in file.paragraphs}
    for name in ("发文机关标志", "发文字号", "公文标题", "主送机关", "公文正文", "一级标题", "二级标题", "三级标题", "附件说明", "署名", "成文日期"):
        assert name in styles, name
    faces = {name: styles[name].element.rPr.find(f"{W}rFonts").get(f"{W}eastAsia") for name in styles}
    assert faces["公文标题"] == "方正小标宋简体" and faces["公文正文"] == "仿宋_GB2312"
    assert faces["一级标题"] == "黑体" and faces["二级标题"] == "楷体_GB2312"
    body = styles["公文正文"].paragraph_format
    assert body.line_spacing.pt == pytest.approx(28.95) and 22 * body.line_spacing.mm == pytest.approx(225, abs=0.5)
    fonts = parts_of(write_docx(circular(), bundled_fonts()).data)["word/fontTable.xml"]
    assert 'w:name="仿宋_GB2312"><w:altName w:val="仿宋"' in fonts


def test_folios_are_fields_at_the_outer_edge(circular: Callable[..., Document]) -> None:
    parts = parts_of(write_docx(circular(draft="未签发"), bundled_fonts()).data)
    feet = [text for name, text in parts.items() if name.startswith("word/footer")]
    assert sum(" PAGE " in foot for foot in feet) == 2
    assert {side for foot in feet for side in ("left", "right") if f'<w:jc w:val="{side}"' in foot} == {"left", "right"}
    assert "evenAndOddHeaders" in parts["word/settings.xml"]
    heads = [text for name, text in parts.items() if name.startswith("word/header")]
    assert all("未签发" in head for head in heads)


def test_tables_are_real_their_heads_repeated() -> None:
    file = written(Document("", (table(),)))
    (made,) = file.tables
    assert [row._tr.trPr.find(f"{W}tblHeader") is not None for row in made.rows] == [True, True, False, False, False]  # noqa: SLF001
    assert all(row._tr.trPr.find(f"{W}cantSplit") is not None for row in made.rows)  # noqa: SLF001
    assert [cell.text for cell in made.rows[1].cells] == ["单位", "交办", "办结"]
    assert [cell.text for cell in made.rows[3].cells] == ["甲县", "100.0", "4"]
    assert sum(made.columns[n].width.pt for n in range(3)) == pytest.approx(156 * 72 / 25.4, abs=0.5)
    texts = [paragraph.text for paragraph in file.paragraphs]
    assert texts[0] == "统计表" and "单位：件" in texts and "数据来源：台账" in texts


def test_a_wide_table_stands_on_a_turned_page_and_no_section_is_empty() -> None:
    wide = Table(tuple(Column(f"栏{n}", numeric=True) for n in range(12)), [[D("1286.50")] * 12] * 2)
    file = written(Document("题", (Paragraph("前。"), wide, Attachment("附件", "清单"), Turned((table(),)))))
    assert [round(section.page_width.mm) for section in file.sections] == [210, 297, 210, 297]
    only = written(Document("", (Turned((table(),)),)))
    assert [round(section.page_width.mm) for section in only.sections] == [297]


def test_figures_are_marked_by_a_control_with_a_bookmark_around_it() -> None:
    xml = parts_of(write_docx(Document("", (Paragraph(FIGURES),)), bundled_fonts()).data)["word/document.xml"]
    assert '<w:tag w:val="assigned|2022-08|"/>' in xml
    tags = [part.split('"')[1] for part in xml.split("<w:tag ")[1:]]
    assert len(tags) == 2 and all(len(tag) <= 64 for tag in tags)
    for name in ("zx_1", "zx_2"):
        start = xml.index(f'w:name="{name}"')
        assert xml.index("<w:sdt>", start) < xml.index("<w:bookmarkEnd", start)
    assert "".join(docx.Document(io.BytesIO(write_docx(Document("", (Paragraph("甲。"),)), bundled_fonts()).data)).paragraphs[0].text) == "甲。"


def test_a_masked_edition_names_no_figure_and_nothing_hidden(circular: Callable[..., Document]) -> None:
    chart = Chart("bars", ("安坪县", "霖川区"), (Series("交办数", (D(86), D(64))),), "安坪县与霖川区交办数")
    blocks = (Paragraph(FIGURES), chart, Picture(b"", "安坪县现场"), Article("安坪县的做法", (Paragraph("安坪县。"),)))
    out = io.BytesIO()
    mask = Mask(units=("安坪县", "霖川区"), people=("赵燚",), forms=frozenset({"units", "people"}), numbers=True)
    document, _ = mask.apply(circular(blocks=blocks, author="安坪县", subject="安坪县", keywords=("赵燚",)))
    out.write(write_docx(document, bundled_fonts()).data)
    parts = parts_of(out.getvalue())
    told = "".join(text for name, text in parts.items() if name.endswith((".xml", ".rels")))
    for word in ("安坪", "霖川", "赵燚", "86", "64件", "assigned", "<w:sdt>", "zx_"):
        assert word not in "".join(text for name, text in parts.items() if "document" in name or "core" in name or "app" in name), word
    assert "安坪" not in told and "**" in told
    assert not any("安坪".encode() in data for data in (out.getvalue(),))


def test_charts_are_pictures_with_what_they_show_in_words() -> None:
    chart = Chart("bars", tuple(f"第{n}县" for n in range(90)), (Series("交办数", tuple(D(n) for n in range(90))),), "各县交办数", "件", "台账")
    file = written(Document("", (chart,)))
    assert len(file.inline_shapes) > 2  # longer than a page
    xml = file.element.xml
    assert "各县交办数条形图（单位：件）。交办数：第0县 0，第1县 1" in xml
    assert all(shape.height.mm < 225 for shape in file.inline_shapes)
    assert not Gantt((), __import__("datetime").date(2022, 1, 1)).bars


def test_a_booklet_has_its_cover_contents_and_sections() -> None:
    articles = tuple(Article(f"第{n}篇", (Paragraph("正文。"),), new_page=True) for n in range(3))
    file = written(Document("", articles, front=(Cover("选编", issuer="云川市"), Contents(own_page=True))))
    texts = [paragraph.text for paragraph in file.paragraphs]
    assert "目　录" in texts and [t for t in texts if t.startswith("第0篇\t")] == ["第0篇\t1"]
    xml = file.element.xml
    assert "PAGEREF _Toc0001" in xml and 'w:name="_Toc0001"' in xml
    assert 'w:pgNumType w:start="1"' in xml


@pytest.mark.parametrize("head", [
    RedHead(("中共云川市委办公室", "云川市人民政府办公室"), "文件", "云办〔2022〕5号", "000001", "机密★1年", "特急", ("赵燚", "王赟", "陈喆")),
    LetterHead("云川市能力作风建设年活动办公室", "云能办函〔2022〕5号", urgency="加急"),
    BriefHead("能力作风建设简报", 12, 36, "云川市", "2022年9月5日", secrecy="内部资料", serial="00012"),
])  # fmt: skip
def test_every_part_of_a_head_is_written(head: Any) -> None:
    signature = Signature(("云川市住房和城乡建设局", "云川市自然资源和规划局"), "2022年9月5日", sealed=True)
    file = written(Document("题", (Paragraph("正文。"), PageBreak(), Paragraph("后文。")), head, "各县区", ("甲", "乙"), signature, "此件公开发布"))
    text = "".join(node.text or "" for node in file.element.iter(f"{W}t"))
    told = [value for value in msgspec.structs.astuple(head) if isinstance(value, str)]
    told += [each for value in msgspec.structs.astuple(head) if isinstance(value, tuple) for each in value]
    for word in (*told, "附件：1.甲", "2.乙", "（此件公开发布）", *signature.organs):
        assert word in text, word
    assert '<w:pageBreakBefore/>' in file.element.xml


def test_the_same_document_gives_the_same_bytes_and_a_file_by_its_name(circular: Callable[..., Document], tmp_path: Any) -> None:
    assert write_docx(circular(), bundled_fonts()).data == write_docx(circular(), bundled_fonts()).data
    made = render(circular(), tmp_path / "通报.docx", fonts=bundled_fonts())
    assert made.pages == 0 and (tmp_path / "通报.docx").read_bytes() == write_docx(circular(), bundled_fonts()).data
    known = docx.Document(str(tmp_path / "通报.docx")).core_properties
    assert known.title == circular().title and known.author == circular().author


@pytest.mark.parametrize("document", [
    Document(""), Document("", imprint=Imprint("云川市", copy_to="甲"), duplex=True), Document("题", (Table((Column("甲"),), ()),)),
    Document("", (Turned(()), PageBreak())), Document("\x00题\x0b", (Paragraph("\x01a<b>&"),)), Document("", (Chart("columns", (), ()),)),
])  # fmt: skip
def test_what_is_empty_or_odd_is_written_all_the_same(document: Document, read: Any) -> None:
    assert written(document).sections and read(document).printed.pages >= 1
