"""Progress that is written day by day in one cell: 4月15日：完成方案设计。6月20日：完成招标。"""

from __future__ import annotations

import datetime as dt
import re

_BEGIN = re.compile(
    r"(?:^|(?<=[。；;\n]))\s*(?:[（(]?\d{1,2}[)）、.．]\s*)?(?:(?P<year>20\d\d)[年./-])?"
    r"(?P<month>\d{1,2})(?:月|[./-])(?P<day>\d{1,2})(?:日|号)?(?P<behind>[:：，,、\s]*)"
)
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
#: Behind a day these make it a day to come.
_TO_COME = re.compile(r"^(?:之?前|以前|底|至|到|-|—)")


def dated_reports(text: str, year: int, today: dt.date) -> list[tuple[dt.date, str]]:
    """Day and text of each part; nothing where the text does not begin with a day that is gone by.
    """
    plain = text.translate(_DIGITS).strip()
    marks = [mark for mark in _BEGIN.finditer(plain) if not _TO_COME.match(plain[mark.end() :])]
    if not marks or marks[0].start() > 0:
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(plain)]
    told = [plain[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    days = [_day(mark, year) for mark in marks]
    return list(zip(days, told, strict=True)) if all(told) and _in_turn(days, today) else []


def _in_turn(days: list[dt.date], today: dt.date) -> bool:
    """Whether days follow one another and none is to come."""
    return days == sorted(days) and days[-1] <= today


def _day(mark: re.Match[str], year: int) -> dt.date:
    """A day that cannot be lies beyond all others."""
    try:
        return dt.date(int(mark["year"] or year), int(mark["month"]), int(mark["day"]))
    except ValueError:
        return dt.date.max
