"""One transaction on one book: every write of every record goes through here, versioned and
journalled alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from db.merge.merge import DELETED, is_answered_by_live_record
from db.merge.versions import RowVersions
from db.model.ids import record_uid
from db.model.records import SYSTEM_FIELDS, Record, RowShape
from db.model.sql import quoted
from db.store import fulltext, journal, repair_losses, signed_settings, signing, spans
from db.store.journal import Change

if TYPE_CHECKING:
    from db.store.book_protocol import BookFile

_BATCH, _VECTORS = 2_000, 500
#: A record, the values and the vectors that it is to have.
Merged: TypeAlias = tuple[Record, Mapping[str, object], RowVersions]
CHANGE = (
    "INSERT INTO changes (id, at, by, source, label, site, import_id, undoes, first) VALUES (?, ?,"
    " ?, ?, ?, ?, ?, ?, ?)"
)
LOG = (
    "INSERT INTO journal (change_id, kind, uid, action, before, after, mac) VALUES (?, ?, ?, ?, ?,"
    " ?, ?)"
)
#: Of one kind many at once, their ids as a JSON list.
_WAITING = "INSERT OR IGNORE INTO search_waiting (kind, rec) SELECT ?, value FROM json_each(?)"


def now() -> str:
    """Local time to the second, for display only: no rule of the product trusts a clock."""
    return dt.datetime.now().isoformat(timespec="seconds")


class Transaction:
    """Made by ``Book.atomic`` only. Values given to it are normalised already; it does not judge,
    it keeps.
    """

    def __init__(
        self, book: BookFile, by: str, source: str, label: str, import_id: str | None = None
    ) -> None:
        self.book = book
        self.connection = book.writer
        self.by, self.source, self.label, self.import_id = by, source, label, import_id
        self.undoes: int | None = None
        self.at = now()
        self.change: Change | None = None
        self._pending: list[tuple[object, ...]] = []
        #: records whose search texts are written at the end
        self._searched: dict[tuple[str, int], Record] = {}
        #: what was settled here that is no record and that the log notes (``signed_settings.py``)
        self.settled = set[str]()
        self._mac, self._keyed = b"", book.keyed
        self._counter = 0
        #: uid → versions that were not made by ticks of this site, to be journalled as they came
        #: out
        self._vectors: dict[str, tuple[str, int]] = {}
        #: table, whether it is stamped, fields → the statement that writes them
        self._updates: dict[tuple[str, bool, tuple[str, ...]], str] = {}

    # -- the change and its journal ----------------------------------------------------------------

    def begin(self) -> Change:
        """Register the change; done at the first write, so that an empty transaction leaves no
        trace."""
        if self.change is not None:
            return self.change
        registered = (
            self.at, self.by, self.source, self.label, self.book.site, self.import_id, self.undoes
        )
        number = self._register(registered)
        self.change = Change(number, self.at, self.by, self.source, self.label, self.book.name)
        text = journal.change_text(*registered)
        self._log("", "", "change", str(self._counter), text)
        return self.change

    def _register(self, registered: journal.Registered) -> int:
        """Go on from the end of the log; returns the number of the change."""
        self._counter = self.book.next_counter()
        self._mac, first = journal.chain_end(self.connection)
        return int(self.connection.execute(CHANGE, (None, *registered, first)).lastrowid)

    def note(self, action: str, text: str) -> None:
        """Journal a fact that is no record's: a login, an export, a changed role."""
        self.begin()
        self._log("", "", action, "{}", journal.dumps({"text": text}))

    def _log(self, kind: str, uid: str, action: str, before: str, after: str) -> None:
        self._put_down(kind, uid, action, before, after)
        if len(self._pending) >= _BATCH:
            self.flush()

    def _put_down(self, kind: str, uid: str, action: str, before: str, after: str) -> None:
        change = self.change
        assert change is not None
        self._mac = self._keyed.mac(self._mac, change.id, kind, uid, action, before, after)
        self._pending.append((change.id, kind, uid, action, before, after, self._mac))
        if uid:
            change.records.append((kind, uid, action))

    def flush(self) -> None:
        """Write out what is buffered; called before commit and whenever the buffer is full."""
        self._put_down_vectors()
        if self._pending:
            self.connection.executemany(LOG, self._pending)
            self._pending.clear()

    def _put_down_vectors(self) -> None:
        held, self._vectors = list(self._vectors.items()), {}
        for start in range(0, len(held), _VECTORS):
            rows = [(uid, *each) for uid, each in held[start : start + _VECTORS]]
            self._put_down("", "", "versions", "", journal.dumps(rows))

    def finish(self) -> None:
        """Write out what is buffered and sign the change; nothing is written to it after."""
        self._index_all()
        signer = self.book.signers.get(self.by)
        self._note_standing(signer is not None and signer.administers)
        self._put_down_vectors()
        if self.change is not None and signer is not None:
            text = signer.sign(self.connection, self.change.id, self._mac)
            self._put_down("", "", signing.ACTION, "", text)
        self.flush()

    def _note_standing(self, by_administrator: bool) -> None:
        """What was settled here; and by an administrator the lifecycles, where they are new."""
        if self.settled:
            self.begin()
            noted = {name: signed_settings.value(self.book, name) for name in sorted(self.settled)}
            self._log("", "", signed_settings.SETTINGS, "", journal.dumps(noted))
        if self.change is not None and by_administrator and not self.book.lifecycles_noted:
            if text := signed_settings.lifecycles(self.book):
                self._log("", "", signed_settings.RULES, "", text)
                signed_settings.note_lifecycles(self.book, text)
            self.book.lifecycles_noted = True

    # -- records -----------------------------------------------------------------------------------

    def add(
        self,
        kind: str,
        values: Mapping[str, object],
        *,
        uid: str | None = None,
        parent: str | None = None,
        state: str | None = None,
    ) -> Record:
        """A new record written here: its row's vector is this site's tick."""
        self.begin()
        versions = RowVersions({self.book.site: self._counter})
        record = Record(
            kind, 0, uid or record_uid(), parent, state, False,
            versions.encode(self.book.site_number), self.at, self.by, self.at, self.by,
            dict(values),
        )  # fmt: skip
        self._insert([record])
        self._index(record)
        return record

    def add_many(self, records: Sequence[Record]) -> None:
        """Many new records at once, each with its ``versions`` already set or empty (then: written
        here).

        They are searchable after the next ``Book.index_waiting``; the caller gives uids and times.
        """
        if not records:
            return
        self.begin()
        own = RowVersions({self.book.site: self._counter}).encode(self.book.site_number)
        for record in records:
            if not record.versions:
                record.versions = own
            else:
                self._vectors[record.uid] = (record.versions, record.issuer)
        for start in range(0, len(records), _BATCH):
            self._insert(records[start : start + _BATCH])
        self._wait(records)

    def _insert(self, records: Sequence[Record]) -> None:
        self.insert_rows(records)
        for record in records:
            self._log(record.kind, record.uid, "add", "{}", self._whole(record))

    def _whole(self, record: Record) -> str:
        """All that a record holds, as the journal keeps it."""
        shape = self.book.shape(record.kind)
        after = {n: shape.to_json(n, v) for n, v in record.values.items() if v is not None}
        after |= {name: getattr(record, name) for name in SYSTEM_FIELDS if getattr(record, name)}
        return journal.dumps(after)

    def journal_as_found(self, record: Record) -> None:
        """Journal a record as it is, where a repair has found that it is not as the log has it."""
        self.begin()
        self._log(record.kind, record.uid, repair_losses.STANDS, "{}", self._whole(record))
        self._vectors[record.uid] = (record.versions, record.issuer)

    def insert_rows(self, records: Sequence[Record]) -> None:
        """The rows alone, of one kind; whoever calls this has journalled them
        (``db/store/bulk.py``)."""
        shape = self.book.shape(records[0].kind)
        if len(records) == 1:
            record = records[0]
            record.id = int(self.connection.execute(shape.insert, shape.row(record)).lastrowid)
        else:
            first = self._next_id(shape)
            self._insert_cells(shape, shape.columns, map(shape.row, records))
            for number, record in enumerate(records, first):
                record.id = number
        held = self.book.span_shape(records[0].kind)
        if held is not None:
            spans.write(self.connection, held, records, fresh=True)

    def _next_id(self, shape: RowShape) -> int:
        """The id of the row that is written next."""
        (last,) = self.connection.execute(
            f"SELECT coalesce(max(id), 0) FROM {shape.table}"
        ).fetchone()
        return int(last) + 1

    def _insert_cells(
        self, shape: RowShape, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Rows one after the other, of these columns."""
        self.connection.executemany(
            f"INSERT INTO {shape.table} ({', '.join(map(quoted, columns))}) VALUES"
            f" ({', '.join('?' * len(columns))})", rows,
        )

    def insert_cells(
        self, kind: str, columns: Sequence[str], rows: Sequence[Sequence[Any]],
        held: Sequence[spans.Placed],
    ) -> None:
        """Rows of one kind as they are kept, of these columns, with what they were on which days;
        searchable after the next ``Book.index_waiting``. Whoever calls this has journalled them
        (``db/store/bulk.py``)."""
        shape = self.book.shape(kind)
        first = self._next_id(shape)
        self._insert_cells(shape, columns, rows)
        spans.insert_placed(self.connection, kind, first, held)
        self.connection.execute(
            f"INSERT OR IGNORE INTO search_waiting SELECT ?, id FROM {shape.table} WHERE id >= ?",
            (kind, first),
        )

    def update(
        self, record: Record, values: Mapping[str, object], *, action: str = "edit",
        index: bool = True,
    ) -> list[str]:
        """Write the fields that differ; each gets this site's tick. Changes ``record`` too; returns
        their names. With ``index`` off nothing changed that is searched.
        """
        changed = {n: v for n, v in values.items() if record.get(n) != v}
        if not changed:
            return []
        self.begin()
        old = self.book.versions_of(record)
        return self._put(
            record, changed, old.with_write(changed, self.book.site, self._counter), action, index
        )

    def merge(
        self, record: Record, values: Mapping[str, object], versions: RowVersions, *,
        action: str = "merge",
        index: bool = True,
    ) -> list[str]:  # fmt: skip
        """Write fields and vectors as the algebra of the exchange worked them out (no tick of this
        site).

        ``versions`` is the whole new state of the record's vectors; equal values may still bring
        joined vectors. With ``index`` off (many at once) the caller hands the records to
        ``wait_for_index``.
        """
        changed = {n: v for n, v in values.items() if record.get(n) != v}
        if not changed and versions == self.book.versions_of(record):
            return []
        self.begin()
        self._vectors.setdefault(record.uid, ("", record.issuer))  # filled in as they come out
        return self._put(record, changed, versions, action, index)

    def merge_many(self, kind: str, merges: Iterable[Merged]) -> list[Record]:
        """What ``merge`` does with many records of one kind, each of them once, of which neither
        life nor spans change; those whose values did, for ``wait_for_index``."""
        shape, written = self.book.shape(kind), list[Record]()
        rows: dict[str, list[list[object]]] = {}
        logged: list[tuple[str, str, str, str, str]] = []
        for record, values, versions in merges:
            changed = {n: v for n, v in values.items() if record.get(n) != v}
            if not changed and versions == self.book.versions_of(record):
                continue
            self.begin()
            before, after = map(journal.dumps, shape.in_log(record.get, changed))
            sql, cells = self._take(shape, record, changed, versions, "merge")
            rows.setdefault(sql, []).append(cells)
            self._vectors[record.uid] = (record.versions, record.issuer)
            if changed:
                written.append(record)
                logged.append((kind, record.uid, "merge", before, after))
        for sql, many in rows.items():
            self.connection.executemany(sql, many)
        if logged:
            self._chain(logged)
            self.begin().records.extend(each[:3] for each in logged)
        self.flush()
        return written

    def _put(
        self,
        record: Record,
        changed: Mapping[str, object],
        versions: RowVersions,
        action: str,
        index: bool = True,
    ) -> list[str]:
        shape = self.book.shape(record.kind)
        before, after = map(journal.dumps, shape.in_log(record.get, changed))
        sql, cells = self._take(shape, record, changed, versions, action)
        if record.uid in self._vectors:
            self._vectors[record.uid] = (record.versions, record.issuer)
        self.connection.execute(sql, cells)
        if changed.get(DELETED) is False:
            self._answer_by_living(record, versions)
        if changed:
            self._span(record, changed)
            self._log(record.kind, record.uid, action, before, after)
            if index:
                self._index(record)
        if len(self._vectors) >= _BATCH:
            self.flush()
        return list(changed)

    def _take(
        self, shape: RowShape, record: Record, changed: Mapping[str, object],
        versions: RowVersions, action: str,
    ) -> tuple[str, list[object]]:
        """Take values and vectors into the record; the statement that writes them, and its cells.
        """
        record.versions = versions.encode(self.book.site_number)
        cells: list[object] = [record.versions]
        names = tuple(changed)
        stamped = bool(names) and action != journal.STEPS
        if stamped:
            record.updated_at, record.updated_by = self.at, self.by
            cells += [self.at, self.by]
        for name, value in changed.items():
            cells.append(shape.to_db(name, value))
            if name in SYSTEM_FIELDS:
                setattr(record, name, value)
            else:
                record.values[name] = value
        key = (shape.table, stamped, names)
        if (sql := self._updates.get(key)) is None:
            sets = ("versions", *(("updated_at", "updated_by") if stamped else ()), *names)
            wanted = ", ".join(f"{quoted(name)} = ?" for name in sets)
            sql = self._updates[key] = f"UPDATE {shape.table} SET {wanted} WHERE id = ?"
        return sql, [*cells, record.id]

    def _answer_by_living(self, record: Record, versions: RowVersions) -> None:
        """It was brought back: nobody need be asked any more whether it should live. What waits at
        its fields is asked as ever."""
        rows = self.connection.execute(
            "SELECT id, vector FROM conflicts WHERE uid = ? AND field = ? AND kind = ? AND"
            " status = 'open' AND theirs = 'false'", (record.uid, DELETED, record.kind),
        )
        for row, text in rows.fetchall():
            question = msgspec.json.decode(text, type=dict[str, int])
            if is_answered_by_live_record(question, versions.of(DELETED)):
                self.close_conflict(row, "closed")

    def close_conflict(self, row: int, status: str, choice: str = "", why: str = "") -> None:
        """``decided`` by a person, ``closed`` by a later write that had seen it, ``withdrawn`` with
        its import."""
        self.settled.add(f"{signed_settings.CONFLICT}{row}")
        self.connection.execute(
            "UPDATE conflicts SET status = ?, decided_by = ?, decided_at = ?, choice = ?, why = ?"
            " WHERE id = ?", (status, self.by, self.at, choice, why, row),
        )

    def _span(self, record: Record, changed: Mapping[str, object]) -> None:
        """What the record was on which days, where that changed."""
        held = self.book.span_shape(record.kind)
        if held is not None and not held.watched.isdisjoint(changed):
            spans.write(self.connection, held, [record], fresh=False)

    def tick(self) -> tuple[str, int]:
        """This site and the counter of this change, for a vector made outside (a decision)."""
        self.begin()
        return self.book.site, self._counter

    # -- search ------------------------------------------------------------------------------------

    def _index(self, record: Record) -> None:
        """At the end, once however often it is written: a row that is indexed again and again in
        one transaction, and in the one that takes it back, breaks a table that keeps no texts."""
        self._searched[record.kind, record.id] = record

    def _index_all(self) -> None:
        for record in self._searched.values():
            fulltext.index(self.connection, self.book.kinds.get(record.kind), [record])
        self._searched.clear()

    def journal(self, kind: str, uid: str, action: str, before: str, after: str) -> None:
        """Journal a write whose row is written apart; ``before`` and ``after`` are JSON texts."""
        self.begin()
        self._log(kind, uid, action, before, after)

    def journal_many(self, logged: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Journal writes whose rows are written apart (``db/store/bulk.py``): kind, uid, action,
        before and after as JSON texts. They are announced to nobody."""
        self.begin()
        self._put_down_vectors()
        self._chain(logged)

    def _chain(self, logged: Iterable[tuple[str, str, str, str, str]]) -> None:
        rows = self._keyed.chained(self._mac, self.begin().id, logged)
        self._pending += rows
        self._mac = rows[-1][-1] if rows else self._mac

    def wait_for_index(self, records: Iterable[Record]) -> None:
        """These records are to be searchable after the next ``Book.index_waiting``."""
        self._wait(records)

    def _wait(self, records: Iterable[Record]) -> None:
        ids: dict[str, list[int]] = {}
        for record in records:
            ids.setdefault(record.kind, []).append(record.id)
        for kind, some in ids.items():
            self.connection.execute(_WAITING, (kind, journal.dumps(some)))

    # -- attachments -------------------------------------------------------------------------------

    def keep_blob(self, sha256: str, data: bytes) -> None:
        """Keep a file's bytes under their SHA-256; a second copy costs nothing."""
        self.connection.execute(
            "INSERT OR IGNORE INTO blobs (sha256, size, data) VALUES (?, ?, ?)",
            (sha256, len(data), data),
        )
