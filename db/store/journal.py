"""The change log and the audit chain: what changed, by whom, field by field, and proof that nobody
rewrote it.

Each journal row carries an HMAC over the row and the one before it, under a key that lives only
inside the encrypted file. Cutting off the tail shows only against a copy kept outside, so the head
is printed on every export and bulletin. Of a list of steps a row keeps what came to it
(``model/steps.py``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec

from db.errors import BadInput
from db.model import steps
from db.model.context import Connection
from db.model.steps import FIELD
from db.store import repair_losses

#: The action under which a book from before there were steps is told of them: nobody changed the
#: record.
STEPS = "steps"
#: The action under which a change over both books is told in each of them.
PAIR = "pair"
GENESIS = b"\x00" * 32
_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
#: Rows that are read at a time (few: they stay in the processor's cache), and after how many
#: progress is told and a cancelling heard.
_PART, _TELL = 200, 5_000
#: Digits of an end that must be given: any fewer could be found by chance.
LEAST_DIGITS = 8
Progress: TypeAlias = Callable[[int, int], None]


class Pair(msgspec.Struct, frozen=True):
    """The halves of a change over both books: what they have in common, and by book the number of
    its change."""

    token: str
    changes: dict[str, int]


class Change(msgspec.Struct):
    """One transaction: what views are told, once, after it is on disk. ``records`` holds (kind,
    uid, action)."""

    id: int
    at: str
    by: str
    source: str
    label: str
    book: str = "office"
    records: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    #: For an undo: what was changed again since and therefore kept, as (kind, uid, field).
    kept: list[tuple[str, str, str]] = msgspec.field(default_factory=list)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds whose lists may have to be read again."""
        return frozenset(kind for kind, _, _ in self.records)


class HistoryLine(msgspec.Struct, frozen=True):
    """One field of one record as it changed; ``old`` and ``new`` as plain JSON values."""

    at: str
    by: str
    field: str
    old: Any
    new: Any
    source: str
    change_id: int
    action: str


def dumps(value: object) -> str:
    """Compact JSON text."""
    return _encode(value).decode()


_encode = msgspec.json.Encoder().encode


_NEWEST = 20_000
"""Entries that are looked at for what was written lately."""
#: change_id, kind, uid, action, before, after
Logged: TypeAlias = tuple[int, str, str, str, str, str]
#: at, by, source, label, site, import_id, undoes
Registered: TypeAlias = tuple[str, str, str, str, str, str | None, int | None]


class ChainMac:
    """HMAC-SHA256 (RFC 2104) with its two keyed halves begun once: the log has millions of rows."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(_BLOCK, b"\0")
        self.inner = hashlib.sha256(block.translate(_INNER))
        self.outer = hashlib.sha256(block.translate(_OUTER))

    def mac(self, previous: bytes, *logged: *Logged) -> bytes:
        """The chain value of one row, 32 bytes."""
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(previous + "\x1f".join(map(str, logged)).encode("utf-8"))
        outer.update(inner.digest())
        return outer.digest()

    def chained(
        self, previous: bytes, change: int, logged: Iterable[tuple[str, str, str, str, str]]
    ) -> list[tuple[int, str, str, str, str, str, bytes]]:
        """Rows of one change with their chain values."""
        begin, end, rows = self.inner.copy, self.outer.copy, []
        for kind, uid, action, before, after in logged:
            inner, outer = begin(), end()
            text = f"{change}\x1f{kind}\x1f{uid}\x1f{action}\x1f{before}\x1f{after}"
            inner.update(previous + text.encode())
            outer.update(inner.digest())
            previous = outer.digest()
            rows.append((change, kind, uid, action, before, after, previous))
        return rows


def change_text(*registered: *Registered) -> str:
    """What of the ``changes`` row goes into the chain (as the ``after`` of a row of its own)."""
    return dumps(registered)


def head(connection: Connection) -> bytes:
    """The chain's last value."""
    return chain_end(connection)[0]


