"""Charts as a black and white printer gives them: what colour tells must be told by something else, and nothing leaves its frame."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from desktop.bulletin.alternatives import POINTS
from desktop.bulletin.blocks.charts import STYLES
from desktop.bulletin.blocks.gantt import LIGHTS
from desktop.bulletin.document import (
    Bar,
    Chart,
    Document,
    Gantt,
    Paragraph,
    PersonSheet,
    Series,
    SheetGroup,
    SheetLine,
    Wide,
)

#: Mean difference of grey values from which two areas of the size of a bar are told apart at a glance.
SEEN = 20.0
DAY = dt.date


def grey(pages: Any, page: int, box: tuple[float, float, float, float], scale: float = 4.0) -> Image.Image:
    """What lies in a box (left, top, right, bottom in points) as a black and white printer shows it."""
    with pypdfium2.PdfDocument(io.BytesIO(pages.data)) as pdf:
        picture = pdf[page].render(scale=scale).to_pil().convert("L")
    return picture.crop(tuple(round(side * scale) for side in box))  # type: ignore[arg-type]


def bars(pages: Any, page: int) -> list[dict[str, Any]]:
    """The frames of lying bars, from the top."""
    return sorted((r for r in pages.pages[page].rects if r["stroke"] and not r["fill"] and 5 < r["height"] < 40 and r["x0"] > 150),
                  key=lambda r: r["top"])  # fmt: skip


@pytest.mark.parametrize("done", [0.0, 1.0])
def test_every_light_of_the_wall_chart_is_told_without_colour(read: Any, done: float) -> None:
    rows = tuple(Bar("道路改造", DAY(2022, 2, 1), DAY(2022, 7, 31), done, "安坪县", light) for light in LIGHTS)
    pages = read(Document("", (Wide((Gantt(rows, DAY(2022, 9, 1)),)),)))
    frames = [f for f in bars(pages, 0) if f["width"] > 100][: len(LIGHTS)]
    assert len(frames) == len(LIGHTS)
    shown = [grey(pages, 0, (f["x0"] + 2, f["top"] + 1, f["x1"] - 2, f["bottom"] - 1)) for f in frames]
    size = shown[0].size
    for (one, a), (two, b) in combinations(zip(LIGHTS, shown, strict=True), 2):
        difference = ImageStat.Stat(ImageChops.difference(a, b.resize(size))).mean[0]
        assert difference > SEEN, (one, two, difference)


def test_the_legend_shows_each_light_as_its_bars_are(read: Any) -> None:
    rows = tuple(Bar("道路改造", DAY(2022, 2, 1), DAY(2022, 7, 31), 0.5, "安坪县", light) for light in LIGHTS)
    pages = read(Document("", (Wide((Gantt(rows, DAY(2022, 9, 1), source="台账"),)),)))
    assert "灯色按各台账的规定；数据来源：台账" in pages.text
    lines = [text for text in pages.texts(0) if "正常" in text and "办结" in text]
    assert len(lines) == 1
    narrow = read(Document("", (Gantt(rows, DAY(2022, 9, 1), source="台账"),)))  # no room beside one another
    legend = [row for row in narrow.rows(0, 10.5) if any(c["text"] in "涂色逾期" for c in row)]
    assert len(legend) >= 2
    for row in legend:
        places = [c["matrix"][4] for c in row]
        assert all(b - a > 4.0 for a, b in pairwise(places)), "".join(c["text"] for c in row)


def test_a_light_is_called_on_paper_what_each_ledger_calls_it(read: Any) -> None:
    said = (("red", "逾期"), ("red", "严重滞后"), ("yellow", "临近"), ("blue", "已竣工销号"))
    rows = tuple(Bar("道路改造", DAY(2022, 2, 1), DAY(2022, 7, 31), 0.5, "安坪县", *each) for each in said)
    pages = read(Document("", (Wide((Gantt(rows, DAY(2022, 9, 1)),)),)))
    (legend,) = [text for text in pages.texts(0) if "逾期、严重滞后" in text]
    assert "临近" in legend and "已竣工销号" in legend and "正常" not in pages.text
    assert all(pages.text.count(word) == 2 for _, word in said), pages.text  # beside its bar, and in the legend


def test_a_wall_chart_over_pages_ends_each_with_a_rule_and_names_the_unit_again(read: Any) -> None:
    rows = tuple(Bar(f"道路{n}期", DAY(2022, 2, 1), DAY(2022, 7, 31), 0.5, "安坪县") for n in range(40))
    pages = read(Document("", (Wide((Gantt(rows, DAY(2022, 9, 1)),)),)))
    assert len(pages.pages) > 1
    for page in range(len(pages.pages)):
        assert sum("安坪县" in text for text in pages.texts(page)) == 1
        shapes = [line for line in pages.pages[page].lines if line["height"] > 20 or line["width"] > 1000]
        wide = [line for line in shapes if line["width"] > 1000 and line["linewidth"] == pytest.approx(0.8)]
        assert max(line["top"] for line in wide) == pytest.approx(max(line["bottom"] for line in shapes), abs=0.1)


def test_twelve_parts_of_a_whole_are_told_apart(read: Any) -> None:
    labels = tuple(f"单位{n}" for n in range(len(STYLES)))
    pages = read(Document("", (Chart("share", labels, (Series("数", (Decimal(5),) * len(labels)),)),)))
    assert len(STYLES) >= 12
    samples = [r for r in pages.pages[0].rects if r["stroke"] and not r["fill"] and r["width"] == pytest.approx(18.0, abs=0.1)]
    shown = [grey(pages, 0, (r["x0"] + 1, r["top"] + 1, r["x0"] + 17, r["top"] + 8)) for r in samples]
    assert len(shown) == len(labels)
    for (one, a), (two, b) in combinations(enumerate(shown), 2):
        difference = ImageStat.Stat(ImageChops.difference(a, b.resize(a.size))).mean[0]
        assert difference > SEEN, (one, two, difference)


@pytest.mark.parametrize("title", ["办结率", ""])
def test_lying_bars_name_their_unit_of_measure(read: Any, title: str) -> None:
    pages = read(Document("", (Chart("bars", ("甲", "乙"), (Series("率", (Decimal("98.5"), Decimal(60))),), title, "%"),)))
    assert "单位：%" in pages.texts(0, 9)


@pytest.mark.parametrize("kind", ["bars", "columns", "trend"])
def test_what_is_below_nought_is_drawn_and_stays_within_the_chart(read: Any, kind: Any) -> None:
    values = tuple(Decimal(n) for n in (-8, -3, 0, 4))
    chart = Chart(kind, ("一季度", "二季度", "三季度", "四季度"), (Series("增速", values),), "增速", "%")
    pages = read(Document("", (chart, Paragraph("正文。"))))
    page = pages.pages[0]
    text = next(row for row in pages.rows(0, 16))
    below = 297 / 25.4 * 72 - text[0]["matrix"][5] - 16
    shapes = [*page.rects, *page.lines, *page.curves]
    assert max(shape["bottom"] for shape in shapes) < below
    assert "-8" in pages.text.replace("−", "-")
    if kind != "trend":
        drawn = [r for r in page.rects if r["stroke"] and not r["fill"]]
        assert len(drawn) == 3
        size = "width" if kind == "bars" else "height"
        assert drawn[0][size] == pytest.approx(2 * drawn[2][size], rel=0.01)


def test_what_weighs_on_a_person_is_told_without_colour_too(read: Any) -> None:
    lines = (SheetLine("2022.08.01", "诫勉", "影响期至2023.02.01", "red"), SheetLine("2021.08.01", "诫勉", "影响期至2022.02.01"))
    pages = read(Document("", (PersonSheet("干部实绩一览", "赵燚", groups=(SheetGroup("奖惩情况", lines),)),), titled=False))
    rows = [row for row in pages.rows(0) if "诫勉" in "".join(c["text"] for c in row)]
    shown = []
    for row in rows:
        y = 297 / 25.4 * 72 - row[0]["matrix"][5]
        shown.append(ImageStat.Stat(grey(pages, 0, (row[0]["x0"] - 4.5, y - 8, row[0]["x0"] - 1.0, y))).mean[0])
    assert shown[1] - shown[0] > SEEN, shown


def test_values_of_a_trend_are_never_written_over_each_other(read: Any) -> None:
    labels = tuple(f"{n}月" for n in range(1, 13))
    lines = tuple(Series(f"第{k}组", tuple(Decimal(50 + (n * 7 * k) % 9) for n in range(12))) for k in range(1, 5))
    pages = read(Document("", (Chart("trend", labels, lines, height=60),)))
    boxes = [(c["x0"], c["top"], c["x1"], c["bottom"]) for c in pages.chars(0, 9) if c["text"].isdigit() and c["x0"] > 110]
    assert len(boxes) > 20
    for a, b in combinations(boxes, 2):
        assert min(a[2], b[2]) - max(a[0], b[0]) < 0.5 or min(a[3], b[3]) - max(a[1], b[1]) < 3.0, (a, b)


def test_points_of_the_wall_chart_are_told_without_colour(read: Any) -> None:
    """Late and in time by their shape, done and not by whether they are filled; the legend has those that are there."""
    points = tuple(POINTS)
    rows = tuple(
        Bar("道路改造", DAY(2022, 2, 1), DAY(2022, 7, 31), 0.0, "安坪县", "green", points=((DAY(2022, 5, 1), sort),))
        for sort in points
    )
    plain = Bar("道路改造", DAY(2022, 2, 1), DAY(2022, 7, 31), 0.0, "安坪县", "green")
    pages = read(Document("", (Wide((Gantt((*rows, plain), DAY(2022, 9, 1)),)),)))
    frames = [f for f in bars(pages, 0) if f["width"] > 100][: len(points) + 1]
    half = [(f["x0"] + f["x1"]) / 2 for f in frames]
    shown = [grey(pages, 0, (x - 14, f["top"] + 1, x + 14, f["bottom"] - 1)) for x, f in zip(half, frames, strict=True)]
    size = shown[0].size
    for (one, a), (two, b) in combinations(zip((*points, ""), shown, strict=True), 2):
        difference = ImageStat.Stat(ImageChops.difference(a, b.resize(size))).mean[0]
        assert difference > 6.0, (one, two, difference)
    text = pages.pages[0].text if hasattr(pages.pages[0], "text") else "".join(c["text"] for c in pages.pages[0].chars)
    assert all(word in text for word in POINTS.values())
