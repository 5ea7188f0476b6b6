"""Regular expressions that are compiled when they are first asked: hundreds stand at the heads of
modules, and a command asks few of them."""

from __future__ import annotations

import re
from typing import Any, cast


class _Late:
    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern, self.flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self.pattern, self.flags), name)
        setattr(self, name, found)
        return found


def lazy_regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The same as ``re.compile`` for whoever asks the pattern itself (not ``re``'s functions)."""
    return cast("re.Pattern[str]", _Late(pattern, flags))
