"""The system tables of a book, changed only by these frozen steps; kind tables follow their
declarations (``schema.py``).

A step is never edited once it has shipped; a change of form is a new function at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.store import connect  # noqa: F401  (its alias must stand before sqlite_utils is imported)

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    from db.model.context import Connection

#: Version of the file's form (``PRAGMA user_version``): the number of steps below. A newer file is
#: refused.
FORMAT = 5


def _first_tables(db: Database) -> None:
    for statement in (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID",
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE sites (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
        """CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, by TEXT NOT NULL,
            source TEXT NOT NULL,
            label TEXT NOT NULL, site TEXT NOT NULL, import_id TEXT, undoes INTEGER,
            undone_by INTEGER) STRICT""",
        "CREATE INDEX changes_by ON changes (by, id)",
        """CREATE TABLE journal (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            change_id INTEGER NOT NULL REFERENCES changes (id),
            kind TEXT NOT NULL, uid TEXT NOT NULL, action TEXT NOT NULL, before TEXT NOT NULL,
            after TEXT NOT NULL,
            mac BLOB NOT NULL) STRICT""",
        "CREATE INDEX journal_uid ON journal (uid, seq)",
        "CREATE INDEX journal_change ON journal (change_id)",
        """CREATE TABLE conflicts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, uid TEXT NOT NULL,
            field TEXT NOT NULL,
            base TEXT, theirs TEXT, vector TEXT NOT NULL, import_id TEXT,
            sender TEXT NOT NULL DEFAULT '',
            created_at TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'open', decided_by TEXT,
            decided_at TEXT,
            choice TEXT, why TEXT NOT NULL DEFAULT '') STRICT""",
        "CREATE INDEX conflicts_open ON conflicts (uid, field) WHERE status = 'open'",
        """CREATE TABLE imports (
            id TEXT PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, file_name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            export_id TEXT, sender TEXT NOT NULL DEFAULT '', counts TEXT NOT NULL,
            report TEXT NOT NULL DEFAULT '{}',
            change_id INTEGER, undone_by INTEGER) STRICT""",
        """CREATE TABLE exports (
            id TEXT PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, file_name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            kinds TEXT NOT NULL, unit TEXT, rows INTEGER NOT NULL,
            details TEXT NOT NULL DEFAULT '{}') STRICT""",
        (
            "CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, data BLOB NOT"
            " NULL) STRICT"
        ),
        (
            "CREATE TABLE office_kinds (name TEXT PRIMARY KEY, declaration TEXT NOT NULL) STRICT,"
            " WITHOUT ROWID"
        ),
        (
            "CREATE TABLE office_lifecycles (name TEXT PRIMARY KEY, declaration TEXT NOT NULL)"
            " STRICT, WITHOUT ROWID"
        ),
        """CREATE TABLE search_rows (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, rec INTEGER NOT NULL,
            UNIQUE (kind, rec)) STRICT""",
        """CREATE VIRTUAL TABLE search USING fts5 (
            body, content='', contentless_delete=1, detail=none,
            tokenize="unicode61 remove_diacritics 0")""",
        (
            "CREATE TABLE search_waiting (kind TEXT NOT NULL, rec INTEGER NOT NULL, PRIMARY KEY"
            " (kind, rec)) STRICT, WITHOUT ROWID"
        ),
    ):
        db.execute(statement)


def _offices(db: Database) -> None:
    """Whose record each is: the office of the site that made it.

    Office 1 is this book's own, 0 stands for one that nobody has told yet: a site that this book
    never wrote as and whose office no workbook named. Its records become that office's once it is
    told (``offices.py``).
    """
    for statement in (
        """CREATE TABLE offices (
            id INTEGER PRIMARY KEY, uid TEXT UNIQUE, name TEXT NOT NULL DEFAULT '',
            unit TEXT) STRICT""",
        "INSERT INTO offices (id) VALUES (1)",
        "ALTER TABLE sites ADD COLUMN office INTEGER",
        """UPDATE sites SET office = 1 WHERE name IN
            (SELECT site FROM changes UNION SELECT value FROM meta WHERE key = 'site')""",
        "ALTER TABLE conflicts ADD COLUMN authors TEXT NOT NULL DEFAULT ''",
    ):
        db.execute(statement)
    tables = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (SELECT count(*) FROM"
        " pragma_table_info(sqlite_schema.name) WHERE name IN ('uid', 'versions', 'deleted')) = 3"
    ).fetchall()
    for (table,) in tables:
        name = '"' + table.replace('"', '""') + '"'
        db.execute(f"ALTER TABLE {name} ADD COLUMN issuer INTEGER NOT NULL DEFAULT 1")
        # A row that was filled into a workbook has no site of its own: it was this office that took
        # it in.
        db.execute(
            f"UPDATE {name} SET issuer = 0 WHERE json_type(versions, '$[0][0]') = 'integer' AND NOT"
            " EXISTS (SELECT 1 FROM sites WHERE id = json_extract(versions, '$[0][0]') AND office"
            " = 1)"
        )


def _spans(db: Database) -> None:
    """What every record was on which days, worked out from its steps (``spans.py``)."""
    for statement in (
        """CREATE TABLE spans (
            kind TEXT NOT NULL, rec INTEGER NOT NULL, from_on TEXT NOT NULL, to_on TEXT NOT NULL,
            state TEXT, unit TEXT, deadline TEXT, leader TEXT, requested_on TEXT, closed_on TEXT,
            PRIMARY KEY (kind, rec, from_on)) STRICT, WITHOUT ROWID""",
        (
            "CREATE INDEX spans_due ON spans (kind, deadline, to_on, state, unit, requested_on,"
            " closed_on)"
        ),
        # two of three rows of the log are no record's: each statement that asks for a record's
        # says ``uid <> ''`` too
        "DROP INDEX journal_uid",
        "CREATE INDEX journal_uid ON journal (uid, seq) WHERE uid <> ''",
    ):
        db.execute(statement)


def _lean_log(db: Database) -> None:
    """What every save writes beside its rows is as little as can be: a change says where its rows
    of the log begin, which stand together, in the place of two indexes; and of the spans those
    with a deadline alone are sought by it."""
    for statement in (
        "ALTER TABLE changes ADD COLUMN first INTEGER",
        """UPDATE changes SET first = begun.seq FROM
            (SELECT change_id, min(seq) AS seq FROM journal GROUP BY change_id) AS begun
            WHERE begun.change_id = changes.id""",
        "DROP INDEX journal_change",
        "DROP INDEX changes_by",
        "DROP INDEX spans_due",
        (
            "CREATE INDEX spans_due ON spans (kind, deadline, to_on, state, unit, requested_on,"
            " closed_on) WHERE deadline IS NOT NULL"
        ),
    ):
        db.execute(statement)


def _words_by_kind(db: Database) -> None:
    """The number of a row in the index of words says which record of which kind it is
    (``fulltext.py``), without a table beside it. All records wait to be indexed anew."""
    for statement in (
        "DROP TABLE search",
        "DROP TABLE search_rows",
        "CREATE TABLE search_kinds (id INTEGER PRIMARY KEY, kind TEXT NOT NULL UNIQUE) STRICT",
        """CREATE VIRTUAL TABLE search USING fts5 (
            body, content='', contentless_delete=1, detail=none,
            tokenize="unicode61 remove_diacritics 0")""",
        "DELETE FROM search_waiting",
    ):
        db.execute(statement)
    for table in tables_of_records(db):
        name = '"' + table.replace('"', '""') + '"'
        db.execute(f"INSERT INTO search_waiting SELECT ?, id FROM {name}", [table])


def tables_of_records(connection: Database | Connection) -> list[str]:
    """By their columns: no declaration may be at hand."""
    return [name for (name,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (SELECT count(*) FROM"
        " pragma_table_info(sqlite_schema.name) WHERE name IN ('uid', 'versions', 'deleted')) = 3"
    ).fetchall()]


def _steps(form: int = FORMAT) -> Migrations:
    from sqlite_utils.migrations import Migrations

    steps = Migrations("zhengxian")
    for function in (_first_tables, _offices, _spans, _lean_log, _words_by_kind)[:form]:
        steps(name=function.__name__.lstrip("_"))(function)
    return steps


def apply(db: Database, form: int = FORMAT) -> None:
    """Bring the system tables to the present form (or an earlier one, to salvage a book of it),
    each step in one transaction."""
    _steps(form).apply(db)
    db.execute(f"PRAGMA user_version = {form}")
