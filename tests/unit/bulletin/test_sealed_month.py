"""The bulletin of a month whose review is sealed prints what was sealed, in every place, whatever became of the items since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import figures, frozen, monthly, office
from db.session import Session
from desktop.bulletin import issuing, reports
from tests.unit.db.test_reviews import PASSWORD, assign, close

MONTH = "2026-11"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    for name in ("安平县", "河口区", "柳泽县"):
        made.add("unit", {"name": name})
    made.fixed_today = dt.date(2026, 11, 2)
    for number in range(3):
        close(made, assign(made, "安平县", dt.date(2026, 11, 10 + number)))
    assign(made, "河口区", dt.date(2026, 11, 10))
    made.fixed_today = dt.date(2026, 12, 2)
    yield made
    made.close()


def printed(session: Session) -> list[str]:
    """Every figure that the bulletin holds, as text: of its sentences, its table, its chart."""
    builder = reports.build(session, "monthly_review", period=MONTH)
    builder.document()
    return sorted(f"{key} {number.value} {number.numerator} {number.denominator}" for key, number in builder.used.items())


def test_every_figure_of_a_sealed_month_is_the_sealed_one(session: Session) -> None:
    uid = monthly.open_month(session, figures.period_of(MONTH))  # type: ignore[arg-type]
    before = printed(session)
    assert len(before) > 25
    monthly.seal(session, uid)
    assert printed(session) == before, "sealing itself changes no figure"
    # the month goes on in the ledger: one more item, one closed late, a unit given another name
    session.fixed_today = dt.date(2026, 11, 20)
    assign(session, "柳泽县", dt.date(2026, 11, 21))
    session.fixed_today = dt.date(2026, 12, 2)
    late = next(r for r in figures.rows_behind(session, "open_overdue", period=MONTH) if session.text(
        session.must_get(r.kind, r.uid), "lead_unit") == "河口区")  # fmt: skip
    close(session, late.uid)
    live, kept = (way(session, ["assigned", "closed_late"], period=MONTH) for way in (figures.count, frozen.count))
    assert [live[n].value for n in ("assigned", "closed_late")] == [5, 1]
    assert [kept[n].value for n in ("assigned", "closed_late")] == [4, 0]
    assert printed(session) == before
    # and what a draft of it is counted anew by, before it is issued
    draft = issuing.new_draft(session, "monthly_review", period=MONTH)
    assert issuing.refresh(session, draft) == []
    # a single ledger, another month and another figure are the ledger's
    assert frozen.count(session, ["assigned"], period=MONTH, ledgers=["rectification"])["assigned"].value == 5
    assert frozen.count(session, ["assigned"], period="2026")["assigned"].value == 5
    assert frozen.count(session, ["closed_out"], period=MONTH)["closed_out"].value == 4


def test_one_unit_of_a_sealed_month(session: Session) -> None:
    uid = monthly.open_month(session, figures.period_of(MONTH))  # type: ignore[arg-type]
    monthly.seal(session, uid)
    unit = session.names.unit_by_name("安平县")
    number = frozen.count(session, ["completion_rate"], period=MONTH, unit=unit)["completion_rate"]
    assert (number.value, number.numerator, number.denominator) == (100, 3, 3)
    assert number == figures.count(session, ["completion_rate"], period=MONTH, unit=unit)["completion_rate"]
    lines = frozen.table(session, ["assigned", "closed_out"], "unit", period=MONTH)
    assert [(g.label, g.numbers["assigned"].value, g.numbers["closed_out"].value) for g in lines] == [
        ("安平县", 3, 3), ("河口区", 1, 0),
    ]  # fmt: skip
