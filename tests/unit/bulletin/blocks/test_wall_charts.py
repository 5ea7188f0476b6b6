"""Wall charts on A3: read from three metres, on several sheets that join, whatever the names and the years."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import pytest

from desktop.bulletin.document import Bar, Document, Gantt, Wide
from desktop.bulletin.typeset.page import SANHAO

LONG = "关于推进云川市冷链物流集散中心暨农产品精深加工产业园一期工程配套道路管网提升改造项目建设"
TODAY = dt.date(2026, 11, 29)


def bars(count: int, years: int = 1, label: str = LONG) -> tuple[Bar, ...]:
    """Rows of five units over so many years, with the words of several ledgers."""
    words = ("按序时", "略滞后", "已竣工销号", "提前完成销号待审核")
    return tuple(
        Bar(
            f"{at}{label}", dt.date(2025, 12, 5) + dt.timedelta(at * 365 * years // count), dt.date(2026, 12, 20) + dt.timedelta(at * 365 * (years - 1) // count),
            0.4, f"第{at * 5 // count}高新技术产业开发区管委会", "blue" if at % 4 > 1 else "green", words[at % 4],
        )
        for at in range(count)
    )


@pytest.mark.parametrize(("count", "years"), [(1, 1), (9, 1), (60, 2), (300, 6)])
def test_everything_on_the_wall_can_be_read_from_three_metres(read: Any, count: int, years: int) -> None:
    pages = read(Document("", (Wide((Gantt(bars(count, years), TODAY, "云川市挂图作战图", "本办台账"),)),)))
    for page in pages.pages:
        assert min(c["size"] for c in page.chars) > SANHAO - 0.01
        assert all(c["x0"] > 0 and c["x1"] < page.width and c["bottom"] < page.height for c in page.chars)
    shown = pages.text
    assert "…" not in shown  # names take more lines, none is cut off
    for at in range(count):
        assert f"{at}关于推进" in shown
    assert shown.count("配套道路管网") + shown.count("提升改造项目建设") >= count
    assert "今日 11月29日" in shown.replace("今日11", "今日 11") and "数据来源：本办台账" in shown


def test_sheets_say_how_they_join_and_begin_with_head_and_unit(read: Any) -> None:
    pages = read(Document("", (Wide((Gantt(bars(60), TODAY, "云川市挂图作战图"),)),)))
    count = len(pages.pages)
    assert count > 2
    for number in range(count):
        text = "".join(pages.texts(number))
        assert f"第{number + 1}张，共{count}张" in text and "责任单位" in text and "高新技术产业" in text
    one = read(Document("", (Wide((Gantt(bars(3), TODAY, "图"),)),)))
    assert "共1张" not in one.text


@pytest.mark.parametrize("years", [1, 2, 4, 6])
def test_each_year_and_quarter_is_named(read: Any, years: int) -> None:
    pages = read(Document("", (Wide((Gantt(bars(12, years, "修路"), TODAY),)),)))
    for year in range(2025, 2026 + years):
        assert f"{year}年" in pages.text
    months = [c for c in pages.chars() if c["top"] < 180 and c["text"] in "1471"]
    assert len(months) >= 4 * years


def test_the_legend_has_the_ledgers_words_each_once(read: Any) -> None:
    pages = read(Document("", (Wide((Gantt(bars(8, 1, "修路"), TODAY),)),)))
    legend = [text for text in pages.texts(len(pages.pages) - 1) if "、" in text or "涂色" in text]
    assert any("按序时、略滞后" in text and "已竣工销号、提前完成销号待审核" in text for text in legend)


def test_a_long_name_of_a_unit_reaches_over_its_rows_and_never_past_them(read: Any) -> None:
    """However the sheets part them, the whole name stands above the rule that ends its rows there."""
    unit, named = "云川市深化能力作风建设年活动领导小组办公室督查考核专项工作组", 0
    for first, count in product(range(13, 18), (1, 2, 3, 4, 20, 23)):
        before = tuple(Bar(f"{at}修路", TODAY, TODAY, unit="交通局") for at in range(first))
        rows = (*before, *(Bar(f"{at}修桥", TODAY, TODAY, unit=unit) for at in range(count)), Bar("植树", TODAY, TODAY, unit="林业局"))
        pages = read(Document("", (Wide((Gantt(rows, TODAY, "图"),)),)))
        for page in pages.pages:
            ends = sorted(line["top"] for line in page.lines if line["x0"] < 60 and line["width"] > 400)
            name = sorted((c["top"], c["x0"], c["text"], c["bottom"]) for c in page.chars if c["x0"] < 205 and c["top"] > 140 and c["text"] in unit)
            if not name or name[0][2] != unit[0]:
                continue
            named += 1
            end = next(top for top in ends if top > name[0][0])
            assert "".join(text for _, _, text, bottom in name if bottom <= end) == unit, (first, count)
    assert named > 30
