"""What a story made stands in the workbook, on paper and by the command line too: the same record, the same figures."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import python_calamine

from db.model.query import Query, Where
from desktop.bulletin.report import reports
from desktop.commands.declared import parser
from desktop.exchange.write.workbook import export
from desktop.ui.bulletin.preview import list_document
from tests.gui.stories.hand import pdf_text
from tests.gui.stories.told import Row


def look(session: Any, row: Row, made: list[tuple[str, str]], folder: Path, capsys: Any, seen: set[str]) -> None:
    """Look at each ledger and report of the row once, and at its figures."""
    assert {kind for kind, _ in made} & set(row.kinds), "the story made nothing of what the row is made of"
    for kind, uid in made:
        if kind in seen:
            continue
        seen.add(kind)
        title = session.title_of(session.must_get(kind, uid))
        in_the_workbook(session, kind, title, folder / f"{kind}.xlsx")
        on_paper(session, kind, uid, title)
        listed = command(session, capsys, "list", kind)
        assert uid in [record["uid"] for record in listed], f"{kind}: not in the list of the command line"
    year = str(session.today.year)
    for name in row.figures:
        told = command(session, capsys, "figure", name, "--period", year)
        assert told["formula"], name
        for by in row.by if name == row.figures[0] else ():
            lines = command(session, capsys, "figure", name, "--period", year, "--by", by)["groups"]
            assert lines, f"{name} by {by}"
    for name in row.reports:
        if name not in seen:
            seen.add(name)
            by_command(session, capsys, name, made, folder / f"{name}.pdf")


def in_the_workbook(session: Any, kind: str, title: str, file: Path) -> None:
    """The ledger's own sheet has the record."""
    export(session, [kind], file)
    book = python_calamine.CalamineWorkbook.from_path(str(file))
    cells = [str(cell) for line in book.get_sheet_by_name(session.kinds.get(kind).label).to_python() for cell in line]
    assert title in cells, f"{kind}: {title} is not in the workbook"


def on_paper(session: Any, kind: str, uid: str, title: str) -> None:
    """The list on paper, and the plain sheet of the one record."""
    query = Query(kind=kind, where=(Where("uid", "eq", uid),))
    for ids in ([], list(session.ids(query))):
        out = io.BytesIO()
        list_document.print_rows_to(session, query, ids, out)
        assert "".join(title.split()) in pdf_text(out.getvalue()), f"{kind}: {title} is not on paper"


def by_command(session: Any, capsys: Any, name: str, made: list[tuple[str, str]], file: Path) -> None:
    """The report printed by the command line; one on an item, on one that the story made."""
    report = reports.report_of(session, name)
    arguments = ["print", name, "--to", str(file)]
    if "period" in report.needs:
        week = session.today.isocalendar()
        arguments += ["--period", f"{week.year}-W{week.week:02}" if report.period == "week" else str(session.today.year)]
    if "item" in report.needs:
        fitting = [uid for kind, uid in made if kind in reports.kinds_for(session, report)]
        assert fitting, f"{name} is for none of what the row is made of"
        cycle = [uid for uid in fitting if not (report.open_only and closed(session, made, uid))]
        if not cycle:
            return  # a reminder of what is closed is refused, as it should be
        arguments += ["--item", cycle[0]]
    answer = command(session, capsys, *arguments)
    assert answer["pages"] >= 1 and file.stat().st_size > 1000


def closed(session: Any, made: list[tuple[str, str]], uid: str) -> bool:
    """Whether a record's work is done."""
    kind = next(kind for kind, each in made if each == uid)
    record = session.must_get(kind, uid)
    cycle = session.lifecycle_of(record)
    return bool(cycle is not None and record.state and cycle.state(record.state).closed)


def command(session: Any, capsys: Any, *words: str) -> Any:
    """Run a command over the open office; its JSON."""
    options = parser().parse_args(["--json", *words])
    capsys.readouterr()
    assert options.handler(session, options) == 0
    return json.loads(capsys.readouterr().out)
