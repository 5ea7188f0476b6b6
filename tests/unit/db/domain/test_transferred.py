"""Items transferred (转办) from one unit to another: each month's figures stay with the unit that had the item then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.domain import monthly_review, wall_chart, weekly
from db.errors import BadInput
from db.metrics import metrics, own_figures, reviews
from db.model.declarations import Figure, Filter
from db.model.periods import week_of
from db.model.query import Query, Where
from db.session import Session
from db.units.reorganisation import ABOLISH, CARVE, Wish, carry_out
from tests.units_office import CHANGE, TODAY, day, opened, unit

KIND = "rectification"
NUMBERS = ("assigned", "acknowledged", "due", "open_overdue")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        yield made


def given(session: Session, lead: str, on: dt.date, deadline: dt.date, kind: str = KIND, **more: Any) -> str:
    """An item that was given out on a day."""
    session.fixed_today = on
    uid = session.add(kind, {"title": "事项", "lead_unit": lead, "assigned_on": on, "deadline": deadline, **more})
    session.take_step(kind, uid, "assign")
    session.fixed_today = TODAY
    return uid


def handed(session: Session, uid: str, to: str, on: dt.date, kind: str = KIND, **ask: Any) -> None:
    session.fixed_today = on
    session.take_step(kind, uid, "transfer", "职能不对", {"lead_unit": to, **ask})
    session.fixed_today = TODAY


def month(session: Session, number: int) -> dict[str, dict[str, Any]]:
    """Unit → what it had in a month, noughts left out."""
    found = {}
    for line in metrics.table(session, list(NUMBERS), "unit", period=f"2022-{number:02d}"):
        found[line.label] = {name: line.numbers[name].value for name in NUMBERS if line.numbers[name].value}
    return {label: numbers for label, numbers in found.items() if numbers}


def owed(session: Session, number: int) -> dict[str, Any]:
    """Unit → how many reports it owed in a month."""
    lines = metrics.table(session, ["reports_due"], "unit", period=f"2022-{number:02d}")
    return {line.label: line.numbers["reports_due"].value for line in lines if line.numbers["reports_due"].value}


def test_a_month_stays_with_the_unit_that_had_the_item_then(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    late, running = given(session, first, day(6), day(7)), given(session, first, day(6), day(9, 20))
    session.fixed_today = day(6, 20)
    session.take_step(KIND, late, "acknowledge")
    session.fixed_today = TODAY
    june = {"甲局": {"assigned": 2, "acknowledged": 1}}
    assert (month(session, 6), month(session, 7)) == (june, {"甲局": {"due": 1, "open_overdue": 1}})
    for uid in (late, running):
        handed(session, uid, second, day(8))
    # June and July were the first unit's, signed as it had signed; what was due after the transfer is the second's
    assert (month(session, 6), month(session, 7)) == (june, {"甲局": {"due": 1, "open_overdue": 1}})
    assert month(session, 9) == {"乙局": {"due": 1, "open_overdue": 1}}
    # what is to be done is whose it is now: lists, the wall, the rows behind a unit's number
    assert session.count(Query(kind=KIND, where=(Where("unit", "in", [second]),))) == 2
    assert {span.unit for span in wall_chart.spans(session)} == {second}
    assert [row.uid for row in metrics.rows(session, "open_overdue", period="2022-07", unit=first).rows] == [late]
    assert metrics.count(session, ["open_overdue"], unit=second)["open_overdue"].value == 1


def test_what_stands_there_is_whose_it_is_on_that_day(session: Session) -> None:
    """Given out in June, handed over in August: what is left at the end of a month, and what is in hand, is who has it then. So a
    unit's month balances: what came from before, what was given and came to it, less what it gave away, is what is left."""
    first, second = unit(session, "甲局"), unit(session, "乙局")
    for _ in range(2):
        handed(session, given(session, first, day(6), day(12)), second, day(8))
    names = ["carried_over", "assigned", "transferred_in", "transferred_out", "unfinished"]
    found = {}
    for number in (6, 7, 8, 9):
        for line in metrics.table(session, names, "unit", period=f"2022-{number:02d}"):
            found[number, line.label] = [line.numbers[name].value for name in names]
    assert found == {
        (6, "甲局"): [0, 2, 0, 0, 2], (7, "甲局"): [2, 0, 0, 0, 2], (8, "甲局"): [2, 0, 0, 2, 0], (8, "乙局"): [0, 0, 2, 0, 2], (9, "乙局"): [2, 0, 0, 0, 2],
    }  # fmt: skip
    assert len(metrics.rows(session, "unfinished", period="2022-09", unit=second).rows) == 2
    assert [metrics.count(session, ["in_hand"], unit=whose)["in_hand"].value for whose in (first, second)] == [0, 2]
    assert [metrics.count(session, ["in_hand"], unit=whose, as_of=day(7))["in_hand"].value for whose in (first, second)] == [2, 0]
    # of those that June gave out, with that month
    assert metrics.count(session, ["in_hand"], period="2022-06", unit=first)["in_hand"].value == 2
    assert metrics.count(session, ["in_hand"], period="2022-06", unit=second)["in_hand"].value == 0
    stopped = given(session, first, day(6), day(12))
    handed(session, stopped, second, day(8))
    session.take_step(KIND, stopped, "suspend", "等批复")
    assert [metrics.count(session, ["suspended"], unit=whose)["suspended"].value for whose in (first, second)] == [0, 1]
    # so does a figure of the office's own that names the states; what is done has its day
    for name, states, whose in (("mine", ["assigned", "in_progress"], [0, 2]), ("some", ["assigned", "closed_out"], [2, 0])):
        asked = Filter(field="state", op="in", value=states)
        made = Figure(name=name, label=name, kinds=(KIND,), period="assigned_on", where=(asked,))
        own_figures.save(session, own_figures.as_stored(session, made))
        assert [metrics.count(session, [name], unit=each)[name].value for each in (first, second)] == whose


