"""The records behind the figures of a sealed month are those that were read out, whatever became of them since; what differs is said."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.domain import monthly_review
from db.metrics import charts, live, metrics, sealed_figures, sealed_rows
from db.metrics.scope import Scope
from db.session import Session
from desktop import cli
from tests.unit.db.domain.test_monthly_review import PASSWORD, assign, close

MONTH = "2026-11"
UNITS = ("安坪县", "荷口区", "柳泽县")
KIND = "rectification"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    for name in UNITS:
        made.add("unit", {"name": name})
    made.fixed_today = dt.date(2026, 11, 2)
    for number in range(3):
        uid = assign(made, "安坪县", dt.date(2026, 11, 10 + number))
        close(made, uid)
    assign(made, "荷口区", dt.date(2026, 11, 20))
    uid = assign(made, "安坪县", dt.date(2026, 11, 15))
    made.move(KIND, uid, "request-close-out", note="办结")
    name, made.who.user = made.who.user, "another"
    made.move(KIND, uid, "return", "没有附照片")
    made.who.user = name
    made.fixed_today = dt.date(2026, 12, 2)
    yield made
    made.close()


def sealed(session: Session) -> None:
    month = metrics.period_of(MONTH)
    assert month is not None
    monthly_review.seal(session, monthly_review.open_month(session, month))


def every(session: Session) -> dict[tuple[str, str | None], list[metrics.Row]]:
    """Every figure that a review keeps, of the whole and of each unit."""
    units = [None, *(session.names.unit_by_name(name) for name in UNITS)]
    return {
        (name, unit): metrics.rows(session, name, period=MONTH, unit=unit).rows for name in sealed_figures.FIELDS for unit in units
    }


def uid_of(session: Session, deadline: str) -> str:
    return next(r.uid for r in session.office.each(KIND) if session.text(r, "deadline") == deadline)


def goes_on(session: Session) -> None:
    """The month in the ledger after it was sealed: one renamed and closed late, one thrown away, one that is new."""
    session.set(KIND, uid_of(session, "2026-11-20"), {"title": "改了题目"})
    close(session, uid_of(session, "2026-11-20"), on=dt.date(2026, 11, 29))  # entered late
    session.delete(KIND, uid_of(session, "2026-11-15"))
    session.fixed_today = dt.date(2026, 11, 21)
    assign(session, "柳泽县", dt.date(2026, 11, 25))
    session.fixed_today = dt.date(2026, 12, 2)


def test_what_a_repair_wrote_down_anew_was_there_all_the_time(session: Session) -> None:
    before = every(session)
    sealed(session)
    session.set(KIND, uid_of(session, "2026-11-20"), {"title": "改了题目"})
    with session.office.atomic("admin", "repair", "逐条抢救") as current:
        current.stands(session.must_get(KIND, uid_of(session, "2026-11-15")))
    assert every(session) == before


def test_the_rows_of_a_sealed_month_are_those_of_then(session: Session) -> None:
    before = every(session)
    assert sum(map(len, before.values())) > 30
    assert len(before["returned", None]) == 1
    sealed(session)
    assert every(session) == before
    goes_on(session)
    now = {key: live.rows_behind(session, key[0], Scope.of(period=MONTH, unit=key[1])) for key in before}
    assert sum(now[key] != before[key] for key in before) > 10
    assert now["returned", None] == []  # its item was thrown away
    assert every(session) == before
    # and they are as many as the sealed number says
    for (name, unit), rows in before.items():
        number = metrics.count(session, [name], period=MONTH, unit=unit)[name]
        assert sum(row.counted for row in rows) == (number.value if number.denominator is None else number.numerator)


def test_what_differs_is_said(session: Session) -> None:
    assert metrics.rows(session, "assigned", period=MONTH).note == ""
    sealed(session)
    note = metrics.rows(session, "assigned", period=MONTH).note
    today = dt.datetime.now().date()
    assert note == f"2026年11月讲评已于{today.year}年{today.month}月{today.day}日封存，下列是封存时的记录，台账现在仍是这些。"
    goes_on(session)
    note = metrics.rows(session, "assigned", period=MONTH).note
    assert "按台账现在的情况，已不在其中 1 条：「事项2026-11-15」；新加入 1 条：「事项2026-11-25」。" in note
    note = metrics.rows(session, "completion_rate", period=MONTH, unit=session.names.unit_by_name("荷口区")).note
    assert "计入与否有变 1 条：「改了题目」。" in note
    # what no review keeps is the ledger's, and so it says
    for asked in ({"group": ("ledger", KIND)}, {"ledgers": [KIND]}):
        found = metrics.rows(session, "assigned", period=MONTH, **asked)  # type: ignore[arg-type]
        assert len(found.rows) == 5 and "台账现在的" in found.note
    assert "台账现在的" in metrics.rows(session, "closed_out", period=MONTH).note
    assert metrics.rows(session, "assigned", period="2026").note == ""


def test_one_line_of_a_table_by_unit(session: Session) -> None:
    sealed(session)
    goes_on(session)
    for name, number in (("安坪县", 4), ("荷口区", 1), ("柳泽县", 0)):
        found = metrics.rows(session, "assigned", period=MONTH, group=("unit", session.names.unit_by_name(name)))
        assert len(found.rows) == number


def test_a_month_sealed_before_it_is_over_stands_for_that_day(session: Session) -> None:
    session.fixed_today = dt.date(2026, 11, 25)
    sealed(session)
    before = metrics.count(session, ["due", "closed_out"], period=MONTH)
    session.fixed_today = dt.date(2026, 12, 2)
    month = metrics.period_of(MONTH)
    assert month is not None and metrics.day_of(session, month) == dt.date(2026, 11, 25)
    assert metrics.answer(session, "due", MONTH, None, with_rows=False)[0]["as_of"] == "2026-11-25"
    close(session, uid_of(session, "2026-11-20"))
    assert metrics.count(session, ["due", "closed_out"], period=MONTH) == before
    assert metrics.count(session, ["closed_out"], period=month.seen_on(session.today))["closed_out"].value == before["closed_out"].value + 1
    # a review of an earlier program does not say: it was counted as of the day it was sealed
    session.set_checked(session.must_get("monthly_review", session.office.each("monthly_review").__next__().uid), {"as_of": None})
    assert metrics.day_of(session, month) == dt.datetime.now().date()


def test_where_the_log_is_too_long_the_rows_of_today_are_shown_and_that_is_said(session: Session, monkeypatch: Any) -> None:
    sealed(session)
    goes_on(session)
    monkeypatch.setattr(sealed_rows, "MOST_CHANGES", 2)
    found = metrics.rows(session, "closed_late", period=MONTH)
    assert [row.title for row in found.rows] == ["改了题目"]
    assert "封存的是 0 件；已不能逐条还原，下列是台账现在的记录，计入 1 条" in found.note
    same = metrics.rows(session, "acknowledged", period=MONTH, unit=session.names.unit_by_name("柳泽县"))
    assert "封存的数与台账现在的一致" in same.note


def _told(session: Session) -> dict[str, dict[str, Any]]:
    """What each public function says of the month: figure by figure, of the whole and by unit."""
    month = metrics.period_of(MONTH)
    assert month is not None
    kept = [name for name in sealed_figures.FIELDS if name != "red_lights"]
    units = {uid: session.unit_name(uid) for uid in session.names.units()}
    numbers, lines = metrics.count(session, kept, period=MONTH), metrics.table(session, kept, "unit", period=MONTH)
    by_unit = charts.Grouping(charts.UNIT, "单位")
    return {
        "count": {name: numbers[name].value for name in kept},
        "count of a unit": {
            f"{name} {label}": number.value for uid, label in units.items()
            for name, number in metrics.count(session, kept, period=month, unit=uid).items()
        },
        "table": {f"{name} {line.label}": line.numbers[name].value for line in lines for name in kept},
        "rows": {name: [(r.uid, r.title, r.counted) for r in metrics.rows(session, name, period=MONTH).rows] for name in kept},
        "rows of a line": {
            f"{name} {label}": [(r.uid, r.title, r.counted) for r in metrics.rows(session, name, period=MONTH, group=("unit", uid)).rows]
            for name in kept for uid, label in units.items()
        },
        "figures": {f["name"]: f["value"] for f in metrics.figures(session, MONTH, names=kept)},
        "answer": {name: metrics.answer(session, name, MONTH, None, with_rows=True)[0] for name in kept},
        "charts by unit": {name: [(v.label, v.number.value) for v in charts.by_unit(session, name, month)] for name in kept},
        "charts by group": {
            name: [(v.label, v.number.value) for v in charts.by_group(session, name, by_unit, month)] for name in kept
        },
        "charts over time": {name: charts.over_time(session, name, "month", month.last)[-1].number.value for name in kept},
    }


def test_every_public_function_tells_the_sealed_numbers(session: Session) -> None:
    """No caller chooses: whoever asks for the month is told what was read out."""
    sealed(session)
    before = _told(session)
    goes_on(session)
    assert live.count(session, ["assigned", "closed_late"], Scope.of(period=MONTH)) != metrics.count(session, ["assigned", "closed_late"], period=MONTH)
    assert [line.label for line in metrics.units_now(session, ["assigned"], metrics.period_of(MONTH))] == list(UNITS)  # type: ignore[arg-type]
    after = _told(session)
    assert before.keys() == after.keys()
    for way, said in before.items():
        assert after[way] == said, way


def test_the_command_line_tells_the_sealed_number_with_its_rows(tmp_path: Path, session: Session, capsys: Any, monkeypatch: Any) -> None:
    sealed(session)
    before = [metrics.answer(session, name, MONTH, None, with_rows=True)[0] for name in ("closed_late", "assigned")]
    goes_on(session)
    session.close()
    monkeypatch.setitem(os.environ, "ZHENGXIAN_PASSWORD", PASSWORD)
    monkeypatch.setattr(Session, "today", dt.date(2026, 12, 2))  # a session of the command line has no day of its own

    def run(*words: str) -> tuple[Any, str]:
        assert cli.main(["--data", str(tmp_path / "office"), "--user", "admin", "--json", *words]) == 0
        said = capsys.readouterr()
        return json.loads(said.out), said.err

    for expected in before:
        answer, told = run("figure", expected["name"], "--period", MONTH, "--rows")
        assert answer == expected and answer["as_of"] == "2026-11-30"
        assert "2026年11月讲评已" in told and "封存时的记录。按台账现在的情况" in told
    answer, told = run("figure", "assigned", "--period", MONTH)
    assert answer["value"] == 5 and "rows" not in answer and "封存" in told
    listed, told = run("figures", "--period", MONTH)
    assert {f["name"]: f["value"] for f in listed}["assigned"] == 5 and "封存" in told
    answer, told = run("figure", "assigned", "--period", "2026-10", "--rows")
    assert told == ""
