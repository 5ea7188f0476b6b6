"""What one leader leads: over given and office-made ledgers, the most pressing first, as the figures count it, as of
a day; what names this leader otherwise, and the meetings to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db.domain import leader_work
from db.metrics import metrics
from db.model.declarations import Field
from desktop.ui.kinds import kind_changes
from tests.units_office import TODAY, opened

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(Path(tmp_path_factory.mktemp("leader")) / "office") as session:
        unit = session.add("unit", {"name": "云川市水利局"})
        first, second, idle = (session.add("leader", {"name": name}) for name in ("甲某", "乙某", "丙某"))

        def item(kind: str, title: str, leader: str | None, due: int | None, **more: Any) -> str:
            values = {"title": title, "lead_unit": unit, "assigned_on": TODAY - DAY * 30,
                      "deadline": None if due is None else TODAY + DAY * due, **more}
            uid = session.add(kind, values | ({"lead_leader": leader} if leader else {}))
            session.take_step(kind, uid, "assign", on=TODAY - DAY * 30)
            return uid

        item("rectification", "还有五天", first, 5)
        item("regret", "逾期三天", first, -3)
        item("rectification", "逾期十天", first, -10)
        item("rectification", "别人的", second, -1)
        done = item("rectification", "办结的", first, -2)
        session.take_step("rectification", done, "request-close-out", ask={"content": "办完了"}, on=TODAY - DAY * 5)
        session.add("rectification", {"title": "拟办的", "lead_unit": unit, "lead_leader": first})
        instruction = {"instructed_by": first, "instructed_on": TODAY - DAY * 30}
        item("instruction", "批给别人办的", second, 4, **instruction)
        item("instruction", "自己牵头的批示", first, 9, **instruction)
        for title, on in (("下周专题会", 6), ("昨天的会", -1), ("后天例会", 2)):
            session.add("meeting", {"title": title, "kind_of_meeting": "special", "chair": first,
                                    "held_on": TODAY + DAY * on})
        session.add("meeting", {"title": "别人的会", "kind_of_meeting": "special", "chair": second,
                                "held_on": TODAY + DAY})
        yield session, first, second, idle


def test_who_leads_nothing_is_not_listed(work: Any) -> None:
    session, first, second, _ = work
    found = leader_work.leaders(session)
    assert [one.key for one in found] == [first, second]
    assert (found[0].name, found[0].in_hand, found[0].overdue) == ("甲某", 5, 2)


def test_overdue_comes_first_and_what_waits_for_review_last_of_its_day(work: Any) -> None:
    session, first, _, _ = work
    found = leader_work.read(session, first)
    assert [one.title for one in found.led] == ["逾期十天", "逾期三天", "还有五天", "自己牵头的批示", "办结的"]
    assert found.led[-1].pending and found.led[0].light == ("逾期", "red")
    assert len(found.led) == found.numbers["in_hand"].value == found.leader.in_hand
    assert found.numbers["open_overdue"].value == 2 and found.numbers["awaiting_check"].value == 1


def test_the_numbers_are_those_of_the_one_door(work: Any) -> None:
    session, first, _, _ = work
    found = leader_work.read(session, first)
    for name, number in found.numbers.items():
        rows = metrics.rows(session, name, group=("leader", first)).rows
        counted = sum(row.counted for row in rows)
        assert counted == (number.value if number.denominator is None else number.numerator), name


def test_instructions_of_this_leader_stand_apart_from_what_is_led(work: Any) -> None:
    session, first, second, _ = work
    assert [one.title for one in leader_work.read(session, first).named] == ["批给别人办的"]
    assert leader_work.read(session, second).named == ()


def test_the_next_meetings_are_those_this_leader_chairs(work: Any) -> None:
    session, first, _, _ = work
    assert [one.title for one in leader_work.read(session, first).meetings] == ["后天例会", "下周专题会"]


def test_as_of_a_day_gone_by_everything_is_as_it_was(work: Any) -> None:
    session, first, _, _ = work
    found = leader_work.read(session, first, TODAY - DAY * 6)
    assert found.day == TODAY - DAY * 6
    assert [one.title for one in found.led][:3] == ["逾期十天", "逾期三天", "办结的"]
    assert not any(one.pending for one in found.led), "it was asked for the day after"
    assert found.numbers["open_overdue"].value == 1
    assert leader_work.read(session, first, TODAY - DAY * 40).led == ()


def test_who_is_unknown_leads_nothing(work: Any) -> None:
    session, *_, idle = work
    found = leader_work.read(session, idle)
    assert (found.led, found.named, found.meetings, found.leader.in_hand) == ((), (), (), 0)
    assert found.numbers["completion_rate"].value is None


def test_a_ledger_the_office_made_counts_with_the_given_ones(tmp_path: Path) -> None:
    with opened(tmp_path / "office") as session:
        leader = session.add("leader", {"name": "甲某"})
        kind = kind_changes.started(kind_changes.Start("食堂检查", "民生", "问题", "close_out"), session.kinds)
        named = Field(name="x_lead", label="牵头领导", type="reference", kind="leader")
        kind = msgspec.structs.replace(kind_changes.with_field(kind, named), name="own_canteen")
        session.save_kind(kind_changes.bare(kind))
        title = session.kinds.get("own_canteen").title
        values = {title: "自建的一件", "x_lead": leader, "deadline": TODAY - DAY}
        uid = session.add("own_canteen", values | {"lead_unit": session.add("unit", {"name": "云川市教育局"})})
        session.take_step("own_canteen", uid, "assign", on=TODAY - DAY * 3)
        found = leader_work.read(session, leader)
        assert [(one.title, one.ledger) for one in found.led] == [("自建的一件", "食堂检查")]
        assert found.numbers["open_overdue"].value == 1
