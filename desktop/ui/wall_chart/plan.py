"""What the wall chart shows, grouped under its units before the window has it: tens of thousands of
items take a while."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from db.domain.wall_chart import PlannedSpan

AROUND = dt.timedelta(days=14)
"""Room before the first and after the last day."""
FURTHEST = dt.timedelta(days=1100)
"""A mistyped year must not make the chart a mile wide."""


@dataclass(frozen=True, slots=True)
class Block:
    """The items of a unit: `spans[begin:end]` of the plan."""

    unit: str
    begin: int
    end: int
    late: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Items that stand by unit, the units they stand under, and the days from `first` to `last`
    that the chart reaches over."""

    spans: Sequence[PlannedSpan]
    blocks: Sequence[Block]
    first: dt.date
    last: dt.date
    late: int

    @classmethod
    def of(cls, spans: Sequence[PlannedSpan], today: dt.date) -> Plan:
        """Group items, which stand by unit, in one walk."""
        low, high = today - FURTHEST, today + FURTHEST
        first = last = today
        blocks: list[Block] = []
        begin = late = all_late = 0
        for at, span in enumerate(spans):
            if span.unit != spans[begin].unit:
                blocks.append(Block(spans[begin].unit, begin, at, late))
                begin, late = at, 0
            if span.overdue(today):
                late += 1
                all_late += 1
            if span.start < first and span.start >= low:
                first = span.start
            if span.end > last and span.end <= high:
                last = span.end
        if spans:
            blocks.append(Block(spans[begin].unit, begin, len(spans), late))
        return cls(spans, blocks, first - AROUND, last + AROUND, all_late)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the chart: the head of a unit, or one of its items."""

    unit: str
    span: PlannedSpan | None
    count: int = 0
    late: int = 0


class Lines(Sequence[Line]):
    """The lines of a plan with some units folded; each is made when it is looked at."""

    def __init__(self, plan: Plan, folded: Collection[str] = ()) -> None:
        self._plan, self._folded = plan, frozenset(folded)
        self._heads: list[int] = []
        at = 0
        for block in plan.blocks:
            self._heads.append(at)
            at += 1 if block.unit in self._folded else 1 + block.end - block.begin
        self._count = at

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int) -> Line:  # type: ignore[override]  # no slices are asked for
        if not 0 <= at < self._count:
            raise IndexError(at)
        place = bisect_right(self._heads, at) - 1
        block, head = self._plan.blocks[place], self._heads[place]
        if at == head:
            return Line(block.unit, None, block.end - block.begin, block.late)
        return Line(block.unit, self._plan.spans[block.begin + at - head - 1])

    def __iter__(self) -> Iterator[Line]:
        return (self[at] for at in range(self._count))

    def head_of(self, unit: str) -> int:
        """Where a unit's own line is; 0 when it has none."""
        return next(
            (
                head for block, head in zip(self._plan.blocks, self._heads, strict=True)
                if block.unit == unit
            ), 0,
        )

    def of(self, uid: str) -> int:
        """Where an item is; -1 when it is not shown."""
        for block, head in zip(self._plan.blocks, self._heads, strict=True):
            if block.unit not in self._folded:
                for at in range(block.begin, block.end):
                    if self._plan.spans[at].uid == uid:
                        return head + 1 + at - block.begin
        return -1
