"""A made-up office with something for every report, always as of the same day, and what a person would choose for each report."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from db import office
from db.metrics import metrics
from db.model import periods
from db.model.records import Record
from db.session import Session
from desktop import demo
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import Report, load_reports

TODAY = dt.date(2022, 11, 24)


def given_report(name: str) -> Report:
    """The report of that name as the program brings it."""
    return next(report for report in load_reports() if report.name == name)


@cache
def _made(items: int) -> Path:
    """The office as it is made, once in a process: to be copied."""
    home = Path(mkdtemp(prefix="zhengxian-reports-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    demo.make(home / "office", items=items, seed=5, today=TODAY)
    return home / "office"


def opened(folder: Path, items: int = 200) -> Session:
    """The office in a folder, with its administrator logged in, who holds both keys."""
    shutil.copytree(_made(items), folder)
    session = office.open_office(folder, "admin", demo.PASSWORD)
    session.fixed_today = TODAY
    return session


def chosen(session: Session, report: Report) -> dict[str, str | None]:
    """This year, a unit, the item with the most to tell."""
    choice: dict[str, str | None] = {"period": None, "unit": None, "item": None}
    if "period" in report.needs:
        choice["period"] = _week(session) if report.period == "week" else str(session.today.year)
    if "unit" in report.needs:
        choice["unit"] = next(iter(session.names.units()))
    if "item" in report.needs:
        for kind in reports.kinds_for(session, report):
            records = [r for r in session.book_of(kind).each(kind, "deleted = 0") if _fits(session, report, r)]
            if records:
                choice["item"] = max(records, key=lambda r: _tells(session, report, r)).uid
                break
    return choice


def _week(session: Session) -> str:
    """The newest week in which something was assigned."""
    week = periods.week_of(session.today)
    while not metrics.count(session, ["weekly_assigned"], period=week)["weekly_assigned"].value:
        week = week.before()
    return week.text


def _fits(session: Session, report: Report, record: Record) -> bool:
    cycle = session.lifecycle_of(record)
    state = cycle.state(record.state) if cycle and record.state else None
    if state is None:
        return True
    return not (state.draft or state.void or (report.open_only and state.closed))


def _tells(session: Session, report: Report, record: Record) -> tuple[int, str]:
    children = session.children(record.uid)
    kinds = {t.children for t in report.tables if t.children}
    wanted = sum(c.kind in kinds or c.kind == "letter" for c in children)
    filled = sum(v is not None for v in record.values.values())
    return 3 * wanted + len(children) + filled, record.uid
