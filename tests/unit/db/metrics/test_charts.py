"""What stands in a chart: which bars there are and how they are called, what a figure can be told apart by, each counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from db.errors import BadInput
from db.metrics import charts, metrics, own_figures
from db.model import periods
from db.model.declarations import Field, Figure, Kind
from db.session import Session
from tests.samples import new_office, not_kept

TODAY = dt.date(2022, 10, 14)
OCTOBER = periods.parse("2022-10")
MONTHS = tuple(f"{month}月" for month in range(1, 13))


def field(name: str, type: str, **more: Any) -> Field:
    return Field(name=f"x_{name}", label=name, type=type, **more)


#: A ledger of the office's own that is told apart by nine of its fields.
OWN = Kind(name="own_checks", label="校园检查", title="title", family="自建", source="office", unit="unit", fields=(
    Field(name="title", label="学校", type="text", required=True), Field(name="unit", label="责任单位", type="unit"),
    field("stars", "integer", minimum=0, maximum=11), field("score", "integer", minimum=0, maximum=12), field("pupils", "integer", minimum=0),
    field("ends", "integer", maximum=9), field("shut", "flag"), field("led", "reference", kind="leader"), field("before", "reference", kind="own_checks"),
    field("said", "text"), field("day", "date"), field("paper", "choice", choices=("甲", "乙"), show=("sheet",)),
    field("aside", "choice", choices=("甲", "乙"), show=("form",)), field("month", "choice", choices=MONTHS), field("zodiac", "choice", choices=(*MONTHS, "闰月")),
    field("sorts", "choices", choices=("甲", "乙")),
))  # fmt: skip
GROUPS = ["unit", "x_stars", "x_shut", "x_led", "x_paper", "x_month", "x_zodiac", "x_sorts"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A city with two counties below it, one bureau that is gone and had an item, one that never had any."""
    with new_office(tmp_path_factory.mktemp("charts"), TODAY) as made:
        city = made.add("unit", {"name": "云川市", "category": "city"})
        units = [made.add("unit", {"name": name, "superior": city, "category": "county", **more}) for name, more in (
            ("澄陵县", {"sort_order": 3}), ("棠阴区", {"sort_order": 2, "short_name": "棠阴"}),
        )]  # fmt: skip
        gone, never = (made.add("unit", {"name": name, "category": "bureau", "sort_order": 1}) for name in ("甲局", "乙局"))
        for on, unit, more in (
            (dt.date(2022, 10, 3), units[0], {"source": "meeting"}), (dt.date(2022, 10, 10), units[1], {}), (dt.date(2022, 9, 30), units[1], {}),
            (dt.date(2022, 1, 4), gone, {}),
        ):
            values = {"title": f"{on.day}日的事", "lead_unit": unit, "assigned_on": on, "deadline": dt.date(2022, 12, 1), **more}
            made.take_step("rectification", made.add("rectification", values), "assign")
        for each in (gone, never):
            made.set("unit", each, {"abolished_on": dt.date(2022, 2, 1)})
        made.save_kind(OWN)
        for stars, month in ((5, "3月"), (5, "12月"), (4, "3月"), (None, None)):
            made.add(OWN.name, {"title": "学校", "unit": units[0], "x_stars": stars, "x_month": month, "x_zodiac": month})
        yield made


def own(**more: Any) -> Figure:
    return Figure(**{"name": "mine", "label": "自定的", "kinds": (OWN.name,), "drafts": True, **more})


def bars(values: list[charts.Value]) -> list[tuple[str, Any]]:
    return [(value.label, value.number.value) for value in values]


def test_a_unit_that_is_gone_stands_where_it_had_something(session: Session) -> None:
    """In the order of the register, by their short names; who had nothing is there with nought."""
    year = periods.parse("2022")
    assert bars(charts.by_unit(session, "assigned", year)) == [("甲局", 1), ("棠阴", 2), ("澄陵县", 1), ("云川市", 0)]
    assert bars(charts.by_unit(session, "assigned", OCTOBER)) == [("棠阴", 1), ("澄陵县", 1), ("云川市", 0)]
    assert [line.label for line in metrics.table(session, ["assigned"], "unit", period=year)] == ["甲局", "棠阴区", "澄陵县"]


def test_each_ledger_is_a_bar(session: Session) -> None:
    assert [kind.name for kind in charts.counted_ledgers(session, "trainees")] == ["training_gap"], "what they hang under is what people see"
    label, values, kept = charts.by_grouping(session, "attendances", "台账", OCTOBER)
    assert (label, bars(values), kept) == ("台账", [("培训班次", 0), ("讲堂", 0)], False)
    own_lines = [value for value in charts.by_ledger(session, "assigned", period=OCTOBER) if value.number.value]
    assert [(value.key, value.number.value) for value in own_lines] == [("rectification", 2)]


