"""Which person each row of a roster is: decided by whoever may open the records of people, one row
at a time or all of which there is no doubt.

A roster of the office names people in words; whom it means is kept as a reference that tells
nothing to those without the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.access import roles
from db.domain import person_timeline
from db.errors import BadInput, NotPermitted
from db.model.query import Query
from db.model.records import OWN
from db.model.text_equality import unspaced

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Field, Kind, Moment
    from db.model.records import Record


class Roster(msgspec.Struct, frozen=True):
    """A kind whose rows name people, and the field that says which."""

    kind: Kind
    moment: Moment
    link: Field


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A row with the name of a person. ``sure``: nobody else is called so, and the person was of
    that unit on the day; ``whose``: the person of whom it was decided."""

    roster: Roster
    row: Record
    person: str
    sure: bool
    whose: str | None
    under: str


def rosters(session: ReadContext) -> list[Roster]:
    """The rosters of which a person may be decided; ``NotPermitted`` without the key."""
    people = person_timeline.person_kinds(session)
    if not people:
        raise NotPermitted("您没有干部人事台账的密钥，不能认定参训人员。请联系组织人事员。")
    found = []
    for kind in session.visible_kinds():
        link = session.kinds.person_of(kind)
        if kind.moment is not None and kind.moment.by_name is not None and link is not None:
            found.append(Roster(kind, kind.moment, link))
    return found


def person_kind(session: ReadContext) -> Kind:
    """The kind whose records are the people; ``NotPermitted`` without the key."""
    rosters(session)
    return person_timeline.person_kinds(session)[0]


def named(session: ReadContext, person: str | None = None) -> list[Named]:
    """The rows with the name of a person, newest first; without one all of which nobody decided
    yet and that have the name of somebody."""
    kinds = rosters(session)
    cadres: dict[str, list[Record]] = {}
    for record in session.find(Query(kind=person_kind(session).name)):
        cadres.setdefault(unspaced(session.title_of(record)), []).append(record)
    found: list[Named] = []
    for roster in kinds:
        name = (roster.moment.by_name or ("",))[0]
        for row in session.find(Query(kind=roster.kind.name)):
            called = cadres.get(unspaced(str(row.values.get(name))), [])
            if person is not None or row.values.get(roster.link.name) is None:
                found += _of_row(session, roster, row, called, person)
    return sorted(found, key=lambda each: str(each.row.values[each.roster.moment.on]), reverse=True)


def _of_row(
    session: ReadContext, roster: Roster, row: Record, called: list[Record], person: str | None
) -> Iterator[Named]:
    """The people of that name whom a row may be, or the one asked for."""
    whose, known = row.values.get(roster.link.name), [each.uid for each in called]
    asked = known if person is None else [person] if person in (*known, whose) else []
    above = session.owner_of(roster.kind, row.parent or "") if asked else None
    if above is None or above.deleted:
        return
    sure = whose is None and len(called) == 1 and person_timeline.is_theirs(
        session, roster.moment, row, called[0]
    )
    for uid in asked:
        yield Named(
            roster=roster, row=row, person=uid, sure=sure, whose=whose,
            under=session.title_of(above),
        )


def match(session: WriteContext) -> int:
    """Decide of all this office's rows of which there is no doubt; returns how many."""
    sure = [each for each in named(session) if each.sure and each.row.issuer == OWN]
    return _decide(session, [(each.row, each.person) for each in sure])


def decide(session: WriteContext, person: str, rows: Sequence[str]) -> int:
    """Say that these rows are a person; returns how many were not said to be before."""
    session.must_get(person_kind(session).name, person)
    return _decide(session, [(_row(session, uid), person) for uid in dict.fromkeys(rows)])


def undecide(session: WriteContext, rows: Sequence[str]) -> int:
    """Take back what was decided of these rows."""
    rosters(session)
    return _decide(session, [(_row(session, uid), None) for uid in dict.fromkeys(rows)])


def _row(session: ReadContext, uid: str) -> Record:
    for roster in rosters(session):
        row = session.get(roster.kind.name, uid)
        if row is not None and not row.deleted:
            return row
    raise BadInput(f"参训名单、应训人员里没有编号是 {uid} 的一行，请核对编号。", uid=uid)


def _decide(session: WriteContext, pairs: Iterable[tuple[Record, str | None]]) -> int:
    roles.check_write(session.role, person_kind(session))
    links = {each.kind.name: each.link.name for each in rosters(session)}
    changed = 0
    with session.atomic("form", "认定参训人员"):
        for row, person in pairs:
            changed += bool(session.set_checked(row, {links[row.kind]: person}))
    return changed
