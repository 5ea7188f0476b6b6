"""Units that came and went: whose a row is on a day, which unit a new one may name, and what the lists and the command line say."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.domain import wall_chart, weekly
from db.errors import BadInput
from db.metrics import metrics, own_figures
from db.model import lineage
from db.model.declarations import Figure
from db.model.periods import week_of
from db.model.query import Query, Where
from db.session import Session
from db.units import unit_assignment
from desktop import cli
from tests.units_office import CHANGE, PASSWORD, TODAY, day, opened, unit


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        yield made


def item(session: Session, lead: str, on: dt.date, deadline: dt.date, kind: str = "rectification") -> str:
    uid = session.add(kind, {"title": "事项", "lead_unit": lead, "assigned_on": on, "deadline": deadline})
    session.take_step(kind, uid, "assign")
    return uid


def merged(session: Session) -> tuple[str, str, str]:
    """Two bureaus made one on 1 July, each with an item of March that was due in August."""
    old, other = unit(session, "老城管局"), unit(session, "老住建局")
    item(session, old, day(3), day(8))
    item(session, other, day(3), day(8))
    new = unit(session, "城乡建设局", established_on=CHANGE)
    for each in (old, other):
        session.set("unit", each, {"abolished_on": CHANGE, "successor": new})
    return old, other, new


def unit_of(session: Session, kind: str, uid: str, on: dt.date) -> str:
    """Whose a record is on a day: the unit it names, or the one that came before or after it by then."""
    declared, values = session.kinds.get(kind), session.must_get(kind, uid).values
    held = [values.get(name) for name in session.kinds.custody_fields(declared)]
    whose = session.names.succession.on(values[declared.unit], on, lineage.parse_custody(*held))
    return session.unit_name(whose or "")


def by_unit(session: Session, name: str, period: str) -> dict[str, Any]:
    lines = metrics.table(session, [name], "unit", period=period)
    return {line.label: line.numbers[name].value for line in lines if line.numbers[name].value}


def test_a_merger_leaves_the_past_and_takes_what_comes(session: Session) -> None:
    old, other, new = merged(session)
    assert by_unit(session, "assigned", "2022-03") == {"老城管局": 1, "老住建局": 1}
    assert by_unit(session, "open_overdue", "2022-08") == {"城乡建设局": 2}
    assert by_unit(session, "assigned", "2022") == {"老城管局": 1, "老住建局": 1}
    assert metrics.count(session, ["open_overdue"], unit=new)["open_overdue"].value == 2
    assert metrics.count(session, ["open_overdue"], unit=old)["open_overdue"].value == 0
    # what is still to be done stands in the new unit's list, in its week and on the wall; the record names whom it was given to
    mine = session.find(Query(kind="rectification", where=(Where("unit", "in", [new]),)))
    assert {session.text(r, "lead_unit") for r in mine} == {"老城管局", "老住建局"}
    assert {s.unit for s in wall_chart.spans(session)} == {new}
    assert len(wall_chart.spans(session, unit=new)) == 2
    assert wall_chart.spans(session, unit=old) == []
    item(session, other, day(6), day(7), kind="weekly_assignment")
    assert [w.unit for w in weekly.by_unit(session, week_of(day(7)))] == [new]


def test_the_day_of_change_itself_is_the_successor_s(session: Session) -> None:
    old = unit(session, "甲局")
    for on in (dt.date(2022, 6, 30), CHANGE):
        item(session, old, dt.date(2022, 6, 30), on)
    new = unit(session, "乙局", established_on=CHANGE)
    session.set("unit", old, {"abolished_on": CHANGE, "successor": new})
    assert by_unit(session, "due", "2022-06") == {"甲局": 1}
    assert by_unit(session, "due", "2022-07") == {"乙局": 1}


def test_months_and_years_go_by_their_last_day(session: Session) -> None:
    old = unit(session, "甲镇")
    for year in (2021, 2022):
        session.add("three_zero", {"unit": old, "year": year, "place": "东街社区"})
    session.set("unit", old, {"abolished_on": CHANGE, "successor": unit(session, "甲街道", established_on=CHANGE)})
    for year, name in (("2021", "甲镇"), ("2022", "甲街道")):
        assert [line.label for line in metrics.table(session, ["three_zero_rate"], "unit", period=year)] == [name]


def test_no_new_row_names_a_unit_that_ceased(session: Session) -> None:
    old, _, new = merged(session)
    row = {"title": "新事项", "lead_unit": old, "assigned_on": day(8), "deadline": day(9, 30)}
    with pytest.raises(BadInput, match="「老城管局」2022年7月1日已撤销，由「城乡建设局」承接"):
        session.add("rectification", row)
    with pytest.raises(BadInput, match="已撤销"):
        session.add("rectification", {"title": "拟办", "lead_unit": old})
    with pytest.raises(BadInput, match="已撤销"):
        session.add("rectification", {"title": "拟办", "lead_unit": new, "cooperating_units": (old,)})
    past = session.add("rectification", row | {"assigned_on": day(5)})
    assert session.set("rectification", past, {"title": "改个题目"}) == ["title"]
    with pytest.raises(BadInput, match="已撤销"):
        session.set("rectification", past, {"assigned_on": day(8)})
    session.take_step("rectification", past, "assign")
    with pytest.raises(BadInput, match="已撤销"):
        session.take_step("rectification", past, "transfer", "转办", {"lead_unit": old})
    # what a step writes under it of today names who answers for it today
    session.take_step("rectification", past, "remind", "请抓紧")
    assert [session.text(r, "to_unit") for r in session.children(past, "letter")] == ["城乡建设局"]


def test_a_split_names_its_parts_and_a_handed_over_item_keeps_its_past(session: Session) -> None:
    old = unit(session, "大局")
    first, second = item(session, old, day(3), day(8)), item(session, old, day(3), day(8))
    parts = tuple(unit(session, name, established_on=CHANGE) for name in ("东局", "西局"))
    session.set("unit", old, {"abolished_on": CHANGE, "split_into": parts})
    with pytest.raises(BadInput, match="分设为「东局」「西局」，请选其中一个"):
        session.add("rectification", {"title": "新", "lead_unit": old})
    session.take_step("rectification", first, "transfer", "机构改革", {"lead_unit": parts[0]})
    session.set("rectification", second, {"lead_unit": parts[1]})
    assert by_unit(session, "assigned", "2022-03") == {"大局": 2}
    assert by_unit(session, "open_overdue", "2022-08") == {"东局": 1, "西局": 1}


def test_one_taken_in_by_a_unit_that_stood_already_leaves_that_one_s_past_alone(session: Session) -> None:
    big, small = unit(session, "大局", established_on=dt.date(2010, 1, 1)), unit(session, "小局")
    for each in (big, small):
        item(session, each, day(3), day(8))
    session.set("unit", small, {"abolished_on": CHANGE, "successor": big})
    assert by_unit(session, "assigned", "2022-03") == {"大局": 1, "小局": 1}
    assert by_unit(session, "due", "2022-08") == {"大局": 2}


def test_headcounts_are_neither_counted_twice_nor_lost(session: Session) -> None:
    old, other, new = merged(session)
    for each, count, on in ((old, 100, day(6)), (other, 50, day(6))):
        session.add("grid_headcount", {"unit": each, "counted_on": on, "headcount": count})

    def workers(period: str) -> Any:
        return metrics.count(session, ["grid_workers"], period=period)["grid_workers"].value

    assert (workers("2022-06"), workers("2022-07")) == (150, 150)
    assert by_unit(session, "grid_workers", "2022-06") == {"老城管局": 100, "老住建局": 50}
    assert by_unit(session, "grid_workers", "2022-07") == {"城乡建设局": 150}
    session.add("grid_headcount", {"unit": new, "counted_on": day(8), "headcount": 160})
    assert [workers(p) for p in ("2022-06", "2022-07", "2022-08", "2022")] == [150, 150, 160, 160]
    rows = metrics.rows(session, "grid_workers", period="2022-08").rows
    assert len(rows) == 1


def test_what_is_no_units_stays_so_when_units_change(session: Session) -> None:
    old, *_ = merged(session)
    session.take_step("meeting", session.add("meeting", {"title": "调度会", "kind_of_meeting": "special", "held_on": day(8)}), "hold")
    assert by_unit(session, "meetings", "2022-08") == {"（未填）": 1}
    assert metrics.count(session, ["meetings"], period="2022-08", unit=old)["meetings"].value == 0


def test_what_is_newest_of_a_month_is_the_successor_s_from_its_first_month_on(session: Session) -> None:
    """Numbers of an office's own, of a day or of a month alike: of whoever the row is, where nothing else is said."""
    old, _, new = merged(session)
    with session.atomic("import", "指标"):
        above = session.add("indicator", {"name": "运力", "year": 2022, "measure": "万吨", "lead_unit": new})
        for whose, month, value in ((old, "2022-06", 5), (new, "2022-07", 7)):
            session.add("indicator_value", {"unit": whose, "month": month, "value": value}, parent=above)
            day_of = dt.date.fromisoformat(f"{month}-01")
            session.add("grid_headcount", {"unit": whose, "counted_on": day_of, "headcount": value})
    for kind, field, period in (("indicator_value", "value", "month"), ("grid_headcount", "headcount", "counted_on")):
        own_figures.save(session, Figure(name="mine", label="自定的", kinds=(kind,), count=f"latest:{field}", period=period))
        assert [metrics.count(session, ["mine"], period=f"2022-{month}")["mine"].value for month in ("06", "07", "08")] == [5, 7, 7], kind


