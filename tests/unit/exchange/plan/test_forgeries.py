"""Hidden sheets that somebody has changed by hand: what this office kept itself is gone by, and it is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from db.access import unit_claims
from db.errors import Damaged, NotPermitted
from db.office import add_user, open_office
from desktop.exchange.apply import accept
from desktop.exchange.errors import Refused
from desktop.exchange.format.manifest import SHEET
from desktop.exchange.plan import provenance
from tests.unit.exchange.conftest import KIND, PASSWORD
from tests.unit.exchange.plan.test_write_authority import (
    A_UNIT,
    B_UNIT,
    Offices,
    past_the_check,
    put,
    uid_of,
)

__all__ = ["A_UNIT", "B_UNIT"]
TITLE = "第1项 窗口排队时间长"


@pytest.fixture
def county(city: Any, new_office: Offices) -> Any:
    office = new_office("安坪县作风办", "county", units=False)
    office.take(city.export("all.xlsx").file)
    return office.is_unit(A_UNIT)


class Forger:
    """Somebody with the very-hidden sheet before him."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.sheet = self.book[SHEET]

    def line(self, *start: str) -> int:
        return next(
            row for row in range(1, self.sheet.max_row + 1)
            if tuple(self.sheet.cell(row, at).value for at in range(1, len(start) + 1)) == start
        )  # fmt: skip

    def change(self, change: Callable[[Any], Any], *start: str) -> Forger:
        """The JSON of one line; ``change`` does it in place or answers with another."""
        row, at = self.line(*start), len(start) + 1
        texts = [self.sheet.cell(row, column).value or "" for column in range(at, self.sheet.max_column + 1)]
        value = msgspec.json.decode("".join(texts))
        other = change(value)
        for column in range(at, self.sheet.max_column + 1):
            self.sheet.cell(row, column).value = None
        self.sheet.cell(row, at).value = msgspec.json.encode(value if other is None else other).decode()
        return self

    def meta(self, **values: Any) -> Forger:
        return self.change(lambda meta: meta.update(values), "zx")

    def without_seal(self) -> Forger:
        row = self.line("end")
        self.sheet.cell(row, 3).value = None
        return self

    def versions(self, uid: str, change: Callable[[list[Any]], None], values: Callable[[list[Any]], None] | None = None) -> Forger:
        def both(row: list[Any]) -> None:
            packed = msgspec.json.decode(row[1])
            change(packed)
            row[1] = msgspec.json.encode(packed).decode()
            if values is not None:
                values(row[0])

        return self.change(both, "row", KIND, uid)

    def place(self, field: str) -> int:
        """Where a field stands in the values of a row."""
        row = self.line("sheet", KIND)
        return int(msgspec.json.decode(self.sheet.cell(row, 3).value)["fields"].index(field))

    def save(self, name: str = "forged.xlsx") -> Path:
        path = self.path.with_name(name)
        self.book.save(path)
        return path


def forget_copies(office: Any) -> None:
    shutil.rmtree(office.folder / "data" / "sent")


# -- this office's own workbooks come home -----------------------------------------------------------------


def test_a_units_workbook_from_which_the_unit_was_removed_stays_that_units(city: Any, hand: Any) -> None:
    book = hand(city.export("unit.xlsx", unit=A_UNIT).file)
    put(book, TITLE, 整改措施="县里的措施")
    book.write(book.row(TITLE), "整改事项", "县里改的标题")
    forged = Forger(book.save()).meta(unit=None, unit_name="").save()
    result = city.take(forged)
    assert provenance.ALTERED in result.remarks
    assert [line["field"] for line in result.refused] == ["title"]
    assert city.value(uid_of(city, "第1项"), "measures") == "县里的措施"


