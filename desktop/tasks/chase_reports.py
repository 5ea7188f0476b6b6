"""Chasing reports in one step: for each unit a list on paper of what it has not reported on, and
the workbook to fill in, side by side in one folder."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from db.domain.owed_reports import WANTED, DueReport
from db.errors import BadInput
from db.metrics.report_due_days import RHYTHMS
from db.model.dates import chinese_date
from db.session import Session
from db.store.disk.atomic_files import write_atomic
from desktop import file_names
from desktop.exchange.write.workbook import export

COLUMNS = (
    ("序号", 0.08), ("事项", None), ("报告节奏", 0.12), ("应报告时间", 0.2), ("上次报告", 0.2),
)
Progress = Callable[[int, int, str], None]


class Paper(NamedTuple):
    """A list as ``simple_lists.PlainList`` takes it."""

    title: str
    text: Sequence[str]
    columns: Sequence[tuple[str, float | None]]
    rows: Sequence[Sequence[str]]


#: Sets a list and writes it as a PDF.
Write = Callable[[IO[bytes], Paper], object]


def by_unit(items: Sequence[DueReport]) -> dict[str, list[DueReport]]:
    """What is wanted, by unit."""
    found: dict[str, list[DueReport]] = {}
    for each in items:
        if each.state in WANTED and each.unit:
            found.setdefault(each.unit, []).append(each)
    return found


def paper(session: Session, unit: str, items: Sequence[DueReport]) -> Paper:
    """The list that goes to a unit."""
    today = chinese_date(session.today)
    missing = sum(each.state == "missing" for each in items)
    late = f"，其中 {missing} 件已过应报告时间" if missing else ""
    text = (
        f"{session.unit_name(unit)}：截至{today}，你单位承办的事项有 {len(items)} 件"
        f"尚未报告本期进展{late}。请填好随附的工作簿报回，没有新进展的也要写明原因和下步打算。"
    )
    rows = [
        (
            str(n), each.title, RHYTHMS[each.rhythm], chinese_date(each.due),
            chinese_date(each.last) if each.last else "没有报告过",
        )
        for n, each in enumerate(items, 1)
    ]
    return Paper("定期报告催报单", [text], COLUMNS, rows)


def chase(
    session: Session, items: Sequence[DueReport], folder: Path, write: Write,
    progress: Progress | None = None,
) -> list[Path]:
    """Write both for each unit; returns the files. Raises ``BadInput`` where nothing is wanted."""
    session.require("print")
    session.require("export")
    wanted = by_unit(items)
    if not wanted:
        raise BadInput("没有欠报的事项，不用催报。")
    made: list[Path] = []
    for at, (unit, owed) in enumerate(wanted.items()):
        name = session.unit_name(unit)
        if progress is not None:
            progress(at, len(wanted), f"正在写{name}的催报单和工作簿")
        kinds = list(dict.fromkeys(each.kind for each in owed))
        stem = file_names.plain(f"{name}_定期报告催报_{session.today:%Y%m%d}")
        page = io.BytesIO()
        write(page, paper(session, unit, owed))
        made.append(file_names.free(folder, stem, ".pdf"))
        write_atomic(made[-1], page.getvalue())  # whole or not at all: it may be on a stick
        book = file_names.free(folder, stem, ".xlsx")
        made.append(export(session, kinds, book, unit=name, blank_rows=0).file)
    return made

