"""Wrong input about people is refused with a sentence; a person's unit is that of the day; the coded lists are the standards'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from db import office
from db.domain import appointment
from db.errors import BadInput, NotPermitted
from db.model import rules
from db.model.builtin import kinds
from db.model.declarations import Rule
from db.rules import rollups
from db.session import Session
from db.units import unit_assignment
from desktop.ui.record_form import record_bundle
from tests.samples import as_person

TODAY = dt.date(2022, 10, 14)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("people") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    made.fixed_today = TODAY
    for name in ("安坪县住房城乡建设局", "安坪县人民政府"):
        made.add("unit", {"name": name})
    yield made
    made.close()


@pytest.fixture
def cadre(session: Session) -> str:
    return session.add("cadre", {"name": "赵燚", "birth_month": "1975-06", "work_started_month": "1997-08"})


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("cadre", {"name": "甲", "birth_month": "2023-01"}, "出生年月不能晚于今天"),
    ("cadre", {"name": "甲", "birth_month": "1990-05", "party_joined_month": "2008-04"}, "入党时不满18周岁"),
    ("cadre", {"name": "甲", "political_status": "13", "party_joined_month": "2012-11"}, "政治面貌是群众，不应有入党时间"),
    ("cadre", {"name": "甲", "birth_month": "1990-05", "party_joined_month": "2022-11"}, "入党时间不能晚于今天"),
    ("cadre", {"name": "甲", "birth_month": "1990-05", "work_started_month": "2001-04"}, "参加工作时不满14周岁"),
    ("cadre", {"name": "甲", "identity_number": "990101199003070018"}, "校验位不对"),
    ("post_history", {"post": "科员", "appointed_on": dt.date(1988, 1, 1)}, "任职时这名干部不满14周岁"),
    ("post_history", {"post": "科员", "appointed_on": dt.date(2041, 7, 1)}, "已满66周岁"),
    ("post_history", {"post": "科员", "appointed_on": dt.date(2020, 7, 1), "removed_on": dt.date(2020, 6, 1)}, "免职时间不能早于"),
    ("rank_history", {"rank": "clerk_1", "promoted_on": dt.date(1997, 7, 31)}, "不能早于这名干部参加工作时间"),
    ("rank_history", {"rank": "clerk_1", "former_rank": "clerk_1", "promoted_on": TODAY}, "应高于原职级"),
    ("rank_history", {"rank": "researcher_4", "former_rank": "researcher_2", "promoted_on": TODAY}, "应高于原职级"),
    ("rank_history", {"rank": "specialist_2", "former_rank": "section_chief_2", "promoted_on": TODAY}, "应高于原职级"),
    ("post_history", {"post": "局长", "appointed_on": dt.date(2022, 10, 15)}, "任职时间不能晚于今天"),
    ("reward_sanction", {"nature": "reward", "content": "嘉奖", "category": "嘉奖", "decided_on": TODAY, "influence_until": TODAY},
     "奖励没有影响期"),
    ("error_tolerance", {"matter": "先行先试", "happened_on": dt.date(2022, 10, 15)}, "发生时间不能晚于今天"),
    ("yearly_assessment", {"year": 2023, "result": "优秀"}, "考核年度不能晚于今年"),
    ("yearly_assessment", {"year": 1996, "result": "优秀"}, "早于这名干部参加工作的年份"),
    ("cadre_family", {"relation": "女儿", "name": "乙", "birth_month": "2022-11"}, "出生年月不能晚于今天"),
    ("achievement", {"title": "项目", "achieved_on": dt.date(2022, 10, 15)}, "实绩的时间不能晚于今天"),
    ("achievement", {"title": "项目", "achieved_on": dt.date(1980, 1, 1)}, "不满14周岁"),
    (
        "reward_sanction",
        {"nature": "sanction", "content": "诫勉", "category": "诫勉", "decided_on": TODAY, "influence_until": dt.date(2022, 1, 1)},
        "影响期截止日不能早于批准时间",
    ),
    ("posting", {"place_type": "village", "place": "清沅镇", "from_on": dt.date(1997, 7, 1)}, "不能早于这名干部参加工作时间"),
]


@pytest.mark.parametrize(("kind", "values", "says"), CASES, ids=[f"{k}-{s}" for k, _, s in CASES])
def test_wrong_input_is_refused_with_its_sentence(session: Session, cadre: str, kind: str, values: dict[str, Any], says: str) -> None:
    declared = session.kinds.get(kind)
    about = {"cadre": cadre} if declared.has("cadre") else {}
    with pytest.raises(BadInput, match=says):
        session.add(kind, {**about, **values}, parent=cadre if declared.parent else None)


def test_the_day_of_full_age_is_lawful(session: Session) -> None:
    session.add("cadre", {"name": "乙", "birth_month": "1990-05", "party_joined_month": "2008-05", "work_started_month": "2004-05"})


@pytest.mark.parametrize(("former", "rank"), [
    ("researcher_2", "researcher_1"), ("clerk_1", "section_chief_4"), ("section_chief_3", "specialist_2"),
    ("enforcer_1", "senior_enforcer_4"), (None, "clerk_2"),
])  # fmt: skip
def test_a_step_up_the_ladder_is_a_promotion_in_whichever_class(session: Session, cadre: str, former: str | None, rank: str) -> None:
    assert session.add("rank_history", {"rank": rank, "former_rank": former, "promoted_on": TODAY}, parent=cadre)


def test_a_rank_left_blank_is_that_of_the_latest_promotion_and_one_that_was_typed_is_held_against_it(session: Session, cadre: str) -> None:
    def rank() -> tuple[Any, str]:
        person = session.must_get("cadre", cadre)
        return person.values["rank"], rollups.contradictions_text(session, person)

    assert rank() == (None, "")
    for step, year in (("section_chief_2", 2015), ("section_chief_1", 2019), ("section_chief_3", 2012)):
        last = session.add("rank_history", {"rank": step, "promoted_on": dt.date(year, 6, 1)}, parent=cadre)
    assert rank() == ("section_chief_1", "")
    session.delete("rank_history", last)
    session.set("cadre", cadre, {"rank": "researcher_4"})
    said = "「职级」填的是四级调研员，最近一条职级晋升是一级主任科员，请核对；清空这一栏即按最近一条。"
    assert rank() == ("researcher_4", said)
    session.set("cadre", cadre, {"rank": None})
    assert rank() == ("section_chief_1", "")


def test_the_rungs_of_the_three_classes_stand_against_one_another() -> None:
    options = kinds().get("rank_history").field("rank").options
    rungs: dict[int, list[str]] = {}
    for option in options:
        rungs.setdefault(option.level, []).append(option.label)
    assert [len(rungs[level]) for level in range(1, 13)] == [2, 3, *([3] * 8), 3, 2]
    assert rungs[2] == ["二级巡视员", "二级总监", "督办"]
    assert rungs[7] == ["一级主任科员", "一级主管", "一级主办"]
    assert rungs[12] == ["二级科员", "二级行政执法员"]


def test_a_filing_comes_before_what_is_tolerated_and_is_the_same_person_s(session: Session, cadre: str) -> None:
    other = session.add("cadre", {"name": "丙"})
    filing = session.add("risk_filing", {"cadre": cadre, "matter": "容缺办理"})
    session.take_step("risk_filing", filing, "file")
    tolerance = {"cadre": cadre, "matter": "容缺办理", "filing": filing}
    with pytest.raises(BadInput, match="不是事前报备"):
        session.add("error_tolerance", {**tolerance, "happened_on": dt.date(2022, 10, 13)})
    with pytest.raises(BadInput, match="另一名干部的"):
        session.add("error_tolerance", {**tolerance, "cadre": other})
    assert session.add("error_tolerance", {**tolerance, "happened_on": TODAY})


def test_a_birth_month_and_sex_that_the_identity_number_does_not_say_are_told(session: Session) -> None:
    kind = session.kinds.get("cadre")
    said = {"name": "甲", "identity_number": "990101197506150018", "birth_month": "1975-06", "sex": "1"}
    assert appointment.disagreements(kind, said) == []
    assert appointment.disagreements(kind, {**said, "birth_month": None, "sex": "9"}) == []
    told = appointment.disagreements(kind, {**said, "birth_month": "1976-06", "sex": "2"})
    assert ["1976-06" in told[0], "性别" in told[1], "990101" in "".join(told)] == [True, True, False]
    uid = session.add("cadre", {**said, "sex": "2"})
    shown = record_bundle.read(session, kind, uid, SimpleNamespace(read=lambda _: None), {})
    assert shown is not None and "性别与身份证号不一致" in shown.contradictions


def test_full_time_posts_may_not_overlap_but_concurrent_ones_may(session: Session, cadre: str) -> None:
    first = session.add("post_history", {"post": "副局长", "appointed_on": dt.date(2003, 5, 1)}, parent=cadre)
    later = {"post": "局长", "appointed_on": dt.date(2013, 6, 1)}
    with pytest.raises(BadInput, match="与这名干部的另一条任职时间重叠"):
        session.add("post_history", later, parent=cadre)
    beside = session.add("post_history", {**later, "post": "党组成员", "nature": "concurrent"}, parent=cadre)
    session.set("post_history", first, {"removed_on": dt.date(2013, 6, 1)})
    session.add("post_history", later, parent=cadre)
    with pytest.raises(BadInput, match="重叠"):
        session.set("post_history", beside, {"nature": "transfer"})
    other = session.add("cadre", {"name": "丙"})
    session.add("post_history", later, parent=other)


def test_a_person_s_unit_is_that_of_the_day(session: Session, cadre: str) -> None:
    bureau, county = (session.names.unit_by_name(n) for n in ("安坪县住房城乡建设局", "安坪县人民政府"))
    session.set("cadre", cadre, {"unit": county})
    post = {"post": "局长", "unit": bureau, "appointed_on": dt.date(2013, 6, 1), "removed_on": dt.date(2021, 9, 1)}
    session.add("post_history", post, parent=cadre)
    session.add("post_history", {"post": "副县长", "unit": county, "appointed_on": dt.date(2021, 9, 1)}, parent=cadre)
    person = session.must_get("cadre", cadre)
    days = {dt.date(2015, 1, 1): bureau, dt.date(2021, 8, 31): bureau, dt.date(2021, 9, 1): county, None: county}
    days[dt.date(1999, 1, 1)] = county
    assert {day: unit_assignment.unit_on(session, person, day) for day in days} == days
    row = {"cadre": cadre, "nature": "reward", "content": "记三等功", "decided_on": dt.date(2018, 1, 1)}
    assert session.must_get("reward_sanction", session.add("reward_sanction", row)).values["unit"] == bureau
    given = session.add("reward_sanction", {**row, "unit": county})
    assert session.must_get("reward_sanction", given).values["unit"] == county
    year = session.add("yearly_assessment", {"year": 2020, "result": "优秀"}, parent=cadre)
    assert session.must_get("yearly_assessment", year).values["unit"] == bureau


def test_a_post_held_beside_another_does_not_move_the_person(session: Session) -> None:
    bureau, county = (session.names.unit_by_name(n) for n in ("安坪县住房城乡建设局", "安坪县人民政府"))
    person = session.add("cadre", {"name": "戊", "unit": bureau})
    session.add("post_history", {"post": "局长", "unit": bureau, "appointed_on": dt.date(2013, 6, 1)}, parent=person)
    beside = {"post": "开发区管委会副主任", "unit": county, "nature": "concurrent", "appointed_on": dt.date(2020, 6, 1)}
    session.add("post_history", beside, parent=person)
    record = session.must_get("cadre", person)
    assert unit_assignment.unit_on(session, record, dt.date(2021, 1, 1)) == bureau
    other = session.add("cadre", {"name": "己", "unit": bureau})
    session.add("post_history", beside, parent=other)
    assert unit_assignment.unit_on(session, session.must_get("cadre", other), dt.date(2021, 1, 1)) == county


def test_a_birth_month_changed_afterwards_is_held_against_all_that_was_told_of_the_person(session: Session) -> None:
    facts = {"birth_month": "1980-05", "work_started_month": "2000-07", "party_joined_month": "1999-07"}
    person = session.add("cadre", {"name": "丁", **facts})
    post = session.add("post_history", {"post": "科员", "appointed_on": dt.date(2000, 7, 1)}, parent=person)
    reward = session.add("reward_sanction", {"cadre": person, "nature": "reward", "content": "嘉奖", "decided_on": dt.date(2003, 1, 1)})
    cases = [
        ("1986-08", "参加工作时不满14周岁"), ("1986-08", "入党时不满18周岁"), ("1986-08", "任职「科员」与改后的内容对不上"),
        ("1989-02", "奖惩信息「嘉奖」与改后的内容对不上：批准时这名干部不满14周岁"), ("1930-01", "已满66周岁"),
    ]
    for month, told in cases:
        with pytest.raises(BadInput, match=told) as caught:
            session.set("cadre", person, {"birth_month": month})
        assert {p.field for p in caught.value.problems} & {"birth_month", "work_started_month"}
    assert session.must_get("cadre", person).values["birth_month"] == "1980-05"
    assert session.set("cadre", person, {"birth_month": "1981-05"}) == ["birth_month"]
    with pytest.raises(BadInput, match="任职「科员」与改后的内容对不上：这名干部此时已离开本地"):
        session.set("cadre", person, {"left_on": dt.date(2000, 6, 30), "work_started_month": "1999-01"})
    # what was wrong before is no reason to refuse another change, nor is what lies in the bin
    session.delete("post_history", post)
    session.delete("reward_sanction", reward)
    session.set("cadre", person, {"birth_month": "1981-07", "work_started_month": "2000-07"})


@pytest.mark.parametrize(
    ("left", "years", "right", "holds"),
    [
        (dt.date(1990, 5, 2), 18, "2008-05", True), ("1990-05", 18, dt.date(2008, 4, 30), False), ("1990-05", 0, 1990, True),
        ("1990-05", 0, 1989, False), (dt.date(2004, 2, 29), 18, dt.date(2022, 2, 28), True), (1990, 2, 1991, False),
    ],
)  # fmt: skip
def test_dates_months_and_years_are_compared_as_far_as_both_are_precise(left: Any, years: int, right: Any, holds: bool) -> None:
    rule = Rule(left="a", op="<=", right="b", message="", years=years)
    assert rules.holds(rule, {"a": left, "b": right}, TODAY) is holds


def test_looking_at_what_screens_hide_is_journalled_and_only_for_who_may_write_it(session: Session, cadre: str) -> None:
    session.note_seen("cadre", cadre, "identity_number")
    book = session.book_of("cadre")
    row = book.connection.execute("SELECT action, after FROM journal WHERE action <> 'signature' ORDER BY seq DESC LIMIT 1").fetchone()
    assert row[0] == "seen"
    assert "赵燚" in row[1]
    assert "身份证号" in row[1]
    assert session.undo_last() is not None  # a look is nothing to be taken back: what was written before it is
    with as_person(session, "clerk", "clerk"), pytest.raises(NotPermitted):
        session.note_seen("cadre", cadre, "identity_number")


#: Sizes and end points of the coded lists, as the standards have them.
STANDARDS = {
    "sex": (4, {"0": "未知的性别", "1": "男", "2": "女", "9": "未说明的性别"}),  # GB/T 2261.1-2003
    "ethnic_group": (58, {"01": "汉族", "30": "土族", "56": "基诺族", "97": "其他", "98": "外国血统中国籍人士"}),  # GB/T 3304-1991
    "political_status": (13, {"01": "中共党员", "02": "中共预备党员", "12": "无党派人士", "13": "群众"}),  # GB/T 4762-1984
    # GB/T 4658-2006
    "education": (40, {"10": "研究生教育", "17": "研究生班毕业", "19": "研究生班肄业", "28": "大学普通班毕业", "90": "其他"}),
    "degree": (56, {"1": "名誉博士", "208": "工学博士", "250": "口腔医学博士专业学位", "349": "公共管理硕士专业学位",
                    "352": "军事硕士专业学位", "412": "管理学学士", "444": "建筑学学士专业学位"}),  # GB/T 6864-2003
    "duty_level": (10, {"state_chief": "国家级正职", "township_deputy": "乡科级副职"}),  # 公务员法 2018, art. 18
    # 公务员法 2018, art. 19, and the rules of 2023 for the two other categories
    "rank": (34, {"inspector_1": "一级巡视员", "clerk_2": "二级科员", "technician": "专业技术员", "enforcement_inspector": "督办"}),
}


@pytest.mark.parametrize("field", STANDARDS)
def test_the_coded_lists_are_complete(field: str) -> None:
    options = {o.name: o.label for o in kinds().get("cadre").field(field).options}
    count, some = STANDARDS[field]
    assert len(options) == count
    assert some.items() <= options.items()


def test_declarations_name_fields_that_are_there(tmp_path: Path) -> None:
    every = kinds()
    assert every.get("cadre").dossier is not None
    about = [k for k in every if k.moment is not None]
    assert {k.name for k in about} >= {"post_history", "rank_history", "reward_sanction", "achievement", "error_tolerance"}
    assert all(k.book == "personnel" or (k.moment and k.moment.by_name) for k in about), "who is named in words alone gives nothing away"
