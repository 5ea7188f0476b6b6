"""`python -m tests.mutation [GROUP…]`: puts small wrong changes into the program and sees whether the tests notice.

Each file of tests is played in its turn, in a process of its own, with the changes that the files before it let live: one
pytest learns which test goes through which line and stays warm, so that what the tests of the file share stands, and each
fork of it puts one change into the living function and runs the tests that go through the statement until one fails, those
first that noticed another change of the same function; what fails just so without the change has not noticed it. What lives through every file is played through them once more with
nothing shared or remembered. Of what is explained already nothing is played.
Nothing is written into the source. A change that no test notices is a survivor: it gets a test, or a line in
`survivors.toml` that says why it may live. Exit 1 when one lives without a reason. `--sample N` takes N changes of each
group by chance, `--seed` which; `--only TEXT…` those whose file and function hold one of the texts; `--tests FILE…` plays these
tests alone (the quick ones first: what lives through them is worth the others). `--explained` plays
what has a reason, and says which of it is noticed meanwhile: exit 1 when one is.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import importlib
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, changed_code, living, mutants

ROOT = Path(__file__).resolve().parent.parent.parent
REASONS = Path(__file__).with_name("survivors.toml")
RULES = (
    "test_lifecycle.py", "test_first_step.py", "test_steps.py", "test_instruction_parts.py", "test_rules.py", "test_results_rules.py",
    "test_personnel_rules.py", "test_work_pages.py", "test_validate.py", "test_step_values.py",
)
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "merge": (("db/merge",), ("test_merge.py", "test_merge_deletions.py", "test_versions.py", "test_ownership.py", "test_merge_laws.py", "test_merge_histories.py", "test_settled_by_steps.py", "test_owner_histories.py", "test_write_authority.py", "test_merge_base.py", "test_batch_constraints.py", "test_round_trip.py")),
    "metrics": (("db/metrics",), ("test_figures.py", "test_figures_by_oracle.py", "test_report_due_days.py", "test_as_of.py", "test_own_figures.py",
                                  "test_own_conditions.py", "test_own_as_of.py", "test_training.py", "test_leaders.py", "test_narrowed.py",
                                  "test_charts.py", "test_sealed_charts.py", "test_sealed_rows.py", "test_monthly_review.py", "test_review_day.py", "test_owed_reports.py", "test_groupings.py", "test_transferred.py", "test_units_over_time.py", "test_tree.py", "test_rollups.py")),
    "lifecycle": (("db/rules/lifecycle.py", "db/rules/step_values.py"), (*RULES, "test_transferred.py", "test_immutability.py")),
    "rules": (("db/rules",), (*RULES, "test_meetings.py", "test_rollups.py", "test_computed_fields.py", "test_training.py", "test_milestones.py", "test_immutability.py")),
    "access": (("db/access",), ("test_rights.py", "test_immutability.py", "test_lifecycle.py", "test_session.py")),
}  # fmt: skip
"""What is changed, and the tests below the window that are to notice (found by their names)."""
MOST_SECONDS, PATIENCE = 12.0, 4.0
"""Tests of one file and change whose time adds up to more are left out; how many times their usual time they may take."""
NOBODY = "no test goes through it"


@dataclass(frozen=True)
class Passed:
    """A test that goes through a line, and its usual seconds (of the processor)."""

    test: str
    seconds: float


class Kept:
    """The files that the tests stand on as they are: what a fork wrote into a book that others find open is put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = {path: (self._seen(path), path.read_bytes()) for path in self._there()}

    def _there(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]

    @staticmethod
    def _seen(path: Path) -> tuple[int, int] | None:
        """By what a change is seen; None of what is written through memory, which no date tells of."""
        status = path.stat()
        return None if path.name.endswith("-shm") else (status.st_mtime_ns, status.st_size)

    def restore(self) -> None:
        """Put back what changed: into the same file, which others have open."""
        for path in {*self._there(), *self._files}:
            if path not in self._files:
                path.unlink()
            elif not path.exists() or self._seen(path) != self._files[path][0] or self._files[path][0] is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("r+b" if path.exists() else "wb") as file:
                    file.write(self._files[path][1])
                    file.truncate()
                if self._files[path][0] is not None:
                    os.utime(path, ns=(self._files[path][0][0],) * 2)


