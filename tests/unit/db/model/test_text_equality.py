"""What says the same but for punctuation, blanks and width: titles of cases, people of a roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import office
from db.errors import BadInput
from db.metrics import metrics
from db.model import rules, text_equality
from db.session import Session

DAY = dt.date(2022, 3, 1)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("words") / "office"
    made, _ = office.create_office(folder, "云川市活动办", "city", "admin", "zhengxian-demo")
    yield made
    assert made.verify() == []
    made.close()


SAME = ("优化营商环境的探索", "优化营商环境的探索。", "《优化营商环境的探索》", "“优化营商环境”的探索", "优化 营商环境　的探索！")


@pytest.mark.parametrize("title", SAME)
@pytest.mark.parametrize("kind", ["case_study", "received_case"])
def test_a_case_of_the_same_title_is_found_whatever_its_punctuation(session: Session, kind: str, title: str) -> None:
    more = {"received_on": DAY} if kind == "received_case" else {}
    with session.atomic("form", "试"):
        made = session.add(kind, {"title": SAME[0], **more})
        with pytest.raises(BadInput, match="同题"):
            session.add(kind, {"title": title, **more})
        session.set(kind, made, {"title": title})  # itself is no other
        other = session.add(kind, {"title": f"{SAME[0]}（二）", **more})
        for uid in (made, other):
            session.delete(kind, uid)


@pytest.mark.parametrize(("one", "other"), [("ABC 行动", "ＡＢＣ行动"), ("Top 10", "TOP10"), ("！！", "！！")])
def test_titles_of_few_chinese_characters_are_compared_too(session: Session, one: str, other: str) -> None:
    made = session.add("case_study", {"title": one})
    with pytest.raises(BadInput, match="同题"):
        session.add("case_study", {"title": other})
    session.delete("case_study", made)


def test_a_piece_is_the_same_in_one_outlet_alone(session: Session) -> None:
    piece = {"title": "我市出实招", "outlet": "某日报", "level": "province", "published_on": DAY}
    session.add("press", piece)
    session.add("press", {**piece, "outlet": "某晚报"})
    for other in ({"title": "我市出实招！"}, {"outlet": "某 日报"}):
        with pytest.raises(BadInput, match="同题"):
            session.add("press", {**piece, **other})


def test_a_name_set_out_with_blanks_is_the_same_person(session: Session) -> None:
    unit, elsewhere = (session.add("unit", {"name": name}) for name in ("云川市财政局", "云川市教育局"))
    uid = session.add("training_class", {"name": "专题班", "held_on": DAY})
    for name, of, day in (("张三", unit, 1), ("张 三", unit, 2), ("张　三", unit, 3), ("张三", elsewhere, 1), ("张三丰", unit, 1)):
        session.add("training_attendance", {"name": name, "unit": of, "attended_on": DAY.replace(day=day)}, parent=uid)
    session.take_step("training_class", uid, "hold")
    record = session.must_get("training_class", uid)
    assert (record.values["people"], record.values["attendances"]) == (3, 5)
    numbers = metrics.count(session, ["people_trained", "attendance_rows"], period="2022")
    assert (numbers["people_trained"].value, numbers["attendance_rows"].value) == (3, 5)


def test_nobody_attends_twice_a_day(session: Session) -> None:
    unit = session.add("unit", {"name": "云川市水利局"})
    uid = session.add("training_class", {"name": "调研班", "held_on": DAY})
    person = {"name": "李四", "unit": unit, "attended_on": DAY}
    session.add("training_attendance", person, parent=uid)
    with pytest.raises(BadInput, match="在姓名后注明"):
        session.add("training_attendance", {**person, "name": "李 四"}, parent=uid)
    session.add("training_attendance", {**person, "name": "李四（女）"}, parent=uid)


@pytest.mark.parametrize(("one", "other", "alike"), [
    ("优化营商环境的探索与实践", "优化营商环境的探索与实践（修改稿）", True),
    ("优化营商环境的探索与实践", "优化营商环境的实践与探索", False),
    ("优化营商环境的探索与实践", "优化营商环境的探索和实践", True), ("优化营商环境的探索与实践", "基层治理的探索与实践", False),
    ("我市经验", "我市经验二", False), ("推行“三链同构”做强食品", "推行三链同构、做强食品的做法", True),
])  # fmt: skip
def test_nearly_the_same_is_told_in_the_form_and_not_refused(session: Session, one: str, other: str, alike: bool) -> None:
    assert text_equality.similar(text_equality.plain(one), text_equality.plain(other)) is alike
    first, second = (session.add("case_study", {"title": title}) for title in (one, other))
    kind = session.kinds.get("case_study")
    said = rules.alike_said(session, kind, session.must_get("case_study", second))
    assert said == (f"「案例标题」与《{one}》相近，请核对是否重复。" if alike else "")
    session.delete("case_study", first)
    session.delete("case_study", second)
    assert rules.alike_said(session, kind, session.must_get("case_study", second)) == ""


def test_reprints_in_other_outlets_are_not_told(session: Session) -> None:
    piece = {"outlet": "某日报", "level": "province", "published_on": DAY}
    session.add("press", {**piece, "title": "全市掀起能力作风建设热潮"})
    other = session.add("press", {**piece, "outlet": "某晚报", "title": "全市掀起能力作风建设新热潮"})
    kind = session.kinds.get("press")
    assert rules.alike_said(session, kind, session.must_get("press", other)) == ""
    session.set("press", other, {"outlet": "某日报"})
    assert "相近" in rules.alike_said(session, kind, session.must_get("press", other))


def test_a_text_of_nothing_but_signs_says_nothing() -> None:
    assert (text_equality.plain("《“放管服”改革》"), text_equality.plain("ＡＢｃ １"), text_equality.plain("——")) == ("放管服改革", "abc1", "")
    assert text_equality.pattern("a") == "%" and text_equality.pattern("某某某某某某") == "%某%某%某%某%"
