"""Conflicts wait until a person decides; the decision is itself a change, and travels."""

from __future__ import annotations

from typing import Any

import msgspec

from db.access import immutability, ownership_checks, roles
from db.errors import BadInput
from db.merge.merge import DELETED, Pending, Row, decide_row
from db.model.fieldtypes import TYPES
from db.model.records import SYSTEM_FIELDS, Record, RowShape
from db.rules import lifecycle, validate
from db.session import Session
from db.store.book import Book
from desktop.exchange.apply import report_records, step_writer
from desktop.exchange.format import pending_conflicts
from desktop.exchange.format.cells import parse
from desktop.exchange.format.pending_conflicts import Conflict
from desktop.exchange.plan.import_plan import Waiting

_LABELS = {"state": "状态", DELETED: "删除", "parent": "所属事项"}


def conflicts(session: Session) -> list[Waiting]:
    """All that wait for a decision in the books this person can open, oldest first; for another
    office's too (``decider``)."""
    found: list[Waiting] = []
    for book in session.books:
        for entry in pending_conflicts.open_conflicts(book.connection):
            shown = _shown(session, book, entry)
            if shown is not None:
                found.append(shown)
    return found


def count_own(session: Session) -> int:
    """How many wait for this office to decide."""
    count = 0
    for book in session.books:
        if book.offices.alone:
            count += pending_conflicts.count_open(book.connection)
        else:
            count += sum(
                not pending_conflicts.decider(session, entry)
                for entry in pending_conflicts.open_conflicts(book.connection)
            )
    return count


def open_conflict(session: Session, conflict_id: int) -> Waiting | None:
    """One open conflict."""
    book, row_id = _place(session, conflict_id)
    entry = pending_conflicts.one(book.connection, row_id)
    return _shown(session, book, entry) if entry and entry.status == "open" else None


def _place(session: Session, conflict_id: int) -> tuple[Book, int]:
    name = "personnel" if conflict_id % 2 else "office"
    book = next((b for b in session.books if b.name == name), None)
    if book is None:
        raise BadInput(f"没有编号为 {conflict_id} 的冲突。")
    return book, conflict_id // 2


def _shown(session: Session, book: Book, entry: Conflict) -> Waiting | None:
    kind = entry.kind
    if kind not in session.kinds:
        return None
    record = book.get(kind, entry.uid)
    if record is None:
        return None
    shape, name = book.shape(kind), entry.field
    base, theirs = (msgspec.json.decode(text or "null") for text in (entry.base, entry.theirs))
    mine = shape.to_json(name, record.get(name))
    declared = shape.by_name.get(name)
    return Waiting(
        conflict_id=pending_conflicts.number_of(entry.id, book.name), kind=kind, uid=record.uid,
        field=name, label=declared.label if declared else _LABELS.get(name, name),
        title=session.title_of(record), base=base,
        mine=mine, theirs=theirs, text_base=_text(session, shape, name, base),
        text_mine=_text(session, shape, name, mine),
        text_theirs=_text(session, shape, name, theirs), sender=entry.sender, at=entry.created_at,
        import_id=entry.import_id, decider=pending_conflicts.decider(session, entry),
    )  # fmt: skip


def _text(session: Session, shape: RowShape, name: str, value: Any) -> str:
    """A JSON value as people read it."""
    if name == DELETED:
        return "删除" if value else "保留"
    if value is None:
        return ""
    if name == "state":
        cycle = session.kinds.lifecycle_of(shape.kind)
        return (
            cycle.state(value).label if cycle and any(s.name == value for s in cycle.states)
            else str(value)
        )
    if name in SYSTEM_FIELDS:
        return str(value)
    field = shape.by_name[name]
    try:
        return TYPES[field.type].format(shape.from_json(name, value), field, session.names)
    except BadInput:
        return str(value)


