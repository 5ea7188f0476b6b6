"""The one door to work off the UI thread: one worker for writes, imports and PDFs, one for reads.

A job is a plain function that is given its `Job`; it may tell progress and it notices cancelling by
that. Its result, or its error, arrives in the UI thread. A read that a newer one of the same `key`
replaces never runs.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from db.errors import Cancelled, ZhengxianError
from desktop import crash_log

Work = Callable[["Job"], Any]
Lane = queue.PriorityQueue[tuple[int, int, "Job | None"]]
FIRST, NORMAL, LATER = 0, 5, 9
"""Order among waiting reads: what is on the screen first, what nobody waits for last."""


class Receiver(NamedTuple):
    """Who takes what comes of a job; with an owner, only as long as that is there."""

    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    owner: QObject | None


class Job:
    """One piece of work: asked for in the UI thread, done in a worker."""

    def __init__(
        self, work: Work, takes: Receiver, announce: Callable[[Job], None], *, key: object = None,
        label: str = "", upkeep: bool = False,
    ) -> None:
        self.label, self.key, self.upkeep = label, key, upkeep
        self.position, self.total, self.text = 0, 0, ""
        self.result: Any = None
        self.error: Exception | None = None
        self._work, self._announce = work, announce
        self._done, self._failed, self.owner = takes.done, takes.failed, takes.owner
        self._cancelled = threading.Event()
        self._owned = takes.owner is not None

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the job to stop; it ends at its next `step`, undoing what it began."""
        self._cancelled.set()

    def step(self, position: int, total: int = 0, text: str = "") -> None:
        """Tell how far the work is. Raises `Cancelled` when the person asked to stop."""
        if self.cancelled:
            raise Cancelled()
        self.position, self.total, self.text = position, total, text
        self._announce(self)

    def run(self) -> None:
        """In the worker: do the work and hold the result or the error."""
        try:
            if self.cancelled:
                raise Cancelled()
            self.result = self._work(self)
        except Exception as error:  # handed to the UI thread, which shows or logs it
            self.error = error

    @property
    def wanted(self) -> bool:
        """Whether whoever asked is still there."""
        return not self._owned or (self.owner is not None and shiboken6.isValid(self.owner))

    def deliver(self) -> bool:
        """In the UI thread: hand over what came out. False when nobody took an error."""
        if not self.wanted:
            return True
        if self.error is None:
            # What was done in spite of a late cancel is told; only a read that a newer one replaced
            # is not.
            if self._done is not None and not (self.cancelled and self.key is not None):
                self._done(self.result)
            return True
        if isinstance(self.error, Cancelled) and (self._failed is None or self.key is not None):
            return True  # given up, or replaced by a newer one of its key
        if self._failed is not None:
            self._failed(self.error)
            return True
        return False


