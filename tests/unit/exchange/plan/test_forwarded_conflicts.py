"""What an office may not decide: it waits for the office whose it is, goes there with the next workbook, and asks nobody here."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import openpyxl
import pytest

from db.domain import return_status
from db.errors import Damaged, NotPermitted
from db.model.periods import week_of
from desktop.exchange.apply import accept, conflicts
from desktop.exchange.apply.outcome import outcomes_of_plan
from desktop.exchange.format import manifest
from desktop.exchange.format.manifest import WaitingValue
from desktop.exchange.write import workbook
from desktop.exchange.write.dependencies import waiting_values
from tests.unit.exchange.conftest import KIND

A_UNIT, B_UNIT = "安坪县人民政府", "临湖区人民政府"


def uid_of(office: Any, start: str) -> str:
    return next(r.uid for r in office.session.office.each(KIND) if r.values["title"].startswith(start))


@pytest.fixture
def county(city: Any, new_office: Any) -> Any:
    """The office of 安坪县, responsible for 第1项."""
    office = new_office("安坪县作风办", "county", units=False)
    office.take(city.export("all.xlsx").file)
    return office.is_unit(A_UNIT)


@pytest.fixture
def district(city: Any, new_office: Any) -> Any:
    """The office of 临湖区, to which 第1项 is neither its own nor its unit's."""
    office = new_office("临湖区作风办", "county", units=False)
    office.take(city.export("all too.xlsx").file)
    return office.is_unit(B_UNIT)


@pytest.fixture
def typed(city: Any, county: Any, district: Any, hand: Any) -> str:
    """Two rightful measures at the same time, one of them in a workbook that the district alone was given."""
    uid = uid_of(city, "第1项")
    book = hand(city.export("for county.xlsx", unit=A_UNIT).file)
    book.write(book.row("第1项 窗口排队时间长"), "整改措施", "表里填的")
    file = book.save("filled.xlsx")
    county.session.set(KIND, uid, {"measures": "县里写的"})
    district.take(county.export("county.xlsx").file)
    plan = district.plan(file)
    (cell,) = [c for row in plan.rows for c in row.of("conflict")]
    assert cell.decider == "云川市作风办" and cell.message.endswith("等待“云川市作风办”裁定，本单位不用处理。")
    answer = plan.to_json()
    assert answer["conflicts"] == [] and [line["field"] for line in answer["elsewhere"]] == ["measures"]
    (told,) = outcomes_of_plan(plan, {(uid, "measures"): "theirs"})
    assert told.message == "「整改措施」两边都改过，等待“云川市作风办”裁定，不用再填。"
    result = accept.accept(district.session, plan, {(uid, "measures"): "theirs"})
    assert result.conflicts == [] and [each.decider for each in result.elsewhere] == ["云川市作风办"]
    return uid


def test_what_an_office_may_not_decide_is_shown_but_not_counted(district: Any, typed: str) -> None:
    session = district.session
    (waits,) = accept.conflicts(session)
    assert (waits.decider, waits.mine, waits.theirs) == ("云川市作风办", "县里写的", "表里填的")
    assert waits.to_json()["decider"] == "云川市作风办"
    assert conflicts.count_own(session) == 0 and not conflicts.may_decide(session, waits.conflict_id)
    assert json.loads(session.office.connection.execute("SELECT counts FROM imports ORDER BY rowid DESC").fetchone()[0])["conflicts"] == 0
    assert all(line.open_conflicts == 0 for line in return_status.board(session, week_of(dt.date.today())))
    with pytest.raises(NotPermitted, match="由“云川市作风办”决定"):
        accept.decide(session, waits.conflict_id, "theirs")


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_it_comes_before_who_decides_and_the_decision_closes_it(
    city: Any, county: Any, district: Any, typed: str, choice: str
) -> None:
    """The typed cell was in the district's hands only: whatever is decided, it was seen."""
    city.take(county.export("county to city.xlsx").file)
    file = district.export("from district.xlsx").file
    plan = city.plan(file)
    assert [(line["field"], line["mine"], line["theirs"]) for line in plan.to_json()["conflicts"]] == [
        ("measures", "县里写的", "表里填的")
    ]
    (waits,) = accept.accept(city.session, plan).conflicts
    assert conflicts.count_own(city.session) == 1
    before = city.state()
    assert city.take(file).updated == 0 and len(accept.conflicts(city.session)) == 1 and city.state() == before
    accept.decide(city.session, waits.conflict_id, choice)
    district.take(city.export("decided.xlsx").file)
    county.take(city.export("decided too.xlsx").file)
    wanted = "县里写的" if choice == "mine" else "表里填的"
    assert {office.value(typed, "measures") for office in (city, county, district)} == {wanted}
    assert accept.conflicts(district.session) == accept.conflicts(city.session) == []
    assert city.take(file).updated == 0 and accept.conflicts(city.session) == []
    assert district.state() == city.state() == county.state()
    assert all(office.session.verify() == [] for office in (city, county, district))


