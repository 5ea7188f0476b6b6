"""A book of the fourth form, in which a table told which record a row of the index of words is of, is indexed anew once it is open:
until then its words are found row by row. An archive, which nobody indexes later, is done when it is opened."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from db.keys.keyfile import KeyFile
from db.model.query import Query
from db.model.settings import ARCHIVED
from db.office import create_office, open_office
from db.store import migrations, schema
from db.store.connect import connect_raw
from tests.upgrade.test_format1 import KIND, PASSWORD

TITLES = ("校园食堂后厨油烟", "道路井盖缺失", "河道清理不及时")


def _as_fourth_form(folder: Path, *, archive: bool) -> None:
    """As the program before left it: its tables of the index, with what it had put there."""
    keys = KeyFile.load(folder).unlock("admin", PASSWORD).book_keys
    for name in ("office", "personnel"):
        connection = connect_raw(folder / f"{name}.db", bytes(keys[name]))  # type: ignore[index]
        for statement in (
            "DROP TABLE search", "DROP TABLE search_kinds",
            "CREATE TABLE search_rows (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, rec INTEGER NOT NULL, UNIQUE (kind, rec)) STRICT",
            "CREATE VIRTUAL TABLE search USING fts5 (body, content='', contentless_delete=1, detail=none,"
            " tokenize=\"unicode61 remove_diacritics 0\")",
            "DELETE FROM _sqlite_migrations WHERE name = 'words_by_kind'", "PRAGMA user_version = 4",
        ):
            connection.execute(statement)
        if name == "office":
            connection.execute("INSERT INTO search_rows VALUES (7, ?, 1)", (KIND,))
            connection.execute("INSERT INTO search (rowid, body) VALUES (7, '食堂')")
            if archive:
                told = json.dumps({"year": "2025", "on": "2026-01-05"})
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ARCHIVED.key, told))
        assert schema.check_format(connection) == 4
        connection.close()


@pytest.mark.parametrize("archive", [False, True])
def test_every_word_is_found_before_and_after(tmp_path: Path, archive: bool) -> None:
    session, _ = create_office(tmp_path, "云川市委督查室", "city", "admin", PASSWORD)
    session.fixed_today = dt.date(2026, 9, 1)
    for title in TITLES:
        session.add(KIND, {"title": title})
    deleted = session.add(KIND, {"title": "已删去的食堂"})
    session.delete(KIND, deleted)
    session.close()
    _as_fourth_form(tmp_path, archive=archive)

    again = open_office(tmp_path, "admin", PASSWORD)
    try:
        assert schema.check_format(again.office.connection) == migrations.FORMAT
        for indexed in (False, True):
            for word, title in (("食堂", TITLES[0]), ("道路井盖", TITLES[1]), ("清理", TITLES[2])):
                assert [r.values["title"] for r in again.find(Query(kind=KIND, search=word))] == [title]
                assert again.count(Query(kind=KIND, search=word)) == 1
            waiting = again.office.connection.execute("SELECT count(*) FROM search_waiting").fetchone()[0]
            assert (waiting == 0) == (indexed or archive)
            while again.office.index_waiting():
                pass
        assert [r.values["title"] for r in again.find(Query(kind=KIND, search="hdql"))] == [TITLES[2]], "by its initials"
        assert [r.uid for r in again.find(Query(kind=KIND, search="食堂", deleted="only"))] == [deleted]
        assert again.verify() == (["设置「年度归档」不是由程序写入的，请核对。"] if archive else []), "which this test has written"
    finally:
        again.close()
