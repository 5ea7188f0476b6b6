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
from db.metrics import (
    charts,
    current_figures,
    metrics,
    own_figures,
    reviews,
    sealed_figures,
    sealed_rows,
)
from db.metrics.scope import Scope
from db.metrics.sources import sources
from db.model import periods
from db.model.declarations import Figure
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
    made.take_step(KIND, uid, "request-close-out", note="办结")
    name, made.who.user = made.who.user, "another"
    made.take_step(KIND, uid, "return", "没有附照片")
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
        current.journal_as_found(session.must_get(KIND, uid_of(session, "2026-11-15")))
    assert every(session) == before


def test_the_rows_of_a_sealed_month_are_those_of_then(session: Session) -> None:
    before = every(session)
    assert sum(map(len, before.values())) > 30
    assert len(before["returned", None]) == 1
    sealed(session)
    assert every(session) == before
    goes_on(session)
    now = {key: current_figures.rows_behind(session, key[0], Scope.of(period=MONTH, unit=key[1])) for key in before}
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
    for asked, what in (({"group": ("ledger", KIND)}, "这样分列的数"), ({"ledgers": [KIND]}, "分台账的数")):
        found = metrics.rows(session, "assigned", period=MONTH, **asked)  # type: ignore[arg-type]
        assert len(found.rows) == 5 and f"{what}不在其中；数和下列记录都是台账现在的" in found.note
    assert "这个数字不在其中" in metrics.rows(session, "closed_out", period=MONTH).note
    assert metrics.remark(session, "2026") == ""
    assert metrics.rows(session, "assigned", period="2026").note == ""


def test_one_line_of_a_table_by_unit(session: Session) -> None:
    sealed(session)
    goes_on(session)
    for name, number in (("安坪县", 4), ("荷口区", 1), ("柳泽县", 0)):
        found = metrics.rows(session, "assigned", period=MONTH, group=("unit", session.names.unit_by_name(name)))
        assert len(found.rows) == number


def test_a_line_of_one_unit_has_nothing_of_another(session: Session) -> None:
    sealed(session)
    one, other = (session.names.unit_by_name(name) for name in UNITS[:2])
    for whose, number in ((one, 4), (other, 0)):
        assert len(metrics.rows(session, "assigned", period=MONTH, unit=one, group=("unit", whose)).rows) == number


def test_so_many_are_named_and_the_rest_are_told_by_an_et_cetera(session: Session) -> None:
    session.fixed_today = dt.date(2026, 11, 21)
    uids = [assign(session, "柳泽县", dt.date(2026, 11, number)) for number in (26, 27, 28, 29)]
    session.fixed_today = dt.date(2026, 12, 2)
    sealed(session)
    for gone, more in ((uids[:3], ""), (uids[3:], " 等")):
        for uid in gone:
            session.delete(KIND, uid)
        number = 4 if more else 3
        note = metrics.rows(session, "assigned", period=MONTH).note
        assert f"已不在其中 {number} 条：「事项2026-11-26」、「事项2026-11-27」、「事项2026-11-28」{more}。" in note


def test_what_one_unit_was_not_due_for_is_in_no_share(session: Session) -> None:
    """柳泽县 has an item that is due next month; 荷口区 gets another one that is due late, after the month was sealed."""
    session.fixed_today = dt.date(2026, 11, 21)
    assign(session, "柳泽县", dt.date(2026, 12, 20))
    session.fixed_today = dt.date(2026, 12, 2)
    sealed(session)
    share = metrics.count(session, ["completion_rate"], period=MONTH)["completion_rate"]
    assert (share.numerator, share.denominator) == (3, 5)
    session.fixed_today = dt.date(2026, 11, 21)
    assign(session, "荷口区", dt.date(2026, 11, 25))
    session.fixed_today = dt.date(2026, 12, 2)
    share = metrics.count(session, ["completion_rate"], period=MONTH, unit=session.names.unit_by_name("柳泽县"))["completion_rate"]
    assert (share.value, share.numerator, share.denominator) == (None, 0, 0)


def test_who_asks_for_the_day_it_was_sealed_for_is_told_what_was_read_out(session: Session) -> None:
    sealed(session)
    goes_on(session)
    for as_of, number in ((dt.date(2026, 11, 30), 5), (dt.date(2026, 12, 1), 5), (None, 5)):
        assert metrics.count(session, ["assigned"], period=MONTH, as_of=as_of)["assigned"].value == number
    session.delete(KIND, uid_of(session, "2026-11-25"))
    assert metrics.count(session, ["assigned"], period=MONTH, as_of=dt.date(2026, 11, 30))["assigned"].value == 5
    assert metrics.count(session, ["assigned"], period=MONTH, as_of=dt.date(2026, 12, 1))["assigned"].value == 4


