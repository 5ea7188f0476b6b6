"""What is left when the columns of a foreign table have been given to the fields: where one field
and one column of a sort are over, of days, of counts in one measure, of yes and no, of people, they
belong together, whatever the office calls the column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence, Set
from itertools import permutations

import msgspec

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.late_pattern import lazy_regex
from desktop.exchange.foreign.column_texts import NEARLY_ALL
from desktop.exchange.foreign.heading_words import SAY_LITTLE, clean, likeness, meanings
from desktop.exchange.foreign.headings import Matcher
from desktop.exchange.foreign.states import STATE
from desktop.exchange.format.measures import measure_parts

#: So many of a column's values must be of the sort at least.
_LEAST = 2
#: So many texts that are called like units are no text that tells of something.
_LIKE_UNITS = 0.5
#: Shorter texts are names and numbers, and tell of nothing: 第112次.
_TELLS = 6
#: So many columns of one sort are told apart by their names.
_MOST = 3
#: Characters of the word at the end of a heading; the longest heading whose last word tells.
_WORD, _LONGEST = 2, 8
#: What headings mean under which an item's state may stand.
_OF_STATE = frozenset({"progress", "share"})
#: Headings of units that have no part in the work.
_BESIDE = (("bystander",), ("-watch",), ("assigner",), ("builder",), ("about",))
_PERSON_CALLED = lazy_regex(r"(?:人|者|员|姓名|嘉宾|专家|教师|讲师)$")


class LeftoverColumn(msgspec.Struct, frozen=True):
    """A column that is over: its heading, what it counts in, and how many of its values are of each
    sort."""

    heading: str
    measure: str
    many: int
    days: float
    numbers: float
    yes_no: float
    people: float
    units: float = 0.0
    #: cells that name several units
    together: float = 0.0
    worded: float = 0.0
    #: cells that say in words whether an item is done: 持续推进, not 是
    states: float = 0.0
    #: how long its texts are
    average: float = 0.0
    #: whether days are written as such by which something is to be done
    to_come: bool = False


def belonging(
    matcher: Matcher, kind: Kind, taken: Set[str], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """Column → field, of those that are over."""
    fields = [
        f for f in matcher.wanted if f.name not in taken and (f is STATE or kind.has(f.name))
    ]
    found = _of_a_sort(matcher, fields, columns)
    for more in (_only_day, _called_alike, _only_state, _next_to, _only_text):
        rest = [each for each in fields if each not in found.values()]
        over = {at: shares for at, shares in columns.items() if at not in found}
        found |= more(matcher, kind, rest, over)
    return found


def _of_a_sort(
    matcher: Matcher, fields: Sequence[Field], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """Where as many columns as fields of a sort are over."""
    wanting: dict[Hashable, list[Field]] = defaultdict(list)
    offering: dict[Hashable, list[int]] = defaultdict(list)
    for declared in fields:
        wanting[_sort_of(declared)].append(declared)
    for at, shares in columns.items():
        offering[_sort_of_column(shares)].append(at)
    found: dict[int, Field] = {}
    for sort, places in offering.items():
        if len(places) > len(wanting[sort]):  # 记录人 beside 考察组成员
            places = [at for at in places if not _stands_by(columns[at])]
        found |= {} if sort is None else _as_many(matcher, wanting[sort], places, columns)
    return found


def _stands_by(shares: LeftoverColumn) -> bool:
    return meanings(shares.heading)[:1] == ("bystander",)


def _only_day(
    matcher: Matcher, kind: Kind, fields: Sequence[Field], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """The one column of days that is over, where the ledger's own day is."""
    places = [at for at, shares in columns.items() if _sort_of_column(shares) == "day"]
    if len(places) != 1:
        return {}
    shares = columns[places[0]]
    days = [each for each in fields if _sort_of(each) == "day"]
    day = _day_that_counts(matcher, kind, days, to_come=shares.to_come)
    if day is None or not matcher.may_be(shares.heading, day):
        return {}
    return {places[0]: day} if shares.to_come or _may_be(matcher, shares, day) else {}


def _day_that_counts(
    matcher: Matcher, kind: Kind, days: Sequence[Field], *, to_come: bool
) -> Field | None:
    """The day by which a ledger counts its rows, or one that it must have; the deadline where the
    days are such by which something is to be done: 10月底前, 年内."""
    if to_come:
        return next((f for f in days if matcher.means(f, "limit")), None)
    return next((f for f in days if f.name == kind.day or f.required), None)


