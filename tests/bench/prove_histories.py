"""`python -m tests.bench histories [--runs 1000] [--first 0]`: histories of four offices with real books, each by its seed.

The state machines are `tests/property/test_merge_offices.py` (even seeds) and `test_owning_offices.py` (odd seeds). Every
seed is one history, so a seed that fails is played again by itself with `--first SEED --runs 1`.
"""

from __future__ import annotations

import os
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed

RUNS = 1_000
STEPS = 40
PART = 10


def some(first: int, last: int) -> list[tuple[int, str]]:
    """The seeds of a part that failed, each with its story."""
    from tests.property.offices import play
    from tests.property.test_merge_offices import Offices
    from tests.property.test_owning_offices import OwningOffices

    failed = []
    for number in range(first, last):
        try:
            play(OwningOffices if number % 2 else Offices, number, STEPS)
        except BaseException:
            failed.append((number, traceback.format_exc()))
    return failed


def run(runs: int, first: int) -> int:
    """Play so many on all cores, telling how far it is; how many failed."""
    started, done, failed = time.perf_counter(), 0, []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts = {
            pool.submit(some, part, min(part + PART, first + runs)): min(PART, first + runs - part)
            for part in range(first, first + runs, PART)
        }
        for part in as_completed(parts):
            done += parts[part]
            for number, story in part.result():
                failed.append(number)
                print(f"seed {number} failed:\n{story}", flush=True)
            print(f"{done} of {runs} histories, {len(failed)} failed, {time.perf_counter() - started:.0f} s", flush=True)
    if failed:
        print("seeds that failed:", *sorted(failed))
    return len(failed)
