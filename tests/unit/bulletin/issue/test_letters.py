"""The seven letters and slips take their number when they go out, and stand on their item from then on."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pdfplumber
import pytest

from db.errors import BadInput
from db.metrics import metrics
from db.session import Session
from desktop.bulletin.issue import letters
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.report.item_view import LETTER_WORDS
from tests.report_office import opened

SORTS = {report.name: report.letter for report in load_reports() if report.letter}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("letters") / "office", items=20)
    yield made
    made.close()


def item(session: Session) -> str:
    unit = next(iter(session.names.units()))
    uid = session.add("rectification", {"title": "沿河步道整改", "lead_unit": unit, "deadline": dt.date(2022, 12, 9)})
    session.take_step("rectification", uid, "assign")
    return uid


def test_all_seven_are_numbered() -> None:
    assert sorted(SORTS.values()) == sorted(LETTER_WORDS) and len(SORTS) == 7


@pytest.mark.parametrize("name", SORTS)
def test_a_letter_that_goes_out_has_its_number_and_stands_on_the_item(session: Session, name: str) -> None:
    uid = item(session)
    before = reports.build(session, name, item=uid).document()
    assert before.draft == "未签发" and letters.sent(session, name, uid) == []
    counted = metrics.count(session, ["letters"], period="2022")["letters"].value
    number = letters.send(session, name, uid, note="请抓紧办理。")
    kept = session.children(uid, "letter")
    assert [each.values["letter_type"] for each in kept] == [SORTS[name]]
    assert kept[0].values["issued_on"] == session.today and kept[0].values["issued_by"]
    assert number == f"{LETTER_WORDS[SORTS[name]]}〔2022〕{kept[0].values['number']}号"
    after = reports.build(session, name, item=uid).document()
    out = io.BytesIO()
    reports.print_report(session, name, out, item=uid)
    assert after.draft == "" and number in str(after)
    assert [told for _, told in letters.sent(session, name, uid)] == [f"{number}（2022年11月24日）"]
    second = letters.send(session, name, uid)
    assert session.children(uid, "letter")[-1].values["number"] == kept[0].values["number"] + 1 and second != number
    slip = SORTS[name] in letters.SLIPS
    assert metrics.count(session, ["letters"], period="2022")["letters"].value == counted + (0 if slip else 2)


def test_what_is_no_letter_cannot_go_out_so(session: Session) -> None:
    with pytest.raises(BadInput, match="不是函件"):
        letters.send(session, "problem_list", item(session))


def text_of(session: Session, name: str, uid: str, letter: str | None = None, **more: Any) -> str:
    out = io.BytesIO()
    printed = reports.print_report(session, name, out, item=uid, letter=letter, **more)
    with pdfplumber.open(io.BytesIO(out.getvalue())) as pdf:
        text = "".join((page.extract_text() or "").replace("\n", "") for page in pdf.pages)
    return text + "｜" + "；".join(printed.notices)


@pytest.mark.parametrize("name", SORTS)
def test_a_letter_is_printed_again_as_it_went_out(session: Session, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = item(session)
    number = letters.send(session, name, uid, note="请抓紧办理。")
    went_out = text_of(session, name, uid)
    masked = text_of(session, name, uid, masked=True)
    session.set("rectification", uid, {"title": "改了名称的事项", "deadline": dt.date(2022, 12, 20)})
    monkeypatch.setattr(type(session), "office_name", "改了名称的办公室")
    monkeypatch.setattr(type(session), "today", dt.date(2023, 3, 1))
    assert text_of(session, name, uid) == went_out and number in went_out.replace(" ", "")
    assert text_of(session, name, uid, masked=True) == masked
    assert "改了名称" not in went_out and "沿河步道" in went_out
    # one that is yet to go out says what holds now, without the number of the other
    anew = text_of(session, name, uid, letters.NEW)
    assert "改了名称的事项" in anew and "未签发" in anew and number not in anew.replace(" ", "")
    second = letters.send(session, name, uid)
    found = letters.sent(session, name, uid)
    assert [told.partition("（")[0] for _, told in found] == [second, number]
    assert text_of(session, name, uid, found[1][0]) == went_out
    assert "改了名称的事项" in text_of(session, name, uid)
    assert letters.numbered(session, name, uid, f"2022-{number.partition('〕')[2][:-1]}") == found[1][0]
    assert letters.numbered(session, name, uid, "新") == letters.NEW
    with pytest.raises(BadInput, match="没有编号为 99 的"):
        letters.numbered(session, name, uid, "99")


def test_a_letter_stays_printable_when_its_item_is_closed(session: Session) -> None:
    uid = item(session)
    letters.send(session, "red_letter", uid)
    went_out = text_of(session, "red_letter", uid)
    session.set_checked(session.must_get("rectification", uid), {"state": "closed_out"})
    assert text_of(session, "red_letter", uid) == went_out
    with pytest.raises(BadInput, match="不用再发红色警示函"):
        letters.send(session, "red_letter", uid)


def test_a_letter_of_which_nothing_was_kept_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = item(session)
    session.take_step("rectification", uid, "remind", "请抓紧。")
    assert "补印件" not in text_of(session, "reminder_slip", uid)  # of the same day
    monkeypatch.setattr(type(session), "today", dt.date(2022, 11, 30))
    again = text_of(session, "reminder_slip", uid)
    assert "补印件" in again and "没有留存原文" in again


def test_a_step_of_reminding_keeps_what_the_letter_says(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(session.added, "letter", lambda uid: letters.freeze_text(session, uid))
    uid = item(session)
    session.take_step("rectification", uid, "remind", "请抓紧。", {"letter_type": "blue"})
    went_out = text_of(session, "blue_letter", uid)
    assert session.children(uid, "letter")[0].values["issued_layout"]
    session.set("rectification", uid, {"title": "改了名称的事项"})
    monkeypatch.setattr(type(session), "today", dt.date(2022, 11, 30))
    assert text_of(session, "blue_letter", uid) == went_out
    session.undo_last()
    session.undo_last()
    assert letters.sent(session, "blue_letter", uid) == []


def test_what_was_kept_and_is_damaged_is_told(session: Session) -> None:
    uid = item(session)
    letters.send(session, "reminder_slip", uid)
    letter = session.children(uid, "letter")[0]
    session.set_checked(letter, {"issued_layout": (session.attach("letter", b"broken", "x.gz"),)})
    assert "已经损坏" in text_of(session, "reminder_slip", uid)


def test_a_letter_goes_only_to_what_can_have_one(session: Session) -> None:
    kinds = reports.kinds_for(session, reports.report_of(session, "reminder_slip"))
    assert "rectification" in kinds and "weekly_assignment" in kinds and not {"meeting", "bulletin", "monthly_review"} & set(kinds)


def test_a_letter_to_nobody_has_no_empty_address(session: Session) -> None:
    uid = session.add("rectification", {"title": "无人承办的事项", "deadline": dt.date(2022, 12, 9)})
    assert reports.build(session, "supervision_notice", item=uid).document().addressee == ""