def _next_to(
    matcher: Matcher, kind: Kind, fields: Sequence[Field], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """Texts that tell of what the ledger keeps under a neighbouring name: 整改要求 where it asks
    for measures."""
    out: dict[int, Field] = {}
    for at, shares in columns.items():
        if not _names_nobody(shares):
            continue
        free = (f for f in fields if type_of(f).multiline and f not in out.values())
        found = next((f for f in free if matcher.is_next_to(shares.heading, f)), None)
        out |= {at: found} if found is not None else {}
    return out


def _names_nobody(shares: LeftoverColumn) -> bool:
    """Whether several cells hold words that are neither units nor people."""
    people = shares.people >= NEARLY_ALL and _PERSON_CALLED.search(shares.heading)
    names = people or shares.units >= NEARLY_ALL
    return not names and shares.worded >= NEARLY_ALL and shares.many >= _LEAST


def _only_state(
    matcher: Matcher, kind: Kind, fields: Sequence[Field], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """The one column that is over in which every cell says how far its item is; where nothing else
    is progress, it is that."""
    if any(matcher.means(f, "progress") for f in fields):
        return {}
    places = [
        at for at, shares in columns.items()
        if shares.states >= NEARLY_ALL and shares.many >= _LEAST
        and not _OF_STATE.isdisjoint(meanings(shares.heading)[:1])
    ]  # fmt: skip
    return {places[0]: STATE} if STATE in fields and len(places) == 1 else {}


def _only_text(
    matcher: Matcher, kind: Kind, fields: Sequence[Field], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """The one text that is over where the ledger's own one long text is, and the heading names
    several things or shares a word with it: 批示抄清, never 佐证材料."""
    wanting = [f for f in fields if type_of(f).multiline and f in kind.fields]
    places = [at for at, shares in columns.items() if _tells_of_something(shares)]
    if not len(wanting) == len(places) == 1:
        return {}
    heading = columns[places[0]].heading
    shared = matcher.may_be(heading, wanting[0]) and matcher.shares_a_word(heading, wanting[0])
    may = shared or matcher.speaks_of_nothing_here(heading)
    return {places[0]: wanting[0]} if may else {}


def _tells_of_something(shares: LeftoverColumn) -> bool:
    names = shares.worded < NEARLY_ALL or shares.people >= NEARLY_ALL
    return not names and shares.units < _LIKE_UNITS and shares.average >= _TELLS


def _as_many(
    matcher: Matcher, fields: Sequence[Field], places: Sequence[int],
    columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """As many columns as fields of a sort: one, or several told apart by their names."""
    if len(fields) == len(places) == 1:
        return {places[0]: fields[0]} if _may_be(matcher, columns[places[0]], fields[0]) else {}
    if not 1 < len(fields) == len(places) <= _MOST:
        return {}
    alike = {
        (at, n): likeness(clean(columns[at].heading), clean(each.label))
        for at in places for n, each in enumerate(fields)
    }
    ways = [list(zip(places, way, strict=True)) for way in permutations(range(len(fields)))]
    best = max(ways, key=lambda way: sum(alike[pair] for pair in way))
    alike_count = sum(alike[pair] > 0 for pair in best)
    return {at: fields[n] for at, n in best} if alike_count >= len(fields) - 1 else {}


def _may_be(matcher: Matcher, shares: LeftoverColumn, declared: Field) -> bool:
    """Whether the one column of a sort may be the one field of it: its heading says nothing else,
    and where it names what was done on a day, or whether something is so, it is that."""
    heading = shares.heading
    if shares.together:
        return meanings(heading)[:1] not in _BESIDE
    if not matcher.may_be(heading, declared):
        return False
    if type_of(declared).yes_no:
        return matcher.shares_a_letter(heading, declared)
    if type_of(declared).is_day:
        return matcher.speaks_of(heading, declared)
    return not type_of(declared).single_line or matcher.is_of_whom(heading, declared)


def _called_alike(
    matcher: Matcher, kind: Kind, fields: Sequence[Field], columns: Mapping[int, LeftoverColumn]
) -> dict[int, Field]:
    """Texts whose heading ends in the same word as one field alone: 拟开设课程, 培训课程."""
    ends: dict[str, list[Field]] = defaultdict(list)
    headings: dict[str, list[int]] = defaultdict(list)
    for declared in fields:
        if type_of(declared).plain_text and len(label := clean(declared.label)) > _WORD:
            ends[label[-_WORD:]].append(declared)
    for at, shares in columns.items():
        text = clean(shares.heading)
        other = max(shares.days, shares.numbers, shares.yes_no) >= NEARLY_ALL
        if _WORD < len(text) <= _LONGEST and not other:
            headings[text[-_WORD:]].append(at)
    return {
        places[0]: ends[word][0] for word, places in headings.items()
        if len(places) == len(ends[word]) == 1 and word not in SAY_LITTLE
    }


def _sort_of(declared: Field) -> Hashable:
    kind_of = type_of(declared)
    if kind_of.names_units and kind_of.many:
        return "units"
    if kind_of.is_day:
        return "day"
    if kind_of.yes_no:
        return "yes or no"
    if kind_of.numeric and declared.measure:
        return "counted in", _counted_in(declared.measure)
    return "person" if kind_of.single_line and _PERSON_CALLED.search(declared.label) else None


def _sort_of_column(shares: LeftoverColumn) -> Hashable:
    if shares.many < _LEAST:
        return None
    if shares.numbers >= NEARLY_ALL and shares.measure:
        return "counted in", _counted_in(shares.measure)
    if shares.days >= NEARLY_ALL:
        return "day"
    if shares.units >= NEARLY_ALL and shares.together:
        return "units"
    if shares.yes_no >= NEARLY_ALL:
        return "yes or no"
    called = _PERSON_CALLED.search(shares.heading) is not None
    return "person" if called and shares.people >= NEARLY_ALL else None


def _counted_in(measure: str) -> str:
    """万人 counts the same as 人."""
    parts = measure_parts(measure)
    return parts[1] if parts is not None else measure
