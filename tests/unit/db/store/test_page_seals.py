"""Pages under a new key are those that the cipher itself would have written; a spoiled one is named, whichever process meets it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from db.errors import Cancelled, Damaged
from db.store import online_copy
from db.store.connect import connect_raw
from db.store.pages import page_process, page_seals

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture(params=["alone", "beside"])
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    for module in (page_seals, page_process):
        monkeypatch.setattr(module, "PORTION", 4 * page_seals.PAGE)
    if request.param == "beside":
        monkeypatch.setattr(page_process, "LEAST", 1)
    path = tmp_path / "book.db"
    connection = connect_raw(path, OLD)
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, text TEXT)")
    connection.executemany("INSERT INTO items (text) VALUES (?)", [(f"第{n}条" * (n % 900),) for n in range(400)])
    connection.execute("DELETE FROM items WHERE id % 7 = 3")  # leaves pages that hold nothing
    connection.execute("COMMIT")
    connection.close()
    return path


def test_the_cipher_reads_what_was_written_under_a_new_key(book: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    online_copy.renew(book, tmp_path / "new.db", OLD, NEW, lambda done, of: told.append((done, of)))
    assert told == sorted(told) and told[-1] == (2 * book.stat().st_size,) * 2
    ours = connect_raw(tmp_path / "new.db", NEW)
    assert ours.execute("PRAGMA cipher_integrity_check").fetchall() == []
    assert ours.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    theirs = connect_raw(book, OLD)
    rows = "SELECT * FROM items ORDER BY id"
    assert ours.execute(rows).fetchall() == theirs.execute(rows).fetchall()
    ours.close()
    theirs.close()
    assert not online_copy.opens(tmp_path / "new.db", OLD)
    old, new = book.read_bytes(), (tmp_path / "new.db").read_bytes()
    assert len(old) == len(new) and all(old[at : at + 64] != new[at : at + 64] for at in range(0, len(old), page_seals.PAGE))


@pytest.mark.parametrize("page", [1, 2, 9, -1])
def test_a_spoiled_page_is_named_and_nothing_is_left(book: Path, tmp_path: Path, page: int) -> None:
    data = bytearray(book.read_bytes())
    page = page if page > 0 else len(data) // page_seals.PAGE
    data[page * page_seals.PAGE - 2000] ^= 1
    book.write_bytes(data)
    for work in (
        lambda: page_process.check(book, OLD), lambda: page_process.check(book, OLD, here=False),
        lambda: online_copy.renew(book, tmp_path / "new.db", OLD, NEW),
    ):
        with pytest.raises(Damaged, match=f"第 {page} 页"):
            work()
    assert not (tmp_path / "new.db").exists()


def test_a_page_in_anothers_place_or_cut_short_is_spoiled(book: Path) -> None:
    data = book.read_bytes()
    three, four = (data[at * page_seals.PAGE : (at + 1) * page_seals.PAGE] for at in (2, 3))
    book.write_bytes(data[: 2 * page_seals.PAGE] + four + three + data[4 * page_seals.PAGE :])
    with pytest.raises(Damaged, match="第 3 页"):
        page_process.check(book, OLD)
    book.write_bytes(data[:-100])
    with pytest.raises(Damaged):
        page_process.check(book, OLD)


def test_a_new_key_can_be_cancelled(book: Path, tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        online_copy.renew(book, tmp_path / "new.db", OLD, NEW, stop)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import os; os.write(1, bytes([1] + 7 * [0])); os._exit(0)", None])
def test_what_the_other_process_leaves_undone_is_done_here(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str | None
) -> None:
    monkeypatch.setattr(page_process, "LEAST", 1)
    monkeypatch.setattr(page_process, "_command", lambda: [str(tmp_path / "none")] if code is None else [sys.executable, "-c", code])
    online_copy.renew(book, tmp_path / "new.db", OLD, NEW)
    assert online_copy.opens(tmp_path / "new.db", NEW)
    data = bytearray(book.read_bytes())
    data[-2000] ^= 1
    book.write_bytes(data)
    with pytest.raises(Damaged, match=f"第 {len(data) // page_seals.PAGE} 页"):
        page_process.check(book, OLD)
