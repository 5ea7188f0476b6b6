"""Of which unit a person was on a day: a figure of last year counts them where they were then, not where they are now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .declare import Kind

if TYPE_CHECKING:
    from .records import Record
    from .session import Session


def unit_on(session: Session, person: Record, day: dt.date | None) -> str | None:
    """The person's unit on that day, by the career the kind declares; today's when nothing is known of the day."""
    kind = session.kinds.get(person.kind)
    present: str | None = person.values.get(kind.unit) if kind.unit else None
    if kind.dossier is None or kind.dossier.career is None or day is None:
        return present
    child, unit, start, end = kind.dossier.career
    found: tuple[dt.date, str] | None = None
    for post in session.children(person.uid, child):
        since, until, where = post.values.get(start), post.values.get(end), post.values.get(unit)
        if where is None or since is None or since > day or (until is not None and until <= day):
            continue
        if found is None or since > found[0]:
            found = (since, where)
    return found[1] if found else present


def fill(session: Session, kind: Kind, values: Mapping[str, Any], parent: str | None) -> dict[str, str]:
    """Units left blank that a declaration takes from the person: field → unit, to be written with ``values``."""
    found: dict[str, str] = {}
    for field in kind.fields:
        if field.unit_on is None or values.get(field.name) is not None:
            continue
        through, day_field = field.unit_on
        person = _person(session, kind, values, parent, through)
        day = values.get(day_field)
        if isinstance(day, int):
            day = dt.date(day, 12, 31)
        unit = unit_on(session, person, day) if person is not None else None
        if unit is not None:
            found[field.name] = unit
    return found


def _person(session: Session, kind: Kind, values: Mapping[str, Any], parent: str | None, through: str) -> Record | None:
    if through == "parent":
        return session.owner_of(kind, parent) if parent else None
    uid, points_to = values.get(through), kind.field(through).kind
    return session.get(points_to, uid) if uid and points_to and session.opens(points_to) else None
