"""A sender's own workbook with its cells in question marked, and the sheet that lists them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from db.errors import Cancelled
from desktop.exchange.apply.outcome import CellOutcome
from desktop.exchange.files.precheck import OWN_COMMENTS

#: status → colour of the cell, worst first; colours that stay apart in black and white print
_COLOURS = {
    "error": "FFF4B6B6", "refused": "FFF9D9A8", "left": "FFE3E6EA", "conflict": "FFFFF2A8",
    "correction": "FFFFF2A8", "skipped": "FFE3E6EA", "warned": "FFFFC7CE",
    "ignored": "FFE3E6EA",
}  # fmt: skip
_SHEET = "导入结果"
_COMMENT = 1_500
#: What became of cells of which the value that stands here is shown beside theirs.
_WITH_MINE = ("conflict", "correction", "left", "refused", "warned")


def opened(data: bytes) -> Workbook | None:
    """A workbook that can be written again as it is; None for one that cannot."""
    try:
        return load_workbook(io.BytesIO(data))
    except (MemoryError, Cancelled):
        raise
    except Exception:  # whatever openpyxl cannot build again
        return None


def empty() -> Workbook:
    """One without a sheet."""
    book = Workbook()
    book.remove(book.active)
    return book


def colour(book: Workbook, outcomes: Sequence[CellOutcome]) -> int:
    """Colour and comment each cell in question; returns how many there are."""
    notes: dict[tuple[str, str], list[CellOutcome]] = {}
    for each in outcomes:
        if each.sheet in book.sheetnames and each.cell:
            notes.setdefault((each.sheet, each.cell), []).append(each)
    order = list(_COLOURS)
    for (sheet, address), cells in notes.items():
        target = book[sheet][address]
        # only the first cell of a merged area can bear a comment
        if isinstance(target, MergedCell):
            area = next(a for a in book[sheet].merged_cells.ranges if target.coordinate in a)
            target = book[sheet].cell(area.min_row, area.min_col)
        target.fill = PatternFill(
            "solid", fgColor=_COLOURS[min(cells, key=lambda c: order.index(c.status)).status]
        )
        text = "\n".join(f"{c.word}：{c.message}{_beside(c)}" for c in cells)[:_COMMENT]
        target.comment = Comment(
            text, OWN_COMMENTS, width=320,
            height=min(60 + 18 * (len(text) // 22 + text.count("\n")), 400),
        )
    return len(notes)


def _beside(each: CellOutcome) -> str:
    if each.status in ("conflict", "correction", "left") and (each.mine or each.theirs):
        return f"\n本单位现为：{each.mine or '（空）'}\n本表填的是：{each.theirs or '（空）'}"
    return ""


def add_list(book: Workbook, name: str, summary: str, outcomes: Sequence[CellOutcome]) -> None:
    """A sheet, first of all, that lists the cells in question."""
    if _SHEET in book.sheetnames:
        del book[_SHEET]
    sheet = book.create_sheet(_SHEET, 0)
    sheet.append([f"导入结果　{name}"])
    sheet.append([summary if outcomes else f"{summary}全部照收，没有要核对的地方。"])
    sheet.append(["结果", "工作表", "单元格", "栏目", "说明", "本单位现为", "本表填的是"])
    for each in outcomes:
        mine = each.mine if each.status in _WITH_MINE else ""
        sheet.append(
            [each.word, each.sheet, each.cell, each.label, each.message, mine, each.theirs]
        )
        _mark_line(book, sheet, each)
    _dress(sheet)
    book.active = 0
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet


def _mark_line(book: Workbook, sheet: Worksheet, each: CellOutcome) -> None:
    """The last line's colour, and a link to its cell."""
    if each.sheet in book.sheetnames and each.cell:
        link, quoted = sheet.cell(sheet.max_row, 3), each.sheet.replace("'", "''")
        link.hyperlink = f"#'{quoted}'!{each.cell}"
        link.style = "Hyperlink"
    sheet.cell(sheet.max_row, 1).fill = PatternFill("solid", fgColor=_COLOURS[each.status])


def _dress(sheet: Worksheet) -> None:
    """Widths, lines and print set-up."""
    thin = Side(style="thin", color="FFBFC5CD")
    for letter, width in zip("ABCDEFG", (11, 15, 9, 15, 46, 26, 26), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet["A1"].font = Font(bold=True, size=14)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFD5DAE1")
    for row in sheet.iter_rows(min_row=3):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = Border(thin, thin, thin, thin)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a message that begins with = is no formula
    sheet.freeze_panes = "A4"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "3:3"
