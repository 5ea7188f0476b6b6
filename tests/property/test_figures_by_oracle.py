"""Every figure of the ledgers, by unit and whole, as of random days, against an oracle that keeps a plain list of events.

A few months here; `python -m tests.bench figures` plays 2,000. A seed that fails is played again by `month(session, seed)`.
"""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db import office
from db.metrics import metrics
from db.session import Session
from tests.property import figure_oracle
from tests.property.figure_months import LEDGERS, Undone, judged_by_closing, month
from tests.property.figure_oracle import Fact, Item, Oracle
from tests.samples import as_person

SEEDS = range(6)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("oracle") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    yield made
    made.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_program_counts_as_the_oracle_does(session: Session, seed: int) -> None:
    world = month(session, seed)
    assert world.done > 20, "nothing happened"
    assert world.found == []


def test_the_oracle_knows_nothing_of_the_program() -> None:
    tree = ast.parse(Path(figure_oracle.__file__).read_text(encoding="utf-8"))
    named = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    named |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    assert not {name for name in named if name.split(".")[0] in ("db", "desktop", "resources", "tests")}


def test_the_oracle_by_hand() -> None:
    """Seven items due on Friday the 21st: two closed by then, two asked for then and closed on Monday, one transferred that Monday,
    one given until December on Tuesday, one that nobody touched."""
    oracle, day = Oracle(), lambda number: dt.date(2022, 10, number)
    for number in range(7):
        item = Item(str(number), LEDGERS[0], "甲" if number % 2 else "乙", day(21), {}, [Fact(day(8), "assign")])
        item.facts += [
            [Fact(day(20), "ask"), Fact(day(21), "close")], [Fact(day(20), "ask"), Fact(day(21), "close")],
            [Fact(day(21), "ask"), Fact(day(24), "close")], [Fact(day(21), "ask"), Fact(day(24), "close")],
            [Fact(day(24), "transfer", unit="甲")], [Fact(day(22), "ask_extension"), Fact(day(25), "grant", deadline=dt.date(2022, 12, 20))], [],
        ][number]  # fmt: skip
        oracle.items.append(item)
    october = (day(1), day(31))
    friday = oracle.figures(*october, day(21), dt.date(2022, 11, 15))
    assert (friday["due"], friday["closed_on_time"], friday["awaiting_check"], friday["open_overdue"]) == (7, 2, 2, 3)
    monday = oracle.figures(*october, day(24), dt.date(2022, 11, 15))
    assert (monday["closed_on_time"], monday["closed_late"], monday["open_overdue"]) == (4, 0, 3), "judged by the day of the request"
    end = oracle.figures(*october, day(31), dt.date(2022, 11, 15))
    assert (end["due"], end["completion_rate"], end["extended"]) == (6, (figure_oracle.Decimal("66.7"), 4, 6), 1)
    assert oracle.figures(*october, day(31), dt.date(2022, 11, 15), "甲")["due"] == 2, "what was transferred was 乙's when it was due"


@contextlib.contextmanager
def taken_back(session: Session) -> Iterator[Callable[..., None]]:
    """One item of 甲's, assigned on 1 October; what is done to it, by whom, on which day, is taken back in the end."""
    with contextlib.suppress(Undone), session.atomic("import", "一件"):
        session.fixed_today = dt.date(2022, 10, 1)
        units = {name: session.add("unit", {"name": name}) for name in ("甲单位", "乙单位")}
        uid = session.add("rectification", {"title": "一件", "lead_unit": units["甲单位"], "deadline": dt.date(2022, 11, 30)})

        def act(day: int, what: str, **ask: str | dt.date) -> None:
            session.fixed_today = dt.date(2022, 9, 30) + dt.timedelta(days=day)
            who = "reviewer" if what in ("transfer", "return", "close-out") else "clerk"
            with as_person(session, who, who):
                session.take_step("rectification", uid, what, "如实", {name: units.get(value, value) for name, value in ask.items()})

        act(1, "assign")
        yield act
        raise Undone
    session.names.forget()


def of_unit(session: Session, name: str, figure: str, as_of: dt.date | None = None) -> object:
    unit = session.names.unit_by_name(name)
    return metrics.count(session, [figure], period="2022", unit=unit, as_of=as_of)[figure].value


def test_what_a_unit_asked_for_is_its_own_though_the_item_went_on_that_day(session: Session) -> None:
    """The oracle found: what 甲 asked for counted for 乙, because the item came back to 甲 later."""
    with taken_back(session) as act:
        act(11, "request-extension", requested_deadline=dt.date(2022, 12, 10))
        act(11, "transfer", lead_unit="乙单位")
        act(13, "transfer", lead_unit="甲单位")
        session.names.forget()
        assert (of_unit(session, "甲单位", "extension_requests"), of_unit(session, "乙单位", "extension_requests")) == (1, 0)


def test_an_acknowledgement_given_again_moves_no_earlier_step(session: Session) -> None:
    """The oracle found: after a transfer cleared it, the date of the second one was taken for that of the first, and every step
    between was moved behind it."""
    with taken_back(session) as act:
        act(2, "acknowledge")
        act(4, "request-close-out")
        act(6, "return")
        act(10, "transfer", lead_unit="乙单位")
        act(12, "report")
        session.names.forget()
        for day, waits in ((3, 0), (4, 1), (5, 1), (6, 0), (12, 0)):
            assert of_unit(session, "甲单位", "waiting_requests", dt.date(2022, 10, day)) == waits, day


def test_a_ledger_may_go_by_the_day_of_closing(session: Session) -> None:
    oracle, kinds = Oracle(), session.kinds
    asked = [Fact(dt.date(2022, 10, 1), "assign"), Fact(dt.date(2022, 11, 29), "ask"), Fact(dt.date(2022, 12, 2), "close")]
    oracle.items.append(Item("", "rectification", "", dt.date(2022, 11, 30), {}, asked))
    year = (dt.date(2022, 1, 1), dt.date(2022, 12, 31), dt.date(2022, 12, 31), dt.date(2022, 12, 31))
    with taken_back(session) as act:
        act(60, "request-close-out")
        act(63, "close-out")
        for by, on_time in ((kinds, 1), (judged_by_closing(kinds), 0)):
            oracle.by_closing = frozenset() if on_time else frozenset(["rectification"])
            session.kinds = by
            said = metrics.count(session, ["closed_on_time", "closed_late"], period="2022")
            session.kinds = kinds
            truth = oracle.figures(*year)
            assert (said["closed_on_time"].value, said["closed_late"].value) == (on_time, 1 - on_time)
            assert (truth["closed_on_time"], truth["closed_late"]) == (on_time, 1 - on_time)


def test_a_program_that_counts_otherwise_is_seen(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an oracle that gives every act to whoever has the item at the end finds months that differ."""
    monkeypatch.setattr(Oracle, "holder", lambda self, item, day, before=None: self.seen(item, dt.date.max).unit)
    assert any(month(session, seed).found for seed in SEEDS)
