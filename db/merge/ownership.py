"""Whose a field is where several offices hold a record: the office that issued it, or also the one
whose unit is responsible.

The office that made a record issued it, and may write all of it. The office that *is* one of the
record's responsible units (lead or cooperating) may write the fields declared so (``owner =
"responsible"``), take the steps declared so, and what those steps write: the fields they set, the
states they lead to, the reports they add. Everybody else may write nothing. What hangs under a
record belongs with it; who made it may correct it too.

Asked in two places: by the write path for the people of this office (``ownership_checks.py``), and
by the exchange for what arrives, about the author of each value that is news
(``desktop/exchange/plan/write_authority.py``). The two ask the same function, ``reason``. No book,
no file:
``tests/property/test_owner_histories.py`` plays random histories of offices that keep to it and of
one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from db.merge.merge import DELETED
from db.merge.versions import HAND, RowVersions, Vector, is_covered_by
from db.model.computed_fields import parse_formula
from db.model.declarations import Action, Kind
from db.model.fieldtypes import type_of

if TYPE_CHECKING:
    from db.model.kinds import Kinds

#: Why somebody may not write: it is the issuer's; he is neither side; nobody knows which unit he
#: is; no step of his leads there.
Reason = Literal["", "issuer", "third", "unit", "step"]
#: Behind a hash of a typed cell: whose workbook it was typed into, and whether that was one made
#: for a unit.
_OFFICE_TAG, _UNIT_TAG, _TAG_LENGTH = ".", "~", 8


class Rights(msgspec.Struct, frozen=True):
    """What the responsible side may write of a kind."""

    fields: frozenset[str]
    #: choices that its steps only ever set to these
    given: Mapping[str, frozenset[str]]
    #: state → those that its steps lead to from there, one after the other
    steps: Mapping[str, frozenset[str]]
    #: whether its steps add records of this kind
    made: bool
    #: field → the choice that must still stand at one of its own (``given``) where a step of its
    #: changes the field: what the issuer has decided by then is not reversed by a step that was
    #: meant for what still waited
    ruled: Mapping[str, str] = msgspec.field(default_factory=dict)
    #: the field that keeps the steps, and those of them that are its own
    log: str = ""
    taken: frozenset[str] = frozenset()

    def onward(self, state: str | None) -> Collection[str]:
        """What its steps lead to from a state; from anywhere, where that is not known."""
        if state is None:
            return frozenset().union(*self.steps.values())
        return self.steps.get(state, ())

    def may_be(self, name: str, value: object) -> bool:
        """Whether its steps ever write this value into one of its fields."""
        return value is None or name not in self.given or value in self.given[name]


class _Writes(msgspec.Struct):
    """What the steps of the responsible side write of a kind, over all lifecycles."""

    kinds: Kinds
    kind: Kind
    values: list[Mapping[str, str]] = msgspec.field(default_factory=list)
    #: fields that a step of the kind's own lifecycle writes in the record that takes it
    plain: set[str] = msgspec.field(default_factory=set)
    ruled: dict[str, str] = msgspec.field(default_factory=dict)
    made: bool = False

    def gather(self) -> _Writes:
        """Look through every step that is the responsible side's."""
        own = self.kinds.lifecycle_of(self.kind)
        for cycle in self.kinds.lifecycles:
            for action in _theirs(cycle.actions):
                self._add(action)
                if own is not None and cycle.name == own.name:
                    self.values.append({**action.set, **dict.fromkeys(action.keep, "")})
                    self.plain |= {*action.set, *action.keep}
        return self

    def _add(self, action: Action) -> None:
        for update in action.updates:
            if update.kind == self.kind.name:
                self.values.append(update.values)
                for choice in update.where:
                    self.ruled.update(dict.fromkeys(update.values, choice))
        if action.child is not None and action.child.kind == self.kind.name:
            self.made = True
            self.values.append(action.child.values)

    def choices(self, free: frozenset[str]) -> dict[str, frozenset[str]]:
        """The choices that its steps only ever set to these, of fields that are not ``free``."""
        found: dict[str, set[str]] = {}
        for target, source in (pair for values in self.values for pair in values.items()):
            listed = self.kind.has(target) and type_of(self.kind.field(target)).one_listed
            if listed and target not in free:
                parts = source.split("|")
                found.setdefault(target, set()).update(
                    part.removeprefix("text:") for part in parts if part.startswith("text:")
                )
        return {target: frozenset(choices) for target, choices in found.items()}


