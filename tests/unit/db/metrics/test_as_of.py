"""A figure is what was true at the end of a day: what stands as 截至 beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from db import office
from db.errors import BadInput
from db.metrics import aggregate, metrics, reviews
from db.metrics.aggregate import FigureQuery
from db.metrics.sources import Source
from db.session import Session
from tests.samples import as_person

KIND = "rectification"
NAMES = ("assigned", "due", "closed_on_time", "closed_late", "open_overdue", "completion_rate", "in_hand")


def day(month: int, number: int) -> dt.date:
    return dt.date(2022, month, number)


def move(session: Session, uid: str, on: dt.date, action: str, **ask: Any) -> None:
    session.fixed_today = on
    reviewed = action in ("close-out", "return", "transfer", "grant-extension", "cancel")
    with as_person(session, "reviewer" if reviewed else "clerk", "reviewer" if reviewed else "clerk"):
        session.take_step(KIND, uid, action, "如实", ask)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Seven items due on 21 October: two closed by then, two asked for then and closed on the 27th, one transferred on the 28th, one
    given until December on the 25th."""
    made, _ = office.create_office(tmp_path_factory.mktemp("asof") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    made.fixed_today = day(10, 1)
    first, second = (made.add("unit", {"name": name}) for name in ("棠阴区", "澄陵县"))
    for n in range(7):
        made.fixed_today = day(10, 1)
        uid = made.add(KIND, {"title": f"第{n}件", "lead_unit": first if n % 2 else second, "deadline": day(10, 21)})
        move(made, uid, day(10, 8), "assign")
        if n < 2:
            move(made, uid, day(10, 20), "request-close-out")
            move(made, uid, day(10, 21), "close-out")
        elif n < 4:
            move(made, uid, day(10, 21), "request-close-out")
            move(made, uid, day(10, 27), "close-out")
        elif n == 4:
            move(made, uid, day(10, 28), "transfer", lead_unit=first)
        elif n == 5:
            move(made, uid, day(10, 22), "request-extension", requested_deadline=day(12, 20))
            move(made, uid, day(10, 25), "grant-extension")
    made.fixed_today = day(11, 15)
    yield made
    assert made.verify() == []
    made.close()


def numbers(session: Session, as_of: dt.date | None, period: str | None = "2022-10") -> dict[str, Any]:
    return {name: number.value for name, number in metrics.count(session, list(NAMES), period=period, as_of=as_of).items()}


def test_a_share_is_of_its_day_not_of_todays_states(session: Session) -> None:
    share = metrics.count(session, ["completion_rate"], period="2022-10", as_of=day(10, 22))["completion_rate"]
    assert (share.numerator, share.denominator) == (2, 7)
    share = metrics.count(session, ["completion_rate"], period="2022-10", as_of=day(10, 31))["completion_rate"]
    assert (share.numerator, share.denominator) == (4, 6)


def test_before_the_deadline_nothing_is_due_and_on_its_evening_it_is(session: Session) -> None:
    before, evening = numbers(session, day(10, 20)), numbers(session, day(10, 21))
    assert (before["assigned"], before["due"], before["in_hand"]) == (7, 0, 7)
    assert evening["due"] == 7 and evening["closed_on_time"] == 2


def test_what_came_later_changes_nothing(session: Session) -> None:
    assert numbers(session, None) == numbers(session, day(10, 31))
    move_later = next(r.uid for r in session.office.each(KIND) if r.values["title"] == "第6件")
    before = numbers(session, day(10, 31))
    move(session, move_later, day(11, 15), "cancel")
    assert numbers(session, day(10, 31)) == before
    assert numbers(session, day(11, 15))["open_overdue"] == before["open_overdue"] - 1


def test_what_was_asked_in_time_waits_for_its_reviewer_and_is_not_late(session: Session) -> None:
    """Asked for on the deadline, closed six days later: the reviewer's days, not the unit's."""
    names = ["due", "closed_on_time", "closed_late", "open_overdue", "awaiting_check", "waiting_requests"]

    def seen(on: dt.date) -> list[Any]:
        found = metrics.count(session, names, period="2022-10", as_of=on)
        return [found[name].value for name in names]

    assert seen(day(10, 21)) == [7, 2, 0, 3, 2, 2]
    assert seen(day(10, 26)) == [6, 2, 0, 2, 2, 2]
    assert seen(day(10, 31)) == [6, 4, 0, 2, 0, 0]
    assert metrics.count(session, ["check_days"], period="2022-10")["check_days"].value == Decimal("3.5")  # 1, 1, 6 and 6 days
    rate = metrics.count(session, ["on_time_rate"], period="2022-10")["on_time_rate"]
    assert (rate.numerator, rate.denominator) == (4, 6)
    assert "是否按期" not in metrics.formula(session, "assigned")
    assert metrics.formula(session, "on_time_rate") == "按期办结率 ＝ 按期办结 ÷ 应办结，是否按期看申请销号（交卷）之日"


def test_the_deadline_is_that_of_the_day(session: Session) -> None:
    assert numbers(session, day(10, 24))["due"] == 7
    assert numbers(session, day(10, 25))["due"] == 6


def test_each_unit_answers_for_what_it_held_on_the_day(session: Session) -> None:
    def by_unit(on: dt.date) -> dict[str, Any]:
        return {g.label: g.numbers["assigned"].value for g in metrics.table(session, ["assigned"], "unit", period="2022-10", as_of=on)}

    assert by_unit(day(10, 27)) == by_unit(day(10, 31)) == {"棠阴区": 3, "澄陵县": 4}


def test_the_rows_behind_are_those_of_the_day(session: Session) -> None:
    found = metrics.rows(session, "completion_rate", period="2022-10", as_of=day(10, 23)).rows
    assert sorted(row.title for row in found if row.counted) == ["第0件", "第1件"] and len(found) == 7


def test_a_list_beside_the_figures_is_of_their_day(session: Session) -> None:
    records = [r for r in session.office.each(KIND) if r.values["title"] in ("第2件", "第4件")]
    states = [r.state for r in metrics.records_as_of(session, records, metrics.period_of("2022-10"), day(10, 22))]
    assert states == ["close_out_requested", "assigned"]
    assert next(r.state for r in metrics.records_as_of(session, records, metrics.period_of("2022-10"))) == "closed_out"


def test_the_answer_names_its_day(session: Session) -> None:
    answer, _ = metrics.answer(session, "due", "2022-10", None, with_rows=False, as_of=day(10, 25))
    assert answer["as_of"] == "2022-10-25"
    assert {line["as_of"] for line in metrics.figures(session, "2022-10", names=["due"])} == {"2022-10-31"}
    assert {line["as_of"] for line in metrics.figures(session, "2022", names=["due"])} == {session.today.isoformat()}
    seen = metrics.period_of("2022-10@2022-10-22")
    assert seen is not None and (seen.label, seen.before().text) == ("2022年10月", "2022-09")
    assert metrics.count(session, ["completion_rate"], period=seen)["completion_rate"].numerator == 2


def test_a_day_that_cannot_be_is_refused(session: Session) -> None:
    with pytest.raises(BadInput, match="截至日期 2022-11-16 还没有到"):
        numbers(session, day(11, 16))
    with pytest.raises(BadInput, match="在期间「2022年10月」开始以前"):
        numbers(session, day(9, 30))
    assert numbers(session, day(10, 1))["assigned"] == 0, "its first day can be, and nothing was assigned by then"


def test_every_figure_can_be_asked_as_of_every_day_by_everything(session: Session) -> None:
    names = [figure.name for figure in metrics.visible(session)]
    for on in (day(10, 10), day(10, 31)):
        whole = metrics.count(session, names, period="2022", as_of=on)
        for group in ("unit", "leader", "ledger", "month"):
            lines = metrics.table(session, names, group, period="2022", as_of=on)
            for name in ("assigned", "due", "open_overdue"):
                assert sum(line.numbers[name].value or 0 for line in lines) == whole[name].value
        metrics.count(session, names, as_of=on)


def test_a_review_asks_only_the_ledgers_that_have_rows(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most ledgers of an office are empty; each would be asked for every figure, today and as of any day."""
    asked: list[str] = []
    execute = FigureQuery._execute  # noqa: SLF001

    def seen(self: FigureQuery, source: Source, text: str, parameters: Sequence[object]) -> Iterator[Any]:
        asked.append(source.kind.name)
        return execute(self, source, text, parameters)

    monkeypatch.setattr(FigureQuery, "_execute", seen)
    for as_of in (day(10, 22), None):
        asked.clear()
        assert metrics.table(session, list(reviews.COUNTED.values()), "unit", period="2022-10", as_of=as_of)
        assert set(asked) <= {KIND, "evidence", "extension"} and len(asked) <= 6, asked


def test_counting_in_two_steps_says_what_each_figure_says_alone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f.name for f in metrics.visible(session)]
    for as_of in (day(10, 20), day(10, 22), day(10, 27), None):
        for period in ("2022-10", None):
            alone = {name: metrics.count(session, [name], period=period, as_of=as_of)[name] for name in names}
            for many in (0, 4, 1_000):
                monkeypatch.setattr(aggregate, "MANY", many)
                assert metrics.count(session, names, period=period, as_of=as_of) == alone
            lines = {}
            for many in (0, 1_000):
                monkeypatch.setattr(aggregate, "MANY", many)
                asked: dict[str, Any] = {"period": period, "as_of": as_of}
                lines[many] = [metrics.table(session, names, by, **asked) for by in ("unit", "ledger", "leader")]
            assert lines[0] == lines[1_000] and all(lines[0])
