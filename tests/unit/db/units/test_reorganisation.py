"""Units renamed, merged, split, carved up and abolished in one step: what is said before, what is written, what an undo takes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput, NotPermitted
from db.metrics import metrics
from db.model.query import Query, Where
from db.session import Session
from db.units import reorganisation
from db.units.reorganisation import (
    ABOLISH,
    CARVE,
    MERGE,
    RENAME,
    SPLIT,
    Wish,
    carry_out,
    count_open,
    open_items,
    plan,
)
from tests.units_office import CHANGE, PASSWORD, day, opened, unit


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        yield made


def item(session: Session, lead: str, title: str = "事项", step: str = "assign") -> str:
    values = {"title": title, "lead_unit": lead, "assigned_on": day(3), "deadline": day(8)}
    uid = session.add("rectification", values)
    if step:
        session.take_step("rectification", uid, step)
    return uid


def register(session: Session) -> dict[str, tuple[Any, ...]]:
    """Name → (established, abolished, names of successor and parts) of every unit that is not deleted."""
    found = {}
    for record in session.find(Query(kind="unit")):
        v = record.values
        after = [session.unit_name(u) for u in (v["successor"], *(v["split_into"] or ())) if u]
        found[v["name"]] = (v["established_on"], v["abolished_on"], after)
    return found


def by_unit(session: Session, name: str, period: str) -> dict[str, Any]:
    lines = metrics.table(session, [name], "unit", period=period)
    return {line.label: line.numbers[name].value for line in lines if line.numbers[name].value}


def lead(session: Session, uid: str) -> str:
    return session.text(session.must_get("rectification", uid), "lead_unit")


def test_a_renamed_unit_is_one_change_and_one_undo(session: Session) -> None:
    upper = unit(session, "市政府")
    old = unit(session, "环保局", category="bureau", superior=upper, contact="陆知远", sort_order=3)
    below = unit(session, "环境监测站", superior=old)
    held = item(session, old)
    before = register(session)
    wish = Wish(RENAME, (old,), CHANGE, ("生态环境局",))
    said = plan(session, wish)
    assert register(session) == before, "looking writes nothing"
    assert said.title == "单位更名：环保局 → 生态环境局"
    assert said.words[0] == "2022年7月1日起，「环保局」更名为「生态环境局」。"
    assert any("没有办完的 1 件" in line and "不用逐件转办" in line for line in said.words)
    assert any("下属的 1 个单位改挂在「生态环境局」下" in line for line in said.words)
    carry_out(session, wish)
    new = session.names.unit_by_name("生态环境局")
    assert new is not None
    record = session.must_get("unit", new)
    assert {n: record.values[n] for n in ("category", "superior", "contact", "sort_order")} == {
        "category": "bureau", "superior": upper, "contact": "陆知远", "sort_order": 3,
    }  # fmt: skip
    assert register(session)["环保局"] == (None, CHANGE, ["生态环境局"])
    assert session.must_get("unit", below).values["superior"] == new
    assert lead(session, held) == "环保局", "whom it was given to stands"
    assert by_unit(session, "assigned", "2022-03") == {"环保局": 1}
    assert by_unit(session, "open_overdue", "2022-08") == {"生态环境局": 1}
    session.undo_last()
    assert register(session) == before
    assert by_unit(session, "open_overdue", "2022-08") == {"环保局": 1}


@pytest.mark.parametrize("name", ["城乡建设局", "老住建局"])
def test_units_merge_into_a_new_one_or_into_one_of_them(session: Session, name: str) -> None:
    one, other = unit(session, "老城管局"), unit(session, "老住建局")
    for each in (one, other):
        item(session, each)
    carry_out(session, Wish(MERGE, (one, other), CHANGE, (name,)))
    assert by_unit(session, "open_overdue", "2022-08") == {name: 2}
    assert by_unit(session, "assigned", "2022-03") == {"老城管局": 1, "老住建局": 1}
    assert register(session)["老住建局"][1] == (None if name == "老住建局" else CHANGE)


def test_a_split_hands_each_item_to_a_part_and_keeps_whose_it_was(session: Session) -> None:
    old = unit(session, "文教局")
    school, stage, asked = item(session, old, "学校"), item(session, old, "剧场"), item(session, old, "申请销号中")
    draft = item(session, old, "拟办", step="")
    parts = ("教育局", "文旅局")
    wish = Wish(SPLIT, (old,), CHANGE, parts, shares={school: 0, stage: 1, draft: 1})
    said = plan(session, wish)
    assert "没有办完的 1 件转办给「教育局」，重新签收。" in said.words
    assert "没有办完的 2 件转办给「文旅局」，重新签收。" in said.words
    assert any("1 件没有人接" in line for line in said.warnings)
    alone = plan(session, Wish(SPLIT, (old,), CHANGE, parts, shares={school: 1}))
    assert "没有办完的事项不转给「教育局」。" in alone.words and not any(" 0 件" in line for line in alone.words)
    carry_out(session, wish)
    assert register(session)["文教局"] == (None, CHANGE, ["教育局", "文旅局"])
    assert [lead(session, uid) for uid in (school, stage, draft, asked)] == ["教育局", "文旅局", "文旅局", "文教局"]
    # the months before stay the old unit's although the item names a part now
    assert by_unit(session, "assigned", "2022-03") == {"文教局": 3}
    assert by_unit(session, "open_overdue", "2022-08") == {"教育局": 1, "文旅局": 1, "文教局": 1}
    session.undo_last()
    assert set(register(session)) == {"文教局"}
    assert {lead(session, uid) for uid in (school, stage, draft, asked)} == {"文教局"}


def test_a_part_carved_out_leaves_the_unit_standing(session: Session) -> None:
    old, known = unit(session, "农业局"), unit(session, "水利局", established_on=dt.date(2010, 1, 1))
    kept, gone, to_known = item(session, old, "粮"), item(session, old, "林"), item(session, old, "水")
    carry_out(session, Wish(CARVE, (old,), CHANGE, ("林业局", "水利局"), shares={gone: 0, to_known: 1}))
    assert register(session)["农业局"] == (None, None, ["林业局"]), "one that stood already did not come of it"
    assert [lead(session, uid) for uid in (kept, gone, to_known)] == ["农业局", "林业局", "水利局"]
    assert by_unit(session, "assigned", "2022-03") == {"农业局": 3}, "before the change it was the old unit's, whoever took it over"
    assert by_unit(session, "open_overdue", "2022-08") == {"农业局": 1, "林业局": 1, "水利局": 1}
    assert session.names.units()[known].active


def test_what_was_carved_out_before_a_split_stays_in_the_register(session: Session) -> None:
    old = unit(session, "农业局")
    first, second = item(session, old, "林"), item(session, old, "渔")
    carry_out(session, Wish(CARVE, (old,), dt.date(2022, 5, 1), ("林业局",), shares={first: 0}))
    carry_out(session, Wish(SPLIT, (old,), CHANGE, ("种植局", "渔业局"), shares={second: 1}))
    assert register(session)["农业局"] == (None, CHANGE, ["林业局", "种植局", "渔业局"])
    assert by_unit(session, "assigned", "2022-03") == {"农业局": 2}
    assert by_unit(session, "open_overdue", "2022-08") == {"林业局": 1, "渔业局": 1}


def test_an_abolished_unit_has_its_work_handed_to_somebody(session: Session) -> None:
    old, other = unit(session, "指挥部办公室"), unit(session, "发改委")
    held = item(session, old)
    left = plan(session, Wish(ABOLISH, (old,), CHANGE))
    assert any("没有人接" in line for line in left.warnings)
    carry_out(session, Wish(ABOLISH, (old,), CHANGE, hand_to=other))
    assert register(session)["指挥部办公室"] == (None, CHANGE, [])
    assert lead(session, held) == "发改委"
    assert (by_unit(session, "assigned", "2022-03"), by_unit(session, "open_overdue", "2022-08")) == ({"指挥部办公室": 1}, {"发改委": 1})
    with pytest.raises(BadInput, match="已撤销"):
        session.add("rectification", {"title": "新", "lead_unit": old})


@pytest.mark.parametrize(
    ("way", "units", "into", "on", "sentence"),
    [
        (RENAME, 1, ("",), CHANGE, "请填新名称"),
        (RENAME, 1, ("乙局",), CHANGE, "已有单位使用；要并到它里面，请用“合并”"),
        (RENAME, 1, ("甲局",), CHANGE, "就是现在的名称"),
        (RENAME, 2, ("丁局",), CHANGE, "更名一次办一个单位"),
        (RENAME, 0, ("丁局",), CHANGE, "请先选出单位"),
        (RENAME, 1, ("丁局",), None, "请填从哪一天起"),
        (RENAME, 1, ("丁局",), dt.date(2009, 1, 1), "「甲局」2010年1月1日才设立"),
        (MERGE, 1, ("丁局",), CHANGE, "合并至少要两个单位"),
        (MERGE, 1, ("甲局",), CHANGE, "合并至少要两个单位"),
        (MERGE, 2, ("",), CHANGE, "请填合并后的单位"),
        (SPLIT, 1, ("丙局",), CHANGE, "至少两个"),
        (SPLIT, 1, ("丁局", "丁局"), CHANGE, "填了两次"),
        (SPLIT, 1, ("甲局", "丁局"), CHANGE, "「甲局」就是要拆分的单位"),
        (CARVE, 1, ("没了的局",), CHANGE, "2020年1月1日已经撤销"),
        (ABOLISH, 1, ("名册里没有的局",), CHANGE, "不在单位名册里"),
    ],
)
def test_what_cannot_be_is_said_before(
    session: Session, way: str, units: int, into: tuple[str, ...], on: dt.date | None, sentence: str
) -> None:
    made = [unit(session, name, established_on=dt.date(2010, 1, 1)) for name in ("甲局", "乙局")]
    unit(session, "没了的局", abolished_on=dt.date(2020, 1, 1))
    before = register(session)
    with pytest.raises(BadInput, match=sentence):
        carry_out(session, Wish(way, tuple(made[:units]), on, into))
    assert register(session) == before


def test_a_unit_that_ceased_does_not_change_again(session: Session) -> None:
    old = unit(session, "甲局")
    carry_out(session, Wish(RENAME, (old,), CHANGE, ("乙局",)))
    with pytest.raises(BadInput, match="「甲局」2022年7月1日已经撤销"):
        plan(session, Wish(RENAME, (old,), day(8), ("丙局",)))


def test_nothing_is_left_half_done(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    old = unit(session, "文教局")
    held = item(session, old)
    before = register(session)

    def refuse(*_: Any) -> None:
        raise BadInput("不行。")

    monkeypatch.setattr(reorganisation, "_give", refuse)
    with pytest.raises(BadInput, match="整个变动都没有做"):
        carry_out(session, Wish(SPLIT, (old,), CHANGE, ("教育局", "文旅局"), shares={held: 0}))
    assert register(session) == before
    assert session.names.unit_by_name("教育局") is None


def test_a_clerk_may_not(session: Session) -> None:
    old = unit(session, "甲局")
    office.add_user(session, "clerk", "录入员", "clerk", PASSWORD)
    folder = session.folder
    session.close()
    clerk = office.open_office(folder, "clerk", PASSWORD)
    with pytest.raises(NotPermitted):
        plan(clerk, Wish(RENAME, (old,), CHANGE, ("乙局",)))
    clerk.close()


def test_open_items_are_those_that_can_go_to_another(session: Session) -> None:
    one, other = unit(session, "甲局"), unit(session, "乙局")
    mine = item(session, one)
    item(session, other)
    assert [i.uid for i in open_items(session, [one])] == [mine]
    assert [i.obstacle for i in open_items(session, [one])] == [""]
    assert (count_open(session, [one]), count_open(session, [one, other])) == (1, 2)
    assert session.count(Query(kind="rectification", where=(Where("lead_unit", "in", [one, other]),))) == 2