def test_it_waits_at_an_office_to_which_the_record_is_new(county: Any, district: Any, typed: str, new_office: Any) -> None:
    fourth = new_office("青石县作风办", "county", units=False)
    file = district.export("to a fourth.xlsx").file
    result = fourth.take(file)
    assert [each.theirs for each in result.elsewhere] == ["表里填的"] and result.conflicts == []
    before = fourth.state()
    fourth.take(file)
    assert fourth.state() == before and len(accept.conflicts(fourth.session)) == 1
    (waits,) = county.take(fourth.export("onwards.xlsx").file).conflicts
    assert (waits.mine, waits.theirs, waits.decider) == ("县里写的", "表里填的", "")


def test_a_workbook_of_what_changed_carries_it_too(city: Any, county: Any, district: Any, typed: str) -> None:
    sent = district.export("before.xlsx")
    again = district.export("since.xlsx", since=sent.export_id)
    assert again.rows == 1 and len(county.take(again.file).conflicts) == 1
    assert [c.theirs for c in accept.conflicts(county.session)] == ["表里填的"]


def test_where_nothing_waits_for_another_office_the_workbook_says_nothing_of_it(city: Any, county: Any) -> None:
    hidden = workbook.read_hidden(city.export("plain.xlsx").file)
    assert hidden is not None and hidden.waits == []


@pytest.mark.parametrize(
    "wait",
    [
        WaitingValue("measures", "x", {}), WaitingValue("measures", "x", {"": 1}), WaitingValue("measures", "x", {"a": 0}),
        WaitingValue("measures", "x", {"Wtyped": 2}), WaitingValue("measures", "x", {"a": 1}, ["b"]), WaitingValue("state", ["x"], {"a": 1}),
    ],
)  # fmt: skip
def test_a_line_that_somebody_has_bent_is_refused_whole(city: Any, county: Any, wait: WaitingValue) -> None:
    file, uid = county.export("bent.xlsx").file, uid_of(city, "第1项")
    bent(file, wait, uid)
    before = city.state()
    with pytest.raises(Damaged, match="版本记录已损坏"):
        city.take(file)
    assert city.state() == before


@pytest.mark.parametrize(
    "wait", [WaitingValue("deleted", True, {"a": 1}), WaitingValue("nothing", 1, {"a": 1}), WaitingValue("deadline", "x", {"a": 1})]
)
def test_a_line_of_no_field_or_no_value_of_it_is_passed_over(city: Any, county: Any, wait: WaitingValue) -> None:
    file, uid = county.export("odd.xlsx").file, uid_of(city, "第1项")
    bent(file, wait, uid)
    before = city.state()
    city.take(file)
    assert city.state() == before and accept.conflicts(city.session) == []


def test_a_value_of_somebody_who_may_not_write_it_does_not_come_in_so(city: Any, county: Any) -> None:
    uid = uid_of(city, "第1项")
    file = county.export("cheat.xlsx").file
    bent(file, WaitingValue("title", "县里改的标题", {county.session.office.site: 99}), uid)
    city.take(file)
    assert accept.conflicts(city.session) == [] and city.value(uid, "title").startswith("第1项")


def bent(file: Any, wait: WaitingValue, uid: str) -> None:
    """Put a line into the hidden sheet."""
    book = openpyxl.load_workbook(file)
    sheet = book[manifest.SHEET]
    last = sheet.max_row
    assert sheet.cell(last, 1).value == "end"
    for column, text in enumerate(["wait", KIND, uid, msgspec.json.encode(wait).decode()], 1):
        sheet.cell(last, column).value = text
    sheet.cell(last + 1, 1).value, sheet.cell(last + 1, 2).value = "end", str(last)
    book.save(file)


def test_what_an_office_wrote_past_the_owners_is_put_right_in_its_own_book(city: Any, county: Any, district: Any) -> None:
    """Measures and the responsible person are the issuer's and the unit's; a program that knows nothing of owners wrote them."""
    uid = uid_of(city, "第1项")
    county.session.set(KIND, uid, {"measures": "县里写的"})
    city.take(county.export("county.xlsx").file)
    sent = city.export("city.xlsx").file
    district.take(sent)
    with district.session.atomic() as _:
        record = district.session.must_get(KIND, uid)
        district.session.transaction("office").update(record, {"measures": "区里写的", "responsible_person": "区里的人"})
    result = county.take(district.export("cheat.xlsx").file)
    assert {line["field"] for line in result.refused} == {"measures", "responsible_person"}
    assert district.take(sent).updated == 1
    assert (district.value(uid, "measures"), district.value(uid, "responsible_person")) == ("县里写的", None)
    assert district.take(sent).updated == 0 and accept.conflicts(district.session) == []
    assert county.take(district.export("peace.xlsx").file).refused == []
    assert waiting_values(district.session, "office") == {}
