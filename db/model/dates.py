"""Dates as people in offices type them; the program parses them itself, never the spreadsheet
program."""

from __future__ import annotations

import datetime as dt
import unicodedata

from db.model.late_pattern import lazy_regex

_DAY = lazy_regex(r"^(\d{4}|\d{2})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*日?号?$")
_COMPACT = lazy_regex(r"^(\d{4})(\d{2})(\d{2})$")
#: The time of day behind a date, as systems write it when they hand out a table.
_TIME = lazy_regex(r"(?:[\sT]+|(?<=日))\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_MONTH = lazy_regex(r"^(\d{4}|\d{2})\s*[年./\-]\s*(\d{1,2})\s*月?$")
_COMPACT_MONTH = lazy_regex(r"^(\d{4})(\d{2})$")


def _plain(text: str) -> str:
    return (
        unicodedata.normalize("NFKC", text)
        .strip()
        .replace("—", "-")
        .replace("–", "-")
        .replace("。", ".")
        .rstrip(".")
    )


def _year(text: str) -> int:
    """Two digits mean the century whose year lies nearest below 2069 (as spreadsheets do): 68 →
    2068, 69 → 1969."""
    year = int(text)
    if len(text) == 2:
        return 2000 + year if year < 69 else 1900 + year
    return year


def parse_date(text: str) -> dt.date | None:
    """A date from 2022年9月5日, 2022.9.5, 22.9.5, 2022/9/5, 20220905, 2022-09-05, full-width
    digits, with or without a time of day; None if it is not one."""
    plain = _TIME.sub("", _plain(text))
    match = _DAY.match(plain) or _COMPACT.match(plain)
    if not match:
        return None
    try:
        return dt.date(_year(match.group(1)), int(match.group(2)), int(match.group(3)))
    except ValueError:
        return None


def parse_month(text: str) -> str | None:
    """A month as "2022-09" from 2022年9月, 2022.9, 2022-09, 202209, or from a whole date; None if
    it is not one."""
    plain = _plain(text)
    match = _MONTH.match(plain) or _COMPACT_MONTH.match(plain)
    if match:
        year, month = _year(match.group(1)), int(match.group(2))
        return f"{year:04d}-{month:02d}" if 1 <= month <= 12 and 1900 <= year <= 2200 else None
    day = parse_date(text)
    return f"{day.year:04d}-{day.month:02d}" if day else None


def chinese_date(day: dt.date) -> str:
    """2022年9月5日: month and day unpadded, as GB/T 9704-2012 (7.3.5) asks."""
    return f"{day.year}年{day.month}月{day.day}日"
