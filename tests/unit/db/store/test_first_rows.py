"""The first rows of a list, told before all are sought, and what is counted by the index alone: the same as the long way."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from db.model.query import Query, Where
from db.session import Session
from db.store import match_counts, schema
from db.store import query as queries
from tests.samples import new_office

KIND = "rectification"
DUE = (("deadline", False),)
DAY = dt.date(2022, 9, 1)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("first"), DAY) as made:
        units = [made.add("unit", {"name": name}) for name in ("澄陵区", "棠阴县", "雁浦县")]
        with made.atomic():
            for n in range(40):
                title = ("路灯维修", "路灯不亮", "井盖缺失，路面不平", "ＡＢＣ园区停车")[n % 4]
                uid = made.add(KIND, {"title": f"{title}{n}", "deadline": DAY + dt.timedelta(days=n * 7 % 11) if n % 5 else None,
                                      "lead_unit": units[n * 5 % 3] if n % 7 else None, "source": (None, "forum", "leader")[n % 3]})
                if n % 4 == 1 and n % 7:
                    made.take_step(KIND, uid, "cancel", "不办了")
                if n % 4 == 2 and n % 5 and n % 7:
                    made.take_step(KIND, uid, "assign")
                if n % 9 == 0:
                    made.delete(KIND, uid)
        yield made


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_SOME", 2)
    monkeypatch.setattr(queries, "_MANY", 2)


ASKED = [
    Query(kind=KIND),
    Query(kind=KIND, sort=DUE),
    Query(kind=KIND, sort=(("deadline", True),)),
    Query(kind=KIND, sort=DUE, where=(Where("state", "in", ("drafted",)),)),
    Query(kind=KIND, sort=DUE, search="路"),
    Query(kind=KIND, sort=DUE, search="路灯"),
    Query(kind=KIND, sort=DUE, search="路灯维修"),
    Query(kind=KIND, sort=DUE, search="路 不"),
    Query(kind=KIND, sort=DUE, search="园区停"),
    Query(kind=KIND, sort=DUE, search="ld"),
    *(Query(kind=KIND, sort=((name, descending),), where=where)
      for name in ("state", "unit", "lead_unit", "light", "source") for descending in (False, True)
      for where in ((), (Where("title", "contains", "路"),))),
]


@pytest.mark.parametrize("most", [2, 100_000], ids=["looked-through", "gathered"])
@pytest.mark.parametrize("asked", ASKED, ids=[f"list-{n}" for n in range(len(ASKED))])
def test_the_first_rows_are_those_of_the_whole(session: Session, asked: Query, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_counts, "_MOST", most)
    found = list(session.ids(asked))
    assert found == [record.id for record in session.find(asked)]
    compiled = queries.Compiled(asked, session)
    text, parameters = compiled.sql("id")
    plain = [row[0] for row in session.office.connection.execute(text, parameters)]
    assert found == plain and session.count(asked) == len(plain) > 3
    first = session.first_ids(asked, 4)
    assert first is not None and list(first) == plain[:4]
    assert session.count_at_once(asked) == len(plain), "beside the first rows stands how many there are"


def test_what_is_few_unordered_or_of_a_past_day_is_sought_whole(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.first_ids(Query(kind=KIND, sort=(("title", False),)), 4) is None
    assert session.first_ids(Query(kind=KIND, sort=DUE, as_of=DAY), 4) is None
    assert session.first_ids(Query(kind=KIND, sort=DUE, search="查无此词"), 4) is None
    monkeypatch.setattr(queries, "_AT_ONCE", -1.0)
    monkeypatch.setattr(queries, "_COUNTED_AT_ONCE", -1.0)
    monkeypatch.setattr(queries, "_STEPS", 1)
    assert session.first_ids(Query(kind=KIND, sort=DUE), 4) is None
    assert session.count_at_once(Query(kind=KIND, search="路")) is None
    assert len(session.ids(Query(kind=KIND, sort=DUE))) == 35, "the clock is taken away again"


@pytest.mark.parametrize("name", ["title", "source", "updated_at"])
def test_an_order_that_somebody_waited_for_is_there_the_next_time(session: Session, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    book, asked = session.office, Query(kind=KIND, sort=((name, True),))
    book.orders_wanted.clear()
    monkeypatch.setattr(queries, "_MANY", 100_000)
    before = session.ids(asked)
    assert book.make_order() == 0, "few rows are sorted in no time"
    monkeypatch.setattr(queries, "_MANY", 2)
    assert session.ids(asked) == before
    assert book.make_order() == 1
    assert session.ids(asked) == before
    assert session.first_ids(asked, 4) == before[:4]
    assert book.make_order() == 0, "it is there"
    for mistaken in ("problem", "cooperating_units", "light", "steps"):
        session.ids(Query(kind=KIND, sort=((mistaken, False),)))
    assert book.make_order() == 0, "no index is made of long texts, lists and what is worked out"


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("where", [(), (Where("title", "contains", "路"),)], ids=["all", "some"])
@pytest.mark.parametrize("name", ["deadline", "source", "lead_unit", "light"])
def test_rows_without_a_value_follow_those_that_an_index_of_values_has(
    session: Session, name: str, where: tuple[Where, ...], descending: bool
) -> None:
    book, asked = session.office, Query(kind=KIND, sort=((name, descending),), where=where)
    dropped = [each for each in book.writer.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (KIND,)
    ) if "handed_over" not in each[0]]
    for index, _ in dropped:
        book.writer.execute(f"DROP INDEX `{index}`")
    before = session.ids(asked)
    schema.make_order(book.writer, session.kinds, KIND, name)
    try:
        assert session.ids(asked) == before
        for most in (3, 25, 34):
            first = session.first_ids(asked, most)
            assert first in (None, before[:most]) and (first is not None or name != "deadline")
        assert session.first_ids(asked, 3) == before[:3]
    finally:
        book.writer.execute(f"DROP INDEX {KIND}_sorted_{name}")
        for _, statement in dropped:
            book.writer.execute(statement)


def test_rows_that_come_or_go_while_a_list_is_sorted_do_no_harm(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    every, all_ids = [*session.ids(Query(kind=KIND))], queries.ids
    with monkeypatch.context() as patched:
        patched.setattr(queries, "_last_id", lambda *_: every[-4])
        assert sorted(session.ids(Query(kind=KIND, sort=(("category", False),)))) == every[:-3], "three came in between"
    monkeypatch.setattr(queries, "ids", lambda *given: all_ids(*given) if given[1].sort else all_ids(*given)[:3])
    schema.make_order(session.office.writer, session.kinds, KIND, "source")
    try:
        found = session.ids(Query(kind=KIND, sort=(("source", False),)))
        assert 3 < len(found) < len(every) and set(found) < set(every), "most went after those with a value were read"
    finally:
        session.office.writer.execute(f"DROP INDEX {KIND}_sorted_source")


def test_long_lists_get_the_orders_that_they_show_before_anybody_asks(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    book = session.office
    assert not [*schema.orders_missing(book.writer, session.kinds, "office")]
    monkeypatch.setattr(schema, "LONG", 2)
    missing = {field for kind, field in schema.orders_missing(book.writer, session.kinds, "office") if kind == KIND}
    assert {"category", "responsible_person", "light"} <= missing
    assert not missing & {"state", "lead_unit", "deadline", "problem", "cooperating_units", "phone"}, "known, long, many, not shown"
    book.orders_wanted.clear()
    monkeypatch.setattr(book, "_orders_ahead", None)
    book.orders_wanted.add((KIND, "responsible_person"))
    made = book.make_order()
    still = {field for kind, field in schema.orders_missing(book.writer, session.kinds, "office") if kind == KIND}
    assert missing - still == {"responsible_person"}, "what somebody waited for comes first"
    while book.make_order():
        made += 1
    assert made >= len(missing) and not [*schema.orders_missing(book.writer, session.kinds, "office")]
    assert {f"{KIND}_sorted_{field}" for field in missing} <= {name for name, _ in schema.scattered(book.writer, session.kinds, "office")}


def test_an_order_by_what_is_worked_out_is_read_from_an_index_alone(session: Session) -> None:
    book, told = session.office, list[str]()
    book.connection.set_trace_callback(told.append)
    session.ids(Query(kind=KIND, sort=(("light", False),)))
    book.connection.set_trace_callback(None)
    (asked,) = (text for text in told if "group_concat" in text)
    many = "UPDATE sqlite_stat1 SET stat = '1000000' || substr(stat, instr(stat || ' ', ' ')) WHERE tbl = ?"
    book.writer.execute("BEGIN")
    try:
        schema.make_order(book.writer, session.kinds, KIND, "light")
        book.writer.execute(many, (KIND,))  # as the planner sees a long ledger
        book.writer.execute("ANALYZE sqlite_schema")
        assert "COVERING INDEX" in str(book.writer.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall())
    finally:
        book.writer.execute("ROLLBACK")
        book.writer.execute("ANALYZE sqlite_schema")


def test_whoever_saves_does_not_wait_for_an_index(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    book, begun = session.office, threading.Event()

    def slow(connection: Any, *_: object) -> None:
        begun.set()
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n").fetchone()

    book.orders_wanted.add((KIND, "note"))
    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(schema, "make_order", slow)
        making = pool.submit(book.make_order)
        assert begun.wait(10)
        time.sleep(0.05)
        uid = session.add(KIND, {"title": "先存下来"})
        assert making.result(10) == 0 and (KIND, "note") in book.orders_wanted
    assert session.get(KIND, uid).values["title"] == "先存下来"
    assert book.make_order() == 1
    session.delete(KIND, uid)


@pytest.mark.parametrize("search", ["路", "灯", "路灯", "ld", "无"])
def test_one_word_is_counted_by_the_index_also_while_some_wait(session: Session, search: str) -> None:
    asked = Query(kind=KIND, search=search)
    assert session.count(asked) == len(session.find(asked)) == session.count(msgspec.structs.replace(asked, where=(Where("title", "filled"),)))