@lru_cache(maxsize=512)
def rights_of(kinds: Kinds, name: str) -> Rights:
    """What the declarations of a kind and its lifecycle, and for a child those of its parents'
    lifecycles, give the responsible side."""
    kind = kinds.get(name)
    writes = _Writes(kinds, kind).gather()
    free = frozenset(f.name for f in kind.all_fields if f.owner == "responsible")
    given = writes.choices(free)
    own = kinds.lifecycle_of(kind)
    actions = _theirs(own.actions) if own is not None else []
    log = next((f.name for f in kind.all_fields if type_of(f).joins), "")
    fields = _with_filled(kind, free.union(*writes.values, [log] if log and actions else []))
    ruled = {t: c for t, c in writes.ruled.items() if t not in free | writes.plain and c in given}
    return Rights(
        fields, given, _steps_of(actions), writes.made, ruled, log,
        frozenset(action.name for action in actions),
    )


def _with_filled(kind: Kind, fields: frozenset[str]) -> frozenset[str]:
    """Fields, with those that are worked out from them."""
    filled = (f for f in kind.all_fields if f.fill)
    return fields.union(f.name for f in filled if fields & set(parse_formula(f.fill or "")[1]))


def _steps_of(actions: Sequence[Action]) -> dict[str, frozenset[str]]:
    """State → those that steps lead to from there, one after the other."""
    steps: dict[str, set[str]] = {}
    for action in actions:
        if action.to and not action.to.startswith("field:"):
            for start in action.from_:
                steps.setdefault(start, set()).add(action.to)
    return {start: frozenset(_reached(start, steps)) for start in steps}


def _theirs(actions: Iterable[Action]) -> list[Action]:
    return [action for action in actions if action.owner == "responsible"]


