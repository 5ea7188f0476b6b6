"""Write the steps that a table tells of, each on its day: nobody here took them, so they name
nobody."""

from __future__ import annotations

from db.model.action_sources import parse_sources
from db.model.declarations import Action, Kind
from db.model.fieldtypes import type_of
from db.rules.lifecycle import steps_before
from db.rules.step_values import Outcome, Step, step_outcome
from db.session import Session
from desktop.exchange.plan.history_steps import report_uid
from desktop.exchange.plan.import_plan import PastStep, RowPlan
from desktop.exchange.plan.progress_reports import WorkbookDesk


def take_steps(session: Session, row: RowPlan) -> None:
    """Take the steps of one row, as far as its item is where each begins."""
    for step in row.past:
        _take(session, row, step)


def _take(session: Session, row: RowPlan, step: PastStep) -> None:
    book, kind = session.book_of(row.kind), session.kinds.get(row.kind)
    record, cycle = book.get(row.kind, row.uid), session.kinds.lifecycle_of(kind)
    if record is None or record.deleted or cycle is None:
        return
    action = cycle.action(step.action)
    if record.state not in action.from_:
        return
    given = {"content": step.text} if step.text else {}
    desk, before = WorkbookDesk(session, step.on, ""), steps_before(session, record)
    worked = Step(desk, kind, record, given=given, before=before)
    outcome = step_outcome(worked, action, cycle, session.kinds, [()] * len(action.updates))
    if step.text:
        _report(session, row, step, outcome)
    written = {n: v for n, v in outcome.values.items() if _is_kept(kind, action, n)}
    session.transaction(book.name).update(record, written, action=f"move:{action.name}")


def _is_kept(kind: Kind, action: Action, name: str) -> bool:
    """Whether a step's value is written: fields of the ledger, but not those that show what is
    asked for with a step; the table's own cell says that."""
    source = action.set.get(name)
    asked = source is not None and parse_sources(source)[0][0] == "ask"
    return (name == "state" or kind.has(name)) and not asked


def _report(session: Session, row: RowPlan, step: PastStep, outcome: Outcome) -> None:
    if outcome.child is None:
        return
    kind, values = outcome.child
    uid = report_uid(row.uid, step.on, step.text)
    if session.get(kind.name, uid) is None:
        kept = {n: value for n, value in values.items() if not type_of(kind.field(n)).names_user}
        session.add_checked(kind, kept, parent=row.uid, uid=uid)
