"""Merge what arrives with what is here, field by field: no edit is ever overwritten unseen. No
book, no file.

For a field that arrives with value x and vector V, where mine has y and M:

    V ≤ M            seen: I have taken this in before
    M ≤ V            taken: x was written by somebody who had seen y
    neither, x = y   joined: the same value written twice; the vectors are joined
    neither, x ≠ y   conflict: x stays beside y with its own vector until a person decides;
                     where both were written by steps, the list of both sides' steps says which
                     stands, and the vectors are joined

A decision is a write on top of both: join(V, M) and a tick of this site, so it travels and is never
asked again elsewhere. A later arrival that dominates a pending value closes it.

Who may write a field is not decided here but told (``ownership.py``): a *refused* field is passed
over as if the row did not carry it, so its vector never claims what was refused; a *disowned* value
of mine, written by somebody who may not write it, gives way to any that knows as much of those who
may. What must hold
(``tests/property/test_merge_histories.py`` checks it with random histories of several offices): in
whatever order files are taken in, however often, all offices end equal, each edit is in the result
or was overruled by a write that had seen it, and an old file taken in again changes nothing.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from db.merge.versions import (
    HAND,
    Authors,
    RowVersions,
    Vector,
    is_covered_by,
    join,
    joined_authors,
    tick,
)

Same = Callable[[str, Any, Any], bool]
#: Field → how two values of it become one; of fields that never conflict.
Joins = Mapping[str, Callable[[Any, Any], Any]]
Word = Literal["seen", "taken", "joined", "conflict"]

#: The field that says a record is in the recycle bin; see :func:`merge_row` for its one rule more.
DELETED = "deleted"
#: Ends the site name of a question whether a deleted record should live.
_LIFE = "!"
_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Outcome(NamedTuple):
    """What became of one arriving value: ``value`` and ``vector`` are what the field holds
    afterwards."""

    kind: Word
    value: Any
    vector: Vector


class Pending(NamedTuple):
    """A value that arrived and waits beside mine for a person's decision."""

    value: Any
    vector: Vector
    authors: Authors = ()


def merge_field(
    mine: tuple[Any, Vector], theirs: tuple[Any, Vector], same: bool | None = None
) -> Outcome:
    """The table above. ``same`` says whether the two values are equal, where ``==`` is not the
    measure."""
    y, m = mine
    x, v = theirs
    if is_covered_by(v, m):
        return Outcome("seen", y, m)
    if is_covered_by(m, v):
        return Outcome("taken", x, v)
    if (x == y) if same is None else same:
        return Outcome("joined", y, join(m, v))
    return Outcome("conflict", y, m)


def still_pending(pending: Iterable[Pending], vector: Vector) -> list[Pending]:
    """What a field's new vector leaves open: values that it has not taken in."""
    return [p for p in pending if not is_covered_by(p.vector, vector)]


def add_pending(
    pending: Sequence[Pending], value: object, vector: Vector, authors: Authors = ()
) -> list[Pending]:
    """Keep one more arriving value, unless a waiting one has taken it in; those that it overrules
    go."""
    if any(is_covered_by(vector, p.vector) for p in pending):
        return list(pending)
    return [p for p in pending if not is_covered_by(p.vector, vector)] + [
        Pending(value, vector, authors)
    ]


def typed_site(*parts: str) -> str:
    """The site name of a typed write: the same for the same export, record, field and value,
    wherever it is read.
    """
    message = b""
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        message += len(data).to_bytes(4, "big") + data
    digest = hashlib.blake2b(message, digest_size=9).digest()
    return HAND + binascii.b2a_base64(digest, newline=False).translate(_URLSAFE).decode("ascii")


def typed_vector(
    exported: Vector, export_id: str, uid: str, name: str, typed: str, tag: str = ""
) -> Vector:
    """The vector of a cell typed over an exported value.

    ``typed`` is the value's one JSON text, so that 2022.9.5 and 2022-09-05 are the same write.
    ``tag`` says whose workbook it was (``ownership.hand_tag``).
    """
    return {**exported, typed_site(export_id, uid, name, typed) + tag: 1}


def is_correction(mine: Vector, exported: Vector, site: str) -> bool:
    """Whether my value was itself typed into the same export (as ``site``): the new one is then a
    corrected return (更正).
    """
    return site in mine and is_covered_by({k: n for k, n in mine.items() if k != site}, exported)


def decision_vector(mine: Vector, theirs: Vector, site: str, counter: int) -> Vector:
    """The vector of a person's decision: it has taken in both, and is a write of this site."""
    return tick(join(mine, theirs), site, counter)


