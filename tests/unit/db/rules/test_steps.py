"""Every step has its day: entered later it stands on the day it happened, and nothing may be dated into the future, before the step
before it, or further back than the office lets it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from db.errors import BadInput
from db.model import steps
from db.model.ids import new_uid
from db.rules import lifecycle
from db.session import Session
from tests.samples import as_person, new_office

TODAY = dt.date(2022, 9, 28)
KIND = "rectification"


def day(number: int, month: int = 9) -> dt.date:
    return dt.date(2022, month, number)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("steps"), TODAY) as made:
        yield made


@pytest.fixture
def item(session: Session) -> str:
    unit = session.add("unit", {"name": f"棠阴区{new_uid()}"})
    return session.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": unit, "deadline": day(20)})


def move(session: Session, uid: str, action: str, on: dt.date | None = None, who: str = "clerk", **ask: Any) -> list[str]:
    with as_person(session, who, "reviewer" if who == "reviewer" else "clerk"):
        return session.take_step(KIND, uid, action, "如实", ask, on)


def states(session: Session, uid: str) -> list[tuple[str, str, str]]:
    record = session.must_get(KIND, uid)
    return session.office.connection.execute(
        "SELECT from_on, to_on, state FROM spans WHERE kind = ? AND rec = ? ORDER BY from_on", (KIND, record.id)
    ).fetchall()


def test_a_step_stands_on_the_day_it_happened(session: Session, item: str) -> None:
    move(session, item, "assign", day(1))
    assert move(session, item, "request-close-out", day(20)) == ["acknowledged_on", "close_out_requested_on", "close_out_requested_by", "state"]
    move(session, item, "close-out", day(26), who="reviewer")
    values = session.must_get(KIND, item).values
    assert (values["assigned_on"], values["close_out_requested_on"], values["closed_out_on"]) == (day(1), day(20), day(26))
    assert [(s.on, s.at[:10] > s.on, s.by) for s in values["steps"]] == [
        ("2022-09-01", True, "clerk"), ("2022-09-20", True, "clerk"), ("2022-09-26", True, "reviewer"),
    ]
    assert states(session, item) == [
        ("", "2022-09-01", "drafted"), ("2022-09-01", "2022-09-20", "assigned"), ("2022-09-20", "2022-09-26", "close_out_requested"),
        ("2022-09-26", "9999-12-31", "closed_out"),
    ]
    (evidence,) = session.children(item, "evidence")
    assert (evidence.values["requested_on"], evidence.values["decided_on"]) == (day(20), day(26))


def test_a_day_that_cannot_be_is_refused_and_nothing_changes(session: Session, item: str) -> None:
    with pytest.raises(BadInput, match="交办的日期 2022-09-29 还没有到"):
        move(session, item, "assign", day(29))
    move(session, item, "assign", day(10))
    with pytest.raises(BadInput, match="早于前一步“交办”（2022-09-10）"):
        move(session, item, "acknowledge", day(9))
    with pytest.raises(BadInput, match="「签收时间」填的是 2022-09-12，和签收的日期 2022-09-11 不一样"):
        move(session, item, "acknowledge", day(11), acknowledged_on=day(12))
    assert session.must_get(KIND, item).state == "assigned"


def test_how_far_back_is_the_offices_to_say(session: Session, item: str) -> None:
    with pytest.raises(BadInput, match="录入员只能补记 31 天以内的"):
        move(session, item, "assign", day(1, 8))
    session.set_back_dating("clerk", 90)
    session.set_back_dating("reviewer", 0)
    try:
        move(session, item, "assign", day(1, 8))
        with pytest.raises(BadInput, match="审核员不能补记以前的日期"):
            move(session, item, "cancel", day(27), who="reviewer")
    finally:
        session.set_back_dating("clerk", 31)
        session.set_back_dating("reviewer", 31)


def test_the_last_day_that_may_be_entered_may(session: Session, item: str) -> None:
    move(session, item, "assign", day(28, 8))  # 31 days ago
    with pytest.raises(BadInput, match=r"早于前一步“签收”（2022-09-05）"):
        move(session, item, "acknowledge", day(5))
        move(session, item, "request-close-out", day(3))
    move(session, item, "request-close-out", TODAY)
    assert session.must_get(KIND, item).values["close_out_requested_on"] == TODAY


def test_a_role_of_which_nothing_is_said_enters_no_day_gone_by(session: Session) -> None:
    with as_person(session, "looker", "viewer"):
        assert "不能补记" in lifecycle.too_long_ago(session, TODAY - dt.timedelta(days=1))
        assert lifecycle.too_long_ago(session, TODAY) == ""


def test_a_step_taken_back_stays_and_does_not_count(session: Session, item: str) -> None:
    move(session, item, "assign", day(1))
    with as_person(session, "clerk", "clerk"):
        session.take_step(KIND, item, "acknowledge")
        session.undo_last()
        assert states(session, item)[-1][2] == "assigned"
        assert [s.void for s in session.must_get(KIND, item).values["steps"]] == [False, True]
        session.redo_last()
    assert [s.void for s in session.must_get(KIND, item).values["steps"]] == [False, False]
    assert states(session, item)[-1][2] == "acknowledged"


def test_a_corrected_date_corrects_its_step(session: Session, item: str) -> None:
    move(session, item, "assign", day(10))
    session.set(KIND, item, {"assigned_on": day(5), "deadline": day(25)})
    assert states(session, item) == [("", "2022-09-05", "drafted"), ("2022-09-05", "9999-12-31", "assigned")]


def test_two_offices_steps_are_joined_in_one_order() -> None:
    def step(name: str, on: str, void: bool = False) -> steps.StepTaken:
        return steps.StepTaken(name, "report", on, on + "T08:00:00", "clerk", "in_progress", void=void)

    mine, theirs = (step("a", "2022-09-01"), step("b", "2022-09-03")), (step("a", "2022-09-01", void=True), step("c", "2022-09-02"))
    found = steps.joined(mine, theirs)
    assert found == steps.joined(theirs, mine) and found is not None
    assert [(s.id, s.void) for s in found] == [("a", True), ("c", False), ("b", False)]
    assert steps.joined(found, mine) == found


def test_steps_of_one_second_keep_their_order_wherever_they_are_read(session: Session, item: str) -> None:
    for action in ("assign", "acknowledge", "report", "request-close-out"):
        move(session, item, action, day(10))
    taken = session.must_get(KIND, item).values["steps"]
    for mixed in (taken[::-1], taken[2:] + taken[:2]):
        assert steps.joined(None, mixed) == steps.joined(mixed, taken[:1]) == taken
    assert [step.to for step in taken] == ["assigned", "acknowledged", "in_progress", "close_out_requested"]


def test_a_draft_with_its_day_of_assignment_is_assigned_once(session: Session) -> None:
    unit = session.add("unit", {"name": f"棠阴区{new_uid()}"})
    uid = session.add(KIND, {"title": "材料重复提交", "lead_unit": unit, "assigned_on": day(3), "deadline": day(20)})
    move(session, uid, "assign")
    assert [(s.action, s.on) for s in session.must_get(KIND, uid).values["steps"]] == [("assign", "2022-09-03")]
