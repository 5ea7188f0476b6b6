"""Taking back a change: each of its fields is written to what it was, as an ordinary write, unless
it was changed again since.

A step of a lifecycle is taken back as a whole or not at all, and what is closed stays as it was
closed: an undo opens it again only when it takes back the closing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from db.access import immutability, roles
from db.errors import BadInput
from db.model import settings
from db.model.context import ReadContext
from db.model.records import Given, Record, Values
from db.model.sql import OF_CHANGES
from db.rules import rollups, validate
from db.store import journal
from db.store.book import Book
from db.store.journal import Change
from db.store.transaction import Transaction

#: Raises ``BadInput`` when a record (as it stands now) may not be so; given too are its values
#: before and what was written.
Fits = Callable[[Record, Given, Given], None]


class UndoContext(ReadContext, Protocol):
    """The books with their change logs; ``last_book`` is the one written to last."""

    @property
    def books(self) -> list[Book]: ...
    @property
    def last_book(self) -> str: ...


#: Sources of changes that a person may take back with Ctrl+Z.
OWN_SOURCES = ("form", "move", "paste", "cli", "bulk", "appointment")


def _last_own(book: Book, by: str) -> int | None:
    """The id of a person's last change that is not undone and no undo itself."""
    marks = ",".join("?" * len(OWN_SOURCES))
    row = book.connection.execute(
        "SELECT id FROM changes WHERE by = ? AND undone_by IS NULL AND undoes IS NULL AND source"
        f" IN ({marks}) ORDER BY id DESC LIMIT 1",
        (by, *OWN_SOURCES),
    ).fetchone()
    return int(row[0]) if row else None


def _last_undone(book: Book, by: str) -> int | None:
    """The id of the undo that a redo would take back: only while nothing else was written by the
    person since."""
    sources = ("undo", *OWN_SOURCES)
    row = book.connection.execute(
        "SELECT id, source, undone_by FROM changes WHERE by = ? AND source IN"
        f" ({','.join('?' * len(sources))}) AND NOT (source = 'undo' AND undone_by IS NOT NULL)"
        " ORDER BY id DESC LIMIT 1",
        (by, *sources),
    ).fetchone()
    return int(row[0]) if row and row[1] == "undo" and row[2] is None else None


def own_last(session: UndoContext, *, redo: bool = False) -> Change | None:
    """Take back the last change of the person logged in, whichever book it is in, or with ``redo``
    their last undo.

    None when there is none, or nothing of it was left. Raises ``NotPermitted`` for a kind the
    person may no longer write, and
    ``BadInput`` for what has been sealed, closed or gone on from since.
    """
    seek = _last_undone if redo else _last_own
    found: list[tuple[str, bool, Book, int]] = []
    for book in session.books:
        change_id = seek(book, session.who.user)
        if change_id is not None:
            (at,) = book.connection.execute(
                "SELECT at FROM changes WHERE id = ?", (change_id,)
            ).fetchone()
            # Times are to the second: of two changes in the same one, the book written last has the
            # later.
            found.append((at, book.name == session.last_book, book, change_id))
    if not found:
        return None
    _, _, book, change_id = max(found, key=lambda each: each[:2])
    kinds = book.connection.execute(
        f"SELECT DISTINCT j.kind FROM {OF_CHANGES} WHERE c.id = ? AND j.uid <> ''", (change_id,)
    )
    for (kind,) in kinds.fetchall():
        if kind in session.kinds:
            roles.check_write(session.role, session.kinds.get(kind))
            _none_sealed(session, book, kind, change_id)
    source = "redo" if redo else "undo"
    return undo(
        book,
        change_id,
        session.who.user,
        source,
        Guard(own=True, fits=lambda *taken: validate.check_again(session, *taken)),
    )


def _none_sealed(session: UndoContext, book: Book, kind: str, change_id: int) -> None:
    """Refuse to take back what has been sealed since."""
    if not immutability.may_be_sealed(session, session.kinds.get(kind)):
        return
    touched = book.connection.execute(
        f"SELECT DISTINCT j.uid FROM {OF_CHANGES} WHERE c.id = ? AND j.kind = ?", (change_id, kind)
    )
    for (uid,) in touched.fetchall():
        record = book.get(kind, uid)
        if record is not None:
            immutability.refuse_if_sealed(session, record)


