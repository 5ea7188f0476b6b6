"""Tables as counties really send them: several on one sheet, an item over several lines, dates and numbers said rather than written."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop.exchange.apply import accept
from desktop.exchange.foreign import foreign_rows, proposal, sheet_mapping
from desktop.exchange.format.loose_values import (
    approximate_number,
    loose_date,
    nearest_choice,
    yes_or_no,
)

UNITS = {"安坪县人民政府", "临湖区人民政府", "青石县人民政府"}


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office()
    made.session.fixed_today = dt.date(2026, 3, 15)
    return made


def table(path: Path, rows: list[list[Any]], merges: tuple[str, ...] = (), sheet: str = "表") -> Path:
    book = openpyxl.Workbook()
    made = book.active
    made.title = sheet
    for row in rows:
        made.append(row)
    for area in merges:
        made.merge_cells(area)
    book.save(path)
    return path


def values(plan: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.theirs.values.get(name) for name in names) for row in plan.rows if row.theirs is not None]


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def test_two_tables_one_below_the_other_are_read_each_by_its_own_heading(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "两表.xlsx", [
        ["2026年一季度整改事项（安坪县）"], ["序号", "整改事项", "责任单位", "责任人", "整改时限"],
        [1, "公厕夜间关闭", "安坪县人民政府", "张　三", "3月20日"], [2, "路灯不亮", "安坪县", "李四", "4月1日前"], [],
        ["二、已销号事项"], ["序号", "整改事项", "整改措施", "责任单位", "整改到位时间"],
        [1, "垃圾清运不及时", "增加车次", "安坪县人民政府", "2026/1/15"], [2, "停电未公告", "提前通知", "临湖区", "2026/2/2"],
    ])  # fmt: skip
    plan = office.plan(file, as_kind="rectification")
    assert values(plan, "title", "responsible_person", "measures", "deadline", "rectified_on") == [
        ("公厕夜间关闭", "张三", None, day(3, 20), None), ("路灯不亮", "李四", None, day(4, 1), None),
        ("垃圾清运不及时", None, "增加车次", None, day(1, 15)), ("停电未公告", None, "提前通知", None, day(2, 2)),
    ]  # fmt: skip
    assert plan.lines("error") == [] and any("第 7 行起是另一张表" in remark for remark in plan.remarks)
    (sheet,) = plan.sheets
    assert sheet["mapping"]["整改到位时间"] == "rectified_on" and {"row": 6, "why": "小标题"} in sheet["skipped_rows"]
    accept.accept(office.session, plan)
    again = office.plan(file, as_kind="rectification")
    assert (again.added, again.updated) == (0, 0)
    (shown,) = proposal.propose(office.session, office.session.kinds.get("rectification"), foreign_rows.read(file), sheet_mapping.Wishes())
    assert [why for _, _, why in shown.rows] == ["标题", "表头", "", "", "空行", "小标题", "表头", "", ""]


def test_the_same_heading_again_is_no_other_table(office: Any, tmp_path: Path) -> None:
    head = ["序号", "整改事项", "责任单位", "整改时限", "责任人"]
    rows = [head, [1, "甲", "安坪县", "2026.4.1", "张三"], head[:4], [2, "整改措施不实", "安坪县", "2026.4.2", "李四"]]
    file = table(tmp_path / "分页.xlsx", rows)
    plan = office.plan(file, as_kind="rectification")
    assert [row.title for row in plan.rows] == ["甲", "整改措施不实"] and plan.remarks == []
    assert {"row": 3, "why": "重复的表头"} in plan.sheets[0]["skipped_rows"]


def test_two_tables_side_by_side_are_both_read(office: Any, tmp_path: Path) -> None:
    head = ["序号", "问题", "责任单位", "完成时限"]
    file = table(tmp_path / "并排.xlsx", [
        ["青石县整改问题清单"], [*head, None, *head],
        [1, "一号", "青石县", "2026.3.1", None, 3, "三号", "青石县", "2026.6.1"],
        [2, "二号", "青石县", "2026.3.2", None, 4, "四号", "没有的县", "2026.6.2"], ["合计", "4件"],
    ])  # fmt: skip
    plan = office.plan(file, as_kind="rectification")
    assert [(t, d) for t, d in values(plan, "title", "deadline")] == [
        ("一号", day(3, 1)), ("二号", day(3, 2)), ("三号", day(6, 1)), ("四号", day(6, 2)),
    ]  # fmt: skip
    (error,) = plan.lines("error")
    assert error["cell"] == "H4" and any("左右并排着 2 张" in remark for remark in plan.remarks)
    assert plan.sheets[0]["unmapped"] == ["序号"]


def test_an_item_over_several_lines_is_one_item(office: Any, tmp_path: Path) -> None:
    file = table(
        tmp_path / "风险.xlsx",
        [
            ["序号", "风险隐患点", "风险等级", "防范化解措施", "责任单位", "化解时限"],
            ["1", "水库溢洪道淤塞", "重大", "1.清淤", "安坪县人民政府", 46113],
            ["", "", "", "2.值守", "", ""], ["", "", "", "3.演练", "", ""],
            ["2", "老旧电梯", "一般", "更换", "同上", "2026年第二季度"], ["3", "燃气管网", "较大风险", "〃", "青石县、临湖区", "长期坚持"],
        ],
        ("A2:A4", "B2:B4", "C2:C4", "E2:E4", "F2:F4"),
    )  # fmt: skip
    plan = office.plan(file, as_kind="risk")
    units = office.units
    assert values(plan, "title", "measures", "severity", "deadline") == [
        ("水库溢洪道淤塞", "1.清淤\n2.值守\n3.演练", "severe", day(4, 1)), ("老旧电梯", "更换", "normal", day(6, 30)),
        ("燃气管网", "更换", "high", None),
    ]  # fmt: skip
    assert values(plan, "lead_unit", "cooperating_units")[1:] == [
        (units["安坪县人民政府"], None), (units["青石县人民政府"], (units["临湖区人民政府"],))
    ]  # fmt: skip
    (error,) = plan.lines("error")
    assert (error["cell"], "长期坚持" in error["message"]) == ("F6", True)
    told = "".join(plan.remarks)
    assert "C2“重大”→重大风险" in told and "E6“青石县、临湖区”→青石县人民政府，其余记作配合单位" in told
    assert "F5“2026年第二季度”→2026-06-30" in told


def test_numbers_as_offices_say_them(office: Any, tmp_path: Path) -> None:
    """A csv in the office's encoding: 万 and 亿元 in a column of 万元, about so many, percents with a full-width sign."""
    file = tmp_path / "临湖区民生实事.csv"
    with file.open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows([
            ["临湖区2026年民生实事进展表", "", "", "", "", ""], ["", "", "", "", "", "单位：万元"],
            ["序号", "项目名称", "投资", "受益人数", "牵头单位", "完成进度"],
            ["1", "老旧小区改造", "1,250.5万元", "约3200人", "临湖区人民政府", "85％"],
            ["2", "农村饮水\n安全工程", "２３００", "5,000", "临湖区", "60%左右"], ["3", "公交延伸", "0.12亿元", "1.2万", "临湖区", "待定"],
            ["4", "养老服务中心", "800万", "600余", "临湖区", "0.5"], ["", "合计", "5550.5", "", "", ""],
        ])  # fmt: skip
    plan = office.plan(file, as_kind="livelihood")
    assert [tuple(map(str, row)) for row in values(plan, "investment", "beneficiaries", "progress_percent")] == [
        ("1250.5", "3200", "85"), ("2300", "5000", "60"), ("1200", "12000", "None"), ("800", "600", "50"),
    ]  # fmt: skip
    assert plan.lines("error") == [] and plan.sheets[0]["mapping"]["项目名称"] == "title"
    assert any("F7“0.5”→50%" in remark for remark in plan.remarks)  # a cell in a percent format among typed ones, or a typo
    assert any("D4“约3200人”→3200、D7“600余”→600" in remark for remark in plan.remarks)


