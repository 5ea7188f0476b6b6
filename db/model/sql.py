"""What the program writes into SQL texts itself."""

from __future__ import annotations


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'