def test_two_hundred_changes_one_after_the_other_are_counted_like_one(session: Session) -> None:
    """Carved out, both made one, carved out again: 2 ** 66 ways from the first unit to the last, and every figure still comes."""
    first = whole = unit(session, "单位")
    uid = item(session, whole, dt.date(2022, 1, 1), day(9, 27))
    session.add("grid_headcount", {"unit": whole, "counted_on": dt.date(2022, 1, 2), "headcount": 7})
    with session.atomic("import", "机构改革"):
        for number in range(66):
            on = dt.date(2022, 1, 3) + dt.timedelta(days=4 * number)
            part = unit(session, f"划出{number}", established_on=on)
            session.names.forget()
            session.set("unit", whole, {"split_into": (part,)})
            session.names.forget()
            if number % 2:
                session.set("rectification", uid, {"lead_unit": part})
            on += dt.timedelta(days=2)
            after = unit(session, f"合并{number}", established_on=on)
            session.names.forget()
            for each in (whole, part):
                session.set("unit", each, {"abolished_on": on, "successor": after})
            session.names.forget()
            whole = after
    assert by_unit(session, "assigned", "2022-01") == {"单位": 1}
    assert by_unit(session, "open_overdue", "2022-09") == {"合并65": 1}
    assert by_unit(session, "grid_workers", "2022-01") == {"合并6": 7}
    for number in range(66):
        on = dt.date(2022, 1, 3) + dt.timedelta(days=4 * number)
        whose = unit_of(session, "rectification", uid, on)
        # the ways that nobody took are not asked for: each part that had it, and whoever had it before until then
        assert whose == (f"划出{number}" if number % 2 else f"合并{number - 1}" if number else "单位")
    assert metrics.count(session, ["assigned"], unit=first)["assigned"].value == 1
    assert session.taken_over(whole) == session.names.succession.held_on(whole, TODAY)


