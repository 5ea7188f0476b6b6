"""What of a file the system keeps in memory: let go, or fetched ahead."""

from __future__ import annotations

import contextlib
import os


def forget_cached(descriptor: int, start: int = 0, size: int = 0) -> None:
    """Let a reading back come from the disk, not from memory, where the system can; what is still
    to be written begins to go there. ``size`` 0: all of the file."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_DONTNEED)


def read_ahead(descriptor: int, start: int, size: int) -> None:
    """Have the disk fetch what will be read soon, while something else is done, where the system
    can."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_WILLNEED)
