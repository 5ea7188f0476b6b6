"""A month's review whose numbers are no longer what ledger and rule say tells it, and what is sealed is neither early nor called off."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from db.domain import monthly_review
from db.errors import BadInput
from db.metrics import metrics, reviews
from db.model import periods
from db.session import Session
from tests.units_office import day, opened, unit

AUGUST = periods.parse("2022-08")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        for name, closed in (("甲局", day(8, 10)), ("乙局", day(8, 25))):
            values = {"title": "事项", "lead_unit": unit(made, name), "assigned_on": day(7), "deadline": day(8, 20)}
            uid = made.add("rectification", values)
            made.take_step("rectification", uid, "assign")
            with made.atomic("import", "办结"):
                record = made.must_get("rectification", uid)
                made.transaction("office").update(record, {"state": "closed_out", "closed_out_on": closed})
        yield made


def told(session: Session, review: str) -> set[str]:
    return {session.unit_name(u) for u in monthly_review.drifted(session, session.must_get(reviews.REVIEW, review))}


def test_a_number_typed_over_and_a_weight_typed_beside_the_rule_are_told(session: Session) -> None:
    review = monthly_review.open_month(session, AUGUST)
    assert told(session, review) == set()
    first = monthly_review.lines(session, review)[0]
    session.set(reviews.SCORE, first.uid, {"score": Decimal(99)})
    assert told(session, review) == {"甲局"}
    monthly_review.fill(session, review)
    session.set(reviews.SCORE, first.uid, {"rank": 2})
    assert told(session, review) == {"甲局"}
    monthly_review.fill(session, review)
    # in the form of the review instead of the page's own dialog, which counts anew
    session.set(reviews.REVIEW, review, {"weight_on_time": 10})
    assert told(session, review) == {"乙局"}, "only its score goes by how the two shares are weighed"
    session.set(reviews.REVIEW, review, dict.fromkeys(monthly_review.WEIGHTS, 0))
    assert told(session, review) == {"甲局", "乙局"}


def test_another_score_of_the_month_before_is_told(session: Session) -> None:
    july = session.add(reviews.REVIEW, {"month": "2022-07", "title": "七月讲评"})
    (one,) = (u.uid for u in session.names.units().values() if u.name == "甲局")
    line = session.add(reviews.SCORE, {"unit": one, "score": Decimal(80)}, parent=july)
    review = monthly_review.open_month(session, AUGUST)
    assert told(session, review) == set()
    session.set(reviews.SCORE, line, {"score": Decimal(70)})
    assert told(session, review) == {"甲局"}


def test_a_month_that_has_not_begun_is_not_sealed(session: Session) -> None:
    november = session.add(reviews.REVIEW, {"month": "2022-11", "title": "十一月讲评"})
    session.add(reviews.SCORE, {"unit": next(iter(session.names.units()))}, parent=november)
    with pytest.raises(BadInput, match="还没有开始"):
        monthly_review.seal(session, november)


def test_what_is_sealed_is_not_called_off(session: Session) -> None:
    review = monthly_review.open_month(session, AUGUST)
    monthly_review.seal(session, review)
    session.take_step(reviews.REVIEW, review, "hold")  # it is held after the numbers are fixed
    for step in ("reopen", "cancel"):
        with pytest.raises(BadInput):
            session.take_step(reviews.REVIEW, review, step, "不开了")
    assert metrics.count(session, ["due"], period="2022-08")["due"].value == 2
