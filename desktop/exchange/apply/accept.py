"""Take a workbook in: look at it (``plan``), then write what was accepted (``accept``), all in one
transaction.

One import is one entry in the history, with the file itself, and can be undone as a whole later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from db.merge.merge import Row, RowMerge, decide_row, hand_vector, merge_row
from db.merge.versions import RowVersions
from db.model import computed_fields, rules
from db.model.ids import new_uid
from db.model.records import OWN, Record, RowShape
from db.rules import rollups
from db.session import Session
from db.store.book import Book
from db.store.journal import dumps
from db.store.transaction import Transaction
from db.units import unit_assignment
from desktop.exchange.apply import report_records
from desktop.exchange.apply.conflicts import (
    conflicts,
    count_own,
    decide,
    may_decide,
    waiting,
)
from desktop.exchange.apply.history import ImportEntry, Undone, imports, redo_import, undo_import
from desktop.exchange.apply.outcome import told_of_plan
from desktop.exchange.files import sent_copies
from desktop.exchange.files.reader import Limits, Progress
from desktop.exchange.foreign import mapping_memory
from desktop.exchange.foreign.foreign_planner import Wishes, examine_foreign
from desktop.exchange.foreign.foreign_rows import ForeignBook
from desktop.exchange.format import exchange_tables, pending_conflicts
from desktop.exchange.plan import forwarded_conflicts, gc_pause
from desktop.exchange.plan.import_plan import ImportResult, Plan, RowPlan, Waiting
from desktop.exchange.plan.import_planner import examine

Choice = Literal["mine", "theirs", "skip"]
#: uid, or (uid, field) → what the person chose in the merge view. Nothing said: changes are taken,
#: conflicts wait.
Choices = Mapping[str | tuple[str, str], Choice]

_STEP, _PART = 500, 2_000
#: From so many changed records on they are indexed for search after the import.
BULK = 500


def plan(
    session: Session,
    file: Path,
    *,
    password: str | None = None,
    as_kind: str | None = None,
    wishes: Wishes | None = None,
    book: ForeignBook | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Plan:
    """What taking this file in would do; nothing is written. Raises ``Refused`` (a ``BadInput``),
    ``NotPermitted``.

    ``as_kind`` takes a workbook that the program did not make as one of that kind; ``wishes`` is
    what the person said about it, ``book`` the file where it was read before.
    """
    watch = progress or _quiet
    with gc_pause.resting():
        if as_kind is not None:
            return examine_foreign(
                session,
                file,
                as_kind,
                password=password,
                progress=watch,
                limits=limits,
                wishes=wishes,
                book=book,
            )
        return examine(session, file, password=password, progress=watch, limits=limits)


def _quiet(_done: int, _total: int, _text: str) -> None:
    """Nobody watches."""


def accept(
    session: Session,
    made: Plan,
    choices: Choices | None = None,
    *,
    progress: Progress | None = None,
) -> ImportResult:
    """Write a plan: all of it or, when anything fails or is cancelled, nothing."""
    session.require("import")
    if made.new_kinds:
        session.take_kinds(made.new_kinds)
    with gc_pause.resting():
        return _Import(session, made, choices or {}, progress or _quiet).run()


AHEAD = (
    "这份文件里有本机台账记不得的、署着本机的修改：可能台账被换回过旧的一份，也可能文件被人动过。"
    "今后的修改改用新的编号记，不会和它们混淆；请核对这次导入改了什么。"
)


class _Import:
    def __init__(self, session: Session, made: Plan, choices: Choices, progress: Progress) -> None:
        self.session, self.made, self.choices, self.progress = session, made, choices, progress
        self.import_id = new_uid()
        self.added = self.updated = 0
        self.waiting: list[Waiting] = []
        self.elsewhere: list[Waiting] = []
        self._done = 0
        self._watch = rollups.Watch(session)
        #: many records are made searchable afterwards, in the background, not while the book is
        #: being written
        self._bulk = len(made.rows) > BULK

    def run(self) -> ImportResult:
        session, made = self.session, self.made
        label = f"导入 {made.file.name}" + (f"（{made.sender}）" if made.sender else "")
        kind = self._home_kind()
        home = session.book_of(kind) if kind else session.office
        if made.data:
            sent_copies.keep(home, session.folder, sent_copies.TAKEN, made.sha256, made.data)
        for owners in made.owners.values():
            if owners.ahead:
                owners.book.renew_site()
                made.remarks.append(AHEAD)
        with session.atomic("import", label, import_id=self.import_id) as scope:
            for book_name, owners in made.owners.items():
                session.transaction(book_name)
                owners.learn()
            by_kind: dict[tuple[bool, str], list[RowPlan]] = defaultdict(list)
            for row in made.rows:
                if (row.theirs is not None or row.wait is not None) and self.choices.get(
                    row.uid
                ) != "skip":
                    by_kind[row.wait is not None, row.kind].append(row)
            # what waits is held against the rows as they have become
            for _, kind in sorted(by_kind, key=lambda each: each[0]):
                book = session.book_of(kind)
                self._kind(book, session.transaction(book.name), kind, by_kind[_, kind])
            kept = self._children()
            self._watch.settle()
            for sha256, data in made.blobs.items():
                session.transaction(home.name).keep_blob(sha256, data)
            # Its entry, with the report that quotes what was typed, belongs into the book of its
            # records.
            entry = session.transaction(home.name)
            entry.note("import", f"{made.file.name} {made.sha256} {self.import_id}")
            if made.foreign_kind is not None:
                for sheet in made.sheets:
                    if sheet["header_rows"]:
                        mapping_memory.remember(
                            session, made.foreign_kind, made.foreign_sender, sheet["sheet"], sheet["mapping"],
                            sheet["unmapped"], len(sheet["header_rows"]),
                        )  # fmt: skip
            result = self._result()
            counts = {"added": self.added, "updated": self.updated, "unchanged": made.unchanged,
                      "refused": len(result.refused), "conflicts": len(self.waiting), "errors": len(result.errors)}  # fmt: skip
            report = {"refused": result.refused, "errors": result.errors, "remarks": made.remarks,
                      "told": [each.to_json() for each in told_of_plan(made, self.choices)], **made.kept, **kept}  # fmt: skip
            change = entry.change
            exchange_tables.keep_import(entry.connection, exchange_tables.Import(
                self.import_id, entry.at, entry.by, made.file.name, made.sha256,
                made.meta.export_id if made.meta else None, made.sender, counts, report,
                change.id if change else None,
            ))  # fmt: skip
        del scope
        return result

    def _home_kind(self) -> str | None:
        """A workbook holds kinds of one book only; its file, report and attachments belong there."""
        kinds = self.made.meta.kinds if self.made.meta else [self.made.foreign_kind or ""]
        return next((k for k in kinds if k in self.session.kinds), None)

    def _children(self) -> dict[str, Any]:
        """Reports that typed cells make; of those whose cell waits for a decision, what is kept
        until then. Where another office decides, the report goes there as a record of its own.
        """
        open_ = {(waits.uid, waits.field) for waits in self.waiting}
        now: list[report_records.Typed] = []
        later: list[report_records.Typed] = []
        for row in self.made.rows:
            for child in row.children:
                if (
                    self._choice(row.uid, child.field) in ("skip", "mine")
                    and (row.uid, child.field) not in open_
                ):
                    continue
                if child.kind not in self.session.kinds:
                    continue
                book = self.session.book_of(child.kind)
                typed = report_records.Typed(
                    row.kind, child, self._issuer(book, self._sender(book))
                )
                (later if (row.uid, child.field) in open_ else now).append(typed)
        report_records.write(self.session, now)
        return report_records.to_json(self.session, later)

    def _result(self) -> ImportResult:
        made = self.made
        return ImportResult(
            self.import_id, self.added, self.updated, made.unchanged, made.lines("refused"), self.waiting,
            made.lines("error"), made.remarks, made.sheets, self.elsewhere,
        )  # fmt: skip

    def _tell(self) -> None:
        self._done += 1
        if self._done % _STEP == 0:
            self.progress(self._done, len(self.made.rows), "正在写入台账")

    def _kind(self, book: Book, transaction: Transaction, kind: str, rows: list[RowPlan]) -> None:
        """In parts, so that never more than some records are held beside the plan."""
        shape, declared = book.shape(kind), self.session.kinds.get(kind)
        for start in range(0, len(rows), _PART):
            part = rows[start : start + _PART]
            now = self._now(book, kind, [row.uid for row in part])
            open_ = pending_conflicts.waiting_of(transaction.connection, kind, list(now))
            fresh: list[Record] = []
            later: list[Record] = []
            for row in part:
                record = now.get(row.uid)
                self._watch.see(declared, record.parent if record is not None else _parent(row))
                if record is None:
                    if row.wait is None:
                        fresh.append(self._record(transaction, book, row))
                elif self._merge(book, transaction, shape, record, row, open_.get(row.uid, {})):
                    later.append(record)
                self._tell()
            if self._bulk:
                transaction.wait_for_index(later)
            transaction.add_many(fresh)
            self.added += len(fresh)

    @staticmethod
    def _now(book: Book, kind: str, uids: list[str]) -> dict[str, Record]:
        """The records as they stand inside the transaction: somebody may have written since the
        plan was made.
        """
        found: dict[str, Record] = {}
        for start in range(0, len(uids), _STEP):
            part = uids[start : start + _STEP]
            marks = ",".join("?" * len(part))
            for record in book.each(kind, f"uid IN ({marks})", part):
                found[record.uid] = record
        return found

    def _record(self, transaction: Transaction, book: Book, row: RowPlan) -> Record:
        theirs = row.theirs
        assert theirs is not None
        names = book.shape(row.kind).names
        values = {name: theirs.values.get(name) for name in names}
        versions = theirs.versions
        # filled in by hand, not exported from anywhere: what this office would fill in by itself is
        # filled in
        if not versions.of("state"):
            filled = unit_assignment.of_the_day(
                self.session, self.session.kinds.get(row.kind), values, theirs.values.get("parent")
            )
            versions = versions.copy()
            for name, value in filled.items():
                values[name] = value
                text = dumps(book.shape(row.kind).to_json(name, value))
                versions.set(
                    name, hand_vector(versions.of(name), "of-the-day", row.uid, name, text, row.tag)
                )
        for name in row.fields:
            if self._choice(row.uid, name) == "skip" and name in values:
                values[name] = None
                versions = versions.copy()
                versions.set(name, {})
        return Record(
            row.kind, 0, row.uid, theirs.values.get("parent"), theirs.values.get("state"),
            bool(theirs.values.get("deleted")), versions.encode(book.site_number), transaction.at, transaction.by,
            transaction.at, transaction.by, values, self._issuer(book, row.issuer),
        )  # fmt: skip

    def _sender(self, book: Book) -> str:
        owners = self.made.owners.get(book.name)
        return owners.sender if owners is not None else self.session.office_id

    def _issuer(self, book: Book, uid: str) -> int:
        owners = self.made.owners.get(book.name)
        return owners.number(uid) if owners is not None else OWN

    def _choice(self, uid: str, name: str) -> Choice | None:
        return self.choices.get((uid, name), self.choices.get(uid))

    def _merge(
        self, book: Book, transaction: Transaction, shape: RowShape, record: Record, row: RowPlan,
        open_: dict[str, list[pending_conflicts.OpenValue]],
    ) -> bool:  # fmt: skip
        """Take a row into its record; whether a value changed."""
        own = book.versions_of(record)
        if row.wait is not None:
            forwarded_conflicts.hold_against(
                row, record, own, self.session.kinds.get(row.kind), self.made.owners[book.name]
            )
        theirs = row.theirs
        assert theirs is not None
        merged = merge_row(
            record.uid,
            Row(record, own),
            theirs,
            row.fields,
            pending_conflicts.values_of(shape, open_),
            refused=row.refused,
            disowned=row.disowned,
        )
        skipped = {n for n in merged.changes if self._choice(row.uid, n) in ("skip", "mine")}
        values = {n: v for n, (v, _) in merged.changes.items() if n not in skipped}
        unit = self.session.kinds.get(row.kind).unit
        was = replace(record, values=dict(record.values)) if unit in values else None
        before = dict(record.values) if values else {}
        changed = transaction.merge(
            record, values, merged.applied(own, skipped), index=not self._bulk
        )
        self.updated += bool(changed)
        if changed:
            rollups.follow(self.session, self.session.kinds.get(record.kind), record, before)
        if changed and record.issuer == OWN:
            self._work_out(transaction, record, {n: v for n, v in values.items() if n in changed})
            if was is not None and unit in changed:
                self._hand_over(transaction, was, record, values)
        self._conflicts(book, transaction, shape, record, row, merged, open_)
        return bool(changed)

    def _work_out(
        self, transaction: Transaction, record: Record, written: Mapping[str, Any]
    ) -> None:
        """What rests on the fields that came, and did not come itself, is worked out again as after
        a form: a share of its target."""
        kind = self.session.kinds.get(record.kind)
        if any(field.fill for field in kind.all_fields):
            elsewhere = rules.elsewhere_of(self.session, kind, record.values, record, None)
            transaction.update(
                record, computed_fields.again(kind, record, written, written, elsewhere)
            )

    def _hand_over(
        self, transaction: Transaction, was: Record, record: Record, came: Mapping[str, Any]
    ) -> None:
        """An item given to a part of its unit by typing over the cell keeps who had it before, as
        one given by a step does."""
        kept = unit_assignment.taken_over(
            self.session, self.session.kinds.get(record.kind), was, came
        )
        if kept and came.keys().isdisjoint(kept):
            transaction.update(record, kept)

    def _conflicts(
        self, book: Book, transaction: Transaction, shape: RowShape, record: Record, row: RowPlan, merged: RowMerge,
        open_: dict[str, list[pending_conflicts.OpenValue]],
    ) -> None:  # fmt: skip
        """Keep what must wait, close what has been overtaken, and decide what the person decided in
        the merge view.
        """
        transaction.begin()
        pending_conflicts.close_overtaken(
            transaction.connection, open_, merged.pending, (transaction.by, transaction.at)
        )
        ids = {cell.field: cell.conflict_id for cell in row.of("conflict", "correction")}
        for name, waits in merged.conflicts.items():
            row_id = pending_conflicts.add(transaction.connection, pending_conflicts.Conflict(
                0, row.kind, record.uid, name, dumps(row.base_of(name)),
                dumps(shape.to_json(name, waits.value)), pending_conflicts.vector_text(waits.vector),
                " ".join(waits.authors), self.import_id, self.made.sender, transaction.at,
            ))  # fmt: skip
            ids[name] = pending_conflicts.number_of(row_id, book.name)
        for cell in row.of("conflict", "correction"):
            number = ids.pop(cell.field, None)
            if number is None:
                continue
            choice = self._choice(row.uid, cell.field)
            if choice in ("mine", "theirs") and may_decide(self.session, number):
                decide(self.session, number, choice, inside=True)
                continue
            kept = waiting(self.session, number)
            if kept is not None:
                kept.sheet, kept.cell, kept.message = row.sheet, cell.cell, cell.message
                kept.correction = cell.status == "correction"
                self._keep(kept)
        if row.wait is not None and row.wait.field in merged.conflicts and row.wait.field in ids:
            self._keep(waiting(self.session, ids[row.wait.field] or 0))

    def _keep(self, kept: Waiting | None) -> None:
        if kept is not None:
            (self.elsewhere if kept.decider else self.waiting).append(kept)


def _parent(row: RowPlan) -> str | None:
    parent = row.theirs.values.get("parent") if row.theirs is not None else None
    return parent if isinstance(parent, str) else None


__all__ = [
    "Choice", "Choices", "ImportEntry", "ImportResult", "Plan", "RowVersions", "Undone", "Waiting", "accept",
    "conflicts", "count_own", "decide", "decide_row", "imports", "plan", "redo_import", "undo_import",
]  # fmt: skip
