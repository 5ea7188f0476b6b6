"""Random histories of several offices over the real merge functions, checked against ground truth.

Every value carries the set of edits that it has causally taken in. After all offices have met and decided,
all are equal; each edit ever acknowledged is in the set of its field (nothing was overwritten unseen); at
every step each edit of a deleted record was seen by somebody who deleted it or decided upon it; and taking
in any file again changes nothing. Offices restored from a backup get a new site id; a control run without
that must lose edits, so that the check is known to see it, and another without the doubt about deletions must hide some.

Who saw what, where a row is deleted: a deletion mark typed into a workbook is a statement about the row as it
is handed in. Whoever types the mark has the row's other typed cells before him, and whoever types a cell
beside the mark has the mark before him, so a row that arrives with both was deleted by somebody who had seen
both. The mark's write is named by export, record and value alone: it is the same write in a copy where
nothing else was typed, and an office that took in that copy first learns from the fuller one only that the
deletion was meant for the typed cells too. Hence an arriving deletion adds to what is known of mine even when
its vector had been seen.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.merge import merge
from db.merge.merge import (
    Pending,
    Row,
    RowMerge,
    decide_row,
    is_answered_by_live_record,
    merge_row,
    still_pending,
    typed_vector,
)
from db.merge.versions import RowVersions

FIELDS = ["a", "b", "c", "deleted"]
Seen = frozenset[int]


@dataclass
class Record:
    values: dict[str, Any]
    versions: RowVersions
    seen: dict[str, Seen]  # per field: the edits that its value has taken in

    def copy(self) -> Record:
        """Sets and vectors are never changed in place, so they are shared: histories play several times faster."""
        return Record(dict(self.values), self.versions.copy(), dict(self.seen))

    def all_seen(self) -> Seen:
        return frozenset().union(*self.seen.values())

    def hidden(self) -> Seen:
        """Edits that stand in a deleted record though nobody who deleted it had seen them: never any."""
        if not self.values["deleted"]:
            return frozenset()
        return frozenset().union(*(self.seen[name] for name in FIELDS if name != "deleted")) - self.seen["deleted"]


@dataclass
class World:
    """Edits are numbered; ``acknowledged`` says of which record and field each one is."""

    sites: int = 0
    acknowledged: dict[int, tuple[str, str]] = field(default_factory=dict)
    edit_of_write: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def new_edit(self, uid: str, name: str) -> int:
        edit = len(self.acknowledged) + 1
        self.acknowledged[edit] = (uid, name)
        return edit

    def lost(self, records: dict[str, Record]) -> list[int]:
        """Edits that their field has not taken in. Its own set is asked: that a deletion had seen an edit does
        not mean that the edit is still there.
        """
        return [edit for edit, (uid, name) in self.acknowledged.items() if edit not in records[uid].seen[name]]


class Office:
    def __init__(self, world: World, fresh_site: bool) -> None:
        self.world, self.fresh_site = world, fresh_site
        self.records: dict[str, Record] = {}
        self.pending: dict[tuple[str, str], list[Pending]] = {}
        self.pending_seen: dict[tuple[str, str, str], Seen] = {}
        self.new_site()

    def new_site(self) -> None:
        self.world.sites += 1
        self.site, self.counter = f"s{self.world.sites}", 0

    def tick(self) -> int:
        self.counter += 1
        return self.counter

    def create(self, uid: str) -> None:
        edit = self.world.new_edit(uid, "deleted")
        values = {"a": 0, "b": 0, "c": 0, "deleted": False}
        self.records[uid] = Record(
            values, RowVersions({self.site: self.tick()}), {f: frozenset({edit}) for f in FIELDS}
        )

    def edit(self, uid: str, name: str, value: Any) -> None:
        record = self.records[uid]
        if record.values[name] == value or (record.values["deleted"] and name != "deleted"):
            return
        edit = self.world.new_edit(uid, name)
        seen = record.all_seen() if name == "deleted" else record.seen[name]
        record.values[name] = value
        record.seen[name] = seen | {edit}
        record.versions = record.versions.with_write([name], self.site, self.tick())
        self._close(uid, name)

    def _close(self, uid: str, name: str) -> None:
        vector = self.records[uid].versions.of(name)
        left = still_pending(self.pending.get((uid, name), []), vector)
        if name == "deleted" and not self.records[uid].values[name]:  # brought back: it lives
            left = [p for p in left if p.value or not is_answered_by_live_record(p.vector, vector)]
        if left:
            self.pending[uid, name] = left
        else:
            self.pending.pop((uid, name), None)

    def waiting(self, uid: str) -> dict[str, list[Pending]]:
        return {f: self.pending[uid, f] for f in FIELDS if (uid, f) in self.pending}

    def take(self, uid: str, theirs: Record) -> None:
        mine = self.records.get(uid)
        if mine is None:
            self.records[uid] = theirs.copy()
            return
        merged = merge_row(
            uid, Row(mine.values, mine.versions, self.waiting(uid)), Row(theirs.values, theirs.versions), FIELDS
        )
        for name, waits in merged.conflicts.items():
            life = name == "deleted" and waits.value is False
            seen = theirs.all_seen() if life else theirs.seen[name]
            self.pending_seen[uid, name, str(sorted(waits.vector.items()))] = seen
        both_deleted = bool(mine.values["deleted"] and theirs.values["deleted"])
        self._apply(uid, merged, dict(theirs.seen))
        if both_deleted:
            mine.seen["deleted"] |= theirs.seen["deleted"]

    def _apply(self, uid: str, merged: RowMerge, seen: dict[str, Seen]) -> None:
        """Write what was merged; a value that waited brings what it had seen."""
        record = self.records[uid]
        record.versions = record.versions.copy()
        for name, (value, vector) in merged.changes.items():
            waited = frozenset().union(
                *(
                    self.pending_seen[uid, name, str(sorted(p.vector.items()))]
                    for p in self.pending.get((uid, name), [])
                    if p not in merged.pending.get(name, self.pending[uid, name])
                )
            )
            new = seen.get(name, frozenset()) | waited
            record.seen[name] = new if name in merged.taken else record.seen[name] | new
            record.values[name] = value
            record.versions.set(name, vector, merged.authors[name])
        for name, left in merged.pending.items():
            if left:
                self.pending[uid, name] = left
            else:
                self.pending.pop((uid, name), None)

    def decide(self, rnd: random.Random) -> None:
        uid, name = rnd.choice(sorted(self.pending))
        self.decide_one(uid, name, rnd.choice(self.pending[uid, name]), rnd.random() < 0.5)

    def decide_one(self, uid: str, name: str, waits: Pending, keep: bool) -> None:
        record = self.records[uid]
        edit = self.world.new_edit(uid, name)
        chosen = record.values[name] if keep else waits.value
        merged = decide_row(
            Row(record.values, record.versions, self.waiting(uid)), name, Pending(chosen, waits.vector), self.site, self.tick()
        )
        mine = record.seen[name]
        self._apply(uid, merged, {})
        record.seen[name] = record.seen[name] | mine | frozenset({edit})
        if "deleted" in merged.changes:
            record.seen["deleted"] |= record.all_seen()  # who decides has the whole record before him

    def backup(self) -> Any:
        records = {uid: record.copy() for uid, record in self.records.items()}
        return records, dict(self.pending), dict(self.pending_seen), self.counter, self.site

    def restore(self, backup: Any) -> None:
        records, pending, pending_seen, self.counter, self.site = backup
        self.records = {uid: record.copy() for uid, record in records.items()}
        self.pending, self.pending_seen = dict(pending), dict(pending_seen)
        if self.fresh_site:
            self.new_site()

    def state(self) -> Any:
        return {u: (dict(r.values), r.versions.copy()) for u, r in self.records.items()}, dict(self.pending)


class Workbook:
    serial = 0

    def __init__(self, office: Office) -> None:
        Workbook.serial += 1
        self.id = f"E{Workbook.serial}"
        self.records = {uid: record.copy() for uid, record in office.records.items()}
        self.typed: dict[tuple[str, str], tuple[Any, int]] = {}

    def type(self, world: World, uid: str, name: str, value: Any) -> Workbook:
        """A copy with one more cell typed over; the same cell typed the same way is the same write."""
        out = copy.copy(self)
        out.typed = dict(self.typed)
        record = self.records[uid]
        if record.values[name] != value and not record.values["deleted"]:
            key = (self.id, uid, name, value)
            if key not in world.edit_of_write:
                world.edit_of_write[key] = world.new_edit(uid, name)
            out.typed[uid, name] = (value, world.edit_of_write[key])
        return out

    def into(self, office: Office) -> None:
        for uid, exported in self.records.items():
            record = exported.copy()
            typed_seen = exported.all_seen() | {e for (u, _), (_, e) in self.typed.items() if u == uid}
            for (typed_uid, name), (value, edit) in self.typed.items():
                if typed_uid != uid:
                    continue
                record.values[name] = value
                vector = typed_vector(exported.versions.of(name), self.id, uid, name, str(value))
                record.versions.set(name, vector)
                record.seen[name] = typed_seen if name == "deleted" else exported.seen[name] | {edit}
            office.take(uid, record)


def hides(offices: list[Office]) -> str | None:
    """A record whose deletion hides an edit, if there is one."""
    for number, office in enumerate(offices):
        for uid, record in office.records.items():
            if hidden := record.hidden():
                return f"{uid} was deleted by somebody who had not seen an edit: {sorted(hidden)} in office {number}"
    return None


def echoes(office: Office) -> str | None:
    """What taking in its own workbook changes in an office, if anything: it says nothing that is not there."""
    before = office.state()
    Workbook(office).into(office)
    return None if before == office.state() else "an office's own workbook changed something"


def history(seed: int, *, steps: int = 60, count: int = 4, fresh_site: bool = True) -> str | None:
    """Play one random history; what went wrong, or None."""
    rnd, world = random.Random(seed), World()
    offices = [Office(world, fresh_site) for _ in range(count)]
    offices[0].create("r1")
    offices[0].create("r2")
    for office in offices[1:]:
        Workbook(offices[0]).into(office)
    books: list[Workbook] = []
    backups: list[tuple[Office, Any]] = []
    for _ in range(steps):
        office, dice = rnd.choice(offices), rnd.random()
        uid, name = rnd.choice(["r1", "r2"]), rnd.choice("aabbccd")
        value: Any = rnd.random() < 0.5 if name == "d" else rnd.randrange(5)
        name = "deleted" if name == "d" else name
        if dice < 0.33:
            office.edit(uid, name, value)
        elif dice < 0.48:
            books.append(Workbook(office))
        elif dice < 0.72 and books:
            rnd.choice(books).into(office)
        elif dice < 0.84 and books:
            books.append(rnd.choice(books).type(world, uid, name, value))
        elif dice < 0.92 and office.pending:
            office.decide(rnd)
        elif dice < 0.96:
            backups.append((office, office.backup()))
        elif backups:
            who, backup = rnd.choice(backups)
            books.append(Workbook(who))  # what it had is in somebody's hands before it goes back in time
            who.restore(backup)
        if wrong := hides(offices) or echoes(office):
            return f"seed {seed}: {wrong}"
    for book in books:
        for office in offices:
            book.into(office)
    for _ in range(600):
        for a in offices:
            for b in offices:
                if a is not b:
                    Workbook(a).into(b)
        if wrong := hides(offices):
            return f"seed {seed}: {wrong}"
        open_ = [office for office in offices if office.pending]
        if not open_ and all(office.state() == offices[0].state() for office in offices):
            break
        if open_:
            open_[0].decide(rnd)
    else:
        return f"seed {seed}: the offices did not become equal"
    if missing := world.lost(offices[0].records):
        return f"seed {seed}: edits overwritten unseen {missing}"
    before = [office.state() for office in offices]
    for book in books:
        for office in offices:
            book.into(office)
    if before != [office.state() for office in offices]:
        return f"seed {seed}: an old file changed something"
    return None


@settings(max_examples=120)
@given(st.integers(0, 2**32), st.integers(20, 90), st.integers(2, 5))
def test_no_history_loses_an_edit(seed: int, steps: int, count: int) -> None:
    assert history(seed, steps=steps, count=count) is None


def test_without_a_new_site_after_a_restore_edits_are_lost() -> None:
    """The control: the ground truth does see the loss that the new site id prevents."""
    assert any(history(seed, fresh_site=False) for seed in range(60))


def test_deletions_taken_without_doubt_hide_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control for deletions: the ground truth does see what the doubt prevents."""
    monkeypatch.setattr(merge._Arrival, "_doubt_deletion", lambda *row: None)  # noqa: SLF001
    assert any("had not seen an edit" in (history(seed) or "") for seed in range(30))


