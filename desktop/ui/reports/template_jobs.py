"""What is read and kept of the office's report forms, in a worker; composing is imported then."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from db.session import Session
from desktop.bulletin.report import (
    office_report_changes,
    office_reports,
    template_words,
    validation,
)

if TYPE_CHECKING:
    from desktop.bulletin.report.declaration import Report
    from desktop.bulletin.report.office_reports import OfficeReport

Tried = tuple[list[tuple[str, str]], bytes, tuple[str, ...]]
"""What stands against a form, or its trial print and the characters that no face has."""


def read_forms(session: Session) -> list[OfficeReport]:
    """Every report of the office."""
    template_words.words(session, "{{ }}")  # its patterns are made here; the window need not wait
    return list(office_reports.office_reports(session))


def try_out(session: Session, report: Report, period: object) -> Tried:
    """Check a form and print it over the ledger."""
    found = [(each.where, each.text) for each in validation.problems(session, report)]
    if found:
        return found, b"", ()
    out = io.BytesIO()
    kept = period if isinstance(period, str) else None
    printed = office_report_changes.try_out(session, report, out, kept)
    return [], out.getvalue(), printed.notes


def copy(session: Session, report: Report, label: str) -> str:
    """A report of the office's own that begins as this one stands; its name."""
    own = office_report_changes.copied(report, " ".join(label.split()))
    office_report_changes.save(session, own)
    return own.name


def save(session: Session, report: Report, note: str) -> None:
    """Check and keep."""
    office_report_changes.save(session, report, note)


def give_back(session: Session, name: str) -> None:
    """The given form again, or the office's own away."""
    office_report_changes.give_back(session, name)
