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

_OF_CODE = (
    AttributeError, ImportError, NameError, NotImplementedError, RecursionError, TypeError,
    ZeroDivisionError,
)
"""Errors whose message names code alone."""


@lru_cache(maxsize=1)
def logger() -> logging.Logger:
    """The program's log, written to `paths.log_file()`."""
    import logging.handlers  # late: 20 ms, and most days nothing is written

    found = logging.getLogger("zhengxian")
    found.setLevel(logging.INFO)
    with contextlib.suppress(OSError):
        file = paths.log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            file, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8"
        )
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(threadName)s: %(message)s")
        )
        found.addHandler(handler)
    return found


def unexpected(error: BaseException) -> None:
    """A fault of the program, with where it happened."""
    logger().error("unexpected\n%s", _told(error))


def _told(error: BaseException | None) -> str:
    """The error and those it came from: their types and places. A message may quote a record,
    unless only code can be in it."""
    import traceback  # late, as above

    lines: list[str] = []
    known: set[int] = set()
    while error is not None and id(error) not in known:
        known.add(id(error))
        said = f": {error}" if isinstance(error, _OF_CODE) else ""
        lines = [
            *traceback.format_list(traceback.extract_tb(error.__traceback__)),
            f"{type(error).__qualname__}{said}\n", *lines,
        ]
        error = error.__cause__ or error.__context__
    return "".join(lines).rstrip()
