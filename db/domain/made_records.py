"""Rows that become records of another kind in one press, as their kind declares (``Becomes``): what
a meeting decided, a problem found on the spot.

Each row becomes one record and is marked; the record refers back to it. What was made in another
office's book is known by the mark alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from db.access import roles
from db.errors import BadInput
from db.model.action_sources import parse_sources
from db.model.fieldtypes import type_of
from db.model.query import Query, Where

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Becomes, Field, Kind
    from db.model.records import Record, Values


def declared(kind: Kind) -> Becomes:
    """What rows of a kind become; ``BadInput`` where they become nothing."""
    if kind.becomes is None:
        raise BadInput(f"「{kind.label}」不能转为别的台账。")
    return kind.becomes


def made_of(
    session: ReadContext, kind: Kind, rows: Iterable[str], as_of: dt.date | None = None
) -> dict[str, Record]:
    """Row → the record that was made of it and is there, as of a day."""
    becomes = declared(kind)
    where = (Where(becomes.link, "in", list(rows) or [""]),)
    asked = Query(kind=becomes.kind, where=where, as_of=as_of)
    return {record.values[becomes.link]: record for record in session.find(asked)}


def made_elsewhere(session: ReadContext, row: Record) -> bool:
    """Whether it is noted that a row became a record that this book never had."""
    becomes = declared(session.kinds.get(row.kind))
    if not row.values[becomes.marked]:
        return False
    here = Query(kind=becomes.kind, where=(Where(becomes.link, "eq", row.uid),), deleted="only")
    return not session.count(here)


def refuse_if_made_again(session: ReadContext, record: Record) -> None:
    """Raises ``BadInput`` before a record comes back of whose row another was made meanwhile."""
    for kind in session.kinds:
        if kind.becomes is None or kind.becomes.kind != record.kind:
            continue
        row = record.values[kind.becomes.link]
        other = made_of(session, kind, [row]).get(row) if row else None
        if other is not None:
            raise BadInput(
                f"同一条{kind.label}已另转为「{session.title_of(other)}」，这一条不能恢复。"
                "要恢复，请先删除那一条。", uid=record.uid,
            )


def not_yet_made(session: ReadContext, rows: Sequence[Record]) -> list[Record]:
    """Those of some rows of one kind that may become records and have not yet."""
    if not rows:
        return []
    kind = session.kinds.get(rows[0].kind)
    there, where = made_of(session, kind, (row.uid for row in rows)), declared(kind).where
    return [
        row for row in rows
        if all(row.values.get(name) == value for name, value in where.items())
        and row.uid not in there and not made_elsewhere(session, row)
        and not _binned(session, kind, row)
    ]


def _binned(session: ReadContext, kind: Kind, row: Record) -> bool:
    """Whether a row, or what it hangs under, lies in the recycle bin."""
    above = session.owner_of(kind, row.parent) if row.parent else None
    return row.deleted or (above is not None and above.deleted)


def make(session: WriteContext, kind: Kind, uids: Sequence[str]) -> tuple[list[str], int]:
    """Make a record of each of these rows that became none yet, all or nothing; returns the uids
    and for how many the declared step was taken as well.

    A record whose step lacks a field, or whose deadline has gone by, waits in its first state.
    """
    becomes, made, moved = declared(kind), list[str](), 0
    roles.check_write(session.role, kind)
    target = session.kinds.get(becomes.kind)
    mark = session.today if type_of(kind.field(becomes.marked)).is_day else True
    with session.atomic("form", f"{becomes.label} {len(uids)} 项"):
        rows = [session.must_get(kind.name, uid) for uid in dict.fromkeys(uids)]
        for row in not_yet_made(session, rows):
            values = _values(session, kind, row, target) | {becomes.link: row.uid}
            uid = session.add(target.name, values)
            session.set_checked(row, {becomes.marked: mark})
            made.append(uid)
            moved += _step(session, target, uid, becomes.step)
    return made, moved


def _step(session: WriteContext, kind: Kind, uid: str, step: str) -> bool:
    """Take the step where what it needs is there and the day has not gone by."""
    cycle = session.kinds.lifecycle_of(kind)
    if not step or cycle is None:
        return False
    record = session.must_get(kind.name, uid)
    due = record.values.get(kind.lights.deadline) if kind.lights is not None else None
    needed = (record.values.get(name) for name in cycle.action(step).requires)
    if any(value is None for value in needed) or (due is not None and due < session.today):
        return False
    session.take_step(kind.name, uid, step)
    return True


def _values(session: ReadContext, kind: Kind, row: Record, target: Kind) -> Values:
    above = session.owner_of(kind, row.parent) if row.parent else None
    found: Values = {}
    for name, source in declared(kind).values.items():
        for word, rest in parse_sources(source):
            value = _value(word, rest, row, above, target.field(name))
            if value is not None:
                found[name] = _standing(session, target.field(name), value)
                break
    return found


def _standing(session: ReadContext, field: Field, value: object) -> object:
    """A unit, or whichever stands for it today: the problem may be older than a merger."""
    if type_of(field).one_unit and isinstance(value, str):
        return session.names.succession.on(value, session.today)
    return value


def _value(word: str, rest: str, row: Record, above: Record | None, field: Field) -> object:
    if word == "text":
        known = not type_of(field).listed or rest in {option.name for option in field.options}
        return rest if known else None
    from_ = row if word == "field" else above
    return from_.values.get(rest) if from_ is not None else None
