"""Rows planned under a record, each with its day (milestones): begun from the template of the
ledger, moved on together when the record got more time, and only then when somebody asks for it.

Any kind is such that hangs under another and has a light that goes by a day and ends by one
(``Lights.done``)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from db.errors import BadInput
from db.model.fieldtypes import type_of
from db.model.settings import ROW_TEMPLATES
from db.model.sql import quoted

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Field, Kind
    from db.model.records import Record


def open_above(session: ReadContext, child: Kind, *, today: bool) -> dict[str, list[str]]:
    """Ledger → its records that run and under which something is not done that was planned for a
    day gone by, or for ``today``. What may become a record of its own (a problem found on the spot)
    does not end with the record above."""
    found: dict[str, list[str]] = {}
    for above in session.visible_kinds():
        cycle = session.kinds.lifecycle_of(above)
        if cycle is None or child not in session.kinds.children_of(above.name):
            continue
        running = cycle.open_states if child.becomes is None else cycle.names(void=False)
        rows = session.book_of(child.name).connection.execute(
            f"SELECT DISTINCT p.uid FROM {quoted(child.name)} c JOIN {quoted(above.name)} p ON"
            f" p.uid = c.parent AND p.deleted = 0 WHERE c.deleted = 0 AND"
            f" {' AND '.join(f'c.{quoted(n)} IS NULL' for n in child.ended_by)}"
            f" AND c.{quoted(_due(child))} {'=' if today else '<'} ? AND p.state IN"
            f" ({', '.join('?' * len(running))}) ORDER BY p.id",
            (session.today.isoformat(), *running),
        )
        uids = [str(row[0]) for row in rows]
        if uids:
            found[above.name] = uids
    return found


def all_done(session: ReadContext, kind: Kind) -> list[str]:
    """The records that run, of which all parts are done and nobody has asked to close them."""
    cycle = session.kinds.lifecycle_of(kind)
    running = set(cycle.open_states) - set(cycle.asked_states) if cycle is not None else set()
    if not kind.parts or not running:
        return []
    open_rows, some = [], []
    for name in kind.parts:
        lights = session.kinds.get(name).lights
        assert lights is not None
        under = f"SELECT 1 FROM {quoted(name)} c WHERE c.parent = p.uid AND c.deleted = 0"
        some.append(f"EXISTS ({under})")
        open_rows.append(f"NOT EXISTS ({under} AND c.{quoted(lights.done)} IS NULL)")
    rows = session.book_of(kind.name).connection.execute(
        f"SELECT p.uid FROM {quoted(kind.name)} p WHERE p.deleted = 0 AND p.state IN"
        f" ({', '.join('?' * len(running))}) AND ({' OR '.join(some)}) AND"
        f" {' AND '.join(open_rows)} ORDER BY p.id", sorted(running),
    )
    return [str(row[0]) for row in rows]


def ask_to_close(session: WriteContext, kind: Kind) -> int:
    """Ask to close all work of a ledger whose parts are all done, on what its parts say; all or
    none. Returns how many."""
    cycle, uids = session.kinds.lifecycle_of(kind), all_done(session, kind)
    action = next((a for a in cycle.actions if a.to in cycle.asked_states), None) if cycle else None
    if action is None or not uids:
        return 0
    label = session.kinds.get(kind.parts[0]).label
    with session.atomic("form", f"{label}都已办结，{action.label}"):
        for uid in uids:
            session.take_step(kind.name, uid, action.name, _said(session, kind, uid))
    return len(uids)


def _said(session: ReadContext, kind: Kind, uid: str) -> str:
    """What the parts of a record came to, a sentence each."""
    found = []
    for name in kind.parts:
        child = session.kinds.get(name)
        for row in session.children(uid, name):
            unit = row.values.get(child.unit) if child.unit else None
            whose = session.unit_name(str(unit)) if unit else ""
            outcome = next(
                (str(row.values[f.name]) for f in child.fields
                 if type_of(f).multiline and row.values.get(f.name)), "已办结",
            )
            found.append(f"{whose}：{session.title_of(row)}，{outcome.rstrip('。')}。")
    return "".join(found) or "各部分都已办结。"


def template(session: ReadContext, above: Kind, child: Kind) -> list[dict[str, Any]]:
    """The rows that records of a ledger may begin with."""
    return ROW_TEMPLATES.of(session.office).get(above.name, {}).get(child.name, [])


def save_template(session: WriteContext, record: Record, child: Kind) -> int:
    """Keep the rows under a record as the template of its ledger; returns how many. What the unit
    fills in, and whose it is, is no part. Raises ``BadInput`` where there are none, or no time
    between start and deadline by which they could be told."""
    session.require("kinds")
    above = session.kinds.get(record.kind)
    start, end = _span(session, above, record)
    rows = sorted(session.children(record.uid, child.name), key=lambda row: _day(child, row))
    if not rows:
        raise BadInput(f"这一项还没有{child.label}，先添加，再存为模板。")
    kept = [
        {
            **{f.name: type_of(f).to_json(row.values[f.name]) for f in _copied(child)
               if row.values.get(f.name) is not None},
            "share": round((_day(child, row) - start).days / (end - start).days, 4),
        }
        for row in rows
    ]  # fmt: skip
    templates = ROW_TEMPLATES.of(session.office)
    templates.setdefault(above.name, {})[child.name] = kept
    ROW_TEMPLATES.save(session.office, templates)
    return len(kept)


def begin(session: WriteContext, record: Record, child: Kind) -> int:
    """Add the rows of the ledger's template under a record, their days in its own time; those whose
    title stands there already are left out. Returns how many."""
    above = session.kinds.get(record.kind)
    start, end = _span(session, above, record)
    there = {row.values.get(child.title) for row in session.children(record.uid, child.name)}
    made = 0
    with session.atomic("form", f"套用{child.label}模板"):
        for kept in template(session, above, child):
            if kept.get(child.title) in there:
                continue
            day = start + dt.timedelta(days=round((end - start).days * float(kept["share"])))
            values = {
                f.name: type_of(f).from_json(kept[f.name], f)
                for f in _copied(child)
                if f.name in kept
            }
            session.add(child.name, {**values, _due(child): day}, parent=record.uid)
            made += 1
    return made


def move_on(session: WriteContext, record: Record, child: Kind, days: int) -> int:
    """Plan what is not done yet that many calendar days later (earlier: negative); all or none.
    Returns how many. Raises ``BadInput`` where one would leave the record's own time."""
    open_rows = [
        row for row in session.children(record.uid, child.name)
        if all(row.values.get(name) is None for name in child.ended_by)
    ]
    with session.atomic("form", f"{child.label}顺延 {days} 天"):
        for row in open_rows:
            later = _day(child, row) + dt.timedelta(days=days)
            session.set(child.name, row.uid, {_due(child): later})
    return len(open_rows)


