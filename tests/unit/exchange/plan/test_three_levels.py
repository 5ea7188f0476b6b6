"""A province, its cities, their counties: workbooks go up and down, and nobody writes what is another's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from db.errors import NotPermitted
from db.metrics import metrics
from db.units import tree
from tests.unit.exchange.conftest import KIND, Office

DAY = dt.date(2030, 1, 10)


class Levels:
    """Four offices, each inside another: the units are the province's, and go down."""

    def __init__(self, new_office: Callable[..., Office]) -> None:
        self.province = new_office("云岭省作风办", "province", units=False)
        top = self.province.session
        for city in ("甲市", "乙市"):
            uid = top.add("unit", {"name": city, "category": "city"})
            top.add("unit", {"name": f"{city}一县", "category": "county", "superior": uid})
        self.city = new_office("甲市作风办", "city", units=False)
        self.other = new_office("乙市作风办", "city", units=False)
        self.county = new_office("甲市一县作风办", "county", units=False)
        self.down(self.province, self.city, "甲市")
        self.down(self.province, self.other, "乙市")
        self.down(self.city, self.county, "甲市一县")
        for office in (self.city, self.other, self.county):  # each says who it is
            self.up(office, self.province)

    @staticmethod
    def down(above: Office, below: Office, unit: str = "") -> Any:
        found = below.take(above.export(kinds=["unit", KIND]).file)
        if unit:
            below.is_unit(unit)
        return found

    @staticmethod
    def up(below: Office, above: Office) -> Any:
        return above.take(below.export(kinds=["unit", KIND]).file)

    def unit(self, name: str) -> str:
        found = self.province.session.names.unit_by_name(name)
        assert found is not None
        return found


@pytest.fixture
def levels(new_office: Callable[..., Office]) -> Levels:
    return Levels(new_office)


def assigned(office: Office, title: str, unit: str) -> str:
    uid = office.add(title, lead_unit=unit, deadline=DAY)
    office.session.take_step(KIND, uid, "assign")
    return uid


def test_a_province_reads_through_to_the_counties(levels: Levels) -> None:
    """The city's own item, its county's report: both are in the province's book, and neither is its to write."""
    uid = assigned(levels.city, "市里交办县里的事", levels.unit("甲市一县"))
    levels.down(levels.city, levels.county)
    levels.county.session.take_step(KIND, uid, "report", "县里已经排查一半。")
    levels.up(levels.county, levels.city)
    assert levels.up(levels.city, levels.province).refused == []
    top = levels.province
    assert top.value(uid, "progress") == "县里已经排查一半。" and top.value(uid, "state") == "in_progress"
    for values in ({"title": "省里改的"}, {"measures": "省里写的"}, {"deadline": DAY + dt.timedelta(days=9)}):
        with pytest.raises(NotPermitted, match="甲市作风办"):
            top.session.set(KIND, uid, values)
    with pytest.raises(NotPermitted):
        top.session.take_step(KIND, uid, "cancel", "省里作废")
    table = metrics.table(top.session, ["assigned"], "by_city")
    assert {line.label: line.numbers["assigned"].value for line in table} == {"甲市": 1}
    assert [top.session.unit_name(k) for k in tree.under(top.session)[levels.unit("甲市")]] == ["甲市", "甲市一县"]


def test_an_item_of_the_province_goes_through_the_city_to_the_county(levels: Levels) -> None:
    uid = assigned(levels.province, "省里交办县里的事", levels.unit("甲市一县"))
    levels.down(levels.province, levels.city)
    with pytest.raises(NotPermitted, match="云岭省作风办"):
        levels.city.session.set(KIND, uid, {"title": "市里改的"})
    with pytest.raises(NotPermitted):
        levels.city.session.set(KIND, uid, {"measures": "市里替县里写的"})
    levels.down(levels.city, levels.county)
    levels.county.session.take_step(KIND, uid, "report", "县里报告省里。")
    with pytest.raises(NotPermitted):
        levels.county.session.set(KIND, uid, {"deadline": DAY + dt.timedelta(days=1)})
    assert levels.up(levels.county, levels.city).refused == []
    assert levels.up(levels.city, levels.province).refused == []
    assert levels.province.value(uid, "progress") == "县里报告省里。"


def test_another_city_changes_nothing_of_it_on_the_way(levels: Levels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its office is made to forget whose the item is; what it then writes is refused above and beside."""
    uid = assigned(levels.city, "甲市的事", levels.unit("甲市一县"))
    levels.up(levels.city, levels.province)
    levels.down(levels.province, levels.other)
    with pytest.raises(NotPermitted):
        levels.other.session.set(KIND, uid, {"measures": "乙市写的"})
    monkeypatch.setattr("db.writing.check_owner", lambda *_: None)
    levels.other.session.set(KIND, uid, {"measures": "乙市写的", "title": "乙市改的"})
    monkeypatch.undo()
    found = levels.up(levels.other, levels.province)
    assert {each["field"] for each in found.refused} == {"measures", "title"}
    assert levels.province.value(uid, "title") == "甲市的事" and levels.province.value(uid, "measures") is None
    levels.down(levels.province, levels.city)
    assert levels.city.value(uid, "title") == "甲市的事"


def test_units_that_a_city_brings_of_its_own_stand_under_it(levels: Levels) -> None:
    own = levels.city.session.add("unit", {"name": "甲市发改委", "category": "bureau"})
    assigned(levels.city, "市直单位的事", own)
    levels.up(levels.city, levels.province)
    top = levels.province.session
    assert tree.superiors(top)[own] == levels.unit("甲市")
    table = metrics.table(top, ["assigned"], "by_city")
    assert {line.label: line.numbers["assigned"].value for line in table} == {"甲市": 1}
    for office in (levels.province, levels.city, levels.other, levels.county):
        assert office.session.verify() == []
