"""The log a person hands over after a crash; it names what failed, never what a record says.

Set up at the first entry, since the logging package costs more than the login page.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache
from typing import TYPE_CHECKING

from desktop import paths

if TYPE_CHECKING:
    import logging

LARGEST, KEPT = 1_000_000, 3
"""Bytes of one log file, and how many older ones stay."""


@lru_cache(maxsize=1)
def logger() -> logging.Logger:
    """The program's log, written to `paths.log_file()`."""
    import logging.handlers  # late: 20 ms, and most days nothing is written

    found = logging.getLogger("zhengxian")
    found.setLevel(logging.INFO)
    with contextlib.suppress(OSError):
        file = paths.log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(file, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s: %(message)s"))
        found.addHandler(handler)
    return found


def unexpected(error: BaseException) -> None:
    """A fault of the program, with where it happened."""
    logger().error("unexpected", exc_info=error)
