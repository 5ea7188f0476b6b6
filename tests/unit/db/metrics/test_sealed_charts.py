"""Charts of a month whose review is sealed: by unit and as a whole what was read out; otherwise what the ledger says, and so said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.domain import monthly_review
from db.metrics import charts, metrics
from db.model import periods
from db.session import Session
from tests.units_office import day, opened, unit

AUGUST = periods.parse("2022-08")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Two units with an item each; one of the two goes to the bin after the month was sealed."""
    with opened(tmp_path / "office") as made:
        uids = []
        for name in ("甲局", "乙局"):
            values = {"title": name, "lead_unit": unit(made, name), "assigned_on": day(8, 2), "deadline": day(8, 20)}
            uids.append(made.add("rectification", {**values, "source": "meeting"}))
            made.take_step("rectification", uids[-1], "assign")
        monthly_review.seal(made, monthly_review.open_month(made, AUGUST))
        made.delete("rectification", uids[0])
        yield made


def grouping(session: Session, key: str) -> charts.Grouping:
    return next(each for each in charts.groupings(session, "assigned") if each.key == key)


def bars(session: Session, key: str) -> dict[str, object]:
    return {v.label: v.number.value for v in charts.by_group(session, "assigned", grouping(session, key), AUGUST) if v.number.value}


def test_units_and_months_are_what_was_read_out(session: Session) -> None:
    assert bars(session, charts.UNIT) == {"甲局": 1, "乙局": 1}
    (last,) = (v for v in charts.over_time(session, "assigned", "month", day(8, 31)) if v.key == "2022-08")
    assert last.number.value == 2
    one = session.names.unit_by_name("甲局")
    (alone,) = charts.by_group(session, "assigned", grouping(session, charts.UNIT), AUGUST, unit=one)
    assert (alone.label, alone.number.value) == ("甲局", 1)
    # a bar opens the records of then
    assert len(metrics.rows(session, "assigned", period=AUGUST, unit=one).rows) == 1
    assert charts.sealed_note(session, "assigned", AUGUST, charts.UNIT) == "本月讲评已封存，是封存时的数。"


def test_what_is_not_on_the_review_is_of_now_and_says_so(session: Session) -> None:
    assert sum(v for v in bars(session, "source").values() if isinstance(v, int)) == 1
    assert "合起来可能不等于总数" in charts.sealed_note(session, "assigned", AUGUST, "source")
    assert charts.by_unit(session, "assigned", AUGUST, ["rectification"])[0].number.value == 0
    assert charts.sealed_note(session, "assigned", AUGUST, charts.UNIT, ["rectification"]).startswith("本月讲评已封存，分台账的数不在")
    assert charts.sealed_note(session, "in_hand", AUGUST, charts.UNIT).startswith("本月讲评已封存，这个数不在")


def test_other_months_say_nothing(session: Session) -> None:
    for period in (None, periods.parse("2022-09"), periods.parse("2022")):
        assert charts.sealed_note(session, "assigned", period, charts.UNIT) == ""


def test_units_that_had_nothing_are_there_and_a_figure_without_units_has_none(session: Session) -> None:
    assert [value.number.value for value in charts.by_unit(session, "assigned", periods.parse("2021-05"))] == [0, 0]
    unitless = [f.name for f in metrics.visible(session) if charts.UNIT not in {g.key for g in charts.groupings(session, f.name)}]
    assert unitless and all(charts.by_unit(session, name, AUGUST) == [] for name in unitless)


def test_an_indicator_goes_by_its_last_value_of_this_year(session: Session) -> None:
    for year, values in ((2021, {"2021-12": 120}), (2022, {"2022-03": 50, "2022-06": 110})):
        uid = session.add("indicator", {"name": f"{year}年增长", "year": year, "target": 100})
        for month, value in values.items():
            session.add("indicator_value", {"month": month, "value": value}, parent=uid)
    for period, parts in (("2022-05", (0, 1)), ("2022-07", (1, 1)), ("2021", (1, 1)), ("2022-02", (0, 0))):
        number = metrics.count(session, ["indicator_reached"], period=period)["indicator_reached"]
        assert (number.numerator, number.denominator) == parts, period


def test_a_share_of_nothing_has_no_value(session: Session) -> None:
    number = metrics.count(session, ["completion_rate"], period="2021-05")["completion_rate"]
    assert (number.value, number.numerator, number.denominator) == (None, 0, 0)
