"""History comes in with a table: done since a day, assigned on a day, reported day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.metrics import metrics
from db.model.steps import not_undone
from desktop.exchange.apply import accept
from desktop.exchange.foreign.dated_progress import dated_reports
from tests.samples import as_person

HEAD = ["整改事项", "责任单位", "交办时间", "整改时限", "是否办结", "销号时间", "进展情况"]
ROWS = [
    ["甲事", "安坪县", "2022.9.1", "2022.9.30", "是", "2022.9.20", "9月5日：召开会议。9月12日：整改到位。"],
    ["乙事", "安坪县", "2022.9.1", "2022.9.30", "已办结", "2022.10.8", None],
    ["丙事", "临湖区", "2022.9.2", "2022.12.31", "否", None, "正在推进"],
    ["丁事", "青石县", None, "2022.9.15", "√", "2022.9.10", None],
    ["戊事", "青石县", None, "2022.9.15", "√", "2022.9.18", None],
]


def table(path: Path, rows: list[list[Any]], title: str | None = None) -> Path:
    book = openpyxl.Workbook()
    for row in ([title],) if title else ():
        book.active.append(row)
    for row in (HEAD, *rows):
        book.active.append(row)
    book.save(path)
    return path


def records(office: Any) -> dict[str, Any]:
    return {r.values["title"]: r for r in office.session.office.each("rectification", "deleted = 0")}


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    return new_office()


def count(office: Any, name: str, as_of: str, unit: str | None = None) -> Any:
    asked = metrics.count(
        office.session, [name], period="2022-09", unit=office.units[unit] if unit else None, as_of=dt.date.fromisoformat(as_of),
        kinds=["rectification"],
    )  # fmt: skip
    return asked[name]


def test_what_is_done_since_a_day_is_closed_out_on_that_day(office: Any, tmp_path: Path) -> None:
    result = office.take(table(tmp_path / "a.xlsx", ROWS), as_kind="rectification")
    assert (result.added, result.errors, result.refused) == (5, [], [])
    found = records(office)
    assert [found[t].state for t in ("甲事", "乙事", "丙事", "丁事")] == ["closed_out", "closed_out", "assigned", "closed_out"]
    first = found["甲事"]
    assert [(s.action, s.on) for s in not_undone(first.values["steps"])] == [
        ("assign", "2022-09-01"), ("report", "2022-09-05"), ("report", "2022-09-12"), ("request-close-out", "2022-09-20"),
        ("close-out", "2022-09-20"),
    ]  # fmt: skip
    assert first.values["closed_out_on"] == dt.date(2022, 9, 20) and first.values["progress"] == ROWS[0][-1]
    assert [(c.values["reported_on"].isoformat(), c.values["content"]) for c in office.session.children(first.uid, "progress")] == [
        ("2022-09-05", "召开会议。"), ("2022-09-12", "整改到位。"),
    ]  # fmt: skip
    assert {s.by for s in first.values["steps"]} == {""} and first.values["closed_out_by"] is None
    # without a day of assignment: by its deadline or closing, whichever came first
    assert [found[t].values["steps"][0].on for t in ("丁事", "戊事")] == ["2022-09-10", "2022-09-15"]
    assert office.session.verify() == []


def test_figures_as_of_days_are_those_of_the_days(office: Any, tmp_path: Path) -> None:
    office.take(table(tmp_path / "a.xlsx", ROWS), as_kind="rectification")
    rates = {day: count(office, "completion_rate", day) for day in ("2022-09-19", "2022-09-30", "2022-10-31")}
    told = {day: (number.numerator, number.denominator) for day, number in rates.items()}
    assert told == {"2022-09-19": (2, 2), "2022-09-30": (3, 4), "2022-10-31": (4, 4)}


def test_the_same_file_again_adds_no_second_step(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ROWS)
    office.take(file, as_kind="rectification")
    before = {title: r.values["steps"] for title, r in records(office).items()}
    again = office.take(file, as_kind="rectification")
    assert (again.added, again.updated, again.conflicts, again.errors) == (0, 0, [], [])
    assert {title: r.values["steps"] for title, r in records(office).items()} == before


def test_next_months_table_takes_an_item_on(office: Any, tmp_path: Path) -> None:
    office.take(table(tmp_path / "a.xlsx", ROWS), as_kind="rectification")
    later = [*ROWS[:2], [*ROWS[2][:4], "是", "2022.11.2", "10月9日：过半。"], *ROWS[3:]]
    plan = office.plan(table(tmp_path / "b.xlsx", later), as_kind="rectification")
    (row,) = [row for row in plan.rows if row.past]
    assert [cell.text_theirs for cell in row.of("changed") if cell.field == "state"] == ["已销号（2022-11-02）"]
    result = accept.accept(office.session, plan)
    third = records(office)["丙事"]
    assert [(s.action, s.on) for s in not_undone(third.values["steps"])] == [
        ("assign", "2022-09-02"), ("report", "2022-10-09"), ("request-close-out", "2022-11-02"), ("close-out", "2022-11-02"),
    ]  # fmt: skip
    assert third.state == "closed_out" and office.session.verify() == []
    accept.undo_import(office.session, result.import_id)
    assert records(office)["丙事"].state == "assigned" and office.session.verify() == []


@pytest.mark.parametrize(("row", "cell", "sentence"), [
    (["甲", "安坪县", "2022.9.10", "2022.9.30", "是", "2022.9.1", None], "F2", "早于交办的日期"),
    (["甲", "安坪县", "2022.9.10", "2022.9.30", "是", "2099.1.1", None], "F2", "还没有到"),
    (["甲", "安坪县", "2099.1.1", "2099.9.30", "否", None, None], "C2", "还没有到"),
    (["甲", "安坪县", "2022.9.1", "2022.9.30", "否", "2022.9.9", None], "E2", "没有办结，又有办结的日期"),
    (["甲", "安坪县", "2022.9.1", "2022.9.30", "是", None, None], "E2", "没有办结的日期"),
    (["甲", "安坪县", "2022.9.1", "2022.9.30", "是", "不详", None], "F2", "看不出"),
])  # fmt: skip
def test_days_that_cannot_be_are_refused_with_their_cell(
    office: Any, tmp_path: Path, row: list[Any], cell: str, sentence: str
) -> None:
    result = office.take(table(tmp_path / "a.xlsx", [row, ROWS[0]]), as_kind="rectification")
    told = [(e["cell"], sentence in e["message"]) for e in result.errors]
    assert (cell, True) in told
    assert all(r.state != "closed_out" for r in records(office).values() if r.values["title"] == "甲")
    assert records(office)["甲事"].state == "closed_out"


def test_a_table_that_says_until_when_it_is_true_gives_the_day(office: Any, tmp_path: Path) -> None:
    office.take(table(tmp_path / "a.xlsx", [[*ROWS[1][:5], None, None]], "整改台账（截至2022年10月31日）"), as_kind="rectification")
    assert records(office)["乙事"].values["closed_out_on"] == dt.date(2022, 10, 31)


def test_what_is_closed_here_stays_and_a_clerk_closes_nothing(office: Any, tmp_path: Path) -> None:
    office.take(table(tmp_path / "a.xlsx", ROWS), as_kind="rectification")
    other = [[*ROWS[0][:5], "2022.9.25", None]]
    result = office.take(table(tmp_path / "b.xlsx", other), as_kind="rectification")
    assert [e["cell"] for e in result.errors] == ["F2"] and "已于 2022-09-20 销号" in result.errors[0]["message"]


def test_many_that_were_drafts_are_closed_taken_back_and_brought_again(office: Any, tmp_path: Path) -> None:
    """By a clerk they come in as drafts; an administrator's import of the same table closes them."""
    file = table(tmp_path / "a.xlsx", ROWS)
    with as_person(office.session, "clerk", "clerk"):
        told = office.take(file, as_kind="rectification")
    assert {line["cell"] for line in told.refused} == {"E2", "E3", "E5", "E6"}
    result = office.take(file, as_kind="rectification")
    assert (result.added, result.updated) == (0, 4) and records(office)["乙事"].state == "closed_out"
    accept.undo_import(office.session, result.import_id)
    assert records(office)["乙事"].state == "drafted" and office.session.verify() == []
    accept.redo_import(office.session, result.import_id)
    assert records(office)["乙事"].state == "closed_out" and office.session.verify() == []


