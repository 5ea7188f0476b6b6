"""A circular of October that is printed in November says what was true on 31 October, and says that day."""

from __future__ import annotations

from db.metrics import metrics
from db.session import Session
from desktop.bulletin.report import reports
from tests.unit.db.metrics.test_as_of import day, session  # noqa: F401


def _text(made: Session, period: str) -> str:
    builder = reports.build(made, "supervision_circular", period=period)
    builder.document()
    return builder.plain(builder.body)


def test_a_circular_says_the_day_of_its_numbers(session: Session) -> None:  # noqa: F811
    share = metrics.count(session, ["completion_rate"], period="2022-10@2022-10-22")["completion_rate"]
    assert (share.numerator, share.denominator) == (2, 7)
    assert "截至2022年10月22日，应办结7件，办结率28.6％（2/7）" in _text(session, "2022-10@2022-10-22")
    assert "截至2022年10月31日，应办结6件，办结率66.7％（4/6）" in _text(session, "2022-10")
    assert _text(session, "2022-10") == _text(session, f"2022-10@{day(10, 31)}")
    assert "截至2022年11月15日" in _text(session, "2022")
