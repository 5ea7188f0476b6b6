"""One command that reads one record: at most 0.25 s of CPU on top of starting Python and of the key
derivation, which is slow on purpose (it is done once and kept), over an office of 3,000 items."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.bench_before import ROOT, Program, cpu_of

RUNS = 7
ALLOWED = 0.25


def run() -> list[dict[str, Any]]:
    """The row for the table."""
    with tempfile.TemporaryDirectory(prefix="zhengxian-bench-") as made:
        ours = Program(ROOT, Path(made) / "ours")
        uid = json.loads(ours.ask("--json", "list", "rectification", "--limit", "1"))[0]["uid"]
        bare = [sys.executable, "-c", "pass"]
        on_top = statistics.median(
            ours.run(["--json", "show", "rectification", uid], turn)
            - cpu_of(lambda: subprocess.run(bare, check=True))
            for turn in range(RUNS)
        )
    return [
        {"name": "show one record, on top of Python and the key derivation, CPU",
         "peer": f"{ALLOWED} s", "ratio": on_top / ALLOWED, "seconds": on_top, "limit": 1.0,
         "memory_mb": None},
    ]  # fmt: skip
