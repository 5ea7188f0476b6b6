"""Units of measure of a foreign table: in a heading, over a group of columns, above or below the
whole table."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from db.model.declarations import Field

SCALES = {
    "": 1, "十": 10, "百": 100, "千": 1_000, "万": 10_000, "十万": 100_000, "百万": 1_000_000,
    "千万": 10_000_000, "亿": 100_000_000,
}  # fmt: skip
_COUNTED = (
    "元|人次|人|名|户|亩|件|个|项|次|条|处|平方米|公里|家|套|吨|分钟|小时|天|年|个月|场次|场|所|座"
    "|册|篇|份|例|期|支|千瓦|立方米"
)
_UNIT = re.compile(rf"^(十万|百万|千万|十|百|千|万|亿)?({_COUNTED})$")
_IN_BRACKETS = re.compile(r"[(\[【](?:金额|计量)?(?:单位:?)?(?:人民币)?([^()\[\]【】]{1,6})[)\]】]")
_BEHIND = re.compile(r"[/:,、](?:单位:?)?((?:[十百千万亿]*元)|%)$")
_MONEY = r"(?:人民币)?((?:十|百|千|万|亿)*元)(?:人民币)?"
_ABOVE = re.compile(
    rf"(?:单位|币种)(?:为|是)?[:,、]?{_MONEY}|以{_MONEY}(?:计|为单位)|[(\[【]{_MONEY}[)\]】]"
)
#: Words of counting that offices use for one another.
_ALIKE = {
    "人": ("人", "名"),
    "个": ("个", "件", "项", "次", "条", "处", "家", "套", "场次", "场", "所", "座", "册", "篇",
           "份", "例", "期", "支"),
}  # fmt: skip
#: So many cells of ten must say what a column counts.
_MOST_OF_TEN = 7
_COUNTING = re.compile(r"^(?:大?约|近|逾|超过?)?[-+]?[\d,]*\.?\d+(?:余|多)?([^\d\s]{1,4})$")
#: From this on a number without a unit of measure is hardly in the field's own: 亿元, 万元.
_HARDLY = {"亿元": 1_000, "万元": 1_000_000}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def measure_parts(unit: str) -> tuple[int, str] | None:
    """万元 → (10000, "元"); None for what is no unit that can be counted in another."""
    match = _UNIT.match(unit)
    return (SCALES[match.group(1) or ""], match.group(2)) if match else None


def measure_in(heading: str) -> str:
    """The unit that a heading names, in brackets or behind a stroke, or "%", or ""."""
    plain = _plain(heading)
    for match in (*_IN_BRACKETS.finditer(plain), *_BEHIND.finditer(plain)):
        if match.group(1) == "%" or measure_parts(match.group(1)):
            return match.group(1)
    return ""


def measure_alone(text: str) -> str:
    """The unit, where a text is nothing but one: a line of 万元 under the headings."""
    plain = _plain(text).strip("()[]【】")
    return plain if plain == "%" or (len(plain) >= 2 and measure_parts(plain) is not None) else ""


def measure_stated(rows: Sequence[Sequence[str]]) -> str:
    """The unit of money that stands over or under a whole table (金额单位：人民币万元), or ""."""
    for row in rows:
        match = _ABOVE.search(_plain("".join(dict.fromkeys(row))))
        if match:
            return str(next(filter(None, match.groups())))
    return ""


def same_sort(unit: str, other: str) -> bool:
    """Whether two units count things of one sort, though not each other: 3件 may stand where 项 is
    meant, 1200户 where 人 is never."""
    here, there = measure_parts(unit), measure_parts(other)
    return here is None or there is None or _sort(here[1]) == _sort(there[1])


def _sort(counted: str) -> str:
    return next((first for first in _ALIKE if counted in _ALIKE[first]), counted)


def measure_of_column(texts: Sequence[str]) -> str:
    """What most cells of a column say behind their numbers that they count: 120万元, 0.3亿元 count
    元; "" where they do not."""
    behind = [m.group(1) for text in texts if (m := _COUNTING.match(_plain(text)))]
    units = Counter(parts[1] for unit in behind if (parts := measure_parts(unit)) is not None)
    if not units:
        return ""
    unit, count = units.most_common(1)[0]
    bare = sum(each in SCALES for each in behind)  # 860万
    return unit if count > 1 and (count + bare) * 10 >= len(texts) * _MOST_OF_TEN else ""


def factor(unit: str, declared: Field) -> Decimal | None:
    """By what a number in this unit is multiplied to be in the field's; None where they cannot be
    compared."""
    here, there = measure_parts(unit), measure_parts(declared.measure or "")
    if here is None or there is None or here[1] != there[1]:
        return None
    return Decimal(here[0]) / Decimal(there[0])


def hardly(numbers: Sequence[float], declared: Field) -> bool:
    """Whether amounts for which no unit stands anywhere are too large for the field's own."""
    limit = _HARDLY.get(declared.measure or "")
    ordered = sorted(map(abs, numbers))
    return limit is not None and bool(ordered) and ordered[len(ordered) // 2] >= limit
