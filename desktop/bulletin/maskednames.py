"""Which names a masked edition hides: of units, of places, of people, each choice by itself, read from the ledgers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from db.declare import Field, Kind
from db.query import Query
from db.schema import quoted
from db.session import Session

#: What names a masked edition may hide.
NAMES = ("units", "places", "people")
#: Sorts of units that are places.
PLACES = ("county", "township", "park")
_PLACE = re.compile(r"^[\u4e00-\u9fff]{1,5}?[市县区州盟旗乡镇]")
#: A field of text holds a person's name when its label says so: 姓名, 责任人, 联系人, 经办人.
_PERSON = re.compile(r"(?:姓名|[^个单位]人)$")
_BETWEEN = re.compile(r"[、，,；;\s]+")
LONGEST_NAME = 12


def names_to_mask(session: Session, what: Collection[str] = NAMES) -> tuple[str, ...]:
    """Names that a masked edition hides: ``what`` of "units" (with their short names, this office), "places", "people".

    Places are the counties, townships and parks among the units, and the place with which this office's or a unit's name begins.
    People are leaders, cadres, and whoever is named in a field for a person in any ledger this person may open.
    """
    found: set[str] = set()
    if "units" in what or "places" in what:
        found |= _units(session, "units" in what, "places" in what)
    if "people" in what:
        for kind in session.visible_kinds():
            for field in _fields_of_people(kind):
                found.update(_named(session, kind, field))
    return tuple(sorted(n for n in found if len(n) > 1))


def _units(session: Session, all_units: bool, places: bool) -> set[str]:
    records = session.find(Query(kind="unit"))
    uids = {r.uid for r in records if r.values.get("category") in PLACES}
    units = session.names.every_unit()
    found = {session.office_name} if all_units else set()
    for uid, unit in units.items():
        if all_units or uid in uids:
            found.update(n for n in (unit.name, unit.short) if n)
    if places:
        begins = [session.office_name, *(unit.name for unit in units.values())]
        found.update(match.group() for match in map(_PLACE.match, begins) if match and len(match.group()) > 2)
    return found


def _fields_of_people(kind: Kind) -> Iterator[Field]:
    for field in kind.all_fields:
        named = kind.name in ("leader", "cadre") and field.name == kind.title
        if field.type == "text" and (named or _PERSON.search(field.label)):
            yield field


def _named(session: Session, kind: Kind, field: Field) -> Iterator[str]:
    """The names in a field: several in one cell are each a name."""
    column = quoted(field.name)
    rows = session.book_of(kind.name).connection.execute(
        f"SELECT DISTINCT {column} FROM {quoted(kind.name)} WHERE {column} IS NOT NULL"
    )
    for (cell,) in rows:
        yield from (name for name in _BETWEEN.split(str(cell)) if name and len(name) <= LONGEST_NAME)
