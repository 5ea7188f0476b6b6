"""The change log and the audit chain: what changed, by whom, field by field, and proof that nobody
rewrote it.

Each journal row carries an HMAC over the row and the one before it, under a key that lives only
inside the encrypted file. Cutting off the tail shows only against a copy kept outside, so the head
is printed on every export and bulletin.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any, Protocol, TypeAlias

import msgspec

from db.errors import BadInput
from db.model.context import Connection
from db.store import gaps

#: The action under which a book from before there were steps is told of them: nobody changed the
#: record.
STEPS = "steps"
#: The action under which a change over both books is told in each of them.
PAIR = "pair"
GENESIS = b"\x00" * 32
_BLOCK = 64
#: Rows after which progress is told, and a cancelling heard.
_PART = 5_000
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
    return msgspec.json.encode(value).decode("utf-8")


#: change_id, kind, uid, action, before, after
Logged: TypeAlias = tuple[int, str, str, str, str, str]
#: at, by, source, label, site, import_id, undoes
Registered: TypeAlias = tuple[str, str, str, str, str, str | None, int | None]


def mac(key: bytes, previous: bytes, *logged: *Logged) -> bytes:
    """The chain value of one row (HMAC-SHA256, 32 bytes)."""
    text = "\x1f".join(map(str, logged))
    return hmac.digest(key, previous + text.encode("utf-8"), "sha256")


def change_text(*registered: *Registered) -> str:
    """What of the ``changes`` row goes into the chain (as the ``after`` of a row of its own)."""
    return dumps(registered)


def head(connection: Connection) -> bytes:
    """The chain's last value."""
    row = connection.execute("SELECT mac FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return bytes(row[0]) if row else GENESIS


class Watch(Protocol):
    """Is shown each row of the log while the chain is checked; ``previous`` is the chain's value
    before it. Yields what is wrong with it."""

    def row(self, row: Row, previous: bytes) -> Sequence[str]: ...
    def gap(self) -> None: ...
    def end(self, head: bytes) -> Iterable[str]: ...


#: seq, change_id, kind, uid, action, before, after, mac
Row: TypeAlias = tuple[int, int, str, str, str, str, str, bytes]


def verify(
    connection: Connection, key: bytes, known: gaps.Known, watch: Watch | None = None,
    progress: Progress | None = None,
) -> Iterator[str]:
    """Recompute the chain; yields a Chinese sentence for each break, the first ten at most, and
    whatever ``watch`` has to tell. ``known``: what a repair has told of already. Reads the log
    once, front to back."""
    chain, told = _Chain(key, _Registered(connection, known.changes), known), 0
    (most,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    cursor = connection.execute(
        "SELECT seq, change_id, kind, uid, action, before, after, mac FROM journal ORDER BY seq"
    )
    while rows := cursor.fetchmany(_PART):
        for row in rows:
            previous, lacking = chain.head, row[0] != chain.seq + 1
            if wrong := chain.wrong(row):
                told += 1
                yield wrong + "，审计链不完整。"
                if told == 10:
                    return
            if watch is not None:
                if lacking and not wrong:
                    watch.gap()
                try:
                    yield from watch.row(row, previous)
                except msgspec.DecodeError:  # nothing that the program wrote; told above
                    watch.gap()
        if progress is not None:
            progress(chain.seq, most)
    if lost := chain.registered.rest():
        yield f"第 {lost[0]} 次修改等 {len(lost)} 次修改的明细不在修改记录中，审计链不完整。"
    if watch is not None:
        yield from watch.end(chain.head)


class _Chain:
    """The chain as far as it has been read."""

    def __init__(self, key: bytes, registered: _Registered, known: gaps.Known) -> None:
        self.registered, self._known = registered, known
        # HMAC (RFC 2104) with its two keyed halves begun once: the log has millions of rows
        block = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self.head, self.seq = GENESIS, 0

    def wrong(self, row: Row) -> str:
        """What is wrong with the next row; "" where it follows from what was read. It counts as
        read, right or wrong."""
        seq, change_id, kind, uid, action, before, after, found = row
        last, self.seq, head, self.head = self.seq, seq, self.head, found
        chained = True
        if seq != last + 1:
            if not self._known.allows(last, seq, gaps.digest(tuple(row))):
                return f"修改记录第 {last + 1} 行到第 {seq - 1} 行被删去"
            # nothing chains a row whose forerunner is lost: it is what it was at the repair
            chained = last in self._known.tails
        inner, outer = self._inner.copy(), self._outer.copy()
        text = f"{change_id}\x1f{kind}\x1f{uid}\x1f{action}\x1f{before}\x1f{after}"
        inner.update(head + text.encode())
        outer.update(inner.digest())
        if chained and outer.digest() != found:
            return f"修改记录第 {seq} 行被改动过"
        if action != "change":
            if change_id == self.registered.at or change_id in self._known.changes:
                return ""
            return f"修改记录第 {seq} 行没有对应的登记"
        if self.registered.text(change_id) != after:
            return f"第 {change_id} 次修改的登记（时间、人员）被改动过"
        return ""


class _Registered:
    """The register of changes beside the log, read along with it, for neither fits into memory."""

    def __init__(self, connection: Connection, partly: Set[int]) -> None:
        #: changes of which a repair has told that rows are missing
        self.partly = partly
        self._rows = iter(
            connection.execute(
                "SELECT id, at, by, source, label, site, import_id, undoes FROM changes ORDER BY id"
            )
        )
        self.at = 0
        self._lost: list[int] = []

    def text(self, change_id: int) -> str | None:
        """What the register says of a change; those passed over are not in the log."""
        for row in self._rows:
            if row[0] >= change_id:
                self.at = change_id
                return change_text(*row[1:]) if row[0] == change_id else None
            self._pass(row[0])
        return None

    def _pass(self, change_id: int) -> None:
        if change_id not in self.partly:
            self._lost.append(change_id)

    def rest(self) -> list[int]:
        """Changes that the log does not hold."""
        for row in self._rows:
            self._pass(row[0])
        return self._lost


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


def count_since(connection: Connection, day: dt.date) -> int:
    """How many of the newest 2,000 changes were made from a day on."""
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT at FROM changes ORDER BY id DESC LIMIT 2000) WHERE at >= ?",
        (day.isoformat(),),
    ).fetchone()
    return int(count)


def written_last(connection: Connection) -> list[tuple[str, str]]:
    """The sixty records at most that the newest 300 entries are about, newest first."""
    return [
        (kind, uid)
        for kind, uid in connection.execute(
            "SELECT kind, uid FROM (SELECT kind, uid, seq FROM journal WHERE uid <> '' ORDER BY seq"
            " DESC LIMIT 300) GROUP BY kind, uid ORDER BY max(seq) DESC LIMIT 60"
        )
    ]


def history(connection: Connection, kind: str, uid: str) -> list[HistoryLine]:
    """What happened to a record, oldest first, field by field; an addition is one line per filled
    field."""
    rows = connection.execute(
        "SELECT c.at, c.by, c.source, c.id, j.action, j.before, j.after FROM journal j JOIN changes"
        " c ON c.id = j.change_id WHERE j.uid = ? AND j.kind = ? AND j.action NOT IN"
        " ('salvaged', 'lost') ORDER BY j.seq",
        (uid, kind),
    )
    lines: list[HistoryLine] = []
    for at, by, source, change_id, action, before_text, after_text in rows:
        before, after = msgspec.json.decode(before_text), msgspec.json.decode(after_text)
        lines += [
            HistoryLine(at, by, name, before.get(name), new, source, change_id, action)
            for name, new in after.items()
        ]
    return lines
