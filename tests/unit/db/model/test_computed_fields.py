"""What a declaration works out from other fields, and a figure told apart by what its ledgers declare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from db import office
from db.errors import BadInput, DeclarationError
from db.metrics import charts, metrics
from db.model.declarations import Field, Kind
from db.rules import rollups
from db.session import Session
from desktop import demo

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("worked") / "office"
    demo.make(folder, items=200, seed=5, today=TODAY)
    opened = office.open_office(folder, "admin", demo.PASSWORD)
    opened.fixed_today = TODAY
    yield opened
    assert opened.verify() == []
    opened.close()


def test_stars_are_added_up_until_somebody_types_them(session: Session) -> None:
    branch = session.add("party_branch", {"name": "样例支部", "unit": next(iter(session.names.units()))})
    stars = {"star_party": True, "star_safety": True, "star_culture": False}
    uid = session.add("star_rating", {"year": 2020, **stars}, parent=branch)
    assert session.must_get("star_rating", uid).values["stars"] == 2
    assert session.set("star_rating", uid, {"star_culture": True}) == ["star_culture", "stars"]
    assert session.must_get("star_rating", uid).values["stars"] == 3
    session.undo_last()
    assert session.must_get("star_rating", uid).values["stars"] == 2
    old = session.add("star_rating", {"year": 2019, "stars": 4}, parent=branch)
    assert session.must_get("star_rating", old).values["stars"] == 4
    assert session.must_get("star_rating", session.add("star_rating", {"year": 2018}, parent=branch)).values["stars"] is None


def test_what_was_typed_beside_its_parts_is_told_and_emptied_it_is_worked_out(session: Session) -> None:
    branch = session.add("party_branch", {"name": "另一支部", "unit": next(iter(session.names.units()))})
    stars = session.add("star_rating", {"year": 2021, "star_party": True, "star_safety": True, "stars": 5}, parent=branch)
    drill = session.add("drill", {"title": "平急转换", "form": "drill", "required_minutes": 60, "actual_minutes": 70, "met": True})
    told = {"star_rating": (stars, "「星数」填的是5，按有关各栏算是2"), "drill": (drill, "「达标」填的是是，按有关各栏算是否")}
    for kind, (uid, says) in told.items():
        assert says in rollups.contradictions_text(session, session.must_get(kind, uid))
    session.set("star_rating", stars, {"stars": None})
    session.set("drill", drill, {"met": None})
    for kind, uid, name, value in (("star_rating", stars, "stars", 2), ("drill", drill, "met", False)):
        record = session.must_get(kind, uid)
        assert (record.values[name], rollups.contradictions_text(session, record)) == (value, "")
    session.set("star_rating", stars, {"stars": None})  # as it would be worked out it stays
    assert session.must_get("star_rating", stars).values["stars"] == 2


@pytest.mark.parametrize("unit", [False, True])
def test_a_month_has_one_value_of_an_indicator_and_unit_also_where_no_unit_is_named(session: Session, unit: bool) -> None:
    uid = session.add("indicator", {"year": 2026, "name": f"一月一值 {unit}", "target": 200})
    value = {"month": "2026-10", "value": 151, "unit": next(iter(session.names.units())) if unit else None}
    session.add("indicator_value", value, parent=uid)
    with pytest.raises(BadInput, match="本期已有数据"):
        session.add("indicator_value", {**value, "value": 152}, parent=uid)
    session.add("indicator_value", {**value, "month": "2026-09"}, parent=uid)


def test_a_share_is_of_the_target_above_and_what_was_typed_with_it_stands(session: Session) -> None:
    uid = session.add("indicator", {"year": 2026, "name": "样例指标", "target": 200})
    value = session.add("indicator_value", {"month": "2026-10", "value": 151}, parent=uid)
    assert session.must_get("indicator_value", value).values["target_share"] == Decimal("75.5")
    session.set("indicator_value", value, {"value": 160, "target_share": 79})
    assert session.must_get("indicator_value", value).values["target_share"] == 79
    session.set("indicator_value", value, {"province_rank": 3})
    assert session.must_get("indicator_value", value).values["target_share"] == 79
    session.set("indicator_value", value, {"value": 170})
    assert session.must_get("indicator_value", value).values["target_share"] == 85
    bare = session.add("indicator", {"year": 2026, "name": "没有目标的指标"})
    none = session.add("indicator_value", {"month": "2026-10", "value": 5}, parent=bare)
    assert session.must_get("indicator_value", none).values["target_share"] is None


@pytest.mark.parametrize(("target", "value", "higher", "share"), [
    (50, 45, False, "110"), (50, 50, False, "100"), (50, 60, False, "80"), (50, 0, False, "200"), (50, 45, True, "90"),
    (50, 45, None, "90"), (-3, -2, True, "133.3"), (-3, -4, True, "66.7"), (-3, "-3.5", False, "116.7"),
    (0, 0, False, "100"), (0, 1, False, "0"), (0, 5, True, None),
])  # fmt: skip
def test_a_share_is_full_when_the_target_is_reached_whichever_way_is_better(
    session: Session, target: int, value: Any, higher: bool | None, share: str | None
) -> None:
    name = f"方向 {target} {value} {higher}"
    uid = session.add("indicator", {"year": 2025, "name": name, "target": target, "higher_is_better": higher})
    told = session.add("indicator_value", {"month": "2025-10", "value": Decimal(value)}, parent=uid)
    assert session.must_get("indicator_value", told).values["target_share"] == (None if share is None else Decimal(share))


def test_a_value_is_of_a_month_that_has_come_and_of_its_indicator_s_year(session: Session) -> None:
    uid = session.add("indicator", {"year": 2026, "name": "逐月的指标", "target": 200})
    with pytest.raises(BadInput, match="不能晚于本月"):
        session.add("indicator_value", {"month": "2026-12", "value": 1}, parent=uid)
    with pytest.raises(BadInput, match="不在这个指标的年度里"):
        session.add("indicator_value", {"month": "2025-12", "value": 1}, parent=uid)
    session.add("indicator_value", {"month": "2026-11", "value": 1}, parent=uid)
    with pytest.raises(BadInput, match="指标数据「2026-11」与改后的内容对不上"):
        session.set("indicator", uid, {"year": 2025})


def test_shares_follow_a_target_that_is_set_anew(session: Session) -> None:
    uid = session.add("indicator", {"year": 2024, "name": "年中调整的指标", "target": 50})
    told = session.add("indicator_value", {"month": "2024-09", "value": 45}, parent=uid)
    typed = session.add("indicator_value", {"month": "2024-10", "value": 45, "target_share": 77}, parent=uid)

    def shares() -> list[Decimal]:
        return [session.must_get("indicator_value", each).values["target_share"] for each in (told, typed)]

    assert shares() == [90, 77]
    session.set("indicator", uid, {"target": 60})
    assert shares() == [75, 77]
    session.set("indicator", uid, {"higher_is_better": False, "note": "扬尘"})
    assert shares() == [125, 77]
    assert metrics.count(session, ["indicator_reached"], period="2024-09")["indicator_reached"].value == 100
    session.undo_last()
    assert shares() == [75, 77]
    session.set("indicator", uid, {"target": 50, "higher_is_better": True, "note": "两样一起改"})
    assert shares() == [90, 77], "nothing that it rests on is left as it was"


@pytest.mark.parametrize(("actual", "met"), [("59.5", True), ("60", True), ("60.5", False), (None, None)])
def test_a_standard_is_met_within_its_minutes(session: Session, actual: str | None, met: bool | None) -> None:
    values = {"title": "平急转换演练", "form": "drill", "required_minutes": Decimal(60)}
    uid = session.add("drill", {**values, "actual_minutes": Decimal(actual) if actual else None})
    assert session.must_get("drill", uid).values["met"] is met


def test_a_goal_is_counted_by_its_share(session: Session) -> None:
    before = metrics.count(session, ["goal_progress"], period="2031")["goal_progress"].value
    assert before is None
    for actual in (50, 100):
        session.add("yearly_goal", {"title": f"完成 {actual}", "year": 2031, "actual": actual, "target": 100})
    assert metrics.count(session, ["goal_progress"], period="2031")["goal_progress"].value == 75


def test_what_cannot_be_worked_out_is_no_declaration(session: Session) -> None:
    for wrong in ("sum:nobody", "guess:one", "share:", "share:one,parent.two"):
        fields = (Field(name="one", label="甲", type="integer"), Field(name="two", label="乙", type="integer", fill=wrong))
        with pytest.raises(DeclarationError, match="fill"):
            session.kinds.with_office([Kind(name="own_wrong", label="自建", title="one", family="自建", fields=fields, source="office")])


ADDS_UP = ("assigned", "problems", "drills", "lectures", "branches", "stars", "instructions", "visits", "reward_sanction_rows", "press_all")


@pytest.mark.parametrize("name", ADDS_UP)
def test_the_lines_of_every_grouping_add_up_and_open_their_rows(session: Session, name: str) -> None:
    found = charts.groupings(session, name)
    assert found and len({each.label for each in found}) == len(found)
    rows_counted = metrics.declared(session).get(name).count == "rows"
    for group in found:
        whole = metrics.count(session, [name], ledgers=group.ledgers)[name].value
        values = charts.by_group(session, name, group, None)
        assert sum(v.number.value or 0 for v in values) == whole, group.label
        for value in values[:4] if rows_counted else ():
            behind = metrics.rows(session, name, ledgers=group.ledgers, group=(group.key, value.key)).rows
            assert len([r for r in behind if r.counted]) == value.number.value, (group.label, value.label)


def test_like_named_fields_of_two_ledgers_stand_apart(session: Session) -> None:
    by_label = {each.label: each for each in charts.groupings(session, "assigned")}
    assert by_label["问题类别"].key == by_label["工作类别"].key == "category"
    assert set(by_label["问题类别"].ledgers or ()).isdisjoint(by_label["工作类别"].ledgers or ())
    lines = charts.by_group(session, "assigned", by_label["工作类别"], None)
    assert [line.label for line in lines[:3]] == ["三个一批", "环保攻坚", "万人助万企"]
