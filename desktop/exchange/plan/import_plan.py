"""What an import would do, before anything is written: the shapes that the merge view, the report
and the command line show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from db.access.unit_claims import Claim
from db.merge.merge import Row
from db.merge.versions import RowVersions, Vector
from db.model.declarations import Figure, Kind
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.exchange_tables import Json
from desktop.exchange.format.manifest import Manifest, WaitingValue
from desktop.exchange.plan.write_authority import WriteAuthority

#: What becomes of one cell. ``correction`` is a conflict with an earlier return of the same
#: workbook (更正). ``warned`` looks like an accident and is not written until a person accepts it.
Status = Literal["changed", "conflict", "correction", "refused", "error", "skipped", "warned"]
RowStatus = Literal["added", "updated", "conflict", "refused", "error", "joined"]


class CellPlan(msgspec.Struct):
    """One cell of one row. Values are plain JSON; ``text_…`` are as a person reads them."""

    status: Status
    field: str
    label: str
    cell: str
    message: str
    base: object = None
    mine: object = None
    theirs: object = None
    text_base: str = ""
    text_mine: str = ""
    text_theirs: str = ""
    conflict_id: int | None = None
    #: the office that decides, where this one may not
    decider: str = ""
    #: what kind of accident a warned cell looks like (``accidents/``)
    code: str = ""
    #: whether its text is as it was sent, so that it was counted so when it was read
    as_sent: bool = False
    #: whether nothing stands in it: what is told of it came with the hidden sheet
    blank: bool = False


class ChildPlan(msgspec.Struct):
    """A record that a typed cell makes beside its own (a progress report), if it is not there yet.
    """

    kind: str
    uid: str
    parent: str
    values: FieldValues
    versions: RowVersions
    #: the cell's field: a person who does not take the cell does not take the report either
    field: str = ""
    #: the step of the lifecycle that such a report is
    action: str = ""


class StepPlan(msgspec.Struct, frozen=True):
    """A step that a unit took by workbook: of which record, on which day, and who says so.
    ``field``: the row's field that stands for it; "" where the row is the record that it adds."""

    owner: str
    uid: str
    action: str
    label: str
    on: dt.date
    by: str
    field: str


class Past(msgspec.Struct):
    """What a row says of the steps of its item. ``closed_by``: the day until which the whole table
    says what was so, where the row says that the item is done and not since when."""

    done: bool | None = None
    closed_on: dt.date | None = None
    closed_by: dt.date | None = None
    #: day and text of what was reported
    reports: list[tuple[dt.date, str]] = msgspec.field(default_factory=list)


class PastStep(msgspec.Struct, frozen=True):
    """A step that a table tells of: what it is, on which day, and what was reported with it."""

    action: str
    label: str
    on: dt.date
    text: str = ""


class RowPlan(msgspec.Struct):
    """One record that the file says something new about, or something wrong."""

    kind: str
    uid: str
    sheet: str
    row: int
    title: str
    status: RowStatus
    cells: list[CellPlan] = msgspec.field(default_factory=list)
    #: what arrives, which of its fields, what had been exported; None when nothing of the row is
    #: taken in
    theirs: Row | None = None
    fields: tuple[str, ...] = ()
    #: whether a value or vector changes or waits; the merge itself is done again when the plan is
    #: accepted, on what stands then
    news: bool = False
    #: where all that is news is simply taken: the versions of the record over which it was found to
    #: be so, and its fields; over these very versions nothing is asked again
    over: str = ""
    simply: tuple[str, ...] = ()
    #: the office that issued it, where it is new here; fields that are not taken; what the vectors
    #: of disowned ones are worth
    issuer: str = ""
    refused: frozenset[str] = frozenset()
    disowned: Mapping[str, Vector] | None = None
    #: stands behind the hash of what was typed into the workbook
    tag: str = ""
    #: a value that waited at the sender for another office's decision; it is held against what the
    #: row has become here
    wait: WaitingValue | None = None
    message: str = ""
    children: tuple[ChildPlan, ...] = ()
    steps: tuple[StepPlan, ...] = ()
    #: steps that a table tells of, which the record took long ago
    past: tuple[PastStep, ...] = ()
    #: the same row as a record of its own, where it may be another thing than the record here
    both: RowPlan | None = None
    #: field → kind of accident, "" for the whole row: held back until it is accepted
    warned: Mapping[str, str] = msgspec.field(default_factory=dict)
    #: field → its cell, of all that a person typed into the row
    said: Mapping[str, str] = msgspec.field(default_factory=dict)
    #: none of that is taken, since something is wrong with the row
    dropped: bool = False
    #: how many further cells are as they were sent, in a row that is new here; where they stand
    sent: int = 0
    address: Callable[[str, int], str] | None = None
    #: fields in whose cells nothing stands any more
    emptied: frozenset[str] = frozenset()

    def of(self, *status: Status) -> list[CellPlan]:
        """The cells of these kinds."""
        return [c for c in self.cells if c.status in status]

    def base_of(self, name: str) -> Any:
        """JSON of what a field's cell held when exported, for the person who decides."""
        return next((c.base for c in self.cells if c.field == name), None)


