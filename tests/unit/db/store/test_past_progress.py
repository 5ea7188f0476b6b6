"""How far work had got by a day gone by: on the wall chart, in lights, in lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from db import office
from db.domain import wall_chart
from db.metrics import metrics
from db.model.query import Query
from db.session import Session
from db.store import transaction
from tests.samples import as_person

KIND = "livelihood"


def day(number: int, month: int = 10) -> dt.date:
    return dt.date(2022, month, number)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    session, _ = office.create_office(tmp_path_factory.mktemp("past") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    yield session
    session.close()


@pytest.fixture
def session(made: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The clock of the change log goes by the day that is today."""
    monkeypatch.setattr(transaction, "now", lambda: f"{made.today}T09:00:00")
    return made


def item(session: Session, title: str, **values: Any) -> str:
    """Given out on 1 October, due on the 31st."""
    session.fixed_today = day(1)
    unit = session.names.unit_by_name("棠阴区") or session.add("unit", {"name": "棠阴区"})
    session.names.forget()
    uid = session.add(KIND, {"title": title, "lead_unit": unit, "deadline": day(31), **values})
    session.take_step(KIND, uid, "assign")
    return uid


def report(session: Session, uid: str, percent: int, *, on: dt.date, entered: dt.date) -> None:
    session.fixed_today = entered
    with as_person(session, "clerk", "clerk"):
        session.take_step(KIND, uid, "report", "推进中", {"percent": Decimal(percent)}, on=on)


def seen(session: Session, uid: str, as_of: dt.date | None) -> tuple[float, str, Decimal | None]:
    """Share and light on the wall chart, and the value in a list; chart, list and record say the same."""
    span = next(each for each in wall_chart.spans(session, [KIND], as_of=as_of) if each.uid == uid)
    record = session.get(KIND, uid)
    assert record is not None
    then = metrics.records_as_of(session, [record], None, as_of)[0]
    value = then.values["progress_percent"]
    listed = session.find(Query(kind=KIND, as_of=as_of)) if as_of else session.find(Query(kind=KIND))
    assert next(each for each in listed if each.uid == uid).values["progress_percent"] == value
    assert session.light(then) == span.light
    return span.done, span.light, value


def test_what_was_reported_by_the_day_is_what_the_chart_shows(session: Session) -> None:
    uid = item(session, "老旧小区")
    report(session, uid, 30, on=day(10), entered=day(10))
    report(session, uid, 80, on=day(20), entered=day(25))
    session.fixed_today = day(15, 11)
    said = [seen(session, uid, day(number)) for number in (2, 10, 17, 20, 31)]
    assert [each[2] for each in said] == [None, 30, 30, 80, 80]
    assert [each[0] for each in said] == [0.0, 0.3, 0.3, 0.8, 0.8]
    assert [each[1] for each in said] == ["green", "green", "yellow", "green", "red"]

    for as_of in (day(14), day(19), day(20), day(31)):  # the figure of lights says the same
        asked: dict[str, Any] = {"period": "2022-10", "ledgers": [KIND], "as_of": as_of}
        lit = sum(span.light == "red" for span in wall_chart.spans(session, [KIND], as_of=as_of))
        assert metrics.count(session, ["red_lights"], **asked)["red_lights"].value == lit
        lines = metrics.table(session, ["red_lights"], "unit", **asked)
        assert sum(line.numbers["red_lights"].value or 0 for line in lines) == lit
    assert seen(session, uid, day(19))[1] == "red"


def test_a_step_dated_back_counts_from_its_own_day(session: Session) -> None:
    """Closed on the 12th and reopened on the 14th, which takes back what was reached, both entered on the 20th."""
    uid = item(session, "泵站")
    report(session, uid, 30, on=day(5), entered=day(5))
    for action, number in (("request-close-out", 10), ("close-out", 12), ("reopen", 14)):
        session.fixed_today = day(20)
        with as_person(session, *(("clerk",) * 2 if action == "request-close-out" else ("reviewer",) * 2)):
            session.take_step(KIND, uid, action, "如实", {}, on=day(number))
    report(session, uid, 60, on=day(18), entered=day(21))
    session.fixed_today = day(15, 11)
    assert [seen(session, uid, day(number))[2] for number in (4, 5, 11, 14, 17, 18)] == [None, 30, 30, None, None, 60]


def test_a_step_that_was_taken_back_was_never_taken(session: Session) -> None:
    uid = item(session, "桥梁")
    report(session, uid, 30, on=day(5), entered=day(5))
    report(session, uid, 60, on=day(8), entered=day(10))
    session.fixed_today = day(20)
    with as_person(session, "clerk", "clerk"):
        session.undo_last()
    session.fixed_today = day(15, 11)
    assert [seen(session, uid, day(number))[2] for number in (4, 7, 9, 15, 20)] == [None, 30, 30, 30, 30]
    session.fixed_today = day(21)
    with as_person(session, "clerk", "clerk"):
        session.redo_last()
    session.fixed_today = day(15, 11)
    assert [seen(session, uid, day(number))[2] for number in (7, 9, 15, 21)] == [30, 60, 60, 60]


def test_what_was_typed_counts_from_the_day_it_was_typed(session: Session) -> None:
    uid = item(session, "供水", progress_percent=Decimal("12.5"))
    for number, percent in ((8, Decimal(40)), (18, None)):
        session.fixed_today = day(number)
        session.set(KIND, uid, {"progress_percent": percent})
    session.fixed_today = day(15, 11)
    assert [seen(session, uid, day(number))[2] for number in (7, 8, 17, 18)] == [Decimal("12.5"), 40, 40, None]


def test_what_follows_its_milestones_had_reached_theirs(session: Session) -> None:
    uid = item(session, "学校")
    for title, planned, weight in (("开工", 5, 40), ("封顶", 15, 35), ("验收", 25, 45)):
        session.add("milestone", {"title": title, "planned_on": day(planned), "weight": Decimal(weight)}, parent=uid)
    first, second, _ = session.children(uid, "milestone")
    session.fixed_today = day(20)
    for row, reached in ((first, 5), (second, 14)):
        session.set("milestone", row.uid, {"reached_on": day(reached)})
    session.fixed_today = day(15, 11)
    assert seen(session, uid, None)[2] == Decimal("62.5")
    assert [seen(session, uid, day(number))[2] for number in (4, 5, 13, 14)] == [0, Decimal("33.3"), Decimal("33.3"), Decimal("62.5")]


def test_of_a_book_without_a_log_todays_value_is_all_that_is_known(session: Session) -> None:
    uid = item(session, "路灯", progress_percent=Decimal(55))
    session.fixed_today = day(15, 11)
    session.office.writer.execute("UPDATE journal SET action = 'salvaged' WHERE uid = ?", (uid,))
    assert seen(session, uid, day(10))[2] == 55
