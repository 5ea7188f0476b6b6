"""Taking back a change after others went on: a step as a whole or not at all, and nothing of what is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from db.errors import BadInput
from db.model.ids import new_uid
from db.session import Session
from db.store.journal import Change
from tests.samples import as_person, new_office

DUE = dt.date(2022, 10, 20)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("undo"), dt.date(2022, 9, 28)) as made:
        yield made


def assigned(session: Session) -> str:
    lead = session.add("unit", {"name": f"棠阴区{new_uid()}"})
    uid = session.add("rectification", {"title": "窗口没有公示办理时限", "lead_unit": lead, "deadline": DUE})
    move(session, uid, "assign")
    return uid


def move(session: Session, uid: str, action: str, who: str = "clerk", note: str = "", **ask: object) -> None:
    with as_person(session, who, "clerk" if who == "clerk" else "reviewer"):
        session.take_step("rectification", uid, action, note, ask)


def undo(session: Session, who: str = "clerk") -> Change | None:
    with as_person(session, who, "clerk" if who == "clerk" else "reviewer"):
        return session.undo_last()


def test_an_edit_before_the_close_is_not_taken_back_after_it(session: Session) -> None:
    uid = assigned(session)
    move(session, uid, "request-close-out", "second")
    with as_person(session, "clerk", "clerk"):
        session.set("rectification", uid, {"deadline": DUE + dt.timedelta(days=30)})
    move(session, uid, "close-out", "reviewer")
    before = session.must_get("rectification", uid)
    with pytest.raises(BadInput, match="已经办结"):
        undo(session)
    assert session.must_get("rectification", uid).values == before.values


def test_who_asked_for_the_close_stays_when_an_older_request_is_taken_back(session: Session) -> None:
    uid = assigned(session)
    move(session, uid, "request-close-out", "reviewer")
    move(session, uid, "request-close-out", "clerk")
    move(session, uid, "close-out", "reviewer")
    with pytest.raises(BadInput):
        undo(session)
    record = session.must_get("rectification", uid)
    assert (record.values["close_out_requested_by"], record.values["closed_out_by"]) == ("clerk", "reviewer")


def test_a_close_taken_back_is_not_half_redone(session: Session) -> None:
    uid = assigned(session)
    move(session, uid, "request-close-out", "clerk")
    move(session, uid, "close-out", "reviewer")
    assert undo(session, "reviewer") is not None
    move(session, uid, "withdraw", "clerk")
    with as_person(session, "reviewer", "reviewer"), pytest.raises(BadInput, match="又有人"):
        session.redo_last()
    record = session.must_get("rectification", uid)
    assert (record.state, record.values["closed_out_on"], record.values["closed_out_by"]) == ("in_progress", None, None)


def test_a_granted_extension_is_taken_back_whole_or_not_at_all(session: Session) -> None:
    uid = assigned(session)
    move(session, uid, "request-extension", note="雨季", requested_deadline=dt.date(2022, 11, 1))
    move(session, uid, "grant-extension", "reviewer")
    with as_person(session, "clerk", "clerk"):
        session.set("rectification", uid, {"deadline": dt.date(2022, 11, 5)})
    with pytest.raises(BadInput, match="又有人"):
        undo(session, "reviewer")
    record = session.must_get("rectification", uid)
    assert (record.values["extended_count"], record.values["original_deadline"]) == (1, DUE)
    (extension,) = session.children(uid, "extension")
    assert extension.values["status"] == "granted"


def test_ones_own_close_is_taken_back_and_redone(session: Session) -> None:
    uid = assigned(session)
    move(session, uid, "request-close-out", "clerk")
    move(session, uid, "close-out", "reviewer")
    assert undo(session, "reviewer") is not None
    assert session.must_get("rectification", uid).state == "close_out_requested"
    with as_person(session, "reviewer", "reviewer"):
        assert session.redo_last() is not None
    assert session.must_get("rectification", uid).state == "closed_out"
    assert undo(session, "reviewer") is not None
    assert session.must_get("rectification", uid).state == "close_out_requested"


def test_undo_redo_undo_goes_on_to_the_change_before(session: Session) -> None:
    uid = assigned(session)
    with as_person(session, "clerk", "clerk"):
        session.set("rectification", uid, {"note": "甲"})
        session.set("rectification", uid, {"title": "乙"})
        for take in (session.undo_last, session.redo_last, session.undo_last, session.undo_last):
            assert take() is not None
        record = session.must_get("rectification", uid)
        assert (record.values["title"], record.values["note"]) == ("窗口没有公示办理时限", None)
        assert session.redo_last() is not None
        assert session.must_get("rectification", uid).values["note"] == "甲"
        assert session.redo_last() is not None
        assert session.must_get("rectification", uid).values["title"] == "乙"


def test_what_another_took_since_is_not_taken_back(session: Session) -> None:
    name = f"棠阴区{new_uid()}"
    with as_person(session, "reviewer", "reviewer"):
        first = session.add("unit", {"name": name})
        session.delete("unit", first)
    with as_person(session, "second", "reviewer"):
        session.add("unit", {"name": name})
    with pytest.raises(BadInput, match="不能重复"):
        undo(session, "reviewer")
    assert session.must_get("unit", first).deleted


def test_an_undo_does_not_make_dates_contradict(session: Session) -> None:
    uid = assigned(session)
    with as_person(session, "clerk", "clerk"):
        session.set("rectification", uid, {"deadline": DUE + dt.timedelta(days=30)})
    with as_person(session, "reviewer", "reviewer"):
        session.set("rectification", uid, {"assigned_on": DUE + dt.timedelta(days=10), "deadline": DUE + dt.timedelta(days=30)})
    with pytest.raises(BadInput, match="整改时限不能早于交办时间"):
        undo(session)
    assert session.must_get("rectification", uid).values["deadline"] == DUE + dt.timedelta(days=30)


def test_names_changed_over_cross_are_taken_back_together(session: Session) -> None:
    with as_person(session, "reviewer", "reviewer"):
        names = [f"棠阴区{new_uid()}" for _ in range(2)]
        one, two = (session.add("unit", {"name": name}) for name in names)
        with session.atomic("bulk", "改名"):
            session.set("unit", one, {"name": "暂名"})
            session.set("unit", two, {"name": names[0]})
            session.set("unit", one, {"name": names[1]})
    assert undo(session, "reviewer") is not None
    assert [session.must_get("unit", uid).values["name"] for uid in (one, two)] == names


def test_what_is_done_again_is_called_as_what_was_taken_back(session: Session) -> None:
    uid = assigned(session)
    move(session, uid, "acknowledge")
    with as_person(session, "clerk", "clerk"):
        takes = (session.undo_last, session.redo_last, session.undo_last, session.redo_last)
        told = [change.label for take in takes if (change := take()) is not None]
    assert told == ["撤销：签收", "重做：签收", "撤销：签收", "重做：签收"]
