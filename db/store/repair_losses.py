"""What a repair found missing of a book, kept in its log, signed by who repaired it: so that it is
told, and what somebody takes away later is still told apart from it.

A row of the log whose forerunner is lost cannot be held against the chain any more; it is known by
its digest from then on. A record that is no longer as the log has it, since one of the two is lost,
is written into the log once more as it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from db.model.context import Connection
from db.model.sql import OF_CHANGES

#: Rows of the log: what is missing; a record as it stands; one that is gone.
ACTION, STANDS, GONE = "gaps", "salvaged", "lost"
SOURCE = "repair"
_DIGITS = 32


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Rows of the log that are missing: after this one, before that one (0: up to the repair
    itself), and the digest of that one."""

    after: int
    before: int
    digest: str


class Lost(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that one repair found missing: rows of the log, changes without theirs, files of
    attachments, settings in words. ``text``: the same for people."""

    text: str
    gaps: list[Gap] = []
    changes: list[int] = []
    blobs: list[str] = []


class Known:
    """What the repairs of a book have told of."""

    def __init__(self, connection: Connection) -> None:
        self.notes: list[str] = []
        self.gaps: dict[int, Gap] = {}
        self.tails: set[int] = set()
        self.changes: set[int] = set()
        self.gone: set[str] = set()
        repairs = [*connection.execute(_REPAIRS, (SOURCE,))]
        for at, text in _rows(connection, repairs, ACTION, "after"):
            try:
                lost = msgspec.json.decode(text, type=Lost)
            except msgspec.DecodeError:
                continue
            self.notes.append(f"{at[:10]} 抢救台账时{lost.text}")
            self.gaps |= {gap.after: gap for gap in lost.gaps if gap.before}
            self.tails |= {gap.after for gap in lost.gaps if not gap.before}
            self.changes |= set(lost.changes)
            self.gone |= set(lost.blobs)
        self.gone |= {uid for _, uid in _rows(connection, repairs, GONE, "uid")}

    def allows(self, after: int, before: int, digest: str) -> bool:
        """Whether these rows were missing already when the book was repaired."""
        if after in self.tails:
            return True
        gap = self.gaps.get(after)
        return gap is not None and gap.before == before and gap.digest == digest


_REPAIRS = "SELECT id, at FROM changes WHERE source = ?"


def _rows(
    connection: Connection, repairs: Iterable[tuple[int, str]], action: str, column: str
) -> Iterator[tuple[str, str]]:
    for change, at in repairs:
        for (found,) in connection.execute(
            f"SELECT j.{column} FROM {OF_CHANGES} WHERE c.id = ? AND j.action = ?",
            (change, action),
        ):
            yield at, found


def digest(row: tuple[object, ...]) -> str:
    """Of a whole row of the log, its place in the chain included."""
    return hashlib.sha256(repr(row).encode()).hexdigest()[:_DIGITS]


def missing_rows(connection: Connection) -> tuple[list[Gap], list[int]]:
    """The gaps in the log as it lies, and the changes of the register of which a part is lost."""
    found: list[Gap] = []
    known = Known(connection)
    last, begun = 0, set[int]()
    partly: set[int] = set()
    for row in connection.execute(
        "SELECT seq, change_id, kind, uid, action, before, after, mac FROM journal ORDER BY seq"
    ):
        if row[0] != last + 1 and not known.allows(last, row[0], digest(tuple(row))):
            found.append(Gap(last, row[0], digest(tuple(row))))
        if row[4] == "change":
            begun.add(row[1])
        elif row[1] not in begun:
            partly.add(row[1])
        last = row[0]
    (most,) = connection.execute(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'journal'"
    ).fetchone()
    if most > last:
        found.append(Gap(last, 0, ""))
    registered = {each for (each,) in connection.execute("SELECT id FROM changes")}
    return found, sorted((registered - begun | partly) - known.changes)
