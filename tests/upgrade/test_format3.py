"""A book of the third form (``format3``: its tables and its keys, by the program that wrote it) is told where in the log each change
begins, and keeps fewer indexes, when it is opened."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.keys.keyfile import KeyFile
from db.model.sql import OF_CHANGES
from db.office import open_office
from db.safety import audit
from db.session import Session
from db.store import migrations, schema
from db.store.connect import connect_raw
from tests.upgrade.test_format1 import KIND, PASSWORD

FIXTURES = Path(__file__).parent / "format3"
INDEXES = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('changes', 'journal', 'spans') AND sql <> ''"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("format3") / "city"
    folder.mkdir()
    shutil.copy(FIXTURES / "keys.json", folder)
    keys = KeyFile.load(folder).unlock("admin", PASSWORD).book_keys
    for book in ("office", "personnel"):
        connection = connect_raw(folder / f"{book}.db", bytes(keys[book]))  # type: ignore[index]
        connection.execute("BEGIN")
        for statement in gzip.decompress((FIXTURES / f"city-{book}.sql.gz").read_bytes()).decode().split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("COMMIT")
        assert schema.check_format(connection) == 3
        connection.close()
    session = open_office(folder, "admin", PASSWORD)
    yield session
    session.close()


def test_every_change_finds_its_rows_and_the_log_is_whole(city: Session) -> None:
    assert city.verify() == []
    for book in city.books:
        assert schema.check_format(book.connection) == migrations.FORMAT
        wanted = book.connection.execute("SELECT change_id, seq FROM journal ORDER BY seq").fetchall()
        assert book.connection.execute(f"SELECT c.id, j.seq FROM {OF_CHANGES} ORDER BY j.seq").fetchall() == wanted
        assert {name for (name,) in book.connection.execute(INDEXES)} == {"journal_uid", "spans_due"}


def test_what_was_done_before_is_read_and_taken_back(city: Session) -> None:
    (entry,) = [e for e in audit.entries(city, kind="x_visits") if e.kinds]
    assert (entry.kinds, entry.subject) == ({"x_visits": 1}, "走访一次")
    assert [d.new for d in audit.details(city, entry)] == ["走访一次"]
    assert city.undo_last() is not None  # the visit
    record = next(r for r in city.office.each(KIND) if r.values["title"] == "没有时限")
    assert record.values["problem"] == "改过"
    assert city.undo_last() is not None  # the kind is no record's; the edit before it is
    assert city.must_get(KIND, record.uid).values["problem"] == "只是拟办"
    assert city.verify() == []


def test_a_place_in_the_log_that_somebody_moved_is_told(city: Session) -> None:
    uid = city.add(KIND, {"title": "登记的位置"})
    (change,) = city.office.connection.execute("SELECT max(id) FROM changes").fetchone()
    for wrong in ("first + 1", "first - 1", "NULL"):
        city.office.writer.execute("SAVEPOINT moved")
        city.office.writer.execute(f"UPDATE changes SET first = {wrong} WHERE id = ?", (change,))
        city.office.writer.execute("RELEASE moved")
        assert [p for p in city.verify() if f"第 {change} 次修改的登记" in p], wrong
        city.office.writer.execute(
            "UPDATE changes SET first = (SELECT min(seq) FROM journal WHERE change_id = ?) WHERE id = ?", (change, change)
        )
    assert city.verify() == [] and city.get(KIND, uid) is not None
