"""Several offices trade workbooks: records, children, units, declarations and decisions travel; nothing doubles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from db.errors import NotPermitted
from db.model.declarations import Field, Kind
from desktop.bulletin.report import office_report_changes, office_reports
from desktop.exchange.apply import accept

Offices = Callable[..., Any]


def uid_of(office: Any, start: str) -> str:
    return next(r.uid for r in office.session.office.each("rectification") if r.values["title"].startswith(start))


def test_a_county_receives_items_with_units_and_children_and_sends_progress_back(city: Any, new_office: Offices) -> None:
    uid = uid_of(city, "第1项")
    city.session.take_step("rectification", uid, "assign")
    city.session.take_step("rectification", uid, "acknowledge")
    city.session.take_step("rectification", uid, "report", ask={"content": "第一次报告"})
    county = new_office("安坪县作风办", "county", units=False)
    county.take(city.export("to county.xlsx", unit="安坪县人民政府").file)
    county.is_unit("安坪县人民政府")
    assert county.value(uid, "lead_unit") == city.value(uid, "lead_unit")
    assert county.session.unit_name(county.value(uid, "lead_unit")) == "安坪县人民政府"
    assert [c.values["content"] for c in county.session.children(uid, "progress")] == ["第一次报告"]
    assert county.value(uid, "state") == "in_progress"
    county.session.take_step("rectification", uid, "report", ask={"content": "县里的第二次报告"})
    result = city.take(county.export("back.xlsx").file)
    assert result.conflicts == [] and result.errors == []
    assert [c.values["content"] for c in city.session.children(uid, "progress")] == ["第一次报告", "县里的第二次报告"]
    assert city.value(uid, "progress") == "县里的第二次报告"
    assert city.take(county.export("again.xlsx").file).updated == 0
    assert city.session.verify() == [] and county.session.verify() == []


def test_three_hops_and_back_in_any_order(city: Any, new_office: Offices) -> None:
    a, b = new_office("甲办", units=False), new_office("乙办", units=False)
    uid = uid_of(city, "第1项")
    city.session.set("rectification", uid, {"cooperating_units": (city.units["临湖区人民政府"],)})
    first = city.export("first.xlsx").file
    a.take(first)
    a.is_unit("安坪县人民政府").session.set("rectification", uid, {"phone": "0000-7654321"})
    b.take(a.export("a.xlsx").file)
    b.is_unit("临湖区人民政府").session.set("rectification", uid, {"measures": "乙改的"})
    city.session.set("rectification", uid, {"responsible_person": "市里改的"})
    city.take(b.export("b.xlsx").file)
    assert (city.value(uid, "phone"), city.value(uid, "measures")) == ("0000-7654321", "乙改的")
    assert city.value(uid, "responsible_person") == "市里改的"
    for office in (a, b):
        office.take(city.export("all.xlsx").file)
        office.take(first)
    kinds = ("rectification", "unit")
    assert a.state(*kinds) == b.state(*kinds) == city.state(*kinds)


def test_a_decision_travels_and_is_not_asked_again(city: Any, new_office: Offices) -> None:
    a = new_office("甲办", units=False)
    uid = uid_of(city, "第1项")
    a.take(city.export("first.xlsx").file)
    a.is_unit("安坪县人民政府").session.set("rectification", uid, {"measures": "甲的"})
    city.session.set("rectification", uid, {"measures": "市的"})
    (waiting,) = city.take(a.export("a.xlsx").file).conflicts
    (theirs,) = a.take(city.export("c.xlsx").file).conflicts
    assert (waiting.mine, waiting.theirs, theirs.mine, theirs.theirs) == ("市的", "甲的", "甲的", "市的")
    accept.decide(city.session, waiting.conflict_id, "theirs", why="以县里为准")
    a.take(city.export("decided.xlsx").file)
    assert a.value(uid, "measures") == "甲的" and accept.conflicts(a.session) == []
    assert a.state() == city.state()


def test_deletion_travels(city: Any, new_office: Offices) -> None:
    a = new_office("甲办", units=False)
    uid = uid_of(city, "第1项")
    a.take(city.export("first.xlsx").file)
    city.session.delete("rectification", uid)
    a.take(city.export("deleted.xlsx").file)
    assert a.value(uid, "deleted") is True
    assert a.take(city.export("again.xlsx").file).updated == 0


def test_an_office_made_ledger_travels_with_its_declaration(city: Any, new_office: Offices) -> None:
    kind = Kind(
        name="office_pool", label="人才库", title="title", source="office", family="工作台账",
        fields=(Field(name="title", label="姓名", type="text", required=True), Field(name="age", label="年龄", type="integer")),
    )  # fmt: skip
    city.session.save_kind(kind)
    uid = city.session.add("office_pool", {"title": "王小五", "age": 40})
    file = city.export("pool.xlsx", kinds=["office_pool"]).file
    a = new_office("甲办", units=False)
    plan = a.plan(file)
    assert plan.added == 1 and "人才库" in plan.remarks[0] and "office_pool" not in a.session.kinds
    accept.accept(a.session, plan)
    assert a.value(uid, "age", "office_pool") == 40
    assert a.take(city.export("again.xlsx", kinds=["office_pool"]).file).added == 0


def test_fields_the_receiver_does_not_have_are_not_claimed_as_seen(city: Any, new_office: Offices) -> None:
    """A clerk may not take up new fields; once the administrator has, the same file brings them."""
    own = city.session.kinds.get("rectification")
    city.session.save_kind(
        Kind(**{f: getattr(own, f) for f in ("name", "label", "title", "family", "lifecycle", "unit", "cooperating", "lights", "rules")},
             fields=(*own.fields, Field(name="extra", label="补充说明", type="text")))
    )  # fmt: skip
    uid = city.add("带新字段的", extra="只有市里有的字段")
    file = city.export("extra.xlsx").file
    a = new_office("甲办", units=False)
    may = a.session.may
    a.session.may = lambda act: act != "kinds" and may(act)  # type: ignore[method-assign]
    a.take(file)
    assert a.value(uid, "title") == "带新字段的" and not a.session.kinds.get("rectification").has("extra")
    a.session.may = may  # type: ignore[method-assign]
    a.take(file)
    assert a.value(uid, "extra") == "只有市里有的字段"


def test_a_copied_office_writes_as_another_site(city: Any, new_office: Offices, tmp_path: Any) -> None:
    import shutil

    from db.office import open_office
    from tests.unit.exchange.conftest import PASSWORD

    uid = uid_of(city, "第1项")
    city.session.close()
    shutil.copytree(city.folder / "data", tmp_path / "copy")
    city.session = open_office(city.folder / "data", "admin", PASSWORD)
    twin = new_office("双胞胎", units=False)
    twin.session.close()
    twin.session = open_office(tmp_path / "copy", "admin", PASSWORD)
    twin.session.set("rectification", uid, {"note": "副本里改的"})
    city.session.set("rectification", uid, {"note": "原本里改的"})
    (waiting,) = city.take(twin.export("twin.xlsx").file).conflicts
    assert (waiting.mine, waiting.theirs) == ("原本里改的", "副本里改的")


def test_a_person_without_the_right_writes_nothing(city: Any, hand: Any) -> None:
    file = city.export().file
    city.session.who.role = "viewer"
    with pytest.raises(NotPermitted):
        city.plan(file)
    with pytest.raises(NotPermitted):
        city.export("no.xlsx")


def test_the_workbook_of_one_unit_holds_only_its_rows(city: Any) -> None:
    import openpyxl

    city.add("配合的一件", lead_unit=city.units["临湖区人民政府"], cooperating_units=(city.units["安坪县人民政府"],))
    made = city.export(unit="安坪县")
    sheet = openpyxl.load_workbook(made.file)["整改清单"]
    titles = [sheet.cell(r, 4).value for r in range(5, sheet.max_row + 1) if sheet.cell(r, 4).value]
    assert made.rows == 4 == len(titles) and "配合的一件" in titles


def test_exports_and_imports_are_in_the_history(city: Any) -> None:
    made = city.export()
    city.take(made.file)
    row = city.session.office.connection.execute("SELECT id, sha256, rows, unit FROM exports").fetchone()
    assert row == (made.export_id, made.sha256, 9, None)
    (entry,) = accept.imports(city.session)
    assert (entry.sha256, entry.file, entry.counts["unchanged"]) == (made.sha256, "out.xlsx", 9)
    assert city.session.today >= dt.date(2020, 1, 1)


def test_attachments_travel_and_are_checked(city: Any, new_office: Offices) -> None:
    photo = bytes(range(256)) * 400
    uid = uid_of(city, "第1项")
    file = city.session.attach("rectification", photo, "现场照片.jpg")
    city.session.set("rectification", uid, {"files": (file,)})
    made = city.export("with photo.xlsx")
    assert made.remarks == ()
    county = new_office("安坪县作风办", "county", units=False)
    plan = county.plan(made.file)
    assert plan.remarks == [] and list(plan.blobs.values()) == [photo]
    accept.accept(county.session, plan)
    assert county.session.attachment_bytes("rectification", file.sha256) == photo
    assert county.value(uid, "files") == (file,)


def test_a_workbook_that_brings_a_program_is_told(city: Any, new_office: Offices) -> None:
    session, uid = city.session, uid_of(city, "第1项")
    files = (session.attach("rectification", b"MZ\x90\x00", "照片.jpg"), session.attach("rectification", b"plain", "佐证\u202efdp.exe"), session.attach("rectification", b"%PDF-1.4", "通知.pdf"))
    session.set("rectification", uid, {"files": files})
    plan = new_office("安坪县作风办", "county", units=False).plan(city.export("programs.xlsx").file)
    (remark,) = plan.remarks
    assert "2 个是程序" in remark and "照片.jpg" in remark and "佐证〔U+202E〕fdp.exe" in remark and "通知.pdf" not in remark


def test_attachments_too_large_for_a_workbook_stay_out_and_it_is_said(city: Any, new_office: Offices, monkeypatch: Any) -> None:
    from desktop.exchange.write import sheet_writer

    monkeypatch.setattr(sheet_writer, "ATTACHMENTS_LIMIT", 1_000)
    uid = uid_of(city, "第1项")
    file = city.session.attach("rectification", bytes(5_000), "大文件.pdf")
    city.session.set("rectification", uid, {"files": (file,)})
    made = city.export("without.xlsx")
    assert "1 个附件没有放进" in made.remarks[0]
    county = new_office("安坪县作风办", "county", units=False)
    assert "大文件.pdf" in county.plan(made.file).remarks[0]


def test_only_what_changed_since_the_last_workbook_goes_out(city: Any, new_office: Offices) -> None:
    a = new_office("甲办", units=False)
    first = city.export("first.xlsx")
    a.take(first.file)
    uid = uid_of(city, "第1项")
    city.session.set("rectification", uid, {"note": "之后改的"})
    fresh = city.add("之后新增的")
    made = city.export("since.xlsx", since=first.export_id)
    assert made.rows == 2
    result = a.take(made.file)
    assert (result.added, result.updated) == (1, 1) and a.value(fresh, "title") == "之后新增的"
    assert a.state() == city.state()


def test_a_decided_deletion_answers_the_other_offices_question_whether_it_should_live(city: Any, new_office: Offices) -> None:
    a = new_office("甲办", units=False)
    uid = uid_of(city, "第1项")
    a.take(city.export("first.xlsx").file)
    a.is_unit("安坪县人民政府").session.set("rectification", uid, {"measures": "县里又改过"})
    city.session.delete("rectification", uid)
    city.take(a.export("edited.xlsx").file)
    (asked,) = [c for c in accept.conflicts(city.session) if c.field == "deleted"]
    result = a.take(city.export("deleted.xlsx").file)
    (waits,) = result.elsewhere
    assert result.conflicts == [] and accept.count_own(a.session) == 0 and waits.decider == "云川市作风办"
    assert waits.field == "deleted" and a.value(uid, "deleted") is False
    with pytest.raises(NotPermitted, match="由“云川市作风办”决定"):
        accept.decide(a.session, waits.conflict_id, "theirs")
    accept.decide(city.session, asked.conflict_id, "mine")
    a.take(city.export("decided.xlsx").file)
    assert (a.value(uid, "deleted"), city.value(uid, "deleted")) == (True, True)
    assert accept.conflicts(a.session) == []
    assert a.take(city.export("again.xlsx").file).updated == 0 and accept.conflicts(a.session) == []


def test_reports_that_an_office_changed_travel_too(city: Any, new_office: Offices) -> None:
    given = office_reports.report_of(city.session, "supervision_circular")
    office_report_changes.save(city.session, msgspec.structs.replace(given, label="督查通报"))
    own = office_report_changes.copied(given, "专项通报")
    office_report_changes.save(city.session, own)
    a = new_office("甲办", units=False)
    a.take(city.export("forms.xlsx", kinds=["report_form"]).file)
    labels = {r.name: r.label for r in office_reports.reports_of(a.session)}
    assert labels["supervision_circular"] == "督查通报" and labels[own.name] == "专项通报"
    office_report_changes.save(city.session, msgspec.structs.replace(given, label="督办专报"))
    a.take(city.export("again.xlsx", kinds=["report_form"]).file)
    assert office_reports.report_of(a.session, "supervision_circular").label == "督办专报"