class Accident(msgspec.Struct, frozen=True):
    """What looks like an accident and is told in one line for all the cells it is about."""

    code: str
    sheet: str
    cells: tuple[str, ...]
    uid: str
    field: str
    message: str
    #: whether the row may be kept as a record of its own beside the one that is here
    both: bool = False

    def to_json(self) -> Json:
        """As in the description of the command line."""
        line: Json = {
            "code": self.code, "sheet": self.sheet, "cells": list(self.cells), "uid": self.uid,
            "field": self.field, "message": self.message,
        }
        return line | {"may_keep_both": True} if self.both else line


class Ignored(msgspec.Struct, frozen=True):
    """One thing a person left in the file that is not taken, and why; of several filled cells, an
    area."""

    sheet: str
    cell: str
    text: str
    why: str
    count: int = 1

    def to_json(self) -> Json:
        """As in the description of the command line."""
        return {"sheet": self.sheet, "cell": self.cell, "text": self.text, "why": self.why}


#: The code of a cell that names what nobody knows; such cells are told once for each name.
UNKNOWN = "unknown"
#: The code of a row that became another item.
REUSED = "reused_row"


class Unknown(msgspec.Struct, frozen=True):
    """A unit, person or choice of a foreign table that nobody here knows, with all its cells;
    ``near``: what those are called that it is most like."""

    field: str
    label: str
    text: str
    places: tuple[tuple[str, str], ...]
    near: tuple[str, ...] = ()
    can_make: bool = False
    message: str = ""

    def to_json(self) -> Json:
        """As in the description of the command line."""
        return {
            "field": self.field, "label": self.label, "text": self.text, "near": list(self.near),
            "cells": [{"sheet": sheet, "cell": cell} for sheet, cell in self.places],
            "can_make": self.can_make,
        }  # fmt: skip

    def to_line(self, kind: str) -> Json:
        """As one error for all its cells."""
        sheet, cell = self.places[0]
        some = "、".join(cell for _, cell in self.places[:6])
        more = f" 等 {len(self.places)} 处" if len(self.places) > 6 else ""
        near = f"相近的有：{'、'.join(self.near)}。" if self.near else ""
        return {
            "kind": kind, "sheet": sheet, "cell": cell, "uid": "", "field": self.field,
            "title": "", "message": f"{self.message}{near}（{some}{more}）",
            "cells": [cell for _, cell in self.places],
        }  # fmt: skip


class Plan(msgspec.Struct):
    """Nothing is written by making it. ``rows`` holds only records with something to say;
    ``unchanged`` counts the others."""

    file: Path
    sha256: str
    manifest: Manifest | None
    sender: str
    rows: list[RowPlan] = msgspec.field(default_factory=list)
    unchanged: int = 0
    #: declarations that come along and would be taken up
    new_kinds: list[Kind] = msgspec.field(default_factory=list)
    new_figures: list[Figure] = msgspec.field(default_factory=list)
    #: sentences that concern the file or a sheet as a whole
    remarks: list[str] = msgspec.field(default_factory=list)
    problems: list[CellPlan] = msgspec.field(default_factory=list)
    sheets: list[Json] = msgspec.field(default_factory=list)
    blobs: dict[str, bytes] = msgspec.field(default_factory=dict)
    #: what it tells of offices, by book
    authorities: dict[str, WriteAuthority] = msgspec.field(default_factory=dict)
    #: the kind a workbook was taken as that the program did not make
    foreign_kind: str | None = None
    #: who such a workbook is from, as a person or the file itself says, and its rows that are no
    #: items
    foreign_sender: str = ""
    skipped: list[RowPlan] = msgspec.field(default_factory=list)
    data: bytes = b""
    #: what the import's report keeps of the file beside what it did
    kept: Json = msgspec.field(default_factory=dict)
    #: offices that say they are a unit in which somebody else sits; nothing of that is taken before
    #: a person has said so
    claims: tuple[Claim, ...] = ()
    earlier_import: Json | None = None
    #: accidents of whole sheets, what is not taken with the reason, and how many cells of the file
    #: are filled
    accidents: list[Accident] = msgspec.field(default_factory=list)
    ignored: list[Ignored] = msgspec.field(default_factory=list)
    filled: int = 0
    #: what of a foreign table belongs to its looks: titles, headings, row numbers, totals
    aside: list[Ignored] = msgspec.field(default_factory=list)
    #: names in a foreign table that nobody knows, each once
    unknown: list[Unknown] = msgspec.field(default_factory=list)
    #: how many of them were found as they were sent, or say what stands here already; the form
    #: itself (headings, numbers) counts among them
    same: int = 0
    #: (sheet, cell) of a foreign table of which nothing is new here
    known: set[tuple[str, str]] = msgspec.field(default_factory=set)
    #: kinds of accident that a person accepted, of all cells alike
    accepted: frozenset[str] = frozenset()

    @property
    def added(self) -> int:
        """How many records are new."""
        return sum(r.status == "added" and not self.holds_row(r) for r in self.rows)

    @property
    def updated(self) -> int:
        """How many records that are here change."""
        return sum(r.status == "updated" and self._writes(r) for r in self.rows)

    def _writes(self, row: RowPlan) -> bool:
        """Whether anything of a row is written as it stands."""
        return (
            not row.warned or bool(row.of("changed"))
            or any(not self.is_on_hold(row, cell.field) for cell in row.of("warned"))
        )

    def is_on_hold(self, row: RowPlan, name: str) -> bool:
        """Whether a field waits until a person accepts what looks like an accident."""
        code = row.warned.get(name) or row.warned.get("")
        return code is not None and code not in self.accepted

    def holds_row(self, row: RowPlan) -> bool:
        """Whether a whole row does."""
        return self.is_on_hold(row, "")

    def cells(self, *status: Status) -> list[tuple[RowPlan, CellPlan]]:
        """The cells of these kinds, with their rows."""
        return [(row, cell) for row in self.rows for cell in row.cells if cell.status in status]

    def lines(self, *status: Status) -> list[Json]:
        """Cells of these kinds as the command line gives them."""
        found = [
            _json(r.kind, r.sheet, r.uid, r.title, c, r.both is not None)
            for r, c in self.cells(*status) if c.code != UNKNOWN
        ]
        if "error" in status:
            found = [each.to_line(self.foreign_kind or "") for each in self.unknown] + found
        return found + [_json("", c.label, "", "", c) for c in self.problems if c.status in status]

    def to_json(self) -> Json:
        """As in the description of the command line."""
        asking = self.lines("conflict", "correction")
        answer: Json = {
            "import_id": None, "added": self.added, "updated": self.updated,
            "unchanged": self.unchanged, "refused": self.lines("refused"),
            "conflicts": [line for line in asking if not line["decider"]],
            "elsewhere": [line for line in asking if line["decider"]],
            "errors": self.lines("error"), "changes": self.lines("changed"),
            "remarks": self.remarks,
        }
        if self.sheets:
            answer["sheets"] = self.sheets
        return answer


