"""Read a workbook in the child process and hand its rows over in batches, under limits of time and
memory.

Nothing of the file is parsed in this process; what comes over the pipe are texts."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from desktop.exchange.errors import Refused
from desktop.exchange.files.reader_process import Request, child_command

#: told (rows read, 0 while unknown, what is being done); may raise ``Cancelled``
Progress = Callable[[int, int, str], None]


class Limits(msgspec.Struct, frozen=True):
    """Seconds that the child may be waited for, and MiB of memory for it; the file's own size
    raises both within bounds. What is done here with its rows meanwhile is not the file's fault,
    and not counted."""

    seconds: float = 120.0
    memory_mb: int = 450


#: A small file that takes long or much is hostile or broken; a large one is an office's yearly
#: ledger.
SMALL = Limits(seconds=10.0, memory_mb=300)
SMALL_BYTES = 2 << 20
#: Seconds that the child may take to start, before it has seen anything of the file.
START = 120.0
#: The last frames of a file: it was read to its end, or refused.
DONE, REFUSED = msgspec.msgpack.encode(["done"]), msgspec.msgpack.encode(["refused", "", ""])[:9]


class Note(msgspec.Struct):
    """A cell whose text is not to be trusted: ``big-number``, ``formula`` (no stored value) or
    ``error``."""

    cell: str
    code: str
    shown: str


class Sheet(msgspec.Struct):
    """What is known of a sheet once it has been read; ``column`` is where its first cells stand
    (from 1)."""

    name: str
    visible: bool
    column: int
    filled_rows: int = 0
    notes: dict[str, Note] = msgspec.field(default_factory=dict)
    #: for foreign workbooks: merged ranges (first row, first column, last row, last column, from
    #: 0), rows that do not show
    merges: list[tuple[int, int, int, int]] = msgspec.field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    filtered: bool = False

    def add_notes(self, notes: list[tuple[str, str, str]]) -> None:
        """Cell, code and what the cell shows, as the child says them."""
        self.notes.update((cell, Note(cell, code, shown)) for cell, code, shown in notes)


class Batch(msgspec.Struct):
    """Consecutive rows of a sheet, from ``first_row`` (numbered from 1)."""

    sheet: Sheet
    first_row: int
    rows: list[list[str]]


class End(msgspec.Struct):
    """A sheet has been read to its end."""

    sheet: Sheet


def limits_for(path: Path) -> Limits:
    """Bounds for a file of this size."""
    try:
        size = path.stat().st_size
    except OSError:
        return Limits()
    if size <= SMALL_BYTES:
        return SMALL
    # 100,000 rows × 20 columns are 20 MiB and need about 400; what the file claims is checked
    # before, so this is bounded.
    return Limits(
        seconds=max(120.0, 6.0 * (size >> 20)), memory_mb=min(max(450, 22 * (size >> 20)), 3_000)
    )


class ReadingProcess:
    """The process that reads, for one file or, while they are in order, for more, one after the
    other. Use as a context."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._there = self._timed_out = False
        self._waited = 0.0

    def __enter__(self) -> ReadingProcess:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        environment = {k: v for k, v in os.environ.items() if k != "ZHENGXIAN_PASSWORD"}
        self._process = subprocess.Popen(
            child_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, creationflags=flags, env=environment,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def stop(self) -> None:
        """End it, whatever it is at; from any thread."""
        if self._process is not None:
            self._process.kill()

    def _stop(self) -> None:
        self._timed_out = True
        self.stop()

    def _wait(self, stream: IO[bytes], seconds: float) -> bytes:
        """The next frame, or less when the child has ended; it is ended when it has been waited for
        too long."""
        timer = threading.Timer(max(seconds - self._waited, 0.0), self._stop)
        timer.daemon = True
        started = time.monotonic()
        timer.start()
        try:
            head = stream.read(4)
            frame = stream.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
        finally:
            timer.cancel()
            self._waited += time.monotonic() - started
        # What lay ready in the pipe when the time was up is late all the same.
        self._timed_out |= self._waited > seconds
        return b"" if self._timed_out else frame

    def frames(self, request: Request, seconds: float) -> Iterator[bytes]:
        """What it says of a file, to the last frame; it may be asked again after ``DONE`` alone.
        Raises ``Refused`` where it ends without a last word."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        asked = msgspec.msgpack.encode(request)
        with contextlib.suppress(OSError):  # a child that died at once; told below
            process.stdin.write(len(asked).to_bytes(4, "big") + asked)
            process.stdin.flush()
        if not self._there and not self._wait(process.stdout, START):
            raise self._ended(process, START)
        self._there, self._waited = True, 0.0
        while data := self._wait(process.stdout, seconds):
            yield data
            if data == DONE or data.startswith(REFUSED):
                return
        raise self._ended(process, seconds)

    def _ended(self, process: subprocess.Popen[bytes], seconds: float) -> Refused:
        """Why the child ended before it was done."""
        if self._timed_out:
            return Refused("time", f"{seconds:.0f}")
        # Killed by the system, or a Rust allocation that was refused (which aborts): memory, not a
        # fault of ours.
        died = process.wait() in (-9, -6, 0xC0000017, 0xC0000409)
        return Refused("memory" if died else "crashed")


class Reader:
    """Use as a context; iterate for batches and ends of sheets. ``facts`` stands once the first
    item has come."""

    def __init__(
        self, path: Path, *, password: str | None = None, first: tuple[str, ...] = (),
        limits: Limits | None = None, only: tuple[str, ...] | None = None, foreign: bool = False,
    ) -> None:
        self.path = path
        self.limits = limits or limits_for(path)
        self.facts: dict[str, Any] = {}
        self._request = Request(
            str(path.absolute()), password, self.limits.memory_mb, first, only, foreign
        )
        self._process = ReadingProcess()

    def __enter__(self) -> Reader:
        self._process.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._process.__exit__(*details)

    def __iter__(self) -> Iterator[Batch | End]:
        return self.items(self._process.frames(self._request, self.limits.seconds))

    def items(self, frames: Iterable[bytes]) -> Iterator[Batch | End]:
        """What the frames say."""
        sheet: Sheet | None = None
        for frame in _decoded(frames):
            match frame:
                case ["rows", int(first_row), list(rows)] if sheet is not None:
                    yield Batch(sheet, first_row, rows)
                case [
                    "sheet", str(name), bool(visible), int(column), list(merges), list(hidden),
                    bool(filtered),
                ]:
                    sheet = Sheet(name, visible, column, filtered=filtered)
                    sheet.merges = [(r1, c1, r2, c2) for r1, c1, r2, c2 in merges]
                    sheet.hidden_rows = frozenset(hidden)
                case ["notes", list(notes)] if sheet is not None:
                    sheet.add_notes(notes)
                case ["end", int(filled)] if sheet is not None:
                    sheet.filled_rows = filled
                    yield End(sheet)
                case ["facts", dict(facts)]:
                    self.facts = facts
                case ["refused", str(code), str(what)]:
                    raise Refused(code, what)
                case ["done"]:
                    return


def _decoded(frames: Iterable[bytes]) -> Iterator[list[Any]]:
    decode = msgspec.msgpack.Decoder().decode
    for data in frames:
        try:
            yield decode(data)
        except msgspec.DecodeError:
            raise Refused("crashed") from None
