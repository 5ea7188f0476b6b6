"""What somebody with the book's key and an editor changes where no record stands is told as well."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import office
from db.errors import WorkFailed
from db.safety import repair
from db.safety.verify import verify
from db.session import Session
from db.store import transaction
from desktop.exchange.write.workbook import export

PASSWORD, OTHER = "tangyin-River-88", "anping-Bridge-77"
KIND = "rectification"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked") / "office"
    session, _ = office.create_office(folder, "云川市作风办", "city", "admin", PASSWORD)
    unit = session.add("unit", {"name": "安坪县"})
    for name, role in (("clerk", "clerk"), ("reviewer", "reviewer")):
        office.add_user(session, name, name, role, OTHER)  # type: ignore[arg-type]
    for at in range(3):
        session.add(KIND, {"title": f"第{at}项窗口没有公示办理时限", "lead_unit": unit, "deadline": dt.date(2030, 1, 1)})
    session.close()
    for name in ("clerk", "reviewer"):  # their signing keys are made at the first login, and put into the roster at the next of an admin
        office.open_office(folder, name, OTHER).close()
    office.open_office(folder, "admin", PASSWORD).close()
    return folder


@pytest.fixture
def made(template: Path, tmp_path: Path) -> Iterator[Session]:
    shutil.copytree(template, tmp_path / "office")
    session = office.open_office(tmp_path / "office", "admin", PASSWORD)
    session.add("unit", {"name": "临湖区"})
    assert session.verify() == []
    yield session
    session.close()


def edit(session: Session, *statements: str) -> None:
    """What an editor does to the book."""
    with session.office.write_lock():
        for statement in statements:
            session.office.writer.execute(statement)


def first(session: Session) -> str:
    return next(session.office.each(KIND)).uid


ATTACKS = {
    "an index that leaves a record out": (
        "DROP INDEX rectification_by_state",
        "CREATE INDEX rectification_by_state ON rectification (state) WHERE deleted = 0 AND id <> 1",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = 'CREATE INDEX \"rectification_by_state\" ON \"rectification\" (\"state\") WHERE deleted = 0'"
        " WHERE name = 'rectification_by_state'",
        "PRAGMA writable_schema = RESET",
    ),
    "a trigger": ("CREATE TRIGGER x AFTER UPDATE ON rectification BEGIN DELETE FROM conflicts; END",),
    "a view": ("CREATE VIEW x AS SELECT * FROM rectification",),
    "when it was made": ("UPDATE rectification SET created_at = '2020-01-01T10:00:00' WHERE id = 1",),
    "when it was changed": ("UPDATE rectification SET updated_at = '2020-01-01T10:00:00' WHERE id = 1",),
    "undone": ("UPDATE changes SET undone_by = 1 WHERE id = (SELECT max(change_id) FROM journal WHERE kind = 'rectification')",),
    "by which rules it was written": ("UPDATE meta SET value = '0' WHERE key = 'rules'",),
    "name of an office": ("INSERT INTO offices (uid, name) VALUES ('aaaaaaaaaaaaaaaaaaaa', '市委')",),
    "an export": ("INSERT INTO exports (id, at, by, file_name, sha256, kinds, rows) VALUES ('e', '2022-01-01T00:00:00', 'reviewer', 'x.xlsx', '', '[]', 3)",),
    "an import": ("INSERT INTO imports (id, at, by, file_name, sha256, counts) VALUES ('e', '2022-01-01T00:00:00', 'reviewer', 'x.xlsx', '', '{}')",),
    "a conflict": ("INSERT INTO conflicts (kind, uid, field, theirs, vector, created_at) SELECT 'rectification', uid, 'title', '\"x\"', '{}', '2022-01-01' FROM rectification WHERE id = 1",),
}


@pytest.mark.parametrize("statements", ATTACKS.values(), ids=[*ATTACKS])
def test_what_is_no_record_is_told_as_well(made: Session, statements: tuple[str, ...]) -> None:
    edit(made, *statements)
    report = verify(made)
    assert report.problems


def test_who_was_made_less_does_not_come_back_with_an_old_key_file(made: Session) -> None:
    """The keys stay the same then: the old file fits the books. The number by which it is known as old is in the book, which they can
    edit."""
    old = (made.folder / "keys.json").read_bytes()
    office.set_role(made, "reviewer", "clerk")
    folder = made.folder
    made.close()
    session = office.open_office(folder, "reviewer", OTHER)
    edit(session, "UPDATE meta SET value = '0' WHERE key = 'key_serial'")
    session.close()
    (folder / "keys.json").write_bytes(old)
    with pytest.raises(WorkFailed, match=r"office\.db"):
        office.open_office(folder, "reviewer", OTHER)


def test_a_mark_of_the_rules_that_was_lowered_is_told_when_it_stands_again(made: Session) -> None:
    """An older program could write meanwhile; the next one that writes puts its own mark there."""
    edit(made, "UPDATE meta SET value = '0' WHERE key = 'rules'")
    folder = made.folder
    made.close()
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        session.add("unit", {"name": "清禾区"})
        assert session.office.meta("rules") != "0"
        (told,) = session.verify()
        assert "台账由哪一版规则写成的标记被改动过" in told and "清禾区" in told
    finally:
        session.close()


def test_the_name_of_another_office_is_told_when_it_is_changed(made: Session) -> None:
    with made.atomic("import", "导入"), made.office.atomic("admin", "import", "导入"):
        made.office.offices.meet("bbbbbbbbbbbbbbbbbbbb", "安坪县督查室")
    assert made.verify() == []
    edit(made, "UPDATE offices SET name = '市委督查室' WHERE id > 1")
    (told,) = made.verify()
    assert told.startswith("往来单位“") and "被改动过" in told


def test_days_dated_back_by_a_clock_are_told(made: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "now", lambda: "2022-09-28T10:00:00")
    for at in range(4):
        made.add("unit", {"name": f"第{at}办事处"})
    monkeypatch.undo()
    made.add("unit", {"name": "清禾区"})
    report = verify(made)
    assert report.problems == []
    *told, counted = [note for note in report.notes if ("日" in note and "时钟" in note) or "倒着记" in note]
    assert len(told) == 3 and "2022-09-28" in told[0] and "“admin”" in told[0] and "4 次" in counted


def test_what_was_sent_is_told_when_it_is_taken_away_or_changed(made: Session, tmp_path: Path) -> None:
    """A returned workbook is held against what was sent: whoever changes that decides what comes in."""
    export(made, [KIND], tmp_path / "out.xlsx")
    assert made.verify() == []
    edit(made, "UPDATE exports SET rows = 9")
    (told,) = made.verify()
    assert told == "导出「out.xlsx」的登记被改动过，不是由程序写入的，请核对。"
    edit(made, "DELETE FROM exports")
    (told,) = made.verify()
    assert told.startswith("导出「")


def test_the_mark_of_an_undone_change_follows_every_undo_and_redo(made: Session) -> None:
    for _ in range(2):
        made.undo_last()
        assert made.verify() == []
        made.redo_last()
        assert made.verify() == []
    made.undo_last()
    edit(made, "UPDATE changes SET undone_by = NULL")
    told = made.verify()
    assert told and all("“已撤销”的标记" in each for each in told)


def test_an_index_that_lies_is_rebuilt_by_a_repair_without_loss(made: Session) -> None:
    edit(made, *ATTACKS["an index that leaves a record out"])
    folder, before = made.folder, sorted(r.uid for r in made.office.each(KIND))
    made.close()
    repair.repair_office(folder, "admin", PASSWORD)
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        assert session.verify() == [] and sorted(r.uid for r in session.office.each(KIND)) == before
    finally:
        session.close()
