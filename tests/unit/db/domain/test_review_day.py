"""A month's review as of a day that was chosen, kept with it; what was handed over and what waits for its reviewer stand in its table."""

from __future__ import annotations

import pytest

from db.domain import monthly_review
from db.errors import BadInput
from db.metrics import metrics, reviews, sealed_figures
from db.model import periods
from db.session import Session
from tests.unit.db.metrics.test_as_of import day, session  # noqa: F401

OCTOBER = periods.parse("2022-10")


def table(session: Session, uid: str) -> dict[str, dict[str, str]]:  # noqa: F811
    return {
        session.unit_name(line.unit): dict(zip(monthly_review.COLUMNS, line.texts, strict=True))
        for line in monthly_review.lines(session, uid)
    }


def hidden(session: Session, uid: str) -> set[str]:  # noqa: F811
    return {monthly_review.COLUMNS[at] for at in monthly_review.empty_columns(monthly_review.lines(session, uid))}


def as_figures_say(session: Session, uid: str, **asked: object) -> None:  # noqa: F811
    lines = metrics.table(session, list(reviews.COUNTED.values()), "unit", period=OCTOBER, **asked)  # type: ignore[arg-type]
    told = table(session, uid)
    assert {line.label for line in lines} == set(told)
    for line in lines:
        for field, name in reviews.COUNTED.items():
            if field in monthly_review.COLUMNS and field not in reviews.SHARES:
                assert told[line.label][field] == str(line.numbers[name].value), (line.label, field)


def test_a_review_is_counted_as_of_the_day_that_was_chosen(session: Session) -> None:  # noqa: F811
    uid = monthly_review.open_month(session, OCTOBER)

    def review() -> object:
        return session.must_get(reviews.REVIEW, uid)

    as_figures_say(session, uid)
    assert hidden(session, uid) == {"awaiting_check"}
    told = table(session, uid)
    assert (told["棠阴区"]["transferred_in"], told["澄陵县"]["transferred_out"]) == ("1", "1")
    assert reviews.chosen_day(session.must_get(reviews.REVIEW, uid)) is None
    monthly_review.fill(session, uid, day(10, 22))
    as_figures_say(session, uid, as_of=day(10, 22))
    assert hidden(session, uid) == {"transferred_in", "transferred_out"}
    assert {line["awaiting_check"] for line in table(session, uid).values()} == {"1"}
    found = session.must_get(reviews.REVIEW, uid)
    assert reviews.chosen_day(found) == day(10, 22) == found.values["as_of"]
    assert monthly_review.drifted(session, found) == []
    monthly_review.set_rule(session, uid, {"weight_on_time": 60})  # counts anew, as of the same day
    as_figures_say(session, uid, as_of=day(10, 22))
    with pytest.raises(BadInput, match="还没有到"):
        monthly_review.fill(session, uid, day(12, 1))
    with pytest.raises(BadInput, match="开始以前"):
        monthly_review.fill(session, uid, day(9, 30))
    monthly_review.fill(session, uid, day(10, 31))  # its usual day is no choice
    assert reviews.chosen_day(session.must_get(reviews.REVIEW, uid)) is None
    monthly_review.fill(session, uid, day(10, 22))
    monthly_review.seal(session, uid)
    as_figures_say(session, uid)
    assert metrics.counted_as_of(session, OCTOBER) == day(10, 22)
    found = metrics.count(session, ["due", "awaiting_check", "transferred_in"], period="2022-10")
    assert [number.value for number in found.values()] == [7, 2, 0]
    for name in ("due", "awaiting_check"):
        assert len([r for r in metrics.rows(session, name, period="2022-10").rows if r.counted]) == found[name].value


def test_a_review_of_an_earlier_program_lacks_what_it_did_not_count(session: Session) -> None:  # noqa: F811
    month = periods.parse("2022-09")
    uid = monthly_review.open_month(session, month)
    found = session.must_get(reviews.REVIEW, uid)
    first = session.names.unit_by_name("棠阴区")
    session.add(reviews.SCORE, {"unit": first, "assigned": 3}, parent=uid)
    assert set(sealed_figures.sealed_fields(session, found)) == {*sealed_figures.FIELDS} - {*reviews.IF_ANY}
    with session.atomic("seal", "封存"):
        session.set_checked(found, {"sealed": True})
    numbers = metrics.count(session, ["assigned", "transferred_in"], period=month)
    assert (numbers["assigned"].value, numbers["transferred_in"].value) == (3, 0)
    assert "不在其中" in metrics.rows(session, "transferred_in", period=month).note
