"""Rows that cannot be taken one by one: copies of one record, and rows whose hidden id has slipped
against their text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from db.model.declarations import Kind
from db.model.ids import derived_uid
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.import_plan import CellPlan
from desktop.exchange.plan.parsed_row import ParsedRow, Place

_DISPLACED = (
    "的隐藏编号与内容错位（多半是排序时没有选中整行），这一行没有读入。"
    "请撤销排序，或在原文件上重填。"
)


def row_problem(parsed: ParsedRow, kind: Kind, message: str) -> None:
    """Tell of a whole row what is wrong, at the cell of its title."""
    cell = parsed.cell_of(kind.title)
    text = f"工作表「{parsed.sheet}」第 {parsed.row} 行{message}"
    found = CellPlan("error", kind.title, kind.field(kind.title).label, cell, text)
    found.as_sent = kind.title not in parsed.cells
    parsed.problems.append(found)


def without_displaced_rows(
    hidden: Hidden, kind: Kind, parsed_rows: list[ParsedRow]
) -> list[ParsedRow]:
    """The hidden id column moved against its data (sorted without it): such rows are another
    record's text."""
    retitled = [parsed for parsed in parsed_rows if kind.title in parsed.typed]
    if all(parsed.base is None for parsed in retitled):
        return parsed_rows
    owner = _owners_of_titles(hidden, kind, {str(p.typed[kind.title]) for p in retitled})
    displaced: set[str] = set()
    for parsed in retitled:
        other = owner.get(str(parsed.typed[kind.title]))
        if parsed.base is None or other is None or other == parsed.uid:
            continue
        if _holds_the_text_of(hidden, kind, parsed, other):
            _refuse_displaced(kind, parsed)
            displaced.add(parsed.uid)
    # the text of a displaced record that came to stand at the number of a blank row, or at none
    for parsed in retitled:
        title = parsed.typed.get(kind.title)
        if parsed.base is None and owner.get(str(title)) in displaced:
            _refuse_displaced(kind, parsed)
    return parsed_rows


def _owners_of_titles(hidden: Hidden, kind: Kind, wanted: set[str]) -> dict[str, str]:
    """Title → the record that was sent under it."""
    fields = hidden.sheets[kind.name].fields
    if kind.title not in fields:
        return {}
    place, owner = fields.index(kind.title), dict[str, str]()
    for uid, row in hidden.each(kind.name):
        if place < len(row.values) and (title := row.values[place]) in wanted:
            owner[title] = uid
    return owner


def _holds_the_text_of(hidden: Hidden, kind: Kind, parsed: ParsedRow, other: str) -> bool:
    """Whether nearly all texts of another record stand in a row."""
    row = hidden.row(kind.name, other)
    assert row is not None
    sent = zip(hidden.sheets[kind.name].fields, row.values, strict=False)
    filled = [(n, v) for n, v in sent if isinstance(v, str) and n in parsed.texts]
    alike = sum(parsed.texts[n] == v.strip() or n not in parsed.typed for n, v in filled)
    return bool(filled) and alike * 10 >= len(filled) * 7


def _refuse_displaced(kind: Kind, parsed: ParsedRow) -> None:
    parsed.drop()
    row_problem(parsed, kind, _DISPLACED)


def without_copies(
    hidden: Hidden, kind: Kind, parsed_rows: list[ParsedRow], first_row: Mapping[str, Place],
    copies: Mapping[str, list[Place]],
) -> list[ParsedRow]:
    """Rows of one id: alike they are one; for a filled slot the copy is a row of its own; else a
    person must look."""
    groups: dict[str, list[ParsedRow]] = defaultdict(list)
    for parsed in parsed_rows:
        groups[parsed.uid].append(parsed)
    out: list[ParsedRow] = []
    for uid, group in groups.items():
        if uid not in copies:
            out += group
        elif _alike(group, first_row[uid]):
            out += [parsed for parsed in group[:1] if parsed.place == first_row[uid]]
            out += _only_problems(parsed for parsed in group if not out or parsed is not out[-1])
        elif group[0].base is None:
            out += _rows_of_slot(hidden, kind, group)
        else:
            out += _ambiguous(kind, group, {first_row[uid], *copies[uid]})
    return out


def _only_problems(copies: Iterable[ParsedRow]) -> Iterator[ParsedRow]:
    """Copies that say nothing new, but hold cells that cannot be read: these are told."""
    for parsed in copies:
        if parsed.problems:
            parsed.typed.clear()
            parsed.steps = None
            yield parsed


def _alike(group: list[ParsedRow], first: Place) -> bool:
    """Whether all rows of an id say the same; one in which nothing was typed says so too."""
    said = {
        (*sorted((n, repr(v)) for n, v in parsed.typed.items()), *sorted(_steps(parsed)))
        for parsed in group
    }
    untouched = first not in [parsed.place for parsed in group]
    return len(said | {()} if untouched else said) == 1


def _steps(parsed: ParsedRow) -> Iterator[tuple[str, str]]:
    for action, cells in (parsed.steps or {}).items():
        for name, (value, _) in cells.items():
            yield f"{action}:{name}", repr(value)


def _rows_of_slot(hidden: Hidden, kind: Kind, group: list[ParsedRow]) -> list[ParsedRow]:
    first, *others = group
    different = [other for other in others if other.typed != first.typed]
    for other in different:
        _as_loose(hidden, kind, other)
    return [first, *different]


def _ambiguous(kind: Kind, group: list[ParsedRow], places: set[Place]) -> list[ParsedRow]:
    """Copies of one record that say different things: none is taken, the last one of each sheet
    into which somebody wrote tells."""
    by_sheet: dict[str, list[int]] = defaultdict(list)
    for sheet, number in sorted(places):
        by_sheet[sheet].append(number)
    rows = "、".join(
        (f"“{sheet}”" if len(by_sheet) > 1 else "") + f"第 {'、'.join(map(str, numbers))} 行"
        for sheet, numbers in by_sheet.items()
    )
    written = [parsed for parsed in group if parsed.says_something] or group[-1:]
    last = {parsed.sheet: parsed for parsed in written}
    for parsed in written:
        parsed.drop()
        if (teller := last[parsed.sheet]) is not parsed:
            teller.cells.update({f"{n}@{parsed.row}": cell for n, cell in parsed.cells.items()})
            teller.emptied |= {f"{n}@{parsed.row}" for n in parsed.emptied}
    for parsed in last.values():
        row_problem(
            parsed, kind,
            f"：{rows}是同一条事项的几份，内容却不一样，没有读入。请只留一行；如是新事项，"
            "请写到末尾的空行里。",
        )
    return list(last.values())


def _as_loose(hidden: Hidden, kind: Kind, parsed: ParsedRow) -> None:
    parsed.origin = "none"
    title = "".join(parsed.title.split())
    assert hidden.manifest is not None
    parsed.uid = derived_uid("row", hidden.manifest.export_id, kind.name, parsed.uid, title)
