"""One meeting, read for the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from db.domain import meetings


@dataclass(frozen=True)
class OneMeeting:
    """One session, read."""

    uid: str
    agenda: list[meetings.AgendaLine] = field(default_factory=list)
    people: list[meetings.Seat] = field(default_factory=list)
    decisions: list[meetings.Decided] = field(default_factory=list)
    text: str = ""


def short_date(day: str, year: int) -> str:
    """A date as kept (2022-09-05) without its year when that is this one."""
    return day.removeprefix(f"{year}-")


def short_day(day: Any, year: int) -> str:
    """A day in few characters: without its year when that is this one."""
    if day is None:
        return ""
    return f"{day.month}月{day.day}日" if day.year == year else f"{day.year}.{day.month}.{day.day}"
