"""The reports of an office: those that come with the program, as the office changed them, and those
it made itself.

What the office changed is a record like any other (kind ``report_form``): its history shows who
changed what, deleting it gives the given form back, and it travels with a workbook from office to
office. Two records for one report: the one changed last holds.
"""

from __future__ import annotations

import msgspec

from db.errors import BadInput, DeclarationError
from db.model import declaration_files
from db.model.query import Query
from db.model.records import Record
from db.session import Session
from desktop.bulletin.report.declaration import REPORT_NAME, Report, load_reports

KIND = "report_form"


class OfficeReport(msgspec.Struct, frozen=True):
    """A report of the office. ``given``: as it came with the program, None for the office's own;
    ``record``: what the office keeps.

    ``problem``: why the kept one cannot be read; then the given one stands in for it.
    """

    report: Report
    given: Report | None
    record: Record | None = None
    problem: str = ""

    @property
    def changed(self) -> bool:
        """Whether it is the office's: changed, or its own."""
        return self.record is not None


def encode(report: Report) -> str:
    """A report as text, to be kept with a record."""
    return declaration_files.encode(report)


def decode(text: str, where: str) -> Report:
    """The report that was kept. Raises ``DeclarationError``."""
    return declaration_files.decode(text, Report, where)


def office_reports(session: Session) -> list[OfficeReport]:
    """Every report of the office in order, given or own; one that cannot be read says so."""
    given = {report.name: report for report in load_reports()}
    kept: dict[str, Record] = {}
    for record in session.find(Query(kind=KIND, sort=(("updated_at", False),))):
        kept[record.values[REPORT_NAME] or record.uid] = record
    found = [
        _office_report(kept.pop(name), report) if name in kept else OfficeReport(report, report)
        for name, report in given.items()
    ]
    found += [_office_report(record, None) for record in kept.values()]
    return sorted(found, key=lambda each: (each.report.order, each.report.name))


def _office_report(record: Record, given: Report | None) -> OfficeReport:
    title = record.values["title"]
    try:
        report = decode(record.values["declaration"] or "", f"文种「{title}」")
        return OfficeReport(report, given, record)
    except DeclarationError as error:
        stand_in = given or Report(
            name=record.values[REPORT_NAME] or record.uid, label=title, title=title, body=""
        )
        return OfficeReport(
            stand_in, given, record, f"本单位保存的样式读不出来，暂用随程序的。{error.message}"
        )


def reports_of(session: Session) -> tuple[Report, ...]:
    """The reports that can be printed, in order."""
    return tuple(
        each.report for each in office_reports(session)
        if each.given is not None or not each.problem
    )


def report_of(session: Session, name: str) -> Report:
    """The office's report of that name; ``BadInput`` lists what there is."""
    found = reports_of(session)
    for report in found:
        if report.name == name:
            return report
    known = "、".join(report.name for report in found)
    raise BadInput(f"没有名为「{name}」的文种，可用的有：{known}。")
