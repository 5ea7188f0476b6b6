"""The appointment form: two pages without folio, texts that shrink to fit, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.bulletin.document import AppointmentForm, Document, Relative
from desktop.bulletin.forms import COLUMNS, EDGES
from desktop.bulletin.masking import Mask

RESUME = tuple((f"{1990 + n}.09—{1991 + n}.07", f"安平县第{n}科室工作，任科员") for n in range(8))


def form(**changes: Any) -> AppointmentForm:
    values: dict[str, Any] = {
        "name": "赵燚", "gender": "女", "born": "1975.06\n（47岁）", "full_time_degree": "大学\n工学学士", "resume": RESUME,
        "rewards": "2021年记三等功。", "relatives": (Relative("丈夫", "王赟", "1974.01", "中共党员", "安平县教师"),),
        "reporting_unit": "中共安平县委", "filled_by": "李某",
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
    people = tuple(Relative("亲属", f"某{n}", "1950.01", "群众", "安平县") for n in range(11))
    pages = read(Document("", (form(relatives=people),)))
    assert pages.printed.pages == 2
    assert all(f"某{n}" in "".join(pages.texts(1)) for n in range(11))
    assert max(c["bottom"] for c in pages.chars(1)) < 842


def test_the_masked_form_shows_no_name_and_no_photo(read: Any) -> None:
    pages = read(Document("", (form(photo=b"\x89PNG secret"),)), masked=Mask(("赵燚", "王赟", "安平县")))
    assert not any(name in pages.text for name in ("赵燚", "王赟", "安平县"))
    assert "照　片" in pages.text
