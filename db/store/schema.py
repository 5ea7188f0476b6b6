"""Tables follow declarations: a kind becomes a table, its fields columns, and renames are told by
``renamed_from``.

Anything that would lose data is refused; a column that is no longer declared stays in the file,
unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from db.errors import Damaged, DeclarationError
from db.model import declaration_files, lights
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, row_unit, type_of
from db.model.ids import new_uid
from db.model.kinds import Kinds
from db.model.records import Record, RowShape
from db.model.settings import ARCHIVED
from db.model.sql import quoted
from db.store import migrations, spans
from db.store.connect import OperationalError

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Columns of every kind table, in order; ``versions`` holds the record's version vectors,
#: ``issuer`` the number of the office that made it (``offices.py``).
SYSTEM = {
    "uid": "TEXT NOT NULL UNIQUE",
    "parent": "TEXT",
    "state": "TEXT",
    "deleted": "INTEGER NOT NULL DEFAULT 0",
    "versions": "TEXT NOT NULL",
    "created_at": "TEXT NOT NULL",
    "created_by": "TEXT NOT NULL",
    "updated_at": "TEXT NOT NULL",
    "updated_by": "TEXT NOT NULL",
    "issuer": "INTEGER NOT NULL DEFAULT 1",
}


#: Raised with each release whose rules say more than the form of the tables does: what an earlier
#: program would write past. 2: the log keeps parts of lists of steps (``model/steps.py``).
RULES = 2
RULES_KEY = "rules"


def newer_rules(connection: Any) -> str:
    """Why a book is only to be read: a program with later rules has written in it; "" where it
    may be written."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (RULES_KEY,)).fetchone()
    except OperationalError:  # the table is not made yet
        return ""
    if row is None or int(row[0]) <= RULES:
        return ""
    return (
        "这本台账由更新版本的程序写过，规则有变，本版本只能查看、导出和备份，不能修改。"
        "请更新程序后再填报。"
    )


def archived(connection: Any) -> str:
    """Why a book is only to be read: it is the archive of a year; "" where it is not."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (ARCHIVED.key,)).fetchone()
    except OperationalError:  # the table is not made yet
        return ""
    if row is None or not row[0]:
        return ""
    of = ARCHIVED.read(row[0])
    return f"这是{of['year']}年的归档（{of['on']}归档），只能查看、打印和核对，不能修改。"


def require_readable(connection: Any, kinds: Kinds, book: str) -> None:
    """``Damaged`` where a later program has changed tables that this one reads."""
    for kind in kinds.in_book(book):
        if not {f.name for f in kind.all_fields} <= _columns(connection, kind.name).keys():
            raise Damaged(
                f"这本台账由更新版本的程序写过，「{kind.label}」已经改了样子，本版本不能打开。"
                "请先更新程序，台账没有改动。"
            )


@lru_cache(maxsize=8)
def fingerprint(kinds: Kinds, book: str) -> str:
    """Changes whenever the tables of a book may have to follow its declarations, or what is worked
    out of its records is worked out otherwise."""
    digest = hashlib.sha256(f"{migrations.FORMAT} {spans.WAY}".encode())
    for kind in kinds.in_book(book):
        digest.update(declaration_files.encode(kind).encode("utf-8"))
        digest.update(repr(kinds.custody_fields(kind)).encode())
    return digest.hexdigest()


def _columns(connection: Any, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}


def check_format(connection: Any) -> int:
    """The file's form; raises ``Damaged`` for one made by a newer program."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > migrations.FORMAT:
        raise Damaged("这本台账由更新版本的程序写成，本版本不能打开。请先更新程序，台账没有改动。")
    return version


def handed_over(kind: str) -> str:
    """The index of the few rows that went from unit to unit, by their place in the table: figures
    of a day gone by ask of the rows that alone."""
    return quoted(f"{kind}_handed_over")


#: Indexes of tables of the program's own whose entries lie all over, as the migrations make them.
LOG_BY_RECORD = "journal_uid"
_SCATTERED = {
    LOG_BY_RECORD: "ON journal (uid, seq) WHERE uid <> ''",
    "spans_due": "ON spans (kind, deadline, to_on, state, unit, requested_on, closed_on) WHERE"
    " deadline IS NOT NULL",
}


#: How many rows of the change log a record has, about.
_WRITES_OF_EACH = 8
_STATISTICS = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"


