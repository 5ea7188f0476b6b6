"""An old PC: start, a command, lists, searches, saves, Monday's folder and typesetting with 1.5 GB of address space and one core
(POSIX alone).

Each bench runs in a process of its own that hands the same limits on to all it starts, its peers too; what does not come to its
end under them is a failure. Their limits hold, but for these: the start may take 1.5 of a bare window held to the same, and what is
asked of two cores (a folder read, a book built in bulk, a new key put on) is told without a limit. ZHENGXIAN_BENCH_ITEMS, ZHENGXIAN_BENCH_ROWS (100,000 by default here) and
ZHENGXIAN_BENCH_FILES (20 here) set the sizes.
"""

from __future__ import annotations

import os
import resource
from typing import Any

from tests.bench.__main__ import measure

SPACE = 1_500_000_000
START = 1.5
BENCHES = ("start", "cli", "book", "monday", "typeset")
TWO_CORES = ("bulk path", "new key of")


def run() -> list[dict[str, Any]]:
    """The rows of the others."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    os.environ.setdefault("ZHENGXIAN_BENCH_ROWS", "100000")
    os.environ.setdefault("ZHENGXIAN_BENCH_FILES", "20")
    rows: list[dict[str, Any]] = []
    for name in BENCHES:
        found = measure(f"bench_{name}")
        if name in ("start", "monday"):
            found[0]["limit"] = START if name == "start" else None
        rows += [{**row, "limit": None} if row["name"].startswith(TWO_CORES) else row for row in found]
    return [{**row, "name": f"1.5 GB, one core: {row['name']}"} for row in rows]