def test_a_list_of_parts_typed_over_moves_nothing(session: Session) -> None:
    old = unit(session, "大局")
    uid = item(session, old, day(3), day(8))
    carved = unit(session, "东局", established_on=dt.date(2022, 5, 1))
    session.set("unit", old, {"split_into": (carved,)})
    session.set("rectification", uid, {"lead_unit": carved})
    assert (by_unit(session, "assigned", "2022-03"), by_unit(session, "open_overdue", "2022-08")) == ({"大局": 1}, {"东局": 1})
    parts = tuple(unit(session, name, established_on=CHANGE) for name in ("南局", "北局"))
    session.set("unit", old, {"abolished_on": CHANGE, "split_into": parts})
    assert (by_unit(session, "assigned", "2022-03"), by_unit(session, "open_overdue", "2022-08")) == ({"大局": 1}, {"东局": 1})
    assert metrics.count(session, ["assigned"], period="2022-03", unit=old)["assigned"].value == 1
    # and on the wall it is where it is today
    assert [s.unit for s in wall_chart.spans(session)] == [carved]
    assert (len(wall_chart.spans(session, unit=carved)), wall_chart.spans(session, unit=old)) == (1, [])


@pytest.mark.parametrize("how", ["typed", "step"])
def test_an_item_of_a_deleted_unit_can_be_handed_over(session: Session, how: str) -> None:
    old = unit(session, "甲局")
    uid = item(session, old, day(3), day(8))
    new = unit(session, "乙局", established_on=dt.date(2022, 4, 1))
    session.set("unit", old, {"abolished_on": dt.date(2022, 4, 1), "successor": new})
    session.delete("unit", old)
    part = unit(session, "丙局", established_on=CHANGE)
    session.set("unit", new, {"split_into": (part,)})
    if how == "typed":
        session.set("rectification", uid, {"lead_unit": part})
    else:
        session.take_step("rectification", uid, "transfer", "机构改革", {"lead_unit": part})
    assert (by_unit(session, "assigned", "2022-03"), by_unit(session, "open_overdue", "2022-08")) == ({"甲局": 1}, {"丙局": 1})


def test_people_of_a_renamed_unit_are_the_same_people(session: Session) -> None:
    old = unit(session, "甲局")
    new = unit(session, "乙局", established_on=CHANGE)
    session.set("unit", old, {"abolished_on": CHANGE, "successor": new})
    for on, whose in ((day(3), old), (day(8), new)):
        held = session.add("training_class", {"name": f"{on.month}月班", "held_on": on})
        session.add("training_attendance", {"name": "柏景行", "unit": whose, "attended_on": on}, parent=held)
    number = metrics.count(session, ["people_trained", "attendance_rows"], period="2022")
    assert (number["people_trained"].value, number["attendance_rows"].value) == (1, 2)


