"""A week of assignments, read for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.domain import weekly
from db.metrics import metrics
from db.metrics.metrics import Row
from db.model.declarations import Kind
from db.model.periods import Period
from db.model.records import Record
from db.session import Session
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.figures.row_list import show_rows
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.work_parts import Strip, short_name
from desktop.ui.lists.short_list import Line, ShortList

ALL = ""
"""The key of the line that sums up all units."""


@dataclass(frozen=True)
class Item:
    """One assignment of the week as the lists show it."""

    uid: str
    unit: str
    number: str
    title: str
    due: str
    state: tuple[str, str]
    missing: bool
    #: the week it was carried on from
    origin: str = ""


@dataclass(frozen=True)
class WeekOverview:
    """A week, read."""

    week: Period
    units: list[weekly.UnitWeek]
    items: list[Item]
    before: list[Record]

    @property
    def sums(self) -> tuple[int, int, int, int, int]:
        """Given, carried into the week, answered, closed and missing, of all units together."""
        parts = [(u.given, u.carried, u.answered, u.closed, len(u.missing)) for u in self.units]
        a, b, c, d, e = (sum(part) for part in zip(*parts, strict=True)) if parts else (0,) * 5
        return a, b, c, d, e


def read_week(session: Session, week: Period, kind: Kind) -> WeekOverview:
    """The week by unit, its items, and what is unfinished from before; in the reader."""
    units = weekly.by_unit(session, week)
    cycle = session.kinds.lifecycle_of(kind)
    assert cycle is not None  # the weekly ledger is declared with one
    items = []
    for unit in units:
        lacking = {record.uid for record in unit.missing}
        for record in unit.items:
            number, title, due, _ = weekly.line(session, record)
            state = cycle.state(record.state or "")
            missing = record.uid in lacking
            items.append(
                Item(
                    record.uid, unit.unit, number, title, due, (state.label, state.tone),
                    missing, weekly.origin(record),
                )
            )
    return WeekOverview(
        week, units, items,
        weekly.unfinished(session, week) if week.last >= session.today else [],
    )


def late_note(session: Session, week: Period) -> str:
    """Where a batch given out now goes, when the last workday of this week is over; else
    nothing."""
    later = weekly.open_week(session, week)
    if later == week:
        return ""
    last = weekly.last_workday(session, week)
    return (
        f"本周最后一个工作日（{last.month}月{last.day}日）已过，"
        f"现在交办、结转的归{later.label}。"
    )


NOBODY = "已交齐"
#: The numbers of a week in the order of its columns, each the value or a part of a figure.
SHOWN = (
    ("weekly_assigned", "value"), ("weekly_carried", "value"), ("weekly_answered", "numerator"),
    ("weekly_completion_rate", "numerator"), ("weekly_unanswered", "value"),
)


def missing_chip(count: int) -> tuple[str, str]:
    return (f"{count} 件", "red") if count else (NOBODY, "green")


def unit_lines(session: Session, found: WeekOverview) -> list[Line]:
    """All units together, then one by one: given, carried into the week, answered, closed,
    missing."""
    units = found.units
    if not units:
        return []
    *sums, missing = found.sums
    lines = [Line(ALL, ("全部单位", *map(str, sums), missing_chip(missing)))]
    for u in units:
        cells = (
            short_name(session, u.unit), str(u.given), str(u.carried), str(u.answered),
            str(u.closed), missing_chip(len(u.missing)),
        )
        lines.append(Line(u.unit, cells, u))
    return lines


def shown_week(strip: Strip, units: ShortList, week: Period) -> list[ShownNumber]:
    """Its numbers: of all units together, and of each."""
    asked: metrics.ScopeKeywords = {"period": week}
    found = [
        ShownNumber(text, name, asked, part=part)
        for text, (name, part) in zip(strip.numbers, SHOWN, strict=False)
    ]
    for line in units.lines:
        group = ("unit", line.key) if line.key != ALL else None
        for cell, (name, part) in zip(line.cells[1:], SHOWN, strict=True):
            text = cell if isinstance(cell, str) else cell[0]
            found.append(ShownNumber("0" if text == NOBODY else text, name, asked, group, part))
    return found


def show_chase_list(window: Window, items: Sequence[Item], week: Period) -> None:
    """Who has not answered, to be read out or handed round."""
    session = window.session
    late = [i for i in items if i.missing]
    if not late:
        window.toast("这一周交办的都已交卷。")
        return
    rows = [
        (str(n), session.unit_name(i.unit), i.title, i.due, i.state[0])
        for n, i in enumerate(late, start=1)
    ]
    units = len({i.unit for i in late})
    day = metrics.counted_as_of(session, week)
    text = (
        f"截至{day.month}月{day.day}日，"
        f"{week.label}交办事项还有{units}个单位{len(late)}件未交卷，"
        "请抓紧办理。"
    )
    columns = (
        ("序号", 0.07), ("单位", 0.22), ("交办事项", None), ("交卷时限", 0.16), ("状态", 0.11),
    )
    show_list(window, f"{week.label}周交办催办清单", [text], columns, rows)


def show_unfinished(window: Window, records: Sequence[Record]) -> None:
    """What is still open from the weeks before."""
    session = window.session
    rows = [
        Row(r.kind, r.uid, f"{session.title_of(r)}　{weekly.line(session, r)[2]}", True)
        for r in records
    ]
    show_rows(window, "以前各周未交卷的事项", "时限在本周以前、还未交卷", rows)