def _reached(start: str, steps: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in steps.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


class Author(NamedTuple):
    """Who wrote a value: an office, with the units it is itself, or a unit that typed into that
    office's workbook (``typed``)."""

    office: str
    units: frozenset[str]
    typed: bool = False


class RecordOwnership(msgspec.Struct, frozen=True):
    """Whose a record is: the office that issued it ("" for one that nobody has told), who made it,
    and the responsible units."""

    issuer: str
    maker: str
    units: frozenset[str] = msgspec.field(default_factory=frozenset)
    #: those that were responsible before: what they wrote then may arrive now
    former: frozenset[str] = msgspec.field(default_factory=frozenset)


def role_towards(
    author: Author, standing: RecordOwnership, *, late: bool = False
) -> Literal["issuer", "responsible", "maker", "third", "unit"]:
    """What somebody is to a record. ``late``: of what was written some time ago."""
    if not standing.issuer:
        return "issuer"  # nobody has told whose it is: as before there was a difference
    if author.office == standing.issuer and not author.typed:
        return "issuer"
    if author.units & standing.units or (late and author.units & standing.former):
        return "responsible"
    if author.office == standing.maker and not author.typed:
        return "maker"
    return "third" if author.units else "unit"


class Moment(msgspec.Struct, frozen=True):
    """When a value was written, so far as that bears on who might.

    ``state``: the state before, where it is known. ``new``: the record is made by it. ``late``: it
    was written some time ago.
    """

    state: str | None = None
    new: bool = False
    late: bool = False


NOW = Moment()


def reason(
    rights: Rights, author: Author, standing: RecordOwnership, name: str, value: object = None,
    at: Moment = NOW,
) -> Reason:
    """Why a field may not be written so by somebody; "" where it may. ``value`` is plain JSON."""
    who = role_towards(author, standing, late=at.late)
    if who == "issuer":
        return ""
    if who in ("third", "unit"):
        known = who == "third" or name == "state" or name in rights.fields
        return who if known else "issuer"  # whichever unit it is
    if name in (DELETED, "parent"):
        free = not author.typed if name == DELETED else at.new
        return "" if free and author.office == standing.maker else "issuer"
    if name == "state":
        return "" if value in rights.onward(at.state) else "step"
    if name not in rights.fields:
        return "issuer"
    return "" if rights.may_be(name, value) else "step"


def _own_steps(rights: Rights, steps: object, known: object) -> bool:
    """Whether all of these steps but the ones known here are the responsible side's to take. (An
    earlier program hands them on without what they gave.)"""
    here = known if isinstance(known, list) else []
    here = [*here, *({n: v for n, v in step.items() if n != "gave"} for step in here)]
    return not isinstance(steps, list) or all(
        step in here or (isinstance(step, dict) and step.get("action") in rights.taken)
        for step in steps
    )


# -- what arrives ----------------------------------------------------------------------------------


class News(msgspec.Struct, frozen=True):
    """What arrives for a record, as plain JSON of the fields that bring news, with its vectors; and
    those of the record here, with what rules other fields (``before``)."""

    values: Mapping[str, object]
    theirs: RowVersions
    own: RowVersions = msgspec.field(default_factory=RowVersions)
    before: Mapping[str, object] = msgspec.field(default_factory=dict)


def refused_fields(
    rights: Rights, standing: RecordOwnership, news: News, author_of: Callable[[str], Author],
    at: Moment = NOW,
) -> dict[str, tuple[Reason, Author]]:
    """Field → why what arrives for it may not be taken, and who wrote it.

    A value is refused when none of its authors may write it; where the authors are not named, each
    site of which there is news may be one, so all of them must be allowed.
    """
    arrival = _Arrival(rights, standing, news, author_of, replace(at, late=True))
    found = {name: arrival.refusal(name) for name in news.values}
    return {name: refused for name, refused in found.items() if refused is not None}


class _Arrival(msgspec.Struct, frozen=True):
    """News of a record, and who may have written it."""

    rights: Rights
    standing: RecordOwnership
    news: News
    author_of: Callable[[str], Author]
    at: Moment

    def refusal(self, name: str) -> tuple[Reason, Author] | None:
        """Why a value may not be taken; None where it may."""
        theirs = self.news.theirs
        vector, mine = theirs.of(name), self.news.own.of(name)
        fresh = [site for site in vector if vector[site] > mine.get(site, 0)]
        # What the issuer did in between is not known here, so from where a step was taken is not
        # either.
        unseen = any(_wrote_all(self.author_of(site), self.standing) for site in fresh)
        named = name in theirs.authors or len(vector) == 1
        refused: list[tuple[Reason, Author]] = []
        for site in theirs.authors_of(name) if named else fresh:
            author = self._author(site)
            why = self._why(author, name, unseen)
            if why:
                refused.append((why, author))
            elif named:
                return None
        return refused[0] if refused else None

    def _author(self, site: str) -> Author:
        author = self.author_of(site)
        if not author.typed or author.office != self.standing.issuer:
            return author
        # The issuer's workbook for a unit: whose row it was, was looked at where it came in. A row
        # that was filled in there has no site of its own, and all of it was that unit's to fill in.
        units = author.units | self.standing.units
        return Author(author.office, units, bool(self.news.theirs.row))

    def _why(self, author: Author, name: str, unseen: bool) -> Reason:
        at = replace(self.at, state=None) if unseen else self.at
        value, before = self.news.values[name], self.news.before
        why = reason(self.rights, author, self.standing, name, value, at)
        if why or role_towards(author, self.standing, late=True) == "issuer":
            return why
        if name == self.rights.log and not _own_steps(self.rights, value, before.get(name)):
            return "step"
        return "step" if not unseen and self._reverses(name) else ""

    def _reverses(self, name: str) -> bool:
        """Whether a value was written in sight of a decision of the issuer's that rules its
        field."""
        rule, news = self.rights.ruled.get(name), self.news
        decided = news.before.get(rule) if rule is not None else None
        if rule is None or decided is None or decided in self.rights.given[rule]:
            return False
        return all(is_covered_by(news.own.of(each), news.theirs.of(each)) for each in (rule, name))


def _wrote_all(author: Author, standing: RecordOwnership) -> bool:
    return author.office == standing.issuer and not author.typed


def unauthorised_fields(
    rights: Rights,
    standing: RecordOwnership,
    state: str | None,
    own: RowVersions,
    author_of: Callable[[str], Author | None],
    *,
    settled: bool = False,
) -> dict[str, Vector]:
    """Fields of mine that somebody wrote who may never write them, and what their vectors are worth
    without that.

    ``settled``: the responsible units are those that the record was made with, so that who is
    neither side now never was.
    """
    found: dict[str, Vector] = {}
    for name in own.fields:
        left: Vector | None = None
        if name in rights.fields:
            left = _without_strangers(name, own, author_of, standing) if settled else None
        elif not _may_be_theirs(name, rights, standing, state):
            left = _of_issuer(name, own, author_of, standing)
        if left is not None:
            found[name] = left
    return found


def _may_be_theirs(name: str, rights: Rights, standing: RecordOwnership, state: str | None) -> bool:
    """Whether a field that is not the responsible side's may be written by others all the same."""
    if name == DELETED:
        return standing.maker != standing.issuer
    return name == "parent" or (name == "state" and state in rights.onward(None))


def _without_strangers(
    name: str, own: RowVersions, author_of: Callable[[str], Author | None],
    standing: RecordOwnership
) -> Vector | None:
    """What a value is worth without those who are neither side; None unless all its authors are.
    What was typed into a workbook below it is gone from here: where nobody else has it, whoever
    knows the rest must not be held off for good."""
    sites = {*own.of(name), *own.authors_of(name)}
    strange = {site for site in sites if _stranger(author_of(site), standing)}
    if name not in own.authors or not strange.issuperset(own.authors_of(name)):
        return None
    return {s: n for s, n in own.of(name).items() if s not in strange and s[0] != HAND}


def _of_issuer(
    name: str, own: RowVersions, author_of: Callable[[str], Author | None],
    standing: RecordOwnership
) -> Vector | None:
    """What a value is worth of the issuer's writes alone; None where somebody else wrote none of
    it. Where the first form does not say who wrote it, one that may not is enough: what takes its
    place has seen all that the issuer wrote."""
    enough = all if name in own.authors or len(own.of(name)) == 1 else any
    others = (author_of(site) for site in own.authors_of(name))
    if not enough(a is not None and role_towards(a, standing) != "issuer" for a in others):
        return None
    wrote = {site: author_of(site) for site in own.of(name)}
    return {
        site: n for site, n in own.of(name).items()
        if (author := wrote[site]) is not None and _wrote_all(author, standing)
    }  # fmt: skip


def _stranger(author: Author | None, standing: RecordOwnership) -> bool:
    """Somebody known to be neither side, who wrote it himself."""
    return (
        author is not None
        and not author.typed
        and role_towards(author, standing, late=True) == "third"
    )


# -- typed cells -----------------------------------------------------------------------------------


def hand_tag(office: str, for_unit: bool) -> str:
    """What stands behind the hash of a cell typed into this office's workbook."""
    return (_UNIT_TAG if for_unit else _OFFICE_TAG) + office[:_TAG_LENGTH]


def typists(
    office: str, units: frozenset[str], unit: str | None, taker: Author, standing: RecordOwnership
) -> list[Author]:
    """Who may have typed into a workbook of an office (which is ``units``) that was made for
    ``unit`` or for anybody; each of them must be allowed.

    Nobody knows whose hand it was. One the issuer made for a unit is that unit's; one of the
    taker's own office its people's; in another office's it was either side's, so only what both may
    write is taken, and never what is the issuer's alone.
    """
    if unit is not None:
        # The tag of a typed cell names the office alone, so a unit is known elsewhere only by whose
        # the record is.
        return [Author(office, frozenset({unit}) if office == standing.issuer else units, True)]
    if office == taker.office:
        return [taker]
    return [
        Author(office, units | standing.units if office == standing.issuer else units, True), taker,
    ]


def typed_into(site: str, offices: Iterable[str]) -> tuple[str, bool] | None:
    """Into whose workbook a cell was typed, and whether that was one made for a unit; None where it
    does not say, or says nobody known.
    """
    if site[:1] != HAND:
        return None
    for mark in (_OFFICE_TAG, _UNIT_TAG):
        _, found, tag = site.partition(mark)
        if found:
            office = next((uid for uid in offices if uid[:_TAG_LENGTH] == tag), None)
            return None if office is None else (office, mark == _UNIT_TAG)
    return None
