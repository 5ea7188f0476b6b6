"""The workbook of a unit that took over another: what it now has to answer for is in it, and its answers are taken in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from db.errors import NotPermitted
from db.metrics import metrics
from db.model.ids import new_uid
from desktop.exchange.apply import accept
from tests.unit.exchange.conftest import KIND

OLD, OTHER, THIRD = "安坪县人民政府", "临湖区人民政府", "青石县人民政府"
CHANGE = dt.date(2024, 7, 1)
PROGRESS = "进展情况"


def uid_of(office: Any, start: str) -> str:
    return next(r.uid for r in office.session.office.each(KIND) if r.values["title"].startswith(start))


def full(start: str) -> str:
    return f"{start} 窗口排队时间长"


@pytest.fixture
def merged(city: Any) -> Any:
    """Two of the city's three units made one; of the first one's items one is closed out, one cancelled."""
    session = city.session
    # 第1、4、7项 are of the first, 第2、5、8项 of the second
    for start in ("第1项", "第2项", "第4项", "第7项"):
        session.take_step(KIND, uid_of(city, start), "assign")
    session.take_step(KIND, uid_of(city, "第4项"), "cancel", "重复")
    with session.office.atomic("admin", "import", "已办", import_id=new_uid()) as tx:
        tx.update(session.must_get(KIND, uid_of(city, "第7项")), {"state": "closed_out"}, action="merge")
    new = session.add("unit", {"name": "云东新区", "category": "county", "established_on": CHANGE})
    for name in (OLD, OTHER):
        session.set("unit", city.units[name], {"abolished_on": CHANGE, "successor": new})
    city.units["云东新区"] = new
    return city


def titles_in(book: Any) -> set[str]:
    at = book.column("整改事项")
    cells = (book.sheet.cell(row, at).value for row in range(book.head + 1, book.sheet.max_row + 1))
    return {str(value)[:3] for value in cells if str(value).startswith("第")}


def test_the_heir_s_workbook_holds_what_is_open_of_those_it_took_over(merged: Any, hand: Any) -> None:
    merged.add("新交办的一项", lead_unit=merged.units["云东新区"])
    exported = merged.export(unit="云东新区")
    assert titles_in(hand(exported.file)) == {"第1项", "第2项", "第5项", "第8项"}
    assert exported.rows == 5
    # as in the list of the unit
    assert titles_in(hand(merged.export("third.xlsx", unit=THIRD).file)) == {"第3项", "第6项", "第9项"}
    # what was done stays with whom it was, who can still be asked for it
    assert {"第4项", "第7项"} <= titles_in(hand(merged.export("old.xlsx", unit=OLD).file))


def test_the_heir_s_answers_come_back(merged: Any, hand: Any) -> None:
    book = hand(merged.export(unit="云东新区").file)
    book.write(book.row(full("第1项")), PROGRESS, "新区已接手").write(book.row(full("第5项")), PROGRESS, "正在办")
    result = merged.take(book.save())
    assert (result.updated, result.refused, result.errors, result.conflicts) == (2, [], [], [])
    assert merged.value(uid_of(merged, "第1项"), "progress") == "新区已接手"
    assert merged.value(uid_of(merged, "第1项"), "lead_unit") == merged.units[OLD]
    assert merged.session.verify() == []


def test_the_heir_s_office_writes_into_them_and_its_workbook_is_taken(merged: Any, new_office: Any) -> None:
    county = new_office("云东新区作风办", "county", units=False)
    county.take(merged.export("to the office.xlsx", unit="云东新区").file)
    county.is_unit("云东新区")
    uid = uid_of(merged, "第1项")
    county.session.set(KIND, uid, {"progress": "本办已接手"})
    county.session.take_step(KIND, uid, "acknowledge")
    with pytest.raises(NotPermitted, match="只能由交办单位改动"):
        county.session.set(KIND, uid, {"deadline": dt.date(2031, 1, 1)})
    result = merged.take(county.export("back.xlsx").file)
    assert (result.refused, result.conflicts) == ([], [])
    assert merged.value(uid, "progress") == "本办已接手"
    assert merged.session.must_get(KIND, uid).state == "acknowledged"


def test_a_workbook_given_out_before_the_change_is_still_taken(city: Any, hand: Any) -> None:
    book = hand(city.export(unit=OLD).file)
    new = city.session.add("unit", {"name": "安坪区人民政府", "category": "county", "established_on": CHANGE})
    city.session.set("unit", city.units[OLD], {"abolished_on": CHANGE, "successor": new})
    book.write(book.row(full("第1项")), PROGRESS, "更名前填的")
    result = city.take(book.save())
    assert (result.updated, result.refused) == (1, [])


def test_a_part_has_what_it_was_handed_and_no_more(city: Any, hand: Any) -> None:
    part = city.session.add("unit", {"name": "开发区", "category": "park", "established_on": CHANGE})
    city.session.set("unit", city.units[OLD], {"split_into": (part,)})
    city.session.set(KIND, uid_of(city, "第1项"), {"lead_unit": part})
    book = hand(city.export(unit="开发区").file)
    assert titles_in(book) == {"第1项"}
    book.write(book.row(full("第1项")), PROGRESS, "开发区接手")
    assert city.take(book.save()).refused == []
    assert titles_in(hand(city.export("rest.xlsx", unit=OLD).file)) == {"第4项", "第7项"}


def test_another_unit_s_rows_are_still_refused(merged: Any, hand: Any) -> None:
    """One that took nothing over answers for nobody else, whatever its workbook was made to say."""
    book = hand(merged.export(unit="云东新区").file)
    merged.session.set("unit", merged.units[OLD], {"successor": merged.units[THIRD]})
    book.write(book.row(full("第1项")), PROGRESS, "不再归新区").write(book.row(full("第2项")), PROGRESS, "仍归新区")
    result = merged.take(book.save())
    assert result.updated == 1
    assert [refused["uid"] for refused in result.refused] == [uid_of(merged, "第1项")]
    assert merged.value(uid_of(merged, "第1项"), "progress") is None


def test_an_item_typed_over_to_a_part_in_the_office_s_own_workbook_leaves_the_past_alone(city: Any, hand: Any) -> None:
    session, uid = city.session, uid_of(city, "第1项")
    with session.atomic("import", "已交办"):
        session.transaction("office").update(
            session.must_get(KIND, uid), {"state": "assigned", "assigned_on": dt.date(2024, 3, 1)}
        )
    part = session.add("unit", {"name": "开发区", "category": "park", "established_on": CHANGE})
    session.set("unit", city.units[OLD], {"abolished_on": CHANGE, "split_into": (part,)})

    def assigned() -> dict[str, Any]:
        lines = metrics.table(session, ["assigned"], "unit", period="2024-03")
        return {line.label: line.numbers["assigned"].value for line in lines if line.numbers["assigned"].value}

    assert assigned() == {OLD: 1}
    book = hand(city.export().file)
    book.write(book.row(full("第1项")), "责任单位", "开发区")
    result = city.take(book.save())
    assert (result.updated, result.refused, result.errors) == (1, [], [])
    assert city.value(uid, "lead_unit") == part
    assert assigned() == {OLD: 1}
    assert city.value(uid, "held_by") == (city.units[OLD], part)
    state = city.state()
    city.take(city.folder / "filled.xlsx")
    assert city.state() == state
    accept.undo_import(session, result.import_id)
    assert (city.value(uid, "lead_unit"), city.value(uid, "held_by")) == (city.units[OLD], None)
