"""The city's Monday: 158 workbooks of 500 rows come back, a cell typed in every row, and all are looked at and taken in.

The peer is openpyxl's bare reading of the same files. Seconds are processor time, the reading children counted whole; beside them
stands the same by the clock, which both cores share. ZHENGXIAN_BENCH_FILES sets another number of workbooks.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from tests.bench import bench_exchange as bench

FILES = int(os.environ.get("ZHENGXIAN_BENCH_FILES", "158"))
EACH = 500
LIMIT = 0.5


def _workbooks(office: str, folder: Path) -> list[Path]:
    session = bench.opened(office)
    files = []
    for number in range(FILES):
        sent, back = folder / f"sent{number}.xlsx", folder / f"{number:03}.xlsx"
        export(session, [bench.KIND], sent, unit=f"第{number}县人民政府")
        bench.fill_in(str(sent), str(back))
        files.append(back)
    session.close()
    return files


def _taken_in(office: str, files: list[Path]) -> dict[str, float]:
    session = bench.opened(office)
    start, clock = bench.cpu(), time.perf_counter()
    plans = [accept.plan(session, file) for file in files]
    looked = bench.cpu() - start
    updated = sum(accept.accept(session, plan).updated for plan in plans)
    took = {"looked": looked, "taken": bench.cpu() - start, "clock": time.perf_counter() - clock}
    session.close()
    assert updated == FILES * EACH, f"{updated} rows of {FILES * EACH} were taken in"
    return took


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    bench.ROWS = FILES * EACH
    with tempfile.TemporaryDirectory(prefix="zhengxian-bench-") as made:
        office = f"{made}/office"
        bench.prepare(office, str(FILES))
        files = _workbooks(office, Path(made))
        ours = _taken_in(office, files)
        read = sum(bench.peer_read(str(file))["seconds"] for file in files)
    name, peer = f"{FILES} workbooks of {EACH} rows, a cell typed in each", "openpyxl reading them"
    return [
        {"name": f"{name}: looked at and taken in", "ratio": ours["taken"] / read, "peer": peer, "seconds": ours["taken"],
         "limit": LIMIT, "memory_mb": None},
        {"name": "of it, looked at", "ratio": ours["looked"] / read, "peer": peer, "seconds": ours["looked"], "limit": None,
         "memory_mb": None},
        {"name": "the same by the clock", "ratio": ours["clock"] / read, "peer": peer, "seconds": ours["clock"], "limit": None,
         "memory_mb": None},
    ]  # fmt: skip
