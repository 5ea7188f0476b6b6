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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from db.merge.merge import DELETED
from db.merge.versions import HAND, RowVersions, Vector, leq
from db.model.computed_fields import taken_apart
from db.model.declarations import Action
from db.model.fieldtypes import of

if TYPE_CHECKING:
    from db.model.kinds import Kinds

#: Why somebody may not write: it is the issuer's; he is neither side; nobody knows which unit he
#: is; no step of his leads there.
Reason = Literal["", "issuer", "third", "unit", "step"]
#: Behind a hash of a typed cell: whose workbook it was typed into, and whether that was one made
#: for a unit.
_OFFICE_TAG, _UNIT_TAG, _TAG_LENGTH = ".", "~", 8


@dataclass(frozen=True, slots=True)
class Rights:
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
    ruled: Mapping[str, str] = field(default_factory=dict)
    #: the field that keeps the steps, and those of them that are its own
    log: str = ""
    taken: frozenset[str] = frozenset()

    @property
    def states(self) -> frozenset[str]:
        """All that its steps lead to."""
        return frozenset().union(*self.steps.values())


@lru_cache(maxsize=512)
def rights_of(kinds: Kinds, name: str) -> Rights:
    """What the declarations of a kind and its lifecycle, and for a child those of its parents'
    lifecycles, give the responsible side."""
    kind = kinds.get(name)
    fields = {f.name for f in kind.all_fields if f.owner == "responsible"}
    free = frozenset(fields)
    given: dict[str, set[str]] = {}
    made = False
    ruled: dict[str, str] = {}
    plain: set[str] = set(free)
    own = kinds.lifecycle_of(kind)
    for cycle in kinds.lifecycles:
        for action in _theirs(cycle.actions):
            updates = [u for u in action.updates if u.kind == name]
            written: list[Mapping[str, str]] = [u.values for u in updates]
            for update in updates:
                for choice in update.where:
                    ruled.update(dict.fromkeys(update.values, choice))
            if action.child is not None and action.child.kind == name:
                made = True
                written.append(action.child.values)
            if own is not None and cycle.name == own.name:
                written.append({**action.set, **dict.fromkeys(action.keep, "")})
                plain |= {*action.set, *action.keep}
            for values in written:
                for target, source in values.items():
                    fields.add(target)
                    if (
                        target not in free
                        and kind.has(target)
                        and of(kind.field(target)).one_listed
                    ):
                        given.setdefault(target, set()).update(
                            part.removeprefix("text:")
                            for part in source.split("|")
                            if part.startswith("text:")
                        )
    log = next((f.name for f in kind.all_fields if of(f).joins), "")
    taken = frozenset(action.name for action in _theirs(own.actions)) if own is not None else None
    fields |= {log} if log and taken else set()
    fields |= {f.name for f in kind.all_fields if f.fill and fields & set(taken_apart(f.fill)[1])}
    steps: dict[str, set[str]] = {}
    for action in _theirs(own.actions) if own is not None else ():
        for start in action.from_ if action.to and not action.to.startswith("field:") else ():
            steps.setdefault(start, set()).add(str(action.to))
    return Rights(
        frozenset(fields), {n: frozenset(v) for n, v in given.items()},
        {start: frozenset(_reached(start, steps)) for start in steps}, made,
        {
            target: choice for target, choice in ruled.items()
            if target not in plain and choice in given
        },
        log, taken or frozenset(),
    )  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose a record is: the office that issued it ("" for one that nobody has told), who made it,
    and the responsible units."""

    issuer: str
    maker: str
    units: frozenset[str] = field(default_factory=frozenset)
    #: those that were responsible before: what they wrote then may arrive now
    former: frozenset[str] = field(default_factory=frozenset)


def side(
    author: Author, standing: Standing, *, late: bool = False
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


def reason(
    rights: Rights,
    author: Author,
    standing: Standing,
    name: str,
    value: object = None,
    *,
    was: str | None = None,
    new: bool = False,
    late: bool = False,
) -> Reason:
    """Why a field may not be written so by somebody; "" where it may.

    ``value`` is plain JSON. ``was``: the state before, where it is known. ``new``: the record is
    made by it.
    """
    who = side(author, standing, late=late)
    if who == "issuer":
        return ""
    if who == "unit" and name != "state" and name not in rights.fields:
        return "issuer"  # whichever unit it is
    if who in ("third", "unit"):
        return who
    if name == DELETED:
        return "" if author.office == standing.maker and not author.typed else "issuer"
    if name == "parent":
        return "" if new and author.office == standing.maker else "issuer"
    if name == "state":
        return (
            "" if value in (rights.states if was is None else rights.steps.get(was, ())) else "step"
        )
    if name not in rights.fields:
        return "issuer"
    return (
        "step"
        if value is not None and name in rights.given and value not in rights.given[name]
        else ""
    )


def _own_steps(rights: Rights, steps: object, known: object) -> bool:
    """Whether all of these steps but the ones known here are the responsible side's to take."""
    here = known if isinstance(known, list) else []
    return not isinstance(steps, list) or all(
        step in here or (isinstance(step, dict) and step.get("action") in rights.taken)
        for step in steps
    )


