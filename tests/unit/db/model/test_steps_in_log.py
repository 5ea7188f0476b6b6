"""Of a list of steps the change log keeps what came to it: whoever reads it finds each list again, whole, before and after."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.model import steps
from db.model.ids import new_uid
from db.model.steps import Steps, StepTaken
from db.safety import audit
from db.session import Session
from tests.samples import as_person, new_office

TODAY = dt.date(2022, 9, 28)
KIND = "rectification"

_steps = st.builds(
    StepTaken, st.sampled_from("abcdefgh"), st.sampled_from(["assign", "report"]), st.sampled_from(["2022-09-01", "2022-09-02"]),
    st.sampled_from(["2022-09-01T08:00:00", "2022-09-02T08:00:00"]), st.just("clerk"), st.sampled_from(["assigned", "closed_out"]),
    void=st.booleans(), place=st.integers(0, 3),
)  # fmt: skip


def _unique(found: list[StepTaken]) -> Steps:
    return steps.ordered({step.id: step for step in found}.values())


_lists = st.lists(_steps, max_size=7).map(_unique)


@given(_lists, _lists, st.sets(st.sampled_from("abcdefgh")))
def test_each_list_is_found_again_from_the_other(before: Steps, written: Steps, gone: set[str]) -> None:
    after = _unique([*(step for step in before if step.id not in gone), *written])
    told = json.loads(json.dumps(steps.in_log(before, after)))
    assert steps.after_change(steps.plain(before), told[1]) == steps.plain(after)
    assert steps.before_change(steps.plain(after), *told) == steps.plain(before)
    assert steps.unchanged_since(after, *told)


@given(_lists, _lists)
def test_taken_back_it_is_as_where_both_lists_are_kept_whole(before: Steps, written: Steps) -> None:
    after = _unique([*before, *written])
    whole = json.loads(json.dumps((steps.plain(before), steps.plain(after))))
    found = steps.undone(after, *json.loads(json.dumps(steps.in_log(before, after))))
    assert found == steps.undone(after, *whole)
    stood = {step.id: step.void for step in before}
    assert {step.id: step.void for step in found or ()} == {step.id: stood.get(step.id, True) for step in after}


@given(_lists, _lists)
def test_what_was_written_over_is_not_as_it_was_left(before: Steps, written: Steps) -> None:
    after = _unique([*before, *written])
    for told in (steps.in_log(before, after), _whole(before, after)):
        told = json.loads(json.dumps(told))
        for step in after:
            turned = tuple(msgspec.structs.replace(each, void=not each.void) if each is step else each for each in after)
            assert steps.unchanged_since(turned, *told) == (step in before)


@pytest.mark.parametrize("told", [{}, {"more": [1]}, {"more": [{"id": "a"}]}, {"more": [{"on": "2022-09-01"}]}])
def test_what_no_program_wrote_is_no_list(told: Any) -> None:
    if told == {}:
        assert steps.after_change([], told) == []
        return
    with pytest.raises(ValueError, match="no list of steps"):
        steps.after_change([], told)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("log"), TODAY) as made:
        yield made


def _assigned(session: Session) -> str:
    unit = session.add("unit", {"name": f"棠阴区{new_uid()}"})
    due = dt.date(2022, 10, 20)
    uid = session.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": unit, "deadline": due})
    _move(session, uid, "assign")
    return uid


def _move(session: Session, uid: str, action: str, **ask: Any) -> None:
    with as_person(session, "clerk", "clerk"):
        session.take_step(KIND, uid, action, "如实", ask)


def _logged(session: Session, uid: str) -> list[tuple[Any, Any]]:
    rows = session.office.connection.execute("SELECT before, after FROM journal WHERE uid = ? AND uid <> '' ORDER BY seq", (uid,))
    found = [(json.loads(before), json.loads(after)) for before, after in rows.fetchall()]
    return [(before.get("steps"), after["steps"]) for before, after in found if "steps" in after]


_STEPS: list[tuple[str, dict[str, Any]]] = [("acknowledge", {}), ("report", {"content": "已清运"})]


def _whole(before: Steps | None, after: Steps | None) -> tuple[Any, Any]:
    return steps.plain(before), steps.plain(after)


def test_a_step_puts_down_itself_alone(session: Session) -> None:
    uid = _assigned(session)
    for action, ask in (("acknowledge", {}), ("report", {"content": "已清运", "percent": 30}), ("report", {"content": "已验收", "percent": 60})):
        _move(session, uid, action, **ask)
    taken = session.must_get(KIND, uid).values["steps"]
    first, *others = _logged(session, uid)
    assert len(taken) == 4 and first == (None, steps.plain(taken[:1]))
    assert others == [({"more": []}, {"more": steps.plain([step])}) for step in taken[1:]]


@pytest.mark.parametrize("earlier", [0, 1, 3])
def test_a_log_of_both_forms_is_read_through(session: Session, monkeypatch: pytest.MonkeyPatch, earlier: int) -> None:
    """An earlier program kept every list whole; a book goes on from there."""
    with monkeypatch.context() as before:
        before.setattr(steps, "in_log", _whole)
        uid = _assigned(session)
        for action, ask in _STEPS[: max(earlier - 1, 0)]:
            _move(session, uid, action, **ask)
    for action, ask in _STEPS[max(earlier - 1, 0) :]:
        _move(session, uid, action, **ask)
    _move(session, uid, "request-close-out")
    with as_person(session, "clerk", "clerk"):
        session.undo_last()
    taken: Steps = session.must_get(KIND, uid).values["steps"]
    assert [(step.action, step.void) for step in taken] == [
        ("assign", False), ("acknowledge", False), ("report", False), ("request-close-out", True),
    ]
    lines = [line for line in session.history(KIND, uid) if line.field == "steps"]
    assert lines[-1].new == steps.plain(taken)
    assert all(one.new == other.old for one, other in pairwise(lines))
    assert session.verify() == []
    with as_person(session, "admin", "administrator"):
        told = [each for entry in audit.entries(session) for each in audit.details(session, entry) if each.uid == uid]
    assert next((each.old, each.new) for each in told if each.field == "办理步骤") == ("4 步，最近一步 2022-09-28", "3 步，最近一步 2022-09-28")


@pytest.mark.parametrize("form", [steps.in_log, _whole])
def test_steps_are_taken_back_one_after_the_other_to_the_first_and_brought_back(
    session: Session, monkeypatch: pytest.MonkeyPatch, form: Any
) -> None:
    unit = session.add("unit", {"name": f"棠阴区{new_uid()}"})
    uid = session.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": unit, "deadline": dt.date(2022, 10, 20)})
    with monkeypatch.context() as earlier:
        earlier.setattr(steps, "in_log", form)
        for action, ask in [("assign", {}), *_STEPS]:
            _move(session, uid, action, **ask)
    seen = []
    with as_person(session, "clerk", "clerk"):
        for act in [session.undo_last] * 3 + [session.redo_last] * 3:
            act()
            record = session.must_get(KIND, uid)
            seen.append((record.state, [not step.void for step in record.values["steps"]].count(True)))
    assert seen == [("acknowledged", 2), ("assigned", 1), ("drafted", 0), ("assigned", 1), ("acknowledged", 2), ("in_progress", 3)]


def test_of_two_steps_in_one_change_each_is_told(session: Session) -> None:
    """As when a unit's workbook says that it has received an item and what came of it."""
    uid = _assigned(session)
    with session.atomic("form", "两步"):
        for action, ask in _STEPS:
            session.take_step(KIND, uid, action, "如实", ask)
    with as_person(session, "admin", "administrator"):
        told = audit.details(session, next(iter(audit.entries(session))))
    assert [(each.old[:3], each.new[:3]) for each in told if each.field == "办理步骤"] == [("1 步", "2 步"), ("2 步", "3 步")]


