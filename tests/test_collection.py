"""The suite is the same each time: two processes that share out its tests must name the same ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import PLAIN

HERE = Path(__file__).resolve().parent


def collection(seed: str, checkout: Path) -> subprocess.Popen[str]:
    plain = {name: value for name, value in os.environ.items() if name != "ZHENGXIAN_COVERAGE"}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", str(HERE)],
        cwd=checkout, env={**plain, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip


def names(run: subprocess.Popen[str]) -> list[str]:
    said, _ = run.communicate(timeout=150)
    assert run.returncode == 0, said
    return [line for line in said.splitlines() if "::" in line]


@pytest.mark.slow
def test_two_collections_are_the_same_and_their_ids_are_plain(checkout: Path) -> None:
    first = collection("1", checkout)
    time.sleep(2)  # another second of the clock, since a time may hide in an id
    second = collection("271828", checkout)
    found, again = names(first), names(second)
    assert found == again
    assert len(found) > 2000 and len(set(found)) == len(found)
    ids = [match[1] for name in found if (match := re.search(r"\[(.*)\]$", name))]
    assert [each for each in ids if PLAIN.search(each)] == []
