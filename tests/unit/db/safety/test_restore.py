"""A restore puts back all or nothing, and what was there is not lost."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from db import office
from db.errors import BadInput, Busy, Damaged, NotPermitted, WorkFailed, WrongPassword
from db.keys.keyfile import KeyFile
from db.model.query import Query
from db.safety import audit, backup, backup_archive, kept_backups, restore
from db.store import online_copy
from db.store.connect import connect_raw
from db.store.lock import FolderLock
from tests.unit.db.office_folder import (
    PASSWORD,
    ROWS,
    add_rows,
    count,
    make_office,
    verified_backup,
)

OTHER, THIRD = "tuolaji-yuantu-31", "yangliu-shiqiao-52"


def _key(folder: Path) -> bytes:
    return KeyFile.load(folder).unlock("admin", PASSWORD).book_keys["office"]


def test_into_an_empty_folder(tmp_path: Path) -> None:
    _, admin = make_office(tmp_path / "office")
    info = backup.make(tmp_path / "office", admin)
    done = restore.restore_office(info.path, tmp_path / "new", "admin", PASSWORD)
    assert done.before is None and done.backup.path == info.path
    who = KeyFile.load(tmp_path / "new").unlock("admin", PASSWORD)
    for book, key in who.book_keys.items():
        assert count(tmp_path / "new", book, key) == ROWS
    # Whoever opened the backup opens nothing of it with the keys of then.
    old = kept_backups.keyfile_in(info.path).unlock("admin", PASSWORD)
    for book, key in old.book_keys.items():
        assert not online_copy.opens(tmp_path / "new" / f"{book}.db", key)


def test_over_a_book_that_goes_on_living_as_a_backup(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    keys, admin = make_office(folder)
    info = backup.make(folder, admin)
    connection = connect_raw(folder / "office.db", admin.book_keys["office"])
    add_rows(connection, 3)
    connection.close()
    keys.change_password(admin, PASSWORD, "another-password")
    with pytest.raises(NotPermitted, match="现在的管理员"):
        restore.restore_office(info.path, folder, "admin", PASSWORD)
    today = ("admin", "another-password")
    done = restore.restore_office(info.path, folder, "admin", PASSWORD, present=today)
    assert done.before is not None
    now = KeyFile.load(folder).unlock(*today)  # the people and passwords of today
    assert count(folder, "office", now.book_keys["office"]) == ROWS
    with pytest.raises(WrongPassword):
        KeyFile.load(folder).unlock("admin", PASSWORD)
    # And back again, from what was set aside.
    verified_backup(done.before, kept_backups.keyfile_in(done.before).unlock(*today))
    restore.restore_office(done.before, folder, *today)
    who = KeyFile.load(folder).unlock(*today)
    assert count(folder, "office", who.book_keys["office"]) == ROWS + 3
    assert not list(folder.glob(".restoring-*")) and not (folder / restore.NOTE).exists()


def test_a_removed_administrator_does_not_come_back_with_a_backup(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    session, _ = office.create_office(folder, "云川市督查室", "city", "admin", PASSWORD)
    office.add_user(session, "wangwu", "王五", "administrator", OTHER)
    session.add("unit", {"name": "安坪县"})
    made = backup.make(session.folder, session.who)
    office.remove_user(session, "wangwu")
    office.add_user(session, "lihua", "李华", "clerk", THIRD)
    session.add("unit", {"name": "清禾区"})
    end = session.office.last_change()
    session.close()
    with pytest.raises(NotPermitted, match="现在的管理员"):
        restore.restore_office(made.path, folder, "wangwu", OTHER)
    done = restore.restore_office(made.path, folder, "wangwu", OTHER, present=("admin", PASSWORD))
    with pytest.raises(WrongPassword):
        office.open_office(folder, "wangwu", OTHER)
    again = office.open_office(folder, "admin", PASSWORD)
    try:
        assert again.count(Query(kind="unit")) == 1
        (line,) = [e for e in audit.entries(again) if e.source == "restore" and e.book == "office"]
        (told,) = audit.details(again, line)
        assert line.by == "admin" and done.before is not None
        for part in ("wangwu", made.path.name, f"第 {end[0]} 次修改", end[1][:16], done.before.name):
            assert part in told.new
        assert again.verify() == [] and again.notices == []
        again.add("unit", {"name": "云川市财政局"})
        assert again.verify() == []
    finally:
        again.close()
    clerk = office.open_office(folder, "lihua", THIRD)  # who came after the backup
    clerk.add("rectification", {"title": "清理河道"})
    clerk.close()
    again = office.open_office(folder, "admin", PASSWORD)
    assert again.verify() == [] and again.count(Query(kind="rectification")) == 1
    again.close()


def test_a_backup_without_its_seal_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    (tmp_path / "out").mkdir()
    manifest = backup_archive.extract(info.path, tmp_path / "out")
    bare = msgspec.structs.replace(manifest, seal=b"")
    backup_archive.write(info.path, {n: backup_archive.Source(tmp_path / "out" / n) for n in manifest.files}, lambda _: bare)
    assert "没有封记" in kept_backups.info_of(info.path).problem
    with pytest.raises(NotPermitted):
        restore.restore_office(info.path, folder, "admin", PASSWORD)


def test_a_log_left_by_a_crash_does_not_get_into_the_restored_book(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    connection = connect_raw(folder / "office.db", admin.book_keys["office"])
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    add_rows(connection, 5)
    main, log = (folder / "office.db").read_bytes(), (folder / "office.db-wal").read_bytes()
    connection.close()
    (folder / "office.db").write_bytes(main)
    (folder / "office.db-wal").write_bytes(log)
    done = restore.restore_office(info.path, folder, "admin", PASSWORD)
    assert count(folder, "office", _key(folder)) == ROWS
    assert done.before is not None
    # The log went along with the files that were set aside.
    restore.restore_office(done.before, tmp_path / "back", "admin", PASSWORD)
    assert count(tmp_path / "back", "office", _key(tmp_path / "back")) == ROWS + 5


def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    good = info.path.read_bytes()
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name != "lock"}
    for place in (0.2, 0.5, 0.8):
        spoiled = bytearray(good)
        spoiled[int(place * len(good))] ^= 1
        info.path.write_bytes(spoiled)
        with pytest.raises((Damaged, NotPermitted)):
            restore.restore_office(info.path, folder, "admin", PASSWORD)
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name != "lock"} == before
    assert not list(folder.glob(".restoring-*"))


def test_a_damaged_book_is_replaced_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    (folder / "office.db").write_bytes(b"not a book at all")
    done = restore.restore_office(info.path, folder, "admin", PASSWORD)
    assert done.before is not None and done.before.suffix == ".zxb"
    assert count(folder, "office", _key(folder)) == ROWS
    # Not even keys.json can be read: the files themselves are kept.
    (folder / "keys.json").write_bytes(b"{")
    done = restore.restore_office(info.path, folder, "admin", PASSWORD)
    assert done.before is not None and (done.before / "keys.json").read_bytes() == b"{"
    assert (done.before / "office.db").exists()
    assert count(folder, "office", _key(folder)) == ROWS


def test_who_may_not(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    with pytest.raises(NotPermitted, match="管理员"):
        restore.restore_office(info.path, folder, "clerk", PASSWORD)
    with pytest.raises(WrongPassword):
        restore.restore_office(info.path, folder, "admin", "wrong-password")
    with FolderLock(folder), pytest.raises(Busy):
        restore.restore_office(info.path, folder, "admin", PASSWORD)
    make_office(tmp_path / "other", "elsewhere")
    with pytest.raises(BadInput, match="另一个单位"):
        restore.restore_office(info.path, tmp_path / "other", "admin", PASSWORD)
    with pytest.raises(WorkFailed):
        restore.restore_office(tmp_path / "none.zxb", folder, "admin", PASSWORD)


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name != "lock"}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        restore.restore_office(info.path, folder, "admin", PASSWORD)
    monkeypatch.undo()
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name != "lock"} == before
    assert not list(folder.glob(".restoring-*"))


def test_a_spoiled_note_is_said_and_touches_nothing(tmp_path: Path) -> None:
    make_office(tmp_path)
    for text in (
        "{",
        '{"phase": "out", "stage": "../..", "keep_old": ""}',
        '{"phase": "x", "stage": ".restoring-1"}',
    ):
        (tmp_path / restore.NOTE).write_text(text)
        with pytest.raises(Damaged, match=restore.NOTE):
            restore.finish(tmp_path)
    assert (tmp_path / "keys.json").exists()


@pytest.mark.parametrize("step", range(1, 8))
def test_opening_finishes_a_restore_that_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Even one that was cut short while keys.json was out of its place."""
    folder = tmp_path / "office"
    _, admin = make_office(folder)
    info = backup.make(folder, admin)
    real, calls = restore.replace, 0

    def cut(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(restore, "replace", cut)
    with pytest.raises(KeyboardInterrupt):
        restore.restore_office(info.path, folder, "admin", PASSWORD)
    monkeypatch.undo()
    assert restore.finish(folder) and not restore.finish(folder)
    assert count(folder, "office", KeyFile.load(folder).unlock("admin", PASSWORD).book_keys["office"]) == ROWS


def test_the_window_opens_after_a_restore_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.office import create_office, open_office

    folder = tmp_path / "office"
    session, _ = create_office(folder, "云川市督查室", "city", "admin", PASSWORD)
    info = backup.make(session.folder, session.who)
    session.close()
    real = restore.replace

    def cut(source: Path, target: Path) -> None:
        real(source, target)
        if source.name == "keys.json":
            raise KeyboardInterrupt

    monkeypatch.setattr(restore, "replace", cut)
    with pytest.raises(KeyboardInterrupt):
        restore.restore_office(info.path, folder, "admin", PASSWORD)
    monkeypatch.undo()
    assert not (folder / "keys.json").exists()
    session = open_office(folder, "admin", PASSWORD)
    assert session.office_name == "云川市督查室"
    session.close()


def test_an_old_key_file_is_refused_at_opening_even_beside_a_restore_flag(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    session, _ = office.create_office(folder, "云川市督查室", "city", "admin", PASSWORD)
    office.add_user(session, "lisi", "李四", "clerk", PASSWORD)
    old = (folder / "keys.json").read_bytes()
    office.change_password(session, PASSWORD, "another-password")
    session.close()
    (folder / "keys.json").write_bytes(old)
    (folder / "new-site-required").write_text("made up")
    with pytest.raises(Damaged, match="旧的副本"):  # its keys are those of then
        office.open_office(folder, "admin", PASSWORD)


def test_a_refused_restore_leaves_the_window_working(tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市督查室", "city", "admin", PASSWORD)
    info = backup.make(session.folder, session.who)
    spoiled = bytearray(info.path.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    info.path.write_bytes(spoiled)
    with pytest.raises(Damaged):
        office.restore_in_session(session, info.path, PASSWORD)
    office.add_user(session, "lisi", "李四", "clerk", PASSWORD)
    assert session.verify() == []
    session.close()
