"""The made-up office: everything filled, lawful, the same for the same seed, and nobody's words but its own."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import resources
from db import office
from db.domain import person_timeline
from db.errors import BadInput, NotPermitted, WorkFailed
from db.metrics import metrics, reviews
from db.model import periods, rules
from db.model.query import Query
from db.rules import validate
from db.session import Session
from db.units import tree
from desktop import cli, demo
from desktop.sample import items_process
from desktop.sample.items import LedgerItems

TODAY = dt.date(2022, 10, 14)
ITEMS = 300
#: Filled by the program's own work, and by what an office changes for itself, alone.
EMPTY = {"bulletin", "mask_word", "own_figure", "report_form", "year_closing"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("demo") / "office"
    return folder, demo.make(folder, items=ITEMS, seed=5, today=TODAY)


@pytest.fixture(scope="module")
def session(made: tuple[Path, dict[str, Any]]) -> Iterator[Session]:
    opened = office.open_office(made[0], "admin", demo.PASSWORD)
    opened.fixed_today = TODAY
    yield opened
    opened.close()


def ledger_items(session: Session) -> int:
    cycles = ("close_out", "answer_in_week")
    return sum(len(session.find(Query(kind=k.name))) for k in session.kinds if k.lifecycle in cycles)


def test_what_is_answered(made: tuple[Path, dict[str, Any]]) -> None:
    folder, answer = made
    assert answer["data"] == str(folder)
    assert answer["office"] == "云川市能力作风建设年活动办公室"
    assert {u["name"]: u["role"] for u in answer["users"]} == {
        "admin": "administrator", "clerk": "clerk", "reviewer": "reviewer", "personnel": "personnel",
    }  # fmt: skip


def test_every_kind_is_filled(session: Session) -> None:
    assert len(session.names.units()) == 17
    assert ledger_items(session) == ITEMS
    empty = {k.name for k in session.kinds if not session.find(Query(kind=k.name, limit=1))}
    assert empty <= EMPTY


def test_every_record_keeps_the_rules(session: Session) -> None:
    for kind in session.kinds:
        for record in session.find(Query(kind=kind.name)):
            assert validate.normalized(kind, record.values) == record.values
            assert rules.check(kind, record.values, TODAY) == []
            assert rules.check_limits(session, kind, record.values, record) == []
            assert all(record.values[f.name] is not None for f in kind.all_fields if f.required), record
            cycle = session.kinds.lifecycle_of(kind)
            assert (record.state is None) == (cycle is None)


def test_the_book_is_as_if_typed_by_hand(session: Session) -> None:
    assert session.verify() == []
    closed = session.find(Query(kind="rectification"))
    record = next(r for r in closed if r.state == "archived")
    history = session.history("rectification", record.uid)
    states = [line.new for line in history if line.field == "state"]
    assert states[0] == "drafted"
    assert states[-2:] == ["closed_out", "archived"]
    assert [line.at for line in history] == sorted(line.at for line in history)
    by = {line.new: line.by for line in history if line.field == "state"}
    assert by["closed_out"] != by["close_out_requested"]
    versions = session.book_of("rectification").versions_of(record)
    assert versions.of("state") != versions.of("title")
    assert versions.of("title") == versions.row


def test_it_goes_on_as_an_office_does(session: Session) -> None:
    record = next(r for r in session.find(Query(kind="rectification")) if r.state == "drafted")
    session.set("rectification", record.uid, {"deadline": TODAY + dt.timedelta(days=10)})
    assert "assigned_on" in session.take_step("rectification", record.uid, "assign")
    assert session.search(str(record.values["title"]))[0].kind
    session.undo_last()
    assert session.must_get("rectification", record.uid).state == "drafted"


def test_clerk_and_reviewer_have_no_key_to_cadres(made: tuple[Path, dict[str, Any]], session: Session) -> None:
    session.close()  # one program at a time; the tests below use it no more
    for user, role in (("clerk", "clerk"), ("reviewer", "reviewer"), ("personnel", "personnel")):
        opened = office.open_office(made[0], user, demo.PASSWORD)
        assert opened.role == role
        if user == "personnel":
            assert opened.find(Query(kind="cadre"))
        else:
            with pytest.raises(NotPermitted):
                opened.find(Query(kind="cadre"))
        opened.close()


def _content(folder: Path) -> list[tuple[str, str, str | None, dict[str, Any]]]:
    opened = office.open_office(folder, "admin", demo.PASSWORD)
    try:
        return [
            (r.kind, r.uid, r.state, r.values) for k in opened.kinds for r in opened.find(Query(kind=k.name))
        ]
    finally:
        opened.close()


def test_the_same_seed_gives_the_same_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where another process draws the items up, in portions."""
    demo.make(tmp_path / "a", items=40, seed=9, today=TODAY)
    with monkeypatch.context() as patched:
        patched.setattr(items_process, "LEAST", 1)
        patched.setattr(items_process, "CHUNK", 100)
        demo.make(tmp_path / "b", items=40, seed=9, today=TODAY)
    demo.make(tmp_path / "c", items=40, seed=10, today=TODAY)
    first = _content(tmp_path / "a")
    assert first == _content(tmp_path / "b")
    assert first != _content(tmp_path / "c")


