"""Every filled cell of a file is accounted for: taken, unchanged, refused, in conflict, warned of,
or ignored with its reason. One line tells what belongs together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from desktop.exchange.format import like_cells
from desktop.exchange.format.exchange_tables import Json
from desktop.exchange.plan.cell_plans import NOTHING
from desktop.exchange.plan.import_plan import (
    REUSED,
    UNKNOWN,
    Accident,
    CellPlan,
    Plan,
    RowPlan,
    StepPlan,
)

#: code → what it is called; those that harm most first, and so they are told.
CODES = {
    "scale": "数量级可疑", "blanked": "成批清空", "merged": "合并单元格", "shifted": "错行错列",
    "sorted": "单列排序", "series": "拖动填充", "cut": "成批截短", "replaced": "替换误伤",
    REUSED: "旧行改写", "duplicate": "疑似重复",
    "ditto": "“同上”", "orphan": "没有所属事项", "note_row": "说明或合计",
    "hidden_sheet": "工作表被隐藏", "missing_sheet": "工作表不见了", "guess": "写法要核对",
    "no_ids": "隐藏编号没有了", "unsure_row": "哪一条认不准",
}  # fmt: skip
#: Those that would falsify or lose most, shown in red.
DANGEROUS = frozenset({
    "scale", "blanked", "merged", "shifted", "sorted", "series", "cut", "replaced", REUSED,
})
#: Those that are about a sheet, whichever of its columns they are in.
_OF_SHEET = frozenset({"no_ids", "hidden_sheet", "replaced"})
#: Those that are about one row, each asked by itself.
_OF_ROW = frozenset({"unsure_row", REUSED})
_ORDER = {code: at for at, code in enumerate(CODES)}
#: What becomes of a cell → the part of the counts that it is in.
_PART = {
    "changed": "taken", "conflict": "conflicts", "correction": "conflicts", "refused": "refused",
    "error": "refused", "skipped": "ignored", "warned": "warned",
}
#: The parts of the counts as people are told of them, wherever that is.
_WORDS = {
    "taken": "采用", "unchanged": "没有改动", "refused": "未接受和有错", "conflicts": "待裁定",
    "warned": "待核实", "ignored": "没有采用",
}  # fmt: skip
#: What a person chose, as the record writer takes it.
Chosen = Mapping[Any, str]


def is_on_hold(plan: Plan, row: RowPlan, name: str, chosen: Chosen) -> bool:
    """Whether a field of a row (or with "" all of it) waits, given what a person chose."""
    whole = "" in row.warned
    choice = chosen.get(row.uid) if whole else chosen.get((row.uid, name), chosen.get(row.uid))
    return choice not in ("theirs", "both") and plan.is_on_hold(row, name)


def warnings(plan: Plan, chosen: Chosen | None = None) -> list[Accident]:
    """What waits to be accepted, dangerous ones first; like cells are one line with a count."""
    choices = chosen or {}
    together: dict[tuple[str, ...], list[tuple[RowPlan, CellPlan]]] = {}
    for row, cell in plan.cells("warned"):
        if is_on_hold(plan, row, cell.field, choices):
            together.setdefault(like(row, cell), []).append((row, cell))
    found = [_line(cells) for cells in together.values()]
    found += [each for each in plan.accidents if each.code not in plan.accepted]
    return sorted(found, key=lambda each: _ORDER.get(each.code, len(_ORDER)))


def like(row: RowPlan, cell: CellPlan) -> tuple[str, ...]:
    """Cells with the same key are told in one line."""
    if cell.code in _OF_ROW:
        return cell.code, row.kind, row.sheet, row.uid
    whole = "" in row.warned or cell.code in _OF_SHEET
    return cell.code, row.kind, row.sheet, "" if whole else cell.field


def together(cells: Sequence[CellPlan]) -> str:
    """What is told of like cells at once."""
    if len(cells) == 1 or cells[0].code in _OF_ROW:
        return cells[0].message
    return f"{CODES.get(cells[0].code, '')}，共 {len(cells)} 处，如：{cells[0].message}"


def _line(cells: Sequence[tuple[RowPlan, CellPlan]]) -> Accident:
    row, first = cells[0]
    message = together([cell for _, cell in cells])
    uid = row.uid if len(cells) == 1 or first.code in _OF_ROW else ""
    addresses = tuple(place for row, cell in cells for place in _about(row, cell))
    both = first.code == REUSED and row.both is not None
    return Accident(first.code, row.sheet, addresses, uid, first.field, message, both)


def _about(row: RowPlan, cell: CellPlan) -> Sequence[str]:
    """The cells that a warning is about: of a row that is held back all that it says."""
    own = {each.cell for each in row.cells} if "" in row.warned else set()
    rest = [place for place in row.said.values() if place not in own] if own else []
    return [place for place in dict.fromkeys((cell.cell, *rest)) if place]


def cell_report(plan: Plan, chosen: Chosen | None = None) -> Json:
    """What the command line adds to an answer: warnings, what is ignored and taken, the counts."""
    cells = list(_cells(plan, chosen or {}))
    return {
        "warnings": [each.to_json() for each in warnings(plan, chosen)],
        "ignored": [each.to_json() for each in (*plan.aside, *plan.ignored)],
        "taken": [
            {"sheet": row.sheet, "cell": cell, "uid": row.uid, "field": name.partition("@")[0]}
            for row, name, cell, part in cells if part == "taken"
        ],
        "cells": _counts(plan, cells),
        "messages": messages(plan),
        "proposed": [_proposed(row, step) for row in plan.rows for step in row.steps],
    }  # fmt: skip


def messages(plan: Plan) -> list[Json]:
    """Refusals and errors, those that are alike in one line with their cells."""
    refusals: list[tuple[str, str, CellPlan]] = [
        (row.kind, row.sheet, cell) for row, cell in plan.cells("refused", "error")
        if cell.code != UNKNOWN
    ]
    refusals += [("", c.label, c) for c in plan.problems if c.status in ("refused", "error")]
    found: list[Json] = []
    for each in plan.unknown:
        line = each.to_line("")
        found.append({
            "status": "error", "sheet": line["sheet"], "cells": like_cells.ranges(line["cells"]),
            "count": len(line["cells"]), "field": each.field, "message": line["message"],
        })  # fmt: skip
    for same in like_cells.together(refusals, lambda each: (*each[:2], *same_reason(each[2]))):
        _, sheet, first = same[0]
        cells = [cell.cell for _, _, cell in same if cell.cell]
        value = first.text_theirs
        message = (
            like_cells.sentence(first.message, value, cells) if len(same) > 1 else first.message
        )
        found.append({
            "status": first.status, "sheet": sheet, "cells": like_cells.ranges(cells),
            "count": len(same), "field": first.field, "message": message,
        })  # fmt: skip
    return found


def same_reason(cell: CellPlan) -> tuple[str, str, str]:
    """Cells with the same key were refused, or are wrong, for the same reason."""
    return cell.status, cell.field, like_cells.reason(cell.message, cell.text_theirs)


def _proposed(row: RowPlan, step: StepPlan) -> Json:
    """A step that a unit took by workbook; ``uid`` is what leaves it out."""
    cell = row.said.get(step.field) or next(iter(row.said.values()), "")
    return {
        "sheet": row.sheet, "cell": cell, "kind": step.owner, "item": step.uid, "uid": row.uid,
        "action": step.action, "label": step.label, "on": step.on.isoformat(), "by": step.by,
        "title": row.title, "message": row.message,
    }  # fmt: skip


def in_words(plan: Plan, chosen: Chosen | None = None) -> str:
    """How many cells of the file became what, as a sentence."""
    return counts_text(_counts(plan, list(_cells(plan, chosen or {}))))


def counts_text(cells: Mapping[str, int]) -> str:
    """The same of counts that were kept; "" where an earlier program kept none."""
    parts = "，".join(f"{word} {cells[name]:,}" for name, word in _WORDS.items() if cells.get(name))
    return f"全表有内容的 {cells['total']:,} 格：{parts}。" if parts else ""


def _counts(plan: Plan, cells: Sequence[tuple[RowPlan, str, str, str]]) -> Json:
    """How many cells of the file became what, each counted where it was seen, so that the sum is a
    check. A cell that was emptied counts as one."""
    found = dict.fromkeys(("taken", "refused", "conflicts", "warned", "ignored", "unchanged"), 0)
    seen: set[tuple[str, str]] = set()
    emptied = 0
    for row, name, cell, part in cells:
        if (row.sheet, cell) not in seen:
            seen.add((row.sheet, cell))
            found[part] += 1
            emptied += name in row.emptied
    for each in (*plan.aside, *plan.ignored):
        if (each.sheet, each.cell) not in seen:
            found["ignored"] += each.count
    found["unchanged"] += plan.same - sum(_as_sent(row) for row in plan.rows)
    found["unchanged"] += len(plan.known - seen)
    return {"total": plan.filled + emptied, **found}


def _as_sent(row: RowPlan) -> int:
    """How many cells of a row were counted as they were sent when they were read, and are told of
    otherwise."""
    if row.sent and row.theirs is not None:
        return row.sent
    return sum(cell.as_sent and bool(cell.cell) for cell in row.cells)


def _cells(plan: Plan, chosen: Chosen) -> Iterator[tuple[RowPlan, str, str, str]]:
    """(row, field, cell, part) of all that is not unchanged."""
    for row in plan.rows:
        if not row.sheet:
            continue
        rest = _rest(plan, row, chosen) or "unchanged"
        cells: dict[str, tuple[str, str]] = {}
        for name, cell in row.said.items():
            if cell and (rest != "unchanged" or name not in row.emptied):
                cells.setdefault(cell, (name, rest))
        for name, cell in _as_it_came(row) if row.sent else ():
            cells.setdefault(cell, (name, rest))
        for each in row.cells:
            if each.cell and not each.blank:
                cells[each.cell] = (each.field, _part_of(plan, row, each, chosen))
        for cell, (name, part) in cells.items():
            yield row, name, cell, part


def _as_it_came(row: RowPlan) -> Iterator[tuple[str, str]]:
    """(field, cell) of what is filled as it was sent, in a row that is new here."""
    if row.address is not None and row.theirs is not None:
        for name in row.fields:
            value, cell = row.theirs.values.get(name), row.address(name, row.row)
            if value not in NOTHING and cell:
                yield name, cell


def _part_of(plan: Plan, row: RowPlan, each: CellPlan, chosen: Chosen) -> str:
    """Among which a cell is counted of which something is told."""
    part = _PART[each.status]
    if part == "conflicts" and chosen.get(row.uid) == "both":
        return "taken"
    if each.status == "warned" and not is_on_hold(plan, row, each.field, chosen):
        return "taken" if row.theirs is not None else "refused"
    return part


def _rest(plan: Plan, row: RowPlan, chosen: Chosen) -> str:
    """What becomes of the cells of a row of which nothing is told by itself; "" where they hold
    what is here already."""
    if "" in row.warned and is_on_hold(plan, row, "", chosen):
        return "warned"
    if row.dropped:
        return "refused"
    if row.theirs is None:
        return "refused" if row.status in ("error", "refused") else ""
    return "taken" if row.status == "added" else ""
