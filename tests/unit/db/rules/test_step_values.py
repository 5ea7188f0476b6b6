"""What a step writes, of a record in the hand: no book, no person, a desk of one's own."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from db.model import builtin
from db.model.declarations import Field
from db.model.records import Record
from db.model.steps import FIELD, Steps
from db.rules import step_values
from db.rules.step_values import Step, step_outcome

KINDS = builtin.kinds()
KIND = KINDS.get("rectification")
CYCLE = KINDS.lifecycle_of(KIND)
assert CYCLE is not None
TODAY = dt.date(2022, 10, 14)


def taken(action: str, at: str, *, state: str = "in_progress", before: Steps = (), on: dt.date = TODAY, office: str = "甲", **values: Any) -> dict[str, Any]:
    """What the values become by one step of ``office``, entered at that moment, of an item that went through ``before``."""
    desk: Any = SimpleNamespace(today=on, user_name="clerk", at=at, office=office, names=None, next_number=lambda *asked: 1)
    held = dict.fromkeys((f.name for f in KIND.all_fields), None) | {"state": state, FIELD: before or None} | values
    record = Record(KIND.name, 1, "u", None, state, False, "", "", "", "", "", held)
    declared = next(each for each in CYCLE.actions if each.name == action)  # type: ignore[union-attr]
    step = Step(desk, KIND, record, "如实")
    return dict(step_outcome(step, declared, CYCLE, KINDS, [()] * len(declared.updates)).values)  # type: ignore[arg-type]


def test_a_clock_that_lags_behind_puts_no_step_before_the_one_it_follows() -> None:
    first = taken("request-close-out", "2022-10-14T10:00:00")[FIELD]
    both = taken("return", "2022-10-14T09:00:00", state="close_out_requested", before=first)[FIELD]
    assert [step.action for step in both] == ["request-close-out", "return"], "returned is what was asked for, by whichever clock"
    assert both[-1].at == "2022-10-14T10:00:00"


def test_when_a_step_of_another_day_was_entered_says_nothing_of_this_one() -> None:
    late = taken("report", "2022-10-14T18:00:00", on=TODAY - dt.timedelta(days=1))[FIELD]
    both = taken("report", "2022-10-14T09:00:00", before=late)[FIELD]
    assert [(step.on, step.at) for step in both] == [("2022-10-13", "2022-10-14T18:00:00"), ("2022-10-14", "2022-10-14T09:00:00")]


def test_two_reports_of_one_second_are_two_steps() -> None:
    first = taken("report", "2022-10-14T10:00:00")[FIELD]
    both = taken("report", "2022-10-14T10:00:00", before=first)[FIELD]
    assert len({step.id for step in both}) == 2
    assert both[0] == first[0]


@pytest.mark.parametrize("office", ["", "甲"])
def test_a_step_has_the_same_id_whatever_went_before(office: str) -> None:
    """A workbook that two offices take in tells each of them of one and the same step."""
    alone = taken("report", "2022-10-14T10:00:00", office=office)[FIELD]
    after = taken("report", "2022-10-14T10:00:00", office=office, before=taken("acknowledge", "2022-10-14T08:00:00", state="assigned")[FIELD])[FIELD]
    assert after[-1].id == alone[-1].id


@pytest.mark.parametrize(("stood", "goes_on"), [("in_progress", "in_progress"), ("acknowledged", "acknowledged"), ("no_such_state", "drafted"), (None, "drafted")])
def test_what_was_suspended_goes_on_where_it_stood(stood: str | None, goes_on: str) -> None:
    """Where nobody knows any more where it stood, or no lifecycle does, it begins again."""
    after = taken("resume", "2022-10-14T10:00:00", state="suspended", suspended_state=stood)
    assert after["state"] == goes_on and after["suspended_state"] is None
    assert after[FIELD][-1].to == goes_on


def test_the_day_in_a_field_of_months_is_its_month() -> None:
    desk: Any = SimpleNamespace(today=TODAY)
    record = Record(KIND.name, 1, "u", None, "assigned", False, "", "", "", "", "", {})
    step = Step(desk, KIND, record)
    assert step.value("today", Field(name="month", label="月份", type="month"), KIND) == "2022-10"
    assert step.value("today", Field(name="day", label="日期", type="date"), KIND) == TODAY


def test_a_step_goes_by_the_declaration_that_is_asked_for_not_by_one_of_its_name() -> None:
    report = next(each for each in CYCLE.actions if each.name == "report")  # type: ignore[union-attr]
    for each in (report, other := msgspec.structs.replace(report), other, report):
        assert step_values._way(KINDS, KIND, each).action is each  # noqa: SLF001
