"""Rules over several fields and records: each says no with its own sentence, and yes to what is lawful."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from db import office
from db.errors import BadInput
from db.model import rules
from db.model.declarations import Rule
from db.session import Session

TODAY = dt.date(2022, 9, 28)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("rules") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    made.fixed_today = TODAY
    yield made
    made.close()


def refused(session: Session, kind: str, values: dict[str, Any], parent: str | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        session.add(kind, values, parent=parent)
    assert caught.value.problems
    return caught.value.message


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_what_happened_did_not_happen_tomorrow(session: Session) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    assert "发现时间不能晚于今天" in refused(session, "risk", {"title": "坝", "found_on": tomorrow})
    meeting = session.add("meeting", {"title": "会", "kind_of_meeting": "special"})
    assert "决策时间不能晚于今天" in refused(session, "decision", {"title": "修", "decided_on": tomorrow}, meeting)


def test_dates_in_order(session: Session) -> None:
    early = {"title": "甲", "assigned_on": day("2022-09-20"), "deadline": day("2022-09-10")}
    assert "整改时限不能早于交办时间" in refused(session, "rectification", early)
    assert session.add("rectification", early | {"deadline": day("2022-09-20")}), "the same day is lawful"
    young = {"name": "某", "birth_month": "1990-05", "party_joined_month": "1990-05"}
    assert "入党时不满18周岁" in refused(session, "cadre", young)
    assert "影响期截止日不能早于批准时间" in refused(
        session, "reward_sanction",
        {"nature": "sanction", "content": "通报", "decided_on": day("2022-09-01"), "influence_until": day("2022-08-01")},
    )  # fmt: skip


def test_nothing_happened_tomorrow(session: Session) -> None:
    assert "批示时间不能晚于今天" in refused(
        session, "instruction",
        {"title": "关于防汛", "instructed_on": day("2022-09-29"), "instructed_by": session.add("leader", {"name": "柏景行"})},
    )  # fmt: skip


def test_numbers_in_order_and_in_range(session: Session) -> None:
    assert "已解决户数不能多于涉及户数" in refused(session, "estate", {"title": "某小区", "households": 10, "solved_households": 11})
    assert "不能大于 100" in refused(session, "livelihood", {"title": "供暖", "progress_percent": 120})
    assert "参训人次不能少于参训人数" in refused(session, "training_class", {"name": "班", "people": 30, "attendances": 29})


def test_a_stage_asks_for_its_date(session: Session) -> None:
    values = {"name": "冷链园", "stage": "started"}
    assert "要填实际开工时间" in refused(session, "project", values)
    assert session.add("project", values | {"started_on": day("2022-03-01")})
    assert session.add("project", values | {"stage": "planned"})


def test_two_chairs(session: Session) -> None:
    meeting = session.add("meeting", {"title": "周例会", "kind_of_meeting": "regular"})
    other = session.add("meeting", {"title": "又一次", "kind_of_meeting": "regular"})
    first = session.add("attendance", {"name": "甲", "role": "chair"}, parent=meeting)
    assert "只能有一位主持人" in refused(session, "attendance", {"name": "乙", "role": "chair"}, meeting)
    assert session.add("attendance", {"name": "丙", "role": "member"}, parent=meeting)
    assert session.add("attendance", {"name": "乙", "role": "chair"}, parent=other), "another meeting has its own"
    session.delete("attendance", first)
    second = session.add("attendance", {"name": "乙", "role": "chair"}, parent=meeting)
    session.set("attendance", second, {"duty": "书记"})
    with pytest.raises(BadInput, match="主持人"):
        session.restore("attendance", first)


def test_two_heads_but_not_three(session: Session) -> None:
    group = session.add("leading_group", {"name": "领导小组"})
    for name in ("甲", "乙"):
        session.add("leading_group_member", {"name": name, "role": "head"}, parent=group)
    assert "最多两位组长" in refused(session, "leading_group_member", {"name": "丙", "role": "head"}, group)


def test_headquarters_in_a_circle(session: Session) -> None:
    top = session.add("headquarters", {"name": "总指挥部"})
    middle = session.add("headquarters", {"name": "分指挥部", "superior": top})
    low = session.add("headquarters", {"name": "现场指挥部", "superior": middle})
    for target in (low, middle, top):
        with pytest.raises(BadInput, match="绕成了圈"):
            session.set("headquarters", top, {"superior": target})
    session.set("headquarters", low, {"superior": top})


def test_one_row_a_day_and_unit(session: Session) -> None:
    unit = session.add("unit", {"name": "棠阴区"})
    row = {"unit": unit, "counted_on": day("2022-09-01"), "headcount": 100}
    session.add("grid_headcount", row)
    assert "已经填报过" in refused(session, "grid_headcount", row)
    assert session.add("grid_headcount", row | {"counted_on": day("2022-09-02")})


def test_a_press_article_is_not_counted_twice(session: Session) -> None:
    row = {"title": "小窗口", "outlet": "云川日报", "level": "city", "published_on": day("2022-09-01")}
    session.add("press", row)
    assert "核对是否重复" in refused(session, "press", row)


def test_an_abolished_unit_names_its_day(session: Session) -> None:
    heir = session.add("unit", {"name": "新局"})
    assert "也要填撤销时间" in refused(session, "unit", {"name": "旧局", "successor": heir})


@pytest.mark.parametrize(
    ("op", "left", "right", "holds"),
    [("<=", 1, 1, True), ("<", 1, 1, False), (">=", 1, 2, False), (">", 2, 1, True), ("=", 1, 1, True), ("!=", 1, 1, False),
     ("<=", None, 1, True), (">", 1, None, True)],
)  # fmt: skip
def test_operators(op: Any, left: Any, right: Any, holds: bool) -> None:
    rule = Rule(left="a", op=op, right="b", message="错。")
    assert rules.holds(rule, {"a": left, "b": right}, TODAY) is holds


def test_every_problem_is_told_at_once(session: Session) -> None:
    with pytest.raises(BadInput) as caught:
        session.add("supervision_visit", {"visited_on": day("2022-10-10"), "fix_by": day("2022-10-01")}, parent=None)
    del caught
    item = session.add("rectification", {"title": "甲"})
    with pytest.raises(BadInput) as caught:
        session.add("supervision_visit", {"visited_on": day("2022-10-10"), "fix_by": day("2022-10-01")}, parent=item)
    assert {p.field for p in caught.value.problems} == {"finding", "visited_on"}
    assert len(caught.value.problems) == 3
