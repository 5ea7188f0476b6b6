"""Reports that are due in the rhythm of a class: which days, which items, what came, what said nothing new; as of any day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest

from db.domain import reporting
from db.metrics import metrics, own_figures, report_slots
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
    session.move(KIND, uid, "assign")
    return uid


def report(session: Session, uid: str, on: dt.date, text: str) -> None:
    session.fixed_today = on
    session.move(KIND, uid, "report", ask={"content": text})


def told(session: Session, unit: str, period: str | None, as_of: dt.date | None = None) -> dict[str, object]:
    session.fixed_today = day(28, 11)
    names = ("due", "on_time", "nothing_new", "late", "missing", "waiting")
    found = metrics.count(session, [f"reports_{name}" for name in names], period=period, unit=unit, as_of=as_of)
    return {name: found[f"reports_{name}"].value for name in names if found[f"reports_{name}"].value}


def due_days(session: Session, period: str, on: dt.date) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for slot in report_slots.slots(session, report_slots.told_for(session, session.kinds.get(KIND)), periods.parse(period), on):
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
    assert report_slots.span_of(rhythm, on) == (first, last)


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
        session.move(KIND, uid, "request-close-out")
    assert told(session, unit, "2022-09", day(30)) == {}, "both were asked for, one was given out on the day itself"
    session.fixed_today = day(12, 10)
    session.move(KIND, asked, "return", "未到位")
    report(session, late, day(31, 10), "已开工")
    assert told(session, unit, "2022-10") == {"due": 2, "on_time": 1, "missing": 1}


def test_an_item_handed_to_another_unit_is_its_from_then_on(session: Session, unit: str) -> None:
    other = session.add("unit", {"name": f"{unit[:4]}接手"})
    uid = item(session, unit, "c", day(1))
    session.fixed_today = day(10, 10)
    session.move(KIND, uid, "transfer", "职能划转", {"lead_unit": other})
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
    then = [metrics.as_they_were(session, [record], None, on)[0].values["report_class"] for on in (day(12), day(15), day(12, 10), day(25, 10))]
    assert then == ["a", "c", None, "a"]
    items = metrics.table(session, ["assigned"], "report_class", unit=unit, as_of=day(12))
    assert {g.key: g.numbers["assigned"].value for g in items} == {"a": 1}
    session.fixed_today = day(12)
    assert [d.report_class for d in reporting.due(session) if d.uid == uid] == ["a"]


def test_rhythms_that_the_office_changed_hold_from_their_day(session: Session, unit: str) -> None:
    item(session, unit, "a", day(1))
    before = REPORT_RHYTHMS.of(session.office)
    try:
        kept = report_slots.keep(before, day(1, 10), "", {"a": "monthly", "b": "", "c": "quarterly"})
        REPORT_RHYTHMS.keep(session.office, kept)
        assert told(session, unit, "2022-09/2022-10") == {"due": 6, "missing": 6}, "five weeks, then a month"
        REPORT_RHYTHMS.keep(session.office, report_slots.keep(kept, day(1, 10), KIND, {"a": ""}))
        assert told(session, unit, "2022-09/2022-10") == {"due": 5, "missing": 5}
        assert report_slots.rhythms_on(session, "project", day(2, 10))["a"] == "monthly"
        assert report_slots.rhythms_on(session, KIND, day(30))["a"] == "weekly", "as it was then"
    finally:
        REPORT_RHYTHMS.keep(session.office, before)


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
    own_figures.keep(session, own_figures.as_stored(session, mine))
    alone = [metrics.count(session, [name], unit=unit, period="2022-11")[name].value for name in ("reports_due", "mine")]
    for names in (["reports_due", "mine"], ["mine", "reports_due"]):
        found = metrics.count(session, names, unit=unit, period="2022-11")
        assert [found[name].value for name in ("reports_due", "mine")] == alone == [4, 1]
