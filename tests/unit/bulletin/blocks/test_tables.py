"""Tables over pages, articles with their contents, turned and wide pages, charts, covers."""

from __future__ import annotations

import datetime
import io
import itertools
import re
from decimal import Decimal
from typing import Any, get_args

import pytest
from PIL import Image

from db.errors import BadInput
from desktop.bulletin.blocks import column_widths as column_widths_module
from desktop.bulletin.blocks.articles import BLOCKS
from desktop.bulletin.blocks.charts import nice_step
from desktop.bulletin.blocks.column_widths import PAD, needs_of
from desktop.bulletin.blocks.pages import compose_pages
from desktop.bulletin.blocks.table_plan import planned
from desktop.bulletin.document import (
    Article,
    Attachment,
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Contents,
    Cover,
    Document,
    Gantt,
    Heading,
    Paragraph,
    Picture,
    Series,
    Table,
    Turned,
    Wide,
)
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import A4, MM
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts

D = Decimal
COLUMNS = (
    Column("序号", 0.08, "center", serial=True), Column("责任单位"), Column("交办数", numeric=True),
    Column("办结率（%）", numeric=True), Column("点评", 0.35),
)


def table(rows: int, **changes: Any) -> Table:
    note = "推进有力，但个别事项进展偏慢，需进一步压实责任。"
    body = [[n + 1, f"第{n + 1}单位", D(20 + n), D("86.10") + n, note] for n in range(rows)]
    return Table(COLUMNS, body, **changes)


def test_each_kind_of_block_can_be_printed() -> None:
    assert set(get_args(Block)) == set(BLOCKS)


def test_the_head_is_repeated_on_each_page(read: Any) -> None:
    total = [["", "合计", D(900), D("88.89"), ""]]
    whole = table(40)
    pages = read(Document("", (Table(COLUMNS, [*whole.rows, *total], title="统计表", total=1, source="台账"),)))
    assert len(pages.pages) > 2
    for page in range(len(pages.pages)):
        assert any("责任单位" in text for text in pages.texts(page))
    assert pages.text.count("统计表") == 1
    assert [n for n in range(1, 41) if f"第{n}单位" not in pages.text] == []
    last = pages.texts(len(pages.pages) - 1)
    at = next(k for k, text in enumerate(last) if "合计" in text)
    assert any("第40单位" in text for text in last[:at])  # a total never stands alone
    assert any(text.startswith("数据来源：") for text in last)


def test_figures_are_flush_right_and_stay_whole(read: Any) -> None:
    rows = [[1, "甲", D("1"), D("1.00"), ""], [2, "乙", D("12345678"), D("100.00"), ""]]
    pages = read(Document("", (Table(COLUMNS, rows),)))
    ends = []
    for row in pages.rows(0, 12)[1:]:
        ends += [c["matrix"][4] + c["adv"] * 0 for c in row if c["text"] == "0"][-1:]
    assert ends[0] == pytest.approx(ends[1], abs=0.1)
    assert any("12345678" in text for text in pages.texts())


def test_rows_to_be_filled_in_by_hand_are_tall(read: Any) -> None:
    sheet = Table((Column("姓名"), Column("签到")), [["", ""]] * 8, row_height=12)
    pages = read(Document("签到表", (sheet,)))
    lines = sorted({round(line["top"], 1) for line in pages.pages[0].lines if abs(line["x1"] - line["x0"]) > 50})
    assert [round(b - a) for a, b in itertools.pairwise(lines[-9:])] == [34] * 8  # 12 mm


def test_merged_heads_and_cells(read: Any) -> None:
    head = (
        (Cell("单位", down=2), Cell("交办", span=2), Cell("办结率", down=2)),
        ("数量", "按期"),
    )
    columns = tuple(Column(width=0.25) for _ in range(4))
    rows = [[Cell("甲县", down=2), 1, 2, 3], [4, 5, 6], [Cell("小计", span=3), 9]]
    pages = read(Document("", (Table(columns, rows, head=head),)))
    texts = pages.texts(0)
    assert "数量按期" in texts
    assert pages.text.count("甲县") == 1
    assert "小计9" in texts


def test_a_row_taller_than_a_page_is_cut_and_loses_nothing(read: Any) -> None:
    long = "".join(chr(0x4E00 + n % 500) for n in range(3000))
    pages = read(Document("", (Table((Column("甲", 0.2), Column("乙", 0.8)), [["短", long]]),)))
    assert len(pages.pages) > 1
    rows = [row for page in range(len(pages.pages)) for row in pages.texts(page, 12)[1:]]
    assert "".join(rows).replace("短", "") == long


