"""Between offices: what the issuing office owns nobody else changes, whoever carries it; the responsible unit fills in its part."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.access import ownership_checks
from db.errors import BadInput, NotPermitted
from db.office import add_user, open_office
from desktop.exchange.apply import accept
from tests.unit.exchange.conftest import KIND, PASSWORD

Offices = Callable[..., Any]
A_UNIT, B_UNIT = "安坪县人民政府", "临湖区人民政府"


def uid_of(office: Any, start: str) -> str:
    return next(r.uid for r in office.session.office.each(KIND) if r.values["title"].startswith(start))


def past_the_check(office: Any, uid: str, values: dict[str, Any], kind: str = KIND) -> None:
    """What a program would write that knows nothing of owners, or one that somebody has changed."""
    with office.session.atomic() as _:
        book = office.session.book_of(kind)
        office.session.transaction(book.name).update(book.get(kind, uid), values)


def put(book: Any, title: str, **cells: str) -> None:
    row = book.row(title)
    for heading, text in cells.items():
        book.write(row, heading, text)


def fill(book: Any, **cells: str) -> None:
    row = book.blank_row()
    for heading, text in cells.items():
        book.write(row, heading, text)


@pytest.fixture
def county(city: Any, new_office: Offices) -> Any:
    """The office of 安坪县, with the city's items; of 第1项, 第4项 and 第7项 it is the responsible unit."""
    for start in ("第1项", "第2项"):
        city.session.take_step(KIND, uid_of(city, start), "assign")
    office = new_office("安坪县作风办", "county", units=False)
    office.take(city.export("all.xlsx").file)
    return office.is_unit(A_UNIT)


@pytest.fixture
def district(city: Any, county: Any, new_office: Offices) -> Any:
    """The office of 临湖区, with the city's items."""
    office = new_office("临湖区作风办", "county", units=False)
    office.take(city.export("all too.xlsx").file)
    return office.is_unit(B_UNIT)


# -- the people of the other office ------------------------------------------------------------------------


def test_the_people_of_the_other_office_write_only_what_is_their_units(city: Any, county: Any) -> None:
    uid, session = uid_of(city, "第1项"), county.session
    session.set(KIND, uid, {"measures": "增设窗口", "responsible_person": "王小五"})
    with pytest.raises(NotPermitted, match=r"由云川市作风办交办，「整改事项」只能由交办单位改动"):
        session.set(KIND, uid, {"title": "改了标题"})
    with pytest.raises(NotPermitted, match="「整改时限」只能由交办单位改动"):
        session.set(KIND, uid, {"measures": "再增设", "deadline": dt.date(2031, 1, 1)})
    assert county.value(uid, "measures") == "增设窗口"
    with pytest.raises(NotPermitted, match="只能由交办单位删除或恢复"):
        session.delete(KIND, uid)
    session.take_step(KIND, uid, "acknowledge")
    session.take_step(KIND, uid, "request-close-out", ask={"content": "已整改"})
    add_user(session, "shenhe", "审核员", "reviewer", PASSWORD)
    session.close()
    county.session = session = open_office(county.folder / "data", "shenhe", PASSWORD)
    for action in ("close-out", "return", "suspend", "cancel"):
        with pytest.raises(NotPermitted, match="由云川市作风办交办，只能由交办单位"):
            session.take_step(KIND, uid, action, note="理由")
    with pytest.raises(NotPermitted, match="只能由交办单位添加催办督办函"):
        session.add("letter", {"letter_type": "reminder"}, parent=uid)
    other = uid_of(city, "第2项")
    with pytest.raises(NotPermitted, match="责任单位不是本单位"):
        session.set(KIND, other, {"measures": "不是本县的"})
    with pytest.raises(NotPermitted, match="责任单位不是本单位"):
        session.take_step(KIND, other, "acknowledge")
    offered = ownership_checks.locked(session, session.must_get(KIND, uid))
    assert "title" in offered and "measures" not in offered and "deadline" in offered
    assert ownership_checks.locked(city.session, city.session.must_get(KIND, uid)) == {}
    own = session.add(KIND, {"title": "县里自己的", "lead_unit": session.own_unit})
    session.set(KIND, own, {"title": "县里自己的，改过"})


