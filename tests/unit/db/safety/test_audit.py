"""The administrator reads who changed what, when, over both books."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput, NotPermitted
from db.safety import audit
from desktop.bulletin.report.office_reports import reports_of
from desktop.tasks import draft_due_papers

ROOT = Path(__file__).parents[4]
PASSWORD = "qingshan-lvshui-7"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("office") / "data"
    made, _ = office.create_office(folder, "云川市活动办公室", "city", "admin", PASSWORD)
    office.add_user(made, "lihua", "李华", "clerk", PASSWORD)
    uid = made.add("unit", {"name": "安坪县"})
    made.set("unit", uid, {"name": "清禾区"})
    yield made
    made.close()


def test_changes_come_newest_first_with_what_they_wrote(session: Any) -> None:
    found = audit.entries(session)
    assert [e.label for e in found if e.kinds] == ["修改单位", "新增单位"]
    lines = audit.details(session, next(e for e in found if e.label == "修改单位"))
    assert [(line.title, line.old, line.new) for line in lines] == [("清禾区", "安坪县", "清禾区")]


def test_a_fact_that_is_no_records_is_told_in_words(session: Any) -> None:
    entry = next(e for e in audit.entries(session) if e.source == "users")
    assert audit.details(session, entry)[0].new == "新增用户 lihua（录入员）"


def test_person_day_and_kind_narrow_it(session: Any) -> None:
    today = dt.date.today()
    assert {e.label for e in audit.entries(session, kind="unit")} == {"新增单位", "修改单位"}
    assert audit.entries(session, by="lihua") == []
    assert audit.entries(session, until=today - dt.timedelta(days=1)) == []
    assert len(audit.entries(session, since=today, until=today)) == len(audit.entries(session))


def test_reading_on_begins_behind_what_was_read(session: Any) -> None:
    whole = [e for e in audit.entries(session) if e.book == "office"]
    rest = audit.entries(session, before={"office": whole[0].id})
    assert [e.id for e in rest if e.book == "office"] == [e.id for e in whole[1:]]


def test_the_heads_are_those_of_the_books(session: Any) -> None:
    assert audit.heads(session) == {book.name: book.audit_head for book in session.books}


def test_facts_of_the_office_are_changed_and_journalled(session: Any) -> None:
    unit = next(iter(session.names.units()))
    office.change_facts(session, "云川市督查办公室", "county", unit)
    assert (session.office_name, session.level, session.own_unit) == ("云川市督查办公室", "county", unit)
    office.change_facts(session, "云川市督查办公室", "city", None)
    assert session.own_unit is None
    with pytest.raises(BadInput, match="不在单位名册里"):
        office.change_facts(session, "云川市督查办公室", "city", "nothing")
    assert audit.entries(session)[0].source == "settings"


def test_the_record_that_one_stands_under_is_called_by_its_title(session: Any) -> None:
    day = session.today
    item = session.add("rectification", {"title": "新建停车场", "assigned_on": day, "deadline": day + dt.timedelta(days=9)})
    session.add("milestone", {"title": "开工", "planned_on": day}, parent=item)
    lines = audit.details(session, audit.entries(session, kind="milestone")[0])
    assert [line.new for line in lines if line.field == "所属记录"] == ["新建停车场"]


def test_what_the_program_keeps_by_a_name_of_its_own_is_told_in_words(session: Any) -> None:
    day = session.today
    unit = next(iter(session.names.units()))
    values = {"title": "道路积水", "deadline": day + dt.timedelta(days=9), "lead_unit": unit}
    item = session.add("rectification", values)
    session.take_step("rectification", item, "assign")
    session.take_step("rectification", item, "suspend", "等待批复")
    draft_due_papers.save(session, {"title": "每月通报", "report_name": "supervision_circular", "from_on": day})
    names = {report.name: report.label for report in reports_of(session)}
    entries = audit.entries(session)
    lines = [line for entry in entries[:4] for line in audit.details(session, entry, reports=names)]
    said = {line.field: line.new for line in reversed(lines)}
    assert (said["中止前状态"], said["文种"]) == ("已交办", "督办通报")
    raw = re.compile(r"[a-z]+[_:][a-z]|^[a-z]+$")
    told = [(entry, line) for entry in audit.entries(session) for line in audit.details(session, entry, reports=names)]
    assert not [line for _, line in told for text in (line.action, line.field, line.old, line.new) if raw.search(text)]


def test_every_source_and_step_is_called_something(session: Any) -> None:
    """Whatever a change may be of: each kind, also one that hangs under what took the step."""
    written = [
        source for room in ("db", "desktop") for file in (ROOT / room).rglob("*.py")
        for source in re.findall(r"atomic\(\s*\"([a-z]+)\"", file.read_text("utf-8"))
    ]
    assert len(set(written)) > 8 and set(written) <= set(audit.SOURCES)
    steps = {action.name for cycle in session.kinds.lifecycles for action in cycle.actions}
    for kind in session.kinds:
        for step in steps:
            said = audit._action(session, kind, "gone", f"move:{step}")  # noqa: SLF001
            own = session.kinds.lifecycle_of(kind)
            assert (own is not None and step not in {a.name for a in own.actions}) or said != step, (kind.name, step)


def test_only_an_administrator_reads_it(session: Any) -> None:
    folder = session.folder
    session.close()
    clerk = office.open_office(folder, "lihua", PASSWORD)
    try:
        with pytest.raises(NotPermitted, match="请由管理员操作"):
            audit.entries(clerk)
    finally:
        clerk.close()
