"""A second copy, on other pages, of the little that a book cannot do without: what its tables are,
its facts with the key of its chain, its sites and offices, and the declarations of its office.

One spoiled page never takes both. Kept in a setting that is not sealed, since it changes with what
it copies and is read for salvage alone.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from db.model.context import Connection
from db.model.sql import quoted

KEY = "spare"
#: Copied row by row.
TABLES = ("meta", "sites", "offices", "office_kinds", "office_lifecycles")
#: Facts that pass, and are found anew.
_PASSING = (
    "counter", "fingerprint", "folder_mark", "opening", "openings", "restored_flag", "sighted",
    "spans",
)
SchemaRow: TypeAlias = tuple[str, str, str, int, str | None]


class Spare(msgspec.Struct, frozen=True):
    """``schema`` as SQLite keeps it; ``rows`` by table; ``version`` is the form of the file."""

    version: int
    schema: list[SchemaRow]
    rows: dict[str, list[list[Any]]]


def read(text: str) -> Spare | None:
    """The copy; None when it is none."""
    try:
        return msgspec.json.decode(text, type=Spare)
    except msgspec.DecodeError:
        return None


def text_of(connection: Connection) -> str:
    """The copy as it should be now."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    schema = connection.execute(
        "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid"
    ).fetchall()
    rows = {
        table: [
            list(row) for row in connection.execute(f"SELECT * FROM {quoted(table)}")
            if row[0] not in _PASSING
        ]
        for table in TABLES
    }
    return msgspec.json.encode(Spare(version, [tuple(r) for r in schema], rows)).decode()


def put_back(connection: Connection, copy: Spare) -> None:
    """Rows of the copy that the tables no longer have."""
    for table, rows in copy.rows.items():
        if table in TABLES and rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT OR IGNORE INTO {quoted(table)} VALUES ({marks})", rows)
