"""Tell the sender what became of the workbook: the same file with its cells marked, and a receipt to copy or print."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from db.files import disk_errors
from db.session import Session

from . import stick, vault
from .history import ImportEntry
from .planning import CellPlan, Plan
from .refusals import Refused

#: status → (colour of the cell, what it is called); colours that stay apart in black and white print
_MARKS = {
    "error": ("FFF4B6B6", "有错"),
    "refused": ("FFF9D9A8", "未接受"),
    "conflict": ("FFFFF2A8", "有冲突"),
    "correction": ("FFFFF2A8", "更正待确认"),
}
_SHEET = "导入结果"
_AUTHOR = "争先台账"


def lines(plan: Plan) -> list[str]:
    """The report as lines to copy: totals first, then each cell that was not taken in."""
    out = [
        f"文件：{plan.file.name}" + (f"（{plan.sender}）" if plan.sender else ""),
        f"新增 {plan.added} 条，更新 {plan.updated} 条，无变化 {plan.unchanged} 条。",
        *plan.remarks,
    ]
    for _, cell in _told(plan):
        out.append(f"{_MARKS[cell.status][1]}\t{cell.cell}\t{cell.message}")
    return out


def _told(plan: Plan) -> list[tuple[str, CellPlan]]:
    found = [(row.sheet, cell) for row in plan.rows for cell in row.cells if cell.status in _MARKS]
    return found + [("", cell) for cell in plan.problems if cell.status in _MARKS]


def mark(session: Session, plan: Plan, to: Path) -> Path:
    """The sender's own workbook with each cell in question coloured and commented, and a sheet that lists them.

    Opened and saved with openpyxl, so macros are out of the question anyway (such files are refused); a passworded workbook
    comes back without its password only when it was given, so it is refused here and the list is to be used instead.
    """
    session.require("export")
    if not plan.data or not plan.data.startswith(b"PK"):
        raise Refused("encrypted")
    # With lxml openpyxl writes rare characters as numeric references, which some programs break.
    os.environ.setdefault("OPENPYXL_LXML", "False")
    import io

    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    book = openpyxl.load_workbook(io.BytesIO(plan.data))
    notes: dict[tuple[str, str], list[CellPlan]] = {}
    for sheet, cell in _told(plan):
        if sheet in book.sheetnames and cell.cell:
            notes.setdefault((sheet, cell.cell), []).append(cell)
    for (sheet, address), cells in notes.items():
        target = book[sheet][address]
        colour = _MARKS[min(cells, key=lambda c: list(_MARKS).index(c.status)).status][0]
        target.fill = PatternFill("solid", fgColor=colour)
        text = "\n".join(f"{_MARKS[c.status][1]}：{c.message}{_beside(c)}" for c in cells)
        target.comment = Comment(text[:1_500], _AUTHOR, width=320, height=110)
    _list(book, plan)
    return _save(book, to)


def _beside(cell: CellPlan) -> str:
    if cell.status in ("conflict", "correction"):
        return f"\n本单位现为：{cell.text_mine or '（空）'}\n本表填的是：{cell.text_theirs or '（空）'}"
    return ""


def _list(book: Any, plan: Plan) -> None:
    from openpyxl.styles import Alignment, Font

    if _SHEET in book.sheetnames:
        del book[_SHEET]
    sheet = book.create_sheet(_SHEET, 0)
    sheet.append(["导入结果", plan.file.name])
    sheet.append([f"新增 {plan.added} 条，更新 {plan.updated} 条，无变化 {plan.unchanged} 条。"])
    sheet.append(["结果", "工作表", "单元格", "字段", "说明"])
    for where, cell in _told(plan):
        sheet.append([_MARKS[cell.status][1], where, cell.cell, cell.label, cell.message])
        link = sheet.cell(sheet.max_row, 3)
        if where in book.sheetnames and cell.cell:
            link.hyperlink = f"#'{where}'!{cell.cell}"
            link.style = "Hyperlink"
    for letter, width in zip("ABCDE", (10, 16, 10, 16, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet["A1"].font = Font(bold=True, size=14)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    for row in sheet.iter_rows(min_row=4):
        for each in row:
            each.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(each.value, str):
                each.data_type = "s"  # a message that begins with = is no formula
    sheet.freeze_panes = "A4"
    book.active = 0
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet


def _save(book: Any, to: Path) -> Path:
    with stick.work_folder() as folder:
        local = folder / "marked.xlsx"
        with disk_errors(to.name):
            book.save(local)
        file, _ = stick.put(local, to)
    return file


def receipt(session: Session, entry: ImportEntry) -> list[str]:
    """回执: lines for the sender, to be copied, printed or put into a bulletin page."""
    counts = entry.counts
    out = [
        "回　执",
        f"{entry.sender or '贵单位'}：",
        f"　　你单位交来的工作簿“{entry.file}”，{session.office_name}已于 {entry.at[:10]} 收到并导入"
        f"（经办人：{entry.by}，编号 {entry.import_id[:8]}）。",
        f"　　新增 {counts.get('added', 0)} 条，更新 {counts.get('updated', 0)} 条，"
        f"无变化 {counts.get('unchanged', 0)} 条；未接受 {counts.get('refused', 0)} 处，"
        f"待核实 {counts.get('conflicts', 0)} 处，有错 {counts.get('errors', 0)} 处。",
    ]
    listed: Sequence[dict[str, Any]] = [*entry.report.get("errors", ()), *entry.report.get("refused", ())]
    if listed:
        out.append("　　请核对下列各处，改正后把同一个工作簿再交一次：")
        out += [f"　　{n}. {line['message']}" for n, line in enumerate(listed, 1)]
    if entry.undone:
        out.append("　　（这次导入后来已撤销。）")
    return out


def taken_file(session: Session, entry: ImportEntry) -> bytes | None:
    """The file of an import as it came in."""
    book = next((b for b in session.books if b.name == entry.book), session.office)
    return vault.load(book, session.folder, vault.TAKEN, entry.sha256)
