"""The city's Monday: 158 workbooks of 500 rows come back, a cell typed in every row; all are looked at, then taken in.

The peer is openpyxl's bare reading of the same files. Both by the clock, on the cores there are; and the processor time of the
process that looks and writes, which is the clock on two cores with nothing else on them, and of all processes together. What makes
the rows searchable afterwards stands by itself. ZHENGXIAN_BENCH_FILES sets another number of workbooks.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from desktop.exchange.apply import accept
from desktop.exchange.format.incoming import read_ahead
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


def _times() -> tuple[float, float, float]:
    """The clock, this process, and this with those that it has waited for."""
    return time.perf_counter(), time.process_time(), bench.cpu()


def _between(before: tuple[float, float, float], after: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("clock", "own", "all"), (b - a for a, b in zip(before, after, strict=True)), strict=True))


def _taken_in(office: str, files: list[Path]) -> dict[str, dict[str, float]]:
    session = bench.opened(office)
    start = _times()
    with read_ahead(files) as ahead:
        plans = [accept.plan(session, file, ahead=ahead) for file in files]
    looked = _times()
    updated = sum(accept.accept(session, plan, one_of_many=True).updated for plan in plans)
    taken = _times()
    while session.office.index_waiting():
        pass
    indexed = _times()
    session.close()
    assert updated == FILES * EACH, f"{updated} rows of {FILES * EACH} were taken in"
    return {"looked": _between(start, looked), "taken": _between(start, taken), "indexed": _between(taken, indexed)}


def _read(files: list[Path]) -> dict[str, float]:
    start = _times()
    for file in files:
        bench.peer_read(str(file))
    return _between(start, _times())


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    bench.ROWS = FILES * EACH
    with tempfile.TemporaryDirectory(prefix="zhengxian-bench-") as made:
        office = f"{made}/office"
        bench.prepare(office, str(FILES))
        files = _workbooks(office, Path(made))
        ours = _taken_in(office, files)
        read = _read(files)
    what = f"{FILES} workbooks of {EACH} rows, a cell typed in each"
    rows = [
        (f"{what}: looked at and taken in, by the clock", "taken", "clock", LIMIT),
        ("the same, CPU of the process that looks and writes", "taken", "own", None),
        ("the same, CPU of all processes", "taken", "all", None),
        ("of it, looked at, by the clock", "looked", "clock", None),
        ("afterwards, while nobody waits: made searchable, CPU", "indexed", "own", None),
    ]
    return [
        {"name": name, "ratio": ours[part][by] / read[by], "peer": "openpyxl reading them", "seconds": ours[part][by],
         "limit": limit, "memory_mb": None}
        for name, part, by, limit in rows
    ]  # fmt: skip
