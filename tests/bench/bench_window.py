"""How long the event loop of the window is ever held up, by what a clerk does in an office with 100,000 items.

The program itself is started offscreen and logged into; a clock of 5 ms runs in its event loop, and the longest gap
between two beats is what a person would feel. Every page is opened (for the first time and again), a ledger is sorted,
scrolled, filtered and typed in, a record saved and undone, a workbook exported, read and imported, a bulletin set, while
the clock runs. Three runs; each step counts with the median of its three gaps, each group with its worst step, which is
named. ZHENGXIAN_BENCH_ITEMS sets the number of items (100,000 by default), ZHENGXIAN_BENCH_OFFICE takes a demo office
that was made before, ZHENGXIAN_BENCH_RUNS another number of runs. On a machine that does other work the gap is longer
than the window worked: beside it stands what the window's own thread did meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ITEMS = int(os.environ.get("ZHENGXIAN_BENCH_ITEMS", "100000"))
OFFICE = os.environ.get("ZHENGXIAN_BENCH_OFFICE", "")
RUNS = int(os.environ.get("ZHENGXIAN_BENCH_RUNS", "3"))
ROOT = Path(__file__).resolve().parent.parent.parent
BEAT, SETTLE, LIMIT = 0.005, 0.5, 0.1
"""Seconds: between two beats of the clock; how long nothing may happen until a step is over; the longest gap allowed."""
KIND, PASSWORD, TYPING_SECONDS = "rectification", "zhengxian-demo", 3.0
PATIENCE = 240.0
"""Seconds after which a step that has not come to rest is told as failed, with what it waits for, and the next begins."""
CHANGED = 2_000
"""Records that the workbook changes which is imported."""
Step = tuple[str, str, Callable[[], object], Callable[[], bool]]


class Watch:
    """Drives the window through the steps, each in the event loop, and keeps the longest gap of each."""

    patience = PATIENCE

    def __init__(self, workbook: Path, target: Path) -> None:
        from PySide6.QtCore import QTimer  # late: the parent process has no window

        self.workbook, self.target = workbook, target
        self.gaps: list[tuple[str, str, float, float, str, float]] = []
        """Group, step, longest gap, how long the step took, what it still waited for when it was given up, and the most
        that the window's own thread worked between two beats: what of the gap is no wait for a busy machine."""
        self.step: Step | None = None
        self.steps: Iterator[Step] = iter(())
        self.last = self.longest = self.still_since = self.begun = self.worked = self.most_worked = 0.0
        self.quiet = False
        self.timer = QTimer(interval=round(BEAT * 1000), timeout=self.beat)
        QTimer.singleShot(0, self.begin)

    def begin(self) -> None:
        from PySide6.QtWidgets import QApplication

        from desktop.ui.app.shell import Shell

        self.shell = next(each for each in QApplication.topLevelWidgets() if isinstance(each, Shell))
        self.steps = self.plan()
        self.shell.first_painted.connect(self.begin_typing)
        if self.shell.isActiveWindow() and self.shell._was_painted:  # noqa: SLF001
            self.begin_typing()

    def begin_typing(self) -> None:
        """Before its first paint nobody can wait for the window; how long it takes to that, `bench_start` measures."""
        if not self.timer.isActive():
            self.last, self.worked = time.perf_counter(), time.thread_time()
            self.timer.start()

    def beat(self) -> None:
        """One beat of the clock; what goes wrong in a step ends the run, since the window itself would only log it."""
        try:
            self._beat()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now - self.last - BEAT)
        self.most_worked, self.worked = max(self.most_worked, worked - self.worked), worked
        if self.step is None or self.over(now):
            if self.step is not None:
                left = "" if self.quiet else self.waited_for()
                self.gaps.append((*self.step[:2], self.longest, self.took(now), left, self.most_worked))
            self.step = next(self.steps, None)
            if self.step is None:
                sys.stdout.write(json.dumps(self.gaps, ensure_ascii=False) + "\n")
                sys.stdout.flush()
                self.shell.session.close()
                os._exit(0)
            self.longest = self.still_since = self.most_worked = 0.0
            self.last = self.begun = time.perf_counter()
            self.worked = time.thread_time()
            self.step[2]()
            return  # the next beat sees how long the step itself held the loop
        self.last = now

    def over(self, now: float) -> bool:
        """Whether what the step began has come to rest for a while, or is not waited for any longer.

        Upkeep is no part of a step: in a large office it works for minutes after a login, in portions that give way.
        """
        assert self.step is not None
        self.quiet = self.step[3]() and (self.shell.session is None or self.shell.jobs.resting)
        self.still_since = (self.still_since or now) if self.quiet else 0.0
        return (self.quiet and now - self.still_since > SETTLE) or now - self.begun > self.patience

    def took(self, now: float) -> float:
        """Seconds from the beginning of the step to its rest."""
        return (self.still_since or now) - self.begun

    def waited_for(self) -> str:
        """What is under way, in the words that the window has for it."""
        writing = self.shell.jobs.writing if self.shell.session is not None else None
        return writing.label if writing is not None else "a read, or what the step asks for"

    # ---- what is done ---------------------------------------------------------------------------------------

    def plan(self) -> Iterator[Step]:
        from desktop.ui.pages import PAGES

        def always() -> bool:
            return True

        typed = time.perf_counter() + TYPING_SECONDS
        yield "start", "typing the password", lambda: None, lambda: time.perf_counter() > typed
        yield "start", "logging in", lambda: self.shell.log_in("admin", PASSWORD), lambda: self.shell.workspace is not None
        window = self.shell.workspace
        keys = [page.id for page in PAGES if window.knows(page.id)]
        keys += [f"ledger:{KIND}", "ledger:cadre", "ledger:weekly_assignment"]
        for key in keys:
            yield "first opening of a page", key, lambda key=key: window.go(key), always
        for key in keys:
            yield "later opening of a page", key, lambda key=key: window.go(key), always
        yield from self.ledger(window)
        yield from self.exchange(window)
        page = window.open("bulletin")
        for row in range(1, 7):
            yield "setting a bulletin", f"no. {row}", lambda row=row: page.list.selectRow(row), always
        yield "search over everything", "老旧小区", lambda: self.search(window), always

    def ledger(self, window: Any) -> Iterator[Step]:
        from PySide6.QtCore import Qt
        from PySide6.QtGui import QKeyEvent
        from PySide6.QtWidgets import QApplication

        def always() -> bool:
            return True

        page = window.open(f"ledger:{KIND}")
        table = page.table

        def press(key: Any) -> None:
            for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
                QApplication.sendEvent(table, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier))

        group = "sorting, scrolling, filtering a ledger"
        for column in (1, 3, 5):
            yield group, f"sort by column {column}", lambda column=column: table.horizontalHeader().sectionClicked.emit(column), always
        for turn in range(20):
            yield group, f"page down {turn}", lambda: press(Qt.Key.Key_PageDown), always
        yield group, "jump to the end", lambda: press(Qt.Key.Key_End), always
        yield group, "jump to the head", lambda: press(Qt.Key.Key_Home), always
        yield group, "filter by words", lambda: page.filter.set((), "整改"), always
        yield group, "filter cleared", page.filter.clear, always
        group = "typing, saving and undoing"
        yield group, "a new record", page.new, always
        title = page.form.kind.title
        yield group, "typed in", lambda: page.form.fields.set_values({title: "路灯维修进度滞后"}), always
        yield group, "saved or refused", page.form.save, always
        yield group, "typing given up", page.form.discard, always
        yield group, "at the head again", lambda: press(Qt.Key.Key_Home), always
        record = window.session.records(KIND, list(window.session.ids(_query(KIND))[:1]))[0]
        write = {title: "路灯维修进度滞后，已列入本周安排"}
        yield (
            group, "a change saved",
            lambda: window.jobs.write(lambda job: window.session.set(KIND, record.uid, write), owner=window), always,
        )  # fmt: skip
        yield group, "a change undone", window.undo, always

    def exchange(self, window: Any) -> Iterator[Step]:
        from desktop.ui.exchange.exporting import Wanted, run_export

        def always() -> bool:
            return True

        wanted = Wanted((KIND,), (), 50, None, self.target, open_after=False)
        yield "export of a ledger", KIND, lambda: run_export(window, wanted), always
        page = window.open("exchange")
        yield (
            "reading and importing a workbook", "read", lambda: page.take([self.workbook], None),
            lambda: page.merge.file is not None and page.merge.file.lines is not None,
        )  # fmt: skip
        yield "reading and importing a workbook", "accepted", page.merge.accept, always

    def search(self, window: Any) -> None:
        window.search_box.setText("老旧小区")
        window.search_box.returnPressed.emit()


