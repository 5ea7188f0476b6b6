"""The appointment form: two pages without folio, texts that shrink to fit, nothing lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from desktop.bulletin.blocks.appointment_frames import COLUMNS, EDGES, ROW, TITLE_ROOM
from desktop.bulletin.document import AppointmentForm, Document, Relative
from desktop.bulletin.masking.mask import Mask

RESUME = tuple((f"{1990 + n}.09—{1991 + n}.07", f"安坪县第{n}科室工作，任科员") for n in range(8))


def form(**changes: Any) -> AppointmentForm:
    values: dict[str, Any] = {
        "name": "赵燚", "gender": "女", "born": "1975.06\n（47岁）", "full_time_degree": "大学\n工学学士", "resume": RESUME,
        "rewards": "2021年记三等功。", "relatives": (Relative("丈夫", "王赟", "1974.01", "中共党员", "安坪县教师"),),
        "reporting_unit": "中共安坪县委", "filled_by": "李某",
    }
    return AppointmentForm(**{**values, **changes})


def test_the_table_has_the_form_s_measures(read: Any) -> None:
    assert sum(COLUMNS) == pytest.approx(469.65)
    pages = read(Document("", (form(),)))
    assert pages.printed.pages == 2
    frames = pages.pages[0].rects
    outer = max(frames, key=lambda r: r["width"] * r["height"])
    assert (outer["x0"], outer["width"]) == (pytest.approx(60, abs=0.1), pytest.approx(469.65, abs=0.1))
    photo = next(r for r in frames if abs(r["x0"] - EDGES[7]) < 0.1 and r["height"] > 100)
    assert photo["width"] >= 101
    assert photo["height"] >= 134
    title = [c for c in pages.chars(0, 24)]
    assert "".join(c["text"] for c in title) == "干部任免审批表"
    for text in ("姓　名", "照　片", "现　任　职　务"):
        assert text in pages.text
    assert "填表人：李某" in pages.text
    assert pages.printed.missing_characters == ()


def test_every_rule_stands_where_the_form_has_it(read: Any) -> None:
    """Twips of the standard form against what is in the file: eight columns, margins of 81, 28 and 60 points, the photograph."""
    picture = io.BytesIO()
    Image.new("RGB", (202, 268), (200, 210, 220)).save(picture, "PNG")
    pages = read(Document("", (form(photo=picture.getvalue()),)))
    twips = (784, 236, 1305, 1063, 1302, 1315, 1330, 2058)
    edges = [60 + sum(twips[:n]) / 20 for n in range(9)]
    for number, page in enumerate(pages.pages):
        rects = page.rects
        assert (page.width, page.height) == (pytest.approx(595.28, abs=0.1), pytest.approx(841.89, abs=0.1))
        if number == 0:
            verticals = {round(x, 1) for r in rects for x in (r["x0"], r["x1"])}
            assert all(min(abs(x - edge) for edge in edges) < 0.1 for x in verticals), sorted(verticals)
            assert all(min(abs(x - edge) for x in verticals) < 0.1 for edge in edges)
        assert max(r["bottom"] for r in rects) <= 841.89 - 28 + 0.1
        assert min(c["top"] for c in page.chars) >= 81 - 8  # a character's box in the file is higher than its square
        assert min(r["top"] for r in rects) >= 81 - 0.1
        assert max(r["x1"] for r in rects) == pytest.approx(60 + 469.65, abs=0.1)
    title = pages.chars(0, 24)
    assert 841.89 - title[0]["matrix"][5] == pytest.approx(81 + 0.88 * 24, abs=0.1)
    assert (title[0]["matrix"][4] + title[-1]["matrix"][4] + 24) / 2 == pytest.approx(60 + 469.65 / 2, abs=0.5)
    (image,) = pages.pages[0].images
    assert (image["width"], image["height"]) == (pytest.approx(101, abs=0.1), pytest.approx(134, abs=0.1))
    assert edges[7] < image["x0"] and image["x1"] < edges[8]
    second = "".join(pages.texts(1))
    upright = "".join(c["text"] for c in sorted(pages.chars(1), key=lambda c: (round(c["x0"]), c["top"])))
    for label in ("奖惩情况", "年度考核结果", "任免理由", "家庭主要成员及重要社会关系", "呈报单位", "审批机关意见", "行政机关任免意见"):
        assert label in upright, label
    assert second.count("（盖章）") == 3 and second.endswith("填表人：李某")


@pytest.mark.parametrize(("lines", "size"), [(22, 14.0), (23, 13.0), (40, 7.5)])
def test_the_resume_has_22_lines_of_30_characters_at_14_points(read: Any, lines: int, size: float) -> None:
    entries = tuple(("", "字" * 29) for _ in range(lines))
    pages = read(Document("", (form(resume=entries),)))
    shown = [row for row in pages.rows(0) if sum(c["text"] == "字" for c in row) == 29]
    assert len(shown) == lines
    assert {round(c["size"], 1) for c in shown[0]} == {size}
    if size == 14.0:  # the thirtieth cell is the blank between the period, here empty, and the text
        assert shown[0][-1]["matrix"][4] + 14 <= 60 + 469.65
    assert all(c["text"] != "〓" for c in pages.chars(0))


@pytest.mark.parametrize(
    ("degree", "size"),
    [
        ("大学", 14), ("大学\n工学学士", 12), ("大学普通班\n工学学士\n法学学士", 8), ("研究生\n管理学硕士\n法学硕士\n理学学士", 6.5),
        ("在职研究生班学习并获得硕士学位", 12), ("在职研究生班学习并获得公共管理硕士专业学位", 10),
    ],
)
def test_degrees_shrink_14_12_10_8(read: Any, degree: str, size: float) -> None:
    """Whatever is written stays in its cell, at the largest of the form's sizes."""
    for field, column, row in (
        ("full_time_degree", (3, 5), 4), ("part_time_degree", (3, 5), 5), ("full_time_school", (6, 8), 4), ("part_time_school", (6, 8), 5),
    ):
        pages = read(Document("", (form(**{"full_time_degree": "", field: degree}),)))
        top = 81 + TITLE_ROOM + ROW * row
        left, right = EDGES[column[0]], EDGES[column[1]]
        cell = [c for c in pages.chars(0) if left < c["matrix"][4] < right and top < 841.89 - c["matrix"][5] < top + ROW]
        assert "".join(c["text"] for c in cell) == degree.replace("\n", "")
        wide = (right - left - 6) / (EDGES[5] - EDGES[3] - 6)
        assert min(c["size"] for c in cell) >= size - 0.01
        if wide < 1.1:
            assert {round(c["size"], 1) for c in cell} == {size}
        assert all(c["matrix"][4] + c["size"] <= right + 0.1 for c in cell)


