"""An old PC: start, lists, searches, saves and typesetting with 1.5 GB of address space and one core (POSIX alone).

The limits of the other benches hold, but for the start, which may take 1.5 of a bare window held to the same.
ZHENGXIAN_BENCH_ITEMS and ZHENGXIAN_BENCH_ROWS (100,000 by default here) set the sizes.
"""

from __future__ import annotations

import importlib
import os
import resource
from typing import Any

SPACE = 1_500_000_000
START = 1.5


def run() -> list[dict[str, Any]]:
    """The rows of the others, under limits that this process hands on to those it starts."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    os.environ.setdefault("ZHENGXIAN_BENCH_ROWS", "100000")
    rows: list[dict[str, Any]] = []
    for name in ("start", "book", "typeset"):
        rows += importlib.import_module(f"tests.bench.bench_{name}").run()
    rows[0]["limit"] = START
    return [{**row, "name": f"1.5 GB, one core: {row['name']}"} for row in rows]
