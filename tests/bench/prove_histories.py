"""`python -m tests.bench histories [--runs 1000] [--first 0]`: histories of four offices with real books, each by its seed.

Among those who hand workbooks in are SheetJS, ExcelJS and LibreOffice, where the machine has them. The state machines are `tests/property/test_merge_offices.py` (even seeds) and `test_owning_offices.py` (odd seeds). Every
seed is one history, so a seed that fails is played again by itself with `--first SEED --runs 1`. `ZHENGXIAN_BENCH_PROCESSES`
says how many are played at a time: as many as there are cores when it is not set.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.bench import prove_resaves

RUNS = 1_000
STEPS = 40
PART = 10


def begin(packages: Path | None, folder: Path) -> None:
    """In each process, once: the other programs are started, and what is loaded is looked at by no collector."""
    from tests.property import editors, offices

    offices.place = str(folder)
    editors.present = editors.Editors(packages, Path(tempfile.mkdtemp(dir=folder)))
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)  # a history leaves little behind, and is over soon


def some(first: int, last: int) -> tuple[list[tuple[int, str]], Counter[str]]:
    """The seeds of a part that failed, each with its story; how many workbooks other programs saved."""
    from tests.property import editors
    from tests.property.offices import play
    from tests.property.test_merge_offices import Offices
    from tests.property.test_owning_offices import OwningOffices

    present, failed = editors.present, []
    assert present is not None
    before = present.used.copy()
    for number in range(first, last):
        present.begin(number)
        try:
            play(OwningOffices if number % 2 else Offices, number, STEPS)
        except BaseException:
            failed.append((number, traceback.format_exc()))
    gc.collect()  # offices refer to themselves: a thousand of them would hold gigabytes
    return failed, present.used - before


def run(runs: int, first: int) -> int:
    """Play so many on all cores, telling how far it is; how many failed."""
    from tests.property.offices import scratch

    started, done, failed, saved = time.perf_counter(), 0, [], Counter[str]()
    npm = prove_resaves.packages() if shutil.which("npm") and shutil.which("node") else None
    processes = int(os.environ.get("ZHENGXIAN_BENCH_PROCESSES", 0)) or os.cpu_count()
    with (
        tempfile.TemporaryDirectory(dir=scratch()) as folder,
        ProcessPoolExecutor(processes, initializer=begin, initargs=(npm, Path(folder))) as pool,
    ):
        parts = {
            pool.submit(some, part, min(part + PART, first + runs)): min(PART, first + runs - part)
            for part in range(first, first + runs, PART)
        }
        for part in as_completed(parts):
            done += parts[part]
            stories, used = part.result()
            saved += used
            for number, story in stories:
                failed.append(number)
                print(f"seed {number} failed:\n{story}", flush=True)
            print(f"{done} of {runs} histories, {len(failed)} failed, {time.perf_counter() - started:.0f} s", flush=True)
    print("workbooks saved by:", ", ".join(f"{name} {count}" for name, count in sorted(saved.items())))
    if failed:
        print("seeds that failed:", *sorted(failed))
    return len(failed)
