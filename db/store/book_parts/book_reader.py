"""What is read of an open book: records, facts, settings, the head of its log."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from db.errors import Damaged
from db.merge.versions import RowVersions
from db.model.kinds import Kinds
from db.model.records import Record, RowShape
from db.model.sql import quoted
from db.store import connect, journal, spans
from db.store.book_parts.connections import Connections
from db.store.spans import SpanShape

#: So many rows are read at once, of the first and from then on.
_FIRST, _TOGETHER = 16, 500


class BookReader(Connections):
    """A book as far as it is read, by any thread."""

    def __init__(self, path: Path, key: bytes, name: str, kinds: Kinds) -> None:
        super().__init__(path, key)
        self.name, self.kinds = name, kinds
        self._shapes: dict[str, RowShape] = {}
        self._span_shapes: dict[str, SpanShape | None] = {}
        self._site_names: dict[int, str] = {}
        self._audit_key: bytes | None = None
        self._keyed: journal.ChainMac | None = None

    def shape(self, kind: str) -> RowShape:
        """How records of a kind are read and written."""
        found = self._shapes.get(kind)
        if found is None:
            found = self._shapes[kind] = RowShape(self.kinds.get(kind))
        return found

    def span_shape(self, kind: str) -> SpanShape | None:
        """How what a record of a kind was on which days follows from its steps; None where it takes
        none."""
        if kind not in self._span_shapes:
            self._span_shapes[kind] = spans.shape_of(self.kinds, self.kinds.get(kind))
        return self._span_shapes[kind]

    def meta(self, key: str) -> str | None:
        """A fact about the book (office id, name, level …)."""
        try:
            row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        except connect.OperationalError:  # the table is not made yet
            return None
        return row[0] if row else None

    def setting(self, key: str) -> str | None:
        """An office-wide setting kept in the book (JSON text)."""
        row = self.connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def settings_under(self, prefix: str) -> dict[str, str]:
        """The settings whose keys begin so."""
        rows = self.connection.execute(
            "SELECT key, value FROM settings WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
        )
        return dict(rows.fetchall())

    @property
    def audit_key(self) -> bytes:
        """The key of the audit chain (32 bytes), which lives inside this file alone."""
        if self._audit_key is None:
            self._audit_key = bytes.fromhex(self.meta("audit_key") or "")
        return self._audit_key

    @property
    def keyed(self) -> journal.ChainMac:
        """The chain's function under that key."""
        if self._keyed is None:
            self._keyed = journal.ChainMac(self.audit_key)
        return self._keyed

    @property
    def audit_head(self) -> str:
        """The audit chain's head (16 hex digits), printed on exports and bulletins."""
        return journal.head(self.connection).hex()[:16]

    def last_change(self) -> tuple[int, str]:
        """The newest change, and the head of the chain in full, in hex."""
        (change,) = self.connection.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()
        return int(change), journal.head(self.connection).hex()

    @property
    def reached(self) -> tuple[str, int]:
        """The site this book writes as, and the last counter it used there; ("", 0) before the very
        first write."""
        return self.meta("site") or "", int(self.meta("counter") or 0)

    def site_name(self, number: int) -> str:
        """The site behind a small integer."""
        name = self._site_names.get(number)
        if name is None:
            found = self.connection.execute("SELECT name FROM sites WHERE id = ?", (number,))
            row = found.fetchone()
            if row is None:
                raise Damaged(f"版本记录指向不存在的站点 {number}，请运行“校验台账”。")
            name = self._site_names[number] = row[0]
        return name

    def versions_of(self, record: Record) -> RowVersions:
        """The version vectors of a record."""
        return RowVersions.decode(record.versions, self.site_name)

    def get(self, kind: str, uid: str) -> Record | None:
        """The record of that uid, deleted or not."""
        shape = self.shape(kind)
        row = self.connection.execute(f"{shape.select} WHERE uid = ?", (uid,)).fetchone()
        return shape.record(row) if row else None

    def records(
        self, kind: str, ids: Sequence[int] | array[int], passed_on: bool = False
    ) -> list[Record]:
        """The records of these rows, in this order; rows that are gone are left out."""
        shape = self.shape(kind)
        found: dict[int, Record] = {}
        for start in range(0, len(ids), 500):
            part = list(ids[start : start + 500])
            marks = ",".join("?" * len(part))
            for row in self.connection.execute(f"{shape.select} WHERE id IN ({marks})", part):
                found[row[0]] = shape.record(row, passed_on)
        return [found[i] for i in ids if i in found]

    def each(self, kind: str, where: str = "1",
    parameters: Sequence[object] = ()) -> Iterator[Record]:
        """Records of a kind, one by one, in the order of their rows. ``where`` is SQL of the
        program's own."""
        shape = self.shape(kind)
        found = self.connection.execute(f"{shape.select} WHERE {where} ORDER BY id", parameters)
        many = _FIRST  # many who ask stop at the first
        while rows := found.fetchmany(many):
            yield from shape.records(rows)
            many = _TOGETHER

    def blob(self, sha256: str) -> bytes:
        """The bytes of an attachment; raises ``Damaged`` when they are not what they were."""
        found = self.connection.execute("SELECT data FROM blobs WHERE sha256 = ?", (sha256,))
        row = found.fetchone()
        if row is None:
            raise Damaged("附件的内容不在台账中，请向发来工作簿的单位另要一份。")
        data = bytes(row[0])
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged("附件的内容已损坏，请从备份恢复。")
        return data

    def characters(self) -> set[str]:
        """The ideographs that its searchable texts are written with."""
        reader = self.connection
        reader.execute("PRAGMA query_only = OFF")  # for a view of the index that keeps nothing
        try:
            reader.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.written"
                " USING fts5vocab('main', 'search', 'row')"
            )
        finally:
            reader.execute("PRAGMA query_only = ON")
        found = reader.execute(
            "SELECT term FROM temp.written WHERE term >= ? AND length(term) = 1", ("\u3400",)
        )
        return {term for (term,) in found}

    def count(self, kind: str) -> int:
        """How many records of a kind are not deleted."""
        sql = f"SELECT count(*) FROM {quoted(kind)} WHERE deleted = 0"
        return int(self.connection.execute(sql).fetchone()[0])

    def is_new(self) -> bool:
        """Whether the file holds nothing yet."""
        return bool(self.writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0)
