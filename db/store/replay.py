"""What the tables must hold, replayed from the journal: values, version vectors with their authors,
who wrote last; what differs is named.

A write of this book is known from its change, which says as which site and at which counter it was
made. What was worked out elsewhere (merged, decided, taken in) is journalled as it came out, under
the action ``versions``. What an earlier program wrote did neither, so of records that were not
touched since the values alone are held against the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from db.errors import Damaged
from db.merge.versions import RowVersions, tick
from db.model import steps
from db.model.records import OWN, UNKNOWN, Record, Values
from db.model.sql import quoted
from db.model.steps import FIELD
from db.store import journal, repair_losses

if TYPE_CHECKING:
    from db.model.declarations import Kind
    from db.model.records import RowShape
    from db.store.book_protocol import BookFile

#: Records held in memory together; of more, the journal is read several times.
_AT_ONCE, _MOST_PARTS, _MOST = 300_000, 16, 20
_TOGETHER = 500
_LABELS = {"state": "状态", "deleted": "删除标记", "parent": "所属事项"}
_STATE = ("state", "deleted", "parent")
_PARTLY = (
    f"{journal.READ} WHERE action IN ('change', 'versions') OR (uid <> '' AND {{}}) ORDER BY seq"
)
_VERSIONS, _ADD, _STEPS, _GONE, _STANDS = (
    each.encode() for each in (
        "versions", "add", journal.STEPS, repair_losses.GONE, repair_losses.STANDS,
    )
)

_decode_all = msgspec.json.Decoder(list[dict[str, Any]]).decode
_decode_rows = msgspec.json.Decoder(list[tuple[str, str, int]]).decode
_REPAIR = (_GONE, _STANDS)


#: One row about a record: whose, at which counter of the site (0 where an earlier program did not
#: say), the action, the values (of ``versions`` the vectors and the issuer), when.
_Row: TypeAlias = tuple[journal.ChangeOrigin, int, bytes, Any, str]


class _Known:
    """One record as the journal tells of it; ``ValueError`` where a row is none of the
    program's."""

    __slots__ = (
        "created", "creator", "gone", "issuer", "repaired", "text", "ticks", "updated", "values",
        "writer",
    )
    text: str | None
    issuer: int | None
    ticks: list[tuple[journal.ChangeOrigin, int, Iterable[str]]]

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._begin({})
        self.gone, self.repaired = True, False
        #: when it was made (None: not yet), and written last; "" where that is not known
        self.created: str | None = None
        self.updated = ""
        written = _decode_all(b"[%b]" % b",".join([row[3] for row in rows if row[2] != _VERSIONS]))
        values = iter(written)
        for hand, counter, action, value, at in rows:
            if action == _VERSIONS:
                (self.text, self.issuer), self.ticks = value, []
                continue
            now = next(values, None)
            if now is None:
                raise ValueError("not one object a row")
            if action in _REPAIR:  # from here on
                self._begin({} if action == _GONE else now)
                self.gone, self.repaired = action == _GONE, True
                continue
            self.gone = False
            self.values |= self._followed(now)
            if action != _STEPS:
                self.writer, self.updated = hand.by, at
            if action == _ADD:
                self._added(hand, counter, at)
            else:
                self.ticks.append((hand, counter, now))
        if next(values, None) is not None:
            raise ValueError("not one object a row")

    def _followed(self, now: Values) -> Values:
        """What a change wrote, with the whole list of steps."""
        if now.get(FIELD).__class__ is dict:
            now[FIELD] = steps.after_change(self.values.get(FIELD), now[FIELD])
        return now

    def _begin(self, values: Values) -> None:
        self.values, self.creator, self.writer = values, "", ""
        #: its versions as they were journalled (None: not known), and the writes of this book since
        self.text, self.issuer, self.ticks = None, None, []

    def _added(self, hand: journal.ChangeOrigin, counter: int, at: str) -> None:
        self.creator, self.ticks = hand.by, [(hand, counter, ())]
        self.text, self.issuer = ("", OWN) if counter else (None, None)
        if self.created is None:
            self.created = at

    def moments(self, record: Record) -> Iterator[str]:
        """Which of its moments are not those of its changes."""
        if not self.repaired:
            if self.created and self.created != record.created_at:
                yield "登记时间"
            if self.updated and self.updated != record.updated_at:
                yield "修改时间"

    def is_plain(self, numbers: Mapping[str, int], versions: str) -> bool:
        """Whether the versions are those of a record that one site has made and written alone: the
        most frequent by far, known by their text."""
        if self.text != "" or not self.ticks:
            return False
        (hand, first, _), *others = self.ticks
        number, fields = numbers.get(hand.site), dict[str, int]()
        for each, counter, names in others:
            if each is not hand and each.site != hand.site:
                return False
            fields.update(dict.fromkeys(names, counter))
        own = {name: (number, fields[name]) for name in sorted(fields) if fields[name] != first}
        packed = [(number, first), own] if own else [(number, first)]
        return versions.encode() == msgspec.json.encode(packed)

    def worked_out(self, book: BookFile) -> RowVersions | None:
        """What its versions must be; None where nobody can say. ``ValueError`` where the journal
        holds no vectors."""
        ticks = self.ticks
        if self.text is None or any(not counter for _, counter, _ in ticks):
            return None
        if self.text:
            found = RowVersions.decode(self.text, book.site_name)
        else:
            found, ticks = RowVersions({ticks[0][0].site: ticks[0][1]}), ticks[1:]
        for site, written in _by_site(ticks):
            for name, counter in written.items():
                found.set(name, tick(found.of(name), site, counter), (site,))
        return found


