"""Figures of an office's own as of days gone by: what came later had not happened, what is due later was due already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.metrics import metrics, own_figures
from db.model.declarations import Figure, Filter
from db.model.query import Query
from db.session import Session
from tests.samples import as_person, new_office, not_kept

KIND = "rectification"


def day(number: int) -> dt.date:
    return dt.date(2022, 10, number)


TODAY = day(31)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One item that is due on the 20th, given out on the 3rd, acknowledged on the 6th, with a milestone for the 15th that was
    reached on the 17th; reports in the press of the 5th and the 25th."""
    folder: Path = tmp_path_factory.mktemp("own-as-of")
    with new_office(folder, day(3)) as made:
        for role in ("clerk", "reviewer"):
            with as_person(made, role, role):
                pass
        lead, helps = (made.add("unit", {"name": name}) for name in ("棠阴区", "澄陵县"))
        uid = made.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": lead, "cooperating_units": (helps,), "deadline": day(20)})
        made.take_step(KIND, uid, "assign")
        made.fixed_today = day(6)
        made.take_step(KIND, uid, "acknowledge")
        made.add("milestone", {"title": "公示", "planned_on": day(15)}, parent=uid)
        made.fixed_today = day(17)
        (milestone,) = made.children(uid, "milestone")
        made.set("milestone", milestone.uid, {"reached_on": day(17)})
        made.fixed_today = TODAY
        for number in (5, 25):
            level = made.kinds.get("press").field("level").options[0].name
            made.add("press", {"title": f"{number}日见报", "outlet": "日报", "level": level, "published_on": day(number), "unit": lead})
        yield made


@pytest.fixture(autouse=True)
def nothing_left(session: Session) -> Iterator[None]:
    yield
    for record in session.office.each(own_figures.KIND, "deleted = 0"):
        session.delete(own_figures.KIND, record.uid)


def counted(session: Session, days: tuple[int, ...], *conditions: Filter, period: str | None = None, goes_by: str | None = None, **more: Any) -> list[Any]:
    """The figure as of the ends of these days, and of today where the last of October stands for it."""
    made = Figure(**{"name": "mine", "label": "自定的", "kinds": (KIND,), "where": conditions, "period": goes_by, **more})
    own_figures.save(session, own_figures.as_stored(session, made))
    return [metrics.count(session, ["mine"], period=period, as_of=None if number == 31 else day(number))["mine"].value for number in days]


def asked(field: str, op: Any, value: Any = None) -> Filter:
    return Filter(field=field, op=op, value=value)


def test_without_a_period_what_came_later_does_not_count(session: Session) -> None:
    assert counted(session, (4, 5, 24, 25, 31), kinds=("press",), goes_by="published_on") == [0, 1, 1, 2, 2]


def test_a_ledger_without_the_date_has_nothing_in_any_period(session: Session) -> None:
    for kinds in ((KIND, "press"), ("press", "milestone")):
        assert counted(session, (4, 5, 24, 31), kinds=kinds, goes_by="published_on", period="2022-10") == [0, 1, 1, 2]


def test_what_is_due_later_counts_by_its_deadline_from_the_day_it_was_given_out(session: Session) -> None:
    assert counted(session, (2, 3, 19, 20, 31), goes_by="deadline") == [0, 1, 1, 1, 1]
    assert counted(session, (3, 20, 31), period="2022-10", goes_by="deadline") == [1, 1, 1], "the 20th is in October, whatever day it is"
    assert counted(session, (3, 5, 6, 31), period="2022-10", goes_by="acknowledged_on") == [0, 0, 1, 1]


@pytest.mark.parametrize(("op", "by_day"), [
    ("lt", {19: 0, 20: 1, 21: 1, 31: 1}), ("ge", {19: 1, 20: 0, 21: 0, 31: 0}), ("le", {19: 0, 20: 1, 21: 1, 31: 1}), ("gt", {19: 1, 20: 0, 21: 0, 31: 0}),
    ("eq", {19: 0, 20: 1, 21: 0, 31: 0}),
])  # fmt: skip
def test_the_day_of_counting_is_over_at_its_end(session: Session, op: str, by_day: dict[int, int]) -> None:
    """Due on the 20th: by the end of the 20th it is before 截至日."""
    assert counted(session, tuple(by_day), asked("deadline", op, "today")) == list(by_day.values())


@pytest.mark.parametrize(("op", "value"), [("lt", 0), ("ge", 1), ("le", 1), ("gt", 0), ("eq", 1)])
def test_today_is_not_over_yet(session: Session, op: str, value: int) -> None:
    session.fixed_today = day(20)
    try:
        made = Figure(name="mine", label="自定的", kinds=(KIND,), where=(asked("deadline", op, "today"),))
        own_figures.save(session, made)
        assert metrics.count(session, ["mine"])["mine"].value == value
    finally:
        session.fixed_today = TODAY


