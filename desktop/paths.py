"""Where things lie on this machine, so that no other module asks the platform.

Nothing here imports Qt or opens the book; the command line uses it too.
"""

from __future__ import annotations

import os
from pathlib import Path

from db.store.disk.platform_folders import CONFIG_VARIABLE, config_dir, platform_dir

DATA_VARIABLE = "ZHENGXIAN_DATA"


def data_dir(explicit: str | Path | None = None) -> Path:
    """The office's folder: the one given, else `ZHENGXIAN_DATA`, else the platform's user data
    folder."""
    if explicit:
        return Path(explicit).expanduser().absolute()
    named = os.environ.get(DATA_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    return platform_dir("data")


def log_file() -> Path:
    """The log a person hands over after a crash. It never holds the contents of records."""
    return config_dir() / "logs" / "zhengxian.log"


def crash_file() -> Path:
    """Where faulthandler writes when the process itself dies."""
    return config_dir() / "logs" / "crash.txt"


_documents: Path | None = None


def prefer_documents(folder: str) -> None:
    """Offer this folder first from now on, as the person at this machine chose; "" for the
    platform's own."""
    global _documents
    _documents = Path(folder) if folder else None


def documents_dir() -> Path:
    """The folder offered first when a workbook or PDF is saved; one on a stick that is not in now
    is passed over."""
    if _documents is not None and _documents.is_dir():
        return _documents
    home = Path.home()
    for name in ("Documents", "文档", "Desktop", "桌面"):
        if (home / name).is_dir():
            return home / name
    return home


__all__ = [
    "CONFIG_VARIABLE", "DATA_VARIABLE", "config_dir", "crash_file", "data_dir", "documents_dir",
    "log_file", "prefer_documents",
]