def test_a_ledger_whose_unit_and_year_are_written_short(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "三零.xlsx", [
        ["三零单位创建情况"], ["年度", "单位", "创建单位", "类型", "零上访", "创建成功"],
        ["2026年", "安坪县", "东村", "村", "√", "否"], ["2026", "临湖区", "北厂", "企业", "×", "是"],
    ])  # fmt: skip
    plan = office.plan(file, as_kind="three_zero")
    assert values(plan, "year", "place", "zero_petition", "achieved") == [(2026, "东村", True, False), (2026, "北厂", False, True)]
    assert [line["cell"] for line in plan.lines("error")] == ["D4"]  # 企业 is not 企事业单位 beyond doubt


@pytest.mark.parametrize(
    ("text", "deadline", "found"),
    [
        ("3月22日17:00前", True, day(3, 22)), ("2026.8.31前", False, day(8, 31)), ("今年12月", True, day(12, 31)),
        ("明年3月底前完成", True, day(3, 31, 2027)), ("2月末", True, day(2, 28)),
        ("四月底", True, day(4, 30)), ("十二月中旬", True, day(12, 20)),
        ("二季度", True, day(6, 30)), ("上半年", True, day(6, 30)), ("2027年底前", True, day(12, 31, 2027)), ("年底", True, day(12, 31)),
        ("2025年3月", False, None), ("6月底", False, None), ("2月30日", True, None), ("13月底", True, None), ("长期坚持", True, None),
        ("3", True, None), ("底", True, None), ("3-5", True, day(3, 5)), ("3月20日至4月1日", True, day(4, 1)), ("3月20日至4月1日", False, day(3, 20)),
        ("2026年6月1日—9月30日（分两批）", True, day(9, 30)), ("9月1日-8月1日", True, None), ("第3次会议前", True, None),
    ],
)  # fmt: skip
def test_dates_said_loosely(text: str, deadline: bool, found: dt.date | None) -> None:
    assert loose_date(text, 2026, deadline=deadline) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("约3200人", "3200人"), ("600余", "600"), ("近1.2万", "1.2万"), ("60%左右", "60%"), ("三百", None), ("3至5", None), ("A3", None)],
)  # fmt: skip
def test_numbers_said_loosely(text: str, found: str | None) -> None:
    assert approximate_number(text) == found


