"""The city's Monday: 158 workbooks of 500 rows come back, a cell typed in every row; all are looked at, then taken in.

The peer is openpyxl's bare reading of the same files. Both by the clock, on the cores there are; and the processor time of the
process that looks and writes, which is the clock on two cores with nothing else on them, and of all processes together. What makes
the rows searchable afterwards stands by itself. Then the window does the same, and how long its event loop was ever held up is told.
ZHENGXIAN_BENCH_FILES sets another number of workbooks.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db.session import Session
from desktop.exchange.apply import accept
from desktop.exchange.format.incoming import read_ahead
from desktop.exchange.plan.import_plan import Plan
from desktop.exchange.write.workbook import export
from tests.bench import bench_exchange as bench
from tests.bench import bench_window

FILES = int(os.environ.get("ZHENGXIAN_BENCH_FILES", "158"))
EACH = 500
LIMIT = 0.5
ANSWERS = 0.1
"""Seconds within which the window answers whatever it does."""


def _workbooks(office: str, folder: Path) -> list[Path]:
    session = bench.opened(office)
    (folder / "back").mkdir()
    files = []
    for number in range(FILES):
        sent, back = folder / f"sent{number}.xlsx", folder / "back" / f"{number:03}.xlsx"
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
    updated = _accepted(session, plans)
    taken = _times()
    while session.office.index_waiting():
        pass
    indexed = _times()
    session.close()
    assert updated == FILES * EACH, f"{updated} rows of {FILES * EACH} were taken in"
    return {"looked": _between(start, looked), "taken": _between(start, taken), "indexed": _between(taken, indexed)}


def _accepted(session: Session, plans: list[Plan]) -> int:
    """As the window does it; how many records were changed."""
    left: list[tuple[Plan, accept.Choices]] = [(plan, {}) for plan in plans]
    updated = 0
    for many in accept.portions(plans):
        several = accept.accept_several(session, left[:many])
        assert several.error is None
        updated += sum(result.updated for result in several.results)
        del left[:many]
    return updated


def _read(files: list[Path]) -> dict[str, float]:
    start = _times()
    for file in files:
        bench.peer_read(str(file))
    return _between(start, _times())


class Watch(bench_window.Watch):
    """Somebody takes in the folder (here: what the other bench calls the workbook) and waits."""

    patience = 3600.0

    def plan(self) -> Iterator[bench_window.Step]:
        from desktop.ui.exchange.merge.incoming_file import DONE, READING, WAITING

        typed = time.perf_counter() + bench_window.TYPING_SECONDS
        yield "start", "typing the password", lambda: None, lambda: time.perf_counter() > typed
        yield (
            "start", "logging in", lambda: self.shell.log_in("admin", bench.PASSWORD),
            lambda: self.shell.workspace is not None,
        )  # fmt: skip
        page = self.shell.workspace.open("exchange")

        def looked() -> bool:
            return len(page.merge.files) == FILES and page.merge.incoming.first(WAITING, READING) is None

        yield "monday", "looked at", lambda: page.take([self.workbook]), looked
        yield "monday", "taken in", page.merge.accept_all, lambda: all(file.state == DONE for file in page.merge.files)


def _watched(office: str, folder: Path) -> list[dict[str, Any]]:
    """The rows about the window."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ZHENGXIAN_CONFIG": str(folder / "config"), "PYTHONUTF8": "1"}
    steps = bench_window.once(Path(office), folder / "back", folder, environment, "bench_monday.Watch")
    rows: list[dict[str, Any]] = []
    for group, name, gap, took, left, worked in steps:
        if group == "monday":
            told = f"window, {name}: held up, by the clock (it took {took:.0f} s)"
            rows.append({"name": told, "peer": "100 ms", "ratio": gap / ANSWERS, "seconds": gap, "limit": 1.0, "failed": bool(left)})
            told = f"window, {name}: longest turn of its thread, CPU"
            rows.append({"name": told, "peer": "100 ms", "ratio": worked / ANSWERS, "seconds": worked, "limit": 1.0})
    return rows


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    bench.ROWS = FILES * EACH
    with tempfile.TemporaryDirectory(prefix="zhengxian-bench-") as made:
        office = f"{made}/office"
        bench.prepare(office, str(FILES))
        files = _workbooks(office, Path(made))
        shutil.copytree(office, f"{made}/window")
        ours = _taken_in(office, files)
        read = _read(files)
        watched = _watched(f"{made}/window", Path(made))
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
    ] + watched  # fmt: skip
