"""Workbooks read by forks of one process that waits with everything imported: starting the program's own reading
process anew for each of some thousand files takes most of their time. What a fork does, how it is told and ended and
what it says are the same. As a program of its own this file is that process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class _Server:
    """Started when first asked; it ends when this process does."""

    def __init__(self) -> None:
        self._link: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, *files: int) -> None:
        if self._link is None:
            self._link, there = socket.socketpair()
            self._process = subprocess.Popen([sys.executable, __file__, str(there.fileno())], pass_fds=[there.fileno()])
            there.close()
        socket.send_fds(self._link, [b"f"], files)

    def end(self) -> None:
        if self._link is not None and self._process is not None:
            self._link.close()
            self._process.wait()


class _Forked:
    """What the program uses of ``subprocess.Popen``."""

    def __init__(self, server: _Server) -> None:
        read_request, write_request = os.pipe()
        read_answer, write_answer = os.pipe()
        self._told, there = socket.socketpair()
        server.fork(read_request, write_answer, there.fileno())
        os.close(read_request)
        os.close(write_answer)
        there.close()
        self.stdin, self.stdout = os.fdopen(write_request, "wb"), os.fdopen(read_answer, "rb")
        self._words = self._told.makefile("r")
        self.pid = int(self._words.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self._told.setblocking(False)
            try:
                if self._told.recv(1, socket.MSG_PEEK):
                    self._told.setblocking(True)
                    return self.wait()
            except BlockingIOError:
                pass
            finally:
                if self.returncode is None:
                    self._told.setblocking(True)
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._words.readline())
            self._words.close()
            self._told.close()
        return self.returncode


@contextmanager
def forking() -> Iterator[None]:
    """Whatever asks the reader for the program's own reading process is given a fork, and time: where ten times as much
    runs as there are cores, a small file is not read in ten seconds."""
    import pytest

    from desktop.exchange.files import reader

    server, usual = _Server(), reader.child_command()

    def start(command: list[str], **more: Any) -> Any:
        return _Forked(server) if command == usual else subprocess.Popen(command, **more)

    names = {name: getattr(subprocess, name) for name in subprocess.__all__}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "SMALL", reader.Limits(seconds=180.0, memory_mb=reader.SMALL.memory_mb))
        patch.setattr(reader, "subprocess", types.SimpleNamespace(**{**names, "Popen": start}))
        yield
    server.end()


def _serve(link: socket.socket) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import python_calamine  # noqa: F401

    from desktop.exchange.files import csv_text, precheck, reader_process  # noqa: F401

    while True:
        _, files, _, _ = socket.recv_fds(link, 1, 3)
        with contextlib.suppress(ChildProcessError):  # those that have ended, and nobody is left
            while os.waitpid(-1, os.WNOHANG if files else 0)[0]:
                pass
        if not files:
            return
        if not os.fork():
            link.close()
            _keep(reader_process.main, *files)
        for each in files:
            os.close(each)


def _keep(read: Any, request: int, answer: int, told: int) -> None:
    """In a fork: fork again, and tell who that is and how it ended."""
    pid = os.fork()
    if not pid:
        os.close(told)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for given, stands in ((request, 0), (answer, 1), (nowhere, 2)):
            os.dup2(given, stands)
            os.close(given)
        status = 1
        try:
            read()
            sys.stdout.flush()
            status = 0
        finally:
            os._exit(status)
    os.close(request)
    os.close(answer)
    os.write(told, f"{pid}\n".encode())
    _, ended = os.waitpid(pid, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
