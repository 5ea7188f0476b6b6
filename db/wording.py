"""When two texts say the same thing: titles but for punctuation, blanks and width, names but for the blanks that set them out on paper."""

from __future__ import annotations

import re
import unicodedata

#: Characters that no folding changes, so that the database can look for them.
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_ENOUGH = 4


def plain(text: str) -> str:
    """Letters and digits alone, in one width and case: 《“放管服”改革》 and 放管服改革 are the same."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def pattern(text: str) -> str:
    """A pattern for LIKE that every text which says the same meets; others may, too."""
    return "%" + "".join(f"{c}%" for c in _IDEOGRAPH.findall(text)[:_ENOUGH])


def unspaced_sql(column: str) -> str:
    """A column of names as SQL, without the blanks of 张　三."""
    return f"replace(replace({column}, ' ', ''), char(12288), '')"
