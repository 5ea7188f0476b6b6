"""Reports that are due in the rhythm of a class: which days, which items, what came, what said nothing new; as of any day."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from db.domain import owed_reports
from db.metrics import metrics, own_figures, report_due_days
from db.model import periods
from db.model.declarations import Figure
from db.model.settings import REPORT_RHYTHMS
from db.session import Session
from tests.samples import new_office

KIND = "rectification"


def day(number: int, month: int = 9) -> dt.date:
    return dt.date(2022, month, number)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("slots"), day(28, 11)) as made:
        yield made


@pytest.fixture
def unit(session: Session) -> Iterator[str]:
    """A unit of its own for each test: what is counted is its."""
    session.fixed_today = day(28, 11)
    yield session.add("unit", {"name": f"单位{len(session.names.units())}"})
    session.fixed_today = day(28, 11)


def item(session: Session, unit: str, report_class: str | None, on: dt.date) -> str:
    session.fixed_today = on
    values = {"title": f"{report_class}类事项", "lead_unit": unit, "deadline": day(30, 12), "report_class": report_class}
    uid = session.add(KIND, values)
    session.take_step(KIND, uid, "assign")
    return uid


def report(session: Session, uid: str, on: dt.date, text: str) -> None:
    session.fixed_today = on
    session.take_step(KIND, uid, "report", ask={"content": text})


def told(session: Session, unit: str, period: str | None, as_of: dt.date | None = None) -> dict[str, object]:
    session.fixed_today = day(28, 11)
    names = ("due", "on_time", "nothing_new", "late", "missing", "waiting")
    found = metrics.count(session, [f"reports_{name}" for name in names], period=period, unit=unit, as_of=as_of)
    return {name: found[f"reports_{name}"].value for name in names if found[f"reports_{name}"].value}


def due_days(session: Session, period: str, on: dt.date) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for slot in report_due_days.slots(session, report_due_days.told_for(session, session.kinds.get(KIND)), periods.parse(period), on):
        found.setdefault(slot.rhythm, []).insert(0, slot.due.day)
    return found


def test_days_on_which_reports_are_due(session: Session) -> None:
    """The last workday of the week, of ten days, of the month; 8 and 9 October were worked instead of the holiday."""
    assert due_days(session, "2022-09", day(1, 11)) == {"weekly": [2, 9, 16, 23, 30], "ten_days": [9, 20, 30], "monthly": [30]}
    assert due_days(session, "2022-10", day(1, 11)) == {"weekly": [9, 14, 21, 28], "ten_days": [10, 20, 31], "monthly": [31]}
    assert due_days(session, "2022-02", day(1, 11))["weekly"] == [11, 18, 25], "nobody works in the week of the Spring Festival"
    assert due_days(session, "2022-09", day(14)) == {"weekly": [2, 9, 16], "ten_days": [9, 20], "monthly": [30]}, "the next one is told"


@pytest.mark.parametrize(
    ("rhythm", "on", "first", "last"),
    [
        ("weekly", day(7), day(5), day(11)), ("ten_days", day(10), day(1), day(10)), ("ten_days", day(20), day(11), day(20)),
        ("ten_days", day(21), day(21), day(30)), ("ten_days", dt.date(2024, 2, 29), dt.date(2024, 2, 21), dt.date(2024, 2, 29)),
        ("monthly", day(31, 12), day(1, 12), day(31, 12)), ("quarterly", day(30), day(1, 7), day(30)),
        ("quarterly", day(1, 11), day(1, 10), day(31, 12)),
    ],
)  # fmt: skip
def test_spans_of_a_rhythm(rhythm: str, on: dt.date, first: dt.date, last: dt.date) -> None:
    assert report_due_days.span_of(rhythm, on) == (first, last)


LABELS: dict[str, Callable[[dt.date], tuple[int, ...]]] = {
    "weekly": lambda d: d.isocalendar()[:2], "ten_days": lambda d: (d.year, d.month, min((d.day - 1) // 10, 2)),
    "monthly": lambda d: (d.year, d.month), "quarterly": lambda d: (d.year, (d.month - 1) // 3),
}  # fmt: skip
"""Days of one stretch of a rhythm have one label."""
Due = tuple[str, dt.date, dt.date]


class Calendar:
    """When reports of class A are due, day by day: on a workday that another stretch follows."""

    def __init__(self, session: Session, given: report_due_days.Rhythms) -> None:
        self.workdays, self.given = session.workdays, given

    def rhythm(self, on: dt.date) -> str:
        held = [of for since, of in self.given if dt.date.fromisoformat(since) <= on]
        return {**report_due_days.USUAL, **held[-1].get("", {}), **held[-1].get(KIND, {})}["a"] if held else report_due_days.USUAL["a"]

    def workday(self, on: dt.date, step: int) -> dt.date:
        """The next workday, or the one before."""
        on += step * dt.timedelta(days=1)
        return on if self.workdays.is_workday(on) else self.workday(on, step)

    def due(self, on: dt.date, rhythm: str) -> Due | None:
        label = LABELS.get(rhythm)
        if label is None or not self.workdays.is_workday(on) or label(self.workday(on, 1)) == label(on):
            return None
        after = on
        while label(after) == label(on):
            after = self.workday(after, -1)
        return rhythm, after, on

    def within(self, period: periods.Period, today: dt.date) -> list[Due]:
        """Those until the day, and the next one where it is in the period, too."""
        every = [period.first + dt.timedelta(days=n) for n in range((period.last - period.first).days + 1)]
        found = [each for on in every if on <= today and (each := self.due(on, self.rhythm(on)))]
        tomorrow = self.rhythm(today + dt.timedelta(days=1))
        ahead = (each for n in range(1, 200) if (each := self.due(today + dt.timedelta(days=n), tomorrow)))
        upcoming = next(ahead, None)
        return found + ([upcoming] if upcoming is not None and period.first <= upcoming[2] <= period.last else [])


@pytest.mark.parametrize("seed", range(12))
def test_whatever_rhythms_the_office_gave_the_days_are_those_of_a_plain_calendar(session: Session, seed: int) -> None:
    """Changed up to four times in 2022, often on a day on which a report is due; asked on any day, of any month or quarter."""
    chance, before = random.Random(seed), REPORT_RHYTHMS.of(session.office)
    given: report_due_days.Rhythms = []
    fridays = [day(2), day(9), day(30), day(28, 10), day(31, 10), day(30, 6), day(20, 10), day(10, 10)]
    for since in sorted(chance.sample([*fridays, *(day(chance.randint(1, 28), chance.randint(5, 11)) for _ in range(4))], seed % 5)):
        given = report_due_days.with_rhythms(given, since, chance.choice(["", KIND]), {"a": chance.choice([*LABELS, ""])})
    calendar, kind = Calendar(session, given), session.kinds.get(KIND)
    try:
        REPORT_RHYTHMS.save(session.office, given)
        whose = report_due_days.told_for(session, kind)
        for _ in range(60):
            today = chance.choice([day(chance.randint(1, 28), chance.randint(4, 12)), *fridays, *(each - dt.timedelta(days=1) for each in fridays)])
            if any(today.isoformat() < since for since, _ in given):
                continue
            period = periods.parse(chance.choice([f"2022-{chance.randint(4, 12):02}", f"2022-Q{chance.randint(2, 4)}"]))
            if period.first <= today:
                found = [(s.rhythm, s.after, s.due) for s in report_due_days.slots(session, whose, period, today) if s.report_class == "a"]
                assert sorted(found) == sorted(calendar.within(period, today)), (given, period, today)
            last = [(s.rhythm, s.after, s.due) for s in report_due_days.slots(session, whose, None, today) if s.report_class == "a"]
            back = (each for n in range(1500) if (each := calendar.due(on := today - dt.timedelta(days=n), calendar.rhythm(on))))
            assert last == [next(back)], (given, today)
            assert report_due_days.rhythms_on(session, KIND, today)["a"] == calendar.rhythm(today)
        for since, _ in given:
            assert report_due_days.rhythms_on(session, KIND, dt.date.fromisoformat(since))["a"] == calendar.rhythm(dt.date.fromisoformat(since))
    finally:
        REPORT_RHYTHMS.save(session.office, before)


def test_what_is_said_twice_on_one_day_holds_as_it_was_said_last() -> None:
    first = report_due_days.with_rhythms([], day(1), "", {"a": "monthly"})
    assert report_due_days.with_rhythms(first, day(1), "", {"a": "weekly"}) == [("2022-09-01", {"": {"a": "weekly"}})]
    both = report_due_days.with_rhythms(first, day(2), KIND, {"a": ""})
    assert both == [*first, ("2022-09-02", {"": {"a": "monthly"}, KIND: {"a": ""}})], "what was said for all stays"


def test_who_reported_and_what_said_nothing_new(session: Session, unit: str) -> None:
    uid = item(session, unit, "a", day(1))
    item(session, unit, None, day(1))
    report(session, uid, day(2), "已进场")          # due on the 2nd
    report(session, uid, day(8), "正在推进。")       # the 9th: nothing
    report(session, uid, day(15), "已 进场")        # the 16th: as it was said before
    report(session, uid, day(26), "完成基础")       # not by the 23rd; it is the 30th's
    assert told(session, unit, "2022-09") == {"due": 5, "on_time": 4, "nothing_new": 2, "late": 1}
    assert told(session, unit, "2022-09", day(23)) == {"due": 4, "on_time": 3, "nothing_new": 2, "missing": 1, "waiting": 1}
    assert told(session, unit, None, day(25)) == {"due": 1, "missing": 1}
    assert told(session, unit, None, day(27)) == {"due": 1, "late": 1}
    assert told(session, unit, "2022-10") == {"due": 4, "missing": 4}


def test_what_is_due_today_is_awaited_until_the_day_is_over(session: Session, unit: str) -> None:
    item(session, unit, "a", day(1))
    session.fixed_today = day(9)
    found = metrics.count(session, ["reports_waiting", "reports_missing"], unit=unit)
    assert (found["reports_waiting"].value, found["reports_missing"].value) == (1, 0)
    session.fixed_today = day(10)
    found = metrics.count(session, ["reports_waiting", "reports_missing"], unit=unit)
    assert (found["reports_waiting"].value, found["reports_missing"].value) == (0, 1)


def test_what_is_closed_asked_for_or_not_given_out_yet_is_not_due(session: Session, unit: str) -> None:
    closed, asked, late = item(session, unit, "c", day(1)), item(session, unit, "c", day(1)), item(session, unit, "c", day(30))
    session.fixed_today = day(20)
    for uid in (closed, asked):
        session.take_step(KIND, uid, "request-close-out")
    assert told(session, unit, "2022-09", day(30)) == {}, "both were asked for, one was given out on the day itself"
    session.fixed_today = day(12, 10)
    session.take_step(KIND, asked, "return", "未到位")
    report(session, late, day(31, 10), "已开工")
    assert told(session, unit, "2022-10") == {"due": 2, "on_time": 1, "missing": 1}


def test_an_item_handed_to_another_unit_is_its_from_then_on(session: Session, unit: str) -> None:
    other = session.add("unit", {"name": f"{unit[:4]}接手"})
    uid = item(session, unit, "c", day(1))
    session.fixed_today = day(10, 10)
    session.take_step(KIND, uid, "transfer", "职能划转", {"lead_unit": other})
    assert told(session, unit, "2022-09/2022-10") == {"due": 1, "missing": 1}
    assert told(session, other, "2022-09/2022-10") == {"due": 1, "missing": 1}


def test_a_class_that_was_changed_holds_from_its_day(session: Session, unit: str) -> None:
    """Weekly until the 14th, monthly from then on, no class from 10 October, weekly again from the 20th."""
    uid = item(session, unit, "a", day(1))
    for today, report_class in ((day(14), "c"), (day(10, 10), None), (day(20, 10), "a")):
        session.fixed_today = today
        session.set(KIND, uid, {"report_class": report_class})
    session.fixed_today = day(31, 10)
    assert told(session, unit, "2022-09") == {"due": 3, "missing": 3}, "the 2nd and 9th, and the 30th"
    assert told(session, unit, "2022-09", day(12)) == {"due": 2, "missing": 2, "waiting": 1}, "as of a day before the change"
    assert told(session, unit, None, day(12, 10)) == {}, "nothing is asked for"
    assert told(session, unit, "2022-10") == {"due": 2, "missing": 2}, "the 21st and 28th"
    groups = metrics.table(session, ["reports_due"], "report_class", period="2022-09", unit=unit)
    assert {g.key: g.numbers["reports_due"].value for g in groups} == {"a": 2, "c": 1}
    record = session.must_get(KIND, uid)
    then = [metrics.records_as_of(session, [record], None, on)[0].values["report_class"] for on in (day(12), day(15), day(12, 10), day(25, 10))]
    assert then == ["a", "c", None, "a"]
    items = metrics.table(session, ["assigned"], "report_class", unit=unit, as_of=day(12))
    assert {g.key: g.numbers["assigned"].value for g in items} == {"a": 1}
    session.fixed_today = day(12)
    assert [d.report_class for d in owed_reports.reports_due(session) if d.uid == uid] == ["a"]


def test_rhythms_that_the_office_changed_hold_from_their_day(session: Session, unit: str) -> None:
    item(session, unit, "a", day(1))
    before = REPORT_RHYTHMS.of(session.office)
    try:
        kept = report_due_days.with_rhythms(before, day(1, 10), "", {"a": "monthly", "b": "", "c": "quarterly"})
        REPORT_RHYTHMS.save(session.office, kept)
        assert told(session, unit, "2022-09/2022-10") == {"due": 6, "missing": 6}, "five weeks, then a month"
        REPORT_RHYTHMS.save(session.office, report_due_days.with_rhythms(kept, day(1, 10), KIND, {"a": ""}))
        assert told(session, unit, "2022-09/2022-10") == {"due": 5, "missing": 5}
        assert report_due_days.rhythms_on(session, "project", day(2, 10))["a"] == "monthly"
        assert report_due_days.rhythms_on(session, KIND, day(30))["a"] == "weekly", "as it was then"
    finally:
        REPORT_RHYTHMS.save(session.office, before)


def test_a_rhythm_that_stays_asks_for_each_report_once(session: Session, unit: str) -> None:
    """On 15 September something is said of class B alone: what class A and C owe that month stays what it was."""
    for report_class in "ac":
        item(session, unit, report_class, day(1))
    before = REPORT_RHYTHMS.of(session.office)
    owed = told(session, unit, "2022-09")
    assert owed == {"due": 6, "missing": 6}, "five weeks and a month"
    try:
        REPORT_RHYTHMS.save(session.office, report_due_days.with_rhythms(before, day(15), "", {"b": "monthly"}))
        assert told(session, unit, "2022-09") == owed
        assert told(session, unit, None, day(30)) == {"due": 2, "missing": 2}
    finally:
        REPORT_RHYTHMS.save(session.office, before)


def test_they_are_told_apart_by_rhythm_class_and_unit_with_their_rows(session: Session, unit: str) -> None:
    for report_class, count in (("a", 1), ("b", 2), ("c", 3)):
        for _ in range(count):
            item(session, unit, report_class, day(1))
    session.fixed_today = day(28, 11)
    by = {
        group: {line.label: line.numbers["reports_missing"].value for line in metrics.table(session, ["reports_missing"], group, period="2022-09", unit=unit)}
        for group in ("rhythm", "report_class", "unit")
    }  # fmt: skip
    assert by["rhythm"] == {"每周": 5, "每旬": 6, "每月": 3} and by["report_class"] == {"A类": 5, "B类": 6, "C类": 3}
    assert list(by["unit"].values()) == [14]
    rows = metrics.rows(session, "reports_missing", period="2022-09", unit=unit).rows
    assert Counter(row.title for row in rows) == {"a类事项": 5, "b类事项": 6, "c类事项": 3}
    rate = metrics.count(session, ["report_rate"], period="2022-09", unit=unit)["report_rate"]
    assert (rate.numerator, rate.denominator) == (0, 14)


def test_a_figure_of_the_same_ledgers_is_not_counted_over_what_is_due(session: Session, unit: str) -> None:
    item(session, unit, "a", day(1, 11))
    session.fixed_today = day(28, 11)
    mine = Figure(name="mine", label="交办的", lifecycles=("close_out",), period="assigned_on", drafts=True)
    own_figures.save(session, own_figures.as_stored(session, mine))
    alone = [metrics.count(session, [name], unit=unit, period="2022-11")[name].value for name in ("reports_due", "mine")]
    for names in (["reports_due", "mine"], ["mine", "reports_due"]):
        found = metrics.count(session, names, unit=unit, period="2022-11")
        assert [found[name].value for name in ("reports_due", "mine")] == alone == [4, 1]
