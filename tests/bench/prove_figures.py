"""`python -m tests.bench figures [--runs 2000] [--first 0]`: random months of random offices, each by its seed; every figure of
the ledgers, by unit and whole, as of random days, against an oracle (`tests/property/figure_oracle.py`)."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

RUNS = 2_000
PART = 20


def some(first: int, last: int) -> tuple[list[tuple[int, str]], int]:
    """The months of a part that failed, each with its story, and how many acts were played."""
    from db import office
    from db.keys import sealing
    from tests.property.figure_months import month

    sealing.tuned = lambda: sealing.OPS_FLOOR  # type: ignore[assignment]
    failed, acts = [], 0
    with tempfile.TemporaryDirectory() as folder:
        session, _ = office.create_office(Path(folder) / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
        for seed in range(first, last):
            try:
                world = month(session, seed)
                acts += world.done
                if world.found:
                    failed.append((seed, "\n".join(world.found[:8])))
            except BaseException:
                failed.append((seed, traceback.format_exc()))
        session.close()
    return failed, acts


def run(runs: int, first: int) -> int:
    """Play so many on all cores, telling how far it is; how many failed."""
    started, done, acts, failed = time.perf_counter(), 0, 0, []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts = {
            pool.submit(some, part, min(part + PART, first + runs)): min(PART, first + runs - part)
            for part in range(first, first + runs, PART)
        }
        for part in as_completed(parts):
            done += parts[part]
            found, played = part.result()
            acts += played
            for seed, story in found:
                failed.append(seed)
                print(f"month {seed} failed:\n{story}", flush=True)
            print(f"{done} of {runs} months, {acts} acts, {len(failed)} failed, {time.perf_counter() - started:.0f} s", flush=True)
    if failed:
        print("months that failed:", *sorted(failed))
    return len(failed)