def test_the_resume_begins_at_14_points_and_shrinks_to_fit(read: Any) -> None:
    short = read(Document("", (form(),)))
    assert any("第7科室" in text for text in short.texts(0, 14))
    long = tuple((period, text * 4) for period, text in RESUME * 2)
    pages = read(Document("", (form(resume=long),)))
    sizes = {round(c["size"], 1) for c in pages.chars(0) if c["text"] == "科"}
    assert max(sizes) < 14
    assert pages.text.count("科室工作") == 64
    bottom = max(r["bottom"] for r in pages.pages[0].rects)
    assert max(c["bottom"] for c in pages.chars(0)) <= bottom + 1


def test_degrees_shrink_by_steps(read: Any) -> None:
    pages = read(Document("", (form(full_time_degree="在职研究生班学习并获得公共管理硕士专业学位证书以及其他证书"),)))
    sizes = {round(c["size"], 1) for c in pages.chars(0) if c["text"] == "证"}
    assert sizes <= {14, 12, 10, 8}
    assert min(sizes) < 14


def test_many_relatives_all_stand_on_page_two(read: Any) -> None:
    people = tuple(Relative("亲属", f"某{n}", "1950.01", "群众", "安坪县") for n in range(11))
    pages = read(Document("", (form(relatives=people),)))
    assert pages.printed.pages == 2
    assert all(f"某{n}" in "".join(pages.texts(1)) for n in range(11))
    assert max(c["bottom"] for c in pages.chars(1)) < 842


