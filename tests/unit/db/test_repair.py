"""A book with a damaged page is made usable again, and says what was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import backup, office, repair
from db.errors import BadInput, NotPermitted
from db.query import Query

PASSWORD = "yunchuan-2022"


def _office(folder: Path, count: int) -> None:
    session, _ = office.create_office(folder, "云川市活动办公室", "city", "admin", PASSWORD)
    office.add_user(session, "lihua", "李华", "clerk", PASSWORD)
    with session.atomic():
        for at in range(count):
            session.add("unit", {"name": f"清河区第{at + 1}办事处"})
    session.close()


def _flip(path: Path, place: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 0xFF
    path.write_bytes(data)


def test_what_can_be_read_takes_the_place_of_the_damaged_file(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _office(folder, 800)
    _flip(folder / "office.db", 0.5)
    session = office.open_office(folder, "admin", PASSWORD)
    assert repair.damaged_books(session) == ["office"]
    done = repair.repair(session)
    assert done.rows > 800
    assert done.before.parent == folder / backup.FOLDER
    again = office.open_office(folder, "admin", PASSWORD)
    try:
        found = again.count(Query(kind="unit"))
        assert 700 <= found <= 800
        assert (found == 800) or not done.whole
        assert again.search("第800办事处")
        assert repair.damaged_books(again) == []
    finally:
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