def _query(kind: str) -> Any:
    from db.model.query import Query

    return Query(kind=kind)


def child(folder: Path, workbook: Path, target: Path, watching: type[Watch] = Watch) -> None:
    """In a process of its own: the program, watched."""
    from PySide6.QtWidgets import QApplication

    from desktop import app

    original = QApplication.exec

    def run(*arguments: Any) -> int:
        watch = watching(workbook, target)
        QApplication.instance().setProperty("watch", True)
        del arguments
        answer = original()
        del watch
        return answer

    QApplication.exec = run  # type: ignore[method-assign]
    sys.exit(app.run_window(folder, "admin"))


def once(
    folder: Path, workbook: Path, target: Path, environment: dict[str, str], watching: str = "bench_window.Watch"
) -> list[tuple[Any, ...]]:
    """What a process of its own saw: the gaps of each step."""
    code = (
        f"import sys; from pathlib import Path; from tests.bench import bench_window, {watching.split('.')[0]};"
        f"bench_window.child(*(Path(name) for name in sys.argv[1:]), {watching})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(workbook), str(target)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True, timeout=3600,
    )  # fmt: skip
    return [tuple(each) for each in json.loads(run.stdout.strip().splitlines()[-1])]


def _workbook(folder: Path, copy: Path, to: Path) -> None:
    """A workbook of the ledger from a copy of the office in which some records were changed."""
    from db import office
    from db.model.query import Query, Where
    from desktop.exchange.write.workbook import export

    shutil.copytree(folder, copy)
    session = office.open_office(copy, "admin", PASSWORD)
    try:
        kind = session.kinds.get(KIND)
        open_states = tuple(state.name for state in session.kinds.lifecycle(kind.lifecycle).states if not state.closed)
        still_open = Query(kind=KIND, where=(Where("state", "in", open_states),))
        with session.atomic(source="form", label="bench"):
            for record in session.records(KIND, list(session.ids(still_open)[:CHANGED])):
                session.set(KIND, record.uid, {kind.title: f"{record.values[kind.title]}（已更新）"})
        export(session, [KIND], to)
    finally:
        session.close()
        shutil.rmtree(copy, ignore_errors=True)


