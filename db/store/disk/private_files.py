"""Files and folders that nobody else gets into."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def keep_private(path: Path) -> None:
    """Let nobody else into a file or folder; its group too where the folder was given to a group to
    write in. Disks without such rights (FAT) are left as they are."""
    with contextlib.suppress(OSError):
        folder = path if path.is_dir() else path.parent
        shared = folder.stat().st_mode & stat.S_IWGRP
        if path.is_dir():
            path.chmod(0o770 if shared else 0o700)
        else:
            path.chmod(0o660 if shared else 0o600)


def make_private(folder: Path) -> None:
    """A folder of this account's own, where it is not there yet."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def make_inside(path: Path) -> None:
    """A folder in another that nobody else gets into; its group where it may write in that one."""
    path.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        path.chmod(0o770 if path.parent.stat().st_mode & stat.S_IWGRP else 0o700)


def keep_all_private(folder: Path) -> None:
    """The same for a folder that others may look into, and all that lies in it."""
    with contextlib.suppress(OSError):
        mode = folder.stat().st_mode
        open_to_read = mode & stat.S_IRWXO or (mode & stat.S_IRWXG and not mode & stat.S_IWGRP)
        if os.name != "nt" and open_to_read:
            keep_private(folder)
            for path in folder.rglob("*"):
                keep_private(path)


def create_private(path: Path) -> None:
    """An empty file that is nobody else's, before anything is written into it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    keep_private(path)
