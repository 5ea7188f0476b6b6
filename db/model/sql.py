"""What the program writes into SQL texts itself."""

from __future__ import annotations


def quoted(name: str) -> str:
    """An identifier in SQL. In backticks: SQLite reads what stands in double quotes and is no
    column as a text, and every title becomes the word "title"."""
    return "`" + name.replace("`", "``") + "`"