def is_answered_by_live_record(
    question: Vector, vector: Vector, void: Collection[str] = frozenset()
) -> bool:
    """Whether a record that lives by ``vector`` answers this question whether it should; however
    it came to live: by a merge, or brought back by hand. ``void``: sites that do not count."""
    return is_covered_by(
        {s: n for s, n in question.items() if not s.endswith(_LIFE) and s not in void}, vector
    )


class Values(Protocol):
    """What the algebra asks of a record's values: one by field name, None when blank."""

    def get(self, name: str, /) -> Any: ...


Settles = Callable[[str, Values, Values], tuple[Any] | None]


class Row(msgspec.Struct):
    """A record as the algebra sees it: values by field (``deleted``, ``state``, ``parent`` too),
    their vectors, and what waits beside them for a decision.
    """

    values: Values
    versions: RowVersions
    waiting: Mapping[str, Sequence[Pending]] = msgspec.field(default_factory=dict)

    @property
    def deleted(self) -> bool:
        """Whether it is in the recycle bin."""
        return bool(self.values.get(DELETED))


class Bounds(msgspec.Struct, frozen=True):
    """What of an arriving row is not merged by its vectors alone.

    ``refused`` fields are passed over. ``disowned``: field → what my vector there is worth, without
    the write of somebody who may not write it. ``joins``: fields that are facts to be added, which
    neither conflict nor wait. ``settles``: of a field that would be in conflict, the value that
    stands by what those facts say, the same whoever asks; None where they say nothing.
    """

    refused: Collection[str] = ()
    disowned: Mapping[str, Vector] = msgspec.field(default_factory=dict)
    joins: Joins = msgspec.field(default_factory=dict)
    settles: Settles | None = None


FREE = Bounds()


class RowMerge(msgspec.Struct):
    """What taking in a row does; nothing here when all of it had been seen.

    ``changes``: field → value and vector to be written (a joined field keeps its value); ``taken``
    names those whose value changes; ``settled`` those of two values of which one stands without a
    question; ``authors``: who wrote each of the changes; ``conflicts``:
    field → the value that now waits; ``pending``: field → all that wait afterwards, for each field
    where that list differs; ``alone``: whether all that is news is among the changes, the refused
    left out.
    """

    changes: dict[str, tuple[Any, Vector]] = msgspec.field(default_factory=dict)
    authors: dict[str, Authors] = msgspec.field(default_factory=dict)
    taken: list[str] = msgspec.field(default_factory=list)
    settled: list[str] = msgspec.field(default_factory=list)
    conflicts: dict[str, Pending] = msgspec.field(default_factory=dict)
    pending: dict[str, list[Pending]] = msgspec.field(default_factory=dict)
    alone: bool = False

    def __bool__(self) -> bool:
        return bool(self.changes or self.pending)

    def applied(self, versions: RowVersions, skipped: Collection[str] = ()) -> RowVersions:
        """The record's vectors afterwards; ``skipped`` fields stay as they were."""
        out = versions.copy()
        for name, (_, vector) in self.changes.items():
            if name not in skipped:
                out.set(name, vector, self.authors.get(name, ()))
        return out


def _equal(name: str, a: object, b: object) -> bool:
    return bool(a == b)


def news(mine: RowVersions, theirs: RowVersions, fields: Sequence[str]) -> list[str]:
    """Fields whose arriving vector I have not seen, in their order. Fast where the row vectors tell
    it alone.
    """
    if is_covered_by(theirs.row, mine.row):
        if not theirs.fields and not mine.fields:
            return []
        own, other = mine.fields, theirs.fields
        if len(other) == 1 and own.keys() <= other.keys():  # one typed cell, as most rows have
            ((name, vector),) = other.items()
            seen = is_covered_by(vector, own.get(name, mine.row))
            return [name] if not seen and name in fields else []
        return [
            n
            for n in fields
            if (n in other or n in own) and not is_covered_by(theirs.of(n), mine.of(n))
        ]
    return [n for n in fields if not is_covered_by(theirs.of(n), mine.of(n))]


