"""Tell the sender what became of the workbook: the same file with its cells marked, a list, and a
receipt to copy or print."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from db.model.dates import chinese_date
from db.session import Session
from db.store.disk.disk_errors import disk_errors
from desktop.exchange.apply.import_history import ImportEntry
from desktop.exchange.apply.outcome import (
    CellOutcome,
    for_sender,
    outcomes_of_import,
    outcomes_of_plan,
)
from desktop.exchange.errors import Refused
from desktop.exchange.files import removable_media, sent_copies
from desktop.exchange.files.precheck import OLE, ole_kind
from desktop.exchange.files.reader_process import decrypt
from desktop.exchange.format import like_cells
from desktop.exchange.plan import cell_accounting
from desktop.exchange.plan.import_plan import Plan
from desktop.exchange.write.workbook import encrypted

if TYPE_CHECKING:
    from openpyxl import Workbook

#: openpyxl keeps some fifty times a file's size in memory; a larger one gets the list alone.
LARGEST = 12 << 20


class Marked(msgspec.Struct, frozen=True):
    """What goes back to the sender: ``whole`` when it is the sender's own workbook, else a list
    alone, and why."""

    file: Path
    cells: int
    whole: bool
    why: str = ""


class _Returned(msgspec.Struct, frozen=True):
    """The file as it came in, what it is called, its counts in a sentence, and the cells in
    question."""

    data: bytes
    name: str
    summary: str
    outcomes: Sequence[CellOutcome]


def mark(
    session: Session, plan: Plan, to: Path, *,
    choices: Mapping[str | tuple[str, str], str] | None = None, password: str | None = None,
) -> Marked:
    """The workbook of a plan with each cell in question coloured and commented, and a sheet that
    lists them.

    ``choices``: what the person decided, as ``apply.accept`` takes it. A workbook with a password
    goes back under the same one."""
    summary = f"新增 {plan.added} 条，更新 {plan.updated} 条，无变化 {plan.unchanged} 条。"
    summary += cell_accounting.in_words(plan, choices)
    outcomes = for_sender(outcomes_of_plan(plan, choices))
    return _mark(session, _Returned(plan.data, plan.file.name, summary, outcomes), to, password)


def mark_import(
    session: Session, entry: ImportEntry, to: Path, *, password: str | None = None
) -> Marked:
    """The same from the history, weeks later: the file as it came in, with what the import said and
    what was decided since."""
    data = taken_file(session, entry)
    if data is None:
        raise Refused("not-kept")
    outcomes = for_sender(outcomes_of_import(session, entry))
    return _mark(session, _Returned(data, entry.file, _counted(entry), outcomes), to, password)


def _mark(session: Session, returned: _Returned, to: Path, password: str | None) -> Marked:
    session.require("export")
    # With lxml openpyxl writes rare characters as numeric references, which some programs break.
    os.environ.setdefault("OPENPYXL_LXML", "False")
    from desktop.exchange.apply import marked_workbook

    data, locked = _unlocked(returned.data, password)
    why = _not_whole(data)
    book = marked_workbook.opened(data) if not why else None
    if book is None:
        why = why or "收到的文件无法原样写回"
        book, marked = marked_workbook.empty(), 0
    else:
        marked = marked_workbook.colour(book, returned.outcomes)
    marked_workbook.add_list(book, returned.name, returned.summary, returned.outcomes)
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
    counts, cells = entry.counts, entry.report.get("cells", {})
    warned = cells.get("warned", counts.get("warned", 0))
    return (
        f"新增 {counts.get('added', 0)} 条，更新 {counts.get('updated', 0)} 条，无变化"
        f" {counts.get('unchanged', 0)} 条；未接受 {counts.get('refused', 0)} 处，待核实"
        f" {counts.get('conflicts', 0) + warned} 处，"
        f"有错 {counts.get('errors', 0)} 处。{cell_accounting.counts_text(cells)}"
    )


class Receipt(msgspec.Struct, frozen=True):
    """回执: to whom, what to say, and the cells to be put right, each (where, what)."""

    to: str
    body: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    office: str
    day: str

    def text(self) -> list[str]:
        """As lines to copy."""
        out = ["回　执", f"{self.to}：", *(f"　　{line}" for line in self.body)]
        for n, (where, what) in enumerate(self.cells, 1):
            says_where = where.partition(" ")[0] in what  # the sheet, and with it the place
            out.append(f"　　{n}. {what}" if says_where else f"　　{n}. {where}　{what}")
        return [*out, "", self.office, self.day]


def receipt_of(session: Session, entry: ImportEntry) -> Receipt:
    """The receipt of an import, with what was decided since."""
    outcomes = for_sender(outcomes_of_import(session, entry))
    by = next(
        (u.display or u.name for u in session.key_file.users() if u.name == entry.by), entry.by
    )
    body = [
        (
            f"你单位交来的工作簿“{entry.file}”，"
            f"{session.office_name}已于{chinese_date(dt.date.fromisoformat(entry.at[:10]))}"
            f"收到并导入（经办人：{by}，"
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
    cells = tuple(_line(same) for same in like_cells.together(outcomes, _reason))
    return Receipt(
        entry.sender or "贵单位", tuple(body), cells, session.office_name,
        chinese_date(session.today),
    )


def _reason(each: CellOutcome) -> tuple[str, ...]:
    value = each.theirs if each.status == "error" else ""
    label = each.label if each.label in each.message else ""  # else it is said of the whole row
    return each.status, each.sheet, label, like_cells.reason(each.message, value)


def _line(same: Sequence[CellOutcome]) -> tuple[str, str]:
    """Where, and what: of many cells alike at once."""
    first, cells = same[0], [each.cell for each in same]
    if len(same) == 1:
        return f"{first.sheet} {first.cell}".strip(), f"{first.word}：{first.message}"
    value = first.theirs if first.status == "error" else ""
    message = like_cells.sentence(first.message, value, cells)
    return f"{first.sheet} {like_cells.ranges(cells)}".strip(), f"{first.word}：{message}"


def taken_file(session: Session, entry: ImportEntry) -> bytes | None:
    """The file of an import as it came in."""
    book = next((b for b in session.books if b.name == entry.book), session.office)
    return sent_copies.load(book, session.folder, sent_copies.TAKEN, entry.sha256)
