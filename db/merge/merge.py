"""Merge what arrives with what is here, field by field: no edit is ever overwritten unseen. No
book, no file.

For a field that arrives with value x and vector V, where mine has y and M:

================= 
==================================================================================== V ≤ M          
   seen: I have taken this in before M ≤ V              taken: x was written by somebody who had
seen y neither, x = y     joined: the same value written twice; the vectors are joined neither, x ≠
y     conflict: x stays beside y with its own vector until a person decides ================= 
====================================================================================

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

import base64
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from db.merge.versions import HAND, Authors, RowVersions, Vector, join, joined_authors, leq, tick

Same = Callable[[str, Any, Any], bool]
#: Field → how two values of it become one; of fields that never conflict.
Joins = Mapping[str, Callable[[Any, Any], Any]]
Word = Literal["seen", "taken", "joined", "conflict"]

#: The field that says a record is in the recycle bin; see :func:`merge_row` for its one rule more.
DELETED = "deleted"
#: Ends the site name of a question whether a deleted record should live.
_LIFE = "!"


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
    if leq(v, m):
        return Outcome("seen", y, m)
    if leq(m, v):
        return Outcome("taken", x, v)
    if (x == y) if same is None else same:
        return Outcome("joined", y, join(m, v))
    return Outcome("conflict", y, m)


def still_pending(pending: Iterable[Pending], vector: Vector) -> list[Pending]:
    """What a field's new vector leaves open: values that it has not taken in."""
    return [p for p in pending if not leq(p.vector, vector)]


def add_pending(
    pending: Sequence[Pending], value: object, vector: Vector, authors: Authors = ()
) -> list[Pending]:
    """Keep one more arriving value, unless a waiting one has taken it in; those that it overrules
    go."""
    if any(leq(vector, p.vector) for p in pending):
        return list(pending)
    return [p for p in pending if not leq(p.vector, vector)] + [Pending(value, vector, authors)]


def hand_site(*parts: str) -> str:
    """The site name of a typed write: the same for the same export, record, field and value,
    wherever it is read.
    """
    digest = hashlib.blake2b(digest_size=9)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big") + data)
    return HAND + base64.urlsafe_b64encode(digest.digest()).decode("ascii")


def hand_vector(
    exported: Vector, export_id: str, uid: str, name: str, typed: str, tag: str = ""
) -> Vector:
    """The vector of a cell typed over an exported value.

    ``typed`` is the value's one JSON text, so that 2022.9.5 and 2022-09-05 are the same write.
    ``tag`` says whose workbook it was (``ownership.hand_tag``).
    """
    return {**exported, hand_site(export_id, uid, name, typed) + tag: 1}


def is_correction(
    mine: Vector,
    exported: Vector,
    export_id: str,
    uid: str,
    name: str,
    mine_typed: str,
    tag: str = "",
) -> bool:
    """Whether my value was itself typed into the same export: the new one is then a corrected
    return (更正).
    """
    site = hand_site(export_id, uid, name, mine_typed) + tag
    return site in mine and leq({k: n for k, n in mine.items() if k != site}, exported)


def decision_vector(mine: Vector, theirs: Vector, site: str, counter: int) -> Vector:
    """The vector of a person's decision: it has taken in both, and is a write of this site."""
    return tick(join(mine, theirs), site, counter)


class Values(Protocol):
    """What the algebra asks of a record's values: one by field name, None when blank."""

    def get(self, name: str, /) -> Any: ...


@dataclass(slots=True)
class Row:
    """A record as the algebra sees it: values by field (``deleted``, ``state``, ``parent`` too) and
    their vectors.
    """

    values: Values
    versions: RowVersions


@dataclass(slots=True)
class RowMerge:
    """What taking in a row does; nothing here when all of it had been seen.

    ``changes``: field → value and vector to be written (a joined field keeps its value); ``taken``
    names those whose value changes; ``authors``: who wrote each of the changes; ``conflicts``:
    field → the value that now waits; ``pending``: field → all that wait afterwards, for each field
    where that list differs.
    """

    changes: dict[str, tuple[Any, Vector]] = field(default_factory=dict)
    authors: dict[str, Authors] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    conflicts: dict[str, Pending] = field(default_factory=dict)
    pending: dict[str, list[Pending]] = field(default_factory=dict)

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
    if leq(theirs.row, mine.row):
        if not theirs.fields and not mine.fields:
            return []
        own, other = mine.fields, theirs.fields
        return [n for n in fields if (n in other or n in own) and not leq(theirs.of(n), mine.of(n))]
    return [n for n in fields if not leq(theirs.of(n), mine.of(n))]


