"""What was taken in, when and by whom; taking an import back as a whole, even weeks later, and
bringing it back again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from db import undo
from db.access import immutability, roles
from db.errors import BadInput, NotPermitted
from db.merge.merge import DELETED, is_answered_by_live_record
from db.merge.versions import is_covered_by
from db.model.sql import OF_CHANGES
from db.session import Session
from db.store.book import Book
from db.store.transaction import Transaction
from desktop.exchange.files import sent_copies
from desktop.exchange.format import exchange_tables, pending_conflicts
from desktop.exchange.format.exchange_tables import Json


class ImportEntry(msgspec.Struct, frozen=True):
    """One import in the history."""

    import_id: str
    at: str
    by: str
    file: str
    sha256: str
    sender: str
    counts: dict[str, int]
    report: Json
    undone: bool
    #: the book whose key the kept file is under
    book: str = "office"

    def to_json(self) -> Json:
        """As the command line gives it."""
        return {
            "import_id": self.import_id, "at": self.at, "by": self.by, "file": self.file,
            "sha256": self.sha256, "sender": self.sender, **self.counts, "undone": self.undone,
        }  # fmt: skip


class ExportEntry(msgspec.Struct, frozen=True):
    """One export in the history."""

    export_id: str
    at: str
    by: str
    file: str
    sha256: str
    kinds: list[str]
    unit: str | None
    rows: int
    #: the export since which it held the changes only
    since: str | None = None
    book: str = "office"


class Undone(msgspec.Struct):
    """What undoing an import did: the records written, and what was changed since and therefore
    kept."""

    records: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    kept: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    withdrawn: int = 0
    reopened: int = 0


def imports(session: Session) -> list[ImportEntry]:
    """Newest first."""
    found = [
        ImportEntry(
            entry.id, entry.at, entry.by, entry.file_name, entry.sha256, entry.sender, entry.counts,
            entry.report, entry.undone_by is not None or entry.id in taken_back, book.name,
        )
        for book in session.books for taken_back in (_taken_back(book),)
        for entry in exchange_tables.imports(book.connection)
    ]
    return (
        sorted(found, key=lambda entry: entry.at, reverse=True) if len(session.books) > 1 else found
    )


def _taken_back(book: Book) -> set[str]:
    """Forms of one person that were taken back by Ctrl+Z, as their reader may; a workbook is undone
    from the history alone."""
    rows = book.connection.execute(
        "SELECT import_id FROM changes WHERE source = 'appointment' AND undone_by IS NOT NULL"
    )
    return {row[0] for row in rows}


def may_undo(session: Session, home: ImportEntry) -> bool:
    """Whether this person may take an import back."""
    return roles.may_undo_import(session.role, home.book)


def _require(session: Session, home: ImportEntry) -> None:
    if home.book != "personnel":
        session.require("undo-import")
    elif not may_undo(session, home):
        raise NotPermitted("干部人事台账的导入，由组织人事员或管理员撤销、恢复。")


def exports(session: Session) -> list[ExportEntry]:
    """What was sent from the books this person can open, newest first."""
    found = [
        ExportEntry(
            e.id, e.at, e.by, e.file_name, e.sha256, list(e.kinds), e.unit, e.rows,
            e.details.get("since"), book.name,
        )
        for book in session.books for e in exchange_tables.exports(book.connection)
    ]  # fmt: skip
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def last_sent(session: Session, kinds: Sequence[str], unit: str | None) -> ExportEntry | None:
    """The last workbook that held all these ledgers and went to this unit (None: to other
    offices)."""
    wanted = set(kinds)
    return next((e for e in exports(session) if e.unit == unit and wanted <= set(e.kinds)), None)


def sent_file(session: Session, entry: ExportEntry) -> bytes | None:
    """The workbook of an export as it went out, without its password; None when no copy was kept.
    """
    book = next((b for b in session.books if b.name == entry.book), session.office)
    return sent_copies.load(book, session.folder, sent_copies.SENT, entry.export_id)


def _asked_for(session: Session, import_id: str) -> ImportEntry:
    """The import that a person wants to undo or bring back; ``NotPermitted`` where that is not for
    them, whether there is one or not."""
    home = next((e for e in imports(session) if e.import_id == import_id), None)
    if home is None:
        session.require("undo-import")
        raise BadInput(f"导入历史中没有编号 {import_id}。")
    _require(session, home)
    return home


def undo_import(session: Session, import_id: str) -> Undone:
    """Take an import back: each field to what it was, unless it was changed again since; its open
    conflicts are withdrawn."""
    home = _asked_for(session, import_id)
    if home.undone:
        raise BadInput("这次导入已经撤销过了。")
    out = Undone()
    with session.atomic("undo", "撤销导入"):
        for book in session.books:
            transaction = session.transaction(book.name)
            _reverse(session, book, _changes(book, import_id, undone=False), "undo", out)
            for each in pending_conflicts.of_import(transaction.connection, import_id):
                if each.status == "open":
                    transaction.close_conflict(each.id, "withdrawn")
                    out.withdrawn += 1
        entry = session.transaction(home.book)
        entry.note("undo-import", import_id)
        exchange_tables.mark_undone(entry, import_id, entry.change.id if entry.change else 0)
    return out


def redo_import(session: Session, import_id: str) -> Undone:
    """Bring an import back that was undone: each field to what the import had written, unless it
    was changed since the undoing; its conflicts wait again, unless what stands here has answered
    them meanwhile."""
    home = _asked_for(session, import_id)
    if not home.undone:
        raise BadInput("这次导入没有撤销过，不用恢复。")
    out = Undone()
    with session.atomic("redo", "恢复导入"):
        for book in session.books:
            _reverse(session, book, _changes(book, import_id, undone=True), "redo", out)
            out.reopened += _reopen(book, session.transaction(book.name), import_id)
        entry = session.transaction(home.book)
        entry.note("redo-import", import_id)
        exchange_tables.mark_undone(entry, import_id, None)
    return out


def _changes(book: Book, import_id: str, *, undone: bool) -> list[int]:
    """The changes of an import that still stand; or those that undid the others."""
    wanted, state = ("undone_by", "IS NOT NULL") if undone else ("id", "IS NULL")
    rows = book.connection.execute(
        f"SELECT {wanted} FROM changes WHERE import_id = ? AND source IN ('import', 'appointment')"
        f" AND undone_by {state}", (import_id,),
    )
    return [row[0] for row in rows.fetchall()]


def _reverse(
    session: Session, book: Book, changes: Sequence[int], source: str, out: Undone
) -> None:
    """Each change to what was before it; what was changed again since is kept and named."""
    transaction = session.transaction(book.name)
    for change_id in changes:
        transaction.undoes = change_id
        before = len(transaction.change.records) if transaction.change else 0
        change = undo.undo(
            book, change_id, session.who.user, source,
            undo.Guard(stands=lambda record: immutability.is_sealed(session, record)),
        )
        if change is None:  # every field was changed again since, or it wrote none and only asked
            out.kept += _written(book, change_id)
            if transaction.change is None:  # what follows takes back no change
                transaction.undoes = None
        else:
            out.kept += change.kept
            out.records += change.records[before:]


def _reopen(book: Book, transaction: Transaction, import_id: str) -> int:
    count = 0
    for each in pending_conflicts.of_import(transaction.connection, import_id):
        record = book.get(each.kind, each.uid) if each.kind in book.kinds else None
        if each.status != "withdrawn" or record is None:
            continue
        vector = book.versions_of(record).of(each.field)
        living = each.field == DELETED and not record.deleted
        seen = is_answered_by_live_record if living and each.theirs == "false" else is_covered_by
        if not seen(each.their_vector, vector):
            pending_conflicts.reopen(transaction, each.id)
            count += 1
    return count


def _written(book: Any, change_id: int) -> list[tuple[str, str, str]]:
    rows = book.connection.execute(
        f"SELECT j.kind, j.uid, j.after FROM {OF_CHANGES} WHERE c.id = ? AND j.uid <> '' ORDER BY"
        " j.seq",
        (change_id,),
    ).fetchall()
    return [(kind, uid, name) for kind, uid, after in rows for name in msgspec.json.decode(after)]