def test_who_draws_up_ends_when_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up while the office is written: told at once, with no process left over."""
    monkeypatch.setattr(items_process, "LEAST", 1)
    monkeypatch.setattr(items_process, "CHUNK", 100)
    real, fork, portions, forked = demo.write, os.fork, [], []
    monkeypatch.setattr(os, "fork", lambda: forked.append(fork()) or forked[-1])

    def write(*arguments: Any) -> None:
        portions.append(arguments)
        if len(portions) == 2:
            raise WorkFailed("磁盘已满。")
        real(*arguments)

    monkeypatch.setattr(demo, "write", write)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        demo.make(tmp_path / "full", items=400, seed=9, today=TODAY)
    with pytest.raises(ProcessLookupError):
        os.kill(forked[0], 0)


def test_an_office_is_not_made_over_another(made: tuple[Path, dict[str, Any]]) -> None:
    with pytest.raises(BadInput, match="已有一本台账"):
        demo.make(made[0], items=5)


@pytest.mark.parametrize("items", [0, 1, 5])
def test_a_very_small_office(tmp_path: Path, items: int) -> None:
    demo.make(tmp_path / "small", items=items, today=TODAY)
    opened = office.open_office(tmp_path / "small", "admin", demo.PASSWORD)
    try:
        assert ledger_items(opened) == items
    finally:
        opened.close()


def test_texts_hold_no_telephone_number() -> None:
    for name in ("texts.toml", "office.toml"):
        text = resources.path("demo", name).read_text(encoding="utf-8")
        assert tomllib.loads(text)
        assert not any(len(run) >= 7 for run in "".join(c if c.isdigit() else " " for c in text).split())


def test_a_year_that_begins_is_not_empty(tmp_path: Path) -> None:
    """Who tries the program in January finds last year's months filled and this year's begun."""
    day = dt.date(2027, 1, 1)
    demo.make(tmp_path / "office", items=150, seed=7, today=day)
    with closing(office.open_office(tmp_path / "office", "admin", demo.PASSWORD)) as session:
        session.fixed_today = day
        years = [
            record.values["assigned_on"].year
            for kind in session.kinds
            if kind.lifecycle in ("close_out", "answer_in_week")
            for record in session.find(Query(kind=kind.name))
            if record.values.get("assigned_on")
        ]
        assert 12 <= years.count(2027) <= 40 and years.count(2026) >= 80


def test_an_office_cut_short_is_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr(demo, "fill_office", cut)
        with pytest.raises(KeyboardInterrupt):
            demo.make(tmp_path / "office", items=30, today=TODAY)
    asked = ["demo", str(tmp_path / "office"), "--items", "30"]
    for more in ([], ["--no-window"]):
        assert cli.main([*asked, *more]) == 2
        assert "上次没有建完，不能使用" in capsys.readouterr().err
    assert cli.main(["demo", str(tmp_path / "another"), "--items", "30", "--no-window"]) == 0
    assert not (tmp_path / "another" / demo.UNFINISHED).exists()


def test_all_years_together_have_as_many_items_as_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, years = LedgerItems.make, list[int]()

    def counted(self: LedgerItems, plan: Any) -> None:
        years.append(plan.day.year)
        made(self, plan)

    monkeypatch.setattr(LedgerItems, "make", counted)
    demo.make(tmp_path / "office", items=240, seed=5, today=TODAY, earlier=2)
    assert len(years) == 240 and years[:40] == [2020] * 20 + [2021] * 20 and set(years[40:]) <= {2021, 2022}


def test_years_before_have_work_and_cadres_on_rosters(tmp_path: Path) -> None:
    """A person's page and the number of people are one truth: each on a roster has the class on their page, once."""
    demo.make(tmp_path / "office", items=40, seed=5, today=TODAY, earlier=2)
    opened = office.open_office(tmp_path / "office", "admin", demo.PASSWORD)
    opened.fixed_today = TODAY
    assert opened.verify() == []
    for year in ("2020", "2021"):
        found = metrics.count(opened, ["assigned", "closed_in_period", "carried_over", "unfinished", "people_trained"], period=year)
        numbers = {name: number.value for name, number in found.items()}
        assert numbers["assigned"] >= 8 and numbers["people_trained"] >= 24
        assert numbers["carried_over"] + numbers["assigned"] - numbers["closed_in_period"] == numbers["unfinished"]
    heads = [e.head for c in opened.find(Query(kind="cadre", limit=24)) for e in person_timeline.events(opened, c) if "能力提升班" in e.head]
    assert len(heads) == 48, "of 24 people in each of two years"
    held = [each for each in opened.find(Query(kind=reviews.REVIEW)) if each.state == "held"]
    for review in held:
        again = {g.key: g.numbers for g in metrics.units_now(opened, list(reviews.COUNTED.values()), periods.parse(review.values["month"]))}
        for line in opened.children(review.uid, reviews.SCORE):
            for field, name in reviews.COUNTED.items():
                assert line.values[field] == again[line.values["unit"]][name].value, "a month counted again says the same, earlier work too"
    assert held
    opened.close()


def test_a_province_has_cities_and_counties_and_speaks_as_one(tmp_path: Path) -> None:
    demo.make_province(tmp_path / "a", items=30, seed=9, today=TODAY)
    session = office.open_office(tmp_path / "a", "clerk", demo.PASSWORD)
    try:
        deep = [depth for _, depth in tree.lines(session)]
        assert (deep.count(0), deep.count(1), deep.count(2)) == (12, 10, 4) and session.names.unit_by_name("岚岭省委办公室")
        words = session.office.connection.execute("SELECT count(*) FROM unit WHERE name LIKE '%云川%' OR name LIKE '市委%'").fetchone()[0]
        meetings = {session.title_of(each) for each in session.office.each("meeting")}
        assert words == 0 and not any("市委" in each for each in meetings)
    finally:
        session.close()
