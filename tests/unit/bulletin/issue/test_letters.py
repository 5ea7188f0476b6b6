"""The seven letters and slips take their number when they go out, and stand on their item from then on."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

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
    session.move("rectification", uid, "assign")
    return uid


def test_all_seven_are_numbered() -> None:
    assert sorted(SORTS.values()) == sorted(LETTER_WORDS) and len(SORTS) == 7


@pytest.mark.parametrize("name", SORTS)
def test_a_letter_that_goes_out_has_its_number_and_stands_on_the_item(session: Session, name: str) -> None:
    uid = item(session)
    before = reports.build(session, name, item=uid).document()
    assert before.draft == "未签发" and letters.sent(session, name, uid) == ""
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
    assert letters.sent(session, name, uid) == f"{number}（2022年11月24日）"
    second = letters.send(session, name, uid)
    assert session.children(uid, "letter")[-1].values["number"] == kept[0].values["number"] + 1 and second != number
    slip = SORTS[name] in letters.SLIPS
    assert metrics.count(session, ["letters"], period="2022")["letters"].value == counted + (0 if slip else 2)


def test_what_is_no_letter_cannot_go_out_so(session: Session) -> None:
    with pytest.raises(BadInput, match="不是函件"):
        letters.send(session, "problem_list", item(session))
