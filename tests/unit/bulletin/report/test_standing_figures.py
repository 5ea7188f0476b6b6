"""Figures in tables and charts of a draft: set by hand with a reason, told, and looked into; words that hang on a condition."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from db.errors import BadInput
from db.metrics import metrics
from db.session import Session
from desktop.bulletin.document import Cell, Chart, Run, Table, Turned
from desktop.bulletin.issue import editor_view, figures, issuing
from desktop.bulletin.report import conditional_text
from desktop.bulletin.report.charts import as_number
from tests.report_office import opened
from tests.samples import as_person

PERIOD = "2022"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("standing") / "office", items=80)
    yield made
    made.close()


def look(session: Session, uid: str) -> editor_view.View:
    return editor_view.look(session, session.must_get(issuing.KIND, uid))


def tables(view: editor_view.View) -> list[Table]:
    found = []
    for block in (*view.document.blocks, *view.document.appendix):
        found += [b for b in (block.blocks if isinstance(block, Turned) else (block,)) if isinstance(b, Table)]
    return found


def cells(table: Table) -> list[Run]:
    return [run for row in table.rows for cell in row if isinstance(cell, Cell) and isinstance(cell.text, tuple) for run in cell.text]


def checked(session: Session, uid: str) -> None:
    session.take_step(issuing.KIND, uid, "submit")
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(issuing.KIND, uid, "check")


def test_each_cell_of_a_table_has_its_figure(session: Session) -> None:
    uid = issuing.new_draft(session, "monthly_review", period="2022-10")
    view = look(session, uid)
    review = [s for s in view.table_figures if s.part == "review"]
    table = next(t for t in tables(view) if len(t.columns) >= 16)
    named = sum(not str(row[1]).startswith("（未填") for row in table.rows)
    assert len(review) == (len(table.columns) - 4) * named > 12 and len({s.figure.key for s in review}) == len(review)
    assert view.parts["review"].startswith("表格：") and "统计表" in view.parts["review"]
    assert any(s.part == "completion" for s in view.table_figures) and view.parts["completion"].startswith("图表：")
    for standing in review:
        number = figures.number_of(session, standing.figure.key, None)
        if number.figure.denominator is None:
            assert standing.figure.shown == str(number.value or 0)
        facts = editor_view.facts(session, session.must_get(issuing.KIND, uid), standing.figure.key)
        assert facts.value.startswith(str(number.value)) or number.value is None
    session.delete(issuing.KIND, uid)


def test_a_cell_set_by_hand_is_marked_until_issue_and_stands_in_the_archive(session: Session) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    cell = next(s for s in look(session, uid).table_figures if s.part == "by_unit" and s.column == "交办数" and s.figure.shown != "0")
    key = cell.figure.key
    with pytest.raises(BadInput, match="理由"):
        issuing.override(session, uid, key, "99")
    issuing.override(session, uid, key, "99", "含上年结转")
    view = look(session, uid)
    now = next(s for s in view.table_figures if s.figure.key == key)
    assert (now.figure.shown, now.figure.by_hand) == ("99", "含上年结转")
    marked = [run for table in tables(view) for run in cells(table)]
    assert [(run.text, run.mark, run.flagged) for run in marked] == [("99", key, True)]
    checked(session, uid)
    issued = issuing.issue(session, uid)
    final = look(session, uid)
    assert [(run.text, run.flagged) for table in tables(final) for run in cells(table)] == [("99", False)]
    assert figures.overrides_of(issued)[key].reason == "含上年结转"
    evidence = json.loads(gzip.decompress(session.attachment_bytes(issuing.KIND, issued.values["figure_evidence"][0].sha256)))
    assert evidence["figures"][key]["by_hand"] == {"text": "99", "reason": "含上年结转", "by": "admin"}
    issuing.withdraw(session, uid, "试验")


def test_a_cell_given_back_shows_the_ledger_again(session: Session) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    before = look(session, uid)
    key = next(s.figure.key for s in before.table_figures if s.figure.shown != "0")
    issuing.override(session, uid, key, "7", "口径不同")
    issuing.override(session, uid, key, None)
    after = look(session, uid)
    assert after.table_figures == before.table_figures and tables(after) == tables(before)
    session.delete(issuing.KIND, uid)


def test_a_bar_is_drawn_as_long_as_it_was_set(session: Session) -> None:
    uid = issuing.new_draft(session, "brief", period=PERIOD)
    view = look(session, uid)
    bar = next(s for s in view.table_figures if s.part == "assigned")
    issuing.override(session, uid, bar.figure.key, "1,234件", "口径不同")
    chart = next(b for block in look(session, uid).document.blocks for b in getattr(block, "blocks", (block,)) if isinstance(b, Chart))
    assert chart.series[0].values[chart.labels.index(bar.line)] == Decimal(1234)
    session.delete(issuing.KIND, uid)


@pytest.mark.parametrize(
    ("text", "number"), [("96.4％（27/28）", "96.4"), ("－3.5", "-3.5"), ("1,234", "1234"), ("约十个", None), ("", None)]
)
def test_a_number_is_read_from_what_was_set(text: str, number: str | None) -> None:
    assert as_number(text) == (Decimal(number) if number else None)


# -- words -----------------------------------------------------------------------------------------------------------


def overdue(session: Session) -> str:
    """One more item that is overdue, where there was none in that month."""
    uid = session.add("rectification", {
        "title": "后来查出的", "lead_unit": next(iter(session.names.units())), "deadline": dt.date(2022, 1, 12),
        "assigned_on": dt.date(2022, 1, 4),
    })  # fmt: skip
    session.take_step("rectification", uid, "assign")
    return uid


def quiet_month(session: Session) -> str:
    """A month with nothing due."""
    return next(
        f"2021-{month:02}" for month in range(1, 13)
        if not metrics.count(session, ["due"], period=f"2021-{month:02}")["due"].value
    )  # fmt: skip


def test_a_condition_that_turned_is_told_stops_the_issue_and_is_taken_over(session: Session) -> None:
    month = quiet_month(session)
    uid = issuing.new_draft(session, "supervision_circular", period=month)
    body = session.must_get(issuing.KIND, uid).values["body_text"]
    assert "尚无到期事项" in body and "本月没有逾期未结事项。" in body
    issuing.save_text(session, uid, body=body.replace("（一）压实责任。", "（一）层层压实责任。"))
    checked(session, uid)
    item = session.add("rectification", {
        "title": "后来查出的", "lead_unit": next(iter(session.names.units())), "deadline": dt.date.fromisoformat(f"{month}-20"),
        "assigned_on": dt.date.fromisoformat(f"{month}-04"),
    })  # fmt: skip
    session.take_step("rectification", item, "assign")
    session.set_checked(session.must_get("rectification", item), {"assigned_on": dt.date.fromisoformat(f"{month}-04")})
    words = [d for d in look(session, uid).differences if not d.figure]
    assert any("没有新交办" in d.before and "共交办" in d.now for d in words), words
    assert any("尚无到期事项" in d.before and "应办结" in d.now for d in words), words
    # a chapter before it is new, so that its own number is another: one passage, shown from its beginning
    assert any("没有逾期未结" in d.before and d.now.startswith("“一、总体情况应办结") for d in words), words
    with pytest.raises(BadInput) as refused:
        issuing.issue(session, uid)
    assert "尚无到期事项" in refused.value.message and {d.key for d in words} <= {p.field for p in refused.value.problems}
    issuing.refresh(session, uid)
    record = session.must_get(issuing.KIND, uid)
    now = record.values["body_text"]
    assert "尚无到期事项" not in now and "@table laggards" in now and "层层压实责任" in now
    assert record.state == "drafted" and look(session, uid).differences == ()
    session.delete("rectification", item)
    assert any("本月没有逾期未结" in d.now for d in look(session, uid).differences)
    session.delete(issuing.KIND, uid)


def test_a_day_that_passed_is_no_difference_but_comes_with_the_figures(session: Session) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    before = session.today
    try:
        session.fixed_today = before + dt.timedelta(days=1)
        assert not [d for d in look(session, uid).differences if not d.figure]
        issuing.refresh(session, uid)
        assert "截至2022年11月25日" in session.must_get(issuing.KIND, uid).values["body_text"]
    finally:
        session.fixed_today = before
    session.delete(issuing.KIND, uid)


MERGES: list[tuple[str, str, str, str]] = [
    ("一\n二\n三", "一\n二\n三", "一\n贰\n三", "一\n贰\n三"),
    ("一\n二\n三", "一\n二改\n三", "一\n贰\n三", "一\n二改\n三"),
    ("一\n二\n三", "甲\n一\n二\n三\n乙", "一\n三", "甲\n一\n三\n乙"),
    ("一\n三", "一改\n三", "一\n二\n三", "一改\n二\n三"),
    ("一\n三", "乙\n丙", "一\n二\n三", "乙\n丙"),
    ("一\n二\n三\n四", "一\n三\n四", "一\n二\n叁\n肆", "一\n叁\n肆"),
    ("一\n二", "一\n插\n二", "壹\n贰", "一\n插\n二"),
    ("一", "", "二", ""),
]


@pytest.mark.parametrize(("base", "mine", "now", "wanted"), MERGES)
def test_only_lines_left_as_they_were_are_written_anew(base: str, mine: str, now: str, wanted: str) -> None:
    assert conditional_text.merged(base, mine, now) == wanted


def test_nothing_typed_is_ever_lost_in_a_merge() -> None:
    """Every line a person added or changed stands in the merged text, whatever the ledger did."""
    import random

    rng = random.Random(5)
    for _ in range(400):
        base = [f"行{rng.randrange(6)}" for _ in range(rng.randrange(1, 8))]
        mine, now = list(base), list(base)
        for _ in range(rng.randrange(3)):
            mine.insert(rng.randrange(len(mine) + 1), f"我{rng.randrange(99)}")
        for _ in range(rng.randrange(3)):
            at = rng.randrange(len(now) + 1)
            if rng.random() < 0.5 and now:
                now.pop(min(at, len(now) - 1))
            else:
                now.insert(at, f"新{rng.randrange(99)}")
        result = conditional_text.merged("\n".join(base), "\n".join(mine), "\n".join(now)).splitlines()
        assert [line for line in result if line.startswith("我")] == [line for line in mine if line.startswith("我")]
        if mine == base:
            assert result == now
        if now == base:
            assert result == mine


def test_what_cannot_be_seen_turns_no_words(session: Session) -> None:
    """A draft by somebody with the personnel key says what only they can count; another's look is no change of the ledger."""
    uid = issuing.new_draft(session, "activity_summary", period=PERIOD)
    record = session.must_get(issuing.KIND, uid)
    known = conditional_text.base_of(session, record).known
    assert known and all(known.values())
    base: Any = msgspec.structs.replace(conditional_text.base_of(session, record), known={**known, "posted": False})
    other = msgspec.structs.replace(record, values={**record.values, "drafted_from": base.text()})
    builder = issuing.report_builder(session, other)
    assert builder.values()["can"]("posted") is False
    session.delete(issuing.KIND, uid)
