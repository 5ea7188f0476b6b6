"""When something happened, as people say it: near days by name, this year without the year."""

from __future__ import annotations

import datetime as dt


def day_text(made: dt.datetime | None, today: dt.date) -> str:
    """今天 18:15, 昨天 18:15, 9月5日 18:15, 2021-09-05 18:15."""
    if made is None:
        return "时间不明"
    day = {0: "今天", 1: "昨天"}.get((today - made.date()).days)
    if day is None:
        day = f"{made.month}月{made.day}日" if made.year == today.year else f"{made:%Y-%m-%d}"
    return f"{day} {made:%H:%M}"


def when(at: str, today: dt.date) -> str:
    """The same for a time as it is kept, 2022-09-05T18:15:03."""
    try:
        return day_text(dt.datetime.fromisoformat(at), today)
    except ValueError:
        return at
