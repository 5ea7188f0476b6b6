"""`demo --items 100000`: within a minute on two cores, so that everybody can try the program at size. With the work of earlier
years, as the command makes it.

The clock counts, for two processes share the work; what each of them took of the processor is the floor below which the
clock cannot go. ZHENGXIAN_BENCH_ITEMS sets another number of items (a smaller one may take its share of the minute).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from desktop import demo
from desktop.commands.office import EARLIER

ITEMS = int(os.environ.get("ZHENGXIAN_BENCH_ITEMS", "100000"))
ALLOWED = 60.0


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    with tempfile.TemporaryDirectory(prefix="zhengxian-bench-") as made:
        before, start = os.times(), time.perf_counter()
        demo.make(Path(made) / "office", items=ITEMS, earlier=EARLIER)
        took, after = time.perf_counter() - start, os.times()
    here = after.user + after.system - before.user - before.system
    beside = after.children_user + after.children_system - before.children_user - before.children_system
    allowed = ALLOWED * max(ITEMS, 5_000) / 100_000
    rows = [
        ("by the clock", took, 1.0), ("floor of it, processor of who writes", here, None),
        ("floor of it, processor of who draws up", beside, None),
    ]  # fmt: skip
    return [
        {"name": f"demo --items {ITEMS}: {name}", "peer": f"{allowed:g} s", "ratio": seconds / allowed, "seconds": seconds,
         "limit": limit, "memory_mb": None}
        for name, seconds, limit in rows
    ]  # fmt: skip
