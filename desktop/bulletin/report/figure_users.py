"""What of the office's papers uses a figure, named before the figure goes."""

from __future__ import annotations

import re

from db.model.query import Query, Where
from db.session import Session
from desktop.bulletin.report import office_reports

_LIVE = ["drafted", "submitted", "checked"]


def users(session: Session, name: str) -> list[str]:
    """Forms of papers and drafts in which the figure stands, each with its name."""
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])")
    found = [
        f"文种「{form.report.label}」"
        for form in office_reports.office_reports(session)
        if form.changed and word.search(office_reports.encode(form.report))
    ]
    where = (Where("state", "in", _LIVE),)
    for record in session.find(Query(kind="bulletin", where=where)):
        if word.search(record.values["body_text"] or ""):
            found.append(f"稿子「{record.values['title']}」")
    return found
