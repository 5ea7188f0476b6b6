"""What a report says is so: letters that went out, parts that have something, words of the chosen period, each person once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from db import office
from db.session import Session
from desktop.bulletin.document import (
    Article,
    Document,
    Heading,
    Paragraph,
    Signature,
    Table,
    cell_text,
    plain,
)
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import load_reports
from tests.report_office import chosen, opened

TODAY = dt.date(2026, 11, 24)
#: Nothing is counted: a zero with its counter, a share of nothing.
EMPTY = re.compile(r"(?<![\d.])0(?:次|件|个|篇|场|项|名|期|条|人|户)|率—|占—|－件")
ISO = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def said(value: Any) -> list[str]:
    """All texts of a document, in order."""
    if isinstance(value, Paragraph):
        return [plain(value.text)]
    if isinstance(value, Table):
        cells = [getattr(cell, "text", cell) for row in value.rows for cell in row]
        return [plain(cell_text(cell)) for cell in cells]
    if isinstance(value, tuple | list):
        return [text for part in value for text in said(part)]
    if hasattr(value, "blocks"):
        return [*([value.title] if isinstance(value, Article) else []), *said(value.blocks)]
    return [plain(getattr(value, "text", "")) + plain(getattr(value, "rest", ""))]


def whole(document: Document) -> str:
    return "\n".join([document.title, *said(document.front), *said(document.blocks), *said(document.appendix)])


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An office in which next to nothing has happened."""
    folder = tmp_path_factory.mktemp("quiet") / "office"
    session, _ = office.create_office(folder, "云川市委督查室", "city", "admin", "zhengxian-demo")
    session.fixed_today = TODAY
    session.add("unit", {"name": "安坪县"})
    yield session
    session.close()


def item(session: Session, deadline: dt.date) -> str:
    unit = next(iter(session.names.units()))
    session.fixed_today = dt.date(2026, 9, 1)
    uid = session.add("rectification", {"title": "沿河步道整改", "lead_unit": unit, "deadline": deadline})
    session.take_step("rectification", uid, "assign")
    session.fixed_today = TODAY
    return uid


def letter(session: Session, uid: str, sort: str, number: int | None, day: dt.date) -> None:
    values = {"letter_type": sort, "year": day.year, "number": number, "issued_on": day}
    session.add("letter", values, parent=uid)


def document(session: Session, name: str, **choice: Any) -> Document:
    return reports.build(session, name, **choice).document()


@pytest.mark.parametrize("name", ["orange_letter", "red_letter"])
def test_a_letter_names_no_letter_that_never_went_out(quiet: Session, name: str) -> None:
    uid = item(quiet, dt.date(2026, 10, 1))
    made = document(quiet, name, item=uid)
    assert "尚未办结" in whole(made) and "后仍" not in whole(made)
    assert made.draft == reports.UNISSUED and made.masthead is not None and made.masthead.number == ""
    # noted but never numbered: it has not gone out
    letter(quiet, uid, "blue", None, dt.date(2026, 10, 8))
    assert "尚未办结" in whole(document(quiet, name, item=uid))
    number = 3 if name == "red_letter" else 4
    letter(quiet, uid, "blue", number, dt.date(2026, 10, 9))
    assert f"经2026年10月9日提示函〔2026〕{number}号后仍未办结" in whole(document(quiet, name, item=uid))


def test_a_letter_on_record_has_its_own_number_and_day(quiet: Session) -> None:
    uid = item(quiet, dt.date(2026, 10, 1))
    letter(quiet, uid, "orange", 7, dt.date(2026, 10, 20))
    letter(quiet, uid, "red", 2, dt.date(2026, 11, 3))
    letter(quiet, uid, "notice", 4, dt.date(2026, 11, 10))  # after the letter: it cannot speak of it
    made = document(quiet, "red_letter", item=uid)
    assert made.masthead is not None and made.masthead.number == "警示函〔2026〕2号" and made.draft == "补印件　发出时未留存原文"
    assert isinstance(made.signature, Signature) and made.signature.date == dt.date(2026, 11, 3)
    text = whole(made)
    assert "经2026年10月20日督办函〔2026〕7号后仍未办结" in text and "督办〔2026〕4号" not in text
    assert "已超过完成时限" not in text and "灯号" not in text  # how it stands today is no word of that day


@pytest.mark.parametrize("name", [r.name for r in load_reports() if "period" in r.needs])
def test_what_is_empty_is_silent(quiet: Session, name: str) -> None:
    made = document(quiet, name, period="2021-03")
    body = "\n".join(said(made.front) + [t for t in said(made.blocks)])
    assert not EMPTY.search(body), EMPTY.findall(body)
    assert "汇总" not in body and "登记" not in body and "\n\n\n" not in body


@pytest.mark.parametrize("name", [r.name for r in load_reports() if "period" in r.needs])
def test_no_heading_stands_over_nothing(quiet: Session, name: str) -> None:
    made = document(quiet, name, period="2021-03")
    parts = [made.blocks, *(block.blocks for block in made.blocks if isinstance(block, Article))]
    for blocks in parts:
        assert blocks, "an article without a word"
        heads = [isinstance(block, Heading) and block.level == 1 and not plain(block.rest) for block in blocks]
        assert not heads[-1] and (True, True) not in pairwise(heads)
    assert "见附件" not in whole(made) or made.attachments


