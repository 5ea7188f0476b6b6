"""Pinyin for finding Chinese names by what fingers type: initials and full syllables, all readings of each character.

pypinyin is imported at the first saving, never at start (150 ms).
"""

from __future__ import annotations

import itertools
from functools import lru_cache

#: Surnames read otherwise than the common reading; both are kept.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "翟": "zhai", "仇": "qiu", "解": "xie", "查": "zha", "朴": "piao", "区": "ou", "任": "ren",
    "盖": "ge", "华": "hua", "宁": "ning", "员": "yun", "乐": "yue", "尉": "yu", "缪": "miao", "折": "she", "召": "shao",
    "万": "wan", "冼": "xian", "覃": "qin", "秘": "bi", "种": "chong", "长": "zhang", "重": "chong", "行": "xing",
}  # fmt: skip
_MOST = 16
_WAYS = 8


@lru_cache(maxsize=20_000)
def readings(character: str) -> tuple[str, ...]:
    """All readings of one character without tones, the commonest first; other characters read as themselves."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    syllables = list(found[0]) if found else []
    extra = _SURNAMES.get(character)
    if extra and extra not in syllables:
        syllables.append(extra)
    plain = [s.replace("ü", "v") for s in syllables if s]
    return tuple(dict.fromkeys(plain)) or (character.lower(),)


def keys(text: str, most: int = _MOST) -> tuple[set[str], set[str]]:
    """(initials, full) of the first ``most`` characters: every combination of readings up to a bound."""
    each = [readings(c) for c in text[:most] if c.isalnum()]
    if not each:
        return set(), set()
    ways = 1
    bounded: list[tuple[str, ...]] = []
    for options in each:
        short = options if ways * len(options) <= _WAYS else options[:1]
        ways *= len(short)
        bounded.append(short)
    initials: set[str] = set()
    full: set[str] = set()
    for combination in itertools.product(*bounded):
        initials.add("".join(s[0] for s in combination))
        full.add("".join(combination))
    return initials, full


def matches(text: str, typed: str) -> bool:
    """Whether what was typed names the text: as it stands, by initials, or by full pinyin, from any character on."""
    typed = typed.strip().lower()
    if not typed or typed in text.lower():
        return True
    if not typed.isascii():
        return False
    return any(
        any(key.startswith(typed) for group in keys(text[start:]) for key in group) for start in range(min(len(text), _MOST))
    )
