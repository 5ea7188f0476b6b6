"""Many records that already have a past, written at once: each of their writes journalled with its
own day and person.

For the made-up office, and for taking over what an office kept elsewhere. The outcome is what the
ordinary path would have left
(journal, audit chain, a vector per field), only that each row is written once, as it is in the end.
What was collected is plain data (``Batch``), so that another process can collect while this one
writes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from db.model.records import SYSTEM_FIELDS, Record
from db.model.sql import quoted
from db.store import journal, schema, spans
from db.store.transaction import CHANGE, LOG, Transaction

if TYPE_CHECKING:
    from db.store.book import Book

#: When, the how manieth of its record, by whom, under which label; action, kind, uid, the fields
#: that it changed, before and after as JSON texts.
Write: TypeAlias = tuple[str, int, str, str, str, str, str, tuple[str, ...], str, str]
_ALIKE = itemgetter(0, 2, 3)
_SYSTEM = frozenset(SYSTEM_FIELDS)
_TOLD = itemgetter(5, 6, 4, 8, 9)
_UID, _VERSIONS = 0, 4
#: Pages of the file that are kept while it is filled, in KB: fewer are written and read again.
_CACHE = 262_144
#: Writes after which a transaction of the file ends while it is filled.
_TOGETHER = 160_000


#: Of one kind: the columns that are filled, the cells of each row without its id, and what each
#: was on which days, after its place among the rows. In the cell of the versions stands by which
#: change the row was made: its place, or that and those of the fields that were written later.
Rows: TypeAlias = tuple[list[str], list[list[Any]], list[spans.Placed]]
#: When, by whom, under which label; kind, uid, action, before and after of each of its writes.
BulkChange: TypeAlias = tuple[str, str, str, list[tuple[str, str, str, str, str]]]
#: The place of the change that made a row, and of those that wrote fields of it later.
_ChangePlaces: TypeAlias = tuple[int, dict[str, int]]


class Batch(NamedTuple):
    """What a chronicle has collected: nothing but tuples, lists, texts and numbers."""

    changes: list[BulkChange]
    rows: dict[str, Rows]

    def writes(self) -> int:
        """How many they are."""
        return sum(len(logged) for _, _, _, logged in self.changes)


class DatedWrites:
    """Collects writes and carries them out in the order of their times; ``write`` is one
    transaction of the file.

    Values are taken as they are: whoever calls this has normalised and checked them; a record may
    lack fields that are blank. Writes of one record must come in the order in which they happened,
    the first one its addition; times are ISO texts to the second.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._records: list[Record] = []
        self._count: dict[str, int] = {}
        self._writes: list[Write] = []

    def __len__(self) -> int:
        return len(self._writes)

    def add(self, record: Record, at: str, by: str, label: str) -> Record:
        """A new record, with the values it has now."""
        after = self.book.shape(record.kind).plain(record.values)
        after |= {name: value for name in SYSTEM_FIELDS if (value := getattr(record, name))}
        record.created_at = record.updated_at = at
        record.created_by = record.updated_by = by
        self._records.append(record)
        self._count[record.uid] = 0
        logged = (at, 0, by, label, "add", record.kind, record.uid, (), "{}", journal.dumps(after))
        self._writes.append(logged)
        return record

    def change(
        self, record: Record, values: Mapping[str, object], at: str, by: str, label: str,
        action: str = "edit",
    ) -> None:
        """Change fields (and ``state``) of a record that was added here; what does not differ is
        passed over."""
        shape, uid = self.book.shape(record.kind), record.uid
        held = record.values
        was = {name: held.get(name) for name in values}
        for name in _SYSTEM & was.keys():
            was[name] = getattr(record, name)
        changed = {name: value for name, value in values.items() if was[name] != value}
        if not changed:
            return
        before, after = shape.in_log(was.__getitem__, changed)
        for name in _SYSTEM & changed.keys():
            setattr(record, name, changed.pop(name))
        held |= changed
        record.updated_at, record.updated_by = at, by
        self._count[uid] = number = self._count[uid] + 1
        logged = journal.dumps(before), journal.dumps(after)
        self._writes.append(
            (at, number, by, label, action, record.kind, uid, tuple(after), *logged)
        )

    def taken(self) -> Batch:
        """What was collected, in the order of its times; the chronicle is empty after."""
        self._writes.sort(key=itemgetter(0, 1, 2, 3))
        changes, made = list[BulkChange](), dict[str, int | _ChangePlaces]()
        for place, ((at, by, label), alike) in enumerate(groupby(self._writes, _ALIKE)):
            writes = list(alike)
            for write in writes:
                _versions(made, place, write)
            changes.append((at, by, label, list(map(_TOLD, writes))))
        by_kind: dict[str, list[Record]] = {}
        for record in self._records:
            by_kind.setdefault(record.kind, []).append(record)
        rows = {kind: self._rows(kind, records, made) for kind, records in by_kind.items()}
        self._writes, self._records = [], []
        self._count.clear()
        return Batch(changes, rows)

    def _rows(
        self, kind: str, records: list[Record], made: Mapping[str, int | _ChangePlaces]
    ) -> Rows:
        """The rows of a kind with what each was on which days."""
        columns, rows = self.book.shape(kind).filled(records)
        for cells in rows:
            cells[_VERSIONS] = made[cells[_UID]]
        held = self.book.span_shape(kind)
        placed = [
            (place, *span) for place, record in enumerate(records) for span in held.of(record)
        ] if held is not None else []
        return columns, rows, placed

    def write(self, source: str = "history") -> int:
        """Carry all out and forget them; returns how many writes it were."""
        batch = self.taken()
        write(self.book, batch, source)
        return batch.writes()


