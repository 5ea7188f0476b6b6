"""Take a workbook in: look at it (``plan``), then write what was accepted (``accept``), all in one
transaction.

One import is one entry in the history, with the file itself, and can be undone as a whole later."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from db.errors import BadInput
from db.metrics import own_figures
from db.model.ids import new_uid
from db.session import Session
from db.store import gc_pause
from db.store.book import Book
from desktop.exchange.apply import history_writer, report_records, step_writer
from desktop.exchange.apply.conflicts import conflicts, count_own, decide
from desktop.exchange.apply.import_history import (
    ImportEntry,
    Undone,
    imports,
    redo_import,
    undo_import,
)
from desktop.exchange.apply.outcome import outcomes_of_plan
from desktop.exchange.apply.record_writer import Choice, Choices, RecordWriter
from desktop.exchange.files import sent_copies
from desktop.exchange.files.read_ahead import Opening, ReadAhead
from desktop.exchange.files.reader import Limits, Progress
from desktop.exchange.foreign import mapping_memory
from desktop.exchange.foreign.foreign_planner import plan_foreign_import
from desktop.exchange.foreign.foreign_rows import ForeignBook
from desktop.exchange.foreign.sheet_mapping import Wishes
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.exchange_tables import Json
from desktop.exchange.plan import cell_accounting
from desktop.exchange.plan.history_steps import STATE
from desktop.exchange.plan.import_plan import ImportResult, Plan, RowPlan, Waiting
from desktop.exchange.plan.import_planner import plan_import


def plan(
    session: Session, file: Path, *, password: str | None = None, as_kind: str | None = None,
    wishes: Wishes | None = None, book: ForeignBook | None = None, progress: Progress | None = None,
    limits: Limits | None = None, accepted: Iterable[str] = (), ahead: ReadAhead | None = None,
) -> Plan:
    """What taking this file in would do; nothing is written. Raises ``Refused`` (a ``BadInput``),
    ``NotPermitted``. ``accepted``: kinds of accident (``cell_accounting.CODES``) that are none.

    ``as_kind`` takes a workbook that the program did not make as one of that kind; ``wishes`` is
    what the person said about it, ``book`` the file where it was read before. ``ahead`` reads the
    folder that it is of."""
    opening = Opening(password, progress or _quiet, limits, ahead)
    with gc_pause.pause_gc():
        if as_kind is not None:
            made = plan_foreign_import(session, file, as_kind, opening, wishes, book)
        else:
            made = plan_import(session, file, opening)
    made.accepted = frozenset(accepted)
    return made


def _quiet(_done: int, _total: int, _text: str) -> None:
    """Nobody watches."""


def accept(
    session: Session, made: Plan, choices: Choices | None = None, *,
    progress: Progress | None = None, one_of_many: bool = False,
) -> ImportResult:
    """Write a plan: all of it or, when anything fails or is cancelled, nothing. ``one_of_many``: of
    a folder, whose records are all made searchable afterwards."""
    session.require("import")
    if made.new_kinds:
        session.take_kinds(made.new_kinds)
    with gc_pause.pause_gc():
        importing = _Import(session, made, choices or {}, progress or _quiet)
        importing.writer.index_later |= one_of_many
        return importing.run()


#: So many rows are written before others may write and what was written is on the disk.
_TOGETHER = 5_000


class Several(msgspec.Struct, frozen=True):
    """What came of workbooks that were written one after the other: of each that was, its result;
    why the one after them was not, and none after it."""

    results: list[ImportResult]
    error: Exception | None = None


def portions(plans: Sequence[Plan]) -> Iterator[int]:
    """How many of them, and of those that are left, are written together. One that brings ledgers
    makes the book's tables anew, which is done by itself."""
    many = rows = 0
    for made in plans:
        rows += len(made.rows)
        if many and (made.new_kinds or rows > _TOGETHER):
            yield many
            many, rows = 0, len(made.rows)
        many += 1
        if made.new_kinds:
            yield many
            many = rows = 0
    if many:
        yield many


