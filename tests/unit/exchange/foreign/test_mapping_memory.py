"""Foreign tables: what a person says about heading, columns and sender holds, is remembered sender by sender, and is told row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.errors import BadInput
from desktop.exchange.apply import accept
from desktop.exchange.foreign import foreign_rows, ledger_detection, mapping_memory, proposal
from desktop.exchange.foreign.sheet_mapping import Wishes


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    return new_office()


def table(path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def records(office: Any) -> dict[str, Any]:
    return {r.values["title"]: r.values for r in office.session.office.each("rectification", "deleted = 0")}


def test_dates_as_offices_write_them_and_numbers_as_text(office: Any, tmp_path: Path) -> None:
    dates = [
        "2022年9月5日", "2022.9.5", "22.9.5", "2022/9/5", "20220905", "2022-09-05", "２０２２年９月５日", "2022年09月05日",
        " 2022 年 9 月 5 日", dt.date(2022, 9, 5), dt.datetime(2022, 9, 5, 8, 30), 44809, "44809", "2022-9-5 08:30:00",
    ]  # fmt: skip
    rows = [["整改事项", "责任单位", "完成时限", "完成进度"], *([f"第{n}件", "安坪县", day, "'85%"] for n, day in enumerate(dates))]
    rows[1][3], rows[2][3], rows[3][3] = "85", "85%", " 85 "
    plan = office.plan(table(tmp_path / "a.xlsx", ("表", rows)), as_kind="rectification")
    assert plan.lines("error") == []
    accept.accept(office.session, plan)
    found = records(office)
    assert {found[f"第{n}件"]["deadline"] for n in range(len(dates))} == {dt.date(2022, 9, 5)}
    assert {found[f"第{n}件"]["progress_percent"] for n in range(len(dates))} == {85}


@pytest.mark.parametrize("kind", ["rectification", "assigned_item", "weekly_assignment"])
def test_who_leads_and_who_helps_may_stand_in_brackets_and_stay_so(office: Any, tmp_path: Path, kind: str) -> None:
    rows = [["事项名称", "承办单位（主办）", "承办单位（协办）", "完成时限"], ["修路", "安坪县", "临湖区", "2026.9.5"], ["架桥", "临湖区", "", "2026.9.6"]]
    file = table(tmp_path / "a.xlsx", ("表", rows))
    first = office.plan(file, as_kind=kind)
    assert first.added == 2
    said = first.sheets[0]["mapping"]
    assert (said["承办单位（主办）"], said["承办单位（协办）"]) == (office.session.kinds.get(kind).unit, "cooperating_units")
    accept.accept(office.session, first)
    second = office.plan(file, as_kind=kind)
    assert second.sheets[0]["mapping"] == said
    assert (second.added, second.updated) == (0, 0)


def test_nothing_is_refused_before_a_person_has_seen_it(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ("甲", [["随便"], ["上家", "下家", "收口"], ["一件", "安坪县", "2022.9.5"]]), ("乙", [["空话"]]))
    with pytest.raises(BadInput, match="没有找到「整改清单」的表头"):
        office.plan(file, as_kind="rectification")
    book = foreign_rows.read(file)
    first, second = proposal.propose(office.session, office.session.kinds.get("rectification"), book, Wishes())
    assert first.header_rows == [2] and [c.heading for c in first.columns] == ["上家", "下家", "收口"]
    assert [c.samples for c in first.columns] == [("一件",), ("安坪县",), ("2022.9.5",)]
    assert {c.field for c in first.columns} == {""} and second.header_rows == []
    assert [(n, why) for n, _, why in first.rows] == [(1, "标题"), (2, "表头"), (3, "")]


def said(**columns: str) -> Wishes:
    return Wishes(mapping={"甲": columns}, heads={"甲": (2, 2)}, left_out=frozenset({"乙"}), sender="安坪县人民政府")


def test_what_a_person_says_goes_before_what_is_found(office: Any, tmp_path: Path) -> None:
    rows = [["整改事项", "责任单位"], ["毛病", "下家"], ["一件", "安坪县"], ["又一件", "临湖区"]]
    file = table(tmp_path / "a.xlsx", ("甲", rows), ("乙", [["整改事项", "责任单位"], ["不要的", "安坪县"]]))
    plan = office.plan(file, as_kind="rectification", wishes=said(毛病="title", 下家="lead_unit"))
    assert [s["header_rows"] for s in plan.sheets] == [[2], []] and plan.added == 2 and plan.sender == "安坪县人民政府"
    accept.accept(office.session, plan)
    assert set(records(office)) == {"一件", "又一件"}


def month(path: Path, *heads: str) -> Path:
    rows = [["一件", "青石县", "2022.9.5", "x"], ["又一件", "青石县", "2022.9.6", "y"]]
    return table(path, ("甲", [["安坪县人民政府台账"], list(heads), *rows]))


def test_next_months_file_is_known_though_a_column_was_renamed_and_one_added(office: Any, tmp_path: Path) -> None:
    file = month(tmp_path / "九月.xlsx", "毛病", "下家", "收口", "闲话")
    office.take(file, as_kind="rectification", wishes=said(毛病="title", 下家="lead_unit", 收口="deadline", 闲话=""))
    session = office.session
    later = foreign_rows.read(month(tmp_path / "十月.xlsx", "毛病", "下家", "收口完", "闲话"))
    (known,) = mapping_memory.recognise(session, later.sheets)
    assert (known.table.kind, known.table.sender, known.rows, round(known.share, 2)) == ("rectification", "安坪县人民政府", (2, 2), 0.75)
    plan = office.plan(tmp_path / "十月.xlsx", as_kind="rectification")
    assert plan.sheets[0]["mapping"] == {"毛病": "title", "下家": "lead_unit"} and "收口完" in plan.remarks[-1]
    other = foreign_rows.read(table(tmp_path / "别的.xlsx", ("甲", [["姓名", "工资"], ["张三", "1"]])))
    assert mapping_memory.recognise(session, other.sheets) == []


def test_two_senders_mean_different_things_by_one_heading(office: Any, tmp_path: Path) -> None:
    for sender, field in (("安坪县人民政府", "responsible_person"), ("临湖区人民政府", "measures")):
        file = table(tmp_path / f"{sender}九月.xlsx", ("甲", [["整改事项", "责任单位", "落实"], [f"{sender}的事", "青石县", "周明"]]))
        plan = office.plan(file, as_kind="rectification", wishes=Wishes(mapping={"甲": {"落实": field}}, sender=sender))
        accept.accept(office.session, plan)
    for sender, field in (("安坪县人民政府", "responsible_person"), ("临湖区人民政府", "measures")):
        file = table(tmp_path / f"{sender}十月.xlsx", ("甲", [["整改事项", "责任单位", "落实"], [f"{sender}又一件", "青石县", "刘敏"]]))
        office.take(file, as_kind="rectification")
        assert records(office)[f"{sender}又一件"][field] == "刘敏"


def test_what_stood_for_a_title_is_another_column_where_there_is_one(office: Any, tmp_path: Path) -> None:
    first = [["问题表现", "责任单位", "整改时限"], ["窗口午间无人值守", "安坪县", "2022.9.5"], ["热线长期占线", "青石县", "2022.9.6"]]
    office.take(table(tmp_path / "a.xlsx", ("甲", first)), as_kind="rectification")
    second = [["整改事项", "问题表现", "责任单位"], ["窗口服务", "叫号机长期失灵", "安坪县"], ["热线服务", "下班前无人接", "青石县"]]
    plan = office.plan(table(tmp_path / "b.xlsx", ("乙", second)), as_kind="rectification")
    assert plan.sheets[0]["mapping"] == {"整改事项": "title", "问题表现": "problem", "责任单位": "lead_unit"}


def test_a_column_that_was_left_out_stays_left_out_for_this_sender_only(office: Any, tmp_path: Path) -> None:
    rows = [["整改事项", "责任单位", "整改措施"], ["一件", "青石县", "写了的"]]
    file = table(tmp_path / "安坪县人民政府.xlsx", ("甲", rows))
    office.take(file, as_kind="rectification", wishes=Wishes(mapping={"甲": {"整改措施": ""}}, sender="安坪县人民政府"))
    assert records(office)["一件"]["measures"] is None
    again = office.plan(table(tmp_path / "安坪县人民政府十月.xlsx", ("甲", rows)), as_kind="rectification")
    assert again.sheets[0]["unmapped"] == ["整改措施"]
    other = office.plan(table(tmp_path / "临湖区人民政府.xlsx", ("甲", rows)), as_kind="rectification")
    assert other.sheets[0]["unmapped"] == []


def test_rows_that_are_no_items_are_told_one_by_one(office: Any, tmp_path: Path) -> None:
    head = ["序号", "整改事项", "责任单位", "完成时限"]
    rows = [
        ["云川市台账"], head, ["1", "2", "3", "4"], ["一、窗口"], ["1", "甲", "安坪县", "2022.9.5"], ["小计", "1"], head,
        ["2", "乙", "安坪县", "2022.9.6"], ["合计（2件）"], ["填表人：", "周明"], ["3", "累计超期的事", "安坪县", "2022.9.7"],
    ]  # fmt: skip
    plan = office.plan(table(tmp_path / "a.xlsx", ("甲", rows)), as_kind="rectification")
    assert [(row.row, row.cells[0].label) for row in plan.skipped] == [
        (1, "标题"), (3, "列号"), (4, "小标题"), (6, "合计"), (7, "重复的表头"), (9, "合计"), (10, "说明"),
    ]  # fmt: skip
    assert [row.title for row in plan.rows] == ["甲", "乙", "累计超期的事"]


def test_hidden_rows_are_read_on_wish(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ("甲", [["整改事项", "责任单位"], ["甲事", "安坪县"], ["乙事", "安坪县"]]))
    book = openpyxl.load_workbook(file)
    book.active.row_dimensions[3].hidden = True
    book.save(file)
    assert office.plan(file, as_kind="rectification").added == 1
    plan = office.plan(file, as_kind="rectification", wishes=Wishes(hidden_too=True))
    assert plan.added == 2 and any("1 行是隐藏行（第 3 行），也读入了" in text for text in plan.remarks)


def test_two_columns_of_one_name_are_two(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ("甲", [["整改事项", "责任单位", "说明", "说明"], ["甲事", "安坪县", "前", "后"]]))
    wishes = Wishes(mapping={"甲": {"说明": "problem", "说明·2": "note"}})
    plan = office.plan(file, as_kind="rectification", wishes=wishes)
    values = plan.rows[0].theirs.values
    assert (values["problem"], values["note"]) == ("前", "后")


@pytest.mark.parametrize(
    ("heading", "field"),
    [("整改办法", "measures"), ("查摆问题", "title"), ("责任部门", "lead_unit"), ("负责人", "responsible_person"), ("完成期限", "deadline"),
     ("工资", ""), ("张三", ""), ("序号", "")],
)  # fmt: skip
def test_headings_in_other_words(office: Any, heading: str, field: str) -> None:
    from desktop.exchange.foreign.headings import Matcher

    found = Matcher(office.session.kinds.get("rectification")).scores(heading)
    assert (found[0][1] if found else "") == field


def test_the_ledger_and_the_sender_are_guessed(office: Any, tmp_path: Path) -> None:
    rows = [["填报单位：青石县人民政府"], ["问题", "整改措施", "责任单位", "完成时限"], ["一", "二", "三", "四"]]
    file = table(tmp_path / "九月.xlsx", ("甲", rows))
    book = foreign_rows.read(file)
    assert ledger_detection.sender_of(office.session, book) == "青石县人民政府"
    assert ledger_detection.likely_ledger(office.session, book) == "rectification"


def test_numbers_in_another_unit_are_converted_and_told(office: Any, tmp_path: Path) -> None:
    rows = [
        ["市重点项目表"], ["", "", "", "单位：万元"], ["项目名称", "总投资（亿元）", "年度计划投资", "年度完成投资"],
        ["甲项目", "1.5", "12,000", "￥3000"], ["乙项目", "2亿元", "5000万元", "—"], ["丙项目", "/", "'8000", "约300"],
    ]  # fmt: skip
    plan = office.plan(table(tmp_path / "a.xlsx", ("甲", rows)), as_kind="project")
    assert [e["cell"] for e in plan.lines("error")] == ["D6"]
    values = {row.title: row.theirs.values for row in plan.rows}
    told = {title: [values[title][name] for name in ("investment", "year_plan", "year_done")] for title in values}
    assert told == {
        "甲项目": [Decimal("1.5"), Decimal("1.2"), Decimal("0.3")], "乙项目": [Decimal(2), Decimal("0.5"), None],
        "丙项目": [None, Decimal("0.8"), None],
    }  # fmt: skip
    assert [remark for remark in plan.remarks if "换算" in remark] == [
        "工作表「甲」“年度计划投资”以万元计，已换算成亿元（乘以 0.0001）。",
        "工作表「甲」“年度完成投资”以万元计，已换算成亿元（乘以 0.0001）。",
    ]
