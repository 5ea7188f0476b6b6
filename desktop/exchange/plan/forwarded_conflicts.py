"""A value that waits for another office's decision travels on, so that it comes before somebody who
may decide.

An office may hold what nobody else has: a cell typed into a workbook that was brought to it alone,
of a record that is not its own. It must not decide on it and must not lose it. So its workbooks
carry the value in a line beside the record's, with vector and authors, and whoever takes them in
holds it against what the record has become there: it waits for the one who may decide, whose
decision has then seen it, and closes it wherever else it waits."""

from __future__ import annotations

from collections.abc import Sequence

from db.errors import BadInput, Damaged
from db.merge.merge import DELETED, Bounds, Row, merge_row
from db.merge.versions import HAND, RowVersions, is_covered_by
from db.model.declarations import Kind
from db.model.records import SYSTEM_FIELDS, Record, RowShape
from desktop.exchange.format.manifest import BROKEN, WaitingValue
from desktop.exchange.format.pending_conflicts import values_of
from desktop.exchange.plan.import_plan import RowPlan
from desktop.exchange.plan.merge_planner import MergePlanner
from desktop.exchange.plan.parsed_row import ParsedRow
from desktop.exchange.plan.write_authority import Match, WriteAuthority


def planned(
    planner: MergePlanner, uid: str, wait: WaitingValue, rows: Sequence[RowPlan]
) -> list[RowPlan]:
    """What taking it in would do; nothing where it was seen. Told as a line of its own where the
    record's own line says nothing."""
    state, name = planner.state, wait.field
    kind = state.kind
    if name == DELETED or not (kind.has(name) or name in SYSTEM_FIELDS):
        return []
    _check(wait, state.authority)
    plan = RowPlan(kind.name, uid, "", 0, "", "joined", wait=wait)
    try:
        value = state.shape.from_json(name, wait.value)
    except BadInput:
        return []
    record = state.mine([uid]).get(uid)
    if record is None or any(row.uid == uid for row in rows):
        return [plan]
    own = state.own_versions(record)
    fill_row(plan, record, own, kind, state.authority)
    assert plan.theirs is not None
    pending = values_of(state.shape, state.waiting([uid]).get(uid, {}))
    mine, bounds = Row(record, own, pending), Bounds(plan.refused)
    merged = merge_row(uid, mine, plan.theirs, plan.fields, bounds=bounds)
    if not merged:
        return []
    plan.title, plan.news = state.title_of(record), True
    if name in merged.conflicts or name in merged.taken:
        parsed, cells = ParsedRow(kind.name, uid, origin="hidden"), planner.cells
        if name in merged.conflicts:
            plan.status = "conflict"
            cell = cells.asking("conflict", parsed, name, record, value, plan.theirs.versions)
        else:
            plan.status, message = "updated", f"「{state.label(name)}」有新内容。"
            cell = cells.cell("changed", parsed, name, message, record, value)
        found, base = cells.bases.base(kind.name, uid, name, own.of(name), wait.vector)
        cell.base = base if found else None
        plan.cells.append(cell)
    return [plan]


def fill_row(
    plan: RowPlan, record: Record, own: RowVersions, kind: Kind, authority: WriteAuthority
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
    fresh = [] if is_covered_by(wait.vector, own.of(name)) else [name]
    match = Match(kind, record, own, None, _no_base)
    plan.refused = frozenset(authority.refused(match, plan.theirs, fresh))


def _no_base(_row: object, _name: str) -> None:
    return None


def _check(wait: WaitingValue, authority: WriteAuthority) -> None:
    """A workbook may hold anything."""
    sites = [*wait.vector, *wait.authors]
    plain = wait.field not in SYSTEM_FIELDS or wait.value is None or isinstance(wait.value, str)
    counters_ok = plain and all(
        0 < n < 2**53 and (n == 1 or site[:1] != HAND) for site, n in wait.vector.items()
    )
    if (
        not all(sites) or not wait.vector or not counters_ok
        or not set(wait.authors) <= wait.vector.keys()
    ):
        raise Damaged(BROKEN)
    authority.offices.look_ahead(RowVersions({}, {wait.field: wait.vector}))
