"""The two twins of the light, Python and SQL, say the same, and what they say is what the declaration means."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resources
from db.model import builtin, due_state, lights
from db.model.declarations import Field, Kind, Lights
from db.model.fieldtypes import TYPES
from db.model.kinds import Kinds
from db.model.records import Record
from db.model.workdays import Workdays

KINDS = builtin.load(resources.path())
CYCLE = KINDS.lifecycle("close_out")
WORKDAYS = Workdays()
TODAY = dt.date(2022, 9, 28)  # three days before a week of holidays


def kind(declared: Lights, lifecycle: str | None = "close_out") -> Kind:
    fields = (
        Field(name="title", label="标题", type="text"),
        Field(name="lead_unit", label="单位", type="unit"),
        Field(name="deadline", label="时限", type="date"),
        Field(name="begun_on", label="开始", type="date"),
        Field(name="done", label="进度", type="percent"),
    )
    made = Kind(name="works", label="工程", title="title", fields=fields, lights=declared, lifecycle=lifecycle)
    return Kinds([*KINDS, made], KINDS.lifecycles, KINDS.choice_lists).get("works")


def record(state: str | None, **values: Any) -> Record:
    full = {"title": "某", "deadline": None, "begun_on": None, "done": None} | values
    return Record("works", 1, "u", None, state, False, "", "", "", "", "", full)


PLAIN = kind(Lights())
SEVEN_WORKDAYS = kind(Lights(yellow_days=7, calendar="workday"))
BY_PROGRESS = kind(Lights(by="progress", start="begun_on", progress="done"))
BY_CLOSING = msgspec.structs.replace(PLAIN, finished="closed")
RED_IS_GOOD = kind(Lights(default="blue", soon="yellow", overdue="grey", closed="red", labels={"red": "红旗"}))


@pytest.mark.parametrize(
    ("state", "deadline", "tone"),
    [
        ("in_progress", "2022-09-27", "red"),
        ("in_progress", "2022-09-28", "yellow"),
        ("in_progress", "2022-10-01", "yellow"),
        ("in_progress", "2022-10-02", "green"),
        ("in_progress", None, "green"),
        ("closed_out", "2022-09-01", "blue"),
        ("archived", "2022-12-01", "blue"),
        ("suspended", "2022-09-01", None),
        ("cancelled", "2022-09-01", None),
        ("drafted", "2022-09-01", None),
    ],
)
def test_three_calendar_days(state: str, deadline: str | None, tone: str | None) -> None:
    due = dt.date.fromisoformat(deadline) if deadline else None
    assert lights.light_of(record(state, deadline=due), PLAIN, CYCLE, TODAY, WORKDAYS) == tone


def test_workdays_reach_over_the_holidays() -> None:
    def tone(day: dt.date) -> str | None:
        return lights.light_of(record("assigned", deadline=day), SEVEN_WORKDAYS, CYCLE, TODAY, WORKDAYS)

    assert tone(dt.date(2022, 10, 12)) == "yellow"  # 29, 30 September, 8, 9, 10, 11, 12 October
    assert tone(dt.date(2022, 10, 13)) == "green"


@pytest.mark.parametrize(
    ("done", "tone"),
    [(50, "green"), ("40.01", "green"), (40, "yellow"), (20, "yellow"), ("19.99", "red"), (None, "red"), (100, "green")],
)
def test_behind_schedule(done: Any, tone: str) -> None:
    values = {
        "begun_on": TODAY - dt.timedelta(days=50),
        "deadline": TODAY + dt.timedelta(days=50),
        "done": None if done is None else Decimal(str(done)),
    }
    assert lights.light_of(record("in_progress", **values), BY_PROGRESS, CYCLE, TODAY, WORKDAYS) == tone


def test_an_office_for_which_red_is_good() -> None:
    assert lights.light_of(record("closed_out", deadline=TODAY), RED_IS_GOOD, CYCLE, TODAY, WORKDAYS) == "red"
    assert lights.label(RED_IS_GOOD, "red") == "红旗"
    assert lights.label(PLAIN, "red") == "逾期"
    # what a ledger does not name is called by what it means there: far behind is not overdue, and a good red is not either
    behind = kind(Lights(by="progress", start="begun_on", progress="done"))
    assert [lights.label(behind, tone) for tone in ("green", "yellow", "red", "blue")] == ["按序时", "略滞后", "严重滞后", "办结"]
    assert [lights.label(RED_IS_GOOD, tone) for tone in ("blue", "grey")] == ["正常", "逾期"]
    assert lights.label(KINDS.get("yearly_goal"), "red") == "严重滞后"


def test_closed_late_and_open_overdue_are_two_facts() -> None:
    late = record("closed_out", deadline=TODAY, closed_out_on=TODAY + dt.timedelta(days=1))
    still = record("in_progress", deadline=TODAY - dt.timedelta(days=1))
    paused = record("suspended", deadline=TODAY - dt.timedelta(days=1))
    assert [due_state.of(each, PLAIN, CYCLE, TODAY) for each in (late, still, paused)] == ["late", "overdue", None]


@pytest.mark.parametrize(
    ("state", "asked", "closed", "by_request", "by_closing"),
    [
        ("close_out_requested", 20, None, "pending", "overdue"),  # asked in time: it waits for its reviewer
        ("close_out_requested", 21, None, "pending", "overdue"),  # on the last day
        ("close_out_requested", 22, None, "overdue", "overdue"),  # asked too late
        ("in_progress", None, None, "overdue", "overdue"),  # returned or withdrawn: the request is gone
        ("closed_out", 20, 27, "on_time", "late"),
        ("closed_out", 22, 27, "late", "late"),
        ("closed_out", None, 21, "on_time", "on_time"),  # brought in without a request
        ("archived", None, 22, "late", "late"),
        ("closed_out", None, None, "on_time", "on_time"),
        ("drafted", 20, None, None, None),
    ],
)
def test_on_time_by_the_day_that_the_ledger_goes_by(
    state: str, asked: int | None, closed: int | None, by_request: str | None, by_closing: str | None
) -> None:
    days = {
        name: None if day is None else dt.date(2022, 9, day)
        for name, day in (("deadline", 21), ("close_out_requested_on", asked), ("closed_out_on", closed))
    }
    closing = msgspec.structs.replace(PLAIN, finished="closed")
    assert due_state.of(record(state, **days), PLAIN, CYCLE, TODAY) == by_request
    assert due_state.of(record(state, **days), closing, CYCLE, TODAY) == by_closing
    assert (lights.light_of(record(state, **days), PLAIN, CYCLE, TODAY, WORKDAYS) == "green") == (by_request == "pending")


DATES = st.none() | st.dates(dt.date(2022, 7, 1), dt.date(2022, 12, 31))
VALUES = st.fixed_dictionaries(
    {
        "deadline": DATES, "begun_on": DATES, "done": st.none() | st.decimals(0, 100, places=2, allow_nan=False),
        "close_out_requested_on": DATES, "closed_out_on": DATES,
    }
)


@settings(max_examples=400)
@given(
    which=st.sampled_from([PLAIN, SEVEN_WORKDAYS, BY_PROGRESS, RED_IS_GOOD, BY_CLOSING]),
    state=st.sampled_from([s.name for s in CYCLE.states]),
    values=VALUES,
)
def test_both_twins_say_the_same(which: Kind, state: str, values: dict[str, Any]) -> None:
    connection = sqlite3.connect(":memory:")
    names = ["deadline", "begun_on", "done", "close_out_requested_on", "closed_out_on"]
    connection.execute(f"CREATE TABLE works (state TEXT, {', '.join(names)})")
    cells = [TYPES[which.field(n).type].to_db(values[n]) for n in names]
    connection.execute("INSERT INTO works VALUES (?, ?, ?, ?, ?, ?)", [state, *cells])
    expression, parameters = lights.sql(which, CYCLE, TODAY, WORKDAYS, "w.{}".format)
    (said,) = connection.execute(f"SELECT {expression} FROM works w", parameters).fetchone()
    (stands,) = connection.execute(f"SELECT {due_state.sql(which, CYCLE, TODAY, 'w.{}'.format)} FROM works w").fetchone()
    connection.close()
    assert stands == due_state.of(record(state, **values), which, CYCLE, TODAY)
    assert said == lights.light_of(record(state, **values), which, CYCLE, TODAY, WORKDAYS)


def test_a_kind_without_lights_shows_none() -> None:
    unit = KINDS.get("unit")
    assert lights.sql(unit, None, TODAY, WORKDAYS) == ("NULL", [])
    assert lights.light_of(record(None), unit, None, TODAY, WORKDAYS) is None


def test_what_has_no_deadline_stands_nowhere() -> None:
    meeting, cycle = KINDS.get("meeting"), KINDS.lifecycle("plan_hold")
    held = Record("meeting", 1, "u", None, "held", False, "", "", "", "", "", {"title": "某"})
    assert due_state.sql(meeting, cycle, TODAY) == "NULL" and due_state.of(held, meeting, cycle, TODAY) is None