def inside(pages: Any) -> None:
    """Nothing on the form's pages lies outside the table, or over something else."""
    for page in pages.pages:
        top, bottom = min(r["top"] for r in page.rects), max(r["bottom"] for r in page.rects)
        assert top >= 81 - 0.1 and bottom <= 841.89 - 28 + 0.1
        places = [(round(c["matrix"][4], 1), round(c["matrix"][5], 1)) for c in page.chars if c["text"].strip()]
        assert len(set(places)) == len(places)
        for c in page.chars:
            assert 60 <= c["matrix"][4] <= 60 + 469.65 and 28 <= c["matrix"][5] <= 841.89 - 81, c["text"]


@pytest.mark.parametrize("count", [0, 6, 9, 14, 20, 21, 25, 60])
def test_any_family_stands_on_the_form_or_goes_on_under_its_head(read: Any, count: int) -> None:
    people = tuple(Relative("亲属", f"某{n:02}", "1950.01", "群众", "安坪县第一中学教师兼工会主席、教研组组长") for n in range(count))
    pages = read(Document("", (form(relatives=people),)))
    assert pages.printed.pages == (2 if count <= 20 else 3 if count <= 56 else 4)
    inside(pages)
    for n in range(count):
        assert pages.text.count(f"某{n:02}") == 1
    for page in range(2, pages.printed.pages):
        assert any("（续页）" in text and "赵燚" in text.replace("　", "") for text in pages.texts(page))
        assert any("工作单位及职务" in text for text in pages.texts(page))


@pytest.mark.parametrize(("entries", "pages_wanted"), [(46, 2), (60, 3), (100, 3)])
def test_a_resume_that_cannot_be_read_on_the_form_goes_on(read: Any, entries: int, pages_wanted: int) -> None:
    resume = tuple((f"20{n:02}.01—20{n:02}.12", f"第{n:03}科室工作") for n in range(entries))
    pages = read(Document("", (form(resume=resume),)))
    assert pages.printed.pages == pages_wanted
    inside(pages)
    for n in range(entries):
        assert pages.text.count(f"第{n:03}科室工作") == 1
    assert min(c["size"] for c in pages.chars(0)) >= (6.5 if pages_wanted == 2 else 8) - 0.01


def test_long_texts_stay_in_their_cells(read: Any) -> None:
    long = "二〇二一年度优秀共产党员荣誉称号；"
    for values in (
        {"rewards": long * 40}, {"reason": long * 60}, {"rewards": long * 20, "assessments": long * 20, "reason": long * 20},
        {"post": long * 12, "specialty": long * 4, "native_place": long * 2}, {"full_time_school": long * 6},
    ):
        pages = read(Document("", (form(**values),)))
        inside(pages)
        shown = "".join(c["text"] for page in (0, 1) for c in pages.chars(page))
        assert shown.count("荣") == sum(text.count("荣") for text in values.values())


def test_a_place_one_character_too_long_stands_on_one_line(read: Any) -> None:
    pages = read(Document("", (form(native_place="云川柳泽县"),)))
    (row,) = [row for row in pages.rows(0) if any(c["text"] == "柳" for c in row)]
    assert "云川柳泽县" in "".join(c["text"] for c in row)


def test_the_masked_form_shows_no_name_and_no_photo(read: Any) -> None:
    pages = read(Document("", (form(photo=b"\x89PNG secret"),)), masked=Mask(("赵燚", "王赟", "安坪县")))
    assert not any(name in pages.text for name in ("赵燚", "王赟", "安坪县"))
    assert "照　片" in pages.text
