"""Weekly batches, monthly reviews with their scores, and the board of who has handed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import office
from db.domain import monthly_review, return_status, weekly
from db.errors import BadInput
from db.metrics import metrics, reviews
from db.model import periods
from db.model.query import Query
from db.session import Session
from tests.samples import as_person

PASSWORD = "zhengxian-demo"
WEIGHTS = {"weight_on_time": Decimal(50), "weight_completion": Decimal(30), "weight_acknowledged": Decimal(20),
           "deduct_returned": Decimal(1), "deduct_extended": Decimal("0.5")}  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    for name in ("安坪县", "荷口区", "柳泽县"):
        made.add("unit", {"name": name})
    made.fixed_today = dt.date(2026, 11, 2)
    yield made
    made.close()


def assign(session: Session, unit: str, deadline: dt.date, kind: str = "rectification") -> str:
    uid = session.add(kind, {"title": f"事项{deadline}", "lead_unit": session.names.unit_by_name(unit), "deadline": deadline})
    session.take_step(kind, uid, "assign")
    return uid


def close(session: Session, uid: str, kind: str = "rectification", on: dt.date | None = None) -> None:
    """As two persons would: the second step by another name."""
    session.take_step(kind, uid, "request-close-out", note="办结", on=on)
    with as_person(session, "another", "administrator"):
        session.take_step(kind, uid, "close-out", on=on)


def test_the_score_by_hand() -> None:
    numbers = {"due": 4, "on_time_rate": Decimal(75), "completion_rate": Decimal(100), "acknowledged_rate": Decimal(50),
               "returned": 2, "extended": 1}  # fmt: skip
    assert monthly_review.score(numbers, WEIGHTS) == Decimal("75.00")  # (37.5 + 30 + 10) / 1 - 2 - 0.5
    assert monthly_review.score({**numbers, "acknowledged_rate": None}, WEIGHTS) == Decimal("81.88")  # 67.5 / 0.8 - 2.5 = 81.875
    assert monthly_review.score({**numbers, "due": 0}, WEIGHTS) is None
    # Only what a unit does not have counts: it has no score, and the weights are not to blame.
    only = {**WEIGHTS, "weight_on_time": 0, "weight_completion": 0}
    assert monthly_review.score(numbers, only) is not None and monthly_review.score({**numbers, "acknowledged_rate": None}, only) is None
    assert monthly_review.score({**numbers, "returned": 500}, WEIGHTS) == 0
    with pytest.raises(BadInput):
        monthly_review.score(numbers, {})


@given(st.lists(st.none() | st.integers(0, 5).map(Decimal), max_size=12))
def test_ranks_with_ties(scores: list[Decimal | None]) -> None:
    places = monthly_review.ranks(scores)
    for score, place in zip(scores, places, strict=True):
        if score is None:
            assert place is None
        else:
            assert place == 1 + sum(1 for other in scores if other is not None and other > score)


def test_a_month_from_counting_to_the_seal(session: Session) -> None:
    close(session, assign(session, "安坪县", dt.date(2026, 11, 10)))
    assign(session, "荷口区", dt.date(2026, 11, 10))
    session.fixed_today = dt.date(2026, 11, 24)
    uid = session.add("monthly_review", {"month": "2026-11", "title": "11月讲评"})
    assert monthly_review.fill(session, uid) == 2
    rows = {session.unit_name(r.values["unit"]): r for r in session.children(uid, reviews.SCORE)}
    assert (rows["安坪县"].values["rank"], rows["荷口区"].values["rank"]) == (1, 2)
    assert rows["安坪县"].values["completion_rate"] == 100
    assert rows["荷口区"].values["open_overdue"] == 1
    session.set(reviews.SCORE, rows["荷口区"].uid, {"comment": "推进缓慢"})
    # Every field of a score is the figure of that month and unit.
    for row in rows.values():
        counted = metrics.count(session, list(reviews.COUNTED.values()), period="2026-11", unit=row.values["unit"])
        for field, name in reviews.COUNTED.items():
            assert (row.values[field] or 0) == (counted[name].value or 0), field
    late = assign(session, "荷口区", dt.date(2026, 11, 28))
    monthly_review.fill(session, uid)
    again = {session.unit_name(r.values["unit"]): r for r in session.children(uid, reviews.SCORE)}
    assert again["荷口区"].values["assigned"] == 2
    assert again["荷口区"].values["comment"] == "推进缓慢"
    monthly_review.seal(session, uid)
    with pytest.raises(BadInput, match="封存"):
        session.undo_last()
    assert reviews.is_sealed(session.must_get("monthly_review", uid))
    close(session, late)
    with pytest.raises(BadInput, match="封存"):
        monthly_review.fill(session, uid)
    with pytest.raises(BadInput, match="封存"):
        session.set(reviews.SCORE, again["荷口区"].uid, {"comment": "改"})
    with pytest.raises(BadInput, match="封存"):
        session.delete("monthly_review", uid)
    assert session.must_get(reviews.SCORE, again["荷口区"].uid).values["assigned"] == 2
    assert "50" in monthly_review.rule(session.must_get("monthly_review", uid))
    assert session.verify() == []


def test_the_change_against_last_month(session: Session) -> None:
    session.fixed_today = dt.date(2026, 10, 8)
    assign(session, "安坪县", dt.date(2026, 10, 20))
    session.fixed_today = dt.date(2026, 11, 2)
    close(session, assign(session, "安坪县", dt.date(2026, 11, 10)))
    session.fixed_today = dt.date(2026, 11, 30)
    first = session.add("monthly_review", {"month": "2026-10", "title": "10月讲评"})
    second = session.add("monthly_review", {"month": "2026-11", "title": "11月讲评"})
    monthly_review.fill(session, first)
    monthly_review.fill(session, second)
    before, after = (session.children(uid, reviews.SCORE)[0].values for uid in (first, second))
    assert after["change"] == after["score"] - before["score"]
    # found by its month, however that is written
    for text in ("2026-10", "2026.10", "2026年10月", "202610"):
        asked = Query(kind="monthly_review", search=text)
        assert ([r.uid for r in session.find(asked)], session.count(asked)) == ([first], 1)
    assert session.count(Query(kind="monthly_review", search="2026-12")) == 0


def test_the_weekly_batch_carries_on_what_was_not_answered(session: Session) -> None:
    session.fixed_today = dt.date(2026, 11, 9)
    open_one = assign(session, "安坪县", dt.date(2026, 11, 13), "weekly_assignment")
    session.fixed_today = dt.date(2026, 11, 16)
    week = weekly.this_week(session)
    assert [r.uid for r in weekly.unfinished(session, week)] == [open_one]
    assert weekly.carry_over(session, week) == 1
    record = session.must_get("weekly_assignment", open_one)
    assert record.values["deadline"] == dt.date(2026, 11, 20)
    assert record.values["original_deadline"] == dt.date(2026, 11, 13)
    assert record.values["week_no"] == week.first.isocalendar().week
    assert weekly.unfinished(session, week) == []
    (unit,) = weekly.by_unit(session, week)
    assert (unit.given, unit.carried, unit.answered, len(unit.missing)) == (0, 1, 0, 1)
    assert weekly.origin(record) == "2026年第46周结转"
    session.undo_last()
    assert session.must_get("weekly_assignment", open_one).values["deadline"] == dt.date(2026, 11, 13)


def test_the_last_workday_of_a_holiday_week(session: Session) -> None:
    # 1–7 October is a holiday: nothing is due in it but on make-up days.
    week = periods.parse("2025-W40")
    assert session.workdays.is_workday(weekly.last_workday(session, week))


def test_the_board_of_who_has_handed_in(session: Session, tmp_path: Path) -> None:
    from desktop.exchange.apply import accept
    from desktop.exchange.write.workbook import export

    session.fixed_today = dt.date.today()
    assign(session, "安坪县", session.today + dt.timedelta(days=9))
    sent = export(session, ["rectification"], tmp_path / "安坪.xlsx", unit=session.names.unit_by_name("安坪县"))
    week = periods.week_of(dt.date.today())

    def status() -> dict[str, str]:
        return {session.unit_name(row.unit): row.status for row in return_status.board(session, week)}

    assert status() == {"安坪县": "missing", "荷口区": "none", "柳泽县": "none"}
    accept.accept(session, accept.plan(session, sent.file))
    assert status()["安坪县"] == "handed_in"
