"""Many records that already have a past, written at once: each of their writes journalled with its
own day and person.

For the made-up office, and for taking over what an office kept elsewhere. The outcome is what the
ordinary path would have left
(journal, audit chain, a vector per field), only that each row is written once, as it is in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from db.merge.versions import RowVersions
from db.model.records import SYSTEM_FIELDS, Record
from db.store import journal
from db.store.transaction import Transaction

if TYPE_CHECKING:
    from db.store.book import Book


class Chronicle:
    """Collects writes and carries them out in the order of their times; ``write`` is one
    transaction of the file.

    Values are taken as they are: whoever calls this has normalised and checked them. Writes of one
    record must come in the order in which they happened, the first one its addition; times are ISO
    texts to the second.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._records: dict[str, Record] = {}
        self._count: dict[str, int] = {}
        self._writes: list[tuple[str, int, str, str, str, Record, tuple[str, ...], str, str]] = []

    def __len__(self) -> int:
        return len(self._writes)

    def add(self, record: Record, at: str, by: str, label: str) -> Record:
        """A new record, with the values it has now."""
        shape = self.book.shape(record.kind)
        after = {n: shape.to_json(n, v) for n, v in record.values.items() if v is not None}
        for name in SYSTEM_FIELDS:
            if getattr(record, name):
                after[name] = getattr(record, name)
        record.created_at = record.updated_at = at
        record.created_by = record.updated_by = by
        self._records[record.uid] = record
        self._count[record.uid] = 0
        self._writes.append((at, 0, by, label, "add", record, (), "{}", journal.dumps(after)))
        return record

    def change(
        self, record: Record, values: Mapping[str, object], at: str, by: str, label: str,
        action: str = "edit",
    ) -> None:
        """Change fields (and ``state``) of a record that was added here; what does not differ is
        passed over."""
        changed = {n: v for n, v in values.items() if record.get(n) != v}
        if not changed:
            return
        shape = self.book.shape(record.kind)
        before = journal.dumps({n: shape.to_json(n, record.get(n)) for n in changed})
        after = journal.dumps({n: shape.to_json(n, v) for n, v in changed.items()})
        for name, value in changed.items():
            if name in SYSTEM_FIELDS:
                setattr(record, name, value)
            else:
                record.values[name] = value
        record.updated_at, record.updated_by = at, by
        self._count[record.uid] += 1
        self._writes.append(
            (at, self._count[record.uid], by, label, action, record, tuple(changed), before, after)
        )

    def write(self, source: str = "history") -> int:
        """Carry all out and forget them; returns how many writes it were."""
        self._writes.sort(key=lambda w: w[:4])
        vectors: dict[str, RowVersions] = {}
        with self.book.atomic("", source) as outer:
            current: Transaction | None = None
            for at, _, by, label, action, record, names, before, after in self._writes:
                if current is None or (current.at, current.by, current.label) != (at, by, label):
                    if current is not None:
                        current.finish()
                    current = Transaction(self.book, by, source, label)
                    current.at = at
                site, counter = current.tick()
                if action == "add":
                    vectors[record.uid] = RowVersions({site: counter})
                else:
                    known = vectors[record.uid]
                    for name in names:
                        known.set(name, {site: counter})
                current.journal(record.kind, record.uid, action, before, after)
            if current is not None:
                current.finish()
            self._rows(outer, vectors)
        number = len(self._writes)
        self._writes.clear()
        self._records.clear()
        self._count.clear()
        return number

    def _rows(self, outer: Transaction, vectors: Mapping[str, RowVersions]) -> None:
        by_kind: dict[str, list[Record]] = {}
        for record in self._records.values():
            record.versions = vectors[record.uid].encode(self.book.site_number)
            by_kind.setdefault(record.kind, []).append(record)
        for records in by_kind.values():
            outer.insert_rows(records)
            outer.wait_for_index(records)
