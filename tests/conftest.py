"""What every test is held to: no Qt warning, no widget left behind, no window on anyone's screen.

Warnings are errors and markers are strict by `pyproject.toml`; pytest-qt makes Qt's own warnings failures.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that does other work as well is no fault of the program: no example is timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Before anything imports Qt. A test that wants a real window starts the program as a process of its own.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
# The user's own input method, scaling and theme would change what is measured.
for name in ("QT_IM_MODULE", "QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE", "QT_QPA_PLATFORMTHEME"):
    os.environ.pop(name, None)
for name in ("ZHENGXIAN_DATA", "ZHENGXIAN_CONFIG", "ZHENGXIAN_PASSWORD"):
    os.environ.pop(name, None)

# Before anything imports the program.
if "ZHENGXIAN_COVERAGE" in os.environ:
    from tests import measured

    measured.begin()

    def pytest_unconfigure() -> None:
        measured.write()


PATIENCE_MS = 180_000
PLAIN = re.compile(r"[^\w .,:;+*/%=<>()（）、，。：；《》“”「」·—％！？…-]+")
"""What an id is without: brackets, quotes, backslashes and signs that no terminal shows."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case in plain words that are the same in every process: pytest refuses to share out tests
    whose ids differ, and an id that holds bytes or an address differs with the time."""
    if isinstance(val, str):
        words = PLAIN.sub(" ", val).strip()
        return (words if len(words) <= 40 else f"{words[:40]}…") or ("blank" if val else "empty")
    if isinstance(val, bytes):
        return f"{len(val)} bytes"
    return argname if getattr(val, "__name__", "") == "<lambda>" else None


@pytest.fixture(autouse=True, scope="session")
def _made_up_offices() -> Iterator[None]:
    """Every office of a test is made up, and may have the password that all know."""
    from db.keys import passwords

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_made_up", ContextVar("made_up", default=True))
        yield


@pytest.fixture(autouse=True, scope="session")
def _locks_at_the_floor() -> Iterator[None]:
    """Locks of the least strength that is read, and each password stretched once: hundreds of offices are made
    and opened, which would cost as much again as everything that is tested in them."""
    from nacl.pwhash import argon2id

    from db.keys import sealing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "tuned", lambda: sealing.OPS_FLOOR)
        patch.setattr(sealing, "new_salt", lambda: bytes(argon2id.SALTBYTES))
        patch.setattr(sealing, "stretch", lru_cache(maxsize=None)(sealing.stretch))
        yield


@pytest.fixture(autouse=True, scope="session")
def _readers_are_forked() -> Iterator[None]:
    """Workbooks are read by forks of one process (``tests/forked_reader.py``)."""
    if sys.platform == "win32":
        yield
    else:
        from tests.forked_reader import forking

        with forking():
            yield


@pytest.fixture(autouse=True, scope="session")
def _waits_are_patient() -> Iterator[None]:
    """What is waited for may be long in coming on a busy machine: only what does not come at all fails."""
    from pytestqt.qtbot import QtBot

    usual = QtBot.waitUntil

    def wait_until(bot: QtBot, said: Callable[[], object], *, timeout: int = 0) -> None:
        usual(bot, said, timeout=max(timeout, PATIENCE_MS))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QtBot, "waitUntil", wait_until)
        yield


@pytest.fixture
def own_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the reading process itself: as the program starts it."""
    from desktop.exchange.files import reader

    monkeypatch.setattr(reader, "subprocess", subprocess)


@pytest.fixture(autouse=True)
def _settings_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test empty settings and data folders, so that no test reads or writes the user's own."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name[4:-5].lower()))
    if sys.platform == "win32":
        monkeypatch.setenv("APPDATA", str(home / "roaming"))
        monkeypatch.setenv("LOCALAPPDATA", str(home / "local"))


@pytest.fixture(autouse=True)
def _no_widget_left(request: pytest.FixtureRequest, _settings_of_its_own: None) -> Iterator[None]:
    """Fail a test that leaves a top-level widget behind: it would hold its data and answer later events."""
    before = {id(widget) for widget in _top_level_widgets()}
    yield
    left = [widget for widget in _top_level_widgets() if id(widget) not in before]
    if left:
        gc.collect()
        left = [widget for widget in _top_level_widgets() if id(widget) not in before]
    if left:
        names = ", ".join(f"{type(widget).__name__}({widget.objectName()!r})" for widget in left)
        for widget in left:
            widget.close()
            widget.deleteLater()
        _top_level_widgets()
        pytest.fail(f"widgets left behind by {request.node.name}: {names}; give them to qtbot.addWidget")


def _top_level_widgets() -> list:
    """The top-level widgets that are alive, after what was to be deleted has been deleted."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    core = sys.modules["PySide6.QtCore"]
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
    return [each for each in widgets.QApplication.topLevelWidgets() if each.parent() is None and not _drops_down(each)]


def _drops_down(widget: object) -> bool:
    """Whether it is the list under an entry, kept by its completer until it is wanted again."""
    widgets, core = sys.modules["PySide6.QtWidgets"], sys.modules["PySide6.QtCore"]
    listed = isinstance(widget, widgets.QListView) and not widget.isVisible()
    return listed and widget.windowType() == core.Qt.WindowType.Popup


@pytest.fixture(scope="session")
def tool():
    """Find a program of the system; a machine without it skips the test, but CI must have it."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            if os.environ.get("CI"):
                pytest.fail(f"{name} is not installed; installers/test.sh should have done so")
            pytest.skip(f"{name} is not installed on this machine")
        return found

    return find


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top folder of the source."""
    return Path(__file__).resolve().parent.parent
