"""A book of the second form (``format2/*.sql.gz``, played by the program that wrote it) gets the steps that its records took when it
is opened, each with its day, and what they were on every day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.model.steps import not_undone
from db.office import open_office
from db.session import Session
from db.store import migrations, schema
from tests.upgrade.test_format1 import KIND, PASSWORD, unpacked

FIXTURES = Path(__file__).parent / "format2"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = unpacked(tmp_path_factory.mktemp("format2") / "city", "city", FIXTURES, 2)
    session = open_office(folder, "admin", PASSWORD)
    yield session
    session.close()


def steps(session: Session, title: str) -> list[tuple[str, str]]:
    record = next(r for r in session.office.each(KIND) if r.values["title"] == title)
    return [(step.on, step.action) for step in not_undone(record.values["steps"])]


def on(session: Session, title: str, day: dt.date) -> tuple[str, str, str, str]:
    record = next(r for r in session.office.each(KIND) if r.values["title"] == title)
    found = session.office.connection.execute(
        "SELECT state, unit, deadline, coalesce(requested_on, '') FROM spans WHERE kind = ? AND rec = ? AND from_on <= ? AND to_on > ?",
        (KIND, record.id, day.isoformat(), day.isoformat()),
    ).fetchall()
    assert len(found) == 1
    state, unit, deadline, asked = found[0]
    return state, session.unit_name(unit), deadline, asked


def test_every_step_has_the_day_on_which_it_was_taken(city: Session) -> None:
    assert schema.check_format(city.office.connection) == migrations.FORMAT
    assert steps(city, "按时申请，隔日销号") == [
        ("2022-09-02", "assign"), ("2022-09-03", "acknowledge"), ("2022-09-20", "request-close-out"), ("2022-09-23", "close-out"),
    ]
    assert steps(city, "退回后重新申请") == [
        ("2022-09-02", "assign"), ("2022-09-19", "request-close-out"), ("2022-09-22", "return"), ("2022-09-26", "request-close-out"),
        ("2022-09-27", "close-out"),
    ]
    assert ("2022-09-16", "grant-extension") in steps(city, "准予延期")
    assert steps(city, "拟办") == []


def test_what_a_record_was_on_a_day_follows(city: Session) -> None:
    def day(number: int) -> dt.date:
        return dt.date(2022, 9, number)

    assert on(city, "按时申请，隔日销号", day(20)) == ("close_out_requested", "棠阴区", "2022-09-20", "2022-09-20")
    assert on(city, "按时申请，隔日销号", day(1))[0] == "drafted"
    assert on(city, "退回后重新申请", day(23))[::3] == ("in_progress", "")
    assert on(city, "退回后重新申请", day(28))[::3] == ("closed_out", "2022-09-26")
    assert on(city, "准予延期", day(15))[2] == "2022-09-20" and on(city, "准予延期", day(16))[2] == "2022-10-20"
    assert on(city, "转办", day(11))[1] == "棠阴区" and on(city, "转办", day(12))[1] == "澄陵县"


def test_the_book_is_whole_and_nobody_is_said_to_have_changed_anything(city: Session) -> None:
    assert city.verify() == []
    assert {r.updated_by for r in city.office.each(KIND)} <= {"clerk", "reviewer", "admin"}
