"""Bulletins as their pages show them: in a list of drafts or the archive, opened, taken a step
further, printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import msgspec

from db.errors import BadInput
from db.model.records import Record, Values
from db.rules import lifecycle
from db.session import Session
from desktop.bulletin.issue import issuing
from desktop.bulletin.issue.editor_view import View, look, print_view
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.report.conditional_text import base_of
from desktop.bulletin.report.declaration import REPORT_NAME, Report
from desktop.bulletin.report.missing_characters import with_character_places
from desktop.bulletin.report.office_reports import reports_of


class Entry(msgspec.Struct, frozen=True):
    """A bulletin in the list of drafts or in the archive."""

    uid: str
    title: str
    sort: str
    state: str
    tone: str
    number: str
    day: str


def entries(session: Session, *, archive: bool, text: str = "") -> list[Entry]:
    """Drafts being worked on, or the archive, newest first, found by any word."""
    records = issuing.issued(session, text) if archive else issuing.drafts(session)
    known = reports_of(session)
    found = [_entry(session, record, known) for record in records]
    return [e for e in found if archive or not text or text in e.title or text in e.sort]


def _entry(session: Session, record: Record, known: Sequence[Report]) -> Entry:
    cycle = session.lifecycle_of(record)
    state = cycle.state(record.state) if cycle and record.state else None
    values = record.values
    # A report that is gone, from the program or from the office, is told by its name.
    sort = next(
        (r.label for r in known if r.name == values[REPORT_NAME]), values[REPORT_NAME] or ""
    )
    day = session.text(record, "issued_on") if values["issued_on"] else record.updated_at[:10]
    return Entry(
        record.uid, values["title"], sort, state.label if state else "",
        state.tone if state else "grey", _number(values), day,
    )


def _number(values: Values) -> str:
    """Which issue of which year it is; "" before it is issued."""
    if not values["issue_no"]:
        return ""
    supplement = "增刊" if values["is_supplement"] else ""
    return f"{values['series_year']}年{supplement}第{values['issue_no']}期"


class OpenBulletin(msgspec.Struct, frozen=True):
    """A bulletin in the editor: its record and text, the steps a person may take, and whether it
    may be typed in."""

    record: Record
    entry: Entry
    report: Report | None
    title: str
    body: str
    supplement: bool
    possible: tuple[lifecycle.Possible, ...]
    writable: bool
    issued: bool


def opened(session: Session, uid: str) -> OpenBulletin:
    """A bulletin for the editor. Issuing makes the file that it asks for, so a missing file does
    not stand against it."""
    record = session.must_get(issuing.KIND, uid)
    try:
        report: Report | None = base_of(session, record).report
    except BadInput:  # a report that is gone, from the program or from the office
        report = None
    possible = []
    for each in lifecycle.actions_for(session, record):
        if each.action.requires and not each.allowed and session.may("issue"):
            each = msgspec.structs.replace(each, allowed=True, reason="", first=True)
        possible.append(each)
    final = record.state in ("issued", "withdrawn")
    return OpenBulletin(
        record, _entry(session, record, reports_of(session)), report, record.values["title"],
        record.values["body_text"] or "", bool(record.values["is_supplement"]), tuple(possible),
        not final and session.may_write(issuing.KIND), final,
    )


def take_step(
    session: Session, uid: str, action: str, note: str = "", *, correction: bool = False
) -> None:
    """A step of a bulletin's life; issuing counts anew, numbers and freezes. ``correction``:
    although an issued one of the period differs."""
    if action == "issue":
        issuing.issue(session, uid, accept_issued=correction)
    else:
        session.take_step(issuing.KIND, uid, action, note)


def set_supplement(session: Session, uid: str, supplement: bool) -> None:
    """Whether the bulletin is a supplement (增刊), numbered apart."""
    issuing.draft(session, uid)
    session.set(issuing.KIND, uid, {"is_supplement": supplement})


def print_opened(
    session: Session, found: OpenBulletin, view: View | None, to: IO[bytes],
    masked: Mask | None = None
) -> tuple[str, ...]:
    """The pages of a bulletin: an issued one as it was issued, byte for byte, unless masked.
    Returns what a person must know (``Printed.notes``)."""
    if found.issued and masked is None:
        to.write(issuing.reprint(session, found.record.uid))
        return ()
    printed = with_character_places(
        session, print_view(view or look(session, found.record), to, masked)
    )
    return printed.notes