def test_without_its_copy_an_altered_hidden_sheet_of_ours_is_not_taken(city: Any, hand: Any) -> None:
    uid = uid_of(city, "第1项")
    book = hand(city.export("unit.xlsx", unit=A_UNIT).file)
    put(book, TITLE, 整改措施="县里的措施")
    filled = book.save()
    before = city.state()
    forget_copies(city)
    with pytest.raises(Refused) as refused:
        city.plan(Forger(filled).meta(unit=None).save("a.xlsx"))
    assert refused.value.code == "altered" and city.state() == before
    # one from before there was a seal: of what was kept, the unit is held against it
    old = Forger(filled).meta(unit=None, unit_name="").without_seal().save("b.xlsx")
    plan = city.plan(old)
    assert any("是发给“安坪县人民政府”的" in remark for remark in plan.remarks) and provenance.UNPROVED in plan.remarks
    assert plan.manifest is not None and plan.manifest.unit == city.units[A_UNIT]
    assert city.take(filled).remarks == [] and city.value(uid, "measures") == "县里的措施"  # the seal alone proves it


def test_the_seal_proves_a_workbook_that_a_restored_book_has_forgotten(city: Any, hand: Any, tmp_path: Path) -> None:
    city.session.close()
    shutil.copytree(city.folder / "data", tmp_path / "backup")
    city.session = open_office(city.folder / "data", "admin", PASSWORD)
    book = hand(city.export("unit.xlsx", unit=A_UNIT).file)
    put(book, TITLE, 整改措施="县里的措施")
    filled = book.save()
    city.session.close()
    shutil.rmtree(city.folder / "data")
    shutil.copytree(tmp_path / "backup", city.folder / "data")
    city.session = open_office(city.folder / "data", "admin", PASSWORD)
    assert city.session.office.connection.execute("SELECT count(*) FROM exports").fetchone() == (0,)
    with pytest.raises(Refused) as refused:
        city.plan(Forger(filled).meta(by="别人").save())
    assert refused.value.code == "not-sent"
    assert city.take(filled).updated == 1
    assert city.value(uid_of(city, "第1项"), "measures") == "县里的措施"


def test_a_workbook_of_ours_that_signs_as_another_office_is_still_ours(city: Any, county: Any, hand: Any) -> None:
    made = city.export("unit.xlsx", unit=A_UNIT)
    forged = Forger(made.file).meta(office_id=county.session.office_id).save()
    plan = city.plan(forged)
    assert provenance.ALTERED in plan.remarks and plan.manifest is not None and plan.manifest.office_id == city.session.office_id


# -- another office's --------------------------------------------------------------------------------------


def test_a_sender_that_writes_as_another_offices_site_is_refused(city: Any, county: Any, new_office: Offices) -> None:
    district = new_office("临湖区作风办", "county", units=False)
    district.take(county.export("first.xlsx").file)
    own = Forger(county.export("second.xlsx").file)
    number = next(n for n, (uid, *_) in msgspec.json.decode(own.sheet.cell(1, 2).value)["offices"]["office"].items()
                  if uid == city.session.office_id)  # fmt: skip
    assert number != "1"
    with pytest.raises(Refused, match="写的是“云川市作风办”，台账编号却是“安坪县作风办”的") as refused:
        district.plan(own.meta(office_id=city.session.office_id, office="云川市作风办").save())
    assert refused.value.code == "not-its-site"


def test_two_hidden_sheets_of_one_export_are_told_and_not_taken(city: Any, county: Any, new_office: Offices, hand: Any) -> None:
    district = new_office("临湖区作风办", "county", units=False)
    uid = uid_of(city, "第1项")
    made = city.export("genuine.xlsx").file
    district.take(made)
    forger = Forger(made)
    at = forger.place("title")
    forger.versions(uid, lambda packed: packed[0].__setitem__(1, packed[0][1] + 1), lambda values: values.__setitem__(at, "假的标题"))
    with pytest.raises(Refused, match="至少有一份被人动过") as refused:
        district.plan(forger.save())
    assert refused.value.code == "two-of-one"
    book = hand(made)  # typed into, it is still the same hidden sheet
    put(book, TITLE, 备注="手写的备注")
    district.plan(book.save("typed.xlsx"))