def test_what_lies_in_the_recycle_bin_takes_no_step(office: Any, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", ROWS)
    accept.undo_import(office.session, office.take(file, as_kind="rectification").import_id)
    plan = office.plan(file, as_kind="rectification")
    assert [row.past for row in plan.rows if row.past] == [] and not any("记为已办结" in remark for remark in plan.remarks)


def test_without_unit_or_deadline_it_stays_a_draft_and_says_so(office: Any, tmp_path: Path) -> None:
    result = office.take(table(tmp_path / "a.xlsx", [["甲", None, "2022.9.1", "2022.9.30", "是", "2022.9.9", None]]), as_kind="rectification")
    assert records(office)["甲"].state == "drafted"
    assert [(r["cell"], "「责任单位」" in r["message"]) for r in result.refused] == [("E2", True)]


@pytest.mark.parametrize(("text", "found"), [
    ("4月15日：完成方案。6月20日：完成招标。", [("2022-04-15", "完成方案。"), ("2022-06-20", "完成招标。")]),
    ("1.2022.4.15 立项；2.2022.5.1 开工", [("2022-04-15", "立项；"), ("2022-05-01", "开工")]),
    ("正在推进，4月15日完成方案。", []), ("9月30日前完成整改", []), ("13月1日：不可能", []), ("6月1日：一。5月1日：二。", []),
])  # fmt: skip
def test_progress_that_is_written_day_by_day(text: str, found: list[tuple[str, str]]) -> None:
    told = dated_reports(text, 2022, dt.date(2026, 1, 1))
    assert [(day.isoformat(), said) for day, said in told] == found
