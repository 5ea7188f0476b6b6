"""Who took a step is read by name, on paper, on the screen and in workbooks, in this office and in others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from db import office as offices
from db.errors import NotPermitted
from db.model.fieldtypes import type_of
from db.office import add_user, open_office
from desktop.bulletin.report import reports
from desktop.exchange.apply import accept
from tests.unit.exchange.conftest import KIND, PASSWORD

Offices = Callable[..., Any]
A_UNIT = "安坪县人民政府"


def uid_of(office: Any, start: str) -> str:
    return next(r.uid for r in office.session.office.each(KIND) if r.values["title"].startswith(start))


def as_user(office: Any, name: str) -> Any:
    office.session.close()
    office.session = open_office(office.folder / "data", name, PASSWORD)
    return office.session


@pytest.fixture
def closed(city: Any) -> str:
    """第1项, its closing asked for by clerk 周玲 and granted by reviewer 何立."""
    add_user(city.session, "clerk", "周玲", "clerk", PASSWORD)
    add_user(city.session, "reviewer", "何立", "reviewer", PASSWORD)
    uid = uid_of(city, "第1项")
    city.session.take_step(KIND, uid, "assign")
    city.session.take_step(KIND, uid, "acknowledge")
    as_user(city, "clerk").take_step(KIND, uid, "request-close-out", ask={"content": "已整改"})
    with pytest.raises(NotPermitted):
        city.session.take_step(KIND, uid, "close-out")
    as_user(city, "reviewer").take_step(KIND, uid, "close-out")
    as_user(city, "admin")
    return uid


def texts(session: Any, uid: str) -> list[str]:
    record = session.must_get(KIND, uid)
    evidence = session.children(uid, "evidence")[0]
    return [
        session.text(record, "close_out_requested_by"), session.text(record, "closed_out_by"),
        session.text(evidence, "requested_by"), session.text(evidence, "decided_by"),
    ]  # fmt: skip


def test_the_login_name_is_kept_and_the_name_is_read(city: Any, closed: str) -> None:
    assert (city.value(closed, "close_out_requested_by"), city.value(closed, "closed_out_by")) == ("clerk", "reviewer")
    assert texts(city.session, closed) == ["周玲", "何立", "周玲", "何立"]
    slip = reports.build(city.session, "close_out_slip", item=closed).document()
    said = repr(slip)
    assert "周玲" in said and "何立" in said and "clerk" not in said and "reviewer" not in said


def test_the_name_stays_when_the_person_has_left_or_is_called_otherwise(city: Any, closed: str) -> None:
    offices.edit_user(city.session, "reviewer", "何力", None)
    assert texts(city.session, closed)[1] == "何力"
    offices.remove_user(city.session, "reviewer")
    assert [u.name for u in city.session.key_file.users()] == ["admin", "clerk"]
    assert texts(city.session, closed) == ["周玲", "何力", "周玲", "何力"]
    assert texts(as_user(city, "clerk"), closed)[3] == "何力"


def test_a_name_that_is_typed_is_the_users_or_stands_as_typed(city: Any, closed: str) -> None:
    session = city.session
    report = session.add("progress", {"content": "报告", "reported_by": "clerk"}, parent=uid_of(city, "第2项"))
    assert session.text(session.must_get("progress", report), "reported_by") == "周玲"
    names, field = session.names, session.kinds.get("progress").field("reported_by")
    assert [type_of(field).parse(text, field, names) for text in ("周玲", "clerk", "钱多", " ")] == ["clerk", "clerk", "钱多", None]
    add_user(session, "zhouling2", "周玲", "clerk", PASSWORD)
    assert type_of(field).parse("周玲", field, names) == "周玲"  # two of that name: as it was typed


def test_another_office_reads_the_names_of_the_office_that_wrote(city: Any, closed: str, new_office: Offices) -> None:
    county = new_office("安坪县作风办", "county", units=False)
    add_user(county.session, "clerk", "孙平", "clerk", PASSWORD)
    file = city.export("all.xlsx", kinds=[KIND]).file
    county.take(file)
    assert county.state(KIND, "evidence") == city.state(KIND, "evidence")
    assert texts(county.session, closed) == ["周玲", "何立", "周玲", "何立"]
    # its own clerk is still its own, and both are told apart in the workbook that goes back
    county.is_unit(A_UNIT)
    own = uid_of(county, "第4项")
    as_user(county, "clerk").add("progress", {"content": "正在整改", "reported_by": "clerk"}, parent=own)
    as_user(county, "admin")
    back = county.export("back.xlsx", kinds=[KIND]).file
    result = city.take(back)
    assert result.conflicts == [] and result.errors == [] and result.refused == []
    reported = city.session.children(own, "progress")[0]
    assert reported.values["reported_by"] == "clerk" and city.session.text(reported, "reported_by") == "孙平"
    assert texts(city.session, closed) == ["周玲", "何立", "周玲", "何立"]
    again = city.take(back)
    assert (again.added, again.updated, again.conflicts) == (0, 0, [])
    assert city.session.verify() == []


def test_the_visible_cells_name_the_person_and_coming_back_untouched_change_nothing(city: Any, closed: str) -> None:
    file = city.export("all.xlsx", kinds=[KIND]).file
    book = openpyxl.load_workbook(file)
    cells = {str(c.value) for sheet in book.worksheets if sheet.sheet_state == "visible" for row in sheet.iter_rows() for c in row}
    assert "周玲" in cells and "何立" in cells and "clerk" not in cells and "reviewer" not in cells
    offices.edit_user(city.session, "clerk", "周林", None)  # what was exported is still what it was
    plan = city.plan(file)
    assert accept.accept(city.session, plan).updated == 0
    assert city.value(closed, "close_out_requested_by") == "clerk"


def test_only_the_people_that_the_rows_name_go_along(city: Any, closed: str) -> None:
    add_user(city.session, "secret", "不相干的人", "clerk", PASSWORD)
    file = city.export("all.xlsx", kinds=[KIND]).file
    book = openpyxl.load_workbook(file)
    lines = [[c.value for c in row if c.value] for row in book["_zhengxian"].iter_rows()]
    told = next(line[1] for line in lines if line and line[0] == "people")
    assert "周玲" in told and "何立" in told and "不相干的人" not in told