def test_an_office_that_has_not_said_which_unit_it_is_is_told_so(city: Any, new_office: Offices) -> None:
    office = new_office("某县作风办", "county", units=False)
    plan = office.plan(city.export("for.xlsx", unit=A_UNIT).file)
    assert any("本单位" in remark for remark in plan.remarks)
    accept.accept(office.session, plan)
    with pytest.raises(NotPermitted, match="还没有说明自己是哪个责任单位"):
        office.session.set(KIND, uid_of(city, "第1项"), {"measures": "甲"})


# -- what arrives -------------------------------------------------------------------------------------------


def test_what_another_office_wrote_into_the_issuers_fields_is_refused_and_never_comes_back(city: Any, county: Any) -> None:
    uid = uid_of(city, "第1项")
    before = city.state()
    past_the_check(county, uid, {"title": "县里改的标题", "deadline": dt.date(2031, 1, 1), "measures": "增设窗口"})
    past_the_check(county, uid_of(city, "第4项"), {"state": "closed_out", "closed_out_on": dt.date(2026, 1, 1)})
    past_the_check(county, uid_of(city, "第7项"), {"deleted": True})
    file = county.export("back.xlsx").file
    result = city.take(file)
    assert result.conflicts == [] and result.errors == []
    told = {(line["title"], line["field"]): line["message"] for line in result.refused}
    assert {field for _, field in told} == {"title", "deadline", "state", "closed_out_on", "deleted"}
    assert any("只能由“云川市作风办”改动，“安坪县作风办”的改动没有接受" in text for text in told.values())
    after = city.state()
    changed = {u for u in after[KIND] if after[KIND][u] != before[KIND][u]}
    assert changed == {uid} and city.value(uid, "measures") == "增设窗口"
    again = city.take(file)
    assert again.updated == 0 and len(again.refused) == len(result.refused) and city.state() == after
    assert accept.conflicts(city.session) == []
    # the issuer's next edit is news to everybody, and puts right what the other office had written
    city.session.set(KIND, uid, {"title": "市里改的标题"})
    county.take(city.export("next.xlsx").file)
    assert county.state() == city.state() and accept.conflicts(county.session) == []
    assert city.take(county.export("peace.xlsx").file).refused == []
    assert city.session.verify() == []
    (bypassed,) = county.session.verify()  # where it was written past the steps, the log says so for good
    assert "绕过流程直接改了状态" in bypassed and "第4项" in bypassed


def test_the_whole_way_of_an_item_between_two_offices(city: Any, county: Any) -> None:
    uid = uid_of(city, "第1项")
    county.session.take_step(KIND, uid, "acknowledge")
    county.session.take_step(KIND, uid, "report", ask={"content": "增设了两个窗口"})
    county.session.take_step(KIND, uid, "request-extension", note="设备未到", ask={"requested_deadline": dt.date(2030, 3, 1)})
    result = city.take(county.export("1.xlsx").file)
    assert result.refused == [] and result.conflicts == []
    assert city.value(uid, "state") == "in_progress"
    city.session.take_step(KIND, uid, "grant-extension")
    county.take(city.export("2.xlsx").file)
    assert county.value(uid, "deadline") == dt.date(2030, 3, 1) == city.value(uid, "deadline")
    county.session.take_step(KIND, uid, "request-close-out", ask={"content": "全部完成"})
    assert city.take(county.export("3.xlsx").file).refused == []
    add_user(city.session, "shenhe", "审核员", "reviewer", PASSWORD)
    city.session.close()
    city.session = open_office(city.folder / "data", "shenhe", PASSWORD)
    city.session.take_step(KIND, uid, "close-out", note="同意")
    result = county.take(city.export("4.xlsx").file)
    assert result.refused == [] and county.value(uid, "state") == "closed_out"
    kinds = (KIND, "progress", "evidence", "extension")
    assert county.state(*kinds) == city.state(*kinds)
    assert city.take(county.export("5.xlsx").file).updated == 0


