"""What one bad page costs: the rows on it, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.errors import BadInput, Cancelled, Damaged
from db.keys.sealing import new_key
from db.safety.salvage import salvage
from db.store.connect import connect_raw

ROWS = 20_000
PAGE = 4096


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path, key = tmp_path_factory.mktemp("book") / "office.db", new_key()
    connection = connect_raw(path, key)
    connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, uid TEXT UNIQUE, text TEXT) STRICT")
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID")
    connection.execute("CREATE TABLE bare (text TEXT)")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(text, content='')")
    connection.execute("BEGIN")
    for i in range(ROWS):
        number = i + 1 if i < ROWS // 2 else i * 1000  # numbers with holes
        connection.execute(
            "INSERT INTO items VALUES (?, ?, ?)", (number, f"u{i}", f"第 {i} 项" + "整改" * 30)
        )
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [(f"k{i:05}", "值" * 30) for i in range(4000)])
    connection.executemany("INSERT INTO bare VALUES (?)", [(f"b{i}",) for i in range(1000)])
    connection.execute("COMMIT")
    connection.execute("PRAGMA user_version = 5")
    connection.close()
    return path, key


def _spoil(book: Path, target: Path, pages: list[int]) -> None:
    data = bytearray(book.read_bytes())
    for page in pages:
        data[page * PAGE + 700] ^= 0x10
    target.write_bytes(data)


def test_a_whole_book_comes_back_whole(book: tuple[Path, bytes], tmp_path: Path) -> None:
    path, key = book
    done = salvage(path, key, tmp_path / "saved.db")
    assert done.whole and done.rows == {"items": ROWS, "meta": 4000, "bare": 1000}
    old, new = connect_raw(path, key), connect_raw(tmp_path / "saved.db", key)
    for sql in ("SELECT * FROM items ORDER BY id", "SELECT * FROM meta", "SELECT rowid, text FROM bare"):
        assert old.execute(sql).fetchall() == new.execute(sql).fetchall()
    assert new.execute("PRAGMA user_version").fetchone()[0] == 5
    assert new.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    old.close()
    new.close()


@pytest.mark.parametrize("seed", range(6))
def test_bad_pages_cost_their_rows_only(book: tuple[Path, bytes], tmp_path: Path, seed: int) -> None:
    import random

    path, key = book
    pages = path.stat().st_size // PAGE
    bad = random.Random(seed).sample(range(6, pages), 4)
    _spoil(path, tmp_path / "bad.db", bad)
    done = salvage(tmp_path / "bad.db", key, tmp_path / "saved.db")
    # A leaf of these tables holds 16 to 40 rows, a page of the index over leaves some hundred leaves.
    assert done.rows["items"] + done.rows["meta"] + done.rows["bare"] >= ROWS + 5000 - 4 * 250 * 25
    new = connect_raw(tmp_path / "saved.db", key)
    assert new.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert new.execute("SELECT count(*) FROM items").fetchone()[0] == done.rows["items"]
    new.close()


def test_one_bad_page_costs_one_page(book: tuple[Path, bytes], tmp_path: Path) -> None:
    path, key = book
    pages = path.stat().st_size // PAGE
    lost = []
    for page in range(7, pages, pages // 12):
        _spoil(path, tmp_path / "bad.db", [page])
        saved = tmp_path / f"saved{page}.db"
        done = salvage(tmp_path / "bad.db", key, saved)
        lost.append(ROWS + 5000 - sum(done.rows.values()))
    # Pages of an index cost nothing; a leaf its rows; only the few pages above the leaves cost more.
    assert sum(number <= 256 for number in lost) >= len(lost) - 2, lost
    assert any(lost)


def test_refusals(book: tuple[Path, bytes], tmp_path: Path) -> None:
    path, key = book
    (tmp_path / "there.db").write_bytes(b"x")
    with pytest.raises(BadInput):
        salvage(path, key, tmp_path / "there.db")
    _spoil(path, tmp_path / "bad.db", [0])
    with pytest.raises(Damaged, match="备份"):
        salvage(tmp_path / "bad.db", key, tmp_path / "saved.db")

    def stop(table: str, rows: int) -> None:
        raise Cancelled()

    with pytest.raises(Cancelled):
        salvage(path, key, tmp_path / "saved.db", stop)
    assert not (tmp_path / "saved.db").exists()
