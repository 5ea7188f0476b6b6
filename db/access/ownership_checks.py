"""The people of this office before a record that another office issued: what they may write of it,
and the sentence where not.

The rules are those of ``ownership.py``; the exchange asks the same of what arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from db.errors import NotPermitted
from db.merge.merge import DELETED
from db.merge.ownership import (
    Author,
    Moment,
    Reason,
    RecordOwnership,
    reason,
    rights_of,
    role_towards,
)
from db.merge.versions import RowVersions
from db.model.declarations import Action, Kind
from db.model.records import OWN

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.kinds import Kinds
    from db.model.records import Record


def units_of(kinds: Kinds, record: Record) -> frozenset[str]:
    """The units that a record names as responsible."""
    kind = kinds.get(record.kind)
    found: set[str] = set()
    for name in (kind.unit, *kind.cooperating):
        value = record.values.get(name) if name else None
        found.update((value,) if isinstance(value, str) else value or ())
    return frozenset(found)


def issuer_of(session: ReadContext, record: Record) -> str:
    """The id of the office that issued a record; "" where nobody has told."""
    office = session.book_of(record.kind).offices.by_number(record.issuer)
    return office.uid if office is not None else ""


def top_of(session: ReadContext, kind: Kind, parent: str | None) -> Record | None:
    """The record at the top that something hangs under."""
    found: Record | None = None
    while parent:
        above = session.owner_of(kind, parent)
        if above is None:
            break
        found, kind, parent = above, session.kinds.get(above.kind), above.parent
    return found


def standing_of(session: ReadContext, record: Record) -> RecordOwnership:
    """Whose a record of this book is."""
    kind = session.kinds.get(record.kind)
    top = top_of(session, kind, record.parent)
    maker = issuer_of(session, record)
    units = units_of(session.kinds, record)
    if top is None:
        return RecordOwnership(maker, maker, units)
    return RecordOwnership(issuer_of(session, top), maker, units | units_of(session.kinds, top))


def _own(session: ReadContext) -> Author:
    unit = session.own_unit
    return Author(
        session.office_id, frozenset(session.taken_over(unit)) | {unit} if unit else frozenset()
    )


def _all_own(session: ReadContext, record: Record) -> bool:
    """The short way: no other office was ever heard of, or the record is ours and hangs under
    nothing."""
    offices = session.book_of(record.kind).offices
    return offices.alone or (record.issuer == OWN and record.parent is None)


def check(session: ReadContext, record: Record, values: Mapping[str, object]) -> None:
    """``NotPermitted`` when a change is another office's to make, with the sentence."""
    if _all_own(session, record):
        return
    shape = session.book_of(record.kind).shape(record.kind)
    standing = standing_of(session, record)
    rights = rights_of(session.kinds, record.kind)
    for name, value in values.items():
        if record.get(name) != value:
            plain, at = shape.to_json(name, value), Moment(record.state)
            why = reason(rights, _own(session), standing, name, plain, at)
            if why:
                raise NotPermitted(refusal_text(session, record, why, name))


def check_step(session: ReadContext, record: Record, action: Action) -> None:
    """``NotPermitted`` when a step of the lifecycle is another office's to take."""
    if _all_own(session, record):
        return
    who = role_towards(_own(session), standing_of(session, record))
    if who == "issuer" or (who == "responsible" and action.owner == "responsible"):
        return
    why: Reason = who if who in ("third", "unit") else "step"
    raise NotPermitted(refusal_text(session, record, why, "state", action.label))


def may_take_step(session: ReadContext, record: Record, action: str) -> bool:
    """Whether a step is for this office to take (whoever of its people it is)."""
    cycle = session.kinds.lifecycle_of(record.kind)
    if cycle is None:
        return False
    try:
        check_step(session, record, cycle.action(action))
    except NotPermitted:
        return False
    return True


def deciding_office(
    session: ReadContext, record: Record, name: str, value: object, authors: Iterable[str] = ()
) -> str:
    """What the office is called that decides which value stands, where this one may not; "" where
    it may.

    The decision is a write like any other, and in a deleted record it confirms the deletion. What
    only steps write the issuer decides where one of the two is its own (``authors``: the sites that
    wrote them): its ruling on a document is not overruled by who handed that in.
    """
    if _all_own(session, record):
        return ""
    kind = session.kinds.get(record.kind)
    if not (kind.has(name) and kind.field(name).owner == "responsible"):
        issuer_uid, offices = (
            standing_of(session, record).issuer, session.book_of(record.kind).offices,
        )
        wrote = {office.uid for site in authors if (office := offices.of_site(site)) is not None}
        if issuer_uid in wrote and issuer_uid != session.office_id:
            return office_name(session, record.kind, issuer_uid)
    shape = session.book_of(record.kind).shape(record.kind)
    standing, rights = standing_of(session, record), rights_of(session.kinds, record.kind)
    for each, chosen in ((name, value), (DELETED, True)) if record.deleted else ((name, value),):
        if reason(rights, _own(session), standing, each, shape.to_json(each, chosen)):
            return office_name(session, record.kind, standing.issuer)
    return ""


