"""Which units handed in this week: in parts, late, twice, and after they were given another name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.domain import return_status
from db.model import periods
from db.session import Session
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from tests.units_office import opened, unit

LAST_WEEK = dt.timedelta(days=7)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        made.fixed_today = dt.date.today()
        for name in ("甲局", "乙局"):
            values = {"title": f"{name}的事", "lead_unit": unit(made, name), "deadline": made.today + LAST_WEEK}
            for kind in ("rectification", "regret"):
                made.take_step(kind, made.add(kind, values), "assign")
        yield made


def give(session: Session, path: Path, name: str, *kinds: str) -> Path:
    return export(session, list(kinds), path / f"{name}{'-'.join(kinds)}.xlsx", unit=session.names.unit_by_name(name)).file


def take(session: Session, file: Path) -> None:
    accept.accept(session, accept.plan(session, file))


def told(session: Session, week: dt.date | None = None) -> dict[str, str]:
    board = return_status.board(session, periods.week_of(week or session.today))
    return {return_status.named(session, row): row.status for row in board if row.given or row.handed_in}


def test_a_unit_that_owes_another_ledger_has_not_handed_in(session: Session, tmp_path: Path) -> None:
    first, second = (give(session, tmp_path, "甲局", kind) for kind in ("rectification", "regret"))
    (tmp_path / "again").mkdir()
    again = give(session, tmp_path / "again", "甲局", "rectification")
    assert told(session) == {"甲局": "missing"}
    take(session, first)
    label = session.kinds.get("regret").label
    assert told(session) == {f"甲局（还缺{label}）": "part"}, "a workbook given out twice is wanted once, another ledger's is wanted too"
    take(session, second)
    assert told(session) == {"甲局": "handed_in"}
    take(session, again)
    assert told(session) == {"甲局": "handed_in"}


def test_what_came_after_the_week_is_not_missed_any_more(session: Session, tmp_path: Path) -> None:
    file = give(session, tmp_path, "甲局", "rectification")
    with session.office.atomic("admin", "form", "改日期") as transaction:
        transaction.connection.execute("UPDATE exports SET at = ?", ((dt.datetime.now() - LAST_WEEK).isoformat(timespec="seconds"),))
    assert told(session, session.today - LAST_WEEK) == {"甲局": "missing"}
    take(session, file)
    assert told(session, session.today - LAST_WEEK) == {"甲局": "handed_in"}
    assert told(session) == {"甲局": "handed_in"}


def test_a_unit_with_another_name_is_one_unit(session: Session, tmp_path: Path) -> None:
    file = give(session, tmp_path, "乙局", "rectification")
    new = unit(session, "乙新局", established_on=session.today)
    session.set("unit", session.names.unit_by_name("乙局"), {"abolished_on": session.today, "successor": new})
    assert told(session) == {"乙新局": "missing"}
    take(session, file)
    assert told(session) == {"乙新局": "handed_in"}
