"""What the bulk path has written is, table by table, what single saves write: rows, log with its chain and signatures, spans, words."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.keys.signers import sign_as
from db.model.ids import new_uid
from db.model.records import Record
from db.session import Session
from db.store.book import Book
from db.store.bulk import DatedWrites, filling
from tests.samples import new_office

START = dt.datetime(2022, 9, 1, 8)
TEXTS = st.sampled_from([None, "窗口没有公示时限", "井盖缺失，道路不平", "ＡＢＣ园区\n停车难"])
VALUES = st.fixed_dictionaries({}, optional={
    "title": TEXTS, "problem": TEXTS, "note": TEXTS, "deadline": st.none() | st.dates(dt.date(2022, 9, 1), dt.date(2022, 12, 1)),
    "category": st.sampled_from([None, "能力不足"]), "state": st.sampled_from(["drafted", "in_progress", "closed_out"]),
    "deleted": st.booleans(), "closed_out_on": st.none() | st.dates(dt.date(2022, 9, 1), dt.date(2022, 12, 1)),
})  # fmt: skip
#: Each moment makes some records, or changes some.
MOMENTS = st.lists(st.tuples(st.sampled_from(["add", "change"]), st.lists(st.tuples(st.integers(0, 9), VALUES), min_size=1, max_size=4)),
                   min_size=1, max_size=6)  # fmt: skip
COUNTER = itertools.count()
_OF_THE_INDEX = "search_"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("bulk"), dt.date(2022, 9, 1)) as made:
        made.add("unit", {"name": "棠阴区"})
        yield made


class _Ways:
    """One history, written by single saves and by the bulk path into two copies of a book."""

    def __init__(self, session: Session, home: Path) -> None:
        self.session, self.books = session, [self._copied(session, home / name) for name in ("saves", "bulk")]
        self.chronicle = DatedWrites(self.books[1])
        self.records: list[tuple[Record, Record]] = []
        self.changed: list[int] = []

    def _copied(self, session: Session, folder: Path) -> Book:
        folder.mkdir(parents=True)
        session.office.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(session.office.path, folder / "office.db")
        path = folder / "office.db"
        book = session.office.read_by(lambda _, key: Book(path, key, "office", session.kinds))
        sign_as(session.key_file, book, session.who)
        return book

    def moment(self, at: str, way: str, told: list[tuple[int, dict[str, Any]]]) -> None:
        """Records made, or changed: each at most once, who was changed least first, as the chronicle writes them."""
        with self.books[0].atomic("admin", "history", way) as tx:
            tx.at = at
            if way == "add":
                for number, values in told:
                    self._add(tx, number, values, at)
            else:
                chosen = {number % len(self.records): values for number, values in told if self.records}
                for number in sorted(chosen, key=lambda n: (self.changed[n], n)):
                    self._change(tx, number, chosen[number], at)

    def _add(self, tx: Any, number: int, values: dict[str, Any], at: str) -> None:
        kind = ("rectification", "evidence")[number % 7 == 6]
        names = [f.name for f in self.session.kinds.get(kind).all_fields]
        full = dict.fromkeys(names) | {n: v for n, v in values.items() if n in names}
        state = None if kind == "evidence" else values.get("state", "drafted")
        uid = new_uid()
        one = tx.add(kind, full, uid=uid, state=state)
        other = Record(kind, 0, uid, None, state, False, "", "", "", "", "", dict(full))
        self.records.append((one, self.chronicle.add(other, at, "admin", "add")))
        self.changed.append(0)

    def _change(self, tx: Any, number: int, values: dict[str, Any], at: str) -> None:
        one, other = self.records[number]
        values = {n: v for n, v in values.items() if n in one.values or n == "deleted" or (n == "state" and one.state)}
        if tx.update(one, values):
            self.changed[number] += 1
        self.chronicle.change(other, values, at, "admin", "change")


def _all(book: Book) -> dict[str, list[Any]]:
    """Every table but what SQLite keeps its words in, and the words that each record is found by."""
    connection, found = book.writer, dict[str, list[Any]]()
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")]
    for name in tables:
        if name.startswith((_OF_THE_INDEX, "sqlite_stat")):
            continue
        found[name] = sorted(map(tuple, connection.execute(f'SELECT * FROM "{name}"')), key=repr)
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'search', 'instance')")
    found["words"] = sorted(connection.execute(
        "SELECT k.kind, w.doc & 4294967295, w.term, w.col, w.offset FROM temp.words w JOIN search_kinds k ON k.id = w.doc >> 32"), key=repr)
    for name, passing in (("meta", {"opening", "openings", "folder_mark", "sighted"}), ("settings", {"spare"})):
        found[name] = [row for row in found[name] if row[0] not in passing]
    return found


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=MOMENTS)
def test_every_table_is_the_same(session: Session, tmp_path: Path, moments: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("db.store.book_parts.book_writer.new_site", lambda key: "one-site-for-both")
        ways = _Ways(session, tmp_path / str(next(COUNTER)))
        for number, (way, told) in enumerate(moments):
            ways.moment((START + dt.timedelta(hours=number)).isoformat(), way, told)
        with filling(ways.books[1]):
            ways.chronicle.write()
        while any(book.index_waiting() for book in ways.books):
            pass
        single, bulk = map(_all, ways.books)
        assert single.keys() == bulk.keys()
        assert {name: (single[name], bulk[name]) for name in single if single[name] != bulk[name]} == {}
        assert len(single["rectification"]) + len(single["evidence"]) == len(ways.records)
        for book in ways.books:
            book.close()
