"""Conflicts as a book keeps them until somebody decides: the table, the number by which people know
one, and whose decision it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from db.access import ownership_checks
from db.errors import BadInput
from db.merge.merge import Pending
from db.merge.versions import Authors, Vector
from db.model.records import RowShape
from db.session import Session
from db.store import signed_settings
from db.store.connect import Connection
from db.store.journal import dumps
from db.store.transaction import Transaction

_PART = 500


class Conflict(NamedTuple):
    """One line of the table. Values and vector are JSON texts, the authors' sites parted by
    blanks."""

    id: int
    kind: str
    uid: str
    field: str
    base: str | None
    theirs: str
    vector: str
    authors: str
    import_id: str | None
    sender: str
    created_at: str
    status: str = "open"
    choice: str | None = None

    @property
    def their_vector(self) -> Vector:
        """The vector of what waits."""
        return msgspec.json.decode(self.vector, type=dict[str, int])


_COLUMNS = ", ".join(Conflict._fields)


class OpenValue(NamedTuple):
    """What waits beside a record's field: its row, the value as JSON text, its vector and authors.
    """

    row_id: int
    theirs: str
    vector: Vector
    authors: Authors


#: field → what waits there, of one record
OpenFields = Mapping[str, Sequence[OpenValue]]


def number_of(row_id: int, book: str) -> int:
    """The number by which people and the command line know a conflict: twice the row's id in its
    book, and one more for the personnel book."""
    return 2 * row_id + (book != "office")


def decider(session: Session, conflict: Conflict) -> str:
    """The office that decides on a conflict as it is kept, where it is not this one."""
    return ownership_checks.waits_for(
        session, conflict.kind, conflict.uid, conflict.field, conflict.authors, conflict.vector
    )


def waiting_of(
    connection: Connection, kind: str, uids: Sequence[str]
) -> dict[str, dict[str, list[OpenValue]]]:
    """Open conflicts of these records: uid → field → what waits."""
    found: dict[str, dict[str, list[OpenValue]]] = {}
    # most books have none, and that is one look instead of one at each record
    any_waits = connection.execute(
        "SELECT 1 FROM conflicts WHERE status = 'open' AND uid > '' LIMIT 1"
    ).fetchone()
    for start in range(0, len(uids) if any_waits else 0, _PART):
        part = uids[start : start + _PART]
        marks = ",".join("?" * len(part))
        rows = connection.execute(
            "SELECT id, uid, field, theirs, vector, authors FROM conflicts WHERE status = 'open'"
            f" AND kind = ? AND uid IN ({marks}) ORDER BY id", (kind, *part),
        )
        for row_id, uid, field, theirs, vector, authors in rows:
            each = OpenValue(
                int(row_id), theirs, msgspec.json.decode(vector, type=dict[str, int]),
                tuple(authors.split()),
            )
            found.setdefault(uid, {}).setdefault(field, []).append(each)
    return found


def values_of(shape: RowShape, waiting: OpenFields) -> dict[str, list[Pending]]:
    """What waits of one record, as the merging takes it: field → values; None for one that is none
    of its field's any more."""
    if not waiting:
        return {}

    def value(name: str, text: str) -> object:
        try:
            return shape.from_json(name, msgspec.json.decode(text))
        except BadInput:
            return None

    return {
        name: [Pending(value(name, each.theirs), each.vector, each.authors) for each in some]
        for name, some in waiting.items()
    }


def add(entry: Transaction, conflict: Conflict) -> int:
    """Keep a value beside mine until somebody decides; returns the row's id."""
    names = Conflict._fields[1:11]
    cursor = entry.connection.execute(
        f"INSERT INTO conflicts ({', '.join(names)}) VALUES ({','.join('?' * len(names))})",
        conflict[1:11],
    )
    entry.settled.add(f"{signed_settings.CONFLICT}{cursor.lastrowid}")
    return int(cursor.lastrowid)


def vector_text(vector: Vector) -> str:
    """A vector as it is kept."""
    return dumps(dict(sorted(vector.items())))


def close_overtaken(
    entry: Transaction, waiting: OpenFields, left: Mapping[str, Sequence[Pending]], but: int = 0
) -> None:
    """Close what a merge has answered: of the fields in ``left``, all but what is left there (and
    the row ``but``)."""
    for name, some in left.items():
        vectors = [each.vector for each in some]
        for each in waiting.get(name, ()):
            if each.vector not in vectors and each.row_id != but:
                entry.close_conflict(each.row_id, "closed")


def reopen(entry: Transaction, row_id: int) -> None:
    """It waits again."""
    entry.settled.add(f"{signed_settings.CONFLICT}{row_id}")
    entry.connection.execute(
        "UPDATE conflicts SET status = 'open', decided_by = NULL, decided_at = NULL, choice = NULL,"
        " why = '' WHERE id = ?", (row_id,),
    )


def _select(connection: Connection, where: str, *values: object) -> Iterator[Conflict]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM conflicts WHERE {where} ORDER BY id", values)
    return map(Conflict._make, rows.fetchall())


def open_conflicts(connection: Connection) -> Iterator[Conflict]:
    """All that wait, oldest first."""
    return _select(connection, "status = 'open'")


def of_import(connection: Connection, import_id: str) -> Iterator[Conflict]:
    """All conflicts that came in with an import, whatever became of them."""
    return _select(connection, "import_id = ?", import_id)


def one(connection: Connection, row_id: int) -> Conflict | None:
    """One conflict, open or not."""
    return next(_select(connection, "id = ?", row_id), None)


def count_open(connection: Connection) -> int:
    """How many wait."""
    sql = "SELECT count(*) FROM conflicts WHERE status = 'open'"
    return int(connection.execute(sql).fetchone()[0])