def test_the_review_of_an_open_month_does_not_move(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(6), day(7))
    review = session.add(reviews.REVIEW, {"month": "2022-07", "title": "七月讲评"})
    monthly_review.fill(session, review)
    handed(session, uid, second, day(8))
    assert monthly_review.drifted(session, session.must_get(reviews.REVIEW, review)) == []
    monthly_review.fill(session, review)
    lines = {line.unit: line for line in monthly_review.lines(session, review)}
    assert set(lines) == {first}


def test_one_given_to_the_wrong_unit_and_passed_on_the_same_day_was_never_there(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(6), day(7))
    handed(session, uid, second, day(6))
    assert month(session, 6) == {"乙局": {"assigned": 1}}
    assert session.must_get(KIND, uid).values["held_by"] is None


def test_a_unit_typed_over_is_a_mistake_put_right(session: Session) -> None:
    first, second, third = (unit(session, name) for name in ("甲局", "乙局", "丙局"))
    uid = given(session, first, day(6), day(9, 20))
    session.set(KIND, uid, {"lead_unit": second})
    assert month(session, 6) == {"乙局": {"assigned": 1}}
    handed(session, uid, first, day(8))
    session.set(KIND, uid, {"lead_unit": third})  # it was meant for this one
    assert (month(session, 6), month(session, 9)) == ({"乙局": {"assigned": 1}}, {"丙局": {"due": 1, "open_overdue": 1}})
    session.set(KIND, uid, {"lead_unit": second})  # it should not have been transferred at all
    assert (month(session, 6), month(session, 9)) == ({"乙局": {"assigned": 1}}, {"乙局": {"due": 1, "open_overdue": 1}})
    assert session.must_get(KIND, uid).values["held_by"] is None


def test_reports_are_owed_by_whoever_had_it_as_it_was_put_right(session: Session) -> None:
    """By the end of July and of August; in August it went to the wrong unit, which was typed over in September."""
    first, second, third = (unit(session, name) for name in ("甲局", "乙局", "丙局"))
    uid = given(session, first, day(6), day(12, 20), report_class="c")
    handed(session, uid, second, day(8))
    assert (owed(session, 7), owed(session, 8)) == ({"甲局": 1}, {"乙局": 1})
    session.set(KIND, uid, {"lead_unit": third})
    assert (owed(session, 7), owed(session, 8)) == ({"甲局": 1}, {"丙局": 1})


def test_reports_are_owed_by_a_part_from_the_day_it_was_carved_out(session: Session) -> None:
    """On 1 July, which is entered on 28 September: the item is the part's ever since, and so are its reports."""
    old = unit(session, "农业局")
    uid = given(session, old, day(6), day(12, 20), report_class="c")
    carry_out(session, Wish(CARVE, (old,), CHANGE, ("林业局",), shares={uid: 0}))
    assert [owed(session, number) for number in (6, 7, 8)] == [{"农业局": 1}, {"林业局": 1}, {"林业局": 1}]


