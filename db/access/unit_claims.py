"""Which unit another office says it is, where somebody else is known to be that unit: asked of a
person once, the answer kept.

What an office says of itself is taken at its word while nobody else sits in that unit
(``offices.py``: none of it is signed). Two offices in one unit may be right (a machine that was set
up anew), or one of them writes what is not its own to write; only people can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from db.access import roles
from db.model.records import OWN, Office
from db.model.settings import UNIT_CLAIMS

if TYPE_CHECKING:
    from db.model.context import ReadContext



class Claim(msgspec.Struct, frozen=True):
    """An office, by its id and name, that says it is a unit; ``holders``: what the others are
    called that are that unit."""

    office: str
    name: str
    unit: str
    holders: tuple[str, ...]
    #: somebody here has said that it is not
    denied: bool = False


class ClaimedUnit(msgspec.Struct, frozen=True):
    """An office beside a unit: taken for it, or not, or waiting for somebody's word (None)."""

    office: str
    name: str
    unit: str | None
    taken: bool | None
    holders: tuple[str, ...] = ()


def claim_answers(session: ReadContext) -> dict[str, dict[str, bool | None]]:
    """Office → unit → whether it is taken for that unit, as somebody said; None where nobody has
    said yet."""
    return UNIT_CLAIMS.of(session.office)


def remember(session: ReadContext, claim: Claim) -> None:
    """Keep that a question waits, for whoever may answer it; in the transaction that takes the
    workbook in."""
    kept = claim_answers(session)
    if claim.unit not in kept.setdefault(claim.office, {}):
        kept[claim.office][claim.unit] = None
        UNIT_CLAIMS.save(session.office, kept)


def seats(session: ReadContext) -> list[ClaimedUnit]:
    """Every other office with what is known of its unit; what waits for an answer first."""
    kept = claim_answers(session)
    found: list[ClaimedUnit] = []
    for office in offices(session):
        said = kept.get(office.uid, {})
        name = office.name or "另一个单位"
        if office.unit:
            found.append(
                ClaimedUnit(
                    office.uid, name, office.unit, True, holders(session, office.uid, office.unit)
                )
            )
        for unit, answered in said.items():
            if unit != office.unit and not answered:
                found.append(
                    ClaimedUnit(
                        office.uid, name, unit, answered, holders(session, office.uid, unit)
                    )
                )
        if not office.unit and not said:
            found.append(ClaimedUnit(office.uid, name, None, True))
    return sorted(found, key=lambda seat: (seat.taken is not None, seat.name))


def offices(session: ReadContext) -> Iterator[Office]:
    """Every other office that any open book has heard of, once."""
    found: dict[str, Office] = {}
    for book in session.books:
        for office in book.offices.every():
            known = found.get(office.uid)
            if office.number != OWN and (known is None or (office.unit and not known.unit)):
                found[office.uid] = office
    yield from found.values()


def holders(session: ReadContext, office: str, unit: str) -> tuple[str, ...]:
    """What the offices are called, beside this one, that are known to be a unit or one that it took
    over from; the own one first."""
    wanted = _with_taken_over(session, unit)
    found = []
    if (
        office != session.office_id
        and session.own_unit
        and wanted & _with_taken_over(session, session.own_unit)
    ):
        found.append("本单位")
    for other in offices(session):
        if other.uid != office and other.unit and wanted & _with_taken_over(session, other.unit):
            found.append(other.name or "另一个单位")
    return tuple(found)


def _with_taken_over(session: ReadContext, unit: str) -> frozenset[str]:
    return frozenset(session.taken_over(unit)) | {unit}


def accepted(session: ReadContext, office: str, unit: str) -> bool:
    """Whether an office may newly be taken for the unit that it says it is."""
    said = claim_answers(session).get(office, {}).get(unit)
    return not holders(session, office, unit) if said is None else said


def answer(session: ReadContext, office: str, name: str, unit: str, yes: bool) -> None:
    """A person says whether an office is that unit; kept until somebody says otherwise."""
    roles.require(session.role, "units")
    kept = claim_answers(session)
    kept.setdefault(office, {})[unit] = yes
    word = "承认" if yes else "不承认"
    with session.office.atomic(session.who.user, "settings", "确认往来单位") as tx:
        tx.note("settings", f"{word}“{name}”是“{session.unit_name(unit)}”")
        UNIT_CLAIMS.save(session.office, kept)
        for book in session.books:
            known = book.offices.by_uid(office)
            if known is not None and (yes or known.unit == unit):
                book.offices.seat(office, unit if yes else None)


__all__ = [
    "Claim", "ClaimedUnit", "accepted", "answer", "claim_answers", "holders", "offices",
    "remember", "seats",
]
