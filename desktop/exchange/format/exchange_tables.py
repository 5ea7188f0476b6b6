"""The system tables of the exchange in a book: exports, imports, conflicts. Everything else of a
record goes through Transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from db.errors import BadInput
from db.merge.merge import Pending
from db.merge.versions import Authors, Vector
from db.model.records import RowShape
from db.store.journal import dumps


def keep_export(
    connection: Any, export_id: str, at: str, by: str, file_name: str, sha256: str, kinds: Sequence[str],
    unit: str | None, rows: int, details: dict[str, Any],
) -> None:  # fmt: skip
    """Note what was sent."""
    connection.execute(
        "INSERT INTO exports (id, at, by, file_name, sha256, kinds, unit, rows, details) VALUES"
        " (?,?,?,?,?,?,?,?,?)",
        (export_id, at, by, file_name, sha256, dumps(kinds), unit, rows, dumps(details)),
    )


def export(connection: Any, export_id: str) -> dict[str, Any] | None:
    """What is known of an export, by its id."""
    cursor = connection.execute("SELECT * FROM exports WHERE id = ?", (export_id,))
    row = cursor.fetchone()
    return dict(zip((d[0] for d in cursor.description), row, strict=True)) if row else None


def last_export(connection: Any, kind: str, unit: str | None) -> str | None:
    """The id of the last export that held this kind, for this unit (None: for other offices)."""
    rows = connection.execute(
        "SELECT id, kinds FROM exports WHERE unit IS ? ORDER BY at DESC, rowid DESC LIMIT 200",
        (unit,),
    ).fetchall()
    return next(
        (export_id for export_id, kinds in rows if kind in msgspec.json.decode(kinds)), None
    )


def keep_import(
    connection: Any, import_id: str, at: str, by: str, file_name: str, sha256: str, export_id: str | None,
    sender: str, counts: dict[str, int], report: dict[str, Any], change_id: int | None,
) -> None:  # fmt: skip
    """Note what was taken in."""
    connection.execute(
        "INSERT INTO imports (id, at, by, file_name, sha256, export_id, sender, counts, report,"
        " change_id) VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            import_id, at, by, file_name, sha256, export_id, sender, dumps(counts), dumps(report),
            change_id,
        ),
    )


def taken_from(connection: Any, export_id: str, fact: str) -> list[tuple[str, str, str | None]]:
    """SHA-256, time and one fact of the report of each import of this export, newest first."""
    rows = connection.execute(
        "SELECT sha256, at, json_extract(report, '$.' || ?) FROM imports WHERE export_id = ? ORDER"
        " BY at DESC, rowid DESC",
        (fact, export_id),
    )
    return list(rows.fetchall())


def report_of(connection: Any, import_id: str) -> str | None:
    """The report of an import, as JSON text."""
    row = connection.execute("SELECT report FROM imports WHERE id = ?", (import_id,)).fetchone()
    return row[0] if row else None


class Open(NamedTuple):
    """A conflict that waits: its row, the arrived value as JSON text, its vector and authors."""

    row_id: int
    theirs: str
    vector: Vector
    authors: Authors


def pending_of(connection: Any, kind: str, uids: Sequence[str]) -> dict[str, dict[str, list[Open]]]:
    """Open conflicts of these records: uid → field → what waits."""
    found: dict[str, dict[str, list[Open]]] = {}
    for start in range(0, len(uids), 500):
        part = uids[start : start + 500]
        marks = ",".join("?" * len(part))
        rows = connection.execute(
            "SELECT id, uid, field, theirs, vector, authors FROM conflicts WHERE status = 'open'"
            f" AND kind = ? AND uid IN ({marks}) ORDER BY id",
            (kind, *part),
        )
        for row_id, uid, field, theirs, vector, authors in rows:
            each = Open(
                int(row_id), theirs, msgspec.json.decode(vector, type=dict[str, int]),
                tuple(authors.split()),
            )
            found.setdefault(uid, {}).setdefault(field, []).append(each)
    return found


def values_of(shape: RowShape, waits: Mapping[str, Sequence[Open]]) -> dict[str, list[Pending]]:
    """What waits of one record, as the merging takes it: field → values; None for one that is none
    of its field's any more."""

    def value(name: str, text: str) -> Any:
        try:
            return shape.from_json(name, msgspec.json.decode(text))
        except BadInput:
            return None

    return {
        name: [Pending(value(name, each.theirs), each.vector, each.authors) for each in some]
        for name, some in waits.items()
    }


def add_conflict(
    connection: Any, kind: str, uid: str, field: str, base: Any, theirs: Any, vector: Vector, authors: Authors,
    import_id: str, sender: str, at: str,
) -> int:  # fmt: skip
    """Keep a value beside mine until somebody decides; returns the row's id."""
    cursor = connection.execute(
        "INSERT INTO conflicts (kind, uid, field, base, theirs, vector, authors, import_id, sender,"
        " created_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            kind, uid, field, dumps(base), dumps(theirs), dumps(dict(sorted(vector.items()))),
            " ".join(authors), import_id, sender, at,
        ),
    )
    return int(cursor.lastrowid)


def close_conflict(
    connection: Any, row_id: int, status: str, by: str, at: str, choice: str = "", why: str = ""
) -> None:
    """``decided`` by a person, ``closed`` by a later arrival that had seen it, ``withdrawn`` with
    its import.
    """
    connection.execute(
        "UPDATE conflicts SET status = ?, decided_by = ?, decided_at = ?, choice = ?, why = ? WHERE"
        " id = ?",
        (status, by, at, choice, why, row_id),
    )


def open_conflicts(connection: Any) -> Iterator[dict[str, Any]]:
    """All that wait, oldest first."""
    cursor = connection.execute("SELECT * FROM conflicts WHERE status = 'open' ORDER BY id")
    names = [d[0] for d in cursor.description]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


def count_open(connection: Any) -> int:
    """How many wait."""
    return int(
        connection.execute("SELECT count(*) FROM conflicts WHERE status = 'open'").fetchone()[0]
    )


def of_import(connection: Any, import_id: str) -> list[dict[str, Any]]:
    """All conflicts that came in with an import, whatever became of them."""
    cursor = connection.execute(
        "SELECT * FROM conflicts WHERE import_id = ? ORDER BY id", (import_id,)
    )
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def reopen_conflict(connection: Any, row_id: int) -> None:
    """It waits again."""
    connection.execute(
        "UPDATE conflicts SET status = 'open', decided_by = NULL, decided_at = NULL, choice = NULL,"
        " why = '' WHERE id = ?",
        (row_id,),
    )


def conflict(connection: Any, row_id: int) -> dict[str, Any] | None:
    """One conflict, open or not."""
    cursor = connection.execute("SELECT * FROM conflicts WHERE id = ?", (row_id,))
    row = cursor.fetchone()
    return dict(zip((d[0] for d in cursor.description), row, strict=True)) if row else None


def imports(connection: Any) -> list[dict[str, Any]]:
    """The history of imports, newest first."""
    cursor = connection.execute("SELECT * FROM imports ORDER BY at DESC, rowid DESC")
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


__all__ = [
    "Pending", "add_conflict", "close_conflict", "conflict", "count_open", "export", "imports", "keep_export", "keep_import",
    "of_import", "open_conflicts", "pending_of", "reopen_conflict", "report_of", "taken_from", "values_of",
]  # fmt: skip