def test_a_step_taken_out_of_the_table_is_told(session: Session) -> None:
    uid = _assigned(session)
    _move(session, uid, "acknowledge")
    taken: Steps = session.must_get(KIND, uid).values["steps"]
    text = json.dumps(steps.plain(taken[:1]), ensure_ascii=False, separators=(",", ":"))
    old = session.office.connection.execute(f"SELECT steps FROM {KIND} WHERE uid = ?", (uid,)).fetchone()[0]
    session.office.writer.execute(f"UPDATE {KIND} SET steps = ? WHERE uid = ?", (text, uid))
    assert any("办理步骤" in each for each in session.verify())
    session.office.writer.execute(f"UPDATE {KIND} SET steps = ? WHERE uid = ?", (old, uid))
    assert session.verify() == []


def test_a_row_that_no_program_wrote_is_shown_as_it_is(session: Session) -> None:
    uid = _assigned(session)
    _move(session, uid, "acknowledge")
    connection, rows = session.office.writer, "uid = ? AND uid <> '' AND action = 'move:acknowledge'"
    (old,) = connection.execute(f"SELECT after FROM journal WHERE {rows}", (uid,)).fetchone()
    connection.execute(f"UPDATE journal SET after = ? WHERE {rows}", ('{"steps": {"more": [7]}}', uid))
    try:
        assert session.history(KIND, uid)[-1].new == {"more": [7]}
        with as_person(session, "admin", "administrator"):
            told = [each for entry in audit.entries(session) for each in audit.details(session, entry) if each.uid == uid]
        assert any("more" in each.new for each in told)
        assert session.verify() != []
    finally:
        connection.execute(f"UPDATE journal SET after = ? WHERE {rows}", (old, uid))
    assert session.verify() == []
