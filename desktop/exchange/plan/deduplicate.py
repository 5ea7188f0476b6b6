"""Rows that cannot be taken one by one: copies of one record, and rows whose hidden id has slipped
against their text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from db.model.declarations import Kind
from db.model.ids import derived_uid
from db.model.sql import quoted
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.import_plan import CellPlan
from desktop.exchange.plan.merge_planner import Judge
from desktop.exchange.plan.row_parser import Arrival

_SLIPPED = "的隐藏编号与内容错位（多半是排序时没有选中整行），这一行没有读入。请撤销排序，或在原文件上重填。"


def row_problem(arrival: Arrival, kind: Kind, message: str) -> None:
    """Tell of a whole row what is wrong, at the cell of its title."""
    cell = arrival.cell_of(kind.title)
    text = f"工作表「{arrival.sheet}」第 {arrival.row} 行{message}"
    arrival.problems.append(CellPlan("error", kind.title, kind.field(kind.title).label, cell, text))


def without_slipped(hidden: Hidden, kind: Kind, arrivals: list[Arrival]) -> list[Arrival]:
    """The hidden id column moved against its data (sorted without it): such rows are another
    record's text.
    """
    suspects = [a for a in arrivals if a.base is not None and kind.title in a.typed]
    if not suspects:
        return arrivals
    place = next(
        (at for at, n in enumerate(hidden.sheets[kind.name].fields) if n == kind.title), None
    )
    if place is None:
        return arrivals
    owner: dict[str, str] = {}
    wanted = {str(a.typed[kind.title]) for a in arrivals if kind.title in a.typed}
    for uid in hidden.rows[kind.name]:
        row = hidden.row(kind.name, uid)
        if row is not None and place < len(row.values) and (title := row.values[place]) in wanted:
            owner[title] = uid
    displaced: set[str] = set()
    for arrival in suspects:
        other = owner.get(str(arrival.typed[kind.title]))
        if other is None or other == arrival.uid:
            continue
        row = hidden.row(kind.name, other)
        assert row is not None and arrival.base is not None
        names = hidden.sheets[kind.name].fields
        filled = [
            (n, v)
            for n, v in zip(names, row.values, strict=False)
            if isinstance(v, str) and n in arrival.texts
        ]
        alike = sum(arrival.texts[n] == v.strip() or n not in arrival.typed for n, v in filled)
        if filled and alike * 10 >= len(filled) * 7:
            arrival.typed.clear()
            row_problem(arrival, kind, _SLIPPED)
            displaced.add(arrival.uid)
    # the text of a displaced record that came to stand at the number of a blank row, or at none
    for arrival in arrivals:
        if (
            arrival.base is None
            and displaced
            and owner.get(str(arrival.typed.get(kind.title))) in displaced
        ):
            arrival.typed.clear()
            row_problem(arrival, kind, _SLIPPED)
    return arrivals


def without_copies(
    hidden: Hidden,
    kind: Kind,
    arrivals: list[Arrival],
    first_row: Mapping[str, int],
    copies: Mapping[str, list[int]],
) -> list[Arrival]:
    """Rows of one id: alike they are one; for a filled slot the copy is a row of its own; else a
    person must look.
    """
    if not copies:
        return arrivals
    groups: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        groups[arrival.uid].append(arrival)
    out: list[Arrival] = []
    for uid, group in groups.items():
        if uid not in copies:
            out += group
            continue
        first = group[0]
        untouched = first_row[uid] not in [a.row for a in group]
        distinct = {tuple(sorted((n, repr(v)) for n, v in a.typed.items())) for a in group}
        if untouched:
            distinct.add(())
        if len(distinct) == 1:
            if not untouched:
                out.append(first)
            continue
        if first.base is None:
            out.append(first)
            for other in group[1:]:
                if other.typed != first.typed:
                    _as_loose(hidden, kind, other)
                    out.append(other)
            continue
        rows = "、".join(str(n) for n in sorted({first_row[uid], *copies[uid]}))
        for arrival in group:
            arrival.typed.clear()
        row_problem(
            group[-1],
            kind,
            f"：第 {rows} 行是同一条事项的几份，内容却不一样，没有读入。请只留一行；如是新事项，"
            "请写到末尾的空行里。",
        )
        out.append(group[-1])
    return out


def _as_loose(hidden: Hidden, kind: Kind, arrival: Arrival) -> None:
    arrival.origin = "none"
    title = "".join(arrival.title.split())
    assert hidden.meta is not None
    arrival.uid = derived_uid("row", hidden.meta.export_id, kind.name, arrival.uid, title)


def same_title(judge: Judge, arrivals: Iterable[Arrival]) -> dict[str, str]:
    """For rows without an id: the uid of a live record of the same title and unit, by the row's own
    uid."""
    found: dict[str, str] = {}
    if not judge.known:
        return found
    kind = judge.kind
    for arrival in arrivals:
        title = arrival.typed.get(kind.title)
        if title is None:
            continue
        db_title = judge.shape.to_db(kind.title, title)
        where, values = f"{quoted(kind.title)} = ? AND deleted = 0 AND uid <> ?", [
            db_title, arrival.uid,
        ]
        unit = arrival.typed.get(kind.unit) if kind.unit else None
        if kind.unit and unit is not None:
            where += f" AND {quoted(kind.unit)} = ?"
            values.append(judge.shape.to_db(kind.unit, unit))
        row = judge.book.connection.execute(
            f"SELECT uid FROM {quoted(kind.name)} WHERE {where} LIMIT 1", values
        ).fetchone()
        if row:
            found[arrival.uid] = row[0]
    return found