def test_a_day_that_is_named_is_that_day_whenever_it_is_counted(session: Session) -> None:
    assert counted(session, (6, 20, 31), asked("deadline", "ge", "2022-10-20")) == [1, 1, 1]
    assert counted(session, (6, 20, 31), asked("deadline", "gt", "2022-10-20")) == [0, 0, 0]
    assert counted(session, (6, 20, 31), asked("deadline", "eq", "2022-10-20")) == [1, 1, 1]


def test_what_happened_later_had_not_happened_and_a_deadline_was_set(session: Session) -> None:
    """Of the row and of what it hangs under."""
    filled, blank = asked("acknowledged_on", "filled"), asked("acknowledged_on", "blank")
    assert counted(session, (5, 6, 31), filled) == [0, 1, 1] and counted(session, (5, 6, 31), blank) == [1, 0, 0]
    assert counted(session, (5, 6, 31), asked("deadline", "filled")) == [1, 1, 1]
    assert counted(session, (16, 17, 31), asked("reached_on", "filled"), kinds=("milestone",)) == [0, 1, 1]
    assert counted(session, (16, 17, 31), asked("planned_on", "filled"), kinds=("milestone",)) == [1, 1, 1]
    above = asked("parent.acknowledged_on", "filled")
    assert counted(session, (5, 6, 31), above, kinds=("milestone",)) == [0, 1, 1]
    assert counted(session, (6, 31), asked("parent.deadline", "filled"), kinds=("milestone",)) == [1, 1]


@pytest.mark.parametrize(("field", "op", "value", "said"), [
    ("unit", "in", ["棠阴区"], 1), ("unit", "in", ["澄陵县"], 0), ("cooperating", "in", ["澄陵县"], 1), ("cooperating", "in", ["棠阴区"], 0),
    ("involved", "in", ["棠阴区"], 1), ("involved", "in", ["澄陵县", "棠阴区"], 1), ("involved", "eq", "棠阴区", 1),
    ("unit", "blank", None, 0), ("cooperating", "blank", None, 0), ("involved", "blank", None, 0), ("involved", "filled", None, 1),
])  # fmt: skip
def test_whose_it_is_and_who_helps(session: Session, field: str, op: str, value: Any, said: int) -> None:
    assert counted(session, (31,), asked(field, op, value)) == [said]


def test_it_may_be_counted_by_whoever_gave_it_out(session: Session) -> None:
    """Of a day gone by too, though spans tell whose it was: they keep who answered for it, not who gave it out."""
    lead, gave = (session.names.unit_by_name(name) for name in ("棠阴区", "澄陵县"))
    with not_kept(session, "交办"):
        session.fixed_today = day(4)
        uid = session.add("assigned_item", {"title": "一件", "lead_unit": lead, "assigning_unit": gave, "deadline": day(30)})
        session.take_step("assigned_item", uid, "assign")
        session.fixed_today = TODAY
        own_figures.save(session, Figure(name="mine", label="自定的", kinds=("assigned_item",), unit="assigning_unit"))
        for as_of in (day(20), None):
            lines = metrics.table(session, ["mine"], "unit", as_of=as_of)
            assert [(line.label, line.numbers["mine"].value) for line in lines] == [("澄陵县", 1)]
    session.fixed_today = TODAY


def test_a_deadline_that_was_moved_is_the_old_one_until_that_day(session: Session) -> None:
    """Due on 20 October, moved on the 18th to 20 November; by when it was given out, and whatever is asked of its deadline."""
    with not_kept(session, "延期"):
        (item,) = session.find(Query(kind=KIND))
        session.fixed_today = day(18)
        with as_person(session, "clerk", "clerk"):
            session.take_step(KIND, item.uid, "request-extension", "如实", {"requested_deadline": dt.date(2022, 11, 20)})
        with as_person(session, "reviewer", "reviewer"):
            session.take_step(KIND, item.uid, "grant-extension", "如实", {})
        session.fixed_today = TODAY
        days, moved = (3, 17, 18, 31), [1, 1, 0, 0]
        assert counted(session, days, period="2022-10", goes_by="deadline") == moved
        in_october = asked("deadline", "le", "2022-10-31")
        assert counted(session, days, in_october) == moved
        assert counted(session, days, in_october, period="2022-10", goes_by="assigned_on") == moved
        after = Filter(field="original_deadline", op="lt", other="deadline")
        assert counted(session, days, after, period="2022-10", goes_by="assigned_on") == [0, 0, 1, 1]
        assert counted(session, days, period="2022-10", goes_by="assigned_on") == [1, 1, 1, 1]
    session.fixed_today = TODAY


