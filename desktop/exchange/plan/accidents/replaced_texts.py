"""One text swapped for another all over a sheet, where it hit what was hardly meant: a part of a
longer number, a surname, words that said it already. Only those cells wait; that a word was
swapped wherever it stood is no accident."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce

import msgspec

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from desktop.exchange.format.loose_values import is_person
from desktop.exchange.plan.parsed_row import ParsedRow

#: So many cells in which the same was swapped; of so many rows it is seen, were there more.
_LEAST, _SAMPLE = 3, 1_000
#: No longer text is one name.
_NAME = 4


class _Swap(msgspec.Struct, frozen=True):
    """A cell that held one text and holds another: where they part, what went and what came."""

    parsed: ParsedRow
    field: Field
    before: str
    now: str
    at: int
    gone: str
    come: str

    @property
    def behind(self) -> str:
        """What stands behind what was swapped."""
        return self.before[self.at + len(self.gone) :]


def look_at_replaced(kind: Kind, rows: Sequence[ParsedRow]) -> None:
    """Warn of cells that were hit though they were not meant."""
    groups: dict[tuple[str, str], list[_Swap]] = defaultdict(list)
    swaps = list(_swaps(kind, rows[:: len(rows) // _SAMPLE + 1]))
    for swap in swaps:
        groups[swap.gone, swap.come].append(swap)
    every = swaps if len(rows) < _SAMPLE else []
    for some in groups.values():
        old, new = _text(some) if _enough(some) else ("", "")
        if old and (every or _may_have_hit(some, rows, old, new)):
            every = every or list(_swaps(kind, rows))
            _look([each for each in every if each.before.replace(old, new) == each.now], old, new)


def _may_have_hit(some: Sequence[_Swap], rows: Sequence[ParsedRow], old: str, new: str) -> bool:
    """Whether many rows are worth a look one by one: at a glance over all that stood there."""
    names = {swap.field.name for swap in some}
    sent = (parsed.sent.get(name) for name in names for parsed in rows)
    text = "\n".join(value for value in sent if isinstance(value, str) and old in value)
    return (
        any(is_person(swap.field) for swap in some)
        or _in_number(text, old) or _said_already(text, old, new)
    )


def _swaps(kind: Kind, rows: Sequence[ParsedRow]) -> Iterator[_Swap]:
    for parsed in rows:
        for name, value in parsed.typed.items() if parsed.base is not None else ():
            before, now = _plain(parsed.sent.get(name)), _plain(value)
            if before and now and name not in parsed.warned and kind.has(name):
                field = kind.field(name)
                if not type_of(field).picked and (swap := _parted(parsed, field, before, now)):
                    yield swap


def _parted(parsed: ParsedRow, field: Field, before: str, now: str) -> _Swap | None:
    """None for a cell that says something else altogether."""
    pairs = {pair for pair in zip(before, now, strict=False) if pair[0] != pair[1]}
    if len(before) == len(now) and len(pairs) == 1:
        ((gone, come),) = pairs
        if before.count(gone) > 1 and before.replace(gone, come) == now:
            return _Swap(parsed, field, before, now, before.find(gone), gone, come)
    at = len(_begin(before, now))
    end = len(_begin(before[at:][::-1], now[at:][::-1]))
    if not at and not end:
        return None
    gone, come = before[at : len(before) - end], now[at : len(now) - end]
    return _Swap(parsed, field, before, now, at, gone, come)


def _begin(one: str, other: str) -> str:
    """What two texts begin with alike."""
    if other.startswith(one):
        return one
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return one[:at]
    return other


def _plain(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole or isinstance(value, str) else ""


def _enough(some: Sequence[_Swap]) -> bool:
    """Whether the same was swapped so often that it was done at one stroke: in three cells, or in
    two of which a figure was swapped wherever it stood."""
    different = len({each.before for each in some})
    hits = sum(each.before.count(each.gone) for each in some) if some[0].gone.isdecimal() else 0
    return different >= _LEAST or (different > 1 and hits > _LEAST and all(map(_wherever, some)))


def _wherever(swap: _Swap) -> bool:
    """Whether what was swapped stood there several times, and was everywhere."""
    often = bool(swap.gone) and swap.before.count(swap.gone) > 1
    return often and swap.before.replace(swap.gone, swap.come) == swap.now


def _text(some: Sequence[_Swap]) -> tuple[str, str]:
    """What was swapped, with what stood around it in every cell."""
    if any(map(_wherever, some)):
        return some[0].gone, some[0].come
    left = reduce(_begin, [swap.before[: swap.at][::-1] for swap in some])[::-1]
    right = reduce(_begin, [swap.behind for swap in some])
    return left + some[0].gone + right, left + some[0].come + right


def _look(every: Sequence[_Swap], old: str, new: str) -> None:
    within = [swap for swap in every if _in_number(swap.before, old)]
    if len(within) == len(every) and not _scattered(within, old):
        within = []  # all telephones of one exchange have another number now
    people = [swap for swap in every if is_person(swap.field) and _is_surname(swap.before, old)]
    if len({swap.before for swap in people}) < 2:
        people = []
    twice = [swap for swap in every if _said_already(swap.before, old, new)]
    for swap in (*within, *people, *twice):
        swap.parsed.warn(swap.field.name, "replaced", (
            f"第 {swap.parsed.row} 行「{swap.field.label}」“{swap.before[:20]}”成了"
            f"“{swap.now[:20]}”：全表有 {len(every)} 格把“{old[:12]}”换成了“{new[:12]}”，"
            "这一格像是连带换错的，没有读入。确实要换的请采用。"
        ))  # fmt: skip


def _scattered(within: Sequence[_Swap], old: str) -> bool:
    """Whether figures stand at several places, or where no exchange has its number."""
    places = {swap.before.find(old) for swap in within}
    return len(places) >= _LEAST or any(_behind_its_begin(each, old) for each in within)


def _in_number(before: str, old: str) -> bool:
    """Whether figures were swapped that are a part of a longer number."""
    first, last = old[0].isdecimal(), old[-1].isdecimal()
    return (first or last) and any(
        (first and before[: found.start()][-1:].isdecimal())
        or (last and before[found.end() :][:1].isdecimal())
        for found in re.finditer(re.escape(old), before)
    )


def _behind_its_begin(swap: _Swap, old: str) -> bool:
    """Whether figures stand within a number, not where it begins; of a day they may."""
    starts = [found.start() for found in re.finditer(re.escape(old), swap.before)]
    within = old[0].isdecimal() and not type_of(swap.field).dated
    return within and any(swap.before[:at][-1:].isdecimal() for at in starts)


def _is_surname(before: str, old: str) -> bool:
    return before.startswith(old) and len(old) < len(before) <= _NAME and old.isalpha()


def _said_already(before: str, old: str, new: str) -> bool:
    """Whether what was put beside a text stood there before: 整改 became 整整改."""
    ahead = new.removesuffix(old) if new.endswith(old) else ""
    behind = new.removeprefix(old) if new.startswith(old) else ""
    return bool(ahead and ahead + old in before) or bool(behind and old + behind in before)
