"""Books of the first form (made by the last program that wrote it; ``format1/*.sql.gz`` are their tables) open, are brought to the
present form after a backup, and know whose their records are.

The city's and the county's book had traded workbooks: the county had changed the title of one of the city's items, which the first
form let through, and a conflict waits at the city's.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.errors import NotPermitted
from db.keys.keyfile import KeyFile
from db.model.records import OWN, UNKNOWN
from db.office import change_facts, open_office
from db.safety import backup
from db.safety.repair import repair_office
from db.safety.restore import restore_office
from db.session import Session
from db.store import migrations, schema
from db.store.connect import connect_raw
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from tests.unit.db.office_folder import as_first_form

FIXTURES = Path(__file__).parent / "format1"
PASSWORD = "zhengxian-demo"
KIND = "rectification"


def unpacked(folder: Path, name: str, fixtures: Path = FIXTURES, form: int = 1) -> Path:
    """An office's folder as the first program left it, under keys of its own."""
    texts = {book: gzip.decompress((fixtures / f"{name}-{book}.sql.gz").read_bytes()).decode() for book in ("office", "personnel")}
    found = re.search(r"INSERT INTO \"meta\" VALUES \('office_id', '(\w+)'\)", texts["office"])
    assert found is not None
    folder.mkdir()
    file, keys, _ = KeyFile.create(folder, found[1], "admin", PASSWORD)
    as_first_form(folder, file.unlock("admin", PASSWORD), {"admin": PASSWORD})
    for book, text in texts.items():
        connection = connect_raw(folder / f"{book}.db", keys[book])  # type: ignore[index]
        connection.execute("BEGIN")
        for statement in text.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("DELETE FROM meta WHERE key = 'key_serial'")  # the keys are new ones
        connection.execute("COMMIT")
        assert schema.check_format(connection) == form
        connection.close()
    return folder


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    sessions: list[Session] = []

    def get(name: str) -> Session:
        sessions.append(open_office(unpacked(tmp_path / name, name), "admin", PASSWORD))
        sessions[-1].fixed_today = dt.date(2026, 11, 24)  # whoever goes on with a book does so after it was left
        return sessions[-1]

    yield get
    for session in sessions:
        session.close()


def titled(session: Session, start: str) -> Any:
    return next(r for r in session.office.each(KIND) if r.values["title"].startswith(start))


def test_the_citys_book_is_whole_and_its_records_are_its_own(opened: Any) -> None:
    city = opened("city")
    assert schema.check_format(city.office.connection) == migrations.FORMAT
    assert [path.name for path in (city.folder / "backups").iterdir()] != []
    assert city.verify() == []
    issuers = {r.values["title"]: r.issuer for r in city.office.each(KIND)}
    assert issuers.pop("县里自己的一件") == UNKNOWN and set(issuers.values()) == {OWN} and len(issuers) == 4
    assert {r.issuer for r in city.office.each("unit")} == {OWN}
    (waiting,) = accept.conflicts(city)
    assert (waiting.mine, waiting.theirs) == ("市里改的", "县里改的")
    accept.decide(city, waiting.conflict_id, "mine")
    city.set(KIND, titled(city, "第1项").uid, {"title": "第1项 市里改过"})


def test_the_countys_book_learns_whose_the_citys_items_are_and_takes_its_title_back(opened: Any, tmp_path: Path) -> None:
    city, county = opened("city"), opened("county")
    uid, changed = titled(county, "第1项").uid, titled(county, "县里改过的标题").uid
    assert county.must_get(KIND, uid).issuer == UNKNOWN and titled(county, "县里自己的").issuer == OWN
    county.set(KIND, uid, {"note": "还不知道是谁的"})  # nobody has told yet: as before
    assert city.must_get(KIND, changed).values["title"] == "县里改过的标题"
    city.set(KIND, changed, {"title": "第3项 市里定的标题"})
    result = accept.accept(county, accept.plan(county, export(city, [KIND], tmp_path / "c.xlsx", blank_rows=0).file))
    assert result.refused == []
    assert county.must_get(KIND, uid).values["note"] is None  # what was not this office's to write gives way
    assert county.must_get(KIND, changed).values["title"] == "第3项 市里定的标题"
    office = county.office.offices.by_uid(city.office_id)
    assert office is not None and county.must_get(KIND, uid).issuer == office.number
    with pytest.raises(NotPermitted, match="由云川市作风办交办"):
        county.set(KIND, uid, {"title": "县里再改"})
    change_facts(county, county.office_name, county.level, county.names.unit_by_name("安平县人民政府"))
    county.set(KIND, uid, {"measures": "县里的措施"})
    result = accept.accept(city, accept.plan(city, export(county, [KIND], tmp_path / "b.xlsx", blank_rows=0).file))
    assert result.refused == [] and city.must_get(KIND, uid).values["measures"] == "县里的措施"
    assert city.office.offices.by_number(titled(city, "县里自己的").issuer).name == "安平县作风办"
    assert city.verify() == [] and county.verify() == []


def test_a_workbook_of_the_first_form_is_judged_by_who_sent_it(opened: Any) -> None:
    """It tells one site and one office, and not who wrote a value: each site of which there is news may have."""
    city = opened("city")
    (waiting,) = accept.conflicts(city)
    accept.decide(city, waiting.conflict_id, "mine")
    before = {r.uid: (r.values, r.state, r.versions) for r in city.office.each(KIND)}
    plan = accept.plan(city, FIXTURES / "county.xlsx")
    assert plan.manifest is not None and plan.manifest.format == 1
    result = accept.accept(city, plan)
    assert (result.updated, result.conflicts) == (0, [])  # all of it had come in before
    assert before == {r.uid: (r.values, r.state, r.versions) for r in city.office.each(KIND)}
    # and in a book that has not seen it: the city's items as the county had changed them are not taken as they are
    county = opened("county")
    assert accept.accept(county, accept.plan(county, FIXTURES / "county.xlsx")).updated == 0


def test_a_damaged_book_of_the_first_form_is_saved_row_by_row_and_then_brought_to_the_present_form(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "city", "city")
    path = folder / "office.db"
    data = bytearray(path.read_bytes())
    data[-2_000] ^= 0xFF
    path.write_bytes(data)
    repair_office(folder, "admin", PASSWORD)
    with contextlib.closing(open_office(folder, "admin", PASSWORD)) as session:
        assert schema.check_format(session.office.connection) == migrations.FORMAT
        assert {r.issuer for r in session.office.each(KIND)} == {OWN, UNKNOWN}


def test_a_backup_of_the_first_form_is_restored_and_says_so_in_its_log(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "city", "city")
    who = KeyFile.load(folder).unlock("admin", PASSWORD)
    made = backup.make(folder, who, tmp_path / "stick")
    restore_office(made.path, tmp_path / "new", "admin", PASSWORD)
    with contextlib.closing(open_office(tmp_path / "new", "admin", PASSWORD)) as session:
        assert schema.check_format(session.office.connection) == migrations.FORMAT
        told = session.office.connection.execute("SELECT count(*) FROM journal WHERE action = 'restore'").fetchone()
        assert told == (1,) and session.verify() == [] and session.notices == []
