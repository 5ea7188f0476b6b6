"""Field types of numbers: whole ones, and exact decimals with the money and percentages made of
them."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, ClassVar

from db.model.declarations import Field
from db.model.fieldtypes.base import FieldType, Names, bad_value

#: Decimals are kept as whole numbers of ten-thousandths, so that sums are exact.
SCALE = 10_000
_LIMIT = Decimal(2**62) / SCALE


class Integer(FieldType):
    """A whole number between -2**62 and 2**62."""

    name, label, sql, about = "integer", "整数", "INTEGER", "个、次、人一类的整数"
    numeric = whole = shared = unbroken = True
    iso_length, width = 4, 5  # a year
    operators = ("eq", "ne", "lt", "le", "gt", "ge", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> int | None:
        number = _number(text, field)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise bad_value(field, text, "应为整数")
        return self.normalize(int(number), field)

    def normalize(self, value: object, field: Field) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_value(field, value, "应为整数")
        if abs(value) >= 2**62:
            raise bad_value(field, value, "数字太大")
        _check_range(value, field)
        return value


def _number(text: str, field: Field) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace(" ", "")
    if field.measure and plain.endswith(field.measure):
        plain = plain[: -len(field.measure)]
    if not plain:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise bad_value(field, text, "不是数字", "请只填数字。") from error
    if not number.is_finite():
        raise bad_value(field, text, "不是数字", "请只填数字。")
    return number


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and never as 1E+2."""
    shortest = number.normalize()
    whole = shortest == shortest.to_integral_value()
    return shortest.quantize(Decimal(1)) if whole else shortest


def _check_range(value: Any, field: Field) -> None:
    low, high = field.minimum, field.maximum
    if low is not None and value < _exact(low):
        raise bad_value(field, _shown(value), f"不能小于 {low}")
    if high is not None and value > _exact(high):
        raise bad_value(field, _shown(value), f"不能大于 {high}")


@lru_cache(maxsize=1_000)
def _exact(limit: float) -> Decimal:
    return Decimal(str(limit))


@lru_cache
def _exponent(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def _shown(value: Any) -> object:
    return f"{_plain(value):f}" if isinstance(value, Decimal) else value


@lru_cache(maxsize=1 << 14)
def _unscaled(value: int) -> Decimal:
    """The number that is kept in whole parts: most stand in a table many times."""
    whole, part = divmod(value, SCALE)
    return (Decimal(value) / SCALE).normalize() if part else Decimal(whole)


class DecimalNumber(FieldType):
    """An exact number of at most ``places`` decimals, kept as a whole number of ten-thousandths."""

    name, label, sql, about = "decimal", "小数", "INTEGER", "可带小数的数"
    numeric, unbroken, scale, width = True, True, SCALE, 6
    operators = Integer.operators
    places: ClassVar[int] = 4

    def parse(self, text: str, field: Field, names: Names) -> Decimal | None:
        number = _number(text, field)
        return None if number is None else self.normalize(number, field)

    def normalize(self, value: object, field: Field) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float | str):
            raise bad_value(field, value, "应为数字")
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value))
        except InvalidOperation as error:
            raise bad_value(field, value, "应为数字") from error
        if not number.is_finite() or abs(number) >= _LIMIT:
            raise bad_value(field, value, "数字太大或不是数字")
        rounded = number.quantize(_exponent(self.places), rounding=ROUND_HALF_EVEN)
        if rounded != number:
            raise bad_value(field, value, f"最多 {self.places} 位小数")
        _check_range(rounded, field)
        return _plain(rounded)

    def format(self, value: object, field: Field, names: Names) -> str:
        return "" if value is None else f"{value:f}"

    def to_db(self, value: Any) -> Any:
        return None if value is None else int(value * SCALE)

    def from_db(self, value: Any) -> Any:
        return None if value is None else _unscaled(value)

    def to_json(self, value: Any) -> Any:
        """A JSON number; exact, since at most 4 decimal places below 2**53 survive a double."""
        if value is None:
            return None
        if (whole := int(value)) == value:
            return whole
        return float(value) if abs(value) < 10**11 else f"{value:f}"


class Money(DecimalNumber):
    """An amount in the field's measure (万元, 元)."""

    name, label, about = "money", "金额", "金额，可带小数"
    amount, width = True, 7


class Percent(DecimalNumber):
    """A percentage: 98.5 means 98.5％."""

    name, label, about = "percent", "百分比", "百分比"
    is_share, width = True, 5

    def parse(self, text: str, field: Field, names: Names) -> Decimal | None:
        return super().parse(unicodedata.normalize("NFKC", text).strip().rstrip("%"), field, names)

    def format(self, value: object, field: Field, names: Names) -> str:
        return "" if value is None else f"{value:f}%"
