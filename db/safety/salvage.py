"""What can still be read of a damaged book, page by page, into a new file: the last resort, after
the backups.

One flipped byte spoils one page, and costs the rows on it. Statistics and indexes are not read:
they are made anew. Tables that can no longer be found, since the page that describes them is
spoiled, are found by the copy of that description which the book keeps
(``store/essentials_copy.py``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from db.errors import BadInput, Damaged
from db.model.sql import quoted
from db.safety.pages import INDEX_LEAF, INDEX_NODE, TABLE_LEAF, TABLE_NODE, Pages, Row, Value
from db.store import essentials_copy, online_copy
from db.store.connect import Connection, DatabaseError, connect_raw, explain
from db.store.disk.disk_errors import disk_errors

Progress = Callable[[str, int], None]
_BATCH = 2_000
_FITS: dict[str, tuple[type, ...]] = {
    "INTEGER": (int,), "TEXT": (str,), "BLOB": (bytes,), "REAL": (float, int),
}


class Salvaged(msgspec.Struct):
    """What was saved: rows by table, pages that are missing by table, tables of which nothing is
    left. ``spare``: the copy that the book keeps of the little that it cannot do without. The
    search index must be built anew."""

    rows: dict[str, int] = msgspec.field(default_factory=dict)
    gaps: dict[str, int] = msgspec.field(default_factory=dict)
    lost_tables: list[str] = msgspec.field(default_factory=list)
    spare: essentials_copy.Spare | None = None
    #: the last numbers given out, by table
    sequences: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.gaps and not self.lost_tables


class _Table(msgspec.Struct, frozen=True):
    """A table of the new file: its columns as rows hold them, with their types; where it lay in
    the old one."""

    name: str
    root: int
    columns: tuple[tuple[str, str, bool], ...]
    without_rowid: bool

    def fits(self, row: Row) -> bool:
        """Whether a row can be one of this table's."""
        number, values = row
        if (number is None) != self.without_rowid or len(values) > len(self.columns):
            return False
        return all(
            (not required or form == "INTEGER") if value is None
            else isinstance(value, _FITS.get(form, (object,)))
            for value, (_, form, required) in zip(values, self.columns, strict=False)
        )


def salvage(
    path: Path, key: bytes, target: Path, progress: Progress | None = None,
    salts: Sequence[bytes] = (),
) -> Salvaged:
    """Read what can be read of the book at ``path`` into a new file ``target`` under the same key.

    ``path`` is not changed; its log is read if it is beside it. ``progress`` is told table and rows
    so far, and may raise to cancel. ``salts``: see ``Pages``. Raises ``Damaged`` when no page can
    be read, ``BadInput`` when the target exists.
    """
    if target.exists():
        raise BadInput(f"“{target.name}”已存在，请换一个文件名。", field="target")
    with disk_errors(path.name):
        pages = Pages(path, key, salts)
    done = Salvaged()
    try:
        if not pages.readable:
            raise Damaged(
                f"台账文件 {path.name} 一页也读不出，不是这把钥匙的，或整个坏了。请从备份恢复。"
            )
        with disk_errors(target.name):
            target.parent.mkdir(parents=True, exist_ok=True)
        writer = connect_raw(target, key)
        try:
            writer.execute("PRAGMA foreign_keys = OFF")
            writer.execute("BEGIN")
            _fill(pages, writer, done, progress)
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
        pages.close()
    return done


def _fill(pages: Pages, writer: Connection, done: Salvaged, progress: Progress | None) -> None:
    schema = _schema(pages, done)
    first = pages.page(1)
    version = int.from_bytes(first[60:64], "big") if first is not None else 0
    if first is None and done.spare is not None:
        version = done.spare.version
    writer.execute(f"PRAGMA user_version = {version}")
    broken: list[_Table] = []
    for table in list(_made(writer, schema)):
        pages.holes.clear()
        done.rows[table.name] = _kept(table, pages.rows(table.root), writer, progress)
        if pages.holes:
            done.gaps[table.name] = len(pages.holes)
            broken.append(table)
    done.sequences = _sequences(pages, schema)
    _take_in(pages, [table for table in broken if not table.without_rowid], writer, done)
    if done.gaps and done.spare is None:
        done.spare = _spare(pages)
    for sql, name in [(v[4], v[1]) for v in schema if v[0] in ("index", "trigger", "view")]:
        with_sql = str(sql or "SELECT 1")  # what comes with its table has no words of its own
        try:
            writer.execute(with_sql)
        except DatabaseError:  # a unique index over rows that the damage has doubled
            done.lost_tables.append(str(name))


def _sequences(pages: Pages, schema: list[list[Value]]) -> dict[str, int]:
    root = next((v[3] for v in schema if v[1] == "sqlite_sequence"), None)
    rows = pages.rows(root) if isinstance(root, int) else ()
    return {str(v[0]): v[1] for _, v in rows if isinstance(v[1], int)}


