"""One person on paper: the appointment form from the record, the sheet of achievements on one page whatever it holds."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pdfplumber
import pytest

from db import office
from db.errors import BadInput, NotPermitted
from db.session import Session
from desktop.bulletin.document import Document, PersonSheet, SheetGroup, SheetLine
from desktop.bulletin.issue import issuing
from desktop.bulletin.report import appointment_form, reports
from desktop.exchange.appointment import person_import
from desktop.exchange.appointment.lrmx import read_lrmx
from tests.unit.exchange import forms

TODAY = dt.date(2022, 10, 14)
PASSWORD = "zhengxian-demo"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("people") / "office", "云川市活动办", "city", "admin", PASSWORD)
    made.fixed_today = TODAY
    made.add("unit", {"name": "安坪县住房城乡建设局"})
    yield made
    made.close()


@pytest.fixture(scope="module")
def cadre(session: Session) -> str:
    uid = person_import.accept(session, person_import.propose(session, read_lrmx(forms.lrmx().encode()), "赵燚.lrmx")).uid
    session.add("reward_sanction", {"cadre": uid, "nature": "reward", "category": "记功", "content": "记三等功", "organ": "云川市委",
                                    "decided_on": dt.date(2021, 6, 1)})  # fmt: skip
    session.add("reward_sanction", {"cadre": uid, "nature": "sanction", "category": "诫勉", "content": "把关不严", "organ": "县纪委",
                                    "decided_on": dt.date(2022, 9, 5), "influence_until": dt.date(2023, 3, 5)})  # fmt: skip
    for year in (2019, 2020, 2021):
        session.add("yearly_assessment", {"year": year, "result": "优秀"}, parent=uid)
    return uid


def form_of(session: Session, uid: str) -> Any:
    return appointment_form.appointment_form(session, session.must_get("cadre", uid))


def pages(data: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return ["".join(c["text"] for c in page.chars) for page in pdf.pages]


def test_the_form_s_cells_are_the_record_s(session: Session, cadre: str) -> None:
    form = form_of(session, cadre)
    assert (form.name, form.gender, form.ethnicity) == ("赵　燚", "男", "汉族")
    assert form.born == "1975.06\n（47岁）"
    assert (form.joined_party, form.started_work) == ("1998.07", "1997.08")
    assert form.full_time_degree == "大学\n工学学士"
    assert form.part_time_degree == "省委党校研究生\n公共管理硕士"
    assert form.part_time_school == "省委党校经济管理专业\n云川大学公共管理学院"
    assert [r.name for r in form.relatives] == ["王　赟", "赵　喆", ""]
    assert form.relatives[2].post == "已去世"
    assert form.resume[1][0] == "1997.08—2003.05"
    assert "1999.03—1999.12" in form.resume[1][1]
    assert form.photo == forms.png()


def test_age_is_counted_on_the_day_that_the_form_names(session: Session) -> None:
    assert appointment_form.age_on("1975-06", dt.date(2022, 5, 31)) == 46
    assert appointment_form.age_on("1975-06", dt.date(2022, 6, 1)) == 47


def test_what_nobody_wrote_by_hand_comes_from_the_ledgers(session: Session, cadre: str) -> None:
    session.set("cadre", cadre, {"rewards_text": None, "assessment_text": None, "resume": None})
    form = form_of(session, cadre)
    assert form.rewards == "2021.06，记三等功；2022.09，把关不严。"
    assert form.assessments == "2019年度优秀，2020年度优秀，2021年度优秀。"
    assert [period for period, _ in form.resume] == ["1997.08—2003.05", "2003.05—2013.06", "2013.06—"]
    session.undo_last()


def test_a_degree_typed_here_is_printed_short(session: Session) -> None:
    uid = session.add("cadre", {"name": "孙某某", "education": "21", "degree": "408", "service_degree": "349"})
    form = form_of(session, uid)
    assert (form.name, form.full_time_degree, form.part_time_degree) == ("孙某某", "大学\n工学学士", "公共管理硕士")


@pytest.mark.parametrize(("report", "count"), [("appointment_form", 2), ("cadre_sheet", 1)])
def test_printed_as_a_report(session: Session, cadre: str, report: str, count: int) -> None:
    out = io.BytesIO()
    printed = reports.print_report(session, report, out, item=cadre)
    assert printed.pages == count
    assert printed.missing_characters == ()
    text = pages(out.getvalue())
    assert "赵" in text[0]
    assert "审计链" not in text[-1] or report == "cadre_sheet"
    if report == "cadre_sheet":
        assert "影响期至2023.03.05" in text[0]
        assert "日期前有红竖条的在影响期内" in text[0]
        assert forms.IDENTITY not in text[0]
        assert "2019年度优秀；2020年度优秀；2021年度优秀。" in text[0]


def test_it_is_refused_for_who_has_no_key_and_never_becomes_a_bulletin(session: Session, cadre: str, tmp_path: Path) -> None:
    for name in ("appointment_form", "cadre_sheet"):
        with pytest.raises(BadInput, match="只能打印，不能拟成通报"):
            issuing.new_draft(session, name, item=cadre)
    books = session._books  # noqa: SLF001  # what a clerk's keys open
    try:
        session._books = {"office": books["office"]}  # noqa: SLF001
        for name in ("appointment_form", "cadre_sheet"):
            with pytest.raises(NotPermitted, match="没有干部人事台账的密钥"):
                reports.print_report(session, name, tmp_path / "x.pdf", item=cadre)
        assert not (tmp_path / "x.pdf").exists()
    finally:
        session._books = books  # noqa: SLF001


def sheet(lines: int, text: str = "招商引资突出贡献通报表扬（荣誉称号，云川市委）") -> PersonSheet:
    found = tuple(SheetLine(f"20{22 - n // 12:02d}.{12 - n % 12:02d}.05", f"第{n + 1}项{text}") for n in range(lines))
    groups = (SheetGroup("奖惩情况", found), SheetGroup("年度考核", (SheetLine("2021", "2021年度", "优秀"),), True))
    return PersonSheet("干部实绩一览", "赵燚", "局长", (("性别", "男"), ("籍贯", "云川" * 40)), groups, note="数据来源：台账。")


@pytest.mark.parametrize("lines", [0, 3, 40, 60, 90, 200])
def test_it_is_one_sheet_whatever_it_holds(read: Any, lines: int) -> None:
    paper = read(Document("", (sheet(lines),), titled=False))
    assert paper.printed.pages == 1
    foot = next(c["bottom"] for c in paper.chars(0) if c["text"] == "源")
    texts = [c for c in paper.chars(0) if c["text"] == "优"]
    assert texts
    assert max(c["bottom"] for c in texts) < foot
    shown = paper.text.count("突出贡献")
    assert shown == lines or f"另有更早的{lines - shown}条" in paper.text.replace(" ", "").replace("\u3000", "")
    assert f"共{lines}条" in paper.text.replace(" ", "") or not lines


def test_what_still_weighs_on_the_person_is_never_left_out_for_want_of_room(read: Any) -> None:
    whole = sheet(200)
    rewards = whole.groups[0]
    weighing = SheetLine("2008.05.05", "诫勉谈话", "诫勉，影响期至2027.05.05", "red")
    lines = (*rewards.lines[:150], weighing, *rewards.lines[150:])
    groups = (msgspec.structs.replace(rewards, lines=lines), *whole.groups[1:])
    paper = read(Document("", (msgspec.structs.replace(whole, groups=groups),), titled=False))
    text = paper.text.replace(" ", "").replace("\u3000", "")
    assert paper.printed.pages == 1 and "诫勉谈话" in text and "共201条" in text
    shown = paper.text.count("突出贡献")
    assert f"另有更早的{200 - shown}条" in text and "第1项" in text


def test_a_photo_is_never_stretched_and_a_broken_one_is_said(session: Session, read: Any) -> None:
    from desktop.bulletin.blocks.appointment_frames import fit_picture

    width, height = fit_picture(forms.png(), 202, 200)
    assert (width / height) == pytest.approx(101 / 134)
    with pytest.raises(BadInput, match="照片读不出来"):
        fit_picture(b"\xff\xd8\xff nothing", 10, 10)
