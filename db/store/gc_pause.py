"""Keeps Python's garbage collector away while an import, a check of the whole log or the setting
of a document makes some hundred thousand objects that all stay for as long, and from what the
window consists of.

The collector would walk over them again and again, and every thread, the window's too, waits while
it walks: 95 ms over the program with ten pages, however little is new."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_paused = 0
_lasts = _doubted = False


@contextmanager
def pause_gc(*, stays: bool = True) -> Iterator[None]:
    """No walks inside; afterwards what was made counts as old, so that the first walk is not over
    all of it. Not ``stays``: it is gone by then, and the first walk is to take up what is left."""
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
                if stays:
                    # these two move every object into the oldest generation and look at none
                    gc.freeze()
                    unfreeze_objects()
                gc.enable()


def begin_freezing() -> None:
    """From now on `freeze_objects` means something: in the program with its window."""
    global _lasts, _doubted
    _lasts, _doubted = True, False
    freeze_objects()


def freeze_objects() -> None:
    """What there is now stays, the modules, the window, a page: no walk is over it. Looks at
    nothing. While somebody makes what goes soon, a document say, it waits for the next time."""
    if _lasts and not (_doubted or _paused):
        gc.freeze()


def unfreeze_objects() -> None:
    """Not all of it stays, the books are closed say: the next walk is over everything."""
    global _doubted
    _doubted = True
    gc.unfreeze()


def collect_garbage() -> None:
    """Let go of what only refers to itself; what is left lasts."""
    global _doubted
    gc.collect()
    _doubted = False
    freeze_objects()
