"""Milestones of an item: progress and light follow them, figures count them as of a day, dates keep within the item's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from db import office
from db.domain import planned_rows, wall_chart
from db.errors import BadInput
from db.metrics import metrics
from db.model import lights
from db.model.query import Query, Where
from db.rules import rollups
from db.session import Session
from desktop.bulletin.report.wall_chart import bars_of

TODAY = dt.date(2022, 9, 28)


def day(number: int, month: int = 9) -> dt.date:
    return dt.date(2022, month, number)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", "brand-new-lock-7")
    made.fixed_today = TODAY
    yield made
    assert made.verify() == []
    made.close()


@pytest.fixture
def item(session: Session) -> str:
    unit = session.add("unit", {"name": "市财政局"})
    values = {"title": "城东污水处理厂扩建", "lead_unit": unit, "assigned_on": day(1), "deadline": day(30)}
    uid = session.add("rectification", values)
    session.take_step("rectification", uid, "assign")
    return uid


def step(session: Session, item: str, title: str, planned: dt.date, weight: int | None = None) -> str:
    return session.add("milestone", {"title": title, "planned_on": planned, "weight": weight}, parent=item)


def progress(session: Session, item: str) -> Decimal | None:
    found = session.must_get("rectification", item).values["progress_percent"]
    assert found is None or isinstance(found, Decimal)
    return found


def light(session: Session, uid: str) -> str | None:
    kind = session.kinds.get("milestone")
    return lights.light_of(session.must_get("milestone", uid), kind, None, session.today, session.workdays)


def test_progress_follows_the_weights_of_what_is_reached(session: Session, item: str) -> None:
    assert progress(session, item) is None
    first, second = step(session, item, "立项", day(5)), step(session, item, "招标", day(20))
    assert progress(session, item) == 0
    session.set("milestone", first, {"reached_on": day(4)})
    assert progress(session, item) == 50
    session.set("milestone", first, {"weight": 10})
    session.set("milestone", second, {"weight": 30})
    assert progress(session, item) == 25
    session.set("milestone", second, {"weight": None})
    assert progress(session, item) == 100, "beside one that weighs something, one without a weight weighs nothing"
    session.set("milestone", second, {"weight": 30})
    session.delete("milestone", second)
    assert progress(session, item) == 100


def test_what_was_typed_stands_and_is_told(session: Session, item: str) -> None:
    session.set("rectification", item, {"progress_percent": 60})
    step(session, item, "立项", day(5))
    assert progress(session, item) == 60
    record = session.must_get("rectification", item)
    assert rollups.contradictions(session, record) == [("progress_percent", Decimal(60), Decimal("0.0"))]
    session.set("rectification", item, {"progress_percent": None})
    assert progress(session, item) == 0


def test_the_light_goes_by_the_plan_until_it_is_reached(session: Session, item: str) -> None:
    late, soon, far = (step(session, item, name, day(n)) for name, n in (("甲", 20), ("乙", 29), ("丙", 30)))
    session.fixed_today = day(25)
    assert [light(session, uid) for uid in (late, soon, far)] == ["red", "green", "green"]
    session.fixed_today = TODAY
    assert [light(session, uid) for uid in (late, soon, far)] == ["red", "yellow", "yellow"]
    session.set("milestone", late, {"reached_on": day(27)})
    assert light(session, late) == "blue" and lights.label(session.kinds.get("milestone"), "blue") == "已完成"


def test_a_milestone_is_the_items_units_and_keeps_within_its_dates(session: Session, item: str) -> None:
    uid = step(session, item, "立项", day(5))
    record = session.must_get("rectification", item)
    assert session.must_get("milestone", uid).values["unit"] == record.values["lead_unit"]
    for wrong, said in ((day(31, 8), "交办时间"), (day(1, 10), "完成时限")):
        with pytest.raises(BadInput, match=said):
            step(session, item, "招标", wrong)
    with pytest.raises(BadInput, match="同名"):
        step(session, item, "立项", day(6))
    with pytest.raises(BadInput, match="今天"):
        session.set("milestone", uid, {"reached_on": day(29)})


def test_the_share_on_time_is_counted_as_of_a_day(session: Session, item: str) -> None:
    in_time, late, never = (step(session, item, name, day(n)) for name, n in (("甲", 5), ("乙", 10), ("丙", 26)))
    step(session, item, "丁", day(30))
    session.set("milestone", in_time, {"reached_on": day(5)})
    session.set("milestone", late, {"reached_on": day(15)})
    def told(name: str, as_of: dt.date | None = None) -> object:
        return metrics.count(session, [name], period="2022-09", as_of=as_of)[name].value

    assert (told("milestones_due"), told("milestones_on_time"), told("milestones_overdue")) == (3, 1, 1)
    assert float(str(told("milestone_rate"))) == pytest.approx(33.3)
    assert told("milestones_due", day(12)) == 2 and told("milestones_overdue", day(12)) == 1, "乙 was not reached yet"
    assert told("milestones_due", day(5)) == 1
    draft = session.add("rectification", {"title": "未交办的", "deadline": day(30)})
    step(session, draft, "甲", day(2))
    session.take_step("rectification", item, "cancel", "不再办理")
    assert told("milestones_due") == 0
    assert session.must_get("milestone", never)


def test_a_template_begins_another_item_in_its_own_time(session: Session, item: str) -> None:
    kind = session.kinds.get("milestone")
    record = session.must_get("rectification", item)
    with pytest.raises(BadInput, match="还没有节点"):
        planned_rows.save_template(session, record, kind)
    first = step(session, item, "立项", day(1), 20)
    step(session, item, "验收", day(30), 80)
    session.set("milestone", first, {"reached_on": day(2), "note": "已批复"})
    assert planned_rows.save_template(session, record, kind) == 2
    other = session.add("rectification", {
        "title": "城西", "lead_unit": record.values["lead_unit"], "assigned_on": day(1), "deadline": day(11),
    })  # fmt: skip
    step(session, other, "验收", day(5))
    there = session.must_get("rectification", other)
    assert planned_rows.begin(session, there, kind) == 1, "what stands there already is left as it is"
    rows = {row.values["title"]: row.values for row in session.children(other, "milestone")}
    assert rows["立项"]["planned_on"] == day(1) and rows["立项"]["weight"] == 20
    assert rows["立项"]["reached_on"] is None and rows["立项"]["note"] is None, "what the unit said is no template"
    no_time = session.add("rectification", {"title": "没有时限的", "assigned_on": day(1)})
    with pytest.raises(BadInput, match="完成时限"):
        planned_rows.begin(session, session.must_get("rectification", no_time), kind)


def test_milestones_move_only_when_asked_and_all_or_none(session: Session, item: str) -> None:
    kind = session.kinds.get("milestone")
    done, ahead = step(session, item, "立项", day(5)), step(session, item, "验收", day(29))
    session.set("milestone", done, {"reached_on": day(6)})
    session.take_step("rectification", item, "request-extension", "汛期", {"requested_deadline": day(10, 10)})
    session.take_step("rectification", item, "grant-extension")
    assert session.must_get("milestone", ahead).values["planned_on"] == day(29)
    record = session.must_get("rectification", item)
    assert planned_rows.proposed_days(session, record) == 10
    with pytest.raises(BadInput, match="完成时限"):
        planned_rows.move_on(session, record, kind, 12)
    assert planned_rows.move_on(session, record, kind, 10) == 1
    assert session.must_get("milestone", ahead).values["planned_on"] == day(9, 10)
    assert session.must_get("milestone", done).values["planned_on"] == day(5)


def test_a_day_that_was_moved_is_told_as_it_was(session: Session, item: str) -> None:
    """As of a day gone by the day planned then counts, in figures, lists and records."""
    uid = step(session, item, "立项", day(5))
    session.fixed_today = day(10)
    session.set("milestone", uid, {"planned_on": day(20)})
    session.fixed_today = day(22)
    session.set("milestone", uid, {"planned_on": day(29)})
    session.fixed_today = day(28)

    def overdue(as_of: dt.date) -> object:
        asked = metrics.count(session, ["milestones_overdue"], period="2022-09", as_of=as_of)
        return asked["milestones_overdue"].value

    def planned(as_of: dt.date) -> set[object]:
        found = session.find(Query(kind="milestone", as_of=as_of))
        listed = Query(kind="milestone", where=(Where("planned_on", "eq", found[0].values["planned_on"]),), as_of=as_of)
        assert session.count(listed) == 1
        return {row.values["planned_on"] for row in found}

    assert [overdue(day(n)) for n in (4, 6, 15, 21, 25, 28)] == [0, 1, 0, 1, 0, 0]
    assert [planned(day(n)) for n in (9, 15, 21, 22)] == [{day(5)}, {day(20)}, {day(20)}, {day(29)}]
    session.undo_last()
    assert planned(day(25)) == {day(20)}, "what was taken back was never moved"
    assert [overdue(day(n)) for n in (21, 25)] == [1, 1]


def test_the_wall_chart_tells_how_each_milestone_stands(session: Session, item: str) -> None:
    for title, planned, reached in (("甲", 5, 5), ("乙", 10, 15), ("丙", 26, None), ("丁", 30, None)):
        uid = step(session, item, title, day(planned))
        if reached:
            session.set("milestone", uid, {"reached_on": day(reached)})

    def told(as_of: dt.date | None = None) -> list[str]:
        (span,) = wall_chart.spans(session, as_of=as_of)
        return [mark.sort for mark in span.marks]

    assert told() == ["reached", "late", "overdue", "ahead"]
    assert told(day(12)) == ["reached", "overdue", "ahead", "ahead"], "乙 was not reached yet"
    assert told(day(10)) == ["reached", "overdue", "ahead", "ahead"], "its day is over"
    ((_, bar),) = [(0, each) for each in bars_of(session, wall_chart.spans(session))]
    assert bar.points[1] == (day(10), "late")
