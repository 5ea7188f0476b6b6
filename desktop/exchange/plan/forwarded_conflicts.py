"""A value that waits for another office's decision travels on, so that it comes before somebody who
may decide.

An office may hold what nobody else has: a cell typed into a workbook that was brought to it alone,
of a record that is not its own. It must not decide on it and must not lose it. So its workbooks
carry the value in a line beside the record's, with vector and authors, and whoever takes them in
holds it against what the record has become there: it waits for the one who may decide, whose
decision has then seen it, and closes it wherever else it waits.
"""

from __future__ import annotations

from collections.abc import Sequence

from db.errors import BadInput, Damaged
from db.merge.merge import DELETED, Row, merge_row
from db.merge.versions import HAND, RowVersions, leq
from db.model.declarations import Kind
from db.model.records import SYSTEM_FIELDS, Record, RowShape
from desktop.exchange.format import pending_conflicts
from desktop.exchange.format.manifest import BROKEN, WaitMeta
from desktop.exchange.plan.import_plan import RowPlan
from desktop.exchange.plan.merge_planner import Judge
from desktop.exchange.plan.row_parser import Arrival
from desktop.exchange.plan.write_authority import Owners


def planned(judge: Judge, uid: str, wait: WaitMeta, rows: Sequence[RowPlan]) -> list[RowPlan]:
    """What taking it in would do; nothing where it was seen. Told as a line of its own where the
    record's own line says nothing."""
    kind, name = judge.kind, wait.field
    if name == DELETED or not (kind.has(name) or name in SYSTEM_FIELDS):
        return []
    _check(wait, judge.owners)
    plan = RowPlan(kind.name, uid, "", 0, "", "joined", wait=wait)
    try:
        value = judge.shape.from_json(name, wait.value)
    except BadInput:
        return []
    record = judge.mine([uid]).get(uid)
    if record is None or any(row.uid == uid for row in rows):
        return [plan]
    own = judge.book.versions_of(record)
    hold_against(plan, record, own, kind, judge.owners)
    assert plan.theirs is not None
    waiting = pending_conflicts.waiting_of(judge.book.connection, kind.name, [uid]).get(uid, {})
    pending = pending_conflicts.values_of(judge.shape, waiting)
    merged = merge_row(
        uid, Row(record, own), plan.theirs, plan.fields, pending, refused=plan.refused
    )
    if not merged:
        return []
    plan.title, plan.news = judge.title_of(record), True
    if name in merged.conflicts or name in merged.taken:
        arrival = Arrival(kind.name, uid, origin="carried")
        if name in merged.conflicts:
            plan.status = "conflict"
            plan.cells.append(
                judge.asking("conflict", arrival, name, record, value, plan.theirs.versions)
            )
        else:
            plan.status = "updated"
            plan.cells.append(
                judge.cell(
                    "changed", arrival, name, f"「{judge.label(name)}」有新内容。", record, value
                )
            )
        found, base = judge.ancestry.base(kind.name, uid, name, own.of(name), wait.vector)
        plan.cells[-1].base = base if found else None
    return [plan]


def hold_against(
    plan: RowPlan, record: Record, own: RowVersions, kind: Kind, owners: Owners
) -> None:
    """Make the plan's row of it: the record as it is here, but for this one value. Raises
    ``BadInput`` for a value that is none."""
    wait = plan.wait
    assert wait is not None
    name = wait.field
    shape = RowShape(kind)
    # Who wrote it had the record before him alive, and says nothing about its deletion.
    versions = RowVersions(own.row, {DELETED: {}})
    versions.set(name, wait.vector, tuple(wait.authors))
    plan.theirs = Row({name: shape.from_json(name, wait.value), DELETED: False}, versions)
    plan.fields = (name, DELETED)
    fresh = [] if leq(wait.vector, own.of(name)) else [name]
    plan.refused = frozenset(owners.refused(kind, record, own, plan.theirs, fresh, None, _no_base))


def _no_base(_row: object, _name: str) -> None:
    return None


def _check(wait: WaitMeta, owners: Owners) -> None:
    """A workbook may hold anything."""
    sites = [*wait.vector, *wait.authors]
    plain = wait.field not in SYSTEM_FIELDS or wait.value is None or isinstance(wait.value, str)
    counters_ok = plain and all(
        0 < n < 2**53 and (n == 1 or site[:1] != HAND) for site, n in wait.vector.items()
    )
    if (
        not all(sites)
        or not wait.vector
        or not counters_ok
        or not set(wait.authors) <= wait.vector.keys()
    ):
        raise Damaged(BROKEN)
    owners.look_ahead(RowVersions({}, {wait.field: wait.vector}))
