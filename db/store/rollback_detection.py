"""Where the program keeps what belongs to this machine, and what it remembers there of the books it
has written.

A folder that is copied away, and later copied back over itself, looks to the book like any other
opening: everything that stands in the folder went back together. What was seen of it is therefore
kept outside the folder too.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

CONFIG_VARIABLE = "ZHENGXIAN_CONFIG"


def platform_dir(use: str) -> Path:
    """The platform's place for a program's ``data`` or ``config`` of this person."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Zhengxian"
        return base / ("office" if use == "data" else "program")
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support" / "Zhengxian"
        return base / ("office" if use == "data" else "program")
    if use == "data":
        return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "zhengxian"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "zhengxian"


def config_dir() -> Path:
    """What belongs to the person at this machine, not to the office: last folder, last user,
    logs."""
    named = os.environ.get(CONFIG_VARIABLE, "").strip()
    return Path(named).expanduser().absolute() if named else platform_dir("config")


class Sighting:
    """How far this person at this machine has seen a book come: its opening, and the counter of its
    site in it.

    Two numbers, no content. A place that cannot be written, or a file that cannot be read, only
    means that nothing was seen: the marks in the folder itself still hold.
    """

    def __init__(self, folder_mark: str, book: str) -> None:
        self._path = config_dir() / "books" / f"{folder_mark[:24]}-{book}"
        self._file: int | None = None

    def latest(self) -> tuple[int, int]:
        """(opening, counter) as seen last; (0, 0) when never."""
        try:
            opening, counter = self._path.read_text(encoding="ascii").split()
            return int(opening), int(counter)
        except (OSError, ValueError):
            return 0, 0

    def keep(self, opening: int, counter: int) -> None:
        """After each commit: of one length, so that it is written over in one piece. Outlasts the
        program, not a power cut."""
        with contextlib.suppress(OSError):
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, f"{opening:012d} {counter:018d}\n".encode("ascii"))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None
