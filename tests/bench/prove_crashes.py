"""`python -m tests.bench crashes [--runs 100] [--first 0]`: so many moments of each case of an import and of an export at which it is cut
off by kill -9, or at which the stick is pulled, write-protected or filled up, or the office's own disk. Kills of everything else that
writes: `prove_kills.py`.

The moments are those of `tests/unit/exchange/crashes.py`; each is named by its case and seed, so one that fails is played again
by itself with `--first SEED --runs 1`. One that came too late, when the work was done already, is played but not counted: another
takes its place.
"""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from tests.unit.exchange import crashes

RUNS = 100


def one(case: str, seed: int, made: crashes.Prepared) -> tuple[str, str]:
    """How it ended, and the story when it ended badly."""
    try:
        return crashes.play(case, seed, made), ""
    except Exception:  # a failed assertion or whatever else the moment brought about: told with its whole story, the others go on
        return "FAILED", traceback.format_exc()


def run(runs: int, first: int) -> int:
    """``runs`` moments of each case of the exchange; how many failed."""
    cases = list(crashes.CASES)
    why = crashes.why_no_stick()
    if why is not None:
        print(f"这台机器上不能挂载小镜像，拔U盘的部分没有做。({why})")
        cases = [case for case in cases if "stick" not in case]
    else:
        print(f"sticks: {', '.join(crashes.forms())}")
    started, ended = time.perf_counter(), {case: Counter[str]() for case in cases}
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        made = crashes.prepare(Path(folder) / "office")
        waiting: dict[Future[tuple[str, str]], tuple[str, int]] = {}
        next_seed = dict.fromkeys(cases, first)

        def play(case: str) -> None:
            waiting[pool.submit(one, case, next_seed[case], made)] = case, next_seed[case]
            next_seed[case] += 1

        for _ in range(runs):
            for case in cases:
                play(case)
        seen = 0
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                case, seed = waiting.pop(future)
                how, story = future.result()
                ended[case][how] += 1
                if story:
                    print(f"{case}, seed {seed} failed:\n{story}", flush=True)
                if how.startswith(crashes.TOO_LATE):
                    play(case)
                    continue
                seen += 1
                if seen % 20 == 0:
                    print(f"{seen} of {runs * len(cases)} moments, {time.perf_counter() - started:.0f} s", flush=True)
    for case, found in ended.items():
        real = sum(count for how, count in found.items() if not how.startswith(crashes.TOO_LATE))
        print(f"{case}: {real} moments")
        for how, count in sorted(found.items()):
            print(f"    {count:4} {how}")
    return sum(found["FAILED"] for found in ended.values())
