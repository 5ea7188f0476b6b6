"""A backup counts only when it has been read back and opens; nothing is lost when it cannot be made."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import threading
import zipfile
from pathlib import Path

import msgspec
import pytest

from db.errors import Cancelled, Damaged, NotPermitted, WorkFailed, WrongPassword
from db.keys.keyfile import KeyFile
from db.keys.users import Unlocked
from db.safety import backup, backup_archive, kept_backups, snapshots
from db.store.connect import connect_raw
from tests.unit.db.office_folder import (
    PASSWORD,
    ROWS,
    add_rows,
    count,
    make_office,
    verified_backup,
)


@pytest.fixture
def office(tmp_path: Path) -> tuple[Path, KeyFile, Unlocked]:
    folder = tmp_path / "office"
    keys, admin = make_office(folder)
    return folder, keys, admin


def _left(folder: Path) -> list[str]:
    return [
        p.name
        for p in folder.rglob("*")
        if p.name.endswith(".part") or p.name.startswith((".making", ".rest"))
    ]


def test_a_backup_opens_with_the_password_of_then(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    info = backup.make(folder, admin, reason="manual", program="9.9")
    assert info.path.parent == folder / "backups" and info.sequence == 1 and not info.problem
    who = kept_backups.keyfile_in(info.path).unlock("admin", PASSWORD)
    assert verified_backup(info.path, who).office_id == "office-one"
    manifest = backup_archive.read_manifest(info.path)
    assert manifest.program == "9.9" and manifest.books["office"].rows["items"] == ROWS
    assert manifest.books["personnel"].opened
    assert set(manifest.files) == {"keys.json", "office.db", "personnel.db"}
    assert kept_backups.list_backups(folder / "backups") == [info]
    with pytest.raises(WrongPassword):
        kept_backups.keyfile_in(info.path).unlock("admin", "not-the-password")
    assert not _left(folder)


def test_it_holds_what_stands_in_the_log_of_an_open_book(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    connection = connect_raw(folder / "office.db", admin.book_keys["office"])
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    add_rows(connection, 20)
    info = backup.make(folder, admin)
    assert backup_archive.read_manifest(info.path).books["office"].rows["items"] == ROWS + 20
    connection.close()


def test_one_without_the_personnel_key_backs_that_book_up_closed(
    office: tuple[Path, KeyFile, Unlocked],
) -> None:
    folder, keys, _ = office
    clerk = keys.unlock("clerk", PASSWORD)
    info = backup.make(folder, clerk)
    manifest = backup_archive.read_manifest(info.path)
    assert not manifest.books["personnel"].opened and manifest.files["personnel.db"].size
    for name in ("clerk", "admin"):
        verified_backup(info.path, kept_backups.keyfile_in(info.path).unlock(name, PASSWORD))


def test_a_writer_goes_on_while_it_is_made(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        connection = connect_raw(folder / "office.db", admin.book_keys["office"])
        while not stop.is_set():
            add_rows(connection, 1)
            written += 1
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        infos = [backup.make(folder, admin) for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    rows = [backup_archive.read_manifest(i.path).books["office"].rows["items"] for i in infos]
    assert rows == sorted(rows) and rows[0] >= ROWS and rows[-1] <= ROWS + written
    for info in infos:
        verified_backup(info.path, admin)


def test_what_is_written_meanwhile_is_not_in_it(office: tuple[Path, KeyFile, Unlocked]) -> None:
    """The file is read as it lies: what is written after the moment stays in the log until it is read, and is not lost."""
    folder, _, admin = office
    connection = connect_raw(folder / "office.db", admin.book_keys["office"])
    (before,) = connection.execute("SELECT count(*) FROM items").fetchone()
    told = 0

    def progress(*_: object) -> None:
        nonlocal told
        told += 1
        add_rows(connection, 40)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    info = backup.make(folder, admin, progress=progress)
    assert told > 2 and backup_archive.read_manifest(info.path).books["office"].rows["items"] == before
    assert connection.execute("SELECT count(*) FROM items").fetchone()[0] == before + 40 * told
    connection.close()
    backup_archive.extract(info.path, folder / "backups")
    assert count(folder / "backups", "office", admin.book_keys["office"]) == before


@pytest.mark.parametrize("who", ["reads", "writes"])
def test_a_book_that_cannot_be_held_still_is_copied(
    office: tuple[Path, KeyFile, Unlocked], monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    folder, _, admin = office
    monkeypatch.setattr(snapshots, "_HOLD_MS", 1)
    one, other = (connect_raw(folder / "office.db", admin.book_keys["office"]) for _ in "12")
    one.execute("BEGIN IMMEDIATE" if who == "writes" else "BEGIN")
    (rows,) = one.execute("SELECT count(*) FROM items").fetchone()
    if who == "reads":
        add_rows(other, 3)
        rows += 3
    told: list[str] = []
    info = backup.make(folder, admin, progress=lambda what, *_: told.append(what))
    assert "复制 office.db" in told
    assert backup_archive.read_manifest(info.path).books["office"].rows["items"] == rows
    one.close()
    other.close()
    verified_backup(info.path, admin)


def test_both_books_are_of_one_moment(office: tuple[Path, KeyFile, Unlocked]) -> None:
    """A row is written to the personnel book only after its twin is in the office's: never more there than here."""
    folder, _, admin = office
    stop = threading.Event()

    def write() -> None:
        books = [connect_raw(folder / f"{b}.db", admin.book_keys[b]) for b in ("office", "personnel")]  # type: ignore[index]
        while not stop.is_set():
            for connection in books:
                add_rows(connection, 1)
        for connection in books:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(5):
            books = backup_archive.read_manifest(backup.make(folder, admin).path).books
            assert 0 <= books["office"].rows["items"] - books["personnel"].rows["items"] <= 1
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("place", [0.001, 0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_flipped_byte_or_a_missing_end_shows(office: tuple[Path, KeyFile, Unlocked], place: float) -> None:
    folder, _, admin = office
    info = backup.make(folder, admin)
    good = info.path.read_bytes()
    spoiled = bytearray(good)
    spoiled[int(place * len(good))] ^= 0x55
    info.path.write_bytes(spoiled)
    with pytest.raises((Damaged, NotPermitted)):
        verified_backup(info.path, admin)
    info.path.write_bytes(good[: int(place * len(good))])
    with pytest.raises(Damaged):
        backup_archive.verify(info.path)
    assert kept_backups.list_backups(folder / "backups")[0].problem
    info.path.write_bytes(good)
    verified_backup(info.path, admin)


def test_a_changed_manifest_is_refused(office: tuple[Path, KeyFile, Unlocked], tmp_path: Path) -> None:
    """Digests made good again by somebody who has no key: the seal does not hold."""
    folder, _, admin = office
    info = backup.make(folder, admin)
    (tmp_path / "out").mkdir()
    manifest = backup_archive.extract(info.path, tmp_path / "out")
    forged = msgspec.structs.replace(manifest, made_at="2030-01-01T00:00:00+08:00")
    backup_archive.write(info.path, {n: backup_archive.Source(tmp_path / "out" / n) for n in manifest.files}, lambda _: forged)
    backup_archive.verify(info.path)
    with pytest.raises(NotPermitted, match="改动"):
        verified_backup(info.path, admin)


def test_another_offices_book_inside_is_refused(
    office: tuple[Path, KeyFile, Unlocked], tmp_path: Path
) -> None:
    folder, _, admin = office
    make_office(tmp_path / "other", "elsewhere")
    info = backup.make(folder, admin)
    (tmp_path / "out").mkdir()
    manifest = backup_archive.extract(info.path, tmp_path / "out")
    (tmp_path / "out" / "office.db").write_bytes((tmp_path / "other" / "office.db").read_bytes())
    theirs = (tmp_path / "out" / "office.db").read_bytes()
    note = backup_archive.FileNote(len(theirs), hashlib.sha256(theirs).hexdigest())
    files = manifest.files | {"office.db": note}
    forged = msgspec.structs.replace(manifest, files=files)
    forged = msgspec.structs.replace(forged, by="")  # by somebody with the key
    forged = msgspec.structs.replace(forged, seal=backup_archive.seal_of(forged, admin.book_keys["office"]))
    backup_archive.write(info.path, {n: backup_archive.Source(tmp_path / "out" / n) for n in files}, lambda _: forged)
    with pytest.raises(Damaged, match="打不开"):
        verified_backup(info.path, admin)


def test_names_in_an_archive_never_choose_a_place(
    office: tuple[Path, KeyFile, Unlocked], tmp_path: Path
) -> None:
    folder, _, admin = office
    info = backup.make(folder, admin)
    manifest = backup_archive.read_manifest(info.path)
    evil = tmp_path / "evil.zxb"
    note = backup_archive.FileNote(1, "0" * 64)
    for name in ("../evil", "/etc/evil", "lock", "keys.json/../x"):
        bad = msgspec.structs.replace(manifest, files=manifest.files | {name: note})
        with zipfile.ZipFile(evil, "w") as made:
            made.writestr("manifest.json", msgspec.json.encode(bad))
            for member in bad.files:
                made.writestr(member, b"x")
        with pytest.raises(Damaged, match="不符"):
            backup_archive.verify(evil)


def test_junk_in_the_folder_is_listed_with_its_problem(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    info = backup.make(folder, admin)
    (folder / "backups" / "zhengxian-20220905-080000-0007.zxb").write_bytes(b"junk")
    (folder / "backups" / "empty.zxb").write_bytes(b"")
    listed = kept_backups.list_backups(folder / "backups")
    assert [bool(b.problem) for b in listed] == [True, False, True]
    assert listed[1] == info
    assert backup.make(folder, admin).sequence == 8
    assert kept_backups.list_backups(folder / "nowhere") == []


def test_a_damaged_book_makes_no_backup_and_is_said(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    with (folder / "office.db").open("r+b") as file:
        file.seek(3 * 4096 + 50)
        file.write(b"\x00\x01\x02")
    with pytest.raises(WorkFailed, match="损坏"):
        backup.make(folder, admin)
    assert kept_backups.list_backups(folder / "backups") == [] and not _left(folder)


@pytest.mark.parametrize("call", range(1, 5))
def test_a_full_disk_gives_a_sentence_and_leaves_nothing(
    office: tuple[Path, KeyFile, Unlocked], monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    folder, _, admin = office
    first = backup.make(folder, admin)
    calls = 0
    real = os.fsync

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    if call > 2:  # the backup stood already; only the note about it was not written
        backup.make(folder, admin)
        return
    with pytest.raises(WorkFailed, match="磁盘已满"):
        backup.make(folder, admin)
    monkeypatch.undo()
    assert not _left(folder)
    present = [b for b in kept_backups.list_backups(folder / "backups") if not b.problem]
    assert first in present
    for info in present:
        verified_backup(info.path, admin)


def test_too_little_space_is_said_before_anything_is_written(
    office: tuple[Path, KeyFile, Unlocked], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, admin = office
    monkeypatch.setattr("db.safety.backup.shutil.disk_usage", lambda path: os.terminal_size((0, 0)) and _Usage())
    with pytest.raises(WorkFailed, match="磁盘空间不足"):
        backup.make(folder, admin)


class _Usage:
    free = 1000


def test_a_folder_that_cannot_be_written_gives_a_sentence(
    office: tuple[Path, KeyFile, Unlocked], tmp_path: Path
) -> None:
    folder, _, admin = office
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkFailed):
        backup.make(folder, admin, tmp_path / "file" / "backups")


def test_cancelling_leaves_nothing(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    told: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        told.append(what)
        if what.startswith("写入"):
            raise Cancelled()

    with pytest.raises(Cancelled):
        backup.make(folder, admin, progress=progress)
    assert told and not _left(folder)
    assert kept_backups.list_backups(folder / "backups") == []


def test_nothing_new_needs_no_backup(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, keys, admin = office
    today = dt.date.today()
    assert backup.changed_since_last(folder) and kept_backups.daily_due(folder, today)
    info = backup.make(folder, admin, reason="exit")
    assert not backup.changed_since_last(folder) and not kept_backups.daily_due(folder, today)
    assert kept_backups.daily_due(folder, today + dt.timedelta(days=1))
    connection = connect_raw(folder / "office.db", admin.book_keys["office"])
    add_rows(connection, 1)
    assert backup.changed_since_last(folder)
    connection.close()
    info = backup.make(folder, admin, reason="exit")
    keys.change_password(admin, PASSWORD, "another-password")
    assert backup.changed_since_last(folder)
    info = backup.make(folder, admin, reason="exit")
    info.path.unlink()
    assert backup.changed_since_last(folder)


def test_only_the_programs_own_backups_are_thinned_out(
    office: tuple[Path, KeyFile, Unlocked], tmp_path: Path
) -> None:
    folder, _, admin = office
    manual = backup.make(folder, admin, reason="manual")
    for _ in range(13):
        backup.make(folder, admin, reason="exit")
    numbers = sorted(b.sequence for b in kept_backups.list_backups(folder / "backups"))
    assert numbers == [manual.sequence, *range(5, 15)]
    away = tmp_path / "stick"
    for _ in range(3):
        backup.make(folder, admin, away, reason="manual")
    assert len(kept_backups.list_backups(away)) == 3


def test_a_backup_that_the_disk_spoils_later_is_found_before_it_is_needed(
    office: tuple[Path, KeyFile, Unlocked],
) -> None:
    """Its time and size are as they were: only reading it tells."""
    folder, _, admin = office
    today = dt.date.today()
    info = backup.make(folder, admin, reason="daily")
    assert not kept_backups.daily_due(folder, today)
    times = info.path.stat()
    data = bytearray(info.path.read_bytes())
    data[len(data) // 2] ^= 1
    info.path.write_bytes(data)
    os.utime(info.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    later = today + dt.timedelta(days=7)
    assert kept_backups.verify_due(folder, later - dt.timedelta(days=1)) == ""
    assert info.path.name in kept_backups.verify_due(folder, later)
    assert "已损坏" in kept_backups.list_backups(folder / "backups")[0].problem
    assert kept_backups.daily_due(folder, today)
    data[len(data) // 2] ^= 1
    info.path.write_bytes(data)  # copied back from the other disk
    assert kept_backups.list_backups(folder / "backups")[0].problem == ""


def test_one_spoiled_today_does_not_count_as_todays(office: tuple[Path, KeyFile, Unlocked]) -> None:
    folder, _, admin = office
    info = backup.make(folder, admin, reason="daily")
    data = bytearray(info.path.read_bytes())
    data[len(data) // 2] ^= 1
    info.path.write_bytes(data)
    assert kept_backups.daily_due(folder, dt.date.today())