def decide(
    session: Session, conflict_id: int, choice: str, why: str = "", *, inside: bool = False
) -> list[str]:
    """Decide one conflict: ``mine``, ``theirs``, or the text of a third value. Returns the fields
    that changed.

    A write on top of both sides, so no office is asked again about what was decided here."""
    session.require("import" if inside else "decide")
    book, row_id = _place(session, conflict_id)
    entry = pending_conflicts.one(book.connection, row_id)
    if entry is None or entry.kind not in session.kinds:
        raise BadInput(f"没有编号为 {conflict_id} 的冲突。")
    if entry.status == "closed":
        return []  # another decision or a later parsed has answered it meanwhile
    if entry.status != "open":
        raise BadInput(f"编号 {conflict_id} 的冲突已经处理过了。")
    kind, name, uid = entry.kind, entry.field, entry.uid
    session.book_of(kind)
    roles.check_write(session.role, session.kinds.get(kind))
    with session.atomic("decision", f"处理冲突：{session.kinds.get(kind).label}"):
        transaction = session.transaction(book.name)
        record = book.get(kind, uid)
        if record is None:
            raise BadInput("这条记录已经不在台账里，冲突无法处理。", uid=uid)
        shape = book.shape(kind)
        chosen = _chosen(session, shape, entry, record.get(name), choice)
        if chosen != record.get(name):
            immutability.refuse_if_sealed(session, record)
        if choice not in ("mine", "theirs"):
            _typed(session, record, name, chosen)
        ownership_checks.check_decision(
            session, record, name, chosen, _authors(book, record, entry)
        )
        open_ = pending_conflicts.waiting_of(transaction.connection, kind, [uid]).get(uid, {})
        before = record.get(name)
        own = book.versions_of(record)
        site, counter = transaction.tick()
        mine = Row(record, own, pending_conflicts.values_of(shape, open_))
        decided = Pending(chosen, entry.their_vector)
        merged = decide_row(mine, name, decided, site, counter)
        changed = transaction.merge(
            record, {n: v for n, (v, _) in merged.changes.items()}, merged.applied(own),
            action="decide",
        )
        pending_conflicts.close_overtaken(transaction, open_, merged.pending, but=row_id)
        word = choice if choice in ("mine", "theirs") else "value"
        transaction.close_conflict(row_id, "decided", word, why)
        if changed and record.parent:
            step_writer.correct_step_day(session, record, name, before)
        if choice == "theirs":
            report_records.write(
                session, report_records.of_decided(session, book, entry.import_id, uid, name)
            )
        transaction.note("decide", f"{kind} {uid} {name} {word} {why}".strip())
    return changed


def _typed(session: Session, record: Record, name: str, value: object) -> None:
    """A third value is typed like any other: the ledger's rules hold for it. Raises ``BadInput``
    that names the record."""
    kind = session.kinds.get(record.kind)
    try:
        lifecycle.edit_side_effects(kind, session.kinds.lifecycle_of(kind), record, {name: value})
        validate.check(session, kind, {**record.values, name: value}, {name: value}, record)
    except BadInput as error:
        raise BadInput(
            f"「{session.title_of(record)}」的冲突：{error.message}", field=name, uid=record.uid
        ) from error


def may_decide(session: Session, conflict_id: int) -> bool:
    """Whether this conflict is for this office to decide; else it waits for the decision to come
    from the office whose it is."""
    book, row_id = _place(session, conflict_id)
    entry = pending_conflicts.one(book.connection, row_id)
    if entry is None or entry.kind not in session.kinds or book.get(entry.kind, entry.uid) is None:
        return False
    return not pending_conflicts.decider(session, entry)


def _authors(book: Book, record: Record, entry: Conflict) -> tuple[str, ...]:
    """The sites that wrote the value which stands and the one that waits."""
    own = book.versions_of(record).authors_of(entry.field)
    return (*own, *(entry.authors.split() or entry.their_vector))


def _chosen(session: Session, shape: RowShape, entry: Conflict, mine: object, choice: str) -> Any:
    name = entry.field
    if choice == "mine":
        return mine
    if choice == "theirs":
        return shape.from_json(name, msgspec.json.decode(entry.theirs))
    if name in SYSTEM_FIELDS:
        raise BadInput("这个冲突只能选 mine 或 theirs。")
    return parse(choice, shape.by_name[name], session.names)