def test_a_list_of_parts_is_added_to_after_one_of_them_is_gone(session: Session) -> None:
    old = unit(session, "老教体局")
    first, second, stranger = (unit(session, name, established_on=CHANGE) for name in ("体育中心", "托育中心", "无关中心"))
    session.set("unit", old, {"split_into": (first,)})
    session.delete("unit", first)
    session.set("unit", old, {"split_into": (first, second)})
    session.delete("unit", stranger)
    with pytest.raises(BadInput, match="不在单位表中"):
        session.set("unit", old, {"split_into": (first, second, stranger)})


def test_a_cadre_s_unit_of_the_day_follows_the_units(session: Session) -> None:
    old, _, new = merged(session)
    person = session.add("cadre", {"name": "赵燚", "unit": old})
    session.add("post_history", {"post": "科长", "unit": old, "appointed_on": dt.date(2019, 1, 1)}, parent=person)
    for on, whose in ((day(3), old), (day(8), new)):
        row = {"cadre": person, "nature": "reward", "content": "嘉奖", "decided_on": on}
        assert session.must_get("reward_sanction", session.add("reward_sanction", row)).values["unit"] == whose
        # the same for rows that nobody sits before
        assert unit_assignment.of_the_day(session, session.kinds.get("reward_sanction"), row) == {"unit": whose}
    assert by_unit(session, "rewards", "2022") == {"老城管局": 1, "城乡建设局": 1}
    assert by_unit(session, "cadres", "2022") == {"城乡建设局": 1}


def test_rows_that_come_in_unseen_get_the_unit_of_their_day(session: Session) -> None:
    old, _, new = merged(session)
    kind = session.kinds.get("rectification")
    assert unit_assignment.of_the_day(session, kind, {"lead_unit": old, "assigned_on": day(5)}) == {}
    assert unit_assignment.of_the_day(session, kind, {"lead_unit": old, "assigned_on": day(8)}) == {"lead_unit": new}
    assert unit_assignment.of_the_day(session, kind, {"lead_unit": new, "cooperating_units": (old, new)}) == {"cooperating_units": (new,)}


def test_one_that_ceases_tomorrow_is_still_there_today(session: Session) -> None:
    soon = unit(session, "将撤局", abolished_on=TODAY + dt.timedelta(days=1))
    assert session.names.units()[soon].active
    session.add("rectification", {"title": "今天的事", "lead_unit": soon})
    session.fixed_today = TODAY + dt.timedelta(days=1)
    assert not session.names.units()[soon].active


def test_successors_that_run_in_a_circle_are_refused(session: Session) -> None:
    old, _, new = merged(session)
    with pytest.raises(BadInput, match="承接单位绕成了圈"):
        session.set("unit", new, {"abolished_on": day(8), "successor": old})


@pytest.mark.parametrize("how", ["abolished", "deleted"])
def test_a_unit_that_is_gone_can_still_be_asked_for_by_name(tmp_path: Path, how: str, capsys: Any, monkeypatch: Any) -> None:
    made, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)
    gone = unit(made, "旧城管局", short_name="旧城管")
    item(made, gone, dt.date(2022, 3, 1), dt.date(2022, 4, 1))
    if how == "deleted":
        made.delete("unit", gone)
        unit(made, "新局", short_name="旧城管")
    else:
        made.set("unit", gone, {"abolished_on": dt.date(2022, 7, 1)})
    made.close()
    monkeypatch.setitem(os.environ, "ZHENGXIAN_PASSWORD", PASSWORD)

    def run(*words: str) -> Any:
        assert cli.main(["--data", str(tmp_path / "office"), "--user", "admin", "--json", *words]) == 0
        return json.loads(capsys.readouterr().out)

    answer = run("figure", "assigned", "--rows", "--period", "2022-03", "--unit", "旧城管局")
    assert (answer["value"], len(answer["rows"])) == (1, 1)
    assert len(run("list", "rectification", "--where", "unit=旧城管局")) == 1
    shown = run("list", "rectification", "--where", "lead_unit=旧城管局")
    assert [r["unit"] for r in shown] == ["旧城管局"]
    # a name in use means the unit that uses it
    assert run("figure", "assigned", "--unit", "旧城管")["value"] == (0 if how == "deleted" else 1)
    listed = run("figures", "--period", "2022-03", "--unit", "旧城管局")
    assert next(f["scope"] for f in listed if f["name"] == "assigned") == "旧城管局"
