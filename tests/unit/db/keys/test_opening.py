"""What is said when an office cannot be opened as it should be, and who gets in all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import office
from db.errors import BadInput, Damaged, WorkFailed
from db.keys import rekey

PASSWORD = "zhengxian-demo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "office"
    session, _ = office.create_office(made, "云川市活动办", "city", "admin", PASSWORD)
    office.add_user(session, "leaver", "赵五", "clerk", PASSWORD)
    session.close()
    return made


@pytest.mark.parametrize("left", [b"", b"x"])
def test_an_emptied_book_is_told_of_and_not_begun_anew(folder: Path, left: bytes) -> None:
    (folder / "office.db").write_bytes(left)
    with pytest.raises(Damaged, match="是空的"):
        office.open_office(folder, "admin", PASSWORD)
    assert (folder / "office.db").read_bytes() == left


def test_a_lost_key_file_is_not_called_an_empty_folder(folder: Path) -> None:
    (folder / "keys.json").unlink()
    with pytest.raises(Damaged, match=r"keys\.json 不见了"):
        office.open_office(folder, "admin", PASSWORD)
    with pytest.raises(BadInput, match="从备份恢复"):
        office.create_office(folder, "云川市活动办", "city", "admin", PASSWORD)


def test_without_room_for_new_keys_the_administrator_gets_in_and_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise WorkFailed("磁盘已满。")

    with monkeypatch.context() as full:
        full.setattr(rekey, "_renew", no_room)
        session = office.open_office(folder, "admin", PASSWORD)
        with pytest.raises(WorkFailed, match="磁盘已满"):
            office.remove_user(session, "leaver")
        session.add("unit", {"name": "棠阴区"})
        session.close()
        session = office.open_office(folder, "admin", PASSWORD)
        assert [u.name for u in office.users(session)] == ["admin"]
        assert any("没有换完" in problem for problem in session.verify())
        session.close()
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.verify() == []
    session.close()


def test_a_folder_that_cannot_be_made_is_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkFailed) as caught:
        office.create_office(tmp_path / "file" / "office", "云川市活动办", "city", "admin", PASSWORD)
    assert not any(word in caught.value.message for word in ("directory", "Not a"))


def test_what_takes_long_at_the_opening_is_told(folder: Path) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    with session.office.write_lock():
        session.office.writer.execute("UPDATE meta SET value = 'of an earlier program' WHERE key = 'fingerprint'")
    session.close()
    told: list[tuple[str, int, int]] = []
    office.open_office(folder, "admin", PASSWORD, progress=lambda *each: told.append(each)).close()
    words = list(dict.fromkeys(what for what, _, _ in told))
    assert words[0] == "程序更新后第一次打开，先做备份：写入并核对备份" and words[-1] == "按新的程序整理台账的表格"
    assert max(done / of for _, done, of in told if of) == 1
    told.clear()
    office.open_office(folder, "admin", PASSWORD, progress=lambda *each: told.append(each)).close()
    assert told == []
