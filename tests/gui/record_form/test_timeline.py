"""What happened to a record, as it is told beside its form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from desktop.ui.record_form.timeline import events_of
from tests.samples import as_person, new_office

KIND = "rectification"


def test_what_an_undo_emptied_is_told_as_blank(tmp_path: Path) -> None:
    with new_office(tmp_path, dt.date(2022, 9, 28)) as session:
        unit = session.add("unit", {"name": "棠阴区"})
        uid = session.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": unit, "deadline": dt.date(2022, 10, 20)})
        with as_person(session, "clerk", "clerk"):
            session.take_step(KIND, uid, "assign", "", {})
            session.take_step(KIND, uid, "report", "", {"content": "已清运", "percent": 30})
            session.undo_last()
        events = events_of(session, session.must_get(KIND, uid), [], {})
    assert [(each.head, "进展情况：已清运 → （空）" in each.lines) for each in events[:1]] == [("修改（撤销）", True)]
