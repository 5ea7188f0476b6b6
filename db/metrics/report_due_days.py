"""When work of a class has to be reported on: the days on which a report is due, by the rhythm that
the office gives to each class of each ledger, as it was on that day.

A report belongs to the first due day on or after its own: none counts twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from db.model.settings import REPORT_RHYTHMS
from db.model.sql import listed

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Kind
    from db.model.periods import Period
    from db.model.workdays import Workdays

RHYTHMS = {"weekly": "每周", "ten_days": "每旬", "monthly": "每月", "quarterly": "每季"}
#: Nothing is asked for before.
EVER = dt.date(2000, 1, 1)
CLASSES = ("a", "b", "c")
#: What holds where the office has said nothing.
USUAL = {"a": "weekly", "b": "ten_days", "c": "monthly"}
#: How an item stands to a report that is due.
STATES = {
    "news": "有新进展", "nothing_new": "无新进展", "late": "过期补报", "missing": "未报告",
    "waiting": "待报告",
}
#: What a report says that says nothing.
EMPTY = (
    "无", "无变化", "无进展", "无新进展", "暂无", "暂无进展", "暂无新进展", "没有变化", "没有进展",
    "没有新进展", "同上", "同上期", "同上周", "同上次", "同前", "正常推进", "正在推进", "有序推进",
    "持续推进", "按计划推进", "正在办理", "正在办理中", "办理中", "已报告进展",
)


class ReportSlot(NamedTuple):
    """Reports on work of a class that came after ``after``, until ``due``."""

    report_class: str
    rhythm: str
    after: dt.date
    due: dt.date


Rhythms: TypeAlias = list[tuple[str, dict[str, dict[str, str]]]]


def rhythms_on(session: ReadContext, kind: str, day: dt.date) -> dict[str, str]:
    """Class → rhythm of a ledger on a day; "" where nothing is to be reported."""
    return _on(REPORT_RHYTHMS.of(session.office), kind, day)


def _on(given: Rhythms, kind: str, day: dt.date) -> dict[str, str]:
    found = dict(USUAL)
    for since, of in given:
        if since <= day.isoformat():
            found = {**USUAL, **of.get("", {}), **of.get(kind, {})}
    return {name: rhythm for name, rhythm in found.items() if name in CLASSES}


def with_rhythms(rhythms: Rhythms, since: dt.date, kind: str, given: Mapping[str, str]) -> Rhythms:
    """What the office has said, with new rhythms for a ledger ("": all of them) from a day on."""
    before = [each for each in rhythms if each[0] <= since.isoformat()]
    now = {name: dict(of) for name, of in (before[-1][1] if before else {}).items()}
    now[kind] = dict(given)
    return [*(each for each in before if each[0] < since.isoformat()), (since.isoformat(), now)]


def told_for(session: ReadContext, kind: Kind) -> str:
    """Whose rhythms hold for a ledger: its own, by its name, or ("") those of all without."""
    given = REPORT_RHYTHMS.of(session.office)
    return kind.name if any(kind.name in of for _, of in given) else ""


def slots(
    session: ReadContext, whose: str, period: Period | None, day: dt.date
) -> list[ReportSlot]:
    """The due days of each class in the period that the day has come near: those until it, and the
    next one. Without a period the last one until the day. ``whose``: as ``told_for`` says."""
    given = REPORT_RHYTHMS.of(session.office)
    found: list[ReportSlot] = []
    for report_class in CLASSES:
        of_class = _Class(given, whose, report_class, session.workdays)
        if period is None:
            last = next(of_class.back(day), None)
            found += [last] if last is not None else []
            continue
        known = list(of_class.back(min(period.last, day), period.first))
        ahead = of_class.slot(day + dt.timedelta(days=1))
        if ahead is not None and day < ahead.due <= period.last:
            known.insert(0, ahead)
        found += known
    return found


class _Class(NamedTuple):
    """The due days of one class of a ledger."""

    given: Rhythms
    kind: str
    name: str
    workdays: Workdays

    def _rhythm(self, day: dt.date) -> str:
        return _on(self.given, self.kind, day).get(self.name, "")

    def back(self, day: dt.date, until: dt.date = EVER) -> Iterator[ReportSlot]:
        """Those due on the day or before, from the latest back."""
        at = last = day
        while at >= until:
            slot = self.slot(at)
            if slot is not None and until <= slot.due <= last:
                yield slot
            since = max(
                (dt.date.fromisoformat(s) for s, _ in self.given if s <= at.isoformat()),
                default=dt.date.min,
            )
            if slot is None or slot.after < since:
                # another rhythm held before, or the same: what is due later was told already
                at = last = max(since, EVER) - dt.timedelta(days=1)
            else:
                at = slot.after

    def slot(self, day: dt.date) -> ReportSlot | None:
        """The one to which a report of that day belongs."""
        rhythm = self._rhythm(day)
        if rhythm not in RHYTHMS:
            return None
        first, last = span_of(rhythm, day)
        due = self._due(first, last)
        while due is None or due < day:  # a week that is all holidays has none
            first, last = span_of(rhythm, last + dt.timedelta(days=1))
            due = self._due(first, last)
        after, before = None, first
        while after is None:
            before, last = span_of(rhythm, before - dt.timedelta(days=1))
            after = self._due(before, last)
        return ReportSlot(self.name, rhythm, after, due)

    def _due(self, first: dt.date, last: dt.date) -> dt.date | None:
        """The last day on which offices work."""
        days = (last - dt.timedelta(days=n) for n in range((last - first).days + 1))
        return next(filter(self.workdays.is_workday, days), None)


#: Months in a stretch of a rhythm that is counted in months.
_MONTHS = {"quarterly": 3, "half_yearly": 6, "yearly": 12}


def span_of(rhythm: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """The week (Monday to Sunday), ten days, month, quarter, half-year or year that holds a day."""
    if rhythm == "weekly":
        first = day - dt.timedelta(days=day.weekday())
        return first, first + dt.timedelta(days=6)
    if rhythm == "ten_days" and day.day <= 20:
        first = day.replace(day=1 if day.day <= 10 else 11)
        return first, first + dt.timedelta(days=9)
    months = _MONTHS.get(rhythm, 1)
    start = after = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    for _ in range(months):
        after = (after + dt.timedelta(days=32)).replace(day=1)
    if rhythm == "ten_days":
        start = day.replace(day=21)
    return start, after - dt.timedelta(days=1)


_MARKS = " \u3000\n\r\t，。、；：！,.;:!"


def _plain(column: str) -> str:
    text = column
    for mark in _MARKS:
        text = f"replace({text}, char({ord(mark)}), '')"
    return text


def table_sql(slots: list[ReportSlot], classed: str, by: str, assigned: str) -> str:
    """What is joined to a row (``c``): each report that is due on it, as ``r``. ``classed``:
    whether it has or had a class; ``by``: which, on the day that is asked for."""
    rows = ", ".join(
        f"('{each.report_class}', '{each.rhythm}', '{each.after}', '{each.due}')" for each in slots
    ) or "('', '', '', '')"
    return (
        " CROSS JOIN (SELECT column1 AS class, column2 AS rhythm, column3 AS after, column4 AS due"
        # most work has no class, and is passed over before any due day is looked at
        f" FROM (VALUES {rows})) r ON {classed} AND r.class = {by} AND {assigned} < r.due"
    )


def state_sql(child: Kind, day: dt.date, moment: dt.date) -> str:
    """How a row stands to the report that is due (``r``), as of the end of a day; ``moment``: the
    day that has begun by then."""
    assert child.reported is not None
    on, says = (f'"{name}"' for name in child.reported)
    reports = f'FROM "{child.name}" q WHERE q.parent = c.uid AND q.deleted = 0 AND q.{on}'
    known = f"<= min(r.due, '{day}') AND q.{on} > r.after"
    words = listed(EMPTY)
    said = _plain(f"q.{says}")
    earlier = (
        f'EXISTS (SELECT 1 FROM "{child.name}" e WHERE e.parent = q.parent AND e.deleted = 0 AND'
        f" (e.{on} < q.{on} OR e.{on} = q.{on} AND e.id < q.id) AND {_plain('e.' + says)} = {said})"
    )
    return (
        f"(CASE WHEN EXISTS (SELECT 1 {reports} {known} AND {said} NOT IN ({words}) AND NOT"
        f" {earlier}) THEN 'news'"
        f" WHEN EXISTS (SELECT 1 {reports} {known}) THEN 'nothing_new'"
        f" WHEN EXISTS (SELECT 1 {reports} > r.due AND q.{on} <= '{day}') THEN 'late'"
        f" WHEN r.due < '{moment}' THEN 'missing' ELSE 'waiting' END)"
    )
