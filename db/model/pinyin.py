"""Pinyin for finding Chinese names by what fingers type: initials and full syllables, all readings
of each character.

pypinyin is imported at the first saving, never at start (150 ms).
"""

from __future__ import annotations

import os
from functools import lru_cache
from itertools import accumulate

# Readings of single characters are all that is asked for; the table of 47,000 phrases would hold up
# every thread while it loads.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")

#: Surnames read otherwise than the common reading; both are kept.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "翟": "zhai", "仇": "qiu", "解": "xie", "查": "zha", "朴": "piao",
    "区": "ou", "任": "ren",
    "盖": "ge", "华": "hua", "宁": "ning", "员": "yun", "乐": "yue", "尉": "yu", "缪": "miao",
    "折": "she", "召": "shao",
    "万": "wan", "冼": "xian", "覃": "qin", "秘": "bi", "种": "chong", "长": "zhang",
    "重": "chong", "行": "xing",
}  # fmt: skip
_MOST = 16
_WAYS = 4


@lru_cache(maxsize=20_000)
def readings(character: str) -> tuple[str, ...]:
    """All readings of one character without tones, the commonest first; other characters read as
    themselves."""
    from pypinyin import Style, pinyin

    if character.isascii():
        return (character.lower(),)
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    syllables = list(found[0]) if found else []
    extra = _SURNAMES.get(character)
    if extra and extra not in syllables:
        syllables.append(extra)
    plain = [s.replace("ü", "v") for s in syllables if s]
    return tuple(dict.fromkeys(plain)) or (character.lower(),)


def _ways(each: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The commonest reading of all characters, and each other reading of one character at a time,
    up to a bound.

    All combinations would be thousands for a long title, and nobody types two rare readings in one
    name.
    """
    common = tuple(options[0] for options in each)
    found = [common]
    for place, options in enumerate(each):
        for other in options[1:]:
            if len(found) == _WAYS:
                return found
            found.append((*common[:place], other, *common[place + 1 :]))
    return found


def keys(text: str, most: int = _MOST) -> tuple[set[str], set[str]]:
    """(initials, full) of the first ``most`` characters."""
    each = [readings(c) for c in text[:most] if c.isalnum()]
    ways = _ways(each) if each else []
    return {"".join(s[0] for s in way) for way in ways}, {"".join(way) for way in ways}


def keys_from_each(text: str, starts: int, most: int, marks: tuple[str, str]) -> set[str]:
    """The same from each of the first ``starts`` characters on, ``most`` characters long, each
    after the mark of its sort: what a title is found by."""
    each = [*map(readings, filter(str.isalnum, text[: starts + most]))]
    common = [options[0] for options in each]
    # every key is cut out of these two: a book has millions of titles
    letters, syllables = "".join([s[0] for s in common]), "".join(common)
    at = [0, *accumulate(map(len, common))]
    others = [(p, s) for p, options in enumerate(each) for s in options[1:]]
    initials, full = marks
    found, passed = set[str](), 0
    add = found.add
    for start in range(min(starts, len(each))):
        end = min(start + most, len(each))
        first, last = at[start], at[end]
        add(initials + letters[start:end])
        add(full + syllables[first:last])
        while passed < len(others) and others[passed][0] < start:
            passed += 1
        for p, other in others[passed : passed + _WAYS - 1]:
            if p >= end:
                break
            add(f"{initials}{letters[start:p]}{other[0]}{letters[p + 1 : end]}")
            add(f"{full}{syllables[first : at[p]]}{other}{syllables[at[p + 1] : last]}")
    return found


def matches(text: str, typed: str) -> bool:
    """Whether what was typed names the text."""
    return place(text, typed) is not None


def place(text: str, typed: str) -> int | None:
    """From which character on what was typed names the text: as it stands, by initials, or by full
    pinyin; None where it does not."""
    typed = typed.strip().lower()
    at = text.lower().find(typed)
    if at >= 0 or not typed.isascii():
        return at if at >= 0 else None
    starts = (
        start for start in range(min(len(text), _MOST))
        if any(key.startswith(typed) for group in keys(text[start:]) for key in group)
    )
    return next(starts, None)


def abbreviates(text: str, typed: str) -> bool:
    """Whether what was typed are initials of some of its characters, in their order: szjj for
    市住房和城乡建设局."""
    typed = typed.strip().lower()
    if len(typed) < 2 or not (typed.isascii() and typed.isalpha()):
        return False
    for initials in keys(text, len(text))[0]:
        rest = iter(initials)
        if all(letter in rest for letter in typed):
            return True
    return False