def _schema(pages: Pages, done: Salvaged) -> list[list[Value]]:
    """What the tables and indexes are: from the pages that say so, else from the copy."""
    found = {str(v[1]): v for _, v in pages.rows(1) if len(v) == 5}
    if not pages.holes:
        return list(found.values())
    for top in pages.astray((TABLE_LEAF,)):
        rows = list(pages.rows(top))
        if rows and all(_describes(values) for _, values in rows):
            found |= {str(v[1]): v for _, v in rows}
        else:
            pages.reached.discard(top)
    pages.holes.clear()
    done.spare = _spare(pages)
    if done.spare is None:
        raise Damaged(
            "台账文件里说明有哪些表的一页已损坏，又没有它的副本，无法逐页抢救。请从备份恢复。"
        )
    found |= {row[1]: list(row) for row in done.spare.schema if row[1] not in found}
    return list(found.values())


def _describes(values: list[Value]) -> bool:
    return (
        len(values) == 5 and values[0] in ("table", "index", "view", "trigger")
        and isinstance(values[3], int) and isinstance(values[1], str)
    )


def _spare(pages: Pages) -> essentials_copy.Spare | None:
    """The copy, wherever it stands."""
    for number in range(2, pages.count + 1):
        page = pages.page(number)
        if page is None or page[0] not in (INDEX_LEAF, INDEX_NODE):
            continue
        seen, pages.reached = pages.reached, set()
        for _, values in pages.rows(number):
            if len(values) == 2 and values[0] == essentials_copy.KEY:
                pages.reached = seen
                return essentials_copy.read(str(values[1]))
        pages.reached = seen
    return None


def _made(writer: Connection, schema: list[list[Value]]) -> Iterator[_Table]:
    """Make the tables in the new file. A virtual table's shadow tables come with it; statistics are
    made anew."""
    tables = [v for v in schema if v[0] == "table" and v[4]]
    for values in (v for v in tables if not v[3]):
        writer.execute(str(values[4]))
    there = {n for (n,) in writer.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for _, name, _, root, sql in (v for v in tables if v[3] and v[1] not in there):
        if not str(name).startswith("sqlite_"):
            writer.execute(str(sql))
            yield _table(writer, str(name), root if isinstance(root, int) else 0)


def _table(writer: Connection, name: str, root: int) -> _Table:
    rows = writer.execute(
        "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", (name,)
    ).fetchall()
    (without,) = writer.execute(
        "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (name,)
    ).fetchone()
    if without:  # the key's columns come first
        rows = sorted(rows, key=lambda row: row[3] or len(rows) + 1)
    columns = tuple((n, form, bool(required)) for n, form, required, _ in rows)
    return _Table(name, root, columns, bool(without))


def _kept(table: _Table, rows: Iterator[Row], writer: Connection, progress: Progress | None) -> int:
    """Write rows into the new file; how many. Of one that an earlier program wrote the last columns
    are those that came since, and have their defaults."""
    batches: dict[int, list[tuple[Value, ...]]] = {}
    count = 0
    for number, values in rows:
        batch = batches.setdefault(len(values), [])
        batch.append(tuple(values) if number is None else (number, *values))
        if len(batch) == _BATCH:
            count += _written(table, len(values), batch, writer)
            batch.clear()
            if progress is not None:
                progress(table.name, count)
    for width, batch in batches.items():
        count += _written(table, width, batch, writer)
    if progress is not None:
        progress(table.name, count)
    return count


def _written(table: _Table, width: int, rows: list[tuple[Value, ...]], writer: Connection) -> int:
    names = [name for name, _, _ in table.columns[:width]]
    form = table.columns[0][1] if table.columns else ""
    if not table.without_rowid and form == "INTEGER" and all(row[1] is None for row in rows):
        rows = [(row[0], *row[2:]) for row in rows]  # the first column is the row's number
    elif not table.without_rowid:
        names.insert(0, "_rowid_")
    marks = ", ".join("?" * len(names))
    cursor = writer.executemany(
        f"INSERT OR IGNORE INTO {quoted(table.name)} ({', '.join(map(quoted, names))})"
        f" VALUES ({marks})", rows,
    )
    return int(cursor.rowcount)


def _take_in(pages: Pages, broken: list[_Table], writer: Connection, done: Salvaged) -> None:
    """Rows below a spoiled page, of which no page says any more whose they are: those that can be
    of one table only."""
    free = pages.free() if broken else None
    if free is None:
        return
    for top in sorted(set(pages.astray((TABLE_LEAF, TABLE_NODE))) - free):
        rows = list(pages.rows(top))
        fitting = [table for table in broken if rows and all(map(table.fits, rows))]
        if len(fitting) == 1:
            name = fitting[0].name
            done.rows[name] += _kept(fitting[0], iter(rows), writer, None)
