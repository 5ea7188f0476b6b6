"""Rows of one file that are right one by one and wrong together: the earlier one stands, the later one is told with its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.domain import meetings, monthly_review
from db.errors import BadInput
from db.model.query import Query
from db.session import Session
from desktop.exchange.apply import accept, import_history
from desktop.exchange.plan.import_plan import ImportResult
from desktop.exchange.write.workbook import export
from tests.units_office import opened, unit


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        unit(made, "甲局")
        yield made


def table(session: Session, path: Path, kind: str, text: str) -> ImportResult:
    """Take in a list of another program."""
    path.write_text(text, "utf-8")
    return accept.accept(session, accept.plan(session, path, as_kind=kind))


def typed(session: Session, path: Path, kinds: list[str], heading: str, by: str, cells: dict[str, str]) -> ImportResult:
    """Send a workbook out, type into the column of a heading, row by row, and take it in again."""
    file = export(session, kinds, path).file
    book = openpyxl.load_workbook(file)
    for name, text in cells.items():
        _type_over(book, by, name, heading, text)
    book.save(file)
    book.close()
    return accept.accept(session, accept.plan(session, file))


def told(result: ImportResult) -> list[str]:
    return [line["message"] for line in result.errors]


def test_two_new_rows_with_one_name(session: Session, tmp_path: Path) -> None:
    text = "指挥部名称,牵头单位\n高铁指挥部,甲局\n高铁指挥部,\n水库指挥部,甲局\n"
    result = table(session, tmp_path / "a.csv", "headquarters", text)
    assert result.added == 2
    assert told(result) == ["工作表「a」第 3 行「指挥部名称」高铁指挥部 与这个文件里前面的一行重复，请改其中一行。"]


def test_two_meetings_with_one_number(session: Session, tmp_path: Path) -> None:
    session.add("meeting_series", {"name": "周例会", "kind_of_meeting": "regular"})
    rows = ("甲会,周例会,3,周例会", "乙会,周例会,3,周例会", "丙会,周例会,4,周例会", "丁会,,3,专题会", "戊会,,3,专题会")
    text = "\n".join(["会议名称,会议系列,第几次,会议类别", *rows, ""])
    result = table(session, tmp_path / "b.csv", "meeting", text)
    assert result.added == 4
    assert told(result) == ["工作表「b」第 3 行这个系列已有同一次数的会议，请改次数。"]


def test_headquarters_put_under_one_another(session: Session, tmp_path: Path) -> None:
    for name in ("甲指", "乙指", "丙指"):
        session.add("headquarters", {"name": name})
    cells = {"甲指": "乙指", "乙指": "丙指", "丙指": "甲指"}
    result = typed(session, tmp_path / "c.xlsx", ["headquarters"], "上级指挥部", "指挥部名称", cells)
    assert (result.updated, len(result.errors)) == (2, 1)
    assert "上级指挥部绕成了圈" in told(result)[0]
    above = {session.title_of(r): r.values["superior"] for r in session.find(Query(kind="headquarters"))}
    assert sum(each is None for each in above.values()) == 1


def test_two_who_become_chair(session: Session, tmp_path: Path) -> None:
    sat = [session.add("meeting", {"title": name, "kind_of_meeting": "special"}) for name in ("一会", "二会")]
    for meeting in sat:
        for person in ("滕甲", "滕乙"):
            session.add("attendance", {"name": person, "role": "member"}, parent=meeting)
    chairs = {"滕甲": "主持", "滕乙": "主持"}
    result = typed(session, tmp_path / "d.xlsx", ["meeting", "attendance"], "参会身份", "姓名", chairs)
    assert (result.updated, len(result.errors)) == (2, 2)
    assert "只能有一位主持人" in told(result)[0]
    for meeting in sat:
        assert sorted(seat.role for seat in meetings.attendance(session, meeting)) == ["主持", "出席"]


def test_as_many_as_may_be_with_those_that_stand(session: Session, tmp_path: Path) -> None:
    group = session.add("leading_group", {"name": "领导小组"})
    session.add("leading_group_member", {"name": "组长甲", "role": "head"}, parent=group)
    other = next(o.name for o in session.kinds.get("leading_group_member").field("role").options if o.name != "head")
    for person in ("乙", "丙"):
        session.add("leading_group_member", {"name": person, "role": other}, parent=group)
    head = next(o.label for o in session.kinds.get("leading_group_member").field("role").options if o.name == "head")
    labels = {f.name: f.label for f in session.kinds.get("leading_group_member").fields}
    kinds = ["leading_group", "leading_group_member"]
    result = typed(session, tmp_path / "e.xlsx", kinds, labels["role"], labels["name"], {"乙": head, "丙": head})
    assert (result.updated, len(result.errors)) == (1, 1)


@pytest.mark.parametrize(("second", "errors"), [("2022-03-01", 0), ("2022-01-15", 1)])
def test_spans_that_overlap(session: Session, tmp_path: Path, second: str, errors: int) -> None:
    from desktop.exchange.plan.batch_constraints import BatchConstraints

    kind = session.kinds.get("post_history")
    person = session.add("cadre", {"name": "赵燚", "unit": session.names.unit_by_name("甲局")})
    rows: list[Any] = [
        session.must_get("post_history", session.add("post_history", {"post": name, "appointed_on": day}, parent=person))
        for name, day in (("科长", dt.date(2010, 1, 1)),)
    ]
    held = BatchConstraints(session, kind)
    first = {"appointed_on": dt.date(2022, 1, 1), "removed_on": dt.date(2022, 3, 1), "nature": None}
    held.take("one", rows[0].parent, first)
    later = {"appointed_on": dt.date.fromisoformat(second), "removed_on": None, "nature": None}
    assert len(held.problems("two", rows[0].parent, later, later)) == errors
    assert held.problems("one", rows[0].parent, later, later) == [], "a row is not held against itself"


def test_a_row_that_is_let_go_holds_nobody_up(session: Session, tmp_path: Path) -> None:
    """The first of two rows with one name is wrong in another way and is not taken in: the second one is."""
    text = "指挥部名称,牵头单位,成立时间,撤销时间\n高铁指挥部,甲局,2022-05-01,2022-01-01\n高铁指挥部,,2022-05-01,\n"
    result = table(session, tmp_path / "f.csv", "headquarters", text)
    assert result.added == 1
    assert told(result) == ["工作表「f」第 2 行撤销时间不能早于成立时间，请核对。"]


def test_a_third_value_is_held_against_the_rules_like_any_other(session: Session, tmp_path: Path) -> None:
    for name in ("乙局", "丙局"):
        unit(session, name)
    session.set("unit", unit(session, "旧局"), {"abolished_on": dt.date(2022, 8, 1)})
    values = {"title": "事项", "lead_unit": session.names.unit_by_name("甲局"), "assigned_on": dt.date(2022, 9, 1)}
    uid = session.add("rectification", {**values, "deadline": dt.date(2022, 9, 20)})
    session.take_step("rectification", uid, "assign")
    labels = {f.name: f.label for f in session.kinds.get("rectification").all_fields}
    file = export(session, ["rectification"], tmp_path / "g.xlsx").file
    session.set("rectification", uid, {"deadline": dt.date(2022, 9, 25), "lead_unit": session.names.unit_by_name("乙局")})
    book = openpyxl.load_workbook(file)
    for heading, cell in ((labels["deadline"], "2022-09-22"), (labels["lead_unit"], "丙局")):
        _type_over(book, labels["title"], "事项", heading, cell)
    book.save(file)
    book.close()
    waits = {w.field: w.conflict_id for w in accept.accept(session, accept.plan(session, file)).conflicts}
    before = dict(session.must_get("rectification", uid).values)
    for field, value, why in (
        ("deadline", "2022-08-01", "整改时限不能早于交办时间"),
        ("deadline", "", "不能清空"),
        ("lead_unit", "旧局", "已撤销"),
    ):
        with pytest.raises(BadInput, match=f"「事项」的冲突：.*{why}"):
            accept.decide(session, waits[field], value)
    assert dict(session.must_get("rectification", uid).values) == before
    accept.decide(session, waits["deadline"], "2022-09-28")
    assert session.must_get("rectification", uid).values["deadline"] == dt.date(2022, 9, 28)


def _type_over(book: openpyxl.Workbook, by: str, name: str, heading: str, text: str) -> None:
    for sheet in book:
        places = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value in (heading, by)}
        for row in range(places[by].row + 1, sheet.max_row + 1) if len(places) == 2 else ():
            if sheet.cell(row, places[by].column).value == name:
                sheet.cell(row, places[heading].column).value = text


def test_a_sealed_month_is_not_changed_by_a_workbook(session: Session, tmp_path: Path) -> None:
    review = session.add("monthly_review", {"month": "2022-08", "title": "八月讲评"})
    line = session.add("review_score", {"unit": session.names.unit_by_name("甲局"), "score": 50}, parent=review)
    labels = {f.name: f.label for f in session.kinds.get("review_score").fields}
    title = session.kinds.get("monthly_review").field("title").label
    file = export(session, ["monthly_review", "review_score"], tmp_path / "h.xlsx").file
    monthly_review.seal(session, review)
    book = openpyxl.load_workbook(file)
    _type_over(book, labels["unit"], "甲局", labels["score"], "77")
    _type_over(book, title, "八月讲评", session.kinds.get("monthly_review").field("summary").label, "很好")
    book.save(file)
    book.close()
    result = accept.accept(session, accept.plan(session, file))
    assert {each["field"] for each in result.refused} == {"score", "summary"}
    assert all("「八月讲评」已经封存，不能再改动" in each["message"] for each in result.refused)
    assert session.must_get("review_score", line).values["score"] == 50
    assert session.must_get("monthly_review", review).values["summary"] is None


def test_what_was_sealed_since_stands_whatever_becomes_of_an_import(session: Session, tmp_path: Path) -> None:
    """Sealed after it was taken in: undoing the import keeps it, and a conflict of it is not decided for the other side any more."""
    review = session.add("monthly_review", {"month": "2022-08", "title": "八月讲评"})
    line = session.add("review_score", {"unit": session.names.unit_by_name("甲局"), "score": 50, "comment": "一般"}, parent=review)
    labels = {f.name: f.label for f in session.kinds.get("review_score").fields}
    file = export(session, ["monthly_review", "review_score"], tmp_path / "i.xlsx").file
    book = openpyxl.load_workbook(file)
    _type_over(book, labels["unit"], "甲局", labels["score"], "77")
    _type_over(book, labels["unit"], "甲局", labels["comment"], "很好")
    book.save(file)
    book.close()
    session.set("review_score", line, {"comment": "较好"})
    result = accept.accept(session, accept.plan(session, file))
    (waits,) = result.conflicts
    monthly_review.seal(session, review)
    kept = {"score": 77, "comment": "较好"}
    with pytest.raises(BadInput, match="已经封存"):
        accept.decide(session, waits.conflict_id, "theirs")
    for again in (import_history.undo_import, import_history.redo_import):
        again(session, result.import_id)
        assert {name: session.must_get("review_score", line).values[name] for name in kept} == kept
    accept.decide(session, waits.conflict_id, "mine")
    assert {name: session.must_get("review_score", line).values[name] for name in kept} == kept