def merge_row(
    uid: str,
    mine: Row,
    theirs: Row,
    fields: Sequence[str],
    same: Same = _equal,
    bounds: Bounds = FREE,
) -> RowMerge:
    """Take a row in. ``fields`` are those the arriving row carries, ``deleted`` included where it
    has it.

    Deletion concerns all fields, so it has rules of its own. Theirs deletes the record but has not
    seen one of my edits (or of those that wait here): a conflict on ``deleted``, whatever its own
    vectors say. I deleted it, and an edit arrives that I had not seen: the same conflict from the
    other side, and until it is decided the edit waits too, so that a deleted record never carries
    on, as if seen, what nobody has looked at.

    An edit that arrives in one row with the deletion casts no doubt on it: whoever handed the row
    in had both before him. That holds too where the deletion alone had come in before, from a copy
    without the edit.
    """
    found = None
    if not (mine.waiting or mine.deleted or theirs.deleted or bounds.disowned):
        found = _taken_alone(mine, theirs, fields, same, bounds)
    return found or _Arrival(uid, mine, theirs, fields, same, bounds).merged()


def _taken_alone(
    mine: Row, theirs: Row, fields: Sequence[str], same: Same, bounds: Bounds
) -> RowMerge | None:
    """What most rows bring: news alone, over a living record of mine at which nothing waits. None
    where there is more to it, or nothing."""
    out, own, other = RowMerge(alone=True), mine.versions, theirs.versions
    for name in news(own, other, fields):
        if name in bounds.refused:
            continue
        vector, value = other.of(name), theirs.values.get(name)
        if name in bounds.joins or not is_covered_by(own.of(name), vector):
            return None
        out.changes[name], out.authors[name] = (value, vector), other.authors_of(name)
        if not same(name, value, mine.values.get(name)):
            out.taken.append(name)
    return out


def taken_again(mine: Row, theirs: Row, names: Iterable[str], same: Same = _equal) -> RowMerge:
    """What :func:`merge_row` has found to be news alone (``RowMerge.alone``), over the same vectors
    of mine and what waits there as then, so that nothing of it is asked again."""
    out = RowMerge(alone=True)
    for name in names:
        value = theirs.values.get(name)
        out.changes[name] = value, theirs.versions.of(name)
        out.authors[name] = theirs.versions.authors_of(name)
        if not same(name, value, mine.values.get(name)):
            out.taken.append(name)
    return out


def decide_row(
    mine: Row, name: str, decided: Pending, site: str, counter: int, same: Same = _equal
) -> RowMerge:
    """A person's decision on a waiting value: the value chosen, and the vector of what waited. A
    write on top of both.

    Deciding on a field of a deleted record confirms the deletion, since who decides has it before
    him; deciding on the deletion takes in what waited for it.
    """
    writing = _Writing(mine, same)
    out, chosen = writing.out, decided.value
    vector = decision_vector(mine.versions.of(name), decided.vector, site, counter)
    writing.change(name, chosen, vector, (site,))
    if not same(name, chosen, mine.values.get(name)):
        out.taken.append(name)
    if name == DELETED:
        writing.take_what_waited()
    elif mine.deleted:
        out.changes[DELETED] = (True, tick(mine.versions.of(DELETED), site, counter))
        out.authors[DELETED] = (site,)
    writing.answer_by_living()
    return out


class _Writing:
    """What is written over a row of mine, gathered in ``out``."""

    def __init__(self, mine: Row, same: Same) -> None:
        self.mine, self.same, self.out = mine, same, RowMerge()

    def waits(self, name: str) -> Sequence[Pending]:
        """What waits at a field by now."""
        return self.out.pending.get(name, self.mine.waiting.get(name, ()))

    def leave(self, name: str, left: list[Pending]) -> None:
        """Of what waits at a field only this is left."""
        if len(left) != len(self.waits(name)):
            self.out.pending[name] = left

    def wait(self, name: str, value: Pending) -> None:
        """One more value waits at a field, unless a waiting one has taken it in."""
        before = self.waits(name)
        after = add_pending(before, *value)
        if after != list(before):
            self.out.pending[name] = after
            self.out.conflicts[name] = value

    def change(self, name: str, value: object, vector: Vector, authors: Authors) -> None:
        """A field is written; what waits there and is taken in by it is closed."""
        self.out.changes[name] = (value, vector)
        self.out.authors[name] = authors
        self.leave(name, still_pending(self.waits(name), vector))

    def take_what_waited(self) -> None:
        """Values that waited only because the record was deleted are taken in as they would have
        been."""
        for name in self.mine.waiting:
            if name != DELETED:
                for waiting in list(self.waits(name)):
                    self._take_waiting(name, waiting)

    def _take_waiting(self, name: str, waiting: Pending) -> None:
        out, versions = self.out, self.mine.versions
        y, m = out.changes.get(name, (self.mine.values.get(name), versions.of(name)))
        equal = self.same(name, waiting.value, y)
        word, value, vector = merge_field((y, m), (waiting.value, waiting.vector), equal)
        if word not in ("taken", "joined"):
            return
        wrote = waiting.authors or tuple(waiting.vector)
        if word == "joined":
            own = out.authors.get(name) or versions.authors_of(name)
            wrote = joined_authors(m, own, waiting.vector, wrote)
        elif not equal and name not in out.taken:
            out.taken.append(name)
        self.change(name, value, vector, wrote)

    def answer_by_living(self, worth: Vector | None = None) -> None:
        """The record lives: nobody need be asked any more whether it should. ``worth``: of my
        deletion, which was disowned."""
        mine = self.mine.versions.of(DELETED)
        deleted, vector = self.out.changes.get(DELETED, (self.mine.deleted, mine))
        if deleted or not (before := self.waits(DELETED)):
            return
        void = mine.keys() - worth.keys() if worth is not None else frozenset()
        left = [
            p for p in before if p.value or not is_answered_by_live_record(p.vector, vector, void)
        ]
        self.leave(DELETED, left)


