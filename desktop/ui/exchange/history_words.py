"""The exchange's history in words: a line for each import and export, and what an import did."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from db.session import Session
from desktop.exchange.plan import cell_accounting
from desktop.ui.kit.page_parts import moment, person
from desktop.ui.lists.short_list import Cell, Line

if TYPE_CHECKING:
    from desktop.exchange.apply.import_history import ExportEntry, ImportEntry
    from desktop.exchange.apply.outcome import CellOutcome

COUNTS = (
    ("added", "新增"), ("updated", "修改"), ("conflicts", "冲突"), ("refused", "未采用"),
    ("errors", "有错"),
)


def short_moment(at: str) -> str:
    """A time without the year while it is this year's."""
    text = moment(at)
    return text[5:] if text.startswith(dt.date.today().isoformat()[:5]) else text


def import_line(session: Session, entry: ImportEntry) -> Line:
    counts = [
        f"{entry.counts.get(name, 0):,}" if entry.counts.get(name) else "" for name, _ in COUNTS
    ]
    word = ("已撤销", "grey") if entry.undone else ("已导入", "green")
    cells: tuple[Cell, ...] = (
        short_moment(entry.at), entry.sender, entry.file, person(session, entry.by), *counts, word,
    )
    return Line(entry.import_id, cells, entry)


def export_line(session: Session, entry: ExportEntry) -> Line:
    labels = [session.kinds.get(name).label for name in entry.kinds if name in session.kinds]
    whom = session.unit_name(entry.unit) if entry.unit else "全部单位"
    word = ("只含变化", "blue") if entry.since else ("", "")
    cells = (
        short_moment(entry.at), whom, entry.file, "、".join(labels), f"{entry.rows:,}",
        person(session, entry.by), word,
    )
    return Line(entry.export_id, cells, entry)


def kept_text(session: Session, kind: str, uid: str, field: str) -> str:
    declared = session.kinds.get(kind)
    name = declared.field(field).label if declared.has(field) else "整条"
    return f"{declared.label}「{session.title(kind, uid)}」的“{name}”"


def report_head(session: Session, entry: ImportEntry) -> list[str]:
    """Which file, from whom, by whom, the totals, and what was said of the file as a whole."""
    counts = "，".join(f"{word} {entry.counts.get(name, 0)}" for name, word in COUNTS)
    undone = "　已撤销" if entry.undone else ""
    return [
        f"文件：{entry.file}", f"来自：{entry.sender or '（不明）'}",
        f"导入：{moment(entry.at)}　{person(session, entry.by)}{undone}",
        f"合计：{counts}，没有变化 {entry.counts.get('unchanged', 0)}",
        *filter(None, [cell_accounting.counts_text(entry.report.get("cells", {}))]),
        *(f"说明：{remark}" for remark in entry.report.get("remarks", ())),
    ]


def report_text(head: list[str], outcomes: list[CellOutcome]) -> str:
    """An import of the history as text: what it counted, then each cell that was not simply taken,
    with sheet and cell."""
    lines = list(head)
    for word in dict.fromkeys(each.word for each in outcomes):
        found = [each for each in outcomes if each.word == word]
        lines += ["", f"{word}（{len(found)}）"]
        lines += [f"　{each.sheet} {each.cell}　{each.message}" for each in found]
    if not outcomes:
        lines += ["", "全部照收，没有要核对的地方。"]
    return "\n".join(lines)


def beside(each: CellOutcome) -> str:
    return "；".join(text for text in (each.theirs, each.message) if text)