def reconcile_pairs(session: UndoContext) -> None:
    """Take back the halves of changes over both books whose other half a crash has kept off the
    disk; and let both say the same of the office. Only who opens both can."""
    books = {book.name: book for book in session.books}
    office, personnel = books.get("office"), books.get("personnel")
    if office is None or personnel is None or any(book.read_only for book in session.books):
        return
    settled = settings.SETTLED_PAIRS.of(personnel)
    rows = personnel.connection.execute(
        f"SELECT c.id, j.after, c.undone_by FROM {OF_CHANGES} WHERE c.id > ? AND j.action = ? ORDER"
        " BY c.id DESC", (settled, journal.PAIR),
    ).fetchall()
    for change_id, text, undone_by in rows:
        pair = msgspec.json.decode(text, type=journal.Pair)
        other = office.connection.execute(
            f"SELECT 1 FROM {OF_CHANGES} WHERE c.id = ? AND j.action = ? AND j.after = ?",
            (pair.changes.get("office"), journal.PAIR, text),
        ).fetchone()
        if other is None and undone_by is None:
            undo(personnel, change_id, session.who.user)
    if rows:
        settings.SETTLED_PAIRS.save(personnel, rows[0][0])
    for fact in (settings.OFFICE_NAME, settings.LEVEL, settings.OWN_UNIT):
        if fact.of(office) != fact.of(personnel):
            fact.save(personnel, fact.of(office))  # type: ignore[arg-type]


class Guard(msgspec.Struct, frozen=True):
    """What an undo has to look at. With ``own`` (Ctrl+Z, where nobody reads a list of what was
    kept) a step that others went on from, and an edit of what has been closed since, are refused by
    ``BadInput``; ``fits`` is asked once all is written, and may refuse as well. What ``stands`` (a
    month that is sealed) is kept."""

    own: bool = False
    fits: Fits | None = None
    stands: Callable[[Record], bool] = lambda record: False


LISTED = Guard()


def undo(
    book: Book, change_id: int, by: str, source: str = "undo", guard: Guard = LISTED
) -> Change | None:
    """Take a change back as a whole; returns the new change, with ``kept`` naming what was changed
    again since.

    None when there was nothing left to take back. Records the change added are put into the recycle
    bin.
    """
    row = book.connection.execute(
        "SELECT c.label, o.label FROM changes c LEFT JOIN changes o ON o.id = c.undoes WHERE c.id ="
        " ?", (change_id,)
    ).fetchone()
    if row is None:
        return None
    # what is done again is what was taken back
    label = f"重做：{row[1]}" if source == "redo" else f"撤销：{row[0]}"
    with book.atomic(by, source, label, undoes=change_id) as tx:
        back = _TakingBack(book, change_id, guard, tx)
        if not back.whole():
            return None
        assert tx.change is not None
        tx.change.kept = back.kept
        book.writer.execute(
            "UPDATE changes SET undone_by = ? WHERE id = ?", (tx.change.id, change_id)
        )
        if source == "redo":
            # The change that the undo took back stands again, so it can be undone again.
            book.writer.execute(
                "UPDATE changes SET undone_by = NULL WHERE id = (SELECT undoes FROM changes WHERE"
                " id = ?)",
                (change_id,),
            )
        return tx.change


