"""Two offices that take steps of one item at the same time: what the steps filled is settled by the steps' own order, and nobody is
asked; what somebody typed over it is a question as ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.unit.exchange.conftest import KIND, UNITS


@pytest.fixture
def shared(city: Any, new_office: Any) -> tuple[Any, Any, str]:
    """The city, the county that must answer for an item, and the item, given out ten days ago."""
    county = new_office("安坪县作风办", "county", units=False)
    uid = city.add("两边都报告的一件", lead_unit=city.units[UNITS[0]], deadline=dt.date(2030, 1, 1))
    city.session.take_step(KIND, uid, "assign", on=ago(city, 10))
    county.take(city.export("out.xlsx").file)
    county.is_unit(UNITS[0])
    return city, county, uid


def ago(office: Any, days: int) -> dt.date:
    found: dt.date = office.session.today - dt.timedelta(days=days)
    return found


def report(office: Any, uid: str, days: int, content: str) -> None:
    office.session.take_step(KIND, uid, "report", "", {"content": content}, ago(office, days))


def exchange(one: Any, other: Any) -> list[Any]:
    """Both send what they had, and take in what came."""
    files = [one.export("one.xlsx").file, other.export("other.xlsx").file]
    return [other.take(files[0]), one.take(files[1])]


def test_reports_of_both_need_no_question(shared: Any) -> None:
    city, county, uid = shared
    report(county, uid, 6, "县里先报")
    report(city, uid, 2, "市里代记的一次")
    there, here = exchange(city, county)
    assert (there.conflicts, here.conflicts, there.refused, here.refused) == ([], [], [], [])
    assert city.state() == county.state()
    record = city.session.must_get(KIND, uid)
    assert record.values["acknowledged_on"] == ago(city, 6)  # whoever reports first has acknowledged it
    assert record.values["progress"] == "市里代记的一次"  # the later report
    assert [s.action for s in record.values["steps"]] == ["assign", "report", "report"]
    for office in (city, county):
        told = {child.values["content"] for child in office.session.children(uid, "progress")}
        assert told == {"县里先报", "市里代记的一次"} and office.session.verify() == []


def test_the_preview_says_how_it_was_settled(shared: Any) -> None:
    city, county, uid = shared
    report(county, uid, 2, "县里后报")
    report(city, uid, 6, "市里先记")
    plan = city.plan(county.export("c.xlsx").file)
    (said,) = [text for text in plan.remarks if "两边都办理过" in text]
    assert "「整改清单」有 1 条" in said and "「签收时间」" in said and "「进展情况」" in said and "不用裁定" in said
    changed = {cell.field: cell.message for row in plan.rows for cell in row.of("changed") if row.uid == uid}
    assert changed == {"progress": "「进展情况」两边都办理过，按办理先后定为这一个。"}
    assert said in plan.to_json()["remarks"]


def test_an_acknowledgement_before_a_report_is_no_question(shared: Any) -> None:
    city, county, uid = shared
    county.session.take_step(KIND, uid, "acknowledge", on=ago(county, 7))
    report(city, uid, 2, "市里代记")
    there, here = exchange(city, county)
    assert there.conflicts == here.conflicts == [] and city.state() == county.state()
    assert (city.value(uid, "state"), city.value(uid, "acknowledged_on")) == ("in_progress", ago(city, 7))


def test_an_acknowledgement_that_comes_too_late_gives_way_to_the_issuer_s_step(shared: Any) -> None:
    city, county, uid = shared
    county.session.take_step(KIND, uid, "acknowledge", on=ago(county, 2))
    report(city, uid, 7, "市里代记")
    there, here = exchange(city, county)
    assert there.conflicts == here.conflicts == [] and [each["field"] for each in here.to_json()["refused"]] == ["state"]
    county.take(city.export("again.xlsx").file)
    assert city.state() == county.state()
    assert (city.value(uid, "state"), city.value(uid, "acknowledged_on")) == ("in_progress", ago(city, 7))


def test_what_somebody_typed_over_it_is_asked(shared: Any) -> None:
    city, county, uid = shared
    report(county, uid, 6, "县里先报")
    report(city, uid, 2, "市里代记的一次")
    city.session.set(KIND, uid, {"progress": "市里改写过"})
    there, here = exchange(city, county)
    assert [each["field"] for each in (*there.to_json()["conflicts"], *here.to_json()["conflicts"])].count("progress") >= 1
    assert city.value(uid, "acknowledged_on") == county.value(uid, "acknowledged_on") == ago(city, 6)


def test_taken_in_again_it_changes_nothing(shared: Any) -> None:
    city, county, uid = shared
    before = county.export("old.xlsx").file
    report(county, uid, 6, "县里先报")
    report(city, uid, 2, "市里代记的一次")
    exchange(city, county)
    state = city.state()
    for file in (before, county.export("new.xlsx").file, county.export("newer.xlsx").file):
        result = city.take(file)
        assert (result.updated, result.conflicts) == (0, [])
    assert city.state() == state == county.state()