# -- what arrives ----------------------------------------------------------------------------------


def refusals(
    rights: Rights,
    standing: Standing,
    own: RowVersions,
    theirs: RowVersions,
    values: Mapping[str, object],
    author_of: Callable[[str], Author],
    *,
    was: str | None = None,
    new: bool = False,
    before: Mapping[str, object] | None = None,
) -> dict[str, tuple[Reason, Author]]:
    """Field → why what arrives for it may not be taken, and who wrote it. ``values``: plain JSON of
    the fields that bring news.

    A value is refused when none of its authors may write it; where the authors are not named, each
    site of which there is news may be one, so all of them must be allowed. ``was``: the state here.
    ``before``: plain JSON of what rules other fields here.
    """
    found: dict[str, tuple[Reason, Author]] = {}
    for name, value in values.items():
        foreign = name == rights.log and not _own_steps(rights, value, (before or {}).get(name))
        vector, mine = theirs.of(name), own.of(name)
        fresh = [site for site in vector if vector[site] > mine.get(site, 0)]
        # What the issuer did in between is not known here, so from where a step was taken is not
        # either.
        unseen = any(_wrote_all(author_of(site), standing) for site in fresh)
        named = name in theirs.authors or len(vector) == 1
        first: tuple[Reason, Author] | None = None
        for site in theirs.authors_of(name) if named else fresh:
            author = author_of(site)
            if author.typed and author.office == standing.issuer:
                # The issuer's workbook for a unit: whose row it was, was looked at where it came
                # in. A row that was filled in there has no site of its own, and all of it was that
                # unit's to fill in.
                author = Author(author.office, author.units | standing.units, bool(theirs.row))
            why = reason(
                rights, author, standing, name, value, was=None if unseen else was, new=new,
                late=True,
            )
            if (
                not why
                and (foreign or not unseen)
                and side(author, standing, late=True) != "issuer"
                and (foreign or _reverses(rights, name, before, own, theirs))
            ):
                why = "step"
            if named and not why:
                first = None
                break
            if why and first is None:
                first = (why, author)
        if first is not None:
            found[name] = first
    return found


def _reverses(
    rights: Rights, name: str, before: Mapping[str, object] | None, own: RowVersions,
    theirs: RowVersions,
) -> bool:
    """Whether a value was written in sight of a decision of the issuer's that rules its field."""
    rule = rights.ruled.get(name)
    if rule is None or not before or before.get(rule) is None or before[rule] in rights.given[rule]:
        return False
    return leq(own.of(rule), theirs.of(rule)) and leq(own.of(name), theirs.of(name))


def _wrote_all(author: Author, standing: Standing) -> bool:
    return author.office == standing.issuer and not author.typed


def disowned(
    rights: Rights,
    standing: Standing,
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
        if name in rights.fields:
            if (
                settled
                and name in own.authors
                and all(_stranger(author_of(site), standing) for site in own.authors_of(name))
            ):
                found[name] = {
                    site: n
                    for site, n in own.of(name).items()
                    if not _stranger(author_of(site), standing)
                }
            continue
        if name == "parent" or (name == DELETED and standing.maker != standing.issuer):
            continue
        if name == "state" and state in rights.states:
            continue
        # Where the first form does not say which of them wrote it, one that may not is enough: what
        # takes its place has seen all that the issuer wrote.
        named = name in own.authors or len(own.of(name)) == 1
        others = [
            (a := author_of(site)) is not None and side(a, standing) != "issuer"
            for site in own.authors_of(name)
        ]
        if all(others) if named else any(others):
            found[name] = {
                site: n
                for site, n in own.of(name).items()
                if (a := author_of(site)) is not None and _wrote_all(a, standing)
            }
    return found


def _stranger(author: Author | None, standing: Standing) -> bool:
    """Somebody known to be neither side, who wrote it himself."""
    return author is not None and not author.typed and side(author, standing, late=True) == "third"


# -- typed cells -----------------------------------------------------------------------------------


def hand_tag(office: str, for_unit: bool) -> str:
    """What stands behind the hash of a cell typed into this office's workbook."""
    return (_UNIT_TAG if for_unit else _OFFICE_TAG) + office[:_TAG_LENGTH]


def typists(
    office: str, units: frozenset[str], unit: str | None, taker: Author, standing: Standing
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