def test_a_choice_is_not_taken_for_its_opposite(office: Any) -> None:
    severity = office.session.kinds.get("risk").field("severity")
    assert nearest_choice("重大", severity) == "重大风险" and nearest_choice("风险", severity) is None
    assert nearest_choice("非重大风险", severity) is None and nearest_choice("大", severity) is None


def test_units_that_stand_over_their_rows_are_theirs(office: Any, tmp_path: Path) -> None:
    """As headings between the rows, and as names of sheets; a heading that is no unit ends it."""
    head, units = ["序号", "整改事项", "措施", "时限"], office.units
    file = table(tmp_path / "汇总.xlsx", [
        ["能力作风建设问题整改台账"], head, ["合计", "5件", "", ""],
        ["一、安坪县人民政府（2件）"], [1, "排队久", "增设窗口", "2026.3.20"], [2, "电话无人接", "值班", "2026.4.1"],
        ["（二）临湖区"], [1, "公示不及时", "整改", "2026/5/1"], ["三、其他"], [1, "会议多", "精简", ""],
    ], ("A4:D4", "A7:D7", "A9:D9"))  # fmt: skip
    plan = office.plan(file, as_kind="rectification")
    assert values(plan, "title", "lead_unit", "measures") == [
        ("排队久", units["安坪县人民政府"], "增设窗口"), ("电话无人接", units["安坪县人民政府"], "值班"),
        ("公示不及时", units["临湖区人民政府"], "整改"), ("会议多", None, "精简"),
    ]  # fmt: skip
    assert any("按小标题或工作表的名称记作：安坪县人民政府 2 行、临湖区人民政府 1 行" in remark for remark in plan.remarks)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in ("安坪县", "青石县", "说明页"):
        sheet = book.create_sheet(name)
        for row in ([f"{name}整改清单"], ["序 号", "问 题", "整 改 措 施", "完 成 时 限"], [1, "同一个问题", "办", "2026年4月1日"]):
            sheet.append(row)
    book.save(tmp_path / "各县.xlsx")
    plan = office.plan(tmp_path / "各县.xlsx", as_kind="rectification")
    assert values(plan, "lead_unit") == [(units["安坪县人民政府"],), (units["青石县人民政府"],), (None,)]
    assert plan.foreign_sender == ""  # a table for each county is from none of them


def test_rows_that_only_have_a_number_are_no_items_and_a_form_is_one(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "空序号.xlsx", [
        ["整改台账"], ["序号", "整改事项*（必填）", "责任单位"], [1, "甲", "安坪县"], *([n, "", ""] for n in range(2, 300)),
    ])  # fmt: skip
    plan = office.plan(file, as_kind="rectification")
    assert [row.title for row in plan.rows] == ["甲"] and plan.sheets[0]["skipped_rows"] == [{"row": 1, "why": "标题"}]
    file = table(tmp_path / "登记表.xlsx", [
        ["整改事项登记表"], ["整改事项", "排队久", "责任单位", "安坪县"], ["整改措施", "增设窗口", "整改时限", "2026.3.1"],
    ])  # fmt: skip
    (row,) = office.plan(file, as_kind="rectification").rows  # a form: what is asked for stands at the left
    assert row.title == "排队久" and row.said == {"title": "B2", "lead_unit": "D2", "measures": "B3", "deadline": "D3"}


@pytest.mark.parametrize(
    ("text", "means"),
    [("达标", "是"), ("已创建成功", "是"), ("未达标", "否"), ("不合格", "否"), ("没有创建成功", "否"), ("已退回", None), ("已取消", None), ("创建中", None)],
)
def test_whether_it_came_to_it_is_yes_or_no_and_other_words_are_neither(text: str, means: str | None) -> None:
    assert yes_or_no(text) == means
