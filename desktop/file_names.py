"""Names of files that every file system takes, and that no file has yet."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\\/:*?"<>|]')


def plain(text: str) -> str:
    """A text as (part of) a file's name: what Windows does not take there is an underscore."""
    return _NOT_IN_A_NAME.sub("_", text)


def free(folder: Path, stem: str, suffix: str = "") -> Path:
    """A path in the folder that is not there yet: the name, else with a number behind it."""
    stems = itertools.chain([stem], (f"{stem}（{number}）" for number in itertools.count(2)))
    return next(path for each in stems if not (path := folder / f"{each}{suffix}").exists())
