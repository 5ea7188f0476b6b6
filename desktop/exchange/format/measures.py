"""Units of measure of a foreign table: in a heading, over a group of columns, above or below the
whole table."""

from __future__ import annotations

import re
import unicodedata
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
#: From this on a number without a unit of measure is hardly in the field's own: 亿元, 万元.
_HARDLY = {"亿元": 1_000, "万元": 1_000_000}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def parts_of(unit: str) -> tuple[int, str] | None:
    """万元 → (10000, "元"); None for what is no unit that can be counted in another."""
    match = _UNIT.match(unit)
    return (SCALES[match.group(1) or ""], match.group(2)) if match else None


def unit_in(heading: str) -> str:
    """The unit that a heading names, in brackets or behind a stroke, or "%", or ""."""
    plain = _plain(heading)
    for match in (*_IN_BRACKETS.finditer(plain), *_BEHIND.finditer(plain)):
        if match.group(1) == "%" or parts_of(match.group(1)):
            return match.group(1)
    return ""


def only_unit(text: str) -> str:
    """The unit, where a text is nothing but one: a line of 万元 under the headings."""
    plain = _plain(text).strip("()[]【】")
    return plain if plain == "%" or (len(plain) >= 2 and parts_of(plain) is not None) else ""


def unit_said(rows: Sequence[Sequence[str]]) -> str:
    """The unit of money that stands over or under a whole table (金额单位：人民币万元), or ""."""
    for row in rows:
        match = _ABOVE.search(_plain("".join(dict.fromkeys(row))))
        if match:
            return str(next(filter(None, match.groups())))
    return ""


def factor(unit: str, declared: Field) -> Decimal | None:
    """By what a number in this unit is multiplied to be in the field's; None where they cannot be
    compared."""
    here, there = parts_of(unit), parts_of(declared.measure or "")
    if here is None or there is None or here[1] != there[1]:
        return None
    return Decimal(here[0]) / Decimal(there[0])


def hardly(numbers: Sequence[float], declared: Field) -> bool:
    """Whether amounts for which no unit stands anywhere are too large for the field's own."""
    limit = _HARDLY.get(declared.measure or "")
    ordered = sorted(map(abs, numbers))
    return limit is not None and bool(ordered) and ordered[len(ordered) // 2] >= limit
