"""`define FILE.toml`: a figure, a ledger, a paper of the office's own; refused with file, line and key."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput
from db.session import Session
from desktop import cli
from desktop.commands.define import define

PASSWORD = "qingshan-lvshui-7"
FIGURE = """# 上级交办的积案
name = "central_cases"
label = "上级交办积案"
kinds = ["petition"]
period = "assigned_on"
measure = "件"
where = [
    { field = "route", op = "eq", value = "上级交办重复信访" },
    { field = "lead_unit", op = "in", value = ["棠阴区"] },
]
"""
SHARE = 'name = "central_share"\nlabel = "上级交办占比"\nshare_of = ["central_cases", "petitions_events"]\n'
KIND = """name = "canteen_check"
label = "食堂检查"
title = "school"
family = "民生"
fields = [
    { name = "school", label = "学校", type = "text", required = true },
    { name = "eaters", label = "供餐人数", type = "integer" },
]
"""
REPORT = 'name = "own_note"\nlabel = "食堂快报"\ntitle = "食堂快报"\nbody = """\n本期{{ n(\'central_cases\') }}件。\n"""\n'
Run = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("define") / "office"
    session, _ = office.create_office(folder, "云川市活动办", "city", "admin", PASSWORD)
    session.add("unit", {"name": "棠阴区"})
    session.close()
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)

    def call(*arguments: str, text: str | None = None) -> tuple[int, Any]:
        if text is not None:
            (tmp_path / "made.toml").write_text(text, encoding="utf-8")
            arguments = ("define", str(tmp_path / "made.toml"))
        code = cli.main(["--data", str(made), "--user", "admin", "--json", *arguments])
        said = capfdbinary.readouterr()
        return code, json.loads(said.out)

    return call


def test_a_figure_a_share_a_ledger_and_a_paper_are_taken_up(run: Run) -> None:
    code, answer = run(text=FIGURE)
    assert code == 0
    assert answer == {
        "defined": "figure", "name": "central_cases", "label": "上级交办积案",
        "formula": "上级交办积案 ＝ 信访积案中交办渠道为上级交办重复信访、责任单位为棠阴区、交办时间在本期的记录数，不含拟办和作废的",
    }
    assert run(text=FIGURE.replace("上级交办积案", "上级积案"))[1]["label"] == "上级积案", "a second time changes it"
    assert run(text=SHARE)[1]["formula"] == "上级交办占比 ＝ 上级积案 ÷ 新列入信访积案"
    assert run(text=KIND)[1] == {"defined": "kind", "name": "canteen_check", "label": "食堂检查"}
    assert run(text=REPORT)[1] == {"defined": "report", "name": "own_note", "label": "食堂快报"}
    code, found = run("figures", "--period", "2022")
    assert code == 0 and {"central_cases", "central_share"} <= {each["name"] for each in found}
    code, one = run("figure", "central_cases", "--period", "2022", "--rows")
    assert code == 0 and one["value"] == 0 and one["rows"] == [] and one["unit"] == "件"
    assert "own_note" in {each["name"] for each in run("reports")[1]}
    assert "canteen_check" in {each["name"] for each in run("kinds")[1]}


REFUSED = (
    (FIGURE.replace('"route"', '"rout"'), "made.toml 第 8 行（where）：", "「rout」已经没有了"),
    (FIGURE.replace("上级交办重复信访", "上级"), "made.toml 第 8 行（where）：", "没有这个选项：上级"),
    (FIGURE.replace("棠阴区", "棠阴"), "made.toml 第 9 行（where）：", "没有这个单位：棠阴"), (FIGURE.replace("measure", "mesure"), "made.toml 第 6 行", "没有 mesure 这个键"),
    (FIGURE.replace('["petition"]', '"petition"'), "made.toml 第 4 行（kinds）", "应为"), (FIGURE.replace('"件"', '"件'), "made.toml", "第 6 行"),
    (FIGURE + 'count = "sum:title"\n', "made.toml 第 11 行（count）", "它不是数字"), (FIGURE.replace("上级交办积案", "交办数"), "made.toml 第 3 行（label）", "已经有随程序的指标"),
    (SHARE.replace(', "petitions_events"', ""), "made.toml 第 3 行（share_of）", "没有写分母"),
    (KIND.replace('"integer"', '"integr"'), "made.toml 第 7 行", "integr"), (KIND.replace("canteen_check", "petition"), "made.toml 第 1 行（name）", "程序自带的「信访积案」"),
    (REPORT.replace("central_cases", "nothing"), "made.toml 第 5 行", "nothing"),
)  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("refused") / "office", "云川市活动办", "city", "admin", PASSWORD)
    made.add("unit", {"name": "棠阴区"})
    for text in (FIGURE, SHARE):
        taken(made, tmp_path_factory.mktemp("text") / "made.toml", text)
    yield made
    made.close()


def taken(session: Session, path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    return define(session, Namespace(file=str(path), json=False))


@pytest.mark.parametrize(("text", "place", "words"), REFUSED)
def test_what_is_wrong_is_told_with_file_line_and_key(session: Session, tmp_path: Path, text: str, place: str, words: str) -> None:
    last = "SELECT count(*), max(id) FROM changes"
    before = session.office.connection.execute(last).fetchone(), session.kinds
    with pytest.raises(BadInput) as told:
        taken(session, tmp_path / "made.toml", text)
    assert told.value.message.startswith(place)
    assert words in told.value.message
    assert (session.office.connection.execute(last).fetchone(), session.kinds) == before


def test_a_file_that_cannot_be_read_is_one_sentence(run: Run, tmp_path: Path) -> None:
    assert run("define", str(tmp_path / "nowhere.toml"))[0] == 2
    (tmp_path / "gbk.toml").write_bytes('label = "指标"'.encode("gbk"))
    code, answer = run("define", str(tmp_path / "gbk.toml"))
    assert code == 2 and "UTF-8" in answer["error"]
    (tmp_path / "deep.toml").write_text("x = " + "[" * 5_000 + "]" * 5_000, "utf-8")
    code, answer = run("define", str(tmp_path / "deep.toml"))
    assert code == 2 and "太深" in answer["error"]