def waits_for(
    session: ReadContext, kind: str, uid: str, name: str, authors: str, vector: str
) -> str:
    """The same of a conflict as it is kept, so that every place that counts what waits asks
    alike."""
    if kind not in session.kinds:
        return ""
    book = session.book_of(kind)
    record = None if book.offices.alone else book.get(kind, uid)
    if record is None:
        return ""
    theirs = authors.split() or msgspec.json.decode(vector, type=dict[str, int])
    return deciding_office(
        session, record, name, record.get(name),
        (*RowVersions.decode(record.versions, book.site_name).authors_of(name), *theirs),
    )


def check_decision(
    session: ReadContext, record: Record, name: str, value: object, authors: Iterable[str] = ()
) -> None:
    """``NotPermitted`` when it is another office that decides which value stands."""
    if issuer := deciding_office(session, record, name, value, authors):
        raise NotPermitted(
            f"这一处由“{issuer}”决定，本单位不用处理；它决定后，再导入它的工作簿就会采用。"
        )


def check_child(session: ReadContext, kind: Kind, parent: str | None) -> None:
    """``NotPermitted`` when another office's record would get a child that is not for this office
    to add."""
    top = top_of(session, kind, parent)
    if top is None or _all_own(session, top):
        return
    who = role_towards(_own(session), standing_of(session, top))
    if who == "issuer" or (who == "responsible" and rights_of(session.kinds, kind.name).made):
        return
    why: Reason = who if who in ("third", "unit") else "step"
    raise NotPermitted(refusal_text(session, top, why, "", f"添加{kind.label}"))


def locked(session: ReadContext, record: Record) -> dict[str, str]:
    """Fields that this office may not write of a record → why (a sentence); what a form shows as
    fixed."""
    if _all_own(session, record):
        return {}
    standing, rights = standing_of(session, record), rights_of(session.kinds, record.kind)
    found: dict[str, str] = {}
    for each in session.kinds.get(record.kind).all_fields:
        why = reason(rights, _own(session), standing, each.name)
        if why:
            found[each.name] = refusal_text(session, record, why, each.name)
    return found


def of_another(session: ReadContext, record: Record) -> str:
    """What a form says above the record of another office; "" for one of this office's own."""
    if _all_own(session, record):
        return ""
    standing = standing_of(session, record)
    who = role_towards(_own(session), standing)
    if who == "issuer":
        return ""
    if who in ("third", "unit"):
        return refusal_text(session, record, who, "")
    word = "交办" if session.kinds.lifecycle_of(record.kind) else "建立"
    return (
        f"由{office_name(session, record.kind, standing.issuer)}{word}：灰色的内容只能由它改动，"
        "其余由本单位填报。"
    )


def closed_children(session: ReadContext, record: Record) -> frozenset[str]:
    """Kinds of which this office may not add a record under this one."""
    found: set[str] = set()
    for kind in session.kinds.children_of(record.kind):
        try:
            if session.opens(kind.name):
                check_child(session, kind, record.uid)
        except NotPermitted:
            found.add(kind.name)
    return frozenset(found)


def office_name(session: ReadContext, kind: str, uid: str) -> str:
    """What an office is called in sentences."""
    office = session.book_of(kind).offices.by_uid(uid)
    return office.name if office is not None and office.name else "另一个单位"


def refusal_text(
    session: ReadContext, record: Record, why: Reason, name: str, doing: str = ""
) -> str:
    """Why this office may not, for its people."""
    kind = session.kinds.get(record.kind)
    top = top_of(session, kind, record.parent) or record
    word = "交办" if session.kinds.lifecycle_of(top.kind) else "建立"
    head = (
        f"「{session.title_of(top)}」"
        f"由{office_name(session, record.kind, issuer_of(session, top))}{word}，"
    )
    if why == "unit":
        units = standing_of(session, record).units
        names = "、".join(
            f"“{session.unit_name(uid)}”" for uid in sorted(units, key=session.unit_name)
        )
        if not names:
            return head + "没有写责任单位，本单位只能查看。"
        return (
            head
            + f"责任单位是{names}，本单位还没有说明自己是哪个责任单位，只能查看。"
            "本单位就是其中之一的，请管理员先在“设置”页的“本单位设置”里选定，再来填报；不是的，"
            "要改动请告诉对方。"
        )
    if why == "third":
        return head + "责任单位不是本单位，只能查看。"
    if doing:
        return head + f"只能由{word}单位{doing}。"
    if name == DELETED:
        return head + f"只能由{word}单位删除或恢复。"
    label = kind.field(name).label if kind.has(name) else "状态"
    return head + f"「{label}」只能由{word}单位改动。"