@pytest.mark.parametrize("seed", [12510, 13417])
def test_histories_in_which_a_row_came_in_with_a_deletion_mark_and_a_typed_cell(seed: int) -> None:
    """Shrunk, both are the story below; they broke while the truth gave the mark only what was exported."""
    assert history(seed) is None


def two_offices() -> tuple[World, Office, Office]:
    world = World()
    here, there = Office(world, True), Office(world, True)
    here.create("r1")
    Workbook(here).into(there)
    return world, here, there


@pytest.mark.parametrize("order", [("deleted", "c"), ("c", "deleted")])
@pytest.mark.parametrize("mark_first", [False, True])
def test_a_row_with_a_mark_and_a_typed_cell_is_taken_whole(order: tuple[str, str], mark_first: bool) -> None:
    """The mark stands in the row in which the cell was typed, so nobody is asked; also where a copy with the
    mark alone, the same write, had come in before.
    """
    world, here, there = two_offices()
    book = Workbook(here)
    if mark_first:
        book.type(world, "r1", "deleted", True).into(there)
    for name in order:
        book = book.type(world, "r1", name, True if name == "deleted" else 4)
    book.into(there)
    assert (there.records["r1"].values["deleted"], there.records["r1"].values["c"]) == (True, 4)
    assert there.pending == {} and hides([there]) is None and world.lost(there.records) == []


@pytest.mark.parametrize("mark_first", [False, True])
def test_a_mark_and_a_cell_typed_into_two_copies_are_asked_about(mark_first: bool) -> None:
    """Neither person saw what the other typed: whichever comes second, the record's life waits for a person."""
    world, here, there = two_offices()
    mark, cell = (Workbook(here).type(world, "r1", name, value) for name, value in (("deleted", True), ("c", 4)))
    for book in (mark, cell) if mark_first else (cell, mark):
        book.into(there)
    assert there.records["r1"].values["deleted"] is mark_first
    assert ("r1", "deleted") in there.pending and hides([there]) is None


@pytest.mark.parametrize("seed", range(3))
def test_long_histories(seed: int) -> None:
    assert history(seed, steps=400) is None
