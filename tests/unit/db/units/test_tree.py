"""Units inside one another: drawn as a tree, and figures told apart by city and by county."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from db.domain import monthly_review
from db.errors import BadInput
from db.metrics import charts, metrics, own_figures
from db.model import periods
from db.model.declarations import Figure
from db.model.groups import GROUPS
from db.session import Session
from db.units import tree
from desktop.bulletin.report import reports
from tests.samples import new_office
from tests.unit.bulletin.report.test_true_sentences import whole

TODAY = dt.date(2022, 9, 28)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("tree"), TODAY) as made:
        fill(made)
        yield made


def fill(session: Session) -> None:
    """A province of two cities with two counties each, a township below one, and a bureau of its own."""
    def add(name: str, category: str, above: str | None = None) -> str:
        uid = session.add("unit", {"name": name, "category": category, "superior": above})
        values = {"title": f"{name}的事", "lead_unit": uid, "deadline": dt.date(2022, 9, 20), "assigned_on": dt.date(2022, 9, 1)}
        session.take_step("rectification", session.add("rectification", values), "assign")
        return uid

    add("省发改委", "bureau")
    for city in ("甲市", "乙市"):
        top = add(city, "city")
        for number in (1, 2):
            below = add(f"{city}{number}县", "county", top)
            if (city, number) == ("甲市", 1):
                add("甲市1县东关镇", "township", below)


def test_each_stands_under_its_superior(session: Session) -> None:
    told = [("　" * depth) + unit.name for unit, depth in tree.lines(session)]
    assert told == [
        "省发改委", "甲市", "　甲市1县", "　　甲市1县东关镇", "　甲市2县", "乙市", "　乙市1县", "　乙市2县",
    ]  # fmt: skip
    below = tree.under(session)
    assert [session.unit_name(uid) for uid in below[session.names.unit_by_name("甲市") or ""]] == ["甲市", "甲市1县", "甲市1县东关镇", "甲市2县"]


@pytest.mark.parametrize("as_of", [None, dt.date(2022, 9, 25)])
def test_figures_by_city_and_by_county_add_up_to_the_whole(session: Session, as_of: dt.date | None) -> None:
    whole = metrics.count(session, ["assigned", "open_overdue"], period="2022-09", as_of=as_of)
    for group, lines in (
        ("by_city", {"甲市": 4, "乙市": 3, "其他单位": 1}),
        ("by_county", {"甲市1县": 2, "甲市2县": 1, "乙市1县": 1, "乙市2县": 1, "其他单位": 3}),
    ):
        table = metrics.table(session, ["assigned", "open_overdue", "completion_rate"], group, period="2022-09", as_of=as_of)
        assert {line.label: line.numbers["assigned"].value for line in table} == lines
        for name in whole:
            assert sum(line.numbers[name].value for line in table) == whole[name].value
    city = session.names.unit_by_name("甲市")
    behind = metrics.rows(session, "assigned", period="2022-09", group=("by_city", city), as_of=as_of)
    assert sorted(row.title for row in behind.rows) == ["甲市1县东关镇的事", "甲市1县的事", "甲市2县的事", "甲市的事"]
    assert {"by_city", "by_county"} <= {each.key for each in charts.groupings(session, "assigned")}


def test_what_has_no_unit_stands_under_none_of_the_cities(session: Session) -> None:
    uid = session.add("meeting", {"title": "调度会", "kind_of_meeting": "special", "held_on": dt.date(2022, 9, 5)})
    session.take_step("meeting", uid, "hold")
    table = metrics.table(session, ["meetings"], "by_city", period="2022-09")
    assert [(line.label, line.numbers["meetings"].value) for line in table] == [("其他单位", 1)]
    session.delete("meeting", uid)


def test_a_sealed_month_is_by_city_what_was_read_out(session: Session) -> None:
    august = periods.parse("2022-08")
    county = session.names.unit_by_name("乙市1县")
    values = {"title": "八月的事", "lead_unit": county, "assigned_on": dt.date(2022, 8, 2), "deadline": dt.date(2022, 8, 20)}
    uid = session.add("rectification", values)
    session.take_step("rectification", uid, "assign")
    monthly_review.seal(session, monthly_review.open_month(session, august))
    session.delete("rectification", uid)
    for group in ("by_city", "by_county"):
        table = metrics.table(session, ["assigned", "extended", "visits"], group, period="2022-08")
        assert [(line.label, line.numbers["assigned"].value) for line in table] == [("乙市" if group == "by_city" else "乙市1县", 1)]
    assert charts.sealed_note(session, "assigned", august, "by_city") == "本月讲评已封存，是封存时的数。"


def test_the_circular_by_city_and_county_and_the_tree_are_printed(session: Session) -> None:
    paper = whole(reports.build(session, "area_circular", period="2022-09").document())
    for text in ("全市2022年9月共交办事项8件", "甲市", "乙市2县", "其他单位"):
        assert text in paper
    drawn = whole(reports.build(session, "unit_tree").document())
    assert drawn.index("甲市") < drawn.index("└─甲市1县") < drawn.index("└───甲市1县东关镇") < drawn.index("乙市")


def test_a_figure_of_the_office_s_own_may_be_told_apart_by_city(session: Session) -> None:
    mine = Figure(name="mine", label="我们的事", kinds=("rectification",), period="assigned_on", drafts=True, group_by=("by_city",))
    own_figures.save(session, own_figures.as_stored(session, mine))
    label, values, kept = charts.by_grouping(session, "mine", "市（州）", metrics.period_of("2022-09"))
    assert (label, kept) == ("市（州）", True) and [value.number.value for value in values] == [4, 3, 1]
    with pytest.raises(BadInput, match="不能按“单位”分开数，可以按：市（州）、台账、周、月、年"):
        charts.by_grouping(session, "mine", "单位", None)
    (kept_one,) = own_figures.every(session)
    session.delete(own_figures.KIND, kept_one.record.uid)
    with pytest.raises(BadInput, match="「week」"):
        own_figures.save(session, own_figures.as_stored(session, msgspec.structs.replace(mine, group_by=("week",))))


def test_groups_are_of_time_or_of_an_area() -> None:
    times = {name for name, group in GROUPS.items() if group.is_time}
    assert {"day", "week", "month", "year"} <= times
    areas = {name: group.area for name, group in GROUPS.items() if group.area}
    assert areas["by_city"] == "city" and areas["by_county"] == "county" and not times & areas.keys()
    assert all(group.is_time for group in GROUPS.values() if group.trend)


def test_superiors_that_two_offices_set_in_a_circle_count_nobody_twice(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, below = list(session.names.units())[:3]
    monkeypatch.setattr(tree, "superiors", lambda *_: {one: other, other: one, below: one})
    found = tree.under(session)
    assert {uid: sorted(found[uid]) for uid in (one, other, below)} == {
        one: sorted([one, other, below]), other: sorted([one, other, below]), below: [below],
    }


def test_the_tree_of_a_day_gone_by(session: Session) -> None:
    """A county that went from one city to another, a town that was renamed, a unit set up since: each as it was on the day."""
    names, day = session.names.unit_by_name, dt.date(2022, 9, 25)
    one, two, county = (str(names(each)) for each in ("甲市", "乙市", "甲市2县"))
    today = [unit.name for unit, _ in tree.lines(session)]
    new = session.add("unit", {"name": "甲市新区", "category": "county", "superior": one, "established_on": dt.date(2022, 9, 27)})
    late = session.add("unit", {"name": "甲市西镇", "category": "township", "superior": None})
    session.set("unit", late, {"superior": county})
    session.set("unit", county, {"superior": two})
    assert [unit.name for unit, _ in tree.lines(session)] != today
    then = [unit.name for unit, _ in tree.lines(session, day)]
    assert [each for each in then if each != "甲市西镇"] == today and "甲市西镇" in then
    above = tree.superiors(session, day)
    assert (above[county], above[late]) == (one, county), "what was filled in later was so before"
    assert tree.areas(session, "city", day)[county] == one and tree.areas(session, "city")[county] == two
    paper = whole(reports.build(session, "unit_tree", period=f"@{day}").document())
    assert "截至2022年9月25日" in paper and "新区" not in paper and paper.index("甲市2县") < paper.index("乙市")
    session.set("unit", county, {"superior": one})
    for uid in (new, late):
        session.delete("unit", uid)