class Warm:
    """A plugin of pytest that runs the tests once, seeing what they call, and then plays changes in forks of itself: ``cold``
    with nothing shared or remembered."""

    def __init__(self, files: set[str], play: Callable[[Warm], None], cold: bool) -> None:
        self.files, self.play, self.cold = files, play, cold
        self.anew = cold
        """Whether each fork makes anew what tests share: cold, or because tests that write into it pass once alone."""
        self.shared, self.making = 0.0, set[tuple[str, int]]()
        """The seconds, and the lines gone through, of what tests share."""
        self.through: dict[tuple[str, int], list[Passed]] = {}
        self.noticed: dict[str, list[str]] = {}
        self.failed: list[str] = []
        self._items: dict[str, pytest.Item] = {}
        self._lines: set[tuple[str, int]] = set()
        self._pass: dict[tuple[Passed, ...], bool] = {}
        self._living: dict[tuple[str, str, int], list[FunctionType]] = {}
        self._remembered: list[Any] = []
        self._kept: Kept

    def _see(self, frame: FrameType, event: str, _: Any) -> Any:
        """Of a call of what is changed, which lines it goes through; nothing of all other calls."""
        return self._see_line if frame.f_code.co_filename in self.files else None

    def _see_line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self._lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._see_line

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        if fixturedef.scope == "function":
            return (yield)
        before, self._lines, began = self._lines, set(), time.process_time()
        try:
            return (yield)
        finally:
            self.shared += time.process_time() - began
            self.making |= self._lines
            self._lines |= before

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        self._items = {each.nodeid: each for each in items}
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            self._lines = set()
            began, shared = time.process_time(), self.shared
            threading.settrace(self._see)
            sys.settrace(self._see)
            try:
                _run(item, following)
            finally:
                sys.settrace(None)
                threading.settrace(None)  # type: ignore[arg-type]
            passed = Passed(item.nodeid, time.process_time() - began - (self.shared - shared))
            for line in self._lines:
                self.through.setdefault(line, []).append(passed)
        if not self.failed:
            # found once: a fork that looks for them touches, and so copies, all there is
            self._living = living(self.files)
            self._remembered = _remembered()
            gc.collect()
            gc.freeze()
            self._kept = Kept(session.config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]  # noqa: SLF001
            self.play(self)
        return True

    def _passing(self, mutant: Mutant) -> set[Passed]:
        """The tests that go through the statement of a change; all of them where what they share does and is made anew."""
        file = str(ROOT / mutant.path)
        lines = [(file, line) for line in range(mutant.statement[0], mutant.statement[1] + 1)]
        making = self.anew and not self.making.isdisjoint(lines)
        return {each for line in (self.through if making else lines) for each in self.through.get(line, [])}

    def _tests(self, passing: set[Passed], function: str) -> list[Passed]:
        """Those of them that are tried: first who noticed something in the function, then the quickest, for half of the time,
        then who goes through most of its file, as far as there is time."""
        noticed = self.noticed.get(function, [])
        deep = Counter(each for (file, _), those in self.through.items() if file == function.split(" ")[0] for each in those if each in passing)
        chosen: list[Passed] = []
        for most, order in ((MOST_SECONDS / 2, lambda each: 0), (MOST_SECONDS, lambda each: -deep[each])):
            for each in sorted(passing.difference(chosen), key=lambda each: (each.test not in noticed, order(each), each.seconds, each.test)):
                if not chosen or sum(one.seconds for one in chosen) + each.seconds <= most:
                    chosen.append(each)
        return chosen

    def _try(self, mutant: Mutant | None, tests: list[Passed]) -> tuple[int | None, str]:
        """How a fork with the change in it ended (0: no test failed), and the test that did."""
        items = [self._items[each.test] for each in tests]
        session = items[0].session
        changed, functions = None, list[FunctionType]()
        if mutant is not None:
            changed = changed_code(ROOT, mutant)
            functions = self._living.get((str(ROOT / mutant.path), mutant.function, mutant.first_line), [])
            if changed is None or not functions:
                return 77, ""

        def work(said: Any) -> int:
            try:
                for function in functions:
                    function.__code__ = changed
            except ValueError:  # it closes over other names
                return 77
            session._setupstate.teardown_exact(None if self.anew else items[0])  # noqa: SLF001
            for each in self._remembered if self.cold else ():
                each.cache_clear()
            self.failed.clear()
            for item, following, each in zip(items, [*items[1:], None], tests, strict=True):
                # of each test by itself: a loop without an end is not waited for as long as for all
                _limit(each.seconds + (self.shared if self.anew else 0))
                _run(item, following or item)
                if self.failed:
                    said.write(item.nodeid.encode())
                    return 1
            return 0

        seconds = sum(each.seconds for each in tests) + (self.shared if self.anew else 0)
        code, said = _child(session.config, work, 4 * len(tests) + PATIENCE * seconds)
        self._kept.restore()
        return code, said.decode()

    def _passes(self, *tests: Passed) -> bool:
        """Whether they pass one after another when nothing was changed."""
        if tests not in self._pass:
            self._pass[tests] = self._try(None, list(tests))[0] == 0
        return self._pass[tests]

    def _notice(self, mutant: Mutant, tests: list[Passed]) -> tuple[int | None, str]:
        """As `_try`, but a test that fails by those before it, changed or not, has noticed nothing
        and is left out."""
        while tests:
            code, test = self._try(mutant, tests)
            at = next((at for at, each in enumerate(tests) if each.test == test), None)
            if code == 0 or at is None:
                return code, test
            alone = self._passes(tests[at]) and (at == 0 or self._try(mutant, [tests[at]])[0] != 0)
            if alone or self._passes(*tests[: at + 1]):
                return code, test
            tests = [*tests[:at], *tests[at + 1 :]]
        return 0, ""

    def lives(self, mutant: Mutant) -> str:
        """How a change lived through the tests that go through it (NOBODY: there are none); "" when one of them noticed."""
        function = f"{ROOT / mutant.path} {mutant.function}"
        passing = self._passing(mutant)
        tests = self._tests(passing, function)
        if not tests:
            return NOBODY
        code, test = self._notice(mutant, tests)
        if code == 77:
            return "could not be put in"
        if code != 0:
            if test and test not in self.noticed.setdefault(function, []):
                self.noticed[function].append(test)
            return ""
        return f"{len(tests)} of {len(passing)} tests passed"

    def stands(self) -> bool:
        """Whether the tests pass in a fork, too, when nothing was changed: else what they notice says nothing."""
        tests = {each.test: each for found in self.through.values() for each in found[:1]}
        if self._try(None, list(tests.values())[:20])[0] == 0:
            return True
        again, self.anew = self.anew, True
        return not again and self._try(None, list(tests.values())[:20])[0] == 0


