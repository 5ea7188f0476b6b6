"""Papers in a rhythm: due, drafted by one step and once only, left out, refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.domain import scheduled_papers
from db.errors import BadInput, NotPermitted
from db.session import Session
from desktop.bulletin.issue import figures, issuing
from desktop.tasks import draft_due_papers
from tests.samples import as_person, new_office

TODAY, DAY = dt.date(2022, 9, 6), dt.timedelta(days=1)
MONDAY = {"rhythm": "weekly", "counted": "days_from_start", "from_on": dt.date(2022, 8, 29)}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_office(tmp_path, TODAY) as made:
        yield made


def item(session: Session, unit: str, assigned: dt.date) -> str:
    values = {"title": f"{assigned}交办的事", "lead_unit": unit, "assigned_on": assigned, "deadline": TODAY + DAY * 30}
    uid = session.add("rectification", values)
    session.take_step("rectification", uid, "assign", on=assigned)
    return uid


def test_one_press_drafts_what_is_due_as_of_its_day_and_once(session: Session) -> None:
    unit = session.add("unit", {"name": "云川市财政局"})
    session.set_back_dating("administrator", 60)
    for day in (dt.date(2022, 8, 22), dt.date(2022, 9, 2), dt.date(2022, 9, 6)):
        item(session, unit, day)
    uid = draft_due_papers.save(session, {"report_name": "supervision_circular", **MONDAY, "covers": "year"})
    due = scheduled_papers.undrafted(session)
    assert [(d.slot.due, d.state) for d in due] == [(dt.date(2022, 8, 29), "overdue"), (dt.date(2022, 9, 5), "overdue")]
    done = draft_due_papers.run(session)
    assert not done.notices and len(done.drafts) == 2
    kept = [figures.kept_figures(session.must_get("bulletin", each)) for each in done.drafts]
    # the two Mondays: one item was there on the first, two on the second, the third came the day after
    assert [next(v for k, v in each.items() if k.startswith("assigned|"))["value"] for each in kept] == ["1", "2"]
    assert {session.must_get("bulletin", each).state for each in done.drafts} == {"drafted"}
    assert draft_due_papers.run(session).drafts == []
    assert [d.state for d in scheduled_papers.papers_due(session)] == ["drafted", "drafted"]
    # taken back as one, it is due again, and drafted again
    session.undo_last()
    assert len(scheduled_papers.undrafted(session)) == 2
    assert len(issuing.drafts(session)) == 0
    assert session.must_get("scheduled_paper", uid).values["drafted"] is None
    again = draft_due_papers.run(session).drafts
    assert sorted(r.uid for r in issuing.drafts(session)) == sorted(again) and len(again) == 2
    session.undo_last()
    assert len(issuing.drafts(session)) == 0 and len(draft_due_papers.run(session).drafts) == 2


def test_a_moved_day_or_another_rhythm_drafts_no_week_twice(session: Session) -> None:
    uid = draft_due_papers.save(session, {"report_name": "brief", **MONDAY})
    draft_due_papers.run(session)
    draft_due_papers.save(session, {"number": 2}, uid)  # Tuesdays, of which today is one
    assert scheduled_papers.undrafted(session) == [] and len(scheduled_papers.papers_due(session)) == 2
    draft_due_papers.save(session, {"rhythm": "ten_days", "counted": "days_from_end", "number": 1}, uid)
    assert scheduled_papers.undrafted(session) == []
    session.fixed_today = dt.date(2022, 9, 10)
    assert [d.slot.due for d in scheduled_papers.undrafted(session)] == [session.today]


def test_one_draft_for_each_unit_with_work_and_each_leader(session: Session) -> None:
    units = [session.add("unit", {"name": name}) for name in ("云川市财政局", "云川市教育局", "云川市水利局")]
    session.set_back_dating("administrator", 60)
    for unit in units[:2]:
        last = item(session, unit, dt.date(2022, 8, 22))
    # what was handed over is in the hands of whoever got it: nothing is drafted for whom it was given to first
    session.take_step("rectification", last, "transfer", "职能不对", {"lead_unit": units[2]})
    for name in ("周明远", "柏怀瑾"):
        session.add("leader", {"name": name, "duty": "副市长"})
    today = {**MONDAY, "number": 2, "from_on": TODAY}
    draft_due_papers.save(session, {"report_name": "problem_list", "each": True, **today})
    draft_due_papers.save(session, {"report_name": "leader_page", **today})
    done = draft_due_papers.run(session)
    assert not done.notices
    drafts = [session.must_get("bulletin", each).values for each in done.drafts]
    assert sorted(d["about_unit"] for d in drafts if d["about_unit"]) == sorted([units[0], units[2]])
    assert sorted(d["title"] for d in drafts if d["item_uid"]) == ["周明远牵头事项", "柏怀瑾牵头事项"]


def test_a_folder_gets_the_pages_and_a_wrong_one_is_told(session: Session, tmp_path: Path) -> None:
    today = {**MONDAY, "number": 2, "from_on": TODAY}
    folder = tmp_path / "每周"
    draft_due_papers.save(session, {"report_name": "problem_list", "folder": str(folder), **today})
    draft_due_papers.save(session, {"report_name": "brief", "folder": "没有这个/文件夹", "title": "简报", **today})
    done = draft_due_papers.run(session)
    assert [path.parent for path in done.files] == [folder] and done.files[0].read_bytes()[:4] == b"%PDF"
    assert len(done.drafts) == 2 and ["简报" in each for each in done.notices] == [True]


def test_left_out_stopped_and_never_too_many(session: Session) -> None:
    uid = draft_due_papers.save(session, {"report_name": "brief", **MONDAY, "from_on": dt.date(2022, 1, 3)})
    assert len(scheduled_papers.undrafted(session)) == scheduled_papers.MOST_MISSED
    assert draft_due_papers.skip(session, scheduled_papers.undrafted(session)) == scheduled_papers.MOST_MISSED
    assert draft_due_papers.run(session).drafts == []
    old = [d for d in scheduled_papers.undrafted(session, older=True) if d.paper.uid == uid]
    assert len(old) > 20 and old[0].slot.due == dt.date(2022, 1, 3), "whoever asks goes back to its first day"
    made = draft_due_papers.run(session, old[:1])
    assert len(made.drafts) == 1
    assert len(scheduled_papers.undrafted(session, older=True)) == len(old) - 1 and scheduled_papers.undrafted(session) == []
    draft_due_papers.save(session, {"stopped": True}, uid)
    session.fixed_today = TODAY + DAY * 14
    assert scheduled_papers.undrafted(session) == []


def test_a_week_without_a_workday_is_told(session: Session) -> None:
    """The Spring Festival of 2022 took a whole week: nothing was due in it, and that is said."""
    session.fixed_today = dt.date(2022, 2, 14)
    weekly = {"rhythm": "weekly", "counted": "workdays_from_start", "number": 1, "covers": "current", "from_on": dt.date(2022, 1, 24)}
    uid = draft_due_papers.save(session, {"report_name": "brief", **weekly})
    found = {d.slot.due.isoformat(): d.state for d in scheduled_papers.papers_due(session) if d.paper.uid == uid}
    assert found == {"2022-01-24": "overdue", "2022-02-06": "idle", "2022-02-07": "overdue", "2022-02-14": "today"}
    assert len(draft_due_papers.run(session).drafts) == 3 and scheduled_papers.undrafted(session, older=True) == []


def test_who_may_and_what_can_be_listed(session: Session) -> None:
    with pytest.raises(BadInput, match="函件"):
        draft_due_papers.save(session, {"report_name": "reminder_slip", **MONDAY})
    with pytest.raises(BadInput, match="不分单位"):
        unit = session.add("unit", {"name": "云川市财政局"})
        draft_due_papers.save(session, {"report_name": "monthly_review", "about_unit": unit, **MONDAY})
    with pytest.raises(BadInput, match="自动填写"):
        draft_due_papers.save(session, {"report_name": "brief", "drafted": "x", **MONDAY})
    with pytest.raises(BadInput, match="没有名为"):
        draft_due_papers.save(session, {"report_name": "no_such_report", **MONDAY})
    draft_due_papers.save(session, {"report_name": "brief", **MONDAY})
    with as_person(session, "guest", "viewer"), pytest.raises(NotPermitted):
        draft_due_papers.run(session)
    with as_person(session, "li", "clerk"):
        assert len(draft_due_papers.run(session).drafts) == 2


def test_a_report_that_is_gone_is_told_and_stays_due(session: Session) -> None:
    draft_due_papers.save(session, {"report_name": "brief", **MONDAY, "from_on": TODAY, "number": 2})
    uid = draft_due_papers.save(session, {"report_name": "problem_list", **MONDAY, "from_on": TODAY, "number": 2})
    session.set("scheduled_paper", uid, {"report_name": "was_deleted"})
    done = draft_due_papers.run(session)
    assert len(done.drafts) == 1 and "was_deleted" in done.notices[0]
    assert [d.paper.uid for d in scheduled_papers.undrafted(session)] == [uid]
    # it can still be stopped, not given to a report that is not there
    with pytest.raises(BadInput, match="没有名为"):
        draft_due_papers.save(session, {"report_name": "nor_this"}, uid)
    draft_due_papers.save(session, {"report_name": "was_deleted", "stopped": True}, uid)
    assert scheduled_papers.undrafted(session) == []
