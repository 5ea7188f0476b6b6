"""Starts the window: log, input method, then Qt. Kept free of Qt itself, since the command line
shares it.

Nothing heavy is imported before the first paint. What the program needs later (the book, the list,
the form, icons) is imported while the person types a password.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import os
import sys
import threading
from pathlib import Path

from db.errors import WorkFailed
from db.model.settings import LAST_FOLDER
from desktop import crash_log, paths
from desktop.settings import Settings


def run_window(
    folder: Path | None = None, user: str | None = None, backup: Path | None = None
) -> int:
    """Open the window over an office's folder (else the last one, else the default) and run until
    it is closed; with a ``backup`` it asks first whether that is to be restored."""
    need_display()
    keep_log()
    choose_input_method()
    from desktop.ui.app import start  # late: all of Qt, which the command line does without

    settings = Settings()
    return start.run(chosen_folder(folder, settings), user, settings, backup)


def need_display() -> None:
    """Qt ends the process where there is no screen to draw on; say so instead. Raises
    ``WorkFailed``."""
    there = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform.startswith("linux") and not there:
        raise WorkFailed(
            "这里没有图形界面，打不开窗口。请在桌面里运行；没有桌面时用命令行，zhengxian --help"
            " 列出全部命令。"
        )


def chosen_folder(given: Path | None, settings: Settings) -> Path:
    """The folder named by the caller or the environment, else the one opened last, else the
    platform's."""
    if given is not None or os.environ.get(paths.DATA_VARIABLE):
        return paths.data_dir(given)
    last = settings[LAST_FOLDER]
    return Path(last) if last and Path(last).is_dir() else paths.data_dir(None)


def choose_input_method() -> None:
    """The wheels of Qt bring a plugin for ibus but none for fcitx, and fcitx answers clients of
    ibus too."""
    if sys.platform.startswith("linux"):
        asked = os.environ.get("QT_IM_MODULE", "") or os.environ.get("XMODIFIERS", "")
        if "fcitx" in asked and not _fcitx_plugin():
            os.environ["QT_IM_MODULE"] = "ibus"


def _fcitx_plugin() -> bool:
    found = importlib.util.find_spec("PySide6")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    return any(any(place.glob("Qt/plugins/platforminputcontexts/*fcitx*")) for place in places)


def keep_log() -> None:
    """What goes wrong is written down: by Python's own hooks into the log, by the process dying
    into another file."""
    with contextlib.suppress(OSError):
        file = paths.crash_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        faulthandler.enable(file.open("a", encoding="utf-8"))
    sys.excepthook = lambda kind, error, trace: _unexpected(error)
    threading.excepthook = lambda args: _unexpected(args.exc_value)


def _unexpected(error: BaseException | None) -> None:
    """A fault of the program: into the log, and a sentence to the person if the window is there."""
    if error is None:
        return
    crash_log.unexpected(error)
    shell = sys.modules.get("desktop.ui.app.shell")
    if shell is not None and threading.current_thread() is threading.main_thread():
        shell.report(error)