def test_a_paper_on_one_unit_says_nothing_of_all(full: Session) -> None:
    unit = next(iter(full.names.units()))
    made = whole(document(full, "supervision_circular", period="2022", unit=unit))
    assert f"{full.unit_name(unit)}共交办事项" in made and "全市" not in made


def test_a_reminder_of_what_is_overdue_does_not_ask_for_it_in_time(quiet: Session) -> None:
    late = whole(document(quiet, "reminder_slip", item=item(quiet, dt.date(2026, 10, 1))))
    early = whole(document(quiet, "reminder_slip", item=item(quiet, dt.date(2026, 12, 30))))
    assert "已超过完成时限" in late and "说明未按时办结的原因" in late and "时限届满前" not in late
    assert "在时限届满前申请延期" in early and "已超过" not in early


@pytest.mark.parametrize("name", ["reminder_slip", "supervision_notice", "blue_letter", "orange_letter", "red_letter"])
def test_a_letter_names_the_milestones_that_are_late(quiet: Session, name: str) -> None:
    uid = item(quiet, dt.date(2026, 12, 20))
    assert "节点" not in whole(document(quiet, name, item=uid))
    other = quiet.add("unit", {"name": f"市水利局{uid[-4:]}"})
    for title, day, unit in (("清淤", 10, None), ("护坡", 5, other), ("验收", 30, None)):
        values = {"title": title, "planned_on": dt.date(2026, 11, day), **({"unit": unit} if unit else {})}
        quiet.add("milestone", values, parent=uid)
    done = quiet.add("milestone", {"title": "立项", "planned_on": dt.date(2026, 10, 8)}, parent=uid)
    quiet.set("milestone", done, {"reached_on": dt.date(2026, 10, 20)})
    shown = whole(document(quiet, name, item=uid))
    wanted = f"其中节点“护坡”（{quiet.unit_name(other)}，计划2026年11月5日）、节点“清淤”（计划2026年11月10日）到期未完成。"
    assert wanted in shown


def test_a_letter_printed_again_says_of_which_day_its_table_is(quiet: Session) -> None:
    uid = item(quiet, dt.date(2026, 10, 1))
    letter(quiet, uid, "notice", 9, dt.date(2026, 11, 3))
    assert [block.notes for block in document(quiet, "supervision_notice", item=uid).blocks if isinstance(block, Table)] == [("表中情况截至2026年11月24日。",)]
    assert [block.notes for block in document(quiet, "orange_letter", item=uid).blocks if isinstance(block, Table)] == [()]


def test_headings_are_counted_over_what_is_there(quiet: Session) -> None:
    made = whole(document(quiet, "activity_summary", period="2026"))
    found = re.findall(r"^([一二三四五六七八九十]+)、", made, re.MULTILINE)
    assert found == list("一二三四五六七八九十")[: len(found)] and found


@pytest.mark.parametrize(("period", "word"), [("2021-03", "本月"), ("2021-W10", "本周"), ("2021-Q1", "本季度"), ("2021", "本年")])
def test_words_go_with_the_period(quiet: Session, period: str, word: str) -> None:
    for name in ("handin_reminder", "weekly_list"):
        assert f"{word}没有" in whole(document(quiet, name, period=period))
    circular = whole(document(quiet, "supervision_circular", period=period))
    assert f"{word}没有逾期未结事项" in circular and "本期" not in circular


def test_a_roster_has_each_person_once(quiet: Session) -> None:
    unit = next(iter(quiet.names.units()))
    uid = quiet.add("training_class", {"name": "督查业务培训班"})
    for day in (dt.date(2026, 9, 28), dt.date(2026, 9, 29), dt.date(2026, 10, 8)):
        quiet.add("training_attendance", {"name": "闻测甲", "unit": unit, "attended_on": day}, parent=uid)
    quiet.add("training_attendance", {"name": "闻测乙", "unit": unit, "attended_on": day}, parent=uid)
    roster = next(b for b in document(quiet, "training_roster", item=uid).blocks if isinstance(b, Table))
    names = [row[1] for row in roster.rows]
    assert names == ["闻测甲", "闻测乙"] and [row[0] for row in roster.rows] == ["1", "2"]
    assert roster.rows[0][4] == "2026年9月28日、29日、10月8日"
    sheet = next(b for b in document(quiet, "sign_in_sheet", item=uid).blocks if isinstance(b, Table))
    assert [row[1] for row in sheet.rows][:3] == ["闻测甲", "闻测乙", ""]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("full") / "office")
    yield made
    made.close()


@pytest.mark.parametrize("name", [r.name for r in load_reports() if r.name not in ("appointment_form", "cadre_sheet", "wall_chart")])
def test_dates_have_one_style(full: Session, name: str) -> None:
    made = document(full, name, **chosen(full, reports.report_of(full, name)))
    assert not ISO.search(whole(made)), ISO.search(whole(made))
    if made.masthead is not None and not reports.report_of(full, name).letter:
        assert made.draft == reports.UNISSUED


def test_the_audit_chain_stands_on_no_page_and_in_no_masked_edition() -> None:
    kept = Document("通报", (Paragraph("正文。"),), audit="00ff99")
    assert Mask((), numbers=True).document(kept).audit == ""
