"""Records written with their past leave what typing them day by day would have left."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from db import office
from db.model.fieldtypes.base import NoNames
from db.model.ids import new_uid
from db.model.query import Query
from db.model.records import Record
from db.rules import step_values
from db.session import Session
from db.store.book import Book
from db.store.bulk import DatedWrites, filling
from db.store.journal import HistoryLine
from desktop.sample.items import Desk
from tests.samples import as_person

DAYS = [dt.date(2022, 9, 1) + dt.timedelta(days=n) for n in range(0, 40, 5)]
STEPS = [("assign", "clerk", ""), ("acknowledge", "clerk", ""), ("report", "clerk", "完成一半"), ("request-close-out", "clerk", "已办完"),
         ("return", "reviewer", "缺照片"), ("request-close-out", "clerk", "补齐"), ("close-out", "reviewer", "属实")]  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Any:
    made, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    yield made
    assert made.verify() == []
    made.close()


def blank(session: Session, kind: str, values: dict[str, Any], parent: str | None = None) -> Record:
    declared = session.kinds.get(kind)
    full = {f.name: None if f.default is None else session.default(f) for f in declared.all_fields} | values
    cycle = session.kinds.lifecycle_of(declared)
    return Record(kind, 0, new_uid(), parent, cycle.initial if cycle else None, False, "", "", "", "", "", full)


def by_hand(session: Session, values: dict[str, Any]) -> str:
    with as_person(session, "clerk", "clerk"):
        uid = session.add("rectification", values)
    for day, (step, who, note) in zip(DAYS, STEPS, strict=False):
        session.fixed_today = day
        with as_person(session, who, "administrator"):
            session.take_step("rectification", uid, step, note)
    session.fixed_today = None
    return uid


def in_bulk(session: Session, values: dict[str, Any]) -> str:
    chronicle = DatedWrites(session.office)
    record = blank(session, "rectification", values)
    chronicle.add(record, "2022-09-01T08:00:00", "clerk", "新增整改清单")
    cycle = session.kinds.lifecycle("close_out")
    children: list[Record] = []
    for day, (name, who, note) in zip(DAYS, STEPS, strict=False):
        action = cycle.action(name)
        matching = [[c for c in children if c.kind == u.kind and c.values["status"] == u.where["status"]] for u in action.updates]
        step = step_values.Step(Desk(day, who, NoNames()), session.kinds.get("rectification"), record, note)
        outcome = step_values.step_outcome(step, action, cycle, session.kinds, matching)
        at = f"{day.isoformat()}T09:00:00"
        for child, changes in outcome.updates:
            chronicle.change(child, changes, at, who, action.label, f"move:{name}")
        if outcome.child is not None:
            kind, found = outcome.child
            children.append(chronicle.add(blank(session, kind.name, found, record.uid), at, who, action.label))
        chronicle.change(record, outcome.values, at, who, action.label, f"move:{name}")
    assert chronicle.write() == 1 + len(STEPS) + 3 + 2  # added, moved; children added and changed
    assert len(chronicle) == 0
    return record.uid


def test_both_ways_leave_the_same(session: Session) -> None:
    unit = session.add("unit", {"name": "棠阴区"})
    values = {"title": "窗口没有公示时限", "lead_unit": unit, "deadline": dt.date(2022, 10, 20)}
    one, other = by_hand(session, values), in_bulk(session, values)
    a, b = session.must_get("rectification", one), session.must_get("rectification", other)
    own = ("id", "at", "office")  # of a step, differs each time it is taken
    taken = [[{n: v for n, v in to_builtins(step).items() if n not in own} for step in record.values.pop("steps")] for record in (a, b)]
    assert taken[0] == taken[1] and len(taken[0]) == len(STEPS)
    assert (a.state, a.values) == (b.state, b.values)

    def told(uid: str) -> list[tuple[Any, ...]]:
        def bare(line: HistoryLine, value: Any) -> Any:
            steps = line.field == "steps" and value is not None
            return [{n: v for n, v in step.items() if n not in own} for step in value] if steps else value

        return [(line.action, line.by, line.field, bare(line, line.old), bare(line, line.new)) for line in session.history("rectification", uid)]

    assert told(one) == told(other)
    for kind in ("progress", "evidence"):
        first, second = (session.children(uid, kind) for uid in (one, other))
        assert [c.values for c in first] == [c.values for c in second]
    book = session.office
    last = {name: book.versions_of(b).of(name)[book.site] for name in ("title", "assigned_on", "state", "closed_out_on")}
    assert last["title"] < last["assigned_on"] < last["state"] == last["closed_out_on"]
    assert b.created_at == "2022-09-01T08:00:00"
    assert b.updated_by == "reviewer"


def test_bulk_records_are_found_once_indexed(session: Session) -> None:
    chronicle = DatedWrites(session.office)
    for number in range(3):
        chronicle.add(blank(session, "unit", {"name": f"澄陵单位{number}"}), "2022-09-01T08:00:00", "admin", "新增单位")
    chronicle.write()
    session.names.forget()
    assert len(session.search("澄陵")) == 3
    assert session.undo_last() is None, "what came in bulk is nobody's last change"


def test_a_change_that_changes_nothing_leaves_no_trace(session: Session) -> None:
    chronicle = DatedWrites(session.office)
    record = chronicle.add(blank(session, "unit", {"name": "雁浦县"}), "2022-09-01T08:00:00", "admin", "新增单位")
    chronicle.change(record, {"name": "雁浦县"}, "2022-09-02T08:00:00", "admin", "修改单位")
    assert chronicle.write() == 1
    assert chronicle.write() == 0


def indexes(book: Book) -> list[tuple[str, str]]:
    rows = book.writer.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
    return [tuple(row) for row in rows]


def test_while_a_book_is_filled_scattered_indexes_wait_and_then_are_there_again(session: Session, tmp_path: Path) -> None:
    before = indexes(session.office)
    chronicle = DatedWrites(session.office)
    chronicle.add(blank(session, "rectification", {"title": "井盖缺失"}), "2022-09-01T08:00:00", "admin", "新增")
    with filling(session.office):
        there = [name for name, _ in indexes(session.office)]
        assert "journal_uid" not in there and "rectification_by_state" in there
        chronicle.write()
        session.office.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(tmp_path / "office", tmp_path / "broken off", ignore=shutil.ignore_patterns("lock"))
    assert indexes(session.office) == before
    assert not session.office.needs_migration()
    other = office.open_office(tmp_path / "broken off", "admin", "zhengxian-demo")
    assert indexes(other.office) == before
    other.close()


def test_the_statistics_of_the_log_are_told_and_not_counted(session: Session) -> None:
    session.add("unit", {"name": "雁浦县"})
    book = session.office
    (rows,) = book.writer.execute("SELECT max(seq) FROM journal").fetchone()
    book.optimize()
    told = book.writer.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'journal'").fetchall()
    assert told == [("journal_uid", f"{rows} 8 1")]
    session.add("unit", {"name": "禾津县"})
    book.optimize()  # still about right: the file is not written for it
    assert book.writer.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'journal'").fetchall() == [(f"{rows} 8 1",)]


def test_what_many_have_brought_to_the_index_of_words_is_joined_at_the_end(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.store.book._MANY_INDEXED", 60)
    monkeypatch.setattr("db.store.book._JOINED", 1)
    book = session.office

    def parts() -> int:
        return int(book.connection.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchone()[0])

    def fill(count: int) -> None:
        with session.atomic("form"):
            for number in range(count):
                session.add("unit", {"name": f"第{number}井盖管理所{count}"})
        with book.atomic("admin") as current:
            current.wait_for_index(book.each("unit"))

    def found(word: str) -> int:
        return len(session.ids(Query(kind="unit", search=word)))

    for number in range(5):
        session.add("unit", {"name": f"安坪县{number}"})
    fill(40)
    while book.index_waiting(10):
        pass
    assert (found("井盖"), found("jg"), parts() > 1) == (40, 40, True), "few are left to the saves"
    fill(50)
    turns = 0
    while book.index_waiting(40):
        turns += 1
        session.add("unit", {"name": f"清禾区{turns}"})  # in between
        assert turns < 100
    assert (found("井盖"), found("jg"), found("安坪"), found("清禾")) == (90, 90, 5, turns)
    assert turns > 3 and parts() <= 1 + turns
    monkeypatch.setattr("db.store.book._SHARE", 2.0)
    fill(60)
    while book.index_waiting(10):
        pass
    assert parts() > 1, "where they are a small part of a large book, all that it holds is not written anew for them"
