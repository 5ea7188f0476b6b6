"""A circular of October that is printed in November says what was true on 31 October, and says that day."""

from __future__ import annotations

import pytest

from db.domain import wall_chart
from db.errors import BadInput
from db.metrics import metrics
from db.model.query import Query, Where
from db.session import Session
from desktop.bulletin.document import Table
from desktop.bulletin.issue import issuing
from desktop.bulletin.report import reports
from tests.unit.db.metrics.test_as_of import KIND, day, move, session  # noqa: F401


def _text(made: Session, period: str) -> str:
    builder = reports.build(made, "supervision_circular", period=period)
    builder.document()
    return builder.plain(builder.body)


def test_a_circular_says_the_day_of_its_numbers(session: Session) -> None:  # noqa: F811
    share = metrics.count(session, ["completion_rate"], period="2022-10@2022-10-22")["completion_rate"]
    assert (share.numerator, share.denominator) == (2, 7)
    assert "截至2022年10月22日，应办结7件，办结率28.6％（2/7）" in _text(session, "2022-10@2022-10-22")
    assert "截至2022年10月31日，应办结6件，办结率66.7％（4/6）" in _text(session, "2022-10")
    assert _text(session, "2022-10") == _text(session, f"2022-10@{day(10, 31)}")
    assert "截至2022年11月15日" in _text(session, "2022")


def test_a_list_that_a_query_fills_shows_the_states_of_its_day(session: Session) -> None:  # noqa: F811
    """Printed in November as of 22 October: what was open then, in the state, with the deadline and at the unit of then."""

    def listed(period: str | None) -> tuple[str, dict[str, list[str]]]:
        builder = reports.build(session, "problem_list", period=period)
        blocks = builder.document().blocks
        table = next(block for block in blocks if isinstance(block, Table))
        return builder.plain(builder.body), {str(row[1]): [str(cell) for cell in row] for row in table.rows if isinstance(row, list)}

    text, rows = listed("@2022-10-22")
    assert "截至2022年10月22日，" in text
    assert sorted(rows) == ["第2件", "第3件", "第4件", "第5件", "第6件"]
    assert rows["第2件"][-1] == "申请销号" and rows["第4件"][-1] == "已交办"
    assert rows["第4件"][3] == "澄陵县" and rows["第5件"][5] == "2022年10月21日"
    text, rows = listed("2022-10")
    assert "截至2022年10月31日" in text and sorted(rows) == ["第4件", "第5件", "第6件"]
    assert rows["第4件"][3] == "棠阴区" and rows["第5件"][5] == "2022年12月20日"
    text, rows = listed(None)
    assert "截至2022年11月15日" in text


def test_an_items_paper_as_of_a_day_says_how_it_stood(session: Session) -> None:  # noqa: F811
    uid = next(r.uid for r in session.office.each(KIND) if r.values["title"] == "第5件")
    builder = reports.build(session, "supervision_notice", item=uid, period="@2022-10-24")
    text = builder.plain(builder.body)
    assert "完成时限为2022年10月21日，截至2022年10月24日" in text and "已超过完成时限" in text
    text = (later := reports.build(session, "supervision_notice", item=uid)).plain(later.body)
    assert "完成时限为2022年12月20日，截至2022年11月15日" in text and "已超过完成时限" not in text


def test_a_query_as_of_a_day_counts_what_the_figure_of_the_day_counts(session: Session) -> None:  # noqa: F811
    where = (Where("due_state", "eq", "overdue"),)
    for number in range(8, 32):
        asked = Query(kind=KIND, where=where, as_of=day(10, number), sort=(("light", False), ("unit", True)))
        found = metrics.rows(session, "open_overdue", as_of=day(10, number)).rows
        assert session.count(asked) == len(found), number
        records = session.find(asked)
        assert {r.uid for r in records} == {row.uid for row in found}, number
        assert all(session.light(r) == "red" for r in records)
        spans = wall_chart.spans(session, [KIND], as_of=day(10, number), closed=True)
        assert {s.uid for s in spans if s.overdue(wall_chart.moment(session, day(10, number)))} == {r.uid for r in records}


def test_nobody_is_urged_whose_reviewer_sits_on_it(session: Session) -> None:  # noqa: F811
    """Asked on the deadline, not checked a week later: no red light, no list of overdue work, no letter; returned, all of them."""
    unit = session.names.unit_by_name("棠阴区")
    uid = session.add(KIND, {"title": "等审核的一件", "lead_unit": unit, "deadline": day(11, 21)})
    move(session, uid, day(11, 15), "assign")
    move(session, uid, day(11, 21), "request-close-out")
    session.fixed_today = day(11, 28)

    def overdue() -> list[str]:
        return [r.uid for r in session.find(Query(kind=KIND, where=(Where("due_state", "eq", "overdue"),)))]

    assert session.light(session.must_get(KIND, uid)) == "green" and uid not in overdue()
    for name in ("reminder_slip", "supervision_notice", "red_letter"):
        with pytest.raises(BadInput, match="在时限内已经申请销号，等待审核，不用再发"):
            reports.build(session, name, item=uid)
    move(session, uid, day(11, 28), "return")
    assert session.light(session.must_get(KIND, uid)) == "red" and uid in overdue()
    reports.build(session, "reminder_slip", item=uid)


def test_a_draft_of_a_report_without_a_period_keeps_its_day(session: Session) -> None:  # noqa: F811
    uid = issuing.new_draft(session, "problem_list", period="@2022-10-22")
    record = session.must_get("bulletin", uid)
    assert record.values["period_text"] == "@2022-10-22" and "截至2022年10月22日" in record.values["body_text"]
    session.fixed_today = day(11, 29)
    builder = issuing.report_builder(session, record)
    table = next(block for block in builder.document().blocks if isinstance(block, Table))
    assert len(table.rows) == 5
    scope = metrics.count(session, ["in_hand"], period="@2022-10-22")["in_hand"]
    assert scope.value == metrics.count(session, ["in_hand"], as_of=day(10, 22))["in_hand"].value == 5
    with pytest.raises(BadInput, match="还没有到"):
        issuing.new_draft(session, "problem_list", period="@2022-12-22")