def chain_end(connection: Connection) -> tuple[bytes, int]:
    """The chain's last value, and the least number that the next row may get."""
    row = connection.execute("SELECT mac, seq FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (bytes(row[0]), int(row[1]) + 1) if row else (GENESIS, 1)


#: A row of a change: the chain's value before it, kind, uid, action, before, after (of a million
#: of them most are only passed on).
Row: TypeAlias = list[bytes]


class ChangeOrigin(NamedTuple):
    """Who made a change and how: of many in a row the same."""

    by: str
    source: str
    label: str
    site: str
    import_id: str | None
    undoes: int | None


NOBODY = ChangeOrigin("", "", "", "", None, None)


class LoggedChange(msgspec.Struct, gc=False):
    """A change of the log as it passes by, with the rows after its first. ``number`` 0: what is
    missing before them, or wrong, is told. ``counter``: of its site, as text. ``whole``: none of
    its rows is missing. ``head``: the chain's value at its end."""

    number: int
    at: str
    made: ChangeOrigin
    counter: bytes
    rows: list[Row]
    head: bytes = b""
    whole: bool = True


class Watch(Protocol):
    """Is shown the changes of the log, part by part, while the chain is checked. Yields what is
    wrong with them."""

    def changes(self, changes: Sequence[LoggedChange]) -> Iterable[str]: ...
    def end(self) -> Iterable[str]: ...


_SPLIT, CHANGE, _MOST_BREAKS = b"\x1f", b"change", 10
#: How many ways to make a change are kept in mind.
_MADE = 4096
_REGISTERED = "at, by, source, label, site, import_id, undoes"
#: The text of each row as it goes into the chain, put together where it is read.
_TEXT = " || '\x1f' || ".join(
    f"coalesce({name}, '')" for name in ("change_id", "kind", "uid", "action", "before", "after")
)
READ = f"SELECT seq, CAST({_TEXT} AS BLOB), CAST(coalesce(mac, '') AS BLOB) FROM journal"
_decode_registered = msgspec.json.Decoder(Registered).decode
_WHOLE = "SELECT seq, change_id, kind, uid, action, before, after, mac FROM journal WHERE seq = ?"


def verify(
    connection: Connection, key: bytes, known: repair_losses.Known, watches: Sequence[Watch] = (),
    progress: Progress | None = None,
) -> Iterator[str]:
    """Recompute the chain; yields a Chinese sentence for each break, the first ten at most, and
    whatever ``watches`` have to tell. ``known``: what a repair has told of already. Reads the log
    once, front to back."""
    chain, told_at = _Chain(connection, key, known), 0
    (most,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    cursor = connection.execute(f"{READ} ORDER BY seq")
    while part := cursor.fetchmany(_PART):
        breaks, changes = chain.check_rows(part)
        yield from breaks
        if chain.breaks >= _MOST_BREAKS:
            return
        for watch in watches:
            yield from watch.changes(changes)
        if progress is not None and chain.seq >= told_at + _TELL:
            progress(chain.seq, most)
            told_at = chain.seq
    if progress is not None:
        progress(most, most)
    if lost := chain.registered.rest():
        yield f"第 {lost[0]} 次修改等 {len(lost)} 次修改的明细不在修改记录中，审计链不完整。"
    for watch in watches:
        yield from watch.changes(chain.last())
        yield from watch.end()


class _Chain:
    """The chain as far as it has been read."""

    def __init__(self, connection: Connection, key: bytes, known: repair_losses.Known) -> None:
        self._connection, self._known = connection, known
        self.registered = _Registered(connection, known.changes)
        keyed = ChainMac(key)
        self._inner, self._outer = keyed.inner, keyed.outer
        self.head, self.seq, self.breaks = GENESIS, 0, 0
        #: the changes that rows may belong to: the one at hand, and of which a repair has told
        self._partly = {b"%d" % each for each in known.changes}
        self._at, self._now = b"", LoggedChange(0, "", NOBODY, b"", [])
        self._reader = _Reader()

    def check_rows(
        self, part: Sequence[tuple[int, bytes, bytes]]
    ) -> tuple[list[str], list[LoggedChange]]:
        """What is wrong with the next rows, and the changes that end with them. They count as read,
        right or wrong."""
        begin, end, head, last = self._inner.copy, self._outer.copy, self.head, self.seq
        at, breaks, done = self._at, list[str](), list[LoggedChange]()
        add = self._now.rows.append
        for seq, text, found in part:
            inner, outer = begin(), end()
            inner.update(head + text)
            outer.update(inner.digest())
            if outer.digest() != found or seq != last + 1:
                wrong = self._broken(last, seq, outer.digest())
                breaks += wrong
                if seq != last + 1 and not wrong:  # rows are missing of which a repair has told
                    now = self._now
                    now.whole = False
                    done.append(now)
                    self._now = LoggedChange(0, now.at, now.made, now.counter, [], whole=False)
                    add = self._now.rows.append
            row = text.split(_SPLIT, 5)
            if row[0] != at:
                self._now.head = head
                done.append(self._now)
                at = row[0]
                breaks += self._begin(last, seq, row)
                add = self._now.rows.append
                if row[3] != CHANGE:
                    at = b""  # each of them is told
            else:
                row[0] = head
                add(row)
            head, last = found, seq
        self.head, self.seq, self._at = head, last, at
        self.breaks += len(breaks)
        return breaks[: _MOST_BREAKS], done

    def last(self) -> list[LoggedChange]:
        """The change that the log ends with."""
        self._now.head = self.head
        return [self._now]

    def _broken(self, last: int, seq: int, wanted: bytes) -> list[str]:
        """What a row says that does not follow from the one before it."""
        whole = self._connection.execute(_WHOLE, (seq,)).fetchone()
        if seq != last + 1:
            if not self._known.allows(last, seq, repair_losses.digest(tuple(whole))):
                return [f"修改记录第 {last + 1} 行到第 {seq - 1} 行被删去，审计链不完整。"]
            if last not in self._known.tails:
                # nothing chains a row whose forerunner is lost: it is what it was at the repair
                return []
        return [] if wanted == whole[-1] else [f"修改记录第 {seq} 行被改动过，审计链不完整。"]

    def _begin(self, last: int, seq: int, row: Row) -> Sequence[str]:
        """A change begins; what of the register beside the log does not fit its first row, or that
        this is none. ``last``: the row before it."""
        self._now = self._reader.begun(row)
        if row[3] != CHANGE:
            if row[0] in self._partly:
                return ()
            return (f"修改记录第 {seq} 行没有对应的登记，审计链不完整。",)
        if self.registered.holds(self._now.number, row[5], range(last, seq)):
            return ()
        return (f"第 {row[0].decode()} 次修改的登记（时间、人员）被改动过，审计链不完整。",)


class _Reader:
    """Reads the first rows of changes."""

    def __init__(self) -> None:
        #: by the text after the moment
        self._known: dict[bytes, ChangeOrigin] = {}

    def begun(self, row: Row) -> LoggedChange:
        """The change that begins with a row, as that says itself."""
        if row[3] != CHANGE:
            return LoggedChange(0, "", NOBODY, b"", [row])
        after = row[5]
        made = self._known.get(after[21:])
        try:
            if made is not None and after[:2] == b'["':
                return LoggedChange(int(row[0]), after[2:21].decode(), made, row[4], [])
            at, *others = _decode_registered(after)
            made = ChangeOrigin(*others)
            if after[21:23] == b'",':  # the moment has its usual length
                if len(self._known) == _MADE:
                    self._known.clear()
                self._known[after[21:]] = made
            return LoggedChange(int(row[0]), at, made, row[4], [])
        except (ValueError, msgspec.DecodeError):  # not registered so, which is told
            return LoggedChange(0, "", NOBODY, b"", [])


def changes_of(rows: Iterable[tuple[int, bytes, bytes]]) -> Iterator[LoggedChange]:
    """The changes of rows of the log, unchecked."""
    reader = _Reader()
    now, at = LoggedChange(0, "", NOBODY, b"", []), b""
    for _, text, _ in rows:
        row = text.split(_SPLIT, 5)
        if row[0] != at:
            yield now
            now, at = reader.begun(row), row[0]
        else:
            now.rows.append(row)
    yield now


class _Registered:
    """The register of changes beside the log, read along with it, for neither fits into memory."""

    def __init__(self, connection: Connection, partly: Set[int]) -> None:
        #: changes of which a repair has told that rows are missing
        self.partly = partly
        self._connection = connection
        self._rows = iter(
            connection.execute(
                f"SELECT id, first, CAST(json_array({_REGISTERED}) AS BLOB) FROM changes ORDER BY"
                " id"
            )
        )
        self._lost: list[int] = []

    def holds(self, change_id: int, text: bytes, before: range) -> bool:
        """Whether the register says this of a change, and that it begins after one of the rows
        ``before``; those passed over are not in the log."""
        for number, first, found in self._rows:
            if number >= change_id:
                begins = first is not None and first - 1 in before
                return (
                    number == change_id and begins
                    and (found == text or self._written(number) == text)
                )
            self._pass(number)
        return False

    def _written(self, change_id: int) -> bytes:
        """A change as the program writes it, where SQLite writes the same otherwise."""
        row = self._connection.execute(
            f"SELECT {_REGISTERED} FROM changes WHERE id = ?", (change_id,)
        ).fetchone()
        return change_text(*row).encode()

    def _pass(self, change_id: int) -> None:
        if change_id not in self.partly:
            self._lost.append(change_id)

    def rest(self) -> list[int]:
        """Changes that the log does not hold."""
        for row in self._rows:
            self._pass(row[0])
        return self._lost


def wrongly_undone(connection: Connection, known: repair_losses.Known) -> Iterator[str]:
    """A sentence for each change that is marked as taken back and was not, or was and is not
    marked: by it the program decides what can still be taken back."""
    last = dict(
        connection.execute("SELECT undoes, id FROM changes WHERE undoes IS NOT NULL ORDER BY id")
    )
    # what was taken back and brought back stands
    wanted = {change: by for change, by in last.items() if by not in last}
    there = dict(
        connection.execute("SELECT id, undone_by FROM changes WHERE undone_by IS NOT NULL")
    )
    apart = [
        change for change in sorted(wanted.keys() | there.keys())
        if there.get(change) != wanted.get(change) and not (known.notes and change not in last)
    ]
    for change in apart[:_MOST_BREAKS]:
        yield f"第 {change} 次修改“已撤销”的标记被改动过，不是由程序写入的。"


class End(msgspec.Struct, frozen=True):
    """An end of the chain found again: after which change, of which book, made when and by whom,
    and how many came since."""

    book: str
    change_id: int
    at: str
    by: str
    since: int


def find_end(connection: Connection, book: str, printed: str) -> End | None:
    """The place of an end that stands on paper (its first digits in hex); None when the log has
    none like it."""
    digits = "".join(printed.split()).lower()
    if len(digits) < LEAST_DIGITS or set(digits) - set("0123456789abcdef"):
        raise BadInput(
            f"审计链末端应为至少 {LEAST_DIGITS} 位的数字和字母 a 至 f，请照纸上抄全。", field="end"
        )
    row = connection.execute(
        "SELECT c.id, c.at, c.by, (SELECT count(*) FROM changes WHERE id > c.id) FROM journal j"
        " JOIN changes c ON c.id = j.change_id WHERE substr(lower(hex(j.mac)), 1, ?) = ?",
        (len(digits), digits),
    ).fetchone()
    return End(book, *row) if row is not None else None


def written_since(connection: Connection, day: dt.date) -> tuple[list[tuple[str, str]], bool]:
    """The records that were written from a day on, newest first, of the newest 20,000 entries; and
    whether there are more."""
    begun, last = connection.execute(
        "SELECT min(first), (SELECT max(seq) FROM journal) FROM"
        " (SELECT at, first FROM changes ORDER BY id DESC LIMIT ?) WHERE at >= ?",
        (_NEWEST, day.isoformat()),
    ).fetchone()
    if begun is None:
        return [], False
    since = max(begun, last - _NEWEST + 1)
    found = connection.execute(
        "SELECT kind, uid FROM journal WHERE seq >= ? AND uid <> '' GROUP BY kind, uid"
        " ORDER BY max(seq) DESC",
        (since,),
    ).fetchall()
    return found, since > begun


def history(
    connection: Connection, kind: str, uid: str, until: int | None = None
) -> list[HistoryLine]:
    """What happened to a record, oldest first, field by field; an addition is one line per filled
    field. What the log keeps in part is told whole. ``until``: the last row of the log that is
    read."""
    rows = connection.execute(
        "SELECT c.at, c.by, c.source, c.id, j.action, j.before, j.after FROM journal j JOIN changes"
        " c ON c.id = j.change_id WHERE j.uid = ? AND j.uid <> '' AND j.kind = ? AND j.seq <="
        " coalesce(?, j.seq) ORDER BY j.seq",
        (uid, kind, until),
    )
    lines: list[HistoryLine] = []
    steps_now: Any = None
    for at, by, source, change_id, action, before_text, after_text in rows:
        before, after = msgspec.json.decode(before_text), msgspec.json.decode(after_text)
        if action in (repair_losses.STANDS, repair_losses.GONE):  # nobody changed it
            steps_now = after.get(FIELD)
            continue
        if FIELD in after:
            old = before.get(FIELD)
            before[FIELD] = steps_now if isinstance(old, dict) else old
            try:
                steps_now = after[FIELD] = steps.after_change(steps_now, after[FIELD])
            except ValueError:  # no program wrote it: told by the check, and shown as it is
                steps_now = None
        lines += [
            HistoryLine(at, by, name, before.get(name), new, source, change_id, action)
            for name, new in after.items()
        ]
    return lines
