"""A report changed by the office: copied, kept once it can be printed, given back."""

from __future__ import annotations

import secrets
from typing import IO

import msgspec

from db.access import roles
from db.errors import BadInput
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from desktop.bulletin.report import office_reports, validation
from desktop.bulletin.report.declaration import REPORT_NAME, Report, load_reports
from desktop.bulletin.report.office_reports import KIND
from desktop.bulletin.report.reports import Builder, choose, kinds_for, nothing_to_urge
from desktop.bulletin.writers import Printed, render

#: Stands in the upper margin of a trial print.
TRIAL = "试排　文种样式"


def copied(report: Report, label: str) -> Report:
    """A report of the office's own to begin with: another's text and tables under a new name."""
    return msgspec.structs.replace(report, name=f"own_{secrets.token_hex(4)}", label=label.strip())


def save(session: Session, report: Report, note: str = "") -> None:
    """Keep a report as this office wants it. Refused (``BadInput`` with every problem and where it
    is) when it cannot be printed."""
    kind = session.kinds.get(KIND)
    roles.check_write(session.role, kind)
    validation.check(session, report)
    if same_as_given(report):
        if _kept(session, report.name) is not None:
            give_back(session, report.name)
        return
    values = {
        "title": report.label, REPORT_NAME: report.name,
        "declaration": office_reports.encode(report), "note": note or None,
    }
    with session.atomic("form", f"修改文种：{report.label}"):
        old = _kept(session, report.name)
        if old is None:
            session.add_checked(kind, values)
        else:
            session.set_checked(old, values)


def give_back(session: Session, name: str) -> None:
    """Take the office's form away: the given one holds again; one of the office's own is gone. Both
    wait in the recycle bin."""
    record = _kept(session, name)
    if record is None:
        raise BadInput("这个文种没有改过，就是随程序的样子。")
    session.delete(KIND, record.uid)


def _kept(session: Session, name: str) -> Record | None:
    where = (Where(REPORT_NAME, "eq", name),)
    found = session.find(Query(kind=KIND, where=where, sort=(("updated_at", True),), limit=1))
    return found[0] if found else None


def try_out(session: Session, report: Report, to: IO[bytes], period: str | None = None) -> Printed:
    """Print a report that is being changed over the ledger as it is: the period used last, a unit,
    a record that fits.

    ``BadInput`` says what is missing.
    """
    unit = next(iter(session.names.units()), None) if "unit" in report.needs else None
    choice = choose(session, report, period, unit, _sample_item(session, report))
    document = msgspec.structs.replace(Builder(session, report, choice).document(), draft=TRIAL)
    return render(document, to)


def _sample_item(session: Session, report: Report) -> str | None:
    if "item" not in report.needs:
        return None
    for kind in kinds_for(session, report):
        for record in session.find(Query(kind=kind, sort=(("updated_at", True),), limit=50)):
            cycle = session.lifecycle_of(record)
            state = cycle.state(record.state) if cycle and record.state else None
            if state is None or not (
                state.draft or state.void
                or (report.open_only and nothing_to_urge(session, record))
            ):
                return record.uid
    raise BadInput("台账里还没有能用来试排的记录，登记一条以后这里就能看到样子。")


def same_as_given(report: Report) -> bool:
    """Whether nothing is left of what the office changed: then there is nothing to keep."""
    return any(given == report for given in load_reports())
