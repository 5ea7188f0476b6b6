"""整表同一值: what a table does not say is said once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.errors import BadInput
from desktop import cli
from desktop.exchange.apply import accept
from desktop.exchange.foreign.sheet_mapping import Wishes

PASSWORD = "zhengxian-demo"


def table(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    return new_office()


def plan(office: Any, file: Path, kind: str, **constants: str) -> accept.Plan:
    return accept.plan(office.session, file, as_kind=kind, wishes=Wishes(constants=constants))


def test_required_fields_and_blanks_are_filled_and_what_stands_there_stays(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ["目标名称", "目标值", "责任单位"], ["新增就业", 3, "安坪县"], ["粮食产量", 86, None])
    assert plan(office, file, "yearly_goal").added == 0  # without the year they are none
    made = plan(office, file, "yearly_goal", year="2022", 牵头单位="临湖区")
    assert (made.added, made.lines("error")) == (2, [])
    accept.accept(office.session, made)
    found = {r.values["title"]: r.values for r in office.session.office.each("yearly_goal", "deleted = 0")}
    assert {name: (v["year"], v["lead_unit"]) for name, v in found.items()} == {
        "新增就业": (2022, office.units["安坪县人民政府"]), "粮食产量": (2022, office.units["临湖区人民政府"]),
    }  # fmt: skip
    assert any("整表同一值：年度“2022”，牵头单位“临湖区”" in remark for remark in made.remarks)
    again = plan(office, file, "yearly_goal", year="2022", 牵头单位="临湖区")
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


def test_a_day_of_closing_for_all_that_is_done(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ["整改事项", "责任单位", "整改时限", "是否办结"], ["甲", "安坪县", "2022.9.30", "是"], ["乙", "安坪县", "2022.9.30", "否"])
    accept.accept(office.session, plan(office, file, "rectification", closed_out_on="2022-09-20"))
    found = {r.values["title"]: (r.state, str(r.values["closed_out_on"])) for r in office.session.office.each("rectification", "deleted = 0")}
    assert found == {"甲": ("closed_out", "2022-09-20"), "乙": ("assigned", "None")}


@pytest.mark.parametrize(("name", "text", "sentence"), [
    ("title", "甲", "没有可以填整表同一值的栏"), ("没有这一栏", "甲", "没有可以填整表同一值的栏"), ("deadline", "不是日期", "不是日期"),
    ("lead_unit", "没有这个局", "没有这个单位"), ("state", "说不清", "请填“是”或“否”"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_planned(office: Any, tmp_path: Path, name: str, text: str, sentence: str) -> None:
    file = table(tmp_path / "a.xlsx", ["整改事项", "责任单位"], ["甲", "安坪县"])
    with pytest.raises(BadInput, match=sentence):
        plan(office, file, "rectification", **{name: text})


def test_by_the_command_line(office: Any, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)
    data, file = office.folder / "data", table(tmp_path / "a.xlsx", ["目标名称", "目标值"], ["新增就业", 3])
    office.session.close()
    call = ["--data", str(data), "--user", "admin", "--json", "import", str(file), "--as", "yearly_goal", "--preview"]
    assert cli.main([*call, "--constant", "year=2022"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 1
    assert cli.main([*call, "--constant", "year"]) == 2 and "栏=值" in capsys.readouterr().err
    assert cli.main([*call[:7], "--constant", "year=2022"]) == 2 and "--as" in capsys.readouterr().err
