"""Which cells of a workbook were not simply taken in, as the sender is told: kept with the import,
so that it can be told weeks later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from db.session import Session
from desktop.exchange.apply.import_history import ImportEntry
from desktop.exchange.format import pending_conflicts
from desktop.exchange.format.exchange_tables import Json
from desktop.exchange.plan import cell_accounting
from desktop.exchange.plan.import_plan import CellPlan, Plan, RowPlan

#: So many cells are kept with an import; beyond that the workbook itself is wrong, not its cells.
MOST = 5_000
WORDS = {
    "error": "有错", "refused": "未接受", "conflict": "有冲突", "correction": "更正待确认",
    "left": "未采用", "skipped": "没有读入",
    "warned": "待核实", "ignored": "没有采用",
}  # fmt: skip
"""What became of a cell, in the words of the report."""
_ASKING = ("conflict", "correction")
#: What the person here is asked is not what the sender is told.
_TO_SENDER = {
    "conflict": "「{label}」本单位在此期间也改过，正在核定用哪一个，不用再填。",
    "correction": "「{label}」和上次交来的不一样，正在核定用哪一个，不用再填。",
}


#: What a person here is told to do, as it is told to who sent the file.
_FOR_SENDER = (
    (re.compile("，?请采用"), "，请告知本单位"), (re.compile("，?或采用"), "，再交一次"),
    (re.compile("请在程序里另填(?:一条)?"), "请另填一行"),
    (re.compile("请在程序里改"), "也请告知本单位"),
    (re.compile("请选“两条都留”.*另记一条"), "请写到末尾的空行里"),
)


def for_sender(outcomes: Iterable[CellOutcome]) -> list[CellOutcome]:
    """The same as the sender is told, who has the workbook and not the program."""
    return [replace(each, message=in_sender_s_words(each.message)) for each in outcomes]


def in_sender_s_words(message: str) -> str:
    """A sentence about a cell, with what its sender can do."""
    for here, there in _FOR_SENDER:
        message = here.sub(there, message)
    return message


def undone_before(earlier: Json) -> str:
    """Why a file whose import was undone brings nothing when it comes again."""
    when = earlier["at"][:16].replace("T", " ")
    return (
        f"这份文件 {when} 导入过，后来撤销了。撤销也是一次修改：程序记得它的内容已经看过、被退回，"
        "所以再导一次不会改动什么。"
    )


class CellOutcome(msgspec.Struct, frozen=True):
    """One cell with what became of it; ``mine`` and ``theirs`` as people read them."""

    status: str
    sheet: str
    cell: str
    label: str
    message: str
    title: str = ""
    mine: str = ""
    theirs: str = ""
    uid: str = ""
    field: str = ""

    @property
    def word(self) -> str:
        """What it is called."""
        return WORDS.get(self.status, "")

    def to_json(self) -> dict[str, str]:
        """Without what is blank."""
        return {name: value for name, value in asdict(self).items() if value}

    @staticmethod
    def from_json(kept: Mapping[str, object]) -> CellOutcome:
        """As kept; what an older program did not keep is blank."""
        known = (
            "status", "sheet", "cell", "label", "message", "title", "mine", "theirs", "uid",
            "field",
        )
        return CellOutcome(**{name: str(kept.get(name) or "") for name in known})


def outcomes_of_plan(plan: Plan, choices: Mapping[Any, str] | None = None) -> list[CellOutcome]:
    """What to tell of a plan, given what a person decided: errors, refusals, conflicts that wait,
    changes that were not taken."""
    chosen = choices or {}
    accepted = {
        (row.uid, cell.field) for row, cell in plan.cells("warned")
        if not cell_accounting.is_on_hold(plan, row, cell.field, chosen)
    }
    found = [each for row in plan.rows for each in _of_row(row, chosen)]
    found += [
        CellOutcome(c.status, "", c.cell, c.label, c.message) for c in plan.problems
        if c.status in WORDS
    ]
    found = [
        each for each in found if each.status != "warned" or (each.uid, each.field) not in accepted
    ]
    found += [
        CellOutcome("warned", a.sheet, "", cell_accounting.CODES.get(a.code, ""), a.message)
        for a in plan.accidents if a.code not in plan.accepted
    ]
    found += [
        CellOutcome("ignored", i.sheet, i.cell.partition(":")[0], "", i.why, theirs=i.text)
        for i in plan.ignored
    ]
    return found[:MOST]


def _of_row(row: RowPlan, chosen: Mapping[object, str]) -> Iterator[CellOutcome]:
    if chosen.get(row.uid) == "skip" and row.status == "added":
        yield CellOutcome(
            "left", row.sheet, f"B{row.row}", "整行",
            f"第 {row.row} 行「{(row.steps[0].label if row.steps else row.title)[:40]}」没有采用。",
            row.title, uid=row.uid,
        )
    for cell in row.cells:
        choice = chosen.get((row.uid, cell.field), chosen.get(row.uid)) if chosen else None
        status = cell.status
        message = cell.message
        if cell.decider:  # whatever was chosen here, it waits for the office whose it is
            yield _outcome(
                status, row, cell,
                f"「{cell.label}」两边都改过，等待“{cell.decider}”裁定，不用再填。",
            )
            continue
        if status in _ASKING and choice in ("theirs", "both"):
            continue
        if choice in ("skip", "mine") and (status == "changed" or status in _ASKING):
            status = "left"  # type: ignore[assignment]
            message = f"「{cell.label}」没有采用，保持本单位现在的内容。"
        if status in _ASKING:
            message = _TO_SENDER[status].format(label=cell.label)
        if status in WORDS:
            yield _outcome(status, row, cell, message)


def _outcome(status: str, row: RowPlan, cell: CellPlan, message: str) -> CellOutcome:
    return CellOutcome(
        status, row.sheet, cell.cell, cell.label, message, row.title, cell.text_mine,
        cell.text_theirs, row.uid, cell.field,
    )


def _kept_before(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells in question of a file that was taken in by a program that kept errors and refusals
    only."""
    names = ("sheet", "cell", "message", "uid", "field", "title")
    return [
        {"status": status, **{name: line.get(name) for name in names}}
        for status, lines in (("error", "errors"), ("refused", "refused"))
        for line in report.get(lines, ())
    ]


def outcomes_of_import(session: Session, entry: ImportEntry) -> list[CellOutcome]:
    """The same of an import in the history; conflicts that were decided since say so, those decided
    for the sender are left out."""
    kept = entry.report.get("told")
    if kept is None:
        kept = _kept_before(entry.report)
    fates = {
        (conflict.uid, conflict.field): conflict for book in session.books
        for conflict in pending_conflicts.of_import(book.connection, entry.import_id)
    }
    found: list[CellOutcome] = []
    for line in kept:
        each = CellOutcome.from_json(line)
        fate = fates.get((each.uid, each.field)) if each.status in _ASKING else None
        if fate is not None and fate.status == "decided":
            if fate.choice == "theirs":
                continue
            text = "经核定保持本单位的内容" if fate.choice == "mine" else "经核定另定内容"
            each = replace(each, status="left", message=f"「{each.label}」两边都改过，{text}。")
        found.append(each)
    return found