def test_beside_what_was_read_out_stand_the_units_of_now_that_have_something(session: Session) -> None:
    """In the order of the register, whoever has none last: 柳泽县 was visited since, nobody's report stands in the press."""
    for at, name in enumerate(UNITS):
        session.set("unit", session.names.unit_by_name(name), {"sort_order": 3 - at})
    sealed(session)
    names = ["assigned", "visits", "press_all", "suspended"]
    level = session.kinds.get("press").field("level").options[0].name
    session.add("press", {"title": "见报", "outlet": "日报", "level": level, "published_on": dt.date(2026, 11, 9)})
    goes_on(session)  # 柳泽县 has an item now that nobody has visited yet

    def lines() -> list[tuple[str, list[Any]]]:
        found = metrics.table(session, names, "unit", period=MONTH)
        return [(line.label, [line.numbers[name].value for name in names]) for line in found]

    assert lines() == [("荷口区", [1, 0, 0, 0]), ("安坪县", [4, 0, 0, 0]), ("（未填）", [0, 0, 1, 0])]
    session.add("supervision_visit", {"visited_on": dt.date(2026, 11, 22), "finding": "现场查看"}, parent=uid_of(session, "2026-11-25"))
    assert lines() == [("柳泽县", [0, 1, 0, 0]), ("荷口区", [1, 0, 0, 0]), ("安坪县", [4, 0, 0, 0]), ("（未填）", [0, 0, 1, 0])]


def by_import(session: Session, kind: str, uid: str, values: dict[str, Any]) -> None:
    """As a workbook from elsewhere may bring it, past what a person is asked."""
    with session.atomic("import", "测试"):
        session.transaction("office").update(session.must_get(kind, uid), values)


def test_what_is_nobodys_is_behind_no_number_of_the_review(session: Session) -> None:
    by_import(session, KIND, uid_of(session, "2026-11-15"), {"lead_unit": None})
    sealed(session)
    assert metrics.count(session, ["assigned"], period=MONTH)["assigned"].value == 4
    assert len(metrics.rows(session, "assigned", period=MONTH).rows) == 4


def test_what_hangs_under_another_item_since_hung_under_this_one_then(session: Session) -> None:
    sealed(session)
    (before,) = metrics.rows(session, "returned", period=MONTH).rows
    by_import(session, before.kind, before.uid, {"parent": uid_of(session, "2026-11-20")})
    found = metrics.rows(session, "returned", period=MONTH, unit=session.names.unit_by_name("安坪县"))
    assert found.rows == [before] and before.about == "事项2026-11-15" and "下列是封存时的记录" in found.note


def test_a_share_of_a_kept_figure_and_one_that_is_not_says_both(session: Session) -> None:
    own_figures.save(session, Figure(name="mine", label="办结占比", share_of=("closed_out", "assigned")))
    sealed(session)
    note = metrics.rows(session, "mine", period=MONTH).note
    assert "这个数字不在其中" in note and "下列是封存时的记录" in note


def entries(session: Session, *kinds: str) -> int:
    """How many entries of the log tell of these since the month was sealed."""
    review = reviews.review_of(session, periods.parse(MONTH))
    assert review is not None
    seal = reviews.seal_of(session, review)
    assert seal is not None
    marks = ", ".join("?" * len(kinds))
    (number,) = session.office.connection.execute(
        f"SELECT count(*) FROM journal WHERE seq > ? AND kind IN ({marks})", (seal.seq, *kinds),
    ).fetchone()
    return int(number)


def test_the_log_is_gone_through_as_far_as_is_said_of_what_rows_hang_under_too(session: Session, monkeypatch: Any) -> None:
    before = every(session)
    sealed(session)
    goes_on(session)
    session.delete(KIND, uid_of(session, "2026-11-25"))
    (child,) = {source.kind.name for source in sources(session.kinds, metrics.declared(session).get("returned")) if source.ledger.name == KIND}
    for name, kinds in (("assigned", (KIND,)), ("returned", (KIND, child))):
        number = entries(session, *kinds)
        assert number > entries(session, child)
        monkeypatch.setattr(sealed_rows, "MOST_CHANGES", number)
        assert metrics.rows(session, name, period=MONTH).rows == before[name, None]
        monkeypatch.setattr(sealed_rows, "MOST_CHANGES", number - 1)
        found = metrics.rows(session, name, period=MONTH)
        assert f"封存的是 {len(before[name, None])} " in found.note and "已不能逐条还原" in found.note


