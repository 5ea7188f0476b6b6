"""Keeps Python's garbage collector away while an import, or a check of the whole log, makes some
hundred thousand objects that all stay.

The collector would walk over them again and again, and every thread, the window's too, waits while
it walks."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_paused = 0


@contextmanager
def paused() -> Iterator[None]:
    """No walks inside; afterwards what was made counts as old, so that the first walk is not over
    all of it."""
    global _paused
    with _lock:
        _paused += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _paused -= 1
            if not _paused:
                # these two move every object into the oldest generation and look at none
                gc.freeze()
                gc.unfreeze()
                gc.enable()
