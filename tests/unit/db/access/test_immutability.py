"""What stands: a month that is sealed with what hangs under it, and what a closed item's own steps wrote; nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from db.access import immutability
from db.domain import monthly_review
from db.errors import BadInput
from db.model import periods
from db.session import Session
from tests.samples import as_person, new_office

TODAY = dt.date(2022, 9, 28)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("stands"), TODAY) as made:
        yield made


@pytest.fixture(scope="module")
def unit(session: Session) -> str:
    return session.add("unit", {"name": "棠阴区"})


def test_what_hangs_under_a_sealed_month_stands_with_it(session: Session, unit: str) -> None:
    month = monthly_review.open_month(session, periods.parse("2022-08"))
    score = session.add("review_score", {"unit": unit, "comment": "加分"}, parent=month)
    assert immutability.is_sealed(session, session.must_get("review_score", score)) is False
    monthly_review.seal(session, month)
    assert immutability.is_sealed(session, session.must_get("review_score", score))
    assert immutability.is_sealed(session, session.must_get("monthly_review", month))
    with pytest.raises(BadInput, match="已经封存"):
        session.set("review_score", score, {"comment": "减分"})
    with pytest.raises(BadInput, match="已经封存"):
        session.take_step("monthly_review", month, "cancel", "改期")
    session.take_step("monthly_review", month, "hold")  # that it was held may still be noted
    with pytest.raises(BadInput, match="已经封存"):
        session.take_step("monthly_review", month, "reopen", "补记")
    assert immutability.is_sealed(session, session.must_get("unit", unit)) is False


def test_only_a_month_and_what_hangs_under_it_can_be_sealed(session: Session) -> None:
    kinds = session.kinds
    may = {kind.name for kind in kinds if immutability.may_be_sealed(session, kind)}
    assert may == {"monthly_review", "review_score", "year_closing"}


def test_under_a_closed_item_only_what_its_steps_wrote_stands(session: Session, unit: str) -> None:
    uid = session.add("rectification", {"title": "没有公示", "lead_unit": unit, "deadline": dt.date(2022, 10, 20)})
    with as_person(session, "clerk", "clerk"):
        for action in ("assign", "request-close-out"):
            session.take_step("rectification", uid, action)
    with as_person(session, "reviewer", "reviewer"):
        session.take_step("rectification", uid, "close-out")
    with pytest.raises(BadInput, match="不能"):
        session.add("progress", {"content": "补一条", "unit": unit, "reported_on": TODAY}, parent=uid)
    visit = session.add("supervision_visit", {"visited_on": TODAY, "finding": "没有反弹"}, parent=uid)
    assert session.must_get("supervision_visit", visit).parent == uid
