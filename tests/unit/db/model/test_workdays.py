"""Workdays against the State Council's notices, typed out by hand, and against plain counting day by day."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.errors import BadInput
from db.model.workdays import EnteredDay, Workdays, parse_days

DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2031, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "working"),
    [
        ("2022-10-03", False),  # a Monday of the National Day holiday
        ("2022-10-08", True),  # a Saturday worked instead
        ("2022-10-09", True),  # a Sunday worked instead
        ("2022-10-10", True),
        ("2022-10-15", False),  # an ordinary Saturday
        ("2022-01-31", False),  # Spring Festival
        ("2022-01-29", True),  # a Saturday worked instead
        ("2020-01-31", False),  # the holiday prolonged in 2020
        ("2026-10-10", True),
    ],
)
def test_the_official_calendar(text: str, working: bool) -> None:
    assert Workdays().is_workday(day(text)) is working


def test_five_workdays_over_the_national_holiday() -> None:
    calendar = Workdays()
    assert calendar.add(day("2022-09-30"), 5) == day("2022-10-12")
    assert calendar.add(day("2022-10-12"), -5) == day("2022-09-30")
    assert calendar.between(day("2022-09-30"), day("2022-10-12")) == 5
    assert calendar.horizon(day("2022-09-30"), 0) == day("2022-10-07"), "the days off belong to the day before them"


def test_beyond_the_known_years_weekends_are_all_that_is_known() -> None:
    calendar = Workdays()
    assert calendar.is_workday(day("2031-10-01"))  # a Wednesday; its notice is not written yet
    assert [year for year in (2026, 2030, 2031) if calendar.known(year)] == [2026]


def test_what_the_office_enters_beats_the_package() -> None:
    calendar = Workdays(parse_days("2031年10月1日至10月3日 休 国庆节\n2031年10月11日 班\n2022-10-08 休"))
    assert not calendar.is_workday(day("2031-10-02"))
    assert calendar.is_workday(day("2031-10-11"))
    assert not calendar.is_workday(day("2022-10-08"))
    assert calendar.name(day("2031-10-02")) == "国庆节"
    assert calendar.known(2031)


@given(start=DAYS, count=st.integers(-700, 700))
def test_adding_and_counting_agree_with_a_walk(start: dt.date, count: int) -> None:
    calendar = Workdays()
    here, left = start, abs(count)
    while left:
        here += dt.timedelta(days=1 if count > 0 else -1)
        left -= calendar.is_workday(here)
    assert calendar.add(start, count) == here
    if count >= 0:
        assert calendar.between(start, here) == count


@given(a=DAYS, b=DAYS)
def test_counting_back_is_counting_forth(a: dt.date, b: dt.date) -> None:
    assert Workdays().between(a, b) == -Workdays().between(b, a)


@given(today=DAYS, count=st.integers(0, 30))
def test_the_horizon_is_the_last_day_within_so_many_workdays(today: dt.date, count: int) -> None:
    calendar = Workdays()
    last = calendar.horizon(today, count)
    assert calendar.between(today, last) == count
    assert calendar.between(today, last + dt.timedelta(days=1)) == count + 1


@given(st.lists(st.builds(EnteredDay, DAYS, st.booleans(), st.sampled_from(["", "元旦", "国庆节"])), unique_by=lambda d: d.day))
def test_entered_days_go_round_through_text(days: list[EnteredDay]) -> None:
    text = "\n".join(f"{one.day} {'班' if one.working else '休'} {one.name}" for one in days)
    assert parse_days(text) == tuple(sorted(days))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("元旦放假", "第 1 行"),
        ("# 说明\n\n2027-02-30 休", "第 3 行"),
        ("1月1日 休", "第 1 行"),
        ("2027-01-03至2027-01-01 休", "第 1 行"),
        ("2027-01-01 休\n2027-01-01 班", "第 2 行"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: str) -> None:
    with pytest.raises(BadInput, match=line):
        parse_days(text)


def test_forms_that_people_type() -> None:
    found = parse_days("2027/1/1-1/3 休 元旦\n2027.2.6：班\n2月7日 班\n")
    assert [(d.day.isoformat(), d.working) for d in found] == [
        ("2027-01-01", False),
        ("2027-01-02", False),
        ("2027-01-03", False),
        ("2027-02-06", True),
        ("2027-02-07", True),
    ]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2027年10月1日至7日 休 国庆", (10, 1), (10, 7)), ("2027年10月1日（周五）至7日（周四）放假", (10, 1), (10, 7)),
        ("2027.2.5-11 休 春节", (2, 5), (2, 11)), ("2027年4月30日至5月3日 休", (4, 30), (5, 3)),
    ],
)  # fmt: skip
def test_spans_as_the_yearly_notices_write_them(text: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    days = parse_days(text)
    assert (days[0].day, days[-1].day) == (dt.date(2027, *first), dt.date(2027, *last))
    assert len(days) == (days[-1].day - days[0].day).days + 1 and not any(one.working for one in days)


def test_a_whole_sentence_of_a_notice_is_not_half_understood() -> None:
    """Its make-up workdays would be lost without a word."""
    with pytest.raises(BadInput, match="看不懂"):
        parse_days("2027年10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。")
