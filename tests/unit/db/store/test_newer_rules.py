"""A book that later rules wrote is opened by an earlier program for reading alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import office
from db.errors import Damaged, WorkFailed
from db.model.query import Query
from db.store import schema, signed_settings

PASSWORD = "zhengxian-demo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a program with later rules leaves it."""
    folder = tmp_path / "office"
    with pytest.MonkeyPatch.context() as later:
        later.setattr(schema, "RULES", schema.RULES + 1)
        session, _ = office.create_office(folder, "云川市作风办", "city", "admin", PASSWORD)
        session.add("unit", {"name": "清禾区政府"})
        session.close()
    return folder


def test_it_is_read_and_backed_up_and_nothing_is_written(folder: Path) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    (unit,) = session.find(Query(kind="unit"))
    assert unit.values["name"] == "清禾区政府" and session.verify() == []
    assert any("更新程序" in notice for notice in session.notices)
    assert not session.may_write("unit") and not session.may_write("cadre")
    before, keys = session.office.audit_head, (folder / "keys.json").read_bytes()
    for write in (
        lambda: session.add("unit", {"name": "甲"}), lambda: session.set("unit", unit.uid, {"name": "乙"}),
        lambda: session.delete("unit", unit.uid), lambda: session.set_workdays(""),
        lambda: session.office.set_setting("x", "1"), lambda: session.office.set_meta(x="1"),
        lambda: office.add_user(session, "lihua", "李华", "clerk", "lvshui-qingshan-9"), lambda: office.renew_recovery(session),
        lambda: office.change_password(session, PASSWORD, "lvshui-qingshan-9"),
    ):  # fmt: skip
        with pytest.raises(WorkFailed, match="只能查看"):
            write()
    assert office.make_backup(session).path.exists()
    assert session.office.audit_head == before and (folder / "keys.json").read_bytes() == keys
    session.close()


def test_who_knows_whole_lists_of_steps_alone_only_reads_what_keeps_parts_of_them(tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", PASSWORD)
    session.close()
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(schema, "RULES", 1)
        session = office.open_office(tmp_path / "office", "admin", PASSWORD)
        assert any("更新程序" in notice for notice in session.notices) and not session.may_write("unit")
        session.close()


def test_the_program_that_wrote_it_goes_on_writing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office.open_office(folder, "admin", PASSWORD).close()
    monkeypatch.setattr(schema, "RULES", schema.RULES + 1)
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.notices == [] and session.add("unit", {"name": "临湖区政府"})
    session.close()


def test_one_whose_tables_have_changed_is_not_opened(folder: Path) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    session.office.writer.execute("ALTER TABLE unit RENAME COLUMN name TO called")
    session.close()
    with pytest.raises(Damaged, match="请先更新程序"):
        office.open_office(folder, "admin", PASSWORD)


def test_a_book_of_before_is_written_and_then_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_settings, "MARK", "office:none")  # a program that knew no mark noted none
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", PASSWORD)
    monkeypatch.undo()
    session.office.writer.execute("DELETE FROM meta WHERE key = 'rules'")
    session.close()
    again = office.open_office(tmp_path / "office", "admin", PASSWORD)
    assert again.add("unit", {"name": "甲"}) and again.office.meta("rules") == str(schema.RULES)
    assert again.verify() == []
    again.close()
