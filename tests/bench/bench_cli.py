"""One command that reads one record, beside starting Python: at most 0.4 s on top of it, over an office of 2,000 items."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RUNS = 7
ALLOWED = 0.4
ROOT = Path(__file__).resolve().parent.parent.parent


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment, cwd=ROOT)
    return time.perf_counter() - start


def run() -> list[dict[str, Any]]:
    """The row for the table."""
    from desktop import demo

    home = Path(tempfile.mkdtemp(prefix="zhengxian-bench-"))
    environment = {**os.environ, "ZHENGXIAN_PASSWORD": demo.PASSWORD, "PYTHONUTF8": "1"}
    base = [sys.executable, "-m", "desktop", "--data", str(home / "office"), "--user", "clerk", "--json"]
    try:
        demo.make(home / "office")
        listed = subprocess.run(
            [*base, "list", "rectification", "--limit", "1"], stdout=subprocess.PIPE, check=True, env=environment, cwd=ROOT
        )
        uid = json.loads(listed.stdout)[0]["uid"]
        show = [*base, "show", "rectification", uid]
        bare = [sys.executable, "-c", "pass"]
        _seconds(show, environment)
        pairs = [(_seconds(show, environment), _seconds(bare, environment)) for _ in range(RUNS)]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    on_top = statistics.median(ours - python for ours, python in pairs)
    return [
        {"name": "show one record, on top of starting Python", "peer": "0.4 s", "ratio": on_top / ALLOWED, "seconds": on_top,
         "limit": 1.0, "memory_mb": None},
        {"name": "show one record, whole process", "peer": "python -c pass",
         "ratio": statistics.median(ours / python for ours, python in pairs), "seconds": statistics.median(o for o, _ in pairs),
         "limit": None, "memory_mb": None},
    ]  # fmt: skip