def accept_several(
    session: Session, several: Sequence[tuple[Plan, Choices]], *, progress: Progress | None = None
) -> Several:
    """Write a portion of the plans of a folder (``portions``): each an import of its own, all of
    them on the disk at once. Raises what keeps them from it; then none is written."""
    results: list[ImportResult] = []
    if several and several[0][0].new_kinds:
        (made, choices), = several
        return Several([accept(session, made, choices, progress=progress, one_of_many=True)])
    for made, _ in several:  # under a key that is on the disk before the file
        _keep_file(session, made)
    with session.together():
        for made, choices in several:
            try:
                results.append(
                    accept(session, made, choices, progress=progress, one_of_many=True)
                )
            except Exception as error:  # told to whoever brought it
                return Several(results, error)
    return Several(results)


def _home(session: Session, made: Plan) -> Book:
    """A workbook holds kinds of one book only; its file, report and attachments belong there."""
    kinds = made.manifest.kinds if made.manifest else [made.foreign_kind or ""]
    kind = next((k for k in kinds if k in session.kinds), None)
    return session.book_of(kind) if kind else session.office


def _keep_file(session: Session, made: Plan) -> None:
    if made.data:
        home = _home(session, made)
        sent_copies.keep(home, session.folder, sent_copies.TAKEN, made.sha256, made.data)


AHEAD = (
    "这份文件里有本机台账记不得的、署着本机的修改：可能台账被换回过旧的一份，也可能文件被人动过。"
    "今后的修改改用新的编号记，不会和它们混淆；请核对这次导入改了什么。"
)


#: What is chosen of a cell that is not written; of "both" the record here stays as it is.
_LEFT = ("skip", "mine", "both")


