"""A report changed by the office: copied, kept once it can be printed, given back."""

from __future__ import annotations

import secrets

import msgspec

from db import access
from db.errors import BadInput
from db.query import Query, Where
from db.records import Record
from db.session import Session
from desktop.bulletin import officereports, reportcheck
from desktop.bulletin.officereports import KIND
from desktop.bulletin.reportfile import Report


def copied(report: Report, label: str) -> Report:
    """A report of the office's own to begin with: another's text and tables under a new name."""
    return msgspec.structs.replace(report, name=f"own_{secrets.token_hex(4)}", label=label.strip())


def keep(session: Session, report: Report, note: str = "") -> None:
    """Keep a report as this office wants it. Refused (``BadInput`` with every problem and where it is) when it cannot be printed."""
    kind = session.kinds.get(KIND)
    access.check_write(session.role, kind)
    reportcheck.check(session, report)
    values = {"title": report.label, "report_name": report.name, "declaration": officereports.encode(report), "note": note or None}
    with session.atomic("form", f"修改文种：{report.label}"):
        old = _kept(session, report.name)
        if old is None:
            session.add_checked(kind, values)
        else:
            session.set_checked(old, values)


def give_back(session: Session, name: str) -> None:
    """Take the office's form away: the given one holds again; one of the office's own is gone. Both wait in the recycle bin."""
    record = _kept(session, name)
    if record is None:
        raise BadInput("这个文种没有改过，就是随程序的样子。")
    session.delete(KIND, record.uid)


def _kept(session: Session, name: str) -> Record | None:
    where = (Where("report_name", "eq", name),)
    found = session.find(Query(kind=KIND, where=where, sort=(("updated_at", True),), limit=1))
    return found[0] if found else None