def test_an_offices_own_ledger_is_told_apart_by_what_has_few_values(session: Session) -> None:
    """Not by text, days, amounts, what it is itself, or what is in no list."""
    found = charts.groupings_of(session, own())
    assert [each.key for each in found] == GROUPS
    assert {each.ledgers for each in found} == {None}


def test_a_leader_is_offered_once_and_titles_never(session: Session) -> None:
    keys = [each.key for each in charts.groupings(session, "assigned")]
    assert charts.LEADER in keys and "lead_leader" not in keys and "title" not in keys and charts.PARENT not in keys
    assert not {"by_city", "by_county"} & set(keys), "one city alone, and two counties with nothing below"
    few = {each.key for each in charts.groupings(session, "assigned", ["project"])}
    assert "stage" in few and "source" not in few
    below = {each.key for each in charts.groupings(session, "visits", ["supervision_visit"])}
    assert charts.PARENT in below and "stage" not in below


def test_what_rows_hang_under_is_named_while_they_are_few(session: Session) -> None:
    every = ("rectification", "regret", "weekly_assignment", "assigned_item")
    for many in (1, 3, 4):
        figure = Figure(name="mine", label="自定的", kinds=("milestone",), parents=every[:many])
        (above,) = (each.label for each in charts.groupings_of(session, figure) if each.key == charts.PARENT)
        assert above == ("、".join(session.kinds.get(name).label for name in every[:many]) if many < 4 else "所属事项")


def test_like_named_fields_that_are_not_the_same_question_stand_apart(session: Session) -> None:
    for key, kinds in (("category", ("assigned_item", "rectification")), ("place_type", ("party_branch", "three_zero"))):
        figure = Figure(name="mine", label="自定的", kinds=kinds, drafts=True)
        found = [each for each in charts.groupings_of(session, figure) if each.key == key]
        assert sorted(each.ledgers or () for each in found) == [(kind,) for kind in kinds]
    alone = [each for each in charts.groupings(session, "assigned", ["assigned_item"]) if each.key == "category"]
    assert [each.ledgers for each in alone] == [None]
    for kind in ("rectification", "assigned_item"):
        (group,) = (each for each in charts.groupings(session, "assigned", [kind]) if each.key == "category")
        values = charts.by_group(session, "assigned", group, OCTOBER, [kind])
        options = [option.label for option in session.kinds.get(kind).field("category").options]
        assert [value.label for value in values if value.key] == options


def test_reports_that_are_due_are_told_apart_by_class_and_rhythm(session: Session) -> None:
    for names in (None, ["rectification"]):
        found = {each.key: each.label for each in charts.groupings(session, "reports_due", names)}
        assert found["rhythm"] == "报告节奏" and found["report_class"] == session.kinds.get("rectification").field("report_class").label


def grouping(session: Session, figure: Figure, key: str) -> charts.Grouping:
    return next(each for each in charts.groupings_of(session, figure) if each.key == key)


def test_twelve_choices_stand_with_what_had_nothing_and_thirteen_with_what_had_some(session: Session) -> None:
    with not_kept(session, "自定"):
        own_figures.save(session, own())
        twelve = charts.by_group(session, "mine", grouping(session, own(), "x_month"), None)
        assert bars(twelve) == [*((month, {"3月": 2, "12月": 1}.get(month, 0)) for month in MONTHS), ("（未填）", 1)]
        assert bars(charts.by_group(session, "mine", grouping(session, own(), "x_zodiac"), None)) == [("12月", 1), ("3月", 2), ("（未填）", 1)]
        assert bars(charts.by_group(session, "mine", grouping(session, own(), "x_stars"), None)) == [("4", 1), ("5", 2), ("（未填）", 1)]
        assert bars(charts.by_group(session, "mine", grouping(session, own(), "x_sorts"), None)) == [("（未填）", 4)]


def test_a_ledger_that_is_asked_for_alone_is_counted_alone(session: Session) -> None:
    source = next(each for each in charts.groupings(session, "assigned") if each.key == "source")
    assert sum(value for _, value in bars(charts.by_group(session, "assigned", source, OCTOBER))) == 2
    nothing = charts.by_group(session, "assigned", source, OCTOBER, ["regret"])
    assert sum(value for _, value in bars(nothing)) == 0


@pytest.mark.parametrize(("shape", "many", "labels"), [
    ("week", 13, ["39周", "40周", "41周"]), ("month", 12, ["12月", "2022.1", "2月"]), ("year", 5, ["2020年", "2021年", "2022年"]),
])  # fmt: skip
def test_time_goes_up_to_the_day(session: Session, shape: str, many: int, labels: list[str]) -> None:
    found = charts.over_time(session, "assigned", shape, TODAY)
    names = [value.label for value in found]
    assert len(found) == many and (names[1:4] if shape == "month" else names[-3:]) == labels
    assert sum(value.number.value or 0 for value in found) == (4 if shape != "week" else 3)
    said = charts.by_grouping(session, "assigned", shape, None)
    assert (said[1], said[2]) == (found, True)