def _json(kind: str, sheet: str, uid: str, title: str, cell: CellPlan, both: bool = False) -> Json:
    line: Json = {
        "kind": kind, "sheet": sheet, "cell": cell.cell, "uid": uid, "field": cell.field,
        "title": title, "message": cell.message,
    }  # fmt: skip
    if cell.status in ("conflict", "correction"):
        line |= {
            "conflict_id": cell.conflict_id, "correction": cell.status == "correction",
            "decider": cell.decider,
        }
        if both:
            line["may_keep_both"] = True
    if cell.status in ("conflict", "correction", "changed", "refused"):
        line |= {"base": cell.base, "mine": cell.mine, "theirs": cell.theirs}
    return line


class ImportResult(msgspec.Struct):
    """What an import did; ``conflicts`` now wait for a decision of this office, ``elsewhere`` for
    another's."""

    import_id: str
    added: int
    updated: int
    unchanged: int
    refused: list[Json]
    conflicts: list[Waiting]
    errors: list[Json]
    remarks: list[str] = msgspec.field(default_factory=list)
    sheets: list[Json] = msgspec.field(default_factory=list)
    elsewhere: list[Waiting] = msgspec.field(default_factory=list)
    #: warnings, what is ignored and taken, and the counts of cells, as the command line gives them
    cell_report: Json = msgspec.field(default_factory=dict)

    def to_json(self) -> Json:
        """As in the description of the command line."""
        answer: Json = {
            "import_id": self.import_id, "added": self.added, "updated": self.updated,
            "unchanged": self.unchanged, "refused": self.refused,
            "conflicts": [c.to_json() for c in self.conflicts],
            "elsewhere": [c.to_json() for c in self.elsewhere], "errors": self.errors,
            "remarks": self.remarks, **self.cell_report,
        }
        if self.sheets:
            answer["sheets"] = self.sheets
        return answer


class Waiting(msgspec.Struct):
    """A conflict that waits: base, mine and theirs side by side, as JSON and as people read them.
    """

    conflict_id: int
    kind: str
    uid: str
    field: str
    label: str
    title: str
    base: object
    mine: object
    theirs: object
    text_base: str
    text_mine: str
    text_theirs: str
    sender: str
    at: str
    import_id: str | None
    sheet: str = ""
    cell: str = ""
    message: str = ""
    correction: bool = False
    #: the office that decides, where this one may not: nothing to do here
    decider: str = ""

    def to_json(self) -> Json:
        """As in the description of the command line."""
        return {
            "conflict_id": self.conflict_id, "kind": self.kind, "sheet": self.sheet,
            "cell": self.cell, "uid": self.uid,
            "field": self.field, "title": self.title, "message": self.message, "base": self.base,
            "mine": self.mine, "theirs": self.theirs, "sender": self.sender, "at": self.at,
            "correction": self.correction, "decider": self.decider,
        }  # fmt: skip