def test_a_unit_that_was_no_more_when_an_item_was_given_out_owes_no_report(session: Session) -> None:
    """Abolished on 1 July, entered on 28 September: what named it in August was the other one's from the first day."""
    old, other = unit(session, "农业局"), unit(session, "水利局")
    given(session, old, day(8), day(12, 20), report_class="c")
    carry_out(session, Wish(ABOLISH, (old,), CHANGE, hand_to=other))
    assert month(session, 8) == {"水利局": {"assigned": 1}}
    assert owed(session, 8) == {"水利局": 1}
    assert [metrics.count(session, ["reports_due"], period="2022-08", unit=whose)["reports_due"].value for whose in (old, other)] == [0, 1]


def test_what_was_due_and_overdue_then_is_the_other_ones_as_of_every_day(session: Session) -> None:
    """Abolished on 1 July, entered on 28 September: as of a day in between nothing is the old one's either, however it is counted."""
    old, other = unit(session, "农业局"), unit(session, "水利局")
    uids = [given(session, old, day(6), day(8, 20)), given(session, old, day(8), day(8, 25))]
    carry_out(session, Wish(ABOLISH, (old,), CHANGE, hand_to=other))
    assert month(session, 8) == {"水利局": {"assigned": 1, "due": 2, "open_overdue": 2}}
    for as_of in (day(8, 31), day(9, 27), TODAY):
        lines = metrics.table(session, ["due", "open_overdue"], "unit", period="2022-08", as_of=as_of)
        assert {line.label: [line.numbers[name].value for name in ("due", "open_overdue")] for line in lines} == {"水利局": [2, 2]}
        assert {row.uid for row in metrics.rows(session, "due", period="2022-08", unit=other, as_of=as_of).rows} == set(uids)
    book = session.book_of(KIND)
    given_after = session.must_get(KIND, uids[1])
    found = book.connection.execute("SELECT DISTINCT unit FROM spans WHERE kind = ? AND rec = ?", (KIND, given_after.id)).fetchall()
    assert found == [(other,)] and len(given_after.values["steps"]) == 2


@pytest.mark.parametrize("as_of", [day(7, 31), day(8, 20), TODAY])
def test_what_was_brought_in_without_its_day_stays_with_whoever_had_it(session: Session, as_of: dt.date) -> None:
    """Given out on a day that nobody wrote, due in July, handed over in August: July is the first unit's, as of every day."""
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(6), day(7))
    session.set(KIND, uid, {"assigned_on": None})
    handed(session, uid, second, day(8))
    lines = metrics.table(session, ["due", "open_overdue"], "unit", period="2022-07", as_of=as_of)
    assert {line.label: [line.numbers[name].value for name in ("due", "open_overdue")] for line in lines} == {"甲局": [1, 1]}
    assert session.must_get(KIND, uid).values["held_by"] == (first, second)


def test_a_letter_is_counted_by_whom_it_names_whoever_had_the_item(session: Session) -> None:
    """A letter of June to the unit that got the item in August; by the item it was the first unit's then."""
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(6), day(9, 20))
    session.add("letter", {"issued_on": day(6, 20), "to_unit": second}, parent=uid)
    handed(session, uid, second, day(8))
    for whose, label in (("to_unit", "乙局"), ("parent.lead_unit", "甲局")):
        made = Figure(name="mine", label="发函", kinds=("letter",), period="issued_on", unit=whose)
        own_figures.save(session, own_figures.as_stored(session, made))
        lines = metrics.table(session, ["mine"], "unit", period="2022-06")
        assert [(line.label, line.numbers["mine"].value) for line in lines] == [(label, 1)], whose


def test_there_and_back_and_to_one_that_was_split_since(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(3), day(9, 20))
    session.add("supervision_visit", {"visited_on": day(5), "finding": "现场查看"}, parent=uid)
    handed(session, uid, second, day(4))
    handed(session, uid, first, day(6))
    parts = tuple(unit(session, name, established_on=day(8)) for name in ("甲一局", "甲二局"))
    session.set("unit", first, {"abolished_on": day(8), "split_into": parts})
    session.set(KIND, uid, {"lead_unit": parts[1]})
    assert (month(session, 3), month(session, 9)) == ({"甲局": {"assigned": 1}}, {"甲二局": {"due": 1, "open_overdue": 1}})
    visits = metrics.table(session, ["visits"], "unit", period="2022")
    assert [(line.label, line.numbers["visits"].value) for line in visits] == [("乙局", 1)]


