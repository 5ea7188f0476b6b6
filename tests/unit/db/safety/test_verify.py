"""What verify finds that was done with the key and past the program: versions, authors, settings, whose a record is."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import Cancelled
from db.merge.versions import RowVersions
from db.safety import verify_file
from db.safety.verify import _field, _There, verify
from db.session import Session
from db.store import journal, repair_losses, replay
from db.store.pages.page_seals import PAGE

PASSWORD = "zhengxian-demo"
KIND = "rectification"


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Session]:
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", PASSWORD)
    session.add("unit", {"name": "安坪县"})
    yield session
    session.close()


def items(session: Session, count: int = 1) -> list[str]:
    unit = session.names.unit_by_name("安坪县")
    return [session.add(KIND, {"title": f"第{n}项", "lead_unit": unit}) for n in range(count)]


def tables(session: Session) -> list[str]:
    """What is found in the work book by its chain and tables alone."""
    return verify_file.verify(session.office, [], repair_losses.Known(session.office.connection))


def changed(session: Session, sql: str, *values: Any) -> list[str]:
    """What is found after somebody who has the key has done this, and that nothing was found before."""
    assert session.verify() == []
    session.office.writer.execute(sql, values)
    return session.verify()


def versions_of(session: Session, uid: str) -> str:
    return str(session.office.writer.execute(f"SELECT versions FROM {KIND} WHERE uid = ?", (uid,)).fetchone()[0])


def test_a_vector_set_back_is_named_with_its_field(admin: Session) -> None:
    (uid,) = items(admin)
    made = versions_of(admin, uid)
    admin.set(KIND, uid, {"measures": "按月核对"})
    (found,) = changed(admin, f"UPDATE {KIND} SET versions = ? WHERE uid = ?", made, uid)
    assert found == f"「整改清单」{uid} 的 版本（整改措施） 与修改记录不符。"


def test_versions_written_ahead_unreadable_or_of_no_site_are_named(admin: Session) -> None:
    (uid,) = items(admin)
    row = json.loads(versions_of(admin, uid))
    for wrong in (json.dumps([[row[0][0], row[0][1] + 7]]), "[[", json.dumps([[999, 1]])):
        assert any(f"{uid} 的 版本" in p for p in changed(admin, f"UPDATE {KIND} SET versions = ? WHERE uid = ?", wrong, uid))
        admin.office.writer.execute(f"UPDATE {KIND} SET versions = ? WHERE uid = ?", (json.dumps(row), uid))


def test_authors_of_a_value_from_elsewhere_are_held_against_what_came(admin: Session) -> None:
    (uid,) = items(admin)
    with admin.atomic("import", ""):
        book = admin.office
        record = book.get(KIND, uid)
        versions = book.versions_of(record).copy()
        versions.set("measures", {"elsewhere": 3, **versions.row}, ("elsewhere",))
        admin.transaction("office").merge(record, {"measures": "县里写的"}, versions)
    theirs = RowVersions.decode(versions_of(admin, uid), admin.office.site_name)
    theirs.authors.clear()
    text = theirs.encode(admin.office.site_number)
    (found,) = changed(admin, f"UPDATE {KIND} SET versions = ? WHERE uid = ?", text, uid)
    assert "版本（整改措施）" in found


def test_vectors_joined_without_a_change_of_value_are_held_too(admin: Session) -> None:
    (uid,) = items(admin)
    before = versions_of(admin, uid)
    with admin.atomic("import", ""):
        book = admin.office
        record = book.get(KIND, uid)
        versions = book.versions_of(record).copy()
        versions.set("measures", {"elsewhere": 3, **versions.row})
        admin.transaction("office").merge(record, {}, versions)
        admin.transaction("office").update(record, {"problem": "接着改"})
    assert admin.verify() == []
    admin.set(KIND, uid, {"measures": "再改"})
    (found,) = changed(admin, f"UPDATE {KIND} SET versions = ? WHERE uid = ?", before, uid)
    assert "版本（问题表现、整改措施）" in found


def test_many_merges_at_once_leave_what_they_leave_one_by_one(admin: Session) -> None:
    uids = [items(admin)[0] for _ in range(4)]
    came = [{"measures": "县里写的"}, {"measures": "县里写的", "problem": "人多"}, {}]

    def merged(book: Any, uid: str, values: dict[str, object]) -> tuple[Any, dict[str, object], RowVersions]:
        record = book.get(KIND, uid)
        versions = book.versions_of(record).copy()
        for name in values or ("measures",):
            versions.set(name, {"elsewhere": 3, **versions.row}, ("elsewhere",))
        return record, values, versions

    def left() -> tuple[list[Any], list[Any]]:
        rows = admin.office.connection.execute(f"SELECT measures, problem, updated_by FROM {KIND} ORDER BY id").fetchall()
        told = "SELECT action, before, after FROM journal WHERE action = 'merge' ORDER BY seq"
        return rows, admin.office.connection.execute(told).fetchall()

    for uid, values in zip(uids, came, strict=False):
        with admin.atomic("import", ""):
            admin.transaction("office").merge(*merged(admin.office, uid, values))
    one_by_one, mine = left()
    many = [items(admin)[0] for _ in came]
    with admin.atomic("import", ""):
        transaction = admin.transaction("office")
        changed = transaction.merge_many(KIND, [merged(admin.office, *each) for each in zip(many, came, strict=True)])
        again = transaction.merge_many(KIND, [(each, {}, admin.office.versions_of(each)) for each in changed])
    rows, told = left()
    assert [each.uid for each in changed] == many[:2]
    assert again == []
    assert rows[4:] == one_by_one[:3]
    assert told == mine * 2
    assert admin.verify() == []


def test_who_wrote_and_whose_it_is_are_held_against_the_journal(admin: Session) -> None:
    (uid,) = items(admin)
    (found,) = changed(admin, f"UPDATE {KIND} SET updated_by = 'clerk' WHERE uid = ?", uid)
    assert "登记人、修改人" in found
    admin.office.writer.execute(f"UPDATE {KIND} SET updated_by = 'admin' WHERE uid = ?", (uid,))
    (found, *_) = changed(admin, f"UPDATE {KIND} SET issuer = 0 WHERE uid = ?", uid)
    assert "交办单位" in found


def test_a_counter_that_went_back_is_told(admin: Session) -> None:
    items(admin)
    (found,) = changed(admin, "UPDATE meta SET value = '1' WHERE key = 'counter'")
    assert "修改序号" in found


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE meta SET value = '另一个单位' WHERE key = 'office_name'", "设置「单位名称」被改动过"),
        ("UPDATE settings SET value = '[]' WHERE key = 'workdays'", "设置「工作日历」被改动过"),
        ("DELETE FROM settings WHERE key = 'workdays'", "设置「工作日历」不见了"),
        ("INSERT INTO settings VALUES ('another', '1')", "设置「another」不是由程序写入的"),
        ("UPDATE settings SET value = '{' WHERE key = 'seals'", "封记被改动过"),
    ],
)
def test_settings_written_past_the_program_are_named(admin: Session, sql: str, told: str) -> None:
    with admin.office.atomic("admin", "settings", "修改工作日历"):
        admin.office.set_setting("workdays", "{}")
    admin.office.set_setting("draft:admin:kinds:new", "{}")
    (found,) = changed(admin, sql)
    assert told in found and found.endswith("。")


def test_a_book_of_an_earlier_program_is_held_against_what_it_can_be(admin: Session) -> None:
    """Its journal says neither counters nor vectors, its settings have no seals: values alone, until they are written again."""
    first = items(admin, 2)[0]
    admin.set(KIND, first, {"measures": "按月核对"})
    writer, key = admin.office.writer, admin.office.audit_key
    previous = journal.GENESIS
    for row in writer.execute("SELECT seq, change_id, kind, uid, action, before, after FROM journal ORDER BY seq").fetchall():
        seq, change, kind, uid, action, before, after = row
        before = "" if action == "change" else before
        previous = journal.ChainMac(key).mac(previous, change, kind, uid, action, before, after)
        writer.execute("UPDATE journal SET before = ?, mac = ? WHERE seq = ?", (before, previous, seq))
    writer.execute("DELETE FROM settings WHERE key = 'seals'")
    assert tables(admin) == []
    admin.set(KIND, first, {"measures": "再改"})
    with admin.office.atomic("admin", "settings", "修改工作日历"):
        admin.office.set_setting("workdays", "{}")
    assert tables(admin) == []
    (third,) = items(admin)
    assert tables(admin) == []
    writer.execute(f"UPDATE {KIND} SET versions = '[[1,1]]' WHERE uid = ?", (third,))
    assert tables(admin)


def test_a_large_book_is_gone_through_in_parts(admin: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    uids = items(admin, 40)
    monkeypatch.setattr(replay, "_AT_ONCE", 5)
    assert admin.verify() == []
    admin.office.writer.execute(f"DELETE FROM {KIND} WHERE uid IN (?, ?)", uids[3:5])
    admin.office.writer.execute(f"UPDATE {KIND} SET title = '改了' WHERE uid IN (?, ?, ?)", uids[10:13])
    found = tables(admin)
    assert sum("整改事项" in each for each in found) == 3 and any("有 2 条记录" in each for each in found)


def test_nothing_of_a_check_keeps_an_old_view_of_the_book(admin: Session) -> None:
    """Nor after one that was given up half way: the next sees what was written since."""
    uids = items(admin, 40)
    gc.disable()
    try:
        admin.office.writer.execute(f"DELETE FROM {KIND} WHERE uid IN (?, ?, ?, ?)", uids[-4:])  # their spans are left over
        assert tables(admin)
        for at in range(3):
            admin.office.writer.execute(f"UPDATE {KIND} SET title = ? WHERE uid = ?", (f"改了{at}", uids[at]))
            assert sum("整改事项" in each for each in tables(admin)) == at + 1
    finally:
        gc.enable()


@pytest.mark.parametrize("table", ["publicity", "settings", "changes", "office_kinds"])
def test_a_damaged_file_is_told_whichever_page_it_is(admin: Session, table: str) -> None:
    """SQLite reads nothing more of such a file: what is asked after the page was met is no fault of the program."""
    book = admin.office
    (page,) = book.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    book.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(book.path.read_bytes())
    data[(page - 1) * 4096 + 100] ^= 0xFF
    book.path.write_bytes(data)
    for connection in (book.connection, book.writer):
        connection.execute("PRAGMA shrink_memory")
    (told,) = admin.verify()
    assert book.path.name in told and "损坏" in told


def test_a_damaged_page_that_holds_nothing_is_told_too(admin: Session) -> None:
    """A backup reads it along with the others, and would fail on it."""
    book = admin.office
    with book.write_lock():
        book.writer.execute("CREATE TABLE much (data BLOB)")
        book.writer.execute("INSERT INTO much SELECT randomblob(20000)")
        (page,) = book.writer.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'much'").fetchone()
        book.writer.execute("DROP TABLE much")
        book.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert admin.verify() == []
    data = bytearray(book.path.read_bytes())
    data[page * 4096 + 100] ^= 0xFF  # the page after the root: no list of free pages stands on it
    book.path.write_bytes(data)
    (told,) = admin.verify()
    assert book.path.name in told and "损坏" in told


def test_a_check_that_is_cancelled_finds_nothing(admin: Session) -> None:
    def cancel(*_: object) -> None:
        raise Cancelled()

    with pytest.raises(Cancelled):
        verify(admin, cancel)


def test_a_quick_look_holds_pages_and_log_but_not_the_tables(admin: Session) -> None:
    (uid,) = items(admin)
    admin.office.writer.execute(f"UPDATE {KIND} SET title = '改过' WHERE uid = ?", (uid,))
    assert verify(admin, quick=True).problems == [] and len(verify(admin).problems) == 1
    admin.office.writer.execute(f"UPDATE {KIND} SET title = '第0项' WHERE uid = ?", (uid,))
    admin.office.writer.execute("UPDATE journal SET after = '{}' WHERE seq = (SELECT max(seq) FROM journal WHERE uid = ?)", (uid,))
    assert any("审计链不完整" in problem for problem in verify(admin, quick=True).problems)


@pytest.mark.parametrize("quick", [True, False])
def test_a_spoiled_page_is_told_either_way(admin: Session, monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    monkeypatch.setattr(verify_file, "_MOMENT", 0.0)
    admin.office.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = admin.office.path.stat().st_size
    with admin.office.path.open("r+b") as file:
        file.seek(size - 2_000)
        byte = file.read(1)
        file.seek(size - 2_000)
        file.write(bytes([byte[0] ^ 1]))
    assert any("损坏" in problem for problem in verify(admin, quick=quick).problems)


def test_a_page_torn_while_it_came_from_the_log_is_taken_from_there(admin: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_file, "_MOMENT", 0.0)
    path, frame = admin.office.path, 24 + PAGE
    admin.office.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    items(admin)
    log = path.with_name(f"{path.name}-wal").read_bytes()[32:]
    torn = {int.from_bytes(log[at : at + 4], "big") for at in range(0, len(log), frame)}
    torn = {number for number in torn if number > 1 and number * PAGE <= path.stat().st_size}
    assert torn
    with path.open("r+b") as file:
        for number in torn:
            file.seek((number - 1) * PAGE)
            file.write(bytes(PAGE // 2))
    assert verify(admin, quick=True).problems == [] and verify(admin).problems == []


def test_progress_goes_through_log_and_tables_and_either_can_be_cancelled(admin: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    items(admin, 3)
    monkeypatch.setattr(verify_file, "_TELL", 1)
    monkeypatch.setattr(journal, "_TELL", 1)
    told: list[tuple[int, int]] = []
    verify(admin, lambda book, done, of: told.append((done, of)) if book == "office" else None)
    assert told == sorted(told) and told[-1][0] == told[-1][1] and len({of for _, of in told}) == 1
    (rows,) = admin.office.connection.execute("SELECT max(seq) FROM journal").fetchone()

    for far in (1, rows + 2):
        def stop(book: str, done: int, of: int, far: int = far) -> None:
            if done >= far:
                raise Cancelled

        with pytest.raises(Cancelled):
            verify(admin, stop)
    with pytest.raises(Cancelled):
        verify(admin, lambda *_: (_ for _ in ()).throw(Cancelled), quick=True)


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_what_points_to_nothing_is_named(admin: Session, many: bool) -> None:
    (uid,) = items(admin)
    column, value = ("cooperating_units", '["nowhere"]') if many else ("lead_unit", "nowhere")
    admin.office.writer.execute(f"UPDATE {KIND} SET {column} = ? WHERE uid = ?", (value, uid))
    there = _There(admin, set())
    field = admin.kinds.get(KIND).field(column)
    (found,) = _field(admin, admin.kinds.get(KIND), field, there)
    assert found.startswith(f"「整改清单」{uid} 的「{field.label}」指向不存在的记录 nowhere")
    assert [*_field(admin, admin.kinds.get(KIND), field, _There(admin, {"nowhere"}))] == []
