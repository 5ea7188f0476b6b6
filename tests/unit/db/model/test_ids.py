"""Identifiers of records of one second stand together, whatever the clock says."""

from __future__ import annotations

import pytest

from db.model.ids import is_uid, record_uid


@pytest.mark.parametrize("clock", [0.0, -5.0, 1.79e9, 1e13], ids=["at its start", "before it", "now", "far ahead"])
def test_records_of_one_second_stand_together_and_differ(monkeypatch: pytest.MonkeyPatch, clock: float) -> None:
    monkeypatch.setattr("time.time", lambda: clock)
    made = {record_uid() for _ in range(2_000)}
    assert len(made) == 2_000 and all(map(is_uid, made))
    assert len({uid[:7] for uid in made}) == 1
    assert len({uid[7:9] for uid in made}) > 500, "the rest is chance"
