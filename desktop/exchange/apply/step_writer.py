"""Carry out the steps that a unit took by workbook, as if it had clicked them, on the day that it
wrote; and follow a day that was corrected afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from db.access import ownership_checks
from db.model.declarations import Action
from db.model.ids import derived_uid
from db.model.records import Record
from db.model.steps import FIELD, StepTaken, ordered
from db.rules.lifecycle import steps_before
from db.rules.step_values import Step, step_outcome
from db.session import Session
from desktop.exchange.plan.import_plan import StepPlan
from desktop.exchange.plan.progress_reports import WorkbookDesk


def in_order(steps: Iterable[StepPlan]) -> list[StepPlan]:
    """As they can follow one another: what leads nowhere is asked for before what ends the work,
    which is how the plan holds them."""
    return sorted(steps, key=lambda step: step.on)


def take_step(session: Session, step: StepPlan, child: str) -> None:
    """Take one; ``child``: the record that it added. Nothing where the item is past it, or another
    office takes it."""
    record = session.book_of(step.owner).get(step.owner, step.uid)
    cycle = session.kinds.lifecycle_of(step.owner)
    if record is None or cycle is None or not ownership_checks.may_take_step(
        session, record, step.action
    ):
        return
    action = cycle.action(step.action)
    if record.deleted or record.state not in action.from_:
        return
    kind = session.kinds.get(step.owner)
    desk = WorkbookDesk(session, step.on, step.by)
    matching = [
        [
            each for each in session.children(record.uid, update.kind)
            if each.uid != child
            and all(each.values.get(name) == value for name, value in update.where.items())
        ]
        for update in action.updates
    ]
    before = steps_before(session, record)
    outcome = step_outcome(
        Step(desk, kind, record, before=before), action, cycle, session.kinds, matching
    )
    transaction = session.transaction(session.book_of(step.owner).name)
    for each, values in outcome.updates:
        transaction.update(each, values, action=f"move:{action.name}")
    written = {n: v for n, v in outcome.values.items() if n == "state" or kind.has(n)}
    transaction.update(record, written, action=f"move:{action.name}")


def correct_step_day(session: Session, child: Record, name: str, before: object) -> None:
    """A request's day was corrected: so is the day of the step that it is."""
    now, kind = child.values.get(name), session.kinds.get(child.kind)
    owner = session.owner_of(kind, child.parent) if child.parent else None
    if owner is None or not isinstance(now, dt.date) or not isinstance(before, dt.date):
        return
    action = _made_by(session, owner, child.kind, name)
    if action is None or not ownership_checks.may_take_step(session, owner, action.name):
        return
    values: dict[str, object] = {
        field: now for field, source in action.set.items()
        if source == "today" and owner.values.get(field) == before
    }
    steps: tuple[StepTaken, ...] = owner.values.get(FIELD) or ()
    wrong = next(
        (s for s in reversed(steps) if not s.void and (s.action, s.day) == (action.name, before)),
        None,
    )
    if wrong is not None:
        on = now.isoformat()
        right = msgspec.structs.replace(
            wrong, id=derived_uid("step", owner.uid, action.name, on, on), on=on, at=on
        )
        others = [s for s in steps if s is not wrong]
        values[FIELD] = ordered([*others, msgspec.structs.replace(wrong, void=True), right])
    if values:
        transaction = session.transaction(session.book_of(owner.kind).name)
        transaction.update(owner, values, action=f"move:{action.name}")


def _made_by(session: Session, owner: Record, child: str, name: str) -> Action | None:
    """The step whose own day stands in a field of the record that it adds."""
    cycle = session.kinds.lifecycle_of(owner.kind)
    for action in cycle.actions if cycle else ():
        made = action.child
        if made is not None and made.kind == child and made.values.get(name) == "today":
            return action if action.owner == "responsible" else None
    return None
