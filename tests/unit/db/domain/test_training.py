"""A person's page and the number of people trained are one truth; what has no roster is counted apart and said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from db.domain import person_timeline, roster_people
from db.errors import BadInput
from db.metrics import metrics, own_figures
from db.model.declarations import Figure
from db.session import Session
from tests.samples import new_office

DAY = dt.date(2022, 9, 5)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("training"), dt.date(2022, 10, 14)) as made:
        yield made


@pytest.fixture(scope="module")
def units(session: Session) -> list[str]:
    return [session.add("unit", {"name": name}) for name in ("市财政局", "市住建局")]


def held(session: Session, kind: str, title: str, **values: object) -> str:
    uid = session.add(kind, {session.kinds.get(kind).title: title, "held_on": DAY, **values})
    session.take_step(kind, uid, "hold")
    return uid


def attend(session: Session, under: str, name: str, unit: str, *days: int) -> None:
    for later in days:
        session.add("training_attendance", {"name": name, "unit": unit, "attended_on": DAY + dt.timedelta(days=later)}, parent=under)


def told(session: Session, uid: str) -> list[tuple[str, str]]:
    events = person_timeline.events(session, session.must_get("cadre", uid))
    return [(e.head, e.detail) for e in events if e.kind == "training_attendance"]


@pytest.fixture(scope="module")
def filled(session: Session, units: list[str]) -> dict[str, str]:
    first, second = units
    class_ = held(session, "training_class", "督查业务班")
    lecture = held(session, "lecture", "月讲堂第一讲", hall="monthly")
    attend(session, class_, "闻测甲", first, 0, 1)
    attend(session, class_, "闻 测　甲", first, 2)
    attend(session, lecture, "闻测甲", first, 3)
    attend(session, lecture, "闻测乙", second, 3)
    held(session, "lecture", "专题讲座", hall="special", people=200, attendances=210)
    return {
        "甲": session.add("cadre", {"name": "闻测甲", "unit": first}), "乙": session.add("cadre", {"name": "闻测乙", "unit": second}),
        "别": session.add("cadre", {"name": "闻测甲", "unit": second}),
    }


def test_a_person_s_page_tells_what_the_rosters_say(session: Session, filled: dict[str, str]) -> None:
    assert told(session, filled["甲"]) == [("月讲堂第一讲", ""), ("督查业务班", "3次")]
    assert told(session, filled["乙"]) == [("月讲堂第一讲", "")]
    assert told(session, filled["别"]) == [], "of another unit on these days"
    with_training = [uid for uid in filled.values() if told(session, uid)]
    people = metrics.count(session, ["people_trained"], period="2022")["people_trained"].value
    assert people == len(with_training) == 2


def test_whoever_was_of_the_unit_on_the_day(session: Session, filled: dict[str, str], units: list[str]) -> None:
    """Moved since: the page still tells of what they attended for the unit of then."""
    uid = session.add("cadre", {"name": "闻测乙", "unit": units[0]})
    assert told(session, uid) == []
    session.add("post_history", {"post": "科员", "unit": units[1], "appointed_on": dt.date(2020, 1, 1), "removed_on": dt.date(2022, 10, 1)}, parent=uid)
    assert told(session, uid) == [("月讲堂第一讲", "")]
    session.delete("cadre", uid)


def test_two_of_one_name_in_one_unit_are_said_to_be(session: Session, filled: dict[str, str], units: list[str]) -> None:
    uid = session.add("cadre", {"name": "闻测甲", "unit": units[0], "birth_month": "1980-01"})
    assert "同单位有同名的人" in told(session, uid)[0][1] and "同单位有同名的人" in told(session, filled["甲"])[0][1]
    session.delete("cadre", uid)


def test_what_has_no_roster_is_counted_apart_and_said(session: Session, filled: dict[str, str]) -> None:
    names = ["people_trained", "people_stated", "without_roster", "attendances"]
    found = {name: number.value for name, number in metrics.count(session, names, period="2022-09").items()}
    assert found == {"people_trained": 2, "people_stated": 200, "without_roster": 1, "attendances": 215}
    assert "不并入培训人数" in metrics.formula(session, "people_stated")


def test_a_gap_s_people_are_those_of_its_class_s_roster(session: Session, filled: dict[str, str], units: list[str]) -> None:
    class_ = next(r for r in session.office.each("training_class"))
    values = {"gap": "公文写作", "training_class": class_.uid, "assigned_on": DAY, "deadline": dt.date(2022, 9, 30), "lead_unit": units[0]}
    gap = session.add("training_gap", values)
    session.take_step("training_gap", gap, "assign")
    for name, unit in (("闻　测甲", units[0]), ("闻测乙", units[1])):
        session.add("trainee", {"name": name, "unit": unit, "planned_on": DAY}, parent=gap)
    names = ["trainees", "trainees_trained", "trainee_rate"]
    found = metrics.count(session, names, period="2022-09")
    assert [found[name].value for name in names] == [2, 1, 50], "乙 heard the lecture, not the class"
    rows = metrics.rows(session, "trainee_rate", period="2022-09").rows
    assert {row.title: row.counted for row in rows} == {"闻　测甲": True, "闻测乙": False}
    # an office may ask it of people who are under no gap as well: they have no class of which they were to be
    trained = metrics.declared(session).get("trainees_trained")
    mixed = Figure(name="mixed", label="都算", kinds=("trainee", "training_attendance"), where=trained.where)
    assert own_figures.trial(session, mixed)[1].value == 1
    events = person_timeline.events(session, session.must_get("cadre", filled["乙"]))
    assert [(e.label, e.head) for e in events if e.kind == "trainee"] == [("应训人员", "公文写作")]
    assert metrics.count(session, ["trainees_trained"], period="2022-09", as_of=DAY - dt.timedelta(days=1))["trainees_trained"].value == 0
    session.set("training_gap", gap, {"training_class": None})
    assert metrics.count(session, names, period="2022-09")["trainees_trained"].value == 0


@pytest.mark.parametrize(("meant", "came", "trained"), [
    (None, None, 1), ("甲", "甲", 1), ("甲", "别", 0), ("甲", None, 1), (None, "甲", 1),
], ids=["nobody decided", "decided for one and the same", "decided for two of one name", "decided of the one", "decided of the other"])  # fmt: skip
def test_who_is_meant_goes_before_how_they_are_written(
    session: Session, units: list[str], meant: str | None, came: str | None, trained: int
) -> None:
    """Two people of one name in one unit: who should have come and who came are one person where both are decided to be, by words else."""
    unit = session.add("unit", {"name": f"单位{len(session.names.units())}"})
    people = {name: session.add("cadre", {"name": "闻测戊", "unit": unit}) for name in ("甲", "别")}
    class_ = held(session, "training_class", "短训班")
    attend(session, class_, "闻测戊", unit, 0)
    values = {"gap": "公文写作", "training_class": class_, "assigned_on": DAY, "deadline": dt.date(2022, 9, 30), "lead_unit": unit}
    gap = session.add("training_gap", values)
    session.take_step("training_gap", gap, "assign")
    session.add("trainee", {"name": "闻测戊", "unit": unit, "planned_on": DAY}, parent=gap)
    for kind, above, who in (("trainee", gap, meant), ("training_attendance", class_, came)):
        (row,) = session.children(above, kind)
        if who is not None:
            assert roster_people.decide(session, people[who], [row.uid]) == 1
    found = metrics.count(session, ["trainees", "trainees_trained"], period="2022-09", unit=unit)
    assert (found["trainees"].value, found["trainees_trained"].value) == (1, trained)


def test_whose_a_row_is_can_be_decided_and_then_page_and_figure_are_one(session: Session, filled: dict[str, str], units: list[str]) -> None:
    """乙 came for two units: two by words, one once it is decided; a row of the same words follows, a changed name asks anew."""
    class_ = held(session, "training_class", "调研班")
    for name, unit in (("闻测丙", units[0]), ("闻测丙", units[1])):
        attend(session, class_, name, unit, 4)
    uid = session.add("cadre", {"name": "闻测丙", "unit": units[1]})

    def counted() -> tuple[object, object]:
        rows = metrics.count(session, ["people_trained"], period="2022")["people_trained"].value
        return rows, session.must_get("training_class", class_).values["people"]

    before = counted()
    assert before[1] == 2 and told(session, uid) == [("调研班", "")]
    rows = roster_people.named(session, uid)
    assert sorted(each.sure for each in rows) == [False, True], "the one of the other unit is looked at"
    assert roster_people.match(session) >= 1 and roster_people.match(session) == 0
    assert roster_people.decide(session, uid, [each.row.uid for each in rows]) == 1
    assert counted() == (before[0] - 1, 1) and told(session, uid) == [("调研班", "2次")]
    attend(session, class_, "闻　测丙", units[0], 5)
    assert counted() == (before[0] - 1, 1) and told(session, uid) == [("调研班", "3次")]
    session.set("training_attendance", rows[0].row.uid, {"name": "闻测丁"})
    assert session.must_get("training_attendance", rows[0].row.uid).values["cadre"] is None
    session.set("training_attendance", rows[0].row.uid, {"name": "闻测丙"})
    with pytest.raises(BadInput, match="编号"):
        roster_people.decide(session, uid, [uid])
    assert roster_people.undecide(session, [each.row.uid for each in rows]) == 1
    assert counted() == before
    session.delete("training_class", class_)
    assert roster_people.named(session, uid) == []
    session.delete("cadre", uid)