def test_what_goes_by_no_date_stands_as_of_a_day(session: Session) -> None:
    """A drill that was planned on the 10th and held on the 12th."""
    with not_kept(session, "演练"):
        session.fixed_today = day(10)
        uid = session.add("drill", {"title": "平急转换", "form": "drill"})
        session.fixed_today = day(12)
        session.take_step("drill", uid, "hold")
        session.fixed_today = TODAY
        assert counted(session, (11, 12, 31), kinds=("drill",), drafts=True)[1:] == [1, 1]
        assert counted(session, (11, 12, 31), asked("state", "eq", "held"), kinds=("drill",)) == [0, 1, 1]
    session.fixed_today = TODAY


def test_how_far_it_had_got_is_what_was_reported_by_then(session: Session) -> None:
    """At 60 per cent from the 10th on."""
    with not_kept(session, "进度"):
        (item,) = session.find(Query(kind=KIND))
        session.fixed_today = day(10)
        session.take_step(KIND, item.uid, "report", ask={"content": "过半", "percent": 60})
        session.fixed_today = TODAY
        assert counted(session, (9, 10, 31), asked("progress_percent", "ge", 50)) == [0, 1, 1]
    session.fixed_today = TODAY


def test_how_it_stands_in_its_week_is_known_of_weekly_work_alone(session: Session) -> None:
    """Of what is given out by the week; neither of what goes another way nor of what goes none."""
    with not_kept(session, "周交办"):
        session.fixed_today = day(17)
        lead = session.names.unit_by_name("棠阴区")
        uid = session.add("weekly_assignment", {"title": "本周的", "lead_unit": lead, "assigned_on": day(17), "deadline": day(21)})
        session.take_step("weekly_assignment", uid, "assign")
        session.fixed_today = TODAY
        asks = asked("week_state", "eq", "open")
        assert counted(session, (16, 17, 31), asks, kinds=(KIND, "weekly_assignment", "press")) == [0, 1, 1]
    session.fixed_today = TODAY


def test_what_is_asked_of_some_ledgers_alone_leaves_the_others_out(session: Session) -> None:
    """Reports that are due, of what has classes; handings over, of what is handed over."""
    with not_kept(session, "两种"):
        first, second = (session.names.unit_by_name(name) for name in ("棠阴区", "澄陵县"))
        for kind, more in ((KIND, {"report_class": "c"}), ("weekly_assignment", {})):
            session.fixed_today = day(3)
            uid = session.add(kind, {"title": "一件", "lead_unit": first, "deadline": day(30), **more})
            session.take_step(kind, uid, "assign")
            session.fixed_today = day(12)
            if kind == KIND:
                session.take_step(kind, uid, "transfer", "职能划转", {"lead_unit": second})
        session.fixed_today = TODAY
        both = (KIND, "weekly_assignment", "press")
        assert counted(session, (30, 31), kinds=both, slots=True, goes_by="report_due_on", period="2022-10") == [1, 1]
        assert counted(session, (11, 12, 31), kinds=both, moves="in", goes_by="moved_on", period="2022-10") == [0, 1, 1]
    session.fixed_today = TODAY


def test_a_field_that_one_ledger_lacks_is_asked_of_the_others(session: Session) -> None:
    """Of what is handed over and of reports that are due, too: 案号 is a petition's alone."""
    with not_kept(session, "两种"):
        first, second = (session.names.unit_by_name(name) for name in ("棠阴区", "澄陵县"))
        route = session.kinds.get("petition").field("route").options[0].name
        for kind, more in ((KIND, {}), ("petition", {"case_no": "甲1号", "route": route})):
            session.fixed_today = day(3)
            uid = session.add(kind, {"title": "一件", "lead_unit": first, "deadline": day(30), "report_class": "c", **more})
            session.take_step(kind, uid, "assign")
            session.fixed_today = day(12)
            session.take_step(kind, uid, "transfer", "职能划转", {"lead_unit": second})
        session.fixed_today = TODAY
        both, theirs = (KIND, "petition"), asked("case_no", "filled")
        for more in ({"slots": True, "goes_by": "report_due_on"}, {"moves": "in", "goes_by": "moved_on"}):
            assert counted(session, (31,), kinds=both, period="2022-10", **more) == [2]
            assert counted(session, (31,), theirs, kinds=both, period="2022-10", **more) == [1]
    session.fixed_today = TODAY


def test_who_stands_in_no_roster_of_what_it_hangs_under_does_not_count(session: Session) -> None:
    """Somebody of a leading group: a table that does not keep which person of the office it is, beside a roster that does."""
    with not_kept(session, "名单"):
        lead = session.names.unit_by_name("棠阴区")
        group = session.add("leading_group", {"name": "专班"})
        role = next(f for f in session.kinds.get("leading_group_member").fields if f.label == "小组角色")
        session.add("leading_group_member", {"name": "甲某", "unit": lead, role.name: role.options[0].name}, parent=group)
        in_roster = Filter(field="named.training_attendance", op="eq", other="parent")
        assert counted(session, (31,), kinds=("leading_group_member",)) == [1]
        assert counted(session, (31,), in_roster, kinds=("leading_group_member",)) == [0]