def test_what_is_said_to_be_written_here_but_never_was_is_refused(city: Any, county: Any) -> None:
    """The county's workbook says that the city itself changed a title, at a counter that the city has long passed."""
    uid = uid_of(city, "第1项")
    city.session.set(KIND, uid_of(city, "第2项"), {"note": "之后还有别的修改"})
    forger = Forger(county.export("c.xlsx").file)
    at = forger.place("title")
    facts = msgspec.json.decode(forger.sheet.cell(1, 2).value)
    ours = int(next(n for n, site in facts["sites"]["office"].items() if site == city.session.office.site))

    def later(packed: list[Any]) -> None:
        assert packed[0][0] == ours
        packed += [{}] if len(packed) == 1 else []
        packed[1]["title"] = [ours, packed[0][1] + 3]

    file = forger.versions(uid, later, lambda values: values.__setitem__(at, "假的标题")).save()
    result = city.take(file)
    assert {line["field"] for line in result.refused} == {"title"}
    assert any("本单位的台账里却没有这样改过" in line["message"] for line in result.refused)
    assert city.value(uid, "title") == TITLE and city.session.verify() == []


def test_a_counter_that_is_no_number_is_told_and_nothing_is_taken(city: Any, county: Any) -> None:
    def bend(packed: list[Any]) -> None:
        packed[:] = [[*packed[0], packed[0][0], None]]

    forger, before = Forger(county.export("c.xlsx").file).versions(uid_of(city, "第1项"), bend), city.state()
    with pytest.raises(Damaged, match="版本记录已损坏"):
        city.take(forger.save())
    assert city.state() == before


def test_a_record_said_to_be_made_here_that_never_was_is_refused(city: Any, county: Any) -> None:
    uid = uid_of(city, "第1项")
    forger = Forger(county.export("c.xlsx").file)
    row = forger.line("row", KIND, uid)
    fake = "a" * 20
    forger.sheet.cell(row, 3).value = fake
    visible = forger.book["整改清单"]
    (cell,) = [cell for cells in visible.iter_rows() for cell in cells if cell.value == uid]
    cell.value = fake
    result = city.take(forger.save())
    assert result.added == 0 and "署着由本单位建立" in result.refused[0]["message"]


@pytest.mark.parametrize("how", ["new site", "both"])
def test_a_site_that_is_said_to_be_ours_and_never_was_writes_as_its_sender(city: Any, county: Any, how: str) -> None:
    """A site nobody has met, told as the city's; and a write of the county's with the city put beside it as its author."""
    uid = uid_of(city, "第1项")
    city.session.set(KIND, uid, {"note": "市里的备注"})
    county.take(city.export("news.xlsx").file)
    forger = Forger(county.export("c.xlsx").file)
    at = forger.place("title")
    facts = msgspec.json.decode(forger.sheet.cell(1, 2).value)
    numbers = {site: int(n) for n, site in facts["sites"]["office"].items()}
    ours, theirs = numbers[city.session.office.site], numbers[county.session.office.site]
    office = next(n for n, (oid, *_) in facts["offices"]["office"].items() if oid == city.session.office_id)

    def told(meta: dict[str, Any]) -> None:
        if how == "new site":
            meta["sites"]["office"]["77"] = "a" * 20
            meta["site_offices"]["office"]["77"] = office

    def later(packed: list[Any]) -> None:
        packed += [{}] if len(packed) == 1 else []
        packed += [{}] if len(packed) == 2 else []
        packed[1]["title"] = [*packed[0], 77, 3] if how == "new site" else [ours, packed[0][1], theirs, 90, 78, 1]
        packed[2]["title"] = [77] if how == "new site" else [ours, theirs]

    if how == "both":
        forger.change(lambda meta: meta["sites"]["office"].update({"78": "b" * 20}), "zx")
    file = forger.change(told, "zx").versions(uid, later, lambda values: values.__setitem__(at, "假的标题")).save()
    result = city.take(file)
    assert city.value(uid, "title") == TITLE and {line["field"] for line in result.refused} == {"title"}
    assert any("本单位却没有用过" in remark for remark in result.remarks) == (how == "new site")
    assert city.session.verify() == []


