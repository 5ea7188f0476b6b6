"""Units, leaders and choices that nobody knows: each once, to be made or likened in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.errors import BadInput
from desktop.exchange.foreign.unknown_names import NEW, resolve_names
from desktop.exchange.plan import cell_accounting
from tests.ledgers import measure

ROWS = [
    ["整改事项", "责任单位", "配合单位", "牵头领导", "问题类别", "整改时限"],
    ["甲", "安坪县住建局", "市住建局、市城管局", "赵明远", "作风漂浮", "2022.9.1"], ["乙", "安坪县住建局", None, "陈立", "能力不足", "2022.9.2"],
    ["丙", "安坪县", None, "赵明远", "作风漂浮", "2022.9.3"],
]  # fmt: skip


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_each_name_is_told_once_with_its_cells(office: Any, file: Path) -> None:
    plan = office.plan(file, as_kind="rectification")
    told = {(line["field"], tuple(line["cells"])) for line in plan.to_json()["errors"]}
    assert told == {
        ("lead_unit", ("B2", "B3")), ("cooperating_units", ("C2",)), ("lead_leader", ("D2", "D4")), ("category", ("E2", "E4")),
    }  # fmt: skip
    assert {each.text: each.can_make for each in plan.unknown} == {"安坪县住建局": True, "市城管局": True, "赵明远": True, "作风漂浮": False}
    counts = cell_accounting.cell_report(plan)["cells"]
    assert counts["refused"] == 7 and counts["unchanged"] == 0


def test_made_and_likened_in_one_step_and_known_from_then_on(office: Any, file: Path) -> None:
    session = office.session
    plan, kind = office.plan(file, as_kind="rectification"), session.kinds.get("rectification")
    unit = session.names.unit_by_name("安坪县")
    answers = {"安坪县住建局": unit, "市城管局": NEW, "赵明远": NEW, "作风漂浮": "作风不实"}
    resolve_names(session, kind, [(each, answers[each.text]) for each in plan.unknown])
    again = office.plan(file, as_kind="rectification")
    assert again.unknown == [] and again.lines("error") == []
    first = again.rows[0].theirs.values
    assert first["lead_unit"] == unit and first["category"] == "作风不实"
    assert session.names.title("leader", first["lead_leader"]) == "赵明远"
    assert [session.unit_name(uid) for uid in first["cooperating_units"]] == ["市住房和城乡建设局", "市城管局"]
    assert session.get("unit", unit).values["aliases"] == "安坪县住建局" and session.verify() == []


def test_an_item_that_came_before_its_unit_was_known_is_not_doubled(office: Any, file: Path) -> None:
    session = office.session
    plan = office.plan(file, as_kind="rectification")
    assert office.take(file, as_kind="rectification").added == 3
    resolve_names(session, session.kinds.get("rectification"), [(each, NEW) for each in plan.unknown if each.can_make])
    result = office.take(file, as_kind="rectification")
    assert (result.added, result.updated, result.conflicts) == (0, 3, [])


def test_what_cannot_be_made_changes_nothing(office: Any, file: Path) -> None:
    plan, before = office.plan(file, as_kind="rectification"), office.state("unit", "leader")
    with pytest.raises(BadInput, match="不能在这里新建"):
        resolve_names(office.session, office.session.kinds.get("rectification"), [(each, NEW) for each in plan.unknown])
    assert office.state("unit", "leader") == before


def test_the_command_line_makes_and_likens_in_one_step(office: Any, file: Path, capsys: Any) -> None:
    import json

    from desktop.commands.declared import parser
    from desktop.commands.exchange import import_workbook

    def run(*more: str) -> tuple[int, Any]:
        options = parser().parse_args(["--json", "import", str(file), "--as", "rectification", *more])
        code = import_workbook(office.session, options)
        return code, json.loads(capsys.readouterr().out)

    _, answer = run("--preview")
    assert {each["text"]: each["can_make"] for each in answer["unknown"]} == {"安坪县住建局": True, "市城管局": True, "赵明远": True, "作风漂浮": False}
    before = office.state("unit", "leader", "rectification")
    for wrong in (["--make", "没这个"], ["--means", "作风漂浮=没这项"], ["--means", "作风漂浮"], ["--make", "作风漂浮"], ["--make", "赵明远", "--preview"]):
        with pytest.raises(BadInput):
            run(*wrong)
    assert office.state("unit", "leader", "rectification") == before
    code, answer = run("--means", "安坪县住建局=安坪县", "--make", "市城管局", "--make", "赵明远", "--means", "作风漂浮=作风不实")
    assert (code, answer["added"], answer["errors"], answer["unknown"]) == (0, 3, [], [])
    rows = [record.values for record in office.session.office.each("rectification")]
    assert {row["category"] for row in rows} == {"作风不实", "能力不足"} and len({row["lead_unit"] for row in rows}) == 1
    assert office.session.verify() == []
