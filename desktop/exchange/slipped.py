"""Columns whose cells hold what other rows held: only that column was sorted, or a cell was put in or taken out above the others.

The ids are right then and every cell looks typed by hand, so nothing else would notice. It is told of no column that people fill
alike in many rows: only where the contents differ from row to row and nearly all of what is new stood elsewhere in the same column.
"""

from __future__ import annotations

from collections import Counter

from db.declare import Field, Kind
from db.fieldtypes import TYPES

from .arrivals import Arrival
from .judge import json_text
from .meta import Hidden
from .planning import CellPlan

#: So many cells at least; so large a part of them; texts of so many characters, which nobody types alike by chance.
LEAST, MOSTLY, LONG = 3, 0.7, 6
#: So many different ones where the texts are short or figures: then all of them must have changed places. Of no more rows than a
#: person looks through, since it costs a look at each.
LEAST_SHORT, MOST_SHORT = 5, 5_000
#: Types whose values are few, so that other rows hold the same.
FEW = frozenset({"choice", "choices", "flag", "unit", "units", "attachment", "reference"})
TEXTS = frozenset({"text", "longtext"})


def without_slipped_columns(hidden: Hidden, kind: Kind, arrivals: list[Arrival]) -> list[Arrival]:
    """Take such cells out of what the rows say, and tell of each."""
    columns: dict[str, _Column] = {}
    for arrival in arrivals:
        if arrival.base is not None:
            for name in arrival.typed:
                if kind.has(name) and name != kind.title and kind.field(name).type not in FEW:
                    columns.setdefault(name, _Column(kind.field(name))).take(arrival)
    sheet = hidden.sheets.get(kind.name)
    place = {name: at for at, name in enumerate(sheet.fields)} if sheet is not None else {}
    wanted = {name: place[name] for name, column in columns.items() if column.worth_a_look and name in place}
    if not wanted:
        return arrivals
    for arrival in arrivals:
        touched = [name for name in wanted if arrival.base is not None and name in arrival.typed]
        row = hidden.row(kind.name, arrival.uid) if touched else None
        if row is None:
            continue
        for name in touched:
            columns[name].hold(arrival, row.values[wanted[name]] if wanted[name] < len(row.values) else None)
    for name in wanted:
        for arrival in (hits := columns[name].slipped()):
            arrival.typed.pop(name)
            cell, label = arrival.cell_of(name), kind.field(name).label
            text = (
                f"工作表「{arrival.sheet}」{cell}「{label}」填的是别的行原来的内容（这一列有 {len(hits)} 格这样，多半是只排了"
                "这一列，或这一列错了一行），没有读入。请撤销排序，或在原文件上重填；确实要这样改的，请在程序里改。"
            )
            arrival.problems.append(CellPlan("error", name, label, cell, text))
    return arrivals


class _Column:
    """What was typed into one column, and what of that its cells held when they were sent."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.rows: list[Arrival] = []
        self._typed: set[str] = set()
        self._held: Counter[str] = Counter()
        self._emptied: list[Arrival] = []
        self._all = 0

    def take(self, arrival: Arrival) -> None:
        self.rows.append(arrival)
        if arrival.typed[self.field.name] is not None:
            self._typed.add(self._text(arrival))

    @property
    def worth_a_look(self) -> bool:
        """Whether different things were typed into enough cells."""
        few = LEAST if self.field.type in TEXTS else LEAST_SHORT
        return len(self._typed) >= few and (self.field.type in TEXTS or len(self.rows) <= MOST_SHORT)

    def hold(self, arrival: Arrival, exported: object) -> None:
        """What a touched cell held; kept only where it was typed elsewhere, since there may be 100,000 of them."""
        if exported is None:
            return
        text = _plain(exported)
        self._all += 1
        if text in self._typed:
            self._held[text] += 1
        if arrival.typed[self.field.name] is None:
            self._emptied.append(arrival)

    def slipped(self) -> list[Arrival]:
        """The rows whose cell holds what another row of these held, where that is no chance, and those that were left empty by it;
        else none.
        """
        typed = [(a, self._text(a)) for a in self.rows if a.typed[self.field.name] is not None]
        hits = [(a, text) for a, text in typed if text in self._held]  # never its own: that would be no change
        different = {text for _, text in hits}
        if len(different) < LEAST or len(different) < MOSTLY * len(hits) or len(hits) < MOSTLY * len(self.rows):
            return []
        long = sum(len(text) >= LONG for text in different)
        if self.field.type not in TEXTS or long < MOSTLY * len(different):
            all_moved = self._all == self._held.total() and Counter(text for _, text in typed) == self._held
            if not all_moved or len(different) < LEAST_SHORT:
                return []
        return [a for a, _ in hits] + self._emptied

    def _text(self, arrival: Arrival) -> str:
        value = arrival.typed[self.field.name]
        return _plain(value if isinstance(value, str) else TYPES[self.field.type].to_json(value))


def _plain(value: object) -> str:
    return value.strip() if isinstance(value, str) else json_text(value)
