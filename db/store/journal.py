"""The change log and the audit chain: what changed, by whom, field by field, and proof that nobody
rewrote it.

Each journal row carries an HMAC over the row and the one before it, under a key that lives only
inside the encrypted file. Cutting off the tail shows only against a copy kept outside, so the head
is printed on every export and bulletin.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from db.model.context import Connection

GENESIS = b"\x00" * 32


@dataclass(slots=True)
class Change:
    """One transaction: what views are told, once, after it is on disk. ``records`` holds (kind,
    uid, action)."""

    id: int
    at: str
    by: str
    source: str
    label: str
    book: str = "office"
    records: list[tuple[str, str, str]] = field(default_factory=list)
    #: For an undo: what was changed again since and therefore kept, as (kind, uid, field).
    kept: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds whose lists may have to be read again."""
        return frozenset(kind for kind, _, _ in self.records)


@dataclass(frozen=True, slots=True)
class HistoryLine:
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


def mac(
    key: bytes, previous: bytes, change_id: int, kind: str, uid: str, action: str, before: str,
    after: str,
) -> bytes:
    """The chain value of one row (HMAC-SHA256, 32 bytes)."""
    text = "\x1f".join((str(change_id), kind, uid, action, before, after))
    return hmac.digest(key, previous + text.encode("utf-8"), "sha256")


def change_text(
    at: str, by: str, source: str, label: str, site: str, import_id: str | None, undoes: int | None
) -> str:
    """What of the ``changes`` row goes into the chain (as the ``after`` of a row of its own)."""
    return dumps([at, by, source, label, site, import_id, undoes])


def head(connection: Connection) -> bytes:
    """The chain's last value."""
    row = connection.execute("SELECT mac FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return bytes(row[0]) if row else GENESIS


def verify(connection: Connection, key: bytes) -> Iterator[str]:
    """Recompute the chain; yields a Chinese sentence for each break, the first ten at most."""
    previous, last_seq, told = GENESIS, 0, 0
    changes: dict[int, str] = {
        row[0]: change_text(*row[1:])
        for row in connection.execute(
            "SELECT id, at, by, source, label, site, import_id, undoes FROM changes"
        )
    }
    headed: set[int] = set()
    rows = connection.execute(
        "SELECT seq, change_id, kind, uid, action, before, after, mac FROM journal ORDER BY seq"
    )
    for seq, change_id, kind, uid, action, before, after, found in rows:
        wrong = ""
        if seq != last_seq + 1:
            wrong = f"修改记录第 {last_seq + 1} 行到第 {seq - 1} 行被删去"
        elif not hmac.compare_digest(
            mac(key, previous, change_id, kind, uid, action, before, after), bytes(found)
        ):
            wrong = f"修改记录第 {seq} 行被改动过"
        elif action == "change":
            headed.add(change_id)
            if changes.get(change_id) != after:
                wrong = f"第 {change_id} 次修改的登记（时间、人员）被改动过"
        elif change_id not in headed:
            wrong = f"修改记录第 {seq} 行没有对应的登记"
        if wrong:
            told += 1
            yield wrong + "，审计链不完整。"
            if told == 10:
                return
        previous, last_seq = bytes(found), seq
    lost = sorted(set(changes) - headed)
    if lost:
        yield f"第 {lost[0]} 次修改等 {len(lost)} 次修改的明细不在修改记录中，审计链不完整。"


def history(connection: Connection, kind: str, uid: str) -> list[HistoryLine]:
    """What happened to a record, oldest first, field by field; an addition is one line per filled
    field."""
    rows = connection.execute(
        "SELECT c.at, c.by, c.source, c.id, j.action, j.before, j.after FROM journal j JOIN changes"
        " c ON c.id = j.change_id WHERE j.uid = ? AND j.kind = ? ORDER BY j.seq",
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
