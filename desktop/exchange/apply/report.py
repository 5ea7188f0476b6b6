"""Tell the sender what became of the workbook: the same file with its cells marked, a list, and a
receipt to copy or print."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import Cancelled
from db.model.dates import chinese_date
from db.session import Session
from db.store.atomic_files import disk_errors
from desktop.exchange.apply.history import ImportEntry
from desktop.exchange.apply.outcome import CellOutcome, outcomes_of_import, outcomes_of_plan
from desktop.exchange.errors import Refused
from desktop.exchange.files import removable_media, sent_copies
from desktop.exchange.files.child import decrypt
from desktop.exchange.files.precheck import OLE, OWN_COMMENTS, ole_kind
from desktop.exchange.plan.import_plan import Plan
from desktop.exchange.write.workbook import encrypted

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

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
#: openpyxl keeps some fifty times a file's size in memory; a larger one gets the list alone.
LARGEST = 12 << 20


@dataclass(frozen=True, slots=True)
class Marked:
    """What goes back to the sender: ``whole`` when it is the sender's own workbook, else a list
    alone, and why."""

    file: Path
    cells: int
    whole: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Returned:
    """The file as it came in, what it is called, its counts in a sentence, and the cells in
    question."""

    data: bytes
    name: str
    summary: str
    outcomes: Sequence[CellOutcome]


def lines(plan: Plan) -> list[str]:
    """The report as lines to copy: totals first, then each cell that was not taken in."""
    out = [
        f"文件：{plan.file.name}" + (f"（{plan.sender}）" if plan.sender else ""),
        f"新增 {plan.added} 条，更新 {plan.updated} 条，无变化 {plan.unchanged} 条。",
        *plan.remarks,
    ]
    return out + [f"{each.word}\t{each.cell}\t{each.message}" for each in outcomes_of_plan(plan)]


def mark(
    session: Session, plan: Plan, to: Path, *,
    choices: Mapping[str | tuple[str, str], str] | None = None, password: str | None = None,
) -> Marked:
    """The workbook of a plan with each cell in question coloured and commented, and a sheet that
    lists them.

    ``choices``: what the person decided, as ``apply.accept`` takes it. A workbook with a password
    goes back under the same one."""
    summary = f"新增 {plan.added} 条，更新 {plan.updated} 条，无变化 {plan.unchanged} 条。"
    outcomes = outcomes_of_plan(plan, choices)
    return _mark(session, _Returned(plan.data, plan.file.name, summary, outcomes), to, password)


def mark_import(
    session: Session, entry: ImportEntry, to: Path, *, password: str | None = None
) -> Marked:
    """The same from the history, weeks later: the file as it came in, with what the import said and
    what was decided since."""
    data = taken_file(session, entry)
    if data is None:
        raise Refused("not-kept")
    outcomes = outcomes_of_import(session, entry)
    return _mark(session, _Returned(data, entry.file, _counted(entry), outcomes), to, password)


def _mark(session: Session, returned: _Returned, to: Path, password: str | None) -> Marked:
    session.require("export")
    # With lxml openpyxl writes rare characters as numeric references, which some programs break.
    os.environ.setdefault("OPENPYXL_LXML", "False")
    import openpyxl

    data, locked = _unlocked(returned.data, password)
    why = _not_whole(data)
    book: Workbook | None = None
    if not why:
        try:
            book = openpyxl.load_workbook(io.BytesIO(data))
        except (MemoryError, Cancelled):
            raise
        except Exception:  # whatever openpyxl cannot build again: the list alone goes back
            why = "收到的文件无法原样写回"
    marked = 0
    if book is None:
        book = openpyxl.Workbook()
        book.remove(book.active)
    else:
        marked = _colour(book, returned.outcomes)
    _list(book, returned)
    return Marked(_save(book, to, password if locked and not why else None), marked, not why, why)


def _unlocked(data: bytes, password: str | None) -> tuple[bytes, bool]:
    """The bytes of a workbook without its password, and whether it had one."""
    if not data.startswith(OLE):
        return data, False
    with removable_media.work_folder() as folder:
        local = folder / "taken"
        local.write_bytes(data)
        if ole_kind(local) != "encrypted":
            return data, False
        if password is None:
            raise Refused("encrypted")
        return decrypt(local, password).getvalue(), True


def _not_whole(data: bytes) -> str:
    """Why the file itself cannot go back; "" where it can."""
    if data.startswith(OLE):
        return "收到的是旧格式的文件"
    if not data.startswith(b"PK"):
        return "收到的是文本文件"
    return "收到的文件太大" if len(data) > LARGEST else ""


def _colour(book: Workbook, outcomes: Sequence[CellOutcome]) -> int:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

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


def _list(book: Workbook, returned: _Returned) -> None:
    """A sheet, first of all, that lists the cells in question."""
    if _SHEET in book.sheetnames:
        del book[_SHEET]
    sheet, outcomes = book.create_sheet(_SHEET, 0), returned.outcomes
    summary = returned.summary
    sheet.append([f"导入结果　{returned.name}"])
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
    from openpyxl.styles import PatternFill

    if each.sheet in book.sheetnames and each.cell:
        link, quoted = sheet.cell(sheet.max_row, 3), each.sheet.replace("'", "''")
        link.hyperlink = f"#'{quoted}'!{each.cell}"
        link.style = "Hyperlink"
    sheet.cell(sheet.max_row, 1).fill = PatternFill("solid", fgColor=_COLOURS[each.status])


def _dress(sheet: Worksheet) -> None:
    """Widths, lines and print set-up."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

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


