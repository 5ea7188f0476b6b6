"""Taking back a change: each of its fields is written to what it was, as an ordinary write, unless it was changed again since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .journal import Change

if TYPE_CHECKING:
    from .book import Book

#: Sources of changes that a person may take back with Ctrl+Z.
OWN_SOURCES = ("form", "move", "paste", "cli", "bulk", "redo", "appointment")


def last_own(book: Book, by: str, *, source: tuple[str, ...] = OWN_SOURCES) -> int | None:
    """The id of a person's last change that is not undone and no undo itself."""
    marks = ",".join("?" * len(source))
    row = book.connection.execute(
        f"SELECT id FROM changes WHERE by = ? AND undone_by IS NULL AND undoes IS NULL AND source IN ({marks})"
        " ORDER BY id DESC LIMIT 1",
        (by, *source),
    ).fetchone()
    return int(row[0]) if row else None


def last_undone(book: Book, by: str) -> int | None:
    """The id of the undo that a redo would take back: only while nothing else was written by the person since."""
    sources = ("undo", *(s for s in OWN_SOURCES if s != "redo"))
    row = book.connection.execute(
        f"SELECT id, source, undone_by FROM changes WHERE by = ? AND source IN ({','.join('?' * len(sources))})"
        " AND NOT (source = 'undo' AND undone_by IS NOT NULL) ORDER BY id DESC LIMIT 1",
        (by, *sources),
    ).fetchone()
    return int(row[0]) if row and row[1] == "undo" and row[2] is None else None


def undo(book: Book, change_id: int, by: str, *, source: str = "undo") -> Change | None:
    """Take a change back as a whole; returns the new change, with ``kept`` naming what was changed again since.

    None when there was nothing left to take back. Records the change added are put into the recycle bin.
    """
    label_row = book.connection.execute("SELECT label, undoes FROM changes WHERE id = ?", (change_id,)).fetchone()
    if label_row is None:
        return None
    word = "重做" if source == "redo" else "撤销"
    with book.atomic(by, source, f"{word}：{label_row[0]}", undoes=change_id if source == "undo" else None) as tx:
        kept: list[tuple[str, str, str]] = []
        rows = book.connection.execute(
            "SELECT seq, kind, uid, action, before, after FROM journal WHERE change_id = ? AND uid <> '' ORDER BY seq DESC",
            (change_id,),
        ).fetchall()
        wrote = False
        for seq, kind, uid, action, before_text, after_text in rows:
            if kind not in book.kinds:
                continue
            record = book.get(kind, uid)
            if record is None:
                continue
            before, after = msgspec.json.decode(before_text), msgspec.json.decode(after_text)
            later = _changed_later(book, seq, change_id, kind, uid)
            if action == "add":
                before, after = {"deleted": True}, {"deleted": False}
                if later - {"deleted"}:
                    kept += [(kind, uid, name) for name in sorted(later)]
                    continue
            back: dict[str, Any] = {}
            shape = book.shape(kind)
            for name, old in before.items():
                if name in later or (action != "add" and shape.to_json(name, record.get(name)) != after.get(name)):
                    kept.append((kind, uid, name))
                elif name in shape.by_name or name in ("state", "deleted", "parent"):
                    back[name] = shape.from_json(name, old)
            wrote = bool(tx.update(record, back, action="undo")) or wrote
        if not wrote:
            return None
        assert tx.change is not None
        tx.change.kept = kept
        book.writer.execute("UPDATE changes SET undone_by = ? WHERE id = ?", (tx.change.id, change_id))
        if source == "redo":
            # The change that the undo took back stands again, so it can be undone again.
            book.writer.execute(
                "UPDATE changes SET undone_by = NULL WHERE id = (SELECT undoes FROM changes WHERE id = ?)", (change_id,)
            )
        return tx.change


def _changed_later(book: Book, seq: int, change_id: int, kind: str, uid: str) -> set[str]:
    """Fields of a record that another, not undone change wrote after this journal row."""
    found: set[str] = set()
    rows = book.connection.execute(
        "SELECT j.after FROM journal j JOIN changes c ON c.id = j.change_id WHERE j.uid = ? AND j.kind = ? AND j.seq > ?"
        " AND j.change_id <> ? AND c.undone_by IS NULL AND NOT (c.source IN ('undo', 'redo') AND EXISTS"
        " (SELECT 1 FROM changes u WHERE u.id = c.undoes AND u.undone_by = c.id))",
        (uid, kind, seq, change_id),
    )
    for (after,) in rows:
        found.update(msgspec.json.decode(after))
    return found


__all__ = ["OWN_SOURCES", "last_own", "last_undone", "undo"]
