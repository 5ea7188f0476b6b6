"""Every filled cell of a foreign file is accounted for, and the counts add up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from desktop.exchange.plan import cell_accounting
from tests.ledgers import measure, shapes


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


def test_hidden_sheets_comments_struck_text_and_columns_without_a_field(office: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["整改台账"], ["序号", "整改事项", "责任单位", "天气", "整改时限"], [1, "甲", "安坪县", "晴", "/"], [2, "乙", "青石县", "雨", None], [2, "乙", "青石县", "雨", None]):
        sheet.append(row)
    sheet["G9"] = "随手写的"
    sheet["B3"].comment = Comment("看看这个", "某人")
    sheet["B4"].font = Font(strike=True)
    hidden = book.create_sheet("底稿")
    hidden.append(["这里", "不显示"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    plan = office.plan(tmp_path / "a.xlsx", as_kind="rectification")
    told = cell_accounting.cell_report(plan)
    why = {line["cell"]: line["why"] for line in told["ignored"] if line["sheet"] == sheet.title}
    assert "没有对应的栏" in why["D3:D5"] and "编行号" in why["A3:A5"] and "当空白" in why["E3"]
    assert "批注" in why["B3"] and "删除线" in why["B4"] and "完全相同" in why["B5:C5"] and why["G9"]
    assert [(line["cell"], "隐藏" in line["why"]) for line in told["ignored"] if line["sheet"] == "底稿"] == [("A1", True)]
    assert told["cells"]["total"] == 22 and told["cells"]["taken"] == 4 and told["cells"]["unchanged"] == 0


@pytest.mark.parametrize("name", ["历史", "投资（万元）写在分组表头"])
def test_the_second_time_what_was_taken_is_unchanged(office: Any, tmp_path: Path, name: str) -> None:
    ledger = next(each for each in shapes.read(shapes.TUNED) if each.name.startswith(name))
    path = ledger.write(tmp_path / "a.xlsx")
    first = office.take(path, as_kind=ledger.kind).cell_report["cells"]
    second = office.take(path, as_kind=ledger.kind).cell_report["cells"]
    assert first["unchanged"] == 0 and second["taken"] == 0
    assert second["unchanged"] == first["taken"] and second["ignored"] == first["ignored"]
    assert sum(second.values()) == 2 * second["total"]


def test_rows_without_a_title_and_what_is_told_at_blank_cells(office: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([None], ["整改事项", "责任单位"], ["甲", None], [None, "安坪县"], ["=1/0", "安坪县"], ["合计", 3]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    plan = office.plan(tmp_path / "a.xlsx", as_kind="rectification")
    assert [e["cell"] for e in plan.to_json()["errors"]] == ["A4", "A5", "A5"] and plan.added == 1
    told = cell_accounting.cell_report(plan)["cells"]
    assert told == {"total": 7, "taken": 1, "refused": 2, "conflicts": 0, "warned": 0, "ignored": 4, "unchanged": 0}
