"""Changes that go to the disk at once: each is all or nothing by itself, nobody sees or hears of one before all are there, and what
one of them leaves behind when it fails is nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import undo
from db.errors import WorkFailed, ZhengxianError
from db.model.query import Query
from db.office import open_office
from db.session import Session
from db.store.journal import Change
from tests.samples import new_office

KIND = "rectification"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_office(tmp_path / "data", dt.date(2026, 3, 2)) as made:
        yield made


def _titles(session: Session) -> list[str]:
    return sorted(record.values["title"] for record in session.office.each(KIND, "deleted = 0"))


def _elsewhere(session: Session) -> int:
    """How many items another thread sees."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(session.count(Query(kind=KIND))), daemon=True)
    thread.start()
    thread.join(20)
    return found[0]


def test_nobody_sees_or_hears_of_one_before_all_are_there(session: Session) -> None:
    heard: list[Change] = []
    session.office.subscribe(heard.append)
    with session.together():
        first = session.add(KIND, {"title": "甲"})
        session.set(KIND, first, {"problem": "这里读得到刚写的"})
        session.add(KIND, {"title": "乙"})
        assert _titles(session) == sorted("甲乙")
        assert (_elsewhere(session), heard) == (0, [])
    assert _elsewhere(session) == 2
    assert [[kind[2] for kind in change.records] for change in heard] == [["add"], ["edit"], ["add"]]
    assert [change.id for change in heard] == sorted({change.id for change in heard})
    assert session.verify() == []


def test_each_of_them_is_taken_back_by_itself(session: Session) -> None:
    with session.together():
        kept = session.add(KIND, {"title": "留下"})
        session.set(KIND, kept, {"problem": "原来的"})
        with session.atomic("form", "改") as scope:
            session.set(KIND, kept, {"problem": "后来的"})
    assert scope.change is not None
    undo.undo(session.office, scope.change.id, session.user.name)
    assert session.must_get(KIND, kept).values["problem"] == "原来的"
    assert session.verify() == []


def test_one_that_fails_leaves_nothing_and_the_others_stay(session: Session) -> None:
    heard: list[Change] = []
    session.office.subscribe(heard.append)
    with session.together():
        session.add(KIND, {"title": "之前"})
        with pytest.raises(RuntimeError), session.atomic("form", "坏了"):
            session.add(KIND, {"title": "不该留下"})
            session.office.site_number("别处的编号一号站点")
            raise RuntimeError
        session.add(KIND, {"title": "之后"})
    assert _titles(session) == ["之前", "之后"] and len(heard) == 2
    assert session.office.connection.execute("SELECT 1 FROM sites WHERE name LIKE '别处%'").fetchone() is None
    assert session.verify() == []


def test_all_are_taken_back_where_the_whole_fails_and_the_next_write_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    with new_office(tmp_path, dt.date(2026, 3, 2)) as made:
        made.add(KIND, {"title": "早先"})
        user, password = made.user.name, "brand-new-lock-7"
    heard: list[Change] = []
    session = open_office(folder, user, password)  # has not written yet: it takes up its site inside
    session.office.subscribe(heard.append)
    with pytest.raises(RuntimeError), session.together():
        session.add(KIND, {"title": "一起的"})
        session.office.set_setting("somewhere", "1")
        raise RuntimeError
    assert _titles(session) == ["早先"] and heard == [] and session.office.setting("somewhere") is None
    session.add(KIND, {"title": "接着"})
    assert _titles(session) == ["接着", "早先"] and len(heard) == 1
    assert session.verify() == []
    session.close()
    again = open_office(folder, user, password)
    assert again.office.shortfall == "" and _titles(again) == ["接着", "早先"]
    again.close()


def test_the_units_of_one_are_known_to_the_next_and_to_nobody_else(session: Session) -> None:
    """A workbook of the folder brings a unit, and the next one's item is that unit's."""
    session.add("unit", {"name": "旧县"})
    elsewhere: list[str] = []

    def looked_up(uid: str) -> str:
        thread = threading.Thread(target=lambda: elsewhere.append(session.unit_name(uid)), daemon=True)
        thread.start()
        thread.join(20)
        return session.unit_name(uid)

    assert session.unit_name("") and len(session.names.units()) == 1
    with pytest.raises(RuntimeError), session.together():
        lost = session.add("unit", {"name": "不留的县"})
        assert looked_up(lost) == "不留的县"
        raise RuntimeError
    assert looked_up(lost) != "不留的县"
    with session.together():
        new = session.add("unit", {"name": "新县"})
        assert looked_up(new) == "新县"
        with pytest.raises(RuntimeError), session.atomic("form", "坏了"):
            broken = session.add("unit", {"name": "写坏的县"})
            session.set("unit", new, {"name": "改坏的县"})
            session.names.forget()
            assert session.unit_name(broken) == "写坏的县"
            raise RuntimeError
        assert (session.unit_name(new), session.names.unit_by_name("写坏的县")) == ("新县", None)
        session.set("unit", new, {"name": "新区"})
        uid = session.add(KIND, {"title": "甲", "lead_unit": new})
    assert looked_up(new) == "新区" and session.must_get(KIND, uid).values["lead_unit"] == new
    assert not {"新县", "新区", "不留的县"}.intersection(elsewhere[:3]) and elsewhere[3] == "新区"
    assert session.verify() == []


def test_inside_a_change_it_joins_that_change(session: Session) -> None:
    with session.atomic("form", "一次") as scope, session.together():
        session.add(KIND, {"title": "甲"})
        session.add(KIND, {"title": "乙"})
    assert len(scope.changes) == 1 and session.verify() == []


def test_a_full_disk_takes_back_all_and_nothing_is_written_after_it(session: Session) -> None:
    """SQLite then takes the transaction back by itself: what came after it would be on the disk without what came before."""
    session.add(KIND, {"title": "早先"})
    with pytest.raises(WorkFailed, match="都没有写入"), session.together():
        session.add(KIND, {"title": "一"})
        session.office.writer.execute("ROLLBACK")
        with pytest.raises(WorkFailed, match="都没有写入"):
            session.add(KIND, {"title": "二"})
        with pytest.raises(WorkFailed, match="都没有写入"):
            session.office.set_setting("somewhere", "1")
    assert _titles(session) == ["早先"]
    session.add(KIND, {"title": "后来"})
    assert _titles(session) == ["后来", "早先"] and session.verify() == []


def test_a_commit_that_fails_acknowledges_none(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.add(KIND, {"title": "早先"})
    real, heard = session.office.writer, list[Change]()
    session.office.subscribe(heard.append)

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def execute(self, sql: str, *values: object) -> object:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return real.execute(sql, *values)

    with pytest.raises((ZhengxianError, sqlite3.OperationalError)), session.together():
        session.add(KIND, {"title": "一"})
        session.add(KIND, {"title": "二"})
        monkeypatch.setattr(session.office, "writer", Full())
    monkeypatch.setattr(session.office, "writer", real)
    assert _titles(session) == ["早先"] and heard == []
    session.add(KIND, {"title": "后来"})
    assert session.verify() == []