def scattered(connection: Any, kinds: Kinds, book: str) -> list[tuple[str, str]]:
    """Indexes into which each row of many is written at another place, with their statements: by
    identifiers, and by the dates that declarations name. Made anew they are written in order."""
    names = {*_SCATTERED, *(
        name for kind in kinds.in_book(book) for name in (
            *(_index_name(kind, columns) for columns in kind.indexes),
            *(_order_name(kind, each) for each in (LIGHT, *(f.name for f in kind.all_fields))),
        )
    )}
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index'")
    return [(name, sql) for name, sql in found.fetchall() if name in names]


def tell_length_of_log(connection: Any) -> None:
    """Statistics of the change log, where they are none or far off: its only index leaves rows out,
    so that the library would read all of it to count them, whatever its limit."""
    (rows,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    if not connection.execute(_STATISTICS).fetchone():
        connection.execute("ANALYZE meta")  # makes the table
    of_log = connection.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'journal'").fetchone()
    known = int(of_log[0].split()[0]) if of_log else 0
    if known * 5 < rows:
        connection.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'journal'")
        connection.execute(
            "INSERT INTO sqlite_stat1 VALUES ('journal', ?, ?)",
            (LOG_BY_RECORD, f"{rows} {_WRITES_OF_EACH} 1"),
        )
        connection.execute("ANALYZE sqlite_schema")  # reads them


#: What stands for the light among the orders.
LIGHT = "light"


def make_order(connection: Any, kinds: Kinds, name: str, field: str) -> None:
    """An index of a long ledger in the order of a field, of the rows that have a value there; or
    of what its light is worked out from. It goes with the field."""
    kind = kinds.get(name)
    columns: tuple[str, ...] = (field,)
    filled = f" AND {quoted(field)} IS NOT NULL" if kind.has(field) else ""
    if field == LIGHT:
        columns = lights.made_from(kind, kinds.lifecycle_of(kind))
    body, index = ", ".join(map(quoted, columns)), quoted(_order_name(kind, field))
    connection.execute(
        f"CREATE INDEX IF NOT EXISTS {index} ON {quoted(name)} ({body}) WHERE deleted = 0{filled}"
    )
    # of an index that it knows nothing of SQLite thinks that it holds half of the rows, and goes
    # by it where it should pass through the table
    connection.execute("PRAGMA analysis_limit = 1000")
    connection.execute(f"ANALYZE {index}")


#: Records from which on a list is not sorted without an index of the order.
LONG = 20_000


def orders_missing(connection: Any, kinds: Kinds, book: str) -> Iterator[tuple[str, str]]:
    """Kind and field of each column that long lists show and can be sorted by, and that no index
    begins with."""
    for kind in kinds.in_book(book):
        table = quoted(kind.name)
        (last,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        if last < LONG:
            continue
        begun = {
            name for (name,) in connection.execute(
                "SELECT c.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c"
                " WHERE c.seqno = 0", (kind.name,),
            )
        }
        for field in kind.shown("list"):
            if is_short(field) and field.name not in begun:
                yield kind.name, field.name
        if kind.lights and not connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE name = ?", (_order_name(kind, LIGHT),)
        ).fetchone():
            yield kind.name, LIGHT


def is_short(field: Field) -> bool:
    """Whether a list is sorted by the one short value of a field."""
    kind_of = type_of(field)
    text = kind_of.plain_text and not kind_of.multiline
    one = kind_of.one_listed or kind_of.one_unit or kind_of.names_record
    return bool(text or one or kind_of.is_day or kind_of.numeric) and not kind_of.many


def _order_name(kind: Kind, field: str) -> str:
    return f"{kind.name}_sorted_{field}"


def _index_name(kind: Kind, columns: tuple[str, ...]) -> str:
    return f"{kind.name}_by_{'_'.join(columns)}"


def migrate_tables(db: Database, kinds: Kinds, book: str) -> list[str]:
    """Make the tables of a book follow the declarations, inside one transaction; returns what was
    done, in words."""
    done: list[str] = []
    tables = set(db.table_names())
    for name, rows in _SCATTERED.items():
        db.execute(f"CREATE INDEX IF NOT EXISTS {name} {rows}")
    for kind in kinds.in_book(book):
        old = next((name for name in kind.renamed_from if name in tables), None)
        if kind.name not in tables and old is not None:
            db.execute(f"ALTER TABLE {quoted(old)} RENAME TO {quoted(kind.name)}")
            for table, column in (
                ("journal", "kind"), ("conflicts", "kind"), ("spans", "kind"),
                ("search_kinds", "kind"), ("search_waiting", "kind"),
            ):
                db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [kind.name, old])
            done.append(f"{old} → {kind.name}")
        elif kind.name not in tables:
            _create(db, kind)
            done.append(f"+ {kind.name}")
        done += _follow_fields(db, kind)
        _index(db, kind)
        custody = kinds.custody_fields(kind)
        if custody is not None and kind.unit:
            columns = ", ".join(map(quoted, ("id", kind.unit, *custody)))
            db.execute(
                f"CREATE INDEX IF NOT EXISTS {handed_over(kind.name)} ON {quoted(kind.name)}"
                f" ({columns}) WHERE {quoted(custody[0])} IS NOT NULL"
            )
    return done