# -- who is which unit -------------------------------------------------------------------------------------


@pytest.fixture
def second(city: Any, county: Any, new_office: Offices) -> Any:
    """Another office that has chosen the county's unit as its own."""
    city.take(county.export("the county says so.xlsx").file)
    office = new_office("临湖区作风办", "county", units=False)
    office.take(city.export("all too.xlsx").file)
    past = uid_of(city, "第1项")
    office.session.office.set_meta(own_unit=city.units[A_UNIT])
    office.session.set(KIND, past, {"measures": "冒名写的措施"})
    return office


def test_an_office_in_the_unit_of_another_writes_nothing_until_somebody_has_confirmed_it(city: Any, second: Any) -> None:
    uid = uid_of(city, "第1项")
    file = second.export("claims.xlsx").file
    plan = city.plan(file)
    (claim,) = plan.claims
    assert (claim.name, claim.holders) == ("临湖区作风办", ("安坪县作风办",))
    assert any("“临湖区作风办”说自己就是“安坪县人民政府”，可“安坪县作风办”也是" in remark for remark in plan.remarks)
    result = accept.accept(city.session, plan)
    assert [line["field"] for line in result.refused] == ["measures"] and "还没有经本单位管理员或审核员确认" in result.refused[0]["message"]
    assert city.value(uid, "measures") is None
    add_user(city.session, "luru", "录入员", "clerk", PASSWORD)
    session = open_office_as(city, "luru")
    with pytest.raises(NotPermitted, match="请由管理员、审核员操作"):
        unit_claims.answer(session, claim.office, claim.name, claim.unit, True)
    session = open_office_as(city, "admin")
    unit_claims.answer(session, claim.office, claim.name, claim.unit, True)
    result = city.take(file)
    assert result.refused == [] and city.value(uid, "measures") == "冒名写的措施"
    assert city.plan(second.export("again.xlsx").file).claims == ()
    unit_claims.answer(session, claim.office, claim.name, claim.unit, False)
    second.session.set(KIND, uid, {"measures": "又写了一次"})
    result = city.take(second.export("and again.xlsx").file)
    assert [line["field"] for line in result.refused] == ["measures"] and city.value(uid, "measures") == "冒名写的措施"
    assert any("本单位没有承认" in remark for remark in result.remarks)


def open_office_as(office: Any, user: str) -> Any:
    office.session.close()
    office.session = open_office(office.folder / "data", user, PASSWORD)
    return office.session


def test_an_office_is_told_when_another_says_it_is_its_own_unit(city: Any, county: Any, second: Any) -> None:
    plan = county.plan(second.export("claims.xlsx").file)
    assert [claim.holders for claim in plan.claims] == [("本单位",)]
    assert unit_claims.holders(second.session, second.session.office_id, city.units[A_UNIT]) == ("安坪县作风办",)


def test_the_first_office_that_says_it_is_a_unit_is_named_once(city: Any, county: Any) -> None:
    file = county.export("one.xlsx").file
    said = [r for r in city.plan(file).remarks if "说自己就是" in r]
    assert said == [
        "“安坪县作风办”说自己就是“安坪县人民政府”，今后这个单位的事项由它填报；不是这样的，请在“设置”页的“往来单位”里改。"
    ]
    city.take(file)
    assert city.plan(county.export("two.xlsx").file).remarks == []
    county.is_unit(B_UNIT)
    assert any("以前是“安坪县人民政府”，现在说自己就是“临湖区人民政府”" in r for r in city.plan(county.export("3.xlsx").file).remarks)


