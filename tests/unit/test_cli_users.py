"""Users and a damaged book from the command line, for machines without a screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import NotPermitted
from desktop import cli
from desktop.commands import office as commands

PASSWORD, NEXT = "qingshan-lvshui-7", "qinghe-huayuan-77"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)[0].close()

    def call(*arguments: str, user: str = "admin", password: str = PASSWORD, new: str | None = None) -> tuple[int, Any, str]:
        monkeypatch.setenv("ZHENGXIAN_PASSWORD", password)
        monkeypatch.delenv("ZHENGXIAN_NEW_PASSWORD", raising=False)
        if new is not None:
            monkeypatch.setenv("ZHENGXIAN_NEW_PASSWORD", new)
        code = cli.main(["--data", str(tmp_path / "office"), "--user", user, "--json", *arguments])
        said = capfdbinary.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err.decode()

    return call


def test_a_user_is_added_reset_changes_the_password_and_is_disabled(run: Any, tmp_path: Path) -> None:
    assert run("users", "add", "lihua", "--role", "clerk", "--display", "李华", new=NEXT)[:2] == (0, {"name": "lihua"})
    code, found, _ = run("users", user="lihua", password=NEXT)
    assert code == 0 and {"name": "lihua", "display": "李华", "role": "clerk", "unit": None} in found
    assert run("users", "password", user="lihua", password=NEXT, new="lvshui-qingshan-9")[0] == 0
    assert run("users", user="lihua", password=NEXT)[0] == 4
    assert run("users", "reset", "lihua", new=NEXT)[0] == 0
    assert run("users", user="lihua", password=NEXT)[0] == 0
    assert run("users", "disable", "lihua")[0] == 0
    assert run("users", user="lihua", password=NEXT)[0] == 4
    with pytest.raises(NotPermitted):
        office.open_office(tmp_path / "office", "lihua", NEXT)
    for act in ("reset", "disable"):
        code, answer, _ = run("users", act, "lihua", new=NEXT)
        assert code == 2 and "已停用" in answer["error"], act


def test_a_password_of_a_unit_or_a_colleague_here_is_refused(run: Any) -> None:
    assert run("add", "unit", "name=安坪县督查考核中心", "short_name=安考中心")[0] == 0
    assert run("users", "add", "lihua", "--role", "clerk", "--display", "欧阳李华", new=NEXT)[0] == 0
    for weak in ("Anpingxian2022", "ankaozhongxin1", "Ouyanglihua123"):
        code, answer, _ = run("users", "add", "wang", "--role", "clerk", new=weak)
        assert code == 2 and "太容易猜到" in answer["error"], weak


def test_what_is_missing_is_said_and_changes_nothing(run: Any) -> None:
    for arguments, word in (
        (("users", "add", "lihua", "--role", "clerk"), "ZHENGXIAN_NEW_PASSWORD"), (("users", "add", "lihua"), "--role"),
        (("users", "reset"), "NAME"), (("users", "disable", "nobody"), "nobody"), (("users", "password", "lihua"), "自己"),
        (("users", "add", "lihua", "--role", "king"), "king"),
    ):  # fmt: skip
        code, answer, _ = run(*arguments)
        assert code == 2 and word in answer["error"], arguments
    assert run("users", "add", "lihua", "--role", "clerk", new="12345678")[0] == 2
    assert [u["name"] for u in run("users")[1]] == ["admin"]


def test_only_an_administrator_changes_users(run: Any) -> None:
    run("users", "add", "lihua", "--role", "clerk", new=NEXT)
    for arguments in (("add", "mengmeng", "--role", "administrator"), ("reset", "admin"), ("disable", "admin")):
        assert run("users", *arguments, user="lihua", password=NEXT, new=PASSWORD)[0] == 4
    assert run("users")[0] == 0


def test_a_damaged_book_is_repaired(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    assert run("repair", str(folder))[0] == 2, "nothing is damaged"
    session = office.open_office(folder, "admin", PASSWORD)
    with session.atomic():
        for at in range(800):
            session.add("unit", {"name": f"清禾区第{at + 1}办事处"})
    session.close()
    data = bytearray((folder / "office.db").read_bytes())
    data[len(data) * 3 // 4] ^= 0xFF
    (folder / "office.db").write_bytes(data)
    code, answer, said = run("repair", str(folder))
    assert code == 0 and answer["rows"] > 700 and Path(answer["before"]).exists() and "救出" in said
    assert run("list", "unit", "--limit", "1")[0] == 0


def test_a_recovery_key_that_nobody_saw_is_told_at_the_next_login(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is killed between making the key and printing it."""
    new = tmp_path / "new"
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)
    with monkeypatch.context() as killed:
        killed.setattr(commands, "write_json", lambda answer: (_ for _ in ()).throw(KeyboardInterrupt))
        assert cli.main(["--json", "init", str(new), "--office", "清禾区活动办", "--level", "county", "--admin", "admin"]) == 1
    _, _, said = run("--data", str(new), "users")
    assert "恢复密钥还没有人看到过" in said
    _, _, said = run("users")
    assert "恢复密钥" not in said


def test_a_restore_over_an_office_that_opens_needs_its_administrator_of_today(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, made, _ = run("backup", str(tmp_path / "stick"))
    folder = str(tmp_path / "office")
    assert run("restore", made["file"], folder)[0] == 0  # name and password are the same
    assert run("users", "add", "wangjing", "--role", "administrator", new=NEXT)[0] == 0
    assert run("users", "password", new="lvshui-qingshan-9")[0] == 0
    code, answer, _ = run("restore", made["file"], folder)
    assert code == 4 and "现在的管理员" in answer["error"]
    assert run("restore", made["file"], folder, "--by", "wangjing")[0] == 2  # nothing to type a password into
    monkeypatch.setenv(commands.PRESENT_PASSWORD, NEXT)
    assert run("restore", made["file"], folder, "--by", "wangjing")[0] == 0
    monkeypatch.delenv(commands.PRESENT_PASSWORD)
    assert run("users")[0] == 4  # the people and passwords are those of today
    assert [u["name"] for u in run("users", password="lvshui-qingshan-9")[1]] == ["admin", "wangjing"]
    assert run("verify", password="lvshui-qingshan-9")[1]["ok"]
