"""Field types of time: days and months."""

from __future__ import annotations

import datetime as dt
from typing import Any

from db.model.dates import parse_date, parse_month
from db.model.declarations import Field
from db.model.fieldtypes.base import FieldType, Names, bad_value


class Date(FieldType):
    """A day of the years 1900 to 2200, kept as ISO text."""

    name, label, about = "date", "日期", "年月日"
    is_day = shared = unbroken = True
    iso_length, width, widest = 10, 6, 6.4
    operators = ("eq", "ne", "lt", "le", "gt", "ge", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> dt.date | None:
        if not text.strip():
            return None
        day = parse_date(text)
        if day is None:
            raise bad_value(
                field, text.strip(), "不是日期", "请按 2022-09-05 或 2022年9月5日 填写。"
            )
        return self.normalize(day, field)

    def normalize(self, value: object, field: Field) -> dt.date | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            value = value.date()
        elif isinstance(value, str):
            value = parse_date(value) or value
        if not isinstance(value, dt.date):
            raise bad_value(field, value, "不是日期", "请按 2022-09-05 填写。")
        if not 1900 <= value.year <= 2200:
            raise bad_value(field, value, "年份不对", "年份应在 1900 到 2200 之间。")
        return value

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else value.isoformat()

    def to_db(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_db(self, value: Any) -> Any:
        return None if value is None else dt.date.fromisoformat(value)

    to_json = to_db


class Month(FieldType):
    """A month, kept as "2022-09"."""

    name, label, about = "month", "月份", "年月"
    is_month = shared = unbroken = True
    iso_length, width = 7, 5
    operators = Date.operators

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        return self.normalize(text.strip() or None, field)

    def normalize(self, value: object, field: Field) -> str | None:
        if value is None:
            return None
        month = parse_month(value) if isinstance(value, str) else None
        if month is None:
            raise bad_value(field, value, "不是月份", "请按 2022-09 或 2022年9月 填写。")
        return month
