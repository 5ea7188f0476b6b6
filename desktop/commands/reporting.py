"""Command reporting: reports that are due in a rhythm, and the papers that chase them."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import IO

from db.domain import owed_reports
from db.domain.owed_reports import WANTED, DueReport
from db.errors import BadInput
from db.metrics.report_due_days import RHYTHMS, STATES
from db.session import Session
from desktop.bulletin.report.simple_lists import PlainList, print_list
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.figures import unit_of
from desktop.tasks import chase_reports


def reporting(session: Session, options: Namespace) -> int:
    """What is due, the papers for the units that owe, or a numbered reminder for each item."""
    unit = unit_of(session, options.unit)
    found = [
        each
        for each in owed_reports.reports_due(session, options.as_of)
        if unit in (None, each.unit)
    ]
    if options.act == "due":
        return _list(session, found, options)
    if options.as_of is not None:
        raise BadInput("催报只催现在欠的，请不要写 --as-of。", field="as_of")
    return (_chase if options.act == "chase" else _remind)(session, found, options)


def _list(session: Session, found: list[DueReport], options: Namespace) -> int:
    rows = [
        {
            "kind": each.kind, "uid": each.uid, "title": each.title,
            "unit": session.unit_name(each.unit) if each.unit else None,
            "class": each.report_class, "rhythm": each.rhythm, "due_on": each.due,
            "state": each.state, "last_on": each.last,
        }
        for each in found
    ]
    if options.json:
        write_json(rows)
        return 0
    table(
        [
            {**row, "rhythm": RHYTHMS[each.rhythm], "state": STATES[each.state]}
            for row, each in zip(rows, found, strict=True)
        ], ["uid", "title", "unit", "rhythm", "due_on", "state", "last_on"],
    )
    return 0


def _chase(session: Session, found: list[DueReport], options: Namespace) -> int:
    """A list on paper and a workbook for each unit, side by side in a folder."""
    if not options.to:
        raise BadInput("请用 --to 写明催报单和工作簿放在哪个文件夹。", field="to")
    folder = Path(options.to).absolute()

    def write(stream: IO[bytes], page: chase_reports.Paper) -> object:
        return print_list(session, stream, PlainList(*page))

    if chase_reports.by_unit(found):
        folder.mkdir(parents=True, exist_ok=True)
    made = chase_reports.chase(session, found, folder, write)
    if options.json:
        write_json({"folder": str(folder), "files": list(map(str, made))})
    else:
        for path in made:
            print_answer(str(path))
    print_notice(f"已给 {len(made) // 2} 个单位各写一张催报单、一个工作簿。")
    return 0


def _remind(session: Session, found: list[DueReport], options: Namespace) -> int:
    """A numbered reminder under each item of which a report is wanted."""
    wanted = [each for each in found if each.state in WANTED]
    if not wanted:
        raise BadInput("没有欠报的事项，不用催报。")
    text = "请报告本期进展；没有新进展的，写明原因和下步打算。"
    count = owed_reports.remind(session, wanted, options.note or text)
    if options.json:
        write_json({"reminders": count})
    print_notice(f"已开 {count} 张催办单，附在各事项下面。")
    return 0
