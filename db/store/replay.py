"""What the tables must hold, replayed from the journal: values, version vectors with their authors,
who wrote last; what differs is named.

A write of this book is known from its change, which says as which site and at which counter it was
made. What was worked out elsewhere (merged, decided, taken in) is journalled as it came out, under
the action ``versions``. What an earlier program wrote did neither, so of records that were not
touched since the values alone are held against the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from db.errors import Damaged
from db.merge.versions import RowVersions, tick
from db.model.records import OWN, UNKNOWN, Values
from db.store import gaps, journal

if TYPE_CHECKING:
    from db.model.declarations import Kind
    from db.model.records import Record, RowShape
    from db.store.book_file import BookFile

#: Records held in memory together; of more, the journal is read several times.
_AT_ONCE, _MOST_PARTS, _MOST = 150_000, 16, 20
_LABELS = {"state": "状态", "deleted": "删除标记", "parent": "所属事项"}
_ROW = (
    "SELECT change_id, kind, uid, action, before, after FROM journal WHERE action IN ('change',"
    " 'versions') OR (uid <> '' AND {}) ORDER BY seq"
)

_decode_values = msgspec.json.Decoder(dict[str, Any]).decode
_decode_change = msgspec.json.Decoder(
    tuple[str, str, str, str, str, str | None, int | None]
).decode
_decode_rows = msgspec.json.Decoder(list[tuple[str, str, int]]).decode


class _Change:
    """Who wrote, as which site, at which of its counters; 0 where an earlier program did not
    say."""

    __slots__ = ("by", "counter", "site")

    def __init__(self, by: str, site: str, counter: int) -> None:
        self.by, self.site, self.counter = by, site, counter


class _Known:
    """One record as the journal tells of it."""

    __slots__ = ("creator", "values", "writer")

    def __init__(self) -> None:
        self.values: Values = {}
        self.creator = self.writer = ""


class _Vectors:
    """The versions of a record: as they were journalled, and the writes of this book since.
    ``text``: None where they are not known."""

    __slots__ = ("issuer", "text", "ticks")

    def __init__(self) -> None:
        self.text: str | None = None
        self.issuer: int | None = None
        self.ticks: list[tuple[_Change, list[str]]] = []

    def begun(self, change: _Change) -> None:
        """The record was made here."""
        self.ticks = []
        self.text, self.issuer = None, None
        if change.counter:
            self.text, self.issuer = "", OWN
            self.ticks.append((change, []))

    def worked_out(self, book: BookFile) -> RowVersions | None:
        """What they must be; None where nobody can say. ``ValueError`` where the journal holds no
        vectors."""
        if self.text is None or any(not change.counter for change, _ in self.ticks):
            return None
        ticks = self.ticks
        if self.text:
            found = RowVersions.decode(self.text, book.site_name)
        else:
            found, ticks = RowVersions({ticks[0][0].site: ticks[0][0].counter}), ticks[1:]
        for site, written in _by_site(ticks):
            for name, counter in written.items():
                found.set(name, tick(found.of(name), site, counter), (site,))
        return found


def differences(book: BookFile, read: Replay | None = None) -> Iterator[str]:
    """A sentence for each record that is not as the journal has left it, twenty at most. ``read``:
    what the journal tells, if somebody has read it whole. Reads everything: runs in a worker."""
    told = 0
    gone: list[tuple[str, str]] = []
    used = dict[str, int]()
    for kind, uid, wrong in found(book, read, used):
        if not wrong:
            gone.append((kind.name, uid))
            continue
        told += 1
        yield f"「{kind.label}」{uid} 的 {'、'.join(wrong[:5])} 与修改记录不符。"
        if told == _MOST:
            return
    if gone:
        name, uid = gone[0]
        first = f"「{book.kinds.get(name).label}」{uid}"
        yield f"有 {len(gone)} 条记录（如{first}）在表中不见了。"
    yield from _counter(book, used)


def _by_site(ticks: list[tuple[_Change, list[str]]]) -> Iterator[tuple[str, dict[str, int]]]:
    """Writes that follow each other from one site come to the last of each field."""
    for site, group in groupby(ticks, lambda each: each[0].site):
        yield site, {name: change.counter for change, names in group for name in names}


def parts_of(book: BookFile) -> int:
    """How many times the journal is read, so that what is held in memory stays small."""
    counts = [
        book.connection.execute(f"SELECT count(*) FROM {book.shape(kind.name).table}").fetchone()
        for kind in book.kinds.in_book(book.name)
    ]
    return min(_MOST_PARTS, 1 + sum(int(count) for (count,) in counts) // _AT_ONCE)


def found(
    book: BookFile, read: Replay | None = None, used: dict[str, int] | None = None
) -> Iterator[tuple[Kind, str, list[str]]]:
    """Each record that is not as the journal has left it, with what of it is not; nothing for one
    that is no longer there. ``used`` is told the newest counter of each site."""
    parts = parts_of(book)
    for part in range(parts):
        where = "1" if parts == 1 else f"unicode(substr(uid, -1)) % {parts} = {part}"
        if read is None or parts > 1:
            read = Replay(parts, part)
            for row in book.connection.execute(_ROW.format(where)):
                read.row(*row)
        for kind in book.kinds.in_book(book.name):
            shape = book.shape(kind.name)
            for record in book.each(kind.name, where):
                wrong = _wrong(
                    book, shape, record, read.known.pop((kind.name, record.uid), None),
                    read.vectors.get(record.uid),
                )
                if wrong:
                    yield kind, record.uid, wrong
        for name, uid in read.known:
            if name in book.kinds:
                yield book.kinds.get(name), uid, []
        if used is not None:
            used |= read.used


class Replay:
    """What the journal tells of the records, row by row; of one part of them, by the last letter of
    their uids."""

    def __init__(self, parts: int = 1, part: int = 0) -> None:
        self._parts, self._part = parts, part
        self.known: dict[tuple[str, str], _Known] = {}
        self.vectors: dict[str, _Vectors] = {}
        #: site → the newest of its counters
        self.used: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._change, self._change_id = _Change("", "", 0), 0

    def row(
        self, change_id: int, kind: str, uid: str, action: str, before: str, after: str
    ) -> None:
        """The next row."""
        if uid:
            if change_id != self._change_id:  # its first row is lost
                self._change, self._change_id = _Change("", "", 0), change_id
            self._record(kind, uid, action, after)
        elif action == "change":
            _, by, _, _, site, *_ = _decode_change(after)
            by, site = self._names.setdefault(by, by), self._names.setdefault(site, site)
            self._change, self._change_id = _Change(by, site, int(before or 0)), change_id
            self.used[site] = max(self.used.get(site, 0), self._change.counter)
        elif action == "versions":
            for each, text, issuer in _decode_rows(after):
                if self._parts == 1 or ord(each[-1]) % self._parts == self._part:
                    found = self.vectors.setdefault(each, _Vectors())
                    found.text, found.issuer, found.ticks = text, issuer, []

    def _record(self, kind: str, uid: str, action: str, after: str) -> None:
        change, values = self._change, _decode_values(after)
        if action in (gaps.GONE, gaps.STANDS):  # a repair: from here on
            self.known.pop((kind, uid), None)
            self.vectors.pop(uid, None)
            if action == gaps.STANDS:
                self.known[kind, uid] = stands = _Known()
                stands.values = values
            return
        record = self.known.get((kind, uid))
        if record is None:
            record = self.known[kind, uid] = _Known()
        record.values.update(values)
        if action != journal.STEPS:
            record.writer = change.by
        written = self.vectors.get(uid)
        if written is None:
            written = self.vectors[uid] = _Vectors()
        if action == "add":
            record.creator = change.by
            written.begun(change)
        else:
            written.ticks.append((change, list(values)))


def _wrong(
    book: BookFile, shape: RowShape, record: Record, known: _Known | None, vectors: _Vectors | None
) -> list[str]:
    if known is None:
        return ["整条"]
    there = {n: shape.to_json(n, v) for n, v in record.values.items() if v is not None}
    there |= {n: record.get(n) for n in ("state", "deleted", "parent")}
    found: list[str] = []
    if {n: v for n, v in there.items() if v} != {n: v for n, v in known.values.items() if v}:
        found = [
            _label(shape, n) for n in (*shape.names, "state", "deleted", "parent")
            if (there.get(n) or None) != (known.values.get(n) or None)
        ]
    if known.creator and (record.created_by, record.updated_by) != (known.creator, known.writer):
        found.append("登记人、修改人")
    if vectors is not None:
        if vectors.issuer not in (None, UNKNOWN, record.issuer):
            found.append("交办单位")
        found += _wrong_versions(book, shape, record, vectors)
    return found


def _label(shape: RowShape, name: str) -> str:
    return shape.by_name[name].label if name in shape.by_name else _LABELS.get(name, name)


def _wrong_versions(
    book: BookFile, shape: RowShape, record: Record, vectors: _Vectors
) -> list[str]:
    try:
        wanted, there = vectors.worked_out(book), book.versions_of(record)
    except (ValueError, Damaged):
        return ["版本"]
    if wanted is None or wanted == there:
        return []
    names = (*shape.names, "state", "deleted", "parent")
    apart = [
        n for n in names
        if (wanted.of(n), wanted.authors_of(n)) != (there.of(n), there.authors_of(n))
    ]
    if len(apart) == len(names):
        return ["版本"]
    return [f"版本（{'、'.join(_label(shape, n) for n in apart[:3])}）"]


def _counter(book: BookFile, counters: dict[str, int]) -> Iterator[str]:
    """A counter that went back would be given out a second time, and others would pass over what
    was written with it."""
    site, counter = book.reached
    used = counters.get(site, 0)
    if used > counter:
        yield (
            f"本机的修改序号（{counter}）比修改记录里用过的（{used}）小，"
            "再修改会和已经发出去的混淆。请恢复最近的备份。"
        )
