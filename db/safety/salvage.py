"""What can still be read of a damaged book, row by row, into a new file.

One flipped byte spoils one page, and after the first bad page the cipher refuses everything on that
connection: so the file is opened anew after each error, and reading goes on behind the bad page.
The last resort, after the backups.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.errors import BadInput, Damaged, WorkFailed
from db.store import online_copy
from db.store.atomic_files import disk_errors
from db.store.connect import Connection, DatabaseError, connect_raw, explain

Progress = Callable[[str, int], None]
_ROWS_A_STEP = 512
# How far behind the last readable row to look in a table whose end cannot be found.
_BLIND = 1 << 22


@dataclass(slots=True)
class Salvaged:
    """What was saved: rows by table, places where rows are missing. The search index must be built
    anew."""

    rows: dict[str, int] = field(default_factory=dict)
    gaps: dict[str, int] = field(default_factory=dict)
    lost_tables: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing seems to be missing."""
        return not self.gaps and not self.lost_tables


class _Reader:
    """A connection that is opened anew after each error."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path, self.key = path, key
        self.connection: Connection | None = None

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]] | None:
        """All rows, or None on damage."""
        try:
            if self.connection is None:
                self.connection = connect_raw(self.path, self.key, read_only=True)
            return [tuple(row) for row in self.connection.execute(sql, values)]
        except (DatabaseError, WorkFailed):
            self.close()
            return None

    def close(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(DatabaseError):
                self.connection.close()
        self.connection = None


def salvage(path: Path, key: bytes, target: Path, progress: Progress | None = None) -> Salvaged:
    """Read what can be read of the book at ``path`` into a new file ``target`` under the same key.

    ``path`` is not changed; its log must have been played back or be beside it. ``progress`` is
    told table and rows so far, and may raise to cancel. Raises ``Damaged`` when not even the list
    of tables can be read, ``BadInput`` when the target exists.
    """
    if target.exists():
        raise BadInput(f"“{target.name}”已存在，请换一个文件名。", field="target")
    reader = _Reader(path, key)
    done = Salvaged()
    try:
        schema = reader.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")
        listed = reader.rows("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'")
        if schema is None or listed is None:
            raise Damaged(f"台账文件 {path.name} 的目录页已损坏，无法逐行抢救。请从备份恢复。")
        kinds = {name: (kind, bool(without_rowid)) for name, kind, without_rowid in listed}
        version = reader.rows("PRAGMA user_version")
        with disk_errors(target.name):
            target.parent.mkdir(parents=True, exist_ok=True)
        writer = connect_raw(target, key)
        try:
            writer.execute("PRAGMA foreign_keys = OFF")
            writer.execute("BEGIN")
            if version:
                writer.execute(f"PRAGMA user_version = {int(version[0][0])}")
            for kind, name, _, sql in schema:
                # A virtual table's shadow tables come with it; statistics are made anew.
                plain = kinds.get(name, ("", False))[0] in (
                    "table", "virtual",
                ) and not name.startswith("sqlite_")
                if kind == "table" and plain and sql:
                    writer.execute(sql)
            for name, (kind, without_rowid) in kinds.items():
                if kind == "table" and not name.startswith("sqlite_"):
                    _table(reader, writer, name, without_rowid, done, progress)
            for kind, name, _, sql in schema:
                if kind in ("index", "trigger", "view") and sql:
                    try:
                        writer.execute(sql)
                    except DatabaseError:  # a unique index over rows that the damage has doubled
                        done.lost_tables.append(name)
            writer.execute("COMMIT")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            writer.close()
    except BaseException as error:
        with contextlib.suppress(OSError):
            online_copy.remove(target)
        if isinstance(error, DatabaseError):
            raise explain(error, target.name) from error
        raise
    finally:
        reader.close()
    return done


def _table(
    reader: _Reader,
    writer: Connection,
    name: str,
    without_rowid: bool,
    done: Salvaged,
    progress: Progress | None,
) -> None:
    columns = reader.rows("SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden = 0", (name,))
    if not columns:
        done.lost_tables.append(name)
        return
    names = ", ".join(_quoted(column) for column, _ in columns)
    if without_rowid:
        keys = [_quoted(c) for c, place in sorted(columns, key=lambda row: row[1]) if place]
        batches = _by_key(reader, name, names, keys, [c for c, _ in columns], done)
        insert = f"INSERT OR IGNORE INTO {_quoted(name)} ({names}) VALUES ({_marks(len(columns))})"
    else:
        # The row number is kept even where no column shows it: the search index and others point at
        # it.
        aliased = any(re.fullmatch("rowid", c, re.IGNORECASE) for c, _ in columns)
        alias = "_rowid_" if aliased else "rowid"
        batches = _by_rowid(reader, name, names, alias, done)
        insert = (
            f"INSERT OR IGNORE INTO {_quoted(name)} ({alias}, {names}) VALUES"
            f" ({_marks(len(columns) + 1)})"
        )
    count = 0
    for rows in batches:
        writer.executemany(insert, rows)
        count += len(rows)
        if progress is not None:
            progress(name, count)
    done.rows[name] = count


def _by_rowid(
    reader: _Reader, table: str, names: str, alias: str, done: Salvaged
) -> Iterator[list[tuple[Any, ...]]]:
    """All readable rows: in steps from the front, by smaller ones up to each bad page, and on
    behind it."""
    sql = (
        f"SELECT {alias}, {names} FROM {_quoted(table)} WHERE {alias} >= ? ORDER BY {alias} LIMIT ?"
    )
    last = reader.rows(f"SELECT max({alias}) FROM {_quoted(table)}")
    if last is not None and last[0][0] is None:
        return
    end = last[0][0] if last is not None else None
    at, step = 1, _ROWS_A_STEP
    lowest = reader.rows(f"SELECT min({alias}) FROM {_quoted(table)}")
    if lowest is not None:
        at = min(at, lowest[0][0])
    while end is None or at <= end:
        rows = reader.rows(sql, (at, step))
        if rows is not None:
            if rows:
                yield rows
            if len(rows) < step:
                return
            at = rows[-1][0] + 1
            step = min(step * 8, _ROWS_A_STEP)
        elif step > 1:
            step = max(1, step // 8)
        else:
            done.gaps[table] = done.gaps.get(table, 0) + 1
            found = _behind(reader, sql, at, end)
            if found is None:
                return
            yield []
            at, step = found, _ROWS_A_STEP


def _behind(reader: _Reader, sql: str, at: int, end: int | None) -> int | None:
    """The first row number from which reading works again, None when there is none.

    By doubling leaps, and back to the edge: each try on a bad page costs opening the file anew,
    some tens of milliseconds, and a page of the index over many pages spoils them all.
    """
    limit = end if end is not None else at + _BLIND
    bad, leap = at, 1
    while bad < limit:
        good = min(bad + leap, limit)
        if reader.rows(sql, (good, 1)) is None:
            bad, leap = good, leap * 2
            continue
        while good - bad > 1:
            middle = (good + bad) // 2
            if reader.rows(sql, (middle, 1)) is None:
                bad = middle
            else:
                good = middle
        return good
    return None


def _by_key(
    reader: _Reader, table: str, names: str, keys: list[str], columns: list[str], done: Salvaged
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a table without row numbers: from the front up to the damage, then from the back up
    to it."""
    where = f"({', '.join(keys)})"
    places = [columns.index(key.strip('"').replace('""', '"')) for key in keys]
    for order, sign in (("ASC", ">"), ("DESC", "<")):
        at: tuple[Any, ...] | None = None
        step = _ROWS_A_STEP
        while True:
            condition = f" WHERE {where} {sign} ({_marks(len(keys))})" if at is not None else ""
            sorting = ", ".join(f"{key} {order}" for key in keys)
            rows = reader.rows(
                f"SELECT {names} FROM {_quoted(table)}{condition} ORDER BY {sorting} LIMIT {step}",
                at or (),
            )
            if rows is None:
                if step == 1:
                    break
                step = max(1, step // 8)
                continue
            if rows:
                yield rows
                at = tuple(rows[-1][place] for place in places)
            if len(rows) < step:
                return
        done.gaps[table] = done.gaps.get(table, 0) + 1


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _marks(count: int) -> str:
    return ", ".join("?" * count)
