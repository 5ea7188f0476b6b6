"""What people type into our own workbook otherwise than asked is read where it can mean one thing, and asked where it is a guess."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from desktop.exchange.plan import cell_accounting

KIND, TITLE = "rectification", "第1项 窗口排队时间长"


def read(city: Any, hand: Any, heading: str, text: str) -> Any:
    book = hand(city.export().file)
    return city.plan(book.write(book.row(TITLE), heading, text).save())


def uid(city: Any) -> str:
    return str(next(r.uid for r in city.session.office.each(KIND) if r.values["title"] == TITLE))


def near(today: dt.date, month: int, day: int) -> dt.date:
    return min((dt.date(today.year + y, month, day) for y in (-1, 0, 1)), key=lambda d: abs((d - today).days))


@pytest.mark.parametrize(
    ("heading", "field", "text", "value"),
    [
        ("整改时限", "deadline", "2030年9月底前", dt.date(2030, 9, 30)),
        ("整改时限", "deadline", "２０３０年９月５日前", dt.date(2030, 9, 5)),
        ("整改时限", "deadline", "2030年三季度", dt.date(2030, 9, 30)),
        ("完成进度", "progress_percent", "７０％", 70),
        ("完成进度", "progress_percent", "'75", 75),
        ("整改时限", "deadline", "2030-09", dt.date(2030, 9, 30)),
        ("整改时限", "deadline", "47500", dt.date(2030, 1, 17)),
        ("整改时限", "deadline", "2030/9/5 9:30:00", dt.date(2030, 9, 5)),
        ("配合单位", "cooperating_units", "临湖区/青石县", ("临湖区", "青石县")),
        ("完成进度", "progress_percent", "约70%", 70),
        ("完成进度", "progress_percent", "70%左右", 70),
        ("完成进度", "progress_percent", "七成", 70),
        ("完成进度", "progress_percent", "百分之八十五", 85),
    ],
)
def test_what_can_mean_one_thing_is_taken_and_told(city: Any, hand: Any, heading: str, field: str, text: str, value: object) -> None:
    plan = read(city, hand, heading, text)
    assert not plan.lines("error") and not cell_accounting.warnings(plan)
    city.take(city.folder / "filled.xlsx")
    here = city.value(uid(city), field)
    if isinstance(value, tuple):
        value = tuple(city.session.names.unit_by_name(name) for name in value)
    assert here == value
    assert text in ("７０％", "2030/9/5 9:30:00") or any(text[:6] in remark for remark in plan.remarks)


def test_a_day_without_its_year_lies_near_the_day_on_which_the_workbook_went_out(city: Any, hand: Any) -> None:
    today = city.session.today
    month = today.month % 12 + 1
    plan = read(city, hand, "整改时限", f"{month}月5日")
    (change,) = plan.lines("changed", "warned")
    assert cell_accounting.warnings(plan) == [] if month > today.month else cell_accounting.warnings(plan)[0].code == "guess"
    assert near(today, month, 5).isoformat() in str(plan.rows[0].cells[0].theirs), change


@pytest.mark.parametrize(
    ("heading", "field", "text", "value"),
    [
        ("问题类别", "category", "能力", "能力不足"),
        ("责任单位", "lead_unit", "临湖区/青石县", "临湖区"),
    ],
)
def test_a_guess_waits_until_it_is_accepted(city: Any, hand: Any, heading: str, field: str, text: str, value: Any) -> None:
    plan = read(city, hand, heading, text)
    assert {w.code for w in cell_accounting.warnings(plan)} == {"guess"}
    before = city.value(uid(city), field)
    file = city.folder / "filled.xlsx"
    city.take(file)
    assert city.value(uid(city), field) == before
    city.take(file, accepted=["guess"])
    here = city.value(uid(city), field)
    if field == "lead_unit":
        assert city.value(uid(city), "cooperating_units") == (city.session.names.unit_by_name("青石县"),)
        value = city.session.names.unit_by_name(value)
    assert here == value


def test_money_in_another_measure_is_converted(city: Any, hand: Any) -> None:
    project = city.session.add("project", {"name": "污水处理厂", "investment": 2, "lead_unit": city.units["安坪县人民政府"]})
    book = hand(city.export(kinds=["project"]).file, "重点项目")
    book.write(book.row("污水处理厂", "项目名称"), "总投资", "21500万元")
    plan = city.take(book.save())
    assert str(city.value(project, "investment", "project")) == "2.15" and any("21500万元" in r for r in plan.remarks)


def test_what_means_nothing_stays_an_error_with_its_cell(city: Any, hand: Any) -> None:
    (line,) = read(city, hand, "整改时限", "长期坚持").lines("error")
    assert line["cell"] and "长期坚持" in line["message"]
