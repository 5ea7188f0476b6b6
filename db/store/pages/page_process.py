"""The pages of a large file worked through with both cores: half of them, or all where this process
has other work, in a process of its own.

It is told its work on its standard input, which the keys pass through too: they stand on no command
line. It answers with the numbers of ``page_seals.carried_out``. Where it cannot be had, or ends
early, its part is worked through here.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from db.store.pages import page_seals
from db.store.pages.page_seals import PORTION, SALT, TOLD, Work

if TYPE_CHECKING:
    import subprocess

#: What the built program starts it with.
ARGUMENT = "--pages-child"
#: Bytes from which on a second process is worth its start.
LEAST = 1 << 25
#: What is done here while it starts.
_AHEAD = 1 << 23
#: Seconds between two looks at how far it has come.
_MOMENT = 0.05
Progress = Callable[[int, int], None]


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    start = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r});"
        " from db.store.pages.page_seals import main; main()"
    )
    return [sys.executable, "-I", "-c", start]


class _Beside:
    """The other process, at work while this one is a context; ``done`` is what it told last."""

    def __init__(self, work: Work) -> None:
        self._work, self.done = work, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._listener = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        import subprocess  # late: 3 ms of every command

        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        environment = {k: v for k, v in os.environ.items() if k != "ZHENGXIAN_PASSWORD"}
        with contextlib.suppress(OSError):  # done here then
            self._process = subprocess.Popen(
                _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, creationflags=flags, env=environment,
            )
        self._listener.start()
        return self

    def _listen(self) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return
        with contextlib.suppress(OSError):  # it has ended
            with process.stdin:
                process.stdin.write(marshal.dumps(tuple(self._work)))
            while len(data := process.stdout.read(TOLD.size)) == TOLD.size:
                (self.done,) = TOLD.unpack(data)

    def ended(self) -> bool:
        """Whether it has, after waiting a moment."""
        self._listener.join(_MOMENT)
        return not self._listener.is_alive()

    @property
    def through(self) -> bool:
        """Whether it has said all that there is to say."""
        return self.done < 0 or self.done == self._work.end - self._work.start

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None:
            process.kill()
            process.wait()
        self._listener.join()
        if process is not None and process.stdout is not None:
            process.stdout.close()


def carry_out(
    work: Work, progress: Callable[[int], None] | None = None, *, here: bool = True
) -> int:
    """The first page of some that is not as it was written, 0 where all are. ``progress`` is told
    bytes, and may raise to cancel. ``here``: whether this process has nothing else to do."""
    size = work.end - work.start
    if size < LEAST:
        return _alone(work, progress)
    own = (size + min(size // 2, _AHEAD)) // 2 // PORTION * PORTION if here else 0
    first, second = work._replace(end=work.start + own), work._replace(start=work.start + own)
    with _Beside(second) as other:

        def report(done: int) -> None:
            if progress is not None:
                progress(done + max(other.done, 0))

        if spoiled := _alone(first, report):
            return spoiled
        while not other.ended():
            report(own)
        if other.through:
            report(own)
            return max(-other.done, 0)
        other.done = 0
        return _alone(second, lambda done: report(own + done))


def _alone(work: Work, progress: Callable[[int], None] | None) -> int:
    for done in page_seals.carried_out(work):
        if done < 0:
            return -done
        if progress is not None:
            progress(done)
    return 0


def check(path: Path, key: bytes, progress: Progress | None = None, *, here: bool = True) -> None:
    """Every page of a file, without what a log holds of it; raises ``Damaged``."""
    size = path.stat().st_size
    work = Work(str(path), bytes(key), salt_of(path), 0, size)
    report = None if progress is None else lambda done: progress(done, size)
    if spoiled := carry_out(work, report, here=here):
        raise page_seals.damaged(path.name, spoiled)


def renew(
    source: Path, target: Path, old: bytes, new: bytes, progress: Callable[[int], None]
) -> None:
    """Write the pages of a file under a new key to another, which is there; each is held against
    its seal before. Raises ``Damaged``."""
    work = Work(
        str(source), bytes(old), salt_of(source), 0, source.stat().st_size, target=str(target),
        new_key=bytes(new), new_salt=os.urandom(SALT),
    )
    if spoiled := carry_out(work, progress):
        raise page_seals.damaged(source.name, spoiled)


def salt_of(path: Path) -> bytes:
    """What the keys of a file are made with besides."""
    with path.open("rb") as file:
        return file.read(SALT)