def merge_row(
    uid: str,
    mine: Row,
    theirs: Row,
    fields: Sequence[str],
    pending: Mapping[str, Sequence[Pending]] | None = None,
    same: Same = _equal,
    *,
    refused: Collection[str] = (),
    disowned: Mapping[str, Vector] | None = None,
    joins: Joins | None = None,
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

    ``refused`` fields are passed over. ``disowned``: field → what my vector there is worth, without
    the write of somebody who may not write it. ``joins``: fields that are facts to be added, which
    neither conflict nor wait.
    """
    waiting = pending or {}
    # Where both say the same nothing has to give way, and the vectors meet as ever.
    worth = {
        n: v
        for n, v in (disowned or {}).items()
        if not same(n, theirs.values.get(n), mine.values.get(n))
    }
    out = RowMerge()
    for name, vector in worth.items():
        if name in fields and name not in refused and leq(vector, theirs.versions.of(name)):
            _take(out, waiting, name, theirs, False)
    gone = bool(mine.values.get(DELETED)) and DELETED not in worth
    living = DELETED in fields and (DELETED in refused or not theirs.values.get(DELETED))
    buried = (
        gone and living
        and (DELETED in refused or not leq(mine.versions.of(DELETED), theirs.versions.of(DELETED)))
    )
    unseen: list[str] = []
    for name in news(mine.versions, theirs.versions, fields):
        if name in refused or name in worth:
            continue
        v = theirs.versions.of(name)
        m = mine.versions.of(name)
        x, y = theirs.values.get(name), mine.values.get(name)
        if joins and name in joins:
            _join(out, waiting, name, joins[name](y, x), mine, theirs)
            continue
        equal = same(name, x, y)
        word, _, vector = merge_field((y, m), (x, v), equal)
        if word == "conflict" or buried:
            unseen.append(name)
            _wait(out, waiting, name, Pending(x, v, theirs.versions.authors_of(name)))
        elif word == "taken":
            _take(out, waiting, name, theirs, equal)
        else:
            _change(out, waiting, name, y, vector, _both(name, mine, theirs))
    if buried and any(name != DELETED for name in unseen):
        _ask_for_life(uid, mine if DELETED in refused else theirs, theirs, unseen, waiting, out)
    elif DELETED in out.changes:
        if out.changes[DELETED][0] and not mine.values.get(DELETED):
            _doubt_deletion(mine, theirs, fields, waiting, worth, out)
        elif mine.values.get(DELETED) and not out.changes[DELETED][0]:
            _take_what_waited(mine, waiting, out, same)
    if gone and DELETED in fields and DELETED not in refused and theirs.values.get(DELETED):
        _answer_for_life(uid, mine, theirs, fields, waiting, out)
    _answer_by_living(mine, waiting, out, worth.get(DELETED))
    return out


def _both(name: str, mine: Row, theirs: Row) -> Authors:
    return joined_authors(
        mine.versions.of(name), mine.versions.authors_of(name), theirs.versions.of(name),
        theirs.versions.authors_of(name),
    )


def _join(
    out: RowMerge, waiting: Mapping[str, Sequence[Pending]], name: str, value: object, mine: Row,
    theirs: Row,
) -> None:
    """Facts of both sides: none is lost, nobody is asked."""
    vector = join(mine.versions.of(name), theirs.versions.of(name))
    _change(out, waiting, name, value, vector, _both(name, mine, theirs))
    if value != mine.values.get(name):
        out.taken.append(name)


def _take(
    out: RowMerge, waiting: Mapping[str, Sequence[Pending]], name: str, theirs: Row, equal: bool
) -> None:
    _change(
        out, waiting, name, theirs.values.get(name), theirs.versions.of(name),
        theirs.versions.authors_of(name),
    )
    if not equal:
        out.taken.append(name)


def _change(
    out: RowMerge,
    waiting: Mapping[str, Sequence[Pending]],
    name: str,
    value: object,
    vector: Vector,
    authors: Authors,
) -> None:
    out.changes[name] = (value, vector)
    out.authors[name] = authors
    _close(out, waiting, name, vector)


def decide_row(
    mine: Row,
    pending: Mapping[str, Sequence[Pending]],
    name: str,
    chosen: object,
    against: Vector,
    site: str,
    counter: int,
    same: Same = _equal,
) -> RowMerge:
    """A person's decision on one waiting value (``against`` is its vector): a write on top of both.

    Deciding on a field of a deleted record confirms the deletion, since who decides has it before
    him; deciding on the deletion takes in what waited for it.
    """
    out = RowMerge()
    vector = decision_vector(mine.versions.of(name), against, site, counter)
    _change(out, pending, name, chosen, vector, (site,))
    if not same(name, chosen, mine.values.get(name)):
        out.taken.append(name)
    if name == DELETED:
        _take_what_waited(mine, pending, out, same)
    elif mine.values.get(DELETED):
        out.changes[DELETED] = (True, tick(mine.versions.of(DELETED), site, counter))
        out.authors[DELETED] = (site,)
    _answer_by_living(mine, pending, out)
    return out


def _wait(
    out: RowMerge, waiting: Mapping[str, Sequence[Pending]], name: str, value: Pending
) -> None:
    before = out.pending.get(name, waiting.get(name, ()))
    after = add_pending(before, *value)
    if after != list(before):
        out.pending[name] = after
        out.conflicts[name] = value


def _close(
    out: RowMerge, waiting: Mapping[str, Sequence[Pending]], name: str, vector: Vector
) -> None:
    before = out.pending.get(name, waiting.get(name))
    if before:
        after = still_pending(before, vector)
        if len(after) != len(before):
            out.pending[name] = after


def _ask_for_life(
    uid: str,
    since: Row,
    theirs: Row,
    unseen: Iterable[str],
    waiting: Mapping[str, Sequence[Pending]],
    out: RowMerge,
) -> None:
    """That a deleted record should live again is a write of its own, on top of ``since`` and named
    by the edit: it is asked once.
    """
    vector = dict(since.versions.of(DELETED))
    for name in unseen:
        if name != DELETED:
            vector[_life_site(uid, name, theirs.versions.of(name))] = 1
    _wait(out, waiting, DELETED, Pending(False, vector))


def _life_site(uid: str, name: str, edit: Vector) -> str:
    marks = ",".join(f"{site}={n}" for site, n in sorted(edit.items()))
    return hand_site("edited", uid, name, marks) + _LIFE


def _answer_for_life(
    uid: str,
    mine: Row,
    theirs: Row,
    fields: Sequence[str],
    waiting: Mapping[str, Sequence[Pending]],
    out: RowMerge,
) -> None:
    """They deleted it too, having seen the edits for whose sake it was asked whether it should
    live: the question is answered.

    Which edits these were is known while they wait. Afterwards, as where another office decides, it
    is answered by who has seen all that I have.
    """
    answered = {
        _life_site(uid, name, p.vector)
        for name, each in waiting.items()
        for p in each
        if name != DELETED and leq(p.vector, theirs.versions.of(name))
    }
    if _has_seen_all(mine, theirs, fields, waiting):
        answered |= {s for p in waiting.get(DELETED, ()) for s in p.vector if s.endswith(_LIFE)}
    before = out.pending.get(DELETED, list(waiting.get(DELETED, ())))
    after = [
        p
        for p in before
        if p.value
        or not answered & p.vector.keys()
        or not leq(
            {s: n for s, n in p.vector.items() if s not in answered}, theirs.versions.of(DELETED)
        )
    ]
    if len(after) != len(before):
        out.pending[DELETED] = after


def _answer_by_living(
    mine: Row, waiting: Mapping[str, Sequence[Pending]], out: RowMerge, worth: Vector | None = None
) -> None:
    """The record lives: nobody need be asked any more whether it should. ``worth``: of my deletion,
    which was disowned."""
    before = out.pending.get(DELETED, waiting.get(DELETED))
    if not before:
        return
    value, vector = out.changes.get(DELETED, (mine.values.get(DELETED), mine.versions.of(DELETED)))
    void = mine.versions.of(DELETED).keys() - worth.keys() if worth is not None else ()
    if not value:
        after = [
            p for p in before
            if p.value or not leq(
                {s: n for s, n in p.vector.items() if not s.endswith(_LIFE) and s not in void},
                vector,
            )
        ]  # fmt: skip
        if len(after) != len(before):
            out.pending[DELETED] = after


def _has_seen_all(
    mine: Row, theirs: Row, fields: Sequence[str], waiting: Mapping[str, Sequence[Pending]]
) -> bool:
    """Whether their row has taken in every edit that stands or waits here."""
    return theirs.versions.covers(mine.versions, fields) and all(
        leq(p.vector, theirs.versions.of(name))
        for name, each in waiting.items()
        for p in each
        if name != DELETED
    )


def _doubt_deletion(
    mine: Row,
    theirs: Row,
    fields: Sequence[str],
    waiting: Mapping[str, Sequence[Pending]],
    worth: Mapping[str, Vector],
    out: RowMerge,
) -> None:
    """Their deletion would be taken: not while it has not seen every edit that stands or waits
    here. Of a disowned value it need only have seen what that is worth.
    """
    rightful = [name for name in fields if name not in worth]
    disowned = all(
        leq(vector, theirs.versions.of(name)) for name, vector in worth.items() if name in fields
    )
    if not (disowned and _has_seen_all(mine, theirs, rightful, waiting)):
        _, vector = out.changes.pop(DELETED)
        out.taken.remove(DELETED)
        out.pending.pop(DELETED, None)
        _wait(out, waiting, DELETED, Pending(True, vector, out.authors.pop(DELETED)))


def _take_what_waited(
    mine: Row, waiting: Mapping[str, Sequence[Pending]], out: RowMerge, same: Same
) -> None:
    """Values that waited only because the record was deleted are taken in as they would have
    been."""
    for name in waiting:
        if name == DELETED:
            continue
        for p in list(out.pending.get(name, waiting[name])):
            y, m = out.changes.get(name, (mine.values.get(name), mine.versions.of(name)))
            equal = same(name, p.value, y)
            word, value, vector = merge_field((y, m), (p.value, p.vector), equal)
            if word in ("taken", "joined"):
                own = out.authors.get(name) or mine.versions.authors_of(name)
                theirs = p.authors or tuple(p.vector)
                wrote = theirs if word == "taken" else joined_authors(m, own, p.vector, theirs)
                if word == "taken" and not equal and name not in out.taken:
                    out.taken.append(name)
                _change(out, waiting, name, value, vector, wrote)