def test_a_second_office_of_a_known_name_is_told_once(city: Any, county: Any, new_office: Offices) -> None:
    city.take(county.export("one.xlsx").file)
    other = new_office("安坪县作风办", "county", units=False)
    file = other.export("two.xlsx").file
    assert any("叫“安坪县作风办”的单位不止一个" in remark for remark in city.take(file).remarks)
    assert city.plan(other.export("three.xlsx").file).remarks == []


# -- whose decision it is ----------------------------------------------------------------------------------


def test_a_ruling_on_a_document_is_the_issuers_to_decide(city: Any, county: Any) -> None:
    """The city accepts the evidence while the county hands in another, which voids it."""
    uid = uid_of(city, "第1项")
    city.session.take_step(KIND, uid, "assign")
    county.take(city.export("1.xlsx").file)
    county.session.take_step(KIND, uid, "acknowledge")
    county.session.take_step(KIND, uid, "request-close-out", ask={"content": "已整改"})
    city.take(county.export("2.xlsx").file)
    (evidence,) = city.session.children(uid, "evidence")
    past_the_check(city, evidence.uid, {"status": "accepted"}, "evidence")
    past_the_check(county, evidence.uid, {"status": "voided"}, "evidence")
    result = county.take(city.export("3.xlsx").file)
    for waiting in (c for c in result.elsewhere if c.field == "status"):
        for choice in ("mine", "theirs"):
            with pytest.raises(NotPermitted, match="这一处由“云川市作风办”决定"):
                accept.decide(county.session, waiting.conflict_id, choice)
    assert result.conflicts == [] and [c.field for c in result.elsewhere] == ["status"]
    (waiting,) = city.take(county.export("4.xlsx").file).conflicts
    accept.decide(city.session, waiting.conflict_id, "mine")
    county.take(city.export("5.xlsx").file)
    assert accept.conflicts(county.session) == [] and county.value(evidence.uid, "status", "evidence") == "accepted"


def handed_in(city: Any, county: Any) -> tuple[str, str]:
    """An item of the county's whose evidence awaits the city's ruling; both uids."""
    uid = uid_of(city, "第1项")
    city.session.take_step(KIND, uid, "assign")
    county.take(city.export("1.xlsx").file)
    county.session.take_step(KIND, uid, "acknowledge")
    county.session.take_step(KIND, uid, "request-close-out", ask={"content": "已整改"})
    city.take(county.export("2.xlsx").file)
    (evidence,) = city.session.children(uid, "evidence")
    return uid, evidence.uid


@pytest.mark.parametrize("ruling", ["accepted", "returned"])
def test_a_ruling_that_was_seen_is_not_reversed(city: Any, county: Any, ruling: str) -> None:
    """A changed program of the county's voids what the city has ruled on, or writes another day and name under the ruling."""
    _, evidence = handed_in(city, county)
    past_the_check(city, evidence, {"status": ruling, "opinion": "市里的意见"}, "evidence")
    county.take(city.export("3.xlsx").file)
    past_the_check(county, evidence, {"status": "voided", "opinion": "县里改的"}, "evidence")
    result = city.take(county.export("4.xlsx").file)
    assert len(result.refused) == 2
    assert all("只能由“云川市作风办”改动，“安坪县作风办”的改动没有接受。" in line["message"] for line in result.refused)
    assert city.value(evidence, "status", "evidence") == ruling and city.value(evidence, "opinion", "evidence") == "市里的意见"
    past_the_check(county, evidence, {"status": "pending"}, "evidence")
    assert "status" in {line["field"] for line in city.take(county.export("5.xlsx").file).refused}
    assert city.value(evidence, "status", "evidence") == ruling


