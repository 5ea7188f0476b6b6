"""What stands in the cells of a foreign table, made ready to be read: blanks that people draw,
units of measure, serial dates.

An office writes 总投资（万元） where the ledger counts 亿元: the number is converted and the person
is told, never taken as it stands."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from db.model.declarations import Field
from db.model.fieldtypes import type_of
from desktop.exchange.foreign.foreign_rows import number
from desktop.exchange.format.loose_values import serial_date
from desktop.exchange.format.measures import SCALES, factor, measure_parts, same_sort

#: How people draw a blank.
DRAWN_BLANKS = frozenset({"-", "--", "/", "\\", "无", "〇", "空", "——", "—", "－", "－－", "…",
                           "待定", "未定", "待明确", "待确定", "暂无", "暂未确定"})  # fmt: skip
_TYPED = re.compile(r"^'?[¥￥$]?\s*([-+]?[\d,]*\.?\d+)\s*([^\d\s]*)$")



def ready(text: str, declared: Field, unit: str, *, share: bool = False) -> str:
    """A cell's text as the field's own type reads it; "" where it is a drawn blank.

    ``unit``: what the column counts in, as its heading or the table says. ``share``: the column
    holds shares of 1."""
    plain = unicodedata.normalize("NFKC", text).strip()
    kind_of = type_of(declared)
    if kind_of.plain_text and not kind_of.unbroken:
        return text.strip()
    if plain in DRAWN_BLANKS:
        return ""
    if kind_of.dated and (day := serial_date(plain)) is not None:
        return day.isoformat()
    if share and "%" not in plain and (found := number(plain)) is not None:
        return format(round(found * 100, 4), "g")
    number_text = _in_measure(plain, declared, unit) if kind_of.numeric else None
    return text.strip() if number_text is None else number_text


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
        return _without_zeros(format(Decimal(digits.replace(",", "")) * by, "f"))
    return digits + ("%" if own == "%" else "")


def _without_zeros(number_text: str) -> str:
    """12000, not 12000.0: people are told what was read."""
    return number_text.rstrip("0").rstrip(".") if "." in number_text else number_text


def _unit_behind(own: str | None, declared: Field) -> str | None:
    """The unit that stands behind a number, "" where none needs to; None where it is no unit."""
    there = measure_parts(declared.measure) if declared.measure else None
    if not own or (own == "年" and type_of(declared).whole):
        return ""
    if own in SCALES and there is not None:
        own += there[1]  # 800万 in a column of 万元
    if own in (declared.measure, "%"):
        return own
    # 1200户 says nothing of how many people
    return (
        own if measure_parts(own) is not None and same_sort(own, declared.measure or own) else None
    )
