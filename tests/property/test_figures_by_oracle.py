"""Every figure of the ledgers, by unit and whole, as of random days, against an oracle that keeps a plain list of events.

A few months here; `python -m tests.bench figures` plays 2,000. A seed that fails is played again by `month(session, seed)`.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import office
from db.session import Session
from tests.property import figure_oracle
from tests.property.figure_months import LEDGERS, month
from tests.property.figure_oracle import Fact, Item, Oracle

SEEDS = range(4)
FOUND = (23, 1015, 1071, 1120)
"""Months in which the program or the oracle was wrong once."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("oracle") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    yield made
    made.close()


@pytest.mark.parametrize("seed", (*SEEDS, *FOUND))
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


def test_a_program_that_counts_otherwise_is_seen(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an oracle that gives every act to whoever has the item at the end finds months that differ."""
    monkeypatch.setattr(Oracle, "holder", lambda self, item, day, before=None: self.seen(item, dt.date.max).unit)
    assert any(month(session, seed).found for seed in SEEDS)
