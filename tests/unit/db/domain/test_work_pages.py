"""What the pages of daily work ask the book for: batches given out whole, reviews opened with last time's weights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from db import office
from db.domain import monthly_review, wall_chart, weekly
from db.errors import BadInput
from db.metrics import charts, metrics, reviews
from db.model import periods
from db.model.query import Query
from db.session import Session
from tests.samples import as_person

PASSWORD = "zhengxian-demo"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    for name in ("安坪县", "荷口区", "柳泽县"):
        made.add("unit", {"name": name})
    made.fixed_today = dt.date(2026, 11, 24)
    yield made
    made.close()


def unit(session: Session, name: str) -> str:
    found = session.names.unit_by_name(name)
    assert found is not None
    return found


def test_a_batch_is_given_out_whole_or_not_at_all(session: Session) -> None:
    week = weekly.this_week(session)
    good = {"title": "报送清单", "lead_unit": unit(session, "安坪县")}
    with pytest.raises(BadInput, match="第 2 行"):
        weekly.give(session, week, [good, {"title": "没有单位"}])
    late = {**good, "deadline": week.last + dt.timedelta(days=30)}
    with pytest.raises(BadInput, match="第 2 行：交卷时限2026年12月29日不在2026年第48周（11月23日—11月29日）之内"):
        weekly.give(session, week, [good, late])
    assert session.count(Query(kind=weekly.KIND)) == 0
    (uid,) = weekly.give(session, week, [good])
    record = session.must_get(weekly.KIND, uid)
    assert record.state == "assigned"
    assert record.values["deadline"] == weekly.last_workday(session, week)
    assert (record.values["week_year"], record.values["week_no"]) == (2026, 48)
    assert weekly.line(session, record)[1] == "报送清单"
    (row,) = weekly.by_unit(session, week)
    assert [r.uid for r in row.items] == [uid]
    assert weekly.remind(session, list(row.missing), "请抓紧交卷") == 1
    assert len(session.children(uid, "letter")) == 1
    session.undo_last()
    assert not session.children(uid, "letter")
    assert [f.name for f in weekly.fields(session)] == list(weekly.GRID)


@pytest.mark.parametrize(
    "today, week, due",
    [
        pytest.param(dt.date(2026, 11, 27), "2026-W48", dt.date(2026, 11, 27), id="the last workday itself"),
        pytest.param(dt.date(2026, 11, 28), "2026-W49", dt.date(2026, 12, 4), id="a Saturday"),
        pytest.param(dt.date(2026, 11, 29), "2026-W49", dt.date(2026, 12, 4), id="a Sunday"),
        pytest.param(dt.date(2022, 10, 9), "2022-W40", dt.date(2022, 10, 9), id="a Sunday made up for"),
        pytest.param(dt.date(2022, 10, 2), "2022-W40", dt.date(2022, 10, 9), id="a Sunday before a week off"),
    ],
)
def test_what_is_given_out_after_the_last_workday_belongs_to_the_next_week(
    session: Session, today: dt.date, week: str, due: dt.date
) -> None:
    session.fixed_today = today
    now = weekly.this_week(session)
    assert weekly.open_week(session, now).text == week
    before = now.before()
    assert weekly.open_week(session, before) == before, "a week that was chosen stays chosen"
    good = {"title": "报送清单", "lead_unit": unit(session, "安坪县")}
    made = weekly.give(session, now, [good, {**good, "title": "当日就要", "deadline": now.last}])
    first, second = (session.must_get(weekly.KIND, uid).values for uid in made)
    year, number, _ = due.isocalendar()
    assert first["deadline"] == due and (first["week_year"], first["week_no"]) == (year, number)
    assert second["week_no"] == now.last.isocalendar().week, "unless the person says otherwise"


def test_what_is_carried_on_after_the_last_workday_is_due_in_the_next_week(session: Session) -> None:
    (uid,) = weekly.give(session, weekly.this_week(session), [{"title": "一件", "lead_unit": unit(session, "安坪县")}])
    session.fixed_today = dt.date(2026, 12, 6)
    assert weekly.carry_over(session, weekly.this_week(session)) == 1
    assert session.must_get(weekly.KIND, uid).values["deadline"] == dt.date(2026, 12, 11)


def test_the_week_of_an_assignment_follows_its_deadline_over_the_new_year(session: Session) -> None:
    session.fixed_today = dt.date(2026, 12, 29)
    last = weekly.this_week(session)
    (uid,) = weekly.give(session, last, [{"title": "跨年的", "lead_unit": unit(session, "安坪县")}])
    assert _week_of(session, uid) == (2026, 53)
    session.fixed_today = dt.date(2027, 1, 5)
    assert weekly.carry_over(session, weekly.this_week(session)) == 1
    assert _week_of(session, uid) == (2027, 1)
    session.undo_last()
    assert _week_of(session, uid) == (2026, 53)
    # typed in a form or by a step of its own: the same; what is typed beside it stands
    session.take_step(weekly.KIND, uid, "carry-over", "再给一周", {"deadline": "2027-01-15"})
    assert _week_of(session, uid) == (2027, 2)
    session.set(weekly.KIND, uid, {"deadline": dt.date(2027, 1, 22), "week_no": 9})
    assert _week_of(session, uid) == (2027, 9)
    typed = session.add(weekly.KIND, {"title": "表单上新建的", "deadline": dt.date(2027, 1, 3)})
    assert _week_of(session, typed) == (2026, 53)


def _week_of(session: Session, uid: str) -> tuple[int, int]:
    values = session.must_get(weekly.KIND, uid).values
    return values["week_year"], values["week_no"]


def test_a_review_starts_with_the_weights_of_the_last_one(session: Session) -> None:
    assert reviews.review_of(session, periods.parse("2026-11")) is None
    session.fixed_today = dt.date(2026, 11, 2)
    weekly.give(session, weekly.this_week(session), [{"title": "一件", "lead_unit": unit(session, "安坪县")}])
    session.fixed_today = dt.date(2026, 11, 24)
    uid = monthly_review.open_month(session, periods.parse("2026-11"))
    with pytest.raises(BadInput):
        monthly_review.open_month(session, periods.parse("2026-11"))
    before = session.must_get(reviews.REVIEW, uid).values["weight_on_time"]
    with pytest.raises(BadInput, match="权重都是 0"):
        monthly_review.set_rule(session, uid, dict.fromkeys(monthly_review.WEIGHTS, Decimal(0)))
    assert session.must_get(reviews.REVIEW, uid).values["weight_on_time"] == before
    monthly_review.set_rule(session, uid, {"weight_on_time": Decimal(70), "title": "不是权重"})
    assert session.must_get(reviews.REVIEW, uid).values["title"] == "2026年11月讲评"
    lines = monthly_review.lines(session, uid)
    by_column = dict(zip(monthly_review.COLUMNS, lines[0].texts, strict=True))
    assert (by_column["rank"], by_column["due"], by_column["open_overdue"]) == ("1", "1", "1")
    assert by_column["completion_rate"] == "0.0% 0/1"
    assert dict(zip(monthly_review.COLUMNS, lines[0].tones, strict=True))["open_overdue"] == "red"
    monthly_review.comment_on(session, lines[0].uid, " 要抓紧 ")
    assert monthly_review.lines(session, uid)[0].comment == "要抓紧"
    monthly_review.comment_on(session, lines[0].uid, "")
    assert monthly_review.lines(session, uid)[0].comment == ""
    december = monthly_review.open_month(session, periods.parse("2026-12"))
    assert session.must_get(reviews.REVIEW, december).values["weight_on_time"] == 70
    assert "×70" in monthly_review.rule(session.must_get(reviews.REVIEW, december))
    assert not reviews.is_sealed(session.must_get(reviews.REVIEW, uid))
    assert [f.name for f in monthly_review.columns(session)] == list(monthly_review.COLUMNS)
    assert len(monthly_review.rule_fields(session)) == 5
    # The review and its lines go away and come back together.
    session.undo_last()
    assert reviews.review_of(session, periods.parse("2026-12")) is None


def test_the_wall_chart_reads_what_runs(session: Session) -> None:
    place = unit(session, "安坪县")
    day = session.today
    values = {"title": "一项", "lead_unit": place, "deadline": day + dt.timedelta(days=20), "assigned_on": day - dt.timedelta(days=9)}
    uid = session.add("rectification", values)
    assert wall_chart.spans(session) == []  # a draft is no part of a plan
    session.take_step("rectification", uid, "assign")
    session.set("rectification", uid, {"progress_percent": 40})
    (span,) = wall_chart.spans(session)
    assert (span.title, span.unit, span.done, span.light, span.closed) == ("一项", place, 0.4, "green", False)
    assert (span.start, span.end) == (values["assigned_on"], values["deadline"])
    late = session.add("regret", {**values, "title": "晚了", "lead_unit": unit(session, "荷口区"), "deadline": day - dt.timedelta(days=1)})
    session.take_step("regret", late, "assign")
    assert [s.title for s in wall_chart.spans(session)] == ["一项", "晚了"]
    assert [s.light for s in wall_chart.spans(session, ["regret"])] == ["red"]
    assert [s.uid for s in wall_chart.spans(session, unit=place)] == [uid]
    session.take_step("rectification", uid, "request-close-out", "办好了")
    with as_person(session, "second", "reviewer"):
        session.take_step("rectification", uid, "close-out")
    assert [s.uid for s in wall_chart.spans(session)] == [late]
    closed = next(s for s in wall_chart.spans(session, closed=True) if s.uid == uid)
    assert (closed.done, closed.light, closed.closed) == (1.0, "blue", True)
    # What a chart shows is what the light of each record says.
    for each in wall_chart.spans(session, closed=True):
        record = session.must_get(each.kind, each.uid)
        assert (session.light(record), session.light_label(record)) == (each.light, each.word)


def test_what_is_far_behind_is_not_overdue_and_the_wall_counts_as_the_figure_does(session: Session) -> None:
    day, many = session.today, dt.timedelta(days=100)
    uid = session.add("yearly_goal", {"title": "落在后面", "year": day.year, "lead_unit": unit(session, "安坪县"), "assigned_on": day - many, "deadline": day + dt.timedelta(days=2)})
    session.take_step("yearly_goal", uid, "assign")
    late = session.add("regret", {"title": "没有交办时间的", "lead_unit": unit(session, "荷口区"), "assigned_on": day - 2 * many, "deadline": day - many})
    session.take_step("regret", late, "assign")
    session.set("regret", late, {"assigned_on": None})
    found = {span.uid: span for span in wall_chart.spans(session)}
    assert (found[uid].light, found[uid].word, found[uid].overdue(day)) == ("red", "严重滞后", False)
    assert found[late].overdue(day) and found[late].start == found[late].end
    (number,) = metrics.count(session, ["open_overdue"]).values()
    assert number.value == sum(span.overdue(day) for span in found.values()) == 1


def test_a_chart_shows_every_unit_and_every_month(session: Session) -> None:
    place = unit(session, "安坪县")
    for month in (9, 11):
        session.fixed_today = dt.date(2026, month, 2)
        uid = session.add("rectification", {"title": f"{month}月", "lead_unit": place, "deadline": dt.date(2026, month, 20)})
        session.take_step("rectification", uid, "assign")
    session.fixed_today = dt.date(2026, 11, 24)
    november = periods.parse("2026-11")
    values = charts.by_unit(session, "assigned", november)
    assert [(v.label, v.number.value) for v in values] == [("安坪县", 1), ("荷口区", 0), ("柳泽县", 0)]
    rates = charts.by_unit(session, "completion_rate", november)
    assert [charts.text(v.number) for v in rates] == ["0.0％ 0/1", "—", "—"]
    time = charts.over_time(session, "assigned", "month", session.today)
    assert len(time) == 12 and [v.number.value for v in time[-3:]] == [1, 0, 1]
    assert [v.label for v in time[:3]] == ["12月", "2026.1", "2月"]
    weeks = charts.over_time(session, "assigned", "week", session.today, unit=unit(session, "荷口区"))
    assert len(weeks) == 13 and not any(v.number.value for v in weeks) and weeks[-1].label == "48周"
    assert [k.name for k in charts.counted_ledgers(session, "rectification_rate")] == ["rectification"]
    assert not charts.has_trend(session, "headquarters_count") or charts.over_time(session, "headquarters_count", "month", session.today)
    assert charts.by_unit(session, "rectification_rate", november, ["regret"]) is not None
    assert {f.name for family in charts.choices(session).values() for f in family} >= {"assigned", "completion_rate"}


def test_what_is_carried_on_is_unfinished_in_its_week_for_good(session: Session) -> None:
    """Week 48 by hand: seven given out, three done by Friday, one answered and checked on Monday, three carried on, of which one is
    done in week 49 and two are carried on again."""
    week, admin = weekly.this_week(session), session.who.user
    uids = weekly.give(session, week, [{"title": f"第{n}件", "lead_unit": unit(session, "安坪县")} for n in range(7)])

    def finish(uid: str, *steps: str) -> None:
        for step in steps:
            session.who.user = admin if step == "request-close-out" else "another"
            session.take_step(weekly.KIND, uid, step, "如实")
        session.who.user = admin

    def seen(text: str, as_of: dt.date | None = None) -> list[object]:
        period = periods.parse(text).seen_on(as_of)
        found = metrics.count(session, weekly.FIGURES, period=period)
        rate = found["weekly_completion_rate"]
        return [found["weekly_assigned"].value, found["weekly_carried"].value, found["weekly_answered"].numerator,
                (rate.numerator, rate.denominator), found["weekly_unanswered"].value]  # fmt: skip

    friday, monday = dt.date(2026, 11, 27), dt.date(2026, 11, 30)
    session.fixed_today = friday
    for uid in uids[:3]:
        finish(uid, "request-close-out", "close-out")
    finish(uids[3], "request-close-out")
    assert seen("2026-W48") == [7, 0, 4, (3, 7), 3]
    session.fixed_today = monday
    finish(uids[3], "close-out")
    following = weekly.this_week(session)
    assert weekly.carry_over(session, following) == 3
    assert seen("2026-W48") == [7, 0, 4, (3, 7), 3], "as of its Sunday"
    assert seen("2026-W48", monday) == [7, 0, 4, (4, 7), 0], "handed in within the week: the reviewer's days are not the unit's"
    assert seen("2026-W49") == [0, 3, 0, (0, 0), 3]
    (line,) = weekly.by_unit(session, following)
    assert (line.given, line.carried, [weekly.origin(r) for r in line.items]) == (0, 3, ["2026年第48周结转"] * 3)
    finish(uids[4], "request-close-out", "close-out")
    session.fixed_today = dt.date(2026, 12, 7)
    assert weekly.carry_over(session, weekly.this_week(session)) == 2
    assert seen("2026-W48", session.today) == [7, 0, 4, (4, 7), 0], "closed later, it stays unfinished in its week"
    assert seen("2026-W49") == [0, 3, 0, (0, 0), 2] and seen("2026-W50") == [0, 2, 0, (0, 0), 2]
    (line,) = weekly.by_unit(session, weekly.this_week(session))
    assert [weekly.origin(r) for r in line.items] == ["2026年第48周结转，2次"] * 2
    # the list of week 49 says what stood in it, with the deadlines and states of its Sunday
    (line,) = weekly.by_unit(session, following)
    assert sorted((r.state, str(r.values["deadline"])) for r in line.items) == [
        ("assigned", "2026-12-04"), ("assigned", "2026-12-04"), ("closed_out", "2026-12-04"),
    ]  # fmt: skip
    assert [weekly.origin(r) for r in line.items] == ["2026年第48周结转"] * 3
