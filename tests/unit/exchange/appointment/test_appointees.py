"""Appointment forms into the personnel book: previewed, all or nothing, taken back as one, and out again as they came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import office
from db.errors import BadInput, NotPermitted
from db.model.query import Query
from db.session import Session
from desktop.exchange.apply import import_history
from desktop.exchange.appointment import person_export, person_import
from desktop.exchange.appointment.lrmx import read_lrm, read_lrmx, write_lrmx
from tests.unit.exchange import forms
from tests.unit.exchange.appointment.test_appointment_files import elements

PASSWORD = "zhengxian-demo"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("people") / "office", "云川市活动办", "city", "admin", PASSWORD)
    made.add("unit", {"name": "安坪县住房城乡建设局"})
    office.add_user(made, "clerk", "录入员", "clerk", PASSWORD)
    office.add_user(made, "personnel", "组织人事员", "personnel", PASSWORD)
    yield made
    assert made.verify() == []
    made.close()


@pytest.fixture(autouse=True)
def _empty_before(session: Session) -> Iterator[None]:
    yield
    for kind in ("cadre", "cadre_family", "post_history"):
        for record in session.find(Query(kind=kind)):
            session.delete(kind, record.uid)


def take(session: Session, text: str | None = None, **more: Any) -> person_import.Accepted:
    form = read_lrmx((text or forms.lrmx()).encode())
    return person_import.accept(session, person_import.propose(session, form, "赵燚.lrmx"), **more)


def test_what_would_change_is_said_before_anything_is_written(session: Session) -> None:
    proposal = person_import.propose(session, read_lrmx(forms.lrmx().encode()), "赵燚.lrmx")
    lines = {line.label: (line.old, line.new) for line in proposal.lines}
    assert lines["姓名"] == ("", "赵燚")
    assert lines["身份证号"] == ("", "990*************18")
    assert lines["民族"] == ("", "汉族")
    assert lines["全日制学历"] == ("", "大学本科毕业")
    assert lines["照片"] == ("", "新照片")
    assert [row.text for row in proposal.relatives] == [
        "妻子　王赟　1977-03　中共党员　安坪县第一中学教师", "儿子　赵喆　2004-09　共青团员　云川大学学生",
    ]
    assert [row.values["post"] for row in proposal.posts] == [
        "科员（其间：1999.03--1999.12在清沅镇挂职锻炼，任镇长助理）", "副局长", "党组书记、局长",
    ]
    assert all(row.values["unit"] for row in proposal.posts)
    assert any("省委党校研究生" in remark for remark in proposal.remarks)
    assert any("家庭成员第 3 行没有姓名" in remark for remark in proposal.remarks)
    assert proposal.problems == ()
    assert session.count(Query(kind="cadre")) == 0


def test_taken_in_as_one_change_and_taken_back_as_one(session: Session) -> None:
    heard: list[Any] = []
    stop = session.subscribe(heard.append)
    taken = take(session)
    stop()
    assert len(heard) == 1
    assert (taken.relatives, taken.posts) == (2, 3)
    cadre = session.must_get("cadre", taken.uid)
    assert cadre.values["birth_month"] == "1975-06"
    assert cadre.values["service_education"] == "10"
    assert str(cadre.values["age_counted_on"]) == "2022-09-01"
    assert session.attachment_bytes("cadre", cadre.values["photo"][0].sha256) == forms.png()
    assert len(session.children(taken.uid, "post_history")) == 3
    session.undo_last()
    assert session.must_get("cadre", taken.uid).deleted
    assert session.children(taken.uid, "cadre_family") == []
    session.redo_last()
    assert not session.must_get("cadre", taken.uid).deleted
    assert len(session.children(taken.uid, "cadre_family")) == 2


def test_it_stands_in_the_history_and_is_taken_back_as_a_whole_long_after(session: Session) -> None:
    taken = take(session)
    entry = next(e for e in import_history.imports(session) if e.import_id == taken.import_id)
    assert (entry.file, entry.sender, entry.book, entry.undone) == ("赵燚.lrmx", "赵燚", "personnel", False)
    assert (entry.counts["added"], entry.counts["updated"]) == (1 + 3 + 2, 0)
    session.set("cadre", taken.uid, {"health": "良好"})
    undone = import_history.undo_import(session, taken.import_id)
    assert ("cadre", taken.uid, "health") in undone.kept
    assert session.children(taken.uid, "post_history") == []
    assert import_history.imports(session)[0].undone
    with pytest.raises(BadInput, match="已经撤销过"):
        import_history.undo_import(session, taken.import_id)
    import_history.redo_import(session, taken.import_id)
    assert len(session.children(taken.uid, "post_history")) == 3
    with pytest.raises(BadInput, match="没有编号"):
        import_history.undo_import(session, "nothing")


def test_one_taken_back_by_ctrl_z_is_told_as_undone(session: Session) -> None:
    taken = take(session)
    for step, undone in ((session.undo_last, True), (session.redo_last, False)):
        step()
        entry = next(e for e in import_history.imports(session) if e.import_id == taken.import_id)
        assert entry.undone is undone


def test_a_form_nobody_changed_comes_out_as_it_came(session: Session, tmp_path: Path) -> None:
    uid = take(session).uid
    file = tmp_path / "赵燚.lrmx"
    person_export.export(session, uid, file)
    assert elements(file.read_bytes()) == elements(forms.lrmx())


def test_what_was_changed_here_comes_out_changed_and_the_rest_as_it_was(session: Session) -> None:
    uid = take(session).uid
    session.set("cadre", uid, {"service_education": "14", "current_post": "安坪县副县长", "identity_number": None})
    wife = next(r for r in session.children(uid, "cadre_family") if r.values["relation"] == "妻子")
    session.set("cadre_family", wife.uid, {"birth_month": "1977-04"})
    session.add("cadre_family", {"relation": "女儿", "name": "赵堃"}, parent=uid)
    form = person_export.form_of(session, uid)
    assert form.texts["ZaiZhiJiaoYu_XueLi"] == "硕士研究生毕业"
    assert form.texts["XianRenZhiWu"] == "安坪县副县长"
    assert form.texts["ShenFenZheng"] == ""
    assert form.texts["MinZu"] == "汉"
    assert [i["XingMing"] for i in form.family][:4] == ["王赟", "赵喆", "", "赵堃"]
    assert len(form.family) == 10
    assert form.family[0]["ChuShengRiQi"] == "197704"
    assert len(form.unknown) == 2


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    uid = take(session).uid
    proposal = person_import.propose(session, read_lrmx(forms.lrmx().encode()), "赵燚.lrmx")
    assert (proposal.target, proposal.lines, proposal.posts) == (uid, (), ())
    assert [row.uid is not None for row in proposal.relatives] == [True, True]
    assert not proposal.must_choose
    person_import.accept(session, proposal)
    assert session.count(Query(kind="cadre")) == 1
    assert len(session.children(uid, "cadre_family")) == 2


def test_the_file_itself_is_kept_with_the_cadre_bit_by_bit(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "赵燚.lrmx"
    data = b"\xef\xbb\xbf" + forms.lrmx().replace("</Person>", "<!-- 别的程序写的 --><MiZhu>无人认得</MiZhu></Person>").encode()
    file.write_bytes(data)

    def kept(uid: str) -> list[tuple[str, bytes]]:
        files = session.must_get("cadre", uid).values["original_forms"] or ()
        return [(f.name, session.attachment_bytes("cadre", f.sha256)) for f in files]

    uid = person_import.accept(session, person_import.preview(session, file)).uid
    assert kept(uid) == [("赵燚.lrmx", data)]
    # the same file again is not kept twice, another one beside it
    person_import.accept(session, person_import.preview(session, file))
    assert len(kept(uid)) == 1
    later = data.replace("党组书记、局长".encode(), "党委书记、局长".encode())
    file.write_bytes(later)
    person_import.accept(session, person_import.preview(session, file))
    assert [bytes_ for _, bytes_ in kept(uid)] == [data, later]
    session.undo_last()
    assert [bytes_ for _, bytes_ in kept(uid)] == [data]
    # it lies in the book of personnel and nowhere else, and no person takes it away by hand
    assert b"MiZhu" not in (session.folder / "personnel.db").read_bytes()
    digest = session.must_get("cadre", uid).values["original_forms"][0].sha256
    assert session.office.connection.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (digest,)).fetchone() is None
    with pytest.raises(BadInput):
        session.set("cadre", uid, {"original_forms": None})
    # what is given out is made of the record, as before
    assert b"<MiZhu>" in write_lrmx(person_export.form_of(session, uid))


def test_an_older_file_is_kept_too_and_whoever_is_chosen(session: Session, tmp_path: Path) -> None:
    take(session)
    file = tmp_path / "赵燚.lrm"
    file.write_bytes(forms.lrm())
    proposal = person_import.preview(session, file)
    uid = person_import.accept(session, proposal, choose=person_import.NEW if proposal.must_choose else None).uid
    files = session.must_get("cadre", uid).values["original_forms"]
    assert [session.attachment_bytes("cadre", f.sha256) for f in files] == [file.read_bytes()]


def test_an_identity_number_tells_who_it_is_whatever_the_name(session: Session) -> None:
    uid = take(session).uid
    proposal = person_import.propose(session, read_lrmx(forms.lrmx(XingMing="赵毅", NiMianZhiWu="局长").encode()), "x.lrmx")
    assert proposal.target == uid
    assert {line.key for line in proposal.lines} == {"name", "removed_post"}
    taken = person_import.accept(session, proposal, leave=frozenset({"name"}))
    assert taken.uid == uid
    assert session.must_get("cadre", uid).values["name"] == "赵燚"
    assert session.must_get("cadre", uid).values["removed_post"] == "局长"


def test_one_of_the_same_name_and_birth_month_is_asked_about(session: Session) -> None:
    here = session.add("cadre", {"name": "赵燚", "birth_month": "1975-06", "current_post": "科长"})
    form = read_lrmx(forms.lrmx().encode())
    proposal = person_import.propose(session, form, "x.lrmx")
    assert proposal.must_choose
    assert [c.uid for c in proposal.candidates] == [here]
    assert "科长" in proposal.candidates[0].detail
    with pytest.raises(BadInput, match="请先说明是同一人还是另一人"):
        person_import.accept(session, proposal)
    other = person_import.accept(session, proposal, choose=person_import.NEW)
    assert other.uid != here
    session.delete("cadre", other.uid)
    assert person_import.accept(session, person_import.propose(session, form, "x.lrmx"), choose=here).uid == here
    session.set("cadre", here, {"birth_month": "1980-01", "identity_number": None})
    assert person_import.propose(session, form, "x.lrmx").candidates == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ShenFenZheng": "990101197506150010"}, "校验位不对"), ({"XingMing": " "}, "没有姓名"),
        ({"RuDangShiJian": "199301"}, "入党时不满18周岁"), ({"CanJiaGongZuoShiJian": "198001"}, "参加工作时不满14周岁"),
    ],
)  # fmt: skip
def test_wrong_values_refuse_the_whole_file_with_a_sentence(session: Session, changes: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        take(session, forms.lrmx(**changes))
    assert session.count(Query(kind="cadre")) == 0
    assert session.count(Query(kind="cadre_family")) == 0


def test_texts_that_are_no_date_or_code_are_kept_and_said(session: Session) -> None:
    text = forms.lrmx(RuDangShiJian="民盟（2003.05）", MinZu="汉族（原报回族）")
    proposal = person_import.propose(session, read_lrmx(text.encode()), "x.lrmx")
    assert any("民盟（2003.05）" in remark for remark in proposal.remarks)
    taken = person_import.accept(session, proposal)
    assert session.must_get("cadre", taken.uid).values["party_joined_month"] is None
    assert elements(write_lrmx(person_export.form_of(session, taken.uid))) == elements(text)


def test_birth_and_sex_are_held_against_the_identity_number_and_only_said(session: Session) -> None:
    proposal = person_import.propose(session, read_lrmx(forms.lrmx(ChuShengNianYue="197508", XingBie="女").encode()), "x.lrmx")
    said = "".join(proposal.remarks)
    assert "与身份证号中的 1975-06 不一致" in said
    assert "性别与身份证号不一致" in said
    assert proposal.problems == ()


@pytest.mark.parametrize(("line", "says"), [
    ("2041.09--  某公司顾问", "任职时间不能晚于今天"), ("1985.09--1986.07  清沅镇通讯员", "早于14周岁"),
])  # fmt: skip
def test_a_line_of_the_resume_that_cannot_be_a_post_keeps_nobody_out(session: Session, line: str, says: str) -> None:
    form = read_lrmx(forms.lrmx(JianLi=f"{line}\n{forms.RESUME.replace('2013.06--  ', '2013.06--2016.01')}").encode())
    proposal = person_import.propose(session, form, "x.lrmx")
    assert any(says in remark for remark in proposal.remarks)
    taken = person_import.accept(session, proposal)
    assert taken.posts == 3 and line in session.must_get("cadre", taken.uid).values["resume"]


def test_a_relative_s_wrong_value_names_its_line(session: Session) -> None:
    proposal = person_import.propose(session, read_lrmx(forms.lrmx().replace("200409", "299901").encode()), "x.lrmx")
    assert proposal.problems == () or "家庭成员第 2 行" in proposal.problems[0].message
    proposal = person_import.propose(session, read_lrmx(forms.lrmx().replace("200409", "209901").encode()), "x.lrmx")
    assert "家庭成员第 2 行" in proposal.problems[0].message


def test_an_older_form_becomes_a_cadre_and_a_newer_form(session: Session) -> None:
    form = read_lrm(forms.lrm(), forms.png())
    taken = person_import.accept(session, person_import.propose(session, form, "钱堃.lrm"))
    cadre = session.must_get("cadre", taken.uid)
    assert (cadre.values["sex"], cadre.values["ethnic_group"], cadre.values["service_degree"]) == ("2", "03", "303")
    again = read_lrmx(write_lrmx(person_export.form_of(session, taken.uid)))
    assert {t: v for t, v in again.texts.items() if v} == {t: v for t, v in form.texts.items() if v} | {"Version": "3.2.1.16"}
    assert again.photo == forms.png()


def test_a_cadre_typed_here_has_a_form_with_a_resume_of_its_posts(session: Session) -> None:
    import datetime as dt

    uid = session.add("cadre", {"name": "孙喆", "sex": "1", "birth_month": "1980-02"})
    unit = session.names.unit_by_name("安坪县住房城乡建设局")
    first = {"post": "科员", "unit": unit, "appointed_on": dt.date(2003, 7, 1), "removed_on": dt.date(2010, 5, 1)}
    session.add("post_history", first, parent=uid)
    session.add("post_history", {"post": "科长", "unit": unit, "appointed_on": dt.date(2010, 5, 1)}, parent=uid)
    form = read_lrmx(write_lrmx(person_export.form_of(session, uid)))
    assert form.texts["ChuShengNianYue"] == "198002"
    assert form.texts["JianLi"] == "2003.07--2010.05  安坪县住房城乡建设局科员\n2010.05--         安坪县住房城乡建设局科长"
    assert len(form.family) == 10
    assert form.texts["Version"]


TEXTS = st.text(st.sampled_from("安坪县局长甲乙丙《》、。1234 \n<&>\"'"), max_size=20)
FREE = ("JiGuan", "ChuShengDi", "JianKangZhuangKuang", "ZhuanYeJiShuZhiWu", "QuanRiZhiJiaoYu_XueLi", "ZaiZhiJiaoYu_XueWei", "XianRenZhiWu",
        "NiRenZhiWu", "JianLi", "JiangChengQingKuang", "RenMianLiYou", "TianBiaoRen", "MinZu", "JiSuanNianLingShiJian")  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(FREE), TEXTS, max_size=6))
def test_whatever_stands_in_a_form_it_comes_back_from_the_book(session: Session, changes: dict[str, str]) -> None:
    text = forms.lrmx(**changes, ShenFenZheng="")
    proposal = person_import.propose(session, read_lrmx(text.encode()), "x.lrmx", person_import.NEW)
    uid = person_import.accept(session, proposal, choose=person_import.NEW).uid
    assert elements(write_lrmx(person_export.form_of(session, uid))) == elements(text)


@pytest.mark.parametrize("role", ["clerk"])
def test_who_has_no_key_of_the_personnel_book_reaches_nothing(session: Session, tmp_path: Path, role: str) -> None:
    uid = take(session).uid
    folder = session.folder
    file = tmp_path / "x.lrmx"
    file.write_text(forms.lrmx(), encoding="utf-8")
    proposal = person_import.propose(session, read_lrmx(file.read_bytes()), "x.lrmx")
    session.close()
    clerk = office.open_office(folder, role, PASSWORD)
    try:
        ways = [
            lambda: person_import.preview(clerk, file), lambda: person_import.accept(clerk, proposal),
            lambda: person_export.form_of(clerk, uid), lambda: person_export.export(clerk, uid, tmp_path / "y.lrmx"),
        ]  # fmt: skip
        for way in ways:
            with pytest.raises(NotPermitted):
                way()
        assert not (tmp_path / "y.lrmx").exists()
    finally:
        clerk.close()
    again = office.open_office(folder, "admin", PASSWORD)
    session.__dict__.update(again.__dict__)
    session.names._session = session  # noqa: SLF001  # the fixture goes on with the books opened anew