def test_how_things_stand_now_has_no_trend(session: Session) -> None:
    assert not charts.has_trend(session, "cadres") and charts.over_time(session, "cadres", "month", TODAY) == []


def test_the_last_part_of_time_is_as_of_the_day_and_one_that_is_over_as_of_its_end(session: Session) -> None:
    for on, text, number in ((dt.date(2022, 9, 29), "2022-09@2022-09-29", 0), (dt.date(2022, 9, 30), "2022-09", 1)):
        (*_, before, last) = charts.over_time(session, "assigned", "month", on, as_of=on)
        assert (before.key, last.key, last.number.value) == ("2022-08", text, number)
    _, values, _ = charts.by_grouping(session, "assigned", "月", OCTOBER, as_of=dt.date(2022, 10, 5))
    assert (values[-1].key, values[-1].number.value) == ("2022-10@2022-10-05", 1)
    assert charts.by_grouping(session, "assigned", "月", periods.parse("2022-03"))[1][-1].key == "2022-03"


def test_a_figure_is_told_apart_by_key_or_by_label(session: Session) -> None:
    for by in ("unit", "单位"):
        label, values, kept = charts.by_grouping(session, "assigned", by, OCTOBER)
        assert (label, kept, bars(values)) == ("单位", True, [("棠阴", 1), ("澄陵县", 1), ("云川市", 0)])
    source = session.kinds.get("rectification").field("source")
    for by in ("source", source.label):
        label, values, kept = charts.by_grouping(session, "assigned", by, OCTOBER)
        assert (label, kept) == (source.label, False) and sum(value for _, value in bars(values)) == 2
    with pytest.raises(BadInput, match="不能按“星座”分开数"):
        charts.by_grouping(session, "assigned", "星座", OCTOBER)


def test_figures_stand_in_the_family_they_were_declared_in(session: Session) -> None:
    found = {family: [each.name for each in figures] for family, figures in charts.choices(session).items()}
    assert {"trainees", "drills"} <= set(found["培训演练"]) and "" not in found


def test_a_line_of_what_rows_hang_under_is_called_by_its_title(session: Session) -> None:
    above = next(session.office.each("rectification", "title = '3日的事'"))
    with not_kept(session, "督查"):
        session.add("supervision_visit", {"visited_on": TODAY, "finding": "现场查看"}, parent=above.uid)
        (line,) = metrics.table(session, ["visits"], "parent", period=OCTOBER)
        assert (line.key, line.label, line.numbers["visits"].value) == (above.uid, "3日的事", 1)
        (row,) = metrics.rows(session, "visits", period=OCTOBER).rows
        assert row.about == "3日的事"


def test_lines_of_days_go_on_in_time_and_those_of_states_say_which(session: Session) -> None:
    days = [line.key for line in metrics.table(session, ["assigned"], "day", period="2022")]
    assert days == ["2022-01-04", "2022-09-30", "2022-10-03", "2022-10-10"]
    lines = metrics.table(session, ["assigned"], "state", period="2022")
    assert [(line.label, line.numbers["assigned"].value) for line in lines] == [("assigned", 4)]


def test_before_there_is_a_period_nothing_is_carried_over(session: Session) -> None:
    assert metrics.count(session, ["carried_over"])["carried_over"].value is None
    assert metrics.rows(session, "carried_over").rows == []
    assert [row.title for row in metrics.rows(session, "carried_over", period=OCTOBER).rows] == ["30日的事", "4日的事"]
    assert len(metrics.rows(session, "unfinished", period="2022-09").rows) == 2
    number = metrics.count(session, ["carried_over", "unfinished"], period=OCTOBER)
    assert (number["carried_over"].value, number["unfinished"].value) == (2, 4)


def test_at_and_a_day_is_as_of_that_day(session: Session) -> None:
    assert [metrics.count(session, ["assigned"], period=f"@2022-10-{day}")["assigned"].value for day in ("02", "03", "14")] == [2, 3, 4]


def test_numbers_for_a_machine_are_whole_where_they_can_be() -> None:
    found = [metrics.plain(number) for number in (3, Decimal("15.0"), Decimal("66.7"), None)]
    assert found == [3, 15, 66.7, None] and [type(each) for each in found[:3]] == [int, int, float]


def test_a_figure_can_be_grouped_by_what_its_ledgers_have(session: Session) -> None:
    assert [metrics.groups_by(session, "assigned", name) for name in ("source", "nothing")] == [True, False]
