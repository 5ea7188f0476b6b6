"""What looks like an accident in one cell by itself: a number 100 or 10,000 times off, a ditto
mark. It is held back until a person accepts it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from db.model.declarations import Field
from db.model.fieldtypes import type_of
from desktop.exchange.format.loose_values import is_person

_DITTO = frozenset({
    "同上", "同前", "同左", "如上", "如前", "〃", "″", "''", '"', "“", "”", "——", "—", "－－", "－",
    "-", "--", "/", "\\", "…", "……", "...", "......",
})  # fmt: skip
#: What stands for a name that is not there.
_NOBODY = frozenset({
    "无", "略", "待定", "未定", "暂无", "待明确", "见附件", "详见附件", "附后", "*", "**", "***",
})  # fmt: skip
#: What is written for a name that is left open, or hidden: 李某某, 张×, XX.
_NO_NAME = re.compile(r"[某×＊*?？]|^[xX]+$|^[\W\d_]+$")
#: Figures that are no part of a name: a telephone, a day.
_FIGURES = re.compile(r"\d{3}")
#: A telephone behind its area code that has too few figures: no hotline as 110, 12345, 96166, and
#: none behind a switchboard.
_SHORT_PHONE = re.compile(r"^0\d{2,3}-(?!1\d\d$|1\d{4}$|9[56]\d{3,4}$)\d{1,6}$")
#: A deadline so many years away is a slip of the pen.
_YEARS = 20
#: So many times larger or smaller than what stood there is no correction.
_OFF = 100
#: Whole numbers are counted up from few: 1 may well become 120.
_LEAST = 10


def of_value(declared: Field, text: str, value: object, before: object) -> tuple[str, str] | None:
    """The kind of accident that a typed value looks like, with a sentence; None for none."""
    kind_of, plain = type_of(declared), text.strip()
    if kind_of.worded:
        return _of_words(declared, plain)
    if kind_of.plain_text and kind_of.unbroken and _SHORT_PHONE.match(plain):
        return "guess", f"「{declared.label}」填的是“{plain}”，位数不够，请补全；就是这样的请采用。"
    if not kind_of.numeric or not isinstance(value, int | Decimal) or isinstance(value, bool):
        return None
    if kind_of.is_share and _is_part_of_one(plain, value, before):
        return "scale", (
            f"「{declared.label}」填的是 {plain}，按百分数读就是 {plain}%；"
            f"是不是 {value * 100:.4g}%？请写成带 % 的数。"
        )
    if kind_of.is_share or not _far_off(value, before, kind_of.whole):
        return None
    return "scale", (
        f"「{declared.label}」原为 {before}，现填 {plain}，相差百倍以上，是不是单位填错了"
        f"{'（这一栏单位是' + declared.measure + '）' if declared.measure else ''}？"
    )


def _of_words(declared: Field, plain: str) -> tuple[str, str] | None:
    if plain in _NOBODY and is_person(declared):
        return "guess", (
            f"「{declared.label}」填的是“{plain}”，不是人名。请写明姓名；没有的请留空。"
        )
    if plain not in _DITTO and is_person(declared) and (
        _NO_NAME.search(plain) or _FIGURES.search(plain)
    ):
        return "guess", (
            f"「{declared.label}」填的是“{plain[:30]}”，不像只写了姓名。请写明姓名，"
            "别的写进别的栏；"
            "就是这样的请采用。"
        )
    return None if plain not in _DITTO else ("ditto", (
        f"「{declared.label}」填的是“{plain}”，程序不知道指谁指什么。请写明内容；不填的请留空。"
    ))  # fmt: skip


def of_deadline(declared: Field, value: object, before: object, sent: dt.date) -> str:
    """The sentence about a deadline whose year is hardly meant; "" for none."""
    if not isinstance(value, dt.date) or abs(value.year - sent.year) <= _YEARS:
        return ""
    if isinstance(before, dt.date) and abs(value.year - before.year) <= _YEARS:
        return ""
    return f"「{declared.label}」填的是 {value.isoformat()}，是不是年份填错了？"


def _is_part_of_one(text: str, value: int | Decimal, before: object) -> bool:
    """Whether a share is given as a part of 1; 1 itself only where more stood there."""
    if "%" in text or "％" in text or not 0 < value <= 1:
        return False
    return value < 1 or (isinstance(before, int | Decimal) and before > 1)


def _far_off(value: int | Decimal, before: object, whole: bool) -> bool:
    if isinstance(before, bool) or not isinstance(before, int | Decimal) or not value or not before:
        return False
    small, large = sorted((abs(Decimal(value)), abs(Decimal(before))))
    return large >= small * _OFF and (not whole or small >= _LEAST)
