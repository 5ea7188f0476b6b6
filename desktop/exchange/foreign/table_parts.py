"""Several tables on one sheet: one below the other with headings of its own, or the same one going
on beside itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from desktop.exchange.foreign.foreign_rows import ForeignSheet
from desktop.exchange.foreign.headings import NOT_A_FIELD, Headings, Matcher, at_rows
from desktop.exchange.format.columns import plain
from desktop.exchange.plan.parsed_row import is_blank

#: Says what the columns of a table are that ends at a row.
Judge = Callable[[ForeignSheet, Headings, int], Headings]



class Part(msgspec.Struct):
    """Rows of a sheet (from 1, the last one included) that are read by one heading; ``columns``
    where it is one of two side by side."""

    found: Headings
    last: int
    columns: range | None = None


def parts(
    each: ForeignSheet, found: Headings, matcher: Matcher, title: str, judge: Judge
) -> list[Part]:
    """The tables of a sheet, in order; the first begins with ``found``."""
    heads = [found]
    for number in range(found.rows[-1] + 1, len(each.rows) + 1):
        other = _heading(each, number, matcher, title)
        if other is not None and not _within(other, heads[-1]):
            heads.append(other)
    lasts = [*(head.rows[0] - 1 for head in heads[1:]), len(each.rows)]
    out = []
    for head, last in zip(heads, lasts, strict=True):
        # what stands in the rows of another table says nothing of this one's columns
        if len(heads) > 1:
            judge(each, head, last)
        out += _beside(Part(head, last), title)
    return out


def first_heading(each: ForeignSheet, found: Headings, matcher: Matcher, title: str) -> Headings:
    """The heading of an earlier table of the sheet, where the best one is not the first."""
    for number in range(1, found.rows[0] - 1):
        other = _heading(each, number, matcher, title)
        if other is not None and len(other.mapping) * 2 > len(found.mapping):
            return other
    return found


def _within(other: Headings, current: Headings) -> bool:
    """The same heading again, perhaps less of it."""
    return all(current.headings.get(at) == text for at, text in other.headings.items()) or all(
        current.mapping.get(at) == name for at, name in other.mapping.items()
    )


def _heading(each: ForeignSheet, number: int, matcher: Matcher, title: str) -> Headings | None:
    """A row that is beyond doubt a heading: most of its texts are what columns of this ledger are
    called."""
    texts = ["".join(text.split()) for text in each.rows[number - 1] if text.strip()]
    if len(texts) < 3 or any(len(text) > 20 for text in texts) or not _sure(texts, matcher):
        return None
    made = at_rows(each.rows, each.sheet.merges, number, number, matcher)
    return made if title in made.mapping.values() else None


def _sure(texts: Sequence[str], matcher: Matcher) -> bool:
    """Whether two texts and half of those that could be fields are headings without a doubt."""
    sure = sum(map(matcher.is_sure, texts))
    counted = [text for text in texts if plain(text) not in NOT_A_FIELD]
    return sure >= 2 and sure * 2 >= len(counted)


def _beside(part: Part, title: str) -> list[Part]:
    """A table whose headings stand there twice or more, one beside the other (问题, 问题·2): as
    many tables of the same rows."""
    found = part.found
    first = next((at for at, name in found.mapping.items() if name == title), None)
    again = [] if first is None else _again(found, first)
    if first is None or not again:
        return [part]
    step = again[0] - first
    if again != [first + step * (n + 1) for n in range(len(again))]:
        return [part]  # not one like the other
    out: list[Part] = []
    for n in range(len(again) + 1):
        beside = _copy(part, step, n)
        if beside is None:
            return [part]
        out.append(beside)
    return out


def _again(found: Headings, first: int) -> list[int]:
    """The columns on the right that are called like the title's and not read."""
    called = found.headings[first]
    return sorted(
        at for at, text in found.headings.items()
        if at > first and text.split("·")[0] == called and at not in found.mapping
    )


def _copy(part: Part, step: int, number: int) -> Part | None:
    """The table that stands ``number`` times ``step`` columns to the right; None where one of its
    columns is called otherwise."""
    found, shift = part.found, step * number
    start = min(found.headings) + shift
    columns = range(start, start + step)
    headings = {at: found.headings[at].split("·")[0] for at in columns if at in found.headings}
    mapping = {at: found.mapping[at - shift] for at in headings if at - shift in found.mapping}
    if any(headings[at] != found.headings[at - shift].split("·")[0] for at in mapping):
        return None
    return Part(Headings(found.rows, headings, mapping, found.score), part.last, columns)


def all_headings(made: Sequence[Part]) -> tuple[dict[str, str], list[str]]:
    """Heading → field over all tables of a sheet, and those that are read nowhere."""
    mapping: dict[str, str] = {}
    for part in reversed(made):
        mapping |= {
            part.found.headings[at]: name for at, name in sorted(part.found.mapping.items())
        }
    left = [text for part in made for text in part.found.unmapped if text not in mapping]
    first = {part.found.headings[at] for part in made[:1] for at in part.found.mapping}
    return {h: n for h, n in sorted(mapping.items(), key=lambda pair: pair[0] not in first)}, list(
        dict.fromkeys(left)
    )


def rows_of(made: Sequence[Part], n: int) -> range:
    """The rows (from 1) that are looked at for one table of a sheet."""
    found = made[n].found
    if n == 0:
        return range(1, made[n].last + 1)
    beside = found.rows == made[n - 1].found.rows
    return range(found.rows[-1] + 1 if beside else found.rows[0], made[n].last + 1)


def positions(row: Sequence[str], made: Sequence[Part], n: int, *, heading: bool) -> list[int]:
    """The filled cells of a row that belong to one table: of several side by side the first has
    all that belongs to none, and what stands over them."""
    part = made[n]
    filled = [at for at, text in enumerate(row) if not is_blank(text)]
    columns = part.columns
    if columns is None:
        return filled
    group = _beside_each_other(made, part)
    if part is group[0]:
        return filled if heading else [at for at in filled if not _within_any(at, group[1:])]
    return [] if heading else [at for at in filled if at in columns]


def _beside_each_other(made: Sequence[Part], part: Part) -> list[Part]:
    return [each for each in made if each.found.rows == part.found.rows]


def _within_any(at: int, parts: Sequence[Part]) -> bool:
    return any(at in (each.columns or ()) for each in parts)


def more_tables(read: Sequence[Part]) -> list[str]:
    """What else stands on a sheet beside its first table."""
    below = dict.fromkeys(
        part.found.rows[0] for part in read if part.found.rows != read[0].found.rows
    )
    beside = sum(
        part.columns is not None and part.found.rows == read[0].found.rows for part in read
    )
    remarks = [f"左右并排着 {beside} 张同样的表，都读入"] if beside > 1 else []
    return remarks + [f"第 {row} 行起是另一张表，按它自己的表头读入" for row in below]
