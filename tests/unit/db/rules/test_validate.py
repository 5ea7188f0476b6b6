"""What a record may hold, field by field: what it points to, what stands once, and what may come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from db.errors import BadInput
from db.model.declarations import Field
from db.model.ids import new_uid
from db.rules import validate
from db.session import Session
from tests.samples import new_office


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_office(tmp_path, dt.date(2026, 9, 1)) as made:
        yield made


def said(run: Any, *asked: Any, **more: Any) -> dict[str, str]:
    """Field → what is wrong with it."""
    try:
        run(*asked, **more)
    except BadInput as error:
        return {problem.field: problem.message for problem in error.problems}
    return {}


def test_values_take_the_form_in_which_they_are_kept_and_all_that_is_wrong_is_told_at_once(session: Session) -> None:
    kind = session.kinds.get("petition")
    assert validate.normalized(kind, {"case_no": " 甲1 "}) == {"case_no": "甲1"}
    wrong = said(validate.normalized, kind, {"nobody": 1, "deadline": "某日", "case_no": "甲1"})
    assert set(wrong) == {"nobody", "deadline"} and "没有名为" in wrong["nobody"]
    with pytest.raises(BadInput, match=r"^甲；乙。$") as refused:
        validate.complain([validate.Problem("a", "甲。"), validate.Problem("b", "乙。"), validate.Problem("c", "甲。")], "u")
    assert refused.value.uid == "u" and len(refused.value.problems) == 3
    validate.complain([])


def test_what_a_field_points_to_must_be_there(session: Session) -> None:
    kind, (here, gone) = session.kinds.get("rectification"), (session.add("unit", {"name": name}) for name in ("安坪县", "旧县"))
    field = kind.field("cooperating_units")
    points = validate._points_somewhere  # noqa: SLF001
    assert points(session, kind.field("lead_unit"), here, None) == []
    (problem,) = points(session, kind.field("lead_unit"), new_uid(), None)
    assert problem.field == "lead_unit" and "不在单位表中" in problem.message
    session.delete("unit", gone)
    assert points(session, field, (here, gone), None) and points(session, field, (here, gone), (gone,)) == [], "it stood there before"
    assert points(session, field, (gone, new_uid()), (gone,)) and points(session, kind.field("lead_unit"), gone, gone)
    leader = session.add("leader", {"name": "滕甲"})
    (referring,) = (f for f in session.kinds.get("assigned_item").all_fields if f.name == "lead_leader")
    assert points(session, referring, leader, None) == [] and "指向的记录" in points(session, referring, new_uid(), None)[0].message
    session.delete("leader", leader)
    assert points(session, referring, leader, None)[0].field == "lead_leader"
    assert points(session, kind.field("title"), "标题", None) == []
    words = Field(name="said", label="说法", type="text", kind="leader")
    assert points(session, words, "标题", None) == [], "words point to nothing"
    named = Field(name="whose", label="归属", type="reference", kind="unit")
    assert points(session, named, here, None) == [] and points(session, named, gone, None)[0].field == "whose"
    shut: Any = SimpleNamespace(names=session.names, opens=lambda kind: False)
    assert points(shut, referring, new_uid(), None) == [], "a closed book says nothing of who stands in it"


def test_what_stands_once_is_told_with_its_value_but_not_of_itself_nor_of_what_is_deleted(session: Session) -> None:
    name = "强市"
    first = session.add("strategy", {"name": name})
    assert f"{name} 已有一条" in said(session.add, "strategy", {"name": name})["name"]
    session.set("strategy", first, {"name": name})
    session.delete("strategy", first)
    second = session.add("strategy", {"name": name})
    assert "必填" in said(session.set, "strategy", second, {"name": None})["name"]


def test_what_comes_back_is_held_against_what_was_written_since(session: Session) -> None:
    taken = "旺市"
    first = session.add("strategy", {"name": "兴市"})
    record = session.must_get("strategy", first)
    session.add("strategy", {"name": taken})
    again = {**record.values, "name": taken}

    def back(before: dict[str, Any], written: dict[str, Any], values: dict[str, Any]) -> str:
        held = session.must_get("strategy", first)
        held.values.update(values)
        try:
            validate.check_again(session, held, before, written)
        except BadInput as error:
            assert error.uid == first
            return error.message
        return ""

    assert "不能撤销" in back(record.values, {"name": taken}, again) and f"{taken} 已有一条" in back(record.values, {"name": taken}, again)
    assert back(record.values, {"note": 1}, again) == "", "only what is written again is looked up"
    assert taken in back(record.values, {"deleted": False}, again), "a name may have been taken while it was away"
    assert back({**record.values, "name": None}, {"note": 1}, {"name": None}) == "", "what was wrong before keeps nobody"
    assert "必填" in back(record.values, {"name": None}, {"name": None})