def test_what_was_voided_or_handed_in_anew_before_a_ruling_is_taken(city: Any, county: Any) -> None:
    """The steps themselves, and one that was undone: voided and awaiting again."""
    uid, evidence = handed_in(city, county)
    county.session.take_step(KIND, uid, "withdraw")
    assert city.take(county.export("3.xlsx").file).refused == []
    assert city.value(evidence, "status", "evidence") == "voided"
    county.session.undo_last()
    assert city.take(county.export("4.xlsx").file).refused == []
    assert city.value(evidence, "status", "evidence") == "pending"
    city.session.take_step(KIND, uid, "return", note="再改")
    assert county.take(city.export("5.xlsx").file).refused == []
    county.session.take_step(KIND, uid, "request-close-out", ask={"content": "又改了"})
    assert city.take(county.export("6.xlsx").file).refused == []
    ruled = {c.values["content"]: c.values["status"] for c in city.session.children(uid, "evidence")}
    assert ruled == {"已整改": "returned", "又改了": "pending"}


@pytest.mark.parametrize("first", ["city", "county"])
def test_a_third_office_keeps_no_ruling_that_was_reversed(city: Any, county: Any, second: Any, first: str) -> None:
    """It may be given the county's word before it knows of the ruling; the city's workbook puts it right, and once and for all."""
    _, evidence = handed_in(city, county)
    past_the_check(city, evidence, {"status": "accepted"}, "evidence")
    ruled = city.export("3.xlsx").file
    county.take(ruled)
    past_the_check(county, evidence, {"status": "voided"}, "evidence")
    reversed_ = county.export("4.xlsx").file
    for file in (ruled, reversed_) if first == "city" else (reversed_, ruled):
        second.take(file)
    assert second.value(evidence, "status", "evidence") == "accepted"
    second.take(reversed_)
    assert second.value(evidence, "status", "evidence") == "accepted"
    city.take(second.export("5.xlsx").file)
    assert city.value(evidence, "status", "evidence") == "accepted"


def test_a_ruling_that_its_office_took_back_is_open_again(city: Any, county: Any, second: Any) -> None:
    """And an old file that still tells of it reverses nothing."""
    _, evidence = handed_in(city, county)
    past_the_check(city, evidence, {"status": "accepted"}, "evidence")
    ruled = city.export("3.xlsx").file
    past_the_check(city, evidence, {"status": "pending"}, "evidence")
    county.take(city.export("4.xlsx").file)
    past_the_check(county, evidence, {"status": "voided"}, "evidence")
    after = county.export("5.xlsx").file
    assert city.take(after).refused == []
    second.take(after)
    for office in (city, second):
        assert office.value(evidence, "status", "evidence") == "voided"
    second.take(ruled)
    assert second.value(evidence, "status", "evidence") == "voided"


def test_a_city_before_a_countys_own_record_is_told_whose_it_is(city: Any, county: Any) -> None:
    uid = county.session.add(KIND, {"title": "县里自己的", "lead_unit": county.session.own_unit})
    city.take(county.export("own.xlsx").file)
    with pytest.raises(NotPermitted, match="由安坪县作风办交办，责任单位是“安坪县人民政府”，本单位还没有说明自己是哪个责任单位，只能查看"):
        city.session.set(KIND, uid, {"measures": "市里写的"})
    past_the_check(city, uid, {"measures": "市里写的"})
    (line,) = county.take(city.export("back.xlsx").file).refused
    assert "不是的，只能由“安坪县作风办”改动" in line["message"]


def test_a_resave_by_libreoffice_breaks_no_seal(city: Any, hand: Any, resave: Callable[[Path], Path]) -> None:
    """Nor does one by openpyxl: what people type is in the visible sheets, and the copy need not be asked for."""
    city.session.set(KIND, uid_of(city, "第1项"), {"problem": "𬱟 字、_x0041_、“引号”\n换行 " + "长" * 32_500})
    made = city.export("unit.xlsx", unit=A_UNIT).file
    forget_copies(city)
    book = hand(made)
    put(book, TITLE, 整改措施="县里的措施")
    for file in (book.save(), resave(made), resave(book.save("both.xlsx"))):
        assert city.plan(file).remarks == []
