"""A list as it stands on the screen, as a workbook to read, sort and print: no exchange, nothing of
it comes back. Days and numbers are cells of their kind, everything else is text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from db.errors import BadInput
from db.session import Session
from desktop.exchange.files import removable_media
from desktop.exchange.files.reader import Progress
from desktop.exchange.format import styles
from desktop.exchange.write.sheet_writer import new_workbook

LinesOf = Iterable[Sequence[object]]
NUMBER = "序号"
HEAD_ROW = 2
#: Rows of a worksheet, characters of a cell and digits of a number, by the limits of the format.
MOST_ROWS, MOST_CHARACTERS, MOST_DIGITS = 1_048_000, 32_000, 15
TOLD_EVERY, TITLE_HEIGHT = 500, 27


class Listed(msgspec.Struct, frozen=True):
    """What is written: ``heads`` with the characters a column is wide; ``note`` says what the list
    is narrowed by; ``lines`` are values in the order of the heads."""

    book: str
    title: str
    note: str
    heads: Sequence[tuple[str, float]]
    count: int


def write_list(
    session: Session, listed: Listed, lines: LinesOf, to: Path, progress: Progress
) -> tuple[Path, int]:
    """Write it beside what is there, never over it; where it stands, and how many rows it has.

    Raises ``BadInput`` for more rows than a worksheet holds, ``NotPermitted``, ``WorkFailed``; then
    no file is left."""
    session.require("export")
    if not listed.count:
        raise BadInput("清单里没有可导出的记录。")
    if listed.count > MOST_ROWS:
        raise BadInput(f"清单有 {listed.count:,} 条，一张工作表放不下。请先筛选，再导出。")
    to = to if to.suffix.lower() == ".xlsx" else to.with_name(to.name + ".xlsx")
    with removable_media.work_folder() as folder:
        local = folder / "list.xlsx"
        written = _write(session, listed, lines, local, progress)
        file, sha256 = removable_media.put(local, to)
    if not session.archived:  # nothing is noted there
        with session.atomic("export", f"导出清单 {file.name}"):
            session.transaction(listed.book).note("export", f"{file.name} {sha256}")
    return file, written


def _write(
    session: Session, listed: Listed, lines: LinesOf, local: Path, progress: Progress
) -> int:
    book = new_workbook(local, local.parent)
    book.set_properties({"title": listed.title, "author": session.office_name})
    sheet = book.add_worksheet("".join(c for c in listed.title if c not in "[]:*?/\\'")[:31])
    made = styles.formats(book)
    body = {
        "font_name": styles.FONT, "font_size": 10.5, "font_color": styles.INK, "border": 1,
        "border_color": styles.LINE, "valign": "vcenter",
    }
    text, number = (
        book.add_format({**body, "text_wrap": True}), book.add_format({**body, "align": "center"}),
    )
    day = book.add_format({**body, "num_format": "yyyy-mm-dd", "align": "center"})
    last = len(listed.heads) - 1
    sheet.set_row(0, TITLE_HEIGHT)
    for at, (_, chars) in enumerate(listed.heads):
        sheet.set_column(at, at, styles.excel_width(chars))
    sheet.merge_range(0, 0, 0, max(last, 1), listed.title, made.title)
    sheet.merge_range(1, 0, 1, max(last, 1), listed.note, made.hint)
    for at, (head, _) in enumerate(listed.heads):
        sheet.write_string(HEAD_ROW, at, head, made.plain_head)
    row = HEAD_ROW
    for row, values in enumerate(lines, HEAD_ROW + 1):
        for at, value in enumerate(values):
            if isinstance(value, dt.date):
                sheet.write_datetime(row, at, dt.datetime(*value.timetuple()[:3]), day)
            elif _is_number(value):
                sheet.write_number(row, at, float(str(value)), number)
            else:
                sheet.write_string(row, at, _fitting(str(value)), text)
        if (row - HEAD_ROW) % TOLD_EVERY == 0:
            progress(row - HEAD_ROW, listed.count, "正在导出清单")
    sheet.freeze_panes(HEAD_ROW + 1, 0)
    sheet.autofilter(HEAD_ROW, 0, max(row, HEAD_ROW + 1), last)
    styles.for_printing(sheet, (HEAD_ROW, HEAD_ROW), row, last, session.today.isoformat())
    sheet.print_area(0, 0, row, last)
    book.close()
    return row - HEAD_ROW


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | Decimal) and not isinstance(value, bool)
        and len(str(abs(value)).replace(".", "")) <= MOST_DIGITS
    )


def _fitting(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