def run() -> list[dict[str, Any]]:
    """The rows for the table."""
    from desktop import demo

    home = Path(tempfile.mkdtemp(prefix="zhengxian-bench-"))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ZHENGXIAN_CONFIG": str(home / "config"), "PYTHONUTF8": "1"}
    try:
        if OFFICE:
            shutil.copytree(OFFICE, home / "office")
        else:
            demo.make(home / "office", items=ITEMS)
        _workbook(home / "office", home / "copy", home / "changed.xlsx")
        runs = []
        for number in range(RUNS):
            shutil.copytree(home / "office", home / f"run{number}")
            (home / f"out{number}").mkdir()
            runs.append(once(home / f"run{number}", home / "changed.xlsx", home / f"out{number}", environment))
            shutil.rmtree(home / f"run{number}")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    groups: dict[str, tuple[float, float, str]] = {}
    rows: list[dict[str, Any]] = []
    longest = (0.0, "")
    for steps in zip(*runs, strict=True):
        group, name, *_ = steps[0]
        gap, worked = (statistics.median(each[at] for each in steps) for at in (2, 5))
        groups[group] = max(groups.get(group, (0.0, 0.0, "")), (gap, worked, name))
        took = statistics.median(each[3] for each in steps)
        longest = max(longest, (took, f"{group}: {name}"))
        if waited := [each[4] for each in steps if each[4]]:
            told = f"{name} did not come to rest in {len(waited)} of {RUNS} runs: {waited[0]}"
            rows.append({"name": told, "peer": None, "seconds": took, "failed": True})
    rows.append({"name": f"window, the step that took longest ({longest[1]})", "peer": None, "seconds": longest[0]})
    return rows + [
        {"name": f"window held up, {group} (worst: {name}, worked {worked * 1000:.0f} ms)", "peer": "100 ms", "ratio": gap / LIMIT, "seconds": gap, "limit": 1.0,
         "memory_mb": None}
        for group, (gap, worked, name) in groups.items()
    ]  # fmt: skip
