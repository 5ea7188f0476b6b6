"""When two texts say the same thing: titles but for punctuation, blanks and width, names but for
the blanks that set them out on paper."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

from db.model.late_pattern import lazy_regex

#: Characters that no folding changes, so that the database can look for them.
_IDEOGRAPH = lazy_regex("[\u4e00-\u9fff]")
_ENOUGH = 4
#: Texts shorter than this are alike by chance.
_SHORTEST = 6
_NEARLY, _ALIKE = 0.7, 0.85


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """Letters and digits alone, in one width and case: 《“放管服”改革》 and 放管服改革 are the
    same."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def similar(one: str, other: str) -> bool:
    """Whether two plain texts say nearly the same: one holds the other, or most of either stands in
    the other in its order."""
    short, long = sorted((one, other), key=len)
    if (
        one == other
        or len(short) < _SHORTEST
        or (len(short) < _NEARLY * len(long) and short not in long)
    ):
        return one == other
    if len(set(short) & set(long)) < _NEARLY * len(set(short)):
        return False
    return short in long or SequenceMatcher(None, short, long, autojunk=False).ratio() >= _ALIKE


def pattern(text: str) -> str:
    """A pattern for LIKE that every text which says the same meets; others may, too."""
    return "%" + "".join(f"{c}%" for c in _IDEOGRAPH.findall(text)[:_ENOUGH])


def unspaced(name: str) -> str:
    """A name without the blanks of 张　三."""
    return name.replace(" ", "").replace("\u3000", "")


def unspaced_sql(column: str) -> str:
    """A column of names as SQL, without the blanks of 张　三."""
    return f"replace(replace({column}, ' ', ''), char(12288), '')"
