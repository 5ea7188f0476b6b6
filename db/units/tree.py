"""Units inside one another: a township in its county, a county in its city, a city in its province.

A unit stands under the one it names as superior. One that names none and that another office set up
stands under the unit that this office itself is: what a city's workbook brings of the city's own
units is the city's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from db.model.records import OWN
from db.model.sql import quoted
from db.units.names import UNIT_KIND

if TYPE_CHECKING:
    from db.model.context import ReadContext, Unit

#: No office has so many levels: where superiors go round in a circle, it ends there.
DEEPEST = 12
SUPERIOR = "superior"


def superiors(session: ReadContext, day: dt.date | None = None) -> dict[str, str]:
    """Unit → the one it stands under, today or at the end of a day; units at the top are left
    out."""
    every, book = session.names.every_unit(), session.book_of(UNIT_KIND)
    seats = {
        office.number: office.unit for office in book.offices.every()
        if office.number != OWN and office.unit in every
    }
    found = {
        uid: unit.parent for uid, unit in every.items()
        if unit.parent in every and unit.parent != uid
    }
    if seats:
        rows = book.connection.execute("SELECT uid, issuer FROM unit WHERE superior IS NULL")
        for uid, issuer in rows:
            above = seats.get(issuer)
            if above is not None and above != uid:
                found[uid] = above
    known = {uid: above for uid, above in found.items() if above is not None}
    return known if day is None else _on(session, known, day)


def _on(session: ReadContext, now: dict[str, str], day: dt.date) -> dict[str, str]:
    """The same at the end of a day: what was written since is taken back, and in the place of a
    superior that was not there yet stands what it was then."""
    rows = session.book_of(UNIT_KIND).connection.execute(
        "SELECT j.uid, j.before FROM journal j JOIN changes c ON c.id = j.change_id WHERE j.uid IN"
        f" (SELECT uid FROM {quoted(UNIT_KIND)}) AND j.kind = ? AND c.at >= ?"
        " ORDER BY j.seq DESC",
        (UNIT_KIND, (day + dt.timedelta(days=1)).isoformat()),
    )
    then: dict[str, str | None] = dict(now)
    for uid, before in rows:
        held = msgspec.json.decode(before) if before else {}
        if held.get(SUPERIOR):  # one that was filled in later was so before, for all that is known
            then[uid] = held[SUPERIOR]
    every, on = session.names.every_unit(), session.names.succession.on
    return {uid: on(above, day) for uid, above in then.items() if above in every}


def exists_on(unit: Unit, day: dt.date) -> bool:
    """Whether a unit stands at the end of a day."""
    said = day.isoformat()
    return (unit.established or "") <= said and not (unit.abolished and unit.abolished <= said)


def categories(session: ReadContext) -> dict[str, str]:
    """The sorts of units, in words."""
    options = session.kinds.get(UNIT_KIND).field("category").options
    return {option.name: option.label for option in options}


def lines(session: ReadContext, day: dt.date | None = None) -> list[tuple[Unit, int]]:
    """The units that stand today, or at the end of a day gone by, each under its superior and in
    the order of the register, with how deep it stands."""
    above, units = superiors(session, day), session.names.units()
    there = {u.uid for u in units.values() if (u.active if day is None else exists_on(u, day))}
    below: dict[str, list[Unit]] = {}
    for unit in units.values():
        if unit.uid in there:
            of = above.get(unit.uid, "")
            below.setdefault(of if of in there else "", []).append(unit)
    found: list[tuple[Unit, int]] = []
    seen: set[str] = set()

    def walk(of: str, depth: int) -> None:
        for unit in below.get(of, ()):
            if unit.uid not in seen:
                seen.add(unit.uid)
                found.append((unit, depth))
                walk(unit.uid, depth + 1)

    walk("", 0)
    # whose superiors go round in a circle stand at the top rather than nowhere
    found += [(units[uid], 0) for uid in units if uid in there and uid not in seen]
    return found


def branch(depth: int) -> str:
    """What stands before a unit's name on paper, as long as it stands deep."""
    return f"└{'─' * (2 * depth - 1)}" if depth else ""


def areas(session: ReadContext, category: str, day: dt.date | None = None) -> dict[str, str]:
    """Unit → the nearest of that category at or above it; units that have none are left out."""
    above, every = superiors(session, day), session.names.every_unit()
    found: dict[str, str] = {}
    for uid in every:
        at: str | None = uid
        for _ in range(DEEPEST):
            if at is None or every[at].level == category:
                break
            at = above.get(at)
        if at is not None and every[at].level == category:
            found[uid] = at
    return found


def under(session: ReadContext, day: dt.date | None = None) -> Mapping[str, list[str]]:
    """Unit → it and all that stand below it."""
    above = superiors(session, day)
    found: dict[str, list[str]] = {uid: [uid] for uid in session.names.every_unit()}
    for uid in list(found):
        at, passed = above.get(uid), {uid}
        while at is not None and at not in passed:  # superiors that two offices set may go round
            found[at].append(uid)
            passed.add(at)
            at = above.get(at)
    return found
