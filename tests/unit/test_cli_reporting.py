"""Reports in a rhythm on the command line: what is due, the papers, the reminders."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.session import Session
from desktop import cli
from desktop.commands import login
from tests.samples import new_office

TODAY = dt.date(2022, 9, 26)



@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    with new_office(tmp_path, TODAY) as made:
        made.set_back_dating("administrator", 60)
        for name in ("云川市财政局", "云川市教育局"):
            unit = made.add("unit", {"name": name})
            values = {"title": f"{name}每周报告的一项", "lead_unit": unit, "deadline": TODAY + dt.timedelta(days=30),
                      "report_class": "a", "assigned_on": dt.date(2022, 9, 1)}  # fmt: skip
            made.take_step("rectification", made.add("rectification", values), "assign", on=dt.date(2022, 9, 1))
        with monkeypatch.context() as one:
            one.setattr(login, "logged_in", lambda options: made)
            one.setattr(made, "close", lambda: None)
            yield made


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert cli.main(["--json", "reporting", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_is_due_is_listed_chased_and_reminded(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    due = answered(capsys)
    assert isinstance(due, list) and {row["state"] for row in due} == {"missing"}
    assert len(answered(capsys, "due", "--unit", "云川市财政局")) == 1  # type: ignore[arg-type]
    done = answered(capsys, "chase", "--to", str(tmp_path / "催报"))
    assert sorted(Path(file).suffix for file in done["files"]) == [".pdf", ".pdf", ".xlsx", ".xlsx"]  # type: ignore[index]
    assert answered(capsys, "remind", "--note", "请于明天报告") == {"reminders": 2}
    letters = [session.children(row["uid"], "letter") for row in due]
    assert [len(each) for each in letters] == [1, 1]
    assert cli.main(["reporting", "chase"]) == 2 and "--to" in capsys.readouterr().err
    assert cli.main(["reporting", "remind", "--as-of", "2022-09-20"]) == 2
