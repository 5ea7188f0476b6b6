"""Letters and slips on one item go out: each takes the next number of its sort and year, and stands
in the item's history from then on."""

from __future__ import annotations

import datetime as dt

from db.errors import BadInput
from db.model.query import Query, Where
from db.model.records import Record
from db.rules import lifecycle
from db.session import Session
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.report.item_view import LETTER, LETTER_WORDS, ItemView
from desktop.bulletin.report.office_reports import report_of
from desktop.bulletin.report.reports import find_item

#: The step that a lifecycle has for a letter.
REMIND = "remind"


def letter_report(session: Session, name: str) -> Report:
    """The report of that name, which must be a letter or a slip."""
    report = report_of(session, name)
    if not report.letter:
        raise BadInput(f"「{report.label}」不是函件、单据，不能编号发出。")
    return report


def sent(session: Session, name: str, item: str) -> str:
    """The newest of its sort that went out on the item: 督办〔2022〕5号（2022年9月5日）; "" for
    none."""
    report = letter_report(session, name)
    view = ItemView(session, find_item(session, report, item))
    letter = view.letter(report.letter)
    if letter is None:
        return ""
    return f"{view.letter_no(report.letter, LETTER_WORDS[report.letter])}（{letter['issued_on']}）"


def send(
    session: Session, name: str, item: str, *, note: str = "", reply_by: dt.date | None = None
) -> str:
    """Number the letter and keep it on the item: by the item's own step where it has one. Returns
    its number as it is printed."""
    session.require("print")
    report = letter_report(session, name)
    record = find_item(session, report, item)
    with session.atomic("form", f"发出{report.label}"):
        steps = {each.action.name for each in lifecycle.actions_for(session, record)}
        if REMIND in steps and report.letter not in SLIPS:
            ask = {"letter_type": report.letter, **({"reply_by": reply_by} if reply_by else {})}
            session.move(record.kind, record.uid, REMIND, note, ask)
        else:
            _keep(session, report, record, note, reply_by)
        view = ItemView(session, session.must_get(record.kind, record.uid))
        return view.letter_no(report.letter, LETTER_WORDS[report.letter])


#: What hands an item over and closes it; no step of reminding.
SLIPS = frozenset({"assignment", "close_out"})


def _keep(
    session: Session, report: Report, record: Record, note: str, reply_by: dt.date | None
) -> None:
    kind, year = session.kinds.get(LETTER), session.today.year
    where = (Where("letter_type", "eq", report.letter), Where("year", "eq", year))
    taken = session.find(Query(kind=LETTER, where=where, deleted="any"))
    unit = session.kinds.get(record.kind).unit
    session.add_checked(
        kind,
        {
            "letter_type": report.letter, "year": year,
            "number": max((each.values["number"] or 0 for each in taken), default=0) + 1,
            "issued_on": session.today, "issued_by": session.who.user,
            "to_unit": record.values.get(unit) if unit else None, "content": note or None,
            "reply_by": reply_by,
        },
        parent=record.uid,
    )