def _run(item: pytest.Item, following: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _remembered() -> list[Any]:
    """The functions that remember what they returned, which may have come to be before a change."""
    return [
        each for each in gc.get_objects()
        if isinstance(each, functools._lru_cache_wrapper) and (each.__module__ or "").startswith(("db.", "desktop.", "tests."))  # noqa: SLF001
    ]  # fmt: skip


def _limit(seconds: float) -> None:
    """End this process when it takes much longer (of the processor) than usual for what comes next."""
    most = int(time.process_time() + 4 + PATIENCE * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _child(config: pytest.Config, work: Callable[[Any], int], seconds: float) -> tuple[int | None, bytes]:
    """Run in a forked process: its exit code (None when it took too long) and what it wrote down."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as folder:
        pid = os.fork()
        if pid == 0:  # pragma: no cover
            os.setpgrp()
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            config._tmp_path_factory._basetemp = Path(folder).resolve()  # type: ignore[attr-defined]  # noqa: SLF001
            code = 3
            with contextlib.suppress(BaseException):
                code = work(said)
            said.flush()
            os._exit(code)
        ends = time.monotonic() + 60 + 20 * seconds
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


def reasons() -> dict[str, str]:
    """Why survivors may live, by their keys: of several changes of a function told by the same words each has its own."""
    return {each["change"]: each["why"] for each in tomllib.loads(REASONS.read_text(encoding="utf-8")).get("survivor", [])}


def files_of(group: str) -> list[Path]:
    """What a group changes."""
    found = [path for name in GROUPS[group][0] for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]
    return [path.relative_to(ROOT) for path in sorted(found)]


def _let_live(tests: str, files: list[Path], asked: list[Mutant], cold: bool) -> dict[Mutant, str]:
    """Of these changes, those that a file of tests lets live, and how; played in a process of its own."""
    told: dict[Mutant, str] = {}

    def changes(warm: Warm) -> None:
        through = any(warm._passing(each) for each in asked)  # noqa: SLF001
        if through and not warm.stands():
            warm.failed.append("in a fork, nothing changed")
            return
        began, at = time.monotonic(), 0
        for mutant in asked:
            if how := warm.lives(mutant):
                told[mutant] = how
            at += how != NOBODY
            if at % 20 == 1 and how != NOBODY:
                print(f"  {at} after {time.monotonic() - began:.0f} s", flush=True)
        pickle.dump(told, said)
        said.flush()
        os._exit(0)  # no test's end is waited for: the forks have written into what it would look at

    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if pid == 0:  # pragma: no cover
            try:
                for path in files:
                    importlib.import_module(".".join(path.with_suffix("").parts))
                warm = Warm({str(ROOT / path) for path in files}, changes, cold)
                pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout", "0", tests], [warm])
                print(f"the tests do not pass by themselves: {warm.failed}", flush=True)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
            sys.exit(f"could not be played: {tests}")
        said.seek(0)
        return dict(pickle.load(said))


def play(
    group: str, sample: int, seed: int, only: Sequence[str] = (), tests: Sequence[str] = (),
    again: bool = False,
) -> list[str]:
    """Play a group with its tests, or these; the survivors that have no reason. ``again``: what has
    one, and which of it is noticed after all."""
    files, known = files_of(group), reasons()
    names = tests or GROUPS[group][1]
    played = [str(path.relative_to(ROOT)) for name in names for room in ("unit", "property") for path in sorted((ROOT / "tests" / room).rglob(name))]
    found = [mutant for path in files for mutant in mutants(ROOT, path) if not only or any(text in f"{mutant.path} {mutant.function}" for text in only)]
    found = [each for each in found if each.key in known] if again else found
    chosen = random.Random(seed).sample(found, min(sample or len(found), len(found)))
    chosen.sort(key=lambda each: (each.path, each.number))
    alive = {each: NOBODY for each in chosen if again or each.key not in known}
    explained = len(chosen) - len(alive)
    for cold in (False, True):
        for path in played:
            if not alive:
                break
            print(f"{group}: {len(alive)} by {path}{', nothing shared' if cold else ''}", flush=True)
            let = _let_live(path, files, list(alive), cold)
            alive = {each: let[each] if let[each] != NOBODY else said for each, said in alive.items() if each in let}
    for each, said in alive.items():
        print(f"  lives ({said}): {each.path}:{each.line} {each.words}", flush=True)
    noticed = len(chosen) - explained - len(alive)
    print(f"{group}: {len(chosen)} of {len(found)} changes, {noticed} noticed, {explained} explained, {len(alive)} live", flush=True)
    if not again:
        return [each.key for each in alive]
    needless = sorted({each.key for each in chosen} - {each.key for each in alive})
    for key in needless:
        print(f"  needs no reason: {key}", flush=True)
    return needless


def main(arguments: list[str] | None = None) -> int:
    """Play the named groups (all when none is named)."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="See whether the tests notice wrong changes.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; all when left out")
    parser.add_argument("--sample", type=int, default=0, help="changes of each group; all when left out")
    parser.add_argument("--seed", type=int, default=1, help="which changes the sample holds")
    parser.add_argument("--only", nargs="*", default=[], metavar="TEXT", help="texts of which file and function hold one")
    parser.add_argument("--tests", nargs="*", default=[], metavar="FILE", help="names of files of tests, in place of the group's")
    parser.add_argument(
        "--explained", action="store_true",
        help="play what has a reason: which of it is noticed after all",
    )
    given = parser.parse_args(arguments)
    if unknown := set(given.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(unknown)}")
    os.chdir(ROOT)
    groups = given.groups or list(GROUPS)
    if len(groups) > 1:  # a process each: what one group's tests left behind is none of the next one's
        more = [f"--sample={given.sample}", f"--seed={given.seed}", "--only", *given.only, "--tests", *given.tests]
        more += ["--explained"] if given.explained else []
        return max([subprocess.run([sys.executable, "-m", "tests.mutation", group, *more], check=False).returncode for group in groups])
    return int(bool(play(groups[0], given.sample, given.seed, given.only, given.tests, given.explained)))


if __name__ == "__main__":
    sys.exit(main())
