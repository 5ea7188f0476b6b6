"""A circular of October that is printed in November says what was true on 31 October, and says that day."""

from __future__ import annotations

import pytest

from db.errors import BadInput
from db.metrics import metrics
from db.model.query import Query, Where
from db.session import Session
from desktop.bulletin.report import reports
from tests.unit.db.metrics.test_as_of import KIND, day, move, session  # noqa: F401


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


def test_nobody_is_urged_whose_reviewer_sits_on_it(session: Session) -> None:  # noqa: F811
    """Asked on the deadline, not checked a week later: no red light, no list of overdue work, no letter; returned, all of them."""
    unit = session.names.unit_by_name("棠阴区")
    uid = session.add(KIND, {"title": "等审核的一件", "lead_unit": unit, "deadline": day(11, 21)})
    move(session, uid, day(11, 15), "assign")
    move(session, uid, day(11, 21), "request-close-out")
    session.fixed_today = day(11, 28)

    def overdue() -> list[str]:
        return [r.uid for r in session.find(Query(kind=KIND, where=(Where("due_state", "eq", "overdue"),)))]

    assert session.light(session.must_get(KIND, uid)) == "green" and uid not in overdue()
    for name in ("reminder_slip", "supervision_notice", "red_letter"):
        with pytest.raises(BadInput, match="在时限内已经申请销号，等待审核，不用再发"):
            reports.build(session, name, item=uid)
    move(session, uid, day(11, 28), "return")
    assert session.light(session.must_get(KIND, uid)) == "red" and uid in overdue()
    reports.build(session, "reminder_slip", item=uid)
