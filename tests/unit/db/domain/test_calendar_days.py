"""What falls on which day: open deadlines with their lights, events that are planned or were held; nothing void."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from db import office
from db.domain import calendar_days

KIND = "rectification"


def test_deadlines_and_events_stand_on_their_days(tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市督查办公室", "city", "admin", "zhengxian-demo")
    today = session.today
    unit = session.add("unit", {"name": "某局"})
    due = today + dt.timedelta(days=2)
    item = session.add(KIND, {"title": "到期的一件", "lead_unit": unit, "deadline": due})
    assert calendar_days.between(session, today, due) == [], "a draft is not given out yet"
    session.take_step(KIND, item, "assign")
    lecture = session.add("lecture", {"title": "大讲堂", "hall": "great", "held_on": due})
    gone = session.add("lecture", {"title": "取消的", "hall": "great", "held_on": due})
    session.take_step("lecture", gone, "cancel", "不办了")
    found = calendar_days.between(session, today, due)
    assert [(one.day, one.uid, one.held) for one in found] == [(due, lecture, True), (due, item, False)]
    assert (found[1].unit, found[1].word, found[1].tone) == (unit, "临近", "yellow")
    assert calendar_days.between(session, today, due - dt.timedelta(days=1)) == []
    assert calendar_days.event_day(session, session.kinds.get("lecture")) == "held_on"
    assert calendar_days.event_day(session, session.kinds.get(KIND)) is None
    session.close()
