"""Workdays, because deadlines such as "5 个工作日" follow the official holiday and make-up-day
calendar, not weekends.

Source of the days: the State Council's yearly notices as kept by the package `chinesecalendar`, and
days that the office itself enters for years the package lacks (the notice for a year comes out in
the preceding autumn; an office without a network cannot update). An entered day beats the
package's.  For a year with neither, the rule is: Monday to Friday are workdays, and
`Workdays.known` says so, so that whoever shows the year can say that it may still move.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from db.errors import BadInput
from db.model.late_pattern import lazy_regex

DAY = dt.timedelta(days=1)
LONGEST_HOLIDAY = 31
"""Days; a longer span typed by hand is taken for a slip of the pen."""


class EnteredDay(NamedTuple):
    """A day that the office entered: off or a make-up workday, with the name of the holiday if one
    was given."""

    day: dt.date
    working: bool
    name: str = ""


@lru_cache(maxsize=1)
def _official() -> tuple[Mapping[dt.date, str], frozenset[dt.date], frozenset[int]]:
    """Holidays, make-up workdays and the years covered; imported late because few commands need
    them."""
    from chinese_calendar import constants

    years = frozenset(day.year for day in constants.holidays) & frozenset(
        day.year for day in constants.workdays
    )
    return constants.holidays, frozenset(constants.workdays), years


class _Year(msgspec.Struct, frozen=True):
    """The workdays of one year in order; a whole year at once makes counting over years a few
    look-ups."""

    days: tuple[dt.date, ...]


class Workdays:
    """The calendar of one office.  All spans are counted in whole days; the first day itself is
    never counted."""

    def __init__(self, entered: Iterable[EnteredDay] = ()) -> None:
        self._entered = {one.day: one for one in entered}
        self._entered_years = frozenset(day.year for day in self._entered)
        self._years: dict[int, _Year] = {}

    @property
    def entered(self) -> tuple[EnteredDay, ...]:
        """What the office entered, in order."""
        return tuple(self._entered[day] for day in sorted(self._entered))

    def known(self, year: int) -> bool:
        """Whether the year's holidays are known, from the package or because the office entered
        days of it."""
        return year in self._entered_years or year in _official()[2]

    def is_workday(self, day: dt.date) -> bool:
        """Whether offices work on that day."""
        one = self._entered.get(day)
        if one is not None:
            return one.working
        holidays, made_up, years = _official()
        if day.year in years:
            if day in made_up:
                return True
            if day in holidays:
                return False
        return day.weekday() < 5

    def name(self, day: dt.date) -> str:
        """The holiday's name as the office entered it, or "" (the package's names are English and
        not shown)."""
        one = self._entered.get(day)
        return one.name if one is not None else ""

    def add(self, start: dt.date, count: int) -> dt.date:
        """The count-th workday after start (before it for a negative count); start itself for 0."""
        if count == 0:
            return start
        step, year, left = (1 if count > 0 else -1), start.year, abs(count)
        days = self._of(year).days
        while True:
            if step > 0:
                at = bisect_right(days, start)
                if len(days) - at >= left:
                    return days[at + left - 1]
                left -= len(days) - at
            else:
                at = bisect_left(days, start)
                if at >= left:
                    return days[at - left]
                left -= at
            year += step
            days = self._of(year).days

    def between(self, start: dt.date, end: dt.date) -> int:
        """Workdays after start up to and with end; negative when end lies before start."""
        if end < start:
            return -self.between(end, start)
        if start.year == end.year:
            days = self._of(start.year).days
            return bisect_right(days, end) - bisect_right(days, start)
        first, last = self._of(start.year).days, self._of(end.year).days
        whole = sum(len(self._of(year).days) for year in range(start.year + 1, end.year))
        return len(first) - bisect_right(first, start) + whole + bisect_right(last, end)

    def horizon(self, today: dt.date, count: int) -> dt.date:
        """The last day that lies at most count workdays ahead of today.

        A deadline on the horizon or before it is "within count workdays"; holidays that follow the
        count-th workday belong to it.
        """
        return self.add(today, count + 1) - DAY

    def _of(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            first = dt.date(year, 1, 1)
            length = (dt.date(year, 12, 31) - first).days + 1
            days = (first + DAY * offset for offset in range(length))
            known = self._years[year] = _Year(tuple(day for day in days if self.is_workday(day)))
        return known


_OFF, _ON = ("休", "放假", "假"), ("班", "上班", "补班")
_DATE = r"(?:(\d{4})\s*[年./\-])?\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*日?"
_UNTIL = r"(?:(?:(\d{4})\s*[年./\-])?\s*(\d{1,2})\s*[月./\-])?\s*(\d{1,2})\s*日?"
"""The end of a span; without a month it is the beginning's, as in the yearly notices:
10月1日至7日."""
_WEEKDAY = lazy_regex(r"[（(](?:周|星期)[一二三四五六日天][）)]")
_LINE = lazy_regex(
    rf"^\s*{_DATE}\s*(?:(?:—+|–|~|～|至|到|-+)\s*{_UNTIL})?\s*[：:，"
    r",\s]?\s*(休|放假|假|班|上班|补班)\s*[：:，,\s]?\s*([^\s\d]*)\s*$"
)


def parse_days(text: str) -> tuple[EnteredDay, ...]:
    """Read what an office types, one line a day or span: `2027年10月1日至7日 休 国庆`,
    `2027年1月1日至1月3日 休`, `2027-02-06 班`.

    Weekdays in brackets, as the yearly notices write them, are passed over.

    A blank line or one that starts with # is passed over.  Raises BadInput that names the line.
    """
    found: dict[dt.date, EnteredDay] = {}
    problems: list[str] = []
    year: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if _is_passed_over(line):
            continue
        match = _LINE.match(_WEEKDAY.sub("", line.replace("\u3000", " ")))
        if match is None:
            problems.append(
                f"第 {number} 行看不懂：“{line.strip()}”。请写成“2027年1月1日至1月3日 休"
                " 元旦”或“2027年2月6日 班”。"
            )
            continue
        year = int(match.group(1)) if match.group(1) else year
        try:
            first, last = _span(match, year)
        except ValueError:
            problems.append(
                f"第 {number} 行的日期不对：“{line.strip()}”。请连年份一起写，例如 2027年1月1日。"
            )
            continue
        year = last.year
        if last < first or (last - first).days >= LONGEST_HOLIDAY:
            problems.append(
                f"第 {number} 行的起止日期不对：“{line.strip()}”。止日应在起日之后，且不超过"
                f" {LONGEST_HOLIDAY} 天。"
            )
            continue
        problems += _enter(found, number, (first, last), match)
    if problems:
        raise BadInput("\n".join(problems))
    return tuple(each for _, each in sorted(found.items()))


def _is_passed_over(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _span(match: re.Match[str], year: int | None) -> tuple[dt.date, dt.date]:
    """The first and the last day of a line, with the year of the line or the one before. Raises
    ``ValueError``."""
    _, month1, day1, year2, month2, day2, _, _ = match.groups()
    if year is None:
        raise ValueError("no year")
    first = dt.date(year, int(month1), int(day1))
    if day2 is None:
        return first, first
    return first, dt.date(int(year2 or year), int(month2 or month1), int(day2))


def _enter(
    found: dict[dt.date, EnteredDay], number: int, span: tuple[dt.date, dt.date],
    match: re.Match[str],
) -> list[str]:  # fmt: skip
    """Note the days of a line; says where they are noted otherwise already."""
    problems = []
    (first, last), (*_, word, name) = span, match.groups()
    for offset in range((last - first).days + 1):
        day = first + DAY * offset
        one, other = EnteredDay(day, word in _ON, name), found.get(day)
        if other is not None and other.working != one.working:
            problems.append(
                f"第 {number} 行与前面矛盾：{day.year}年{day.month}月{day.day}日 "
                f"既写了休又写了班。请留下一行。"
            )
        found[day] = one
    return problems
