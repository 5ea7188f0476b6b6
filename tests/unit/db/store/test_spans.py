"""What a record was on which days, kept beside its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import office
from db.store import schema, spans
from db.units.reorganisation import ABOLISH, Wish, carry_out
from tests.unit.db.domain.test_transferred import KIND, given
from tests.units_office import CHANGE, PASSWORD, day, opened, unit


def test_what_an_earlier_program_worked_out_otherwise_is_worked_out_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No declaration changed; the count alone says so. Else the figures stayed the earlier program's, and ``verify`` found fault."""
    folder = tmp_path / "office"
    with monkeypatch.context() as earlier:
        earlier.setattr(spans, "WAY", spans.WAY - 1)
        earlier.setattr(spans.SpanShape, "_one_unit", lambda self, record: False)
        schema.fingerprint.cache_clear()
        with opened(folder) as made:
            old, other = unit(made, "农业局"), unit(made, "水利局")
            uid = given(made, old, day(8), day(8, 25))
            carry_out(made, Wish(ABOLISH, (old,), CHANGE, hand_to=other))
            made.fixed_today = None
    schema.fingerprint.cache_clear()
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        book, record = session.book_of(KIND), session.must_get(KIND, uid)
        found = book.connection.execute("SELECT DISTINCT unit FROM spans WHERE kind = ? AND rec = ?", (KIND, record.id)).fetchall()
        assert found == [(other,)] and session.verify() == []
    finally:
        session.close()