def test_undone_it_was_never_transferred(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(6), day(9, 20))
    handed(session, uid, second, day(8))
    assert session.undo_last() is not None
    values = session.must_get(KIND, uid).values
    assert (values["held_by"], values["held_since"], values["first_acknowledged_on"]) == (None, None, None)
    assert (month(session, 6), month(session, 9)) == ({"甲局": {"assigned": 1}}, {"甲局": {"due": 1, "open_overdue": 1}})


def test_the_week_of_an_assignment_is_whose_it_was_when_it_was_due(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, dt.date(2022, 9, 5), dt.date(2022, 9, 9), kind="weekly_assignment")
    handed(session, uid, second, dt.date(2022, 9, 14), kind="weekly_assignment")
    assert [week.unit for week in weekly.by_unit(session, week_of(dt.date(2022, 9, 9)))] == [first]
    session.fixed_today = dt.date(2022, 9, 15)
    session.take_step("weekly_assignment", uid, "carry-over", "结转", {"deadline": dt.date(2022, 9, 16)})
    assert [week.unit for week in weekly.by_unit(session, week_of(dt.date(2022, 9, 16)))] == [second]


def test_what_a_transfer_asks_and_what_it_ends(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    uid = given(session, first, day(6), day(9, 20))
    with pytest.raises(BadInput, match="「甲局」就是现在的责任单位，转办请选别的单位"):
        handed(session, uid, first, day(8))
    assert session.must_get(KIND, uid).values["transferred_on"] is None
    session.fixed_today = day(8)
    session.take_step(KIND, uid, "request-extension", "来不及", {"requested_deadline": day(10)})
    handed(session, uid, second, day(8, 20))
    # what the first unit asked for is not granted to the second, nor counted against the first
    assert [each.values["status"] for each in session.children(uid, "extension")] == ["voided"]
    with pytest.raises(BadInput, match="没有待批的延期申请"):
        session.take_step(KIND, uid, "grant-extension")


def test_nothing_is_acknowledged_before_the_day_comes(session: Session) -> None:
    uid = given(session, unit(session, "甲局"), day(6), day(9, 20))
    with pytest.raises(BadInput, match="签收时间不能晚于今天"):
        session.set(KIND, uid, {"acknowledged_on": TODAY + dt.timedelta(days=1)})
    with pytest.raises(BadInput, match="签收时间不能晚于今天"):
        session.take_step(KIND, uid, "acknowledge", "", {"acknowledged_on": TODAY + dt.timedelta(days=1)})


def test_what_is_handed_over_later_had_not_been_by_then(session: Session) -> None:
    first, second = unit(session, "甲局"), unit(session, "乙局")
    handed(session, given(session, first, day(6), day(9, 20)), second, day(8))
    for period in ("2022", None):
        for as_of, number in ((day(8, 14), 0), (day(8), 1), (None, 1)):
            found = metrics.count(session, ["transferred_in", "transferred_out"], period=period, as_of=as_of)
            assert [each.value for each in found.values()] == [number, number], (period, as_of)


def test_it_was_given_away_by_whoever_stood_the_day_before(session: Session) -> None:
    """Both bureaus became others on the day of the handing over: the old one gave, the new one got."""
    first, second = unit(session, "甲局"), unit(session, "乙局")
    handed(session, given(session, first, day(6), day(9, 20)), second, CHANGE)
    for old, name in ((first, "丙局"), (second, "丁局")):
        session.set("unit", old, {"abolished_on": CHANGE, "successor": unit(session, name, established_on=CHANGE)})
    for figure, whose in (("transferred_out", "甲局"), ("transferred_in", "丁局")):
        lines = metrics.table(session, [figure], "unit", period="2022-07")
        assert {line.label: line.numbers[figure].value for line in lines if line.numbers[figure].value} == {whose: 1}
        assert metrics.count(session, [figure], period="2022-07", unit=session.names.unit_by_name(whose))[figure].value == 1
