"""`figure NAME --by …`: by ledger and over time, each part against the figure asked for by itself; no window without a screen."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from db.metrics import charts, metrics
from db.model import periods
from db.office import open_office
from desktop import demo

TODAY = dt.date(2022, 10, 14)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("figures") / "office"
    demo.make(made, items=120, seed=3, today=TODAY)
    return made


def _command(folder: Path, *words: str) -> Any:
    environment = {**os.environ, "ZHENGXIAN_PASSWORD": demo.PASSWORD, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "desktop", "--data", str(folder), "--user", "clerk", "--json", *words]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=True)
    return json.loads(run.stdout)


def test_ledgers_add_up_to_the_figure(folder: Path) -> None:
    answer = _command(folder, "figure", "assigned", "--by", "台账", "--period", "2022")
    assert answer["by"] == "台账" and len(answer["groups"]) > 5
    assert sum(group["value"] for group in answer["groups"]) == answer["value"] > 0


@pytest.mark.parametrize(("shape", "many"), [("week", 13), ("month", 12), ("year", 5)])
def test_each_part_of_time_is_the_figure_of_that_part(folder: Path, shape: str, many: int) -> None:
    answer = _command(folder, "figure", "assigned", "--by", shape, "--period", "2022-10")
    assert len(answer["groups"]) == many
    assert sum(group["value"] for group in answer["groups"]) > 0
    session = open_office(folder, "clerk", demo.PASSWORD)
    try:
        for group in answer["groups"]:
            number = metrics.count(session, ["assigned"], period=periods.parse(group["key"]))["assigned"]
            assert group["value"] == number.value, group
        first = [periods.parse(group["key"]).first for group in answer["groups"]]
        assert first == sorted(first) and charts.span(shape, dt.date(2022, 10, 31))[-1].text == answer["groups"][-1]["key"]
    finally:
        session.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_without_a_screen_the_window_says_so_and_the_office_is_made(tmp_path: Path) -> None:
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in gone} | {"PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "desktop", "demo", str(tmp_path / "office"), "--items", "20"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 1
    assert "没有图形界面" in run.stderr
    assert (tmp_path / "office" / "office.db").exists()
