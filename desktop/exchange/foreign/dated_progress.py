"""Progress that is written day by day in one cell: 4月15日：完成方案设计。6月20日：完成招标; or in
a column for each day: 8月15日进展 | 8月31日进展."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping

_BEGIN = re.compile(
    r"(?:^|(?<=[。；;\n]))\s*(?:[（(]?\d{1,2}[)）、.．]\s*)?(?:(?P<year>20\d\d)[年./-])?"
    r"(?P<month>\d{1,2})(?:月|[./-])(?P<day>\d{1,2})(?:日|号)?(?P<behind>[:：，,、\s]*)"
)
#: The day in the heading of a column that is one of several: 8月15日进展, 截至9月底进展情况.
_HEADING = re.compile(
    r"(?:截至|截止|至)?(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月(?:份)?(?:(?P<day>\d{1,2})[日号]?"
    r"|底|末)?"
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
    parts = [plain[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    days = [_day(mark, year) for mark in marks]
    return list(zip(days, parts, strict=True)) if all(parts) and _in_turn(days, today) else []


def _in_turn(days: list[dt.date], today: dt.date) -> bool:
    """Whether days follow one another and none is to come."""
    return days == sorted(days) and days[-1] <= today


def _day(mark: re.Match[str], year: int) -> dt.date:
    """A day that cannot be lies beyond all others."""
    try:
        return dt.date(int(mark["year"] or year), int(mark["month"]), int(mark["day"]))
    except ValueError:
        return dt.date.max


def heading_day(heading: str) -> tuple[str, tuple[int, int, int]] | None:
    """What a heading says beside its day, and the day (year or 0, month, day); a month means its
    last day."""
    text = "".join(unicodedata.normalize("NFKC", heading).split())
    mark = _HEADING.search(text)
    rest = (text[: mark.start()] + text[mark.end() :]).strip("()") if mark else ""
    if mark is None or not (rest or mark["day"]):
        return None
    return rest, (int(mark["year"] or 0), int(mark["month"]), int(mark["day"] or 31))


def in_turn(headings: Mapping[int, str], at: int) -> list[int]:
    """The columns that are called like one but for the day, this one among them, in their order."""
    own = heading_day(headings[at])
    days = {
        other: found[1] for other, text in headings.items()
        if own is not None and (found := heading_day(text)) is not None and found[0] == own[0]
    }
    return sorted(days, key=days.__getitem__)


def on_day(heading: str, text: str) -> str:
    """A text with the day of its column before it."""
    found = heading_day(heading)
    if found is None:
        return text
    year, month, day = found[1]
    while day > 28 and not _is_day(year or 2001, month, day):
        day -= 1
    return (f"{year}年" if year else "") + f"{month}月{day}日：{text}"


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return bool(dt.date(year, month, day))
    except ValueError:
        return False
