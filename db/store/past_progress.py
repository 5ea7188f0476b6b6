"""How far a record had got by the end of a day gone by: what was last reported until then, by the
days of its reports, or typed, by the change log; where it follows its milestones, what of them had
been reached. Nothing is kept for it, so old books know their past as new ones do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

from db.model.action_sources import parse_sources
from db.model.computed_fields import parse_formula
from db.model.declarations import Kind, Lifecycle
from db.model.fieldtypes.numbers import SCALE
from db.model.kinds import Kinds
from db.model.sql import quoted
from db.model.steps import FIELD

#: A tenth of a per cent as it is kept: as fine as a share of milestones is told.
_TENTH = SCALE // 10
#: Rows of the log that tell of no value.
_SILENT = "j.action NOT IN ('salvaged', 'lost')"


def field_of(kind: Kind) -> str | None:
    """The field that says how far a record has got; None where a kind has none."""
    name = kind.lights.progress if kind.lights is not None else None
    return name if name and kind.has(name) else None


def tables(kinds: Kinds, kind: Kind) -> list[str]:
    """The tables that are asked beside that of the records."""
    cycle, name = kinds.lifecycle_of(kind), field_of(kind)
    if cycle is None or name is None:
        return []
    below = [child.name for child, _, _ in _reports(kinds, kind, cycle, name)]
    steps = _milestones(kinds, kind, name)
    return ["journal", "changes", *below, *([steps[0].name] if steps else [])]


def sql(kinds: Kinds, kind: Kind, alias: str, day: dt.date) -> str | None:
    """The value of the field at the end of a day, of the row ``alias``, as SQL; None where a kind
    has no such field."""
    return _sql(kinds, kind.name, alias, day)


@lru_cache(maxsize=512)
def _sql(kinds: Kinds, kind_name: str, alias: str, day: dt.date) -> str | None:
    kind = kinds.get(kind_name)
    cycle, name = kinds.lifecycle_of(kind), field_of(kind)
    if cycle is None or name is None:
        return None
    column = f"{alias}.{quoted(name)}"
    log = (
        f"FROM journal j WHERE j.uid = {alias}.uid AND j.uid <> '' AND j.kind = '{kind.name}'"
        f" AND {_SILENT}"
    )
    read = log.replace(" WHERE", " JOIN changes h ON h.id = j.change_id WHERE")
    logged_value, entered = f"json_extract(j.after, '$.{name}')", "substr(h.at, 1, 10)"
    # a step has a day of its own, that may lie before the one on which it was entered
    taken = (f"json_extract(j.after, '$.{FIELD}{part}[#-1].on')" for part in (".more", ""))
    on = f"coalesce({', '.join(taken)}, {entered})"
    changes = [
        f"SELECT CAST(round({logged_value} * {SCALE}) AS INTEGER) AS v,"
        f" CASE WHEN j.action LIKE 'move:%' THEN {on} ELSE {entered} END AS d, 1 AS o, j.seq AS n"
        f" {read} AND json_type(j.after, '$.{name}') IS NOT NULL"
        # one that was taken back was never taken
        " AND NOT (j.action LIKE 'move:%' AND h.undone_by IS NOT NULL)"
    ]
    reports = [
        f"SELECT r.{quoted(value)}, r.{quoted(on)}, 0, r.id FROM {quoted(child.name)} r WHERE"
        f" r.parent = {alias}.uid AND r.deleted = 0 AND r.{quoted(value)} IS NOT NULL"
        for child, value, on in _reports(kinds, kind, cycle, name)
    ]
    # where nothing tells of the past, today's value is all that is known
    known = " OR ".join(f"EXISTS ({each})" for each in (f"SELECT 1 {log}", *reports))
    last = (
        f"(CASE WHEN {known} THEN (SELECT v FROM ({' UNION ALL '.join([*changes, *reports])}) WHERE"
        f" d <= '{day}' ORDER BY d DESC, o DESC, n DESC LIMIT 1) ELSE {column} END)"
    )
    steps = _milestones(kinds, kind, name)
    if steps is None:
        return last
    reached, by_then = (_share(alias, *steps, until) for until in ("9999-12-31", day.isoformat()))
    return f"(CASE WHEN {column} = {reached} THEN {by_then} ELSE {last} END)"


def _reports(
    kinds: Kinds, kind: Kind, cycle: Lifecycle, name: str
) -> Iterator[tuple[Kind, str, str]]:
    """The rows under a record by which a step reports how far it has got: their kind, the field
    that says it, the day."""
    below = {child.name: child for child in kinds.children_of(kind.name)}
    for action in cycle.actions:
        child = below.get(action.child.kind) if action.child is not None else None
        if action.child is None or child is None or child.book != kind.book:
            continue
        asked = {each for each in parse_sources(action.set.get(name, "")) if each[0] == "ask"}
        values = action.child.values
        said = next((f for f, s in values.items() if asked & set(parse_sources(s))), None)
        on = next((f for f, source in values.items() if source == "today"), None)
        if said is not None and on is not None:
            yield child, said, on


def _milestones(kinds: Kinds, kind: Kind, name: str) -> tuple[Kind, str, str] | None:
    """The rows under a record whose weights it comes to, their day and their weight."""
    way, operands = parse_formula(kind.field(name).fill or "")
    if way != "reached":
        return None
    child = kinds.get(operands[0].partition(".")[0])
    day, weight = (each.partition(".")[2] for each in operands)
    return (child, day, weight) if child.book == kind.book else None


def _share(alias: str, child: Kind, day: str, weight: str, until: str) -> str:
    """How much of all was reached by a day, by weight, alike where none is given
    (``rules/rollups.py``), rounded half up in whole numbers."""
    def sums(weighs: str, reached: str, every: str) -> str:
        done = f"CASE WHEN m.{quoted(day)} <= '{until}' THEN {weighs} ELSE 0 END"
        return f"sum({done}) AS {reached}, sum({weighs}) AS {every}"

    return (
        "(SELECT CASE WHEN b > 0 THEN (2000 * a + b) / (2 * b) ELSE (2000 * y + z) / (2 * z) END"
        f" * {_TENTH} FROM (SELECT {sums(f'coalesce(m.{quoted(weight)}, 0)', 'a', 'b')},"
        f" {sums('1', 'y', 'z')} FROM {quoted(child.name)} m WHERE m.parent = {alias}.uid AND"
        " m.deleted = 0))"
    )