class _Log:
    """The end of the log while changes are written one after the other: their numbers go on in
    memory, and all rows are put down together."""

    def __init__(self, book: Book, many: int) -> None:
        self._writer = book.writer
        self.mac, self.first = journal.chain_end(self._writer)
        self.counter = book.next_counter(many) - 1
        (self.number,) = self._writer.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'changes'"
        ).fetchone()
        self.changes, self.rows = list[tuple[object, ...]](), list[tuple[object, ...]]()

    def put_down(self) -> None:
        """Write all that was told."""
        self._writer.executemany(CHANGE, self.changes)
        self._writer.executemany(LOG, self.rows)


class _Moment(Transaction):
    """A change among others that are put down together."""

    def __init__(self, log: _Log, book: Book, by: str, source: str, label: str) -> None:
        super().__init__(book, by, source, label)
        self._end = log

    def _register(self, registered: journal.Registered) -> int:
        log = self._end
        log.number += 1
        log.counter += 1
        self._mac, self._counter = log.mac, log.counter
        log.changes.append((log.number, *registered, log.first + len(log.rows)))
        return int(log.number)

    def flush(self) -> None:
        """Hand over what is buffered."""
        self._put_down_vectors()
        self._end.rows += self._pending
        self._end.mac = self._mac
        self._pending.clear()


def write(book: Book, batch: Batch, source: str) -> None:
    """Carry out what a chronicle has collected, in one transaction of the file."""
    counters: list[int] = []
    with book.atomic("", source) as outer:
        log = _Log(book, len(batch.changes))
        for at, by, label, logged in batch.changes:
            current = _Moment(log, book, by, source, label)
            current.at = at
            _, counter = current.tick()
            counters.append(counter)
            current.journal_many(logged)
            current.finish()
        log.put_down()
        site = book.site_number(book.site)
        plain = [f"[[{site},{counter}]]" for counter in counters]
        for kind, (columns, rows, held) in batch.rows.items():
            for cells in rows:
                made = cells[_VERSIONS]
                cells[_VERSIONS] = (
                    plain[made] if made.__class__ is int else _encoded(site, counters, *made)
                )
            outer.insert_cells(kind, columns, rows, held)


def _versions(made: dict[str, int | _ChangePlaces], place: int, write: Write) -> None:
    """The change of the row, and those of the fields that were written later."""
    uid = write[6]
    if write[4] == "add":
        made[uid] = place
        return
    row = made[uid]
    first, fields = row if isinstance(row, tuple) else (row, dict[str, int]())
    if place != first:
        fields |= dict.fromkeys(write[7], place)
        made[uid] = first, fields


def _encoded(site: int, counters: list[int], row: int, fields: Mapping[str, int]) -> str:
    """As ``RowVersions.encode`` writes what one site alone has written."""
    by_name = {name: (site, counters[fields[name]]) for name in sorted(fields)}
    return journal.dumps(((site, counters[row]), by_name))


class Filling:
    """Writes batches, some of them in one transaction of the file: identifiers lie all over their
    index, and each of its pages is written once for all of these."""

    def __init__(self, book: Book) -> None:
        self._book, self._open, self._held = book, contextlib.ExitStack(), 0

    def write(self, batch: Batch, source: str) -> None:
        """Carry out what a chronicle has collected."""
        if not self._held:
            self._open.enter_context(self._book.atomic("", source))
        write(self._book, batch, source)
        self._held += batch.writes()
        if self._held >= _TOGETHER:
            self._open.close()
            self._held = 0

    def __enter__(self) -> Filling:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)


@contextlib.contextmanager
def filling(book: Book, *, log_at_end: bool = True) -> Iterator[Filling]:
    """While much is written into a book: more of it is kept in memory, and indexes into which each
    row would be written at another place are made at the end, in order (``log_at_end``: that of
    the change log too, as is best unless it is short enough for that memory and who writes has
    time to spare). A book that is left in between gets them when it is opened."""
    writer = book.writer
    (before,) = writer.execute("PRAGMA cache_size").fetchone()
    writer.execute(f"PRAGMA cache_size = -{_CACHE}")
    indexes, form = schema.scattered(writer, book.kinds, book.name), str(book.meta("fingerprint"))
    indexes = [each for each in indexes if log_at_end or each[0] != schema.LOG_BY_RECORD]
    book.set_meta(fingerprint="")
    for name, _ in indexes:
        writer.execute(f"DROP INDEX {quoted(name)}")
    try:
        with Filling(book) as batches:
            yield batches
    finally:
        for _, statement in indexes:
            writer.execute(statement)
        book.set_meta(fingerprint=form)
        writer.execute(f"PRAGMA cache_size = {before}")
        writer.execute("PRAGMA shrink_memory")