def _save(book: Workbook, to: Path, password: str | None) -> Path:
    with removable_media.work_folder() as folder:
        local = folder / "marked.xlsx"
        with disk_errors(to.name):
            book.save(local)
        if password:
            local = encrypted(local.read_bytes(), password, folder / "locked.xlsx")
        file, _ = removable_media.put(
            local, to if to.suffix.lower() == ".xlsx" else to.with_name(to.name + ".xlsx")
        )
    return file


def _counted(entry: ImportEntry) -> str:
    counts = entry.counts
    return (
        f"新增 {counts.get('added', 0)} 条，更新 {counts.get('updated', 0)} 条，无变化"
        f" {counts.get('unchanged', 0)} 条；未接受 {counts.get('refused', 0)} 处，待核实"
        f" {counts.get('conflicts', 0) + counts.get('warned', 0)} 处，"
        f"有错 {counts.get('errors', 0)} 处。"
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """回执: to whom, what to say, and the cells to be put right, each (where, what)."""

    to: str
    body: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    office: str
    day: str

    def text(self) -> list[str]:
        """As lines to copy."""
        out = ["回　执", f"{self.to}：", *(f"　　{line}" for line in self.body)]
        out += [f"　　{n}. {what}" for n, (_, what) in enumerate(self.cells, 1)]
        return [*out, "", self.office, self.day]


def receipt_of(session: Session, entry: ImportEntry) -> Receipt:
    """The receipt of an import, with what was decided since."""
    outcomes = outcomes_of_import(session, entry)
    by = next(
        (u.display or u.name for u in session.key_file.users() if u.name == entry.by), entry.by
    )
    body = [
        (
            f"你单位交来的工作簿“{entry.file}”，"
            f"{session.office_name}已于{chinese_date(dt.date.fromisoformat(entry.at[:10]))}收到并导入（经办人：{by}，"
            f"编号 {entry.import_id[:8]}）。"
        ),
        _counted(entry),
    ]
    if proposed := entry.report.get("proposed"):
        listed = "、".join(f"{label} {count} 件" for label, count in proposed.items())
        body.append(f"已登记：{listed}。申请由本单位审批后另行答复。")
    if outcomes:
        body.append("下列各处没有直接采用；有错的请改正，改正后把同一个工作簿再交一次：")
    if entry.undone:
        body.append("（这次导入后来已撤销。）")
    cells = tuple((f"{t.sheet} {t.cell}".strip(), f"{t.word}：{t.message}") for t in outcomes)
    return Receipt(
        entry.sender or "贵单位", tuple(body), cells, session.office_name,
        chinese_date(session.today),
    )


def receipt(session: Session, entry: ImportEntry) -> list[str]:
    """The same as lines, to be copied."""
    return receipt_of(session, entry).text()


def taken_file(session: Session, entry: ImportEntry) -> bytes | None:
    """The file of an import as it came in."""
    book = next((b for b in session.books if b.name == entry.book), session.office)
    return sent_copies.load(book, session.folder, sent_copies.TAKEN, entry.sha256)
