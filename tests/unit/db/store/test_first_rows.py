"""The first rows of a list, told before all are sought, and what is counted by the index alone: the same as the long way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from db.model.query import Query, Where
from db.session import Session
from db.store import query as queries
from tests.samples import new_office

KIND = "rectification"
DUE = (("deadline", False),)
DAY = dt.date(2022, 9, 1)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("first"), DAY) as made:
        with made.atomic():
            for n in range(40):
                title = ("路灯维修", "路灯不亮", "井盖缺失，路面不平", "ＡＢＣ园区停车")[n % 4]
                uid = made.add(KIND, {"title": f"{title}{n}", "deadline": DAY + dt.timedelta(days=n * 7 % 11) if n % 5 else None})
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
]


@pytest.mark.parametrize("most", [2, 100_000], ids=["looked-through", "gathered"])
@pytest.mark.parametrize("asked", ASKED, ids=[f"list-{n}" for n in range(len(ASKED))])
def test_the_first_rows_are_those_of_the_whole(session: Session, asked: Query, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_MOST", most)
    found = list(session.ids(asked))
    assert found == [record.id for record in session.find(asked)]
    compiled = queries.Compiled(asked, session)
    text, parameters = compiled.sql("id")
    plain = [row[0] for row in session.office.connection.execute(text, parameters)]
    assert found == plain and session.count(asked) == len(plain) > 3
    first = session.first_ids(asked, 4)
    assert first is not None and list(first) == plain[:4]


def test_what_is_few_unordered_or_of_a_past_day_is_sought_whole(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.first_ids(Query(kind=KIND, sort=(("title", False),)), 4) is None
    assert session.first_ids(Query(kind=KIND, sort=DUE, as_of=DAY), 4) is None
    assert session.first_ids(Query(kind=KIND, sort=DUE, search="查无此词"), 4) is None
    monkeypatch.setattr(queries, "_AT_ONCE", -1.0)
    monkeypatch.setattr(queries, "_STEPS", 1)
    assert session.first_ids(Query(kind=KIND, sort=DUE), 4) is None
    assert len(session.ids(Query(kind=KIND, sort=DUE))) == 35, "the clock is taken away again"


@pytest.mark.parametrize("search", ["路", "灯", "路灯", "ld", "无"])
def test_one_word_is_counted_by_the_index_also_while_some_wait(session: Session, search: str) -> None:
    asked = Query(kind=KIND, search=search)
    assert session.count(asked) == len(session.find(asked)) == session.count(msgspec.structs.replace(asked, where=(Where("title", "filled"),)))
