"""The span of days a figure is counted over, as people write it: 2022, 2022-09, 2022-W36, 2022-Q3,
or 2022-01/2022-09."""

from __future__ import annotations

import calendar
import datetime as dt
import re

import msgspec
from msgspec.structs import replace

from db.errors import BadInput

_FORM = re.compile(r"^(\d{4})(?:-(?:(\d{1,2})|W(\d{1,2})|Q([1-4])))?$", re.IGNORECASE)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


class Period(msgspec.Struct, frozen=True):
    """First and last day, both counted; ``text`` as written, ``label`` as people read it.
    ``as_of``: the day as of which it is looked at, where that is not left to the period."""

    text: str
    first: dt.date
    last: dt.date
    label: str
    as_of: dt.date | None = None

    def seen_on(self, day: dt.date | None) -> Period:
        """The same as of a day; written behind an "@"."""
        text = self.text.partition("@")[0]
        return replace(self, text=f"{text}@{day.isoformat()}" if day else text, as_of=day)

    def before(self) -> Period:
        """The period of the same length just before (for "较上月")."""
        if self.as_of is not None:
            return self.seen_on(None).before()
        shape, last = shape_of(self.text), self.first - dt.timedelta(days=1)
        if shape != SPAN:
            return holding(shape, last)
        first = last - (self.last - self.first)
        return parse(f"{first.isoformat()}/{last.isoformat()}")

    def words(self) -> tuple[str, str]:
        """What this period and the one before it are called in its own bulletin: 本月 and 上月."""
        length = _WORDS[shape_of(self.text.partition("@")[0])]
        return f"本{length}", f"上{length}"


SPAN = "span"
_WORDS = {"week": "周", "month": "月", "quarter": "季度", "year": "年", SPAN: "期"}


def shape_of(text: str) -> str:
    """Which shape a period's text has: week, month, quarter, year, or any span of days."""
    if "/" in text or _DAY.match(text):
        return SPAN
    return (
        "week" if "W" in text else "quarter" if "Q" in text else "month" if "-" in text else "year"
    )


def holding(shape: str, day: dt.date) -> Period:
    """The period of a shape that holds a day; a free span is the year up to that day."""
    if shape == "week":
        return week_of(day)
    if shape == "month":
        return month_of(day)
    if shape == "quarter":
        return parse(f"{day.year:04d}-Q{(day.month + 2) // 3}")
    if shape == "year":
        return parse(f"{day.year:04d}")
    return parse(f"{day.year:04d}-01-01/{day.isoformat()}")


def month_of(day: dt.date) -> Period:
    """The month that holds a day."""
    return parse(f"{day.year:04d}-{day.month:02d}")


def year_until(period: Period) -> Period:
    """From the first day of the year in which a period ends to its last day."""
    return parse(f"{dt.date(period.last.year, 1, 1).isoformat()}/{period.last.isoformat()}")


def months_of(period: Period) -> list[Period]:
    """The months that a period touches, in order."""
    found = [month_of(period.first)]
    while found[-1].last < period.last:
        found.append(month_of(found[-1].last + dt.timedelta(days=1)))
    return found


def week_of(day: dt.date) -> Period:
    """The ISO week (Monday to Sunday) that holds a day."""
    year, week, _ = day.isocalendar()
    return parse(f"{year:04d}-W{week:02d}")


def parse(text: str) -> Period:
    """Read a period; raises ``BadInput`` that shows the forms."""
    plain, mark, day = text.strip().partition("@")
    if mark:
        return parse(plain).seen_on(_one(day.strip(), text).last)
    if "/" in plain:
        first, _, last = plain.partition("/")
        start, end = _one(first.strip(), plain), _one(last.strip(), plain)
        if end.last < start.first:
            raise BadInput(f"期间「{plain}」的止期在起期之前，请改正。", field="period")
        return Period(plain, start.first, end.last, f"{start.label}至{end.label}")
    return _one(plain, plain)


def _one(text: str, whole: str) -> Period:
    try:
        if _DAY.match(text):
            day = dt.date.fromisoformat(text)
            return Period(text, day, day, f"{day.year}年{day.month}月{day.day}日")
        match = _FORM.match(text)
        if match is None:
            raise ValueError(text)
        year, month, week, quarter = match.groups()
        number = int(year)
        if week is not None:
            monday = dt.date.fromisocalendar(number, int(week), 1)
            sunday = monday + dt.timedelta(days=6)
            return Period(
                f"{number:04d}-W{int(week):02d}", monday, sunday, f"{number}年第{int(week)}周"
            )
        if month is not None:
            last = calendar.monthrange(number, int(month))[1]
            first = dt.date(number, int(month), 1)
            return Period(
                f"{number:04d}-{int(month):02d}", first, first.replace(day=last),
                f"{number}年{int(month)}月",
            )
        if quarter is not None:
            first = dt.date(number, int(quarter) * 3 - 2, 1)
            last_month = int(quarter) * 3
            last_day = dt.date(number, last_month, calendar.monthrange(number, last_month)[1])
            return Period(f"{number:04d}-Q{quarter}", first, last_day, f"{number}年第{quarter}季度")
        return Period(
            f"{number:04d}", dt.date(number, 1, 1), dt.date(number, 12, 31), f"{number}年"
        )
    except (ValueError, calendar.IllegalMonthError) as error:
        raise BadInput(
            f"期间「{whole}」看不懂。请写成 2022（年）、2022-09（月）、2022-W36（周）、"
            "2022-Q3（季）或 2022-01/2022-09（起止）。",
            field="period",
        ) from error
