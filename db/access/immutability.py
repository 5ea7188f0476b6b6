"""What stands: records that were sealed, closed out or issued, which no typing may change, since
their figures were read out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from db.errors import BadInput
from db.model.declarations import ActionUpdate, Kind
from db.model.records import Record

if TYPE_CHECKING:
    from db.model.context import ReadContext


def refuse_if_sealed(session: ReadContext, record: Record) -> None:
    """Refuse what belongs to a sealed record (a month that is closed): its figures were read
    out."""
    kind = session.kinds.get(record.kind)
    if kind.sealed_by and record.values.get(kind.sealed_by):
        raise BadInput(f"「{session.title_of(record)}」已经封存，不能再改动。", uid=record.uid)
    if record.parent:
        owner = session.owner_of(kind, record.parent)
        if owner is not None:
            refuse_if_sealed(session, owner)


def may_be_sealed(session: ReadContext, kind: Kind) -> bool:
    """Whether records of a kind are sealed themselves or hang under such that are."""
    return any(each.sealed_by for each in (kind, *session.kinds.parents_of(kind.name)))


def is_sealed(session: ReadContext, record: Record) -> bool:
    """Whether ``refuse_if_sealed`` refuses it."""
    if not may_be_sealed(session, session.kinds.get(record.kind)):
        return False
    try:
        refuse_if_sealed(session, record)
    except BadInput:
        return True
    return False


def refuse_if_closed_out(session: ReadContext, record: Record, doing: str) -> None:
    """Refuse to touch what was counted as done: its figures were read out, and a second person
    stands for it."""
    cycle = session.kinds.lifecycle_of(record.kind)
    if cycle and cycle.settled and record.state and cycle.state(record.state).closed:
        state = cycle.state(record.state).label
        raise BadInput(
            f"「{session.title_of(record)}」{state}，不能{doing}。确有必要，"
            f"请先用流程操作重新打开。",
            uid=record.uid,
        )


def refuse_if_owner_closed_out(
    session: ReadContext, kind: Kind, parent: str | None, doing: str
) -> None:
    """The same for what hangs under it and was written by its steps: reports, evidence,
    extensions."""
    owner = session.owner_of(kind, parent) if parent else None
    if owner is not None:
        cycle = session.kinds.lifecycle_of(owner.kind)
        if cycle and kind.name in {a.child.kind for a in cycle.actions if a.child}:
            refuse_if_closed_out(session, owner, doing)


def refuse_if_undecided(session: ReadContext, kind: Kind, record: Record) -> None:
    """Refuse to bin what a step is still to decide (a request to close with its evidence): the step
    would pass on nothing."""
    owner = session.owner_of(kind, record.parent) if record.parent else None
    cycle = session.kinds.lifecycle_of(owner.kind) if owner is not None else None
    if owner is None or owner.state is None or cycle is None:
        return
    if any(
        _decides(update, kind, record)
        for action in cycle.actions if owner.state in action.from_ for update in action.updates
    ):
        raise BadInput(
            f"这条「{kind.label}」还没有审定，不能删除。要收回或改动，"
            f"请在它所属的事项上用流程操作。",
            uid=record.uid,
        )


def _decides(update: ActionUpdate, kind: Kind, record: Record) -> bool:
    """Whether a step writes to a row like this one."""
    return update.kind == kind.name and all(
        record.values.get(name) == value for name, value in update.where.items()
    )


def refuse_if_issued(session: ReadContext, kind: Kind, record: Record) -> None:
    """Refuse to bin what the program made and numbered (an issued bulletin): people hold it on
    paper."""
    cycle = session.kinds.lifecycle_of(kind)
    if not kind.addable and cycle and record.state and cycle.state(record.state).closed:
        raise BadInput(
            f"「{session.title_of(record)}」{cycle.state(record.state).label}，不能删除。",
            uid=record.uid,
        )


def refuse_if_computed(kind: Kind, normal: Mapping[str, object], record: Record | None) -> None:
    """Refuse to type what only the steps of a lifecycle write."""
    for name, value in normal.items():
        if kind.field(name).computed and value != (record.values.get(name) if record else None):
            raise BadInput(
                f"「{kind.field(name).label}」由流程操作自动填写，不能直接修改。", field=name
            )
