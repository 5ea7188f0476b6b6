"""The reports that can be printed, and how the chosen one is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from db.session import Session
from desktop.bulletin.issue import issuing
from desktop.bulletin.report import office_reports, reports
from desktop.bulletin.writers import Printed
from desktop.ui.bulletin.preview import list_document
from desktop.ui.bulletin.preview.list_document import Rows
from desktop.ui.bulletin.preview.mask_button import mask_of, told_of
from desktop.ui.bulletin.preview.options import ROWS, ROWS_DECLARED, Choice, Chosen
from desktop.ui.kit.jobs import Job

Writer = Callable[[Job, IO[bytes] | Path], Printed]
"""Writes it to a stream as a PDF, to a file in the form that its name asks for; in a worker."""


def load_choices(session: Session) -> list[Choice]:
    """The declared reports; runs in the reader."""
    # late: composing is not needed to show a page

    found = []
    for report in office_reports.reports_of(session):
        needs, optional = frozenset(report.needs), frozenset(report.optional)
        kinds = tuple(reports.kinds_for(session, report)) if "item" in needs | optional else ()
        if "item" not in needs or kinds:
            found.append(
                Choice(
                    report.name, report.label, needs, optional, kinds, report.help, report.duplex,
                    bool(report.letter),
                )
            )
    return found


def _progress(job: Job) -> Callable[[int, int], None]:
    return lambda done, total: job.step(done, total, f"正在排版第 {done} 页")


def row_choices(session: Session, rows: Rows) -> list[Choice]:
    """How the rows of a list may be printed: first as they stand there."""
    first = Choice(ROWS, list_document.describe(session, rows))
    if rows.shown is None:
        return [first]
    declared = Choice(ROWS_DECLARED, f"{rows.shown.kind.label}：打印栏目")
    return [first, declared]


def title_of(session: Session, rows: Rows, choice: Choice) -> str:
    """What a file or a print job of such rows is called."""
    return rows.shown.file_name(session) if rows.shown else choice.label.replace("：", " ")


def rows_writer(session: Session, rows: Rows, choice: Choice) -> Writer:
    """Prints rows of a ledger."""
    shown = rows.shown
    if shown is not None and choice.key == ROWS:
        session.require("print")
        return lambda job, stream: list_document.print_shown_to(
            session, shown, stream, _progress(job)
        )
    return lambda job, stream: list_document.print_rows_to(
        session, rows.query, rows.ids, stream, _progress(job)
    )


def report_writer(session: Session, choice: Choice, chosen: Chosen) -> Writer:
    """Prints a report as it was chosen."""

    def work(job: Job, stream: IO[bytes] | Path) -> Printed:
        session.require("print")
        mask = mask_of(session, chosen.hidden)
        return reports.print_report(
            session, choice.key, stream, period=chosen.period, unit=chosen.unit,
            item=chosen.item, letter=chosen.letter, masked=mask or False,
            progress=_progress(job),
        )

    return work


def mask_told(session: Session, choice: Choice, chosen: Chosen) -> Any:
    """What the masked edition of a report hides, and what it leaves that looks like a name or a
    figure."""
    built = reports.build(
        session, choice.key, period=chosen.period, unit=chosen.unit, item=chosen.item,
        letter=chosen.letter,
    )
    return told_of(session, chosen.hidden, built.document())


def new_draft(session: Session, choice: Choice, chosen: Chosen) -> str:
    """A draft with the report's text and figures of now; its uid."""
    return issuing.new_draft(
        session, choice.key, period=chosen.period, unit=chosen.unit, item=chosen.item
    )