class _Arrival(_Writing):
    """A row that arrives, taken in."""

    def __init__(
        self, uid: str, mine: Row, theirs: Row, fields: Sequence[str], same: Same, bounds: Bounds
    ) -> None:
        super().__init__(mine, same)
        self.uid, self.theirs, self.fields, self.bounds = uid, theirs, fields, bounds
        # Where both say the same nothing has to give way, and the vectors meet as ever.
        self.worth = {
            n: v
            for n, v in bounds.disowned.items()
            if not same(n, theirs.values.get(n), mine.values.get(n))
        }
        self.gone = mine.deleted and DELETED not in self.worth

    def merged(self) -> RowMerge:
        """What the row does here."""
        self._give_way()
        buried = self._buried()
        unseen = self._take_news(buried)
        if buried and any(name != DELETED for name in unseen):
            self._ask_for_life(unseen)
        elif DELETED in self.out.changes:
            self._follow_deletion(bool(self.out.changes[DELETED][0]))
        if self.gone and self.theirs.deleted and self._tells(DELETED):
            self._answer_for_life()
        self.answer_by_living(self.worth.get(DELETED))
        return self.out

    def _tells(self, name: str) -> bool:
        """Whether the row carries a field that may be taken from it."""
        return name in self.fields and name not in self.bounds.refused

    def _give_way(self) -> None:
        for name, vector in self.worth.items():
            if self._tells(name) and is_covered_by(vector, self.theirs.versions.of(name)):
                self._take(name, equal=False)

    def _buried(self) -> bool:
        """Whether I deleted it, and it arrives alive from somebody who has not seen that."""
        if not self.gone or DELETED not in self.fields:
            return False
        if DELETED in self.bounds.refused:
            return True
        mine, theirs = self.mine.versions.of(DELETED), self.theirs.versions.of(DELETED)
        return not self.theirs.deleted and not is_covered_by(mine, theirs)

    def _take_news(self, buried: bool) -> list[str]:
        """Take in what is news; returns the fields whose values wait instead."""
        unseen: list[str] = []
        for name in news(self.mine.versions, self.theirs.versions, self.fields):
            if name in self.bounds.refused or name in self.worth:
                continue
            if name in self.bounds.joins:
                self._join(name)
            elif self._waits_or_taken(name, buried):
                unseen.append(name)
        return unseen

    def _waits_or_taken(self, name: str, buried: bool) -> bool:
        v, m = self.theirs.versions.of(name), self.mine.versions.of(name)
        x, y = self.theirs.values.get(name), self.mine.values.get(name)
        equal = self.same(name, x, y)
        word, _, vector = merge_field((y, m), (x, v), equal)
        if word == "conflict" and not buried and self._settle(name):
            return False
        if word == "conflict" or buried:
            self.wait(name, Pending(x, v, self.theirs.versions.authors_of(name)))
            return True
        if word == "taken":
            self._take(name, equal)
        else:
            self.change(name, y, vector, self._both(name))
        return False

    def _take(self, name: str, equal: bool) -> None:
        versions = self.theirs.versions
        self.change(
            name, self.theirs.values.get(name), versions.of(name), versions.authors_of(name)
        )
        if not equal:
            self.out.taken.append(name)

    def _join(self, name: str) -> None:
        """Facts of both sides: none is lost, nobody is asked."""
        mine = self.mine.values.get(name)
        value = self.bounds.joins[name](mine, self.theirs.values.get(name))
        vector = join(self.mine.versions.of(name), self.theirs.versions.of(name))
        self.change(name, value, vector, self._both(name))
        if value != mine:
            self.out.taken.append(name)

    def _settle(self, name: str) -> bool:
        """Of two values the one that stands by the facts of both sides, on top of both; False where
        a person must say."""
        settles, mine, theirs = self.bounds.settles, self.mine, self.theirs
        if settles is None or not all(map(self._tells, self.bounds.joins)):
            return False
        found = settles(name, mine.values, theirs.values)
        if found is None:
            return False
        (value,), authors = found, self._both(name)
        for row in (mine, theirs):
            if self.same(name, value, row.values.get(name)):
                authors = row.versions.authors_of(name)
        self.change(name, value, join(mine.versions.of(name), theirs.versions.of(name)), authors)
        self.out.settled.append(name)
        if not self.same(name, value, mine.values.get(name)):
            self.out.taken.append(name)
        return True

    def _both(self, name: str) -> Authors:
        mine, theirs = self.mine.versions, self.theirs.versions
        return joined_authors(
            mine.of(name), mine.authors_of(name), theirs.of(name), theirs.authors_of(name)
        )

    # -- deletion ----------------------------------------------------------------------------------

    def _follow_deletion(self, deleted: bool) -> None:
        if deleted and not self.mine.deleted:
            self._doubt_deletion()
        elif self.mine.deleted and not deleted:
            self.take_what_waited()

    def _doubt_deletion(self) -> None:
        """Their deletion would be taken: not while it has not seen every edit that stands or waits
        here. Of a disowned value it need only have seen what that is worth.
        """
        rightful = [name for name in self.fields if name not in self.worth]
        disowned = all(
            is_covered_by(vector, self.theirs.versions.of(name))
            for name, vector in self.worth.items()
            if name in self.fields
        )
        if not (disowned and self._has_seen_all(rightful)):
            out = self.out
            _, vector = out.changes.pop(DELETED)
            out.taken.remove(DELETED)
            out.pending.pop(DELETED, None)
            self.wait(DELETED, Pending(True, vector, out.authors.pop(DELETED)))

    def _has_seen_all(self, fields: Sequence[str]) -> bool:
        """Whether their row has taken in every edit that stands or waits here."""
        theirs = self.theirs.versions
        return theirs.covers(self.mine.versions, fields) and all(
            is_covered_by(p.vector, theirs.of(name)) for name, p in self._waiting_edits()
        )

    def _waiting_edits(self) -> Iterator[tuple[str, Pending]]:
        for name, each in self.mine.waiting.items():
            if name != DELETED:
                yield from ((name, p) for p in each)

    def _ask_for_life(self, unseen: Iterable[str]) -> None:
        """That a deleted record should live again is a write of its own, on top of who says so, and
        named by the edits: it is asked once.
        """
        since = self.mine if DELETED in self.bounds.refused else self.theirs
        vector = dict(since.versions.of(DELETED))
        for name in unseen:
            if name != DELETED:
                vector[_life_site(self.uid, name, self.theirs.versions.of(name))] = 1
        self.wait(DELETED, Pending(False, vector))

    def _answer_for_life(self) -> None:
        """They deleted it too, having seen the edits for whose sake it was asked whether it should
        live: the question is answered.

        Which edits these were is known while they wait. Afterwards, as where another office
        decides, it is answered by who has seen all that I have and says something of its own: my
        own state that comes back decides nothing.
        """
        theirs = self.theirs.versions
        answered = {
            _life_site(self.uid, name, p.vector)
            for name, p in self._waiting_edits()
            if is_covered_by(p.vector, theirs.of(name))
        }
        nothing_new = self.mine.versions.covers(theirs, self.fields)
        if self._has_seen_all(self.fields) and not nothing_new:
            questions = self.mine.waiting.get(DELETED, ())
            answered |= {s for p in questions for s in p.vector if s.endswith(_LIFE)}

        def open_still(question: Vector) -> bool:
            rest = {s: n for s, n in question.items() if s not in answered}
            return len(rest) == len(question) or not is_covered_by(rest, theirs.of(DELETED))

        left = [p for p in self.waits(DELETED) if p.value or open_still(p.vector)]
        self.leave(DELETED, left)


def _life_site(uid: str, name: str, edit: Vector) -> str:
    marks = ",".join(f"{site}={n}" for site, n in sorted(edit.items()))
    return typed_site("edited", uid, name, marks) + _LIFE
