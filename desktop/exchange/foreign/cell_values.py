"""What stands in the cells of a foreign table, made ready to be read: blanks that people draw,
units of measure, serial dates.

An office writes 总投资（万元） where the ledger counts 亿元: the number is converted and the person
is told, never taken as it stands."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from db.model.declarations import Field
from db.model.fieldtypes import of
from desktop.exchange.foreign.foreign_rows import number

#: Days since 1899-12-30 that stand for 1954 to 2064: a date cell that lost its format.
_SERIAL_DATES = range(20_000, 60_000)
#: How people draw a blank in a cell that wants a number, a date or a choice.
_DRAWN_BLANKS = frozenset({"-", "--", "/", "\\", "无", "〇", "空", "——", "—", "－", "…",
                           "待定", "未定", "待明确", "待确定", "暂无", "暂未确定"})  # fmt: skip
_SCALES = {
    "": 1, "十": 10, "百": 100, "千": 1_000, "万": 10_000, "十万": 100_000, "百万": 1_000_000,
    "千万": 10_000_000, "亿": 100_000_000,
}  # fmt: skip
_UNIT = re.compile(
    r"^(十万|百万|千万|十|百|千|万|亿)?(元|人次|人|名|户|亩|件|个|项|次|条|处|平方米|公里|家|套|吨)$"
)
_TYPED = re.compile(r"^'?[¥￥$]?\s*([-+]?[\d,]*\.?\d+)\s*([^\d\s]*)$")
_IN_BRACKETS = re.compile(r"[(（]\s*(?:单位[:：])?\s*([^()（）]{1,6})\s*[)）]")
_ABOVE = re.compile(r"(?:计量|金额)?单位[:：]\s*((?:十|百|千|万|亿)*元)")


def _parts(unit: str) -> tuple[int, str] | None:
    """万元 → (10000, "元"); None for what is no unit that can be counted in another."""
    match = _UNIT.match(unit)
    return (_SCALES[match.group(1) or ""], match.group(2)) if match else None


def unit_in(heading: str) -> str:
    """The unit that a heading names in brackets, or ""."""
    match = _IN_BRACKETS.search(heading)
    return match.group(1) if match and _parts(match.group(1)) else ""


def unit_above(rows: Sequence[Sequence[str]]) -> str:
    """The unit of money that stands over a whole table (单位：万元), or ""."""
    for row in rows:
        for text in row:
            match = _ABOVE.search("".join(text.split())) if text else None
            if match:
                return match.group(1)
    return ""


def factor(unit: str, declared: Field) -> Decimal | None:
    """By what a number in this unit is multiplied to be in the field's; None where they cannot be
    compared."""
    here, there = _parts(unit), _parts(declared.measure or "")
    if here is None or there is None or here[1] != there[1]:
        return None
    return Decimal(here[0]) / Decimal(there[0])


def ready(text: str, declared: Field, unit: str, *, share: bool = False) -> str:
    """A cell's text as the field's own type reads it; "" where it is a drawn blank.

    ``unit``: what the column counts in, as its heading or the table says. ``share``: the column
    holds shares of 1."""
    plain = unicodedata.normalize("NFKC", text).strip()
    kind_of = of(declared)
    if kind_of.plain_text:
        return text.strip()
    if plain in _DRAWN_BLANKS:
        return ""
    if kind_of.dated and (day := _serial_date(plain)) is not None:
        return day.isoformat()
    if share and "%" not in plain and (found := number(plain)) is not None:
        return format(round(found * 100, 4), "g")
    number_text = _in_measure(plain, declared, unit) if kind_of.numeric else None
    return text.strip() if number_text is None else number_text


def _serial_date(plain: str) -> dt.date | None:
    """The day that a date cell stands for that lost its format."""
    if len(plain) == 5 and plain.isdigit() and int(plain) in _SERIAL_DATES:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(plain))
    return None


def _in_measure(plain: str, declared: Field, unit: str) -> str | None:
    """A number as its field counts it, whatever unit stands behind it or over the column; None for
    what is no number or in another unit."""
    match = _TYPED.match(plain)
    if match is None:
        return None
    digits = match.group(1)
    own = _unit_behind(match.group(2), declared)
    if own is None:
        return None
    by = factor(own or unit, declared) if (own or unit) else None
    if by is not None and by != 1:
        return format(Decimal(digits.replace(",", "")) * by, "f")
    return digits + ("%" if own == "%" else "")


def _unit_behind(own: str | None, declared: Field) -> str | None:
    """The unit that stands behind a number, "" where none needs to; None where it is no unit."""
    there = _parts(declared.measure) if declared.measure else None
    if not own or (own == "年" and of(declared).whole):
        return ""
    if own in _SCALES and there is not None:
        own += there[1]  # 800万 in a column of 万元
    return own if own in (declared.measure, "%") or _parts(own) is not None else None
