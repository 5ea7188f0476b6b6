"""An office's own Excel ledger: titles above, headings over several lines, merged cells, totals, notes, dates in many styles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.errors import BadInput
from desktop.exchange.apply import accept
from desktop.exchange.foreign.sheet_mapping import Wishes

ROWS = [
    (1, "窗口排队时间长", "群众反映办件慢", "安坪县", "李明", "2022年9月5日", "增设窗口", 0.5),
    (2, "材料重复提交", "同一材料交三次", "临湖区人民政府", "赵亮", "2022.9.15", "一次告知", 1),
    (3, "热线无人接听", "下班前半小时", "青石县", "孙梅", "2022/10/1", "值班到岗", 0.25),
    (4, "督办件逾期", None, "青石县人民政府", "周强", dt.datetime(2022, 10, 20), "专人盯办", None),
    (5, "台账不实", "有的没有销号依据", "安坪县人民政府", "吴涛", "20221101", "逐条核对", 0),
]


def ledger(path: Path, *, rows: list[tuple[Any, ...]] = ROWS, two_lines: bool = True) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "整改台账"
    sheet["A1"] = "云川市能力作风建设整改台账（2022年）"
    sheet.merge_cells("A1:H1")
    sheet["A2"] = "填报单位：市作风办"
    if two_lines:
        for at, text in enumerate(["序号", "问题", "问题描述", "责任", None, "整改", None, None], 1):
            sheet.cell(3, at).value = text
        for at, text in enumerate([None, None, None, "责任单位", "责任人", "完成时限", "工作措施", "进度"], 1):
            sheet.cell(4, at).value = text
        for area in ("A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:H3"):
            sheet.merge_cells(area)
    else:
        for at, text in enumerate(["序号", "问题", "问题描述", "责任单位", "责任人", "完成时限", "工作措施", "进度"], 1):
            sheet.cell(3, at).value = text
    for row in rows:
        sheet.append(row)
        sheet.cell(sheet.max_row, 8).number_format = "0%"
    sheet.append(["合计", 5, None, None, None, None, None, None])
    sheet.append(["注：进度按月更新。"])
    book.save(path)
    return path


def records(city: Any) -> dict[str, Any]:
    return {r.values["title"]: r for r in city.session.office.each("rectification", "deleted = 0")}


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    return new_office()


@pytest.mark.parametrize("two_lines", [True, False])
def test_headings_titles_totals_and_notes_are_told_apart(office: Any, tmp_path: Path, two_lines: bool) -> None:
    plan = office.plan(ledger(tmp_path / "台账.xlsx", two_lines=two_lines), as_kind="rectification")
    (sheet,) = plan.to_json()["sheets"]
    assert sheet["header_rows"] == ([3, 4] if two_lines else [3])
    assert sheet["mapping"] == {
        "问题": "title", "问题描述": "problem", "责任单位": "lead_unit", "责任人": "responsible_person",
        "完成时限": "deadline", "工作措施": "measures", "进度": "progress_percent",
    }  # fmt: skip
    assert sheet["unmapped"] == ["序号"]
    last = 10 if two_lines else 9
    assert sheet["skipped_rows"] == [
        {"row": 1, "why": "标题"}, {"row": 2, "why": "标题"}, {"row": last, "why": "合计"}, {"row": last + 1, "why": "说明"},
    ]  # fmt: skip
    assert (plan.added, plan.lines("error")) == (5, [])


def test_the_values_are_right(office: Any, tmp_path: Path) -> None:
    office.take(ledger(tmp_path / "台账.xlsx"), as_kind="整改清单")
    found = records(office)
    assert [found[r[1]].values["deadline"] for r in ROWS] == [
        dt.date(2022, 9, 5), dt.date(2022, 9, 15), dt.date(2022, 10, 1), dt.date(2022, 10, 20), dt.date(2022, 11, 1)
    ]  # fmt: skip
    assert found["窗口排队时间长"].values["lead_unit"] == office.units["安坪县人民政府"]
    assert found["窗口排队时间长"].values["progress_percent"] == 50 and found["材料重复提交"].values["progress_percent"] == 100
    assert found["窗口排队时间长"].state == "drafted"
    assert office.session.verify() == []


def test_the_same_file_again_changes_nothing_and_next_months_replaces_what_it_wrote(office: Any, tmp_path: Path) -> None:
    file = ledger(tmp_path / "九月.xlsx")
    office.take(file, as_kind="rectification")
    state = office.state()
    again = office.take(file, as_kind="rectification")
    assert (again.added, again.updated, again.conflicts) == (0, 0, []) and office.state() == state
    later = [(*ROWS[0][:6], "又增设两个窗口", 0.8), *ROWS[1:], (6, "新的一件", None, "安坪县", None, "2022-12-1", None, None)]
    result = office.take(ledger(tmp_path / "十月.xlsx", rows=later), as_kind="rectification")
    assert (result.added, result.updated, result.conflicts) == (1, 1, [])
    assert records(office)["窗口排队时间长"].values["measures"] == "又增设两个窗口"
    state = office.state()
    office.take(file, as_kind="rectification")
    assert office.state() == state


def test_what_was_changed_here_since_is_put_to_a_person(office: Any, tmp_path: Path) -> None:
    office.take(ledger(tmp_path / "九月.xlsx"), as_kind="rectification")
    uid = records(office)["窗口排队时间长"].uid
    office.session.set("rectification", uid, {"measures": "本单位核实后改的"})
    later = [(*ROWS[0][:6], "又增设两个窗口", 0.8), *ROWS[1:]]
    result = office.take(ledger(tmp_path / "十月.xlsx", rows=later), as_kind="rectification")
    assert [(c.field, c.mine, c.theirs) for c in result.conflicts] == [("measures", "本单位核实后改的", "又增设两个窗口")]
    assert office.value(uid, "measures") == "本单位核实后改的" and office.value(uid, "progress_percent") == 80


def test_cells_merged_over_rows_hold_for_each_and_hidden_rows_are_told(office: Any, tmp_path: Path) -> None:
    file = ledger(tmp_path / "a.xlsx", two_lines=False)
    book = openpyxl.load_workbook(file)
    sheet = book.active
    sheet["D4"], sheet["D5"] = "安坪县", None
    sheet.merge_cells("D4:D5")
    sheet.row_dimensions[6].hidden = True
    book.save(file)
    plan = office.plan(file, as_kind="rectification")
    (told,) = plan.to_json()["sheets"]
    assert {"row": 6, "why": "隐藏行"} in told["skipped_rows"] and plan.added == 4
    accept.accept(office.session, plan)
    assert records(office)["材料重复提交"].values["lead_unit"] == office.units["安坪县人民政府"]


def test_filtered_rows_are_read_and_said(office: Any, tmp_path: Path) -> None:
    file = ledger(tmp_path / "a.xlsx", two_lines=False)
    book = openpyxl.load_workbook(file)
    book.active.auto_filter.ref = "A3:H8"
    book.active.row_dimensions[6].hidden = True
    book.save(file)
    plan = office.plan(file, as_kind="rectification")
    assert plan.added == 5 and any("筛选隐藏" in r for r in plan.remarks)


def test_errors_name_their_cells_and_the_rest_of_the_row_comes_in(office: Any, tmp_path: Path) -> None:
    rows = [(1, "甲事", None, "没有这个局", "李明", "下个月", "措施", None), (2, None, "没有题目", "安坪县", None, None, None, None)]
    result = office.take(ledger(tmp_path / "a.xlsx", rows=rows, two_lines=False), as_kind="rectification")
    assert [(e["cell"], e["field"]) for e in result.errors] == [("D4", "lead_unit"), ("F4", "deadline"), ("B5", "title")]
    assert result.added == 1 and records(office)["甲事"].values["measures"] == "措施"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_in_the_encodings_of_offices(office: Any, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "台账.csv"
    file.write_bytes("序号,整改事项,责任单位,完成时限\n1,窗口排队,安坪县,2022年9月5日\n2,\"逗号,在内\",临湖区,2022.9.6\n".encode(encoding))
    assert office.take(file, as_kind="rectification").added == 2
    assert "逗号,在内" in records(office)


def test_an_old_xls(office: Any, tmp_path: Path, tool: Callable[[str], str]) -> None:
    import subprocess

    file = ledger(tmp_path / "旧格式.xlsx")
    subprocess.run([tool("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xls",
                    "--outdir", str(tmp_path), str(file)], check=True, capture_output=True, timeout=120)  # fmt: skip
    plan = office.plan(tmp_path / "旧格式.xls", as_kind="rectification")
    assert (plan.added, plan.lines("error")) == (5, [])


def test_a_corrected_mapping_is_remembered(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["整改事项", "主责", "何时完"])
    book.active.append(["甲事", "安坪县", "2022-09-05"])
    book.save(file)
    mapping = {"Sheet": {"主责": "lead_unit", "何时完": "deadline"}}
    plan = accept.plan(office.session, file, as_kind="rectification", wishes=Wishes(mapping=mapping))
    assert plan.to_json()["sheets"][0]["unmapped"] == []
    accept.accept(office.session, plan)
    again = office.plan(file, as_kind="rectification")
    assert again.to_json()["sheets"][0]["mapping"] == {"整改事项": "title", "主责": "lead_unit", "何时完": "deadline"}


def test_a_workbook_without_such_headings_is_refused_with_a_sentence(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["姓名", "工资"])
    book.save(file)
    with pytest.raises(BadInput, match="没有找到「整改清单」的表头"):
        office.plan(file, as_kind="rectification")


def test_our_own_workbook_is_known_even_so(city: Any) -> None:
    assert city.plan(city.export().file, as_kind="rectification").unchanged == 9


def test_sheets_of_another_ledger_are_not_read_as_this_one(office: Any, tmp_path: Path) -> None:
    """Where a sheet speaks of the ledger that was named, those that speak of another stay out and are named; alone they may be it."""
    path = ledger(tmp_path / "综合.xlsx", two_lines=False)
    book = openpyxl.load_workbook(path)
    for title, rows in {
        "风险": [["序号", "风险隐患", "领域", "责任单位", "防范化解措施"], [1, "老旧小区线路老化", None, "青石县", "逐户排查。"]],
        "十月": [["序号", "问题", "责任单位", "完成时限"], [1, "证明材料过多", "安坪县", "2022.12.1"]],
    }.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    made = accept.plan(office.session, path, as_kind="risk")
    assert made.added == 1
    whys = {s["sheet"]: [row["why"] for row in s["skipped_rows"]] for s in made.sheets if not s["header_rows"]}
    assert whys["整改台账"] == ["看上去是「整改清单」的表"]
    accept.accept(office.session, made)
    second = accept.plan(office.session, path, as_kind="rectification")
    assert second.added == 6 and second.earlier_import is None  # it was read as another ledger, not as this one
    accept.accept(office.session, second)
    assert accept.plan(office.session, path, as_kind="rectification").earlier_import is not None
