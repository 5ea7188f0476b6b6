"""Write the reports that typed cells make (``progress_reports.py``): with the import, or once the
cell they stand in was decided.

A cell that waits for a decision is not taken yet, so neither is its report; what it would be is
kept with the import until then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from db.access import ownership_checks
from db.errors import BadInput
from db.merge.versions import RowVersions
from db.model.records import Record
from db.session import Session
from db.store.book import Book
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.exchange_tables import Json
from desktop.exchange.plan.import_plan import ChildPlan
from desktop.exchange.plan.progress_reports import step_of

#: In an import's report: the reports that wait.
WAITING = "reports"


class Typed(msgspec.Struct, frozen=True):
    """A report with the kind of its item and the number of the office into whose workbook it was
    typed."""

    owner: str
    child: ChildPlan
    issuer: int


def write(session: Session, reports: Sequence[Typed]) -> None:
    """Add them; one that is there already stays as it is. A fresh one takes its item on."""
    fresh: dict[str, list[Record]] = defaultdict(list)
    steps: list[Typed] = []
    for each in reports:
        child = each.child
        if child.kind not in session.kinds or not session.may_write(child.kind):
            continue
        book = session.book_of(child.kind)
        if book.get(child.kind, child.uid) is not None:
            continue
        steps.append(each)
        at, by = session.transaction(book.name).at, session.who.user
        fresh[child.kind].append(Record(
            child.kind, 0, child.uid, child.parent, None, False,
            child.versions.encode(book.site_number), at, by, at, by, child.values, each.issuer,
        ))  # fmt: skip
    for kind, records in fresh.items():
        session.transaction(session.book_of(kind).name).add_many(records)
    for each in steps:
        book = session.book_of(each.owner)
        record = book.get(each.owner, each.child.parent)
        if record is None or not ownership_checks.may_take_step(session, record, each.child.action):
            continue
        if values := step_of(session, record, each.child):
            session.transaction(book.name).update(
                record, values, action=f"move:{each.child.action}"
            )


def to_json(session: Session, reports: Sequence[Typed]) -> Json:
    """For the import's report."""
    kept = []
    for each in reports:
        child, shape = each.child, session.book_of(each.child.kind).shape(each.child.kind)
        values = {
            name: shape.to_json(name, value) for name, value in child.values.items()
            if value is not None
        }
        kept.append({
            "owner": each.owner, "issuer": each.issuer, "kind": child.kind, "uid": child.uid,
            "parent": child.parent, "values": values,
            "versions": child.versions.to_portable(), "field": child.field, "action": child.action,
        })  # fmt: skip
    return {WAITING: kept} if kept else {}


def of_decided(
    session: Session, book: Book, import_id: str | None, uid: str, field: str
) -> list[Typed]:
    """The reports that waited for one cell of an import."""
    report = exchange_tables.report_of(book.connection, import_id) if import_id else {}
    found = []
    for kept in report.get(WAITING, ()):
        if (kept["parent"], kept["field"]) != (uid, field) or kept["kind"] not in session.kinds:
            continue
        shape = session.book_of(kept["kind"]).shape(kept["kind"])
        try:
            values = {name: shape.from_json(name, kept["values"].get(name)) for name in shape.names}
        except BadInput:
            continue  # what it holds is none of the ledger's any more
        child = ChildPlan(
            kept["kind"], kept["uid"], uid, values, RowVersions.from_portable(kept["versions"]),
            field, kept["action"],
        )
        found.append(Typed(kept["owner"], child, kept["issuer"]))
    return found
