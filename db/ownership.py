"""Whose a field is where several offices hold a record: the office that issued it, or also the one whose unit is responsible.

The office that made a record issued it, and may write all of it. The office that *is* one of the record's responsible units (lead
or cooperating) may write the fields declared so (``owner = "responsible"``), take the steps declared so, and what those steps write:
the fields they set, the states they lead to, the reports they add. Everybody else may write nothing. What hangs under a record
belongs with it; who made it may correct it too.

Asked in two places: by the write path for the people of this office (``check…``), and by the exchange for what arrives, about
the author of each value that is news (``desktop/exchange/owners.py``). The two ask the same function, ``reason``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .declare import Action, Kind
from .errors import NotPermitted
from .merge import DELETED
from .offices import OWN, UNKNOWN
from .versions import HAND
from .workedout import taken_apart

if TYPE_CHECKING:
    from .kinds import Kinds
    from .records import Record
    from .session import Session

#: Why somebody may not write: it is the issuer's; he is neither side; nobody knows which unit he is; no step of his leads there.
Reason = Literal["", "issuer", "third", "unit", "step"]
#: Behind a hash of a typed cell: whose workbook it was typed into, and whether that was one made for a unit.
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

    @property
    def states(self) -> frozenset[str]:
        """All that its steps lead to."""
        return frozenset().union(*self.steps.values())


@lru_cache(maxsize=512)
def rights_of(kinds: Kinds, name: str) -> Rights:
    """What the declarations of a kind and its lifecycle, and for a child those of its parents' lifecycles, give the responsible side."""
    kind = kinds.get(name)
    fields = {f.name for f in kind.all_fields if f.owner == "responsible"}
    free = frozenset(fields)
    given: dict[str, set[str]] = {}
    made = False
    own = kinds.lifecycle_of(kind)
    for cycle in kinds.lifecycles:
        for action in _theirs(cycle.actions):
            written: list[Mapping[str, str]] = [u.values for u in action.updates if u.kind == name]
            if action.child is not None and action.child.kind == name:
                made = True
                written.append(action.child.values)
            if own is not None and cycle.name == own.name:
                written.append({**action.set, **dict.fromkeys(action.keep, "")})
            for values in written:
                for target, source in values.items():
                    fields.add(target)
                    if target not in free and kind.has(target) and kind.field(target).type == "choice":
                        given.setdefault(target, set()).update(
                            part.removeprefix("text:") for part in source.split("|") if part.startswith("text:")
                        )
    fields |= {f.name for f in kind.all_fields if f.fill and fields & set(taken_apart(f.fill)[1])}
    steps: dict[str, set[str]] = {}
    for action in _theirs(own.actions) if own is not None else ():
        for start in action.from_ if action.to and not action.to.startswith("field:") else ():
            steps.setdefault(start, set()).add(str(action.to))
    return Rights(
        frozenset(fields), {n: frozenset(v) for n, v in given.items()},
        {start: frozenset(_reached(start, steps)) for start in steps}, made,
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
    """Who wrote a value: an office, with the units it is itself, or a unit that typed into that office's workbook (``typed``)."""

    office: str
    units: frozenset[str]
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose a record is: the office that issued it ("" for one that nobody has told), who made it, and the responsible units."""

    issuer: str
    maker: str
    units: frozenset[str] = field(default_factory=frozenset)
    #: those that were responsible before: what they wrote then may arrive now
    former: frozenset[str] = field(default_factory=frozenset)


def side(author: Author, standing: Standing, *, late: bool = False) -> Literal["issuer", "responsible", "maker", "third", "unit"]:
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
    value: Any = None,
    *,
    was: str | None = None,
    new: bool = False,
    late: bool = False,
) -> Reason:
    """Why a field may not be written so by somebody; "" where it may.

    ``value`` is plain JSON. ``was``: the state before, where it is known. ``new``: the record is made by it.
    """
    who = side(author, standing, late=late)
    if who == "issuer":
        return ""
    if who in ("third", "unit"):
        return who
    if name == DELETED:
        return "" if author.office == standing.maker else "issuer"
    if name == "parent":
        return "" if new and author.office == standing.maker else "issuer"
    if name == "state":
        return "" if value in (rights.states if was is None else rights.steps.get(was, ())) else "step"
    if name not in rights.fields:
        return "issuer"
    return "step" if value is not None and name in rights.given and value not in rights.given[name] else ""


# -- typed cells ------------------------------------------------------------------------------------------


def hand_tag(office: str, for_unit: bool) -> str:
    """What stands behind the hash of a cell typed into this office's workbook."""
    return (_UNIT_TAG if for_unit else _OFFICE_TAG) + office[:_TAG_LENGTH]


def typed_into(site: str, offices: Iterable[str]) -> tuple[str, bool] | None:
    """Into whose workbook a cell was typed, and whether that was one made for a unit; None where it does not say, or says nobody
    known.
    """
    if site[:1] != HAND:
        return None
    for mark in (_OFFICE_TAG, _UNIT_TAG):
        _, found, tag = site.partition(mark)
        if found:
            office = next((uid for uid in offices if uid[:_TAG_LENGTH] == tag), None)
            return None if office is None else (office, mark == _UNIT_TAG)
    return None


# -- the people of this office ------------------------------------------------------------------------------


def units_of(kinds: Kinds, record: Record) -> frozenset[str]:
    """The units that a record names as responsible."""
    kind = kinds.get(record.kind)
    found: set[str] = set()
    for name in (kind.unit, *kind.cooperating):
        value = record.values.get(name) if name else None
        found.update((value,) if isinstance(value, str) else value or ())
    return frozenset(found)


def issuer_of(session: Session, record: Record) -> str:
    """The id of the office that issued a record; "" where nobody has told."""
    office = session.book_of(record.kind).offices.by_number(record.issuer)
    return office.uid if office is not None and record.issuer != UNKNOWN else ""


def top_of(session: Session, kind: Kind, parent: str | None) -> Record | None:
    """The record at the top that something hangs under."""
    found: Record | None = None
    while kind.parent and parent:
        above = session.owner_of(kind, parent)
        if above is None:
            break
        found, kind, parent = above, session.kinds.get(above.kind), above.parent
    return found


def standing_of(session: Session, record: Record) -> Standing:
    """Whose a record of this book is."""
    kind = session.kinds.get(record.kind)
    top = top_of(session, kind, record.parent)
    maker = issuer_of(session, record)
    units = units_of(session.kinds, record)
    if top is None:
        return Standing(maker, maker, units)
    return Standing(issuer_of(session, top), maker, units | units_of(session.kinds, top))


def _own(session: Session) -> Author:
    unit = session.own_unit
    return Author(session.office_id, frozenset(session.taken_over(unit)) | {unit} if unit else frozenset())


def _all_own(session: Session, record: Record) -> bool:
    """The short way: no other office was ever heard of, or the record is ours and hangs under nothing."""
    offices = session.book_of(record.kind).offices
    return offices.alone or (record.issuer == OWN and record.parent is None)


def check(session: Session, record: Record, values: Mapping[str, Any]) -> None:
    """``NotPermitted`` when a change is another office's to make, with the sentence."""
    if _all_own(session, record):
        return
    shape = session.book_of(record.kind).shape(record.kind)
    standing = standing_of(session, record)
    rights = rights_of(session.kinds, record.kind)
    for name, value in values.items():
        if record.get(name) != value:
            why = reason(rights, _own(session), standing, name, shape.to_json(name, value), was=record.state)
            if why:
                raise NotPermitted(sentence(session, record, why, name))


def check_step(session: Session, record: Record, action: Action) -> None:
    """``NotPermitted`` when a step of the lifecycle is another office's to take."""
    if _all_own(session, record):
        return
    who = side(_own(session), standing_of(session, record))
    if who == "issuer" or (who == "responsible" and action.owner == "responsible"):
        return
    why: Reason = who if who in ("third", "unit") else "step"
    raise NotPermitted(sentence(session, record, why, "state", action.label))


def may_step(session: Session, record: Record, action: str) -> bool:
    """Whether a step is for this office to take (whoever of its people it is)."""
    cycle = session.kinds.lifecycle_of(record.kind)
    if cycle is None:
        return False
    try:
        check_step(session, record, cycle.action(action))
    except NotPermitted:
        return False
    return True


def check_decision(session: Session, record: Record, name: str, value: Any) -> None:
    """``NotPermitted`` when it is another office that decides which value stands: the decision is a write like any other, and in a
    deleted record it confirms the deletion.
    """
    if _all_own(session, record):
        return
    shape = session.book_of(record.kind).shape(record.kind)
    standing, rights = standing_of(session, record), rights_of(session.kinds, record.kind)
    for each, chosen in ((name, value), (DELETED, True)) if record.deleted else ((name, value),):
        if reason(rights, _own(session), standing, each, shape.to_json(each, chosen)):
            issuer = office_name(session, record.kind, standing.issuer)
            raise NotPermitted(f"这一处由“{issuer}”决定，本单位不用处理；它决定后，再导入它的工作簿就会采用。")


def check_child(session: Session, kind: Kind, parent: str | None) -> None:
    """``NotPermitted`` when another office's record would get a child that is not for this office to add."""
    top = top_of(session, kind, parent)
    if top is None or _all_own(session, top):
        return
    who = side(_own(session), standing_of(session, top))
    if who == "issuer" or (who == "responsible" and rights_of(session.kinds, kind.name).made):
        return
    why: Reason = who if who in ("third", "unit") else "step"
    raise NotPermitted(sentence(session, top, why, "", f"添加{kind.label}"))


def locked(session: Session, record: Record) -> dict[str, str]:
    """Fields that this office may not write of a record → why (a sentence); what a form shows as fixed."""
    if _all_own(session, record):
        return {}
    standing, rights = standing_of(session, record), rights_of(session.kinds, record.kind)
    found: dict[str, str] = {}
    for each in session.kinds.get(record.kind).all_fields:
        why = reason(rights, _own(session), standing, each.name)
        if why:
            found[each.name] = sentence(session, record, why, each.name)
    return found


def office_name(session: Session, kind: str, uid: str) -> str:
    """What an office is called in sentences."""
    office = session.book_of(kind).offices.by_uid(uid)
    return office.name if office is not None and office.name else "另一个单位"


def sentence(session: Session, record: Record, why: Reason, name: str, doing: str = "") -> str:
    """Why this office may not, for its people."""
    kind = session.kinds.get(record.kind)
    top = top_of(session, kind, record.parent) or record
    word = "交办" if session.kinds.lifecycle_of(top.kind) else "建立"
    head = f"「{session.title_of(top)}」由{office_name(session, record.kind, issuer_of(session, top))}{word}，"
    if why == "unit":
        return head + "本单位还没有说明自己是哪个责任单位。请管理员先到“系统设置”的“本单位”中选定，再来填报。"
    if why == "third":
        return head + "责任单位不是本单位，只能查看。"
    if doing:
        return head + f"只能由{word}单位{doing}。"
    if name == DELETED:
        return head + f"只能由{word}单位删除或恢复。"
    label = kind.field(name).label if kind.has(name) else "状态"
    return head + f"「{label}」只能由{word}单位改动。"
