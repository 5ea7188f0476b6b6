"""A foreign workbook whose sheets are of several ledgers: which sheets go together, and which are
left when one ledger is read.

Each ledger is an import of its own; the sheets of the next one are offered after it, in turn."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from db.session import Session
from desktop.exchange.foreign import mapping_memory
from desktop.exchange.foreign.foreign_rows import ForeignBook
from desktop.exchange.foreign.ledger_detection import ledger_scores, likeliest, speaks_of_another
from desktop.exchange.plan.import_plan import Plan

Speaks = dict[str, dict[str, float]]


def speaks_of(session: Session, book: ForeignBook) -> Speaks:
    """Sheet → ledger → how much its headings speak of it."""
    return {each.name: ledger_scores(session, [each]) for each in book.sheets}


def other_ledgers(speaks: Speaks, anchors: Collection[str]) -> frozenset[str]:
    """The sheets that clearly speak of another ledger than these do; of those that speak like them,
    whatever a person calls it, none."""
    alike = {likeliest(speaks[name]) for name in anchors if speaks.get(name)}
    if not alike:
        return frozenset()
    return frozenset(
        name for name, scores in speaks.items()
        if name not in anchors and speaks_of_another(scores, *alike)
    )


def remembered_other_ledgers(
    session: Session, book: ForeignBook, known: Collection[mapping_memory.Known], sender: str
) -> frozenset[str]:
    """The sheets that are not of the ledger of these remembered tables: remembered as another's, or
    speaking of another."""
    here = {each.sheet for each in known}
    kinds = {each.table.kind for each in known}
    rest = [each for each in book.sheets if each.name not in here]
    others = (
        {
            k.sheet for k in mapping_memory.recognise(session, rest, sender=sender)
            if k.table.kind not in kinds
        }
        if rest else set()
    )
    return frozenset(others) | other_ledgers(speaks_of(session, book), here)


def _read_sheets(plan: Plan) -> set[str]:
    return {each["sheet"] for each in plan.sheets if each["header_rows"]}


def left(session: Session, book: ForeignBook, plan: Plan) -> ForeignBook | None:
    """The sheets that were not read because they are of other ledgers; None when there are none."""
    read = _read_sheets(plan)
    rest = [each for each in book.sheets if each.name not in read]
    if not rest or plan.foreign_kind is None:
        return None
    speaks = speaks_of(session, book)
    others = _speaking_of_others(speaks, read, plan.foreign_kind)
    known = mapping_memory.recognise(session, rest, sender=plan.foreign_sender)
    others.update(k.sheet for k in known if k.table.kind != plan.foreign_kind)
    sheets = [each for each in rest if each.name in others]
    return replace(book, sheets=sheets) if sheets else None



def _speaking_of_others(speaks: Speaks, read: Collection[str], kind: str) -> set[str]:
    alike = {*(likeliest(speaks[name]) for name in read), kind}
    return {name for name, scores in speaks.items() if speaks_of_another(scores, *alike)}
