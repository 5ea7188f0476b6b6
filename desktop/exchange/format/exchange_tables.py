"""What a book keeps of each export and import. Everything of a record goes through Transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from db.session import Session
from db.store import signed_settings
from db.store.connect import Connection
from db.store.journal import dumps
from db.store.transaction import Transaction

#: What is kept, and told on the command line, as JSON.
Json = dict[str, Any]


class Export(NamedTuple):
    """A workbook that was sent. ``details``: its sheets, and the export since which it holds the
    changes only."""

    id: str
    at: str
    by: str
    file_name: str
    sha256: str
    kinds: Sequence[str]
    unit: str | None
    rows: int
    details: Json


class Import(NamedTuple):
    """A file that was taken in; ``undone_by`` is the change that took it back."""

    id: str
    at: str
    by: str
    file_name: str
    sha256: str
    export_id: str | None
    sender: str
    counts: dict[str, int]
    report: Json
    change_id: int | None
    undone_by: int | None = None


_EXPORT, _IMPORT = ", ".join(Export._fields), ", ".join(Import._fields)


def save_export(entry: Transaction, made: Export) -> None:
    """Note what was sent."""
    entry.settled.add(f"{signed_settings.EXPORT}{made.id}")
    entry.connection.execute(
        f"INSERT INTO exports ({_EXPORT}) VALUES (?,?,?,?,?,?,?,?,?)",
        (*made[:5], dumps(made.kinds), *made[6:8], dumps(made.details)),
    )


def exports(
    connection: Connection, where: str = "1", values: Sequence[object] = ()
) -> list[Export]:
    """What was sent, newest first."""
    rows = connection.execute(
        f"SELECT {_EXPORT} FROM exports WHERE {where} ORDER BY at DESC, rowid DESC", values
    )
    decode = msgspec.json.decode
    return [
        Export._make((*row[:5], decode(row[5]), *row[6:8], decode(row[8])))
        for row in rows.fetchall()
    ]


def export(connection: Connection, export_id: str) -> Export | None:
    """What is known of an export, by its id."""
    return next(iter(exports(connection, "id = ?", (export_id,))), None)


def save_import(entry: Transaction, taken: Import) -> None:
    """Note what was taken in."""
    entry.settled.add(f"{signed_settings.IMPORT}{taken.id}")
    entry.connection.execute(
        f"INSERT INTO imports ({_IMPORT}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (*taken[:7], dumps(taken.counts), dumps(taken.report), *taken[9:]),
    )


def mark_undone(entry: Transaction, import_id: str, change_id: int | None) -> None:
    """An import was taken back by a change, or brought back (None)."""
    entry.settled.add(f"{signed_settings.IMPORT}{import_id}")
    entry.connection.execute(
        "UPDATE imports SET undone_by = ? WHERE id = ?", (change_id, import_id)
    )


def imports(
    connection: Connection, where: str = "1", values: Sequence[object] = ()
) -> list[Import]:
    """The history of imports, newest first."""
    rows = connection.execute(
        f"SELECT {_IMPORT} FROM imports WHERE {where} ORDER BY at DESC, rowid DESC", values
    )
    decode = msgspec.json.decode
    return [
        Import._make((*row[:7], decode(row[7]), decode(row[8]), *row[9:]))
        for row in rows.fetchall()
    ]


def report_of(connection: Connection, import_id: str) -> Json:
    """The report of an import; empty where there is none."""
    return next((each.report for each in imports(connection, "id = ?", (import_id,))), {})


def earlier_import(session: Session, sha256: str, ledger: str = "") -> Json | None:
    """The last import of this very file, or None; one that was undone goes before later ones that
    brought nothing for that very reason.

    ``ledger``: of a file whose sheets are of several ledgers, as which of them it was read."""
    last: Json | None = None
    for book in session.books:
        for entry in imports(book.connection, "sha256 = ?", (sha256,)):
            if ledger and entry.report.get("ledger", "") not in ("", ledger):
                continue
            undone = entry.undone_by is not None
            found = {"import_id": entry.id, "at": entry.at, "by": entry.by, "undone": undone}
            if undone:
                return found
            last = last or found
            if entry.counts.get("added") or entry.counts.get("updated"):
                break
    return last