class _TakingBack:
    """One change being taken back, row by row of its log, the newest first."""

    def __init__(self, book: Book, change_id: int, guard: Guard, tx: Transaction) -> None:
        self.book, self.change_id, self.guard, self.tx = book, change_id, guard, tx
        #: what was changed again since, as (kind, uid, field)
        self.kept: list[tuple[str, str, str]] = []
        #: records written, with their values before and what was written
        self._written: list[tuple[Record, Values, Values]] = []

    def whole(self) -> bool:
        """Take all of it back; False when nothing was left."""
        rows = self.book.connection.execute(
            f"SELECT j.seq, j.kind, j.uid, j.action, j.before, j.after FROM {OF_CHANGES} WHERE c.id"
            " = ? AND j.uid <> '' ORDER BY j.seq DESC",
            (self.change_id,),
        ).fetchall()
        for seq, kind, uid, action, before, after in rows:
            record = self.book.get(kind, uid) if kind in self.book.kinds else None
            if record is not None:
                later = _changed_later(self.book, seq, self.change_id, kind, uid)
                values = (msgspec.json.decode(text) for text in (before, after))
                self._row(record, later, action, *values)
        if self.kept and self.guard.own and self._step():
            raise BadInput(
                "这一步之后又有人办理或修改过同一条记录，不能再撤销。请用流程操作退回或重新办理。",
                uid=self.kept[0][1],
            )
        if self._written and self.guard.fits is not None:
            self._ask(self.guard.fits)
        return bool(self._written)

    def _step(self) -> bool:
        return any(action.startswith("move:") for action in _actions(self.book, self.change_id))

    def _ask(self, fits: Fits) -> None:
        for record, values, back in self._written:
            now = self.book.get(record.kind, record.uid)
            if now is not None and not now.deleted:
                fits(now, values, back)

    def _row(
        self, record: Record, later: set[str], action: str, before: Values, after: Values
    ) -> None:
        added = action == "add"
        if self.guard.stands(record):
            self._keep(record, ("deleted",) if added else before)
        elif added and later - {"deleted"}:
            self._keep(record, sorted(later))
        elif added:
            free = {} if "deleted" in later else {"deleted": True}
            self._keep(record, later)
            self._write(record, free)
        elif _stays_closed(self.book, record, before, later):
            if self.guard.own:
                raise BadInput(
                    "这条记录在这次修改之后已经办结，不能再撤销。确需修改，"
                    "请先用流程操作重新打开。",
                    uid=record.uid,
                )
            self._keep(record, before)
        else:
            self._write(record, self._unchanged(record, later, before, after))

    def _unchanged(self, record: Record, later: set[str], before: Values, after: Values) -> Values:
        """What the fields held before that are still as the change left them; the rest is kept."""
        shape = self.book.shape(record.kind)
        back: Values = {}
        for name, old in before.items():
            left = after.get(name)
            if name in later or not shape.unchanged_since(name, record.get(name), old, left):
                self._keep(record, (name,))
            elif name in shape.by_name or name in ("state", "deleted", "parent"):
                back[name] = shape.undone(name, record.get(name), old, left)
        return back

    def _keep(self, record: Record, names: Iterable[str]) -> None:
        self.kept += [(record.kind, record.uid, name) for name in names]

    def _write(self, record: Record, back: Values) -> None:
        values = dict(record.values)
        if self.tx.update(record, back, action="undo"):
            self._written.append((record, values, back))


def _actions(book: Book, change_id: int) -> list[str]:
    """What a change did to its records; of an undo, what the change did that it took back."""
    row = book.connection.execute(
        "SELECT undoes FROM changes WHERE id = ?", (change_id,)
    ).fetchone()
    done = change_id if row is None or row[0] is None else int(row[0])
    return [
        action
        for (action,) in book.connection.execute(
            f"SELECT DISTINCT j.action FROM {OF_CHANGES} WHERE c.id = ?", (done,)
        )
    ]


def _stays_closed(book: Book, record: Record, before: Values, later: set[str]) -> bool:
    """Whether the record is closed and would still be so; its place in the recycle bin is no part
    of what was closed, and totals go with the rows under it."""
    kind = book.kinds.get(record.kind)
    cycle, apart = book.kinds.lifecycle_of(kind), {
        "deleted", *(f.name for f in rollups.fields_of(kind)),
    }
    if (
        cycle is None
        or record.state is None
        or not cycle.state(record.state).closed
        or set(before) <= apart
    ):
        return False
    return "state" not in before or "state" in later


def _changed_later(book: Book, seq: int, change_id: int, kind: str, uid: str) -> set[str]:
    """Fields of a record that another, not undone change wrote after this journal row."""
    found: set[str] = set()
    rows = book.connection.execute(
        "SELECT j.after FROM journal j JOIN changes c ON c.id = j.change_id WHERE j.uid = ? AND"
        " j.uid <> '' AND j.kind = ? AND j.seq > ? AND j.change_id <> ? AND c.undone_by IS NULL AND"
        " NOT (c.source IN ('undo', 'redo') AND EXISTS (SELECT 1 FROM changes u WHERE u.id ="
        " c.undoes AND u.undone_by = c.id))",
        (uid, kind, seq, change_id),
    )
    for (after,) in rows:
        found.update(msgspec.json.decode(after))
    return found


__all__ = ["OWN_SOURCES", "own_last", "undo"]