class Jobs(QObject):
    """Two workers for one session. `changed` tells each change once, in the UI thread."""

    changed = Signal(object)
    failed = Signal(str)
    draft_kept = Signal(str, str, str)
    """Of which kind or page and record something typed is kept, and when; "": no more."""
    order_wanted = Signal()
    """A list was sorted by what no index has; one can be made once nobody waits."""
    busy = Signal(object)
    """The write job that runs, with its progress; None when there is none."""

    awaited = Signal()
    """Somebody waits for what upkeep keeps from beginning."""

    _arrived = Signal(object)
    _progressed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turn = itertools.count()
        self._latest: dict[object, Job] = {}
        self._writing: list[Job] = []
        self._reading: list[Job] = []
        self._once_read: list[tuple[QWidget, Callable[[], object]]] = []
        self._lanes: dict[str, Lane] = {name: queue.PriorityQueue() for name in ("read", "write")}
        self._threads = [
            threading.Thread(
                target=self._serve, args=(lane,), name=f"zhengxian-{name}", daemon=True
            )
            for name, lane in self._lanes.items()
        ]
        self._open = True
        self._held: list[tuple[int, int, Job]] | None = None
        self._pending = 0
        self._arrived.connect(self._deliver)
        self._progressed.connect(self._progress)
        self._started = False

    @property
    def idle(self) -> bool:
        """Nothing waits or runs."""
        return self._pending == 0

    @property
    def resting(self) -> bool:
        """Nothing that anybody waits for waits or runs: upkeep, which gives way, does not count."""
        return self._pending == sum(job.upkeep for job in self._writing)

    def read(
        self,
        work: Work,
        done: Callable[[Any], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None,
        owner: QObject | None = None,
        key: object = None,
        order: int = NORMAL,
    ) -> Job:
        """Read something. ``failed`` says in its place that it could not be read; None: the bar
        over the page does. With a key, an older waiting read of the same key is dropped and its
        result is not delivered."""
        job = Job(work, Receiver(done, failed, owner), self._told, key=key)
        if key is not None:
            older = self._latest.get(key)
            if older is not None:
                older.cancel()
            self._latest[key] = job
        if order < LATER:
            self._reading.append(job)
        self._put("read", order, job)
        return job

    def once_read(self, owner: QWidget, do: Callable[[], object]) -> None:
        """Do this once everything has come that ``owner`` asked to read, which is at once where
        nothing is on its way: what is printed, counted or sealed is what was chosen, not what still
        stands there. Where it cannot be read, or is no more in view by then, nothing is done."""
        self._once_read.append((owner, do))
        self._go_on()

    def write(
        self,
        work: Work,
        done: Callable[[Any], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
        owner: QObject | None = None,
        label: str = "正在保存",
        upkeep: bool = False,
    ) -> Job:
        """Change something, or make a file: one at a time, in the order asked. Delivered even if a
        newer one waits. ``upkeep``: nobody waits for it."""
        job = Job(work, Receiver(done, failed, owner), self._told, label=label, upkeep=upkeep)
        self._writing.append(job)
        self._put("write", NORMAL, job)
        if not upkeep and self._writing[0].upkeep:
            self.awaited.emit()
        if len(self._writing) == 1:
            self.busy.emit(job)
        return job

    def announce(self, change: object) -> None:
        """Called from any thread after a change of the book; views hear of it in the UI thread."""
        if self._open:
            self._arrived.emit(change)

    @property
    def writing(self) -> Job | None:
        """The write that runs, if any."""
        return self._writing[0] if self._writing else None

    def hold(self) -> None:
        """Let no read but the `FIRST` begin until `let_go`: it would share the interpreter with
        what is being painted."""
        if self._held is None:
            self._held = []

    def let_go(self) -> None:
        """What was asked for meanwhile is read now."""
        waiting, self._held = self._held or (), None
        for each in waiting:
            self._lanes["read"].put(each)

    def close(self, wait_seconds: float = 60) -> None:
        """Let the writes that were asked for come to their end, drop waiting reads, and end both
        workers."""
        self._open = False
        if self._writing and self._writing[0].upkeep:
            self.awaited.emit()
        reads = self._lanes["read"]
        while not reads.empty():
            try:
                reads.get_nowait()
            except queue.Empty:
                break
        for lane in self._lanes.values():
            lane.put((99, next(self._turn), None))
        for thread in self._threads if self._started else ():
            thread.join(wait_seconds)

    def _put(self, lane: str, order: int, job: Job) -> None:
        self._pending += 1
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()
        place = order, next(self._turn), job
        if self._held is not None and lane == "read" and order > FIRST:
            self._held.append(place)
        else:
            self._lanes[lane].put(place)

    def _serve(self, lane: Lane) -> None:
        while True:
            job = lane.get()[2]
            if job is None:
                return
            job.run()
            with contextlib.suppress(RuntimeError):  # the window went away while the work ran
                if self._open:
                    self._arrived.emit(job)

    def _told(self, job: Job) -> None:
        with contextlib.suppress(RuntimeError):
            if self._open:
                self._progressed.emit(job)

    def _progress(self, job: Job) -> None:
        if self._writing and self._writing[0] is job:
            self.busy.emit(job)

    def _deliver(self, arrived: object) -> None:
        if not isinstance(arrived, Job):
            self.changed.emit(arrived)
            return
        self._pending -= 1
        if arrived.key is not None and self._latest.get(arrived.key) is arrived:
            del self._latest[arrived.key]
        if arrived in self._writing:
            self._writing.remove(arrived)
            self.busy.emit(self._writing[0] if self._writing else None)
        if not self._open:
            return
        if not arrived.deliver():
            self.failed.emit(error_text(arrived.error))
        if arrived in self._reading:
            self._reading.remove(arrived)
            if arrived.error is not None and not isinstance(arrived.error, Cancelled):
                self._once_read = [one for one in self._once_read if one[0] is not arrived.owner]
            self._go_on()

    def _go_on(self) -> None:
        """Do what waited for reads that have all come."""
        awaited = {id(job.owner) for job in self._reading}
        ready = [one for one in self._once_read if id(one[0]) not in awaited]
        self._once_read = [one for one in self._once_read if id(one[0]) in awaited]
        for owner, do in ready:
            if shiboken6.isValid(owner) and owner.isVisible():
                do()


def error_text(error: BaseException | None) -> str:
    """What a person is told: the error's own sentence, or for a fault of the program where the log
    lies."""
    if isinstance(error, ZhengxianError):
        return error.message
    if isinstance(error, MemoryError):
        return "内存不够，这一步没有做成。请先关掉别的程序再试。"
    if isinstance(error, OSError):
        where = f"：{error.filename}" if error.filename else ""
        why = error.strerror or error
        return f"文件读写失败{where}（{why}）。请检查磁盘空间和文件是否被别的程序打开。"
    if error is not None:
        crash_log.unexpected(error)
    return (
        f"程序出错，这一步没有做成（{type(error).__name__}）。详情已记入日志，"
        "可在“帮助”里导出日志交给技术人员。"
    )