def proposed_days(session: ReadContext, record: Record) -> int:
    """By how many days the record's deadline was moved since it was first given."""
    above = session.kinds.get(record.kind)
    cycle = session.kinds.lifecycle_of(above)
    due = above.lights.deadline if above.lights is not None else ""
    kept = next(
        (name for a in cycle.actions for name, of_ in a.keep.items() if of_ == due), ""
    ) if cycle is not None else ""  # fmt: skip
    now, first = record.values.get(due), record.values.get(kept)
    return (now - first).days if now is not None and first is not None else 0


def _copied(child: Kind) -> list[Field]:
    return [
        f for f in child.fields
        if f.owner == "issuer" and f.name not in (child.unit, _due(child)) and not f.computed
    ]


def _due(child: Kind) -> str:
    assert child.lights is not None  # as in all planned kinds
    return child.lights.deadline


def _day(child: Kind, row: Record) -> dt.date:
    found: dt.date = row.values[_due(child)]
    return found


def _span(session: ReadContext, above: Kind, record: Record) -> tuple[dt.date, dt.date]:
    """From the day the record was given until its deadline."""
    end = record.values.get(above.lights.deadline) if above.lights is not None else None
    day = session.kinds.unit_day_field(above)
    start = (record.values.get(day) if day else None) or session.today
    if end is None or end <= start:
        raise BadInput("要先填完成时限，并且晚于交办时间，才能排计划。")
    return start, end