class _Import:
    def __init__(self, session: Session, made: Plan, choices: Choices, progress: Progress) -> None:
        self.session, self.made, self.choices = session, made, choices
        self.import_id = new_uid()
        #: steps that a unit took by workbook, by what they are called
        self.proposed: Counter[str] = Counter()
        self.writer = RecordWriter(session, made, choices, self.import_id, progress)

    def run(self) -> ImportResult:
        """Write it, in this order: the file, the offices, the records, the reports that typed cells
        make, the attachments, the entry in the history."""
        session, made = self.session, self.made
        home = _home(session, made)
        _keep_file(session, made)
        self._renew_sites()
        label = f"导入 {made.file.name}" + (f"（{made.sender}）" if made.sender else "")
        with session.atomic("import", label, import_id=self.import_id) as scope:
            for book_name, authority in made.authorities.items():
                session.transaction(book_name)
                authority.offices.learn()
            self._write_figures()
            self._write_rows()
            self._take_steps(dated=True)  # received before anything was reported
            reports = self._write_reports()
            self._take_steps(dated=False)
            self._take_past()
            self.writer.finish()
            for sha256, data in made.blobs.items():
                session.transaction(home.name).keep_blob(sha256, data)
            result = self._result()
            self._enter(home, result, reports)
        del scope
        return result

    def _renew_sites(self) -> None:
        for authority in self.made.authorities.values():
            if authority.offices.ahead:
                authority.book.renew_site(self.session.user.name)
                self.made.remarks.append(AHEAD)

    def _write_figures(self) -> None:
        """Figures that came with their ledgers; one that cannot be any more is told."""
        for figure in self.made.new_figures:
            try:
                own_figures.save(self.session, figure, f"来自{self.made.sender}")
            except BadInput as error:
                self.made.remarks.append(error.message)

    def _write_rows(self) -> None:
        by_kind: dict[tuple[bool, str], list[RowPlan]] = defaultdict(list)
        held = {
            row.uid for row in self.made.rows if "" in row.warned and self.writer.is_on_hold(row)
        }
        for row in self.made.rows:
            if held and (row.uid in held or _parent(row) in held):
                continue  # an accident that nobody accepted, or what would hang under one
            something = row.theirs is not None or row.wait is not None
            if something and self.choices.get(row.uid) != "skip":
                by_kind[row.wait is not None, row.kind].append(row)
            if row.both is not None and self._is_kept_beside(row):
                by_kind[False, row.kind].append(row.both)
        # what waits is held against the rows as they have become
        for waits, kind in sorted(by_kind, key=lambda each: each[0]):
            self.writer.write(kind, by_kind[waits, kind])

    def _is_kept_beside(self, row: RowPlan) -> bool:
        """Whether the row becomes a record of its own too, since both are kept."""
        return self.choices.get(row.uid) == "both"

    def _rows(self) -> Iterator[RowPlan]:
        """Every row, then those that become records of their own."""
        yield from self.made.rows
        for row in self.made.rows:
            if row.both is not None and self._is_kept_beside(row):
                yield row.both

    def _take_steps(self, *, dated: bool) -> None:
        """The steps that a unit took by workbook, but those that were left or wait."""
        writer = self.writer
        taken = {
            step: row for row in self._rows() for step in row.steps if bool(step.field) == dated
        }
        for step in step_writer.in_order(taken):
            row = taken[step]
            left = self.choices.get(row.uid) == "skip" or writer.is_on_hold(row, step.field)
            if not left and writer.choice(row.uid, step.field) not in _LEFT:
                step_writer.take_step(self.session, step, "" if dated else row.uid)
                self.proposed[step.label] += 1

    def _take_past(self) -> None:
        """The steps that a table tells of, of the rows that were taken."""
        for row in self.made.rows:
            if not row.past:
                continue
            left = self.choices.get(row.uid) == "skip" or self.writer.is_on_hold(row, "")
            if not left and self.writer.choice(row.uid, STATE) not in ("skip", "mine"):
                history_writer.take_steps(self.session, row)
                # what else of it changes was counted as it was written
                self.writer.updated += row.theirs is None

    def _write_reports(self) -> Json:
        """Reports that typed cells make; of those whose cell waits for a decision, what is kept
        until then. Where another office decides, the report goes there as a record of its own."""
        writer = self.writer
        open_ = {(waits.uid, waits.field) for waits in writer.waiting}
        now: list[report_records.Typed] = []
        later: list[report_records.Typed] = []
        for row in self._rows():
            for child in row.children:
                waits = (row.uid, child.field) in open_
                left = writer.choice(row.uid, child.field) in _LEFT and not waits
                left = left or writer.is_on_hold(row, child.field)
                if left or child.kind not in self.session.kinds:
                    continue
                book = self.session.book_of(child.kind)
                issuer = writer.issuer(book, writer.sender(book))
                (later if waits else now).append(report_records.Typed(row.kind, child, issuer))
        report_records.write(self.session, now)
        return report_records.to_json(self.session, later)

    def _enter(self, home: Book, result: ImportResult, reports: Json) -> None:
        """The entry in the history. It quotes what was typed, so it belongs into the book of its
        records; of a foreign table, what was said of its columns is remembered."""
        session, made = self.session, self.made
        entry = session.transaction(home.name)
        entry.note("import", f"{made.file.name} {made.sha256} {self.import_id}")
        if made.foreign_kind is not None:
            for sheet in made.sheets:
                if sheet["header_rows"]:
                    table = mapping_memory.Table.of_sheet(
                        made.foreign_kind, made.foreign_sender, sheet
                    )
                    mapping_memory.remember(session, table)
        counts = {
            "added": result.added, "updated": result.updated, "unchanged": made.unchanged,
            "refused": len(result.refused), "conflicts": len(result.conflicts),
            "errors": len(result.errors), "warned": len(result.cell_report["warnings"]),
            "ignored": len(result.cell_report["ignored"]),
        }  # fmt: skip
        outcomes = [each.to_json() for each in outcomes_of_plan(made, self.choices)]
        report = {
            "refused": result.refused, "errors": result.errors, "remarks": made.remarks,
            "told": outcomes, "proposed": dict(self.proposed),
            "cells": result.cell_report["cells"], **made.kept, **reports,
        }  # fmt: skip
        exchange_tables.save_import(entry, exchange_tables.Import(
            self.import_id, entry.at, entry.by, made.file.name, made.sha256,
            made.manifest.export_id if made.manifest else None, made.sender, counts, report,
            entry.change.id if entry.change else None,
        ))  # fmt: skip

    def _result(self) -> ImportResult:
        made, writer = self.made, self.writer
        return ImportResult(
            self.import_id, writer.added, writer.updated, made.unchanged, made.lines("refused"),
            writer.waiting, made.lines("error"), made.remarks, made.sheets, writer.elsewhere,
            cell_accounting.cell_report(made, self.choices),
        )  # fmt: skip


def _parent(row: RowPlan) -> object:
    return row.theirs.values.get("parent") if row.theirs is not None else None


__all__ = [
    "Choice", "Choices", "ImportEntry", "ImportResult", "Plan", "Undone", "Waiting", "accept",
    "conflicts", "count_own", "decide", "imports", "plan", "redo_import", "undo_import",
]  # fmt: skip