def try_row(connection: Any, kind: Kind) -> None:
    """One row into the table of a kind, read back, and out again."""
    shape, uid = RowShape(kind), new_uid()
    row = Record(kind.name, 0, uid, None, None, False, "[]", "", "", "", "", {})
    connection.execute(shape.insert, shape.row(row))
    read = connection.execute(f"{shape.select} WHERE uid = ?", (uid,)).fetchone()
    if read is None or any(value is not None for value in shape.record(read).values.values()):
        raise DeclarationError(f"{kind.name}.toml：写进去的一行读出来不一样，这样的台账不能用。")
    connection.execute(f"DELETE FROM {shape.table} WHERE uid = ?", (uid,))


def _create(db: Database, kind: Kind) -> None:
    columns = ["id INTEGER PRIMARY KEY", *(f"{name} {form}" for name, form in SYSTEM.items())]
    columns += [f"{quoted(f.name)} {TYPES[f.type].sql}" for f in kind.all_fields]
    db.execute(f"CREATE TABLE {quoted(kind.name)} ({', '.join(columns)}) STRICT")


def _follow_fields(db: Database, kind: Kind) -> list[str]:
    done: list[str] = []
    present = _columns(db, kind.name)
    for field in kind.all_fields:
        wanted = TYPES[field.type].sql
        if field.name not in present:
            old = next((name for name in field.renamed_from if name in present), None)
            if old is not None and present[old] == wanted:
                db.execute(
                    f"ALTER TABLE {quoted(kind.name)} RENAME COLUMN {quoted(old)} TO"
                    f" {quoted(field.name)}"
                )
                done.append(f"{kind.name}.{old} → {field.name}")
            else:
                db.execute(
                    f"ALTER TABLE {quoted(kind.name)} ADD COLUMN {quoted(field.name)} {wanted}"
                )
                done.append(f"+ {kind.name}.{field.name}")
        elif present[field.name] != wanted:
            _change_type(db, kind, field, wanted)
            done.append(f"{kind.name}.{field.name}: {wanted}")
    return done


def _change_type(db: Database, kind: Kind, field: Field, wanted: str) -> None:
    """Only an empty column may change its type: anything else would lose data."""
    filled = db.execute(
        f"SELECT 1 FROM {quoted(kind.name)} WHERE {quoted(field.name)} IS NOT NULL LIMIT 1"
    ).fetchone()
    if filled:
        raise DeclarationError(
            f"{kind.name}.toml：字段 {field.name} 已有数据，不能改成「{TYPES[field.type].label}」。"
            "请另建新字段。",
            field=field.name,
        )
    held = (
        "SELECT DISTINCT i.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c"
        " WHERE c.name = ? AND i.origin = 'c'"
    )
    for (index,) in db.execute(held, [kind.name, field.name]).fetchall():
        db.execute(f"DROP INDEX {quoted(index)}")  # no column goes that an index holds
    db.execute(f"ALTER TABLE {quoted(kind.name)} DROP COLUMN {quoted(field.name)}")
    db.execute(f"ALTER TABLE {quoted(kind.name)} ADD COLUMN {quoted(field.name)} {wanted}")


def _index(db: Database, kind: Kind) -> None:
    """Partial indexes for what lists and figures ask most: live rows by unit, deadline and
    state."""
    table = quoted(kind.name)
    # One that begins a longer declared one would only cost writing time.
    wanted = [
        own for own in _usual_indexes(kind)
        if not any(columns[: len(own)] == own for columns in kind.indexes)
    ]
    wanted += kind.indexes
    for f in kind.all_fields:
        if f.unique or (type_of(f).names_record and (f.name,) not in wanted):
            wanted.append((f.name,))
    for columns in wanted:
        name = quoted(_index_name(kind, columns))
        body = ", ".join(map(quoted, columns))
        db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({body}) WHERE deleted = 0")
    name = quoted(f"{kind.name}_deleted")
    db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} (updated_at) WHERE deleted = 1")


def _usual_indexes(kind: Kind) -> Iterator[tuple[str, ...]]:
    if kind.parent:
        yield ("parent",)
    if kind.lifecycle:
        yield ("state",)
    unit = row_unit(kind)
    if unit is not None:
        yield (unit, "state") if kind.lifecycle else (unit,)
    if kind.lights:
        yield (kind.lights.deadline,)
