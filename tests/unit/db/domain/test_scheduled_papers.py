"""On which days a paper is due, and which period it is then about."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from db.domain import scheduled_papers
from db.model.workdays import Workdays

DAY = dt.date


def paper(**values: Any) -> dict[str, Any]:
    return {"rhythm": "monthly", "counted": "days_from_end", "number": 1, "covers": "current", "from_on": DAY(2022, 1, 1), **values}


def found(until: dt.date, **values: Any) -> list[tuple[str, str]]:
    slots = scheduled_papers.slots(paper(**values), Workdays(), until)
    return [(slot.due.isoformat(), slot.period) for slot in slots]


def test_every_monday_is_of_its_week_until_then() -> None:
    monday = {"rhythm": "weekly", "counted": "days_from_start", "from_on": DAY(2022, 9, 1)}
    assert found(DAY(2022, 9, 12), **monday) == [("2022-09-05", "2022-W36@2022-09-05"), ("2022-09-12", "2022-W37@2022-09-12")]
    assert found(DAY(2022, 9, 11), **monday, covers="previous") == [("2022-09-05", "2022-W35")]
    assert scheduled_papers.rhythm_words(paper(**monday)) == "每周一"


def test_the_end_of_a_month_is_a_day_or_a_workday() -> None:
    assert found(DAY(2022, 3, 1)) == [("2022-01-31", "2022-01"), ("2022-02-28", "2022-02")]
    # 29 and 30 January 2022 were made-up workdays before the Spring Festival, 31 was a holiday
    last = found(DAY(2022, 2, 1), counted="workdays_from_end")
    assert last == [("2022-01-30", "2022-01@2022-01-30")]
    assert found(DAY(2022, 2, 28), counted="days_from_end", number=31)[1] == ("2022-02-01", "2022-02@2022-02-01")


@pytest.mark.parametrize(
    ("rhythm", "until", "last"),
    [
        ("ten_days", DAY(2022, 2, 28), ("2022-02-28", "2022-02-21/2022-02-28")),
        ("quarterly", DAY(2022, 6, 30), ("2022-06-30", "2022-Q2")),
        ("half_yearly", DAY(2022, 6, 30), ("2022-06-30", "2022-01/2022-06")),
        ("yearly", DAY(2022, 12, 31), ("2022-12-31", "2022")),
    ],
)
def test_longer_and_odd_stretches(rhythm: str, until: dt.date, last: tuple[str, str]) -> None:
    assert found(until, rhythm=rhythm)[-1] == last
    assert all(due < until.isoformat() for due, _ in found(until - dt.timedelta(days=1), rhythm=rhythm))


def test_what_it_is_about_may_reach_from_the_start_of_the_year() -> None:
    assert found(DAY(2022, 3, 31), covers="year", rhythm="quarterly") == [("2022-03-31", "2022@2022-03-31")]
    assert found(DAY(2022, 1, 31), covers="month", rhythm="weekly", number=1)[0] == ("2022-01-02", "2022-01@2022-01-02")


def test_a_week_without_a_workday_has_no_day() -> None:
    week = {"rhythm": "weekly", "counted": "workdays_from_start", "from_on": DAY(2022, 10, 1)}
    assert [due for due, _ in found(DAY(2022, 10, 16), **week)] == ["2022-10-08", "2022-10-10"]


def test_the_next_day_is_after_today() -> None:
    ahead = scheduled_papers.next_due(paper(rhythm="weekly"), Workdays(), DAY(2022, 9, 11))
    assert ahead == DAY(2022, 9, 18)
