"""An instruction in parts to several units: each is closed by itself, the whole when all are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from db.domain import planned_rows, wall_chart
from db.errors import BadInput
from db.metrics import metrics
from db.session import Session
from desktop.bulletin.report import reports
from tests.samples import as_person, new_office
from tests.unit.bulletin.report.test_true_sentences import whole

TODAY = dt.date(2022, 9, 28)
KIND = "instruction"


def day(number: int) -> dt.date:
    return dt.date(2022, 9, number)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("parts"), TODAY) as made:
        yield made


@pytest.fixture
def item(session: Session) -> str:
    leader = session.add("leader", {"name": "批示人"})
    units = [session.add("unit", {"name": f"单位{len(session.names.units())}{n}"}) for n in range(2)]
    values = {"title": "关于供热准备的报告", "instructed_by": leader, "instructed_on": day(1), "assigned_on": day(1), "deadline": day(30),
              "lead_unit": units[0], "content": "请抓紧落实。"}  # fmt: skip
    uid = session.add(KIND, values)
    session.take_step(KIND, uid, "assign")
    for unit, title, due in zip(units, ("检修管网", "储备燃煤"), (20, 29), strict=True):
        session.add("instruction_part", {"title": title, "unit": unit, "deadline": day(due)}, parent=uid)
    return uid


def test_the_whole_is_closed_when_all_parts_are(session: Session, item: str) -> None:
    first, second = session.children(item, "instruction_part")
    kind = session.kinds.get(KIND)
    session.set("instruction_part", first.uid, {"reported_on": day(18), "closed_on": day(19), "result": "已完成检修"})
    session.take_step(KIND, item, "report", "正在储备")  # what does not end it waits for no part
    with pytest.raises(BadInput, match=r"还有 1 个分办件没有办结：储备燃煤（单位\d+）。都办结了才能申请销号"):
        session.take_step(KIND, item, "request-close-out")
    assert item not in planned_rows.all_done(session, kind)
    session.set("instruction_part", second.uid, {"closed_on": day(28)})
    assert item in planned_rows.all_done(session, kind), "it is told that all are done"
    session.take_step(KIND, item, "request-close-out")
    assert item not in planned_rows.all_done(session, kind)
    session.set("instruction_part", second.uid, {"closed_on": None})
    with as_person(session, "reviewer", "reviewer"), pytest.raises(BadInput, match="没有办结"):
        session.take_step(KIND, item, "close-out")
    session.set("instruction_part", second.uid, {"closed_on": day(28)})
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(KIND, item, "close-out")
    assert session.must_get(KIND, item).state == "closed_out"
    session.undo_last()


def test_of_many_open_parts_three_are_named(session: Session, item: str) -> None:
    unit = session.add("unit", {"name": "另一个单位"})
    session.add("instruction_part", {"title": "备足物资", "unit": unit, "deadline": day(29)}, parent=item)
    three = r"还有 3 个分办件没有办结：检修管网（.+）、储备燃煤（.+）、备足物资（另一个单位）。"
    with pytest.raises(BadInput, match=three):
        session.take_step(KIND, item, "request-close-out")
    session.add("instruction_part", {"title": "公布电话", "unit": unit, "deadline": day(29)}, parent=item)
    with pytest.raises(BadInput, match=r"还有 4 个分办件没有办结：[^、]+、[^、]+、备足物资（另一个单位）等。"):
        session.take_step(KIND, item, "request-close-out")


def test_what_is_done_in_all_its_parts_is_asked_for_by_one_press(session: Session, item: str) -> None:
    kind = session.kinds.get(KIND)
    for part in session.children(item, "instruction_part"):
        session.set("instruction_part", part.uid, {"closed_on": day(28), "result": f"已完成{part.values['title']}。"})
    waiting = planned_rows.all_done(session, kind)
    assert item in waiting and planned_rows.ask_to_close(session, kind) == len(waiting)
    assert session.must_get(KIND, item).state == "close_out_requested" and planned_rows.all_done(session, kind) == []
    (evidence,) = session.children(item, "evidence")
    said = evidence.values["content"]
    assert "：检修管网，已完成检修管网。" in said and "：储备燃煤，已完成储备燃煤。" in said
    assert planned_rows.ask_to_close(session, kind) == 0
    session.undo_last()
    assert item in planned_rows.all_done(session, kind)
    planned_rows.ask_to_close(session, kind)


def test_parts_are_told_late_counted_and_no_stage_of_progress(session: Session, item: str) -> None:
    part = session.kinds.get("instruction_part")
    assert item in planned_rows.open_above(session, part, today=False)[KIND]
    unit = session.must_get(KIND, item).values["lead_unit"]
    names = ["parts_due", "parts_overdue", "parts_rate"]
    def told(as_of: dt.date | None = None) -> list[object]:
        found = metrics.count(session, names, period="2022-09", unit=unit, as_of=as_of)
        return [found[name].value for name in names]

    assert told() == [1, 1, 0], "each part is its own unit's"
    assert told(day(19)) == [0, 0, None]
    span = next(s for s in wall_chart.spans(session, [KIND]) if s.uid == item)
    assert span.marks == ()
    shown = whole(reports.build(session, "reminder_slip", item=item).document())
    assert "其中分办件“检修管网”（计划2022年9月20日）到期未完成" in shown


def test_the_sheet_that_goes_back_to_the_leader_lists_every_part(session: Session, item: str) -> None:
    first, _ = session.children(item, "instruction_part")
    session.set("instruction_part", first.uid, {"closed_on": day(19), "result": "已完成检修"})
    shown = whole(reports.build(session, "instruction_return", item=item).document())
    for text in ("检修管网", "储备燃煤", "已完成检修", "2022年9月19日", "请抓紧落实。", "领导阅示"):
        assert text in shown


def test_presented_twice_both_stand_on_the_sheet_and_are_counted(session: Session, item: str) -> None:
    """Sent back by the leader, done again, presented again; once more when it is closed."""
    leader = session.must_get(KIND, item).values["instructed_by"]
    before = metrics.count(session, ["readings"], period="2022-09")["readings"].value
    first = session.add("instruction_reading", {"leader": leader, "presented_on": day(20)}, parent=item)
    with pytest.raises(BadInput, match="这一天呈这位领导已有一条"):
        session.add("instruction_reading", {"leader": leader, "presented_on": day(20)}, parent=item)
    with pytest.raises(BadInput, match="也要填阅示时间"):
        session.set("instruction_reading", first, {"outcome": "again"})
    session.set("instruction_reading", first, {"outcome": "again", "read_on": day(21), "opinion": "补齐材料再报。"})
    session.add("instruction_reading", {"leader": leader, "presented_on": day(26)}, parent=item)
    found = metrics.count(session, ["readings", "readings_rate"], period="2022-09")
    assert found["readings"].value == before + 2 and found["readings_rate"].numerator == 1
    then = metrics.count(session, ["readings_rate"], period="2022-09", as_of=day(20))["readings_rate"]
    assert (then.numerator, then.denominator) == (0, 1)
    paper = whole(reports.build(session, "instruction_return", item=item).document())
    assert "退回再办" in paper and "补齐材料再报" in paper
    for part in session.children(item, "instruction_part"):
        session.set("instruction_part", part.uid, {"closed_on": day(28)})
    session.take_step(KIND, item, "request-close-out")
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(KIND, item, "close-out")
    session.add("instruction_reading", {"leader": leader, "presented_on": day(28)}, parent=item)
    assert metrics.count(session, ["readings"], period="2022-09")["readings"].value == before + 3