def frames(page: Any) -> tuple[set[float], float, float]:
    """The upright rules' places, and the top and bottom of what they span, of a table's page."""
    upright = [line for line in page.lines if line["width"] < 0.01 and line["height"] > 5]
    return {round(line["x0"]) for line in upright}, min(li["top"] for li in upright), max(li["bottom"] for li in upright)


@pytest.mark.parametrize("down", [7, 60])
def test_a_cell_over_a_page_break_is_framed_and_named_on_each_page(read: Any, down: int) -> None:
    rows = [[Cell("安坪县", down=down), "一", 1], *[["二", n] for n in range(down - 1)]] * (60 // down)
    columns = (Column("单位", 0.3), Column("类", 0.5), Column("数", 0.2))
    pages = read(Document("", (Table(columns, rows),)))
    assert len(pages.pages) > 1
    for number, page in enumerate(pages.pages):
        places, top, bottom = frames(page)
        assert len(places) == 4 and bottom <= 262 * MM + 0.5  # nothing leaves the type area
        outer = [line for line in page.lines if line["width"] < 0.01 and round(line["x0"]) == min(places)]
        assert sum(line["height"] for line in outer) == pytest.approx(bottom - top, abs=0.5)
        assert any("安坪县" in text for text in pages.texts(number)), number
    assert pages.text.count("一") == 60 // down and pages.text.count("二") == 60 // down * (down - 1)
    rows_on_last = [text for text in pages.texts(len(pages.pages) - 1, 12) if "二" in text]
    assert len(rows_on_last) > 1  # no row of them alone


def test_a_long_text_in_a_cell_that_reaches_down_goes_on_over_the_page(read: Any) -> None:
    long = "".join(chr(0x4E00 + n % 500) for n in range(1200))
    rows = [[Cell(long, down=3), "一"], ["二"], ["三"]]
    pages = read(Document("", (Table((Column("甲", 0.6), Column("乙", 0.4)), rows),)))
    assert len(pages.pages) > 1
    shown = "".join(c["text"] for page in range(len(pages.pages)) for row in pages.rows(page, 12) for c in row if c["x0"] < 430)
    assert shown.replace("甲", "") == long
    assert all(baseline["matrix"][5] > 35 * MM for page in range(len(pages.pages)) for baseline in pages.chars(page, 12))


def test_a_cut_row_goes_on_under_the_head(read: Any) -> None:
    long = "".join(chr(0x4E00 + n % 500) for n in range(3000))
    pages = read(Document("", (Table((Column("责任单位", 0.2), Column("情况", 0.8)), [["短", long]]),)))
    assert len(pages.pages) > 2
    for page in range(len(pages.pages)):
        assert any("责任单位" in text for text in pages.texts(page, 12))


def test_articles_contents_and_page_numbers(read: Any) -> None:
    text = (Paragraph("正文。" * 300),)
    articles = tuple(Article(f"第{n}篇的题目", text, new_page=n == "三") for n in "一二三")
    pages = read(Document("", articles, front=(Contents(),)))
    first = "".join(pages.texts(0))
    for n in "一二三":
        began = next(k for k in range(len(pages.pages)) if any(t == f"第{n}篇的题目" for t in pages.texts(k, 22)))
        row = next(t for t in pages.texts(0, 16) if f"第{n}篇的题目" in t)
        assert row.endswith(str(began + 1)), row
    assert first.count("第三篇的题目") == 1
    assert [title for _, title, *_ in pages.pdf.doc.get_outlines()] == [f"第{n}篇的题目" for n in "一二三"]


def test_contents_without_articles_list_the_first_headings(read: Any) -> None:
    blocks = (Contents(own_page=True), Heading(1, "一、甲"), Paragraph("正文。" * 300), Heading(1, "二、乙"), Paragraph("正文。"))
    pages = read(Document("", blocks))
    row = next(t for t in pages.texts(0) if t.startswith("二、乙"))
    assert row.endswith("2")
    assert not any("—" in text for text in pages.texts(0, 14))


def test_turned_pages_are_read_from_the_side(read: Any) -> None:
    pages = read(Document("", (Paragraph("前。"), Turned((table(4),)), Paragraph("后。"))))
    assert [p.page_obj.rotate for p in pages.pages] == [0, 90, 0]
    assert round(pages.pages[1].width / MM) == 297
    chars = pages.pages[1].chars
    assert min(c["x0"] for c in chars if c["size"] == 12) >= 35 * MM
    folio = [c for c in chars if abs(c["size"] - 14) < 0.5 or c["text"] == "—"]
    assert folio


def test_a_wall_chart_on_a3(read: Any) -> None:
    day = datetime.date
    bars = tuple(Bar(f"第{n}项工程", day(2022, 1, 5), day(2022, 3 + n % 9, 20), n / 40, f"第{n // 5}单位") for n in range(40))
    pages = read(Document("", (Wide((Gantt(bars, day(2022, 7, 15), title="挂图作战"),)),)))
    assert round(pages.pages[0].width / MM) == 420
    assert sum("责任单位" in "".join(pages.texts(k)) for k in range(len(pages.pages))) == len(pages.pages)
    assert "第39项工程" in pages.text


@pytest.mark.parametrize("kind", ["bars", "columns", "trend", "share"])
def test_charts_show_their_figures(read: Any, kind: Any) -> None:
    series = (Series("甲", (D("98.5"), D(64), D(12))),) if kind == "share" else (
        Series("甲", (D("98.5"), D(64), D(12))), Series("乙", (D(50), None, D(0))),
    )
    pages = read(Document("", (Chart(kind, ("安坪县", "霖川区", "清沅县"), series, "图题", "件", "台账"),)))
    for text in ("图题", "安坪县", "98.5", "64", "数据来源：台账"):
        assert text in pages.text
    assert read(Document("", (Chart(kind, (), (Series("甲", ()),)),))).printed.pages == 1


@pytest.mark.parametrize("bars", [6, 41, 120])
def test_bars_go_on_on_further_charts(read: Any, bars: int) -> None:
    labels = tuple(f"第{n}单位" for n in range(bars))
    chart = Chart("bars", labels, (Series("甲", tuple(D(n + 1) for n in range(bars))),), "各单位交办数", "件", "台账")
    for before in (0, 9, 16):
        pages = read(Document("", (*(Paragraph("字" * 26),) * before, Heading(1, "一、情况"), chart)))
        text = "".join(page.extract_text() for page in pages.pages)
        assert [n for n in range(bars) if f"第{n}单位" not in text] == []
        drawn = sum("单位" in page.extract_text() for page in pages.pages)
        assert text.count("各单位交办数（续）") == drawn - 1
        assert text.count("数据来源") == 1
        lower = [c["text"] for page in pages.pages for c in page.chars if c["bottom"] > 262 * MM + 1]
        assert set(lower) <= set("—0123456789") and len(lower) <= 4 * len(pages.pages)
        first = pages.pages[0].chars
        assert max(c["bottom"] for c in first if c["size"] != 14) > 37 * MM + 0.55 * 225 * MM or len(pages.pages) == 1


@pytest.mark.parametrize("kind", ["columns", "trend"])
@pytest.mark.parametrize("count", [6, 25, 60])
def test_no_text_of_a_chart_is_under_nine_points(read: Any, kind: Any, count: int) -> None:
    labels = tuple(f"第{n}行政审批局" for n in range(count))
    series = tuple(Series(name, tuple(D("98.50") + n for n in range(count))) for name in ("甲", "乙"))
    pages = read(Document("", (Chart(kind, labels, series, "图题", "％"),)))
    assert min(c["size"] for page in pages.pages for c in page.chars) >= 9.0
    text = "".join(page.extract_text() for page in pages.pages)
    assert kind == "trend" or text.count("98.50") == 2


@pytest.mark.parametrize("kind", ["columns", "bars"])
def test_a_chart_drags_no_heading_over_an_empty_page(read: Any, kind: Any) -> None:
    labels = tuple(f"第{n}县" for n in range(14))
    chart = Chart(kind, labels, (Series("甲", tuple(D(n + 1) for n in range(14))),), "图题", "件", "台账")
    for before in range(1, 22, 2):
        pages = read(Document("", (*(Paragraph("字" * 26),) * before, Heading(1, "一、情况"), Paragraph("如图。"), chart)))
        lowest = max(c["bottom"] for c in pages.pages[0].chars if c["text"] != "—" and c["top"] < 262 * MM)
        assert len(pages.pages) == 1 or lowest >= 37 * MM + 0.57 * 225 * MM, before


def test_scale_steps_are_round() -> None:
    assert [nice_step(top) for top in (0, 7, 86, 98.5, 1000)] == [1.0, 2.0, 20.0, 20.0, 200.0]


def test_pictures_covers_and_attachments(read: Any) -> None:
    data = io.BytesIO()
    Image.new("RGB", (60, 400), (90, 120, 200)).save(data, "PNG")
    cover = Cover("典型案例选编", "（第一辑）", "云川市", "2022年9月", "内部资料")
    pages = read(Document(
        "题", (Picture(data.getvalue(), "图1　现场"),), front=(cover,), appendix=(Attachment("附件1", "清单"), table(2)),
    ))
    (image,) = pages.pages[1].images
    assert image["height"] <= 225 * MM * 0.66 + 1
    assert "图1　现场" in pages.text.replace(" ", "　")
    assert not any("—" in text for text in pages.texts(0, 14))  # no folio on the cover
    assert pages.texts(2)[0] == "附件1"
    with pytest.raises(BadInput, match="PNG"):
        read(Document("", (Picture(b"not a picture"),)))


def test_decimal_points_stand_below_one_another(read: Any) -> None:
    rows = [[Decimal("114.28")], [Decimal("3")], [Decimal("-1234.5")], ["–"]]
    pages = read(Document("", (Table((Column("数", numeric=True),), rows),)))
    found = {"".join(c["text"] for c in row): row for row in pages.rows(0, 12)}
    points = [c["matrix"][4] for row in found.values() for c in row if c["text"] == "."]
    assert len(points) == 3 and max(points) == pytest.approx(min(points), abs=0.1)
    assert "3.00" in found and "-1234.50" in found


def test_a_small_table_is_not_parted_and_no_row_stands_alone(read: Any) -> None:
    small = Table((Column("事项"),), [["加快推进"], ["如期完成"], ["对账销号"]])
    pages = read(Document("", (Paragraph("字" * 28 * 20, indent=0), small)))
    assert all(text in pages.texts(1) for text in ("加快推进", "如期完成", "对账销号"))
    for lines in range(1, 22):
        long = Table((Column("事项"),), [[f"第{n}行"] for n in range(30)])
        pages = read(Document("", (Paragraph("字" * 28 * lines, indent=0), long), folio=False))
        for page in range(len(pages.pages)):
            of_table = [text for text in pages.texts(page, 12) if text.startswith("第")]
            assert len(of_table) != 1, (lines, page, of_table)


def test_a_bracketed_share_is_not_torn(read: Any) -> None:
    columns = (*(Column(f"栏{n}", numeric=True) for n in range(8)), Column("办结率", align="right"))
    pages = read(Document("", (Table(columns, [[1286] * 8 + ["98.3%（177/180）"]] * 3),)))
    shown = [text for text in pages.texts(0)]
    assert not any(text.strip().endswith("（") or text.strip() in ("（", "177/180）") for text in shown)
    assert any("（177/180）" in text for text in shown)


def lines_of(text: str, em: float) -> list[str]:
    layout = Typesetter(DocumentFonts(bundled_fonts())).lay_out(text, "fang", 10.0, em * 10.0, Shape(align="left", dates=True))
    return [text[line.start : line.end] for line in layout.lines]


def test_a_date_in_a_narrow_cell_is_parted_last_of_all_and_before_its_day() -> None:
    text = "应于2026年11月26日前报"
    assert lines_of(text, 8.0) == ["应于", "2026年11月26日", "前报"]  # not 报 alone
    assert lines_of(text, 10.0) == ["应于2026年11月26日", "前报"]
    assert lines_of(text, 6.5) == ["应于", "2026年11月", "26日前报"]
    assert lines_of("2022年9月", 3.0) == ["2022年", "9月"]
    assert "".join(lines_of(text, 2.2)) == text  # no room for anything whole: parted, and nothing lost
    assert lines_of("2026年11月26日至12月3日", 8.0) == ["2026年11月26日至", "12月3日"]


def test_a_column_of_dates_is_as_wide_as_a_date(read: Any) -> None:
    columns = (Column("序号", 0.08, "center", serial=True), Column("完成时限", 0.1), *(Column(f"说明{n}", 0.2) for n in range(4)))
    note = "推进有力，但个别事项进展偏慢，需进一步压实责任。"
    pages = read(Document("", (Table(columns, [[1, "2026年11月26日", note, note, note, note]], size=10.5),)))
    assert any("2026年11月26日" in text for text in pages.texts(0))


def test_shares_with_their_parts_stand_on_one_line_and_crowded_labels_are_halved(read: Any) -> None:
    counts = [Column(label, numeric=True) for label in ("交办数", "按期办结", "逾期办结", "逾期未结", "退回次数", "延期数", "黄灯", "红灯")]
    columns = (Column("排名", None, "center", serial=True), Column("单位", 0.2), Column("签收率", None, "right"),
               Column("办结率", None, "right"), Column("按期办结率", None, "right"), *counts)  # fmt: skip
    row = [1, "云川市发展和改革委员会", "100.0％（21/21）", "94.3％（165/175）", "74.9％（131/175）", *range(8)]
    pages = read(Document("", (Turned((Table(columns, [row] * 3, size=10.5),)),)))
    lines = [text.replace(" ", "") for text in pages.pages[0].extract_text().splitlines()]
    for share in ("100.0％（21/21）", "94.3％（165/175）", "74.9％（131/175）"):
        assert any(share in line for line in lines), lines
    assert any("按期逾期逾期" in line for line in lines) and any("办结办结未结" in line for line in lines), lines


def test_names_of_units_keep_their_line_where_labels_can_take_two() -> None:
    """A column of a given share loses what its texts do not want before they are wrapped."""
    from desktop.bulletin.blocks.column_widths import NARROW_PAD, column_widths
    from desktop.bulletin.typeset.page import A4_TURNED

    shares = tuple(Column(label, align="right") for label in ("签收率", "办结率", "按期办结率"))
    counts = tuple(Column(label, numeric=True) for label in ("交办数", "应办结", "按期办结", "逾期办结", "逾期未结", "退回次数", "延期数"))
    rest = tuple(Column(label, numeric=True) for label in ("黄灯", "红灯", "得分", "较上月"))
    columns = (Column("排名", align="center"), Column("单位", 0.16), *shares, *counts, *rest)
    row = ["1", "云川市发展和改革委员会", *["100.0％（12/12）"] * 3, *[D(12)] * 7, *[D(100)] * 3, "＋31.25"]
    table = Table(columns, [row] * 13)
    needs = needs_of(table, Typesetter(DocumentFonts(bundled_fonts())))
    widths = column_widths(table, needs, A4_TURNED.measure, 8.5, NARROW_PAD)
    assert widths[1] >= 11 * 8.5 + 2 * NARROW_PAD and needs.fit(A4_TURNED.measure, 8.5, NARROW_PAD)
    assert sum(widths) == pytest.approx(A4_TURNED.measure)
    assert widths[2] == pytest.approx(widths[3]) and all(width >= 2 * 8.5 for width in widths)


def test_a_column_of_many_lines_is_lent_width_by_columns_that_have_room() -> None:
    """Long names of units take fewer lines; what stands on one line, and what is filled in by hand, stays; ordinary names change nothing."""
    typesetter = Typesetter(DocumentFonts(bundled_fonts()))
    columns = (Column("序号", 0.07), Column("事项"), Column("责任单位", 0.15), Column("责任人", 0.15), Column("完成时限", 0.2), Column("签　名", 0.15))

    def widths(unit: str) -> tuple[Table, list[float]]:
        table = Table(columns, [["1", "落实道路照明", unit, "郑守正", "2022年12月10日", ""]] * 8, size=10.5)
        return table, column_widths_module.column_widths(table, needs_of(table, typesetter), A4.measure, 10.5, PAD)

    table, lent = widths("云川市深化能力作风建设年活动领导小组办公室督查考核专项工作组")
    assert sum(lent) == pytest.approx(A4.measure) and lent[5] == pytest.approx(0.15 * A4.measure)
    edge = 2 * PAD + 1.0
    assert lent[2] >= 30 / 4 * 10.5 + edge > 0.15 * A4.measure > lent[3] >= 3 * 10.5 + edge
    assert lent[4] >= needs_of(table, typesetter).want[4] * 10.5 + edge - 0.01
    assert widths("市住建局")[1][2] == pytest.approx(0.15 * A4.measure)


def sizes(document: Document) -> set[float]:
    """The type sizes of a document's tables."""
    drawn = "\n".join(page.content() for page in compose_pages(document, DocumentFonts(bundled_fonts())))
    return {float(size) for size in re.findall(r" ([\d.]+) Tf", drawn)} - {14.0}


def wide(columns: int, label: str = "栏", value: object = D("1286.50")) -> Table:
    cells = tuple(Column(f"{label}{n}", numeric=True) for n in range(columns))
    return Table((Column("单位", 0.1), *cells), [["云川市发展和改革委员会", *[value] * columns]] * 3, title="统计表")


@pytest.mark.parametrize(
    ("columns", "turned", "parts"), [(4, 0, 1), (10, 1, 1), (14, 0, 2), (30, 1, 3)]
)
def test_a_wide_table_is_turned_then_parted_and_never_set_smaller(read: Any, columns: int, turned: int, parts: int) -> None:
    pages = read(Document("", (wide(columns),)))
    assert sizes(Document("", (wide(columns),))) == {12.0} and pages.printed.notices == ()
    assert sum(page.page_obj.rotate == 90 for page in pages.pages) >= turned
    text = "".join(page.extract_text() for page in pages.pages)
    assert text.count("统计表（续）") == parts - 1
    assert text.count("1286.50") == 3 * columns  # no number is broken
    named = text.replace("\n", "")
    assert all(f"栏{n}" in named for n in range(columns))


def test_only_what_has_room_in_no_other_way_is_set_smaller_and_told(read: Any) -> None:
    long = "9" * 110
    document = Document("", (Table((Column("单位"), Column("数", numeric=True)), [["甲", long]], title="统计表"),))
    pages = read(document)
    (told,) = pages.printed.notices
    assert told.startswith("表格「统计表」太宽，字号由 12 磅改为") and long in pages.pages[0].extract_text()
    (size,) = sizes(document)
    assert 9.0 <= size < 12.0
    assert sizes(Document("", (Table((Column("甲"),), [["乙"]], size=6.0),))) == {9.0}


def test_a_table_in_parts_keeps_merged_heads_and_cells_over_each_part(read: Any) -> None:
    head = ((Cell("单位", down=2), *(Cell(f"第{n}季度", span=6) for n in range(4))), tuple(f"项{n}" for n in range(24)))
    rows = [[Cell("甲县", down=2), *[D("1286.50")] * 24], [D("1286.50")] * 24, ["合计", *[D("5.50")] * 24]]
    pages = read(Document("", (Table((Column(width=0.1), *(Column(numeric=True) for _ in range(24))), rows, head, total=1),)))
    text = "".join(page.extract_text() for page in pages.pages).replace("\n", "")
    parts = text.count("单位")
    assert parts > 1 and text.count("甲县") == parts and text.count("合计") == parts
    assert all(f"项{n}" in text for n in range(24)) and all(f"第{n}季度" in text for n in range(4))
    assert text.count("1286.50") == 48 and text.count("5.50") == 24


def test_figures_of_a_column_have_like_decimals(read: Any) -> None:
    rows = [["甲", D("98.5"), "96.4％", D(3)], ["乙", D(100), "100％", D(4)], ["丙", None, "—", D(5)]]
    columns = (Column("单位"), Column("得分", numeric=True), Column("率", align="right"), Column("数", numeric=True))
    text = read(Document("", (Table(columns, rows),))).text
    assert "100.0" in text and "100.0％" in text and "3.0" not in text and "5.0" not in text


def test_no_cell_ends_with_a_line_of_one_character() -> None:
    assert lines_of("云川市信访局", 5.2) == ["云川市", "信访局"]
    assert lines_of("云川市住房和城乡建设局", 5.2) == ["云川市住房", "和城乡", "建设局"]
    assert lines_of("查阅59份资料，5份要素不全、签字补填。", 8.1)[-1] == "签字补填。"
    assert lines_of("问题已整改到位，经芦汀乡群众代表确认。", 9.3)[-1] == "代表确认。"
    assert lines_of("局", 5.2) == ["局"]


def test_a_single_piece_has_no_contents(read: Any) -> None:
    pages = read(Document("", (Article("独此一篇", (Paragraph("正文。" * 30),)),), front=(Contents(own_page=True),)))
    assert "目" not in pages.text and len(pages.pages) == 1


def test_a_table_of_many_columns_is_planned_at_once() -> None:
    """Its texts are measured once, whatever is tried with them: seconds, where it took minutes."""
    table = Table((Column("单位"), *(Column(f"栏{n}", numeric=True) for n in range(40))), [["甲县", *[D("1286.50")] * 40]] * 100)
    looked = []
    real = column_widths_module.unbroken
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_widths_module, "unbroken", lambda text: looked.append(text) or real(text))
        plan = planned(table, Typesetter(DocumentFonts(bundled_fonts())), A4)
    assert len(plan.parts) > 2 and len(looked) == 41 * 100
