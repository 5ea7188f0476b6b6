"""The workbooks of a folder, read by as many processes as there are cores while those before them
are looked at.

A process costs more to start than a county's workbook to read, and while the program works out what
one would change nobody reads the next. That work has a core to itself: the last of the processes
reads only while somebody waits for a file. Small files alone are read ahead, and a few at a time:
what they hold is in memory until its turn comes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from desktop.exchange.errors import Refused
from desktop.exchange.files.reader import (
    DONE,
    SMALL,
    SMALL_BYTES,
    Batch,
    End,
    Limits,
    Progress,
    Reader,
    ReadingProcess,
)
from desktop.exchange.files.reader_process import Request
from desktop.exchange.files.removable_media import local_copy, passed_over, work_folder

#: Files that wait, read, for their turn; and bytes of one that may wait.
WAITING, LARGEST = 4, 48 << 20


class PreReadFile(msgspec.Struct):
    """A file that was read ahead: its copy, what it holds, and how its reading ended."""

    local: Path
    data: bytes
    sha256: str = ""
    frames: list[bytes] = msgspec.field(default_factory=list)
    ended: Refused | None = None

    def replay(self) -> Iterator[bytes]:
        """As it was read."""
        frames, self.frames = self.frames, []
        yield from frames
        if self.ended is not None:
            raise self.ended


class ReadAhead:
    """Use as a context, or `close` it; `take` each file when its turn has come. It begins when the
    first is taken, in the worker that looks at it."""

    def __init__(self, files: Sequence[Path], first: tuple[str, ...]) -> None:
        self._first = first
        self._left = deque(files)
        self._reading: dict[Path, PreReadFile | None] = {}
        self._state = threading.Condition()
        self._room = WAITING
        self._closed, self._serving, self._taken = False, 0, 0
        self._waited_for = False
        self._cleanup = contextlib.ExitStack()
        self._processes: set[ReadingProcess] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> ReadAhead:
        return self

    def _begin(self) -> None:
        folder = self._cleanup.enter_context(work_folder())
        cores = _cores()
        self._serving = min(cores, len(self._left))
        for number in range(self._serving):
            thread = threading.Thread(
                target=self._serve, args=(folder / str(number), 0 < number == cores - 1),
                daemon=True, name=f"zhengxian-ahead-{number}",
            )
            self._threads.append(thread)
            thread.start()

    def __exit__(self, *_: object) -> None:
        self.close()
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        """Give up what was not taken; waits for nobody. Whoever is the last clears away."""
        with self._state:
            self._closed = True
            self._state.notify_all()
            for process in self._processes:
                process.stop()
            self._clear()

    def _clear(self) -> None:
        if self._closed and not self._serving and not self._taken:
            self._cleanup.close()

    def take(self, file: Path) -> PreReadFile | None:
        """The file as it was read; None where it was not, and has to be read now."""
        with self._state:
            if not self._threads and not self._closed:
                self._begin()
            if self._comes(file):
                self._waited_for = True
                self._state.notify_all()
                self._state.wait_for(lambda: not self._serving or not self._comes(file))
                self._waited_for = False
            if file in self._left:  # its turn came before anybody was free for it
                self._left.remove(file)
                return None
            found = self._reading.pop(file, None) if not self._closed else None
            if found is not None:
                self._room += 1
                self._taken += 1
                self._state.notify_all()
            return found

    def _comes(self, file: Path) -> bool:
        """Whether it is next, or being read."""
        next_ = bool(self._left and self._room) and self._left[0] == file
        return next_ or (file in self._reading and self._reading[file] is None)

    def release(self, found: PreReadFile) -> None:
        """What was taken has been looked at."""
        with self._state:
            with contextlib.suppress(OSError):
                found.local.unlink()
            self._taken -= 1
            self._clear()

    # -- in the threads

    def _serve(self, local: Path, spare: bool) -> None:
        try:
            self._read_all(local, spare)
        finally:
            with self._state:
                self._serving -= 1
                self._state.notify_all()
                self._clear()

    def _read_all(self, local: Path, spare: bool) -> None:
        with contextlib.ExitStack() as stack:
            process: ReadingProcess | None = None
            number = 0
            while (file := self._next(spare)) is not None:
                number += 1
                read = None
                try:
                    if _small(file):
                        process = process or self._started(stack)
                        read = self._read(process, file, local.with_name(f"{local.name}-{number}"))
                except OSError:  # told when its turn comes
                    stack.close()
                    process = None
                finally:
                    self._put(file, read)
                if read is not None and read.frames[-1:] != [DONE]:
                    stack.close()  # it may be what was left of a broken one
                    process = None

    def _started(self, stack: contextlib.ExitStack) -> ReadingProcess:
        process = stack.enter_context(ReadingProcess())
        with self._state:
            self._processes.add(process)
            if self._closed:
                process.stop()
        stack.callback(self._processes.discard, process)
        return process

    def _next(self, spare: bool) -> Path | None:
        """The next file, once there is room for it; a ``spare`` process takes one only while
        somebody waits."""
        with self._state:
            while not self._closed and self._left:
                if not self._room or (spare and not self._waited_for):
                    self._state.wait()
                    continue
                file = self._left.popleft()
                self._room -= 1
                self._reading[file] = None
                self._state.notify_all()
                return file
        return None

    def _put(self, file: Path, read: PreReadFile | None) -> None:
        with self._state:
            if read is None:
                self._reading.pop(file, None)
                self._room += 1
            else:
                self._reading[file] = read
            self._state.notify_all()

    def _read(self, process: ReadingProcess, file: Path, local: Path) -> PreReadFile | None:
        data = file.read_bytes()
        local.write_bytes(data)
        read = PreReadFile(local, data, hashlib.sha256(data).hexdigest())
        request = Request(str(local), None, SMALL.memory_mb, self._first)
        size = 0
        try:
            for frame in process.frames(request, SMALL.seconds):
                read.frames.append(frame)
                size += len(frame)
                if size > LARGEST:
                    process.stop()
                    return None
        except Refused as error:
            read.ended = error
        return read


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _small(file: Path) -> bool:
    with contextlib.suppress(OSError):
        return passed_over(file) is None and file.stat().st_size <= SMALL_BYTES
    return False


class Opening(msgspec.Struct, frozen=True):
    """How a file is opened that somebody brings: with which password, watched by whom, under which
    limits (None: those of its size), and who may have read it ahead."""

    password: str | None
    progress: Progress
    limits: Limits | None = None
    ahead: ReadAhead | None = None


class OpenedFile(msgspec.Struct, frozen=True):
    """A file whose turn has come: a copy that stays while it is looked at, what it holds, and how
    it was read where it was."""

    local: Path
    sha256: str
    before: PreReadFile | None = None

    @property
    def data(self) -> bytes:
        """What it holds."""
        return self.before.data if self.before is not None else self.local.read_bytes()


@contextlib.contextmanager
def taken(file: Path, opening: Opening) -> Iterator[OpenedFile]:
    """The file to be looked at now. Raises ``Refused``."""
    asked = opening.ahead is not None and opening.password is None and opening.limits is None
    before = opening.ahead.take(file) if opening.ahead is not None and asked else None
    if before is None or opening.ahead is None:
        with local_copy(file) as (local, sha256):
            yield OpenedFile(local, sha256)
        return
    try:
        yield OpenedFile(before.local, before.sha256, before)
    finally:
        opening.ahead.release(before)


class TakenReader(Reader):
    """Reads a file that may have been read ahead."""

    def __init__(self, found: OpenedFile, opening: Opening, first: tuple[str, ...]) -> None:
        super().__init__(
            found.local, password=opening.password, first=first, limits=opening.limits
        )
        self._before = found.before

    def __enter__(self) -> TakenReader:
        if self._before is None:
            super().__enter__()
        return self

    def __iter__(self) -> Iterator[Batch | End]:
        if self._before is None:
            return super().__iter__()
        return self.items(self._before.replay())