def differences(
    book: BookFile, first: Replay | None = None, look: Look | None = None
) -> Iterator[str]:
    """A sentence for each record that is not as the journal has left it, twenty at most. Reads
    everything: runs in a worker. ``first``, ``look``: as in ``wrong_records``."""
    reported = 0
    gone: list[tuple[str, str]] = []
    used = dict[str, int]()
    for kind, uid, wrong in wrong_records(book, first, used, look):
        if not wrong:
            gone.append((kind.name, uid))
            continue
        reported += 1
        yield f"「{kind.label}」{uid} 的 {'、'.join(wrong[:5])} 与修改记录不符。"
        if reported == _MOST:
            return
    if gone:
        name, uid = gone[0]
        first_gone = f"「{book.kinds.get(name).label}」{uid}"
        yield f"有 {len(gone)} 条记录（如{first_gone}）在表中不见了。"
    yield from _counter(book, used)


def _by_site(
    ticks: Iterable[tuple[journal.ChangeOrigin, int, Iterable[str]]]
) -> Iterator[tuple[str, dict[str, int]]]:
    """Writes that follow each other from one site come to the last of each field."""
    for site, group in groupby(ticks, lambda each: each[0].site):
        yield site, {name: counter for _, counter, names in group for name in names}


def count(book: BookFile) -> int:
    """How many records there are of all kinds."""
    kinds = book.kinds.in_book(book.name)
    counts = [f"(SELECT count(*) FROM {quoted(kind.name)})" for kind in kinds]
    return int(book.connection.execute(f"SELECT {' + '.join(counts) or 0}").fetchone()[0])


