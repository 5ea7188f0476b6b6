"""The main path once in a real window: a display of its own, a window manager, keys as the system sends them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from db import office
from db.model.query import Query
from tests.gui.conftest import PASSWORD

PATIENCE = 60.0
TITLE = "zhen shi chuang kou"
pytestmark = [pytest.mark.window, pytest.mark.slow]


def _until(said: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = said()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")


def _at_rest(pid: int) -> None:
    """Wait until the program has done what it was told: for a second it neither ran nor wanted to. A second of the
    clock alone says nothing on a busy machine."""
    process = psutil.Process(pid)
    time.sleep(0.3)  # for what was told to arrive
    quiet, used = 0, -1.0
    end = time.monotonic() + PATIENCE
    while quiet < 10 and time.monotonic() < end:
        time.sleep(0.1)
        times = process.cpu_times()
        now = times.user + times.system
        quiet = quiet + 1 if now <= used + 0.02 and process.status() == psutil.STATUS_SLEEPING else 0
        used = now


@pytest.fixture
def display(tool: Callable[[str], str]) -> Iterator[dict[str, str]]:
    """A display of its own, with a window manager; the variables that lead to it."""
    for name in ("Xvfb", "openbox", "xdotool"):
        tool(name)
    with ExitStack() as stack:
        read, write = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-noreset", "-displayfd", str(write), "-screen", "0", "1366x768x24"], pass_fds=[write], stderr=subprocess.DEVNULL
        )
        stack.callback(server.wait)
        stack.callback(server.terminate)
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        variables = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        managers: list[subprocess.Popen[bytes]] = []

        def managed() -> bool:
            """Whether one answers: without one no window gets the keyboard. A display that has only just begun may refuse it."""
            if not managers or managers[-1].poll() is not None:
                managers.append(subprocess.Popen(["openbox"], env=variables, stderr=subprocess.DEVNULL))
                stack.callback(managers[-1].wait)
                stack.callback(managers[-1].terminate)
            return subprocess.run(["xdotool", "get_desktop"], env=variables, capture_output=True, check=False).returncode == 0

        _until(managed, "the window manager")
        yield variables


def test_a_clerk_logs_in_adds_an_item_and_leaves_by_keyboard(
    display: dict[str, str], folder: Path, tmp_path: Path, checkout: Path
) -> None:
    variables = {**display, "ZHENGXIAN_CONFIG": str(tmp_path / "config")}

    def xdotool(*words: str) -> str:
        return subprocess.run(["xdotool", *words], env=variables, capture_output=True, text=True, check=False).stdout

    def window(name: str) -> str:
        return xdotool("search", "--onlyvisible", "--name", name).strip()

    program = subprocess.Popen(
        [sys.executable, "-m", "desktop", "--data", str(folder), "--user", "clerk"], cwd=checkout, env=variables
    )
    try:
        number = _until(lambda: window("争先台账"), "the login").splitlines()[0]
        xdotool("windowactivate", "--sync", number)
        _at_rest(program.pid)
        xdotool("type", "--delay", "30", PASSWORD)
        xdotool("key", "Return")
        _until(lambda: window("云川市督查办公室"), "the first page")
        _at_rest(program.pid)
        xdotool("key", "ctrl+n")
        _at_rest(program.pid)
        xdotool("type", "--delay", "30", TITLE)
        xdotool("key", "ctrl+s")
        _at_rest(program.pid)
        xdotool("key", "alt+F4")
        assert program.wait(PATIENCE) == 0
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
    session = office.open_office(folder, "clerk", PASSWORD)
    try:
        kinds = [kind for kind in session.visible_kinds() if kind.lifecycle and kind.family]
        found = [record for kind in kinds for record in session.find(Query(kind=kind.name, search=TITLE))]
        assert len(found) == 1
        assert found[0].created_by == "clerk"
    finally:
        session.close()
