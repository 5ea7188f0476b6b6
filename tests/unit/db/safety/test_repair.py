"""A book with a damaged page is made usable again, and says what was lost."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from db import office
from db.errors import BadInput, Damaged, NotPermitted, WrongPassword
from db.model.query import Query
from db.safety import kept_backups, repair
from desktop.exchange.write.workbook import export
from tests.bench import prove_pages

PASSWORD = "qingshan-lvshui-7"


def _office(folder: Path, count: int) -> None:
    session, _ = office.create_office(folder, "云川市活动办公室", "city", "admin", PASSWORD)
    office.add_user(session, "lihua", "李华", "clerk", PASSWORD)
    with session.atomic():
        for at in range(count):
            session.add("unit", {"name": f"清禾区第{at + 1}办事处"})
    session.close()


def _flip(path: Path, place: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 0xFF
    path.write_bytes(data)


def test_what_can_be_read_takes_the_place_of_the_damaged_file(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _office(folder, 800)
    _flip(folder / "office.db", 0.75)  # among the rows; what describes the tables lies before them
    session = office.open_office(folder, "admin", PASSWORD)
    assert repair.damaged_books(folder, session.who) == ["office"]
    done = repair.repair(session)
    assert done.rows > 800
    assert done.before.parent == folder / kept_backups.FOLDER
    again = office.open_office(folder, "admin", PASSWORD)
    try:
        found = again.count(Query(kind="unit"))
        assert 700 <= found <= 800
        assert (found == 800) or not done.whole
        assert again.search("第800办事处")
        assert repair.damaged_books(folder, again.who) == []
        assert again.verify() == []  # rows are missing within the one change that made them all
    finally:
        again.close()


def test_what_was_sent_and_is_lost_is_told_by_the_repair_alone(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _office(folder, 3)
    session = office.open_office(folder, "admin", PASSWORD)
    export(session, ["unit"], tmp_path / "out.xlsx")
    (page,) = session.office.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'exports'").fetchone()
    session.close()
    data = bytearray((folder / "office.db").read_bytes())
    data[(page - 1) * 4096 + 100] ^= 0xFF
    (folder / "office.db").write_bytes(data)
    repair.repair_office(folder, "admin", PASSWORD)
    again = office.open_office(folder, "admin", PASSWORD)
    try:
        assert again.verify() == []
    finally:
        again.close()


def test_what_was_taken_back_and_brought_back_stands_after_a_repair(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _office(folder, 3)
    session = office.open_office(folder, "admin", PASSWORD)
    for name in ("棠阴区", "澄陵县"):
        session.add("unit", {"name": name})
    session.undo_last()
    session.redo_last()
    session.close()
    _spoil(folder, "sqlite_stat1")
    repair.repair_office(folder, "admin", PASSWORD)
    again = office.open_office(folder, "admin", PASSWORD)
    assert again.verify() == []
    again.undo_last()  # the last one, which stands
    names = {unit.values["name"] for unit in again.find(Query(kind="unit"))}
    assert "棠阴区" in names and "澄陵县" not in names
    again.close()


def test_a_whole_book_is_left_alone_and_the_session_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _office(folder, 3)
    session = office.open_office(folder, "admin", PASSWORD)
    with pytest.raises(BadInput, match="没有损坏"):
        repair.repair(session)
    assert session.count(Query(kind="unit")) == 3
    session.close()
    clerk = office.open_office(folder, "lihua", PASSWORD)
    with pytest.raises(NotPermitted):
        repair.repair(clerk)
    clerk.close()


def _spoil(folder: Path, table: str) -> None:
    """Flip a byte on the first page of a table."""
    session = office.open_office(folder, "admin", PASSWORD)
    row = session.office.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    session.close()
    data = bytearray((folder / "office.db").read_bytes())
    data[(row[0] - 1) * 4096 + 100] ^= 0xFF
    (folder / "office.db").write_bytes(data)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], str]]:
    folder = tmp_path_factory.mktemp("pages") / "office"
    prove_pages.make(folder)
    session = office.open_office(folder, "admin", prove_pages.PASSWORD)
    before = prove_pages.held(session)
    session.close()
    return folder, before


@pytest.mark.parametrize("table", ["", "sqlite_schema", "meta", "journal", "changes", "rectification", "sites", "sqlite_stat1"])
def test_a_spoiled_page_costs_its_rows_and_what_is_lost_is_kept(
    small: tuple[Path, dict[tuple[str, str], str]], tmp_path: Path, table: str
) -> None:
    """Every page in turn: ``python -m tests.bench pages``."""
    start, before = small
    session = office.open_office(start, "admin", prove_pages.PASSWORD)
    row = session.office.connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
    ).fetchone()
    session.close()
    page = row[0] - 1 if row else 1 if table else 0  # the second page holds a part of the schema
    prove_pages.play(start, tmp_path / "office", "office", page, random.Random(page), before)


def test_a_file_whose_end_is_gone_is_salvaged_too(small: tuple[Path, object], tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(small[0], folder)
    data = (folder / "office.db").read_bytes()
    (folder / "office.db").write_bytes(data[:-4096])
    assert repair.repair_office(folder, "admin", prove_pages.PASSWORD).notices
    session = office.open_office(folder, "admin", prove_pages.PASSWORD)
    assert session.verify() == []
    session.close()


def test_an_office_that_no_longer_opens_is_repaired_from_outside(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _office(folder, 800)
    _spoil(folder, "office_lifecycles")
    with pytest.raises(Damaged, match="已损坏"):
        office.open_office(folder, "admin", PASSWORD)
    with pytest.raises(WrongPassword):
        repair.repair_office(folder, "admin", "not-the-password")
    with pytest.raises(NotPermitted):
        repair.repair_office(folder, "lihua", PASSWORD)
    assert repair.repair_office(folder, "admin", PASSWORD).rows > 800
    again = office.open_office(folder, "admin", PASSWORD)
    assert again.count(Query(kind="unit")) >= 700
    again.close()
