"""`python -m tests.bench crashes [--runs 200] [--first 0]`: so many moments at which an export or import is cut off by kill -9,
and as many at which the stick is pulled, write-protected or filled up, or the office's own disk.

The moments are those of `tests/unit/exchange/crashes.py`; each is named by its seed, so one that fails is played
again by itself with `--first SEED --runs 1`.
"""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.unit.exchange import crashes

RUNS = 200


def one(case: str, seed: int, made: crashes.Prepared) -> tuple[str, str]:
    """How it ended, and the story when it ended badly."""
    try:
        return crashes.play(case, seed, made), ""
    except Exception:
        return "FAILED", traceback.format_exc()


def run(runs: int, first: int) -> int:
    """Both kinds of moments, half of them of imports; how many failed."""
    cases = list(crashes.CASES)
    why = crashes.why_no_stick()
    if why is not None:
        print(f"这台机器上不能挂载小镜像，拔U盘的部分没有做。({why})")
        cases = [case for case in cases if "stick" not in case]
    started, ended = time.perf_counter(), {case: Counter[str]() for case in cases}
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        made = crashes.prepare(Path(folder) / "office")
        waiting = {
            pool.submit(one, case, seed, made): (case, seed)
            for seed in range(first, first + max(runs // 2, 1))
            for case in cases
        }
        for done, future in enumerate(as_completed(waiting), 1):
            case, seed = waiting[future]
            how, story = future.result()
            ended[case][how] += 1
            if story:
                print(f"{case}, seed {seed} failed:\n{story}", flush=True)
            if done % 20 == 0:
                print(f"{done} of {len(waiting)} moments, {time.perf_counter() - started:.0f} s", flush=True)
    for case, how in ended.items():
        print(f"{case}: " + ", ".join(f"{count} {name}" for name, count in sorted(how.items())))
    return sum(how["FAILED"] for how in ended.values())
