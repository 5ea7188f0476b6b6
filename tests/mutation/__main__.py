"""`python -m tests.mutation [GROUP…]`: puts small wrong changes into the program and sees whether the tests notice.

One process imports the program, learns which test goes through which function, and forks: each child puts one change into
the living function and runs the tests that go through it, the quickest first, until one fails. Nothing is written into
the source. A change that no test notices is a survivor: it gets a test, or a line in `survivors.toml` that says why it may
live. Exit 1 when one lives without a reason. `--sample N` takes N changes of each group by chance, `--seed` which.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, mutants, put_in

ROOT = Path(__file__).resolve().parent.parent.parent
REASONS = Path(__file__).with_name("survivors.toml")
RULES = (
    "test_lifecycle.py", "test_first_step.py", "test_steps.py", "test_instruction_parts.py", "test_rules.py", "test_results_rules.py",
    "test_personnel_rules.py", "test_work_pages.py",
)
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "merge": (("db/merge",), ("test_merge.py", "test_merge_laws.py", "test_write_authority.py", "test_merge_base.py", "test_batch_constraints.py", "test_round_trip.py")),
    "metrics": (("db/metrics",), ("test_figures.py", "test_sealed_rows.py", "test_sealed_charts.py", "test_rollups.py",
                                  "test_monthly_review.py", "test_transferred.py", "test_units_over_time.py")),
    "lifecycle": (("db/rules/lifecycle.py", "db/rules/step_values.py"), (*RULES, "test_transferred.py")),
    "rules": (("db/rules",), RULES),
    "access": (("db/access",), ("test_immutability.py", "test_lifecycle.py", "test_session.py", "test_write_authority.py", "test_sealed_rows.py", "test_office_kinds.py", "test_taken_over.py")),
}  # fmt: skip
"""What is changed, and the tests that are to notice (found by their names)."""
MOST_SECONDS, PATIENCE = 60.0, 4.0
"""Tests of one change whose time adds up to more are left out; how many times their usual time they may take."""


@dataclass(frozen=True)
class Passed:
    """A test that goes through a function, and its usual seconds."""

    test: str
    seconds: float


class _Learner:
    """A plugin of pytest: which functions of some files each test calls, and how long it takes."""

    def __init__(self, files: set[str]) -> None:
        self.files = files
        self.called: dict[str, set[str]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self._shared: set[str] = set()

    def _see(self, frame: Any, event: str, _: Any) -> None:
        if event == "call" and (code := frame.f_code).co_filename in self.files:
            self._now.add(f"{code.co_filename} {code.co_qualname}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._now: set[str] = set()
        began = time.perf_counter()
        threading.setprofile(self._see)
        sys.setprofile(self._see)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
            self.called[item.nodeid] = self._now
            self.seconds[item.nodeid] = time.perf_counter() - began

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def _child(work: Any, seconds: float | None = None) -> tuple[int | None, bytes]:
    """Run in a forked process: its exit code (None when it took too long) and what it wrote down."""
    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if pid == 0:  # pragma: no cover
            os.setpgrp()
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            code = 3
            with contextlib.suppress(BaseException):
                code = work(said)
            said.flush()
            os._exit(code)
        ends = time.monotonic() + (seconds or 3600)
        status = None
        while time.monotonic() < ends:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            time.sleep(0.02)
        else:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            status = None
        said.seek(0)
        return (os.waitstatus_to_exitcode(status) if status is not None else None), said.read()


def _pytest(tests: list[str], *plugins: object) -> int:
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout", "0", *tests]
    return int(pytest.main(arguments, list(plugins)))


def learn(files: list[Path], tests: list[str]) -> dict[str, list[Passed]]:
    """For each function of the files (file and qualified name) the tests that go through it, the quickest first."""

    def work(said: Any) -> int:
        learner = _Learner({str(ROOT / path) for path in files})
        code = _pytest(tests, learner)
        said.write(json.dumps([{k: sorted(v) for k, v in learner.called.items()}, learner.seconds, learner.failed]).encode())
        return code

    code, said = _child(work)
    if code != 0:
        sys.exit(f"the tests do not pass by themselves: {json.loads(said or b'[0,0,[]]')[2] or code}")
    called, seconds, _ = json.loads(said)
    through: dict[str, list[Passed]] = {}
    for test, functions in called.items():
        for function in functions:
            through.setdefault(function, []).append(Passed(test, seconds[test]))
    return {function: sorted(found, key=lambda each: each.seconds) for function, found in through.items()}


def lives(mutant: Mutant, passed: list[Passed]) -> str:
    """How a change lived through the tests that go through it; "" when one of them noticed."""
    chosen, total = [], 0.0
    for each in passed:
        total += each.seconds
        if chosen and total > MOST_SECONDS:
            break
        chosen.append(each.test)
    if not chosen:
        return "no test goes through it"
    code, _ = _child(lambda said: _pytest(chosen) if put_in(ROOT, mutant) else 77, 15 + PATIENCE * min(total, MOST_SECONDS))
    if code == 77:
        return "could not be put in"
    return f"{len(chosen)} of {len(passed)} tests passed" if code == 0 else ""


def reasons() -> dict[str, str]:
    """Why survivors may live, by their keys."""
    return {each["change"]: each["why"] for each in tomllib.loads(REASONS.read_text(encoding="utf-8")).get("survivor", [])}


def files_of(group: str) -> list[Path]:
    """What a group changes."""
    found = [path for name in GROUPS[group][0] for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]
    return [path.relative_to(ROOT) for path in sorted(found)]


def play(group: str, sample: int, seed: int) -> tuple[int, list[str]]:
    """Play a group; how many changes were put in, and the survivors that have no reason."""
    files, known = files_of(group), reasons()
    for path in files:
        importlib.import_module(".".join(path.with_suffix("").parts))
    tests = sorted(str(path.relative_to(ROOT)) for name in GROUPS[group][1] for path in (ROOT / "tests").rglob(name))
    through = learn(files, tests)
    found = [mutant for path in files for mutant in mutants(ROOT, path)]
    chosen = random.Random(seed).sample(found, min(sample or len(found), len(found)))
    killed = explained = 0
    left: list[str] = []
    for mutant in sorted(chosen, key=lambda each: (each.path, each.number)):
        told = lives(mutant, through.get(f"{ROOT / mutant.path} {mutant.function}", []))
        if not told:
            killed += 1
        elif mutant.key in known:
            explained += 1
        else:
            left.append(mutant.key)
            print(f"  lives ({told}): {mutant.path}:{mutant.line} {mutant.function}: {mutant.told}", flush=True)
    print(f"{group}: {len(chosen)} of {len(found)} changes, {killed} noticed, {explained} explained, {len(left)} live", flush=True)
    return len(chosen), left


def main(arguments: list[str] | None = None) -> int:
    """Play the named groups (all when none is named)."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="See whether the tests notice wrong changes.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; all when left out")
    parser.add_argument("--sample", type=int, default=0, help="changes of each group; all when left out")
    parser.add_argument("--seed", type=int, default=1, help="which changes the sample holds")
    given = parser.parse_args(arguments)
    if unknown := set(given.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(unknown)}")
    os.chdir(ROOT)
    left = [name for group in given.groups or GROUPS for name in play(group, given.sample, given.seed)[1]]
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