@pytest.mark.parametrize("by_way_of_a_third", [False, True])
def test_a_step_the_issuer_took_at_the_same_time_stands_in_every_book(
    city: Any, county: Any, district: Any, by_way_of_a_third: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The city suspends while the county reports: the report arrives, its step does not, and nobody is left with another state."""
    # all within one second: what is entered then stays as many steps as there were
    monkeypatch.setattr("db.rules.lifecycle._SessionDesk.at", f"{city.session.today}T23:59:59")
    uid = uid_of(city, "第1项")
    county.session.take_step(KIND, uid, "acknowledge")
    city.take(county.export("1.xlsx").file)
    city.session.take_step(KIND, uid, "suspend", note="等上级批复")
    county.session.take_step(KIND, uid, "report", ask={"content": "又办了一步"})
    stale = county.export("2.xlsx").file
    if by_way_of_a_third:
        district.take(stale)
    assert [line["field"] for line in city.take(stale).refused] == ["state"]
    assert city.value(uid, "progress") == "又办了一步" and len(city.session.children(uid, "progress")) == 1
    news = city.export("3.xlsx").file
    for office in (county, district):
        assert office.take(news).conflicts == [] and office.value(uid, "state") == "suspended"
        assert office.state(KIND, "progress") == city.state(KIND, "progress")
    assert [line["field"] for line in county.take(stale).refused] == ["state"]
    assert county.value(uid, "state") == "suspended"
    city.session.take_step(KIND, uid, "resume")
    county.take(city.export("4.xlsx").file)
    county.session.take_step(KIND, uid, "report", ask={"content": "接着办"})
    assert city.take(county.export("5.xlsx").file).refused == []
    assert county.state() == city.state()


def test_a_carrier_is_not_blamed_and_a_third_office_changes_nothing(city: Any, county: Any, district: Any) -> None:
    uid = uid_of(city, "第1项")
    county.session.set(KIND, uid, {"measures": "县里的措施"})
    result = district.take(county.export("b to c.xlsx").file)
    assert result.refused == [] and district.value(uid, "measures") == "县里的措施"
    result = city.take(district.export("c to a.xlsx").file)
    assert result.refused == [] and city.value(uid, "measures") == "县里的措施"
    past_the_check(district, uid, {"measures": "区里改的措施", "title": "区里改的标题"})
    result = city.take(district.export("c again.xlsx").file)
    assert {line["field"] for line in result.refused} == {"measures", "title"}
    assert all("“临湖区作风办”" in line["message"] for line in result.refused)
    assert city.value(uid, "measures") == "县里的措施"
    # an honest carrier does not carry it either
    assert {line["field"] for line in county.take(district.export("c to b.xlsx").file).refused} == {"measures", "title"}
    assert city.take(county.export("b to a.xlsx").file).refused == []


def test_a_record_that_is_new_here_is_taken_without_what_others_wrote_into_it(city: Any, county: Any, new_office: Offices) -> None:
    uid, other = uid_of(city, "第1项"), uid_of(city, "第4项")
    past_the_check(county, uid, {"note": "县里写的备注"})
    past_the_check(county, other, {"title": "县里改的标题"})
    fourth = new_office("青石县作风办", "county", units=False)
    result = fourth.take(county.export("to d.xlsx").file)
    assert {line["field"] for line in result.refused} == {"note", "title"}
    assert fourth.value(uid, "note") is None and fourth.session.get(KIND, other) is None
    city.session.set(KIND, uid, {"note": "市里的备注"})
    assert fourth.take(city.export("to d too.xlsx").file).refused == []
    assert fourth.state() == city.state()


@pytest.mark.parametrize("how", ["letter", "progress", "as ours"])
def test_children_are_not_added_by_others_nor_as_if_by_the_issuer(city: Any, county: Any, district: Any, how: str) -> None:
    uid = uid_of(city, "第1项")
    session = district.session if how == "progress" else county.session
    kind = "letter" if how == "letter" else "progress"
    values = {"letter_type": "red", "issued_on": dt.date(2026, 1, 1)} if kind == "letter" else {
        "reported_on": dt.date(2026, 1, 1), "content": "别人写的进展"}  # fmt: skip
    with session.atomic():
        record = session.transaction("office").add(kind, values, parent=uid)
    if how == "as ours":
        number = session.office.offices.by_uid(city.session.office_id).number
        session.office.writer.execute("UPDATE progress SET issuer = ? WHERE uid = ?", (number, record.uid))
    office = district if how == "progress" else county
    result = city.take(office.export("children.xlsx").file)
    assert city.session.get(kind, record.uid) is None
    (line,) = result.refused
    assert ("自称由“云川市作风办”建立，却是“安坪县作风办”写的" in line["message"]) == (how == "as ours")


def test_what_a_unit_wrote_before_its_item_was_handed_on_is_still_taken(city: Any, county: Any) -> None:
    uid = uid_of(city, "第1项")
    county.session.set(KIND, uid, {"measures": "转办之前写的"})
    city.session.take_step(KIND, uid, "transfer", note="职能调整", ask={"lead_unit": city.units[B_UNIT]})
    county.take(city.export("handed on.xlsx").file)
    with pytest.raises(NotPermitted):
        county.session.set(KIND, uid, {"measures": "转办之后写的"})
    result = city.take(county.export("late.xlsx").file)
    assert result.refused == [] and city.value(uid, "measures") == "转办之前写的"


# -- cells typed by hand ------------------------------------------------------------------------------------


def test_cells_typed_into_another_offices_workbook(city: Any, county: Any, district: Any, hand: Any) -> None:
    """In the city's workbook the county's people may have typed: what only the city may write is not taken there, and the city
    takes it in as its own people's. Typed into the county's workbook it is the county's."""
    uid = uid_of(city, "第1项")
    book = hand(city.export("for others.xlsx").file)
    put(book, "第1项 窗口排队时间长", 备注="手写的备注", 整改措施="手写的措施")
    typed = book.save()
    result = county.take(typed)
    assert [line["field"] for line in result.refused] == ["note"]
    assert county.value(uid, "measures") == "手写的措施"
    assert {line["field"] for line in district.take(typed).refused} == {"note", "measures"}
    result = city.take(typed)
    assert result.refused == [] and city.value(uid, "note") == "手写的备注"
    assert county.take(city.export("later.xlsx").file).refused == [] and county.state() == city.state()
    book = hand(county.export("county's.xlsx").file)
    put(book, "第1项 窗口排队时间长", 备注="县里手写的备注", 责任人="赵六")
    result = city.take(book.save("typed too.xlsx"))
    assert [line["field"] for line in result.refused] == ["note"] and city.value(uid, "responsible_person") == "赵六"
    district.take(city.export("and on.xlsx").file)
    assert district.state() == city.state()


def test_rows_filled_into_a_units_workbook_travel_on(city: Any, county: Any, district: Any, hand: Any) -> None:
    book = hand(city.export("unit.xlsx", unit=A_UNIT).file)
    put(book, "第1项 窗口排队时间长", 进展情况="群众反映好转")
    fill(book, 整改事项="县里报来的新问题", 整改措施="马上办")
    result = city.take(book.save())
    assert (result.added, result.refused) == (1, [])
    assert district.take(city.export("a to c.xlsx").file).refused == []
    assert county.take(district.export("c to b.xlsx").file).refused == []
    kinds = (KIND, "progress")
    assert county.state(*kinds) == city.state(*kinds) == district.state(*kinds)
    steps = county.value(uid_of(county, "第1项"), "steps")
    assert [s.action for s in steps] == ["assign", "report"], "a report follows what it was made after, both of one day"
    new = uid_of(county, "县里报来的")
    county.session.set(KIND, new, {"measures": "已经办了"})
    with pytest.raises(NotPermitted):
        county.session.set(KIND, new, {"title": "县里改"})


# -- offices ------------------------------------------------------------------------------------------------


def test_a_copied_office_is_the_same_office(city: Any, county: Any, tmp_path: Path, new_office: Offices) -> None:
    uid = uid_of(city, "第1项")
    city.session.close()
    shutil.copytree(city.folder / "data", tmp_path / "copy")
    city.session = open_office(city.folder / "data", "admin", PASSWORD)
    twin = new_office("双胞胎", units=False)
    twin.session.close()
    twin.session = open_office(tmp_path / "copy", "admin", PASSWORD)
    twin.session.set(KIND, uid, {"title": "副本里改的标题"})
    assert twin.session.office.site != city.session.office.meta("site")
    result = county.take(twin.export("twin.xlsx").file)
    assert result.refused == [] and county.value(uid, "title") == "副本里改的标题"
    result = city.take(county.export("by way of the county.xlsx").file)
    assert result.refused == [] and city.value(uid, "title") == "副本里改的标题"


def test_an_office_of_the_same_name_is_another_office(city: Any, county: Any, new_office: Offices) -> None:
    uid = uid_of(city, "第1项")
    other = new_office("云川市作风办", units=False)
    other.take(city.export("x.xlsx").file)
    past_the_check(other, uid, {"title": "同名单位改的"})
    assert [line["field"] for line in city.take(other.export("y.xlsx").file).refused] == ["title"]
    assert [line["field"] for line in county.take(other.export("z.xlsx").file).refused] == ["title"]


def test_an_import_undone_by_another_office_is_put_right_by_the_same_workbook(city: Any, county: Any) -> None:
    uid = uid_of(city, "第1项")
    city.session.set(KIND, uid, {"title": "新标题"})
    fresh = city.add("新的一件")
    file = city.export("news.xlsx").file
    result = county.take(file)
    accept.undo_import(county.session, result.import_id)
    assert county.value(uid, "title") != "新标题" and county.value(fresh, "deleted") is True
    assert {line["field"] for line in city.take(county.export("undone.xlsx").file).refused} == {"title", "deleted"}
    county.take(file)
    assert county.state() == city.state()


def test_what_only_steps_write_is_typed_by_nobody(city: Any) -> None:
    uid = uid_of(city, "第1项")
    with pytest.raises(BadInput, match="「销号时间」由流程操作自动填写"):
        city.session.set(KIND, uid, {"closed_out_on": dt.date(2026, 1, 1)})
    with pytest.raises(BadInput, match="「销号时间」由流程操作自动填写"):
        city.session.add(KIND, {"title": "新的一件", "closed_out_on": dt.date(2026, 1, 1)})


def test_an_import_taken_back_by_a_third_office_gives_way_to_the_issuer_s_next_edit(city: Any, county: Any, district: Any) -> None:
    """The district may not write this row; what its undoing put there must not wait against the city for good."""
    uid = uid_of(city, "第1项")
    city.session.set(KIND, uid, {"responsible_person": "王小五"})
    taken = district.take(city.export("first.xlsx").file)
    accept.undo_import(district.session, taken.import_id)
    assert district.value(uid, "responsible_person") != "王小五"
    again = district.take(city.folder / "first.xlsx")  # the taking back was not the district's to write: the same file brings it again
    assert again.updated == 1 and district.value(uid, "responsible_person") == "王小五"
    accept.undo_import(district.session, again.import_id)
    city.session.set(KIND, uid, {"responsible_person": "赵六"})
    district.take(city.export("second.xlsx").file)
    assert district.value(uid, "responsible_person") == "赵六"
    assert accept.conflicts(district.session) == []
    assert district.session.verify() == city.session.verify() == []


def test_writes_under_its_own_site_that_an_office_cannot_remember_make_it_go_on_as_another(
    city: Any, county: Any, tmp_path: Path
) -> None:
    """The city's whole machine was put back to an older state, so that nothing on it can tell."""
    uid, book = uid_of(city, "第1项"), city.session.office
    old = {name: book.meta(name) or "" for name in ("counter",)}
    city.session.set(KIND, uid, {"title": "第1项 改过一次"})
    county.take(city.export("sent.xlsx").file)
    with city.session.atomic() as _:  # what putting back leaves: the title and its counter as they were
        record = book.get(KIND, uid)
        change = city.session.transaction(book.name)
        change.update(record, {"title": "第1项 窗口排队时间长"})
    another = f'(SELECT versions FROM "{KIND}" WHERE id <> ? LIMIT 1)'
    book.writer.execute(f'UPDATE "{KIND}" SET versions = {another} WHERE id = ?', (record.id, record.id))
    book.set_meta(**old)
    site = book.site
    result = city.take(county.export("back.xlsx").file)
    assert book.site != site
    assert any("记不得" in remark for remark in result.remarks)
    city.session.set(KIND, uid, {"title": "第1项 再改一次"})
    county.take(city.export("sent again.xlsx").file)
    assert county.value(uid, "title") == "第1项 再改一次"
    again = book.site
    city.take(county.export("back again.xlsx").file)
    assert book.site == again  # once
