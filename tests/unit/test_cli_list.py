"""What the command line says to a condition that can find nothing, and to a script when something unforeseen happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from db import office
from desktop import cli
from desktop.commands import records

PASSWORD = "zhengxian-demo"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    session, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)
    session.add("rectification", {"title": "窗口没有公示办理时限"})
    session.close()
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)

    def call(*arguments: str) -> tuple[int, Any]:
        code = cli.main(["--data", str(tmp_path / "office"), "--user", "admin", "--json", *arguments])
        return code, json.loads(capfdbinary.readouterr().out)

    return call


def test_states_and_lights_go_by_name_or_label_and_an_unknown_one_is_refused(run: Any) -> None:
    for condition in ("state=drafted", "state=拟办"):
        code, found = run("list", "rectification", "--where", condition)
        assert (code, len(found)) == (0, 1), condition
    assert run("list", "rectification", "--where", "light=green")[1] == [], "a draft is nobody's yet"
    unit, uid = run("add", "unit", "name=市城管局")[1]["uid"], found[0]["uid"]
    run("set", "rectification", uid, f"lead_unit={unit}", "deadline=2099-01-05")
    run("move", "rectification", uid, "assign")
    for condition in ("light=green", "light=正常"):
        assert len(run("list", "rectification", "--where", condition)[1]) == 1, condition
    for condition in ("state=乱", "light=红灯"):
        code, answer = run("list", "rectification", "--where", condition)
        assert code == 2 and "可用的有" in answer["error"]
    assert run("list", "rectification", "--limit", "-1")[0] == 2


def test_what_is_kept_as_json_reads_in_a_list_as_it_reads_alone(run: Any) -> None:
    uid = run("list", "rectification")[1][0]["uid"]
    unit = run("add", "unit", "name=市城管局")[1]["uid"]
    assert run("set", "rectification", uid, f"lead_unit={unit}", "deadline=2099-01-05")[0] == 0
    assert run("move", "rectification", uid, "assign")[0] == 0
    listed, alone = run("list", "rectification")[1][0], run("show", "rectification", uid)[1]
    assert listed == {name: alone[name] for name in listed}
    assert [step["action"] for step in listed["values"]["steps"]] == ["assign"]


@pytest.mark.parametrize(("suffix", "said"), [(".docx", b""), (".pdf", "共 1 页。\n".encode())])
def test_only_a_file_with_fixed_pages_is_said_to_have_some(run: Any, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], suffix: str, said: bytes) -> None:
    assert cli.main(["--data", str(tmp_path / "office"), "--user", "admin", "print", "unit_tree", "--to", str(tmp_path / f"单位{suffix}")]) == 0
    assert capfdbinary.readouterr().err == said


def test_a_draft_goes_into_no_file_whose_form_has_no_writer(run: Any, tmp_path: Path) -> None:
    code, made = run("bulletin", "new", "unit_tree")
    target = tmp_path / "单位.txt"
    for words in (("bulletin", "print", made["uid"]), ("print", "unit_tree")):
        code, answer = run(*words, "--to", str(target))
        assert code == 2 and ".pdf、.docx" in answer["error"] and not target.exists()


def test_an_unforeseen_error_is_a_json_document_too(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("张某某")

    monkeypatch.setattr(records, "list_records", broken)
    code, answer = run("list", "rectification")
    assert code == 1 and "RuntimeError" in answer["error"] and "张某某" not in answer["error"]


@pytest.mark.parametrize(
    "command",
    [
        ("list", "rectification", "--limit", "9" * 40), ("decide", "9" * 40, "mine"), ("import", "x" * 300), ("import", "\0"),
        ("import", ""), ("export", "rectification", "--to", "表" * 100 + ".xlsx"), ("list", "\udcd5\udcfb"),
        ("print", "brief", "--to", "\0.pdf"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_what_no_disk_and_no_table_can_hold_is_bad_input(run: Any, command: tuple[str, ...]) -> None:
    code, answer = run(*command)
    assert code == 2 and "内部" not in answer["error"]


def test_a_whole_page_may_be_looked_for(run: Any) -> None:
    for text in ("字" * 100_000, "x" * 100_000, "窗口 " * 1_000):
        assert run("list", "rectification", "--search", text)[0] == 0


def test_a_restore_asks_which_backup(run: Any, tmp_path: Path) -> None:
    file = Path(run("backup", str(tmp_path / "kept"))[1]["file"])
    code, answer = run("restore", str(tmp_path / "kept"), str(tmp_path / "back"))
    assert code == 2 and file.name in answer["error"]
    assert run("restore", str(tmp_path / "nothing.zxb"), str(tmp_path / "back"))[0] == 2
    assert run("restore", str(file), str(tmp_path / "back"))[0] == 0


@pytest.mark.parametrize("command", [("export", "rectification", "--to", "表.txt"), ("print", "problem_list", "--to", "表")])
def test_a_file_is_named_for_what_it_is(run: Any, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*command)[0] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["office"]
