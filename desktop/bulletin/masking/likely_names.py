"""Names that stand in no ledger, known by how they end: 某某有限公司, 某某雅苑, 某某路, 某某中学,
青梧装备：….

They are hidden unless a person says otherwise: whoever looks through a masked edition sees each of
them with its tick set. A name is what stands before such an ending, back to a word that only leads
up to it (推进…, 关于…); endings that anything can have (老旧小区, 污水处理厂, 乡村振兴之路) are no
names. The words are in ``resources/masking/endings.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

import resources
from db.model.late_pattern import lazy_regex
from desktop.bulletin.masking.patterns import HAN

_HAN = lazy_regex(f"[{HAN}]")
#: What makes a longer word of the name of a unit: 组织部门, 教育局面, 市委办理.
GOES_ON = lazy_regex("(?<=局)[面势限部]|(?<=部)[门署]|(?<=办)[公理法事好结件证学]|(?<=委)[员托派]")
_PHRASE_BEGINS = frozenset("，。；：、“‘（《！？,;:(\"'\n\t \u3000—")
#: Behind these, 化工 or 花园 is any: 澄陵县化工. Behind the short name of a place it is a name:
#: 澄陵化工.
_WHOLE_PLACES = frozenset("市县区镇乡村道处")

_JOINING = frozenset("和与及的由在对向从给把将被让是了")


class _Ending(msgspec.Struct, frozen=True):
    """A family of endings, as its file has it. ``joined``: with nothing before it, it is a name
    behind the short name of a place."""

    sort: str
    tails: re.Pattern[str]
    least: int
    most: int
    generic: re.Pattern[str]
    follows: re.Pattern[str]
    anchored: bool
    joined: bool


class _Endings(msgspec.Struct, frozen=True):
    families: tuple[_Ending, ...]
    organs: re.Pattern[str]
    leads: re.Pattern[str]
    lead_characters: frozenset[str]
    never_first: frozenset[str]


def _any_of(words: str) -> str:
    return "|".join(sorted(map(re.escape, set(words.split())), key=len, reverse=True))


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return tomllib.loads(resources.path("masking", "endings.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _endings() -> _Endings:
    read = _read()

    def family(each: dict[str, Any]) -> _Ending:
        blocked = f"[{each['blocked']}]|" if "blocked" in each else ""
        least, most = each["stem"]
        anchored = bool(each.get("anchored"))
        return _Ending(
            each["sort"], re.compile(_any_of(each["tails"])), least, most,
            re.compile(f"(?:{blocked}{_any_of(read['generic'] + each['generic'])})$"),
            re.compile(_any_of(each["follows"])), anchored,
            joined=anchored or "花园" in each["tails"].split(),
        )

    bureaus, committees = (_any_of(read["organs"][part]) for part in ("bureaus", "committees"))
    organs = (
        f"(?:[市县区州]委|[市县区州](?:人民)?政府|[市县区州])(?:{bureaus}|{committees})"
        f"|(?<![省国家央全部各])(?:{bureaus})"
    )
    return _Endings(
        tuple(map(family, read["endings"])), re.compile(organs), re.compile(_any_of(read["leads"])),
        frozenset(read["lead_characters"]), frozenset(read["never_first"]),
    )


def bureaus() -> list[str]:
    """What bureaus are called that every city has."""
    organs = _read()["organs"]
    return [*organs["bureaus"].split(), *organs["committees"].split()]


def likely(
    text: str, known: Sequence[int], sorts: frozenset[str]
) -> Iterator[tuple[int, int, str]]:
    """Where such names stand: begin, end, sort. ``known``: for each character whether it is hidden
    or kept already."""
    taken = bytearray(known)
    endings = _endings()
    found = _organs(text, endings, taken) if "units" in sorts else iter(())
    for start, end in found:
        yield start, end, "units"
    for ending in endings.families:
        if ending.sort in sorts:
            for start, end in _ended(text, ending, endings, taken):
                yield start, end, ending.sort


def _organs(text: str, endings: _Endings, taken: bytearray) -> Iterator[tuple[int, int]]:
    for match in endings.organs.finditer(text):
        start, end = match.span()
        while start < end and taken[start]:  # 禾津县财政局, of which the county is known
            start += 1
        if start < end and not any(taken[start:end]) and not GOES_ON.match(text, end):
            taken[start:end] = b"\1" * (end - start)
            yield start, end


def _ended(
    text: str, ending: _Ending, endings: _Endings, taken: bytearray
) -> Iterator[tuple[int, int]]:
    for match in ending.tails.finditer(text):
        start, end = match.span()
        if any(taken[start:end]) or ending.follows.match(text, end):
            continue
        begin = _beginning(text, start, ending, endings, taken)
        behind = begin > 0 and bool(taken[begin - 1])
        if _is_name(text, begin, start, ending, behind):
            taken[begin:end] = b"\1" * (end - begin)
            yield begin, end


def _is_name(text: str, begin: int, start: int, ending: _Ending, behind: bool) -> bool:
    """Whether what stands before an ending makes a name of it. ``behind``: behind a known one."""
    stem, endings = text[begin:start], _endings()
    if behind and not stem:
        return ending.joined and text[begin - 1] not in _WHOLE_PLACES
    if len(stem) < ending.least or ending.generic.search(stem):
        return False
    if len(stem) > 2 and stem[-1] in _JOINING:  # 购房户和银行; 中和路 is a name
        return False
    if not ending.anchored:
        return True
    return not endings.leads.search(stem) and (behind or _anchored(text, begin, endings))


def _beginning(
    text: str, start: int, ending: _Ending, endings: _Endings, taken: Sequence[int]
) -> int:
    """Where the name begins whose ending begins at ``start``."""
    begin, first = start, max(0, start - ending.most - 4)
    while begin > first and _HAN.match(text[begin - 1]) and not taken[begin - 1]:
        begin -= 1
    cut = begin
    for match in endings.leads.finditer(text, begin, start):
        if start - match.end() >= ending.least:
            cut = match.end()
    for at in range(start - ending.least - 1, cut - 1, -1):
        # 和睦家医院 begins with it, 澜桥和睦家 does not
        first = at == 0 or not _HAN.match(text[at - 1])
        if text[at] in endings.lead_characters and (not first or text[at] in endings.never_first):
            cut = at + 1
            break
    return max(cut, start - ending.most)


def _anchored(text: str, begin: int, endings: _Endings) -> bool:
    if (
        begin == 0
        or text[begin - 1] in _PHRASE_BEGINS
        or text[begin - 1] in endings.lead_characters
    ):
        return True
    return any(endings.leads.fullmatch(text, max(0, begin - length), begin) for length in (2, 3))
