"""Writing files so that a crash leaves either the old or the new one."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path

from db.store.disk.disk_errors import disk_errors
from db.store.disk.private_files import create_private


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut. Some file systems (FAT, network) and Windows have no such
    call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Rename over whatever is there, in one step. On Windows a virus scanner may hold a fresh file
    for a moment."""
    for left in range(20 if os.name == "nt" else 0, -1, -1):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(0.05)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace the file in one step: written beside it, flushed to the disk, renamed, and the folder
    flushed."""
    part = path.with_name(path.name + ".part")
    with disk_errors(path.name):
        try:
            create_private(part)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            replace(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