def parts_of(book: BookFile) -> int:
    """How many times the journal is read, so that what is held in memory stays small."""
    return min(_MOST_PARTS, 1 + count(book) // _AT_ONCE)


Look: TypeAlias = Callable[["RowShape", Record], object]


def wrong_records(
    book: BookFile, first: Replay | None = None, used: dict[str, int] | None = None,
    look: Look | None = None,
) -> Iterator[tuple[Kind, str, list[str]]]:
    """Each record that is not as the journal has left it, with what of it is not; nothing for one
    that is no longer there. ``first``: what the journal tells of the first part, if somebody has
    read it. ``used`` is told the newest counter of each site, ``look`` shown every record."""
    parts = parts_of(book)
    numbers = dict(book.connection.execute("SELECT name, id FROM sites"))
    for part in range(parts):
        read = first if first is not None and part == 0 else Replay(parts, part)
        if read is not first:
            cursor = book.connection.execute(_PARTLY.format(where(parts, part)))
            read.changes(journal.changes_of(cursor))
        for kind in book.kinds.in_book(book.name):
            shape = book.shape(kind.name)
            rows = book.connection.execute(
                f"{shape.select} WHERE {where(parts, part)} ORDER BY id"
            )
            for row, record in _read(shape, rows):
                wrong = _wrong(book, shape, row, record, read.of(kind.name, record.uid), numbers)
                if wrong:
                    yield kind, record.uid, wrong
                if look is not None:
                    look(shape, record)
        yield from read.left(book)
        if used is not None:
            used |= read.used


def _read(shape: RowShape, cursor: Any) -> Iterator[tuple[Any, Record]]:
    while rows := cursor.fetchmany(_TOGETHER):
        yield from zip(rows, shape.records(rows), strict=True)


def where(parts: int, part: int) -> str:
    """SQL for the records of one part, by the last letter of their uids."""
    return "1" if parts == 1 else f"unicode(substr(uid, -1)) % {parts} = {part}"


class Replay:
    """What the journal tells of the records, row by row; of one part of them, by the last letter of
    their uids."""

    def __init__(self, parts: int = 1, part: int = 0) -> None:
        self._parts, self._part = parts, part
        #: uid → its kind and the rows about it; of a second kind with the same uid, under both
        self._rows: dict[bytes, list[Any]] = {}
        #: site → the newest of its counters
        self.used: dict[str, int] = {}
        self._words: dict[bytes, bytes] = {}

    def changes(self, changes: Iterable[journal.LoggedChange]) -> Iterable[str]:
        """The next changes."""
        rows, mine, word = self._rows, self._is_mine, self._words.setdefault
        for change in changes:
            hand, counter, at = change.made, self._counter(change), change.at
            for _, kind, uid, action, _, after in change.rows:
                if not uid:
                    if action == _VERSIONS:
                        self._vectors(hand, counter, after)
                elif mine(uid):
                    row = (hand, counter, word(action, action), after, at)
                    there = rows.get(uid)
                    if there is None:
                        rows[uid] = [word(kind, kind), row]
                    elif there[0] == kind:
                        there.append(row)
                    else:
                        self._other(there, word(kind, kind), uid, row)
        return ()

    def end(self) -> Iterable[str]:
        """Nothing to tell: what it means shows in the tables."""
        return ()

    def _is_mine(self, uid: bytes) -> bool:
        if self._parts == 1:
            return True
        return ord(uid.decode("utf-8", "replace")[-1]) % self._parts == self._part

    def _counter(self, change: journal.LoggedChange) -> int:
        if not change.counter.isdigit():
            return 0
        counter = int(change.counter)
        if counter > self.used.get(change.made.site, 0):
            self.used[change.made.site] = counter
        return counter

    def _other(self, there: list[Any], kind: bytes, uid: bytes, row: _Row) -> None:
        """A row under a uid of which another kind is told, or its vectors alone."""
        if not there[0]:
            there[0] = kind
            there.append(row)
        else:
            self._rows.setdefault(_both(kind, uid), [kind]).append(row)

    def _vectors(self, hand: journal.ChangeOrigin, counter: int, after: bytes) -> None:
        try:
            rows = _decode_rows(after)
        except msgspec.DecodeError:  # told by whoever looks at what the rows say
            return
        for each, text, issuer in rows:
            uid = each.encode()
            if uid and self._is_mine(uid):
                row = (hand, counter, _VERSIONS, (text, issuer), "")
                self._rows.setdefault(uid, [b""]).append(row)

    def of(self, kind: str, uid: str) -> _Known | None:
        """What it tells of a record, which is passed once; None where it tells of none."""
        name, key = kind.encode(), uid.encode()
        there = self._rows.get(key)
        if there is None or there[0] != name:
            key = _both(name, key)
        there = self._rows.pop(key, None)
        if there is None:
            return None
        try:
            known = _Known(there[1:])
        except (ValueError, msgspec.DecodeError):
            return None
        return None if known.gone else known

    def left(self, book: BookFile) -> Iterator[tuple[Kind, str, list[str]]]:
        """The records of which it tells and that were not asked for."""
        for uid, (kind, *rows) in self._rows.items():
            name = kind.decode("utf-8", "replace")
            last = next((each for each in reversed(rows) if each[2] != _VERSIONS), None)
            if name in book.kinds and last is not None and last[2] != _GONE:
                yield book.kinds.get(name), uid.partition(b"\x1f")[0].decode("utf-8", "replace"), []


def _both(kind: bytes, uid: bytes) -> bytes:
    return b"%b\x1f%b" % (uid, kind)


def _wrong(
    book: BookFile, shape: RowShape, row: Sequence[Any], record: Record, known: _Known | None,
    numbers: Mapping[str, int],
) -> list[str]:
    if known is None:
        return ["整条"]
    found: list[str] = []
    if not shape.says(row, known.values):
        there = {n: shape.to_json(n, v) for n, v in record.values.items() if v is not None}
        there |= {n: record.get(n) for n in _STATE}
        found = [
            _label(shape, n) for n in (*shape.names, *_STATE)
            if (there.get(n) or None) != (known.values.get(n) or None)
        ]
    if known.creator and (record.created_by, record.updated_by) != (known.creator, known.writer):
        found.append("登记人、修改人")
    found += known.moments(record)
    if known.issuer not in (None, UNKNOWN, record.issuer):
        found.append("交办单位")
    if not known.is_plain(numbers, record.versions):
        found += _wrong_versions(book, shape, record, known)
    return found


def _label(shape: RowShape, name: str) -> str:
    return shape.by_name[name].label if name in shape.by_name else _LABELS.get(name, name)


def _wrong_versions(
    book: BookFile, shape: RowShape, record: Record, known: _Known
) -> list[str]:
    try:
        wanted, there = known.worked_out(book), book.versions_of(record)
    except (ValueError, Damaged):
        return ["版本"]
    if wanted is None or wanted == there:
        return []
    names = (*shape.names, *_STATE)
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
