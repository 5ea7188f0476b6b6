"""One process per folder: a lock of the operating system, let go even by kill -9, and a note of who
holds it."""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import json
import os
import platform
import sys
from pathlib import Path
from types import TracebackType

from db.errors import Busy
from db.store.disk.disk_errors import disk_errors

FILE_NAME = "lock"
# Windows locks are mandatory: the locked byte lies far behind the note, so that others can read it.
_LOCKED_BYTE = 1 << 30


class FolderLock:
    """Holds a folder from ``acquire`` (or ``with``) to ``release``. A second holder, in any
    process, gets ``Busy``.

    The file stays when the lock is let go: deleting it would let two processes hold two files of
    the same name.
    """

    def __init__(self, folder: Path) -> None:
        self.path = Path(folder) / FILE_NAME
        self._descriptor: int | None = None

    def acquire(self) -> FolderLock:
        """Take the lock, or raise ``Busy`` with who has it; ``WorkFailed`` when the folder cannot
        be written."""
        if self._descriptor is not None:
            return self
        with disk_errors(FILE_NAME):
            # Not inherited by child processes (PEP 446), which would hold the folder after this one
            # ended.
            descriptor = os.open(
                self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600
            )
        try:
            if not _take(descriptor):
                raise Busy(_who(descriptor))
            with disk_errors(FILE_NAME):
                _write_note(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Let the folder go; nothing happens when it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        _let_go(descriptor)
        os.close(descriptor)

    @property
    def held(self) -> bool:
        """Whether this object holds the folder."""
        return self._descriptor is not None

    def __enter__(self) -> FolderLock:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _write_note(descriptor: int) -> None:
    note = {
        "pid": os.getpid(),
        "host": platform.node(),
        "account": _account(),
        "since": dt.datetime.now().isoformat(sep=" ", timespec="minutes"),
    }
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(note, ensure_ascii=False).encode("utf-8"))


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        return ""


def _who(descriptor: int) -> str:
    """Who holds the folder, as far as the note can be read: it is for people only, nothing is
    decided by it."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        note = json.loads(os.read(descriptor, 4096).decode("utf-8"))
        who = "、".join(
            p
            for p in (f"电脑“{note['host']}”", note["account"] and f"帐户“{note['account']}”")
            if p
        )
        return (
            f"本台账正由{who}打开（自 {note['since']} 起，进程 {note['pid']}）。"
            "请先关闭那个窗口或结束那项操作，再打开。"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "本台账正由另一个窗口或程序打开。请先关闭它，再打开。"
