"""Rotation keeps the last ten, the newest of each of fourteen days and twelve months, whatever the clock did."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from db.safety import rotation

DAYS = st.dates(dt.date(2021, 1, 1), dt.date(2023, 12, 31))


@given(days=st.lists(DAYS, max_size=80), today=DAYS)
def test_what_is_kept(days: list[dt.date], today: dt.date) -> None:
    backups = list(enumerate(days, start=1))
    kept = rotation.backups_to_keep(backups, today)
    assert set(range(len(days), max(0, len(days) - 10), -1)) <= kept
    assert len(kept) <= 10 + 14 + 12
    for day in {d for d in days if 0 <= (today - d).days < 14 and d != today}:
        assert max(n for n, d in backups if d == day) in kept
    for month in {(d.year, d.month) for d in days if d <= today}:
        age = (today.year - month[0]) * 12 + today.month - month[1]
        newest = max(n for n, d in backups if (min(d, today).year, min(d, today).month) == month)
        if age < 12:
            assert newest in kept


@given(days=st.lists(DAYS, max_size=60), today=DAYS)
def test_thinning_twice_is_thinning_once(days: list[dt.date], today: dt.date) -> None:
    backups = list(enumerate(days))
    kept = rotation.backups_to_keep(backups, today)
    assert rotation.backups_to_keep([b for b in backups if b[0] in kept], today) == kept


def test_a_clock_set_back_does_not_cost_the_newest() -> None:
    backups = [(n, dt.date(2022, 9, n)) for n in range(1, 21)] + [(21, dt.date(2001, 1, 1))]
    assert 21 in rotation.backups_to_keep(backups, dt.date(2001, 1, 1))


def test_a_year_of_daily_work() -> None:
    today = dt.date(2022, 12, 31)
    backups = [(n, today - dt.timedelta(days=400 - n)) for n in range(401)]
    assert len(rotation.backups_to_keep(backups, today)) == 14 + 11
