"""The bulletin of a month whose review is sealed prints what was sealed, in every place, whatever became of the items since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from db import office
from db.domain import monthly_review
from db.metrics import current_figures, metrics, reviews
from db.metrics.scope import Scope
from db.session import Session
from desktop.bulletin.document import Table, Turned
from desktop.bulletin.issue import issuing
from desktop.bulletin.report import reports
from tests.unit.db.domain.test_monthly_review import PASSWORD, assign, close

MONTH = "2026-11"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    for name in ("安坪县", "荷口区", "柳泽县"):
        made.add("unit", {"name": name})
    made.fixed_today = dt.date(2026, 11, 2)
    for number in range(3):
        close(made, assign(made, "安坪县", dt.date(2026, 11, 10 + number)))
    assign(made, "荷口区", dt.date(2026, 11, 10))
    made.fixed_today = dt.date(2026, 12, 2)
    yield made
    made.close()


def printed(session: Session) -> list[str]:
    """Every figure that the bulletin holds, as text: of its sentences, its table, its chart."""
    builder = reports.build(session, "monthly_review", period=MONTH)
    builder.document()
    return sorted(f"{key} {number.value} {number.numerator} {number.denominator}" for key, number in builder.used.items())


def test_every_figure_of_a_sealed_month_is_the_sealed_one(session: Session) -> None:
    uid = monthly_review.open_month(session, metrics.period_of(MONTH))  # type: ignore[arg-type]
    before = printed(session)
    assert len(before) > 25
    monthly_review.seal(session, uid)
    assert printed(session) == before, "sealing itself changes no figure"
    # the month goes on in the ledger: one more item, one closed late, a unit given another name
    session.fixed_today = dt.date(2026, 11, 20)
    assign(session, "柳泽县", dt.date(2026, 11, 21))
    session.fixed_today = dt.date(2026, 12, 2)
    late = next(r for r in metrics.rows(session, "open_overdue", period=MONTH).rows if session.text(
        session.must_get(r.kind, r.uid), "lead_unit") == "荷口区")  # fmt: skip
    close(session, late.uid, on=dt.date(2026, 11, 29))
    now, kept = (
        current_figures.count(session, ["assigned", "closed_late"], Scope.of(period=MONTH)), metrics.count(session, ["assigned", "closed_late"], period=MONTH)
    )
    assert [now[n].value for n in ("assigned", "closed_late")] == [5, 1]
    assert [kept[n].value for n in ("assigned", "closed_late")] == [4, 0]
    assert printed(session) == before
    # and what a draft of it is counted anew by, before it is issued
    draft = issuing.new_draft(session, "monthly_review", period=MONTH)
    assert issuing.refresh(session, draft) == []
    # a single ledger, another month and another figure are the ledger's
    assert metrics.count(session, ["assigned"], period=MONTH, ledgers=["rectification"])["assigned"].value == 5
    assert metrics.count(session, ["assigned"], period="2026")["assigned"].value == 5
    assert metrics.count(session, ["closed_out"], period=MONTH)["closed_out"].value == 4


def test_one_unit_of_a_sealed_month(session: Session) -> None:
    uid = monthly_review.open_month(session, metrics.period_of(MONTH))  # type: ignore[arg-type]
    monthly_review.seal(session, uid)
    unit = session.names.unit_by_name("安坪县")
    number = metrics.count(session, ["completion_rate"], period=MONTH, unit=unit)["completion_rate"]
    assert (number.value, number.numerator, number.denominator) == (100, 3, 3)
    assert number == current_figures.count(session, ["completion_rate"], Scope.of(period=MONTH, unit=unit))["completion_rate"]
    lines = metrics.table(session, ["assigned", "closed_out"], "unit", period=MONTH)
    assert [(g.label, g.numbers["assigned"].value, g.numbers["closed_out"].value) for g in lines] == [
        ("安坪县", 3, 3), ("荷口区", 1, 0),
    ]  # fmt: skip


def review_table(session: Session) -> Table:
    """The review's table as the bulletin attaches it."""
    turned = next(b for b in reports.build(session, "monthly_review", period=MONTH).document().appendix if isinstance(b, Turned))
    return next(b for b in turned.blocks if isinstance(b, Table))


def test_the_bulletin_ranks_as_the_review_does(session: Session) -> None:
    session.fixed_today = dt.date(2026, 10, 9)
    close(session, assign(session, "荷口区", dt.date(2026, 10, 20)))
    assign(session, "安坪县", dt.date(2026, 10, 20))
    session.fixed_today = dt.date(2026, 12, 2)
    monthly_review.open_month(session, metrics.period_of("2026-10"))  # type: ignore[arg-type]
    uid = monthly_review.open_month(session, metrics.period_of(MONTH))  # type: ignore[arg-type]
    late = next(r for r in metrics.rows(session, "open_overdue", period=MONTH).rows)
    close(session, late.uid)  # closed late: the rate is 100 for both units, the score is not
    monthly_review.fill(session, uid)
    monthly_review.comment_on(session, next(line.uid for line in monthly_review.lines(session, uid) if line.unit), "开局好。")

    def agrees() -> None:
        table = review_table(session)
        at = {column.label: place for place, column in enumerate(table.columns)}
        printed_lines = [[str(row[at[label]]) for label in ("排名", "单位", "得分", "较上月")] for row in table.rows[:-1]]
        wanted = []
        for line in monthly_review.lines(session, uid):
            row = dict(zip(monthly_review.COLUMNS, line.texts, strict=True))
            change = {"+": "＋", "-": "－"}.get(row["change"][:1], "") + row["change"].lstrip("+-")
            wanted.append([row["rank"], row["unit"], row["score"], change])
        assert len(wanted) == 2 and {line[3] for line in wanted} != {"—"} and printed_lines == wanted

    agrees()
    assert review_table(session).rows[0][0] == "1" and review_table(session).rows[1][0] == "2"
    draft = issuing.new_draft(session, "monthly_review", period=MONTH)
    text = session.must_get(issuing.KIND, draft).values["body_text"]
    assert "开局好。" in text and monthly_review.rule(session.must_get(reviews.REVIEW, uid)) in text
    assert issuing.differences(session, draft) == []
    monthly_review.set_rule(session, uid, {"weight_on_time": Decimal(10), "weight_completion": Decimal(90)})
    assert [d.figure for d in issuing.differences(session, draft)] == [False], "another rule is another ranking"
    agrees()
    monthly_review.seal(session, uid)
    agrees()
