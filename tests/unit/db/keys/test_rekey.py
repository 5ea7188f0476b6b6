"""A leaver's key opens nothing that is written after."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.errors import Busy, Damaged, NotPermitted, WorkFailed
from db.keys import rekey
from db.keys.keyfile import KeyFile
from db.store import online_copy
from db.store.connect import connect_raw
from db.store.migrations import FORMAT
from tests.unit.db.office_folder import PASSWORD, ROWS, count, make_office


def test_after_a_leaver_the_old_keys_open_nothing(tmp_path: Path) -> None:
    keys, admin = make_office(tmp_path)
    leaver = keys.unlock("leaver", PASSWORD)
    old = dict(leaver.book_keys)
    assert keys.remove_user(admin, "leaver").books == ("office", "personnel")
    assert count(tmp_path, "office", keys.unlock("clerk", PASSWORD).book_keys["office"]) == ROWS
    assert rekey.run(keys, admin) == ("office", "personnel")
    assert not keys.pending_books
    again = KeyFile.load(tmp_path)
    for name, books in (("admin", {"office", "personnel"}), ("clerk", {"office"})):
        who = again.unlock(name, PASSWORD)
        assert set(who.book_keys) == books
        for book, key in who.book_keys.items():
            assert key != old[book] and count(tmp_path, book, key) == ROWS
    for book, key in old.items():
        assert not online_copy.opens(tmp_path / f"{book}.db", key)
    assert admin.book_keys == again.unlock("admin", PASSWORD).book_keys
    connection = connect_raw(tmp_path / "office.db", admin.book_keys["office"])
    assert connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT
    connection.close()
    assert not list(tmp_path.glob("*.rekey*"))
    assert rekey.run(keys, admin) == ()


def test_two_changes_one_upon_the_other(tmp_path: Path) -> None:
    keys, admin = make_office(tmp_path)
    keys.add_user(admin, "third", "第三人", "clerk", PASSWORD)
    keys.remove_user(admin, "leaver")
    keys.remove_user(admin, "third")
    assert len(admin.candidates["office"]) == 3
    rekey.run(keys, admin)
    assert (
        count(tmp_path, "office", KeyFile.load(tmp_path).unlock("clerk", PASSWORD).book_keys["office"])
        == ROWS
    )


def test_what_is_in_the_log_is_not_lost(tmp_path: Path) -> None:
    """A book killed while open: its last rows are in the write-ahead log only."""
    keys, admin = make_office(tmp_path)
    connection = connect_raw(tmp_path / "office.db", admin.book_keys["office"])
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("INSERT INTO items (text) VALUES ('只在日志里')")
    main, log = (tmp_path / "office.db").read_bytes(), (tmp_path / "office.db-wal").read_bytes()
    connection.close()
    (tmp_path / "office.db").write_bytes(main)
    (tmp_path / "office.db-wal").write_bytes(log)
    keys.remove_user(admin, "leaver")
    rekey.run(keys, admin)
    assert count(tmp_path, "office", admin.book_keys["office"]) == ROWS + 1


def test_a_book_that_is_open_is_not_touched(tmp_path: Path) -> None:
    keys, admin = make_office(tmp_path)
    reader = connect_raw(tmp_path / "office.db", admin.book_keys["office"])
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM items").fetchone()
    keys.remove_user(admin, "leaver")
    with pytest.raises(Busy, match="还开着"):
        rekey.run(keys, admin)
    assert keys.pending_books == ("office", "personnel")
    reader.close()
    assert rekey.run(keys, admin) == ("office", "personnel")


def test_an_administrator_without_a_key_leaves_that_book_for_another(tmp_path: Path) -> None:
    keys, admin = make_office(tmp_path)
    keys.add_user(admin, "second", "副管理员", "administrator", PASSWORD)
    seed, entry = keys._administer(admin), keys._entry("second")  # noqa: SLF001
    keys._regrant(admin, entry, ("office",), ("personnel",), seed)  # noqa: SLF001
    second = keys.unlock("second", PASSWORD)
    assert rekey.run(keys, second) == ()
    with pytest.raises(NotPermitted):
        keys.remove_user(second, "leaver")
    assert rekey.run(keys, admin) == ("personnel",)
    assert keys.remove_user(second, "clerk").books == ("office",)
    assert rekey.run(keys, second) == ("office",)


def test_a_foreign_book_is_damage_and_a_full_disk_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, admin = make_office(tmp_path)
    keys.remove_user(admin, "leaver")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("db.store.online_copy.os.fsync", full)
        with pytest.raises(WorkFailed, match="磁盘已满"):
            rekey.run(keys, admin)
    assert not list(tmp_path.glob("*.rekey*"))
    assert count(tmp_path, "office", keys.unlock("clerk", PASSWORD).book_keys["office"]) == ROWS
    good = (tmp_path / "office.db").read_bytes()
    make_office(tmp_path / "other", "elsewhere")
    (tmp_path / "office.db").write_bytes((tmp_path / "other" / "office.db").read_bytes())
    with pytest.raises(Damaged, match="打不开"):
        rekey.run(keys, admin)
    (tmp_path / "office.db").write_bytes(good)
    assert rekey.run(keys, admin) == ("office", "personnel")
