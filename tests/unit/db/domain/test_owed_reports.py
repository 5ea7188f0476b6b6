"""Who has not reported, the reminders of it, and the papers and workbooks that chase it in one step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import pytest

from db import office
from db.domain import owed_reports
from db.errors import BadInput, NotPermitted
from db.metrics import metrics
from db.session import Session
from desktop.tasks import chase_reports
from tests.samples import as_person

if TYPE_CHECKING:
    from pathlib import Path

KIND = "rectification"
FRIDAY = dt.date(2022, 9, 9)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("reporting") / "office", "云川市活动办", "city", "admin", "brand-new-lock-7")
    made.fixed_today = dt.date(2022, 9, 1)
    for name in ("市财政局", "市住建局"):
        unit = made.add("unit", {"name": name})
        for title, report_class in (("甲", "a"), ("乙", "a"), ("丙", None)):
            values = {"title": f"{name}{title}", "lead_unit": unit, "deadline": dt.date(2022, 12, 30), "report_class": report_class}
            made.take_step(KIND, made.add(KIND, values), "assign")
    made.fixed_today = FRIDAY - DAY
    first = owed_reports.reports_due(made)[0]
    made.take_step(KIND, first.uid, "report", ask={"content": "已进场"})
    made.fixed_today = FRIDAY
    yield made
    assert made.verify() == []
    made.close()


def test_what_is_due_today_and_what_is_missing_tomorrow(session: Session) -> None:
    today = owed_reports.reports_due(session)
    assert [(d.state, d.due, d.rhythm) for d in today] == [("waiting", FRIDAY, "weekly")] * 3 + [("news", FRIDAY, "weekly")]
    assert today[-1].last == FRIDAY - DAY and today[0].last is None
    session.fixed_today = FRIDAY + DAY * 3
    try:
        assert [d.state for d in owed_reports.reports_due(session)] == ["missing"] * 3 + ["news"]
        assert [d.state for d in owed_reports.reports_due(session, FRIDAY)] == ["missing"] * 3 + ["news"], "its day is over"
        by_unit = {unit: len(owed) for unit, owed in chase_reports.by_unit(owed_reports.reports_due(session)).items()}
        told = metrics.table(session, ["reports_missing"], "unit")
        assert by_unit == {line.key: line.numbers["reports_missing"].value for line in told}
    finally:
        session.fixed_today = FRIDAY


def test_papers_and_workbooks_of_all_units_in_one_step(session: Session, tmp_path: Path) -> None:
    papers: list[chase_reports.Paper] = []

    def write(stream: IO[bytes], page: chase_reports.Paper) -> None:
        papers.append(page)
        stream.write(b"%PDF-")

    made = chase_reports.chase(session, owed_reports.reports_due(session), tmp_path, write)
    assert [path.suffix for path in made] == [".pdf", ".xlsx"] * 2 and all(path.stat().st_size for path in made)
    assert [len(page.rows) for page in papers] == [1, 2] or [len(page.rows) for page in papers] == [2, 1]
    assert "尚未报告本期进展" in papers[0].text[0] and "已过应报告时间" not in papers[0].text[0]
    again = chase_reports.chase(session, owed_reports.reports_due(session), tmp_path, write)
    assert not set(again) & set(made), "nothing is written over"
    with pytest.raises(BadInput, match="没有欠报"):
        chase_reports.chase(session, [d for d in owed_reports.reports_due(session) if d.state == "news"], tmp_path, write)


def test_a_reminder_for_each_item_that_owes(session: Session) -> None:
    items = owed_reports.reports_due(session)
    assert owed_reports.remind(session, items, "请报告本期进展") == 3
    letters = {d.uid: session.children(d.uid, "letter") for d in items}
    assert sorted(len(each) for each in letters.values()) == [0, 1, 1, 1]
    assert sorted(each[0].values["number"] for each in letters.values() if each) == [1, 2, 3]


def test_only_who_may_set_the_office_says_the_rhythm(session: Session) -> None:
    with as_person(session, "clerk", "clerk"), pytest.raises(NotPermitted):
        owed_reports.set_rhythms(session, {"a": "monthly"})
    with pytest.raises(BadInput, match="没有这种报告节奏"):
        owed_reports.set_rhythms(session, {"a": "daily"})
    owed_reports.set_rhythms(session, {"a": "", "b": "ten_days", "c": "monthly"}, KIND)
    assert owed_reports.rhythms(session, KIND)["a"] == "" and owed_reports.rhythms(session)["a"] == "weekly"
    assert owed_reports.reports_due(session) == [d for d in owed_reports.reports_due(session) if d.due < FRIDAY], "today nothing is due any more"
