"""Meetings: numbers that go on and never double, an agenda of what is open, decisions that become items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from db import office
from db.domain import meetings, minutes
from db.errors import BadInput, NotPermitted
from db.metrics import metrics
from db.model.query import Query
from db.rules.meeting_hearings import Sittings
from db.session import Session
from desktop.bulletin.report import reports
from tests.samples import as_person
from tests.unit.bulletin.report.test_true_sentences import whole

PASSWORD = "zhengxian-demo"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    made.fixed_today = dt.date(2026, 11, 24)
    made.add("unit", {"name": "安坪县"})
    yield made
    made.close()


@pytest.fixture
def series(session: Session) -> str:
    values = {"name": "重点项目周例会", "kind_of_meeting": "regular", "meeting_type": "projects", "rhythm": "weekly"}
    return session.add("meeting_series", values)


def unit(session: Session) -> str:
    found = session.names.unit_by_name("安坪县")
    assert found is not None
    return found


def test_the_number_goes_on_and_is_never_given_twice(session: Session, series: str) -> None:
    first = meetings.propose(session, series)
    assert (first["session_no"], first["title"]) == (1, "重点项目周例会第1次会议")
    uid = meetings.open_meeting(session, series, {**first, "session_no": 51, "title": "重点项目第51次周例会"})
    second = meetings.propose(session, series)
    assert (second["session_no"], second["title"]) == (52, "重点项目第52次周例会")
    assert second["held_on"] == session.must_get("meeting", uid).values["held_on"] + dt.timedelta(days=7)
    assert session.workdays.is_workday(second["held_on"])
    with pytest.raises(BadInput, match="同一次数"):
        meetings.open_meeting(session, series, {**second, "session_no": 51})
    meetings.open_meeting(session, series, second)
    assert [s.number for s in meetings.meetings_of_series(session, series)] == [52, 51]
    (found,) = meetings.series(session)
    assert (found.count, found.last, found.takes_problems) == (2, 52, True)


def test_what_is_open_comes_back_and_what_was_decided_is_told_first(session: Session, series: str) -> None:
    one = meetings.open_meeting(session, series, meetings.propose(session, series))
    assert meetings.agenda(session, one) == []
    problem, = meetings.raise_problems(
        session, one, [{"title": "便道未修", "lead_unit": unit(session), "deadline": dt.date(2026, 12, 10)}]
    )
    assert session.must_get("meeting_problem", problem).state == "assigned"
    done, open_one = meetings.decide(
        session,
        one,
        [
            {"title": "修通便道", "content": "两周修通", "lead_unit": unit(session), "deadline": dt.date(2026, 12, 10)},
            {"title": "研究补偿"},
        ],
    )
    assert meetings.make_items(session, [done, open_one]) == (2, 1)
    assert meetings.make_items(session, [done]) == (0, 0)
    item = session.find(Query(kind="assigned_item", sort=(("created_at", False),)))[0]
    assert (item.values["decision"], item.values["requirement"], item.values["source"]) == (done, "两周修通", "meeting")
    assert session.must_get("decision", done).values["made_item"] is True
    two = meetings.open_meeting(session, series, meetings.propose(session, series))
    lines = meetings.agenda(session, two)
    assert [(a.part, a.title, a.state[0]) for a in lines] == [
        (meetings.LAST, "修通便道", "已交办"),
        (meetings.LAST, "研究补偿", "拟办"),
        (meetings.OPEN, "便道未修", "已交办"),
    ]
    session.fixed_today = dt.date(2026, 12, 20)
    assert {a.state for a in meetings.agenda(session, two) if a.title != "研究补偿"} == {("逾期", "red")}
    # All of it is one step back.
    session.undo_last()
    assert len(meetings.meetings_of_series(session, series)) == 1


def test_a_decision_becomes_one_item_and_another_only_once_that_is_deleted(session: Session, series: str) -> None:
    one = meetings.open_meeting(session, series, meetings.propose(session, series))
    here, abroad = meetings.decide(session, one, [{"title": "修通便道"}, {"title": "研究补偿"}])
    session.set("decision", abroad, {"made_item": True})  # as it comes in a workbook, without the other office's item
    said = {d.title: (d.made, d.state[0]) for d in meetings.decisions(session, one)}
    assert said == {"修通便道": (False, "未转交办"), "研究补偿": (True, "已转为交办")}
    assert meetings.make_items(session, [here, abroad]) == (1, 0)
    (item,) = session.find(Query(kind="assigned_item"))
    session.delete("assigned_item", item.uid)
    assert {d.title: (d.made, d.state[0]) for d in meetings.decisions(session, one)}["修通便道"] == (False, "交办事项已删除")
    assert meetings.make_items(session, [here]) == (1, 0)
    assert meetings.make_items(session, [here]) == (0, 0)


def test_a_session_called_off_is_not_the_one_before(session: Session, series: str) -> None:
    one = meetings.open_meeting(session, series, meetings.propose(session, series))
    two = meetings.open_meeting(session, series, meetings.propose(session, series))
    session.take_step("meeting", two, "cancel", "改期")
    three = meetings.open_meeting(session, series, meetings.propose(session, series))
    before = meetings.previous(session, session.must_get("meeting", three))
    assert before is not None and before.uid == one


def test_attendance_is_taken_over_and_ticked(session: Session, series: str) -> None:
    one = meetings.open_meeting(session, series, meetings.propose(session, series))
    with pytest.raises(BadInput, match="没有名单"):
        meetings.invite_as_before(session, one)
    with pytest.raises(BadInput, match="第 2 行"):
        meetings.invite(session, one, [{"name": "戴一鸣", "role": "chair"}, {"name": "闵文远", "role": "chair"}])
    assert meetings.attendance(session, one) == []
    meetings.invite(session, one, [{"name": "闵文远"}, {"name": "戴一鸣", "role": "chair"}])
    two = meetings.open_meeting(session, series, meetings.propose(session, series))
    seats = meetings.attendance(session, two)
    assert [s.name for s in seats] == ["戴一鸣", "闵文远"]
    assert meetings.invite_as_before(session, two) == 0
    assert meetings.tick(session, [s.uid for s in seats], "leave") == 2
    assert {s.status for s in meetings.attendance(session, two)} == {"leave"}
    assert {s.status for s in meetings.attendance(session, one)} == {None}, "nobody was there before it was noted"
    assert meetings.statuses(session)[0].name == "present"


def test_minutes_are_drafted_and_written_after_the_meeting_too(session: Session, series: str) -> None:
    uid = meetings.open_meeting(session, series, {**meetings.propose(session, series), "place": "二楼会议室"})
    meetings.invite(session, uid, [{"name": "闵文远"}])
    meetings.decide(session, uid, [{"title": "修通便道", "content": "两周修通。", "lead_unit": unit(session)}])
    assert meetings.tick_rest(session, uid) == 1
    meetings.hold(session, uid)
    text = minutes.draft(session, uid)
    assert "2026年11月24日，召开重点项目周例会第1次会议，地点：二楼会议室。" in text
    assert "到会（1人）：闵文远。" in text and "1. 修通便道。两周修通。（由安坪县牵头）" in text
    minutes.save(session, uid, f" {text} ")
    assert minutes.written(session, uid) == text
    minutes.save(session, uid, "")
    assert minutes.written(session, uid) == ""
    with as_person(session, "guest", "viewer"), pytest.raises(NotPermitted):
        minutes.save(session, uid, "不该写进去")
    session.delete("meeting", uid)
    with pytest.raises(BadInput, match="回收站"):
        minutes.save(session, uid, "不该写进去")
    assert session.verify() == []


def test_a_series_without_a_standing_meeting_keeps_its_own_problems(session: Session) -> None:
    own = session.add("meeting_series", {"name": "专题会", "kind_of_meeting": "special"})
    uid = meetings.open_meeting(session, own, meetings.propose(session, own))
    assert meetings.agenda(session, uid) == []
    (found,) = meetings.series(session)
    assert not found.takes_problems
    with pytest.raises(BadInput, match="第 1 行"):
        meetings.raise_problems(session, uid, [{"title": "没有例会"}])


def test_a_problem_that_is_carried_on_says_how_often(session: Session, series: str) -> None:
    """Heard when raised, then at each session until it is solved; one called off does not count."""
    one = meetings.open_meeting(session, series, meetings.propose(session, series))
    problem, = meetings.raise_problems(
        session, one, [{"title": "便道未修", "lead_unit": unit(session), "deadline": dt.date(2027, 1, 30)}]
    )
    meetings.hold(session, one)

    def heard() -> list[tuple[object, object]]:
        rows = session.children(problem, "problem_hearing")
        return [(r.values["time_no"], session.title("meeting", r.values["meeting"])) for r in rows]

    assert heard() == [(1, "重点项目周例会第1次会议")]
    assert session.must_get("meeting_problem", problem).values["times_heard"] == 1
    two = meetings.open_meeting(session, series, meetings.propose(session, series))
    session.take_step("meeting", two, "cancel", "改期")
    three = meetings.open_meeting(session, series, meetings.propose(session, series))
    assert [(a.part, a.times) for a in meetings.agenda(session, three)] == [(meetings.OPEN, 2)]
    session.fixed_today = session.must_get("meeting", three).values["held_on"] + dt.timedelta(days=3)
    assert "便道未修，已交办，第2次上会。" in minutes.draft(session, three)
    session.take_step("meeting", three, "hold")  # by command or form, as on the page
    assert heard()[1:] == [(2, "重点项目周例会第3次会议")]
    named = ["problem_hearings", "problems_again"]
    counted = metrics.count(session, named, period="2026", as_of=session.today)
    assert [counted[n].value for n in named] == [2, 1]
    counted = metrics.count(session, named, period="2026", as_of=dt.date(2026, 11, 24))
    assert [counted[n].value for n in named] == [1, 0]
    assert [(a.part, a.times) for a in meetings.agenda(session, one)] == [(meetings.NEW, 1)], "as it was when it was held"
    session.take_step("meeting", three, "reopen", "补记")
    session.take_step("meeting", three, "hold")
    assert len(heard()) == 2, "never twice for one session"
    session.undo_last()
    assert session.verify() == []


def test_how_often_is_counted_by_the_days_of_sittings_alone(session: Session, series: str) -> None:
    day, week = dt.date(2026, 11, 2), dt.timedelta(days=7)
    held = [
        meetings.open_meeting(session, series, {**meetings.propose(session, series), "held_on": on})
        for on in (day, day + week, day + 2 * week, day + 2 * week)
    ]
    given = {"meeting_type": "projects", "lead_unit": unit(session), "deadline": dt.date(2027, 1, 30)}
    late, undated = (
        session.add("meeting_problem", given | {"title": title, "raised_on": on})
        for title, on in (("后来提的", day + 3 * week), ("没写哪天提的", None))
    )
    for uid in held:
        meetings.hold(session, uid)
    assert not session.children(late, "problem_hearing") and not session.children(undated, "problem_hearing")
    sittings = Sittings(session, session.must_get("meeting", held[-1]))

    def times(since: dt.date | None, at: str | None = None) -> int:
        return sittings.times(SimpleNamespace(values={"raised_on": since, "meeting": at}))

    assert times(day, held[0]) == times(day) == 3, "there, at the one between, and at this"
    assert times(day + dt.timedelta(days=1)) == 2, "raised on a day without a sitting"
    assert times(day + 2 * week) == times(day + 2 * week, held[-1]) == times(None) == 1


def test_what_was_decided_earlier_and_is_not_done_comes_back(session: Session, series: str) -> None:
    uids = []
    for _ in range(3):
        uids.append(meetings.open_meeting(session, series, meetings.propose(session, series)))
        session.fixed_today = session.must_get("meeting", uids[-1]).values["held_on"]
        decided = meetings.decide(session, uids[-1], [
            {"title": f"第{len(uids)}次定的事", "lead_unit": unit(session), "deadline": session.today + dt.timedelta(days=60)},
            {"title": f"第{len(uids)}次定的已办事", "lead_unit": unit(session), "deadline": session.today + dt.timedelta(days=60)},
        ])
        meetings.make_items(session, decided)
        done = next(d.item for d in meetings.decisions(session, uids[-1]) if "已办" in d.title)
        session.take_step("assigned_item", done, "request-close-out")
        with as_person(session, "reviewer", "reviewer"):
            session.take_step("assigned_item", done, "close-out")
        meetings.hold(session, uids[-1])
    four = meetings.open_meeting(session, series, meetings.propose(session, series))
    told = [(a.title, a.times, a.state[0]) for a in meetings.agenda(session, four)]
    assert told == [
        ("第3次定的事", 1, "已交办"), ("第3次定的已办事", 1, "已销号"), ("第2次定的事", 2, "已交办"), ("第1次定的事", 3, "已交办"),
    ]  # fmt: skip


def test_who_is_on_leave_says_why_and_who_comes_instead(session: Session, series: str) -> None:
    uid = meetings.open_meeting(session, series, meetings.propose(session, series))
    meetings.invite(session, uid, [{"name": "闵文远", "unit": unit(session)}, {"name": "戴一鸣"}, {"name": "柯明"}])
    away, late, _ = meetings.attendance(session, uid)
    meetings.tick(session, [away.uid], meetings.LEAVE, "外出招商")
    session.set("attendance", away.uid, {"stand_in": "嵇小满"})
    meetings.tick(session, [late.uid], "late")
    names = ["attendance_rate", "leaves", "absences"]
    meetings.hold(session, uid)
    counted = metrics.count(session, names, period="2026")
    assert [(counted[n].numerator, counted[n].denominator) for n in names[:1]] == [(1, 2)], "who was not noted is not counted"
    assert meetings.tick_rest(session, uid) == 1
    counted = metrics.count(session, names, period="2026", unit=unit(session))
    assert [counted[n].value for n in names] == [0, 1, 0]
    assert "请假（1人）：闵文远（嵇小满代会）。" in minutes.draft(session, uid)
    paper = whole(reports.build(session, "meeting_minutes", item=uid).document())
    assert "请假：闵文远（安坪县，嵇小满代会）" in paper and "出席：戴一鸣、柯明" in paper
