"""Several offices with real books trade real workbooks, in any order, and no edit is lost.

A Hypothesis state machine over four offices: records added, edited, deleted and restored; progress reported;
workbooks sent, typed into, lost, taken in, taken in again; conflicts decided; backups made and put back.
Three things watch. A model with ground truth (``test_merge_histories``) does the same steps; after each the
real office must show what it shows. A ledger beside both notes which value each person saw when overruling
it. And when all have met and decided, all books are equal, each acknowledged value stands or was overruled
by somebody who had seen it, and any file taken in again changes nothing.

``python -m tests.bench histories`` plays 1,000 of them and more.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    precondition,
)

from db.model.ids import derived_uid
from desktop.exchange.apply import accept
from tests.property import test_merge_histories as model
from tests.property.offices import (
    BACK,
    COLUMNS,
    KIND,
    OFFICES,
    Copy,
    History,
    Ledger,
    Pair,
    fill,
    office,
    play,
    slots,
    sort_of_value,
    step,
    text,
    which,
)

typed_field = st.sampled_from(["a", "b", "c", "a", "b", "c", "deleted"])


class Offices(History):
    """Four copies of one office, so that each may write everything."""

    copies: Bundle[Copy] = Bundle("copies")
    backups: Bundle[tuple[Pair, Path, Any]] = Bundle("backups")

    def __init__(self) -> None:
        super().__init__()
        self.world, self.ledger = model.World(), Ledger()
        self.pairs: list[Pair] = []
        self.uids: list[str] = []
        self.kept: list[Copy] = []  # workbooks that are in somebody's hands at the end
        self.typed_into: dict[int, list[Copy]] = defaultdict(list)  # what each office took in that was typed by hand
        self.typed_edits: set[int] = set()  # edits of the model in workbooks that some office took in
        self.reports: set[str] = set()
        self.titles: dict[str, set[str]] = {}  # slot of a blank row → titles that arrived there
        self.restored = False

    # -- parts of the rules --------------------------------------------------------------------------

    def record(self, pair: Pair, number: int) -> str | None:
        known = list(pair.model.records)
        return known[number % len(known)] if known else None

    def write(self, pair: Pair, uid: str, name: str, value: Any) -> None:
        before = pair.model.records[uid].values[name]
        if before == value:
            return
        pair.real.edit(uid, name, value)
        pair.model.edit(uid, name, value)
        if name != "deleted":
            self.ledger.wrote(uid, name, text(value), {text(before)})
            self.ledger.acknowledged[uid, name].add(text(value))

    def send_from(self, pair: Pair) -> Copy:
        return Copy(pair.real.export(), model.Workbook(pair.model))

    def take_in(self, pair: Pair, copy: Copy) -> None:
        pair.real.take(copy.file)
        if copy.book.typed or copy.rows:
            self.typed_into[id(pair)].append(copy)
        copy.book.into(pair.model)
        self.typed_edits |= {edit for _, edit in copy.book.typed.values()}
        for uid, name, value in copy.typed:
            self.ledger.acknowledged[uid, name].add(value)
        for slot, title in copy.rows.items():
            self.titles.setdefault(slot, set()).add(title)
        pair.check()

    def settle(self, pair: Pair, uid: str, name: str, keep: bool) -> None:
        """The same decision in book and model."""
        waits = pair.model.pending[uid, name][0]
        mine, theirs = text(pair.model.records[uid].values[name]), text(waits.value)
        column = COLUMNS.get(name, name)
        found = next(
            c for c in pair.real.pending() if (c.uid, c.field, c.theirs) == (uid, column, theirs)
        )
        accept.decide(pair.real.session, found.conflict_id, "mine" if keep else "theirs")
        pair.model.decide_one(uid, name, waits, keep)
        if name != "deleted":
            chosen, left = (mine, theirs) if keep else (theirs, mine)
            self.ledger.wrote(uid, name, chosen, {left})

    def filled(self, copy: Copy, at: int, name: str, sort: str) -> Copy:
        """A copy of a workbook with one more cell typed over."""
        shown = [uid for uid, record in copy.book.records.items() if not record.values["deleted"]]
        if not shown:
            return copy
        uid = shown[at % len(shown)]
        value: Any = True if name == "deleted" else self.fresh(sort)
        exported = copy.book.records[uid].values[name]
        if exported == value:
            return copy
        target = self.folder / f"typed{self.fresh()}.xlsx"
        fill(copy.file, target, [(uid, name, "删除" if name == "deleted" else text(value))])
        typed = [each for each in copy.typed if each[:2] != (uid, name)]
        if name != "deleted":
            self.ledger.wrote(uid, name, text(value), {text(exported)})
            typed.append((uid, name, text(value)))
        return Copy(target, copy.book.type(self.world, uid, name, value), typed, dict(copy.rows))

    def new_record(self, pair: Pair) -> None:
        uid = derived_uid("record", str(len(self.uids)))
        self.uids.append(uid)
        pair.model.create(uid)
        pair.real.session.add(KIND, {"title": uid, **{column: text(0) for column in COLUMNS.values()}}, uid=uid)

    # -- rules ---------------------------------------------------------------------------------------

    @initialize(begin=st.booleans())
    def two_records_everywhere(self, begin: bool) -> None:
        if not begin:
            reject()  # the history of the simplest choices, which every seed would begin with
        for number in range(OFFICES):
            pair = Pair(self.folder / f"office{number}", self.world)
            self.stack.callback(lambda pair=pair: pair.real.session.close())
            self.pairs.append(pair)
        first = self.pairs[0]
        for _ in range(2):
            self.new_record(first)
        copy = self.send_from(first)
        for pair in self.pairs[1:]:
            self.take_in(pair, copy)

    @step(most=3, number=office)
    def add(self, number: int) -> None:
        self.new_record(self.pairs[number])

    @step(number=office, at=which, name=st.sampled_from("abc"), sort=sort_of_value)
    def edit(self, number: int, at: int, name: str, sort: str) -> None:
        pair = self.pairs[number]
        uid = self.record(pair, at)
        if uid is not None and not pair.model.records[uid].values["deleted"]:
            self.write(pair, uid, name, self.fresh(sort))

    @step(number=office, at=which, gone=st.booleans())
    def delete_or_restore(self, number: int, at: int, gone: bool) -> None:
        pair = self.pairs[number]
        uid = self.record(pair, at)
        if uid is not None:
            self.write(pair, uid, "deleted", gone)

    @step(most=3, number=office, at=which)
    def report_progress(self, number: int, at: int) -> None:
        pair = self.pairs[number]
        uid = self.record(pair, at)
        if uid is not None and not pair.model.records[uid].values["deleted"]:
            made = pair.real.session.add("progress", {"content": f"进展{self.fresh()}"}, parent=uid)
            self.reports.add(made)

    @step(target=copies, number=office)
    def send(self, number: int) -> Copy:
        return self.send_from(self.pairs[number])

    @step(first=office, second=office, at=which, name=st.sampled_from("abc"), sort=sort_of_value)
    def two_edit_the_same(self, first: int, second: int, at: int, name: str, sort: str) -> None:
        uid = self.record(self.pairs[first], at)
        for number in (first, second):
            known = self.pairs[number].model.records.get(uid or "")
            if uid is not None and known is not None and not known.values["deleted"]:
                self.write(self.pairs[number], uid, name, self.fresh(sort))

    @step(target=copies, sender=office, receiver=office)
    def send_and_take(self, sender: int, receiver: int) -> Copy:
        copy = self.send_from(self.pairs[sender])
        self.take_in(self.pairs[receiver], copy)
        return copy

    @step(target=copies, sender=office, receiver=office, at=which, name=typed_field, sort=sort_of_value)
    def send_type_and_take(self, sender: int, receiver: int, at: int, name: str, sort: str) -> Copy:
        copy = self.filled(self.send_from(self.pairs[sender]), at, name, sort)
        self.take_in(self.pairs[receiver], copy)
        return copy

    @step(target=copies, copy=copies, at=which, name=typed_field, sort=sort_of_value)
    def type_into(self, copy: Copy, at: int, name: str, sort: str) -> Copy:
        return self.filled(copy, at, name, sort)

    @step(target=copies, copy=copies, slot=st.integers(0, 1))
    def type_a_new_row(self, copy: Copy, slot: int) -> Copy:
        key, title = slots(copy.file)[slot], f"新事项{self.fresh()}"
        target = self.folder / f"{title}.xlsx"
        fill(copy.file, target, [(key, "title", title)])
        return Copy(target, copy.book, copy.typed, {**copy.rows, key: title})

    @step(number=office, copy=copies)
    def take(self, number: int, copy: Copy) -> None:
        self.take_in(self.pairs[number], copy)

    @step(number=office, copy=copies)
    def take_twice(self, number: int, copy: Copy) -> None:
        pair = self.pairs[number]
        self.take_in(pair, copy)
        before = pair.real.state()
        self.take_in(pair, copy)
        assert pair.real.state() == before, "the same file a second time changed something"

    @step(copy=consumes(copies), found=st.booleans())
    def lose(self, copy: Copy, found: bool) -> None:
        """A stick is lost: what was typed into that file alone reaches nobody, or only when all think they have met."""
        if found:
            self.kept.append(copy)

    @precondition(lambda self: any(pair.model.pending for pair in self.pairs))
    @step(most=10, at=which, keep=st.booleans())
    def decide(self, at: int, keep: bool) -> None:
        waiting = [(pair, *key) for pair in self.pairs for key in sorted(pair.model.pending)]
        pair, uid, name = waiting[at % len(waiting)]
        self.settle(pair, uid, name, keep)
        pair.check()

    @step(most=3, target=backups, number=office)
    def back_up(self, number: int) -> tuple[Pair, Path, Any]:
        pair = self.pairs[number]
        return pair, pair.real.backup(), pair.model.backup()

    @step(most=3, backup=backups)
    def restore(self, backup: tuple[Pair, Path, Any]) -> None:
        pair, files, state = backup
        # What it had is in somebody's hands before it goes back in time, and so is what waited there for a decision.
        self.kept += [self.send_from(pair), *self.typed_into[id(pair)]]
        pair.real.restore(files)
        pair.model.restore(state)
        self.restored = True
        pair.check()

    @invariant()
    def no_deletion_hides_an_edit(self) -> None:
        assert model.hides([pair.model for pair in self.pairs]) is None

    # -- the end -------------------------------------------------------------------------------------

    def meet(self) -> None:
        """All take in what all have, and decide, until nothing is left to say."""
        for copy in self.kept:
            for pair in self.pairs:
                self.take_in(pair, copy)
        sent: list[Copy] = []
        for _ in range(60):
            for a in self.pairs:
                sent.append(self.send_from(a))
                for b in self.pairs:
                    if a is not b:
                        self.take_in(b, sent[-1])
            waiting = next((pair for pair in self.pairs if pair.real.pending()), None)
            states = [pair.real.state() for pair in self.pairs]
            if waiting is None and all(state == states[0] for state in states):
                break
            while waiting is not None and (open_ := waiting.real.pending()):
                self.decide_one(waiting, self.rnd.choice(open_))
        else:
            raise AssertionError("the offices did not become equal")
        for copy in [*self.kept, *self.rnd.sample(sent, min(4, len(sent)))]:
            for pair in self.pairs:
                self.take_in(pair, copy)
        assert states == [pair.real.state() for pair in self.pairs], "an old file changed something"
        self.all_is_there()
        for pair in self.pairs:
            assert pair.real.problems() == []

    def decide_one(self, pair: Pair, found: Any) -> None:
        if found.uid in pair.model.records:
            self.settle(pair, found.uid, BACK.get(found.field, found.field), self.rnd.random() < 0.5)
        else:  # two titles in one blank row of copies of one workbook
            accept.decide(pair.real.session, found.conflict_id, self.rnd.choice(["mine", "theirs"]))

    def all_is_there(self) -> None:
        """Each acknowledged edit stands or was overruled by somebody who had seen it; each new row came once."""
        one = self.pairs[0]
        lost_with_files = set(self.world.edit_of_write.values()) - self.typed_edits
        assert set(self.world.lost(one.model.records)) <= lost_with_files, "edits overwritten unseen"
        for uid in self.uids:
            for name in COLUMNS:
                final = one.real.value(uid, name)
                missing = self.ledger.unaccounted(uid, name, final)
                assert not missing, f"{uid} {name} is {final}; never seen by who overruled them: {missing}"
                if not self.restored:
                    told = {final}.union(*(pair.real.told(uid, name) for pair in self.pairs))
                    unnamed = self.ledger.acknowledged[uid, name] - told - {None}
                    assert not unnamed, f"{uid} {name}: no office names what overruled {unnamed}"
        assert self.reports == {record.uid for record in one.real.session.office.each("progress")}
        fresh = [r.values["title"] for uid, r in one.real.records().items() if uid not in self.uids]
        for titles in self.titles.values():
            assert len(titles & set(fresh)) == 1, f"of the titles {titles} stand {fresh}"
        assert len(fresh) == len(self.titles)


@pytest.mark.slow
@pytest.mark.parametrize("_run", range(2))
def test_offices_that_trade_workbooks_lose_nothing(_run: int) -> None:
    play(Offices, None, steps=30)
