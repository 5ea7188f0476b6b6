"""Which backups to keep: the last ten, one a day for two weeks, one a month for a year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

LAST = 10
DAYS = 14
MONTHS = 12


def backups_to_keep(backups: Sequence[tuple[int, dt.date]], today: dt.date) -> set[int]:
    """The sequence numbers to keep, of backups given as (sequence number, day made).

    The last ones are those with the highest numbers, so that a clock set back never makes the
    newest backup the oldest. Of a day or a month the newest is kept. Days in the future count as
    today.
    """
    ordered = sorted(backups, reverse=True)
    kept = {number for number, _ in ordered[:LAST]}
    days: dict[dt.date, int] = {}
    months: dict[tuple[int, int], int] = {}
    for number, made in ordered:
        day = min(made, today)
        days.setdefault(day, number)
        months.setdefault((day.year, day.month), number)
    first_day = today - dt.timedelta(days=DAYS - 1)
    kept |= {number for day, number in days.items() if day >= first_day}
    month = today.year * 12 + today.month - MONTHS
    kept |= {number for (year, m), number in months.items() if year * 12 + m > month}
    return kept
