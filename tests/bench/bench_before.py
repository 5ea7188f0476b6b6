"""Commands beside what they cost before the house was redrawn: an old commit of this repository and
this tree, both over one made-up office of 3,000 items that the old one made (this tree has taken a
copy over), in CPU time (other programs on the machine do not count), in turn.

Each imports its own workbook of the same records. The list of figures has grown; its row is the cost of
one figure, and how many there are stands in its name.

The key derivation is slow on purpose and the same in both: it is done once and kept. Other environment:
ZHENGXIAN_BENCH_BEFORE (commit), ZHENGXIAN_BENCH_ITEMS, ZHENGXIAN_BENCH_RUNS, ZHENGXIAN_BENCH_ONLY (names by comma).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
BEFORE = os.environ.get("ZHENGXIAN_BENCH_BEFORE", "d1454872")
ITEMS = os.environ.get("ZHENGXIAN_BENCH_ITEMS", "3000")
RUNS = int(os.environ.get("ZHENGXIAN_BENCH_RUNS", "5"))
ONLY = [name for name in os.environ.get("ZHENGXIAN_BENCH_ONLY", "").split(",") if name]
LIMIT = 1.05
#: What is asked; {n} is the turn and {fixed} a workbook that was exported before.
CASES = {
    "start": ["list", "rectification", "--limit", "1"],
    "list": ["--json", "list", "rectification", "--limit", "100000"],
    "search": ["--json", "list", "rectification", "--search", "饮水"],
    "figures": ["--json", "figures", "--period", "2026"],
    "export": ["export", "rectification", "--to", "{n}.xlsx"],
    "import": ["import", "--preview", "{fixed}"],
    "wall chart": ["print", "wall_chart", "--to", "{n}.pdf", "--period", "2026"],
    "circular": ["print", "supervision_circular", "--to", "{n}.pdf", "--period", "2026"],
}
_KEPT_KEY = """
import hashlib, os
from nacl.pwhash import argon2id
derive = argon2id.kdf
def kdf(size, password, salt, opslimit=None, memlimit=None, encoder=None):
    asked = repr((size, password, salt, opslimit, memlimit)).encode()
    kept = os.path.join(os.path.dirname(__file__), hashlib.sha256(asked).hexdigest())
    if not os.path.exists(kept):
        with open(kept, "wb") as file:
            file.write(derive(size, password, salt, opslimit=opslimit, memlimit=memlimit))
    with open(kept, "rb") as file:
        return file.read()
argon2id.kdf = kdf
"""


class Program:
    """One tree of the program and its office, made by it or taken over from another tree."""

    def __init__(self, tree: Path, home: Path, before: Program | None = None) -> None:
        self.tree, self.home = tree, home
        home.mkdir()
        (home / "sitecustomize.py").write_text(_KEPT_KEY, encoding="utf-8")
        self.environment = {
            **os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(home), "TMPDIR": str(home),
            "ZHENGXIAN_PASSWORD": "zhengxian-demo", "ZHENGXIAN_CONFIG": str(home / "config"),
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if before is None:
            self._run("demo", str(home / "office"), "--items", ITEMS, "--no-window")
        else:
            shutil.copytree(before.home / "office", home / "office")
        self.ask("export", "rectification", "--to", str(home / "fixed.xlsx"))

    def _run(self, *arguments: str) -> bytes:
        command = [sys.executable, "-m", "desktop", *arguments]
        ended = subprocess.run(
            command, cwd=self.tree, env=self.environment, capture_output=True, check=False
        )
        if ended.returncode not in (0, 3):
            raise RuntimeError(f"{self.tree}: {arguments}: {ended.stderr.decode()[-2000:]}")
        return ended.stdout

    def ask(self, *asked: str) -> bytes:
        """What a command answers."""
        return self._run("--data", str(self.home / "office"), "--user", "clerk", *asked)

    def run(self, asked: list[str], turn: int) -> float:
        """The CPU seconds of one command, its own processes with it."""
        fills = {"n": self.home / f"{'-'.join(asked[:2])}-{turn}", "fixed": self.home / "fixed.xlsx"}
        return cpu_of(lambda: self.ask(*(each.format(**fills) for each in asked)))


def cpu_of(work: Callable[[], object]) -> float:
    """The CPU seconds of the processes that ``work`` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _old_tree(folder: Path) -> Path:
    archive = subprocess.run(
        ["git", "archive", BEFORE], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    with tempfile.TemporaryDirectory(prefix="zhengxian-bench-") as made:
        home = Path(made)
        old = Program(_old_tree(home / "tree"), home / "old")
        new = Program(ROOT, home / "new", old)
        return [_row(name, old, new) for name in CASES if name in ONLY or not ONLY]


def _row(name: str, old: Program, new: Program) -> dict[str, Any]:
    pairs = [(old.run(CASES[name], turn), new.run(CASES[name], turn)) for turn in range(RUNS + 1)]
    ratio = statistics.median(after / before for before, after in pairs[1:])
    if name == "figures":
        before, after = (len(json.loads(each.ask(*CASES[name]))) for each in (old, new))
        ratio, name = ratio * before / after, f"figures, each of {after} ({before} before)"
    return {
        "name": f"{name}, {int(ITEMS):,} items, CPU", "peer": f"commit {BEFORE}", "ratio": ratio,
        "seconds": statistics.median(after for _, after in pairs[1:]), "limit": LIMIT,
        "memory_mb": None,
    }