def test_a_share_is_that_of_then_where_both_its_numbers_are(session: Session, monkeypatch: Any) -> None:
    sealed(session)
    session.fixed_today = dt.date(2026, 11, 21)
    assign(session, "柳泽县", dt.date(2026, 11, 25))
    session.fixed_today = dt.date(2026, 12, 2)
    monkeypatch.setattr(sealed_rows, "MOST_CHANGES", 0)
    note = metrics.rows(session, "completion_rate", period=MONTH).note
    assert "封存的是 3/5；已不能逐条还原，下列是台账现在的记录，计入 3 条" in note


def on_the_day(session: Session, day: dt.date) -> None:
    """As if the clock had said that day when the last change was written."""
    session.office.writer.execute("UPDATE changes SET at = ? WHERE id = (SELECT max(id) FROM changes)", (f"{day}T17:30:00",))


def by_an_earlier_program(session: Session) -> None:
    """A review that was counted on 25 November, commented on since, and sealed on 1 December as it stood; it kept no day."""
    session.fixed_today = dt.date(2026, 11, 25)
    uid = monthly_review.open_month(session, periods.parse(MONTH))
    on_the_day(session, session.today)
    session.set(reviews.SCORE, session.children(uid, reviews.SCORE)[0].uid, {"comment": "推进缓慢"})
    session.set_checked(session.must_get(reviews.REVIEW, uid), {"as_of": None})
    session.set(KIND, uid_of(session, "2026-11-20"), {"title": "改了题目"})
    assign(session, "柳泽县", dt.date(2026, 12, 20))
    session.fixed_today = dt.date(2026, 12, 2)
    monthly_review.seal(session, uid)
    on_the_day(session, dt.date(2026, 12, 1))


def test_what_an_earlier_program_counted_before_it_was_sealed_is_of_that_day(session: Session) -> None:
    """While the day was not over: what was due on it was not overdue yet."""
    session.fixed_today = dt.date(2026, 11, 21)
    assign(session, "荷口区", dt.date(2026, 11, 25))
    by_an_earlier_program(session)
    assert metrics.counted_as_of(session, metrics.period_of(MONTH)) == dt.date(2026, 11, 25)
    for name, number in (("assigned", 6), ("due", 5), ("open_overdue", 2)):
        found = metrics.rows(session, name, period=MONTH)
        assert (len(found.rows), metrics.count(session, [name], period=MONTH)[name].value) == (number, number), name
        assert "于2026年12月1日封存，下列是封存时的记录" in found.note
    titles = {row.title for row in metrics.rows(session, "assigned", period=MONTH).rows}
    assert "事项2026-11-20" in titles and "改了题目" not in titles


def test_where_the_log_does_not_tell_when_it_was_sealed_the_month_stands_for_its_end(session: Session) -> None:
    by_an_earlier_program(session)
    for kind in (reviews.REVIEW, reviews.SCORE):
        session.office.writer.execute("DELETE FROM journal WHERE kind = ?", (kind,))
    assert metrics.counted_as_of(session, metrics.period_of(MONTH)) == dt.date(2026, 11, 30)
    found = metrics.rows(session, "assigned", period=MONTH)
    assert len(found.rows) == 6 and "2026年11月讲评已封存，封存的是 5 件；已不能逐条还原，下列是台账现在的记录，计入 6 条。" in found.note


def test_a_month_sealed_before_it_is_over_stands_for_that_day(session: Session) -> None:
    session.fixed_today = dt.date(2026, 11, 25)
    sealed(session)
    before = metrics.count(session, ["due", "closed_out"], period=MONTH)
    session.fixed_today = dt.date(2026, 12, 2)
    month = metrics.period_of(MONTH)
    assert month is not None and metrics.counted_as_of(session, month) == dt.date(2026, 11, 25)
    assert metrics.answer(session, "due", MONTH, None, with_rows=False)[0]["as_of"] == "2026-11-25"
    close(session, uid_of(session, "2026-11-20"))
    assert metrics.count(session, ["due", "closed_out"], period=MONTH) == before
    assert metrics.count(session, ["closed_out"], period=month.seen_on(session.today))["closed_out"].value == before["closed_out"].value + 1
    # a review of an earlier program does not say: it was counted as of the day it was sealed
    session.set_checked(session.must_get("monthly_review", session.office.each("monthly_review").__next__().uid), {"as_of": None})
    assert metrics.counted_as_of(session, month) == dt.datetime.now().date()


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
    assert current_figures.count(session, ["assigned", "closed_late"], Scope.of(period=MONTH)) != metrics.count(session, ["assigned", "closed_late"], period=MONTH)
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
