"""What is told of workbooks that came in, beside their lines: remarks, and why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.plan.import_plan import Plan
from desktop.ui.exchange.merge.incoming_file import (
    COPY,
    DONE,
    DROPPED,
    FOREIGN,
    LOCKED,
    NOT_READ,
    READING,
    READY,
    REFUSED,
    SAME,
    WAITING,
    WORDS,
    IncomingFile,
)

HEADS = {
    WAITING: "排队等待检查", READING: "正在检查…", SAME: "没有变化", REFUSED: "没有读入",
    DROPPED: "没有导入", COPY: "同一个文件",
}  # fmt: skip
"""What stands in large letters where the table would be."""
OFFERS = {LOCKED: "输入密码…", FOREIGN: "指出是哪本台账、各列是什么…"}
"""What the button below them does."""


def mapping_text(kind: Kind, sheets: list[dict[str, Any]]) -> list[str]:
    """What was recognised of a foreign workbook, in a sentence for each sheet; those that were not
    read together in one."""
    found: list[str] = []
    unread: dict[str, list[str]] = {}
    for sheet in sheets:
        if not sheet["header_rows"]:
            unread.setdefault(sheet["skipped_rows"][0]["why"], []).append(f"「{sheet['sheet']}」")
            continue
        parts = [f"{len(sheet['mapping'])} 列对上了「{kind.label}」的栏"]
        if sheet["unmapped"]:
            parts.append(f"没有用到的列：{'、'.join(sheet['unmapped'][:8])}")
        if sheet["skipped_rows"]:
            words = dict.fromkeys(row["why"] for row in sheet["skipped_rows"])
            parts.append(f"跳过 {len(sheet['skipped_rows'])} 行（{'、'.join(words)}）")
        rows = "、".join(str(row) for row in sheet["header_rows"])
        found.append(f"工作表「{sheet['sheet']}」表头在第 {rows} 行；{'；'.join(parts)}。")
    if unread:
        found.append(
            "没有读入的工作表："
            + "；".join(f"{''.join(names)}{why}" for why, names in unread.items())
            + "。"
        )
    return found


def remarks_of(file: IncomingFile, session: Session) -> list[str]:
    """What concerns the file as a whole, before its lines."""
    plan = file.plan
    if plan is None:
        return [file.message] if file.message else []
    found = list(plan.remarks)
    if plan.foreign_kind is not None:
        later = {each.name for each in file.left.sheets} if file.left is not None else set()
        found = (
            mapping_text(
                session.kinds.get(plan.foreign_kind),
                [s for s in plan.sheets if s["sheet"] not in later],
            )
            + found
        )
    if file.left is not None:
        names = "".join(f"「{each.name}」" for each in file.left.sheets)
        found.append(f"工作表{names}是另一本台账的，接在后面单独读入。")
    counted = file.lines.cells if file.lines is not None else ""
    return list(filter(None, (_earlier(file, plan), *found[:4], counted, *found[4:])))


def _earlier(file: IncomingFile, plan: Plan) -> str:
    """What is said of a file that came before; "" for a new one."""
    earlier = plan.earlier_import
    if file.undone is not None:
        if not plan.added and not plan.updated:
            return file.why_nothing
        at = file.undone["at"][:16].replace("T", " ")
        return f"这份文件 {at} 导入过，后来撤销了。下面是再导一次会改动的。"
    if not earlier:
        return ""
    at = earlier["at"][:16].replace("T", " ")
    return f"这份文件 {at} 已由 {earlier['by']} 导入过；再导一次不会重复。"


def _brings_kinds(file: IncomingFile) -> bool:
    """Whether a file that can be taken in brings ledgers or fields that are not here."""
    return file.state == READY and file.plan is not None and bool(file.plan.new_kinds)


def remarks_together(files: Sequence[IncomingFile]) -> list[str]:
    """What is to be said of all files together: those that were not read, and of which kind
    each is."""
    found = []
    for states, word in ((NOT_READ, "没有读入"), (frozenset({COPY}), "重复的")):
        names = [file.title for file in files if file.state in states]
        if names:
            more = " 等" if len(names) > 6 else ""
            found.append(f"{word} {len(names)} 份：{'、'.join(names[:6])}{more}。")
    new = [f.name for f in files if _brings_kinds(f)]
    if new:
        found.append(f"{'、'.join(new[:4])} 带来了本单位没有的台账或字段，点开那份文件看说明。")
    undone = [file.name for file in files if file.state == SAME and file.undone is not None]
    if undone:
        found.append(
            f"导入过、后来撤销了的 {len(undone)} 份：{'、'.join(undone[:6])}。"
            f"点开那份文件可以恢复那次导入。"
        )
    return found


def state_words(file: IncomingFile, alone: bool, may_redo: bool) -> tuple[str, str, str]:
    """Head, sentence and button where a file has no lines to show; ``alone``: it came by itself."""
    if file.state == DONE and file.result is not None:
        made = file.result
        counts = f"新增 {made.added:,} 条，修改 {made.updated:,} 条"
        return WORDS[DONE][0], f"{counts}，留待处理 {len(made.conflicts):,} 处。", ""
    if file.state == SAME and file.undone is not None and may_redo:
        return "导入过，后来撤销了", file.message, "恢复那次导入"
    back = "返回" if alone and file.state in (REFUSED, COPY) else ""
    head = HEADS.get(file.state, WORDS[file.state][0])
    return head, file.message, OFFERS.get(file.state, back)


def nothing_words(files: Sequence[IncomingFile]) -> tuple[str, str, str]:
    """The same for all files together."""
    states = {file.state for file in files}
    if states & {WAITING, READING}:
        return "正在检查…", "", ""
    same = "这些文件和台账一致，没有要改的内容。" if SAME in states else ""
    return "没有要改的内容", same, ""
