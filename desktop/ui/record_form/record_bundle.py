"""Everything a form shows of one record, read at once in the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from db.access import ownership_checks
from db.domain import appointment
from db.model import rules
from db.model.declarations import Kind
from db.model.records import Record
from db.rules import lifecycle, rollups
from db.session import Session
from desktop.ui.record_form.timeline import Event, events_of
from desktop.ui.record_form.unsaved_entries import Drafts, Raw


@dataclass
class ShownRecord:
    """Everything a form shows of one record, read at once in the reader."""

    record: Record
    possible: list[lifecycle.Possible] = field(default_factory=list)
    children: list[Record] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    light: str | None = None
    draft: Raw = field(default_factory=dict)
    writable: bool = False
    why_not: str = ""
    #: what another office's record is said to be; its fields that are not this office's to write;
    #: kinds not to be added under it
    notice: str = ""
    locked: dict[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    #: whether rows may be added under it: a roster is written down after the class was held
    adds: bool = False
    #: what the second person decides on: each label with its text
    request: tuple[tuple[str, str], ...] = ()
    #: what a person should look at again: totals that the rows under it do not bear out, a birth
    #: month that its number does not say, a title that is nearly another's
    contradictions: str = ""


def read(
    session: Session, kind: Kind, uid: str, drafts: Drafts, people: Mapping[str, str]
) -> ShownRecord | None:
    """The record with its steps, children, history and draft; None when it is not there. In a
    worker."""
    record = session.get(kind.name, uid)
    if record is None:
        return None
    children = session.children(uid, of=kind.name) if session.kinds.children_of(kind.name) else []
    possible, events = lifecycle.actions_for(session, record), events_of(
        session, record, children, people
    )
    writable, why_not = may_write(session, kind, record)
    shown = ShownRecord(
        record, possible, children, events, session.light(record), drafts.read(uid), writable,
        why_not,
    )
    shown.request = request_of(session, record, children)
    shown.adds = shown.writable or _adds_when_closed(session, kind, record)
    sentences = (
        rollups.contradictions_text(session, record), rules.alike_said(session, kind, record),
        *appointment.disagreements(kind, record.values),
    )
    shown.contradictions = "\n".join(filter(None, sentences))
    shown.locked, shown.closed = ownership_checks.locked(
        session, record
    ), ownership_checks.closed_children(session, record)
    if shown.locked and writable:
        shown.notice = ownership_checks.of_another(session, record)
        if all(each.name in shown.locked for each in kind.shown("form")):
            shown.writable, shown.why_not, shown.notice = False, shown.notice, ""
    return shown


def _adds_when_closed(session: Session, kind: Kind, record: Record) -> bool:
    """Whether what hangs under a closed record goes on: not where its figures were read out
    (settled, sealed)."""
    cycle = session.kinds.lifecycle_of(kind)
    sealed = kind.sealed_by is not None and record.values.get(kind.sealed_by)
    closed = (
        cycle is not None
        and not cycle.settled
        and record.state
        and cycle.state(record.state).closed
    )
    return bool(closed and not sealed and not record.deleted and session.may_write(kind.name))


def may_write(session: Session, kind: Kind, record: Record) -> tuple[bool, str]:
    """Whether this person may change the record now and, if not, why."""
    cycle = session.kinds.lifecycle_of(kind)
    if record.deleted:
        return False, "这条记录在回收站中，恢复后才能修改。"
    if not session.may_write(kind.name):
        return False, "您的角色只能查看这类记录。"
    if cycle is not None and record.state and cycle.state(record.state).closed:
        label = cycle.state(record.state).label
        below = (
            ""
            if cycle.settled or not session.kinds.children_of(kind.name)
            else "下级记录仍可登记；"
        )
        return (
            False,
            f"这条记录{label}，内容不再改动；{below}确需修改，请先用上面的办理操作重新打开。",
        )
    return True, ""


def request_of(
    session: Session, record: Record, children: Sequence[Record]
) -> tuple[tuple[str, str], ...]:
    """What was asked for with a record that waits for a second person's decision: the child that
    the request wrote, field by field; nothing where none waits."""
    cycle = session.lifecycle_of(record)
    if cycle is None or not record.state or not cycle.awaits_decision(record.state):
        return ()
    kinds = {a.child.kind for a in cycle.actions if a.child and a.to == record.state}
    asked = [child for child in children if child.kind in kinds and not child.deleted]
    if not asked:
        return ()
    return _filled_in(session, max(asked, key=lambda child: (child.created_at, child.uid)))


def _filled_in(session: Session, record: Record) -> tuple[tuple[str, str], ...]:
    """What a person filled in of a record, by label."""
    shown = [each for each in session.kinds.get(record.kind).shown("form") if not each.computed]
    texts = ((each.label, session.text(record, each.name)) for each in shown)
    return tuple((label, text) for label, text in texts if text)
