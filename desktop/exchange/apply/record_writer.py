"""Write the rows of an import into their records, kind by kind, and keep what waits for a
decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from db.merge.merge import (
    DELETED,
    Bounds,
    Row,
    RowMerge,
    Settles,
    merge_row,
    taken_again,
    typed_vector,
)
from db.merge.versions import RowVersions
from db.model import computed_fields, rules, step_history, steps
from db.model.declarations import Kind
from db.model.records import OWN, Record, RowShape
from db.rules import rollups
from db.session import Session
from db.store.book import Book
from db.store.journal import dumps
from db.store.transaction import Merged, Transaction
from db.units import unit_assignment
from desktop.exchange.apply.conflicts import decide, may_decide, open_conflict
from desktop.exchange.files.reader import Progress
from desktop.exchange.format import pending_conflicts
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.pending_conflicts import Conflict, OpenFields
from desktop.exchange.plan import cell_accounting, forwarded_conflicts
from desktop.exchange.plan.import_plan import CellPlan, Plan, RowPlan, Waiting

Choice = Literal["mine", "theirs", "skip", "both"]
#: uid, or (uid, field) → what the person chose in the merge view. Nothing said: changes are taken,
#: conflicts wait. "both", of a whole row: what stands here stays, and what arrives is a record of
#: its own.
Choices = Mapping[str | tuple[str, str], Choice]

_LEFT = ("skip", "mine", "both")
_STEP, _PART = 500, 2_000
#: From so many changed records on they are indexed for search after the import.
BULK = 500


class _Target(msgspec.Struct, frozen=True):
    """The book, the transaction and the kind that rows are written into."""

    book: Book
    transaction: Transaction
    kind: Kind
    shape: RowShape
    #: whether a field of it is worked out from others
    fills: bool
    settles: Settles | None
    #: fields after whose change more is to be written; None: after any
    followed: frozenset[str] | None

    @property
    def by(self) -> tuple[str, str]:
        """Who writes, and when."""
        return self.transaction.by, self.transaction.at


class RecordWriter:
    """Made once per import, used inside its transaction."""

    def __init__(
        self, session: Session, made: Plan, choices: Choices, import_id: str, progress: Progress
    ) -> None:
        self.session, self.made, self.choices = session, made, choices
        self.import_id, self.progress = import_id, progress
        self.added = self.updated = 0
        self.waiting: list[Waiting] = []
        self.elsewhere: list[Waiting] = []
        self._done = 0
        self._plain: dict[str, Merged] = {}
        #: version text → its vectors, among the records of one part; not to be changed in place
        self._own: dict[str, RowVersions] = {}
        #: records of that part of which more had to be read than at first
        self._wholes: dict[str, Record] = {}
        self._watch = rollups.Watch(session)
        #: many records are made searchable afterwards, in the background, not while the book is
        #: being written
        self.index_later = len(made.rows) > BULK

    def choice(self, uid: str, name: str) -> Choice | None:
        """What was chosen for a cell."""
        return self.choices.get((uid, name), self.choices.get(uid))

    def is_on_hold(self, row: RowPlan, name: str = "") -> bool:
        """Whether a field, or all of a row, looks like an accident that nobody accepted."""
        return bool(row.warned) and cell_accounting.is_on_hold(self.made, row, name, self.choices)

    def sender(self, book: Book) -> str:
        """The office whose workbook it is."""
        authority = self.made.authorities.get(book.name)
        return authority.sender if authority is not None else self.session.office_id

    def issuer(self, book: Book, uid: str) -> int:
        """The number by which a book knows an office."""
        authority = self.made.authorities.get(book.name)
        return authority.offices.number(uid) if authority is not None else OWN

    def finish(self) -> None:
        """Once all is written: what rests on it."""
        self._watch.write()

    def write(self, kind: str, rows: Sequence[RowPlan]) -> None:
        """In parts, so that never more than some records are held beside the plan."""
        book = self.session.book_of(kind)
        transaction = self.session.transaction(book.name)
        declared = self.session.kinds.get(kind)
        fills = any(field.fill for field in declared.all_fields)
        settling = self.session.kinds.settling(declared)
        settles = settling.resolve if settling is not None else None
        followed = None if fills or not self.index_later else self._followed(book, declared)
        target = _Target(book, transaction, declared, book.shape(kind), fills, settles, followed)
        for start in range(0, len(rows), _PART):
            self._write_part(target, rows[start : start + _PART])

    def _followed(self, book: Book, kind: Kind) -> frozenset[str] | None:
        if rollups.rests_on(self.session, kind):
            return None
        spans, cycle = book.span_shape(kind.name), self.session.kinds.lifecycle_of(kind)
        names = {
            DELETED,
            *step_history.watched_fields(kind, None),
            *(spans.watched if spans else ()),
        }
        return frozenset(n for n in (*names, cycle.rhythm_by if cycle else None) if n)

    def _write_part(self, target: _Target, rows: Sequence[RowPlan]) -> None:
        kind, transaction = target.kind, target.transaction
        now = self._now(target, rows)
        self._own.clear()
        self._wholes.clear()
        waiting = pending_conflicts.waiting_of(transaction.connection, kind.name, list(now))
        fresh: list[Record] = []
        later: list[Record] = []
        for row in rows:
            record = now.get(row.uid)
            if (parent := record.parent if record is not None else _parent(row)) is not None:
                self._watch.see(kind, parent)
            if record is not None:
                if self._merge(target, record, row, waiting.get(row.uid, {})):
                    later.append(record)
            elif row.wait is None:
                fresh.append(self._record(target, row))
            self._done += 1
            if self._done % _STEP == 0:
                self.progress(self._done, len(self.made.rows), "正在写入台账")
        self._write_plain(target)
        if self.index_later:
            transaction.wait_for_index(later)
        transaction.add_many(fresh)
        self.added += len(fresh)

    @staticmethod
    def _now(target: _Target, rows: Sequence[RowPlan]) -> dict[str, Record]:
        """The records as they stand inside the transaction: somebody may have written since the
        plan was made. Of many no more is read than what the rows say something of."""
        found: dict[str, Record] = {}
        uids, shape = [row.uid for row in rows], target.shape
        if target.followed is not None:
            their_values = [row.theirs.values for row in rows if row.theirs is not None]
            names = {name for each in their_values if isinstance(each, dict) for name in each}
            shape = RowShape(target.kind, names)
        for start in range(0, len(uids), _STEP):
            part = uids[start : start + _STEP]
            marks = ",".join("?" * len(part))
            rows_now = target.book.connection.execute(
                f"{shape.select} WHERE uid IN ({marks})", part
            ).fetchall()
            found.update((each.uid, each) for each in (shape.records(rows_now) if rows_now else ()))
        return found

    def _record(self, target: _Target, row: RowPlan) -> Record:
        theirs, shape, book = row.theirs, target.shape, target.book
        assert theirs is not None
        values = {name: theirs.values.get(name) for name in shape.names}
        versions = theirs.versions
        # filled in by hand, not exported from anywhere: what this office would fill in by itself is
        # filled in
        if not versions.of("state"):
            filled = unit_assignment.of_the_day(
                self.session, target.kind, values, theirs.values.get("parent")
            )
            versions = versions.copy()
            for name, value in filled.items():
                values[name] = value
                text = dumps(shape.to_json(name, value))
                versions.set(
                    name,
                    typed_vector(versions.of(name), "of-the-day", row.uid, name, text, row.tag)
                )
        for name in row.fields:
            left = self.choice(row.uid, name) == "skip" or self.is_on_hold(row, name)
            if left and name in values:
                values[name] = None
                versions = versions.copy()
                versions.set(name, {})
        by, at = target.by
        return Record(
            row.kind, 0, row.uid, theirs.values.get("parent"), theirs.values.get("state"),
            bool(theirs.values.get("deleted")), versions.encode(book.site_number), at, by, at, by,
            values, self.issuer(book, row.issuer),
        )  # fmt: skip

    def _merge(self, target: _Target, record: Record, row: RowPlan, waiting: OpenFields) -> bool:
        """Take a row into its record; whether a value changed."""
        if record.uid in self._plain:  # it stands in the file twice
            self._write_plain(target)
        record = self._wholes.get(record.uid, record)
        if row.wait is not None:
            record = self._whole(target, record)
            own, authority = self._own_of(target, record), self.made.authorities[target.book.name]
            forwarded_conflicts.fill_row(row, record, own, target.kind, authority)
        merged = self._merged(target, record, row, waiting)
        if self._is_plain(target, record, row, merged, waiting):
            values, skipped = self._left(row, merged)
            own = self._own_of(target, record)
            self._plain[record.uid] = record, values, merged.applied(own, skipped)
            return False
        if len(record.values) < len(target.shape.names):
            record = self._whole(target, record)
            merged = self._merged(target, record, row, waiting)
        return self._write_one(target, record, row, merged, waiting)

    def _whole(self, target: _Target, record: Record) -> Record:
        if len(record.values) == len(target.shape.names):
            return record
        found = target.book.get(target.kind.name, record.uid)
        assert found is not None  # inside the transaction nobody else writes
        self._wholes[record.uid] = found
        return found

    def _own_of(self, target: _Target, record: Record) -> RowVersions:
        own = self._own.get(record.versions)
        if own is None:
            own = self._own[record.versions] = target.book.versions_of(record)
        return own

    def _merged(
        self, target: _Target, record: Record, row: RowPlan, waiting: OpenFields
    ) -> RowMerge:
        assert row.theirs is not None
        held = {name for name in row.warned if self.is_on_hold(row, name)} if row.warned else ()
        waits = pending_conflicts.values_of(target.shape, waiting)
        mine = Row(record, self._own_of(target, record), waits)
        if row.over and row.over == record.versions and not (held or waits):
            return taken_again(mine, row.theirs, row.simply)
        refused = row.refused.union(held) if held else row.refused
        bounds = Bounds(refused, row.disowned or {}, target.shape.joins, target.settles)
        return merge_row(record.uid, mine, row.theirs, row.fields, bounds=bounds)

    def _left(self, row: RowPlan, merged: RowMerge) -> tuple[FieldValues, set[str]]:
        """The values that are written, and the fields that a person left as they were."""
        chosen = merged.changes if self.choices else ()
        skipped = {n for n in chosen if self.choice(row.uid, n) in _LEFT}
        return {n: v for n, (v, _) in merged.changes.items() if n not in skipped}, skipped

    def _write_one(
        self, target: _Target, record: Record, row: RowPlan, merged: RowMerge, waiting: OpenFields,
    ) -> bool:
        """Write a row with all that follows from it."""
        kind, transaction = target.kind, target.transaction
        values, skipped = self._left(row, merged)
        own = self._own_of(target, record)
        former = dict(record.values) if values else record.values
        before = replace(record, values=former) if kind.unit in values else record
        changed = transaction.merge(
            record, values, merged.applied(own, skipped), index=not self.index_later
        )
        self.updated += bool(changed)
        if changed:
            rollups.recompute_below(self.session, kind, record, former)
            if record.issuer == OWN:
                self._keep_former(target, replace(record, values=former), record, changed)
                if target.fills:
                    written = {n: v for n, v in values.items() if n in changed}
                    self._recompute(target, record, written)
                if kind.unit in changed:
                    self._keep_former_unit(target, before, record, values)
        self._keep_conflicts(target, record, row, merged, waiting)
        return bool(changed)

    @staticmethod
    def _is_plain(
        target: _Target, record: Record, row: RowPlan, merged: RowMerge, waiting: OpenFields
    ) -> bool:
        """Whether nothing is to be done but to write the values, as with most rows; of what was
        not read of the record, nothing can be said."""
        known = len(record.values) == len(target.shape.names) or (
            not merged.settled and record.values.keys() >= merged.changes.keys()
        )
        return (
            known
            and target.followed is not None and target.followed.isdisjoint(merged.changes)
            and not (waiting or merged.pending or row.wait or row.of("conflict", "correction"))
        )

    def _write_plain(self, target: _Target) -> None:
        """Write those at once, as far as they have come."""
        changed = target.transaction.merge_many(target.kind.name, self._plain.values())
        target.transaction.wait_for_index(changed)
        self._plain = {}
        self.updated += len(changed)

    def _keep_former(
        self, target: _Target, before: Record, record: Record, changed: Sequence[str]
    ) -> None:
        """A planned day that was typed over, or the class of work, keeps what it was, as one that
        was changed here."""
        came = {} if steps.FIELD in changed else {n: record.values.get(n) for n in changed}
        made = self.session.step_now(step_history.MOVED)
        cycle = self.session.kinds.lifecycle_of(target.kind)
        kept = step_history.moved(target.kind, before, came, made) | step_history.earlier_class(
            cycle, before, came, self.session.today
        )
        if kept:
            target.transaction.update(record, kept)

    def _recompute(self, target: _Target, record: Record, written: Mapping[str, object]) -> None:
        """What rests on the fields that came, and did not come itself, is worked out again as after
        a form: a share of its target."""
        kind = target.kind
        elsewhere = rules.elsewhere_of(self.session, kind, record.values, record, None)
        target.transaction.update(
            record, computed_fields.recomputed(kind, record, written, written, elsewhere)
        )

    def _keep_former_unit(
        self, target: _Target, before: Record, record: Record, came: Mapping[str, object]
    ) -> None:
        """An item given to a part of its unit by typing over the cell keeps who had it before, as
        one given by a step does."""
        kept = unit_assignment.taken_over(self.session, target.kind, before, came)
        if kept and came.keys().isdisjoint(kept):
            target.transaction.update(record, kept)

    # -- conflicts ---------------------------------------------------------------------------------

    def _keep_conflicts(
        self, target: _Target, record: Record, row: RowPlan, merged: RowMerge, waiting: OpenFields,
    ) -> None:
        """Keep what must wait, close what has been overtaken, and decide what the person decided in
        the merge view."""
        transaction = target.transaction
        asked = row.of("conflict", "correction")
        if not (waiting or merged.conflicts or asked or row.wait):
            return
        transaction.begin()
        pending_conflicts.close_overtaken(transaction, waiting, merged.pending)
        ids = {cell.field: cell.conflict_id for cell in asked}
        for name, waits in merged.conflicts.items():
            row_id = pending_conflicts.add(transaction, Conflict(
                0, row.kind, record.uid, name, dumps(row.base_of(name)),
                dumps(target.shape.to_json(name, waits.value)),
                pending_conflicts.vector_text(waits.vector), " ".join(waits.authors),
                self.import_id, self.made.sender, transaction.at,
            ))  # fmt: skip
            ids[name] = pending_conflicts.number_of(row_id, target.book.name)
        for cell in asked:
            number = ids.pop(cell.field, None)
            if number is not None:
                self._decide_or_keep(row, cell, number)
        # what waited already where it comes from, and what another workbook of the folder, written
        # since the plan was made, says otherwise
        for name, number in ids.items():
            if (kept := self._keep(number)) is not None and name in row.said:
                kept.sheet, kept.cell = row.sheet, row.said[name]

    def _decide_or_keep(self, row: RowPlan, cell: CellPlan, number: int) -> None:
        choice = self.choice(row.uid, cell.field)
        choice = "mine" if choice == "both" else choice
        if choice in ("mine", "theirs") and may_decide(self.session, number):
            decide(self.session, number, choice, inside=True)
        elif (kept := self._keep(number)) is not None:
            kept.sheet, kept.cell, kept.message = row.sheet, cell.cell, cell.message
            kept.correction = cell.status == "correction"

    def _keep(self, number: int | None) -> Waiting | None:
        kept = open_conflict(self.session, number) if number is not None else None
        if kept is not None:
            (self.elsewhere if kept.decider else self.waiting).append(kept)
        return kept


def _parent(row: RowPlan) -> str | None:
    parent = row.theirs.values.get("parent") if row.theirs is not None else None
    return parent if isinstance(parent, str) else None
