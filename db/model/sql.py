"""What the program writes into SQL texts itself."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(name: str) -> str:
    """An identifier in SQL. In backticks: SQLite reads what stands in double quotes and is no
    column as a text, and every title becomes the word "title"."""
    return "`" + name.replace("`", "``") + "`"


def listed(words: Iterable[str]) -> str:
    """Words of the program's own, as they stand behind IN."""
    return ", ".join(f"'{word}'" for word in words)


#: The rows ``j`` of the log of each change ``c``: they stand together, from ``first`` on. (SQLite
#: is not to think of making an index of the whole log.)
OF_CHANGES = (
    "changes c CROSS JOIN journal j NOT INDEXED ON j.change_id = c.id AND j.seq >= c.first AND"
    " j.seq < coalesce((SELECT n.first FROM changes n WHERE n.id > c.id AND n.first IS NOT NULL"
    " ORDER BY n.id LIMIT 1), 9223372036854775807)"
)
